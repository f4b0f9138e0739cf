/* Many calls submitted at once: each is told of exactly once, and how late after its deadline. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

#define MOST_OUTCOMES 8

typedef struct {
    uint64_t due;
    unsigned times;
} submitted;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t latest;
    size_t told;
    struct {
        skm_status status;
        unsigned long count;
    } outcomes[MOST_OUTCOMES];
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void count_status(skm_status status) {
    size_t i = 0;
    while (i < MOST_OUTCOMES - 1 && all.outcomes[i].count && all.outcomes[i].status != status) { i++; }
    all.outcomes[i].status = status;
    all.outcomes[i].count++;
}

static void done(skm_pending *pending, void *context) {
    submitted *call = context;
    uint64_t now = micros(), late = now > call->due ? now - call->due : 0;
    skm_id_result *result = NULL;
    skm_status status = skm_pending_id_result(pending, &result, NULL);
    if (status == SKM_OK && !skm_verdict_is_green(skm_id_result_verdict(result))) { status = SKM_ERROR_INTERNAL; }
    skm_id_result_free(result);
    skm_pending_free(pending);
    pthread_mutex_lock(&all.lock);
    all.latest = late > all.latest ? late : all.latest;
    call->times++;
    all.told++;
    count_status(status);
    pthread_cond_signal(&all.changed);
    pthread_mutex_unlock(&all.lock);
}

void submit_run(const skm_client *client, char **fields, const asked *whom) {
    size_t calls = strtoul(fields[0], NULL, 10), taken = 0, i;
    uint32_t deadline_ms = (uint32_t)strtoul(fields[1], NULL, 10);
    skm_id_request request = SKM_ID_REQUEST_INIT;
    skm_client *own = NULL;
    submitted *each = calloc(calls ? calls : 1, sizeof *each);
    int wrong = 0;
    request.number = whom->number;
    request.name = whom->name;
    request.consent_notice = whom->notice;
    memset(all.outcomes, 0, sizeof all.outcomes);
    all.latest = all.told = 0;
    if (!each || skm_client_with_deadline(client, deadline_ms, &own, NULL) != SKM_OK) {
        printf("usage\n");
        free(each);
        return;
    }
    for (i = 0; i < calls; i++) {
        skm_pending *pending = NULL;
        skm_status status;
        each[i].due = micros() + deadline_ms * 1000u;
        status = skm_submit_id(own, &request, done, &each[i], &pending, NULL);
        if (status == SKM_OK) {
            taken++;
        } else {
            pthread_mutex_lock(&all.lock);
            count_status(status);
            pthread_mutex_unlock(&all.lock);
        }
    }
    pthread_mutex_lock(&all.lock);
    while (all.told < taken) { pthread_cond_wait(&all.changed, &all.lock); }
    for (i = 0; i < MOST_OUTCOMES && all.outcomes[i].count; i++) {
        skm_status status = all.outcomes[i].status;
        printf("%s%s=%lu", i ? "," : "", status == SKM_OK ? "green" : skm_status_name(status), all.outcomes[i].count);
    }
    for (i = 0; i < calls; i++) { wrong |= each[i].times > 1; }
    printf("%s\t%llu\n", wrong ? ",told_wrong=1" : "", (unsigned long long)all.latest);
    pthread_mutex_unlock(&all.lock);
    skm_client_free(own);
    free(each);
}
