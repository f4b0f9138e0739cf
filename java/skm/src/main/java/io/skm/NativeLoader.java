package io.skm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Finds and loads the native library: first where the property {@code skm.library.path} says, then inside the JAR, then
 * on the system's library path. If none works, the exception lists every attempt and what to do.
 */
final class NativeLoader {
    private static final String PROPERTY = "skm.library.path";
    private static final String NAME = "skm_jni";

    private static volatile boolean loaded;

    private final String platform;
    private final List<String> attempts = new ArrayList<>();

    private NativeLoader(String platform) {
        this.platform = platform;
    }

    /**
     * Loads it, once. Called where something is opened, not by a static initialiser: whoever comes second must get the
     * same explanation as the first, not a NoClassDefFoundError.
     *
     * @throws SkmException {@link SkmErrorCode#LIBRARY_NOT_LOADED} or {@link SkmErrorCode#VERSION_MISMATCH}
     */
    static void load() {
        if (!loaded) {
            loadNow();
        }
    }

    /** Whether the native library can be asked. */
    static boolean isLoaded() {
        return loaded;
    }

    private static synchronized void loadNow() {
        if (loaded) {
            return;
        }
        NativeLoader loader = new NativeLoader(Platforms.current());
        String place = loader.fromProperty();
        if (place == null) {
            place = loader.fromJar();
        }
        if (place == null) {
            place = loader.fromSystem();
        }
        if (place == null) {
            throw loader.notLoaded();
        }
        compareVersions(place);
        loaded = true;
    }

    private String fromProperty() {
        String value = System.getProperty(PROPERTY);
        if (value == null || value.isEmpty()) {
            attempts.add(PROPERTY + " is not set");
            return null;
        }
        Path path = Paths.get(value);
        if (Files.isDirectory(path)) {
            path = path.resolve(System.mapLibraryName(NAME));
        }
        path = path.toAbsolutePath();
        return tryLoad(PROPERTY + " (" + path + ")", path);
    }

    private String fromJar() {
        String resource = "/native/" + platform + "/" + System.mapLibraryName(NAME);
        try (InputStream library = NativeLoader.class.getResourceAsStream(resource)) {
            if (library == null) {
                attempts.add("the JAR holds no " + resource + Platforms.hint(platform));
                return null;
            }
            return fromCopy(library);
        } catch (IOException e) {
            attempts.add("the JAR's " + resource + " cannot be copied out: " + TempCopy.explain(e));
            return null;
        }
    }

    /** Loads a private copy and removes it at once: what is mapped stays, and nothing is left behind. */
    private String fromCopy(InputStream library) throws IOException {
        try (TempCopy copy = TempCopy.of(library, System.mapLibraryName(NAME))) {
            return tryLoad("the JAR's " + platform + ", copied to " + copy.file(), copy.file());
        }
    }

    private String fromSystem() {
        try {
            System.loadLibrary(NAME);
            return ifOurs("the system's library path");
        } catch (UnsatisfiedLinkError e) {
            attempts.add("java.library.path: " + e.getMessage());
            return null;
        }
    }

    private String tryLoad(String place, Path file) {
        try {
            System.load(file.toString());
            return ifOurs(place);
        } catch (UnsatisfiedLinkError e) {
            attempts.add(place + ": " + e.getMessage() + LoadFailure.advice(file, e.getMessage()));
            return null;
        }
    }

    /** Some other library loads as well, such as the one for C; only ours answers. */
    private String ifOurs(String place) {
        try {
            Native.version();
            return place;
        } catch (UnsatisfiedLinkError e) {
            attempts.add(place + ": is another library, not " + System.mapLibraryName(NAME));
            return null;
        }
    }

    private SkmException notLoaded() {
        String tried = String.join("; ", attempts);
        return new SkmException(
                SkmErrorCode.LIBRARY_NOT_LOADED,
                "on " + platform + " tried: " + tried,
                "平台 " + platform + ",已尝试:" + tried);
    }

    private static void compareVersions(String place) {
        String wrapper = wrapperVersion();
        String library = Native.version();
        if (wrapper.equals(library)) {
            return;
        }
        throw new SkmException(
                SkmErrorCode.VERSION_MISMATCH,
                "the JAR is " + wrapper + ", the library from " + place + " is " + library,
                "JAR 版本为 " + wrapper + ",来自 " + place + " 的动态库版本为 " + library);
    }

    /** The version that the build wrote beside the classes. */
    static String wrapperVersion() {
        Properties properties = new Properties();
        try (InputStream in = NativeLoader.class.getResourceAsStream("version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException unreadable) {
            return "unknown";
        }
        return properties.getProperty("version", "unknown");
    }
}
