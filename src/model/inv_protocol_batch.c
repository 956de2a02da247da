
/*
 * model: the protocol's machine: batches of moves.
 */


#include "inv_protocol_private.h"
#include "../base/inv_sum.h"

#include <stdlib.h>


static inv_batch_t *inv_batch_create(inv_protocol_t *p);
static size_t inv_batch_bound(const inv_protocol_t *p, const inv_item_t *item);
static void
inv_batch_fill(inv_protocol_t *p, inv_item_t *item, inv_batch_t *batch);
static void
inv_batch_add(inv_item_t *item, inv_batch_t *batch, inv_action_t *action);
static inv_step_t *inv_batch_step(inv_protocol_t *p, inv_item_t *item);
static void        inv_batch_missed(inv_protocol_t *p, inv_item_t *item,
                                    inv_step_t *step, int64_t now);
static void        inv_batch_unsent(inv_protocol_t *p, inv_item_t *item,
                                    const inv_step_t *step, int64_t now);


static inv_batch_t *
inv_batch_create(inv_protocol_t *p)
{
    inv_batch_t *batch;

    batch = calloc(1, sizeof(inv_batch_t));
    if (batch == NULL) {
        return NULL;
    }

    TAILQ_INIT(&batch->actions);
    inv_stock_plan_start(&batch->plan);
    p->host.random(p->host.ctx, batch->id.bytes, sizeof(batch->id.bytes));

    return batch;
}


void
inv_batch_free(inv_protocol_t *p, inv_item_t *item)
{
    if (item->batch->payload != NULL) {
        p->host.release(p->host.ctx, item->batch->payload);
    }

    free(item->batch);
    item->batch = NULL;
}


inv_batch_t *
inv_batch_single(inv_protocol_t *p, inv_item_t *item, inv_action_t *action)
{
    inv_batch_t *batch;

    batch = inv_batch_create(p);
    if (batch == NULL) {
        return NULL;
    }

    batch->kind = action->kind;
    inv_batch_add(item, batch, action);
    item->batch = batch;

    return batch;
}


static void
inv_batch_add(inv_item_t *item, inv_batch_t *batch, inv_action_t *action)
{
    inv_action_dequeue(item, action);

    action->place = INV_AT_BATCH;
    action->batch = batch;
    action->sent = 1;

    if (action->claim != NULL) {
        action->key = inv_action_key(action);
    }

    if (action->at > batch->at) {
        batch->at = action->at;
    }

    TAILQ_INSERT_TAIL(&batch->actions, action, link);
}


/* How many may go at once: what the outbox has room for, as far as is known. */
static size_t
inv_batch_bound(const inv_protocol_t *p, const inv_item_t *item)
{
    int64_t room;

    room = INV_OUTBOX_OPS_MAX - item->parcel_ops;

    if (item->fresh && INV_OUTBOX_OPS_MAX - item->state.outbox_ops < room) {
        room = INV_OUTBOX_OPS_MAX - item->state.outbox_ops;
    }

    if (room <= 0) {
        return 0;
    }

    return (size_t) room < p->limits.batch_max ? (size_t) room
                                               : p->limits.batch_max;
}


/*
 * In order of arrival, what fits into the stock as last seen; all of it where
 * none was seen.  What is wrong about the stock costs a try, never a refusal.
 */
static void
inv_batch_fill(inv_protocol_t *p, inv_item_t *item, inv_batch_t *batch)
{
    size_t        max;
    inv_action_t *action, *next;

    max = inv_batch_bound(p, item);

    for (action = TAILQ_FIRST(&item->waiting);
         action != NULL && batch->plan.n < max; action = next)
    {
        next = TAILQ_NEXT(action, link);

        if (action->kind != INV_ACTION_MOVE || inv_action_matches(action)) {
            break;
        }

        if (!inv_claim_allows(p, item, action)) {
            continue;
        }

        if ((!item->has_state
             || inv_stock_plan_fits(&batch->plan, item->state.stock,
                                    action->delta))
            && inv_stock_plan_add(&batch->plan, action->delta))
        {
            inv_batch_add(item, batch, action);

        } else if (!inv_rule(INV_RULE_ALONE)) {
            inv_action_dequeue(item, action);
            action->available = item->state.stock;
            inv_action_settle(p, action, INV_VERDICT_OUT_OF_STOCK);
        }
    }
}


