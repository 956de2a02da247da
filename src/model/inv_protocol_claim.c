
/*
 * model: the protocol's machine: the arbiters of keys (rules 2, 4 and 5).
 *
 * A claim is inserted, or found.  What is found and has no answer was left by
 * somebody: its actions are looked for, its holder is waited for, and then it
 * is taken over, which makes all of its actions doubtful.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


static void inv_claim_over(inv_protocol_t *p, void *owner, int64_t now);


bool
inv_claim_open(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    TAILQ_INIT(&claim->actions);

    claim->wait.over = inv_claim_over;
    claim->wait.owner = claim;

    claim->record.by = p->by;
    claim->record.gen = 1;
    claim->record.status = 0;
    claim->own = claim->record.nonce;

    inv_claim_ready(p, claim, INV_CLAIM_NEW);

    return true;
}


bool
inv_claim_close(inv_protocol_t *p, inv_claim_t *claim)
{
    if (claim->out) {
        claim->closed = 1;
        return false;
    }

    if (claim->ready) {
        TAILQ_REMOVE(&p->claims, claim, link);
        claim->ready = 0;
    }

    if (claim->told) {
        TAILQ_REMOVE(&p->news, claim, link);
        claim->told = 0;
    }

    inv_wait_clear(p, &claim->wait);

    return true;
}


void
inv_claim_answer(inv_protocol_t *p, inv_claim_t *claim, int status,
                 inv_str_t text, int64_t now)
{
    claim->record.status = status;
    claim->record.answer = text;

    /* verified just now and lost, or on its way to that: it is to be seen */
    inv_wait_clear(p, &claim->wait);
    claim->answers = 1;

    if (!inv_rule(INV_RULE_ANSWER_FIRST)) {
        inv_claim_tell(p, claim, INV_CLAIM_STORED, now);
        return;
    }

    if (!claim->out) {
        inv_claim_ready(p, claim, INV_CLAIM_STORE);
    }
}


void
inv_claim_ready(inv_protocol_t *p, inv_claim_t *claim, int state)
{
    claim->state = (unsigned) state & 15;

    if (!claim->ready && !claim->told) {
        TAILQ_INSERT_TAIL(&p->claims, claim, link);
        claim->ready = 1;
    }
}


/* The same once more, after a while. */
void
inv_claim_again(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    inv_wait_set(p, &claim->wait,
                 now + inv_again_ms(p, claim->tries, INV_AGAIN_MAX_MS));

    if (claim->tries < 15) {
        claim->tries++;
    }
}


void
inv_claim_round(inv_protocol_t *p, inv_claim_t *claim, int state, int64_t now)
{
    if (claim->rounds == 0) {
        claim->rounds = 1;
        inv_claim_ready(p, claim, state);
        return;
    }

    claim->state = (unsigned) state & 15;
    inv_wait_set(p, &claim->wait,
                 now + inv_again_ms(p, claim->rounds - 1u, INV_AGAIN_MAX_MS));

    if (claim->rounds < 15) {
        claim->rounds++;
    }
}


static void
inv_claim_over(inv_protocol_t *p, void *owner, int64_t now)
{
    inv_claim_t *claim = owner;

    inv_claim_ready(p, claim,
                    claim->state == INV_CLAIM_PATIENT ? INV_CLAIM_ASK
                                                      : (int) claim->state);
}


/* Its actions are their owner's again, but for those that are sent. */
void
inv_claim_tell(inv_protocol_t *p, inv_claim_t *claim, inv_claim_news_t news,
               int64_t now)
{
    inv_item_t   *item;
    inv_action_t *action, *next;

    for (action = TAILQ_FIRST(&claim->actions); action != NULL; action = next) {
        next = TAILQ_NEXT(action, claim_link);

        if (action->place == INV_AT_BATCH || action->in_look) {
            action->abandoned = 1;
            continue;
        }

        if (action->place == INV_AT_ITEM || action->place == INV_AT_PEEK) {
            item = inv_item_get(p, action->product);

            if (action->place == INV_AT_ITEM) {
                inv_action_dequeue(item, action);
            } else {
                TAILQ_REMOVE(&item->peeks, action, link);
            }

            inv_item_place(p, item, now);
        }

        TAILQ_REMOVE(&claim->actions, action, claim_link);
        action->place = INV_AT_NONE;
        p->nactions--;
    }

    if (claim->ready) {
        TAILQ_REMOVE(&p->claims, claim, link);
        claim->ready = 0;
    }

    inv_wait_clear(p, &claim->wait);

    claim->state = INV_CLAIM_OVER;
    claim->news = news;
    claim->peeks = 0;

    if (!claim->told) {
        TAILQ_INSERT_TAIL(&p->news, claim, link);
        claim->told = 1;
    }
}


