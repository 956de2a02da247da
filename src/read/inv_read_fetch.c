
/*
 * read: one product on its way: Redis, then MongoDB, for all who wait for it.
 * Event loop only.
 */


#include "inv_read_private.h"


/* Until it is looked again whether another worker has the product. */
#define INV_READ_PEER_MS 2

/* Between reads of a server that is behind: it catches up in about as long. */
#define INV_READ_AGAIN_MIN_MS    5
#define INV_READ_AGAIN_SPREAD_MS 15

/* For how long late copies are served before MongoDB is asked again. */
#define INV_READ_AWAY_MS 100


static void inv_fetch_redis(inv_fetch_t *fetch);
static void inv_fetch_copied(void *waiter, const inv_cache_view_t *view);
static bool inv_fetch_holds_on(inv_fetch_t *fetch);
static void inv_fetch_store(inv_fetch_t *fetch);
static void inv_fetch_refused(ngx_event_t *ev);
static void inv_fetch_again(ngx_event_t *ev);
static void inv_fetch_later(inv_fetch_t *fetch, ngx_event_handler_pt handler,
                            ngx_msec_t ms);
static void inv_fetch_peer(ngx_event_t *ev);


static void
inv_fetch_later(inv_fetch_t *fetch, ngx_event_handler_pt handler, ngx_msec_t ms)
{
    fetch->timer.handler = handler;
    fetch->timer.data = fetch;
    fetch->timer.log = fetch->reads->options.log;
    fetch->since = ngx_current_msec;

    ngx_add_timer(&fetch->timer, ms);
}


/*
 * Where the zone keeps copies, one worker asks for all of them; the others look
 * now and then for what it found.
 */
void
inv_fetch_start(inv_fetch_t *fetch)
{
    const inv_read_options_t *options = &fetch->reads->options;

    if (!fetch->joins || !inv_cache_is_local(options->cache)) {
        inv_fetch_redis(fetch);
        return;
    }

    if (fetch->holds
        || inv_zone_hold(options->zone, fetch->id, INV_READ_HOLD_MS)) {
        fetch->holds = 1;
        inv_fetch_redis(fetch);
        return;
    }

    inv_fetch_later(fetch, inv_fetch_peer, INV_READ_PEER_MS);
}


static void
inv_fetch_peer(ngx_event_t *ev)
{
    inv_fetch_t      *fetch = ev->data;
    inv_cache_view_t  view;
    inv_read_answer_t answer;

    inv_fetch_waited(fetch, INV_SPENT_QUEUE, NULL);

    inv_cache_local(fetch->reads->options.cache, fetch->id, &view);

    if (view.use == INV_CACHE_FRESH) {
        inv_fetch_found(fetch, INV_READ_LOCAL, &view, &answer);
        inv_fetch_tell(fetch, &answer);
        return;
    }

    inv_fetch_start(fetch);
}


static void
inv_fetch_redis(inv_fetch_t *fetch)
{
    fetch->since = ngx_current_msec;
    fetch->redis = inv_cache_redis(fetch->reads->options.cache, fetch->id,
                                   inv_fetch_copied, fetch);

    if (fetch->redis == NULL) {
        inv_fetch_store(fetch);
    }
}


static void
inv_fetch_copied(void *waiter, const inv_cache_view_t *view)
{
    inv_fetch_t      *fetch = waiter;
    inv_cache_view_t  late;
    inv_read_answer_t answer;

    fetch->redis = NULL;
    inv_fetch_waited(fetch, INV_SPENT_REDIS, NULL);

    if (view->use == INV_CACHE_STALE) {
        late = *view;
        (void) inv_fetch_keep_spare(fetch, &late);
        inv_fetch_hurry(fetch);
    }

    if (view->use != INV_CACHE_FRESH) {
        inv_fetch_store(fetch);
        return;
    }

    inv_read_answer(&answer, INV_READ_REDIS, view->version, view->body);

    if (!view->ageing || !inv_fetch_holds_on(fetch)) {
        inv_fetch_tell(fetch, &answer);
        return;
    }

    /*
     * Its end is near: who asked is told, and then the next one is made, for
     * which others may wait when this one has ended.
     */
    fetch->alone = 1;
    inv_fetch_tell_readers(fetch, &answer);
    inv_fetch_store(fetch);
}


