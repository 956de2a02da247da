
/*
 * The drain against a real server: outboxes empty into the ledger, each entry
 * once, whoever does it and however often.
 */


#include "store_fixture.h"


static inv_entry_t
purchase(fixture_t *f, inv_arena_t *arena, inv_oid_t id)
{
    inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_stock_outcome_t outcome;

    call.arena = arena;

    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &fixture_no_match,
                                     &fixture_actor, inv_time_now(), &outcome),
                  INV_STORE_OK);

    return outcome.entry;
}


static size_t
outbox_length(fixture_t *f, inv_oid_t id)
{
    bson_t     *document, outbox;
    size_t      n;
    bson_iter_t iter;

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init_find(&iter, document, "outbox"));
    assert_true(inv_bson_view(&iter, &outbox));
    n = bson_count_keys(&outbox);
    bson_destroy(document);

    return n;
}


static int64_t
ledger_length(fixture_t *f, inv_oid_t id)
{
    bson_t  filter;
    int64_t n;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "productId", id);
    n = fixture_count(f, INV_STORE_LEDGER, &filter);
    bson_destroy(&filter);

    return n;
}


static inv_store_result_t
drain(fixture_t *f, const inv_entry_t *entries, size_t n)
{
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    return inv_store_drain(f->store, &call, entries, n);
}


static void
test_moves_entries(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_entry_t entries[3];

    id = fixture_product(f, NULL, 10);
    fixture_drain(f, id);
    assert_int_equal(outbox_length(f, id), 0);

    entries[0] = purchase(f, f->arena, id);
    entries[1] = purchase(f, f->arena, id);
    entries[2] = purchase(f, f->arena, id);

    /* not in order, and not all */
    assert_int_equal(drain(f, &entries[1], 2), INV_STORE_OK);
    assert_int_equal(outbox_length(f, id), 1);
    fixture_check(f, id);

    assert_int_equal(drain(f, entries, 1), INV_STORE_OK);
    assert_int_equal(outbox_length(f, id), 0);
    assert_int_equal(ledger_length(f, id), 4);
    fixture_check(f, id);

    /* an empty outbox takes the next one as ever */
    purchase(f, f->arena, id);
    assert_int_equal(outbox_length(f, id), 1);
    fixture_check(f, id);
}


static void
test_drains_twice(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_entry_t entries[2];

    id = fixture_product(f, NULL, 10);
    entries[0] = purchase(f, f->arena, id);
    entries[1] = entries[0];

    assert_int_equal(drain(f, entries, 2), INV_STORE_OK);
    assert_int_equal(drain(f, entries, 1), INV_STORE_OK);
    assert_int_equal(outbox_length(f, id), 1);
    assert_int_equal(ledger_length(f, id), 1);
    fixture_check(f, id);
}


static void
test_drains_many_products(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_oid_t   ids[64];
    inv_entry_t entries[64 * 3];

    for (i = 0; i < 64; i++) {
        ids[i] = fixture_product(f, NULL, 10);
    }

    for (i = 0; i < 64 * 3; i++) {
        entries[i] = purchase(f, f->arena, ids[i % 64]);
    }

    assert_int_equal(drain(f, entries, 64 * 3), INV_STORE_OK);

    for (i = 0; i < 64; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 1);
        fixture_check(f, ids[i]);
    }
}


/* Corruption is not made worse, and does not hold up the others. */
static void
test_damaged_ledger(void **state)
{
    bson_t           command, document;
    fixture_t       *f = *state;
    inv_oid_t        good, bad;
    bson_oid_t       batch;
    inv_entry_t      entries[3];
    bson_iter_t      iter;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    good = fixture_product(f, NULL, 10);
    bad = fixture_product(f, NULL, 10);

    entries[0] = purchase(f, f->arena, bad);
    entries[1] = purchase(f, f->arena, good);
    entries[2] = purchase(f, f->arena, bad);

    assert_true(bson_init_static(&document,
                                 (const uint8_t *) entries[0].bson.data,
                                 entries[0].bson.len));
    assert_true(bson_iter_init_find(&iter, &document, "_id"));
    bson_oid_init(&batch, NULL);

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_LEDGER), "documents",
                "[", "{", "_id", BCON_ITER(&iter), "b", BCON_OID(&batch), "}",
                "]");
    fixture_command(f, &command);

    assert_result(call, inv_store_drain(f->store, &call, entries, 3),
                  INV_STORE_FAILED);
    assert_non_null(strstr(call.error, "another batch"));

    assert_int_equal(outbox_length(f, bad), 3);
    assert_int_equal(outbox_length(f, good), 1);
    fixture_check(f, good);
}


/* A full outbox over a damaged ledger is an alarm, not a refusal. */
static void
test_damaged_ledger_stops_a_full_outbox(void **state)
{
    int                 i;
    bson_t              command, document;
    fixture_t          *f = *state;
    inv_oid_t           id;
    bson_oid_t          batch;
    inv_entry_t         entry;
    bson_iter_t         iter;
    inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_stock_outcome_t outcome;

    id = fixture_product(f, NULL, 1000);
    entry = purchase(f, f->arena, id);

    assert_true(bson_init_static(&document, (const uint8_t *) entry.bson.data,
                                 entry.bson.len));
    assert_true(bson_iter_init_find(&iter, &document, "_id"));
    bson_oid_init(&batch, NULL);

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_LEDGER), "documents",
                "[", "{", "_id", BCON_ITER(&iter), "b", BCON_OID(&batch), "}",
                "]");
    fixture_command(f, &command);

    for (i = 2; i < INV_OUTBOX_OPS_MAX; i++) {
        purchase(f, f->arena, id);
    }

    assert_result(call,
                  inv_store_purchase(f->store, &call, id, 1, &fixture_no_match,
                                     &fixture_actor, 1, &outcome),
                  INV_STORE_FAILED);
    assert_int_equal(fixture_read(f, id)->catalog.stock,
                     1000 - INV_OUTBOX_OPS_MAX + 1);
}


