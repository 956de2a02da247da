
/*
 * The answers that the client of the benchmarks reads: HTTP/1.1 with a
 * Content-Length, one at a time, bodies only counted.  One thread, no I/O.
 */


#ifndef CLIENT_REPLY_H
#define CLIENT_REPLY_H


#include <stdbool.h>
#include <stddef.h>


/* Headers of an answer; those of the service have about 400 bytes. */
#define CLIENT_HEAD_MAX 2048

/* Where an answer came from, by its Cache-Status. */
typedef enum {
    CLIENT_FROM_NOWHERE, /* it has none */
    CLIENT_FROM_LOCAL,
    CLIENT_FROM_REDIS,
    CLIENT_FROM_STALE,
    CLIENT_FROM_MONGO,
    CLIENT_FROM
} client_from_t;

typedef struct {
    int           status;
    client_from_t from;
    size_t        body_left; /* bytes that have not come yet */
    bool          has_head;  /* all of the above is known */
    size_t        length;    /* of the head, so far */
    char          head[CLIENT_HEAD_MAX];
} client_reply_t;

typedef enum {
    CLIENT_REPLY_MORE, /* is to come */
    CLIENT_REPLY_WHOLE,
    CLIENT_REPLY_WRONG /* no answer as described above */
} client_reply_state_t;

void client_reply_begin(client_reply_t *reply);

/* Takes what has come.  bodiless: the request was a HEAD. */
client_reply_state_t client_reply_read(client_reply_t *reply, const char *bytes,
                                       size_t n, bool bodiless);


#endif /* CLIENT_REPLY_H */
