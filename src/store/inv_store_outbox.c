
/*
 * store: OUTBOX and SWEEP: what others left in outboxes, as it is.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


/* Products of which one sweep takes entries: a find of at most some MiB. */
#define INV_STORE_SWEEP_PRODUCTS 16


/*
 * Gives the step the outboxes that filter finds.  Of a damaged product nothing
 * is taken, and the call's error names it.  How many products were looked at.
 */
static inv_store_result_t
inv_store_outbox_find(inv_store_link_t *link, inv_step_t *step,
                      const bson_t *filter, int64_t limit, int64_t *looked)
{
    bson_t             options, document;
    inv_oid_t          id;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result, views;

    *looked = 0;
    views = INV_STORE_OK;

    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "_id", BCON_INT32(1), "}", "projection",
                "{", "seq", BCON_INT32(1), "outbox", "{", "$slice",
                BCON_INT32(INV_DRAIN_MAX), "}", "}");

    result = inv_store_find(link, filter, &options, limit, &reply, &documents);

    while (result == INV_STORE_OK && step->nviews < INV_DRAIN_MAX
           && bson_iter_next(&documents))
    {
        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "_id", &id))
        {
            views = inv_store_unidentified(link->call);
            continue;
        }

        (*looked)++;
        step->product = id;

        views = inv_store_step_views(link->call, step, &document, id,
                                     INV_VIEW_WHOLE, INV_DRAIN_MAX);

        if (views == INV_STORE_NO_MEMORY) {
            result = views;
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);

    /* of one product, its damage is the result; a sweep passes it by */
    return result == INV_STORE_OK && limit == 1 ? views : result;
}


void
inv_store_step_outbox(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             filter;
    int64_t            looked;
    inv_store_result_t result;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", step->product);

    result = inv_store_outbox_find(link, step, &filter, 1, &looked);
    inv_store_step_end(step, inv_store_read_failure(result));

    if (result == INV_STORE_OK && looked == 0) {
        step->reply = INV_REPLY_MISSED;
    }

    step->full = step->nviews == INV_DRAIN_MAX;

    bson_destroy(&filter);
}


/*
 * In the order of _id from behind the last page on, so that what cannot be
 * drained does not stand in front of the rest for ever.  An expression says from
 * where: a query of _id by itself has DocumentDB walk all products by the index
 * of _id, where that of dirty and _id has the few that are.
 */
void
inv_store_step_sweep(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             filter;
    int64_t            looked;
    bson_oid_t         after;
    inv_store_result_t result;

    bson_oid_init_from_data(&after, step->product.bytes);

    bson_init(&filter);
    BCON_APPEND(&filter, "dirty", BCON_BOOL(true), "outbox.0.at", "{", "$lt",
                BCON_DATE_TIME(step->at), "}", "$expr", "{", "$gt", "[",
                BCON_UTF8("$_id"), BCON_OID(&after), "]", "}");

    result = inv_store_outbox_find(link, step, &filter,
                                   INV_STORE_SWEEP_PRODUCTS, &looked);
    inv_store_step_end(step, inv_store_read_failure(result));

    step->full =
        looked == INV_STORE_SWEEP_PRODUCTS || step->nviews == INV_DRAIN_MAX;

    bson_destroy(&filter);
}
