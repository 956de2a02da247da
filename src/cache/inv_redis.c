
/*
 * cache: the Redis client: its states, and the way down and up again.  Event
 * loop only.
 *
 *   DOWN -> LOOKING_UP -> CONNECTING -> (SECURING ->) GREETING -> READY
 *
 * and from everywhere back to DOWN.  While it is not ready there is no queue:
 * nobody waits for a server that may not come.
 */


#include "inv_redis_private.h"

#include <stdarg.h>
#include <stdio.h>


#define INV_REDIS_DIGITS 16 /* of a database's number */


static void inv_redis_connect(inv_redis_t *redis);


static void
inv_redis_disarm(inv_redis_t *redis)
{
    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }
}


void
inv_redis_arm(inv_redis_t *redis, ngx_msec_t ms)
{
    /* An armed timer that moves by less than 300 ms would stay as it is. */
    inv_redis_disarm(redis);

    redis->timer.cancelable = 1;
    ngx_add_timer(&redis->timer, ms);
}


static void
inv_redis_retry_later(inv_redis_t *redis)
{
    ngx_msec_t ms;

    ms = redis->refused ? INV_REDIS_REFUSED_MS : INV_REDIS_RETRY_MS;

    redis->refused = 0;
    redis->state = INV_REDIS_DOWN;
    inv_redis_arm(redis, ms * 3 / 4 + (ngx_msec_t) ngx_random() % (ms / 2));
}


/* One line when it goes down; not one for each try to come back. */
static void
inv_redis_report_down(inv_redis_t *redis)
{
    if (redis->reported) {
        return;
    }

    redis->reported = 1;

    ngx_log_error(NGX_LOG_ERR, redis->log, 0, "inventory: %sRedis at %s %s: %s",
                  redis->hears ? "messages of " : "", redis->name,
                  redis->hears ? "are missed" : "is not used", redis->reason);
}


void
inv_redis_break(inv_redis_t *redis, const char *format, ...)
{
    va_list args;

    if (redis->broken) {
        return; /* the first reason is the one that counts */
    }

    va_start(args, format);
    (void) vsnprintf(redis->reason, sizeof(redis->reason), format, args);
    va_end(args);

    redis->broken = 1;
    ngx_post_event(&redis->kick, &ngx_posted_events);
}


void
inv_redis_settle(inv_redis_t *redis)
{
    bool was_ready;

    if (!redis->broken) {
        return;
    }

    redis->broken = 0;
    was_ready = redis->state == INV_REDIS_READY;

    inv_redis_close(redis);

    if (!was_ready && redis->next_address < redis->addresses.count) {
        inv_redis_drop_pending(redis, false);
        inv_redis_connect(redis);
        return;
    }

    inv_redis_report_down(redis);
    inv_redis_retry_later(redis);
    inv_redis_drop_pending(redis, true);

    if (was_ready && redis->hears) {
        redis->listener.hears(redis->listener.context, false);
    }
}


static void
inv_redis_connect(inv_redis_t *redis)
{
    const inv_redis_address_t *address;

    address = &redis->addresses.list[redis->next_address];
    redis->next_address++;

    redis->state = INV_REDIS_CONNECTING;
    inv_redis_arm(redis, INV_REDIS_CONNECT_MS);

    inv_redis_open(redis, address);
}


void
inv_redis_found(inv_redis_t *redis, const inv_redis_addresses_t *found)
{
    redis->addresses = *found;
    redis->next_address = 0;

    inv_redis_connect(redis);
}


void
inv_redis_greet_step(inv_redis_t *redis, const inv_redis_reply_t *reply,
                     const char *step, bool whole)
{
    char text[INV_REDIS_TEXT_MAX];

    if (reply != NULL && reply->kind != INV_REDIS_STATUS) {
        inv_redis_error_text(reply, whole, text);
        inv_redis_break(redis, "it refused %s: %s", step, text);
    }
}


static void
inv_redis_on_login(void *context, const inv_redis_reply_t *reply)
{
    inv_redis_greet_step(context, reply, "the password", false);
}


static void
inv_redis_on_select(void *context, const inv_redis_reply_t *reply)
{
    inv_redis_greet_step(context, reply, "the database", true);
}


void
inv_redis_ready(inv_redis_t *redis)
{
    redis->state = INV_REDIS_READY;
    inv_metrics_redis(redis->counted, INV_METRICS_REDIS_CONNECTS, 1);

    if (redis->reported) {
        redis->reported = 0;
        ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                      "inventory: %sRedis at %s %s again",
                      redis->hears ? "messages of " : "", redis->name,
                      redis->hears ? "are heard" : "is used");
    }
}


static void
inv_redis_on_pong(void *context, const inv_redis_reply_t *reply)
{
    inv_redis_t *redis;

    redis = context;
    inv_redis_greet_step(redis, reply, "PING", true);

    if (reply == NULL || redis->broken) {
        return;
    }

    if (redis->hears) {
        inv_redis_hear_start(redis);

    } else {
        inv_redis_ready(redis);
    }
}


