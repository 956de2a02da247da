
/*
 * cache: storing copies of products in Redis.  Event loop only.
 *
 * A script inside Redis stores a copy only where none of a newer version
 * stands, so that the slow reader of an old version does not undo what a
 * writer stored meanwhile.  Its text goes with each command: by its hash alone
 * the first command after a restart of Redis, or a SCRIPT FLUSH, would come too
 * late, after the write that it tells of was acknowledged.
 */


#include "inv_cache_private.h"

#include <stdio.h>


/*
 * KEYS[1] the key; ARGV: version (19 digits), value, milliseconds to keep it,
 * 1 for a marker, which does not replace a copy of its own version, then a
 * channel and what to say in it, or nothing.  What is no copy, of whatever
 * type, is replaced.  19 digits compare as text.  Who may not publish has
 * stored it all the same.  Whether what stands there is true is not asked here:
 * the first reader removes what is not.
 */
static const char inv_cache_script[] =
    "if ARGV[6] ~= '' then redis.pcall('PUBLISH', ARGV[5], ARGV[6]) end\n"
    "local old = redis.pcall('GETRANGE', KEYS[1], 0, 65)\n"
    "local version = type(old) == 'string'"
    " and string.match(old, '^inv3 %x+ %x+ (%d+)$')\n"
    "if version and #version == #ARGV[1] and (version > ARGV[1]"
    " or (version == ARGV[1] and ARGV[4] == '1')) then return 0 end\n"
    "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n"
    "return 1\n";

#define INV_CACHE_NUMBER 24 /* an int64 and a NUL */
#define INV_CACHE_ARGS   10

/* To keep nothing for this long is to remove, by the right to SET alone. */
#define INV_CACHE_REMOVE_MS 1


static void
inv_cache_on_stored(void *context, const inv_redis_reply_t *reply)
{
    if (reply != NULL && reply->kind == INV_REDIS_ERROR) {
        inv_cache_refused(context, reply);
    }
}


static inv_str_t
inv_cache_number(char *out, const char *format, int64_t number)
{
    inv_str_t text;

    text.data = out;
    text.len =
        (size_t) snprintf(out, INV_CACHE_NUMBER, format, (long long) number);

    return text;
}


static void
inv_cache_send(inv_cache_t *cache, inv_redis_t *redis, const inv_copy_t *copy,
               int64_t keep_ms, inv_str_t news)
{
    size_t    len;
    char     *value, key[INV_CACHE_KEY_MAX], version[INV_CACHE_NUMBER];
    char      keep[INV_CACHE_NUMBER], channel[INV_CACHE_CHANNEL_MAX];
    inv_str_t args[INV_CACHE_ARGS];

    value = ngx_alloc(inv_copy_size(copy), cache->log);
    if (value == NULL) {
        return;
    }

    if (cache->has_key) {
        inv_copy_write(copy, &cache->copy_key, value);
        len = inv_copy_size(copy);

    } else {
        len = 0;
        keep_ms = INV_CACHE_REMOVE_MS;
    }

    args[0] = inv_str("EVAL");
    args[1] = inv_str(inv_cache_script);
    args[2] = inv_str("1");
    args[3] = inv_cache_key(cache, copy->id, key);
    args[4] = inv_cache_number(version, "%019lld", copy->version);
    args[5].data = value;
    args[5].len = len;
    args[6] = inv_cache_number(keep, "%lld", keep_ms);
    args[7] = copy->body.len == 0 ? inv_str("1") : inv_str("0");
    args[8] = inv_cache_channel(cache, channel);
    args[9] = news.data != NULL ? news : inv_str("");

    (void) inv_redis_send(redis, args, INV_CACHE_ARGS, inv_cache_on_stored,
                          cache);

    ngx_free(value);
}


bool
inv_cache_store(inv_cache_t *cache, inv_oid_t id, int64_t version,
                inv_str_t body, const inv_zone_moment_t *moment, inv_str_t news)
{
    inv_copy_t      copy;
    inv_redis_t    *redis;
    inv_zone_view_t view;

    redis = inv_cache_server(cache, id);

    if (redis == NULL) {
        return false;
    }

    inv_zone_look(cache->zone, id, &view);

    copy.id = id;
    copy.version = version;
    copy.made = moment->at;
    copy.deadline = moment->at + inv_cache_lifetime(cache->redis_ms);
    copy.origin = moment->origin;
    copy.body = body.data != NULL ? body : inv_str("");

    if (body.len > INV_COPY_BODY_MAX || version < view.floor
        || copy.deadline <= view.now)
    {
        return false;
    }

    inv_cache_send(cache, redis, &copy,
                   copy.deadline - view.now + cache->stale_ms, news);

    return true;
}
