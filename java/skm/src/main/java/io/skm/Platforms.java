package io.skm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Locale;
import java.util.stream.Stream;

/** Names of platforms: {@code <os>-<arch>}, with {@code -musl} where the JVM runs on that C library. */
final class Platforms {
    private Platforms() {}

    static String current() {
        String os = os(System.getProperty("os.name"));
        String name = os + "-" + architecture(System.getProperty("os.arch"));
        return os.equals("linux") && runsOnMusl() ? name + "-musl" : name;
    }

    /** What to say where the JAR has no library for a platform. */
    static String hint(String platform) {
        String musl = platform.endsWith("-musl") ? "this JVM runs on musl, the JAR's library needs glibc; " : "";
        return " (" + musl + "the JAR serves linux-x86_64 on glibc; elsewhere build the library from source and name it"
                + " with -Dskm.library.path)";
    }

    static String os(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            return "windows";
        }
        if (lower.startsWith("mac") || lower.startsWith("darwin")) {
            return "macos";
        }
        return lower.replaceAll("[^a-z0-9]", "");
    }

    static String architecture(String name) {
        switch (name.toLowerCase(Locale.ROOT)) {
            case "amd64":
            case "x86_64":
            case "x64":
                return "x86_64";
            case "aarch64":
            case "arm64":
                return "aarch64";
            default:
                return name.toLowerCase(Locale.ROOT);
        }
    }

    /** By what the process has mapped: a machine may have both, but a JVM runs on one. */
    private static boolean runsOnMusl() {
        try (Stream<String> maps = Files.lines(Paths.get("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
            return maps.anyMatch(Platforms::isMusl);
        } catch (IOException | RuntimeException unreadable) {
            return false;
        }
    }

    static boolean isMusl(String mapped) {
        return mapped.contains("/ld-musl-") || mapped.contains("/libc.musl-");
    }
}
