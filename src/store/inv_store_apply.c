
/*
 * store: APPLY: batches, each of one product.
 *
 * Runs on threads.  A product by itself goes as findAndModify, which returns
 * its state: one round trip.  Several go as one update, which says only how
 * many of them it applied to, and are read afterwards.
 */


#include "inv_store_apply.h"


static void
inv_store_apply_one(inv_store_link_t *link, inv_step_t *step)
{
    bson_t ops, filter, set;

    if (!inv_store_apply_ops(step, &ops)) {
        inv_store_step_end(step, INV_STORE_NO_MEMORY);
        bson_destroy(&ops);
        return;
    }

    bson_init(&filter);
    inv_store_apply_filter(step, &filter);

    bson_init(&set);
    inv_store_apply_set(step, &set, &ops);

    inv_store_step_statement(link, step, &filter, &set);

    bson_destroy(&set);
    bson_destroy(&filter);
    bson_destroy(&ops);
}


/* {q: filter, u: [{$set: ...}]} */
static bool
inv_store_apply_build(void *of, size_t i, bson_t *statement)
{
    bool         built;
    bson_t       ops, filter, set;
    inv_step_t **steps = of;

    built = inv_store_apply_ops(steps[i], &ops);

    if (built) {
        bson_init(&filter);
        inv_store_apply_filter(steps[i], &filter);

        bson_init(&set);
        inv_store_apply_set(steps[i], &set, &ops);

        BCON_APPEND(statement, "q", BCON_DOCUMENT(&filter), "u", "[", "{",
                    "$set", BCON_DOCUMENT(&set), "}", "]");

        bson_destroy(&set);
        bson_destroy(&filter);
    }

    bson_destroy(&ops);

    return built;
}


/* The step's own entry among those of its product's outbox. */
static bool
inv_store_apply_seen(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document)
{
    bson_t           entry;
    bson_iter_t      entries;
    inv_entry_view_t view;

    if (!inv_bson_find_elements(document, "outbox", &entries)) {
        return false;
    }

    while (bson_iter_next(&entries)) {
        if (!inv_bson_view(&entries, &entry)
            || inv_store_view(call, NULL, &entry, INV_VIEW_NUMBERS,
                              step->product, &view)
                   != INV_STORE_OK
            || !inv_oid_eq(view.batch, step->batch))
        {
            continue;
        }

        /* applied, but damaged: nothing follows from its numbers */
        if (!inv_stock_is_valid(view.after)
            || view.to - view.from + 1 != (int64_t) step->n)
        {
            return false;
        }

        step->state.later = step->state.deleted || step->state.seq != view.to;
        step->state.seq = view.to;
        step->state.stock = view.after;

        return true;
    }

    return false;
}


/*
 * What the read says of a step: DONE where it shows the step's own entry,
 * REFUSED where the document is damaged, else it stays as it was.
 */
static void
inv_store_apply_found(inv_store_link_t *link, inv_step_t *step,
                      const bson_t *document)
{
    inv_store_result_t result;

    result = inv_store_step_state(link->call, step, document);

    if (result == INV_STORE_OK) {
        result = inv_store_step_outbox_ops(link->call, step, document);
    }

    step->proven = !inv_store_reads_may_be_old(link);

    if (step->has_state && inv_store_apply_seen(link->call, step, document)) {
        inv_store_step_show(link->call, step, document);
        inv_store_step_end(step, INV_STORE_OK);
        step->proven = true;

    } else if (result != INV_STORE_OK) {
        step->has_state = false;
        inv_store_step_end(step, result);
    }
}


static void
inv_store_apply_read(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    bson_t             filter, options, fields, document;
    size_t             i;
    inv_oid_t          id;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_step_products(&filter, steps, n);

    bson_init(&options);
    bson_append_document_begin(&options, "projection", -1, &fields);
    inv_store_product_fields(&fields);
    inv_store_entry_fields(&fields, "outbox.", INV_VIEW_NUMBERS);
    bson_append_document_end(&options, &fields);

    result = inv_store_find(link, &filter, &options, (int64_t) n, &reply,
                            &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "_id", &id))
        {
            continue;
        }

        i = inv_store_step_of(steps, n, id);

        if (i < n) {
            inv_store_apply_found(link, steps[i], &document);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);
}


/* The end of a step whose entry the read did not show. */
static void
inv_store_apply_unseen(inv_step_t *step, const inv_store_statement_t *end,
                       bool counted)
{
    /* refused, and the read shows what it failed at */
    if (end->result == INV_STORE_FAILED && step->verdict == INV_VERDICT_DAMAGED)
    {
        return;
    }

    if (end->result != INV_STORE_OK || !counted) {
        step->has_state = false;
        inv_store_step_end(step, end->result == INV_STORE_OK ? INV_STORE_UNKNOWN
                                                             : end->result);

    } else if (step->reply == INV_REPLY_UNKNOWN) {
        step->reply = INV_REPLY_MISSED;
    }
}


/*
 * The reply says how many of the statements were applied.  Where the read shows
 * as many entries, what it does not show was not applied, however old the read
 * is.  Else that is in doubt: its entry may have left the outbox already, or
 * have come after what the read shows.
 */
static void
inv_store_apply_sent(inv_store_link_t *link, void *of, size_t first, size_t n,
                     const inv_store_sent_t *sent)
{
    size_t       i;
    int64_t      seen;
    inv_step_t **steps = of;

    steps += first;

    if (!sent->apart && sent->whole != INV_STORE_UNKNOWN) {
        inv_store_steps_end(steps, n, sent->whole);
        return;
    }

    inv_store_steps_end(steps, n, INV_STORE_UNKNOWN);
    inv_store_apply_read(link, steps, n);

    for (i = 0, seen = 0; i < n; i++) {
        seen += steps[i]->reply == INV_REPLY_DONE;
    }

    for (i = 0; i < n; i++) {
        if (steps[i]->reply != INV_REPLY_DONE) {
            inv_store_apply_unseen(steps[i], &sent->ends[i],
                                   seen == sent->applied);
        }
    }
}


static const inv_store_several_t inv_store_apply_several = {
    "update", INV_STORE_PRODUCTS, INV_COMMAND_WRITE, inv_store_apply_build,
    inv_store_apply_sent
};


void
inv_store_step_apply(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    if (n == 1) {
        inv_store_apply_one(link, steps[0]);
        return;
    }

    inv_store_several(link, &inv_store_apply_several, steps, n);
}
