
/*
 * cache: what the files of the cache share; nobody else includes it.  Event
 * loop only.
 *
 *   inv_cache.c        the cache: made, ended, asked for what is in Redis
 *   inv_cache_local.c  copies in the shared zone
 *   inv_cache_store.c  what is put into Redis
 *   inv_cache_change.c what becomes of copies when a product is written
 *   inv_cache_news.c   what other nodes have written
 *   inv_cache_refuse.c what stands in Redis and is not to be believed
 */


#ifndef INV_CACHE_PRIVATE_H
#define INV_CACHE_PRIVATE_H


#include "inv_cache.h"
#include "inv_redis.h"
#include "inv_redis_ring.h"
#include "../shared/inv_metrics.h"
#include "../shared/inv_pace.h"


#define INV_CACHE_KEY_MAX (INV_CACHE_PREFIX_MAX + 2 + INV_OID_HEX)

/* The prefix and "changed". */
#define INV_CACHE_CHANNEL_MAX (INV_CACHE_PREFIX_MAX + 8)

/* An id, a version, a digit and an origin, with spaces between. */
#define INV_CACHE_NEWS_MAX 64

/* What was refused since the log told of it. */
typedef struct {
    inv_pace_t  pace;
    ngx_log_t  *log;
    inv_oid_t   id; /* the last one's */
    const char *why;
} inv_cache_refusals_t;

struct inv_cache_s {
    inv_redis_t     *redis[INV_REDIS_SERVERS_MAX];
    inv_redis_t     *news[INV_REDIS_SERVERS_MAX]; /* NULL: does not listen */
    size_t           nredis;                      /* 0: off */
    inv_redis_ring_t ring;
    inv_zone_t      *zone;
    ngx_log_t       *log;
    int64_t          local_ms;
    int64_t          redis_ms;
    int64_t          stale_ms;
    int64_t          refusal_logged_ms; /* inv_time_monotonic; 0: never */
    inv_copy_key_t   copy_key;          /* of the tags of copies in Redis */
    bool             has_key; /* else copies are neither read nor written */
    size_t           prefix_len;

    inv_cache_refusals_t refusals;

    char prefix[INV_CACHE_PREFIX_MAX];
};

/* The key of a product: prefix, "p:" and the id. */
inv_str_t inv_cache_key(const inv_cache_t *cache, inv_oid_t id, char *out);

/* The channel that tells of changes: prefix and "changed". */
inv_str_t inv_cache_channel(const inv_cache_t *cache, char *out);

/* The Redis that has a product; NULL: none, or it is not there. */
inv_redis_t *inv_cache_server(const inv_cache_t *cache, inv_oid_t id);

/* Says now and then that Redis refuses commands. */
void inv_cache_refused(inv_cache_t *cache, const inv_redis_reply_t *reply);

/*
 * What Redis had as that product's copy is not to be believed: it is counted
 * and removed, if it still stands there, since by its version alone it might
 * keep true copies out.  head: its first bytes, INV_COPY_HEAD at most.
 */
void inv_cache_refuse(inv_cache_t *cache, inv_oid_t id, inv_str_t head,
                      inv_count_t why);

/* What a copy is good for, by what the zone says. */
inv_cache_use_t
inv_cache_use(const inv_cache_t *cache, inv_oid_t id, const inv_copy_t *copy,
              const inv_zone_view_t *view);

/* A copy that came from Redis goes into the zone; what of it is local. */
void inv_cache_take_local(inv_cache_t *cache, const inv_copy_t *copy,
                          inv_time_t now, int64_t cost_ms);

/* Whether a copy that took cost_ms to make is to be made anew already. */
bool inv_cache_ages(inv_time_t deadline, inv_time_t now, int64_t cost_ms);

/* A lifetime, a little shorter at random. */
int64_t inv_cache_lifetime(int64_t ms);

/*
 * Stores a copy in Redis, unless a newer one stands there.  body absent: a
 * marker of that version.  news: what other nodes are told; absent: nothing.
 * Without a secret what stands there is removed instead.  False: it is too old,
 * or too long, or Redis is not there.
 */
bool inv_cache_store(inv_cache_t *cache, inv_oid_t id, int64_t version,
                     inv_str_t body, const inv_zone_moment_t *moment,
                     inv_str_t news);

/* The message that tells of a change. */
inv_str_t inv_cache_news_write(inv_oid_t id, int64_t version, bool catalog,
                               uint64_t origin, char *out);

/* The version of a product that a message told of just now; 0: none did. */
int64_t inv_cache_news_of(inv_cache_t *cache, inv_oid_t id);

/* A message came; anything may stand in it. */
void inv_cache_news_read(void *cache, inv_str_t text);

/* Messages come from now on, or no more. */
void inv_cache_news_hears(void *cache, bool hears);


#endif /* INV_CACHE_PRIVATE_H */
