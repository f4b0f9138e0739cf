/* Everything that needs no network: versions, tables, configuration, checks, texts, ciphers, the platform side. */
#include "fixture.h"

#include <ctype.h>
#include <stdint.h>

static void versions(void) {
    CHECK_TEXT(skm_version(), SKM_VERSION);
    CHECK(skm_abi_version() == SKM_ABI_VERSION);
    CHECK_OK(skm_check_version(SKM_ABI_VERSION, SKM_VERSION, &error));
    skm_error *error = NULL;
    CHECK(skm_check_version(99, "7.8.9", &error) == SKM_ERROR_VERSION_MISMATCH);
    CHECK(strstr(skm_error_message(error), "7.8.9") && strstr(skm_error_message(error), SKM_VERSION));
    skm_error_free(error);
}

static void the_table_of_statuses(void) {
    CHECK(skm_status_count() == 34 && skm_status_at(0) == SKM_OK && skm_status_at(1000) == -1);
    for (size_t i = 0; i < skm_status_count(); i++) {
        skm_status status = skm_status_at(i);
        CHECK(i == 0 || status > skm_status_at(i - 1));
        CHECK(*skm_status_name(status) && *skm_status_text(status) && *skm_status_text_zh(status));
    }
    CHECK_TEXT(skm_status_name(SKM_ERROR_QR_EXPIRED), "qr_expired");
    CHECK(skm_status_retryable(SKM_ERROR_BUSY) && !skm_status_retryable(SKM_ERROR_REFUSED));
    CHECK(skm_status_name(12345) == NULL && skm_status_text(-1) == NULL && skm_status_text_zh(1) == NULL);
}

static void only_green_is_green(void) {
    for (int32_t verdict = -300; verdict <= 300; verdict++)
        CHECK(skm_verdict_is_green(verdict) == (verdict == SKM_VERDICT_GREEN));
    CHECK(!skm_verdict_is_green(INT32_MIN) && !skm_verdict_is_green(INT32_MAX));
    CHECK(SKM_VERDICT_UNVERIFIED == 0);
    CHECK_TEXT(skm_verdict_name(SKM_VERDICT_RED), "red");
    CHECK_TEXT(skm_verdict_name(77), "unverified");
    CHECK_TEXT(skm_level_name(77), "unknown");
}

static void configuration_is_refused_with_key_and_remedy(void) {
    skm_client *client = NULL;
    skm_error *error = NULL;
    CHECK(skm_client_open("/nonexistent/skm.toml", &client, &error) == SKM_ERROR_CONFIG_INVALID);
    CHECK(client == NULL && strstr(skm_error_message(error), "skm.toml"));
    skm_error_free(error);

    error = NULL;
    CHECK(skm_client_open("[scan]\ntoken = \"x/hidden-7\"", &client, &error) == SKM_ERROR_CONFIG_INVALID);
    CHECK(strstr(skm_error_message(error), "not the path of a file") && !strstr(skm_error_message(error), "hidden-7"));
    CHECK(!strstr(skm_error_technical_zh(error), "hidden-7") && skm_error_reason(error) == NULL);
    for (const char *at = skm_error_message_zh(error); *at; at++)
        CHECK(!isalpha((unsigned char)*at)); /* for the person at the desk */
    skm_error_free(error);

    const char *secret_twice = "[scan]\nurl = \"https://a.example.invalid/\"\nsource = \"wuxi\"\ntoken = \"hidden-7\"\n"
                               "token_env = \"X\"\n";
    error = NULL;
    CHECK(skm_client_parse(secret_twice, NULL, &client, &error) == SKM_ERROR_CONFIG_INVALID);
    CHECK(strstr(skm_error_message(error), "scan.token") && !strstr(skm_error_message(error), "hidden-7"));
    CHECK(*skm_error_message_zh(error) && !skm_error_retryable(error));
    skm_error_free(error);

    CHECK_STATUS(skm_client_parse("[id]\nurl = \"https://a.example.invalid/\"\naccount = \"a\"\nauth_key = \"AA==\"\n"
                                  "body_key = \"AA==\"\n",
                                  NULL, &client, &error),
                 SKM_ERROR_KEY_INVALID);
    CHECK_STATUS(skm_client_parse("[scan]\nurl = \"http://a.example.invalid/\"\nsource = \"w\"\ntoken = \"t\"\n", NULL,
                                  &client, &error),
                 SKM_ERROR_CONFIG_INVALID);
    skm_config *config = NULL;
    CHECK_OK(skm_config_new(&config, &error));
    set(config, "nonsense.key", "1");
    CHECK_STATUS(skm_client_new(config, &client, &error), SKM_ERROR_CONFIG_INVALID);
    skm_config_free(config);
    CHECK(client == NULL);
}

