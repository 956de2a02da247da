
/*
 * Purchases against a real server, by the machine that decides: exact, and
 * refused only for good reason.
 */


#include "store_machine.h"
#include "store_steps.h"


/* On a machine that knows nothing of the product yet. */
static inv_action_t *
purchase(fixture_t *f, inv_oid_t id, int64_t quantity, const inv_match_t *match)
{
    machine_t    *machine;
    inv_action_t *action;

    machine = machine_begin(f, f->arena);
    action = machine_move(machine, id, -quantity, match);

    if (action->verdict == INV_VERDICT_FAILED) {
        fprintf(stderr, "# %s\n", machine->error);
    }

    machine_end(machine);

    return action;
}


static void
test_takes_and_answers(void **state)
{
    fixture_t     *f = *state;
    machine_t     *machine;
    inv_oid_t      id;
    inv_action_t   action;
    inv_product_t *product;

    id = fixture_product(f, NULL, 10);
    machine = machine_begin(f, f->arena);

    memset(&action, 0, sizeof(action));
    machine_action(&action, INV_ACTION_MOVE, id, 1700000000123);
    action.type = INV_MOVE_PURCHASE;
    action.delta = -3;
    machine_run(machine, &action);

    assert_verdict(machine, &action, INV_VERDICT_OK);
    assert_int_equal(action.after, 7);
    assert_int_equal(action.seq, 2);
    assert_int_equal(action.version, 2);
    assert_int_equal(machine->commands, 1);

    product = fixture_read(f, id);
    assert_int_equal(product->catalog.stock, 7);
    assert_int_equal(product->version, 2);
    assert_int_equal(product->seq, 2);
    assert_int_equal(product->edits, 0);
    assert_int_equal(product->updated_at, 1700000000123);

    machine_end(machine);
    fixture_check(f, id);
}


