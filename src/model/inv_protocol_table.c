
/*
 * model: the protocol's machine: its items and its steps.
 */


#include "inv_protocol_private.h"

#include <search.h>
#include <stdlib.h>


static int  inv_item_order(const void *a, const void *b);
static void inv_item_free(inv_protocol_t *p, inv_item_t *item);
static void inv_item_over(inv_protocol_t *p, void *owner, int64_t now);


/* The group of each kind of step. */
static const inv_step_group_t inv_step_groups[INV_STEPS] = {
    [INV_STEP_APPLY] = INV_GROUP_STOCK,
    [INV_STEP_READ] = INV_GROUP_STOCK,
    [INV_STEP_FENCE] = INV_GROUP_STOCK,
    [INV_STEP_LOOK] = INV_GROUP_STOCK,
    [INV_STEP_EDIT] = INV_GROUP_CATALOG,
    [INV_STEP_DELETE] = INV_GROUP_CATALOG,
    [INV_STEP_CREATE] = INV_GROUP_CATALOG,
    [INV_STEP_TOMBSTONE] = INV_GROUP_CATALOG,
};


static int
inv_item_order(const void *a, const void *b)
{
    const inv_item_t *x = a, *y = b;

    return memcmp(x->id.bytes, y->id.bytes, sizeof(x->id.bytes));
}


inv_item_t *
inv_item_get(inv_protocol_t *p, inv_oid_t id)
{
    void      **node;
    inv_item_t *item;

    node = tfind(&id, &p->items, inv_item_order);
    if (node != NULL) {
        return *node;
    }

    item = calloc(1, sizeof(inv_item_t));
    if (item == NULL) {
        return NULL;
    }

    item->id = id;
    TAILQ_INIT(&item->waiting);
    TAILQ_INIT(&item->peeks);
    TAILQ_INIT(&item->parcels);
    item->wait.over = inv_item_over;
    item->wait.owner = item;
    item->linger.over = inv_drain_linger_over;
    item->linger.owner = item;

    if (tsearch(item, &p->items, inv_item_order) == NULL) {
        free(item);
        return NULL;
    }

    return item;
}


static void
inv_item_unlist(inv_protocol_t *p, inv_item_t *item)
{
    if (item->ready > 0) {
        TAILQ_REMOVE(&p->ready[item->ready - 1], item, link);

    } else if (item->ready < 0) {
        TAILQ_REMOVE(&p->idle, item, link);
        p->nidle--;
    }

    item->ready = 0;
}


static void
inv_item_free(inv_protocol_t *p, inv_item_t *item)
{
    inv_item_unlist(p, item);
    inv_wait_clear(p, &item->linger);
    tdelete(item, &p->items, inv_item_order);
    free(item);
}


static bool
inv_item_is_idle(const inv_item_t *item)
{
    return item->step == NULL && item->batch == NULL
           && TAILQ_EMPTY(&item->waiting) && TAILQ_EMPTY(&item->peeks)
           && TAILQ_EMPTY(&item->parcels) && item->wait.due == 0
           && item->drain == 0 && item->drains == 0 && !item->full;
}


/* The ready list of what it wants now; 0: none. */
static int
inv_item_group(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    inv_step_kind_t kind;

    if (item->step != NULL || item->wait.due != 0) {
        return 0;
    }

    kind = inv_item_wants(item);

    if (kind == INV_STEPS) {
        return 0;
    }

    if (kind == INV_STEP_FENCE && now < item->fence_after) {
        inv_wait_set(p, &item->wait, item->fence_after);
        return 0;
    }

    return (int) inv_step_groups[kind] + 1;
}


void
inv_item_place(inv_protocol_t *p, inv_item_t *item, int64_t now)
{
    int group;

    group = inv_item_group(p, item, now);

    if (group != 0) {
        if (item->ready != group) {
            inv_item_unlist(p, item);
            TAILQ_INSERT_TAIL(&p->ready[group - 1], item, link);
            item->ready = group;
        }

        return;
    }

    inv_item_unlist(p, item);

    if (!inv_item_is_idle(item)) {
        return;
    }

    TAILQ_INSERT_TAIL(&p->idle, item, link);
    item->ready = -1;

    if (++p->nidle > p->limits.idle_max) {
        inv_item_free(p, TAILQ_FIRST(&p->idle));
    }
}


static void
inv_item_over(inv_protocol_t *p, void *owner, int64_t now)
{
    inv_item_place(p, owner, now);
}


void
inv_item_free_all(inv_protocol_t *p)
{
    inv_item_t   *item;
    inv_parcel_t *parcel;

    while (p->items != NULL) {
        item = *(inv_item_t **) p->items;

        while ((parcel = TAILQ_FIRST(&item->parcels)) != NULL) {
            inv_drain_free(p, parcel);
        }

        if (item->batch != NULL) {
            inv_batch_free(p, item);
        }

        item->ready = 0;
        tdelete(item, &p->items, inv_item_order);
        free(item);
    }
}


inv_step_t *
inv_step_create(inv_protocol_t *p, inv_step_kind_t kind)
{
    inv_step_t *step;

    step = calloc(1, sizeof(inv_step_t));
    if (step == NULL) {
        return NULL;
    }

    step->kind = kind;
    step->reply = INV_REPLY_UNAVAILABLE;
    step->sent = ++p->stamp;
    step->guards_epoch = inv_rule(INV_RULE_EPOCH_GUARD);
    step->guards_edits = inv_rule(INV_RULE_EDITS_GUARD);
    step->guards_stock = inv_rule(INV_RULE_RANGE);
    step->guards_live = inv_rule(INV_RULE_LIVE);
    step->guards_gen = true;

    p->nsteps++;

    return step;
}


void
inv_step_free(inv_protocol_t *p, inv_step_t *step)
{
    size_t i;

    for (i = 0; i < step->nviews; i++) {
        if (step->views[i].payload != NULL) {
            p->host.release(p->host.ctx, step->views[i].payload);
        }
    }

    if (step->payload != NULL) {
        p->host.release(p->host.ctx, step->payload);
    }

    if (step->arena != NULL) {
        inv_arena_destroy(step->arena);
    }

    free(step->actions);
    free(step->batches);
    free(step->keys);
    free(step->entries);
    free(step);

    p->nsteps--;
}


static int
inv_step_order(const void *a, const void *b)
{
    const inv_step_t *const *x = a, *const *y = b;

    return memcmp((*x)->product.bytes, (*y)->product.bytes,
                  sizeof((*x)->product.bytes));
}


void
inv_steps_sort(inv_step_t **steps, size_t n)
{
    qsort(steps, n, sizeof(steps[0]), inv_step_order);
}
