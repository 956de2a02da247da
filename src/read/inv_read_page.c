
/*
 * read: which products are on a page, see inv_read_page.h.
 *
 * Event loop; inv_page_run is on a thread.
 */


#include "inv_read_private.h"
#include "inv_read_page_kept.h"
#include "../shared/inv_metrics.h"

#include <search.h>


/* Keys of the zone's lists begin with what they are of. */
#define INV_READ_PAGE_KIND 'l'

/* What MongoDB is asked; for all of this worker who ask for the same. */
struct inv_page_fetch_s {
    inv_op_t          op; /* in its own arena */
    inv_reads_t      *reads;
    inv_page_query_t  query;
    inv_shelf_key_t   key;
    inv_zone_moment_t moment;
    ngx_queue_t       link; /* while refused */
    ngx_queue_t       readers;
    ngx_event_t       timer; /* refused: who asks is never told from within */
    inv_lane_answer_t refused;
    unsigned          joins : 1; /* others may: it is in reads->pages */
    unsigned          telling : 1;

    /* Out; memory of the job's arena. */
    inv_page_answer_t answer;
};


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void inv_page_settle(inv_op_t *op, inv_store_result_t result);
static void
inv_page_done(void *waiter, inv_op_t *op, inv_store_result_t result);
static void inv_page_refused(ngx_event_t *ev);


static const inv_op_kind_t inv_page_kind = {
    .name = "page",
    .batch_max = 1,
    .run = inv_page_run,
    .settle = inv_page_settle,
    .unhurried = true,
};


static int
inv_page_fetch_order(const void *a, const void *b)
{
    return memcmp(((const inv_page_fetch_t *) a)->key.bytes,
                  ((const inv_page_fetch_t *) b)->key.bytes, INV_SHELF_KEY);
}


/* One that was begun after the last change of the catalogue.  NULL: none. */
static inv_page_fetch_t *
inv_page_join(inv_reads_t *reads, const inv_shelf_key_t *key)
{
    void             *node;
    inv_page_fetch_t  asked, *fetch;
    inv_zone_moment_t now;

    asked.key = *key;
    node = tfind(&asked, &reads->pages, inv_page_fetch_order);

    if (node == NULL) {
        return NULL;
    }

    fetch = *(inv_page_fetch_t **) node;
    now = inv_zone_moment(reads->options.zone);

    return now.trusted && now.catalog == fetch->moment.catalog
                   && now.origin == fetch->moment.origin
               ? fetch
               : NULL;
}


/* From then on others begin anew. */
static void
inv_page_part(inv_page_fetch_t *fetch)
{
    if (fetch->joins) {
        fetch->joins = 0;
        tdelete(fetch, &fetch->reads->pages, inv_page_fetch_order);
    }
}


/* An older one of the same page may be under way still: not to be joined. */
static void
inv_page_enter(inv_page_fetch_t *fetch)
{
    void        *node;
    inv_reads_t *reads = fetch->reads;

    node = tfind(fetch, &reads->pages, inv_page_fetch_order);

    if (node != NULL) {
        inv_page_part(*(inv_page_fetch_t **) node);
    }

    fetch->joins = tsearch(fetch, &reads->pages, inv_page_fetch_order) != NULL;
}


/* NULL: no memory. */
static inv_page_fetch_t *
inv_page_create(inv_reads_t *reads, inv_arena_t *arena,
                const inv_page_query_t *query, const inv_shelf_key_t *key)
{
    inv_page_fetch_t *fetch;

    fetch = (inv_page_fetch_t *) inv_op_create(&inv_page_kind,
                                               sizeof(inv_page_fetch_t), arena);
    if (fetch == NULL) {
        return NULL;
    }

    fetch->reads = reads;
    fetch->query = *query;
    fetch->key = *key;
    fetch->moment = inv_zone_moment(reads->options.zone);

    ngx_queue_init(&fetch->readers);

    if (!query->by_stock && fetch->moment.trusted) {
        inv_page_enter(fetch);
    }

    return fetch;
}


