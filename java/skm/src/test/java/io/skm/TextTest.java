package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Strings cross unharmed, or are refused clearly. */
class TextTest {
    @Test
    void everyCharacterCrosses() {
        for (String text : new String[] {"", "𠮷野", "a\0b", "张三丰", "\uFFFD\uFEFF", "👩‍👩‍👧", "é", "\uFFFF"}) {
            assertEquals(text, TestingNative.echo(text));
        }
        for (int unit = 0; unit <= Character.MAX_CODE_POINT; unit += 251) {
            if (unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE) {
                continue;
            }
            String text = new String(Character.toChars(unit));
            assertEquals(text, TestingNative.echo(text));
        }
    }

    @Test
    void longStringsCross() {
        String text = String.join("", Collections.nCopies(100_000, "𠮷"));
        assertEquals(text, TestingNative.echo(text));
        assertEquals(100_000, SkmMask.name(text).codePointCount(0, 100_001));
    }

    @Test
    void halfACharacterIsRefused() {
        for (String text : new String[] {"\uD842", "\uDFB7", "张\uD842", "\uDFB7\uD842", "\uD842x"}) {
            SkmException failure = assertThrows(SkmException.class, () -> TestingNative.echo(text));
            assertEquals(SkmErrorCode.INPUT_ENCODING, failure.code());
            assertEquals("text", failure.field());
            assertTrue(failure.getMessage().contains("lone surrogate"), failure.getMessage());
        }
    }

    @Test
    void harmfulNamesNeverReachThePlatform() {
        try (SkmSandbox sandbox = SkmSandbox.start();
                SkmClient client = sandbox.openClient()) {
            String number = sandbox.person(SkmLevel.GREEN).number();
            String longName = String.join("", Collections.nCopies(100_000, "长"));
            for (String name : new String[] {"a\0b", "张\uD842", longName, "", "两\n行"}) {
                IdRequest request = IdRequest.builder()
                        .number(number)
                        .name(name)
                        .consent(Consent.explicit("notice A-12"))
                        .build();
                SkmException failure = assertThrows(SkmException.class, () -> client.verifyId(request));
                assertEquals("name", failure.field());
                assertFalse(failure.getMessage().contains("长"));
            }
            ScanRequest longCode = CallsTest.scan(String.join("", Collections.nCopies(100_000, "x")));
            CallsTest.assertCode(SkmErrorCode.INPUT_INVALID, () -> client.verifyScan(longCode));
        }
    }
}
