
/*
 * model: the protocol's machine: claims that somebody has: answered, still at
 * it, or gone (rule 4).
 */


#include "inv_protocol_private.h"


/* Between looks at a claim that somebody else holds: doubled each time. */
#define INV_CLAIM_POLL_MIN_MS 25
#define INV_CLAIM_POLL_SHIFT  4


static int64_t inv_claim_patience(const inv_claim_t *claim, int64_t gen);
static void inv_claim_lost(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_again_all(inv_protocol_t *p, inv_claim_t *claim,
                                const inv_step_t *step, int64_t now);
static void inv_claim_peek(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_wait(inv_protocol_t *p, inv_claim_t *claim, int64_t now);


/* In ms. */
static int64_t
inv_claim_patience(const inv_claim_t *claim, int64_t gen)
{
    int64_t patience;

    patience = INV_CLAIM_PATIENCE_MAX_MS;

    if (gen < INV_CLAIM_PATIENCE_MAX_MS / INV_CLAIM_PATIENCE_MS) {
        patience = gen * INV_CLAIM_PATIENCE_MS;
    }

    if (patience < claim->patience_min) {
        patience = claim->patience_min;
    }

    if (claim->patience_max != 0 && claim->patience_max < patience) {
        patience = claim->patience_max;
    }

    return patience;
}


/* The record as it stands: ours, answered, or somebody's. */
void
inv_claim_found(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                int64_t now)
{
    const inv_claim_record_t *found = &step->found;

    if (memcmp(found->fingerprint, claim->record.fingerprint, INV_CLAIM_ID)
        != 0) {
        inv_claim_tell(p, claim, INV_CLAIM_MISMATCH, now);
        return;
    }

    if (found->status != 0) {
        claim->record.status = found->status;
        claim->record.answer = found->answer;
        inv_claim_tell(p, claim, INV_CLAIM_ANSWERED, now);
        return;
    }

    if (claim->state == INV_CLAIM_VERIFY && inv_oid_eq(found->by, p->by)
        && found->gen == claim->record.gen)
    {
        inv_claim_mine(p, claim, step, now);
        return;
    }

    if (claim->state == INV_CLAIM_VERIFY && claim->refused) {
        inv_claim_again_all(p, claim, step, now);
        return;
    }

    if (claim->state == INV_CLAIM_VERIFY) {
        inv_claim_lost(p, claim, now);
    }

    /* our own insert or takeover, of which the reply was lost */
    if (inv_oid_eq(found->by, p->by)
        && ((found->gen == 1 && inv_oid_eq(found->nonce, claim->own))
            || (claim->took != 0 && found->gen == claim->took)))
    {
        claim->taken = found->gen != 1;
        claim->record.gen = found->gen;
        claim->record.nonce = found->nonce;
        claim->record.at = found->at;
        claim->record.by = p->by;
        inv_claim_mine(p, claim, step, now);
        return;
    }

    if (claim->patience == 0 || found->gen != claim->record.gen) {
        claim->patience = now + inv_claim_patience(claim, found->gen);

        /* nobody in this process is at it, or it would have been joined */
        if (inv_oid_eq(found->by, p->by)) {
            claim->patience = now;
        }
    }

    claim->record.nonce = found->nonce;
    claim->record.gen = found->gen;
    claim->record.by = found->by;
    claim->record.at = found->at;

    inv_claim_peek(p, claim, now);
}


/* Somebody has taken it over: what is not sent waits for what they do. */
static void
inv_claim_lost(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    inv_item_t   *item;
    inv_action_t *action;

    claim->state = INV_CLAIM_ASK;
    claim->patience = 0;

    TAILQ_FOREACH(action, &claim->actions, claim_link)
    {
        if (action->place == INV_AT_ITEM && !action->in_look) {
            item = inv_item_get(p, action->product);
            inv_action_dequeue(item, action);
            action->doubtful = 0;
            action->place = INV_AT_CLAIM;
            inv_item_place(p, item, now);
        }
    }
}


/*
 * Somebody has taken it over, and may have applied what was refused here: their
 * word counts, for all of it.
 */
static void
inv_claim_again_all(inv_protocol_t *p, inv_claim_t *claim,
                    const inv_step_t *step, int64_t now)
{
    claim->record.nonce = step->found.nonce;
    claim->record.status = 0;
    claim->answers = 0;
    claim->patience = 0;
    claim->refused = 0;
    inv_claim_tell(p, claim, INV_CLAIM_LOST, now);
}


/* Have they been applied already?  Nothing is fenced for that. */
static void
inv_claim_peek(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    inv_item_t   *item;
    inv_action_t *action;

    claim->state = INV_CLAIM_PEEKING;
    claim->peeks = 0;

    TAILQ_FOREACH(action, &claim->actions, claim_link)
    {
        if (action->place != INV_AT_CLAIM) {
            continue;
        }

        if (action->kind == INV_ACTION_CREATE) {
            action->product = claim->record.nonce;
            action->at = claim->record.at;
        }

        item = inv_item_get(p, action->product);

        if (item == NULL) {
            continue;
        }

        action->place = INV_AT_PEEK;
        action->arrived = p->stamp;
        TAILQ_INSERT_TAIL(&item->peeks, action, link);
        claim->peeks++;
        inv_item_place(p, item, now);
    }

    if (claim->peeks == 0) {
        inv_claim_wait(p, claim, now);
    }
}


void
inv_claim_peeked(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    if (claim->peeks != 0 && --claim->peeks == 0) {
        inv_claim_wait(p, claim, now);
    }
}


/* What was not found may still be on its way, or never come. */
static void
inv_claim_wait(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    int64_t pause, due;

    if (claim->state != INV_CLAIM_PEEKING) {
        return;
    }

    if (TAILQ_EMPTY(&claim->actions)) {
        claim->state = INV_CLAIM_OVER;
        return;
    }

    if (now >= claim->patience) {
        inv_claim_ready(p, claim, INV_CLAIM_TAKING);
        return;
    }

    pause = (int64_t) INV_CLAIM_POLL_MIN_MS
            << (claim->polls < INV_CLAIM_POLL_SHIFT ? claim->polls
                                                    : INV_CLAIM_POLL_SHIFT);

    if (claim->polls < INV_CLAIM_POLL_SHIFT) {
        claim->polls++;
    }

    due = now + pause / 2 + inv_draw(p, pause);

    /* the end of patience is no reason to ask more often */
    if (due > claim->patience - INV_CLAIM_POLL_MIN_MS) {
        due = claim->patience;
    }

    claim->state = INV_CLAIM_PATIENT;
    inv_wait_set(p, &claim->wait, due);
}


/* The write of the answer has met something else. */
void
inv_claim_checked(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                  int64_t now)
{
    const inv_claim_record_t *found = &step->found;

    if (step->reply == INV_REPLY_MISSED) {
        /* purged: nobody will ask for it any more */
        inv_claim_tell(p, claim, INV_CLAIM_STORED, now);
        return;
    }

    if (step->reply != INV_REPLY_DONE) {
        inv_claim_again(p, claim, now);
        return;
    }

    if (found->status != 0) {
        claim->record.status = found->status;
        claim->record.answer = found->answer;
        inv_claim_tell(p, claim, INV_CLAIM_ANSWERED, now);
        return;
    }

    inv_claim_again_all(p, claim, step, now);
}
