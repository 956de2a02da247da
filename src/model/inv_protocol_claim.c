
/*
 * model: the protocol's machine: the arbiters of keys (rules 2, 4 and 5).
 *
 * A claim is inserted, or found.  What is found and has no answer was left by
 * somebody: its actions are looked for, its holder is waited for, and then it
 * is taken over, which makes all of its actions doubtful.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


/* Between looks at a claim that somebody else holds: doubled each time. */
#define INV_CLAIM_POLL_MIN_MS 25
#define INV_CLAIM_POLL_SHIFT  4


static void inv_claim_ready(inv_protocol_t *p, inv_claim_t *claim, int state);
static void inv_claim_again(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_over(inv_protocol_t *p, void *owner, int64_t now);
static void
inv_claim_tell(inv_protocol_t *p, inv_claim_t *claim, inv_claim_news_t news);
static void
inv_claim_fail(inv_protocol_t *p, inv_claim_t *claim, inv_verdict_t verdict);
static void    inv_claim_mine(inv_protocol_t *p, inv_claim_t *claim,
                              const inv_step_t *step, int64_t now);
static void    inv_claim_found(inv_protocol_t *p, inv_claim_t *claim,
                               inv_step_t *step, int64_t now);
static int64_t inv_claim_patience(const inv_claim_t *claim, int64_t gen);
static void inv_claim_lost(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_again_all(inv_protocol_t *p, inv_claim_t *claim,
                                const inv_step_t *step);
static void inv_claim_peek(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_wait(inv_protocol_t *p, inv_claim_t *claim, int64_t now);
static void inv_claim_checked(inv_protocol_t *p, inv_claim_t *claim,
                              inv_step_t *step, int64_t now);
static inv_step_t *inv_claim_step(inv_protocol_t *p, inv_claim_t *claim);


static const inv_step_kind_t inv_claim_kinds[] = {
    [INV_CLAIM_NEW] = INV_STEP_CLAIM,    [INV_CLAIM_ASK] = INV_STEP_RECALL,
    [INV_CLAIM_TAKING] = INV_STEP_TAKE,  [INV_CLAIM_VERIFY] = INV_STEP_RECALL,
    [INV_CLAIM_STORE] = INV_STEP_ANSWER, [INV_CLAIM_RECHECK] = INV_STEP_RECALL,
};


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
        inv_claim_tell(p, claim, INV_CLAIM_STORED);
        return;
    }

    if (!claim->out) {
        inv_claim_ready(p, claim, INV_CLAIM_STORE);
    }
}


static void
inv_claim_ready(inv_protocol_t *p, inv_claim_t *claim, int state)
{
    claim->state = (unsigned) state & 15;

    if (!claim->ready && !claim->told) {
        TAILQ_INSERT_TAIL(&p->claims, claim, link);
        claim->ready = 1;
    }
}


/* The same once more, after a while. */
static void
inv_claim_again(inv_protocol_t *p, inv_claim_t *claim, int64_t now)
{
    inv_wait_set(p, &claim->wait, now + inv_again_ms(p, claim->tries));

    if (claim->tries < 15) {
        claim->tries++;
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
static void
inv_claim_tell(inv_protocol_t *p, inv_claim_t *claim, inv_claim_news_t news)
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
static void
inv_claim_fail(inv_protocol_t *p, inv_claim_t *claim, inv_verdict_t verdict)
{
    claim->verdict = verdict;
    inv_claim_tell(p, claim, INV_CLAIM_FAILED);
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
        inv_claim_tell(p, claim, INV_CLAIM_CLOSED);
        return;
    }

    /* the owner has an answer meanwhile */
    if (claim->answers && claim->state != INV_CLAIM_STORE
        && claim->state != INV_CLAIM_RECHECK)
    {
        inv_claim_ready(p, claim, INV_CLAIM_STORE);
        return;
    }

    if (step->reply <= INV_REPLY_REFUSED) {
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
                               : INV_VERDICT_UNAVAILABLE);
        } else {
            inv_claim_again(p, claim, now);
        }

        return;

    default:
        break;
    }

    switch (claim->state) {

    case INV_CLAIM_NEW:
        if (step->reply == INV_REPLY_DONE) {
            inv_claim_mine(p, claim, step, now);
        } else {
            inv_claim_ready(p, claim, INV_CLAIM_ASK);
        }

        break;

    case INV_CLAIM_TAKING:
        if (step->reply == INV_REPLY_DONE) {
            claim->record.gen = step->record.gen;
            claim->record.by = p->by;
            claim->taken = 1;
            inv_claim_mine(p, claim, step, now);

        } else {
            claim->took =
                step->reply == INV_REPLY_UNKNOWN ? step->record.gen : 0;
            inv_claim_ready(p, claim, INV_CLAIM_ASK);
        }

        break;

    case INV_CLAIM_ASK:
    case INV_CLAIM_VERIFY:
        if (step->reply == INV_REPLY_DONE) {
            inv_claim_found(p, claim, step, now);

        } else {
            /* purged, or not landed yet: as at first */
            claim->record.nonce = claim->own;
            claim->record.by = p->by;
            claim->record.gen = 1;
            inv_claim_ready(p, claim, INV_CLAIM_NEW);
        }

        break;

    case INV_CLAIM_STORE:
        if (step->reply == INV_REPLY_DONE) {
            inv_claim_tell(p, claim, INV_CLAIM_STORED);

        } else if (step->reply == INV_REPLY_MISSED) {
            inv_claim_ready(p, claim, INV_CLAIM_RECHECK);

        } else {
            /* Rule 5: that write only, until it is known. */
            inv_claim_again(p, claim, now);
        }

        break;

    case INV_CLAIM_RECHECK:
        inv_claim_checked(p, claim, step, now);
        break;
    }
}


