#define _GNU_SOURCE
#include "driver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void fail(const char *what) {
    fprintf(stderr, "error: %s\n", what);
    exit(1);
}

args args_read(int count, char **words) {
    args read = {0, "", NULL, 1, 1, 1};
    for (int at = 1; at + 1 < count; at += 2) {
        const char *name = words[at], *value = words[at + 1];
        if (strcmp(name, "--interface") == 0)
            read.id = strcmp(value, "id") == 0;
        else if (strcmp(name, "--url") == 0)
            read.url = value;
        else if (strcmp(name, "--ca") == 0)
            read.ca = value;
        else if (strcmp(name, "--calls") == 0)
            read.calls = strtoul(value, NULL, 10);
        else if (strcmp(name, "--warmup") == 0)
            read.warmup = strtoul(value, NULL, 10);
        else if (strcmp(name, "--threads") == 0)
            read.threads = strtoul(value, NULL, 10);
        else
            fail("unknown argument");
    }
    return read;
}

typedef struct {
    const args *args;
    const client *client;
    pthread_barrier_t *barrier;
    double *cpu_before;
    double first, wall;
    double *times;
    size_t calls;
} worker;

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double timed(const client *client, void *caller) {
    double started = now(CLOCK_MONOTONIC);
    client->call(caller);
    return now(CLOCK_MONOTONIC) - started;
}

static void *work(void *context) {
    worker *self = context;
    void *caller = self->client->open(self->args);
    self->first = timed(self->client, caller);
    for (size_t call = 1; call < self->args->warmup / self->args->threads; call++) self->client->call(caller);
    if (pthread_barrier_wait(self->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        *self->cpu_before = now(CLOCK_PROCESS_CPUTIME_ID);
    double started = now(CLOCK_MONOTONIC);
    for (size_t call = 0; call < self->calls; call++) self->times[call] = timed(self->client, caller);
    self->wall = now(CLOCK_MONOTONIC) - started;
    self->client->close(caller);
    return NULL;
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void run(const args *args, const client *client) {
    size_t each = args->calls / args->threads, total = each * args->threads;
    double *times = calloc(total + 1, sizeof *times), first = 0, wall = 0, cpu_before = 0;
    worker *workers = calloc(args->threads, sizeof *workers);
    pthread_t *threads = calloc(args->threads, sizeof *threads);
    pthread_barrier_t barrier;
    if (times == NULL || workers == NULL || threads == NULL) fail("out of memory");
    pthread_barrier_init(&barrier, NULL, (unsigned)args->threads);
    for (size_t at = 0; at < args->threads; at++) {
        workers[at] = (worker){args, client, &barrier, &cpu_before, 0, 0, times + at * each, each};
        if (pthread_create(&threads[at], NULL, work, &workers[at]) != 0) fail("no thread");
    }
    for (size_t at = 0; at < args->threads; at++) {
        pthread_join(threads[at], NULL);
        if (workers[at].first > first) first = workers[at].first;
        if (workers[at].wall > wall) wall = workers[at].wall;
    }
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
    qsort(times, total, sizeof *times, ascending);
    printf("{\"calls\":%zu,\"cpu_s\":%.6f,\"wall_s\":%.6f,\"first_us\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", total,
           cpu / 1e6, wall / 1e6, first, times[total / 2], times[total * 99 / 100]);
    free(times);
    free(workers);
    free(threads);
}
