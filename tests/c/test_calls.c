/* The calls against a scripted peer: results, GBK, threads, cancelling, closing, freeing, forking, logging. */
#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void the_four_calls(peer *peer, skm_client *client) {
    skm_token_request token = token_request();
    skm_user_token *user = NULL;
    skm_text *url = NULL;
    answer(peer, TOKEN);
    CHECK_OK(skm_issue_user_token(client, &token, &user, &error));
    CHECK_TEXT(skm_user_token_token(user), "t0");
    CHECK_TEXT(skm_user_token_uuid(user), "P1");
    CHECK_OK(skm_display_url(client, skm_user_token_token(user), skm_user_token_uuid(user), &url, &error));
    CHECK_TEXT(skm_text_value(url), "https://h5.example.invalid/jkmIndex.html?token=t0&uuid=P1");
    skm_text_free(url);
    skm_user_token_free(user);

    skm_scan_request scan = scan_request();
    skm_scan_result *scanned = NULL;
    answer(peer, GREEN);
    CHECK_OK(skm_verify_scan(client, &scan, &scanned, &error));
    CHECK(skm_verdict_is_green(skm_scan_result_verdict(scanned)));
    CHECK(skm_scan_result_level(scanned) == SKM_LEVEL_GREEN);
    CHECK_TEXT(skm_scan_result_name(scanned), NAME);
    CHECK_TEXT(skm_scan_result_tip(scanned), NULL);
    CHECK_TEXT(skm_scan_result_extra_json(scanned), "{}");
    CHECK_TEXT(skm_scan_result_qr_code(scanned), NULL);
    skm_scan_result_free(scanned);

    skm_id_request id = id_request();
    skm_id_result *person = NULL;
    answer_id(peer, "yellow");
    CHECK_OK(skm_verify_id(client, &id, &person, &error));
    CHECK(skm_id_result_verdict(person) == SKM_VERDICT_YELLOW);
    CHECK(!skm_verdict_is_green(skm_id_result_verdict(person)));
    CHECK_TEXT(skm_id_result_number(person), NUMBER);
    CHECK_TEXT(skm_id_result_reason(person), "");
    skm_id_result_free(person);
}

static void nothing_else_is_green(peer *peer, skm_client *client) {
    const char *answers[] = {"",
                             "{}",
                             "<html>green</html>",
                             "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{}}",
                             "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{\"level\":\"GREENISH\"}}",
                             "{\"resCode\":1,\"resMessage\":\"no\",\"res\":{\"level\":\"green\"}}",
                             RED};
    skm_scan_request scan = scan_request();
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        skm_scan_result *result = NULL;
        answer(peer, answers[i]);
        skm_status status = skm_verify_scan(client, &scan, &result, NULL);
        CHECK((status == SKM_OK) == (result != NULL));
        CHECK(!skm_verdict_is_green(skm_scan_result_verdict(result)));
        skm_scan_result_free(result);
    }
}

static void a_refusal_keeps_what_the_platform_said(peer *peer, skm_client *client) {
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    answer(peer, "{\"resCode\":77,\"resMessage\":\"" NAME " 320000198506304142\"}");
    CHECK(skm_verify_scan(client, &scan, &result, &error) == SKM_ERROR_REFUSED);
    CHECK_TEXT(skm_error_platform_code(error), "77");
    CHECK_TEXT(skm_error_platform_text(error), NAME " 320000198506304142");
    CHECK(!strstr(skm_error_message(error), NUMBER) && !strstr(skm_error_message_zh(error), NUMBER));
    CHECK_TEXT(skm_error_name(error), "refused");
    CHECK(skm_error_attempts(error) == 1 && !skm_error_retryable(error));
    skm_error_free(error);
    error = NULL;
    peer_answer(peer, 503, "", 0);
    CHECK(skm_verify_scan(client, &scan, &result, &error) == SKM_ERROR_HTTP_STATUS);
    CHECK(skm_error_http_status(error) == 503 && skm_error_retryable(error));
    skm_error_free(error);
}

