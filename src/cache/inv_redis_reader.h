
/*
 * cache: reading what Redis sends: hiredis's reader, kept within bounds.  Event
 * loop only; no nginx.
 *
 * A server may be an impostor, or broken: what it announces costs nothing
 * before it is checked.
 */


#ifndef INV_REDIS_READER_H
#define INV_REDIS_READER_H


#include "../base/inv_base.h"
#include "../base/inv_limits.h"

#include <hiredis/hiredis.h>


typedef enum {
    INV_REDIS_READ_MORE,  /* what has come is no whole reply yet */
    INV_REDIS_READ_REPLY, /* to be freed with freeReplyObject */
    INV_REDIS_READ_BAD,   /* no reply that may come; the reader is useless */
    INV_REDIS_READ_LONG   /* longer than INV_REDIS_REPLY_MAX; likewise */
} inv_redis_read_t;

/*
 * hears: replies may be arrays of two or three that hold no arrays, which is
 * how messages come; else no reply may be an array.  NULL: no memory.  Freed
 * with redisReaderFree.
 */
redisReader *inv_redis_reader_create(bool hears);

/* The next reply of what was fed with redisReaderFeed. */
inv_redis_read_t
inv_redis_reader_next(redisReader *reader, bool hears, redisReply **reply);


typedef enum {
    INV_REDIS_HEARD_MESSAGE, /* text, of at most INV_REDIS_MESSAGE_MAX bytes */
    INV_REDIS_HEARD_ANSWER,  /* text is "subscribe" or "pong" */
    INV_REDIS_HEARD_END,     /* of the subscription */
    INV_REDIS_HEARD_OTHER    /* for nobody here */
} inv_redis_heard_t;

/* What an array is to who has subscribed to a channel; text is its own. */
inv_redis_heard_t inv_redis_reader_heard(const redisReply *reply,
                                         inv_str_t channel, inv_str_t *text);


#endif /* INV_REDIS_READER_H */