static void a_call_without_its_section_names_it(void) {
    skm_client *client = NULL;
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    CHECK(skm_client_parse("", "", &client, NULL) == SKM_OK);
    skm_scan_request request = scan_request();
    CHECK(skm_verify_scan(client, &request, &result, &error) == SKM_ERROR_CONFIG_MISSING);
    CHECK(strstr(skm_error_message(error), "[scan]") && result == NULL);
    CHECK_TEXT(skm_error_interface(error), "verify_scan");
    skm_error_free(error);
    skm_client_free(client);
}

/* Where the unit chose to go on without evidence, what was lost is counted. */
static void lost_evidence_is_counted(void) {
    static const char *toml = "[audit]\nfile = \"/dev/full\"\non_failure = \"continue\"\n";
    skm_client *client = NULL;
    skm_scan_result *result = NULL;
    skm_scan_request request = scan_request();
    CHECK_OK(skm_client_parse(toml, NULL, &client, &error));
    CHECK(skm_client_audit_failures(client) == 0);
    CHECK_STATUS(skm_verify_scan(client, &request, &result, &error), SKM_ERROR_CONFIG_MISSING);
    CHECK(skm_client_audit_failures(client) == 1);
    skm_client_free(client);
}

static void an_error_can_be_declined(void) {
    skm_client *client = NULL;
    CHECK(skm_client_open("/nonexistent/skm.toml", &client, NULL) == SKM_ERROR_CONFIG_INVALID);
}

static void certificate_numbers(void) {
    skm_id_number *number = NULL;
    CHECK_OK(skm_check_id_number("32000019851227770x", false, &number, &error));
    CHECK_TEXT(skm_id_number_value(number), "32000019851227770X");
    CHECK_TEXT(skm_id_number_birth_date(number), "1985-12-27");
    CHECK_TEXT(skm_id_number_sex(number), "female");
    skm_id_number_free(number);
    skm_error *error = NULL;
    CHECK(skm_check_id_number("320000198506304143", false, &number, &error) == SKM_ERROR_INPUT_INVALID);
    CHECK_TEXT(skm_error_reason(error), "check_digit");
    CHECK_TEXT(skm_error_field(error), "number");
    CHECK(!strstr(skm_error_message(error), "3200001985"));
    skm_error_free(error);
}

static void gbk_both_ways(void) {
    skm_text *text = NULL;
    char field[30] = NAME_GBK "    "; /* a fixed-width field: blanks, then NULs */
    CHECK_OK(skm_text_from_gbk("\xD5\xC5\xC8\xFD", (size_t)-1, &text, &error)); /* as far as the NUL, no further */
    skm_text_free(text);
    CHECK_OK(skm_text_from_gbk(field, sizeof field, &text, &error));
    CHECK_TEXT(skm_text_value(text), NAME "    ");
    CHECK(skm_text_length(text) == 13);
    skm_text_free(text);
    CHECK_OK(skm_text_to_gbk(NAME, &text, &error));
    CHECK_TEXT(skm_text_value(text), NAME_GBK);
    skm_text_free(text);
    static char many[3 * 5000 + 1];
    for (size_t i = 0; i < 5000; i++) memcpy(many + 3 * i, NAME, 3);
    CHECK_OK(skm_text_to_gbk(many, &text, &error));
    CHECK(skm_text_length(text) == 2 * 5000);
    skm_text_free(text);
    CHECK_STATUS(skm_text_from_gbk("\xFF\xFF", 2, &text, &error), SKM_ERROR_INPUT_ENCODING);
    CHECK_STATUS(skm_text_to_gbk("\xF0\xA0\xAE\xB7", &text, &error), SKM_ERROR_INPUT_ENCODING); /* not in GBK */
    CHECK_STATUS(skm_text_to_gbk(NAME_GBK, &text, &error), SKM_ERROR_INPUT_ENCODING);
}

