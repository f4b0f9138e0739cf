package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Both sides of the wire against each other: what the client sends, the platform side reads. */
class PlatformTest {
    private static final Consent CONSENT = Consent.authorised("notice B-3");

    @Test
    void readsWhatTheClientSends() throws IOException {
        try (OneAnswer server = new OneAnswer();
                SkmSandbox sandbox = SkmSandbox.start();
                SkmPlatform platform = SkmPlatform.parse(sandbox.config(), null);
                SkmClient client = SkmClient.parse(sandbox.config().replace(sandbox.url(), server.url()), null)) {
            SkmSandbox.Person person = sandbox.person(SkmLevel.GREEN);
            userToken(server, platform, client, person, value(sandbox.config(), "appword"));
            scan(server, client, sandbox.freshQr(person.number()));
            id(server, platform, client, person, value(sandbox.config(), "account"));
        }
    }

    private static void userToken(
            OneAnswer server, SkmPlatform platform, SkmClient client, SkmSandbox.Person person, String appword) {
        UserTokenRequest request = UserTokenRequest.builder()
                .name(person.name())
                .papersNumber(person.number())
                .mobile(person.mobile())
                .consent(CONSENT)
                .build();
        CallsTest.assertCode(SkmErrorCode.ANSWER_MALFORMED, () -> client.issueUserToken(request));
        UserTokenCall call = SkmPlatform.readUserToken(
                server.method(),
                server.header("Content-Type"),
                server.query(),
                server.body().getBytes(StandardCharsets.UTF_8));
        assertTrue(SkmPlatform.checkSign(call, appword));
        assertFalse(SkmPlatform.checkSign(call, appword + "x"));
        assertTrue(platform.isTimely(call.time(), Duration.ofMinutes(1)));
        assertFalse(platform.isTimely("20210101120000", Duration.ofMinutes(1)));
        assertTrue(call.params().contains(person.number()));
    }

    private static void scan(OneAnswer server, SkmClient client, String qr) {
        CallsTest.assertCode(SkmErrorCode.ANSWER_MALFORMED, () -> client.verifyScan(CallsTest.scan(qr)));
        assertEquals(
                qr,
                SkmPlatform.readScan(server.body().getBytes(StandardCharsets.UTF_8))
                        .url());
        SkmException missing = CallsTest.assertCode(
                SkmErrorCode.INPUT_INVALID, () -> SkmPlatform.readScan("url=x".getBytes(StandardCharsets.UTF_8)));
        assertEquals("source", missing.field());
    }

    private static void id(
            OneAnswer server, SkmPlatform platform, SkmClient client, SkmSandbox.Person person, String account) {
        String sealed = platform.sealAnswer(person.number(), person.name(), "green", "当日未核验", "");
        server.willAnswer(200, "{\"code\":200,\"message\":\"OK\",\"data\":\"" + sealed + "\"}");
        IdResult result = client.verifyId(CallsTest.id(person));
        assertTrue(result.isGreen());
        assertEquals("当日未核验", result.travel());
        assertEquals(account, platform.openAuth(server.header("auth")));
        IdBody body = platform.openBody(server.body().getBytes(StandardCharsets.UTF_8));
        assertEquals(person.number(), body.number());
        assertEquals(person.name(), body.name());
        CallsTest.assertCode(SkmErrorCode.ANSWER_UNREADABLE, () -> platform.openAuth("AAAA"));
        CallsTest.assertCode(SkmErrorCode.ANSWER_UNREADABLE, () -> platform.openBody(new byte[] {1, 2, 3}));
    }

    /** A value of the sandbox's configuration. */
    private static String value(String config, String key) {
        for (String line : config.split("\n")) {
            if (line.startsWith(key + " = ")) {
                return line.substring(line.indexOf('"') + 1, line.lastIndexOf('"'));
            }
        }
        throw new AssertionError("no " + key + " in the sandbox's configuration");
    }
}
