package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/java.md shows is compiled, as it stands there, and the ten lines are run. */
class DocsTest {
    private static final Path DOCUMENT = Paths.get("..", "..", "docs", "java.md");

    @TempDir
    Path folder;

    @Test
    void theTenLinesOpenForGreenAndNothingElse() throws Exception {
        try (SkmSandbox sandbox = SkmSandbox.start()) {
            Path config = folder.resolve("skm.toml");
            Files.write(config, sandbox.config().getBytes(StandardCharsets.UTF_8));
            // A JVM cannot change its folder, so the file is named in full.
            String body = snippets().get(0).replace("\"skm.toml\"", "\"" + config + "\"");
            Class<?> gate = compile(
                    "Gate",
                    "import io.skm.*; import java.nio.file.Paths; public class Gate { static int opened;"
                            + " static void openGate() { opened++; }"
                            + " public static int run(String scanned) { opened = 0; " + body + " return opened; } }");
            assertEquals(1, gate.getMethod("run", String.class).invoke(null, qr(sandbox, SkmLevel.GREEN)));
            assertEquals(0, gate.getMethod("run", String.class).invoke(null, qr(sandbox, SkmLevel.RED)));
        }
    }

    @Test
    void theJUnitTestCompiles() throws Exception {
        assertEquals(2, snippets().size());
        String test = snippets().get(1).replace("…", "");
        compile(
                "GateTest",
                "import io.skm.*; import io.skm.junit.SkmSandboxExtension; import org.junit.jupiter.api.Test;"
                        + " import org.junit.jupiter.api.extension.ExtendWith;\n" + test);
    }

    private static String qr(SkmSandbox sandbox, SkmLevel level) {
        return sandbox.freshQr(sandbox.person(level).number());
    }

    private static List<String> snippets() throws Exception {
        String text = new String(Files.readAllBytes(DOCUMENT), StandardCharsets.UTF_8);
        Matcher found = Pattern.compile("^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(text);
        List<String> all = new ArrayList<>();
        while (found.find()) {
            all.add(found.group(1));
        }
        return all;
    }

    private Class<?> compile(String name, String source) throws Exception {
        Path file = folder.resolve(name + ".java");
        Files.write(file, source.getBytes(StandardCharsets.UTF_8));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        List<String> options = Arrays.asList(
                "-encoding", "UTF-8", "-cp", System.getProperty("java.class.path"), "-d", folder.toString());
        boolean compiled = compiler.getTask(
                        said,
                        null,
                        null,
                        options,
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(file.toFile()))
                .call();
        assertTrue(compiled, said.toString());
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, DocsTest.class.getClassLoader())) {
            return loader.loadClass(name);
        }
    }
}
