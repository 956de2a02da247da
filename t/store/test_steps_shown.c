
/*
 * What a step shows: the whole product as the change has left it, for whoever
 * keeps copies.
 */


#include "store_steps.h"


/* The JSON of what the step shows; it must be what is read now. */
static void
assert_shown(fixture_t *f, const inv_step_t *step)
{
    inv_str_t            shown, read;
    const inv_product_t *product;

    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_non_null(step->shown);
    assert_int_equal(step->shown->version, step->state.version);

    product = fixture_read(f, step->product);
    assert_non_null(product);

    assert_true(inv_product_render(f->arena, step->shown, &shown));
    assert_true(inv_product_render(f->arena, product, &read));
    assert_int_equal(shown.len, read.len);
    assert_memory_equal(shown.data, read.data, read.len);

    assert_int_equal(step->shown->seq, product->seq);
    assert_int_equal(step->shown->edits, product->edits);
    assert_int_equal(step->shown->epoch, product->epoch);
}


/* With every member that one can have. */
static inv_oid_t
full_product(fixture_t *f, const char *sku)
{
    inv_oid_t     id;
    inv_str_t     tags[] = { inv_str("red"), inv_str("$stock") };
    inv_catalog_t catalog;

    memset(&catalog, 0, sizeof(catalog));
    catalog.present = INV_MEMBERS_ALL;
    catalog.sku = (inv_str_t){ strlen(sku), sku };
    catalog.name = inv_str("Cap");
    catalog.description = inv_str("");
    catalog.price = 199900;
    catalog.category = inv_str("caps");
    catalog.tags = tags;
    catalog.ntags = 2;
    catalog.stock = 10;
    catalog.low_stock = 3;

    id = steps_id();
    fixture_create(f, id, &catalog, 1700000000123);

    return id;
}


/* Changes the document past the store; value NULL: the member is gone. */
static void
set_member(fixture_t *f, inv_oid_t id, const char *name, const char *value)
{
    bson_t     change, command;
    bson_oid_t oid;

    bson_init(&change);

    if (value != NULL) {
        BCON_APPEND(&change, "$set", "{", name, BCON_UTF8(value), "}");
    } else {
        BCON_APPEND(&change, "$unset", "{", name, BCON_INT32(1), "}");
    }

    bson_oid_init_from_data(&oid, id.bytes);
    bson_init(&command);

    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "updates",
                "[", "{", "q", "{", "_id", BCON_OID(&oid), "}", "u",
                BCON_DOCUMENT(&change), "}", "]");
    fixture_command(f, &command);

    bson_destroy(&change);
}


static void
test_one_is_shown(void **state)
{
    inv_oid_t   ids[2];
    size_t      i;
    fixture_t  *f = *state;
    inv_step_t *step;

    ids[0] = full_product(f, "shown-1");
    ids[1] = fixture_product(f, NULL, 10);

    /* what others keep in the same document is theirs */
    set_member(f, ids[0], "theirs", "x");

    for (i = 0; i < 2; i++) {
        step = steps_apply(f, ids[i], 3);
        assert_int_equal(steps_run_one(f, step), 1);
        assert_int_equal(step->shown->catalog.stock, 7);
        assert_shown(f, step);
        steps_free(step);
    }
}


static void
test_several_are_shown(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_step_t *steps[5];

    steps[0] = steps_apply(f, full_product(f, "shown-2"), 2);
    steps[1] = steps_apply(f, fixture_product(f, NULL, 10), 3);
    steps[2] = steps_apply(f, fixture_product(f, NULL, 1), 2);
    steps[3] = steps_apply(f, fixture_product(f, NULL, 10), 2);
    steps[4] = steps_apply(f, steps_id(), 2);
    fixture_delete(f, steps[3]->product, inv_time_now());

    assert_int_equal(steps_run(f, steps, 5), 2);

    assert_shown(f, steps[0]);
    assert_shown(f, steps[1]);

    for (i = 2; i < 5; i++) {
        assert_int_not_equal(steps[i]->reply, INV_REPLY_DONE);
        assert_null(steps[i]->shown);
    }

    for (i = 0; i < 5; i++) {
        steps_free(steps[i]);
    }
}


/* Nothing matched: there is nothing to show. */
static void
test_missed_is_not_shown(void **state)
{
    fixture_t  *f = *state;
    inv_step_t *step;

    step = steps_apply(f, fixture_product(f, NULL, 1), 2);
    steps_run_one(f, step);
    assert_int_equal(step->reply, INV_REPLY_MISSED);
    assert_null(step->shown);
    steps_free(step);
}


/* It is sold as before, and nobody complains: who reads it is told. */
static void
test_damaged_is_not_shown(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_oid_t   id, other;
    inv_step_t *steps[2];

    static const struct {
        const char *name, *value;
    } damage[] = { { "price", "cheap" }, { "name", NULL },
                   { "createdAt", "x" }, { "edits", "x" },
                   { "tags", "red" },    { "lowStock", "x" } };

    other = fixture_product(f, NULL, 100);

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        id = fixture_product(f, NULL, 10);
        set_member(f, id, damage[i].name, damage[i].value);

        steps[0] = steps_apply(f, id, 1);
        assert_int_equal(steps_run_one(f, steps[0]), 1);
        assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
        assert_int_equal(steps[0]->state.stock, 9);
        assert_null(steps[0]->shown);
        assert_string_equal(steps_error(), "");
        steps_free(steps[0]);

        steps[0] = steps_apply(f, id, 1);
        steps[1] = steps_apply(f, other, 1);
        assert_int_equal(steps_run(f, steps, 2), 2);
        assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
        assert_int_equal(steps[0]->state.stock, 8);
        assert_null(steps[0]->shown);
        assert_string_equal(steps_error(), "");
        assert_shown(f, steps[1]);
        steps_free(steps[0]);
        steps_free(steps[1]);
    }
}


int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_one_is_shown),
        TEST(test_several_are_shown),
        TEST(test_missed_is_not_shown),
        TEST(test_damaged_is_not_shown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
