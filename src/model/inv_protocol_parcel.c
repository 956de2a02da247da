
/*
 * model: the protocol's machine: entries on their way: in the outbox, in the
 * ledger too, and out of the outbox again.
 */


#include "inv_protocol_private.h"

#include <stdlib.h>


static void inv_drain_gather(inv_protocol_t *p, inv_item_t *item, int64_t now);
static int64_t inv_drain_linger_ms(inv_protocol_t *p, const inv_item_t *item);


int64_t
inv_parcel_ops(const inv_parcel_t *parcel)
{
    return parcel->transit.to - parcel->transit.from + 1;
}


inv_parcel_t *
inv_parcel_find(const inv_item_t *item, inv_oid_t batch)
{
    inv_parcel_t *parcel;

    TAILQ_FOREACH(parcel, &item->parcels, link)
    {
        if (inv_oid_eq(parcel->transit.batch, batch)) {
            return parcel;
        }
    }

    return NULL;
}


/* NULL: too many, or no memory; the sweep will find it.  Takes payload. */
inv_parcel_t *
inv_parcel_create(inv_protocol_t *p, inv_item_t *item, void *payload)
{
    inv_parcel_t *parcel;

    parcel = NULL;

    if (p->nparcels < p->limits.entries_max && payload != NULL
        && !item->corrupt) {
        parcel = calloc(1, sizeof(inv_parcel_t));
    }

    if (parcel == NULL) {
        if (payload != NULL) {
            p->host.release(p->host.ctx, payload);
        }

        return NULL;
    }

    parcel->item = item;
    parcel->transit.product = item->id;
    parcel->transit.payload = payload;

    TAILQ_INSERT_TAIL(&item->parcels, parcel, link);
    TAILQ_INSERT_TAIL(&p->inserts, parcel, next);
    TAILQ_INSERT_TAIL(&p->parcels, parcel, all);
    p->nparcels++;

    return parcel;
}


void
inv_drain_free(inv_protocol_t *p, inv_parcel_t *parcel)
{
    inv_item_t *item = parcel->item;

    switch (parcel->state) {

    case INV_PARCEL_WAITS:
        TAILQ_REMOVE(&p->inserts, parcel, next);
        item->parcel_ops -= inv_parcel_ops(parcel);
        break;

    case INV_PARCEL_INSERTING:
        item->parcel_ops -= inv_parcel_ops(parcel);
        break;

    case INV_PARCEL_STORED:
        item->nstored--;
        break;

    case INV_PARCEL_PULLING:
        break;
    }

    if (parcel->transit.payload != NULL) {
        p->host.release(p->host.ctx, parcel->transit.payload);
    }

    TAILQ_REMOVE(&item->parcels, parcel, link);
    TAILQ_REMOVE(&p->parcels, parcel, all);
    free(parcel);
    p->nparcels--;
}


void
inv_drain_own(inv_protocol_t *p, inv_item_t *item, inv_oid_t batch,
              int64_t from, int64_t to, int64_t after, inv_time_t at,
              void *payload, int64_t now)
{
    inv_parcel_t *parcel;

    /* a sweep has shown it already, while its reply was lost */
    if (inv_parcel_find(item, batch) != NULL) {
        if (payload != NULL) {
            p->host.release(p->host.ctx, payload);
        }

        return;
    }

    parcel = inv_parcel_create(p, item, payload);
    if (parcel == NULL) {
        return;
    }

    parcel->transit.batch = batch;
    parcel->transit.from = from;
    parcel->transit.to = to;
    parcel->transit.after = after;
    parcel->transit.at = at;

    item->parcel_ops += inv_parcel_ops(parcel);
    inv_drain_gather(p, item, now);
}


void
inv_parcel_stored(inv_protocol_t *p, inv_parcel_t *parcel, int64_t now)
{
    inv_item_t *item = parcel->item;

    /* another of them was found to be corrupt */
    if (item->corrupt) {
        inv_drain_free(p, parcel);
        return;
    }

    parcel->state = INV_PARCEL_STORED;
    item->parcel_ops -= inv_parcel_ops(parcel);
    item->nstored++;

    p->host.release(p->host.ctx, parcel->transit.payload);
    parcel->transit.payload = NULL;

    /* nor is there patience where entries of many products crowd */
    if (item->full || p->hurries || p->nparcels > p->limits.entries_max / 2) {
        inv_drain_list(p, item, INV_DRAIN_PULL);

    } else if (item->linger.due == 0) {
        inv_wait_set(p, &item->linger, now + INV_PULL_LINGER_MS);
    }
}


