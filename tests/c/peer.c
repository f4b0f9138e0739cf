#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 1 << 16, MOST = 256 };

struct peer {
    int listener, port;
    pthread_t acceptor;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stopping, stalls, status;
    char *answer;
    size_t answer_length;
    unsigned requests;
    char head[LONGEST], method[16], query[LONGEST], body[LONGEST], header[LONGEST];
    int open[MOST];
    pthread_t threads[MOST];
    size_t connections;
};

struct connection {
    peer *peer;
    int socket;
};

static size_t content_length(const char *head) {
    const char *line = strcasestr(head, "\r\ncontent-length:");
    return line ? strtoul(line + 17, NULL, 10) : 0;
}

/* Reads one request into `buffer`; the length of its head, or 0 at the end of the connection. */
static size_t read_request(int socket, char *buffer, size_t *total) {
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(socket, buffer + length, LONGEST - 1 - length, 0);
        if (got <= 0) return 0;
        length += (size_t)got;
        buffer[length] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (end && length >= (size_t)(end + 4 - buffer) + content_length(buffer)) {
            *total = length;
            return (size_t)(end + 4 - buffer);
        }
    }
}

static void keep(peer *peer, const char *request, size_t head_length) {
    memcpy(peer->head, request, head_length);
    peer->head[head_length] = 0;
    strcpy(peer->body, request + head_length);
    const char *blank = strchr(peer->head, ' ');
    snprintf(peer->method, sizeof peer->method, "%.*s", (int)(blank - peer->head), peer->head);
    const char *end = strchr(blank + 1, ' '), *query = memchr(blank, '?', (size_t)(end - blank));
    snprintf(peer->query, sizeof peer->query, "%.*s", query ? (int)(end - query - 1) : 0, query ? query + 1 : "");
    peer->requests++;
    pthread_cond_broadcast(&peer->changed);
}

static void *serve(void *argument) {
    struct connection connection = *(struct connection *)argument;
    peer *peer = connection.peer;
    free(argument);
    char *request = malloc(LONGEST), head[128];
    size_t total, head_length;
    while ((head_length = read_request(connection.socket, request, &total)) > 0) {
        pthread_mutex_lock(&peer->lock);
        keep(peer, request, head_length);
        while (peer->stalls && !peer->stopping) pthread_cond_wait(&peer->changed, &peer->lock);
        int sized = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", peer->status,
                             peer->answer_length);
        size_t length = (size_t)sized + peer->answer_length;
        char *all = malloc(length);
        memcpy(all, head, (size_t)sized);
        memcpy(all + sized, peer->answer, peer->answer_length);
        int stopping = peer->stopping;
        pthread_mutex_unlock(&peer->lock);
        if (!stopping) (void)!send(connection.socket, all, length, MSG_NOSIGNAL);
        free(all);
        if (stopping) break;
    }
    free(request);
    return NULL;
}

static void *accept_all(void *argument) {
    peer *peer = argument;
    for (;;) {
        int socket = accept(peer->listener, NULL, NULL);
        pthread_mutex_lock(&peer->lock);
        if (socket < 0 || peer->stopping || peer->connections == MOST) {
            if (socket >= 0) close(socket);
            pthread_mutex_unlock(&peer->lock);
            return NULL;
        }
        struct connection *connection = malloc(sizeof *connection);
        connection->peer = peer;
        connection->socket = socket;
        peer->open[peer->connections] = socket;
        pthread_create(&peer->threads[peer->connections++], NULL, serve, connection);
        pthread_mutex_unlock(&peer->lock);
    }
}

peer *peer_start(void) {
    peer *peer = calloc(1, sizeof *peer);
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(peer->listener, (struct sockaddr *)&address, sizeof address) || listen(peer->listener, 64)) abort();
    getsockname(peer->listener, (struct sockaddr *)&address, &length);
    peer->port = ntohs(address.sin_port);
    pthread_mutex_init(&peer->lock, NULL);
    pthread_cond_init(&peer->changed, NULL);
    peer_answer(peer, 500, "", 0);
    pthread_create(&peer->acceptor, NULL, accept_all, peer);
    return peer;
}

void peer_stop(peer *peer) {
    pthread_mutex_lock(&peer->lock);
    peer->stopping = 1;
    pthread_cond_broadcast(&peer->changed);
    for (size_t i = 0; i < peer->connections; i++) shutdown(peer->open[i], SHUT_RDWR);
    pthread_mutex_unlock(&peer->lock);
    shutdown(peer->listener, SHUT_RDWR);
    pthread_join(peer->acceptor, NULL);
    for (size_t i = 0; i < peer->connections; i++) {
        pthread_join(peer->threads[i], NULL);
        close(peer->open[i]);
    }
    close(peer->listener);
    free(peer->answer);
    free(peer);
}

int peer_port(const peer *peer) { return peer->port; }

void peer_answer(peer *peer, int status, const char *body, size_t length) {
    pthread_mutex_lock(&peer->lock);
    free(peer->answer);
    peer->answer = malloc(length + 1);
    memcpy(peer->answer, body, length);
    peer->answer_length = length;
    peer->status = status;
    peer->stalls = 0;
    pthread_cond_broadcast(&peer->changed);
    pthread_mutex_unlock(&peer->lock);
}

void peer_stall(peer *peer) {
    pthread_mutex_lock(&peer->lock);
    peer->stalls = 1;
    pthread_mutex_unlock(&peer->lock);
}

unsigned peer_requests(peer *peer) {
    pthread_mutex_lock(&peer->lock);
    unsigned requests = peer->requests;
    pthread_mutex_unlock(&peer->lock);
    return requests;
}

void peer_await(peer *peer, unsigned requests) {
    pthread_mutex_lock(&peer->lock);
    while (peer->requests < requests) pthread_cond_wait(&peer->changed, &peer->lock);
    pthread_mutex_unlock(&peer->lock);
}

const char *peer_method(peer *peer) { return peer->method; }
const char *peer_query(peer *peer) { return peer->query; }
const char *peer_body(peer *peer) { return peer->body; }

const char *peer_header(peer *peer, const char *name) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    const char *line = strcasestr(peer->head, wanted);
    if (!line) return NULL;
    line += strlen(wanted);
    snprintf(peer->header, sizeof peer->header, "%.*s", (int)strcspn(line, "\r"), line);
    return peer->header;
}
