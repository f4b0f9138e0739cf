package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** No toString, message or serialised exception shows what is personal or secret. */
class MaskingTest {
    private static final String SECRET = "320000198506304142";
    private static final Consent CONSENT = Consent.explicit("notice A-12");

    @Test
    void everyToStringMasks() {
        Object[] values = {
            ScanRequest.builder()
                    .qrText(SECRET)
                    .position(SECRET)
                    .verifierDept(SECRET)
                    .verifierName(SECRET)
                    .verifierPhone(SECRET)
                    .consent(CONSENT)
                    .build(),
            IdRequest.builder()
                    .number(SECRET)
                    .name(SECRET)
                    .organizeLocation(SECRET)
                    .applyType(SECRET)
                    .consent(CONSENT)
                    .build(),
            UserTokenRequest.builder()
                    .name(SECRET)
                    .number(SECRET)
                    .mobile(SECRET)
                    .email(SECRET)
                    .phone(SECRET)
                    .birthDate(SECRET)
                    .address(SECRET)
                    .post(SECRET)
                    .consent(CONSENT)
                    .build(),
            new ScanResult(new String[] {"green", "green", SECRET, SECRET, SECRET, SECRET, SECRET, SECRET, SECRET}),
            new IdResult(new String[] {"red", "red", SECRET, SECRET, SECRET, SECRET, SECRET, SECRET}),
            new UserToken(new String[] {SECRET, SECRET}),
            new QrCode(new String[] {SECRET, SECRET, SECRET}),
            ResidentId.parse(SECRET),
            new UserTokenCall(new String[] {SECRET, SECRET, SECRET, SECRET, SECRET}),
            new ScanCall(new String[] {SECRET, SECRET, SECRET, SECRET, SECRET, SECRET, SECRET}),
            new IdBody(new String[] {SECRET, SECRET, SECRET, SECRET}),
            new DisplayUrl(SECRET),
            SkmClient.builder().set("scan.token", SECRET),
        };
        for (Object value : values) {
            assertFalse(value.toString().contains(SECRET), value.toString());
            assertTrue(value.toString().startsWith(value.getClass().getSimpleName()), value.toString());
        }
    }

    @Test
    void aConfigurationErrorNamesTheKeyAndNotTheSecret() {
        SkmException failure = CallsTest.assertCode(SkmErrorCode.CONFIG_INVALID, () -> SkmClient.builder()
                .set("scan.url", "http://platform.example.invalid/jkm")
                .set("scan.source", "wuxi")
                .set("scan.token", SECRET)
                .build());
        assertTrue(failure.getMessage().contains("scan.url"), failure.getMessage());
        assertFalse(trace(failure).contains(SECRET));
    }

    @Test
    void thePlatformsTextStaysApart() throws Exception {
        String[] parts = {"500", "refused", "拒绝", "verify_id", null, "1", "张三 " + SECRET, null, null, "1", null, null};
        SkmException failure = new SkmException(parts);
        assertEquals("张三 " + SECRET, failure.platformText());
        assertFalse(trace(failure).contains(SECRET));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        assertFalse(new String(bytes.toByteArray(), StandardCharsets.UTF_8).contains(SECRET));
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertEquals(SkmErrorCode.REFUSED, ((SkmException) in.readObject()).code());
        }
    }

    private static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
