package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.skm.junit.SkmSandboxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The four calls against the sandbox. */
@ExtendWith(SkmSandboxExtension.class)
class CallsTest {
    private static final Consent CONSENT = Consent.explicit("notice A-12");

    @Test
    void consentAndTypeAreRefusedWhereTheyAreGiven() {
        assertCode(SkmErrorCode.CONSENT_MISSING, () -> Consent.explicit(" \u3000"));
        assertCode(SkmErrorCode.CONSENT_MISSING, () -> Consent.authorised(""));
        assertCode(SkmErrorCode.INPUT_INVALID, () -> Consent.explicit("two\nlines"));
        java.time.Instant now = java.time.Instant.now();
        assertCode(SkmErrorCode.INPUT_INVALID, () -> CONSENT.givenAt(now.plusSeconds(3600)));
        CONSENT.givenAt(now.plusSeconds(60));
        assertCode(SkmErrorCode.INPUT_INVALID, () -> IdRequest.builder().papersType("9x"));
        assertCode(SkmErrorCode.INPUT_INVALID, () -> UserTokenRequest.builder().papersType(""));
        IdRequest.builder().papersType("2").papersType(null).papersType("99");
    }

    @Test
    void aDeadlineOutsideItsRangeIsRefused(SkmClient client) {
        for (Duration deadline : new Duration[] {
            Duration.ZERO,
            Duration.ofMillis(-1),
            Duration.ofNanos(999_999),
            Duration.ofMillis(600_001),
            Duration.ofSeconds(Long.MAX_VALUE)
        }) {
            SkmException refused = assertCode(SkmErrorCode.INPUT_INVALID, () -> client.withDeadline(deadline));
            assertEquals("deadline", refused.field());
        }
        client.withDeadline(Duration.ofMillis(1));
        client.withDeadline(Duration.ofMillis(600_000));
    }

    @Test
    void aTimeOfConsentThatIsNoneIsRefused() {
        for (java.time.Instant when : new java.time.Instant[] {
            java.time.Instant.ofEpochMilli(-1), java.time.Instant.MIN, java.time.Instant.MAX
        }) {
            assertCode(SkmErrorCode.INPUT_INVALID, () -> CONSENT.givenAt(when));
        }
    }

    @Test
    void scansEveryLevel(SkmSandbox sandbox, SkmClient client) {
        for (SkmLevel level : SkmLevel.values()) {
            SkmSandbox.Person person = sandbox.person(level);
            ScanResult result = client.verifyScan(scan(sandbox.freshQr(person.number())));
            assertEquals(level, result.level());
            assertEquals(level == SkmLevel.GREEN, result.isGreen());
            assertEquals(level == SkmLevel.GREEN, result.verdict().isGreen());
            assertNotNull(result.tip());
            assertFalse(result.toString().contains(person.name()));
        }
    }

    @Test
    void verifiesEveryLevelByNumber(SkmSandbox sandbox, SkmClient client) {
        for (SkmLevel level : SkmLevel.values()) {
            SkmSandbox.Person person = sandbox.person(level);
            IdResult result = client.verifyId(id(person));
            assertEquals(level, result.level());
            assertEquals(level == SkmLevel.GREEN, result.isGreen());
            assertEquals(person.number(), result.number());
            assertEquals(person.name(), result.name());
        }
    }

    @Test
    void issuesATokenAndBuildsThePage(SkmSandbox sandbox, SkmClient client) {
        SkmSandbox.Person person = sandbox.person(SkmLevel.GREEN);
        UserToken user = client.issueUserToken(UserTokenRequest.builder()
                .name(person.name())
                .number(person.number())
                .mobile(person.mobile())
                .consent(CONSENT)
                .build());
        DisplayUrl url = client.displayUrl(user.token(), user.uuid());
        assertTrue(url.expose().contains(user.token()));
        assertFalse(url.toString().contains(user.token()));
        assertFalse(user.toString().contains(user.token()));
    }

