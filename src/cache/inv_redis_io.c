
/*
 * cache: the connection to Redis: bytes in and out.  Event loop only.
 */


#include "inv_redis_private.h"

#include <errno.h>


#define INV_REDIS_READ   16384 /* bytes taken from the kernel at once */
#define INV_REDIS_OUTPUT 16384 /* output that is held at least */


/* What may begin a reply to our commands: no arrays, nothing of RESP 3. */
#define INV_REDIS_TYPES "+-:$"


static void
inv_redis_test_connection(inv_redis_t *redis)
{
    int       err;
    socklen_t len;

    err = 0;
    len = sizeof(err);

    if (getsockopt(redis->connection->fd, SOL_SOCKET, SO_ERROR, &err, &len)
        == -1) {
        err = ngx_socket_errno;
    }

    if (err != 0) {
        inv_redis_break(redis, "connect() failed: %s", strerror(err));
        return;
    }

    inv_redis_connected(redis);
}


/*
 * Whether the reply that is being read may go on.  The reader is asked only
 * when there is something to read, so that it stands at -1 between replies;
 * one that announces an array of 10^9 must not get as far as making it.
 */
static bool
inv_redis_is_reply(const redisReader *reader)
{
    return reader->ridx != -1
           || memchr(INV_REDIS_TYPES, reader->buf[reader->pos],
                     sizeof(INV_REDIS_TYPES) - 1)
                  != NULL;
}


/* Takes all whole replies that were read. */
static void
inv_redis_parse(inv_redis_t *redis)
{
    void        *reply;
    redisReader *reader;

    reader = redis->reader;

    while (!redis->broken && reader->pos < reader->len) {

        if (!inv_redis_is_reply(reader)
            || redisReaderGetReply(reader, &reply) != REDIS_OK)
        {
            inv_redis_break(redis, "it sent what is no reply");
            return;
        }

        if (reply == NULL) {
            break;
        }

        if (!inv_redis_answer(redis, reply)) {
            inv_redis_break(redis, "it sent a reply that nobody asked for");
        }

        freeReplyObject(reply);
    }

    if (reader->len - reader->pos > INV_REDIS_REPLY_MAX) {
        inv_redis_break(redis, "it sent a reply that is too long");
    }
}


static void
inv_redis_read(inv_redis_t *redis)
{
    ssize_t           n;
    ngx_connection_t *c;
    u_char            buffer[INV_REDIS_READ];

    c = redis->connection;

    while (!redis->broken) {
        n = c->recv(c, buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
                inv_redis_break(redis, "its events cannot be watched");
            }

            return;
        }

        if (n == NGX_ERROR || n == 0) {
            inv_redis_break(redis, n == 0 ? "it closed the connection"
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


static void
inv_redis_read_handler(ngx_event_t *rev)
{
    inv_redis_t      *redis;
    ngx_connection_t *c;

    c = rev->data;
    redis = c->data;

    if (redis->state == INV_REDIS_CONNECTING) {
        inv_redis_test_connection(redis);
    }

    if (!redis->broken) {
        inv_redis_read(redis);
    }

    inv_redis_settle(redis);
}


static void
inv_redis_write_handler(ngx_event_t *wev)
{
    inv_redis_t      *redis;
    ngx_connection_t *c;

    c = wev->data;
    redis = c->data;

    if (redis->state == INV_REDIS_CONNECTING) {
        inv_redis_test_connection(redis);
    }

    inv_redis_flush(redis);
    inv_redis_settle(redis);
}


/*
 * Watches a connection that is being made.  connected: it is made already.
 * Event methods that tell the level of readiness cannot do threads, so that
 * nginx refuses them here: edges only.
 */
static ngx_int_t
inv_redis_watch(ngx_connection_t *c, bool connected)
{
    if (ngx_add_conn) {
        return NGX_OK; /* was done before connect() */
    }

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_CLEAR_EVENT) != NGX_OK) {
        return NGX_ERROR;
    }

    if (connected) {
        return NGX_OK;
    }

    return ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_CLEAR_EVENT);
}


static ngx_connection_t *
inv_redis_socket(inv_redis_t *redis, const inv_redis_address_t *address)
{
    ngx_socket_t      s;
    ngx_connection_t *c;

    s = ngx_socket(address->sockaddr.ss_family, SOCK_STREAM, 0);

    if (s == (ngx_socket_t) -1) {
        inv_redis_break(redis, "socket() failed: %s",
                        strerror(ngx_socket_errno));
        return NULL;
    }

    c = ngx_get_connection(s, redis->log);

    if (c == NULL) {
        inv_redis_break(redis, "no connection is left in this worker");
        (void) ngx_close_socket(s);
        return NULL;
    }

    redis->connection = c;

    c->data = redis;
    c->log = redis->log;
    c->log_error = NGX_ERROR_INFO; /* the client says by itself what is wrong */
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);

    c->read->log = redis->log;
    c->read->handler = inv_redis_read_handler;
    c->write->log = redis->log;
    c->write->handler = inv_redis_write_handler;

    if (ngx_nonblocking(s) == -1) {
        inv_redis_break(redis, "a socket cannot be set up: %s",
                        strerror(ngx_socket_errno));
        return NULL;
    }

    return c;
}


void
inv_redis_open(inv_redis_t *redis, const inv_redis_address_t *address)
{
    int               rc, one;
    ngx_connection_t *c;

    c = inv_redis_socket(redis, address);

    if (c == NULL) {
        return;
    }

    /* Else the kernel holds a command back until the one before is answered. */
    one = 1;

    if (address->sockaddr.ss_family != AF_UNIX) {
        (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }

    if (ngx_add_conn && ngx_add_conn(c) == NGX_ERROR) {
        inv_redis_break(redis, "its events cannot be watched");
        return;
    }

    rc = connect(c->fd, (const struct sockaddr *) &address->sockaddr,
                 address->len);

    if (rc == -1 && ngx_socket_errno != NGX_EINPROGRESS) {
        inv_redis_break(redis, "connect() failed: %s",
                        strerror(ngx_socket_errno));
        return;
    }

    if (inv_redis_watch(c, rc == 0) != NGX_OK) {
        inv_redis_break(redis, "its events cannot be watched");
        return;
    }

    if (rc == 0) {
        c->write->ready = 1;
        inv_redis_connected(redis);
    }
}


void
inv_redis_close(inv_redis_t *redis)
{
    if (redis->connection != NULL) {
        ngx_close_connection(redis->connection);
        redis->connection = NULL;
    }

    if (redis->reader != NULL) {
        redisReaderFree(redis->reader);
        redis->reader = NULL;
    }

    redis->sent = 0;
    redis->filled = 0;
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
            inv_redis_break(redis, "the connection was lost");
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
