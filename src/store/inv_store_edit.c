
/*
 * store: EDIT (PUT, PATCH): read, merge, and write where no other edit came
 * between.
 *
 * Runs on threads.  An edit is an op of an entry too, so that the ledger is
 * also the audit trail of names and prices.  Purchases may come between; so a
 * new stock is written as what it is, and its delta is taken from the stock
 * that the statement meets.
 */


#include "inv_store_edit.h"
#include "inv_store_step.h"


static const inv_match_t inv_store_no_match;


void
inv_store_step_product(inv_step_t *step, const inv_product_t *product)
{
    step->has_state = true;
    step->proven = true;
    step->state = (inv_state_t){ .deleted = product->deleted,
                                 .stock = product->catalog.stock,
                                 .reserved = product->reserved,
                                 .seq = product->seq,
                                 .version = product->version,
                                 .epoch = product->epoch };
    step->shown = product->deleted ? NULL : product;
}


inv_store_result_t
inv_store_step_load(inv_store_link_t *link, inv_step_t *step,
                    inv_product_t **product)
{
    inv_store_result_t result;
    const inv_match_t *match;

    match = step->actions[0]->if_match;
    *product = NULL;

    result = inv_store_product_load(link, step->product, product);

    if (result == INV_STORE_NOT_FOUND && *product != NULL) {
        inv_store_step_product(step, *product);
    }

    if (result == INV_STORE_OK && (*product)->lacks != NULL) {
        return inv_store_damaged(link->call, step->product, (*product)->lacks);
    }

    if (result == INV_STORE_OK && match != NULL && match->kind == INV_MATCH_LIST
        && !inv_match_version(match, (*product)->version))
    {
        return INV_STORE_VERSION_CHANGED;
    }

    return inv_store_read_failure(result);
}


/* What the last entry of the document is, which must be the step's own. */
static inv_store_result_t
inv_store_edit_payload(inv_store_call_t *call, inv_step_t *step,
                       const bson_t *document)
{
    bson_t      outbox, entry, ops;
    inv_oid_t   batch;
    bson_iter_t iter, entries;

    if (!bson_iter_init_find(&iter, document, "outbox")
        || !inv_bson_view(&iter, &outbox) || !bson_iter_init(&entries, &outbox)
        || !bson_iter_next(&entries) || !inv_bson_view(&entries, &entry)
        || !inv_bson_find_oid(&entry, "b", &batch)
        || !inv_oid_eq(batch, step->batch)
        || !bson_iter_init_find(&iter, &entry, "ops")
        || !inv_bson_view(&iter, &ops))
    {
        inv_store_call_error(call, "the reply does not show its entry");
        return INV_STORE_UNKNOWN;
    }

    step->payload = inv_store_payload_of(&ops);

    return step->payload != NULL ? INV_STORE_OK : INV_STORE_UNKNOWN;
}


/* OK, NOT_FOUND (nothing matched), SKU_TAKEN or a failure. */
static inv_store_result_t
inv_store_edit_send(inv_store_link_t *link, inv_step_t *step,
                    inv_store_edit_t *edit, inv_product_t **product)
{
    bson_t             filter, set, fields, document;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_edit_filter(edit, &filter);

    bson_init(&set);
    inv_store_edit_set(edit, &set);

    bson_init(&fields);
    BCON_APPEND(&fields, "outbox", "{", "$slice", BCON_INT32(-1), "}",
                INV_STORE_WORDS, BCON_INT32(0));

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE
        && (edit->changed & INV_MEMBER_SKU))
    {
        result = INV_STORE_SKU_TAKEN;
    }

    /* it has been applied: what cannot be shown is in doubt */
    if (result == INV_STORE_OK
        && (inv_store_edit_payload(link->call, step, &document) != INV_STORE_OK
            || inv_store_product_parse(link->call, &document, product)
                   != INV_STORE_OK))
    {
        result = INV_STORE_UNKNOWN;
    }

    bson_destroy(&reply.body);
    bson_destroy(&fields);
    bson_destroy(&set);
    bson_destroy(&filter);

    return result;
}


void
inv_store_step_edit(inv_store_link_t *link, inv_step_t *step)
{
    inv_actor_t              actor;
    inv_store_edit_t         edit;
    inv_store_result_t       result;
    inv_store_edit_action_t *own;

    own = (inv_store_edit_action_t *) step->actions[0];
    actor = (inv_actor_t){ own->action.who, own->action.trace };

    memset(&edit, 0, sizeof(edit));
    edit.id = step->product;
    edit.input = &own->input;
    edit.mode = own->mode;
    edit.if_match = own->action.if_match != NULL ? own->action.if_match
                                                 : &inv_store_no_match;
    edit.move.batch = step->batch;
    edit.move.at = own->action.at;
    edit.move.actor = &actor;
    edit.guards_epoch = step->guards_epoch;
    edit.guards_edits = step->guards_edits;

    result = inv_store_step_load(link, step, &edit.current);

    if (result == INV_STORE_OK) {
        edit.changed = inv_product_merge(&edit.current->catalog, &own->input,
                                         own->mode, &edit.next);
    }

    if (result == INV_STORE_OK && edit.changed == 0) {
        own->product = edit.current;
        inv_store_step_product(step, own->product);
        step->state.seq = 0;
        inv_store_step_end(step, INV_STORE_OK);
        return;
    }

    if (result == INV_STORE_OK && (edit.changed & INV_STORE_WORDED)
        && !inv_store_words_of(link->call->arena, &edit.next, &edit.words))
    {
        result = INV_STORE_NO_MEMORY;
    }

    if (result != INV_STORE_OK) {
        inv_store_step_end(step, result);
        return;
    }

    result = inv_store_edit_send(link, step, &edit, &own->product);
    inv_store_step_sent(step, result);
    inv_store_step_diagnose(link, step);

    if (result == INV_STORE_OK) {
        inv_store_step_product(step, own->product);
    }
}
