/* What it costs to come through the C interface: the same three things as bindings/c/examples/crossing.rs.
 * usage: crossing <url of a platform that answers green> */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <skm.h>

enum { ROUNDS = 7 };

static const uint8_t key[16] = "0123456789abcde";
static char plain[300];
static skm_cipher *cipher;
static skm_client *client;

static void must(skm_status status, skm_error *error) {
    if (status == SKM_OK) return;
    fprintf(stderr, "crossing: %s\n", skm_error_message(error));
    exit(1);
}

static void sign(void) {
    skm_text *text = NULL;
    skm_error *error = NULL;
    must(skm_sign("c4scyk9ssq", "4gt4psh5fhbzppqrhc5fhes7syce6k9u", "20210923095348", &text, &error), error);
    skm_text_free(text);
}

static void seal(void) {
    skm_text *text = NULL;
    skm_error *error = NULL;
    must(skm_cipher_seal(cipher, plain, sizeof plain, &text, &error), error);
    skm_text_free(text);
}

static void round_trip(void) {
    skm_scan_request request = SKM_SCAN_REQUEST_INIT;
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    request.qr_text = "https://skm.example.invalid/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000#/result";
    request.consent_notice = "notice A-12";
    must(skm_verify_scan(client, &request, &result, &error), error);
    if (!skm_verdict_is_green(skm_scan_result_verdict(result))) exit(1);
    skm_scan_result_free(result);
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the rounds, in nanoseconds for each call. */
static void measure(const char *name, void (*call)(void), int times) {
    double rounds[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double began = now_ns();
        for (int i = 0; i < times; i++) call();
        rounds[round] = (now_ns() - began) / times;
    }
    qsort(rounds, ROUNDS, sizeof *rounds, ascending);
    printf("%s %.0f\n", name, rounds[ROUNDS / 2]);
}

int main(int count, char **arguments) {
    skm_config *config = NULL;
    skm_error *error = NULL;
    if (count != 2) return 2;
    memset(plain, 'x', sizeof plain);
    must(skm_cipher_new("aes-128-ecb", key, sizeof key, NULL, &cipher, &error), error);
    must(skm_config_new(&config, &error), error);
    must(skm_config_set(config, "scan.url", arguments[1], &error), error);
    must(skm_config_set(config, "scan.source", "wuxi", &error), error);
    must(skm_config_set(config, "scan.token", "t", &error), error);
    must(skm_config_set(config, "scan.position", "a,b,c,d", &error), error);
    must(skm_config_set(config, "scan.verifier_dept", "d", &error), error);
    must(skm_config_set(config, "scan.verifier_name", "n", &error), error);
    must(skm_config_set(config, "scan.verifier_phone", "1", &error), error);
    must(skm_client_new(config, &client, &error), error);
    measure("sign", sign, 200000);
    measure("seal_300_bytes", seal, 200000);
    measure("round_trip_verify_scan", round_trip, 3000);
    skm_client_free(client);
    skm_config_free(config);
    skm_cipher_free(cipher);
    return 0;
}
