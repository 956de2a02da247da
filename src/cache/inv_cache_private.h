
/*
 * cache: what the files of the cache share; nobody else includes it.  Event
 * loop only.
 */


#ifndef INV_CACHE_PRIVATE_H
#define INV_CACHE_PRIVATE_H


#include "inv_cache.h"
#include "inv_redis.h"


#define INV_CACHE_KEY_MAX (INV_CACHE_PREFIX_MAX + 2 + INV_OID_HEX)

struct inv_cache_s {
    inv_redis_t *redis; /* NULL: off */
    inv_zone_t  *zone;
    ngx_log_t   *log;
    int64_t      redis_ms;
    int64_t      refusal_logged_ms; /* inv_time_monotonic; 0: never */
    size_t       prefix_len;
    char         prefix[INV_CACHE_PREFIX_MAX];
};

/* The key of a product: prefix, "p:" and the id. */
inv_str_t inv_cache_key(const inv_cache_t *cache, inv_oid_t id, char *out);

/* Says now and then that Redis refuses commands. */
void inv_cache_refused(inv_cache_t *cache, const inv_redis_reply_t *reply);


#endif /* INV_CACHE_PRIVATE_H */
