
/*
 * cache: what stands in Redis and is not to be believed.  Event loop only.
 *
 * By an accident it is an older version's copy, or that of another database
 * behind the same prefix; else somebody has put it there.
 */


#include "inv_cache_private.h"


/* KEYS[1] the key; ARGV: how the value begins that is to go, if it is there. */
static const char inv_cache_refuse_script[] =
    "if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) == ARGV[1]"
    " then redis.call('SET', KEYS[1], '', 'PX', 1) end\n"
    "return 1\n";

#define INV_CACHE_REFUSE_ARGS 5

static const char *const inv_cache_refuse_words[] = {
    "no copy of this version of the module",
    "its tag was not made with the secret of this database",
    "a copy of another product",
};


static void
inv_cache_refuse_say(inv_pace_t *pace)
{
    char                        hex[INV_OID_HEX];
    const inv_cache_refusals_t *refusals = (const inv_cache_refusals_t *) pace;

    inv_oid_write(refusals->id, hex);

    ngx_log_error(NGX_LOG_ERR, refusals->log, 0,
                  "inventory: what Redis had as product %*s was refused: %s; "
                  "values refused: %ui",
                  (size_t) INV_OID_HEX, hex, refusals->why, pace->n);
}


static void
inv_cache_on_refused(void *context, const inv_redis_reply_t *reply)
{
    if (reply != NULL && reply->kind == INV_REDIS_ERROR) {
        inv_cache_refused(context, reply);
    }
}


void
inv_cache_refuse(inv_cache_t *cache, inv_oid_t id, inv_str_t head,
                 inv_count_t why)
{
    char                  key[INV_CACHE_KEY_MAX];
    inv_str_t             args[INV_CACHE_REFUSE_ARGS];
    inv_redis_t          *redis;
    inv_cache_refusals_t *refusals = &cache->refusals;

    inv_metrics_count(why, 1);

    refusals->pace.say = inv_cache_refuse_say;
    refusals->log = cache->log;
    refusals->id = id;
    refusals->why = inv_cache_refuse_words[why - INV_COUNT_COPY_LAYOUT];
    inv_pace_add(&refusals->pace, cache->log, 1);

    redis = inv_cache_server(cache, id);
    if (redis == NULL) {
        return;
    }

    args[0] = inv_str("EVAL");
    args[1] = inv_str(inv_cache_refuse_script);
    args[2] = inv_str("1");
    args[3] = inv_cache_key(cache, id, key);
    args[4] = head;

    (void) inv_redis_send(redis, args, INV_CACHE_REFUSE_ARGS,
                          inv_cache_on_refused, cache);
}
