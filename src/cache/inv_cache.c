
/*
 * cache: made, ended, and asked for what is in Redis.  Event loop only.
 */


#include "inv_cache_private.h"


/* A Redis that refuses every command must not fill the log. */
#define INV_CACHE_REFUSAL_LOG_MS 60000

/* The longest value that can be a copy; one byte more shows that it is none. */
#define INV_COPY_MAX       (INV_COPY_HEAD + INV_COPY_BODY_MAX)
#define INV_CACHE_LAST_MAX 16


struct inv_cache_read_s {
    inv_cache_t         *cache;
    inv_oid_t            id;
    inv_time_t           began;
    inv_cache_done_pt    done;
    void                *waiter;
    inv_redis_command_t *command;
};


static bool
inv_cache_connect(inv_cache_t *cache, const inv_cache_options_t *options);
static bool
inv_cache_listen(inv_cache_t *cache, const inv_cache_options_t *options);


inv_cache_t *
inv_cache_create(const inv_cache_options_t *options)
{
    inv_cache_t *cache;

    cache = ngx_calloc(sizeof(inv_cache_t), options->log);
    if (cache == NULL) {
        return NULL;
    }

    cache->zone = options->zone;
    cache->log = options->log;
    cache->local_ms = options->local_ms;
    cache->redis_ms = options->redis_ms;
    cache->stale_ms = options->stale_ms;

    cache->prefix_len = ngx_min(options->prefix.len, INV_CACHE_PREFIX_MAX);
    ngx_memcpy(cache->prefix, options->prefix.data, cache->prefix_len);

    if (options->redis_ms != 0 && !inv_cache_connect(cache, options)) {
        inv_cache_destroy(cache);
        return NULL;
    }

    return cache;
}


/* False: no memory. */
static bool
inv_cache_connect(inv_cache_t *cache, const inv_cache_options_t *options)
{
    size_t i;

    cache->nredis = options->nredis;

    if (cache->nredis != 0) {
        inv_redis_ring_init(&cache->ring, options->redis, cache->nredis);
    }

    for (i = 0; i < cache->nredis; i++) {
        cache->redis[i] = inv_redis_create(&options->redis[i], options->ssl,
                                           options->threads, options->log);
        if (cache->redis[i] == NULL) {
            return false;
        }

        inv_redis_count_as(cache->redis[i], inv_metrics_server(i));
    }

    return !options->listens || cache->local_ms == 0
           || inv_cache_listen(cache, options);
}


/*
 * What other nodes change is dropped here, when they say so.  One worker
 * listens for all: the copies are in the shared zone.
 */
static bool
inv_cache_listen(inv_cache_t *cache, const inv_cache_options_t *options)
{
    char                 channel[INV_CACHE_CHANNEL_MAX];
    size_t               i;
    inv_redis_listener_t listener;

    ngx_memzero(&listener, sizeof(inv_redis_listener_t));

    listener.channel = inv_cache_channel(cache, channel);
    listener.message = inv_cache_news_read;
    listener.hears = inv_cache_news_hears;
    listener.context = cache;

    for (i = 0; i < cache->nredis; i++) {
        cache->news[i] =
            inv_redis_subscribe(&options->redis[i], options->ssl,
                                options->threads, options->log, &listener);
        if (cache->news[i] == NULL) {
            return false;
        }
    }

    return true;
}


void
inv_cache_destroy(inv_cache_t *cache)
{
    size_t i;

    for (i = 0; i < cache->nredis; i++) {
        if (cache->redis[i] != NULL) {
            inv_redis_destroy(cache->redis[i]);
        }

        if (cache->news[i] != NULL) {
            inv_redis_destroy(cache->news[i]);
        }
    }

    inv_pace_end(&cache->refusals.pace);
    ngx_free(cache);
}


void
inv_cache_set_secret(inv_cache_t        *cache,
                     const unsigned char secret[INV_COPY_SECRET])
{
    inv_copy_key(secret, (inv_str_t){ cache->prefix_len, cache->prefix },
                 &cache->copy_key);
    cache->has_key = true;
}