inv_step_t *
inv_batch_send(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    inv_step_t   *step;
    inv_batch_t  *batch;
    inv_action_t *first;

    batch = inv_batch_create(p);
    if (batch == NULL) {
        inv_item_later(p, item, now);
        return NULL;
    }

    first = TAILQ_FIRST(&item->waiting);

    if (!inv_action_matches(first)) {
        inv_batch_fill(p, item, batch);

    } else if (inv_batch_bound(p, item) != 0 && inv_claim_allows(p, item, first)
               && inv_stock_plan_add(&batch->plan, first->delta))
    {
        inv_batch_add(item, batch, first);
    }

    if (batch->plan.n == 0) {
        free(batch);

        if (inv_batch_bound(p, item) == 0) {
            inv_drain_relieve(p, item, now);

        } else {
            /* none fits: is that still so?  An undo may wait for long. */
            item->reads = !TAILQ_EMPTY(&item->waiting);

            if (item->reads && item->fresh) {
                inv_item_later(p, item, now);
            }
        }

        item->fresh = false;

        return NULL;
    }

    item->batch = batch;
    step = inv_batch_step(p, item);

    if (step == NULL) {
        inv_batch_back(p, item);
        inv_item_later(p, item, now);
    }

    item->fresh = false;

    return step;
}


/* NULL: no memory; the batch is as it was. */
static inv_step_t *
inv_batch_step(inv_protocol_t *p, inv_item_t *item)
{
    inv_step_t   *step;
    inv_batch_t  *batch = item->batch;
    inv_action_t *action;

    step = inv_step_create(p, INV_STEP_APPLY);
    if (step == NULL) {
        return NULL;
    }

    step->actions = calloc(batch->plan.n, sizeof(inv_action_t *));

    if (step->actions == NULL || !inv_drain_along(item, step)) {
        inv_step_free(p, step);
        return NULL;
    }

    step->product = item->id;
    step->batch = batch->id;
    step->epoch = item->epoch;
    step->need = batch->plan.need;
    step->room = batch->plan.room;
    step->sum = batch->plan.sum;

    TAILQ_FOREACH(action, &batch->actions, link)
    {
        step->actions[step->n++] = action;
    }

    if (inv_action_matches(step->actions[0])) {
        step->has_version = true;
        step->version = item->state.version;
    }

    return step;
}


void
inv_batch_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                int64_t now)
{
    inv_drain_pulled(p, item, step, step->reply == INV_REPLY_DONE, now);

    item->batch->payload = step->payload;
    step->payload = NULL;

    switch (step->reply) {

    case INV_REPLY_DONE:
        item->misses = 0;
        inv_item_learn(p, item, step);
        inv_batch_applied(p, item, step->state.seq, step->state.stock,
                          step->state.version, !step->state.later, false, now);
        inv_batch_judge(p, item);
        return;

    case INV_REPLY_MISSED:
        inv_batch_missed(p, item, step, now);
        return;

    case INV_REPLY_REFUSED:
    case INV_REPLY_UNAVAILABLE:
        inv_batch_unsent(p, item, step, now);
        return;

    case INV_REPLY_BUSY:
        inv_batch_back(p, item);
        inv_item_later(p, item, now);
        return;

    case INV_REPLY_UNKNOWN:
        item->batch->in_doubt = true;
        item->has_state = false;
    }
}


/* A definite miss: why, is to be read, unless it came along. */
static void
inv_batch_missed(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                 int64_t now)
{
    inv_batch_back(p, item);

    item->has_state = false;
    item->reads = !step->has_state;

    if (step->has_state) {
        inv_item_learn(p, item, step);
        item->fresh = true;
        inv_batch_judge(p, item);
    }

    inv_item_missed(p, item, now);
}


/* Definitely not applied: told so, but for what must go on. */
static void
inv_batch_unsent(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                 int64_t now)
{
    inv_batch_refuse(p, item,
                     step->reply == INV_REPLY_REFUSED
                         ? step->verdict
                         : INV_VERDICT_UNAVAILABLE);

    if (!TAILQ_EMPTY(&item->waiting)) {
        inv_item_failed(p, item, step, now);
    }
}


void
inv_batch_refuse(inv_protocol_t *p, inv_item_t *item, inv_verdict_t verdict)
{
    inv_action_t *action;

    while ((action = TAILQ_LAST(&item->batch->actions, inv_actions_s)) != NULL)
    {
        TAILQ_REMOVE(&item->batch->actions, action, link);

        if (action->undo) {
            inv_action_enqueue(p, item, action, true);
        } else {
            inv_action_settle(p, action, verdict);
        }
    }

    inv_batch_free(p, item);
}


void
inv_batch_back(inv_protocol_t *p, inv_item_t *item)
{
    inv_action_t *action;

    while ((action = TAILQ_LAST(&item->batch->actions, inv_actions_s)) != NULL)
    {
        TAILQ_REMOVE(&item->batch->actions, action, link);
        action->sent = 0;

        if (!action->abandoned || action->undo) {
            inv_action_enqueue(p, item, action, true);

        } else if (item->batch->in_doubt && !inv_rule(INV_RULE_UNDO_KNOWN)) {
            inv_action_applied(p, item, action, 0, 0, 0);

        } else {
            inv_action_settle(p, action, INV_VERDICT_WITHDRAWN);
        }
    }

    inv_batch_free(p, item);
}


