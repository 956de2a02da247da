
/*
 * cache: copies of products in Redis: what the handlers use.
 *
 * Event loop of a worker only.  Redis is never trusted: it may be down, slow,
 * flushed or lie.  What passes here is younger than its lifetime and not below
 * the floor in the shared zone (src/shared/inv_zone.h), which is raised before
 * a write is acknowledged; so nobody reads through this nginx what is older
 * than a write that it has acknowledged.
 */


#ifndef INV_CACHE_H
#define INV_CACHE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>

#include "inv_copy.h"
#include "inv_redis_url.h"
#include "../shared/inv_zone.h"


typedef struct inv_cache_s      inv_cache_t;
typedef struct inv_cache_read_s inv_cache_read_t;

typedef struct {
    const inv_redis_url_t *redis;    /* NULL: inventory_redis off */
    inv_str_t              prefix;   /* of every key, e.g. "inv:shop:"; at most
                                        INV_CACHE_PREFIX_MAX bytes, copied */
    int64_t                redis_ms; /* lifetime of a copy; at most the zone's
                                        longest_ms; 0: none are kept */
    inv_zone_t            *zone;
    ngx_thread_pool_t     *threads; /* where Redis's name is looked up */
    ngx_log_t             *log;     /* the cycle's */
} inv_cache_options_t;

/*
 * In init_process of a worker; the connection is made in the background.
 * NULL: no memory.  options (and the URL) need not outlive the call.
 */
inv_cache_t *inv_cache_create(const inv_cache_options_t *options);

/*
 * In exit_process.  Reads that wait are dropped: done is not called any more.
 */
void inv_cache_destroy(inv_cache_t *cache);

typedef enum {
    INV_CACHE_OFF, /* inventory_redis off */
    INV_CACHE_UP,
    INV_CACHE_DOWN
} inv_cache_state_t;

inv_cache_state_t inv_cache_state(const inv_cache_t *cache);


/*
 * Called once: copy passed every rule (valid during the call only), or is NULL
 * for a miss.
 */
typedef void (*inv_cache_done_pt)(void *waiter, const inv_copy_t *copy);

/*
 * NULL: a miss at once, done is not called.  Else done is called once, later,
 * never from inside this call, unless the read is cancelled before.
 */
inv_cache_read_t *inv_cache_product_get(inv_cache_t *cache, inv_oid_t id,
                                        inv_cache_done_pt done, void *waiter);

/* The waiter has left.  Not from inside done or after it. */
void inv_cache_read_cancel(inv_cache_read_t *read);


/*
 * The moment at which a read or a write of MongoDB starts: taken before it is
 * sent, handed in with its result.  A copy lives from that moment on.
 */
typedef struct {
    inv_time_t at;
    uint64_t   origin;
} inv_cache_moment_t;

inv_cache_moment_t inv_cache_moment(inv_cache_t *cache);

/* A product was read from MongoDB: keep a copy.  body: its JSON. */
void inv_cache_product_put(inv_cache_t *cache, inv_oid_t id, int64_t version,
                           inv_str_t body, inv_cache_moment_t moment);

/*
 * A product was written: call it before the write is acknowledged.  version is
 * the one after the write (also of a tombstone); body the whole product as of
 * that version, absent where it is not known or deleted.  The floor is
 * raised, whether Redis is there or not; then Redis is told, and its reply not
 * awaited.
 */
void
inv_cache_product_changed(inv_cache_t *cache, inv_oid_t id, int64_t version,
                          inv_str_t body, inv_cache_moment_t moment);

/*
 * The version below which a result of MongoDB is stale and must be read again;
 * 0: none.
 */
int64_t inv_cache_floor(inv_cache_t *cache, inv_oid_t id);


#endif /* INV_CACHE_H */
