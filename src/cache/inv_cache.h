
/*
 * cache: copies of products, in the shared zone and in Redis: what the readers
 * use.
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
    const inv_redis_url_t *redis;  /* servers; each has its share of keys */
    size_t                 nredis; /* 0: inventory_redis off */
    ngx_ssl_t             *ssl; /* to Redis; NULL where it is not asked for */
    inv_str_t              prefix;   /* of every key, e.g. "inv:shop:"; at most
                                        INV_CACHE_PREFIX_MAX bytes, copied */
    int64_t                local_ms; /* lifetime of a copy in the zone */
    int64_t                redis_ms; /* and in Redis; both at most the zone's
                                        longest_ms; 0: none are kept */
    int64_t                stale_ms; /* how long after its lifetime a copy may
                                        be served */
    bool                   listens;  /* drops what other nodes have changed: for
                                        one worker of all */
    inv_zone_t            *zone;
    ngx_thread_pool_t     *threads; /* where Redis's name is looked up */
    ngx_log_t             *log;     /* the cycle's */
} inv_cache_options_t;

/*
 * In init_process of a worker; the connection is made in the background.
 * NULL: no memory.  options (and the URLs) need not outlive the call.
 */
inv_cache_t *inv_cache_create(const inv_cache_options_t *options);

/*
 * In exit_process.  Reads that wait are dropped: done is not called any more.
 */
void inv_cache_destroy(inv_cache_t *cache);

/*
 * What the tags of copies in Redis are made with.  Until it is set copies there
 * are neither read nor written, and those of products that are written are
 * removed; other nodes hear of it all the same.
 */
void inv_cache_set_secret(inv_cache_t        *cache,
                          const unsigned char secret[INV_COPY_SECRET]);

typedef enum {
    INV_CACHE_OFF, /* inventory_redis off */
    INV_CACHE_UP,
    INV_CACHE_PARTLY, /* some of several are away */
    INV_CACHE_DOWN    /* or there is no secret yet */
} inv_cache_state_t;

inv_cache_state_t inv_cache_state(const inv_cache_t *cache);

/* The nth of inventory_redis; false where there is none. */
bool inv_cache_server_is_ready(const inv_cache_t *cache, size_t n);


/* What a copy is good for. */
typedef enum {
    INV_CACHE_NONE,  /* there is none, or none that may be used */
    INV_CACHE_FRESH, /* it may be served */
    INV_CACHE_STALE  /* past its lifetime, within inventory_stale: where MongoDB
                        cannot be asked */
} inv_cache_use_t;

/* A copy of a product; or, where body is absent, that there is none. */
typedef struct {
    inv_cache_use_t use;
    int64_t         version;
    inv_str_t       body;
    inv_time_t      made, deadline; /* the copy's, see inv_copy.h */
    uint64_t        made_at;        /* likewise: the origin it was made at */
    bool            ageing; /* FRESH, but the next one should be made now: drawn
                               at random, the likelier the closer its end */
    bool            shared; /* what is read now may be shared with others who
                               ask: no write of it is in doubt */
    uint64_t        origin; /* of the zone now: who began at another may have
                               read before a write whose floor was lost */
} inv_cache_view_t;

/*
 * Judges a copy again that was kept meanwhile, as things stand now; sets use.
 * False: it is of no use any more.
 */
bool inv_cache_review(inv_cache_t *cache, inv_oid_t id, inv_cache_view_t *view);

/*
 * The zone's copy.  body is valid until somebody else asks for a copy: not over
 * a call that may do so.
 */
void inv_cache_local(inv_cache_t *cache, inv_oid_t id, inv_cache_view_t *view);

/* The zone keeps copies: who asks for the same may wait for one of them. */
bool inv_cache_is_local(const inv_cache_t *cache);

/* How long one that is made now lives there, ms. */
int64_t inv_cache_local_lifetime(const inv_cache_t *cache);


/*
 * Called once: what Redis has (valid during the call only).
 */
typedef void (*inv_cache_done_pt)(void *waiter, const inv_cache_view_t *view);

/*
 * NULL: nothing at once, done is not called.  Else done is called once, later,
 * never from inside this call, unless the read is cancelled before.  What may
 * be used is also kept in the zone.
 */
inv_cache_read_t *inv_cache_redis(inv_cache_t *cache, inv_oid_t id,
                                  inv_cache_done_pt done, void *waiter);

/* The waiter has left.  Not from inside done or after it. */
void inv_cache_read_cancel(inv_cache_read_t *read);


/*
 * A product was read from MongoDB: keep copies.  body: its JSON; absent: there
 * is none, or (version from 1) a tombstone.
 */
void inv_cache_keep(inv_cache_t *cache, inv_oid_t id, int64_t version,
                    inv_str_t body, const inv_zone_moment_t *moment);

/* The same for the zone only. */
void inv_cache_keep_local(inv_cache_t *cache, inv_oid_t id, int64_t version,
                          inv_str_t body, const inv_zone_moment_t *moment);

/* What a product is now, as far as is known. */
typedef struct {
    int64_t           version;
    inv_str_t         body; /* its JSON */
    inv_zone_moment_t moment;
} inv_cache_seen_t;

/*
 * A product was written: call it before the write is acknowledged.  version is
 * the one after the write (also of a tombstone); catalog: more than its stock
 * may have changed.  seen: NULL where it is not known; else of this version at
 * least.  The floor is raised, whether Redis is there or not; then Redis is
 * told, and through it the other nodes, by inv_cache_flush at the latest; its
 * reply is not awaited.
 */
void inv_cache_changed(inv_cache_t *cache, inv_oid_t id, int64_t version,
                       bool catalog, const inv_cache_seen_t *seen);

/* Before what was told to inv_cache_changed is acknowledged. */
void inv_cache_flush(inv_cache_t *cache);

/* It may have been written, or not. */
void inv_cache_doubted(inv_cache_t *cache, inv_oid_t id, bool catalog);

/*
 * The version below which a result of MongoDB is stale and must be read again;
 * 0: none.
 */
int64_t inv_cache_floor(inv_cache_t *cache, inv_oid_t id);


#endif /* INV_CACHE_H */