/* Rule 6: alarm, and pull nothing of that product. */
void
inv_parcel_corrupt(inv_protocol_t *p, inv_parcel_t *parcel)
{
    inv_item_t   *item = parcel->item;
    inv_parcel_t *other, *next;

    if (!item->corrupt) {
        p->host.alarm(p->host.ctx, INV_ALARM_CORRUPT, item->id, NULL);
    }

    item->corrupt = true;
    inv_drain_free(p, parcel);

    for (other = TAILQ_FIRST(&item->parcels); other != NULL; other = next) {
        next = TAILQ_NEXT(other, link);

        if (other->state == INV_PARCEL_STORED) {
            inv_drain_free(p, other);
        }
    }
}


bool
inv_drain_along(inv_item_t *item, inv_step_t *step)
{
    inv_parcel_t *parcel;

    if (item->nstored == 0 && inv_rule(INV_RULE_INSERT_FIRST)) {
        return true;
    }

    step->batches = calloc(INV_PULLS_MAX, sizeof(inv_oid_t));
    if (step->batches == NULL) {
        return false;
    }

    TAILQ_FOREACH(parcel, &item->parcels, link)
    {
        if (step->nbatches == INV_PULLS_MAX) {
            break;
        }

        if (parcel->state == INV_PARCEL_STORED) {
            parcel->state = INV_PARCEL_PULLING;
            item->nstored--;
            step->batches[step->nbatches++] = parcel->transit.batch;

        } else if (!inv_rule(INV_RULE_INSERT_FIRST)) {
            step->batches[step->nbatches++] = parcel->transit.batch;
        }
    }

    return true;
}


void
inv_drain_pulled(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step,
                 bool done, int64_t now)
{
    size_t        i;
    inv_parcel_t *parcel;

    for (i = 0; i < step->nbatches; i++) {
        parcel = inv_parcel_find(item, step->batches[i]);

        if (parcel == NULL || parcel->state != INV_PARCEL_PULLING) {
            continue;
        }

        if (done) {
            inv_drain_free(p, parcel);

        } else {
            parcel->state = INV_PARCEL_STORED;
            item->nstored++;
        }
    }

    if (item->nstored != 0 && item->linger.due == 0) {
        inv_wait_set(p, &item->linger, now + inv_drain_linger_ms(p, item));

    } else if (item->nstored == 0) {
        inv_wait_clear(p, &item->linger);
    }

    if (done) {
        item->reliefs = 0;
        inv_drain_ready(p, item, now);
    }
}


/* Longer after each pull that failed. */
static int64_t
inv_drain_linger_ms(inv_protocol_t *p, const inv_item_t *item)
{
    int64_t linger;

    linger = (int64_t) INV_PULL_LINGER_MS << item->pulls;

    return item->pulls == 0 ? linger : linger / 2 + inv_draw(p, linger);
}


/* What waited for room may look whether there is some. */
void
inv_drain_ready(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    if (!item->full) {
        return;
    }

    item->full = false;
    item->reads = true;
    item->fresh = false;
}


/*
 * Own entries first, if there are any: those that are in the ledger are pulled
 * at once, the others will be when they are.
 */
void
inv_drain_relieve(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    item->full = true;

    if (item->nstored != 0) {
        inv_drain_list(p, item, INV_DRAIN_PULL);

    } else if (TAILQ_EMPTY(&item->parcels)) {
        inv_drain_list(p, item, INV_DRAIN_OUTBOX);
    }
}


void
inv_drain_list(inv_protocol_t *p, inv_item_t *item, int list)
{
    if (item->drain == list) {
        return;
    }

    if (item->drain != INV_DRAIN_NONE) {
        TAILQ_REMOVE(item->drain == INV_DRAIN_PULL ? &p->pulls : &p->outboxes,
                     item, drain_link);
    }

    if (list != INV_DRAIN_NONE) {
        TAILQ_INSERT_TAIL(list == INV_DRAIN_PULL ? &p->pulls : &p->outboxes,
                          item, drain_link);
    }

    item->drain = list;
}


void
inv_drain_linger_over(inv_protocol_t *p, void *owner, int64_t now)
{
    inv_item_t *item = owner;

    if (item->nstored != 0) {
        inv_drain_list(p, item, INV_DRAIN_PULL);
    }
}


/* Not while what was refused before is to be tried again. */
static void
inv_drain_gather(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    if (p->insert_tries != 0) {
        return;
    }

    if (item->parcel_ops >= INV_INSERT_OPS_AT_ONCE || item->full || p->hurries)
    {
        inv_wait_clear(p, &p->insert_wait);

    } else if (TAILQ_NEXT(TAILQ_FIRST(&p->inserts), next) == NULL) {
        inv_wait_set(p, &p->insert_wait, now + INV_INSERT_LINGER_MS);
    }
}
