
/*
 * shared: the zone: what the workers settle together that is not of products:
 * MongoDB's breaker, and who says something for all.  Event loop only.
 */


#include "inv_zone_private.h"


/* Workers start within seconds of each other; a reload later says it again. */
#define INV_ZONE_TELLS_AGAIN_MS 60000


/* Nothing is to be changed then, which is nearly always. */
static bool
inv_zone_mongo_is_well(inv_zone_t *zone)
{
    bool well;

    (void) inv_zone_enter(zone);
    well = inv_breaker_is_well(&zone->memory->mongo);
    inv_zone_leave(zone);

    return well;
}


bool
inv_zone_mongo_allow(inv_zone_t *zone)
{
    bool allowed;

    if (inv_zone_mongo_is_well(zone)) {
        return true;
    }

    (void) inv_zone_enter_to_change(zone);
    allowed = inv_breaker_allow(&zone->memory->mongo, inv_time_monotonic());
    inv_zone_leave(zone);

    return allowed;
}


void
inv_zone_mongo_succeeded(inv_zone_t *zone)
{
    if (inv_zone_mongo_is_well(zone)) {
        return;
    }

    (void) inv_zone_enter_to_change(zone);
    inv_breaker_succeeded(&zone->memory->mongo);
    inv_zone_leave(zone);
}


void
inv_zone_mongo_failed(inv_zone_t *zone)
{
    uint32_t           before;
    inv_zone_memory_t *memory = zone->memory;

    (void) inv_zone_enter_to_change(zone);

    before = memory->mongo.state;
    inv_breaker_failed(&memory->mongo, inv_time_monotonic(),
                       (uint32_t) ngx_random());

    /* a probe that failed is no new outage */
    if (before == INV_BREAKER_CLOSED && memory->mongo.state != before) {
        memory->mongo_opened++;
    }

    inv_zone_leave(zone);
}


unsigned
inv_zone_mongo_retry_after(inv_zone_t *zone)
{
    int64_t wait_ms;

    (void) inv_zone_enter(zone);
    wait_ms = inv_breaker_wait_ms(&zone->memory->mongo, inv_time_monotonic());
    inv_zone_leave(zone);

    return wait_ms <= 1000 ? 1 : (unsigned) ((wait_ms + 999) / 1000);
}


bool
inv_zone_tells_first(inv_zone_t *zone)
{
    bool               first;
    int64_t            now_ms;
    inv_zone_memory_t *memory;

    memory = zone->memory;
    now_ms = inv_time_monotonic();

    (void) inv_zone_enter_to_change(zone);

    first = memory->told_ms == 0
            || now_ms - memory->told_ms > INV_ZONE_TELLS_AGAIN_MS;

    if (first) {
        memory->told_ms = now_ms;
    }

    inv_zone_leave(zone);

    return first;
}
