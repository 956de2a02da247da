
/*
 * model: the protocol's machine: what an item wants next, and what its steps
 * bring back.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


/* Misses in a row after which a product is read and tried again at once. */
#define INV_MISSES_AT_ONCE 2


static inv_step_kind_t inv_item_wants_doubt(const inv_item_t *item);
static inv_step_kind_t inv_item_wants_waiting(const inv_item_t *item);
static inv_step_t     *inv_item_read(inv_protocol_t *p, inv_item_t *item);
static bool    inv_item_is_old(const inv_protocol_t *p, inv_item_t *item,
                               const inv_step_t *step);
static void    inv_item_read_reply(inv_protocol_t *p, inv_item_t *item,
                                   inv_step_t *step, int64_t now);
static int64_t inv_item_fence_pause(inv_protocol_t *p, inv_item_t *item);
static void    inv_item_unpeeked(inv_protocol_t *p, inv_item_t *item,
                                 const inv_step_t *step, int64_t now);


inv_step_kind_t
inv_item_wants(inv_item_t *item)
{
    if (item->batch != NULL || item->ndoubtful != 0) {
        return inv_item_wants_doubt(item);
    }

    if (!TAILQ_EMPTY(&item->peeks)) {
        return item->peek_looks ? INV_STEP_LOOK : INV_STEP_READ;
    }

    return inv_item_wants_waiting(item);
}


/* Rule 3; and rule 11 for what has no document yet that could be fenced. */
static inv_step_kind_t
inv_item_wants_doubt(const inv_item_t *item)
{
    if (item->tombstones) {
        return INV_STEP_TOMBSTONE;
    }

    if (item->batch != NULL && item->batch->kind == INV_ACTION_CREATE) {
        return INV_STEP_CREATE;
    }

    if (item->looks) {
        return INV_STEP_LOOK;
    }

    return inv_rule(INV_RULE_FENCE) ? INV_STEP_FENCE : INV_STEP_READ;
}


static inv_step_kind_t
inv_item_wants_waiting(const inv_item_t *item)
{
    const inv_action_t *first;

    first = TAILQ_FIRST(&item->waiting);

    if (first == NULL || item->full) {
        return INV_STEPS;
    }

    if (first->kind == INV_ACTION_CREATE) {
        return INV_STEP_CREATE;
    }

    if (item->reads) {
        return INV_STEP_READ;
    }

    if (first->kind == INV_ACTION_EDIT) {
        return INV_STEP_EDIT;
    }

    if (first->kind == INV_ACTION_DELETE) {
        return INV_STEP_DELETE;
    }

    /* its own entries fill the outbox: they will be taken along soon */
    if (item->parcel_ops >= INV_OUTBOX_OPS_MAX) {
        return INV_STEPS;
    }

    /* a version to match is one that was read after it came */
    if (inv_action_matches(first)
        && (!item->fresh || item->read_at < first->arrived))
    {
        return INV_STEP_READ;
    }

    return INV_STEP_APPLY;
}


inv_step_t *
inv_item_step(inv_protocol_t *p, inv_item_t *item, inv_step_kind_t kind,
              int64_t now)
{
    inv_step_t *step;

    switch (kind) {

    case INV_STEP_APPLY:
        return inv_batch_send(p, item, now);

    case INV_STEP_READ:
        return inv_item_read(p, item);

    case INV_STEP_LOOK:
        return inv_doubt_look(p, item);

    case INV_STEP_FENCE:
        step = inv_step_create(p, kind);

        if (step != NULL) {
            step->product = item->id;
            item->fence_after = now + inv_item_fence_pause(p, item);
        }

        return step;

    default:
        return inv_solo_send(p, item, kind);
    }
}


static int64_t
inv_item_fence_pause(inv_protocol_t *p, inv_item_t *item)
{
    int64_t pause;

    pause = (int64_t) INV_FENCE_PAUSE_MS << item->fences;
    item->fences += item->fences < INV_FENCE_DOUBLINGS;

    return pause + inv_draw(p, pause / 2);
}


static inv_step_t *
inv_item_read(inv_protocol_t *p, inv_item_t *item)
{
    inv_step_t *step;

    step = inv_step_create(p, INV_STEP_READ);
    if (step == NULL) {
        return NULL;
    }

    step->product = item->id;
    step->peeks = item->batch == NULL && item->ndoubtful == 0
                  && !TAILQ_EMPTY(&item->peeks);

    /* Only that there are some: the outbox is wanted. */
    step->nkeys = step->peeks || item->batch != NULL || item->ndoubtful != 0;

    step->proof = step->nkeys == 0;

    return step;
}


void
inv_item_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
               int64_t now)
{
    if (step->reply <= INV_REPLY_MISSED) {
        item->tries = 0;
    }

    switch (step->kind) {

    case INV_STEP_APPLY:
        if (step->reply <= INV_REPLY_MISSED) {
            item->fences = 0;
        }

        inv_batch_reply(p, item, step, now);
        break;

    case INV_STEP_READ:
        inv_item_read_reply(p, item, step, now);
        break;

    case INV_STEP_FENCE:
        inv_doubt_fenced(p, item, step, now);
        break;

    case INV_STEP_LOOK:
        inv_doubt_looked(p, item, step, now);
        break;

    default:
        inv_solo_reply(p, item, step, now);
    }
}


