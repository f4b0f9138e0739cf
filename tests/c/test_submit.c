/* Calls that do not block, and many at once, against a scripted peer. */
#include "fixture.h"

#include <pthread.h>

static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told_changed = PTHREAD_COND_INITIALIZER;

/* A callback's view: counts, and fetches the verdict there and then. */
struct told {
    int times;
    skm_status status;
    skm_verdict verdict;
    pthread_t thread;
    skm_pending *pending;
};

static void on_done(skm_pending *pending, void *context) {
    struct told *told = context;
    skm_scan_result *result = NULL;
    pthread_mutex_lock(&told_lock);
    told->times++;
    told->status = skm_pending_scan_result(pending, &result, NULL);
    told->verdict = skm_scan_result_verdict(result);
    told->thread = pthread_self();
    told->pending = pending;
    pthread_cond_broadcast(&told_changed);
    pthread_mutex_unlock(&told_lock);
    skm_scan_result_free(result);
}

static void await_told(struct told *told) {
    pthread_mutex_lock(&told_lock);
    while (told->times == 0) pthread_cond_wait(&told_changed, &told_lock);
    pthread_mutex_unlock(&told_lock);
}

static void submit_and_poll(peer *peer, skm_client *client) {
    skm_pending *pending = NULL;
    skm_scan_result *result = NULL;
    skm_id_result *person = NULL;
    skm_user_token *user = NULL;
    skm_scan_request scan = scan_request();
    skm_id_request id = id_request();
    skm_token_request token = token_request();

    peer_stall(peer);
    CHECK_OK(skm_submit_scan(client, &scan, NULL, NULL, &pending, &error));
    CHECK(!skm_pending_poll(pending) && !skm_pending_wait(pending, 20));
    CHECK_STATUS(skm_pending_scan_result(pending, &result, &error), SKM_ERROR_INPUT_INVALID);
    answer(peer, GREEN);
    CHECK(skm_pending_wait(pending, 10000) && skm_pending_poll(pending));
    for (int i = 0; i < 2; i++) { /* can be fetched again */
        CHECK_OK(skm_pending_scan_result(pending, &result, &error));
        CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
        skm_scan_result_free(result);
    }
    CHECK_STATUS(skm_pending_id_result(pending, &person, &error), SKM_ERROR_INPUT_INVALID);
    CHECK_STATUS(skm_pending_user_token(pending, &user, &error), SKM_ERROR_INPUT_INVALID);
    skm_pending_free(pending);

    answer_id(peer, "red");
    CHECK_OK(skm_submit_id(client, &id, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_OK(skm_pending_id_result(pending, &person, &error));
    CHECK(skm_id_result_verdict(person) == SKM_VERDICT_RED);
    skm_id_result_free(person);
    skm_pending_free(pending);

    answer(peer, TOKEN);
    CHECK_OK(skm_submit_user_token(client, &token, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_OK(skm_pending_user_token(pending, &user, &error));
    CHECK_TEXT(skm_user_token_token(user), "t0");
    skm_user_token_free(user);
    skm_pending_free(pending);
}

static void submit_with_a_callback(peer *peer, skm_client *client) {
    skm_pending *pending = NULL;
    skm_scan_request scan = scan_request();
    struct told told = {0};
    answer(peer, GREEN);
    CHECK_OK(skm_submit_scan(client, &scan, on_done, &told, &pending, &error));
    await_told(&told);
    CHECK(told.status == SKM_OK && skm_verdict_is_green(told.verdict) && told.pending == pending);
    CHECK(!pthread_equal(told.thread, pthread_self()));
    skm_pending_free(pending);
    CHECK(told.times == 1);
}

static void cancel_and_free_what_is_pending(peer *peer, skm_client *client) {
    skm_scan_request scan = scan_request();
    for (int freeing = 0; freeing < 2; freeing++) {
        struct told told = {0};
        skm_pending *pending = NULL;
        peer_stall(peer);
        unsigned before = peer_requests(peer);
        CHECK_OK(skm_submit_scan(client, &scan, on_done, &told, &pending, &error));
        peer_await(peer, before + 1);
        if (freeing)
            skm_pending_free(pending);
        else
            skm_pending_cancel(pending);
        await_told(&told); /* told exactly once, in both cases */
        CHECK(told.status == SKM_ERROR_CLOSED && !skm_verdict_is_green(told.verdict));
        if (!freeing) skm_pending_free(pending);
        usleep(20000);
        CHECK(told.times == 1);
        answer(peer, GREEN);
    }
}

static void free_in_the_callback(skm_pending *pending, void *context) {
    skm_pending_free(pending);
    pthread_mutex_lock(&told_lock);
    ((struct told *)context)->times++;
    pthread_cond_broadcast(&told_changed);
    pthread_mutex_unlock(&told_lock);
}

static void a_callback_may_free_its_call(peer *peer, skm_client *client) {
    skm_scan_request scan = scan_request();
    skm_pending *pending = NULL;
    struct told told = {0};
    answer(peer, GREEN);
    CHECK_OK(skm_submit_scan(client, &scan, free_in_the_callback, &told, &pending, &error));
    await_told(&told);
}

struct rows {
    size_t next, stop_after;
    int failed, green;
};

static bool on_row(size_t row, skm_status status, const skm_scan_result *result, const skm_error *error,
                   void *context) {
    struct rows *rows = context;
    CHECK(row == rows->next++);
    CHECK((status == SKM_OK) == (result != NULL) && (status == SKM_OK) == (error == NULL));
    CHECK(skm_error_number(error) == status);
    rows->failed += status != SKM_OK;
    rows->green += skm_verdict_is_green(skm_scan_result_verdict(result));
    return rows->next != rows->stop_after;
}

static bool on_id_row(size_t row, skm_status status, const skm_id_result *result, const skm_error *error,
                      void *context) {
    CHECK(row == 0 && status == SKM_OK && error == NULL);
    *(skm_verdict *)context = skm_id_result_verdict(result);
    return true;
}

static void verify_many(peer *peer, skm_client *client) {
    skm_scan_request good = scan_request(), not_ours = scan_request(), not_text = scan_request();
    const skm_scan_request *requests[40];
    not_ours.qr_text = "https://pay.example.invalid/";
    not_text.qr_text = NAME_GBK;
    for (int i = 0; i < 40; i++) requests[i] = &good;
    requests[3] = &not_ours;
    requests[7] = &not_text;
    requests[11] = NULL;
    answer(peer, GREEN);
    struct rows rows = {0, 1000, 0, 0};
    CHECK_OK(skm_verify_many_scans(client, requests, 40, 4, on_row, &rows, &error));
    CHECK(rows.next == 40 && rows.failed == 3 && rows.green == 37);
    struct rows some = {0, 5, 0, 0};
    CHECK_OK(skm_verify_many_scans(client, requests, 40, 0, on_row, &some, &error));
    CHECK(some.next == 5);
    CHECK_OK(skm_verify_many_scans(client, requests, 0, 0, on_row, &rows, &error));
    const skm_id_request id = id_request(), *ids[] = {&id};
    skm_verdict verdict = SKM_VERDICT_UNVERIFIED;
    answer_id(peer, "green");
    CHECK_OK(skm_verify_many_ids(client, ids, 1, 0, on_id_row, &verdict, &error));
    CHECK(skm_verdict_is_green(verdict));
}

int main(void) {
    check_begin();
    peer *peer = peer_start();
    skm_client *client = client_of(peer);
    submit_and_poll(peer, client);
    submit_with_a_callback(peer, client);
    cancel_and_free_what_is_pending(peer, client);
    a_callback_may_free_its_call(peer, client);
    verify_many(peer, client);
    skm_client_free(client);
    peer_stop(peer);
    return 0;
}
