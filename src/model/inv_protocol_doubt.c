
/*
 * model: the protocol's machine: rule 3: fence, look, and only then send
 * again; and looking for what an earlier attempt may have applied.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


static const inv_entry_view_t             *
inv_view_batch(const inv_step_t *step, inv_oid_t batch);
static bool inv_view_key(const inv_step_t *step, inv_oid_t key, int64_t *seq,
                         int64_t *after);
static void
inv_doubt_batch(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                bool in_ledger, int64_t now);
static bool inv_doubt_found(inv_protocol_t *p, inv_item_t *item,
                            inv_action_t *action, const inv_step_t *step);
static void inv_doubt_absent(inv_protocol_t *p, inv_item_t *item);
static void inv_doubt_failed(inv_protocol_t *p, inv_item_t *item,
                             const inv_step_t *step, int64_t now);
static bool inv_doubt_is_told(const inv_item_t *item);
static void
inv_doubt_give_up(inv_protocol_t *p, inv_item_t *item, inv_verdict_t verdict);
static void inv_peek_looked(inv_protocol_t *p, inv_item_t *item,
                            inv_step_t *step, int64_t now);


static const inv_entry_view_t *
inv_view_batch(const inv_step_t *step, inv_oid_t batch)
{
    size_t i;

    for (i = 0; i < step->nviews; i++) {
        if (inv_oid_eq(step->views[i].batch, batch)) {
            return &step->views[i];
        }
    }

    return NULL;
}


/* The op of a key among the entries, with its own seq and stock. */
static bool
inv_view_key(const inv_step_t *step, inv_oid_t key, int64_t *seq,
             int64_t *after)
{
    size_t                  i, j;
    const inv_entry_view_t *view;

    for (i = 0; i < step->nviews; i++) {
        view = &step->views[i];

        *seq = view->to;
        *after = view->after;

        for (j = view->nops; j-- > 0;) {
            if (view->ops[j].has_key && inv_oid_eq(view->ops[j].key, key)) {
                return true;
            }

            *seq -= 1;
            *after -= view->ops[j].delta;
        }
    }

    return false;
}


void
inv_doubt_fenced(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                 int64_t now)
{
    inv_action_t *action, *next;

    if (step->reply != INV_REPLY_DONE && step->reply != INV_REPLY_MISSED) {
        inv_doubt_failed(p, item, step, now);
        return;
    }

    inv_item_learn(p, item, step);

    /* damaged: a read tells so those that are not in doubt */
    item->fresh = step->damaged == NULL;
    item->reads = step->damaged != NULL;

    if (item->batch != NULL && item->batch->kind == INV_ACTION_DELETE) {
        inv_solo_fenced(p, item, step, now);
    }

    if (inv_rule(INV_RULE_OUTBOX_FIRST)) {

        if (item->batch != NULL) {
            inv_doubt_batch(p, item, step, false, now);
        }

        for (action = TAILQ_FIRST(&item->waiting); action != NULL;
             action = next) {
            next = TAILQ_NEXT(action, link);

            if (inv_action_is_doubtful(action)) {
                (void) inv_doubt_found(p, item, action, step);
            }
        }
    }

    if (item->batch == NULL && item->ndoubtful == 0) {
        return;
    }

    TAILQ_FOREACH(action, &item->waiting, link)
    {
        action->fenced = action->doubtful && action->arrived <= step->sent;

        if (!inv_rule(INV_RULE_LEDGER_TOO)) {
            action->doubtful = 0;
        }
    }

    if (inv_rule(INV_RULE_LEDGER_TOO)) {
        item->looks = true;
        return;
    }

    item->ndoubtful = 0;

    if (item->batch != NULL) {
        inv_batch_back(p, item);
    }
}


/*
 * A database that is away comes back, and then the doubt ends: it is asked for
 * ever.  What is refused again and again may never be told.
 */
static void
inv_doubt_failed(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                 int64_t now)
{
    if (step->reply != INV_REPLY_REFUSED) {
        inv_item_later(p, item, now);
        return;
    }

    inv_item_unread(p, item, step, now);

    item->refusals += item->refusals < UINT8_MAX;

    if (item->refusals >= INV_DOUBT_REFUSALS_MAX && item->batch != NULL
        && inv_doubt_is_told(item))
    {
        inv_doubt_give_up(p, item, step->verdict);
    }
}


/* Nobody waits for any of the batch, nor is it there to undo something. */
static bool
inv_doubt_is_told(const inv_item_t *item)
{
    const inv_action_t *action;

    TAILQ_FOREACH(action, &item->batch->actions, link)
    {
        if (!action->abandoned || action->undo) {
            return false;
        }
    }

    return true;
}


/* Whether it was applied nobody will know; a key stays open. */
static void
inv_doubt_give_up(inv_protocol_t *p, inv_item_t *item, inv_verdict_t verdict)
{
    inv_action_t *action;

    TAILQ_FOREACH(action, &item->batch->actions, link)
    {
        if (action->claim == NULL) {
            p->host.alarm(p->host.ctx, INV_ALARM_LOST, item->id, action);
        }
    }

    inv_batch_refuse(p, item, verdict);
    item->looks = false;
    item->refusals = 0;
}


/*
 * The version that an entry up to seq is known to be in.  What the ledger shows
 * may be newer than the document that was read before it: 0.
 */
static int64_t
inv_doubt_version(const inv_item_t *item, int64_t seq)
{
    return item->has_state && item->state.seq >= seq ? item->state.version : 0;
}


static void
inv_doubt_batch(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                bool in_ledger, int64_t now)
{
    const inv_entry_view_t *view;

    view = inv_view_batch(step, item->batch->id);

    if (view != NULL) {
        inv_batch_applied(p, item, view->to, view->after,
                          inv_doubt_version(item, view->to), false, in_ledger,
                          now);
    }
}


