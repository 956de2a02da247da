
/*
 * cache: copies of products in the shared zone.  Event loop only.
 */


#include "inv_cache_private.h"


/*
 * Lifetimes are up to this part shorter, at random: copies that were made
 * together must not all end together.
 */
#define INV_CACHE_JITTER 10

/* Takes the place of the body where a copy says that there is no product. */
#define INV_CACHE_NO_BODY inv_str("-")


int64_t
inv_cache_lifetime(int64_t ms)
{
    return ms - (int64_t) ngx_random() % (ms / INV_CACHE_JITTER + 1);
}


/*
 * How early is drawn from an exponential distribution with the cost for its
 * mean, so that of many who read one copy about one makes it anew before its
 * end: Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache
 * Stampede Prevention", 2015.  Leading zeros of a random number are such a
 * draw, in whole halvings.
 */
bool
inv_cache_ages(inv_time_t deadline, inv_time_t now, int64_t cost_ms)
{
    int      halvings;
    int64_t  left_ms;
    uint32_t drawn;

    left_ms = deadline - now;
    cost_ms = ngx_max(cost_ms, 1);

    /* nobody draws more than 31 halvings */
    if (left_ms > 31 * cost_ms) {
        return false;
    }

    drawn = (uint32_t) ngx_random() << 1 | 1; /* of 31 bits */
    halvings = __builtin_clz(drawn);

    return left_ms < halvings * cost_ms;
}


bool
inv_cache_is_local(const inv_cache_t *cache)
{
    return cache->local_ms != 0;
}


int64_t
inv_cache_local_lifetime(const inv_cache_t *cache)
{
    return inv_cache_lifetime(cache->local_ms);
}


void
inv_cache_local(inv_cache_t *cache, inv_oid_t id, inv_cache_view_t *found)
{
    bool             any;
    inv_copy_t       copy;
    inv_zone_view_t  view;
    inv_zone_copy_t  kept;
    inv_zone_shelf_t shelf;

    ngx_memzero(found, sizeof(inv_cache_view_t));

    any = inv_zone_product(cache->zone, id, &view, &shelf, &kept);
    found->shared = view.trusts_own;
    found->origin = view.origin;

    if (!any || cache->local_ms == 0) {
        return;
    }

    copy.id = id;
    copy.version = kept.meta.version;
    copy.made = kept.meta.deadline - view.longest_ms; /* as far as is known */
    copy.deadline = kept.meta.deadline;
    copy.origin = kept.meta.origin;
    copy.body = shelf == INV_SHELF_PRODUCTS ? kept.bytes : INV_CACHE_NO_BODY;

    found->use = inv_cache_use(cache, id, &copy, &view);

    /* that there is none is not worth being served when it is late */
    if (shelf == INV_SHELF_SHORT && found->use == INV_CACHE_STALE) {
        found->use = INV_CACHE_NONE;
    }

    if (found->use == INV_CACHE_NONE) {
        return;
    }

    found->version = copy.version;
    found->made = copy.made;
    found->deadline = copy.deadline;
    found->made_at = copy.origin;
    found->body = shelf == INV_SHELF_PRODUCTS ? kept.bytes : INV_STR_ABSENT;
    found->ageing =
        inv_cache_ages(copy.deadline, view.now, (int64_t) kept.meta.cost_ms);
}


/*
 * What was read before another node's message came goes again: it is put first
 * and looked at then, the message is noted first and drops then.
 */
static void
inv_cache_put_local(inv_cache_t *cache, const inv_copy_t *copy, int64_t cost_ms)
{
    int64_t          heard;
    inv_shelf_meta_t meta;

    ngx_memzero(&meta, sizeof(inv_shelf_meta_t));

    meta.version = copy->version;
    meta.deadline = copy->deadline;
    meta.origin = copy->origin;
    meta.cost_ms = (uint32_t) ngx_min(ngx_max(cost_ms, 1), UINT16_MAX);

    inv_zone_keep_product(cache->zone, copy->id, &meta, copy->body);

    heard = inv_cache_news_of(cache, copy->id);

    if (copy->version < heard) {
        inv_zone_drop_product(cache->zone, copy->id, heard);
    }
}


void
inv_cache_take_local(inv_cache_t *cache, const inv_copy_t *copy, inv_time_t now,
                     int64_t cost_ms)
{
    inv_copy_t local;

    if (cache->local_ms == 0) {
        return;
    }

    local = *copy;
    local.deadline =
        ngx_min(copy->deadline, now + inv_cache_lifetime(cache->local_ms));

    inv_cache_put_local(cache, &local, cost_ms);
}


void
inv_cache_keep_local(inv_cache_t *cache, inv_oid_t id, int64_t version,
                     inv_str_t body, const inv_zone_moment_t *moment)
{
    int64_t    lifetime_ms;
    inv_copy_t copy;

    if (cache->local_ms == 0 || body.len > INV_COPY_BODY_MAX) {
        return;
    }

    lifetime_ms = body.data == NULL
                      ? ngx_min(cache->local_ms, INV_CACHE_NEGATIVE_MS)
                      : cache->local_ms;

    copy.id = id;
    copy.version = version;
    copy.made = moment->at;
    copy.deadline = moment->at + inv_cache_lifetime(lifetime_ms);
    copy.origin = moment->origin;
    copy.body = body;

    inv_cache_put_local(cache, &copy, inv_time_now() - moment->at);
}
