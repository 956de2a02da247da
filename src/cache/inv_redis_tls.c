
/*
 * cache: TLS to Redis, by nginx's own layer on the client's connection.  Event
 * loop only.
 *
 * hiredis has no part in it, so that its version does not matter.  Nothing is
 * sent before the server's certificate has been verified, chain and name: what
 * the URL says is what must stand there.
 *
 * What nginx's layer has to say does not go to the log but into the reason why
 * the connection is given up, which is told once and not at every try.
 */


#include "inv_redis_private.h"


#if (NGX_SSL)


/* Of a connection: nginx's SSL object is all that lives there. */
#define INV_REDIS_POOL 512


/* Keeps the first line that nginx writes, without what it begins with. */
static void
inv_redis_tls_writer(ngx_log_t *log, ngx_uint_t level, u_char *line, size_t n)
{
    u_char      *from, *open, *last;
    inv_redis_t *redis;

    redis = log->wdata;
    last = line + n;

    if (redis->tls_error[0] != '\0') {
        return;
    }

    while (last > line && last[-1] == '\n') {
        last--;
    }

    from = ngx_strlchr(line, last, ']');
    from = from != NULL ? ngx_strlchr(from, last, ':') : NULL;

    if (from == NULL) {
        return;
    }

    /* OpenSSL's words stand in brackets and say all. */
    open = ngx_strnstr(from, "(SSL: ", (size_t) (last - from));

    if (open != NULL) {
        from = open + sizeof("(SSL: ") - 1;
        last -= last[-1] == ')';

    } else {
        from += sizeof(": ") - 1;
    }

    *ngx_snprintf((u_char *) redis->tls_error, sizeof(redis->tls_error) - 1,
                  "%*s", (size_t) (last - from), from) = '\0';
}


static void
inv_redis_tls_log(inv_redis_t *redis)
{
    redis->tls_error[0] = '\0';

    ngx_memzero(&redis->tls_log, sizeof(ngx_log_t));
    redis->tls_log.log_level = NGX_LOG_INFO;
    redis->tls_log.writer = inv_redis_tls_writer;
    redis->tls_log.wdata = redis;

    redis->connection->log = &redis->tls_log;
}


/* Whom the certificate must be of, and whom to ask for. */
static bool
inv_redis_tls_expect(inv_redis_t *redis)
{
    SSL                *ssl;
    const char         *host;
    inv_redis_address_t address;
    X509_VERIFY_PARAM  *param;

    host = redis->url.host;
    ssl = redis->connection->ssl->connection;
    param = SSL_get0_param(ssl);

    /* As nginx's modules find it, with pieces that were not sent yet moved. */
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE
                          | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    if (inv_redis_address_of_host(&redis->url, &address)) {
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    }

    X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

    return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1
           && SSL_set_tlsext_host_name(ssl, host) == 1;
}


static void
inv_redis_tls_done(inv_redis_t *redis)
{
    long              verdict;
    ngx_connection_t *c;

    c = redis->connection;

    inv_redis_set_handlers(redis);

    verdict = SSL_get_verify_result(c->ssl->connection);

    if (verdict != X509_V_OK) {
        inv_redis_break(redis, "its certificate is not accepted: %s",
                        X509_verify_cert_error_string(verdict));
        return;
    }

    if (!c->ssl->handshaked) {
        inv_redis_break(redis, "TLS failed: %s", redis->tls_error);
        return;
    }

    inv_redis_connected(redis);
}


static void
inv_redis_tls_handler(ngx_connection_t *c)
{
    inv_redis_t *redis;

    redis = c->data;

    inv_redis_tls_done(redis);
    inv_redis_settle(redis);
}


void
inv_redis_tls_start(inv_redis_t *redis)
{
    ngx_connection_t *c;

    c = redis->connection;

    redis->state = INV_REDIS_SECURING;
    inv_redis_tls_log(redis);

    c->pool = ngx_create_pool(INV_REDIS_POOL, redis->log);

    if (c->pool == NULL || redis->ssl == NULL
        || ngx_ssl_create_connection(redis->ssl, c, NGX_SSL_CLIENT) != NGX_OK
        || !inv_redis_tls_expect(redis))
    {
        inv_redis_break(redis, "TLS cannot be set up: %s", redis->tls_error);
        return;
    }

    if (ngx_ssl_handshake(c) == NGX_AGAIN) {
        c->ssl->handler = inv_redis_tls_handler;
        return;
    }

    inv_redis_tls_done(redis);
}


void
inv_redis_tls_end(inv_redis_t *redis)
{
    ngx_connection_t *c;

    c = redis->connection;

    if (c->ssl == NULL) {
        return;
    }

    /* Without a word to the server, and so at once. */
    c->ssl->no_wait_shutdown = 1;
    c->ssl->no_send_shutdown = 1;
    c->error = 1;

    (void) ngx_ssl_shutdown(c);
}


#else


/* The configuration has refused the URL already. */
void
inv_redis_tls_start(inv_redis_t *redis)
{
    inv_redis_break(redis, "nginx was built without OpenSSL");
}


void
inv_redis_tls_end(inv_redis_t *redis)
{
}


#endif
