
/*
 * Purchases against a real server: exact, and refused only for good reason.
 */


#include "store_fixture.h"


static inv_store_result_t
purchase(fixture_t *f, inv_oid_t id, int64_t quantity,
         inv_stock_outcome_t *outcome)
{
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    return inv_store_purchase(f->store, &call, id, quantity, &fixture_no_match,
                              &fixture_actor, inv_time_now(), outcome);
}


static void
test_takes_and_answers(void **state)
{
    fixture_t          *f = *state;
    inv_oid_t           id;
    inv_product_t      *product;
    inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 10);

    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 3, &fixture_no_match,
                                     &fixture_actor, 1700000000123, &outcome),
                  INV_STORE_OK);

    assert_int_equal(outcome.remaining, 7);
    assert_int_equal(outcome.seq, 2);
    assert_int_equal(outcome.version, 2);
    assert_int_equal(call.commands, 1);

    product = fixture_read(f, id);
    assert_int_equal(product->catalog.stock, 7);
    assert_int_equal(product->version, 2);
    assert_int_equal(product->seq, 2);
    assert_int_equal(product->edits, 0);
    assert_int_equal(product->updated_at, 1700000000123);

    fixture_check(f, id);
}


/* The entry that is handed on is the one in the outbox, to the byte. */
static void
test_hands_on_its_entry(void **state)
{
    bson_t             *document, expected, element, op;
    fixture_t          *f = *state;
    inv_oid_t           id;
    bson_iter_t         iter, elements;
    inv_stock_outcome_t outcome;
    char                name[64], hex[INV_OID_HEX];

    id = fixture_product(f, NULL, 10);
    assert_int_equal(purchase(f, id, 4, &outcome), INV_STORE_OK);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.1", &elements));
    assert_true(inv_bson_view(&elements, &element));

    inv_oid_write(id, hex);
    snprintf(name, sizeof(name), "%.*s-2", INV_OID_HEX, hex);

    bson_init(&expected);
    bson_append_utf8(&expected, "_id", -1, name, -1);
    inv_bson_put_oid(&expected, "productId", id);
    bson_concat(&expected, &element);

    assert_int_equal(outcome.entry.bson.len, expected.len);
    assert_memory_equal(outcome.entry.bson.data, bson_get_data(&expected),
                        expected.len);
    assert_true(inv_oid_eq(outcome.entry.product, id));

    /* what the client said is kept as it said it: nothing is evaluated */
    assert_true(bson_iter_init(&iter, &element));
    assert_true(bson_iter_find_descendant(&iter, "ops.0", &elements));
    assert_true(inv_bson_view(&elements, &op));
    assert_true(bson_iter_init_find(&iter, &op, "t"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "purchase");
    assert_true(bson_iter_init_find(&iter, &op, "who"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "$where.");
    assert_true(bson_iter_init_find(&iter, &op, "trace"));
    assert_string_equal(bson_iter_utf8(&iter, NULL),
                        "0af7651916cd43dd8448eb211c80319c");
    assert_false(bson_has_field(&op, "k"));

    bson_destroy(&expected);
    bson_destroy(document);
}


static void
test_refuses_what_does_not_fit(void **state)
{
    fixture_t          *f = *state;
    inv_oid_t           id;
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 2);

    assert_int_equal(purchase(f, id, 3, &outcome), INV_STORE_OUT_OF_STOCK);
    assert_int_equal(outcome.available, 2);

    assert_int_equal(purchase(f, id, 2, &outcome), INV_STORE_OK);
    assert_int_equal(outcome.remaining, 0);

    assert_int_equal(purchase(f, id, 1, &outcome), INV_STORE_OUT_OF_STOCK);
    assert_int_equal(outcome.available, 0);

    assert_int_equal(fixture_read(f, id)->version, 2);
    fixture_check(f, id);
}


static void
test_knows_no_such_product(void **state)
{
    fixture_t          *f = *state;
    inv_oid_t           id;
    inv_stock_outcome_t outcome;

    inv_random(id.bytes, sizeof(id.bytes));
    assert_int_equal(purchase(f, id, 1, &outcome), INV_STORE_NOT_FOUND);
}


static void
test_if_match(void **state)
{
    fixture_t          *f = *state;
    inv_oid_t           id;
    inv_match_t         match;
    inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 10);

    match = fixture_match(f, 1);
    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_OK);
    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_VERSION_CHANGED);

    match = inv_match_read(inv_str("\"9\", W/\"2\""));
    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_OK);

    match = inv_match_read(inv_str("*"));
    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_OK);

    assert_int_equal(fixture_read(f, id)->catalog.stock, 7);
    fixture_check(f, id);
}


/* A fence has raised the epoch: the next purchase finds out by itself. */
static void
test_learns_the_epoch(void **state)
{
    bson_t              command;
    fixture_t          *f = *state;
    inv_oid_t           id;
    bson_oid_t          oid;
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 10);
    bson_oid_init_from_data(&oid, id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update", "{", "$inc",
                "{", "epoch", BCON_INT64(3), "}", "}");
    fixture_command(f, &command);

    assert_int_equal(purchase(f, id, 1, &outcome), INV_STORE_OK);
    assert_int_equal(outcome.remaining, 9);
    fixture_check(f, id);
}


