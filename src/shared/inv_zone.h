
/*
 * shared: the zone: what the workers of one nginx know together.
 *
 * Event loop only.  Everything is done under the mutex of the zone's own slab
 * pool, in short sections: it is the one that the master unlocks when a worker
 * dies in it.  A dirty flag stands while data is changed, so that the next to
 * lock notices what such a worker left torn.
 *
 * When a cached copy may be trusted.  Before a write is acknowledged, the
 * product's floor is raised, the zone's own copies below it go, and no copy
 * below it is kept or served; a floor is kept for twice as long as a copy may
 * be of use (fresh, then stale), so it outlives every copy made from a read
 * that started before the write.  What is left is a zone that has lost floors:
 * it is fresh, a worker died while changing it, the table was too full, the
 * clock was set back, copies may be served for longer than before, or others
 * write beside it (see below).  Then the zone takes a new origin.  A copy
 * carries the origin that its zone had when the read began that made it.  If
 * that is the zone's origin of now, the read began after the loss, so it saw
 * every write whose floor was lost: it is trusted at once.  Copies of another
 * origin (made before, or by other nodes) are not used until every copy that a
 * lost floor would have stopped is past its use.
 *
 * All this holds for the copies on the zone's shelves as for those in Redis:
 * the shelves are memory, not truth.  What a worker's death may have torn is
 * emptied, floors and shelves.
 *
 * A reload that changes inventory_zone, and a binary upgrade, bring a fresh
 * zone while workers with the old one still acknowledge writes and raise floors
 * there.  Each write is counted on the link (inv_link.h) before it is
 * acknowledged; whenever a zone is entered and others have counted since, all
 * floors that they may have raised count as lost.  Where there is no link, or
 * elders do not know it, a fresh zone uses no copy at all for as long as floors
 * last.
 *
 * Lists are tagged with the count of catalogue changes and the origin: a copy
 * of another count or another origin is of another time.
 */


#ifndef INV_ZONE_H
#define INV_ZONE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../base/inv_cluster_time.h"
#include "../base/inv_limits.h"
#include "inv_breaker.h"
#include "inv_floor_table.h"
#include "inv_shelf.h"


typedef struct inv_zone_memory_s inv_zone_memory_t;

/* One for each cycle, in memory of the configuration: shm_zone->data. */
typedef struct {
    int64_t            longest_ms; /* set before init: of any copy's lifetime */
    int64_t            stale_ms;   /* likewise: how long after its deadline a
                                      copy may still be served */
    int64_t            reading_ms; /* likewise: how long a read may be under
                                      way; all else is zero then */
    ngx_slab_pool_t   *pool;
    inv_zone_memory_t *memory;
    const char        *lost; /* why floors were lost just now, for the log */
    inv_time_t         quiet_until; /* for how long overflows are not logged */
} inv_zone_t;

/* The least size that inventory_zone may have. */
size_t inv_zone_size_min(void);

/*
 * For shm_zone->init, in the master.  shm_zone->data is an inv_zone_t with its
 * times set; old is that of the cycle before where the memory is kept.  No lock
 * of a kept zone is taken.
 */
ngx_int_t inv_zone_init(ngx_shm_zone_t *shm_zone, void *old);

/*
 * In each worker, before it uses the zone: floors are kept for as long as its
 * configuration lets copies live, where that is longer than before.
 */
void inv_zone_worker_start(inv_zone_t *zone);


/*
 * Opens the link to the nginxes of the same family, see inv_link.h, and gives
 * what the core's list of the environment has to hold for it ("NAME=value", len
 * that of the name, as the core wants it); empty: nothing.  While each
 * configuration is read, in the master.
 */
ngx_str_t inv_zone_link(ngx_log_t *log);


/* What the zone says of the copies of one product, at one moment. */
typedef struct {
    inv_time_t now;
    int64_t    floor;        /* versions below it are stale; 0: none */
    uint64_t   origin;       /* the zone's */
    bool       trusts_own;   /* copies of that origin may be used */
    bool       trusts_other; /* and those of other origins */
    int64_t    longest_ms;   /* of any copy's lifetime */
    int64_t    stale_ms;     /* how long after it a copy may be served */
} inv_zone_view_t;

void inv_zone_look(inv_zone_t *zone, inv_oid_t id, inv_zone_view_t *view);

/* Raises the floor of a product: before a write of version is acknowledged. */
void inv_zone_raise(inv_zone_t *zone, inv_oid_t id, int64_t version);

/*
 * A write of a product may have been applied or not: its copies are not used
 * for as long as a floor is kept, so that who reads sees which it was.
 */
void inv_zone_doubt(inv_zone_t *zone, inv_oid_t id);

/*
 * The moment at which a read or a write of MongoDB starts: taken before it is
 * sent, handed in with its result.  A copy lives from that moment on.
 */
typedef struct {
    inv_time_t at;
    uint64_t   origin;  /* the zone's */
    uint64_t   catalog; /* the count of catalogue changes */
    bool       trusted; /* the zone knows of every write that was acknowledged:
                           what is read from then on may be shared */
} inv_zone_moment_t;

inv_zone_moment_t inv_zone_moment(inv_zone_t *zone);


/*
 * Copies that the workers share.  Each kind has a part of the zone to itself,
 * so that what nobody asks for twice cannot push out what all ask for.
 */
