
/*
 * store: steps of the stock protocol's machine, and who carries them out.
 *
 * Runs on threads.
 */


#include <stdlib.h>

#include "inv_store_step.h"


/* A kind is carried out all at once, or one step after another. */
static const struct {
    inv_store_carry_all_t all;
    inv_store_carry_one_t one;
    bool                  reads; /* asks only: never in doubt */
} inv_store_carriers[INV_STEPS] = {
    [INV_STEP_APPLY] = { inv_store_step_apply, NULL, false },
    [INV_STEP_READ] = { inv_store_step_read, NULL, true },
    [INV_STEP_FENCE] = { NULL, inv_store_step_fence, false },
    [INV_STEP_LOOK] = { inv_store_step_look, NULL, true },
    [INV_STEP_EDIT] = { NULL, inv_store_step_edit, false },
    [INV_STEP_DELETE] = { NULL, inv_store_step_delete, false },
    [INV_STEP_CREATE] = { NULL, inv_store_step_create, false },
    [INV_STEP_TOMBSTONE] = { NULL, inv_store_step_tombstone, false },
    [INV_STEP_CLAIM] = { inv_store_step_claim, NULL, false },
    [INV_STEP_RECALL] = { inv_store_step_recall, NULL, true },
    [INV_STEP_TAKE] = { NULL, inv_store_step_take, false },
    [INV_STEP_ANSWER] = { inv_store_step_answer, NULL, false },
    [INV_STEP_INSERT] = { NULL, inv_store_step_insert, false },
    [INV_STEP_PULL] = { inv_store_step_pull, NULL, false },
    [INV_STEP_OUTBOX] = { NULL, inv_store_step_outbox, true },
    [INV_STEP_SWEEP] = { NULL, inv_store_step_sweep, true },
};

/* What a result of the store's is to the machine. */
static const struct {
    inv_reply_kind_t reply;
    inv_verdict_t    verdict;
} inv_store_replies[] = {
    [INV_STORE_OK] = { INV_REPLY_DONE, INV_VERDICT_NONE },
    [INV_STORE_NOT_FOUND] = { INV_REPLY_REFUSED, INV_VERDICT_NOT_FOUND },
    [INV_STORE_SKU_TAKEN] = { INV_REPLY_REFUSED, INV_VERDICT_SKU_TAKEN },
    [INV_STORE_VERSION_CHANGED] = { INV_REPLY_REFUSED,
                                    INV_VERDICT_VERSION_CHANGED },
    [INV_STORE_IN_USE] = { INV_REPLY_REFUSED, INV_VERDICT_IN_USE },
    [INV_STORE_BUSY] = { INV_REPLY_BUSY, INV_VERDICT_NONE },
    [INV_STORE_UNAVAILABLE] = { INV_REPLY_UNAVAILABLE, INV_VERDICT_NONE },
    [INV_STORE_UNKNOWN] = { INV_REPLY_UNKNOWN, INV_VERDICT_NONE },
    [INV_STORE_FAILED] = { INV_REPLY_REFUSED, INV_VERDICT_FAILED },
    [INV_STORE_DAMAGED] = { INV_REPLY_REFUSED, INV_VERDICT_DAMAGED },
    [INV_STORE_NO_MEMORY] = { INV_REPLY_REFUSED, INV_VERDICT_NO_MEMORY },
};


void
inv_store_step_end(inv_step_t *step, inv_store_result_t result)
{
    step->reply = inv_store_replies[result].reply;
    step->verdict = inv_store_replies[result].verdict;
}


void
inv_store_step_sent(inv_step_t *step, inv_store_result_t result)
{
    inv_store_step_end(step, result);

    if (result == INV_STORE_NOT_FOUND) {
        step->reply = INV_REPLY_MISSED;
        step->verdict = INV_VERDICT_NONE;
    }
}


void
inv_store_steps_end(inv_step_t **steps, size_t n, inv_store_result_t result)
{
    size_t i;

    for (i = 0; i < n; i++) {
        inv_store_step_end(steps[i], result);
    }
}


inv_store_result_t
inv_store_read_failure(inv_store_result_t result)
{
    return result == INV_STORE_BUSY || result == INV_STORE_UNKNOWN
               ? INV_STORE_UNAVAILABLE
               : result;
}


/*
 * Where one was not answered, or not even sent, the others would not be either,
 * each at the price of another wait.
 */
static void
inv_store_steps_each(inv_store_link_t *link, inv_store_carry_one_t carry,
                     inv_step_t **steps, size_t n)
{
    size_t             i;
    unsigned           before;
    inv_store_result_t rest;

    rest = INV_STORE_OK;

    for (i = 0; i < n; i++) {
        if (rest != INV_STORE_OK) {
            inv_store_step_end(steps[i], rest);
            continue;
        }

        before = link->call->commands;
        carry(link, steps[i]);

        if (steps[i]->reply == INV_REPLY_UNAVAILABLE
            || steps[i]->reply == INV_REPLY_UNKNOWN)
        {
            rest = INV_STORE_UNAVAILABLE;

        } else if (steps[i]->reply == INV_REPLY_BUSY
                   && link->call->commands == before) {
            rest = INV_STORE_BUSY;
        }
    }
}


void
inv_store_steps(inv_store_t *store, inv_store_call_t *call, inv_step_t **steps,
                size_t n)
{
    inv_store_link_t   link;
    inv_step_kind_t    kind;
    inv_store_result_t result;

    kind = steps[0]->kind;

    result = inv_store_link_open(&link, store, call);

    if (result != INV_STORE_OK) {
        inv_store_steps_end(steps, n,
                            inv_store_carriers[kind].reads
                                ? inv_store_read_failure(result)
                                : result);
        return;
    }

    if (inv_store_carriers[kind].all != NULL) {
        inv_store_carriers[kind].all(&link, steps, n);
    } else {
        inv_store_steps_each(&link, inv_store_carriers[kind].one, steps, n);
    }

    inv_store_link_close(&link);
}


static inv_payload_t *
inv_store_payload_create(const void *data, size_t len)
{
    inv_payload_t *payload;

    payload = malloc(sizeof(inv_payload_t) + len);

    if (payload != NULL) {
        payload->len = len;
        memcpy(payload->data, data, len);
    }

    return payload;
}


inv_payload_t *
inv_store_payload_of(const bson_t *bson)
{
    return inv_store_payload_create(bson_get_data(bson), bson->len);
}


bool
inv_store_payload_view(const inv_payload_t *payload, bson_t *view)
{
    return bson_init_static(view, (const uint8_t *) payload->data,
                            payload->len);
}


void
inv_store_payload_free(void *payload)
{
    free(payload);
}
