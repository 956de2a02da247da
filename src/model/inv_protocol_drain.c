
/*
 * model: the protocol's machine: rule 6: entries go into the ledger, and then
 * out of the outbox.
 *
 * What a batch of the same product cannot take along is pulled by a step of
 * its own, after a while.  Others' entries come from outboxes that are full or
 * swept, and go the same way.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


static size_t inv_drain_take_insert(inv_protocol_t *p, inv_step_t **steps);
static size_t inv_drain_take_items(inv_protocol_t *p, inv_items_t *items,
                                   inv_step_kind_t kind, inv_step_t **steps,
                                   size_t max, int64_t now);
static size_t inv_drain_take_sweep(inv_protocol_t *p, inv_step_t **steps);
static void
inv_drain_inserted(inv_protocol_t *p, inv_step_t *step, int64_t now);
static void inv_drain_shown(inv_protocol_t *p, inv_step_t *step, int64_t now);
static void inv_drain_swept(inv_protocol_t *p, inv_step_t *step);


/* Inserts and the rest take turns, so that neither starves. */
size_t
inv_drain_take(inv_protocol_t *p, inv_step_t **steps, size_t max, int64_t now)
{
    size_t n;

    n = 0;
    p->drains_last = !p->drains_last;

    if (p->drains_last) {
        n = inv_drain_take_insert(p, steps);
    }

    if (n == 0) {
        n = inv_drain_take_items(p, &p->pulls, INV_STEP_PULL, steps, max, now);
    }

    if (n == 0) {
        n = inv_drain_take_items(p, &p->outboxes, INV_STEP_OUTBOX, steps, 1,
                                 now);
    }

    if (n == 0) {
        n = inv_drain_take_sweep(p, steps);
    }

    if (n == 0 && !p->drains_last) {
        n = inv_drain_take_insert(p, steps);
    }

    return n;
}


static size_t
inv_drain_take_insert(inv_protocol_t *p, inv_step_t **steps)
{
    inv_step_t   *step;
    inv_parcel_t *parcel;

    if (TAILQ_EMPTY(&p->inserts) || p->insert_wait.due != 0) {
        return 0;
    }

    step = inv_step_create(p, INV_STEP_INSERT);
    if (step == NULL) {
        return 0;
    }

    step->entries = calloc(INV_DRAIN_MAX, sizeof(inv_transit_t *));
    if (step->entries == NULL) {
        inv_step_free(p, step);
        return 0;
    }

    while ((parcel = TAILQ_FIRST(&p->inserts)) != NULL
           && step->nentries < INV_DRAIN_MAX)
    {
        TAILQ_REMOVE(&p->inserts, parcel, next);
        parcel->state = INV_PARCEL_INSERTING;
        step->entries[step->nentries++] = &parcel->transit;
    }

    steps[0] = step;

    return 1;
}


static size_t
inv_drain_take_items(inv_protocol_t *p, inv_items_t *items,
                     inv_step_kind_t kind, inv_step_t **steps, size_t max,
                     int64_t now)
{
    size_t      n;
    inv_item_t *item;
    inv_step_t *step;

    n = 0;

    while ((item = TAILQ_FIRST(items)) != NULL && n < max) {
        step = inv_step_create(p, kind);
        if (step == NULL) {
            break;
        }

        step->product = item->id;

        if (kind == INV_STEP_PULL && !inv_drain_along(item, step)) {
            inv_step_free(p, step);
            break;
        }

        inv_drain_list(p, item, INV_DRAIN_NONE);

        /* a batch has taken them along meanwhile */
        if (kind == INV_STEP_PULL && step->nbatches == 0) {
            inv_step_free(p, step);
            inv_item_place(p, item, now);
            continue;
        }

        /* not idle while it is asked for */
        item->drains++;
        steps[n++] = step;
    }

    inv_steps_sort(steps, n);

    return n;
}


static size_t
inv_drain_take_sweep(inv_protocol_t *p, inv_step_t **steps)
{
    if (!p->sweep || p->sweeping) {
        return 0;
    }

    steps[0] = inv_step_create(p, INV_STEP_SWEEP);
    if (steps[0] == NULL) {
        return 0;
    }

    steps[0]->product = p->swept;
    p->sweep = false;
    p->sweeping = true;

    return 1;
}


