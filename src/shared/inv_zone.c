
/*
 * shared: the zone: floors, doubts and moments.  Event loop only.
 */


#include "inv_link.h"
#include "inv_zone_private.h"


void
inv_zone_look_in(const inv_zone_t *zone, inv_oid_t id, inv_time_t now,
                 inv_zone_view_t *view)
{
    bool                     doubted;
    const inv_zone_memory_t *memory;

    memory = zone->memory;

    view->now = now;
    view->floor = inv_floor_table_get(&memory->floors, id, now, &doubted);
    view->origin = memory->origin;
    view->trusts_own = !doubted && now >= memory->trusts_own_from;
    view->trusts_other = view->trusts_own && now >= memory->trusts_other_from;
    view->longest_ms = memory->longest_ms;
    view->stale_ms = memory->stale_ms;
}


void
inv_zone_look(inv_zone_t *zone, inv_oid_t id, inv_zone_view_t *view)
{
    inv_time_t now;

    now = inv_zone_enter(zone);
    inv_zone_look_in(zone, id, now, view);
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
    expires = now + inv_zone_floor_ms(memory);

    lost = inv_floor_table_raise(&memory->floors, id, version, expires, now);
    memory->raised++;
    inv_zone_drop_in(zone, id, version);
    inv_link_mark(memory->place);

    inv_zone_changed(zone, now, lost);
}


void
inv_zone_doubt(inv_zone_t *zone, inv_oid_t id)
{
    inv_time_t         now, lost, expires;
    inv_zone_memory_t *memory;

    memory = zone->memory;
    now = inv_zone_enter_to_change(zone);
    expires = now + inv_zone_floor_ms(memory);

    lost = inv_floor_table_doubt(&memory->floors, id, expires, now);
    inv_zone_drop_in(zone, id, INT64_MAX);
    inv_link_mark(memory->place);

    inv_zone_changed(zone, now, lost);
}


void
inv_zone_catalog_changed(inv_zone_t *zone)
{
    (void) inv_zone_enter_to_change(zone);

    zone->memory->catalog++;
    inv_link_mark(zone->memory->place);

    inv_zone_leave(zone);
}


inv_zone_moment_t
inv_zone_moment(inv_zone_t *zone)
{
    inv_zone_moment_t moment;

    moment.at = inv_zone_enter(zone);
    moment.origin = zone->memory->origin;
    moment.catalog = zone->memory->catalog;
    moment.trusted = moment.at >= zone->memory->trusts_own_from;
    inv_zone_leave(zone);

    return moment;
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
    counters->mongo_opened = memory->mongo_opened;
    inv_zone_leave(zone);
}
