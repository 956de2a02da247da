
/*
 * One end of a connection: a descriptor, what came in and is not a whole
 * message yet, and the messages that are to go out, each when it is due.  One
 * thread.
 */


#ifndef PROXY_STREAM_H
#define PROXY_STREAM_H


#include "proxy_wire.h"


typedef struct stream_message_s stream_message_t;

typedef struct {
    int               fd; /* -1: closed */
    uint8_t          *in;
    size_t            in_length, in_size;
    stream_message_t *first, **last; /* to go out, in this order */
} stream_t;

/* Milliseconds of a clock that only goes forward. */
int64_t stream_now_ms(void);

void stream_open(stream_t *stream, int fd);

/* Closes the descriptor, what is to go out stays. */
void stream_close(stream_t *stream);

/* Closes, and forgets everything. */
void stream_destroy(stream_t *stream);

/* Reads what there is; false: the other side has ended the connection. */
bool stream_read(stream_t *stream);

/* The length of the whole message at `in`, 0: none yet, -1: no protocol. */
ssize_t stream_next(const stream_t *stream);

/* Takes that many bytes from `in`. */
void stream_take(stream_t *stream, size_t length);

/* Bytes are copied; they go out at that time, after those before them. */
bool stream_put(stream_t *stream, const uint8_t *bytes, size_t length,
                int64_t due_ms);

/* Writes what is due; false: the other side has ended the connection. */
bool stream_write(stream_t *stream, int64_t now_ms);

/* When the next message is due; -1: there is none. */
int64_t stream_due_ms(const stream_t *stream);


#endif /* PROXY_STREAM_H */