void
inv_drain_reply(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    inv_item_t *item;

    switch (step->kind) {

    case INV_STEP_INSERT:
        inv_drain_inserted(p, step, now);
        return;

    case INV_STEP_SWEEP:
        p->sweeping = false;
        inv_drain_shown(p, step, now);
        inv_drain_swept(p, step);
        return;

    case INV_STEP_PULL:
        item = inv_item_get(p, step->product);
        item->drains--;

        if (step->reply == INV_REPLY_DONE) {
            item->pulls = 0;
        } else {
            item->pulls += item->pulls < INV_PULL_DOUBLINGS;
        }

        inv_drain_pulled(p, item, step, step->reply == INV_REPLY_DONE, now);
        break;

    default: /* INV_STEP_OUTBOX */
        item = inv_item_get(p, step->product);
        inv_drain_shown(p, step, now);
        item->drains--;

        /* nothing of it is on the way: there may be room now, or never */
        if (TAILQ_EMPTY(&item->parcels)) {
            inv_drain_ready(p, item, now);
        }

        /* nor could any of it be taken: others drain */
        if (step->reply != INV_REPLY_DONE
            || (step->nviews != 0 && TAILQ_EMPTY(&item->parcels)))
        {
            inv_wait_set(
                p, &item->wait,
                now + inv_again_ms(p, item->reliefs, INV_AGAIN_MAX_MS));
            item->reliefs += item->reliefs < UINT8_MAX;
        }
    }

    inv_item_place(p, item, now);
}


static void
inv_drain_inserted(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    size_t        i;
    bool          again;
    inv_item_t   *item;
    inv_parcel_t *parcel;

    again = false;

    for (i = step->nentries; i-- > 0;) {
        parcel = (inv_parcel_t *) step->entries[i];
        item = parcel->item;

        if (parcel->transit.corrupt && inv_rule(INV_RULE_CORRUPT)) {
            inv_parcel_corrupt(p, parcel);

        } else if (parcel->transit.stored || parcel->transit.corrupt) {
            inv_parcel_stored(p, parcel, now);

        } else if (parcel->transit.refused) {
            /* it is not to hold up the others: a sweep tries it again */
            inv_drain_free(p, parcel);

        } else {
            parcel->state = INV_PARCEL_WAITS;
            TAILQ_INSERT_HEAD(&p->inserts, parcel, next);
            again = true;
        }

        /* corrupt: there is room once somebody has mended it, not soon */
        if (item->full && TAILQ_EMPTY(&item->parcels)) {
            inv_drain_ready(p, item, now);
            inv_wait_set(p, &item->wait, now + INV_AGAIN_MAX_MS);
        }

        inv_item_place(p, item, now);
    }

    if (again) {
        inv_wait_set(p, &p->insert_wait,
                     now + inv_again_ms(p, p->insert_tries, INV_AGAIN_MAX_MS));
        p->insert_tries += p->insert_tries < UINT8_MAX;

    } else {
        p->insert_tries = 0;
    }
}


void
inv_drain_insert_over(inv_protocol_t *p, void *owner, int64_t now)
{
    /* The wait alone was in the way. */
}


/* Others' entries, whole. */
static void
inv_drain_shown(inv_protocol_t *p, inv_step_t *step, int64_t now)
{
    size_t            i;
    inv_item_t       *item;
    inv_parcel_t     *parcel;
    inv_entry_view_t *view;

    for (i = 0; i < step->nviews; i++) {
        view = &step->views[i];
        item = inv_item_get(p, view->product);

        if (item == NULL) {
            continue;
        }

        /* looked at once more: somebody may have mended it */
        item->corrupt = false;

        if (inv_parcel_find(item, view->batch) == NULL) {
            parcel = inv_parcel_create(p, item, view->payload);
            view->payload = NULL;

            if (parcel != NULL) {
                parcel->transit.batch = view->batch;
                parcel->transit.from = view->from;
                parcel->transit.to = view->to;
                parcel->transit.after = view->after;
                parcel->transit.whole = true;
                item->parcel_ops += inv_parcel_ops(parcel);
            }
        }

        inv_item_place(p, item, now);
    }
}


/* Page after page, from the first product again after the last. */
static void
inv_drain_swept(inv_protocol_t *p, inv_step_t *step)
{
    memset(&p->swept, 0, sizeof(p->swept));

    if (step->reply == INV_REPLY_DONE && step->full
        && p->nparcels < p->limits.entries_max)
    {
        p->swept = step->product;
        p->sweep = true;
    }
}
