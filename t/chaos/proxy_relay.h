
/*
 * The connections of the proxy: whole messages go from one end to the other,
 * each when it is due and with what the plan has drawn for it.  One thread:
 * the caller polls, the relay reads and writes.
 */


#ifndef PROXY_RELAY_H
#define PROXY_RELAY_H


#include <netdb.h>
#include <poll.h>
#include <stdio.h>

#include "proxy_fault.h"


/* Two nginx with two workers each need 60; during reloads, twice that. */
#define RELAY_PAIRS_MAX 512

/* Kinds of commands that are counted; there are about twenty. */
#define RELAY_COUNTS_MAX 64

typedef struct relay_pair_s relay_pair_t;

/* How many commands came by that name for that collection, ever. */
typedef struct {
    char          name[WIRE_NAME_MAX];
    char          collection[WIRE_NAME_MAX];
    bool          outbox; /* they speak of fields inside it */
    unsigned long n;
} relay_count_t;

typedef struct {
    const struct addrinfo *server;
    fault_plan_t          *plan;
    FILE                  *log;
    bool                   chaotic; /* else everything is only passed on */
    bool                   streams; /* the server seems to push its hello */
    wire_version_t         version; /* the last that its hello had */
    relay_pair_t          *pairs[RELAY_PAIRS_MAX]; /* NULL: free */
    unsigned long          connections, messages;  /* ever */
    unsigned long          faults[FAULT_KINDS];
    relay_count_t          counts[RELAY_COUNTS_MAX];
    size_t                 ncounts;
} relay_t;

/* A client has connected; its descriptor is the relay's from now on. */
void relay_accept(relay_t *relay, int client);

/*
 * Fills two entries for each pair, 2 * RELAY_PAIRS_MAX in all; returns how long
 * to poll at most, in ms: until something held is due, -1: for ever.
 */
int relay_watch(const relay_t *relay, struct pollfd *fds);

/* Does what the filled-in entries and the clock say. */
void relay_turn(relay_t *relay, const struct pollfd *fds);

/* Ends all clients' connections; what is held goes on to the server. */
void relay_cut(relay_t *relay);

/* How many requests are on their way to the server, or unanswered by it. */
unsigned long relay_under_way(const relay_t *relay);


#endif /* PROXY_RELAY_H */
