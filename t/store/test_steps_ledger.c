
/*
 * INSERT, PULL, OUTBOX and SWEEP against a real server.
 */


#include "store_steps.h"


/* What goes to the ledger from a batch is what its outbox holds, to the byte. */
static void
test_inserts_what_the_outbox_has(void **state)
{
    char           name[64], hex[INV_OID_HEX];
    bson_t        *document, *stored, expected, element, filter;
    fixture_t     *f = *state;
    inv_oid_t      id;
    inv_step_t    *step;
    bson_iter_t    iter, found;
    inv_transit_t *transit;

    id = fixture_product(f, NULL, 10);
    step = steps_apply(f, id, 3);
    steps_run_one(f, step);
    transit = steps_transit(f, step);

    assert_int_equal(steps_insert(f, &transit, 1)->reply, INV_REPLY_DONE);
    assert_true(transit->stored);
    assert_false(transit->corrupt);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.1", &found));
    assert_true(inv_bson_view(&found, &element));

    inv_oid_write(id, hex);
    snprintf(name, sizeof(name), "%.*s-4", INV_OID_HEX, hex);

    bson_init(&expected);
    bson_append_utf8(&expected, "_id", -1, name, -1);
    inv_bson_put_oid(&expected, "productId", id);
    bson_concat(&expected, &element);

    bson_init(&filter);
    inv_bson_put_oid(&filter, "b", step->batch);
    stored = fixture_document(f, INV_STORE_LEDGER, &filter);
    assert_non_null(stored);
    assert_true(bson_equal(stored, &expected));

    bson_destroy(&filter);
    bson_destroy(&expected);
    bson_destroy(stored);
    bson_destroy(document);
    steps_free(step);
    fixture_check(f, id);
}


/* Again is as good as once; another batch under its id is corruption. */
static void
test_each_entry_once(void **state)
{
    fixture_t     *f = *state;
    inv_step_t    *step[3], *insert;
    inv_transit_t *transits[3];

    step[0] = steps_apply(f, fixture_product(f, NULL, 10), 1);
    step[1] = steps_apply(f, fixture_product(f, NULL, 10), 1);
    step[2] = steps_apply(f, fixture_product(f, NULL, 10), 1);
    steps_run(f, step, 3);

    transits[0] = steps_transit(f, step[0]);
    transits[1] = steps_transit(f, step[1]);
    transits[2] = steps_transit(f, step[2]);

    insert = steps_insert(f, transits, 2);
    assert_int_equal(insert->reply, INV_REPLY_DONE);

    transits[0]->stored = false;
    transits[1]->stored = false;
    transits[1]->batch = steps_id();

    insert = steps_insert(f, transits, 3);
    assert_int_equal(insert->reply, INV_REPLY_DONE);
    assert_true(transits[0]->stored);
    assert_false(transits[0]->corrupt);
    assert_false(transits[1]->stored);
    assert_true(transits[1]->corrupt);
    assert_true(transits[2]->stored);
    assert_non_null(strstr(steps_error(), "another batch"));

    steps_free(step[0]);
    steps_free(step[1]);
    steps_free(step[2]);
}


/* One that the server refuses does not stop the others. */
static void
test_a_refused_entry_stops_no_other(void **state)
{
    bson_t         command;
    fixture_t     *f = *state;
    inv_step_t    *step[2], *insert;
    inv_transit_t *transits[2];

    step[0] = steps_apply(f, fixture_product(f, NULL, 10), 1);
    step[1] = steps_apply(f, fixture_product(f, NULL, 10), 1);
    steps_run(f, step, 2);
    transits[0] = steps_transit(f, step[0]);
    transits[1] = steps_transit(f, step[1]);
    transits[0]->after = -1;

    /* a validator that only one of them passes */
    bson_init(&command);
    BCON_APPEND(&command, "collMod", BCON_UTF8(INV_STORE_LEDGER), "validator",
                "{", "after", "{", "$gte", BCON_INT32(0), "}", "}");
    fixture_command(f, &command);

    insert = steps_insert(f, transits, 2);

    bson_init(&command);
    BCON_APPEND(&command, "collMod", BCON_UTF8(INV_STORE_LEDGER), "validator",
                "{", "}");
    fixture_command(f, &command);

    assert_int_not_equal(insert->reply, INV_REPLY_DONE);
    assert_false(transits[0]->stored);
    assert_false(transits[0]->corrupt);
    assert_true(transits[1]->stored);

    transits[0]->after = 9;
    insert = steps_insert(f, transits, 2);
    assert_int_equal(insert->reply, INV_REPLY_DONE);
    assert_true(transits[0]->stored);

    steps_free(step[0]);
    steps_free(step[1]);
}


