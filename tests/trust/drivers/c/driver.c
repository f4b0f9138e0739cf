/* Speaks the line protocol of tests/trust (see its README) for libskm. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"

#define ROWS 4
#define FIELDS 16
#define SLOTS 16

#ifdef TRUST_TESTING
/* Only in a library built with the feature `testing`: the next pass through this function panics. */
extern bool skm_testing_panic_at(const char *place);
#endif

static struct {
    char name[64];
    skm_client *client;
} slots[SLOTS];

uint64_t micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static seen verdict_seen(skm_verdict verdict) {
    seen one = {"", skm_verdict_is_green(verdict)};
    snprintf(one.outcome, sizeof one.outcome, "%s", skm_verdict_name(verdict));
    return one;
}

static seen failed(skm_status status, skm_error *error) {
    seen one = {"", 0};
    snprintf(one.outcome, sizeof one.outcome, "%s", skm_status_name(status));
    said_failure(error);
    return one;
}

static seen token_seen(skm_status status, skm_user_token *user, skm_error *error) {
    seen one = {"ok", 0};
    if (status != SKM_OK) { return failed(status, error); }
    skm_user_token_free(user);
    return one;
}

static seen scan_seen(skm_status status, skm_scan_result *result, skm_error *error) {
    seen one;
    if (status != SKM_OK) { return failed(status, error); }
    one = verdict_seen(skm_scan_result_verdict(result));
    skm_scan_result_free(result);
    return one;
}

static seen id_seen(skm_status status, skm_id_result *result, skm_error *error) {
    seen one;
    if (status != SKM_OK) { return failed(status, error); }
    one = verdict_seen(skm_id_result_verdict(result));
    skm_id_result_free(result);
    return one;
}

static skm_token_request token_of(const asked *whom) {
    skm_token_request request = SKM_TOKEN_REQUEST_INIT;
    request.name = whom->name;
    request.number = whom->number;
    request.mobile = whom->mobile;
    request.consent_notice = whom->notice;
    return request;
}

static skm_scan_request scan_of(const asked *whom) {
    skm_scan_request request = SKM_SCAN_REQUEST_INIT;
    request.qr_text = whom->qr;
    request.consent_notice = whom->notice;
    return request;
}

static skm_id_request id_of(const asked *whom) {
    skm_id_request request = SKM_ID_REQUEST_INIT;
    request.number = whom->number;
    request.name = whom->name;
    request.consent_notice = whom->notice;
    return request;
}

seen ask(const skm_client *client, const char *interface, const asked *whom) {
    skm_error *error = NULL;
    if (strcmp(interface, "issue_user_token") == 0) {
        skm_token_request request = token_of(whom);
        skm_user_token *user = NULL;
        skm_status status = skm_issue_user_token(client, &request, &user, &error);
        return token_seen(status, user, error);
    }
    if (strcmp(interface, "verify_scan") == 0) {
        skm_scan_request request = scan_of(whom);
        skm_scan_result *result = NULL;
        skm_status status = skm_verify_scan(client, &request, &result, &error);
        return scan_seen(status, result, error);
    } else {
        skm_id_request request = id_of(whom);
        skm_id_result *result = NULL;
        skm_status status = skm_verify_id(client, &request, &result, &error);
        return id_seen(status, result, error);
    }
}

