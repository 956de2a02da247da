
/*
 * Answers; see client_reply.h.
 */


#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "client_reply.h"


/* "HTTP/1.1 200" */
#define CLIENT_STATUS_AT 9


void
client_reply_begin(client_reply_t *reply)
{
    reply->status = 0;
    reply->from = CLIENT_FROM_NOWHERE;
    reply->body_left = 0;
    reply->has_head = false;
    reply->length = 0;
}


/* The value of a header that nginx and the module write in this way. */
static const char *
client_reply_header(const char *head, size_t length, const char *name)
{
    const char *at;

    at = memmem(head, length, name, strlen(name));

    return at != NULL ? at + strlen(name) : NULL;
}


static client_from_t
client_reply_from(const char *head, size_t length)
{
    size_t      i;
    const char *value, *end;

    static const char *const words[CLIENT_FROM] = {
        [CLIENT_FROM_LOCAL] = "detail=local",
        [CLIENT_FROM_REDIS] = "detail=redis",
        [CLIENT_FROM_STALE] = "detail=stale",
        [CLIENT_FROM_MONGO] = "fwd=miss",
    };

    value = client_reply_header(head, length, "\r\nCache-Status: ");
    if (value == NULL) {
        return CLIENT_FROM_NOWHERE;
    }

    end = memchr(value, '\r', length - (size_t) (value - head));

    for (i = CLIENT_FROM_LOCAL; i < CLIENT_FROM; i++) {
        if (memmem(value, (size_t) (end - value), words[i], strlen(words[i]))
            != NULL) {
            return (client_from_t) i;
        }
    }

    return CLIENT_FROM_NOWHERE;
}


/* The head is whole, its end among it. */
static bool
client_reply_head(client_reply_t *reply, size_t length, bool bodiless)
{
    const char *value;

    if (memcmp(reply->head, "HTTP/1.1 ", CLIENT_STATUS_AT) != 0) {
        return false;
    }

    reply->status = atoi(reply->head + CLIENT_STATUS_AT);
    reply->from = client_reply_from(reply->head, length);
    reply->has_head = true;

    if (bodiless || reply->status == 204 || reply->status == 304) {
        return true;
    }

    value = client_reply_header(reply->head, length, "\r\nContent-Length: ");
    if (value == NULL) {
        return false;
    }

    reply->body_left = strtoul(value, NULL, 10);

    return true;
}


client_reply_state_t
client_reply_read(client_reply_t *reply, const char *bytes, size_t n,
                  bool bodiless)
{
    size_t      copied, used;
    const char *end;

    if (!reply->has_head) {
        copied = CLIENT_HEAD_MAX - 1 - reply->length;
        copied = n < copied ? n : copied;

        memcpy(reply->head + reply->length, bytes, copied);
        used = reply->length;
        reply->length += copied;
        reply->head[reply->length] = '\0';

        end = memmem(reply->head, reply->length, "\r\n\r\n", 4);

        if (end == NULL) {
            return reply->length < CLIENT_HEAD_MAX - 1 ? CLIENT_REPLY_MORE
                                                       : CLIENT_REPLY_WRONG;
        }

        end += 4;

        if (!client_reply_head(reply, (size_t) (end - reply->head), bodiless)) {
            return CLIENT_REPLY_WRONG;
        }

        /* what is behind the head */
        n -= (size_t) (end - reply->head) - used;
    }

    if (n > reply->body_left) {
        return CLIENT_REPLY_WRONG;
    }

    reply->body_left -= n;

    return reply->body_left == 0 ? CLIENT_REPLY_WHOLE : CLIENT_REPLY_MORE;
}
