/* libskm as a C program uses it: one client for all threads. */
#include <skm.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"

static skm_client *shared;

static void check(skm_status status, skm_error *error) {
    if (status != SKM_OK) fail(error != NULL ? skm_error_message(error) : "no error object");
}

static void set(skm_config *config, const char *key, const char *value) {
    skm_error *error = NULL;
    check(skm_config_set(config, key, value, &error), error);
}

static void open_client(const args *args) {
    skm_config *config = NULL;
    skm_error *error = NULL;
    char url[256], connections[32];
    check(skm_config_new(&config, &error), error);
    snprintf(url, sizeof url, "%s%s", args->url, SCAN_PATH);
    set(config, "scan.url", url);
    set(config, "scan.source", SOURCE);
    set(config, "scan.token", TOKEN);
    set(config, "scan.position", POSITION);
    set(config, "scan.verifier_dept", DEPT);
    set(config, "scan.verifier_name", VERIFIER);
    set(config, "scan.verifier_phone", PHONE);
    snprintf(url, sizeof url, "%s%s", args->url, ID_PATH);
    set(config, "id.url", url);
    set(config, "id.account", ACCOUNT);
    set(config, "id.auth_key", AUTH_KEY_BASE64);
    set(config, "id.body_key", BODY_KEY_BASE64);
    set(config, "id.organize_location", DEPT);
    set(config, "id.apply_type", APPLY_TYPE);
    snprintf(connections, sizeof connections, "%zu", args->threads > 16 ? args->threads : 16);
    set(config, "http.max_connections", connections);
    set(config, "http.deadline_ms", "30000");
    set(config, "http.connect_timeout_ms", "30000");
    if (args->ca != NULL) set(config, "http.ca_file", args->ca);
    check(skm_client_new(config, &shared, &error), error);
    skm_config_free(config);
}

static void verify_scan(void) {
    skm_scan_request request = SKM_SCAN_REQUEST_INIT;
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    request.qr_text = QR_TEXT;
    request.consent_notice = "notice A-12";
    check(skm_verify_scan(shared, &request, &result, &error), error);
    if (!skm_verdict_is_green(skm_scan_result_verdict(result)) || *skm_scan_result_name(result) == '\0')
        fail("not green");
    skm_scan_result_free(result);
}

static void verify_id(void) {
    skm_id_request request = SKM_ID_REQUEST_INIT;
    skm_id_result *result = NULL;
    skm_error *error = NULL;
    request.number = NUMBER;
    request.name = NAME;
    request.consent_notice = "notice A-12";
    check(skm_verify_id(shared, &request, &result, &error), error);
    if (!skm_verdict_is_green(skm_id_result_verdict(result)) || *skm_id_result_name(result) == '\0') fail("not green");
    skm_id_result_free(result);
}

static void *open_caller(const args *args) { return (void *)args; }

static void call(void *caller) {
    if (((const args *)caller)->id)
        verify_id();
    else
        verify_scan();
}

static void close_caller(void *caller) { (void)caller; }

int main(int count, char **words) {
    args args = args_read(count, words);
    open_client(&args);
    run(&args, &(client){open_caller, call, close_caller});
    skm_client_free(shared);
    return 0;
}
