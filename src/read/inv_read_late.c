
/*
 * read: late copies: what is served where MongoDB cannot be asked, or does not
 * answer soon.  Event loop only.
 */


#include "inv_read_private.h"


static void inv_fetch_tired(ngx_event_t *ev);


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


bool
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


void
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