static void a_gbk_client_takes_and_gives_gbk(peer *peer, skm_client *client) {
    skm_client *gbk = NULL;
    skm_id_request id = id_request();
    skm_id_result *person = NULL;
    skm_error *error = NULL;
    CHECK_OK(skm_client_with_encoding(client, SKM_ENCODING_GBK, &gbk, &error));
    id.name = NAME_GBK;
    answer_id(peer, "green");
    CHECK_OK(skm_verify_id(gbk, &id, &person, &error));
    CHECK_TEXT(skm_id_result_name(person), NAME_GBK);
    CHECK(skm_verdict_is_green(skm_id_result_verdict(person)));
    skm_id_result_free(person);
    id.name = "\xFF\xFF";
    CHECK(skm_verify_id(gbk, &id, &person, &error) == SKM_ERROR_INPUT_ENCODING);
    CHECK(strstr(skm_error_message_zh(error), "\xB1\xE0\xC2\xEB")); /* 编码 in GBK */
    CHECK(strstr(skm_error_message(error), "name is not GBK") && !strstr(skm_error_message(error), "UTF-8"));
    CHECK(strstr(skm_error_technical_zh(error), "\xB1\xE0\xC2\xEB") && strstr(skm_error_technical_zh(error), "name"));
    skm_error_free(error);
    id.name = NAME_GBK "\xC8"; /* cut in the middle of the next character */
    CHECK(skm_verify_id(gbk, &id, &person, &error) == SKM_ERROR_INPUT_ENCODING);
    CHECK(strstr(skm_error_message(error), "half a character") && !strstr(skm_error_message(error), "GBK"));
    skm_error_free(error);
    id.name = NAME "\xE4\xBA"; /* the same in UTF-8 */
    CHECK(skm_verify_id(client, &id, &person, &error) == SKM_ERROR_INPUT_ENCODING);
    CHECK(strstr(skm_error_message(error), "half a character") && !strstr(skm_error_message(error), "GBK"));
    skm_error_free(error);
    id.name = NAME_GBK;
    CHECK(skm_verify_id(client, &id, &person, &error) == SKM_ERROR_INPUT_ENCODING);
    CHECK(strstr(skm_error_message(error), "name is not UTF-8") && strstr(skm_error_message(error), "probably GBK"));
    skm_error_free(error);
    skm_qr *qr = NULL;
    CHECK(skm_check_qr(gbk, "\xFF", &qr, &error) == SKM_ERROR_INPUT_ENCODING && qr == NULL);
    CHECK(strstr(skm_error_message_zh(error), "\xB1\xE0\xC2\xEB"));
    skm_error_free(error);
    id.name = NAME_GBK;
    id.consent_given_at = 253402300800; /* the year 10000 */
    CHECK(skm_verify_id(gbk, &id, &person, &error) == SKM_ERROR_INPUT_INVALID);
    CHECK_TEXT(skm_error_field(error), "consent");
    skm_error_free(error);
    id.consent_given_at = (uint64_t)time(NULL) + 3600; /* nobody has agreed yet */
    CHECK(skm_verify_id(gbk, &id, &person, &error) == SKM_ERROR_INPUT_INVALID);
    CHECK_TEXT(skm_error_field(error), "consent");
    skm_error_free(error);
    id.consent_given_at = 0;
    id.papers_type = "9x";
    CHECK(skm_verify_id(gbk, &id, &person, &error) == SKM_ERROR_INPUT_INVALID);
    CHECK_TEXT(skm_error_field(error), "papers_type");
    skm_error_free(error);
    skm_scan_request scan = scan_request();
    skm_scan_result *scanned = NULL;
    answer(peer, "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{\"level\":\"green\",\"name\":\"\xF0\xA0\xAE\xB7\"}}");
    CHECK_OK(skm_verify_scan(gbk, &scan, &scanned, &error));
    CHECK_TEXT(skm_scan_result_name(scanned), "?"); /* a character that GBK lacks */
    skm_scan_result_free(scanned);
    skm_client_free(gbk);
}

/* An earlier, smaller struct works in full. */
static void an_older_caller(peer *peer, skm_client *client) {
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    scan.struct_size = offsetof(skm_scan_request, position);
    scan.position = scan.verifier_dept = scan.verifier_name = scan.verifier_phone = (const char *)1;
    answer(peer, GREEN);
    CHECK_OK(skm_verify_scan(client, &scan, &result, &error));
    CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
    skm_scan_result_free(result);
}

