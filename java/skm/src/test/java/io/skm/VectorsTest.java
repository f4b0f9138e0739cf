package io.skm;

import static io.skm.Vectors.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vectors of what needs no network: sign, cipher, masks, numbers, codes, page URLs. */
class VectorsTest {
    @Test
    void sign() throws IOException {
        for (JsonNode it : Vectors.list("sign.json", "cases")) {
            String appmark = text(it, "appmark");
            String appword = text(it, "appword");
            String time = text(it, "time");
            String sign = text(it, "sign");
            assertEquals(sign, SkmPlatform.sign(appmark, appword, time), it.toString());
            assertTrue(SkmPlatform.checkSign(call(appmark, time, sign.toUpperCase()), appword), it.toString());
            assertFalse(SkmPlatform.checkSign(call(appmark, time + "0", sign), appword), it.toString());
        }
    }

    private static UserTokenCall call(String appmark, String time, String sign) {
        return new UserTokenCall(new String[] {appmark, time, sign, "generateUserToken", "{}"});
    }

    @Test
    void cipher(@TempDir Path folder) throws IOException {
        for (JsonNode it : Vectors.list("cipher.json", "cases")) {
            String[] parts = {text(it, "cipher"), Vectors.keyHex(it), Vectors.iv(it), text(it, "plaintext")};
            assertEquals(text(it, "ciphertext_base64"), TestingNative.seal(parts), it.toString());
            assertEquals(text(it, "plaintext"), open(it, folder), it.toString());
        }
        for (JsonNode it : Vectors.list("cipher.json", "tolerated")) {
            assertEquals(text(it, "plaintext"), open(it, folder), it.toString());
        }
        for (JsonNode it : Vectors.list("cipher.json", "rejected")) {
            SkmException failure = assertThrows(SkmException.class, () -> open(it, folder), it.toString());
            assertEquals(text(it, "error"), failure.code().label(), it.toString());
        }
    }

    private static String open(JsonNode it, Path folder) throws IOException {
        Path dialect = folder.resolve("dialect.toml");
        Files.write(dialect, Vectors.dialectWithCipher(it).getBytes(StandardCharsets.UTF_8));
        Properties unit = new Properties();
        unit.setProperty("dialect", dialect.toString());
        unit.setProperty("id.url", "https://id.example.invalid/");
        unit.setProperty("id.account", "skm_auth_vectors");
        unit.setProperty("id.auth_key", text(it, "key_base64"));
        unit.setProperty("id.body_key", text(it, "key_base64"));
        try (SkmPlatform platform = SkmPlatform.open(unit)) {
            return platform.openAuth(text(it, "ciphertext_base64"));
        }
    }

    @Test
    void masks() throws IOException {
        for (JsonNode it : Vectors.list("mask.json", "cases")) {
            assertEquals(text(it, "masked"), masked(text(it, "kind"), text(it, "input")), it.toString());
        }
    }

    private static String masked(String kind, String input) {
        switch (kind) {
            case "name":
                return SkmMask.name(input);
            case "certificate":
                return SkmMask.certificate(input);
            case "phone":
                return SkmMask.phone(input);
            default:
                throw new AssertionError("unknown kind " + kind);
        }
    }

    @Test
    void certificateNumbers() throws IOException {
        for (JsonNode it : Vectors.list("id_number.json", "cases")) {
            String number = text(it, "number");
            if (it.path("valid").booleanValue()) {
                ResidentId id = ResidentId.parse(number);
                assertEquals(text(it, "birth_date"), id.birthDate());
                assertEquals(text(it, "sex"), id.sex());
                assertEquals(text(it, "normalised"), id.number());
            } else {
                SkmException failure = assertThrows(SkmException.class, () -> ResidentId.parse(number), it.toString());
                assertEquals(text(it, "reason"), failure.field(), it.toString());
            }
            if (it.has("lifted") && !it.path("lifted").isNull()) {
                assertEquals(
                        text(it, "lifted"), ResidentId.parseLifting15(number).number());
            }
        }
    }

    @Test
    void codes() throws IOException {
        try (SkmClient client = SkmClient.builder().build()) {
            for (JsonNode it : Vectors.list("qr.json", "cases")) {
                String scanned = text(it, "text");
                if (text(it, "error") != null) {
                    SkmException failure =
                            assertThrows(SkmException.class, () -> client.checkQr(scanned), it.toString());
                    assertEquals(text(it, "error"), failure.code().label(), it.toString());
                    continue;
                }
                QrCode code = client.checkQr(scanned);
                assertEquals(text(it, "qr_code"), code.code(), it.toString());
                assertEquals(text(it, "division"), code.division(), it.toString());
                assertEquals(it.path("sent").asText(scanned), code.text(), it.toString());
            }
        }
    }

    @Test
    void pages() throws IOException {
        for (JsonNode it : Vectors.list("display.json", "cases")) {
            try (SkmClient client =
                    SkmClient.builder().set("display.url", text(it, "page")).build()) {
                DisplayUrl url = client.displayUrl(text(it, "token"), text(it, "uuid"));
                assertEquals(text(it, "url"), url.expose(), it.toString());
            }
        }
    }
}
