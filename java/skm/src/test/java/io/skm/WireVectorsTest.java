package io.skm;

import static io.skm.Vectors.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vectors of the wire, through a socket: what leaves this library, and what becomes of what comes back. */
class WireVectorsTest {
    private static final Consent CONSENT = Consent.explicit("notice A-12");

    @TempDir
    Path folder;

    private OneAnswer server;

    @BeforeEach
    void start() throws IOException {
        server = new OneAnswer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void requests() throws IOException {
        for (JsonNode it : Vectors.list("wire.json", "cases")) {
            // An empty object is no answer to anything; only what was sent matters here.
            assertThrows(SkmException.class, () -> send(it), it.toString());
            JsonNode wire = it.path("wire");
            assertEquals(text(wire, "method"), server.method(), it.toString());
            if (wire.has("query")) {
                assertEquals(text(wire, "query"), server.query(), it.toString());
                continue;
            }
            assertEquals(text(wire, "body"), server.body(), it.toString());
            assertEquals(
                    text(wire, "content_type"), server.header("Content-Type").split(";")[0], it.toString());
            wire.path("headers")
                    .fields()
                    .forEachRemaining(
                            header -> assertEquals(header.getValue().textValue(), server.header(header.getKey())));
        }
    }

    private void send(JsonNode it) throws IOException {
        switch (text(it, "interface")) {
            case "issue_user_token":
                sendUserToken(it);
                return;
            case "verify_scan":
                sendScan(it);
                return;
            case "verify_id":
                sendId(it);
                return;
            default:
                throw new AssertionError("unknown interface in " + it);
        }
    }

    private void sendUserToken(JsonNode it) throws IOException {
        JsonNode unit = it.path("config");
        JsonNode asked = it.path("request");
        Map<String, String> keys = keys("dialect", dialect(Vectors.dialectWithMethod(text(unit, "method"))));
        keys.put("user_token.url", server.url());
        keys.put("user_token.appmark", text(unit, "appmark"));
        keys.put("user_token.appword", text(unit, "appword"));
        keys.put("user_token.servicename", text(unit, "servicename"));
        ConfigSource source = ConfigSource.keys(keys);
        long pointer = TestingNative.clientAt(
                source.form, source.parts, it.path("clock_unix").longValue());
        try (SkmClient client = SkmClient.of(pointer)) {
            client.issueUserToken(UserTokenRequest.builder()
                    .name(text(asked, "name"))
                    .papersType(text(asked, "paperstype"))
                    .number(text(asked, "papersnumber"))
                    .mobile(text(asked, "mobile"))
                    .email(text(asked, "email"))
                    .phone(text(asked, "phone"))
                    .sex(text(asked, "sex"))
                    .birthDate(text(asked, "birthdate"))
                    .address(text(asked, "address"))
                    .post(text(asked, "post"))
                    .consent(CONSENT)
                    .build());
        }
    }

    private void sendScan(JsonNode it) {
        JsonNode asked = it.path("request");
        Map<String, String> keys = keys("scan.url", server.url());
        keys.put("scan.source", text(it.path("config"), "source"));
        keys.put("scan.token", text(it.path("config"), "token"));
        try (SkmClient client = open(keys)) {
            client.verifyScan(ScanRequest.builder()
                    .qrText(text(asked, "qr_text"))
                    .position(text(asked, "position"))
                    .verifierDept(text(asked, "verifier_dept"))
                    .verifierName(text(asked, "verifier_name"))
                    .verifierPhone(text(asked, "verifier_phone"))
                    .consent(CONSENT)
                    .build());
        }
    }

    private void sendId(JsonNode it) throws IOException {
        JsonNode unit = it.path("config");
        JsonNode asked = it.path("request");
        Map<String, String> keys = keys("dialect", dialect(Vectors.dialectWithCipher(unit)));
        keys.put("id.url", server.url());
        keys.put("id.account", text(unit, "account"));
        keys.put("id.auth_key", text(unit, "auth_key"));
        keys.put("id.body_key", text(unit, "body_key"));
        try (SkmClient client = open(keys)) {
            client.verifyId(IdRequest.builder()
                    .number(text(asked, "userid"))
                    .name(text(asked, "name"))
                    .organizeLocation(text(asked, "organize_location"))
                    .applyType(text(asked, "apply_type"))
                    .consent(CONSENT)
                    .build());
        }
    }

    private String dialect(String source) throws IOException {
        Path file = folder.resolve("dialect.toml");
        Files.write(file, source.getBytes(StandardCharsets.UTF_8));
        return file.toString();
    }

    private static Map<String, String> keys(String key, String value) {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put(key, value);
        return keys;
    }

    private static SkmClient open(Map<String, String> keys) {
        SkmClient.Builder builder = SkmClient.builder().set("http.retries", "0");
        keys.forEach(builder::set);
        return builder.build();
    }

    @Test
    void answers() throws IOException {
        for (JsonNode it : Vectors.list("answer.json", "cases")) {
            server.willAnswer(it.path("http_status").intValue(), text(it, "body"));
            if (text(it, "error") == null) {
                holds(it, ask(it));
                continue;
            }
            SkmException failure = assertThrows(SkmException.class, () -> ask(it), it.toString());
            assertEquals(text(it, "error"), failure.code().label(), it.toString());
            assertEquals(text(it, "platform_code"), failure.platformCode(), it.toString());
        }
    }

    private Object ask(JsonNode it) {
        switch (text(it, "interface")) {
            case "issue_user_token":
                return askUserToken();
            case "verify_scan":
                return askScan();
            case "verify_id":
                return askId(text(it, "body_key"), text(it.path("asked"), "userid"));
            default:
                throw new AssertionError("unknown interface in " + it);
        }
    }

    private UserToken askUserToken() {
        Map<String, String> keys = keys("user_token.url", server.url());
        keys.put("user_token.appmark", "demoapp");
        keys.put("user_token.appword", "demoword");
        try (SkmClient client = open(keys)) {
            return client.issueUserToken(UserTokenRequest.builder()
                    .name("张三丰")
                    .number("320000198506304142")
                    .mobile("13800001234")
                    .consent(CONSENT)
                    .build());
        }
    }

    private ScanResult askScan() {
        Map<String, String> keys = keys("scan.url", server.url());
        keys.put("scan.source", "wuxi");
        keys.put("scan.token", "an-invented-token");
        keys.put("scan.position", "江苏省,无锡市,梁溪区,示范路1号");
        keys.put("scan.verifier_dept", "示范医院");
        keys.put("scan.verifier_name", "李四");
        keys.put("scan.verifier_phone", "13800001234");
        try (SkmClient client = open(keys)) {
            String code = "https://skm.example.invalid/index.html?qrCode=V2beccbc08752de85d189704d96575c3cb#/result";
            return client.verifyScan(CallsTest.scan(code));
        }
    }

    private IdResult askId(String bodyKey, String number) {
        Map<String, String> keys = keys("id.url", server.url());
        keys.put("id.account", "skm_auth_vectors");
        keys.put("id.auth_key", bodyKey);
        keys.put("id.body_key", bodyKey);
        try (SkmClient client = open(keys)) {
            return client.verifyId(IdRequest.builder()
                    .number(number)
                    .name("诸葛 亮")
                    .consent(CONSENT)
                    .build());
        }
    }

    private static void holds(JsonNode it, Object result) {
        it.path("expect").fields().forEachRemaining(expected -> {
            if (expected.getKey().equals("extra")) {
                expected.getValue()
                        .fields()
                        .forEachRemaining(member -> assertEquals(
                                written(member.getValue()),
                                ((VerifyResult) result).extra().get(member.getKey())));
                return;
            }
            String value =
                    expected.getValue().isNull() ? null : expected.getValue().asText();
            assertEquals(value, member(result, expected.getKey()), expected.getKey() + " of " + it);
        });
    }

    /** A text as it is, anything else as JSON. */
    private static String written(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }

    private static String member(Object result, String name) {
        if (result instanceof UserToken) {
            return name.equals("token") ? ((UserToken) result).token() : ((UserToken) result).uuid();
        }
        VerifyResult verified = (VerifyResult) result;
        switch (name) {
            case "level":
                return verified.level().name().toLowerCase();
            case "green":
                return Boolean.toString(verified.isGreen());
            case "name":
                return verified.name();
            case "id_number_masked":
                return ((ScanResult) result).idNumberMasked();
            case "phone":
                return ((ScanResult) result).phone();
            case "tip":
                return ((ScanResult) result).tip();
            case "userid":
                return ((IdResult) result).number();
            case "travel":
                return ((IdResult) result).travel();
            case "reason":
                return ((IdResult) result).reason();
            default:
                throw new AssertionError("unknown member " + name);
        }
    }
}
