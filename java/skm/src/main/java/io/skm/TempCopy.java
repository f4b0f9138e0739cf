package io.skm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
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
        sweep(parent);
        // Only its owner may enter a folder made so.
        Path folder = Files.createTempDirectory(parent, PREFIX);
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
        if (!remove(folder)) {
            folder.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
        }
    }

    static String explain(IOException e) {
        return e + "; java.io.tmpdir is " + System.getProperty("java.io.tmpdir")
                + ": start the JVM with -Djava.io.tmpdir=<a folder that can be written and executed from>, or unpack the"
                + " library and name it with -Dskm.library.path";
    }

    private static void sweep(Path parent) {
        Instant old = Instant.now().minus(STALE);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder) && Files.getLastModifiedTime(folder).toInstant().isBefore(old)) {
                    remove(folder);
                }
            }
        } catch (IOException ignored) {
            // Tidying up is a courtesy: whether the folder can be used is found out by using it.
        }
    }

    /** Whether the folder is gone. Another user's cannot be removed, and is left alone. */
    private static boolean remove(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(folder);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
