
/*
 * EDIT, DELETE, CREATE and TOMBSTONE against a real server.
 */


#include "store_steps.h"


/* An edit or a create with its own name, price and stock (below 0: none). */
static inv_step_t *
catalog_step(fixture_t *f, inv_step_kind_t kind, inv_oid_t id, const char *name,
             int64_t stock)
{
    inv_step_t              *step;
    inv_store_edit_action_t *own;

    own = inv_arena_alloc(f->arena, sizeof(inv_store_edit_action_t));
    assert_non_null(own);

    own->action.kind =
        kind == INV_STEP_CREATE ? INV_ACTION_CREATE : INV_ACTION_EDIT;
    own->action.product = id;
    own->action.at = 1700000000123;
    own->action.who = fixture_actor.who;
    own->mode = INV_WRITE_MERGE;
    own->input.values.present = INV_MEMBER_NAME;
    own->input.values.name = (inv_str_t){ strlen(name), name };

    if (kind == INV_STEP_CREATE) {
        own->mode = INV_WRITE_CREATE;
        own->input.values.present |= INV_MEMBER_PRICE;
        own->input.values.price = 100;
    }

    if (stock >= 0) {
        own->input.values.present |= INV_MEMBER_STOCK;
        own->input.values.stock = stock;
    }

    step = steps_step(f, kind, id);
    step->actions = inv_arena_array(f->arena, 1, sizeof(inv_action_t *));
    step->actions[0] = &own->action;
    step->n = 1;

    return step;
}


static inv_store_edit_action_t *
catalog_own(const inv_step_t *step)
{
    return (inv_store_edit_action_t *) step->actions[0];
}


static void
catalog_sku(inv_step_t *step, const char *sku)
{
    catalog_own(step)->input.values.present |= INV_MEMBER_SKU;
    catalog_own(step)->input.values.sku = (inv_str_t){ strlen(sku), sku };
}


static inv_step_t *
delete_step(fixture_t *f, inv_oid_t id)
{
    inv_step_t *step;

    step = catalog_step(f, INV_STEP_DELETE, id, "", -1);
    step->actions[0]->kind = INV_ACTION_DELETE;

    return step;
}


static void
test_edits(void **state)
{
    fixture_t     *f = *state;
    inv_oid_t      id;
    inv_step_t    *step;
    inv_transit_t *transit;

    id = fixture_product(f, NULL, 10);

    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", 25);
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.seq, 2);
    assert_int_equal(step->state.stock, 25);
    assert_int_equal(step->state.version, 2);
    assert_int_equal(catalog_own(step)->product->edits, 1);
    assert_ptr_equal(step->shown, catalog_own(step)->product);
    assert_int_equal(catalog_own(step)->product->catalog.stock, 25);
    assert_memory_equal(catalog_own(step)->product->catalog.name.data, "Cap",
                        3);
    fixture_check(f, id);

    /* what it hands on is what its outbox holds */
    transit = steps_transit(f, step);
    assert_int_equal(steps_insert(f, &transit, 1)->reply, INV_REPLY_DONE);
    fixture_check(f, id);
    fixture_drain(f, id);
    fixture_check(f, id);
    steps_free(step);

    /* nothing to write */
    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", 25);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_true(step->has_state);
    assert_int_equal(step->state.seq, 0);
    assert_int_equal(step->state.version, 2);
    assert_null(step->payload);
    assert_non_null(catalog_own(step)->product);
}


static void
test_edit_refusals(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_match_t match;
    inv_step_t *step;

    id = fixture_product(f, NULL, 10);
    fixture_product(f, "edit-taken", 10);

    step = catalog_step(f, INV_STEP_EDIT, steps_id(), "Cap", -1);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_NOT_FOUND);
    assert_false(step->has_state);

    match = fixture_match(f, 7);
    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", -1);
    step->actions[0]->if_match = &match;
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_VERSION_CHANGED);

    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", -1);
    catalog_sku(step, "edit-taken");
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_SKU_TAKEN);
    assert_null(step->payload);

    match = fixture_match(f, 1);
    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", -1);
    step->actions[0]->if_match = &match;
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    steps_free(step);
}


/* A full outbox is a miss; the machine looks why. */
static void
test_edit_misses(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_step_t *step, *fill;

    id = fixture_product(f, NULL, 1000);
    fixture_drain(f, id);
    fill = steps_apply(f, id, INV_OUTBOX_OPS_MAX);
    steps_run_one(f, fill);
    assert_int_equal(fill->reply, INV_REPLY_DONE);

    step = catalog_step(f, INV_STEP_EDIT, id, "Cap", -1);
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_MISSED);
    assert_null(step->payload);

    steps_free(fill);
    fixture_check(f, id);
}


