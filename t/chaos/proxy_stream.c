
/*
 * One end of a connection; see proxy_stream.h.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proxy_stream.h"


/* Read at once: most messages are smaller. */
#define STREAM_READ 65536

struct stream_message_s {
    stream_message_t *next;
    int64_t           due_ms;
    size_t            length, sent;
    uint8_t           bytes[];
};


int64_t
stream_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


void
stream_open(stream_t *stream, int fd)
{
    memset(stream, 0, sizeof(stream_t));
    stream->fd = fd;
    stream->last = &stream->first;
}


void
stream_close(stream_t *stream)
{
    if (stream->fd != -1) {
        close(stream->fd);
        stream->fd = -1;
    }
}


static void
stream_pop(stream_t *stream)
{
    stream_message_t *message;

    message = stream->first;
    stream->first = message->next;

    if (stream->first == NULL) {
        stream->last = &stream->first;
    }

    free(message);
}


void
stream_destroy(stream_t *stream)
{
    stream_close(stream);

    while (stream->first != NULL) {
        stream_pop(stream);
    }

    free(stream->in);
    stream->in = NULL;
}


static bool
stream_grow(stream_t *stream)
{
    size_t   size;
    uint8_t *in;

    if (stream->in_size - stream->in_length >= STREAM_READ) {
        return true;
    }

    size = 2 * stream->in_size + STREAM_READ;
    in = realloc(stream->in, size);
    if (in == NULL) {
        return false;
    }

    stream->in = in;
    stream->in_size = size;

    return true;
}


bool
stream_read(stream_t *stream)
{
    ssize_t n;

    if (!stream_grow(stream)) {
        return false;
    }

    n = read(stream->fd, stream->in + stream->in_length,
             stream->in_size - stream->in_length);

    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }

    stream->in_length += (size_t) n;

    return n > 0;
}


ssize_t
stream_next(const stream_t *stream)
{
    ssize_t length;

    length = wire_length(stream->in, stream->in_length);

    return length > (ssize_t) stream->in_length ? 0 : length;
}


void
stream_take(stream_t *stream, size_t length)
{
    stream->in_length -= length;
    memmove(stream->in, stream->in + length, stream->in_length);
}


bool
stream_put(stream_t *stream, const uint8_t *bytes, size_t length,
           int64_t due_ms)
{
    stream_message_t *message;

    message = malloc(sizeof(stream_message_t) + length);
    if (message == NULL) {
        return false;
    }

    message->next = NULL;
    message->due_ms = due_ms;
    message->length = length;
    message->sent = 0;
    memcpy(message->bytes, bytes, length);

    *stream->last = message;
    stream->last = &message->next;

    return true;
}


bool
stream_write(stream_t *stream, int64_t now_ms)
{
    ssize_t           n;
    stream_message_t *message;

    while ((message = stream->first) != NULL && message->due_ms <= now_ms) {

        n = send(stream->fd, message->bytes + message->sent,
                 message->length - message->sent, MSG_NOSIGNAL);

        if (n < 0) {
            return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
        }

        message->sent += (size_t) n;

        if (message->sent == message->length) {
            stream_pop(stream);
        }
    }

    return true;
}


int64_t
stream_due_ms(const stream_t *stream)
{
    return stream->first != NULL ? stream->first->due_ms : -1;
}
