package io.skm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Base64;

/** The conformance vectors: from the environment's {@code SKM_VECTORS}, or the repository's. */
final class Vectors {
    private static final String NO_IV = "00000000000000000000000000000000";

    private Vectors() {}

    /** A list of a file; never empty. */
    static JsonNode list(String file, String name) throws IOException {
        String folder = System.getenv("SKM_VECTORS");
        JsonNode list = new ObjectMapper()
                .readTree(new File(folder == null ? "../../tests/vectors" : folder, file))
                .path(name);
        assertTrue(list.size() > 0, name + " of " + file + " is empty");
        return list;
    }

    /** A text of a case, or null. */
    static String text(JsonNode node, String key) {
        return node.path(key).isTextual() ? node.path(key).textValue() : null;
    }

    /** The built-in dialect with another cipher. */
    static String dialectWithCipher(JsonNode node) {
        return replaced(
                replaced(
                        TestingNative.dialectSource(),
                        "cipher = \"aes-128-ecb\"",
                        "cipher = \"" + text(node, "cipher") + '"'),
                "iv = \"" + NO_IV + '"',
                "iv = \"" + iv(node) + '"');
    }

    /** The built-in dialect with another method of interface 1. */
    static String dialectWithMethod(String method) {
        return replaced(TestingNative.dialectSource(), "method = \"form\"", "method = \"" + method + '"');
    }

    static String iv(JsonNode node) {
        return node.path("iv_hex").asText(NO_IV);
    }

    static String keyHex(JsonNode node) {
        byte[] key = Base64.getDecoder().decode(text(node, "key_base64"));
        return String.format("%032x", new BigInteger(1, key));
    }

    private static String replaced(String source, String from, String to) {
        assertTrue(source.contains(from), "the built-in dialect has no line " + from);
        return source.replace(from, to);
    }
}
