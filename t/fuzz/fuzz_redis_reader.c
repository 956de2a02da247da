
/*
 * Whatever a server sends, to who sends commands and to who has subscribed: no
 * reply that may not come, no message longer than allowed.  The first byte
 * tells which, and how many bytes come at a time.
 */


#include "../../src/cache/inv_redis_reader.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
check_array(const redisReply *reply)
{
    inv_str_t text;

    if (reply->elements < 2 || reply->elements > 3) {
        abort();
    }

    if (inv_redis_reader_heard(reply, inv_str("c"), &text)
            == INV_REDIS_HEARD_MESSAGE
        && text.len > INV_REDIS_MESSAGE_MAX)
    {
        abort();
    }
}


/* False: nothing more is to come. */
static bool
take(redisReader *reader, bool hears)
{
    redisReply      *reply;
    inv_redis_read_t read;

    for (;;) {
        read = inv_redis_reader_next(reader, hears, &reply);

        if (read != INV_REDIS_READ_REPLY) {
            return read == INV_REDIS_READ_MORE;
        }

        if (reply->type == REDIS_REPLY_ARRAY) {
            if (!hears) {
                abort();
            }

            check_array(reply);
        }

        freeReplyObject(reply);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    bool         hears;
    size_t       n, step;
    redisReader *reader;

    if (size == 0) {
        return 0;
    }

    hears = input[0] & 1;
    step = (size_t) input[0] / 2 + 1;
    input++;
    size--;

    reader = inv_redis_reader_create(hears);

    if (reader == NULL) {
        return 0;
    }

    for (/* void */; size > 0; input += n, size -= n) {
        n = size < step ? size : step;

        if (redisReaderFeed(reader, (const char *) input, n) != REDIS_OK
            || !take(reader, hears))
        {
            break;
        }
    }

    redisReaderFree(reader);

    return 0;
}