/* It is ours: what waited for that may go, as doubtful as the claim. */
static void
inv_claim_mine(inv_protocol_t *p, inv_claim_t *claim, const inv_step_t *step,
               int64_t now)
{
    bool          doubtful;
    inv_item_t   *item;
    inv_action_t *action, *next;

    doubtful = claim->state == INV_CLAIM_TAKING
               || (claim->state == INV_CLAIM_ASK && claim->taken);

    claim->state = INV_CLAIM_MINE;
    claim->checked = step->sent;
    claim->held = claim->record.gen;

    for (action = TAILQ_FIRST(&claim->actions); action != NULL; action = next) {
        next = TAILQ_NEXT(action, claim_link);

        if (action->place != INV_AT_CLAIM) {
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


/* In ms. */
static int64_t
inv_claim_patience(const inv_claim_t *claim, int64_t gen)
{
    int64_t patience;

    patience = INV_CLAIM_PATIENCE_MAX_MS;

    if (gen < INV_CLAIM_PATIENCE_MAX_MS / INV_CLAIM_PATIENCE_MS) {
        patience = gen * INV_CLAIM_PATIENCE_MS;
    }

    if (claim->patience_max != 0 && claim->patience_max < patience) {
        patience = claim->patience_max;
    }

    return patience;
}


/* The record as it stands: ours, answered, or somebody's. */
static void
inv_claim_found(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                int64_t now)
{
    const inv_claim_record_t *found = &step->found;

    if (memcmp(found->fingerprint, claim->record.fingerprint, INV_CLAIM_ID)
        != 0) {
        inv_claim_tell(p, claim, INV_CLAIM_MISMATCH);
        return;
    }

    if (found->status != 0) {
        claim->record.status = found->status;
        claim->record.answer = found->answer;
        inv_claim_tell(p, claim, INV_CLAIM_ANSWERED);
        return;
    }

    if (claim->state == INV_CLAIM_VERIFY && inv_oid_eq(found->by, p->by)
        && found->gen == claim->record.gen)
    {
        inv_claim_mine(p, claim, step, now);
        return;
    }

    if (claim->state == INV_CLAIM_VERIFY && claim->refused) {
        inv_claim_again_all(p, claim, step);
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
                    const inv_step_t *step)
{
    claim->record.nonce = step->found.nonce;
    claim->record.status = 0;
    claim->answers = 0;
    claim->patience = 0;
    claim->refused = 0;
    inv_claim_tell(p, claim, INV_CLAIM_LOST);
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
    int64_t pause;

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

    if (pause > claim->patience - now) {
        pause = claim->patience - now;
    }

    claim->state = INV_CLAIM_PATIENT;
    inv_wait_set(p, &claim->wait, now + 1 + inv_draw(p, pause));
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


/* The write of the answer has met something else. */
static void
inv_claim_checked(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                  int64_t now)
{
    const inv_claim_record_t *found = &step->found;

    if (step->reply == INV_REPLY_MISSED) {
        /* purged: nobody will ask for it any more */
        inv_claim_tell(p, claim, INV_CLAIM_STORED);
        return;
    }

    if (step->reply != INV_REPLY_DONE) {
        inv_claim_again(p, claim, now);
        return;
    }

    if (found->status != 0) {
        claim->record.status = found->status;
        claim->record.answer = found->answer;
        inv_claim_tell(p, claim, INV_CLAIM_ANSWERED);
        return;
    }

    inv_claim_again_all(p, claim, step);
}
