
/*
 * store: TOMBSTONE: the proof that there will be no product at an id.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


/* A product that never was: what is sent to its id finds a grave. */
static void
inv_store_tombstone_document(const inv_step_t *step, bson_t *document)
{
    inv_time_t now;

    now = inv_time_now();

    inv_bson_put_oid(document, "_id", step->product);

    BCON_APPEND(document, "deleted", BCON_BOOL(true), "stock", BCON_INT64(0),
                "reserved", BCON_INT64(0), "version", BCON_INT64(1), "seq",
                BCON_INT64(0), "edits", BCON_INT64(0), "epoch", BCON_INT64(1),
                "createdAt", BCON_DATE_TIME(now), "updatedAt",
                BCON_DATE_TIME(now), "purgeAt",
                BCON_DATE_TIME(now + INV_PURGE_AFTER_MS), "outbox", "[", "]");
}


void
inv_store_step_tombstone(inv_store_link_t *link, inv_step_t *step)
{
    bool               clash;
    bson_t             document;
    inv_product_t     *found;
    inv_store_result_t result;

    bson_init(&document);
    inv_store_tombstone_document(step, &document);

    result = inv_store_create_insert(link, &document, &clash);
    bson_destroy(&document);

    found = NULL;

    if (clash) {
        result = inv_store_create_clash(link, step->product, &found);
    }

    inv_store_step_end(step, result == INV_STORE_NOT_FOUND ? INV_STORE_UNKNOWN
                                                           : result);

    if (result == INV_STORE_OK && found != NULL) {
        link->call->error[0] = '\0';
        inv_store_step_product(step, found);

        /* a tombstone of ours, of an earlier try, or a product that was */
        if (!found->deleted || found->seq > 0) {
            step->reply = INV_REPLY_MISSED;
        }
    }
}
