
/*
 * read: one product on its way: Redis, then MongoDB, for all who wait for it.
 * Event loop only.
 */


#include "inv_read_private.h"

#include <search.h>


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
static void inv_fetch_part(inv_fetch_t *fetch);
static void inv_fetch_release(inv_fetch_t *fetch);
static void inv_fetch_tired(ngx_event_t *ev);
static bool inv_fetch_keep_spare(inv_fetch_t *fetch, inv_cache_view_t *view);
static void inv_fetch_found(inv_fetch_t *fetch, inv_read_from_t from,
                            inv_cache_view_t *view, inv_read_answer_t *answer);
static void
inv_fetch_tell_readers(inv_fetch_t *fetch, const inv_read_answer_t *answer);
static void inv_fetch_tell(inv_fetch_t *fetch, const inv_read_answer_t *answer);
static void inv_fetch_free(inv_fetch_t *fetch);


static int
inv_fetch_order(const void *a, const void *b)
{
    return memcmp(((const inv_fetch_t *) a)->id.bytes,
                  ((const inv_fetch_t *) b)->id.bytes, sizeof(inv_oid_t));
}


inv_fetch_t *
inv_fetch_find(inv_reads_t *reads, inv_oid_t id, uint64_t origin)
{
    void       *node;
    inv_fetch_t asked, *fetch;

    asked.id = id;
    node = tfind(&asked, &reads->fetches, inv_fetch_order);

    if (node == NULL) {
        return NULL;
    }

    fetch = *(inv_fetch_t **) node;

    if (fetch->origin != origin) {
        inv_fetch_part(fetch);
        inv_fetch_release(fetch);
        return NULL;
    }

    return fetch;
}


inv_fetch_t *
inv_fetch_create(inv_reads_t *reads, inv_oid_t id, const inv_cache_view_t *view)
{
    inv_fetch_t *fetch;

    fetch = ngx_calloc(sizeof(inv_fetch_t), reads->options.log);
    if (fetch == NULL) {
        return NULL;
    }

    fetch->id = id;
    fetch->reads = reads;
    fetch->origin = view->origin;
    fetch->joins = view->shared;

    ngx_queue_init(&fetch->readers);

    if (fetch->joins
        && tsearch(fetch, &reads->fetches, inv_fetch_order) == NULL) {
        ngx_free(fetch);
        return NULL;
    }

    ngx_queue_insert_tail(&reads->all, &fetch->link);

    return fetch;
}


void
inv_fetch_add(inv_fetch_t *fetch, inv_reader_t *reader)
{
    reader->fetch = fetch;
    ngx_queue_insert_tail(&fetch->readers, &reader->link);

    if (fetch->op != NULL) {
        fetch->late = 1;
    }
}


/* Nobody waits, and it is nobody's refresh. */
static bool
inv_fetch_is_idle(const inv_fetch_t *fetch)
{
    return ngx_queue_empty(&fetch->readers) && !fetch->alone && !fetch->telling;
}


void
inv_fetch_left(inv_fetch_t *fetch)
{
    if (inv_fetch_is_idle(fetch)) {
        inv_fetch_free(fetch);
    }
}


/* From then on others begin anew. */
static void
inv_fetch_part(inv_fetch_t *fetch)
{
    if (fetch->joins) {
        fetch->joins = 0;
        tdelete(fetch, &fetch->reads->fetches, inv_fetch_order);
    }
}


/* The one reader of one product of all workers no more. */
static void
inv_fetch_release(inv_fetch_t *fetch)
{
    if (fetch->holds) {
        fetch->holds = 0;
        inv_zone_release(fetch->reads->options.zone, fetch->id);
    }
}


static void
inv_fetch_free(inv_fetch_t *fetch)
{
    inv_fetch_part(fetch);
    inv_fetch_release(fetch);

    if (fetch->redis != NULL) {
        inv_cache_read_cancel(fetch->redis);
    }

    if (fetch->op != NULL) {
        inv_op_detach(fetch->op);
    }

    if (fetch->timer.timer_set) {
        ngx_del_timer(&fetch->timer);
    }

    if (fetch->patience.timer_set) {
        ngx_del_timer(&fetch->patience);
    }

    ngx_queue_remove(&fetch->link);
    ngx_free(fetch->spare);
    ngx_free(fetch);
}


void
inv_fetch_end_all(inv_reads_t *reads)
{
    while (!ngx_queue_empty(&reads->all)) {
        inv_fetch_free(
            ngx_queue_data(ngx_queue_head(&reads->all), inv_fetch_t, link));
    }
}


