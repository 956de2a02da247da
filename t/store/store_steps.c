
/*
 * What the tests of the machine's steps share; see store_steps.h.
 */


#include <stdlib.h>

#include "store_steps.h"


static char steps_last_error[sizeof(((inv_store_call_t *) 0)->error)];


inv_oid_t
steps_id(void)
{
    inv_oid_t id;

    inv_random(id.bytes, sizeof(id.bytes));

    return id;
}


inv_action_t *
steps_move(fixture_t *f, int64_t delta)
{
    inv_action_t *action;

    action = inv_arena_alloc(f->arena, sizeof(inv_action_t));
    assert_non_null(action);

    action->kind = INV_ACTION_MOVE;
    action->type = delta < 0 ? INV_MOVE_PURCHASE : INV_MOVE_RESTOCK;
    action->delta = delta;
    action->at = inv_time_now();
    action->who = fixture_actor.who;
    action->trace = fixture_actor.trace;

    return action;
}


inv_step_t *
steps_step(fixture_t *f, inv_step_kind_t kind, inv_oid_t product)
{
    inv_step_t *step;

    step = inv_arena_alloc(f->arena, sizeof(inv_step_t));
    assert_non_null(step);

    step->kind = kind;
    step->product = product;
    step->batch = steps_id();
    step->guards_epoch = true;
    step->guards_edits = true;
    step->guards_stock = true;
    step->guards_live = true;
    step->guards_gen = true;

    return step;
}


inv_step_t *
steps_batch(fixture_t *f, inv_oid_t product, inv_action_t **actions, size_t n)
{
    size_t      i;
    int64_t     least, most;
    inv_step_t *step;

    step = steps_step(f, INV_STEP_APPLY, product);
    step->actions = actions;
    step->n = n;
    least = 0;
    most = 0;

    for (i = 0; i < n; i++) {
        step->sum += actions[i]->delta;
        least = step->sum < least ? step->sum : least;
        most = step->sum > most ? step->sum : most;
    }

    step->need = -least;
    step->room = INV_STOCK_MAX - most;

    return step;
}


inv_step_t *
steps_apply(fixture_t *f, inv_oid_t product, size_t n)
{
    size_t         i;
    inv_action_t **actions;

    actions = inv_arena_array(f->arena, n, sizeof(inv_action_t *));
    assert_non_null(actions);

    for (i = 0; i < n; i++) {
        actions[i] = steps_move(f, -1);
    }

    return steps_batch(f, product, actions, n);
}


static inv_oid_t *
steps_ids(fixture_t *f, const inv_oid_t *ids, size_t n)
{
    inv_oid_t *copy;

    copy = inv_arena_array(f->arena, n, sizeof(inv_oid_t));
    assert_non_null(copy);
    memcpy(copy, ids, n * sizeof(inv_oid_t));

    return copy;
}


void
steps_batches(fixture_t *f, inv_step_t *step, const inv_oid_t *batches,
              size_t n)
{
    step->batches = steps_ids(f, batches, n);
    step->nbatches = n;
}


void
steps_keys(fixture_t *f, inv_step_t *step, const inv_oid_t *keys, size_t n)
{
    step->keys = steps_ids(f, keys, n);
    step->nkeys = n;
}


static int
steps_order(const void *a, const void *b)
{
    const inv_step_t *const *x = a, *const *y = b;

    return memcmp((*x)->product.bytes, (*y)->product.bytes,
                  sizeof((*x)->product.bytes));
}


unsigned
steps_run(fixture_t *f, inv_step_t **steps, size_t n)
{
    inv_step_t     **sorted;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    sorted = inv_arena_array(f->arena, n, sizeof(inv_step_t *));
    assert_non_null(sorted);
    memcpy(sorted, steps, n * sizeof(inv_step_t *));
    qsort(sorted, n, sizeof(inv_step_t *), steps_order);

    inv_store_steps(f->store, &call, sorted, n);

    memcpy(steps_last_error, call.error, sizeof(call.error));

    return call.commands;
}


unsigned
steps_run_one(fixture_t *f, inv_step_t *step)
{
    return steps_run(f, &step, 1);
}


const char *
steps_error(void)
{
    return steps_last_error;
}


void
steps_free(inv_step_t *step)
{
    size_t i;

    for (i = 0; i < step->nviews; i++) {
        inv_store_payload_free(step->views[i].payload);
    }

    inv_store_payload_free(step->payload);
    step->payload = NULL;
    step->views = NULL;
    step->nviews = 0;

    if (step->arena != NULL) {
        inv_arena_destroy(step->arena);
        step->arena = NULL;
    }
}


inv_transit_t *
steps_transit(fixture_t *f, inv_step_t *step)
{
    size_t         i;
    inv_transit_t *transit;

    assert_int_equal(step->reply, INV_REPLY_DONE);

    transit = inv_arena_alloc(f->arena, sizeof(inv_transit_t));
    assert_non_null(transit);

    transit->product = step->product;
    transit->batch = step->batch;
    transit->to = step->state.seq;
    transit->from = step->state.seq - (int64_t) step->n + 1;
    transit->after = step->state.stock;
    transit->payload = step->payload;

    for (i = 0; i < step->n; i++) {
        if (step->actions[i]->at > transit->at) {
            transit->at = step->actions[i]->at;
        }
    }

    return transit;
}


inv_transit_t *
steps_transit_of(fixture_t *f, const inv_entry_view_t *view)
{
    inv_transit_t *transit;

    transit = inv_arena_alloc(f->arena, sizeof(inv_transit_t));
    assert_non_null(transit);

    transit->product = view->product;
    transit->batch = view->batch;
    transit->from = view->from;
    transit->to = view->to;
    transit->after = view->after;
    transit->payload = view->payload;
    transit->whole = true;

    return transit;
}


inv_step_t *
steps_insert(fixture_t *f, inv_transit_t **entries, size_t n)
{
    inv_step_t *step;

    step = steps_step(f, INV_STEP_INSERT, entries[0]->product);
    step->entries = entries;
    step->nentries = n;

    steps_run_one(f, step);

    return step;
}
