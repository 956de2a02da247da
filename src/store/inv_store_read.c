
/*
 * store: READ: products as they are, with their outboxes where keys are looked
 * for.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


/* What at least one of the steps wants. */
static void
inv_store_read_wants(inv_step_t **steps, size_t n, bool *keys, bool *proof)
{
    size_t i;

    *keys = false;
    *proof = false;

    for (i = 0; i < n; i++) {
        *keys |= steps[i]->nkeys != 0;
        *proof |= steps[i]->proof;
    }
}


static void
inv_store_read_product(inv_store_call_t *call, inv_step_t *step,
                       const bson_t *document)
{
    inv_store_result_t result;

    result = inv_store_step_state(call, step, document);

    if (result == INV_STORE_OK) {
        result = inv_store_step_outbox_ops(call, step, document);
    }

    if (result == INV_STORE_OK && step->nkeys != 0) {
        result = inv_store_step_views(call, step, document, step->product,
                                      INV_VIEW_OPS, INV_OUTBOX_OPS_MAX);
    }

    step->has_state = result == INV_STORE_OK;
    inv_store_step_end(step, result);
}


void
inv_store_step_diagnose(inv_store_link_t *link, inv_step_t *step)
{
    char        error[sizeof(link->call->error)];
    inv_step_t  look;
    inv_step_t *steps[1] = { &look };

    if (step->reply != INV_REPLY_REFUSED || step->verdict != INV_VERDICT_FAILED)
    {
        return;
    }

    memcpy(error, link->call->error, sizeof(error));
    memset(&look, 0, sizeof(look));
    look.product = step->product;

    inv_store_step_read(link, steps, 1);

    if (look.verdict == INV_VERDICT_DAMAGED) {
        step->damaged = look.damaged;
        inv_store_step_end(step, INV_STORE_DAMAGED);
    } else {
        memcpy(link->call->error, error, sizeof(error));
    }
}


void
inv_store_step_read(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    bool               keys, proof;
    bson_t             filter, options, fields, document;
    size_t             i;
    inv_oid_t          id;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    inv_store_read_wants(steps, n, &keys, &proof);

    bson_init(&filter);
    inv_store_step_products(&filter, steps, n);

    bson_init(&options);
    bson_append_document_begin(&options, "projection", -1, &fields);
    inv_store_outbox_fields(&fields, keys ? INV_VIEW_OPS : INV_VIEW_NUMBERS);
    bson_append_document_end(&options, &fields);

    result = (proof ? inv_store_find_proven : inv_store_find)(
        link, &filter, &options, (int64_t) n, &reply, &documents);

    for (i = 0; i < n; i++) {
        steps[i]->proven = proof || !inv_store_reads_may_be_old(link);
        inv_store_step_end(steps[i], inv_store_read_failure(result));

        if (result == INV_STORE_OK) {
            steps[i]->reply = INV_REPLY_MISSED;
        }
    }

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "_id", &id))
        {
            result = inv_store_unidentified(link->call);
            break;
        }

        i = inv_store_step_of(steps, n, id);

        if (i < n) {
            inv_store_read_product(link->call, steps[i], &document);
        }
    }

    /* any of these may be the one that does not show its _id */
    for (i = 0; result != INV_STORE_OK && i < n; i++) {
        if (steps[i]->reply == INV_REPLY_MISSED) {
            inv_store_step_end(steps[i], result);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);
}
