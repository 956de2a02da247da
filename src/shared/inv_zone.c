
/*
 * shared: the zone: made, kept, asked.  Event loop only.
 */


#include "inv_zone_private.h"

#include "../base/inv_limits.h"


#define INV_ZONE_MAGIC  UINT32_C(0x696e767a)
#define INV_ZONE_LAYOUT 1 /* raise it with every change of inv_zone_memory_s */

/* Workers start within seconds of each other; a reload later says it again. */
#define INV_ZONE_TELLS_AGAIN_MS 60000

/* The floors get half of the zone: the rest is for copies of its own. */
#define INV_ZONE_FLOORS_SHARE 2


size_t
inv_zone_size_min(void)
{
    return INV_ZONE_SIZE_MIN;
}


/*
 * Old workers, or those of the binary before, may still acknowledge writes and
 * raise floors in a zone that this one does not see.
 */
static bool
inv_zone_has_elder(void)
{
    return ngx_inherited || !ngx_is_init_cycle(ngx_cycle);
}


static void
inv_zone_start(inv_zone_memory_t *memory, size_t size, int64_t longest_ms)
{
    inv_time_t now, quarantined_until;

    now = inv_time_now();
    quarantined_until = now + INV_ZONE_LIFETIMES * longest_ms;

    memory->magic = INV_ZONE_MAGIC;
    memory->layout = INV_ZONE_LAYOUT;
    memory->size = size;
    inv_random(&memory->origin, sizeof(memory->origin));
    memory->latest = now;
    memory->longest_ms = longest_ms;
    memory->trusts_own_from = inv_zone_has_elder() ? quarantined_until : 0;
    memory->trusts_other_from = quarantined_until;
}


static ngx_int_t
inv_zone_create(inv_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    void         *buckets;
    size_t        size;
    unsigned char key[16];

    size = inv_floor_table_size(shm_zone->shm.size / INV_ZONE_FLOORS_SHARE);

    zone->memory = ngx_slab_calloc(zone->pool, sizeof(inv_zone_memory_t));
    buckets = size == 0 ? NULL : ngx_slab_alloc(zone->pool, size);

    if (zone->memory == NULL || buckets == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "inventory_zone is too small: %uz bytes",
                      shm_zone->shm.size);
        return NGX_ERROR;
    }

    inv_random(key, sizeof(key));
    inv_floor_table_init(&zone->memory->floors, buckets, size, key);
    inv_zone_start(zone->memory, shm_zone->shm.size, zone->longest_ms);

    zone->pool->data = zone->memory;

    return NGX_OK;
}


/* The memory of the cycle before goes on, with all its floors. */
static ngx_int_t
inv_zone_keep(inv_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    zone->memory = zone->pool->data;

    if (zone->memory == NULL || zone->memory->magic != INV_ZONE_MAGIC
        || zone->memory->layout != INV_ZONE_LAYOUT
        || zone->memory->size != shm_zone->shm.size)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "inventory_zone was laid out by another version of the "
                      "module: restart nginx instead of reloading it");
        return NGX_ERROR;
    }

    /*
     * Never lowered: old workers still use the lifetime of before.  Floors that
     * are raised from now on, also by them, last for the longer one; copies
     * that live longer come from reads that start after now.
     */
    (void) inv_zone_enter_to_change(zone);

    if (zone->longest_ms > zone->memory->longest_ms) {
        zone->memory->longest_ms = zone->longest_ms;
    }

    inv_zone_leave(zone);

    return NGX_OK;
}


ngx_int_t
inv_zone_init(ngx_shm_zone_t *shm_zone, void *old)
{
    inv_zone_t *zone;

    zone = shm_zone->data;
    zone->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old != NULL || shm_zone->shm.exists) {
        return inv_zone_keep(zone, shm_zone);
    }

    return inv_zone_create(zone, shm_zone);
}


void
inv_zone_look(inv_zone_t *zone, inv_oid_t id, inv_zone_view_t *view)
{
    bool               doubted;
    inv_zone_memory_t *memory;

    memory = zone->memory;

    view->now = inv_zone_enter(zone);
    view->floor = inv_floor_table_get(&memory->floors, id, view->now, &doubted);
    view->origin = memory->origin;
    view->trusts_own = !doubted && view->now >= memory->trusts_own_from;
    view->trusts_other =
        view->trusts_own && view->now >= memory->trusts_other_from;
    view->longest_ms = memory->longest_ms;

    inv_zone_leave(zone);
}


/* The end of a change; lost: until when a floor that made room mattered. */
static void
inv_zone_changed(inv_zone_t *zone, inv_time_t now, inv_time_t lost)
{
    if (lost != 0) {
        inv_zone_lose(zone, INV_ZONE_OVERFLOW, now, lost);
    }

    inv_zone_leave(zone);
}


void
inv_zone_raise(inv_zone_t *zone, inv_oid_t id, int64_t version)
{
    inv_time_t         now, lost, expires;
    inv_zone_memory_t *memory;

    memory = zone->memory;
    now = inv_zone_enter_to_change(zone);
    expires = now + INV_ZONE_LIFETIMES * memory->longest_ms;

    lost = inv_floor_table_raise(&memory->floors, id, version, expires, now);
    memory->raised++;

    inv_zone_changed(zone, now, lost);
}


void
inv_zone_doubt(inv_zone_t *zone, inv_oid_t id)
{
    inv_time_t         now, lost, expires;
    inv_zone_memory_t *memory;

    memory = zone->memory;
    now = inv_zone_enter_to_change(zone);
    expires = now + INV_ZONE_LIFETIMES * memory->longest_ms;

    lost = inv_floor_table_doubt(&memory->floors, id, expires, now);

    inv_zone_changed(zone, now, lost);
}


uint64_t
inv_zone_origin(inv_zone_t *zone)
{
    uint64_t origin;

    (void) inv_zone_enter(zone);
    origin = zone->memory->origin;
    inv_zone_leave(zone);

    return origin;
}


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
    (void) inv_zone_enter_to_change(zone);
    inv_breaker_failed(&zone->memory->mongo, inv_time_monotonic(),
                       (uint32_t) ngx_random());
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


void
inv_zone_count(inv_zone_t *zone, inv_zone_counters_t *counters)
{
    inv_zone_memory_t *memory;

    memory = zone->memory;

    (void) inv_zone_enter(zone);
    ngx_memcpy(counters->losses, memory->losses, sizeof(memory->losses));
    counters->raised = memory->raised;
    counters->mongo = (inv_breaker_state_t) memory->mongo.state;
    inv_zone_leave(zone);
}
