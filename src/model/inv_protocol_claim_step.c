
/*
 * model: the protocol's machine: what claims ask the database, and what its
 * replies mean in each of their states.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


typedef void (*inv_claim_reply_pt)(inv_protocol_t *p, inv_claim_t *claim,
                                   inv_step_t *step, int64_t now);


static inv_step_t *inv_claim_step(inv_protocol_t *p, inv_claim_t *claim);
static void        inv_claim_inserted(inv_protocol_t *p, inv_claim_t *claim,
                                      inv_step_t *step, int64_t now);
static void        inv_claim_taken(inv_protocol_t *p, inv_claim_t *claim,
                                   inv_step_t *step, int64_t now);
static void        inv_claim_recalled(inv_protocol_t *p, inv_claim_t *claim,
                                      inv_step_t *step, int64_t now);
static void        inv_claim_stored(inv_protocol_t *p, inv_claim_t *claim,
                                    inv_step_t *step, int64_t now);


/* What each state asks. */
static const inv_step_kind_t inv_claim_kinds[] = {
    [INV_CLAIM_NEW] = INV_STEP_CLAIM,    [INV_CLAIM_ASK] = INV_STEP_RECALL,
    [INV_CLAIM_TAKING] = INV_STEP_TAKE,  [INV_CLAIM_VERIFY] = INV_STEP_RECALL,
    [INV_CLAIM_STORE] = INV_STEP_ANSWER, [INV_CLAIM_RECHECK] = INV_STEP_RECALL,
};

/* What a reply that tells something means in each. */
static const inv_claim_reply_pt inv_claim_replies[] = {
    [INV_CLAIM_NEW] = inv_claim_inserted,
    [INV_CLAIM_ASK] = inv_claim_recalled,
    [INV_CLAIM_TAKING] = inv_claim_taken,
    [INV_CLAIM_VERIFY] = inv_claim_recalled,
    [INV_CLAIM_STORE] = inv_claim_stored,
    [INV_CLAIM_RECHECK] = inv_claim_checked,
};


size_t
inv_claims_take(inv_protocol_t *p, inv_step_t **steps, size_t max, int64_t now)
{
    size_t          n;
    inv_claim_t    *claim, *next;
    inv_step_kind_t kind;

    n = 0;
    kind = INV_STEPS;

    for (claim = TAILQ_FIRST(&p->claims); claim != NULL && n < max;
         claim = next) {
        next = TAILQ_NEXT(claim, link);

        if (n != 0 && inv_claim_kinds[claim->state] != kind) {
            continue;
        }

        steps[n] = inv_claim_step(p, claim);
        if (steps[n] == NULL) {
            break;
        }

        kind = steps[n++]->kind;

        TAILQ_REMOVE(&p->claims, claim, link);
        claim->ready = 0;
        claim->out = 1;
    }

    return n;
}


static inv_step_t *
inv_claim_step(inv_protocol_t *p, inv_claim_t *claim)
{
    inv_step_t *step;

    step = inv_step_create(p, inv_claim_kinds[claim->state]);
    if (step == NULL) {
        return NULL;
    }

    step->claim = claim;
    step->record = claim->record;

    switch (step->kind) {

    case INV_STEP_TAKE:
        step->record.gen = claim->record.gen + 1;
        step->record.by = p->by;
        step->guards_gen = inv_rule(INV_RULE_TAKE_GUARD);
        break;

    case INV_STEP_ANSWER:
        /* what was refused was true of our gen; what is applied, of any */
        if (claim->refused) {
            step->record.gen = claim->held;
        }

        step->guards_gen = inv_rule(INV_RULE_ANSWER_GUARD);
        break;

    default:
        break;
    }

    return step;
}


void
inv_claim_reply(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    inv_claim_t *claim = step->claim;

    claim->out = 0;

    if (claim->closed) {
        inv_claim_tell(p, claim, INV_CLAIM_CLOSED, now);
        return;
    }

    /* the owner has an answer meanwhile */
    if (claim->answers && claim->state != INV_CLAIM_STORE
        && claim->state != INV_CLAIM_RECHECK)
    {
        inv_claim_ready(p, claim, INV_CLAIM_STORE);
        return;
    }

    if (step->reply <= INV_REPLY_MISSED) {
        claim->tries = 0;
    }

    switch (step->reply) {

    case INV_REPLY_BUSY:
        inv_claim_again(p, claim, now);
        return;

    case INV_REPLY_UNAVAILABLE:
    case INV_REPLY_REFUSED:
        if (claim->state == INV_CLAIM_NEW || claim->state == INV_CLAIM_ASK) {
            inv_claim_fail(p, claim,
                           step->reply == INV_REPLY_REFUSED
                               ? INV_VERDICT_FAILED
                               : INV_VERDICT_UNAVAILABLE,
                           now);
        } else {
            inv_claim_again(p, claim, now);
        }

        return;

    default:
        break;
    }

    inv_claim_replies[claim->state](p, claim, step, now);
}


static void
inv_claim_inserted(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                   int64_t now)
{
    if (step->reply == INV_REPLY_DONE) {
        inv_claim_mine(p, claim, step, now);
    } else {
        inv_claim_round(p, claim, INV_CLAIM_ASK, now);
    }
}


static void
inv_claim_taken(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                int64_t now)
{
    if (step->reply != INV_REPLY_DONE) {
        claim->took = step->reply == INV_REPLY_UNKNOWN ? step->record.gen : 0;
        inv_claim_round(p, claim, INV_CLAIM_ASK, now);
        return;
    }

    claim->record.gen = step->record.gen;
    claim->record.by = p->by;
    claim->taken = 1;
    inv_claim_mine(p, claim, step, now);
}


static void
inv_claim_recalled(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                   int64_t now)
{
    if (step->reply == INV_REPLY_DONE) {
        inv_claim_found(p, claim, step, now);
        return;
    }

    /* purged, or not landed yet: as at first */
    claim->record.nonce = claim->own;
    claim->record.by = p->by;
    claim->record.gen = 1;
    inv_claim_round(p, claim, INV_CLAIM_NEW, now);
}


static void
inv_claim_stored(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                 int64_t now)
{
    switch (step->reply) {

    case INV_REPLY_DONE:
        inv_claim_tell(p, claim, INV_CLAIM_STORED, now);
        return;

    case INV_REPLY_MISSED:
        inv_claim_ready(p, claim, INV_CLAIM_RECHECK);
        return;

    default:
        /* Rule 5: that write only, until it is known. */
        inv_claim_again(p, claim, now);
    }
}
