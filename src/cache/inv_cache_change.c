
/*
 * cache: what becomes of copies when a product is read or written.  Event loop
 * only.
 */


#include "inv_cache_private.h"


void
inv_cache_keep(inv_cache_t *cache, inv_oid_t id, int64_t version,
               inv_str_t body, const inv_zone_moment_t *moment)
{
    inv_cache_keep_local(cache, id, version, body, moment);

    if (body.data != NULL) {
        (void) inv_cache_store(cache, id, version, body, moment,
                               INV_STR_ABSENT);
    }
}


void
inv_cache_changed(inv_cache_t *cache, inv_oid_t id, int64_t version,
                  bool catalog, const inv_cache_seen_t *seen)
{
    char              text[INV_CACHE_NEWS_MAX];
    inv_str_t         news;
    inv_zone_moment_t now;

    inv_zone_raise(cache->zone, id, version);

    if (catalog) {
        inv_zone_catalog_changed(cache->zone);
    }

    now = inv_zone_moment(cache->zone);
    news = inv_cache_news_write(id, version, catalog, now.origin, text);

    if (seen != NULL) {
        inv_cache_keep_local(cache, id, seen->version, seen->body,
                             &seen->moment);
    }

    if (seen == NULL
        || !inv_cache_store(cache, id, seen->version, seen->body, &seen->moment,
                            news))
    {
        /* a marker tells nothing that ages */
        (void) inv_cache_store(cache, id, version, INV_STR_ABSENT, &now, news);
    }
}


void
inv_cache_flush(inv_cache_t *cache)
{
    size_t i;

    for (i = 0; i < cache->nredis; i++) {
        if (inv_redis_is_ready(cache->redis[i])) {
            inv_redis_flush(cache->redis[i]);
        }
    }
}


void
inv_cache_doubted(inv_cache_t *cache, inv_oid_t id, bool catalog)
{
    inv_zone_doubt(cache->zone, id);

    if (catalog) {
        inv_zone_catalog_changed(cache->zone);
    }
}


int64_t
inv_cache_floor(inv_cache_t *cache, inv_oid_t id)
{
    inv_zone_view_t view;

    inv_zone_look(cache->zone, id, &view);

    return view.floor;
}
