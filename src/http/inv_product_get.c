
/*
 * http: GET of a product.  Event loop.
 */


#include "inv_worker.h"


static void inv_get_answer(inv_request_t *rq, const inv_read_answer_t *answer);


void
inv_product_get(inv_request_t *rq, const inv_json_t *body)
{
    inv_request_read(rq, rq->id, inv_get_answer);
}


static void
inv_get_answer(inv_request_t *rq, const inv_read_answer_t *answer)
{
    if (answer->result != INV_STORE_OK) {
        inv_reply_unread(rq, answer);
        return;
    }

    inv_reply_product(rq, answer);
}


void
inv_request_read_from(inv_request_t *rq, inv_read_from_t from)
{
    static const char *const names[] = { [INV_READ_LOCAL] = "local",
                                         [INV_READ_REDIS] = "redis",
                                         [INV_READ_STORE] = "miss",
                                         [INV_READ_STALE] = "stale" };

    rq->cache = names[from];
}


ngx_int_t
inv_reply_read_headers(inv_request_t *rq, inv_read_from_t from)
{
    static const inv_str_t cache_status[] = {
        [INV_READ_LOCAL] = inv_str("inventory; hit; detail=local"),
        [INV_READ_REDIS] = inv_str("inventory; hit; detail=redis"),
        [INV_READ_STORE] = inv_str("inventory; fwd=miss"),
        [INV_READ_STALE] = inv_str("inventory; hit; detail=stale"),
    };

    inv_request_read_from(rq, from);

    if (inv_reply_header(rq, "Cache-Control", inv_str("no-cache")) != NGX_OK) {
        return NGX_ERROR;
    }

    return inv_reply_header(rq, "Cache-Status", cache_status[from]);
}


void
inv_reply_product(inv_request_t *rq, const inv_read_answer_t *answer)
{
    if (inv_reply_etag(rq, answer->version) != NGX_OK
        || inv_reply_read_headers(rq, answer->from) != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, answer->text);
}
