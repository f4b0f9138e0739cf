/* A scripted platform on loopback: keeps the last request, gives the answer it was told. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct peer peer;

/* Listens on a free port of 127.0.0.1. */
peer *peer_start(void);
void peer_stop(peer *peer);
int peer_port(const peer *peer);

/* What to answer from now on; `stall` reads requests and never answers. Content types do not matter to the library. */
void peer_answer(peer *peer, int status, const char *body, size_t length);
void peer_stall(peer *peer);

/* How many requests were read, and the parts of the last one; lent until the next request. */
unsigned peer_requests(peer *peer);
void peer_await(peer *peer, unsigned requests);
const char *peer_method(peer *peer);
const char *peer_query(peer *peer);
const char *peer_body(peer *peer);
const char *peer_header(peer *peer, const char *name);

#ifdef __cplusplus
}
#endif

#endif
