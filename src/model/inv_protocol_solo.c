
/*
 * model: the protocol's machine: statements of their own: edits, deletes and
 * creates (rules 9, 10 and 11).
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


static void inv_solo_missed(inv_protocol_t *p, inv_item_t *item,
                            const inv_step_t *step, int64_t now);
static void inv_solo_done(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                          int64_t now);
static void inv_solo_refused(inv_protocol_t *p, inv_item_t *item,
                             const inv_step_t *step, int64_t now);
static void inv_solo_unknown(inv_protocol_t *p, inv_item_t *item, int64_t now);
static void inv_tombstone_reply(inv_protocol_t *p, inv_item_t *item,
                                inv_step_t *step, int64_t now);
static inv_action_t *inv_solo_action(inv_item_t *item);


inv_step_t *
inv_solo_send(inv_protocol_t *p, inv_item_t *item, inv_step_kind_t kind)
{
    inv_step_t   *step;
    inv_action_t *action;

    action = item->batch != NULL ? inv_solo_action(item)
                                 : TAILQ_FIRST(&item->waiting);

    if (item->batch == NULL && !inv_claim_allows(p, item, action)) {
        return NULL;
    }

    step = inv_step_create(p, kind);
    if (step == NULL) {
        return NULL;
    }

    step->actions = calloc(1, sizeof(inv_action_t *));

    if (step->actions == NULL
        || (item->batch == NULL && !inv_batch_single(p, item, action)))
    {
        inv_step_free(p, step);
        return NULL;
    }

    step->product = item->id;
    step->batch = item->batch->id;
    step->actions[step->n++] = action;

    /* an earlier attempt at a create may land before this one */
    item->batch->in_doubt |= action->doubtful;
    item->fresh = false;

    return step;
}


static inv_action_t *
inv_solo_action(inv_item_t *item)
{
    return TAILQ_FIRST(&item->batch->actions);
}


void
inv_solo_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
               int64_t now)
{
    void *payload;

    if (step->kind == INV_STEP_TOMBSTONE) {
        inv_tombstone_reply(p, item, step, now);
        return;
    }

    /* of a create that is sent again the first one's is released with the step */
    payload = item->batch->payload;
    item->batch->payload = step->payload;
    step->payload = payload;

    switch (step->reply) {

    case INV_REPLY_DONE:
        inv_solo_done(p, item, step, now);
        return;

    case INV_REPLY_MISSED:
        inv_solo_missed(p, item, step, now);
        return;

    case INV_REPLY_REFUSED:
        inv_solo_refused(p, item, step, now);
        return;

    case INV_REPLY_UNKNOWN:
        inv_solo_unknown(p, item, now);
        return;

    case INV_REPLY_BUSY:
    case INV_REPLY_UNAVAILABLE:
        break;
    }

    if (item->batch->in_doubt) {
        inv_solo_unknown(p, item, now);
        return;
    }

    if (step->reply == INV_REPLY_BUSY) {
        inv_batch_back(p, item);

    } else {
        inv_batch_refuse(p, item, INV_VERDICT_UNAVAILABLE);
    }

    inv_item_later(p, item, now);
}


static void
inv_solo_done(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
              int64_t now)
{
    inv_action_t *action;

    inv_item_learn(p, item, step);
    item->misses = 0;

    if (step->kind != INV_STEP_DELETE && step->state.seq != 0) {
        inv_batch_applied(p, item, step->state.seq, step->state.stock,
                          step->state.version, true, false, now);
        return;
    }

    /* a delete has no entry, and an edit that changes nothing writes nothing */
    action = inv_solo_action(item);
    TAILQ_REMOVE(&item->batch->actions, action, link);

    if (step->kind == INV_STEP_DELETE) {
        item->gone = true;
        item->has_state = false;
    }

    /* what had been so before is as new to whoever is told of it now */
    p->host.changed(p->host.ctx, item->id, step->state.version);

    inv_action_applied(p, item, action, 0, step->state.stock,
                       step->state.version);
    inv_batch_free(p, item);
}


/* Somebody came between, or the outbox is full; or a grave is there. */
static void
inv_solo_missed(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                int64_t now)
{
    if (step->kind == INV_STEP_CREATE) {
        inv_batch_refuse(p, item, INV_VERDICT_SKU_TAKEN);
        return;
    }

    inv_batch_back(p, item);
    inv_item_missed(p, item, now);
    item->reads = true;
}


static void
inv_solo_refused(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                 int64_t now)
{
    bool          undoes;
    inv_action_t *action = inv_solo_action(item);

    /*
     * Rule 11: what was sent before may still land, and must not; but for a key
     * that stays open.
     */
    if (step->kind == INV_STEP_CREATE && item->batch->in_doubt
        && (action->claim == NULL || step->verdict == INV_VERDICT_SKU_TAKEN)
        && inv_rule(INV_RULE_TOMBSTONE))
    {
        item->tombstones = true;
        item->refusal = step->verdict;
        return;
    }

    /* Nothing there: it is what a delete wants, and all that an undo needs. */
    if (step->kind == INV_STEP_DELETE && step->verdict == INV_VERDICT_NOT_FOUND
        && action->undo)
    {
        TAILQ_REMOVE(&item->batch->actions, action, link);
        inv_action_applied(p, item, action, 0, 0, 0);
        inv_batch_free(p, item);
        return;
    }

    undoes = action->undo;
    inv_batch_refuse(p, item, step->verdict);

    /* it goes on until it is applied, but not as fast as it is refused */
    if (undoes) {
        inv_item_failed(p, item, step, now);
    }
}


/* A create is sent again as it is, the others wait for a fence. */
static void
inv_solo_unknown(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    inv_action_t *action = inv_solo_action(item);

    item->batch->in_doubt = true;
    item->has_state = false;

    if (action->kind != INV_ACTION_CREATE) {
        return;
    }

    inv_item_later(p, item, now);

    if (!action->abandoned || action->claim != NULL) {
        return;
    }

    if (inv_rule(INV_RULE_TOMBSTONE)) {
        item->tombstones = true;
        item->refusal = INV_VERDICT_NONE;

    } else {
        inv_batch_back(p, item);
    }
}


static void
inv_tombstone_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                    int64_t now)
{
    bool lives;

    if (step->reply != INV_REPLY_DONE && step->reply != INV_REPLY_MISSED) {
        inv_item_failed(p, item, step, now);
        return;
    }

    item->tombstones = false;
    lives = (step->reply == INV_REPLY_MISSED);

    if (lives) {
        /* it had been created; the sweep finds its entry */
        inv_batch_applied(p, item, 1, inv_solo_action(item)->delta, 0, false,
                          true, now);

    } else if (item->refusal != INV_VERDICT_NONE) {
        inv_batch_refuse(p, item, item->refusal);

    } else {
        inv_batch_back(p, item);
    }
}


void
inv_solo_fenced(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                int64_t now)
{
    inv_action_t *action = inv_solo_action(item);

    if (!item->gone) {
        inv_batch_back(p, item);
        return;
    }

    TAILQ_REMOVE(&item->batch->actions, action, link);

    p->host.changed(p->host.ctx, item->id,
                    step->has_state ? step->state.version : 0);
    inv_action_applied(p, item, action, 0, 0,
                       step->has_state ? step->state.version : 0);
    inv_batch_free(p, item);
}
