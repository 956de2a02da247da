
/*
 * http: what all writes share, see inv_write.h.  Event loop.
 */


#include "inv_worker.h"
#include "inv_write.h"


inv_write_op_t *
inv_write_create(inv_request_t *rq, const inv_op_kind_t *kind)
{
    inv_write_op_t *write;

    write = (inv_write_op_t *) inv_request_op(rq, kind, sizeof(inv_write_op_t));

    if (write == NULL || !inv_request_actor(rq, write->op.arena, &write->actor)
        || !inv_request_if_match(rq, write->op.arena, &write->if_match))
    {
        return NULL;
    }

    write->id = rq->id;
    write->at = inv_time_now();
    write->moment = inv_cache_moment(inv_worker->cache);

    return write;
}


inv_store_result_t
inv_write_render(inv_store_call_t *call, inv_write_op_t *write)
{
    write->version = write->product->version;

    return inv_product_render(call->arena, write->product, &write->text)
               ? INV_STORE_OK
               : INV_STORE_UNKNOWN;
}


void
inv_write_settle(inv_op_t *op, inv_store_result_t result)
{
    inv_write_op_t *write = (inv_write_op_t *) op;

    /* From now on once more: it may have waited long, and may land yet. */

    if (result == INV_STORE_UNKNOWN) {
        inv_zone_doubt(inv_worker->zone, write->id);
    }

    if (write->version == 0) {
        return;
    }

    inv_cache_product_changed(inv_worker->cache, write->id, write->version,
                              write->text, write->moment);

    if (write->entry.bson.data != NULL) {
        inv_drain_entry(&inv_worker->lanes[INV_LANE_LEDGER], &write->entry);
    }
}


void
inv_write_reply_failure(inv_request_t *rq, const inv_op_t *op,
                        inv_store_result_t result)
{
    if (result == INV_STORE_UNKNOWN) {
        inv_zone_doubt(inv_worker->zone, ((const inv_write_op_t *) op)->id);
    }

    inv_reply_failure(rq, op->kind->name, op->error, result);
}


void
inv_write_reply_product(inv_request_t *rq, const inv_write_op_t *write,
                        ngx_uint_t status)
{
    if (inv_reply_etag(rq, write->product->version) != NGX_OK
        || inv_reply_header(rq, "Cache-Control", inv_str("no-cache")) != NGX_OK)
    {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, status, write->text);
}
