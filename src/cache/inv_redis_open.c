
/*
 * cache: the connection to Redis: made, watched, closed.  Event loop only.
 */


#include "inv_redis_private.h"


/* The server's port took the connection. */
static void
inv_redis_reached(inv_redis_t *redis)
{
    if (redis->url.is_tls) {
        inv_redis_tls_start(redis);

    } else {
        inv_redis_connected(redis);
    }
}


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

    inv_redis_reached(redis);
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

    if (!redis->broken && redis->state >= INV_REDIS_GREETING) {
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


void
inv_redis_set_handlers(inv_redis_t *redis)
{
    redis->connection->read->handler = inv_redis_read_handler;
    redis->connection->write->handler = inv_redis_write_handler;
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
    c->write->log = redis->log;
    inv_redis_set_handlers(redis);

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
        inv_redis_reached(redis);
    }
}


void
inv_redis_close(inv_redis_t *redis)
{
    ngx_pool_t *pool;

    if (redis->connection != NULL) {
        inv_redis_tls_end(redis);

        pool = redis->connection->pool;
        ngx_close_connection(redis->connection);
        redis->connection = NULL;

        if (pool != NULL) {
            ngx_destroy_pool(pool);
        }
    }

    if (redis->reader != NULL) {
        redisReaderFree(redis->reader);
        redis->reader = NULL;
    }

    redis->sent = 0;
    redis->filled = 0;
}
