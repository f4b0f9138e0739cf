package io.skm.spring;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The configuration's keys, for environment variables: whether {@code SKM_ID_AUTH_KEY} means {@code id.auth_key} only a
 * list of keys can tell, and a cluster sets {@code SKM_SCAN_PORT} on its own.
 */
final class ConfigurationKeys {
    /** The configuration's sections, and its one key outside them. */
    static final Set<String> SECTIONS = Collections.unmodifiableSet(new HashSet<>(Arrays.asList(
            // generated: sections
            "dialect",
            "user_token",
            "display",
            "scan",
            "id",
            "http",
            "gate",
            "audit"
            // end of generated: sections
            )));

    /** Every key, written by {@code make generate}. */
    static final List<String> ALL = Collections.unmodifiableList(Arrays.asList(
            // generated: keys
            "dialect",
            "user_token.url",
            "user_token.appmark",
            "user_token.appword",
            "user_token.appword_file",
            "user_token.appword_env",
            "user_token.servicename",
            "display.url",
            "scan.url",
            "scan.source",
            "scan.token",
            "scan.token_file",
            "scan.token_env",
            "scan.position",
            "scan.verifier_dept",
            "scan.verifier_name",
            "scan.verifier_phone",
            "id.url",
            "id.account",
            "id.account_file",
            "id.account_env",
            "id.auth_key",
            "id.auth_key_file",
            "id.auth_key_env",
            "id.body_key",
            "id.body_key_file",
            "id.body_key_env",
            "id.organize_location",
            "id.apply_type",
            "http.deadline_ms",
            "http.connect_timeout_ms",
            "http.retries",
            "http.max_connections",
            "http.idle_ms",
            "http.max_answer_bytes",
            "http.proxy",
            "http.ca_file",
            "http.client_cert_file",
            "http.client_key_file",
            "http.allow_http",
            "gate.when_unreachable",
            "audit.file",
            "audit.key",
            "audit.key_file",
            "audit.key_env",
            "audit.on_failure",
            "audit.pseudonym",
            "audit.rotate_bytes",
            "audit.rotate_daily",
            "audit.keep_days",
            "audit.sync"
            // end of generated: keys
            ));

    private static final Set<String> LETTERS =
            ALL.stream().map(ConfigurationKeys::letters).collect(Collectors.toSet());

    private ConfigurationKeys() {}

    /** Whether a key is meant by the name of a variable, as Spring splits it. */
    static boolean isMeantBy(String name) {
        return LETTERS.contains(letters(name));
    }

    static String section(String key) {
        return key.split("\\.", 2)[0];
    }

    /** What is left of a name when it does not matter how its words are joined. */
    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[._-]", "");
    }
}
