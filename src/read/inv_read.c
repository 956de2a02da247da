
/*
 * read: asking for products, see inv_read.h.  Event loop only.
 */


#include "inv_read_private.h"
#include "../shared/inv_metrics.h"


static void inv_read_refresh(inv_reads_t *reads, inv_oid_t id,
                             const inv_cache_view_t *view);


inv_reads_t *
inv_reads_create(const inv_read_options_t *options)
{
    inv_reads_t *reads;

    reads = ngx_calloc(sizeof(inv_reads_t), options->log);
    if (reads == NULL) {
        return NULL;
    }

    reads->options = *options;
    ngx_queue_init(&reads->all);
    ngx_queue_init(&reads->refused);

    return reads;
}


void
inv_reads_destroy(inv_reads_t *reads)
{
    inv_fetch_end_all(reads);
    inv_page_end_all(reads);
    ngx_free(reads);
}


void
inv_read_answer(inv_read_answer_t *answer, inv_read_from_t from,
                int64_t version, inv_str_t body)
{
    answer->result = body.data != NULL ? INV_STORE_OK : INV_STORE_NOT_FOUND;
    answer->from = from;
    answer->version = version;
    answer->text = body;
    answer->error = NULL;
    answer->damaged = false;
}


void
inv_read_count(const inv_read_answer_t *answer)
{
    static const inv_metrics_level_t levels[] = {
        [INV_READ_LOCAL] = INV_METRICS_LOCAL,
        [INV_READ_REDIS] = INV_METRICS_REDIS,
        [INV_READ_STORE] = INV_METRICS_MISS,
        [INV_READ_STALE] = INV_METRICS_STALE,
    };

    if (answer->result == INV_STORE_OK || answer->result == INV_STORE_NOT_FOUND)
    {
        inv_metrics_read(levels[answer->from],
                         answer->result == INV_STORE_NOT_FOUND);

    } else {
        inv_metrics_count(INV_COUNT_READ_FAILED, 1);
    }
}


bool
inv_read_product(inv_reads_t *reads, inv_oid_t id, inv_reader_t *reader,
                 inv_read_answer_t *answer)
{
    inv_fetch_t     *fetch;
    inv_cache_view_t view;

    inv_cache_local(reads->options.cache, id, &view);

    if (view.use == INV_CACHE_FRESH) {
        inv_read_answer(answer, INV_READ_LOCAL, view.version, view.body);
        inv_read_count(answer);

        if (view.ageing) {
            inv_read_refresh(reads, id, &view);
        }

        return true;
    }

    if (view.use == INV_CACHE_STALE && inv_time_monotonic() < reads->away_until)
    {
        inv_read_answer(answer, INV_READ_STALE, view.version, view.body);
        inv_read_count(answer);
        return true;
    }

    fetch = view.shared ? inv_fetch_find(reads, id, view.origin) : NULL;

    if (fetch != NULL && fetch->slow && inv_fetch_late(fetch, &view)) {
        inv_read_answer(answer, INV_READ_STALE, view.version, view.body);
        inv_read_count(answer);
        return true;
    }

    if (fetch == NULL) {
        fetch = inv_fetch_create(reads, id, &view);

        if (fetch == NULL) {
            ngx_memzero(answer, sizeof(inv_read_answer_t));
            answer->result = INV_STORE_NO_MEMORY;
            return true;
        }

        inv_fetch_start(fetch);
    }

    inv_fetch_add(fetch, reader);

    if (view.use == INV_CACHE_STALE) {
        inv_fetch_hurry(fetch);
    }

    return false;
}


/* Makes a copy anew before its end; one worker at a time. */
static void
inv_read_refresh(inv_reads_t *reads, inv_oid_t id, const inv_cache_view_t *view)
{
    inv_fetch_t *fetch;

    if (inv_fetch_find(reads, id, view->origin) != NULL
        || !inv_zone_hold(reads->options.zone, id, INV_READ_HOLD_MS))
    {
        return;
    }

    fetch = inv_fetch_create(reads, id, view);

    if (fetch == NULL) {
        inv_zone_release(reads->options.zone, id);
        return;
    }

    fetch->holds = 1;
    fetch->alone = 1;
    inv_fetch_start(fetch);
}


void
inv_reader_leave(inv_reader_t *reader)
{
    inv_fetch_t *fetch = reader->fetch;

    if (fetch != NULL) {
        inv_fetch_account(fetch, reader);
        reader->fetch = NULL;
        ngx_queue_remove(&reader->link);
        inv_fetch_left(fetch);
    }
}