typedef struct {
    inv_oid_t id;
    int       bought[64];
    int       refused[64];
    int       other[64];
    int       tries;
} storm_t;


static void
storm_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                 i;
    storm_t            *storm = shared;
    inv_store_call_t    call;
    inv_stock_outcome_t outcome;

    for (i = 0; i < storm->tries; i++) {
        memset(&call, 0, sizeof(call));
        call.arena = arena;
        call.deadline = inv_time_monotonic() + 20000;

        switch (inv_store_purchase(f->store, &call, storm->id, 1,
                                   &fixture_no_match, &fixture_actor,
                                   inv_time_now(), &outcome))
        {
        case INV_STORE_OK:
            storm->bought[index]++;
            break;

        case INV_STORE_OUT_OF_STOCK:
            storm->refused[index]++;
            break;

        default:
            fprintf(stderr, "# %s\n", call.error);
            storm->other[index]++;
        }
    }
}


static void
test_last_items_of_many(void **state)
{
    int        i, bought, refused, other;
    storm_t    storm;
    fixture_t *f = *state;

    memset(&storm, 0, sizeof(storm));
    storm.id = fixture_product(f, NULL, 100);
    storm.tries = 10;

    fixture_threads(f, 16, storm_body, &storm);

    bought = refused = other = 0;

    for (i = 0; i < 16; i++) {
        bought += storm.bought[i];
        refused += storm.refused[i];
        other += storm.other[i];
    }

    assert_int_equal(bought, 100);
    assert_int_equal(refused, 60);
    assert_int_equal(other, 0);
    assert_int_equal(fixture_read(f, storm.id)->catalog.stock, 0);
    fixture_check(f, storm.id);
}


/* Nobody drains: whoever meets a full outbox does it, and none is lost. */
static void
test_full_outbox(void **state)
{
    int                 i;
    bson_t             *document;
    bson_iter_t         iter, outbox;
    fixture_t          *f = *state;
    inv_oid_t           id;
    inv_store_call_t    call;
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 1000);

    for (i = 1; i < INV_OUTBOX_OPS_MAX; i++) {
        assert_int_equal(purchase(f, id, 1, &outcome), INV_STORE_OK);
    }

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.511", &outbox));
    bson_destroy(document);

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &fixture_no_match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_OK);
    assert_int_equal(outcome.remaining, 1000 - INV_OUTBOX_OPS_MAX);
    assert_in_range(call.commands, 4, 8);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_false(bson_iter_find_descendant(&iter, "outbox.257", &outbox));
    bson_destroy(document);

    fixture_check(f, id);
}


/* The cap is of ops: an entry of many counts as many. */
static void
test_full_outbox_of_large_entries(void **state)
{
    bson_t              command, entry, op;
    char                digits[16];
    int                 i;
    const char         *key;
    bson_t              ops;
    bson_oid_t          oid, batch;
    fixture_t          *f = *state;
    inv_oid_t           id, b;
    inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 1000);
    bson_oid_init_from_data(&oid, id.bytes);
    b = inv_store_batch();
    bson_oid_init_from_data(&batch, b.bytes);

    /* one entry of 511 ops besides the first movement: full to the brim */
    bson_init(&entry);
    BCON_APPEND(&entry, "b", BCON_OID(&batch), "from", BCON_INT64(2), "to",
                BCON_INT64(512), "after", BCON_INT64(489), "at",
                BCON_DATE_TIME(1));
    bson_append_array_begin(&entry, "ops", -1, &ops);

    for (i = 0; i < 511; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        bson_append_document_begin(&ops, key, -1, &op);
        BCON_APPEND(&op, "t", "purchase", "d", BCON_INT64(-1));
        bson_append_document_end(&ops, &op);
    }

    bson_append_array_end(&entry, &ops);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update", "{",
                "$push", "{", "outbox", BCON_DOCUMENT(&entry), "}", "$inc", "{",
                "seq", BCON_INT64(511), "stock", BCON_INT64(-511), "}", "}");
    fixture_command(f, &command);
    bson_destroy(&entry);
    fixture_check(f, id);

    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &fixture_no_match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_OK);
    assert_int_equal(outcome.remaining, 488);
    assert_int_equal(outcome.seq, 513);
    assert_true(call.commands > 1);
    fixture_check(f, id);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_takes_and_answers),
        TEST(test_hands_on_its_entry),
        TEST(test_refuses_what_does_not_fit),
        TEST(test_knows_no_such_product),
        TEST(test_if_match),
        TEST(test_learns_the_epoch),
        TEST(test_last_items_of_many),
        TEST(test_full_outbox),
        TEST(test_full_outbox_of_large_entries),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("purchase", tests, fixture_open,
                                       fixture_close);
}