static void bad_utf8_is_named_and_gbk_hinted(void) {
    skm_client *client = NULL;
    skm_id_result *result = NULL;
    skm_error *error = NULL;
    CHECK(skm_client_parse("", NULL, &client, NULL) == SKM_OK);
    skm_id_request request = id_request();
    request.name = NAME_GBK;
    CHECK(skm_verify_id(client, &request, &result, &error) == SKM_ERROR_INPUT_ENCODING);
    CHECK_TEXT(skm_error_field(error), "name");
    CHECK(strstr(skm_error_message(error), "GBK") && strstr(skm_error_message(error), "name"));
    skm_error_free(error);
    skm_client_free(client);
}

static void masking(void) {
    skm_text *text = NULL;
    CHECK_OK(skm_mask_name(NAME, &text, &error));
    CHECK_TEXT(skm_text_value(text), "\xE5\xBC\xA0**");
    skm_text_free(text);
    CHECK_OK(skm_mask_certificate(NUMBER, &text, &error));
    CHECK_TEXT(skm_text_value(text), "320*************42");
    skm_text_free(text);
    CHECK_OK(skm_mask_phone(MOBILE, &text, &error));
    CHECK_TEXT(skm_text_value(text), "139****5678");
    skm_text_free(text);
}

static void ciphers(void) {
    skm_cipher *cipher = NULL;
    skm_text *sealed = NULL, *plain = NULL;
    CHECK_STATUS(skm_cipher_new("des", KEY, 16, NULL, &cipher, &error), SKM_ERROR_INPUT_INVALID);
    CHECK_STATUS(skm_cipher_new("aes-128-ecb", KEY, 15, NULL, &cipher, &error), SKM_ERROR_KEY_INVALID);
    const char *algorithms[] = {"aes-128-ecb", "aes-128-cbc", "sm4-ecb", "sm4-cbc"};
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(skm_cipher_new(algorithms[i], KEY, 16, i % 2 ? KEY : NULL, &cipher, &error));
        CHECK_OK(skm_cipher_seal(cipher, NAME, strlen(NAME), &sealed, &error));
        CHECK_OK(skm_cipher_open(cipher, skm_text_value(sealed), &plain, &error));
        CHECK_TEXT(skm_text_value(plain), NAME);
        CHECK_STATUS(skm_cipher_open(cipher, "AAAA", &plain, &error), SKM_ERROR_ANSWER_UNREADABLE);
        skm_text_free(sealed);
        skm_text_free(plain);
        skm_cipher_free(cipher);
    }
}