static void
test_pulls(void **state)
{
    size_t         i;
    fixture_t     *f = *state;
    inv_oid_t      batches[2];
    inv_step_t    *apply[2], *pull[2], *read;
    inv_transit_t *transits[2];

    for (i = 0; i < 2; i++) {
        apply[i] = steps_apply(f, fixture_product(f, NULL, 10), 2);
        fixture_drain(f, apply[i]->product);
    }

    steps_run(f, apply, 2);

    for (i = 0; i < 2; i++) {
        transits[i] = steps_transit(f, apply[i]);
        pull[i] = steps_step(f, INV_STEP_PULL, apply[i]->product);
        batches[0] = steps_id();
        batches[1] = apply[i]->batch;
        steps_batches(f, pull[i], batches, 2);
    }

    assert_int_equal(steps_insert(f, transits, 2)->reply, INV_REPLY_DONE);

    /* another batch stays where it is */
    steps_free(apply[1]);
    apply[1]->batch = steps_id();
    steps_run_one(f, apply[1]);
    assert_int_equal(apply[1]->reply, INV_REPLY_DONE);

    /* one command for all of them, and again does nothing */
    for (i = 0; i < 2; i++) {
        assert_int_equal(steps_run(f, pull, 2), 1);
        assert_int_equal(pull[0]->reply, INV_REPLY_DONE);
        assert_int_equal(pull[1]->reply, INV_REPLY_DONE);
    }

    read = steps_step(f, INV_STEP_READ, apply[0]->product);
    steps_run_one(f, read);
    assert_int_equal(read->state.outbox_ops, 0);
    assert_int_equal(read->state.version, 3);

    read = steps_step(f, INV_STEP_READ, apply[1]->product);
    steps_run_one(f, read);
    assert_int_equal(read->state.outbox_ops, 2);

    for (i = 0; i < 2; i++) {
        fixture_check(f, apply[i]->product);
        steps_free(apply[i]);
    }
}


/* An outbox of others', whole: into the ledger, and out. */
static void
test_shows_an_outbox(void **state)
{
    size_t          i;
    fixture_t      *f = *state;
    inv_oid_t       id;
    inv_step_t     *step, *outbox, *pull;
    inv_transit_t  *transits[2];
    const inv_oid_t none = { { 0 } };

    id = fixture_product(f, NULL, 10);
    step = steps_apply(f, id, 3);
    steps_run_one(f, step);

    outbox = steps_step(f, INV_STEP_OUTBOX, id);
    assert_int_equal(steps_run_one(f, outbox), 1);
    assert_int_equal(outbox->reply, INV_REPLY_DONE);
    assert_int_equal(outbox->nviews, 2);
    assert_false(outbox->full);
    assert_true(inv_oid_eq(outbox->views[1].batch, step->batch));

    for (i = 0; i < 2; i++) {
        assert_true(inv_oid_eq(outbox->views[i].product, id));
        assert_non_null(outbox->views[i].payload);
        transits[i] = steps_transit_of(f, &outbox->views[i]);
    }

    assert_int_equal(steps_insert(f, transits, 2)->reply, INV_REPLY_DONE);
    fixture_check(f, id);

    pull = steps_step(f, INV_STEP_PULL, id);
    steps_batches(f, pull,
                  (inv_oid_t[]){ transits[0]->batch, transits[1]->batch }, 2);
    steps_run_one(f, pull);
    fixture_check(f, id);

    steps_free(outbox);
    outbox = steps_step(f, INV_STEP_OUTBOX, id);
    steps_run_one(f, outbox);
    assert_int_equal(outbox->reply, INV_REPLY_DONE);
    assert_int_equal(outbox->nviews, 0);
    steps_free(outbox);

    outbox = steps_step(f, INV_STEP_OUTBOX, none);
    steps_run_one(f, outbox);
    assert_int_equal(outbox->reply, INV_REPLY_MISSED);

    steps_free(step);
    steps_free(outbox);
}


