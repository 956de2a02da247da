
/*
 * The drain against a real server: outboxes empty into the ledger, each entry
 * once, whoever does it and however often.
 */


#include "store_machine.h"
#include "store_steps.h"


/* Buys one; its entry stays in the outbox until the machine goes on. */
static void
purchase(machine_t *machine, inv_oid_t id)
{
    inv_action_t *action;

    action = machine_move(machine, id, -1, NULL);
    assert_verdict(machine, action, INV_VERDICT_OK);
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


/* INSERT and PULL of these, which are of one product. */
static void
drain(fixture_t *f, inv_transit_t **entries, size_t n)
{
    size_t      i;
    inv_oid_t   batches[8];
    inv_step_t *pull;

    assert_int_equal(steps_insert(f, entries, n)->reply, INV_REPLY_DONE);

    for (i = 0; i < n; i++) {
        batches[i] = entries[i]->batch;
    }

    pull = steps_step(f, INV_STEP_PULL, entries[0]->product);
    steps_batches(f, pull, batches, n);
    steps_run_one(f, pull);
    assert_int_equal(pull->reply, INV_REPLY_DONE);
}


static void
test_moves_entries(void **state)
{
    size_t         i;
    fixture_t     *f = *state;
    inv_oid_t      id;
    inv_step_t    *steps[3];
    inv_transit_t *entries[3];

    id = fixture_product(f, NULL, 10);
    fixture_drain(f, id);
    assert_int_equal(outbox_length(f, id), 0);

    for (i = 0; i < 3; i++) {
        steps[i] = steps_apply(f, id, 1);
        steps_run_one(f, steps[i]);
        entries[i] = steps_transit(f, steps[i]);
    }

    /* not in order, and not all */
    drain(f, &entries[1], 2);
    assert_int_equal(outbox_length(f, id), 1);
    fixture_check(f, id);

    drain(f, entries, 1);
    assert_int_equal(outbox_length(f, id), 0);
    assert_int_equal(ledger_length(f, id), 4);
    fixture_check(f, id);

    /* again: nothing is there twice */
    drain(f, entries, 3);
    assert_int_equal(outbox_length(f, id), 0);
    assert_int_equal(ledger_length(f, id), 4);

    for (i = 0; i < 3; i++) {
        steps_free(steps[i]);
    }

    /* an empty outbox takes the next one as ever */
    steps[0] = steps_apply(f, id, 1);
    steps_run_one(f, steps[0]);
    assert_int_equal(outbox_length(f, id), 1);
    steps_free(steps[0]);
    fixture_check(f, id);
}


/* What a worker has bought it drains by itself, and nothing else. */
static void
test_drains_many_products(void **state)
{
    size_t     i;
    fixture_t *f = *state;
    machine_t *machine;
    inv_oid_t  ids[64];

    for (i = 0; i < 64; i++) {
        ids[i] = fixture_product(f, NULL, 10);
    }

    machine = machine_begin(f, f->arena);

    for (i = 0; i < 64 * 3; i++) {
        purchase(machine, ids[i % 64]);
    }

    machine_finish(machine);
    machine_end(machine);

    for (i = 0; i < 64; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 1);
        assert_int_equal(ledger_length(f, ids[i]), 3);
        fixture_check(f, ids[i]);
    }
}


/* Puts another batch under the _id that the product's entry to will have. */
static void
damage_ledger(fixture_t *f, inv_oid_t id, int64_t to)
{
    char       name[64], hex[INV_OID_HEX];
    bson_t     command;
    bson_oid_t batch;

    inv_oid_write(id, hex);
    snprintf(name, sizeof(name), "%.*s-%d", INV_OID_HEX, hex, (int) to);
    bson_oid_init(&batch, NULL);

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_LEDGER), "documents",
                "[", "{", "_id", BCON_UTF8(name), "b", BCON_OID(&batch), "}",
                "]");
    fixture_command(f, &command);
}


/* Corruption is not made worse, and does not hold up the others. */
static void
test_damaged_ledger(void **state)
{
    fixture_t *f = *state;
    machine_t *machine;
    inv_oid_t  good, bad;

    good = fixture_product(f, NULL, 10);
    bad = fixture_product(f, NULL, 10);
    damage_ledger(f, bad, 2);

    machine = machine_begin(f, f->arena);
    purchase(machine, bad);
    purchase(machine, good);
    purchase(machine, bad);
    machine_finish(machine);

    assert_int_equal(machine->corrupt, 1);
    assert_non_null(strstr(machine->error, "another batch"));
    machine_end(machine);

    assert_int_equal(outbox_length(f, bad), 3);
    assert_int_equal(outbox_length(f, good), 1);
    fixture_check(f, good);
}


