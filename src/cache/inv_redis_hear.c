
/*
 * cache: a subscription: the connection hears the messages of one channel and
 * asks now and then whether the server is still there.  Event loop only.
 *
 * All of its timers are cancelable: nobody waits for it when nginx quits.
 */


#include "inv_redis_private.h"


static void
inv_redis_hear_send(inv_redis_t *redis, const inv_str_t *args, size_t nargs,
                    inv_redis_reply_pt callback)
{
    if (inv_redis_queue(redis, args, nargs, callback, redis) == NULL) {
        inv_redis_break(redis, "no memory");
        return;
    }

    ngx_post_event(&redis->kick, &ngx_posted_events);
}


/* Its command's name is what an array answers; all else is a refusal. */
static bool
inv_redis_hear_is(const inv_redis_reply_t *reply, inv_str_t name)
{
    return reply->kind == INV_REDIS_STATUS && inv_str_eq(reply->text, name);
}


static void
inv_redis_on_subscribed(void *context, const inv_redis_reply_t *reply)
{
    inv_redis_t *redis;

    redis = context;

    if (reply == NULL) {
        return;
    }

    if (!inv_redis_hear_is(reply, inv_str("subscribe"))) {
        redis->refused = 1;
        inv_redis_greet_step(redis, reply, "SUBSCRIBE", true);
        inv_redis_break(redis, "it does not know SUBSCRIBE");
        return;
    }

    inv_redis_ready(redis);
    inv_redis_arm(redis, INV_REDIS_ALIVE_MS);
    redis->listener.hears(redis->listener.context, true);
}


void
inv_redis_hear_start(inv_redis_t *redis)
{
    inv_str_t subscribe[2];

    subscribe[0] = inv_str("SUBSCRIBE");
    subscribe[1] = redis->listener.channel;

    inv_redis_hear_send(redis, subscribe, 2, inv_redis_on_subscribed);
}


static void
inv_redis_on_alive(void *context, const inv_redis_reply_t *reply)
{
    inv_redis_t *redis;

    redis = context;

    if (reply == NULL) {
        return;
    }

    if (!inv_redis_hear_is(reply, inv_str("pong"))) {
        inv_redis_greet_step(redis, reply, "PING", true);
        inv_redis_break(redis, "it does not know PING");
        return;
    }

    inv_redis_arm(redis, INV_REDIS_ALIVE_MS);
}


void
inv_redis_hear_ask(inv_redis_t *redis)
{
    inv_str_t ping;

    ping = inv_str("PING");

    inv_redis_hear_send(redis, &ping, 1, inv_redis_on_alive);
}


bool
inv_redis_hear(inv_redis_t *redis, const redisReply *reply)
{
    inv_str_t         text;
    inv_redis_reply_t answer;

    switch (inv_redis_reader_heard(reply, redis->listener.channel, &text)) {

    case INV_REDIS_HEARD_MESSAGE:
        if (redis->state == INV_REDIS_READY) {
            redis->listener.message(redis->listener.context, text);
        }

        return true;

    case INV_REDIS_HEARD_ANSWER:
        answer.kind = INV_REDIS_STATUS;
        answer.text = text;
        answer.integer = 0;

        return inv_redis_answer_with(redis, &answer);

    case INV_REDIS_HEARD_END:
        inv_redis_break(redis, "it ended the subscription");
        return true;

    default: /* INV_REDIS_HEARD_OTHER */
        return true;
    }
}


inv_redis_t *
inv_redis_subscribe(const inv_redis_url_t *url, ngx_ssl_t *ssl,
                    ngx_thread_pool_t *threads, ngx_log_t *log,
                    const inv_redis_listener_t *listener)
{
    inv_redis_t *redis;

    redis = inv_redis_make(url, ssl, threads, log);
    if (redis == NULL) {
        return NULL;
    }

    redis->hears = true;
    redis->patience_ms = INV_REDIS_PONG_MS;

    redis->listener = *listener;
    redis->listener.channel.data = redis->channel;
    redis->listener.channel.len =
        ngx_min(listener->channel.len, INV_REDIS_CHANNEL_MAX);

    ngx_memcpy(redis->channel, listener->channel.data,
               redis->listener.channel.len);

    inv_redis_look_up(redis);

    return redis;
}
