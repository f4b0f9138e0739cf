package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A panic in the library is an exception here, never a dead JVM, and says nothing that it panicked with. */
class PanicTest {
    @Test
    void aPanicIsAnException() {
        for (int i = 0; i < 100; i++) {
            SkmException failure =
                    assertThrows(SkmException.class, () -> TestingNative.panic("张三丰 320000198506304142"));
            assertEquals(SkmErrorCode.INTERNAL, failure.code());
            assertTrue(failure.getMessage().matches(".*at .*testing\\.rs:\\d+"), failure.getMessage());
            assertFalse(failure.toString().contains("张三丰"));
        }
    }

    @Test
    void aPanicWhileDroppingIsAnExceptionToo() {
        CallsTest.assertCode(SkmErrorCode.INTERNAL, TestingNative::panicTwice);
        assertEquals("still here", TestingNative.echo("still here"));
    }

    @Test
    void whereNoExceptionCanBeMadeTheJvmsOwnIsThrown() {
        assertThrows(InternalError.class, TestingNative::failWithoutWrapper);
        CallsTest.assertCode(SkmErrorCode.INTERNAL, TestingNative::panicTwice);
    }
}
