/* Panics where no function of the header stands at the top: on a library thread, between the rows of a batch. And what
 * is told of them: the place, not the text. Needs a library with the feature `testing`. */
#include "fixture.h"

bool skm_testing_panic_at(const char *place);

static bool on_row(size_t row, skm_status status, const skm_scan_result *result, const skm_error *error,
                   void *context) {
    (void)row, (void)status, (void)result, (void)error;
    ++*(int *)context;
    return true;
}

static void on_log(int32_t level, const char *target, const char *message, void *context) {
    (void)target;
    if (level != SKM_LOG_ERROR) return;
    CHECK(strstr(message, "internal error at") && !strstr(message, NUMBER));
    ++*(int *)context;
}

int main(void) {
    check_begin();
    peer *peer = peer_start();
    skm_client *client = client_of(peer);
    skm_scan_request scan = scan_request();
    const skm_scan_request *scans[4] = {&scan, &scan, &scan, &scan};
    skm_scan_result *result = NULL;
    skm_pending *pending = NULL;
    int rows = 0, logged = 0;
    answer(peer, GREEN);
    CHECK_OK(skm_set_log_callback(SKM_LOG_DEBUG, on_log, &logged, &error));

    skm_testing_panic_at("skm_submit/work");
    CHECK_OK(skm_submit_scan(client, &scan, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_STATUS(skm_pending_scan_result(pending, &result, &error), SKM_ERROR_INTERNAL);
    CHECK(!skm_testing_panic_at(NULL));
    skm_pending_free(pending);

    skm_testing_panic_at("skm_verify_many/row");
    CHECK_STATUS(skm_verify_many_scans(client, scans, 4, 0, on_row, &rows, &error), SKM_ERROR_INTERNAL);
    CHECK(rows == 0 && !skm_testing_panic_at(NULL));

    CHECK(logged == 2);
    CHECK_OK(skm_set_log_callback(SKM_LOG_OFF, NULL, NULL, &error));
    CHECK_OK(skm_verify_scan(client, &scan, &result, &error)); /* and life goes on */
    CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
    skm_scan_result_free(result);
    skm_client_free(client);
    peer_stop(peer);
    return 0;
}
