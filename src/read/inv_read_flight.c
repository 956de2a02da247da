
/*
 * read: the life of a fetch: who waits for it, who may join it, and its end.
 * Event loop only.
 */


#include "inv_read_private.h"

#include <search.h>


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


/* All of it, what it waits for now included. */
static void
inv_fetch_spent(const inv_fetch_t *fetch, inv_spent_t *spent)
{
    inv_spent_t op;
    ngx_msec_t  past = ngx_current_msec - fetch->since;

    *spent = fetch->spent;

    if (fetch->op != NULL) {
        inv_op_spent(fetch->op, &op);
        inv_spent_add(spent, &op);

    } else if (fetch->redis != NULL) {
        spent->redis += past;
        spent->waited |= INV_SPENT_REDIS;

    } else if (fetch->timer.timer_set) {
        spent->queue += past;
        spent->waited |= INV_SPENT_QUEUE;
    }
}


void
inv_fetch_account(const inv_fetch_t *fetch, inv_reader_t *reader)
{
    inv_spent_t now;

    inv_fetch_spent(fetch, &now);
    reader->spent = inv_spent_since(&now, &reader->before);
}


void
inv_fetch_waited(inv_fetch_t *fetch, unsigned what, const inv_op_t *op)
{
    inv_spent_t waited;

    if (op != NULL) {
        inv_op_spent(op, &waited);

    } else {
        ngx_memzero(&waited, sizeof(inv_spent_t));

        waited.waited = what;

        if (what == INV_SPENT_REDIS) {
            waited.redis = ngx_current_msec - fetch->since;
        } else {
            waited.queue = ngx_current_msec - fetch->since;
        }
    }

    inv_spent_add(&fetch->spent, &waited);
}


void
inv_fetch_add(inv_fetch_t *fetch, inv_reader_t *reader)
{
    reader->fetch = fetch;
    inv_fetch_spent(fetch, &reader->before);
    reader->before.waited = fetch->spent.waited;

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


void
inv_fetch_part(inv_fetch_t *fetch)
{
    if (fetch->joins) {
        fetch->joins = 0;
        tdelete(fetch, &fetch->reads->fetches, inv_fetch_order);
    }
}


void
inv_fetch_release(inv_fetch_t *fetch)
{
    if (fetch->holds) {
        fetch->holds = 0;
        inv_zone_release(fetch->reads->options.zone, fetch->id);
    }
}


void
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


void
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
        inv_fetch_account(fetch, reader);
        reader->fetch = NULL;

        inv_read_count(answer);
        reader->done(reader, answer);
    }

    fetch->telling = 0;
}


void
inv_fetch_tell(inv_fetch_t *fetch, const inv_read_answer_t *answer)
{
    inv_fetch_part(fetch);
    inv_fetch_release(fetch);
    inv_fetch_tell_readers(fetch, answer);
    inv_fetch_free(fetch);
}