static void
drain_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    const inv_entry_t *entries = shared;
    inv_store_call_t   call;

    memset(&call, 0, sizeof(call));
    call.arena = arena;
    call.deadline = inv_time_monotonic() + 20000;

    /* each all of it: overlapping, in two halves in either order */
    if (index % 2) {
        inv_store_drain(f->store, &call, entries, 32);
        inv_store_drain(f->store, &call, &entries[32], 32);
    } else {
        inv_store_drain(f->store, &call, &entries[32], 32);
        inv_store_drain(f->store, &call, entries, 32);
    }
}


static void
test_drains_at_once(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_oid_t   ids[8];
    inv_entry_t entries[64];

    for (i = 0; i < 8; i++) {
        ids[i] = fixture_product(f, NULL, 100);
    }

    for (i = 0; i < 64; i++) {
        entries[i] = purchase(f, f->arena, ids[(i * 5) % 8]);
    }

    fixture_threads(f, 8, drain_body, entries);

    /* whoever gave way to another left nothing for good */
    assert_int_equal(drain(f, entries, 64), INV_STORE_OK);

    for (i = 0; i < 8; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 1);
        assert_int_equal(ledger_length(f, ids[i]), 8);
        fixture_check(f, ids[i]);
    }
}


static void
buy_and_drain_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                 i;
    inv_oid_t          *id = shared;
    inv_store_call_t    call;
    inv_stock_outcome_t outcome;

    for (i = 0; i < 40; i++) {
        memset(&call, 0, sizeof(call));
        call.arena = arena;
        call.deadline = inv_time_monotonic() + 20000;

        if (inv_store_purchase(f->store, &call, *id, 1, &fixture_no_match,
                               &fixture_actor, inv_time_now(), &outcome)
            == INV_STORE_OK)
        {
            inv_store_drain(f->store, &call, &outcome.entry, 1);
        }
    }
}


/* dirty is right whichever way a pull and an append pass each other. */
static void
test_drains_while_others_buy(void **state)
{
    fixture_t *f = *state;
    inv_oid_t  id;

    id = fixture_product(f, NULL, 1000);
    fixture_threads(f, 8, buy_and_drain_body, &id);

    fixture_check(f, id);
    fixture_drain(f, id);
    fixture_check(f, id);
    assert_int_equal(fixture_read(f, id)->catalog.stock, 1000 - 8 * 40);
    assert_int_equal(outbox_length(f, id), 0);
    assert_int_equal(ledger_length(f, id), 1 + 8 * 40);
}


static void
test_sweep(void **state)
{
    size_t           i, moved;
    fixture_t       *f = *state;
    inv_oid_t        ids[5];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    for (i = 0; i < 5; i++) {
        ids[i] = fixture_product(f, NULL, 10);
        purchase(f, f->arena, ids[i]);
    }

    assert_result(call, inv_store_sweep(f->store, &call, 1, &moved),
                  INV_STORE_OK);
    assert_int_equal(moved, 0);
    assert_int_equal(outbox_length(f, ids[0]), 2);

    assert_result(call,
                  inv_store_sweep(f->store, &call, inv_time_now() + 1, &moved),
                  INV_STORE_OK);
    assert_true(moved >= 10);

    for (i = 0; i < 5; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 0);
        fixture_check(f, ids[i]);
    }
}


/* Damaged outboxes, more than one page of them, hold up nobody behind them. */
static void
test_sweep_passes_damaged_ones(void **state)
{
    size_t           i, moved;
    bson_t           command, remove;
    fixture_t       *f = *state;
    inv_oid_t        good, bad;
    bson_oid_t       id;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    good = fixture_product(f, NULL, 10);
    memset(&bad, 0, sizeof(bad));

    for (i = 0; i < 17; i++) {
        bad.bytes[11] = (unsigned char) i;
        bson_oid_init_from_data(&id, bad.bytes);

        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS),
                    "documents", "[", "{", "_id", BCON_OID(&id), "dirty",
                    BCON_BOOL(true), "outbox", "[", "{", "at",
                    BCON_DATE_TIME(1), "}", "]", "}", "]");
        fixture_command(f, &command);
    }

    assert_result(call,
                  inv_store_sweep(f->store, &call, inv_time_now() + 1, &moved),
                  INV_STORE_FAILED);
    assert_non_null(strstr(call.error, "damaged outbox"));
    assert_non_null(strstr(call.error, "0000000000000000000000"));
    assert_int_equal(outbox_length(f, good), 0);
    assert_int_equal(ledger_length(f, good), 1);
    fixture_check(f, good);

    bson_init(&remove);
    BCON_APPEND(&remove, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", "{", "outbox.0.at", BCON_DATE_TIME(1), "}",
                "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &remove);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sweep),
        TEST(test_sweep_passes_damaged_ones),
        TEST(test_moves_entries),
        TEST(test_drains_twice),
        TEST(test_drains_many_products),
        TEST(test_drains_at_once),
        TEST(test_drains_while_others_buy),
        TEST(test_damaged_ledger),
        TEST(test_damaged_ledger_stops_a_full_outbox),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("drain", tests, fixture_open,
                                       fixture_close);
}
