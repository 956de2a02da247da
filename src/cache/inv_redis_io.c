
/*
 * cache: what goes over the connection to Redis: bytes in and out.  Event loop only.
 */


#include "inv_redis_private.h"

#define INV_REDIS_READ   16384 /* bytes taken from the kernel at once */
#define INV_REDIS_READS  64    /* of these in a turn of the loop: others wait */
#define INV_REDIS_OUTPUT 16384 /* output that is held at least */


/* A reply, or a message; breaks when it is neither. */
static void
inv_redis_take(inv_redis_t *redis, const redisReply *reply)
{
    bool taken;

    if (redis->hears && reply->type == REDIS_REPLY_ARRAY) {
        taken = inv_redis_hear(redis, reply);

    } else {
        taken = inv_redis_answer(redis, reply);
    }

    if (!taken) {
        inv_redis_break(redis, "it sent a reply that nobody asked for");
    }
}


/* Takes all whole replies that were read. */
static void
inv_redis_parse(inv_redis_t *redis)
{
    redisReply      *reply;
    inv_redis_read_t read;

    for (read = INV_REDIS_READ_REPLY;
         !redis->broken && read == INV_REDIS_READ_REPLY;)
    {
        read = inv_redis_reader_next(redis->reader, redis->hears, &reply);

        if (read == INV_REDIS_READ_REPLY) {
            inv_redis_take(redis, reply);
            freeReplyObject(reply);
        }
    }

    if (read == INV_REDIS_READ_BAD) {
        inv_redis_break(redis, "it sent what is no reply");
    }

    if (read == INV_REDIS_READ_LONG) {
        inv_redis_break(redis, "it sent a reply that is too long");
    }
}


/* With what TLS has to say of it, or with the guess that it wants TLS. */
static void
inv_redis_lost(inv_redis_t *redis, const char *how)
{
    const char *more;

    more = redis->tls_error;

    if (redis->state == INV_REDIS_GREETING && !redis->url.is_tls) {
        more = "it has not answered at all; does it want TLS (\"rediss:\")?";
    }

    inv_redis_break(redis, "%s%s%s", how, more[0] != '\0' ? ": " : "", more);
}


void
inv_redis_read(inv_redis_t *redis)
{
    ssize_t           n;
    ngx_uint_t        reads;
    ngx_connection_t *c;
    u_char            buffer[INV_REDIS_READ];

    c = redis->connection;

    for (reads = 0; !redis->broken; reads++) {

        if (reads == INV_REDIS_READS) {
            ngx_post_event(c->read, &ngx_posted_next_events);
            return;
        }

        n = c->recv(c, buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
                inv_redis_break(redis, "its events cannot be watched");
            }

            return;
        }

        if (n == NGX_ERROR || n == 0) {
            inv_redis_lost(redis, n == 0 ? "it closed the connection"
                                         : "the connection was lost");
            return;
        }

        if (redisReaderFeed(redis->reader, (const char *) buffer, (size_t) n)
            != REDIS_OK)
        {
            inv_redis_break(redis, "no memory");
            return;
        }

        inv_redis_parse(redis);
    }
}


u_char *
inv_redis_reserve(inv_redis_t *redis, size_t n)
{
    size_t  size;
    u_char *output;

    if (redis->output_size - redis->filled >= n) {
        return redis->output + redis->filled;
    }

    if (n > INV_REDIS_OUTPUT_MAX - redis->filled) {
        return NULL;
    }

    for (size = INV_REDIS_OUTPUT; size < redis->filled + n; size *= 2) {
        /* void */
    }

    output = ngx_alloc(size, redis->log);
    if (output == NULL) {
        return NULL;
    }

    if (redis->filled > 0) {
        ngx_memcpy(output, redis->output, redis->filled);
    }

    ngx_free(redis->output);
    redis->output = output;
    redis->output_size = size;

    return output + redis->filled;
}


void
inv_redis_flush(inv_redis_t *redis)
{
    ssize_t           n;
    ngx_connection_t *c;

    c = redis->connection;

    if (c == NULL || redis->broken || redis->state < INV_REDIS_GREETING) {
        return;
    }

    while (redis->sent < redis->filled && c->write->ready) {
        n = c->send(c, redis->output + redis->sent,
                    redis->filled - redis->sent);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            inv_redis_lost(redis, "the connection was lost");
            return;
        }

        redis->sent += (size_t) n;
    }

    if (redis->sent == redis->filled) {
        redis->sent = 0;
        redis->filled = 0;
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        inv_redis_break(redis, "its events cannot be watched");
    }
}
