package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loader: class loaders, versions, and what it says of a library that does not load. */
class LoaderTest {
    private static final String LIBRARY = System.mapLibraryName("skm_jni");

    /** This class's own library first: the tests move the property that names it. */
    @BeforeAll
    static void load() {
        NativeLoader.load();
    }

    @Test
    void oneJvmTwoApplications(@TempDir Path folder) throws Exception {
        Path library = Paths.get(System.getProperty("skm.library.path"), LIBRARY);
        WeakReference<ClassLoader> gone = new WeakReference<>(useInApplication(folder, library));
        assertNotSame(SkmClient.class, gone.get());
        for (int i = 0; i < 100 && gone.get() != null; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertEquals(null, gone.get(), "the native library keeps a stopped application in memory");
    }

    /** The library stays mapped when its class loader is gone: the next one must not meet what the first left. */
    @Test
    void aRedeployedApplicationLoadsTheSameFileAgain(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        Path library = Files.copy(Paths.get(System.getProperty("skm.library.path"), LIBRARY), folder.resolve(LIBRARY));
        String property = System.setProperty("skm.library.path", library.toString());
        try {
            for (int deployment = 0; deployment < 3; deployment++) {
                WeakReference<ClassLoader> stopped = new WeakReference<>(failInApplication(classes));
                for (int i = 0; i < 100 && stopped.get() != null; i++) {
                    System.gc();
                    TimeUnit.MILLISECONDS.sleep(50);
                }
                assertEquals(null, stopped.get(), "a stopped application is kept in memory");
            }
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    private static ClassLoader failInApplication(Path classes) throws Exception {
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Method parse = application.loadClass("io.skm.SkmClient").getMethod("parse", String.class, Path.class);
            InvocationTargetException refused = assertThrows(
                    InvocationTargetException.class, () -> parse.invoke(null, "not a configuration", null));
            assertEquals(
                    application.loadClass("io.skm.SkmException"),
                    refused.getCause().getClass());
            return application;
        }
    }

    /** As web applications keep one: nothing else lets go of it when they stop. */
    @Test
    void aClosedClientInAStaticFieldKeepsNoApplication(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        String keeper = KeptClient.class.getName().replace('.', '/') + ".class";
        Files.copy(KeptClient.class.getResourceAsStream("/" + keeper), classes.resolve(keeper));
        Path library = Files.copy(Paths.get(System.getProperty("skm.library.path"), LIBRARY), folder.resolve(LIBRARY));
        String property = System.setProperty("skm.library.path", library.toString());
        try {
            WeakReference<ClassLoader> stopped = new WeakReference<>(keepInApplication(classes));
            for (int i = 0; i < 100 && stopped.get() != null; i++) {
                System.gc();
                TimeUnit.MILLISECONDS.sleep(50);
            }
            assertEquals(null, stopped.get(), "a closed client keeps a stopped application in memory");
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    private static ClassLoader keepInApplication(Path classes) throws Exception {
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            application
                    .loadClass(KeptClient.class.getName())
                    .getMethod("openAndClose")
                    .invoke(null);
            return application;
        }
    }

    @Test
    void twoLiveApplicationsAreToldWhatToDo(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        // The property still names the file that this class has loaded.
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Method name = application.loadClass("io.skm.SkmMask").getMethod("name", String.class);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> name.invoke(null, "x"))
                    .getCause();
            assertTrue(failure.getMessage().contains("shared loader"), failure.getMessage());
        }
    }

    /** A second application: its own classes, its own copy of the library, called from its own class loader. */
    private static ClassLoader useInApplication(Path folder, Path library) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        Path inJar = classes.resolve("native").resolve(Platforms.current());
        Files.createDirectories(inJar);
        Files.copy(library, inJar.resolve(LIBRARY));
        String property = System.clearProperty("skm.library.path");
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Class<?> mask = application.loadClass("io.skm.SkmMask");
            assertNotSame(SkmMask.class, mask);
            assertEquals("张**", mask.getMethod("name", String.class).invoke(null, "张三丰"));
            Class<?> id = application.loadClass("io.skm.ResidentId");
            InvocationTargetException refused =
                    assertThrows(InvocationTargetException.class, () -> id.getMethod("parse", String.class)
                            .invoke(null, "1"));
            assertEquals(
                    application.loadClass("io.skm.SkmException"),
                    refused.getCause().getClass());
            return application;
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    @Test
    void anotherVersionIsRefusedWithBothNumbers(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        Files.write(classes.resolve("io/skm/version.properties"), "version=9.9.9".getBytes("ISO-8859-1"));
        // A file of one name may be loaded by one class loader only.
        Path library = Files.copy(Paths.get(System.getProperty("skm.library.path"), LIBRARY), folder.resolve(LIBRARY));
        String property = System.setProperty("skm.library.path", library.toString());
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Method name = application.loadClass("io.skm.SkmMask").getMethod("name", String.class);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> name.invoke(null, "x"))
                    .getCause();
            String text = failure.getMessage();
            assertTrue(text.contains("9.9.9") && text.contains(Native.version()), text);
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    @Test
    void anotherLibraryIsNamedAsAnAttempt(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        // Any library that the JVM loads and that is not this one.
        Path other = Paths.get(System.getProperty("java.home"), "lib", System.mapLibraryName("zip"));
        Path library = Files.copy(other, folder.resolve(System.mapLibraryName("skm")));
        String property = System.setProperty("skm.library.path", library.toString());
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Method name = application.loadClass("io.skm.SkmMask").getMethod("name", String.class);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> name.invoke(null, "x"))
                    .getCause();
            String text = failure.getMessage();
            assertTrue(text.contains("is another library, not " + LIBRARY), text);
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    @Test
    void everyAttemptIsNamed(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes");
        copyClasses(classes);
        Path library = folder.resolve("missing.so");
        String property = System.setProperty("skm.library.path", library.toString());
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            Method name = application.loadClass("io.skm.SkmMask").getMethod("name", String.class);
            Throwable failure = assertThrows(InvocationTargetException.class, () -> name.invoke(null, "x"))
                    .getCause();
            String text = failure.getMessage();
            assertThrows(
                    InvocationTargetException.class, () -> name.invoke(null, "x"), "the second call is let through");
            assertTrue(text.contains("missing.so"), text);
            assertTrue(text.contains("the JAR holds no /native/" + Platforms.current()), text);
            assertTrue(text.contains("java.library.path"), text);
        } finally {
            System.setProperty("skm.library.path", property);
        }
    }