static seen submitted(const skm_client *client, const char *interface, const asked *whom) {
    skm_pending *pending = NULL;
    skm_error *error = NULL;
    skm_status status;
    seen one;
    bool token = strcmp(interface, "issue_user_token") == 0, scan = strcmp(interface, "verify_scan") == 0;
    skm_token_request token_request = token_of(whom);
    skm_scan_request scan_request = scan_of(whom);
    skm_id_request id_request = id_of(whom);
    status = token  ? skm_submit_user_token(client, &token_request, NULL, NULL, &pending, &error)
             : scan ? skm_submit_scan(client, &scan_request, NULL, NULL, &pending, &error)
                    : skm_submit_id(client, &id_request, NULL, NULL, &pending, &error);
    if (status != SKM_OK) { return failed(status, error); }
    while (!skm_pending_wait(pending, 1000)) {}
    if (token) {
        skm_user_token *user = NULL;
        status = skm_pending_user_token(pending, &user, &error);
        one = token_seen(status, user, error);
    } else if (scan) {
        skm_scan_result *result = NULL;
        status = skm_pending_scan_result(pending, &result, &error);
        one = scan_seen(status, result, error);
    } else {
        skm_id_result *result = NULL;
        status = skm_pending_id_result(pending, &result, &error);
        one = id_seen(status, result, error);
    }
    skm_pending_free(pending);
    return one;
}

/* What came of a batch: every distinct outcome, green if any row was; how many rows, and whether each in its turn. */
typedef struct {
    seen all;
    size_t rows;
    bool in_turn;
} batch;

/* Whether the words joined by commas have this one. */
static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    const char *found = words;
    while ((found = strstr(found, word))) {
        if ((found == words || found[-1] == ',') && (found[length] == ',' || found[length] == '\0')) { return true; }
        found++;
    }
    return false;
}

static void add_row(batch *one, size_t row, const char *outcome, bool green) {
    char *words = one->all.outcome;
    size_t used = strlen(words);
    one->in_turn &= row == one->rows;
    one->rows++;
    one->all.green |= green;
    if (!has_word(words, outcome)) {
        snprintf(words + used, sizeof one->all.outcome - used, "%s%s", used ? "," : "", outcome);
    }
}

static bool scan_row(size_t row, skm_status status, const skm_scan_result *result, const skm_error *error, void *one) {
    skm_verdict verdict = skm_scan_result_verdict(result);
    (void)error;
    add_row(one, row, status == SKM_OK ? skm_verdict_name(verdict) : skm_status_name(status),
            skm_verdict_is_green(verdict));
    return true;
}

static bool id_row(size_t row, skm_status status, const skm_id_result *result, const skm_error *error, void *one) {
    skm_verdict verdict = skm_id_result_verdict(result);
    (void)error;
    add_row(one, row, status == SKM_OK ? skm_verdict_name(verdict) : skm_status_name(status),
            skm_verdict_is_green(verdict));
    return true;
}

static seen many(const skm_client *client, const char *interface, const asked *whom) {
    skm_scan_request scan = scan_of(whom);
    skm_id_request id = id_of(whom);
    const skm_scan_request *scans[ROWS];
    const skm_id_request *ids[ROWS];
    skm_error *error = NULL;
    skm_status status;
    batch one = {{"", 0}, 0, true};
    int i;
    for (i = 0; i < ROWS; i++) {
        scans[i] = &scan;
        ids[i] = &id;
    }
    status = strcmp(interface, "verify_scan") == 0
                 ? skm_verify_many_scans(client, scans, ROWS, 0, scan_row, &one, &error)
                 : skm_verify_many_ids(client, ids, ROWS, 0, id_row, &one, &error);
    if (status != SKM_OK) { return failed(status, error); }
    if (!one.in_turn || one.rows != ROWS) { snprintf(one.all.outcome, sizeof one.all.outcome, "row_count_wrong"); }
    return one.all;
}

static void call(const skm_client *client, char **fields, const asked *whom) {
    uint64_t started = micros();
    seen one = strcmp(fields[1], "async") == 0  ? submitted(client, fields[0], whom)
               : strcmp(fields[1], "many") == 0 ? many(client, fields[0], whom)
                                                : ask(client, fields[0], whom);
    printf("%s\t%d\t%llu\n", one.outcome, one.green, (unsigned long long)(micros() - started));
}