/* A full outbox over a damaged ledger is an alarm, not a refusal. */
static void
test_damaged_ledger_stops_a_full_outbox(void **state)
{
    fixture_t    *f = *state;
    machine_t    *machine;
    inv_oid_t     id;
    inv_step_t   *fill;
    inv_action_t *action;

    id = fixture_product(f, NULL, 1000);
    damage_ledger(f, id, INV_OUTBOX_OPS_MAX);

    fill = steps_apply(f, id, INV_OUTBOX_OPS_MAX - 1);
    steps_run_one(f, fill);
    assert_int_equal(fill->reply, INV_REPLY_DONE);
    steps_free(fill);

    machine = machine_begin(f, f->arena);
    machine->patience_ms = 500;
    action = machine_move(machine, id, -1, NULL);

    assert_verdict(machine, action, INV_VERDICT_WITHDRAWN);
    assert_false(action->undone);
    assert_true(machine->corrupt > 0);
    assert_non_null(strstr(machine->error, "another batch"));
    machine_end(machine);

    assert_int_equal(fixture_read(f, id)->catalog.stock,
                     1000 - INV_OUTBOX_OPS_MAX + 1);
    assert_int_equal(outbox_length(f, id), 2);
}


/* Each a worker of its own that finds the same outboxes. */
static void
sweep_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    machine_t *machine = machine_begin(f, arena);

    machine->sweep_at = inv_time_now() + 1000;
    machine_sweep(machine);
    assert_int_equal(machine->corrupt, 0);
    machine_end(machine);
}


static void
test_sweeps_at_once(void **state)
{
    size_t     i;
    fixture_t *f = *state;
    machine_t *machine;
    inv_oid_t  ids[8];

    for (i = 0; i < 8; i++) {
        ids[i] = fixture_product(f, NULL, 100);
    }

    machine = machine_begin(f, f->arena);

    for (i = 0; i < 64; i++) {
        purchase(machine, ids[(i * 5) % 8]);
    }

    machine_end(machine);

    fixture_threads(f, 8, sweep_body, NULL);

    for (i = 0; i < 8; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 0);
        assert_int_equal(ledger_length(f, ids[i]), 9);
        fixture_check(f, ids[i]);
    }
}


static void
buy_and_drain_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int        i;
    machine_t *machine = machine_begin(f, arena);
    inv_oid_t *id = shared;

    for (i = 0; i < 40; i++) {
        purchase(machine, *id);

        /* at once, or along with the next batch */
        if (index % 2 == 0) {
            machine_finish(machine);
        }
    }

    machine_finish(machine);
    machine_end(machine);
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
    assert_int_equal(outbox_length(f, id), 1);
    fixture_drain(f, id);
    fixture_check(f, id);
    assert_int_equal(fixture_read(f, id)->catalog.stock, 1000 - 8 * 40);
    assert_int_equal(outbox_length(f, id), 0);
    assert_int_equal(ledger_length(f, id), 1 + 8 * 40);
}


static void
test_sweep(void **state)
{
    size_t     i;
    fixture_t *f = *state;
    machine_t *machine;
    inv_oid_t  ids[5];

    for (i = 0; i < 5; i++) {
        ids[i] = fixture_product(f, NULL, 10);
        machine = machine_begin(f, f->arena);
        purchase(machine, ids[i]);
        machine_end(machine);
    }

    machine = machine_begin(f, f->arena);
    machine->sweep_at = 1;
    machine_sweep(machine);
    assert_int_equal(machine->commands, 1);
    assert_int_equal(outbox_length(f, ids[0]), 2);

    machine->sweep_at = inv_time_now() + 1;
    machine_sweep(machine);
    machine_end(machine);

    for (i = 0; i < 5; i++) {
        assert_int_equal(outbox_length(f, ids[i]), 0);
        assert_int_equal(ledger_length(f, ids[i]), 2);
        fixture_check(f, ids[i]);
    }
}


/* Damaged outboxes, more than one page of them, hold up nobody behind them. */
static void
test_sweep_passes_damaged_ones(void **state)
{
    size_t     i;
    bson_t     command, remove;
    fixture_t *f = *state;
    inv_oid_t  good, bad;
    machine_t *machine;
    bson_oid_t id;

    good = fixture_product(f, NULL, 10);
    memset(&bad, 0, sizeof(bad));

    for (i = 0; i < 17; i++) {
        bad.bytes[11] = (unsigned char) (i + 1);
        bson_oid_init_from_data(&id, bad.bytes);

        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS),
                    "documents", "[", "{", "_id", BCON_OID(&id), "dirty",
                    BCON_BOOL(true), "outbox", "[", "{", "at",
                    BCON_DATE_TIME(1), "}", "]", "}", "]");
        fixture_command(f, &command);
    }

    machine = machine_begin(f, f->arena);
    machine->sweep_at = inv_time_now() + 1;
    machine_sweep(machine);

    assert_non_null(strstr(machine->error, "is damaged at an entry"));
    assert_non_null(strstr(machine->error, "0000000000000000000000"));
    machine_end(machine);

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
        TEST(test_drains_many_products),
        TEST(test_sweeps_at_once),
        TEST(test_drains_while_others_buy),
        TEST(test_damaged_ledger),
        TEST(test_damaged_ledger_stops_a_full_outbox),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("drain", tests, fixture_open,
                                       fixture_close);
}