void
inv_batch_applied(inv_protocol_t *p, inv_item_t *item, int64_t to,
                  int64_t after, int64_t version, bool exact, bool in_ledger,
                  int64_t now)
{
    bool          damaged;
    int64_t       n, seq, stock;
    inv_batch_t  *batch = item->batch;
    inv_action_t *action;

    n = batch->plan.n != 0 ? (int64_t) batch->plan.n : 1;
    damaged = to < n || to > INV_STOCK_MAX || !inv_stock_is_valid(after);
    seq = damaged ? 0 : to - n;
    stock = damaged ? 0 : after - batch->plan.sum;

    /* the statement asked for it */
    damaged |= stock < batch->plan.need || stock > batch->plan.room;

    p->host.changed(p->host.ctx, item->id, version);

    if (!in_ledger && !damaged) {
        inv_drain_own(p, item, batch->id, seq + 1, to, after, batch->at,
                      batch->payload, now);
        batch->payload = NULL;
    }

    while ((action = TAILQ_FIRST(&batch->actions)) != NULL) {
        TAILQ_REMOVE(&batch->actions, action, link);

        stock =
            (batch->kind == INV_ACTION_MOVE) ? stock + action->delta : after;
        seq++;

        /* nobody is told a number that is wrong */
        if (damaged && !action->undo && !action->abandoned) {
            inv_action_settle(p, action, INV_VERDICT_FAILED);
            continue;
        }

        /* each movement is a version of its own */
        inv_action_applied(p, item, action, seq, stock,
                           exact && version >= n ? version - (to - seq) : 0);
    }

    inv_batch_free(p, item);
}


/* Why an action is to be refused in this state; NONE: it is not. */
static inv_verdict_t
inv_batch_verdict(const inv_item_t *item, const inv_action_t *action)
{
    int64_t after;

    if (item->gone) {
        return INV_VERDICT_NOT_FOUND;
    }

    if (action->kind != INV_ACTION_MOVE) {
        return INV_VERDICT_NONE;
    }

    if (!inv_stock_is_valid(item->state.stock)
        || !inv_sum_add(item->state.stock, action->delta, &after))
    {
        return INV_VERDICT_FAILED;
    }

    if (inv_action_matches(action)
        && !inv_match_version(action->if_match, item->state.version))
    {
        return INV_VERDICT_VERSION_CHANGED;
    }

    if (after < 0) {
        return INV_VERDICT_OUT_OF_STOCK;
    }

    return after > INV_STOCK_MAX ? INV_VERDICT_ABOVE_MAX : INV_VERDICT_NONE;
}


/* Whether the state that was seen says anything of an action. */
static bool
inv_batch_judges(const inv_item_t *item, const inv_action_t *action)
{
    if (action->doubtful || action->kind == INV_ACTION_CREATE
        || (action->arrived > item->read_at && inv_rule(INV_RULE_FRESH)))
    {
        return false;
    }

    /* somebody else's: it returns to its claim when it is to be sent */
    return action->claim == NULL || action->claim->state == INV_CLAIM_MINE;
}


static void
inv_batch_dismiss(inv_protocol_t *p, inv_item_t *item, inv_action_t *action,
                  inv_verdict_t verdict)
{
    inv_action_dequeue(item, action);
    action->available = item->state.stock;

    /* nothing is to be put back any more, or it can never be */
    if (action->undo) {
        action->undone = item->gone;
        verdict = INV_VERDICT_WITHDRAWN;

        if (!item->gone) {
            p->host.alarm(p->host.ctx, INV_ALARM_LOST, item->id, action);
        }
    }

    inv_action_settle(p, action, verdict);
}


/*
 * A 409 was true at a moment between its request and its answer: on a stock
 * that was seen after the action came, and by the action alone.  A majority
 * read may be older than a write that is acknowledged: what is not proven is
 * read again before it is a reason to refuse.
 */
void
inv_batch_judge(inv_protocol_t *p, inv_item_t *item)
{
    inv_verdict_t verdict;
    inv_action_t *action, *next;

    for (action = TAILQ_FIRST(&item->waiting); action != NULL; action = next) {
        next = TAILQ_NEXT(action, link);

        if (!inv_batch_judges(item, action)) {
            continue;
        }

        verdict = inv_batch_verdict(item, action);

        if (verdict == INV_VERDICT_NONE) {
            continue;
        }

        if (!item->proven && inv_rule(INV_RULE_PROVEN)) {
            item->reads = true;
            return;
        }

        inv_batch_dismiss(p, item, action, verdict);
    }
}
