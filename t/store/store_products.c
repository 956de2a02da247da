
/*
 * Products of the tests, and what becomes of them, by steps; see
 * store_fixture.h.
 */


#include <stdlib.h>

#include "store_steps.h"


/* The edit action of a step on a product. */
static inv_step_t *
products_step(fixture_t *f, inv_step_kind_t kind, inv_oid_t id, inv_time_t at)
{
    inv_step_t              *step;
    inv_store_edit_action_t *own;

    own = inv_arena_alloc(f->arena, sizeof(inv_store_edit_action_t));
    assert_non_null(own);

    own->action.kind =
        kind == INV_STEP_CREATE ? INV_ACTION_CREATE : INV_ACTION_DELETE;
    own->action.product = id;
    own->action.at = at;
    own->action.who = fixture_actor.who;
    own->action.trace = fixture_actor.trace;
    own->mode = INV_WRITE_CREATE;

    step = steps_step(f, kind, id);
    step->actions = inv_arena_array(f->arena, 1, sizeof(inv_action_t *));
    assert_non_null(step->actions);
    step->actions[0] = &own->action;
    step->n = 1;

    return step;
}


static void
products_run(fixture_t *f, inv_step_t *step)
{
    steps_run_one(f, step);

    if (step->reply != INV_REPLY_DONE) {
        fail_msg("reply %d, verdict %d: %s", (int) step->reply,
                 (int) step->verdict, steps_error());
    }
}


void
fixture_create(fixture_t *f, inv_oid_t id, const inv_catalog_t *catalog,
               inv_time_t at)
{
    inv_step_t *step;

    step = products_step(f, INV_STEP_CREATE, id, at);
    ((inv_store_edit_action_t *) step->actions[0])->input.values = *catalog;

    products_run(f, step);
    steps_free(step);
}


inv_oid_t
fixture_product(fixture_t *f, const char *sku, int64_t stock)
{
    inv_oid_t     id;
    inv_catalog_t catalog;

    id = steps_id();

    memset(&catalog, 0, sizeof(catalog));
    catalog.present = INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK;
    catalog.name = inv_str("T-shirt");
    catalog.price = 199900;
    catalog.stock = stock;

    if (sku != NULL) {
        catalog.present |= INV_MEMBER_SKU;
        catalog.sku = (inv_str_t){ strlen(sku), sku };
    }

    fixture_create(f, id, &catalog, inv_time_now());

    return id;
}


void
fixture_delete(fixture_t *f, inv_oid_t id, inv_time_t at)
{
    products_run(f, products_step(f, INV_STEP_DELETE, id, at));
}


/* Into the ledger and out of its outbox; how many entries there were. */
static size_t
products_drain(fixture_t *f, inv_oid_t id)
{
    size_t          i, n;
    inv_oid_t      *batches;
    inv_step_t     *outbox, *pull;
    inv_transit_t **entries;

    outbox = steps_step(f, INV_STEP_OUTBOX, id);
    products_run(f, outbox);
    n = outbox->nviews;

    entries = inv_arena_array(f->arena, n + 1, sizeof(inv_transit_t *));
    batches = inv_arena_array(f->arena, n + 1, sizeof(inv_oid_t));
    assert_non_null(entries);
    assert_non_null(batches);

    for (i = 0; i < n; i++) {
        entries[i] = steps_transit_of(f, &outbox->views[i]);
        batches[i] = outbox->views[i].batch;
    }

    if (n > 0) {
        assert_int_equal(steps_insert(f, entries, n)->reply, INV_REPLY_DONE);

        pull = steps_step(f, INV_STEP_PULL, id);
        steps_batches(f, pull, batches, n);
        products_run(f, pull);
    }

    steps_free(outbox);

    return n;
}


void
fixture_drain(fixture_t *f, inv_oid_t id)
{
    while (products_drain(f, id) == INV_DRAIN_MAX) {
        /* the next of them */
    }
}
