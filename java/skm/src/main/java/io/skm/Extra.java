package io.skm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Members of an answer that the standard does not name. */
final class Extra {
    private Extra() {}

    /** Takes key, value, key, value from {@code parts}, beginning at {@code from}. */
    static Map<String, String> after(String[] parts, int from) {
        Map<String, String> extra = new LinkedHashMap<>();
        for (int at = from; at + 1 < parts.length; at += 2) {
            extra.put(parts[at], parts[at + 1]);
        }
        return Collections.unmodifiableMap(extra);
    }
}