static void *many_calls(void *client) {
    skm_scan_request scan = scan_request();
    for (int i = 0; i < 25; i++) {
        skm_scan_result *result = NULL;
        CHECK_OK(skm_verify_scan(client, &scan, &result, &error));
        CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
        skm_scan_result_free(result);
    }
    return NULL;
}

static void eight_threads_on_one_client(peer *peer, skm_client *client) {
    pthread_t threads[8];
    answer(peer, GREEN);
    unsigned before = peer_requests(peer);
    for (int i = 0; i < 8; i++) CHECK(pthread_create(&threads[i], NULL, many_calls, client) == 0);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK(peer_requests(peer) - before == 200);
}

static void the_deadline_holds(peer *peer, skm_client *client) {
    skm_client *quick = NULL;
    skm_error *error = NULL;
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    CHECK_OK(skm_client_with_deadline(client, 300, &quick, &error));
    peer_stall(peer);
    double began = now_s();
    CHECK(skm_verify_scan(quick, &scan, &result, &error) == SKM_ERROR_DEADLINE_EXCEEDED);
    CHECK_TEXT(skm_error_when_unreachable(error), "stay_shut");
    skm_error_free(error);
    error = NULL;
    CHECK(now_s() - began < 5);
    answer(peer, GREEN);
    skm_client_free(quick);
}

static void *call_until_closed(void *client) {
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_CLOSED);
    return NULL;
}

static void cancel_while_in_flight(peer *peer, skm_client *client) {
    skm_cancel *cancel = NULL;
    skm_client *cancellable = NULL;
    pthread_t thread;
    CHECK_OK(skm_cancel_new(&cancel, &error));
    CHECK_OK(skm_client_with_cancel(client, cancel, &cancellable, &error));
    peer_stall(peer);
    unsigned before = peer_requests(peer);
    double began = now_s();
    pthread_create(&thread, NULL, call_until_closed, cancellable);
    peer_await(peer, before + 1);
    skm_cancel_cancel(cancel);
    pthread_join(thread, NULL);
    CHECK(now_s() - began < 10);
    CHECK(!skm_client_is_closed(client));
    skm_cancel_free(cancel);
    skm_client_free(cancellable);
    answer(peer, GREEN);
}