    @Test
    void aCopyIsPrivateAndLeavesNothing(@TempDir Path folder) throws IOException {
        String tmpdir = System.setProperty("java.io.tmpdir", folder.toString());
        try {
            Path stale = Files.createDirectory(folder.resolve("skm-jni-123"));
            Files.write(stale.resolve(LIBRARY), new byte[1]);
            Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
            Path fresh = Files.createDirectory(folder.resolve("skm-jni-124"));
            Path others = Files.createDirectory(folder.resolve("not-ours"));
            Path kept = Files.write(others.resolve(LIBRARY), new byte[1]);
            Files.setLastModifiedTime(others, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
            Files.createSymbolicLink(folder.resolve("skm-jni-125"), others);
            Path mixed = Files.createDirectory(folder.resolve("skm-jni-126"));
            Path letter = Files.write(mixed.resolve("letter.txt"), new byte[1]);
            Files.setLastModifiedTime(mixed, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
            InputStream bytes = new ByteArrayInputStream(new byte[] {1, 2, 3});
            try (TempCopy copy = TempCopy.of(bytes, LIBRARY)) {
                assertEquals(3, Files.size(copy.file()));
                assertEquals(
                        "rwx------",
                        java.nio.file.attribute.PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(copy.file().getParent())));
            }
            assertFalse(Files.exists(stale), "a stale folder was not swept");
            assertTrue(Files.exists(fresh), "another process's folder was swept");
            assertTrue(Files.exists(kept), "a symbolic link was followed");
            assertTrue(Files.exists(letter), "a file that is not the library was deleted");
            try (Stream<Path> left = Files.list(folder)) {
                assertEquals(4, left.count());
            }
        } finally {
            System.setProperty("java.io.tmpdir", tmpdir);
        }
    }

    @Test
    void messagesOfTheLinkerAreExplained() {
        Path file = Paths.get("/nowhere/" + LIBRARY);
        String noexec = LoadFailure.advice(file, "x.so: failed to map segment from shared object");
        assertTrue(noexec.contains("noexec") && noexec.contains("-Djava.io.tmpdir"), noexec);
        assertTrue(LoadFailure.advice(file, "version `GLIBC_2.34' not found").contains("glibc 2.17"));
        assertTrue(LoadFailure.advice(file, "wrong ELF class: ELFCLASS32").contains("processor"));
        assertEquals("", LoadFailure.advice(file, "something else"));
    }

    @Test
    void platformsAreNamed() {
        assertEquals("linux", Platforms.os("Linux"));
        assertEquals("windows", Platforms.os("Windows Server 2019"));
        assertEquals("macos", Platforms.os("Mac OS X"));
        assertEquals("x86_64", Platforms.architecture("amd64"));
        assertEquals("aarch64", Platforms.architecture("arm64"));
        assertTrue(Platforms.isMusl("7f00-7f01 r-xp 00000000 08:01 1 /lib/ld-musl-x86_64.so.1"));
        assertFalse(Platforms.isMusl("7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libc.so.6"));
        assertTrue(Platforms.hint("linux-x86_64-musl").contains("musl"));
    }

    private static void copyClasses(Path to) throws Exception {
        Path from = Paths.get(SkmClient.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.collect(Collectors.toList())) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else if (!file.toString().endsWith(".so")) {
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