static bool
inv_redis_greet(inv_redis_t *redis)
{
    size_t    nlogin;
    char      database[INV_REDIS_DIGITS];
    inv_str_t ping, login[3], select[2];

    ping = inv_str("PING");

    nlogin = 0;
    login[nlogin++] = inv_str("AUTH");

    if (redis->url.user_len > 0) {
        login[nlogin].data = redis->url.user;
        login[nlogin++].len = redis->url.user_len;
    }

    login[nlogin].data = redis->url.password;
    login[nlogin++].len = redis->url.password_len;

    select[0] = inv_str("SELECT");
    select[1].data = database;
    select[1].len = (size_t) snprintf(database, sizeof(database), "%u",
                                      redis->url.database);

    if (redis->url.has_password
        && inv_redis_queue(redis, login, nlogin, inv_redis_on_login, redis)
               == NULL)
    {
        return false;
    }

    /* Channels are not of a database; the right to select one may lack. */
    if (redis->url.database != 0 && !redis->hears
        && inv_redis_queue(redis, select, 2, inv_redis_on_select, redis)
               == NULL)
    {
        return false;
    }

    return inv_redis_queue(redis, &ping, 1, inv_redis_on_pong, redis) != NULL;
}


void
inv_redis_connected(inv_redis_t *redis)
{
    redis->state = INV_REDIS_GREETING;
    inv_redis_disarm(redis);

    redis->reader = inv_redis_reader_create(redis->hears);

    if (redis->reader == NULL || !inv_redis_greet(redis)) {
        inv_redis_break(redis, "no memory");
        return;
    }

    inv_redis_flush(redis);
}


static void
inv_redis_timer_handler(ngx_event_t *ev)
{
    inv_redis_t *redis;

    redis = ev->data;

    switch (redis->state) {

    case INV_REDIS_DOWN:
        inv_redis_look_up(redis);
        break;

    case INV_REDIS_CONNECTING:
        inv_redis_break(redis, "no connection within %d ms",
                        INV_REDIS_CONNECT_MS);
        break;

    case INV_REDIS_SECURING:
        inv_redis_break(redis, "no TLS within %d ms; is it a port for TLS?",
                        INV_REDIS_CONNECT_MS);
        break;

    case INV_REDIS_GREETING:
        inv_redis_check_overdue(redis);
        break;

    case INV_REDIS_READY:
        if (redis->hears && redis->npending == 0) {
            inv_redis_hear_ask(redis);

        } else {
            inv_redis_check_overdue(redis);
        }

        break;

    default: /* LOOKING_UP ends by itself */
        break;
    }

    inv_redis_settle(redis);
}


static void
inv_redis_kick_handler(ngx_event_t *ev)
{
    inv_redis_t *redis;

    redis = ev->data;

    inv_redis_flush(redis);
    inv_redis_settle(redis);
}


inv_redis_t *
inv_redis_make(const inv_redis_url_t *url, ngx_ssl_t *ssl,
               ngx_thread_pool_t *threads, ngx_log_t *log)
{
    inv_redis_t *redis;

    redis = ngx_calloc(sizeof(inv_redis_t), log);
    if (redis == NULL) {
        return NULL;
    }

    redis->url = *url;
    redis->ssl = ssl;
    redis->threads = threads;
    redis->log = log;
    redis->patience_ms = INV_REDIS_COMMAND_MS;
    redis->counted = INV_METRICS_SERVERS;

    inv_redis_url_describe(url, redis->name, sizeof(redis->name));

    ngx_queue_init(&redis->pending);

    redis->timer.data = redis;
    redis->timer.handler = inv_redis_timer_handler;
    redis->timer.log = log;

    redis->kick.data = redis;
    redis->kick.handler = inv_redis_kick_handler;
    redis->kick.log = log;

    return redis;
}


inv_redis_t *
inv_redis_create(const inv_redis_url_t *url, ngx_ssl_t *ssl,
                 ngx_thread_pool_t *threads, ngx_log_t *log)
{
    inv_redis_t *redis;

    redis = inv_redis_make(url, ssl, threads, log);

    if (redis != NULL) {
        inv_redis_look_up(redis);
    }

    return redis;
}


void
inv_redis_destroy(inv_redis_t *redis)
{
    inv_redis_close(redis);
    inv_redis_stop_lookup(redis);
    inv_redis_drop_pending(redis, false);

    inv_redis_disarm(redis);

    if (redis->kick.posted) {
        ngx_delete_posted_event(&redis->kick);
    }

    ngx_memzero(&redis->url, sizeof(redis->url));
    ngx_free(redis->output);
    ngx_free(redis);
}


void
inv_redis_count_as(inv_redis_t *redis, unsigned server)
{
    redis->counted = server;
}


bool
inv_redis_is_ready(const inv_redis_t *redis)
{
    return redis->state == INV_REDIS_READY && !redis->broken;
}