/* Page after page, past a damaged product, up to the age that is asked. */
static void
test_sweeps(void **state)
{
    bson_t          command, filter;
    size_t          i, pages, products;
    fixture_t      *f = *state;
    inv_oid_t       ids[20], last;
    inv_step_t     *sweep;
    bson_oid_t      damaged;
    const inv_oid_t none = { { 0 } };

    /* what other tests left */
    bson_init(&filter);
    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", BCON_DOCUMENT(&filter), "limit", BCON_INT32(0),
                "}", "]");
    fixture_command(f, &command);

    for (i = 0; i < 20; i++) {
        ids[i] = fixture_product(f, NULL, 10);
    }

    bson_oid_init_from_data(&damaged, ids[7].bytes);
    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "updates",
                "[", "{", "q", "{", "_id", BCON_OID(&damaged), "}", "u", "{",
                "$unset", "{", "outbox.0.to", BCON_INT32(1), "}", "}", "}",
                "]");
    fixture_command(f, &command);

    last = none;
    pages = 0;
    products = 0;

    do {
        sweep = steps_step(f, INV_STEP_SWEEP, last);
        sweep->at = inv_time_now() + 1000;
        assert_int_equal(steps_run_one(f, sweep), 1);
        assert_int_equal(sweep->reply, INV_REPLY_DONE);

        for (i = 0; i < sweep->nviews; i++) {
            assert_memory_not_equal(sweep->views[i].product.bytes, ids[7].bytes,
                                    sizeof(ids[7].bytes));
            assert_non_null(sweep->views[i].payload);
        }

        products += sweep->nviews;
        last = sweep->product;
        pages++;
        steps_free(sweep);

    } while (sweep->full);

    assert_int_equal(pages, 2);
    assert_int_equal(products, 19);

    sweep = steps_step(f, INV_STEP_SWEEP, none);
    sweep->at = inv_time_now() - 3600000;
    steps_run_one(f, sweep);
    assert_int_equal(sweep->reply, INV_REPLY_DONE);
    assert_int_equal(sweep->nviews, 0);
    assert_false(sweep->full);
    steps_free(sweep);

    /* a damaged one by itself is refused, and named */
    sweep = steps_step(f, INV_STEP_OUTBOX, ids[7]);
    steps_run_one(f, sweep);
    assert_int_equal(sweep->reply, INV_REPLY_REFUSED);
    assert_int_equal(sweep->verdict, INV_VERDICT_DAMAGED);
    assert_non_null(strstr(steps_error(), "damaged"));
    steps_free(sweep);

    sweep = steps_step(f, INV_STEP_READ, ids[7]);
    steps_run_one(f, sweep);
    assert_int_equal(sweep->reply, INV_REPLY_REFUSED);
    steps_free(sweep);

    bson_destroy(&filter);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_inserts_what_the_outbox_has),
        TEST(test_each_entry_once),
        TEST(test_a_refused_entry_stops_no_other),
        TEST(test_pulls),
        TEST(test_shows_an_outbox),
        TEST(test_sweeps),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps ledger", tests, fixture_open,
                                       fixture_close);
}