inv_cache_state_t
inv_cache_state(const inv_cache_t *cache)
{
    size_t i, ready;

    if (cache->nredis == 0) {
        return INV_CACHE_OFF;
    }

    ready = 0;

    for (i = 0; i < cache->nredis; i++) {
        ready += inv_redis_is_ready(cache->redis[i]);
    }

    if (ready == 0 || !cache->has_key) {
        return INV_CACHE_DOWN;
    }

    return ready == cache->nredis ? INV_CACHE_UP : INV_CACHE_PARTLY;
}


bool
inv_cache_server_is_ready(const inv_cache_t *cache, size_t n)
{
    return n < cache->nredis && inv_redis_is_ready(cache->redis[n]);
}


inv_redis_t *
inv_cache_server(const inv_cache_t *cache, inv_oid_t id)
{
    inv_redis_t *redis;

    if (cache->nredis == 0) {
        return NULL;
    }

    redis = cache->redis[inv_redis_ring_of(&cache->ring, id)];

    return inv_redis_is_ready(redis) ? redis : NULL;
}


static inv_str_t
inv_cache_prefixed(const inv_cache_t *cache, inv_str_t word, char *out)
{
    char *p;

    p = (char *) ngx_cpymem(out, cache->prefix, cache->prefix_len);
    p = (char *) ngx_cpymem(p, word.data, word.len);

    return (inv_str_t){ (size_t) (p - out), out };
}


inv_str_t
inv_cache_key(const inv_cache_t *cache, inv_oid_t id, char *out)
{
    inv_str_t key;

    key = inv_cache_prefixed(cache, inv_str("p:"), out);
    inv_oid_write(id, out + key.len);
    key.len += INV_OID_HEX;

    return key;
}


inv_str_t
inv_cache_channel(const inv_cache_t *cache, char *out)
{
    return inv_cache_prefixed(cache, inv_str("changed"), out);
}


void
inv_cache_refused(inv_cache_t *cache, const inv_redis_reply_t *reply)
{
    char    text[INV_REDIS_TEXT_MAX];
    int64_t now_ms;

    now_ms = inv_time_monotonic();

    if (cache->refusal_logged_ms != 0
        && now_ms - cache->refusal_logged_ms < INV_CACHE_REFUSAL_LOG_MS)
    {
        return;
    }

    cache->refusal_logged_ms = now_ms;

    inv_redis_error_text(reply, true, text);
    ngx_log_error(NGX_LOG_ERR, cache->log, 0,
                  "inventory: Redis refuses a command: %s", text);
}


static inv_copy_verdict_t
inv_cache_judge(const inv_cache_t *cache, inv_oid_t id, const inv_copy_t *copy,
                const inv_zone_view_t *view)
{
    inv_copy_rule_t    rule;
    inv_copy_verdict_t verdict;

    rule.id = id;
    rule.now = view->now;
    rule.floor = view->floor;
    rule.longest_ms = view->longest_ms;
    rule.origin = view->origin;
    rule.trusts_own = view->trusts_own;
    rule.trusts_other = view->trusts_other;

    verdict = inv_copy_judge(copy, &rule);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, cache->log, 0,
                   "inventory copy version:%L floor:%L verdict:%ui",
                   copy->version, view->floor, (ngx_uint_t) verdict);

    return verdict;
}


inv_cache_use_t
inv_cache_use(const inv_cache_t *cache, inv_oid_t id, const inv_copy_t *copy,
              const inv_zone_view_t *view)
{
    int64_t            stale_ms;
    inv_time_t         end;
    inv_copy_verdict_t verdict;

    verdict = inv_cache_judge(cache, id, copy, view);

    if (verdict == INV_COPY_GOOD) {
        return INV_CACHE_FRESH;
    }

    /* what the configuration says now, and what floors are kept for */
    stale_ms = ngx_min(cache->stale_ms, view->stale_ms);
    end = inv_copy_end(copy, view->longest_ms);

    return verdict == INV_COPY_LATE && view->now - end < stale_ms
               ? INV_CACHE_STALE
               : INV_CACHE_NONE;
}


bool
inv_cache_review(inv_cache_t *cache, inv_oid_t id, inv_cache_view_t *found)
{
    inv_copy_t      copy;
    inv_zone_view_t view;

    inv_zone_look(cache->zone, id, &view);

    copy.id = id;
    copy.version = found->version;
    copy.made = found->made;
    copy.deadline = found->deadline;
    copy.origin = found->made_at;
    copy.body = found->body;

    found->use = inv_cache_use(cache, id, &copy, &view);

    return found->use != INV_CACHE_NONE;
}


