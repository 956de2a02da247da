
/*
 * shared: how the zone is laid out, and how it is locked; for the files of the
 * zone only.  Event loop only.
 */


#ifndef INV_ZONE_PRIVATE_H
#define INV_ZONE_PRIVATE_H


#include "inv_zone.h"


/* A floor outlives every copy by a lifetime: that much the clocks may differ. */
#define INV_ZONE_LIFETIMES 2

struct inv_zone_memory_s {
    uint32_t magic;
    uint32_t layout;
    uint64_t size;

    uint32_t          dirty; /* somebody is changing what follows */
    uint32_t          unused;
    uint64_t          origin; /* random, then counted up with each loss */
    inv_time_t        latest; /* the latest time that was seen */
    inv_time_t        trusts_own_from; /* no copy at all is used before */
    inv_time_t        trusts_other_from;
    int64_t           longest_ms;
    inv_breaker_t     mongo;
    uint64_t          losses[INV_ZONE_LOSSES];
    uint64_t          raised;
    int64_t           told_ms; /* inv_time_monotonic; 0: never */
    int64_t           stale_ms;
    int64_t           reading_ms;
    uint64_t          catalog;   /* changes of the catalogue */
    uint64_t          place;     /* on the link; 0: there is none */
    uint64_t          link_seen; /* what the others had counted */
    uint64_t          mongo_opened;
    inv_floor_table_t floors;
    inv_shelf_t      *shelves[INV_SHELVES];

    inv_cluster_time_t cluster; /* MongoDB's */
};


/* How long a copy may be of use: fresh, and then stale. */
static inline int64_t
inv_zone_copy_ms(const inv_zone_memory_t *memory)
{
    return memory->longest_ms + memory->stale_ms;
}


/*
 * How long a floor is kept: longer than every copy of what is older, and than
 * every read that began before it was raised, which others may have joined
 * since.
 */
static inline int64_t
inv_zone_floor_ms(const inv_zone_memory_t *memory)
{
    return INV_ZONE_LIFETIMES * inv_zone_copy_ms(memory) + memory->reading_ms;
}


/* What inv_zone_look gives, for who is in. */
void inv_zone_look_in(const inv_zone_t *zone, inv_oid_t id, inv_time_t now,
                      inv_zone_view_t *view);

/* The copies of a product below a version, for who is changing. */
void inv_zone_drop_in(inv_zone_t *zone, inv_oid_t id, int64_t version);


/*
 * Locks the zone and puts right what is found wrong with it; gives the time,
 * read under the lock.  From then to inv_zone_leave nothing may fail or wait.
 */
inv_time_t inv_zone_enter(inv_zone_t *zone);

/* The same for who is going to change something. */
inv_time_t inv_zone_enter_to_change(inv_zone_t *zone);

void inv_zone_leave(inv_zone_t *zone);

/*
 * For who is in and finds that it has to change something.  The change of the
 * flag stands before (or behind) the changes that it announces in the program's
 * order; for a process that dies between two instructions that is enough.
 */
void inv_zone_set_dirty(inv_zone_memory_t *memory, uint32_t dirty);

/*
 * Floors were lost: copies from reads that began before now are not trusted
 * until those of them that the floors would have stopped are past their
 * deadlines.  Overflows may come one after the other: said now and then.
 */
void inv_zone_lose(inv_zone_t *zone, inv_zone_loss_t loss, inv_time_t now,
                   inv_time_t until);


#endif /* INV_ZONE_PRIVATE_H */
