
/*
 * cache: reading copies of products from Redis.  Event loop only.
 */


#include "inv_cache_private.h"


/* A Redis that refuses every command must not fill the log. */
#define INV_CACHE_REFUSAL_LOG_MS 60000


struct inv_cache_read_s {
    inv_cache_t         *cache;
    inv_oid_t            id;
    inv_cache_done_pt    done;
    void                *waiter;
    inv_redis_command_t *command;
};


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
    cache->redis_ms = options->redis_ms;

    cache->prefix_len = ngx_min(options->prefix.len, INV_CACHE_PREFIX_MAX);
    ngx_memcpy(cache->prefix, options->prefix.data, cache->prefix_len);

    if (options->redis == NULL || options->redis_ms == 0) {
        return cache;
    }

    cache->redis =
        inv_redis_create(options->redis, options->threads, options->log);
    if (cache->redis == NULL) {
        ngx_free(cache);
        return NULL;
    }

    return cache;
}


void
inv_cache_destroy(inv_cache_t *cache)
{
    if (cache->redis != NULL) {
        inv_redis_destroy(cache->redis);
    }

    ngx_free(cache);
}


inv_cache_state_t
inv_cache_state(const inv_cache_t *cache)
{
    if (cache->redis == NULL) {
        return INV_CACHE_OFF;
    }

    return inv_redis_is_ready(cache->redis) ? INV_CACHE_UP : INV_CACHE_DOWN;
}


inv_str_t
inv_cache_key(const inv_cache_t *cache, inv_oid_t id, char *out)
{
    char     *p;
    inv_str_t key;

    p = (char *) ngx_cpymem(out, cache->prefix, cache->prefix_len);
    *p++ = 'p';
    *p++ = ':';
    inv_oid_write(id, p);

    key.data = out;
    key.len = cache->prefix_len + 2 + INV_OID_HEX;

    return key;
}


/* The longest value that can be a copy; one byte more shows that it is none. */
#define INV_COPY_MAX       (INV_COPY_HEAD + INV_COPY_BODY_MAX)
#define INV_CACHE_LAST_MAX 16


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


static bool
inv_cache_accepts(inv_cache_t *cache, inv_oid_t id, const inv_copy_t *copy)
{
    inv_copy_rule_t    rule;
    inv_zone_view_t    view;
    inv_copy_verdict_t verdict;

    inv_zone_look(cache->zone, id, &view);

    rule.id = id;
    rule.now = view.now;
    rule.floor = view.floor;
    rule.longest_ms = view.longest_ms;
    rule.origin = view.origin;
    rule.trusts_own = view.trusts_own;
    rule.trusts_other = view.trusts_other;

    verdict = inv_copy_judge(copy, &rule);

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, cache->log, 0,
                   "inventory copy version:%L floor:%L verdict:%ui",
                   copy->version, view.floor, (ngx_uint_t) verdict);

    return verdict == INV_COPY_GOOD;
}


static void
inv_cache_on_copy(void *context, const inv_redis_reply_t *reply)
{
    inv_copy_t       copy;
    inv_cache_read_t read, *waiting;

    waiting = context;
    read = *waiting;
    ngx_free(waiting);

    if (reply != NULL && reply->kind == INV_REDIS_ERROR) {
        inv_cache_refused(read.cache, reply);
    }

    if (reply != NULL && reply->kind == INV_REDIS_STRING
        && inv_copy_read(reply->text, &copy)
        && inv_cache_accepts(read.cache, read.id, &copy))
    {
        read.done(read.waiter, &copy);
        return;
    }

    read.done(read.waiter, NULL);
}


inv_cache_read_t *
inv_cache_product_get(inv_cache_t *cache, inv_oid_t id, inv_cache_done_pt done,
                      void *waiter)
{
    char              key[INV_CACHE_KEY_MAX];
    char              last[INV_CACHE_LAST_MAX];
    inv_str_t         args[4];
    inv_zone_view_t   view;
    inv_cache_read_t *read;

    if (inv_cache_state(cache) != INV_CACHE_UP) {
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
    read->done = done;
    read->waiter = waiter;
    read->command =
        inv_redis_send(cache->redis, args, 4, inv_cache_on_copy, read);

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


inv_cache_moment_t
inv_cache_moment(inv_cache_t *cache)
{
    inv_cache_moment_t moment;

    moment.at = inv_time_now();
    moment.origin = inv_zone_origin(cache->zone);

    return moment;
}


int64_t
inv_cache_floor(inv_cache_t *cache, inv_oid_t id)
{
    inv_zone_view_t view;

    inv_zone_look(cache->zone, id, &view);

    return view.floor;
}
