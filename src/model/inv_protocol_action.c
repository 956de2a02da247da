
/*
 * model: the protocol's machine: how actions wait and how they end.
 */


#include "inv_protocol_private.h"


static bool inv_action_undoes(inv_action_t *action);


inv_oid_t
inv_action_key(const inv_action_t *action)
{
    inv_oid_t key;

    key = action->claim->record.nonce;

    /* The nonce of a CREATE is an id and keeps its last bytes: it is line 0. */
    key.bytes[10] ^= (unsigned char) (action->line >> 8);
    key.bytes[11] ^= (unsigned char) action->line;

    return key;
}


void
inv_action_enqueue(inv_protocol_t *p, inv_item_t *item, inv_action_t *action,
                   bool first)
{
    action->place = INV_AT_ITEM;
    action->batch = NULL;

    if (first) {
        TAILQ_INSERT_HEAD(&item->waiting, action, link);
    } else {
        TAILQ_INSERT_TAIL(&item->waiting, action, link);
    }

    /* it may have been mended; and who asks is to be told if not */
    if (!first && item->slow) {
        item->slow = false;
        inv_wait_clear(p, &item->wait);
    }

    item->nwaiting++;
    item->ndoubtful += inv_action_is_doubtful(action);
}


void
inv_action_dequeue(inv_item_t *item, inv_action_t *action)
{
    TAILQ_REMOVE(&item->waiting, action, link);

    item->nwaiting--;
    item->ndoubtful -= inv_action_is_doubtful(action);

    /* a doubt that comes later is not fenced by what was fenced for others */
    if (item->ndoubtful == 0 && item->batch == NULL) {
        item->looks = false;
    }
}


void
inv_action_settle(inv_protocol_t *p, inv_action_t *action,
                  inv_verdict_t verdict)
{
    action->verdict = verdict;
    action->place = INV_AT_SETTLED;
    action->in_look = 0;

    if (action->claim != NULL) {
        TAILQ_REMOVE(&action->claim->actions, action, claim_link);

        if (verdict != INV_VERDICT_OK && verdict < INV_VERDICT_UNAVAILABLE) {
            action->claim->refused = 1;
        }
    }

    TAILQ_INSERT_TAIL(&p->settled, action, link);
}


/*
 * Rule 7: what was taken for a client who was told of an error, or who has
 * gone, goes back.  What was added stays, and is reported.  Rule 11: a product
 * that was created for nobody is deleted.
 */
static bool
inv_action_undoes(inv_action_t *action)
{
    if (!action->abandoned || action->claim != NULL || action->undo
        || !inv_rule(INV_RULE_UNDO))
    {
        return false;
    }

    switch (action->kind) {

    case INV_ACTION_MOVE:
        if (action->delta > 0) {
            return false;
        }

        action->type = INV_MOVE_UNDO;
        action->delta = -action->delta;
        break;

    case INV_ACTION_CREATE:
        action->kind = INV_ACTION_DELETE;
        break;

    default:
        return false;
    }

    action->if_match = NULL;
    action->undo = 1;

    return true;
}


bool
inv_protocol_undo(inv_protocol_t *p, inv_action_t *action, int64_t now)
{
    bool told;

    if (action->verdict != INV_VERDICT_OK) {
        return false;
    }

    told = action->abandoned;
    action->abandoned = 1;

    if (inv_action_undoes(action) && inv_protocol_submit(p, action, now)) {
        return true;
    }

    if (!told && action->claim == NULL && action->kind != INV_ACTION_DELETE) {
        p->host.alarm(p->host.ctx, INV_ALARM_KEPT, action->product, action);
    }

    return false;
}


void
inv_action_applied(inv_protocol_t *p, inv_item_t *item, inv_action_t *action,
                   int64_t seq, int64_t after, int64_t version)
{
    if (action->undo) {
        action->undone = true;
        inv_action_settle(p, action, INV_VERDICT_WITHDRAWN);
        return;
    }

    if (inv_action_undoes(action)) {
        inv_action_enqueue(p, item, action, false);
        return;
    }

    if (action->abandoned && action->claim == NULL
        && action->kind != INV_ACTION_DELETE)
    {
        p->host.alarm(p->host.ctx, INV_ALARM_KEPT, action->product, action);
    }

    action->seq = seq;
    action->after = after;
    action->version = version;

    inv_action_settle(p, action, INV_VERDICT_OK);
}


/*
 * The host may call back in from here; what that settles is told by the loop
 * that is already running.
 */
void
inv_protocol_tell(inv_protocol_t *p)
{
    inv_claim_t  *claim;
    inv_action_t *action;

    if (p->telling) {
        return;
    }

    p->telling = true;

    for (;;) {
        action = TAILQ_FIRST(&p->settled);

        if (action != NULL) {
            TAILQ_REMOVE(&p->settled, action, link);
            action->place = INV_AT_NONE;
            p->nactions--;
            p->host.settled(p->host.ctx, action);
            continue;
        }

        claim = TAILQ_FIRST(&p->news);
        if (claim == NULL) {
            break;
        }

        TAILQ_REMOVE(&p->news, claim, link);
        claim->told = 0;
        p->host.claimed(p->host.ctx, claim, claim->news);
    }

    p->telling = false;

    inv_protocol_forget(p);
}


void
inv_protocol_forget(inv_protocol_t *p)
{
    inv_step_t *step;

    while ((step = TAILQ_FIRST(&p->spent)) != NULL) {
        TAILQ_REMOVE(&p->spent, step, link);
        inv_step_free(p, step);
    }
}
