
/*
 * model: the protocol's machine: what it is told and what it says, see
 * inv_protocol.h.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


inv_protocol_t *
inv_protocol_create(const inv_protocol_host_t   *host,
                    const inv_protocol_limits_t *limits)
{
    size_t          i;
    inv_protocol_t *p;

    p = calloc(1, sizeof(inv_protocol_t));
    if (p == NULL) {
        return NULL;
    }

    p->host = *host;
    p->limits = *limits;
    p->host.random(p->host.ctx, p->by.bytes, sizeof(p->by.bytes));

    for (i = 0; i < INV_GROUPS; i++) {
        TAILQ_INIT(&p->ready[i]);
    }

    TAILQ_INIT(&p->idle);
    TAILQ_INIT(&p->claims);
    TAILQ_INIT(&p->inserts);
    TAILQ_INIT(&p->parcels);
    TAILQ_INIT(&p->pulls);
    TAILQ_INIT(&p->outboxes);
    TAILQ_INIT(&p->spent);
    TAILQ_INIT(&p->settled);
    TAILQ_INIT(&p->news);

    p->insert_wait.over = inv_drain_insert_over;

    return p;
}


void
inv_protocol_destroy(inv_protocol_t *p)
{
    inv_protocol_forget(p);
    inv_item_free_all(p);
    free(p);
}


bool
inv_protocol_submit(inv_protocol_t *p, inv_action_t *action, int64_t now)
{
    inv_item_t *item;

    /* Made now, so that later nothing is needed that may fail. */
    item = inv_item_get(p, action->product);
    if (item == NULL) {
        return false;
    }

    action->verdict = INV_VERDICT_NONE;
    action->arrived = ++p->stamp;
    p->nactions++;

    if (action->claim != NULL) {
        inv_claim_add(p, action, now);

    } else {
        inv_action_enqueue(p, item, action, false);
    }

    inv_item_place(p, item, now);

    return true;
}


bool
inv_protocol_abandon(inv_protocol_t *p, inv_action_t *action, int64_t now)
{
    inv_item_t *item;

    action->abandoned = 1;

    if (action->place == INV_AT_BATCH || action->place == INV_AT_SETTLED
        || action->in_look)
    {
        return false;
    }

    if (action->place == INV_AT_NONE) {
        return true;
    }

    item = inv_item_get(p, action->product);

    if (action->place == INV_AT_ITEM && item != NULL) {
        inv_action_dequeue(item, action);
    }

    if (action->claim != NULL) {
        TAILQ_REMOVE(&action->claim->actions, action, claim_link);
    }

    if (action->place == INV_AT_PEEK && item != NULL) {
        TAILQ_REMOVE(&item->peeks, action, link);
        inv_claim_peeked(p, action->claim, now);
    }

    action->place = INV_AT_NONE;
    p->nactions--;

    if (item != NULL) {
        inv_item_place(p, item, now);
    }

    return true;
}


/* Whether it may share its job with others of its kind. */
static bool
inv_item_shares(const inv_protocol_t *p, const inv_item_t *item,
                inv_step_kind_t kind)
{
    return kind != INV_STEP_APPLY || item->nwaiting < p->limits.hot;
}


static size_t
inv_items_take(inv_protocol_t *p, inv_items_t *ready, inv_step_t **steps,
               size_t max, int64_t now)
{
    bool            alone;
    size_t          n;
    inv_item_t     *item, *next;
    inv_step_kind_t kind, wanted;

    n = 0;
    kind = INV_STEPS;
    alone = false;

    for (item = TAILQ_FIRST(ready); item != NULL && n < max && !alone;
         item = next) {
        next = TAILQ_NEXT(item, link);
        wanted = inv_item_wants(item);

        if (wanted == INV_STEPS) {
            inv_item_place(p, item, now);
            continue;
        }

        if (n != 0 && (wanted != kind || !inv_item_shares(p, item, wanted))) {
            continue;
        }

        alone = !inv_item_shares(p, item, wanted);
        steps[n] = inv_item_step(p, item, wanted, now);

        if (steps[n] != NULL) {
            item->step = steps[n++];
            kind = wanted;

        } else {
            alone = false;
        }

        inv_item_place(p, item, now);
    }

    inv_steps_sort(steps, n);

    return n;
}


size_t
inv_protocol_take(inv_protocol_t *p, inv_step_group_t group, inv_step_t **steps,
                  size_t max, int64_t now)
{
    size_t n;

    switch (group) {

    case INV_GROUP_CLAIM:
        n = inv_claims_take(p, steps, max, now);
        break;

    case INV_GROUP_LEDGER:
        n = inv_drain_take(p, steps, max, now);
        break;

    case INV_GROUP_CATALOG:
        n = inv_items_take(p, &p->ready[group], steps, 1, now);
        break;

    default:
        max = max < p->limits.group_max ? max : p->limits.group_max;
        n = inv_items_take(p, &p->ready[group], steps, max, now);

        /* what had nothing to send after all may have something to ask */
        if (n == 0 && !TAILQ_EMPTY(&p->ready[group])) {
            n = inv_items_take(p, &p->ready[group], steps, max, now);
        }
    }

    return n;
}


void
inv_protocol_reply(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    inv_protocol_accept(p, step, now);
    inv_protocol_tell(p);
}


void
inv_protocol_accept(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    inv_item_t *item;

    p->stamp++;

    switch (step->kind) {

    case INV_STEP_CLAIM:
    case INV_STEP_RECALL:
    case INV_STEP_TAKE:
    case INV_STEP_ANSWER:
        inv_claim_reply(p, step, now);
        break;

    case INV_STEP_INSERT:
    case INV_STEP_PULL:
    case INV_STEP_OUTBOX:
    case INV_STEP_SWEEP:
        inv_drain_reply(p, step, now);
        break;

    default:
        /* It is there: an item with a step is not forgotten. */
        item = inv_item_get(p, step->product);
        item->step = NULL;
        inv_item_reply(p, item, step, now);
        inv_item_place(p, item, now);
    }

    TAILQ_INSERT_TAIL(&p->spent, step, link);
}


void
inv_protocol_tick(inv_protocol_t *p, int64_t now)
{
    inv_wait_t *wait;

    while ((wait = p->waits) != NULL && wait->due <= now) {
        inv_wait_clear(p, wait);
        wait->over(p, wait->owner, now);
    }

    inv_protocol_tell(p);
}


int64_t
inv_protocol_due(const inv_protocol_t *p)
{
    return p->waits != NULL ? p->waits->due : INT64_MAX;
}


void
inv_protocol_sweep(inv_protocol_t *p)
{
    if (!p->sweeping) {
        p->sweep = true;
    }
}


void
inv_protocol_hurry(inv_protocol_t *p, int64_t now)
{
    p->hurries = true;

    inv_wait_all(p, inv_drain_linger_over, now);
}


bool
inv_protocol_busy(const inv_protocol_t *p)
{
    return p->nactions != 0 || p->nsteps != 0 || p->nparcels != 0
           || !TAILQ_EMPTY(&p->claims);
}