static void
inv_page_start(inv_page_fetch_t *fetch)
{
    inv_reads_t *reads = fetch->reads;

    fetch->refused =
        inv_lane_submit(reads->options.query_lane, &fetch->op,
                        reads->options.timeout, inv_page_done, fetch);

    if (fetch->refused != INV_LANE_QUEUED) {
        fetch->timer.handler = inv_page_refused;
        fetch->timer.data = fetch;
        fetch->timer.log = reads->options.log;
        ngx_add_timer(&fetch->timer, 0);
        ngx_queue_insert_tail(&reads->refused, &fetch->link);
    }
}


/* One that was refused: nobody else has it. */
static void
inv_page_free(inv_page_fetch_t *fetch)
{
    if (fetch->timer.timer_set) {
        ngx_del_timer(&fetch->timer);
    }

    ngx_queue_remove(&fetch->link);
    inv_op_free(&fetch->op);
}


void
inv_page_end_all(inv_reads_t *reads)
{
    while (!ngx_queue_empty(&reads->refused)) {
        inv_page_free(ngx_queue_data(ngx_queue_head(&reads->refused),
                                     inv_page_fetch_t, link));
    }
}


bool
inv_read_page(inv_reads_t *reads, inv_arena_t **arena,
              const inv_page_query_t *query, inv_page_reader_t *reader,
              inv_page_answer_t *answer)
{
    inv_str_t         text;
    inv_shelf_key_t   key;
    inv_page_fetch_t *fetch;

    ngx_memzero(answer, sizeof(inv_page_answer_t));

    if (!inv_page_key(*arena, query, &text)
        || !inv_read_list_key(INV_READ_PAGE_KIND, text, &key))
    {
        answer->result = INV_STORE_NO_MEMORY;
        return true;
    }

    if (!query->by_stock && inv_page_kept_find(reads, &key, answer)) {
        inv_metrics_count(INV_COUNT_PAGE_LOCAL, 1);
        return true;
    }

    inv_metrics_count(INV_COUNT_PAGE_MISS, 1);

    fetch = inv_page_join(reads, &key);
    reader->joined = fetch != NULL;

    if (fetch == NULL) {
        fetch = inv_page_create(reads, *arena, query, &key);

        if (fetch == NULL) {
            answer->result = INV_STORE_NO_MEMORY;
            return true;
        }

        *arena = NULL;
        inv_page_start(fetch);
    }

    reader->fetch = fetch;
    inv_op_spent(&fetch->op, &reader->before);
    reader->before.waited = 0;

    ngx_queue_insert_tail(&fetch->readers, &reader->link);

    return false;
}


static inv_store_result_t
inv_page_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    size_t             i;
    inv_oid_t         *ids;
    int64_t           *versions;
    inv_str_t         *texts;
    inv_page_t         page;
    inv_page_fetch_t  *fetch = (inv_page_fetch_t *) ops[0];
    inv_page_answer_t *answer = &fetch->answer;
    inv_store_result_t result;

    memset(&page, 0, sizeof(inv_page_t));

    result = inv_store_products_page(store, call, &fetch->query, &page);
    if (result != INV_STORE_OK) {
        return result;
    }

    ids = inv_arena_array(call->arena, page.nitems, sizeof(inv_oid_t));
    versions = inv_arena_array(call->arena, page.nitems, sizeof(int64_t));
    texts = inv_arena_array(call->arena, page.nitems, sizeof(inv_str_t));

    if (ids == NULL || versions == NULL || texts == NULL
        || !inv_page_next(call->arena, &fetch->query, &page, &answer->next))
    {
        return INV_STORE_NO_MEMORY;
    }

    for (i = 0; i < page.nitems; i++) {
        ids[i] = page.items[i]->id;
        versions[i] = page.items[i]->version;

        if (!inv_product_render(call->arena, page.items[i], &texts[i])) {
            return INV_STORE_NO_MEMORY;
        }
    }

    answer->n = page.nitems;
    answer->ids = ids;
    answer->versions = versions;
    answer->texts = texts;
    answer->total = page.total;
    answer->damaged = call->damaged;

    return INV_STORE_OK;
}


