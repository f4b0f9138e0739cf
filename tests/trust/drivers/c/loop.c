/* The same calls over and over from several threads: every one counted, latencies in a table of fixed size. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

#define BUCKETS 65536 /* of 10 microseconds; the last takes all that is slower */
#define MOST_THREADS 256
#define MOST_OUTCOMES 32
#define MOST_INTERFACES 3

static struct {
    const skm_client *client;
    const asked *whom;
    char *interfaces[MOST_INTERFACES];
    size_t interface_count;
    uint64_t next, calls, until, worst;
    uint32_t buckets[BUCKETS];
    pthread_mutex_t lock;
    struct {
        char name[128];
        uint64_t count;
    } outcomes[MOST_OUTCOMES];
    size_t outcome_count;
} tally = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void count_outcome(const char *name) {
    size_t i = 0;
    while (i < tally.outcome_count && strcmp(tally.outcomes[i].name, name) != 0) { i++; }
    if (i == MOST_OUTCOMES) {
        fprintf(stderr, "more outcomes than the loop can count\n");
        exit(1);
    }
    if (i == tally.outcome_count) {
        snprintf(tally.outcomes[i].name, sizeof tally.outcomes[i].name, "%s", name);
        tally.outcome_count++;
    }
    tally.outcomes[i].count++;
}

static void add(const seen *one, uint64_t took) {
    size_t bucket = took / 10 < BUCKETS ? took / 10 : BUCKETS - 1;
    pthread_mutex_lock(&tally.lock);
    tally.buckets[bucket]++;
    tally.worst = took > tally.worst ? took : tally.worst;
    count_outcome(one->outcome);
    pthread_mutex_unlock(&tally.lock);
}

static uint64_t take_turn(void) {
    uint64_t turn;
    pthread_mutex_lock(&tally.lock);
    turn = tally.next++;
    pthread_mutex_unlock(&tally.lock);
    return turn;
}

static void *work(void *unused) {
    (void)unused;
    while (micros() < tally.until) {
        uint64_t turn = take_turn(), started = micros();
        seen one;
        if (tally.calls && turn >= tally.calls) { break; }
        one = ask(tally.client, tally.interfaces[turn % tally.interface_count], tally.whom);
        add(&one, micros() - started);
    }
    return NULL;
}

static unsigned percentile(double part) {
    double total = 0, due, so_far = 0;
    size_t i;
    for (i = 0; i < BUCKETS; i++) { total += tally.buckets[i]; }
    due = total * part;
    for (i = 0; i < BUCKETS; i++) {
        so_far += tally.buckets[i];
        if (so_far >= due) { break; }
    }
    return (unsigned)i * 10;
}

void loop_run(const skm_client *client, char **fields, const asked *whom) {
    pthread_t threads[MOST_THREADS];
    size_t count = strtoul(fields[0], NULL, 10), i;
    char *rest = fields[3], *name;
    memset(tally.buckets, 0, sizeof tally.buckets);
    memset(tally.outcomes, 0, sizeof tally.outcomes);
    tally.client = client;
    tally.whom = whom;
    tally.next = tally.worst = 0;
    tally.outcome_count = tally.interface_count = 0;
    tally.calls = strtoull(fields[1], NULL, 10);
    tally.until = micros() + strtoull(fields[2], NULL, 10) * 1000000;
    while ((name = strtok_r(rest, ",", &rest)) && tally.interface_count < MOST_INTERFACES) {
        tally.interfaces[tally.interface_count++] = name;
    }
    for (i = 0; i < count && i < MOST_THREADS; i++) {
        if (pthread_create(&threads[i], NULL, work, NULL) != 0) {
            fprintf(stderr, "no more threads\n");
            exit(1);
        }
    }
    count = i;
    for (i = 0; i < count; i++) { pthread_join(threads[i], NULL); }
    for (i = 0; i < tally.outcome_count; i++) {
        printf("%s%s=%llu", i ? "," : "", tally.outcomes[i].name, (unsigned long long)tally.outcomes[i].count);
    }
    printf("\t%u\t%u\t%u\t%llu\n", percentile(0.5), percentile(0.99), percentile(0.999),
           (unsigned long long)tally.worst);
}
