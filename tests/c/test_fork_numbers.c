/* fork() where the child has the process number of its parent: both are 1, each in a PID namespace of its own. Run it
 * as process 1 of such a namespace. With an argument it only says whether it could go on: 0 if so. */
#include "fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

enum { CALLS = 20, ROWS = 20 };

/* Process 1 ignores a signal that it does not handle. */
static void hangs(int number) {
    (void)number;
    check_failed(__FILE__, __LINE__, "it ends by itself");
}

static void begin(void) {
    signal(SIGALRM, hangs);
    alarm(60);
}

/* The platform, in a process of its own: this one can begin no threads once its children are of another namespace. */
static pid_t platform(int *port) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t process = fork();
    if (process == 0) {
        peer *peer = peer_start();
        answer(peer, GREEN);
        *port = peer_port(peer);
        CHECK(write(ends[1], port, sizeof *port) == sizeof *port);
        for (;;) pause();
    }
    CHECK(process > 0 && read(ends[0], port, sizeof *port) == sizeof *port);
    return process;
}

static void is_green(skm_client *client) {
    skm_scan_request scan = scan_request();
    skm_scan_result *result = NULL;
    CHECK_OK(skm_verify_scan(client, &scan, &result, &error));
    CHECK(skm_verdict_is_green(skm_scan_result_verdict(result)));
    skm_scan_result_free(result);
}

static bool never(size_t row, skm_status status, const skm_scan_result *result, const skm_error *error, void *context) {
    (void)row, (void)status, (void)result, (void)error, (void)context;
    check_failed(__FILE__, __LINE__, "no row is told");
    return false;
}

static void in_the_child(int port, skm_client *client, skm_pending *pending, skm_cancel *cancel) {
    skm_scan_request scan = scan_request();
    const skm_scan_request *rows[ROWS];
    skm_scan_result *result = NULL;
    skm_pending *submitted = NULL;
    skm_client *changed = NULL;
    for (int i = 0; i < ROWS; i++) rows[i] = &scan;
    CHECK(getpid() == 1);
    for (int i = 0; i < CALLS; i++) {
        skm_error *error = NULL;
        CHECK(skm_verify_scan(client, &scan, &result, &error) == SKM_ERROR_CLOSED && result == NULL);
        CHECK(strstr(skm_error_message(error), "before fork()"));
        skm_error_free(error);
    }
    CHECK_STATUS(skm_verify_many_scans(client, rows, ROWS, 4, never, NULL, &error), SKM_ERROR_CLOSED);
    CHECK_STATUS(skm_submit_scan(client, &scan, NULL, NULL, &submitted, &error), SKM_ERROR_CLOSED);
    CHECK_STATUS(skm_client_with_deadline(client, 1000, &changed, &error), SKM_ERROR_CLOSED);
    CHECK(skm_client_is_closed(client) && submitted == NULL && changed == NULL);
    CHECK(skm_pending_poll(pending) && skm_pending_wait(pending, 1000000));
    CHECK_STATUS(skm_pending_scan_result(pending, &result, &error), SKM_ERROR_CLOSED);
    skm_pending_cancel(pending);
    skm_pending_free(pending);
    skm_cancel_cancel(cancel);
    skm_client_close(client);
    skm_client_free(client);
    skm_client *fresh = client_at(port);
    CHECK_STATUS(skm_client_with_cancel(fresh, cancel, &changed, &error), SKM_ERROR_CLOSED);
    skm_cancel_free(cancel);
    is_green(fresh);
    skm_client_free(fresh);
    _exit(7);
}

int main(int count, char **words) {
    (void)words;
    if (count > 1) return getpid() == 1 && unshare(CLONE_NEWPID) == 0 ? 0 : 1;
    begin();
    int port = 0, status = 0;
    pid_t peer = platform(&port);
    skm_client *client = client_at(port), *cancellable = NULL;
    skm_cancel *cancel = NULL;
    skm_pending *pending = NULL;
    skm_scan_request scan = scan_request();
    CHECK_OK(skm_submit_scan(client, &scan, NULL, NULL, &pending, &error));
    CHECK(skm_pending_wait(pending, 10000));
    CHECK_OK(skm_cancel_new(&cancel, &error));
    CHECK_OK(skm_client_with_cancel(client, cancel, &cancellable, &error));
    is_green(cancellable);
    CHECK(getpid() == 1 && unshare(CLONE_NEWPID) == 0);
    pid_t child = fork();
    if (child == 0) {
        begin();
        in_the_child(port, client, pending, cancel);
    }
    for (int i = 0; i < CALLS; i++) is_green(cancellable);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    is_green(cancellable);
    skm_pending_free(pending);
    skm_cancel_free(cancel);
    skm_client_free(cancellable);
    skm_client_free(client);
    kill(peer, SIGKILL);
    CHECK(waitpid(peer, &status, 0) == peer);
    return 0;
}