void
inv_item_later(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    inv_wait_set(p, &item->wait,
                 now + inv_again_ms(p, item->tries, INV_AGAIN_MAX_MS));

    item->slow = false;
    item->tries += item->tries < UINT8_MAX;
}


void
inv_item_failed(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                int64_t now)
{
    if (step->reply != INV_REPLY_REFUSED) {
        inv_item_later(p, item, now);
        return;
    }

    inv_wait_set(p, &item->wait,
                 now + inv_again_ms(p, item->tries, INV_REFUSED_MAX_MS));

    item->slow = true;
    item->tries += item->tries < UINT8_MAX;
}


void
inv_item_missed(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    item->misses += item->misses < UINT8_MAX;

    if (item->misses > INV_MISSES_AT_ONCE) {
        inv_wait_set(p, &item->wait,
                     now
                         + inv_again_ms(p,
                                        item->misses - INV_MISSES_AT_ONCE - 1,
                                        INV_AGAIN_MAX_MS));
    }
}


void
inv_item_learn(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step)
{
    item->read_at = step->sent;
    item->proven = step->proven;
    item->has_state = step->has_state && !step->state.deleted;
    item->gone =
        !item->has_state && (step->damaged == NULL || step->state.deleted);

    if (!step->has_state) {
        return;
    }

    item->state = step->state;

    if (item->epoch != step->state.epoch) {
        item->epoch = step->state.epoch;
        item->learned = p->stamp;
    }
}


/*
 * Whether a read shows the product as it was before a change that this process
 * has acknowledged, or has heard of; not any more once it has shown that often
 * enough.
 */
static bool
inv_item_is_old(const inv_protocol_t *p, inv_item_t *item,
                const inv_step_t *step)
{
    int64_t version;

    version = step->has_state ? step->state.version : 0;

    if (version >= p->host.floor(p->host.ctx, step->product)
        || item->olds == INV_OLD_READS_MAX)
    {
        item->olds = 0;
        return false;
    }

    item->olds++;

    return true;
}


static void
inv_item_read_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                    int64_t now)
{
    if (step->reply != INV_REPLY_DONE && step->reply != INV_REPLY_MISSED) {
        inv_item_unread(p, item, step, now);
        return;
    }

    /* a read is no fence for doubts, those that came meanwhile included */
    if (!inv_rule(INV_RULE_FENCE)
        && (item->batch != NULL || item->ndoubtful != 0)) {
        inv_doubt_fenced(p, item, step, now);
        return;
    }

    inv_item_learn(p, item, step);

    item->fresh = true;
    item->reads = false;
    item->proven &= !inv_item_is_old(p, item, step);

    inv_batch_judge(p, item);

    /* what fits is sent: its statement knows better */
    if (item->reads) {
        inv_wait_set(p, &item->wait,
                     now + inv_again_ms(p, item->olds, INV_AGAIN_MAX_MS));
    }

    if (step->peeks) {
        inv_peek_read(p, item, step, now);
    }

    if (item->has_state && item->nwaiting != 0
        && item->state.outbox_ops >= INV_OUTBOX_OPS_MAX)
    {
        inv_drain_relieve(p, item, now);
    }
}


/*
 * It could not be read: those that can be told so are.  What an earlier attempt
 * may have applied keeps its key open, and is looked for again.
 */
void
inv_item_unread(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                int64_t now)
{
    inv_action_t *action, *next;

    for (action = TAILQ_FIRST(&item->waiting); action != NULL; action = next) {
        next = TAILQ_NEXT(action, link);

        if (action->undo || action->arrived >= step->sent
            || (action->doubtful && step->reply != INV_REPLY_REFUSED))
        {
            continue;
        }

        inv_action_dequeue(item, action);
        inv_action_settle(p, action,
                          step->reply == INV_REPLY_REFUSED
                              ? step->verdict
                              : INV_VERDICT_UNAVAILABLE);
    }

    /* first: what waits is not idle, and so not forgotten below */
    inv_item_failed(p, item, step, now);
    inv_item_unpeeked(p, item, step, now);
}


/*
 * Nor can it be told whether a key was used: it stays open.  Of a claim that
 * was told already what had been looked for is left.
 */
static void
inv_item_unpeeked(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                  int64_t now)
{
    inv_action_t *action;

    action = TAILQ_FIRST(&item->peeks);

    while (action != NULL) {
        if (action->abandoned) {
            TAILQ_REMOVE(&item->peeks, action, link);
            inv_action_settle(p, action, INV_VERDICT_WITHDRAWN);

        } else if (step->reply == INV_REPLY_REFUSED
                   && action->arrived <= step->sent) {
            /* takes all of its actions out of the list */
            inv_claim_fail(p, action->claim, step->verdict, now);

        } else {
            action = TAILQ_NEXT(action, link);
            continue;
        }

        action = TAILQ_FIRST(&item->peeks);
    }
}
