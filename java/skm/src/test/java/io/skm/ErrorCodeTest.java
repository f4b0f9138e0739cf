package io.skm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The enum against the core's table, every row. */
class ErrorCodeTest {
    @Test
    void everyRowIsTheCores() {
        NativeLoader.load();
        String[] cells = Native.errorTable();
        assertTrue(cells.length > 100, "the table is missing");
        Set<SkmErrorCode> seen = new HashSet<>();
        for (int at = 0; at < cells.length; at += 5) {
            SkmErrorCode code = SkmErrorCode.of(Integer.parseInt(cells[at]));
            assertEquals(cells[at], Integer.toString(code.number()));
            assertEquals(cells[at + 1], code.label());
            assertEquals(
                    cells[at + 2].toUpperCase(java.util.Locale.ROOT),
                    code.owner().name());
            assertEquals(cells[at + 3], code.english());
            assertEquals(cells[at + 4], code.chinese());
            seen.add(code);
        }
        assertEquals(SkmErrorCode.values().length, seen.size());
        assertEquals(SkmErrorCode.INTERNAL, SkmErrorCode.of(-1));
    }
}
