
/*
 * shared: locking the zone, and what becomes of it when floors were lost.
 * Event loop only.
 */


#include "inv_link.h"
#include "inv_zone_private.h"


static const char *inv_zone_loss_reasons[INV_ZONE_LOSSES] = {
    [INV_ZONE_TORN] = "a worker died while it changed the zone",
    [INV_ZONE_OVERFLOW] = "inventory_zone is too small for the writes",
    [INV_ZONE_CLOCK] = "the clock was set back",
    [INV_ZONE_LENGTHENED] = "inventory_stale was raised",
    [INV_ZONE_BESIDE] = "another nginx of the family writes as well",
};


void
inv_zone_set_dirty(inv_zone_memory_t *memory, uint32_t dirty)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&memory->dirty, dirty, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}


void
inv_zone_lose(inv_zone_t *zone, inv_zone_loss_t loss, inv_time_t now,
              inv_time_t until)
{
    inv_zone_memory_t *memory;

    memory = zone->memory;

    if (loss == INV_ZONE_TORN || loss == INV_ZONE_CLOCK
        || now >= zone->quiet_until) {
        zone->lost = inv_zone_loss_reasons[loss];
        zone->quiet_until = now + inv_zone_copy_ms(memory);
    }

    memory->origin++;
    memory->losses[loss]++;

    if (until > memory->trusts_other_from) {
        memory->trusts_other_from = until;
    }
}


static void
inv_zone_clear_shelves(inv_zone_memory_t *memory)
{
    size_t i;

    for (i = 0; i < INV_SHELVES; i++) {
        inv_shelf_clear(memory->shelves[i]);
    }
}


/* A worker died in the middle of a change: nothing but numbers is kept. */
static void
inv_zone_mend(inv_zone_t *zone, inv_time_t now)
{
    inv_zone_memory_t *memory;

    memory = zone->memory;

    inv_floor_table_clear(&memory->floors);
    inv_zone_clear_shelves(memory);
    inv_breaker_succeeded(&memory->mongo);

    /*
     * It is signed as a whole.  The operation time is one number, and stays: a
     * router that has not heard of it refuses it, and proves what it reads.
     */
    memory->cluster.clock = 0;
    memory->cluster.len = 0;

    inv_zone_lose(zone, INV_ZONE_TORN, now,
                  ngx_max(now, memory->latest) + inv_zone_floor_ms(memory));
}


/*
 * Deadlines and floors are set by the same clock, so a step forward ends both.
 * A step back by more than the time that floors last longer than copies could
 * bring copies back whose floors were set by the clock of after.  Our own would
 * be fresh for so much longer: they go.
 */
static void
inv_zone_turn_back(inv_zone_t *zone, inv_time_t now)
{
    inv_zone_memory_t *memory;

    memory = zone->memory;

    inv_zone_set_dirty(memory, 1);

    inv_zone_clear_shelves(memory);

    inv_zone_lose(zone, INV_ZONE_CLOCK, now,
                  memory->latest + inv_zone_floor_ms(memory));

    if (memory->trusts_own_from > memory->latest) {
        memory->trusts_own_from -= memory->latest - now; /* as long as before */
    }

    memory->latest = now;
}


/*
 * Another zone's workers have acknowledged writes: their floors are not here.
 * Asked for at each entry, so that the origin that a read is given is of after
 * all writes that were acknowledged before it began.
 */
static void
inv_zone_listen(inv_zone_t *zone, inv_time_t now)
{
    uint64_t           others;
    inv_zone_memory_t *memory;

    memory = zone->memory;
    others = inv_link_others(memory->place);

    if (others == memory->link_seen) {
        return;
    }

    inv_zone_set_dirty(memory, 1);

    memory->link_seen = others;
    inv_zone_lose(zone, INV_ZONE_BESIDE, now,
                  ngx_max(now, memory->latest) + inv_zone_floor_ms(memory));
}


inv_time_t
inv_zone_enter(inv_zone_t *zone)
{
    int64_t            copy_ms;
    inv_time_t         now;
    inv_zone_memory_t *memory;

    memory = zone->memory;

    ngx_shmtx_lock(&zone->pool->mutex);

    now = inv_time_now();
    copy_ms = inv_zone_copy_ms(memory);

    if (memory->dirty) {
        inv_zone_mend(zone, now);
    }

    if (now < memory->latest - copy_ms && copy_ms > 0) {
        inv_zone_turn_back(zone, now);
    }

    inv_zone_listen(zone, now);

    if (now > memory->latest) {
        memory->latest = now;
    }

    return now;
}


inv_time_t
inv_zone_enter_to_change(inv_zone_t *zone)
{
    inv_time_t now;

    now = inv_zone_enter(zone);
    inv_zone_set_dirty(zone->memory, 1);

    return now;
}


void
inv_zone_leave(inv_zone_t *zone)
{
    inv_zone_set_dirty(zone->memory, 0);
    ngx_shmtx_unlock(&zone->pool->mutex);

    if (zone->lost != NULL) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "inventory: cached copies are set aside for a while: %s",
                      zone->lost);
        zone->lost = NULL;
    }
}