static void
test_deletes(void **state)
{
    bson_t      command;
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_step_t *step;
    bson_oid_t  oid;
    inv_match_t match;

    id = fixture_product(f, "delete-1", 10);
    bson_oid_init_from_data(&oid, id.bytes);

    match = fixture_match(f, 2);
    step = delete_step(f, id);
    step->actions[0]->if_match = &match;
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->verdict, INV_VERDICT_VERSION_CHANGED);

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "updates",
                "[", "{", "q", "{", "_id", BCON_OID(&oid), "}", "u", "{",
                "$set", "{", "reserved", BCON_INT64(1), "}", "}", "}", "]");
    fixture_command(f, &command);

    step = delete_step(f, id);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_IN_USE);

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "updates",
                "[", "{", "q", "{", "_id", BCON_OID(&oid), "}", "u", "{",
                "$set", "{", "reserved", BCON_INT64(0), "}", "}", "}", "]");
    fixture_command(f, &command);

    step = delete_step(f, id);
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.version, 2);
    assert_int_equal(step->state.epoch, 0);
    assert_true(step->state.deleted);
    assert_null(step->shown);

    /* nothing to be deleted twice, nor edited, but its grave is told */
    step = delete_step(f, id);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_NOT_FOUND);
    assert_true(step->has_state);
    assert_true(step->state.deleted);
    assert_int_equal(step->state.version, 2);

    step = delete_step(f, steps_id());
    steps_run_one(f, step);
    assert_int_equal(step->verdict, INV_VERDICT_NOT_FOUND);
    assert_false(step->has_state);

    /* its sku is free */
    fixture_product(f, "delete-1", 1);
    fixture_check(f, id);
}


static void
test_creates(void **state)
{
    fixture_t     *f = *state;
    inv_oid_t      id;
    inv_step_t    *step, *apply;
    inv_transit_t *transit;

    id = steps_id();

    step = catalog_step(f, INV_STEP_CREATE, id, "Cap", 12);
    catalog_sku(step, "create-1");
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.seq, 1);
    assert_int_equal(step->state.stock, 12);
    assert_int_equal(step->state.version, 1);
    assert_int_equal(catalog_own(step)->product->created_at, 1700000000123);
    assert_ptr_equal(step->shown, catalog_own(step)->product);
    fixture_check(f, id);

    transit = steps_transit(f, step);
    assert_int_equal(steps_insert(f, &transit, 1)->reply, INV_REPLY_DONE);
    fixture_check(f, id);
    fixture_drain(f, id);
    steps_free(step);

    apply = steps_apply(f, id, 2);
    steps_run_one(f, apply);
    steps_free(apply);

    /* an earlier try has made it: as it is now, with its sku, too */
    step = catalog_step(f, INV_STEP_CREATE, id, "Cap", 12);
    catalog_sku(step, "create-1");
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.seq, 3);
    assert_int_equal(step->state.stock, 10);
    assert_null(step->payload);
    assert_int_equal(catalog_own(step)->product->catalog.stock, 10);
    assert_ptr_equal(step->shown, catalog_own(step)->product);
    assert_string_equal(steps_error(), "");

    step = catalog_step(f, INV_STEP_CREATE, steps_id(), "Cap", 12);
    catalog_sku(step, "create-1");
    assert_int_equal(steps_run_one(f, step), 3);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_SKU_TAKEN);
    assert_null(fixture_read(f, step->product));

    fixture_check(f, id);
}


static void
test_tombstones(void **state)
{
    bson_t     *document;
    fixture_t  *f = *state;
    inv_oid_t   id, live;
    inv_step_t *step, *late;

    id = steps_id();
    live = fixture_product(f, NULL, 10);

    step = steps_step(f, INV_STEP_TOMBSTONE, id);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);

    document = fixture_product_document(f, id);
    assert_true(bson_has_field(document, "purgeAt"));
    assert_true(bson_has_field(document, "deleted"));
    assert_false(bson_has_field(document, "dirty"));
    bson_destroy(document);

    /* the store itself reads it as a grave */
    assert_true(fixture_read(f, id)->deleted);

    /* again: it is there */
    step = steps_step(f, INV_STEP_TOMBSTONE, id);
    assert_int_equal(steps_run_one(f, step), 2);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_string_equal(steps_error(), "");

    /* what was sent before and lands late finds it */
    late = catalog_step(f, INV_STEP_CREATE, id, "Cap", 12);
    steps_run_one(f, late);
    assert_int_equal(late->reply, INV_REPLY_MISSED);
    assert_true(late->state.deleted);

    /* a live one stays */
    step = steps_step(f, INV_STEP_TOMBSTONE, live);
    steps_run_one(f, step);
    assert_int_equal(step->reply, INV_REPLY_MISSED);
    assert_false(step->state.deleted);
    assert_int_equal(step->state.seq, 1);

    /* one that lived and was deleted is not one that never was */
    late = delete_step(f, live);
    steps_run_one(f, late);
    assert_int_equal(late->reply, INV_REPLY_DONE);

    step = steps_step(f, INV_STEP_TOMBSTONE, live);
    steps_run_one(f, step);
    assert_int_equal(step->reply, INV_REPLY_MISSED);
    assert_true(step->state.deleted);
    assert_int_equal(step->state.seq, 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_edits),   TEST(test_edit_refusals), TEST(test_edit_misses),
        TEST(test_deletes), TEST(test_creates),       TEST(test_tombstones),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps catalog", tests, fixture_open,
                                       fixture_close);
}
