package io.skm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;

/**
 * A copy of the library in a private folder of its own below {@code java.io.tmpdir}: readable by this user only, under
 * a name that no other class loader or process has.
 */
final class TempCopy implements AutoCloseable {
    private static final String PREFIX = "skm-jni-";
    /** A process that was killed between copying and loading leaves its folder behind; after this long it is swept. */
    private static final Duration STALE = Duration.ofHours(1);

    private final Path folder;
    private final Path file;

    private TempCopy(Path folder, Path file) {
        this.folder = folder;
        this.file = file;
    }

    static TempCopy of(InputStream library, String name) throws IOException {
        Path parent = Paths.get(System.getProperty("java.io.tmpdir"));
        // Only its owner may enter a folder made so.
        Path folder = Files.createTempDirectory(parent, PREFIX);
        sweep(folder, name);
        TempCopy copy = new TempCopy(folder, folder.resolve(name));
        try {
            Files.copy(library, copy.file);
            return copy;
        } catch (IOException e) {
            copy.close();
            throw e;
        }
    }

    Path file() {
        return file;
    }

    /** Where a mapped file cannot be removed, it is removed when the JVM ends. */
    @Override
    public void close() {
        if (!remove(folder, file.getFileName().toString())) {
            folder.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
        }
    }

    static String explain(IOException e) {
        return e + "; java.io.tmpdir is " + System.getProperty("java.io.tmpdir")
                + ": start the JVM with -Djava.io.tmpdir=<a folder that can be written and executed from>, or unpack"
                + " the library and name it with -Dskm.library.path";
    }

    /** Removes stale folders beside the new one. The parent is open to everyone: what is not provably ours stays. */
    private static void sweep(Path fresh, String name) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(fresh.getParent(), PREFIX + "*")) {
            UserPrincipal us = Files.getOwner(fresh, LinkOption.NOFOLLOW_LINKS);
            for (Path folder : folders) {
                if (isStale(folder, us)) {
                    remove(folder, name);
                }
            }
        } catch (IOException | DirectoryIteratorException | UnsupportedOperationException ignored) {
            // Tidying up is a courtesy: whether the folder can be used is found out by using it.
        }
    }

    private static boolean isStale(Path folder, UserPrincipal us) {
        try {
            BasicFileAttributes found =
                    Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return found.isDirectory()
                    && found.lastModifiedTime()
                            .toInstant()
                            .isBefore(Instant.now().minus(STALE))
                    && us.equals(Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException goneMeanwhile) {
            return false;
        }
    }

    /** Whether the folder is gone. Nothing but the library is deleted in it; one that holds more is left. */
    private static boolean remove(Path folder, String name) {
        try {
            Files.deleteIfExists(folder.resolve(name));
            Files.delete(folder);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
