package io.skm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** That the suite ran as it says it did. */
class JvmTest {
    @Test
    void nativeCallsAreChecked() {
        assertTrue(ManagementFactory.getRuntimeMXBean().getInputArguments().contains("-Xcheck:jni"));
    }
}