static void close_and_free_while_in_flight(peer *peer) {
    skm_client *client = client_of(peer), *other = NULL;
    pthread_t thread;
    CHECK_OK(skm_client_with_deadline(client, 20000, &other, &error));
    peer_stall(peer);
    unsigned before = peer_requests(peer);
    double began = now_s();
    pthread_create(&thread, NULL, call_until_closed, client);
    peer_await(peer, before + 1);
    skm_client_free(client); /* the running call keeps what it needs */
    skm_client_close(other); /* closes all handles */
    pthread_join(thread, NULL);
    CHECK(now_s() - began < 10);
    CHECK(skm_client_is_closed(other));
    call_until_closed(other);
    skm_pending *pending = NULL;
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    CHECK_OK(skm_submit_scan(other, &scan, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_STATUS(skm_pending_scan_result(pending, &result, &error), SKM_ERROR_CLOSED);
    skm_pending_free(pending);
    skm_client_free(other);
    answer(peer, GREEN);
}

/* After fork() the parent's client says `closed` and names fork, at once; a new one works; the parent's goes on. */
static void fork_after_use(peer *peer, skm_client *client) {
    skm_pending *pending = NULL;
    skm_cancel *cancel = NULL;
    skm_client *cancellable = NULL;
    struct peer *slow = peer_start();
    skm_client *waiting = client_of(slow);
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    answer(peer, GREEN);
    CHECK_OK(skm_submit_scan(client, &scan, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_OK(skm_cancel_new(&cancel, &error));
    CHECK_OK(skm_client_with_cancel(waiting, cancel, &cancellable, &error));
    peer_stall(slow);
    pthread_t thread;
    pthread_create(&thread, NULL, call_until_closed, cancellable); /* it must outlive the child's cancelling */
    peer_await(slow, 1);
    pid_t child = fork();
    if (child == 0) {
        alarm(30);
        skm_error *error = NULL;
        CHECK(skm_verify_scan(client, &scan, &result, &error) == SKM_ERROR_CLOSED);
        CHECK(strstr(skm_error_message(error), "fork"));
        skm_error_free(error);
        CHECK(skm_client_is_closed(client));
        skm_client_close(client);
        CHECK(skm_pending_poll(pending) && skm_pending_wait(pending, 1000000));
        CHECK_STATUS(skm_pending_scan_result(pending, &result, &error), SKM_ERROR_CLOSED);
        skm_pending_cancel(pending);
        skm_pending_free(pending);
        skm_client_free(client);
        skm_client *fresh = client_of(peer), *changed = NULL;
        error = NULL;
        skm_cancel_cancel(cancel);
        CHECK(skm_client_with_cancel(fresh, cancel, &changed, &error) == SKM_ERROR_CLOSED && changed == NULL);
        CHECK(strstr(skm_error_message(error), "fork"));
        CHECK_TEXT(skm_error_field(error), "cancel");
        skm_error_free(error);
        skm_cancel_free(cancel);
        CHECK_OK(skm_verify_scan(fresh, &scan, &result, &error));
        CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
        skm_scan_result_free(result);
        skm_client_free(fresh);
        execl("/bin/true", "true", (char *)NULL); /* no leak check here: the parent's objects are meant to stay */
        _exit(2);
    }
    int status = 1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    skm_pending_free(pending);
    CHECK(pthread_tryjoin_np(thread, NULL) == EBUSY); /* still in flight */
    skm_cancel_cancel(cancel);
    pthread_join(thread, NULL);
    skm_cancel_free(cancel);
    skm_client_free(cancellable);
    skm_client_free(waiting);
    peer_stop(slow);
    CHECK_OK(skm_verify_scan(client, &scan, &result, &error));
    skm_scan_result_free(result);
}

static void on_log(int32_t level, const char *target, const char *message, void *context) {
    CHECK(level >= SKM_LOG_ERROR && level <= SKM_LOG_DEBUG && strncmp(target, "skm", 3) == 0);
    CHECK(!strstr(message, NUMBER) && !strstr(message, NAME) && !strstr(message, "unit-token") && !strstr(message, QR));
    __atomic_add_fetch((int *)context, 1, __ATOMIC_SEQ_CST);
    CHECK_STATUS(skm_set_log_callback(SKM_LOG_DEBUG, NULL, NULL, &error), SKM_ERROR_INPUT_INVALID);
}

static void the_log_callback(peer *peer, skm_client *client) {
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    int lines = 0;
    CHECK_STATUS(skm_set_log_callback(9, on_log, &lines, &error), SKM_ERROR_INPUT_INVALID);
    CHECK_OK(skm_set_log_callback(SKM_LOG_DEBUG, on_log, &lines, &error));
    answer(peer, GREEN);
    CHECK_OK(skm_verify_scan(client, &scan, &result, &error));
    skm_scan_result_free(result);
    peer_answer(peer, 500, "", 0);
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_HTTP_STATUS);
    int before = lines;
    CHECK(before >= 3);
    CHECK_OK(skm_set_log_callback(SKM_LOG_OFF, NULL, NULL, &error));
    CHECK_STATUS(skm_verify_scan(client, &scan, &result, &error), SKM_ERROR_HTTP_STATUS);
    CHECK(lines == before);
}

int main(void) {
    check_begin();
    peer *peer = peer_start();
    skm_client *client = client_of(peer);
    the_four_calls(peer, client);
    nothing_else_is_green(peer, client);
    a_refusal_keeps_what_the_platform_said(peer, client);
    a_gbk_client_takes_and_gives_gbk(peer, client);
    an_older_caller(peer, client);
    eight_threads_on_one_client(peer, client);
    the_deadline_holds(peer, client);
    cancel_while_in_flight(peer, client);
    close_and_free_while_in_flight(peer);
    fork_after_use(peer, client);
    the_log_callback(peer, client);
    skm_client_free(client);
    peer_stop(peer);
    return 0;
}