    @Test
    void refusesWithoutConsent(SkmSandbox sandbox, SkmClient client) {
        String qr = sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number());
        ScanRequest request = ScanRequest.builder().qrText(qr).build();
        assertCode(SkmErrorCode.CONSENT_MISSING, () -> client.verifyScan(request));
    }

    /** A gate that uses one builder for all: nobody is verified under the consent of the person before. */
    @Test
    void aBuilderThatIsUsedAgainForgetsAnEarlierConsent(SkmSandbox sandbox, SkmClient client) {
        SkmSandbox.Person person = sandbox.person(SkmLevel.GREEN);
        Consent earlier = CONSENT.givenAt(java.time.Instant.now());
        ScanRequest.Builder scan =
                ScanRequest.builder().qrText(sandbox.freshQr(person.number())).consent(earlier);
        IdRequest.Builder id =
                IdRequest.builder().number(person.number()).name(person.name()).consent(earlier);
        UserTokenRequest.Builder user = UserTokenRequest.builder()
                .name(person.name())
                .number(person.number())
                .mobile(person.mobile())
                .consent(earlier);
        assertTrue(client.verifyId(id.build()).isGreen());
        assertCode(
                SkmErrorCode.CONSENT_MISSING,
                () -> client.verifyScan(scan.consent(null).build()));
        assertCode(
                SkmErrorCode.CONSENT_MISSING,
                () -> client.verifyId(id.consent(null).build()));
        assertCode(
                SkmErrorCode.CONSENT_MISSING,
                () -> client.issueUserToken(user.consent(null).build()));
        assertFalse(id.build().toString().contains("A-12"));
    }

    @Test
    void namesTheArgumentAtFault(SkmClient client) {
        SkmException noCode = assertCode(
                SkmErrorCode.NULL_ARGUMENT,
                () -> client.verifyScan(ScanRequest.builder().consent(CONSENT).build()));
        assertEquals("qr_text", noCode.field());
        SkmException badNumber = assertCode(
                SkmErrorCode.INPUT_INVALID,
                () -> client.verifyId(IdRequest.builder()
                        .number("32000019850630414X")
                        .name("张三丰")
                        .consent(CONSENT)
                        .build()));
        assertEquals("number", badNumber.field());
        assertEquals("verify_id", badNumber.callName());
        assertFalse(badNumber.toString().contains("32000019850630414X"));
        assertFalse(badNumber.technicalChinese().contains("张三丰"));
        assertTrue(badNumber.technicalChinese().startsWith("verify_id: "));
        assertFalse(badNumber.chinese().matches(".*[A-Za-z].*"), badNumber.chinese());
        assertNull(badNumber.reason());
        assertNull(badNumber.getCause());
    }

    @Test
    void keepsThePlatformsCode(SkmClient client) {
        SkmException unknown = assertCode(
                SkmErrorCode.PERSON_NOT_FOUND,
                () -> client.verifyId(IdRequest.builder()
                        .number("320000198506304142")
                        .name("不存在")
                        .consent(CONSENT)
                        .build()));
        assertEquals("404", unknown.platformCode());
        assertFalse(unknown.isRetryable());
        assertEquals(1, unknown.attempts());
    }

    @Test
    void endsAtItsDeadline(SkmSandbox sandbox, SkmClient client) {
        sandbox.addFault("{\"interface\":\"verify_scan\",\"kind\":\"stall\"}");
        ScanRequest request =
                scan(sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number()));
        long began = System.nanoTime();
        SkmException late = assertCode(SkmErrorCode.DEADLINE_EXCEEDED, () -> client.withDeadline(Duration.ofMillis(300))
                .verifyScan(request));
        long tookMs = (System.nanoTime() - began) / 1_000_000;
        assertTrue(tookMs >= 250 && tookMs < 2000, "took " + tookMs + " ms");
        assertTrue(late.isRetryable());
    }

    @Test
    void carriesWhatTheVenueDecided(SkmSandbox sandbox) {
        SkmSandbox.Person person = sandbox.person(SkmLevel.GREEN);
        String config = sandbox.config().replace(sandbox.url(), "http://127.0.0.1:1")
                + "\n[gate]\nwhen_unreachable = \"call_person\"\n";
        try (SkmClient unreachable = SkmClient.parse(config, null)) {
            SkmException failure = assertThrows(SkmException.class, () -> unreachable.verifyId(id(person)));
            assertEquals("call_person", failure.whenUnreachable());
            assertEquals(SkmErrorCode.Owner.NETWORK, failure.code().owner());
        }
    }

    @Test
    void faultsAreNeverGreen(SkmSandbox sandbox, SkmClient client) {
        String[] kinds = {"html", "empty", "not_json", "cut_json", "duplicate_key", "fraction_code", "drop_before"};
        for (String kind : kinds) {
            sandbox.reset();
            sandbox.addFault("{\"interface\":\"verify_id\",\"kind\":\"" + kind + "\"}");
            assertThrows(SkmException.class, () -> client.verifyId(id(sandbox.person(SkmLevel.GREEN))), kind);
        }
        for (String kind : new String[] {"no_level", "strange_level"}) {
            sandbox.reset();
            sandbox.addFault("{\"interface\":\"verify_scan\",\"kind\":\"" + kind + "\"}");
            ScanRequest request =
                    scan(sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number()));
            assertEquals(SkmVerdict.UNVERIFIED, client.verifyScan(request).verdict(), kind);
        }
    }

    @Test
    void checksACodeWithoutACall(SkmSandbox sandbox, SkmClient client) {
        QrCode code =
                client.checkQr(sandbox.freshQr(sandbox.person(SkmLevel.GREEN).number()) + "\r\n");
        assertTrue(code.text().endsWith("result"));
        assertEquals("320000", code.division());
        assertCode(SkmErrorCode.QR_NOT_SKM, () -> client.checkQr("https://pay.example.invalid/1"));
    }

    @Test
    void tellsItsListener(SkmSandbox sandbox, SkmClient client) {
        StringBuilder told = new StringBuilder();
        SkmClient heard = client.withListener(call -> {
            told.append(call.name()).append('=').append(call.outcome()).append(' ');
            throw new IllegalStateException("a listener must not matter");
        });
        heard.verifyId(id(sandbox.person(SkmLevel.RED)));
        assertCode(
                SkmErrorCode.CONSENT_MISSING,
                () -> heard.verifyScan(ScanRequest.builder().qrText("x").build()));
        assertEquals("verify_id=ok verify_scan=consent_missing ", told.toString());
    }

    @Test
    void aListenerChangesNoOutcomeWhateverItThrows(SkmSandbox sandbox, SkmClient client) {
        IdRequest request = id(sandbox.person(SkmLevel.GREEN));
        for (Throwable thrown :
                new Throwable[] {new NoClassDefFoundError("x"), new AssertionError("x"), new IOException("x")}) {
            assertTrue(client.withListener(call -> throwAny(thrown))
                    .verifyId(request)
                    .isGreen());
        }
        assertThrows(OutOfMemoryError.class, () -> client.withListener(call -> throwAny(new OutOfMemoryError("x")))
                .verifyId(request));
    }

    /** As generated code does: a checked exception where none is declared. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwAny(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** A device on which every write fails for want of space. */
    @Test
    void countsRecordsThatCouldNotBeWritten(SkmSandbox sandbox, @TempDir Path folder) throws IOException {
        Path log = Files.createSymbolicLink(folder.resolve("audit.jsonl"), Paths.get("/dev/full"));
        String audit = "\n[audit]\nfile = \"audit.jsonl\"\non_failure = \"continue\"\n";
        try (SkmClient client = SkmClient.parse(sandbox.config() + audit, folder)) {
            assertEquals(0, client.auditFailures());
            SkmClient view = client.withDeadline(Duration.ofSeconds(5));
            assertTrue(view.verifyId(id(sandbox.person(SkmLevel.GREEN))).isGreen());
            assertEquals(1, client.auditFailures());
            assertEquals(1, view.auditFailures());
            client.close();
            assertCode(SkmErrorCode.CLOSED, view::auditFailures);
        }
        Files.delete(log);
    }

    static ScanRequest scan(String qr) {
        return ScanRequest.builder().qrText(qr).consent(CONSENT).build();
    }

    static IdRequest id(SkmSandbox.Person person) {
        return IdRequest.builder()
                .number(person.number())
                .name(person.name())
                .consent(CONSENT)
                .build();
    }

    static SkmException assertCode(SkmErrorCode code, org.junit.jupiter.api.function.Executable call) {
        SkmException failure = assertThrows(SkmException.class, call);
        assertEquals(code, failure.code(), failure.getMessage());
        return failure;
    }
}
