
/*
 * The client of the benchmarks, see client.c.  One thread.
 */


#ifndef CLIENT_H
#define CLIENT_H


#include <stdint.h>

#include "client_reply.h"


#define CLIENT_LATENCY_MAX_US 5000000

typedef struct {
    char  *text;
    size_t length;
    bool   bodiless; /* HEAD */
    bool   sells;    /* POST */
} client_request_t;

typedef struct {
    int                     fd;      /* -1: none, or broken */
    const client_request_t *request; /* NULL: no answer is awaited */
    int64_t                 sent_us;
    client_reply_t          reply;
} client_connection_t;

typedef struct {
    uint16_t             port;
    size_t               nconnections, nactive, nrequests;
    client_connection_t *connections;
    client_request_t    *requests;
    bool                 once;
    double              *law; /* of zipf: parts of 1, cumulated; else NULL */
    unsigned             second_percent; /* from the second half of requests */
    int                  epoll;

    /* of the phase */
    bool     counts;  /* its answers are in the result */
    size_t   next;    /* request, of `once` */
    size_t   waiting; /* connections */
    int64_t  end_us;  /* 0: nothing is sent after an answer */
    uint64_t random;

    /* the result */
    unsigned long  requests_done, status, broken, sold, refused, failed, same;
    unsigned long  from[CLIENT_FROM];
    unsigned long  greeted, parted, sold_besides;
    int64_t        us;
    unsigned long *latencies; /* how many took so many µs */
} client_t;

/* Ends the program: what could not be done, and errno. */
void client_fail(const char *what);

/* Reads the file of requests. */
void client_requests_read(client_t *client, const char *name);

/* The law of half of the requests. */
void client_law_make(client_t *client);

/* The next of `once`, or one that is drawn; NULL: all have been taken. */
const client_request_t *client_request_next(client_t *client);

/* Of a clock that only goes forward. */
int64_t client_now_us(void);

void client_open(client_t *client, client_connection_t *connection);

void client_send(client_t *client, client_connection_t *connection,
                 const client_request_t *request);

/* False: all has been sent. */
bool client_send_next(client_t *client, client_connection_t *connection);

/* Reads until at most so many connections wait for an answer. */
void client_turn(client_t *client, size_t waiting);

void client_print(const client_t *client);


#endif /* CLIENT_H */