/* What came from Redis has ended the hold.  False: another worker is at it. */
static bool
inv_fetch_holds_on(inv_fetch_t *fetch)
{
    const inv_read_options_t *options = &fetch->reads->options;

    if (!fetch->joins || !inv_cache_is_local(options->cache)) {
        return true;
    }

    fetch->holds = inv_zone_hold(options->zone, fetch->id, INV_READ_HOLD_MS);

    return fetch->holds;
}


static void
inv_fetch_store(inv_fetch_t *fetch)
{
    fetch->late = 0;
    fetch->refused = inv_fetch_ask(fetch);

    /* who asks is never told from within */
    if (fetch->refused != INV_LANE_QUEUED) {
        inv_fetch_later(fetch, inv_fetch_refused, 0);
    }
}


static void
inv_fetch_refused(ngx_event_t *ev)
{
    inv_fetch_t *fetch = ev->data;

    inv_fetch_waited(fetch, INV_SPENT_QUEUE, NULL);

    if (fetch->refused == INV_LANE_OVERLOADED) {
        inv_fetch_failed(fetch, INV_STORE_BUSY, NULL, false);

    } else {
        inv_fetch_failed(fetch, INV_STORE_UNAVAILABLE, NULL, false);
    }
}


void
inv_fetch_stored(inv_fetch_t *fetch, int64_t version, inv_str_t text)
{
    inv_reads_t      *reads = fetch->reads;
    inv_zone_view_t   view;
    inv_read_answer_t answer;

    inv_zone_look(reads->options.zone, fetch->id, &view);

    /*
     * Floors were lost, or a write is in doubt, since it was asked: who joined
     * since may be shown less than was acknowledged.  Nobody joins again.
     */
    if (fetch->late && (view.origin != fetch->origin || !view.trusts_own)) {
        inv_fetch_part(fetch);
        inv_fetch_release(fetch);
        inv_fetch_store(fetch);
        return;
    }

    if (version < view.floor) {
        /* Older than what was acknowledged: the server will catch up. */
        if (ngx_queue_empty(&fetch->readers)) {
            inv_fetch_free(fetch);
            return;
        }

        inv_fetch_later(fetch, inv_fetch_again,
                        INV_READ_AGAIN_MIN_MS
                            + (ngx_msec_t) ngx_random()
                                  % INV_READ_AGAIN_SPREAD_MS);
        return;
    }

    inv_read_answer(&answer, INV_READ_STORE, version, text);
    inv_fetch_tell(fetch, &answer);
}


static void
inv_fetch_again(ngx_event_t *ev)
{
    inv_fetch_t *fetch = ev->data;

    inv_fetch_waited(fetch, INV_SPENT_QUEUE, NULL);
    inv_fetch_store(fetch);
}


/* A late copy will have to do, where that is allowed. */
void
inv_fetch_failed(inv_fetch_t *fetch, inv_store_result_t result,
                 const char *error, bool damaged)
{
    inv_reads_t      *reads = fetch->reads;
    inv_cache_view_t  view;
    inv_read_answer_t answer;

    if (result != INV_STORE_FAILED && result != INV_STORE_DAMAGED
        && result != INV_STORE_NO_MEMORY)
    {
        inv_cache_local(reads->options.cache, fetch->id, &view);

        if (view.use == INV_CACHE_FRESH) {
            inv_fetch_found(fetch, INV_READ_LOCAL, &view, &answer);
            inv_fetch_tell(fetch, &answer);
            return;
        }

        if (inv_fetch_late(fetch, &view)) {
            reads->away_until = inv_time_monotonic() + INV_READ_AWAY_MS;

            inv_fetch_found(fetch, INV_READ_STALE, &view, &answer);
            inv_fetch_tell(fetch, &answer);
            return;
        }
    }

    ngx_memzero(&answer, sizeof(inv_read_answer_t));
    answer.result = result;
    answer.error = error;
    answer.damaged = damaged;

    inv_fetch_tell(fetch, &answer);
}
