package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Java 8 class files, by their own word. That they use no newer API is the compiler's {@code --release 8}. */
class ClassFileTest {
    private static final int JAVA_8 = 52;

    @Test
    void everyClassIsOfJava8() throws IOException, URISyntaxException {
        Path classes = Paths.get(SkmClient.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Path> files;
        try (Stream<Path> all = Files.walk(classes)) {
            files = all.filter(file -> file.toString().endsWith(".class")).collect(Collectors.toList());
        }
        assertTrue(files.size() > 30, "only " + files.size() + " classes");
        for (Path file : files) {
            try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                assertEquals(0xCAFEBABE, in.readInt());
                in.readUnsignedShort();
                assertEquals(JAVA_8, in.readUnsignedShort(), file.toString());
            }
        }
    }
}