static void the_platform_reads_interface_1(void) {
    skm_text *sign = NULL;
    skm_user_token_call *received = NULL;
    char form[256];
    bool right = false;
    int64_t ahead = 0;
    CHECK_OK(skm_sign("demoapp", "demoword", "20210101120000", &sign, &error));
    CHECK_TEXT(skm_text_value(sign), "ea993e461ca7931d8a920c9ebbb8bfac");
    CHECK_OK(
        skm_check_sign("demoapp", "demoword", "20210101120000", "EA993E461CA7931D8A920C9EBBB8BFAC", &right, &error));
    CHECK(right);
    snprintf(form, sizeof form, "appmark=demoapp&time=20210101120000&sign=%s&servicename=s&params=%%7B%%7D",
             skm_text_value(sign));
    CHECK_OK(skm_platform_read_user_token("POST", "application/x-www-form-urlencoded", NULL, (const uint8_t *)form,
                                          strlen(form), &received, &error));
    CHECK_TEXT(skm_user_token_call_appmark(received), "demoapp");
    CHECK_TEXT(skm_user_token_call_time(received), "20210101120000");
    CHECK_TEXT(skm_user_token_call_servicename(received), "s");
    CHECK_TEXT(skm_user_token_call_params(received), "{}");
    CHECK_OK(skm_user_token_call_check_sign(received, "demoword", &right, &error));
    CHECK(right);
    CHECK_OK(skm_user_token_call_check_sign(received, "otherword", &right, &error));
    CHECK(!right);
    CHECK_STATUS(skm_user_token_call_check_time(received, NULL, 300, &ahead, &error), SKM_ERROR_CLOCK_SKEW);
    CHECK(ahead < -300);
    CHECK_STATUS(skm_user_token_call_check_time(received, NULL, 300, NULL, &error), SKM_ERROR_CLOCK_SKEW);
    skm_user_token_call_free(received);
    CHECK_STATUS(skm_platform_read_user_token("GET", NULL, "appmark=a", NULL, 0, &received, &error),
                 SKM_ERROR_INPUT_INVALID);
    CHECK_STATUS(skm_platform_read_user_token("PUT", NULL, NULL, NULL, 0, &received, &error), SKM_ERROR_INPUT_INVALID);
    skm_text_free(sign);
}

static void the_platform_reads_interface_3(void) {
    skm_scan_call *received = NULL;
    const char *form = "url=u%26v&source=s&position=p&verifierDept=d&verifierName=n&verifierPhone=1&token=t";
    CHECK_OK(skm_platform_read_scan((const uint8_t *)form, strlen(form), &received, &error));
    CHECK_TEXT(skm_scan_call_qr_text(received), "u&v");
    CHECK_TEXT(skm_scan_call_source(received), "s");
    CHECK_TEXT(skm_scan_call_position(received), "p");
    CHECK_TEXT(skm_scan_call_verifier_dept(received), "d");
    CHECK_TEXT(skm_scan_call_verifier_name(received), "n");
    CHECK_TEXT(skm_scan_call_verifier_phone(received), "1");
    CHECK_TEXT(skm_scan_call_token(received), "t");
    skm_scan_call_free(received);
    skm_error *error = NULL;
    CHECK(skm_platform_read_scan((const uint8_t *)"url=1", 5, &received, &error) == SKM_ERROR_INPUT_INVALID);
    CHECK_TEXT(skm_error_field(error), "source");
    skm_error_free(error);
}

static void the_platform_opens_and_seals_interface_4(void) {
    skm_cipher *cipher = NULL;
    skm_id_keys *keys = NULL;
    skm_text *sealed = NULL, *account = NULL;
    skm_id_call *received = NULL;
    const char *body = "{\"userid\":\"" NUMBER "\",\"name\":\"" NAME "\",\"applyType\":\"x\"}";
    CHECK_OK(skm_cipher_new("aes-128-ecb", KEY, 16, NULL, &cipher, &error));
    CHECK_OK(skm_id_keys_new(NULL, KEY, 16, KEY, 16, &keys, &error));
    CHECK_OK(skm_cipher_seal(cipher, body, strlen(body), &sealed, &error));
    CHECK_OK(skm_id_keys_open_body(keys, (const uint8_t *)skm_text_value(sealed), skm_text_length(sealed), &received,
                                   &error));
    CHECK_TEXT(skm_id_call_number(received), NUMBER);
    CHECK_TEXT(skm_id_call_name(received), NAME);
    CHECK_TEXT(skm_id_call_organize_location(received), NULL);
    CHECK_TEXT(skm_id_call_apply_type(received), "x");
    skm_id_call_free(received);
    skm_text_free(sealed);
    CHECK_OK(skm_cipher_seal(cipher, "skm_auth_demo", 13, &sealed, &error));
    CHECK_OK(skm_id_keys_open_auth(keys, skm_text_value(sealed), &account, &error));
    CHECK_TEXT(skm_text_value(account), "skm_auth_demo");
    CHECK_STATUS(skm_id_keys_open_body(keys, (const uint8_t *)"@@", 2, &received, &error), SKM_ERROR_ANSWER_UNREADABLE);
    CHECK_STATUS(skm_id_keys_open_auth(keys, "AAAA", &account, &error), SKM_ERROR_ANSWER_UNREADABLE);
    skm_text_free(account);
    skm_text_free(sealed);
    skm_id_keys_free(keys);
    skm_cipher_free(cipher);
}

