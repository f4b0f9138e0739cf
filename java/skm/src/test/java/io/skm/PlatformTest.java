package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Scanner;
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
                .number(person.number())
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
                        .qrText());
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

    /** In another order than the table's, which a lenient sandbox takes: then only the appmark is wrong. */
    @Test
    void aLenientSandboxTakesAnotherOrder() throws Exception {
        String form = "params=%7B%7D&servicename=s&sign=s&time=t&appmark=a";
        try (SkmSandbox strict = SkmSandbox.start();
                SkmSandbox lenient = SkmSandbox.start(0, 1, true)) {
            assertTrue(posted(strict, form).contains("\"203\""));
            assertTrue(posted(lenient, form).contains("\"201\""));
        }
    }

    private static String posted(SkmSandbox sandbox, String form) throws Exception {
        URL url = new URL(sandbox.url() + "/jsjis/gateway/interface.do");
        HttpURLConnection connection = (HttpURLConnection) url.openConnection(Proxy.NO_PROXY);
        connection.setDoOutput(true);
        connection.getOutputStream().write(form.getBytes(StandardCharsets.UTF_8));
        try (Scanner scanner = new Scanner(connection.getInputStream(), "UTF-8")) {
            return scanner.useDelimiter("\\A").next();
        }
    }
}
