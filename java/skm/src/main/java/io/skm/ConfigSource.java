package io.skm;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** Where a configuration comes from, in the form that the native library reads. */
final class ConfigSource {
    final String form;
    final String[] parts;

    private ConfigSource(String form, String... parts) {
        this.form = form;
        this.parts = parts;
    }

    static ConfigSource file(Path file) {
        return new ConfigSource("file", file.toString(), null);
    }

    static ConfigSource text(String toml, Path base) {
        return new ConfigSource("text", toml, base == null ? null : base.toString());
    }

    /** Dotted keys. Properties may hold anything; what is not a text would otherwise be left out without a word. */
    static ConfigSource keys(Properties properties) {
        properties.forEach((key, value) -> {
            if (!(key instanceof String && value instanceof String)) {
                throw new IllegalArgumentException("the value of " + key + " is not a String: write it as one");
            }
        });
        Map<String, String> keys = new LinkedHashMap<>();
        properties.stringPropertyNames().forEach(key -> keys.put(key, properties.getProperty(key)));
        return keys(keys);
    }

    /** Dotted keys, such as {@code scan.token}. */
    static ConfigSource keys(Map<String, String> keys) {
        String[] pairs = new String[2 * keys.size()];
        int at = 0;
        for (Map.Entry<String, String> entry : keys.entrySet()) {
            pairs[at++] = entry.getKey();
            pairs[at++] = entry.getValue();
        }
        return new ConfigSource("keys", pairs);
    }
}