/* A caller compiled with an earlier, smaller struct; one that forgot the macro; one from the future. */
static void structs_of_other_sizes(void) {
    struct {
        skm_scan_request known;
        uint64_t unknown[2];
    } future = {SKM_SCAN_REQUEST_INIT, {0, 0}};
    skm_client *client = NULL;
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    CHECK(skm_client_parse("", NULL, &client, NULL) == SKM_OK);
    skm_scan_request request = scan_request();
    request.position = (const char *)1; /* beyond the earlier struct: must not be touched */
    request.verifier_dept = request.verifier_name = request.verifier_phone = (const char *)1;
    request.struct_size = offsetof(skm_scan_request, position);
    CHECK_STATUS(skm_verify_scan(client, &request, &result, &error), SKM_ERROR_CONFIG_MISSING);
    request.struct_size += sizeof(char *) / 2; /* in the middle of a member: half a pointer must not be followed */
    CHECK_STATUS(skm_verify_scan(client, &request, &result, &error), SKM_ERROR_INPUT_INVALID);

    size_t wrong[] = {0, 8, offsetof(skm_scan_request, position) - 1, 4097, (size_t)-1};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request.struct_size = wrong[i];
        CHECK(skm_verify_scan(client, &request, &result, &error) == SKM_ERROR_INPUT_INVALID);
        CHECK_TEXT(skm_error_field(error), "struct_size");
        skm_error_free(error);
        error = NULL;
    }
    future.known = scan_request();
    future.known.struct_size = sizeof future;
    CHECK_STATUS(skm_verify_scan(client, &future.known, &result, &error), SKM_ERROR_CONFIG_MISSING);
    future.unknown[1] = 1;
    CHECK_STATUS(skm_verify_scan(client, &future.known, &result, &error), SKM_ERROR_VERSION_MISMATCH);
    skm_client_free(client);
}

static void requests_are_checked(void) {
    skm_client *client = NULL;
    skm_scan_result *result = NULL;
    skm_id_result *id_result = NULL;
    skm_client *changed = NULL;
    peer *peer = peer_start();
    client = client_of(peer);
    skm_scan_request scan = scan_request();
    scan.consent_notice = NULL;
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_CONSENT_MISSING);
    scan = scan_request();
    scan.consent_kind = 7;
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_INPUT_INVALID);
    scan = scan_request();
    scan.qr_text = NULL;
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_NULL_ARGUMENT);
    scan.qr_text = "https://pay.example.invalid/";
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_QR_NOT_SKM);
    scan = scan_request();
    scan.consent_given_at = UINT64_MAX;
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_INPUT_INVALID);
    skm_id_request id = id_request();
    id.flags = 1024;
    CHECK_STATUS(skm_verify_id(client, &id, &id_result, &error), SKM_ERROR_INPUT_INVALID);
    CHECK_STATUS(skm_client_with_deadline(client, 0, &changed, &error), SKM_ERROR_INPUT_INVALID);
    CHECK_STATUS(skm_client_with_encoding(client, 9, &changed, &error), SKM_ERROR_INPUT_INVALID);
    CHECK(peer_requests(peer) == 0);
    skm_client_free(client);
    peer_stop(peer);
}

int main(void) {
    check_begin();
    versions();
    the_table_of_statuses();
    only_green_is_green();
    configuration_is_refused_with_key_and_remedy();
    a_call_without_its_section_names_it();
    lost_evidence_is_counted();
    an_error_can_be_declined();
    certificate_numbers();
    gbk_both_ways();
    bad_utf8_is_named_and_gbk_hinted();
    masking();
    ciphers();
    the_platform_reads_interface_1();
    the_platform_reads_interface_3();
    the_platform_opens_and_seals_interface_4();
    structs_of_other_sizes();
    requests_are_checked();
    return 0;
}
