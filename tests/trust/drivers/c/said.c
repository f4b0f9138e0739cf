/* What the C library says: error messages and log records go to the file that TRUST_SAID names. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "driver.h"

static FILE *said;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *text(const char *value) { return value ? value : "-"; }

void said_failure(skm_error *error) {
    if (said) {
        pthread_mutex_lock(&lock);
        fprintf(said, "error %d %s\n%s\n%s\n%s\n", skm_error_number(error), text(skm_error_name(error)),
                text(skm_error_message(error)), text(skm_error_message_zh(error)), text(skm_error_technical_zh(error)));
        fprintf(said, "%s %s %s %s\n", text(skm_error_interface(error)), text(skm_error_field(error)),
                text(skm_error_reason(error)), text(skm_error_platform_code(error)));
        pthread_mutex_unlock(&lock);
    }
    skm_error_free(error);
}

static void record(int32_t level, const char *target, const char *message, void *context) {
    (void)context;
    pthread_mutex_lock(&lock);
    fprintf(said, "log %d %s %s\n", (int)level, target, message);
    pthread_mutex_unlock(&lock);
}

void said_listen(void) {
    const char *path = getenv("TRUST_SAID");
    if (!path) { return; }
    said = fopen(path, "a");
    if (!said || skm_set_log_callback(SKM_LOG_DEBUG, record, NULL, NULL) != SKM_OK) {
        perror("TRUST_SAID");
        exit(1);
    }
}

void said_close(void) {
    if (said) {
        skm_set_log_callback(SKM_LOG_OFF, NULL, NULL, NULL);
        fclose(said);
    }
}
