/* The whole test framework: a failed check says where and ends the program. A test that succeeds prints nothing, so
 * that the runner can hold the library to its promise never to print. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <skm.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) check_failed(__FILE__, __LINE__, #condition); \
    } while (0)

#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))

/* Runs a call that takes `&error`, expects a status and that the error agrees with it, and frees the error. */
#define CHECK_STATUS(call, expected) \
    do { \
        skm_error *error = NULL; \
        skm_status status = (call); \
        check_status(__FILE__, __LINE__, #call, status, (expected), error); \
        skm_error_free(error); \
    } while (0)

#define CHECK_OK(call) CHECK_STATUS(call, SKM_OK)

static inline void check_failed(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    _exit(1);
}

static inline void check_text(const char *file, int line, const char *what, const char *actual, const char *expected) {
    if (actual == expected) return;
    if (actual && expected && strcmp(actual, expected) == 0) return;
    fprintf(stderr, "%s:%d: %s is \"%s\", expected \"%s\"\n", file, line, what, actual ? actual : "(null)",
            expected ? expected : "(null)");
    _exit(1);
}

static inline void check_status(const char *file, int line, const char *what, skm_status actual, skm_status expected,
                                const skm_error *error) {
    if (actual != expected) {
        fprintf(stderr, "%s:%d: %s came to %d (%s), expected %d\n", file, line, what, actual,
                error ? skm_error_message(error) : "no error object", expected);
        _exit(1);
    }
    if ((error == NULL) != (expected == SKM_OK) || skm_error_number(error) != expected) {
        fprintf(stderr, "%s:%d: %s: the error object does not agree with the status\n", file, line, what);
        _exit(1);
    }
}

/* No test may hang: the alarm kills it. */
static inline void check_begin(void) { alarm(120); }

#endif
