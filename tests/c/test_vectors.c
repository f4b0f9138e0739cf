/* Every conformance vector through the C interface. What needs a wire goes over loopback to the scripted peer.
 * usage: test_vectors <cases.txt of flatten.py> */
#include "fixture.h"

#include <ctype.h>

enum { MOST = 64 };

/* One case: its texts, decoded; a null is a NULL. */
static char file[32], list[32], *keys[MOST], *values[MOST];
static size_t known;
static peer *platform;

static void forget(void) {
    for (; known; known--) {
        free(keys[known - 1]);
        free(values[known - 1]);
    }
}

static const char *maybe(const char *key) {
    for (size_t i = 0; i < known; i++)
        if (strcmp(keys[i], key) == 0) return values[i];
    return NULL;
}

static bool has(const char *key) {
    for (size_t i = 0; i < known; i++)
        if (strcmp(keys[i], key) == 0) return true;
    return false;
}

static const char *get(const char *key) {
    const char *value = maybe(key);
    if (!value) {
        fprintf(stderr, "%s: the case \"%s\" has no %s\n", file, maybe("name") ? maybe("name") : "?", key);
        _exit(1);
    }
    return value;
}

static char *unhex(const char *hex) {
    size_t length = strlen(hex) / 2;
    char *text = malloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        text[i] = (char)byte;
    }
    text[length] = 0;
    return text;
}