/* False: there is none, or none of this product's that was made here. */
static bool
inv_cache_is_ours(const inv_cache_read_t *read, inv_str_t value,
                  inv_copy_t *copy)
{
    inv_count_t why;

    if (value.len == 0) {
        return false; /* GETRANGE's word for no key at all */
    }

    switch (inv_copy_read(value, &read->cache->copy_key, copy)) {

    case INV_COPY_NO_COPY:
        why = INV_COUNT_COPY_LAYOUT;
        break;

    case INV_COPY_FORGED:
        why = INV_COUNT_COPY_TAG;
        break;

    default:
        if (inv_oid_eq(copy->id, read->id)) {
            return true;
        }

        why = INV_COUNT_COPY_PRODUCT;
    }

    value.len = ngx_min(value.len, INV_COPY_HEAD);
    inv_cache_refuse(read->cache, read->id, value, why);

    return false;
}


/* A value of Redis's, judged, and kept in the zone where it is of use. */
static void
inv_cache_take(const inv_cache_read_t *read, inv_str_t value,
               inv_cache_view_t *found)
{
    inv_copy_t      copy;
    inv_zone_view_t view;

    if (!inv_cache_is_ours(read, value, &copy)) {
        return;
    }

    inv_zone_look(read->cache->zone, read->id, &view);

    found->use = inv_cache_use(read->cache, read->id, &copy, &view);

    if (found->use == INV_CACHE_NONE) {
        return;
    }

    found->version = copy.version;
    found->body = copy.body;
    found->made = copy.made;
    found->deadline = copy.deadline;
    found->made_at = copy.origin;
    found->ageing = inv_cache_ages(inv_copy_end(&copy, view.longest_ms),
                                   view.now, view.now - read->began);

    copy.deadline = inv_copy_end(&copy, view.longest_ms);
    inv_cache_take_local(read->cache, &copy, view.now, view.now - read->began);
}


static void
inv_cache_on_copy(void *context, const inv_redis_reply_t *reply)
{
    inv_cache_read_t read, *waiting;
    inv_cache_view_t found;

    waiting = context;
    read = *waiting;
    ngx_free(waiting);

    ngx_memzero(&found, sizeof(inv_cache_view_t));

    if (reply != NULL && reply->kind == INV_REDIS_ERROR) {
        inv_cache_refused(read.cache, reply);
    }

    if (reply != NULL && reply->kind == INV_REDIS_STRING) {
        inv_cache_take(&read, reply->text, &found);
    }

    read.done(read.waiter, &found);
}


inv_cache_read_t *
inv_cache_redis(inv_cache_t *cache, inv_oid_t id, inv_cache_done_pt done,
                void *waiter)
{
    char              key[INV_CACHE_KEY_MAX];
    char              last[INV_CACHE_LAST_MAX];
    inv_str_t         args[4];
    inv_redis_t      *redis;
    inv_zone_view_t   view;
    inv_cache_read_t *read;

    redis = inv_cache_server(cache, id);
    if (redis == NULL || !cache->has_key) {
        return NULL;
    }

    inv_zone_look(cache->zone, id, &view);

    if (!view.trusts_own) {
        return NULL; /* whatever it has: not now */
    }

    read = ngx_alloc(sizeof(inv_cache_read_t), cache->log);
    if (read == NULL) {
        return NULL;
    }

    /* No more than a copy can be: whoever else writes there, the reply fits. */
    args[0] = inv_str("GETRANGE");
    args[1] = inv_cache_key(cache, id, key);
    args[2] = inv_str("0");
    args[3].data = last;
    args[3].len = (size_t) (ngx_sprintf((u_char *) last, "%d", INV_COPY_MAX)
                            - (u_char *) last);

    read->cache = cache;
    read->id = id;
    read->began = view.now;
    read->done = done;
    read->waiter = waiter;
    read->command = inv_redis_send(redis, args, 4, inv_cache_on_copy, read);

    if (read->command == NULL) {
        ngx_free(read);
        return NULL;
    }

    return read;
}


void
inv_cache_read_cancel(inv_cache_read_t *read)
{
    inv_redis_forget(read->command);
    ngx_free(read);
}