/* Also when nobody waits any more. */
static void
inv_page_settle(inv_op_t *op, inv_store_result_t result)
{
    size_t                   i;
    inv_cache_t             *cache;
    inv_page_fetch_t        *fetch = (inv_page_fetch_t *) op;
    const inv_page_answer_t *answer = &fetch->answer;

    inv_page_part(fetch);

    cache = fetch->reads->options.cache;

    if (result != INV_STORE_OK) {
        return;
    }

    inv_metrics_count(INV_COUNT_DAMAGED, answer->damaged);

    if (!inv_cache_is_local(cache)) {
        return;
    }

    for (i = 0; i < answer->n; i++) {
        inv_cache_keep_local(cache, answer->ids[i], answer->versions[i],
                             answer->texts[i], &fetch->moment);
    }

    if (!fetch->query.by_stock && answer->damaged == 0) {
        inv_page_kept_put(fetch->reads, &fetch->key, &fetch->moment, answer);
    }
}


/* What the reader has waited for, as of now. */
static void
inv_page_account(const inv_page_fetch_t *fetch, inv_page_reader_t *reader)
{
    inv_spent_t now;

    inv_op_spent(&fetch->op, &now);
    reader->spent = inv_spent_since(&now, &reader->before);
}


/*
 * Who joined a read after floors were lost that were raised since it began is
 * told only which products these are: each is read by itself.
 */
static void
inv_page_tell(inv_page_fetch_t *fetch, const inv_page_answer_t *answer)
{
    bool               lost;
    ngx_queue_t       *q;
    inv_page_answer_t  ids;
    inv_page_reader_t *reader;
    inv_zone_moment_t  now;

    now = inv_zone_moment(fetch->reads->options.zone);
    lost = !now.trusted || now.origin != fetch->moment.origin;

    ids = *answer;
    ids.versions = NULL;
    ids.texts = NULL;

    inv_page_part(fetch);

    fetch->telling = 1;

    while (!ngx_queue_empty(&fetch->readers)) {
        q = ngx_queue_head(&fetch->readers);
        reader = ngx_queue_data(q, inv_page_reader_t, link);

        ngx_queue_remove(q);
        inv_page_account(fetch, reader);
        reader->fetch = NULL;

        reader->done(reader, lost && reader->joined ? &ids : answer);
    }

    fetch->telling = 0;
}


static void
inv_page_done(void *waiter, inv_op_t *op, inv_store_result_t result)
{
    inv_page_fetch_t *fetch = waiter;
    inv_page_answer_t failed;

    if (result == INV_STORE_OK) {
        fetch->answer.error = op->error;
        inv_page_tell(fetch, &fetch->answer);
        return;
    }

    /* not its own: a thread may be at that still */
    ngx_memzero(&failed, sizeof(inv_page_answer_t));
    failed.result = result;
    failed.error = op->error;

    inv_page_tell(fetch, &failed);
}


static void
inv_page_refused(ngx_event_t *ev)
{
    inv_page_fetch_t *fetch = ev->data;
    inv_page_answer_t failed;

    ngx_memzero(&failed, sizeof(inv_page_answer_t));
    failed.result = fetch->refused == INV_LANE_OVERLOADED
                        ? INV_STORE_BUSY
                        : INV_STORE_UNAVAILABLE;

    inv_page_tell(fetch, &failed);
    inv_page_free(fetch);
}


void
inv_page_reader_leave(inv_page_reader_t *reader)
{
    inv_page_fetch_t *fetch = reader->fetch;

    if (fetch == NULL) {
        return;
    }

    inv_page_account(fetch, reader);
    reader->fetch = NULL;
    ngx_queue_remove(&reader->link);

    if (!ngx_queue_empty(&fetch->readers) || fetch->telling) {
        return;
    }

    inv_page_part(fetch);

    if (fetch->refused == INV_LANE_QUEUED) {
        inv_op_detach(&fetch->op);

    } else {
        inv_page_free(fetch);
    }
}
