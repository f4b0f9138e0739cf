package io.skm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Locale;

/** What a linker's message means, and what to do. */
final class LoadFailure {
    private LoadFailure() {}

    /** Beginning with a blank; empty where the message says enough. */
    static String advice(Path file, String message) {
        String text = String.valueOf(message).toLowerCase(Locale.ROOT);
        if (text.contains("failed to map segment") || isNoexec(file)) {
            return " (" + file.getParent() + " is on a file system mounted noexec: start the JVM with"
                    + " -Djava.io.tmpdir=<a folder that code may be executed from>, or unpack"
                    + " the library there and name it with -Dskm.library.path)";
        }
        if (text.contains("glibc_") || text.contains("ld-linux") || text.contains("libc.musl")) {
            return " (the library was built for another C library than this JVM runs on: glibc 2.17 or newer is"
                    + " needed)";
        }
        if (text.contains("wrong elf class")
                || text.contains("invalid elf header")
                || text.contains("wrong architecture")) {
            return " (the library is for another processor or system than this JVM)";
        }
        if (text.contains("already loaded in another classloader")) {
            return " (another application of this JVM has loaded this file: put the JAR into the container's shared"
                    + " loader, such as Tomcat's lib folder, and into neither application; or leave skm.library.path"
                    + " unset, then each application loads a copy of its own)";
        }
        return "";
    }

    /** Looks the file's mount up: the one with the longest path above it. */
    private static boolean isNoexec(Path file) {
        String path = file.toAbsolutePath().toString();
        String longest = "";
        boolean noexec = false;
        try {
            for (String line : Files.readAllLines(Paths.get("/proc/self/mounts"), StandardCharsets.ISO_8859_1)) {
                String[] columns = line.split(" ");
                if (columns.length < 4 || columns[1].length() < longest.length() || !isAbove(columns[1], path)) {
                    continue;
                }
                longest = columns[1];
                noexec = ("," + columns[3] + ",").contains(",noexec,");
            }
        } catch (IOException noProc) {
            return false;
        }
        return noexec;
    }

    private static boolean isAbove(String mount, String path) {
        return mount.equals("/") || path.equals(mount) || path.startsWith(mount + "/");
    }
}
