
/*
 * store: FENCE: nothing that was sent to a product before can land any more.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


void
inv_store_step_fence(inv_store_link_t *link, inv_step_t *step)
{
    bson_t             command, fields, document;
    bson_oid_t         id;
    bson_iter_t        iter;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_oid_init_from_data(&id, step->product.bytes);

    bson_init(&fields);
    inv_store_outbox_fields(&fields, INV_VIEW_OPS);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&id), "}", "update", "{", "$inc",
                "{", "epoch", BCON_INT64(1), "}", "}", "new", BCON_BOOL(true),
                "fields", BCON_DOCUMENT(&fields));

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);
    step->proven = true;
    inv_store_step_end(step, result);

    if (result != INV_STORE_OK) {
        /* the reply says it all */

    } else if (!bson_iter_init_find(&iter, &reply.body, "value")
               || !inv_bson_view(&iter, &document))
    {
        step->reply = INV_REPLY_MISSED;

    } else {
        result = inv_store_step_state(link->call, step, &document);

        if (result == INV_STORE_OK) {
            result = inv_store_step_outbox_ops(link->call, step, &document);
        }

        if (result == INV_STORE_OK) {
            result =
                inv_store_step_views(link->call, step, &document, step->product,
                                     INV_VIEW_OPS, INV_OUTBOX_OPS_MAX);
        }

        step->has_state = result == INV_STORE_OK;
        inv_store_step_end(step, result);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&fields);
}