typedef enum {
    INV_SHELF_PRODUCTS, /* by id: JSON; version: the product's */
    INV_SHELF_SHORT, /* by id: that there is none, or that one is being read */
    INV_SHELF_LISTS, /* by digest: ids of pages and of skus; version: the count
                        of catalogue changes when the read began */
    INV_SHELVES
} inv_zone_shelf_t;

/* The longest bytes of an entry. */
#define INV_ZONE_COPY_MAX INV_COPY_BODY_MAX

/* An entry as it is: whether it may be used is for the caller to judge. */
typedef struct {
    inv_shelf_meta_t meta;
    inv_str_t bytes; /* this process's, until the next copy is asked for */
} inv_zone_copy_t;

/*
 * What the zone says of a product, and its copy on the first shelf that has an
 * entry for it, at one moment.  False: none has; view is set all the same.  An
 * entry of SHORT with deadline 0 says nothing but that somebody holds it.
 */
bool inv_zone_product(inv_zone_t *zone, inv_oid_t id, inv_zone_view_t *view,
                      inv_zone_shelf_t *shelf, inv_zone_copy_t *copy);

/*
 * Keeps a copy of a product, or (bytes absent) that there is none: on SHORT
 * then, and off PRODUCTS; the other way round else.  What could not be served
 * is not kept: below the floor, in doubt, of an origin that is not trusted,
 * with a deadline further away than longest_ms or past by stale_ms, or where
 * there is a fresh copy of a greater version.  That a product was deleted
 * therefore needs the version of its end.  Either way the hold of this process
 * ends; where it is kept, anybody's.
 */
void inv_zone_keep_product(inv_zone_t *zone, inv_oid_t id,
                           const inv_shelf_meta_t *meta, inv_str_t bytes);

/* Drops copies of a product below this version; a hold stays. */
void inv_zone_drop_product(inv_zone_t *zone, inv_oid_t id, int64_t version);

/*
 * One worker reads a product for all of them: true where it is this one, for at
 * most ms from now; it ends with inv_zone_keep_product or inv_zone_release.
 * Whether there is a fresh copy is not asked: early refresh holds as well.
 */
bool inv_zone_hold(inv_zone_t *zone, inv_oid_t id, int64_t ms);
void inv_zone_release(inv_zone_t *zone, inv_oid_t id);

/*
 * The count of catalogue changes: of creates, edits and deletes.  It is raised
 * after they were applied and before they are acknowledged.
 */
void inv_zone_catalog_changed(inv_zone_t *zone);

/*
 * Lists: an entry whose version is the count of now, of the origin of now, and
 * fresh.  Others are neither given out nor kept.
 */
bool inv_zone_list(inv_zone_t *zone, const inv_shelf_key_t *key,
                   inv_zone_copy_t *copy);

/* The same whatever the count: what it says is to be checked. */
bool inv_zone_hint(inv_zone_t *zone, const inv_shelf_key_t *key,
                   inv_zone_copy_t *copy);
void inv_zone_keep_list(inv_zone_t *zone, const inv_shelf_key_t *key,
                        const inv_shelf_meta_t *meta, inv_str_t bytes);

void inv_zone_count_shelf(inv_zone_t *zone, inv_zone_shelf_t shelf,
                          inv_shelf_counters_t *counters);


/* The breaker of MongoDB, one for all workers. */
bool inv_zone_mongo_allow(inv_zone_t *zone);
void inv_zone_mongo_succeeded(inv_zone_t *zone);
void inv_zone_mongo_failed(inv_zone_t *zone);

/* Seconds for Retry-After: at least 1. */
unsigned inv_zone_mongo_retry_after(inv_zone_t *zone);


/*
 * MongoDB's logical time, the greatest that any worker's reply has told; all
 * zero in a fresh zone.  A job takes it along when it is posted.
 */
void inv_zone_cluster_time(inv_zone_t *zone, inv_cluster_time_t *time);

/*
 * What a job has seen, and one that was refused (operation 0: none): before
 * anybody is told what the job brought back, so that who reads after that, in
 * any worker, reads what it wrote.
 */
void inv_zone_cluster_heard(inv_zone_t *zone, const inv_cluster_time_t *seen,
                            const inv_cluster_time_t *refused);


/*
 * Whether what concerns all workers is still to be said: true for one of them
 * in a minute.
 */
bool inv_zone_tells_first(inv_zone_t *zone);


/* How often floors were lost, by cause; since the zone was made. */
typedef enum {
    INV_ZONE_TORN,     /* a worker died while it changed the zone */
    INV_ZONE_OVERFLOW, /* the floor table was too full */
    INV_ZONE_CLOCK,    /* the clock was set back by more than a lifetime */
    INV_ZONE_BESIDE,   /* workers of another zone of the family have written */
    INV_ZONE_LENGTHENED, /* copies may be served for longer than before */
    INV_ZONE_LOSSES
} inv_zone_loss_t;

typedef struct {
    uint64_t            losses[INV_ZONE_LOSSES];
    uint64_t            raised; /* floors */
    inv_breaker_state_t mongo;
    uint64_t            mongo_opened; /* times that its breaker opened */
} inv_zone_counters_t;

void inv_zone_count(inv_zone_t *zone, inv_zone_counters_t *counters);


#endif /* INV_ZONE_H */
