
/*
 * cache: reading what Redis sends, see inv_redis_reader.h.  Event loop only.
 */


#include "inv_redis_reader.h"


/* What may begin a reply to our commands: no arrays, nothing of RESP 3. */
#define INV_REDIS_TYPES       "+-:$"
#define INV_REDIS_TYPES_HEARD "+-:$*"

/* [kind, channel, text or number], and ["pong", ""]. */
#define INV_REDIS_ARRAY_MIN 2
#define INV_REDIS_ARRAY_MAX 3

/* hiredis 0.14 counts elements by int. */
#if HIREDIS_MAJOR >= 1
typedef size_t inv_redis_elements_t;
#else
typedef int inv_redis_elements_t;
#endif


/* hiredis's own functions, and those with our array; set by the first reader. */
static redisReplyObjectFunctions inv_redis_functions;
static redisReplyObjectFunctions inv_redis_functions_heard;


/* Called when the head of an array was read, before anything is made of it. */
static void *
inv_redis_reader_array(const redisReadTask *task, inv_redis_elements_t n)
{
    if (task->parent != NULL || n < INV_REDIS_ARRAY_MIN
        || n > INV_REDIS_ARRAY_MAX) {
        return NULL; /* which the reader takes for no memory: its end */
    }

    return inv_redis_functions.createArray(task, n);
}


redisReader *
inv_redis_reader_create(bool hears)
{
    redisReader *reader;

    reader = redisReaderCreate();

    if (reader == NULL || !hears) {
        return reader;
    }

    inv_redis_functions = *reader->fn;
    inv_redis_functions_heard = inv_redis_functions;
    inv_redis_functions_heard.createArray = inv_redis_reader_array;

    reader->fn = &inv_redis_functions_heard;

    return reader;
}


/*
 * Whether the reply that is being read may go on.  The reader is asked only
 * when there is something to read, so that it stands at -1 between replies;
 * one that announces an array of 10^9 must not get as far as making it.
 */
static bool
inv_redis_reader_may(const redisReader *reader, bool hears)
{
    inv_str_t types;

    types = hears ? inv_str(INV_REDIS_TYPES_HEARD) : inv_str(INV_REDIS_TYPES);

    return reader->ridx != -1
           || memchr(types.data, reader->buf[reader->pos], types.len) != NULL;
}


inv_redis_read_t
inv_redis_reader_next(redisReader *reader, bool hears, redisReply **reply)
{
    void *made;

    if (reader->pos == reader->len) {
        return INV_REDIS_READ_MORE;
    }

    if (!inv_redis_reader_may(reader, hears)
        || redisReaderGetReply(reader, &made) != REDIS_OK)
    {
        return INV_REDIS_READ_BAD;
    }

    if (made != NULL) {
        *reply = made;
        return INV_REDIS_READ_REPLY;
    }

    return reader->len - reader->pos > INV_REDIS_REPLY_MAX
               ? INV_REDIS_READ_LONG
               : INV_REDIS_READ_MORE;
}


static bool
inv_redis_reader_text(const redisReply *reply, inv_str_t *text)
{
    if (reply->type != REDIS_REPLY_STRING) {
        return false;
    }

    text->data = reply->str;
    text->len = (size_t) reply->len;

    return true;
}


inv_redis_heard_t
inv_redis_reader_heard(const redisReply *reply, inv_str_t channel,
                       inv_str_t *text)
{
    inv_str_t kind, where;

    if (!inv_redis_reader_text(reply->element[0], &kind)) {
        return INV_REDIS_HEARD_OTHER;
    }

    if (inv_str_eq(kind, inv_str("pong"))) {
        *text = kind;
        return INV_REDIS_HEARD_ANSWER;
    }

    if (reply->elements != INV_REDIS_ARRAY_MAX
        || !inv_redis_reader_text(reply->element[1], &where)
        || !inv_str_eq(where, channel))
    {
        return INV_REDIS_HEARD_OTHER;
    }

    if (inv_str_eq(kind, inv_str("subscribe"))) {
        *text = kind;
        return INV_REDIS_HEARD_ANSWER;
    }

    if (inv_str_eq(kind, inv_str("unsubscribe"))) {
        return INV_REDIS_HEARD_END;
    }

    if (inv_str_eq(kind, inv_str("message"))
        && inv_redis_reader_text(reply->element[2], text)
        && text->len <= INV_REDIS_MESSAGE_MAX)
    {
        return INV_REDIS_HEARD_MESSAGE;
    }

    return INV_REDIS_HEARD_OTHER;
}