/* Nothing was sent of it. */
void
inv_claim_fail(inv_protocol_t *p, inv_claim_t *claim, inv_verdict_t verdict,
               int64_t now)
{
    claim->verdict = verdict;
    inv_claim_tell(p, claim, INV_CLAIM_FAILED, now);
}


void
inv_claim_add(inv_protocol_t *p, inv_action_t *action, int64_t now)
{
    inv_item_t  *item;
    inv_claim_t *claim = action->claim;

    TAILQ_INSERT_TAIL(&claim->actions, action, claim_link);
    action->place = INV_AT_CLAIM;

    if (claim->state == INV_CLAIM_MINE) {
        item = inv_item_get(p, action->product);
        action->doubtful = claim->taken;
        inv_action_enqueue(p, item, action, false);

    } else if (claim->state == INV_CLAIM_OVER) {
        inv_claim_ready(p, claim, INV_CLAIM_ASK);
    }
}


/*
 * Sent, or looked for, before somebody else had the claim, who may have applied
 * it meanwhile: should it come back, it is looked for anew.
 */
static void
inv_claim_doubt(inv_protocol_t *p, inv_action_t *action, int64_t now)
{
    bool        before;
    inv_item_t *item;

    if (!inv_rule(INV_RULE_TAKE_ALL)) {
        return;
    }

    before = inv_action_is_doubtful(action);

    action->doubtful = 1;
    action->fenced = 0;
    action->arrived = p->stamp;

    if (action->place == INV_AT_ITEM && !before
        && inv_action_is_doubtful(action)) {
        item = inv_item_get(p, action->product);
        item->ndoubtful++;
        inv_item_place(p, item, now);
    }
}


/* It is ours: what waited for that may go, as doubtful as the claim. */
void
inv_claim_mine(inv_protocol_t *p, inv_claim_t *claim, const inv_step_t *step,
               int64_t now)
{
    bool          doubtful;
    inv_item_t   *item;
    inv_action_t *action, *next;

    doubtful = claim->state == INV_CLAIM_TAKING
               || (claim->state == INV_CLAIM_ASK && claim->taken);

    claim->state = INV_CLAIM_MINE;
    claim->rounds = 0;
    claim->checked = step->sent;
    claim->held = claim->record.gen;

    for (action = TAILQ_FIRST(&claim->actions); action != NULL; action = next) {
        next = TAILQ_NEXT(action, claim_link);

        if (action->place != INV_AT_CLAIM) {
            if (doubtful) {
                inv_claim_doubt(p, action, now);
            }

            continue;
        }

        if (action->kind == INV_ACTION_CREATE) {
            action->product = claim->record.nonce;
            action->at = claim->record.at;
        }

        item = inv_item_get(p, action->product);

        if (item == NULL) {
            inv_action_settle(p, action, INV_VERDICT_NO_MEMORY);
            continue;
        }

        action->doubtful |= doubtful && inv_rule(INV_RULE_TAKE_DOUBT);

        /* what was sent before this is no fence for it */
        action->arrived = p->stamp;

        inv_action_enqueue(p, item, action, false);
        inv_item_place(p, item, now);
    }
}


bool
inv_claim_allows(inv_protocol_t *p, inv_item_t *item, inv_action_t *action)
{
    inv_claim_t *claim = action->claim;

    if (claim == NULL || !inv_rule(INV_RULE_VERIFY)) {
        return true;
    }

    if (claim->state == INV_CLAIM_MINE && claim->checked > item->learned) {
        return true;
    }

    inv_action_dequeue(item, action);
    action->place = INV_AT_CLAIM;

    if (claim->state == INV_CLAIM_MINE) {
        inv_claim_ready(p, claim, INV_CLAIM_VERIFY);
    }

    return false;
}