/* True: an earlier attempt had applied it. */
static bool
inv_doubt_found(inv_protocol_t *p, inv_item_t *item, inv_action_t *action,
                const inv_step_t *step)
{
    int64_t seq, after, version;

    if (!inv_view_key(step, inv_action_key(action), &seq, &after)) {
        return false;
    }

    if (action->place == INV_AT_ITEM) {
        inv_action_dequeue(item, action);
    } else {
        TAILQ_REMOVE(&item->peeks, action, link);
    }

    version = inv_doubt_version(item, seq);
    p->host.changed(p->host.ctx, item->id, version);

    action->doubtful = 0;
    action->replayed = true;
    inv_action_applied(p, item, action, seq, after, 0);

    return true;
}


/* The step that asks the ledger for what was not in the outbox. */
inv_step_t *
inv_doubt_look(inv_protocol_t *p, inv_item_t *item)
{
    inv_step_t    *step;
    inv_action_t  *action;
    inv_actions_t *actions;

    step = inv_step_create(p, INV_STEP_LOOK);
    if (step == NULL) {
        return NULL;
    }

    step->product = item->id;
    step->peeks = !item->looks;
    step->actions = calloc(INV_LOOK_MAX, sizeof(inv_action_t *));
    step->keys = calloc(INV_LOOK_MAX, sizeof(inv_oid_t));
    step->batches = calloc(1, sizeof(inv_oid_t));

    if (step->actions == NULL || step->keys == NULL || step->batches == NULL) {
        inv_step_free(p, step);
        return NULL;
    }

    if (!step->peeks && item->batch != NULL) {
        step->batches[step->nbatches++] = item->batch->id;
    }

    actions = step->peeks ? &item->peeks : &item->waiting;

    TAILQ_FOREACH(action, actions, link)
    {
        if (step->n == INV_LOOK_MAX) {
            break;
        }

        if (!step->peeks && !(inv_action_is_doubtful(action) && action->fenced))
        {
            continue;
        }

        action->in_look = 1;
        step->keys[step->nkeys++] = inv_action_key(action);
        step->actions[step->n++] = action;
    }

    return step;
}


void
inv_doubt_looked(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                 int64_t now)
{
    size_t        i;
    inv_action_t *action;

    for (i = 0; i < step->n; i++) {
        step->actions[i]->in_look = 0;
    }

    if (step->peeks) {
        inv_peek_looked(p, item, step, now);
        return;
    }

    if (step->reply != INV_REPLY_DONE) {
        inv_doubt_failed(p, item, step, now);
        return;
    }

    item->refusals = 0;

    if (item->batch != NULL) {
        inv_doubt_batch(p, item, step, true, now);
    }

    for (i = 0; i < step->n; i++) {
        action = step->actions[i];

        if (inv_doubt_found(p, item, action, step)) {
            continue;
        }

        /* taken over anew meanwhile: nothing is said of that */
        if (!action->fenced) {
            continue;
        }

        action->doubtful = 0;
        item->ndoubtful--;

        if (action->abandoned) {
            inv_action_dequeue(item, action);
            inv_action_settle(p, action, INV_VERDICT_WITHDRAWN);
        }
    }

    inv_doubt_absent(p, item);
}


/* In the outbox no, in the ledger no: never. */
static void
inv_doubt_absent(inv_protocol_t *p, inv_item_t *item)
{
    inv_action_t *action;

    if (item->batch != NULL) {
        inv_batch_back(p, item);
    }

    /* more than one look asks for: what has come since the fence waits for
       the next one */

    TAILQ_FOREACH(action, &item->waiting, link)
    {
        if (inv_action_is_doubtful(action) && action->fenced) {
            return;
        }
    }

    item->looks = false;
}


/* The document has come that may show what is peeked for. */
void
inv_peek_read(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
              int64_t now)
{
    inv_claim_t  *claim;
    inv_action_t *action, *next;

    item->peek_looks = false;

    for (action = TAILQ_FIRST(&item->peeks); action != NULL; action = next) {
        next = TAILQ_NEXT(action, link);
        claim = action->claim;

        if (action->arrived > step->sent) {
            continue;
        }

        if (action->kind == INV_ACTION_CREATE) {
            TAILQ_REMOVE(&item->peeks, action, link);

            if (step->has_state && step->state.seq > 0) {
                p->host.changed(p->host.ctx, item->id, step->state.version);
                action->replayed = true;
                inv_action_applied(p, item, action, 1, action->delta, 0);

            } else {
                action->place = INV_AT_CLAIM;
            }

            inv_claim_peeked(p, claim, now);
            continue;
        }

        if (inv_rule(INV_RULE_OUTBOX_FIRST)
            && inv_doubt_found(p, item, action, step)) {
            inv_claim_peeked(p, claim, now);
            continue;
        }

        item->peek_looks = true;
    }
}


static void
inv_peek_looked(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                int64_t now)
{
    size_t        i;
    inv_claim_t  *claim;
    inv_action_t *action;

    item->peek_looks = false;

    if (step->reply != INV_REPLY_DONE) {
        inv_item_unread(p, item, step, now);
        return;
    }

    for (i = 0; i < step->n; i++) {
        action = step->actions[i];
        claim = action->claim;

        if (!inv_doubt_found(p, item, action, step)) {
            TAILQ_REMOVE(&item->peeks, action, link);
            action->place = INV_AT_CLAIM;

            if (action->abandoned) {
                inv_action_settle(p, action, INV_VERDICT_WITHDRAWN);
            }
        }

        inv_claim_peeked(p, claim, now);
    }
}