static void
inv_fetch_later(inv_fetch_t *fetch, ngx_event_handler_pt handler, ngx_msec_t ms)
{
    fetch->timer.handler = handler;
    fetch->timer.data = fetch;
    fetch->timer.log = fetch->reads->options.log;

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
    inv_fetch_store(ev->data);
}


void
inv_fetch_hurry(inv_fetch_t *fetch)
{
    if (fetch->patience.timer_set || fetch->slow) {
        return;
    }

    fetch->patience.handler = inv_fetch_tired;
    fetch->patience.data = fetch;
    fetch->patience.log = fetch->reads->options.log;

    /* before the deadlines of those who wait */
    ngx_add_timer(&fetch->patience, ngx_min(INV_READ_PATIENCE_MS,
                                            fetch->reads->options.timeout / 2));
}


/* Who waits gets what there is, who comes now as well; it goes on alone. */
static void
inv_fetch_tired(ngx_event_t *ev)
{
    inv_fetch_t      *fetch = ev->data;
    inv_cache_view_t  view;
    inv_read_answer_t answer;

    inv_cache_local(fetch->reads->options.cache, fetch->id, &view);

    if (!inv_fetch_late(fetch, &view)) {
        return;
    }

    fetch->slow = 1;
    fetch->alone = 1;

    inv_fetch_found(fetch, INV_READ_STALE, &view, &answer);
    inv_fetch_tell_readers(fetch, &answer);
}


/* A late copy will have to do, where that is allowed. */
void
inv_fetch_failed(inv_fetch_t *fetch, inv_store_result_t result,
                 const char *error, bool damaged)
{
    inv_reads_t      *reads = fetch->reads;
    inv_cache_view_t  view;
    inv_read_answer_t answer;

    if (result != INV_STORE_FAILED && result != INV_STORE_NO_MEMORY) {
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


/*
 * Keeps what view has, in place of what was kept, and lets view have it from
 * there: the zone's bytes are another's as soon as one who is told asks for
 * anything.  False: no memory.
 */
static bool
inv_fetch_keep_spare(inv_fetch_t *fetch, inv_cache_view_t *view)
{
    inv_read_spare_t *spare;

    if (fetch->spare != NULL && fetch->spare->text == view->body.data) {
        return true;
    }

    spare = ngx_alloc(sizeof(inv_read_spare_t) + view->body.len,
                      fetch->reads->options.log);
    if (spare == NULL) {
        return false;
    }

    if (view->body.data != NULL) {
        ngx_memcpy(spare->text, view->body.data, view->body.len);
        view->body.data = spare->text;
    }

    spare->view = *view;

    ngx_free(fetch->spare);
    fetch->spare = spare;

    return true;
}


bool
inv_fetch_late(inv_fetch_t *fetch, inv_cache_view_t *view)
{
    inv_read_spare_t *spare = fetch->spare;

    if (view->use == INV_CACHE_STALE) {
        return true;
    }

    if (spare == NULL || spare->view.body.data == NULL || !view->shared
        || !inv_cache_review(fetch->reads->options.cache, fetch->id,
                             &spare->view))
    {
        return false;
    }

    *view = spare->view;

    return true;
}


/* What a view has, for those who wait; not the answer of MongoDB. */
static void
inv_fetch_found(inv_fetch_t *fetch, inv_read_from_t from,
                inv_cache_view_t *view, inv_read_answer_t *answer)
{
    if (inv_fetch_keep_spare(fetch, view)) {
        inv_read_answer(answer, from, view->version, view->body);
        return;
    }

    ngx_memzero(answer, sizeof(inv_read_answer_t));
    answer->result = INV_STORE_NO_MEMORY;
}


/* Those who wait are told, but not who comes from now on. */
static void
inv_fetch_tell_readers(inv_fetch_t *fetch, const inv_read_answer_t *answer)
{
    ngx_queue_t  *q, told;
    inv_reader_t *reader;

    ngx_queue_init(&told);

    if (!ngx_queue_empty(&fetch->readers)) {
        ngx_queue_add(&told, &fetch->readers);
        ngx_queue_init(&fetch->readers);
    }

    fetch->telling = 1;

    while (!ngx_queue_empty(&told)) {
        q = ngx_queue_head(&told);
        reader = ngx_queue_data(q, inv_reader_t, link);

        ngx_queue_remove(q);
        reader->fetch = NULL;

        reader->done(reader, answer);
    }

    fetch->telling = 0;
}


static void
inv_fetch_tell(inv_fetch_t *fetch, const inv_read_answer_t *answer)
{
    inv_fetch_part(fetch);
    inv_fetch_release(fetch);
    inv_fetch_tell_readers(fetch, answer);
    inv_fetch_free(fetch);
}
