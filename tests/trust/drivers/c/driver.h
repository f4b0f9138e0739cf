/* What the files of the C driver share. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stddef.h>
#include <stdint.h>

#include "skm.h"

/* What a caller saw of one call. */
typedef struct {
    char outcome[128];
    int green;
} seen;

/* Whom a line asks about; the texts are the line's. */
typedef struct {
    const char *number, *name, *mobile, *qr, *notice;
} asked;

/* One blocking call of the interface of this name. */
seen ask(const skm_client *client, const char *interface, const asked *whom);

/* The same calls over and over; `fields` are threads, calls, seconds and interfaces. Prints the line. */
void loop_run(const skm_client *client, char **fields, const asked *whom);

/* Calls of interface 4 submitted at once; `fields` are calls, their deadline in milliseconds and the interface. Prints
 * the line. */
void submit_run(const skm_client *client, char **fields, const asked *whom);

/* Everything that can be shown of an error goes to the file of TRUST_SAID; the error is freed. */
void said_failure(skm_error *error);
void said_listen(void);
void said_close(void);

uint64_t micros(void);

#endif