/* What the client said is kept as it said it: nothing is evaluated. */
static void
test_keeps_words(void **state)
{
    bson_t     *document, op;
    fixture_t  *f = *state;
    inv_oid_t   id;
    bson_iter_t iter, found;

    id = fixture_product(f, NULL, 10);
    assert_int_equal(purchase(f, id, 4, NULL)->verdict, INV_VERDICT_OK);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.1.ops.0", &found));
    assert_true(inv_bson_view(&found, &op));

    assert_true(bson_iter_init_find(&iter, &op, "t"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "purchase");
    assert_true(bson_iter_init_find(&iter, &op, "who"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "$where.");
    assert_true(bson_iter_init_find(&iter, &op, "trace"));
    assert_string_equal(bson_iter_utf8(&iter, NULL),
                        "0af7651916cd43dd8448eb211c80319c");
    assert_false(bson_has_field(&op, "k"));

    bson_destroy(document);
}


static void
test_refuses_what_does_not_fit(void **state)
{
    fixture_t    *f = *state;
    inv_oid_t     id;
    inv_action_t *action;

    id = fixture_product(f, NULL, 2);

    action = purchase(f, id, 3, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_OUT_OF_STOCK);
    assert_int_equal(action->available, 2);

    action = purchase(f, id, 2, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_OK);
    assert_int_equal(action->after, 0);

    action = purchase(f, id, 1, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_OUT_OF_STOCK);
    assert_int_equal(action->available, 0);

    assert_int_equal(fixture_read(f, id)->version, 2);
    fixture_check(f, id);
}


static void
test_refuses_what_is_too_much(void **state)
{
    fixture_t    *f = *state;
    inv_oid_t     id;
    inv_action_t *action;

    id = fixture_product(f, NULL, INV_STOCK_MAX - 5);

    action = purchase(f, id, -6, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_ABOVE_MAX);
    assert_int_equal(action->available, INV_STOCK_MAX - 5);

    action = purchase(f, id, -5, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_OK);
    assert_int_equal(action->after, INV_STOCK_MAX);
    fixture_check(f, id);
}


static void
test_knows_no_such_product(void **state)
{
    assert_int_equal(purchase(*state, inv_store_batch(), 1, NULL)->verdict,
                     INV_VERDICT_NOT_FOUND);
}


static void
test_if_match(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_match_t match;

    id = fixture_product(f, NULL, 10);

    match = fixture_match(f, 1);
    assert_int_equal(purchase(f, id, 1, &match)->verdict, INV_VERDICT_OK);
    assert_int_equal(purchase(f, id, 1, &match)->verdict,
                     INV_VERDICT_VERSION_CHANGED);

    match = inv_match_read(inv_str("\"9\", W/\"2\""));
    assert_int_equal(purchase(f, id, 1, &match)->verdict, INV_VERDICT_OK);

    match = inv_match_read(inv_str("*"));
    assert_int_equal(purchase(f, id, 1, &match)->verdict, INV_VERDICT_OK);

    assert_int_equal(fixture_read(f, id)->catalog.stock, 7);
    fixture_check(f, id);
}


/* A fence has raised the epoch: the next purchase finds out by itself. */
static void
test_learns_the_epoch(void **state)
{
    int           i;
    fixture_t    *f = *state;
    inv_oid_t     id;
    inv_step_t   *fence;
    inv_action_t *action;

    id = fixture_product(f, NULL, 10);

    for (i = 1; i <= 3; i++) {
        fence = steps_step(f, INV_STEP_FENCE, id);
        steps_run_one(f, fence);
        assert_int_equal(fence->reply, INV_REPLY_DONE);
        assert_int_equal(fence->state.epoch, i);
        steps_free(fence);
    }

    action = purchase(f, id, 1, NULL);
    assert_int_equal(action->verdict, INV_VERDICT_OK);
    assert_int_equal(action->after, 9);
    fixture_check(f, id);
}


typedef struct {
    inv_oid_t id;
    int       bought[64];
    int       refused[64];
    int       other[64];
    int       tries;
} storm_t;


/* A worker each. */
static void
storm_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int           i;
    storm_t      *storm = shared;
    machine_t    *machine;
    inv_action_t *action;

    machine = machine_begin(f, arena);

    for (i = 0; i < storm->tries; i++) {
        action = machine_move(machine, storm->id, -1, NULL);

        switch (action->verdict) {

        case INV_VERDICT_OK:
            storm->bought[index]++;
            break;

        case INV_VERDICT_OUT_OF_STOCK:
            storm->refused[index] += action->available == 0;
            break;

        default:
            fprintf(stderr, "# %d: %s\n", (int) action->verdict,
                    machine->error);
            storm->other[index]++;
        }
    }

    machine_end(machine);
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
    int           i;
    bson_t       *document;
    fixture_t    *f = *state;
    inv_oid_t     id;
    machine_t    *machine;
    bson_iter_t   iter, outbox;
    inv_action_t *action;

    id = fixture_product(f, NULL, 1000);

    for (i = 1; i < INV_OUTBOX_OPS_MAX; i++) {
        assert_int_equal(purchase(f, id, 1, NULL)->verdict, INV_VERDICT_OK);
    }

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.511", &outbox));
    bson_destroy(document);

    machine = machine_begin(f, f->arena);
    action = machine_move(machine, id, -1, NULL);
    assert_verdict(machine, action, INV_VERDICT_OK);
    assert_int_equal(action->after, 1000 - INV_OUTBOX_OPS_MAX);
    assert_in_range(machine->commands, 4, 8);
    machine_end(machine);

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
    size_t        i;
    fixture_t    *f = *state;
    machine_t    *machine;
    inv_oid_t     id;
    inv_step_t   *fill;
    inv_action_t *action;

    /* two entries of 511 ops besides the first movement: full to the brim */
    static const size_t sizes[] = { 256, 255 };

    id = fixture_product(f, NULL, 1000);

    for (i = 0; i < 2; i++) {
        fill = steps_apply(f, id, sizes[i]);
        steps_run_one(f, fill);
        assert_int_equal(fill->reply, INV_REPLY_DONE);
        steps_free(fill);
    }

    machine = machine_begin(f, f->arena);
    action = machine_move(machine, id, -1, NULL);
    assert_verdict(machine, action, INV_VERDICT_OK);
    assert_int_equal(action->after, 488);
    assert_int_equal(action->seq, 513);
    assert_in_range(machine->commands, 4, 8);
    machine_end(machine);

    fixture_check(f, id);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_takes_and_answers),
        TEST(test_keeps_words),
        TEST(test_refuses_what_does_not_fit),
        TEST(test_refuses_what_is_too_much),
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