/* Sixteen bytes of a Base64 key, through the library: a cipher that seals nothing would not need it. */
static void key_bytes(const char *base64, uint8_t key[18]) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned long bits = 0;
    size_t out = 0;
    for (size_t i = 0; base64[i] && base64[i] != '='; i++) {
        bits = bits << 6 | (unsigned long)(strchr(alphabet, base64[i]) - alphabet);
        if (i % 4) key[out++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    CHECK(out == 16);
}

static void sign_case(void) {
    skm_text *sign = NULL;
    bool right = false;
    CHECK_OK(skm_sign(get("appmark"), get("appword"), get("time"), &sign, &error));
    CHECK_TEXT(skm_text_value(sign), get("sign"));
    CHECK_OK(skm_check_sign(get("appmark"), get("appword"), get("time"), get("sign"), &right, &error));
    CHECK(right);
    CHECK_OK(skm_check_sign(get("appmark"), get("appword"), "1", get("sign"), &right, &error));
    CHECK(!right);
    skm_text_free(sign);
}

static void cipher_case(void) {
    uint8_t key[18], iv[16] = {0};
    skm_cipher *cipher = NULL;
    skm_text *text = NULL;
    key_bytes(get("key_base64"), key);
    if (maybe("iv_hex")) {
        char *bytes = unhex(get("iv_hex"));
        memcpy(iv, bytes, 16);
        free(bytes);
    }
    CHECK_OK(skm_cipher_new(get("cipher"), key, 16, iv, &cipher, &error));
    if (strcmp(list, "rejected") == 0) {
        CHECK_STATUS(skm_cipher_open(cipher, get("ciphertext_base64"), &text, &error), SKM_ERROR_ANSWER_UNREADABLE);
    } else {
        CHECK_OK(skm_cipher_open(cipher, get("ciphertext_base64"), &text, &error));
        CHECK_TEXT(skm_text_value(text), get("plaintext"));
        skm_text_free(text);
    }
    if (strcmp(list, "cases") == 0) {
        CHECK_OK(skm_cipher_seal(cipher, get("plaintext"), strlen(get("plaintext")), &text, &error));
        CHECK_TEXT(skm_text_value(text), get("ciphertext_base64"));
        skm_text_free(text);
    }
    skm_cipher_free(cipher);
}

static void mask_case(void) {
    skm_text *text = NULL;
    const char *kind = get("kind");
    if (strcmp(kind, "name") == 0)
        CHECK_OK(skm_mask_name(get("input"), &text, &error));
    else if (strcmp(kind, "certificate") == 0)
        CHECK_OK(skm_mask_certificate(get("input"), &text, &error));
    else if (strcmp(kind, "phone") == 0)
        CHECK_OK(skm_mask_phone(get("input"), &text, &error));
    else
        check_failed(__FILE__, __LINE__, kind);
    CHECK_TEXT(skm_text_value(text), get("masked"));
    skm_text_free(text);
}

static void id_number_case(void) {
    skm_id_number *number = NULL;
    if (strcmp(get("valid"), "true") == 0) {
        CHECK_OK(skm_check_id_number(get("number"), false, &number, &error));
        CHECK_TEXT(skm_id_number_value(number), get("normalised"));
        CHECK_TEXT(skm_id_number_birth_date(number), get("birth_date"));
        CHECK_TEXT(skm_id_number_sex(number), get("sex"));
        skm_id_number_free(number);
    } else {
        skm_error *error = NULL;
        CHECK(skm_check_id_number(get("number"), false, &number, &error) == SKM_ERROR_INPUT_INVALID);
        CHECK_TEXT(skm_error_reason(error), get("reason"));
        skm_error_free(error);
    }
    if (maybe("lifted")) {
        CHECK_OK(skm_check_id_number(get("number"), true, &number, &error));
        CHECK_TEXT(skm_id_number_value(number), get("lifted"));
        skm_id_number_free(number);
    }
}

static void qr_case(void) {
    skm_qr *qr = NULL;
    skm_error *error = NULL;
    skm_status status = skm_check_qr(NULL, get("text"), &qr, &error);
    /* A C text ends at its NUL: what is left of a code with one inside must be refused, with whatever reason. */
    if (has("text.holds_nul") && maybe("error"))
        CHECK(status != SKM_OK);
    else
        CHECK_TEXT(status == SKM_OK ? NULL : skm_status_name(status), maybe("error"));
    if (status == SKM_OK) {
        CHECK_TEXT(skm_qr_code(qr), get("qr_code"));
        CHECK_TEXT(skm_qr_division(qr), maybe("division"));
        CHECK_TEXT(skm_qr_text(qr), maybe("sent") ? get("sent") : get("text"));
    }
    skm_qr_free(qr);
    skm_error_free(error);
}

static void display_case(void) {
    skm_config *config = NULL;
    skm_client *client = NULL;
    skm_text *url = NULL;
    CHECK_OK(skm_config_new(&config, &error));
    set(config, "display.url", get("page"));
    CHECK_OK(skm_client_new(config, &client, &error));
    CHECK_OK(skm_display_url(client, get("token"), maybe("uuid"), &url, &error));
    CHECK_TEXT(skm_text_value(url), get("url"));
    skm_text_free(url);
    skm_client_free(client);
    skm_config_free(config);
}

static void configure(skm_config *config, const char *section, const char *key) {
    char from[64], to[64];
    snprintf(from, sizeof from, "config.%s", key);
    snprintf(to, sizeof to, "%s.%s", section, key);
    set(config, to, get(from));
}

static void send_user_token(skm_config *config) {
    skm_client *client = NULL;
    skm_token_request request = token_request();
    skm_user_token *user = NULL;
    configure(config, "user_token", "appmark");
    configure(config, "user_token", "appword");
    configure(config, "user_token", "servicename");
    request.name = get("request.name");
    request.number = get("request.papersnumber");
    request.mobile = get("request.mobile");
    request.papers_type = get("request.paperstype");
    request.email = maybe("request.email");
    request.phone = maybe("request.phone");
    request.sex = maybe("request.sex");
    request.birth_date = maybe("request.birthdate");
    request.address = maybe("request.address");
    request.post = maybe("request.post");
    skm_config_freeze_clock(config, strtoull(get("clock_unix"), NULL, 10));
    CHECK_OK(skm_client_new(config, &client, &error));
    answer(platform, TOKEN);
    CHECK_OK(skm_issue_user_token(client, &request, &user, &error));
    skm_user_token_free(user);
    skm_client_free(client);
}

static void send_scan(skm_config *config) {
    skm_client *client = NULL;
    skm_scan_request request = scan_request();
    skm_scan_result *result = NULL;
    configure(config, "scan", "source");
    configure(config, "scan", "token");
    request.qr_text = get("request.qr_text");
    request.position = maybe("request.position");
    request.verifier_dept = maybe("request.verifier_dept");
    request.verifier_name = maybe("request.verifier_name");
    request.verifier_phone = maybe("request.verifier_phone");
    CHECK_OK(skm_client_new(config, &client, &error));
    answer(platform, GREEN);
    CHECK_OK(skm_verify_scan(client, &request, &result, &error));
    skm_scan_result_free(result);
    skm_client_free(client);
}

static const char *either(const char *first, const char *second) { return maybe(first) ? maybe(first) : maybe(second); }

static void send_id(skm_config *config) {
    skm_client *client = NULL;
    skm_id_request request = id_request();
    skm_id_result *result = NULL;
    configure(config, "id", "account");
    configure(config, "id", "auth_key");
    configure(config, "id", "body_key");
    request.number = get("request.userid");
    request.name = get("request.name");
    request.organize_location = either("request.organizeLocation", "request.organize_location");
    request.apply_type = either("request.applyType", "request.apply_type");
    CHECK_OK(skm_client_new(config, &client, &error));
    answer(platform, "{\"code\":404,\"message\":\"no\"}");
    CHECK_STATUS(skm_verify_id(client, &request, &result, &error), SKM_ERROR_PERSON_NOT_FOUND);
    skm_client_free(client);
}

/* What was sent is what the vector says, byte for byte. */
static void wire_case(void) {
    skm_config *config = config_of(platform);
    const char *interface = get("interface");
    set(config, "dialect", get("dialect"));
    if (strcmp(interface, "issue_user_token") == 0)
        send_user_token(config);
    else if (strcmp(interface, "verify_scan") == 0)
        send_scan(config);
    else
        send_id(config);
    skm_config_free(config);

    CHECK_TEXT(peer_method(platform), get("wire.method"));
    if (strcmp(get("wire.method"), "GET") == 0) {
        CHECK_TEXT(peer_query(platform), get("wire.query"));
        return;
    }
    CHECK_TEXT(peer_body(platform), get("wire.body"));
    CHECK(strncmp(peer_header(platform, "content-type"), get("wire.content_type"), strlen(get("wire.content_type"))) ==
          0);
    for (size_t i = 0; i < known; i++)
        if (strncmp(keys[i], "wire.headers.", 13) == 0) CHECK_TEXT(peer_header(platform, keys[i] + 13), values[i]);
}

static void expect(const char *key, const char *actual) {
    char full[64];
    snprintf(full, sizeof full, "expect.%s", key);
    if (has(full)) CHECK_TEXT(actual, maybe(full));
}

static skm_status read_user_token(skm_client *client, skm_error **error) {
    skm_token_request request = token_request();
    skm_user_token *user = NULL;
    skm_status status = skm_issue_user_token(client, &request, &user, error);
    if (status == SKM_OK) {
        expect("token", skm_user_token_token(user));
        expect("uuid", skm_user_token_uuid(user));
    }
    skm_user_token_free(user);
    return status;
}

static skm_status read_scan(skm_client *client, skm_error **error) {
    skm_scan_request request = scan_request();
    skm_scan_result *result = NULL;
    skm_status status = skm_verify_scan(client, &request, &result, error);
    if (status == SKM_OK) {
        expect("level", skm_level_name(skm_scan_result_level(result)));
        expect("green", skm_verdict_is_green(skm_scan_result_verdict(result)) ? "true" : "false");
        expect("name", skm_scan_result_name(result));
        expect("id_number_masked", skm_scan_result_id_number_masked(result));
        expect("phone", skm_scan_result_phone(result));
        expect("tip", skm_scan_result_tip(result));
        expect("extra", skm_scan_result_extra_json(result));
    }
    skm_scan_result_free(result);
    return status;
}

static skm_status read_id(skm_client *client, skm_error **error) {
    skm_id_request request = id_request();
    skm_id_result *result = NULL;
    request.number = get("asked.userid");
    request.name = get("asked.name");
    skm_status status = skm_verify_id(client, &request, &result, error);
    if (status == SKM_OK) {
        expect("level", skm_level_name(skm_id_result_level(result)));
        expect("green", skm_verdict_is_green(skm_id_result_verdict(result)) ? "true" : "false");
        expect("userid", skm_id_result_number(result));
        expect("name", skm_id_result_name(result));
        expect("travel", skm_id_result_travel(result));
        expect("reason", skm_id_result_reason(result));
    }
    skm_id_result_free(result);
    return status;
}

static void answer_case(void) {
    skm_config *config = config_of(platform);
    skm_client *client = NULL;
    skm_error *error = NULL;
    const char *interface = get("interface");
    if (maybe("body_key")) {
        set(config, "id.auth_key", get("body_key"));
        set(config, "id.body_key", get("body_key"));
    }
    CHECK_OK(skm_client_new(config, &client, &error));
    peer_answer(platform, atoi(get("http_status")), get("body"), strlen(get("body")));
    skm_status status = strcmp(interface, "issue_user_token") == 0 ? read_user_token(client, &error)
                        : strcmp(interface, "verify_scan") == 0    ? read_scan(client, &error)
                                                                   : read_id(client, &error);
    CHECK_TEXT(status == SKM_OK ? NULL : skm_status_name(status), maybe("error"));
    CHECK_TEXT(skm_error_platform_code(error), maybe("platform_code"));
    skm_error_free(error);
    skm_client_free(client);
    skm_config_free(config);
}

static struct {
    const char *file;
    void (*run)(void);
    bool ran;
} suites[] = {
    {"answer", answer_case, false}, {"cipher", cipher_case, false},       {"display", display_case, false},
    {"mask", mask_case, false},     {"id_number", id_number_case, false}, {"qr", qr_case, false},
    {"sign", sign_case, false},     {"wire", wire_case, false},
};
enum { SUITES = sizeof suites / sizeof *suites };

static void run(void) {
    if (!*file) return;
    for (size_t i = 0; i < SUITES; i++) {
        if (strcmp(suites[i].file, file) == 0) {
            suites[i].run();
            suites[i].ran = true;
            return;
        }
    }
    check_failed(__FILE__, __LINE__, file); /* a file of vectors that nobody runs */
}

int main(int count, char **arguments) {
    static char line[1 << 17], key[128], hex[1 << 17];
    check_begin();
    CHECK(count == 2);
    FILE *input = fopen(arguments[1], "r");
    CHECK(input != NULL);
    platform = peer_start();
    while (fgets(line, sizeof line, input)) {
        if (*line == '@') {
            run();
            forget();
            CHECK(sscanf(line, "@ %31s %31s", file, list) == 2);
            continue;
        }
        CHECK(known < MOST);
        *hex = 0; /* an empty text has no digits */
        CHECK(sscanf(line, "%127s %131071s", key, hex) >= 1);
        keys[known] = strdup(key);
        values[known++] = strcmp(hex, "~") == 0 ? NULL : unhex(hex);
    }
    run();
    forget();
    fclose(input);
    peer_stop(platform);
    for (size_t i = 0; i < SUITES; i++) CHECK(suites[i].ran); /* the whole set, not a part that was left */
    return 0;
}