/* Interfaces 1 and 2; prints "issued" and the token, so that the harness can look for it everywhere else. */
static void display(const skm_client *client, const asked *whom) {
    skm_token_request request = token_of(whom);
    skm_user_token *user = NULL;
    skm_text *url = NULL;
    skm_error *error = NULL;
    skm_status status = skm_issue_user_token(client, &request, &user, &error);
    if (status == SKM_OK) {
        status = skm_display_url(client, skm_user_token_token(user), skm_user_token_uuid(user), &url, &error);
    }
    if (status == SKM_OK) {
        printf("issued\t%s\n", skm_user_token_token(user));
    } else {
        printf("%s\n", failed(status, error).outcome);
    }
    skm_text_free(url);
    skm_user_token_free(user);
}

static size_t slot_of(const char *name) {
    size_t i = 0;
    while (i < SLOTS - 1 && slots[i].name[0] && strcmp(slots[i].name, name) != 0) { i++; }
    snprintf(slots[i].name, sizeof slots[i].name, "%s", name);
    return i;
}

static void open_slot(const char *name, const char *path) {
    size_t i = slot_of(name);
    skm_error *error = NULL;
    skm_status status;
    skm_client_free(slots[i].client);
    slots[i].client = NULL;
    status = skm_client_open(path, &slots[i].client, &error);
    printf("%s\n", status == SKM_OK ? "opened" : failed(status, error).outcome);
}

/* What only this binding can say: `null`, `version`, `panic`. */
static void special(const char *what, const skm_client *client, const asked *whom) {
    skm_error *error = NULL;
    skm_status status = SKM_OK;
    if (strcmp(what, "null") == 0) {
        status = skm_verify_scan(client, NULL, NULL, &error);
    } else if (strcmp(what, "version") == 0) {
        status = skm_check_version(SKM_ABI_VERSION + 1, "0.0.0", &error);
    } else if (strcmp(what, "panic") == 0) {
#ifdef TRUST_TESTING
        skm_testing_panic_at("skm_verify_id");
        printf("%s\n", ask(client, "verify_id", whom).outcome);
#else
        (void)whom;
        printf("left out\n");
#endif
        return;
    }
    printf("%s\n", failed(status, error).outcome);
}

static void answer(char *line) {
    char *fields[FIELDS] = {0}, *rest = line;
    const char *op;
    skm_client *client;
    size_t count = 0, person;
    asked whom;
    while (count < FIELDS && (fields[count] = strsep(&rest, "\t"))) { count++; }
    while (count < FIELDS) { fields[count++] = ""; }
    op = fields[0];
    client = slots[slot_of(fields[1])].client;
    person = strcmp(op, "call") == 0 ? 4 : strcmp(op, "loop") == 0 ? 6 : strcmp(op, "submit") == 0 ? 5 : 2;
    whom.number = fields[person];
    whom.name = fields[person + 1];
    whom.mobile = fields[person + 2];
    whom.qr = fields[person + 3];
    whom.notice = fields[person + 4];
    if (strcmp(op, "open") == 0) {
        open_slot(fields[1], fields[2]);
    } else if (strcmp(op, "call") == 0) {
        call(client, fields + 2, &whom);
    } else if (strcmp(op, "loop") == 0) {
        loop_run(client, fields + 2, &whom);
    } else if (strcmp(op, "submit") == 0) {
        submit_run(client, fields + 2, &whom);
    } else if (strcmp(op, "display") == 0) {
        display(client, &whom);
    } else if (strcmp(op, "close") == 0) {
        skm_client_close(client);
        printf("closed\n");
    } else {
        special(op, client, &whom);
    }
    fflush(stdout);
}

int main(void) {
    char *line = NULL;
    size_t room = 0, i;
    ssize_t length;
    said_listen();
    while ((length = getline(&line, &room, stdin)) > 0) {
        line[length - 1] = '\0';
        answer(line);
    }
    free(line);
    for (i = 0; i < SLOTS; i++) { skm_client_free(slots[i].client); }
    said_close();
    return 0;
}
