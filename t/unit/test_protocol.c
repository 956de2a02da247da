
/*
 * The stock protocol's machine: moves of their own, their doubts, their undos,
 * and the way of their entries.
 */


#include "test_protocol.h"


#define MOVES 3


/* Each knows its own place in the batch. */
static void
test_a_batch_is_told_one_by_one(void **state)
{
    rig_t        rig;
    unsigned     i;
    inv_step_t  *step;
    inv_action_t actions[MOVES];

    rig_create(&rig);

    for (i = 0; i < MOVES; i++) {
        rig_move(&rig, &actions[i], NULL, 0, -(int64_t) (i + 1));
    }

    step = rig_now(&rig, INV_STEP_APPLY);
    assert_int_equal(step->n, MOVES);
    assert_int_equal(step->sum, -6);
    assert_int_equal(step->need, 6);

    rig_reply_applied(&rig, step);
    assert_int_equal(rig.settled, MOVES);

    for (i = 0; i < MOVES; i++) {
        assert_int_equal(actions[i].verdict, INV_VERDICT_OK);
        assert_int_equal(actions[i].seq, 6 + i);
        assert_int_equal(actions[i].version, 6 + i);
    }

    assert_int_equal(actions[0].after, 99);
    assert_int_equal(actions[1].after, 97);
    assert_int_equal(actions[2].after, 94);

    rig_rest(&rig);
    assert_int_equal(rig.released, 1);
    inv_protocol_destroy(rig.machine);
}


/* No answer rests on numbers that no product can have. */
static void
test_a_damaged_state_is_a_failure(void **state)
{
    rig_t        rig;
    size_t       i;
    inv_action_t action;

    static const int64_t stocks[] = { INT64_MAX, INV_STOCK_MAX + 1, -1,
                                      INT64_MIN };

    for (i = 0; i < sizeof(stocks) / sizeof(stocks[0]); i++) {
        rig_create(&rig);
        rig.state.stock = stocks[i];

        rig_move(&rig, &action, NULL, 0, i % 2 != 0 ? 1 : -1);
        rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_MISSED);
        rig_reply_state(&rig, rig_now(&rig, INV_STEP_READ));

        assert_int_equal(action.verdict, INV_VERDICT_FAILED);
        rig_rest(&rig);
        inv_protocol_destroy(rig.machine);
    }
}


static void
test_a_damaged_reply_is_a_failure(void **state)
{
    rig_t        rig;
    size_t       i;
    inv_action_t action;

    static const struct {
        int64_t seq, stock;
    } replies[] = { { INT64_MIN, 5 }, { -1, 5 },        { INT64_MAX - 1, 5 },
                    { 5, INT64_MIN }, { 5, INT64_MAX }, { 5, 0 } };

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        rig_create(&rig);
        rig.state.seq = replies[i].seq;
        rig.state.stock = replies[i].stock;

        rig_move(&rig, &action, NULL, 0, replies[i].stock < 0 ? 1 : -1);
        rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));

        assert_int_equal(action.verdict, INV_VERDICT_FAILED);
        rig_rest(&rig);
        assert_int_equal(rig.released, 1);
        inv_protocol_destroy(rig.machine);
    }
}


/* A later state: no version is any one's own. */
static void
test_a_later_version_is_nobodys(void **state)
{
    rig_t        rig;
    inv_action_t action;

    rig_create(&rig);
    rig.state.later = true;

    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));

    assert_int_equal(action.verdict, INV_VERDICT_OK);
    assert_int_equal(action.seq, 6);
    assert_int_equal(action.version, 0);
    assert_int_equal(rig.changed, 1);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Into the ledger soon, out of the outbox only after a while. */
static void
test_a_stored_entry_lingers(void **state)
{
    rig_t        rig;
    int64_t      stored;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));

    rig_answer(&rig, rig_until(&rig, INV_STEP_INSERT));
    stored = rig.now;
    assert_true(inv_protocol_busy(rig.machine));

    rig_answer(&rig, rig_until(&rig, INV_STEP_PULL));
    assert_int_equal(rig.now, stored + 1000);
    assert_false(inv_protocol_busy(rig.machine));

    inv_protocol_destroy(rig.machine);
}


/* For metrics: what is on its way is known, and since when. */
static void
test_entries_on_their_way_are_counted(void **state)
{
    rig_t                  rig;
    inv_step_t            *insert;
    inv_action_t           action;
    inv_protocol_entries_t entries;

    rig_create(&rig);
    inv_protocol_count_entries(rig.machine, &entries);
    assert_int_equal(entries.waiting + entries.stored, 0);
    assert_int_equal(entries.oldest, 0);

    rig_move(&rig, &action, NULL, 0, -1);
    action.at = 4711;
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    inv_protocol_count_entries(rig.machine, &entries);
    assert_int_equal(entries.waiting, 1);
    assert_int_equal(entries.oldest, 4711);

    insert = rig_until(&rig, INV_STEP_INSERT);
    inv_protocol_count_entries(rig.machine, &entries);
    assert_int_equal(entries.waiting, 1);

    rig_answer(&rig, insert);
    inv_protocol_count_entries(rig.machine, &entries);
    assert_int_equal(entries.waiting, 0);
    assert_int_equal(entries.stored, 1);
    assert_int_equal(entries.oldest, 0);

    rig_rest(&rig);
    inv_protocol_count_entries(rig.machine, &entries);
    assert_int_equal(entries.waiting + entries.stored, 0);

    inv_protocol_destroy(rig.machine);
}


static void
test_hurry_pulls_what_lingers(void **state)
{
    rig_t        rig;
    unsigned     i;
    inv_step_t  *insert;
    inv_action_t actions[MOVES];

    rig_create(&rig);

    for (i = 0; i < MOVES; i++) {
        rig_move(&rig, &actions[i], NULL, i, -1);
        rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    }

    rig_answer(&rig, rig_until(&rig, INV_STEP_INSERT));
    assert_null(rig_next(&rig));

    inv_protocol_hurry(rig.machine, rig.now);

    for (i = 0; i < MOVES; i++) {
        rig_answer(&rig, rig_now(&rig, INV_STEP_PULL));
    }

    assert_false(inv_protocol_busy(rig.machine));

    /* nor does what comes then wait for others to go with */
    rig_move(&rig, &actions[0], NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    insert = rig_now(&rig, INV_STEP_INSERT);
    rig_answer(&rig, insert);
    rig_answer(&rig, rig_now(&rig, INV_STEP_PULL));

    assert_false(inv_protocol_busy(rig.machine));
    assert_int_equal(rig.released, MOVES + 1);

    inv_protocol_destroy(rig.machine);
}


/* What is on its way into the ledger meanwhile is pulled when it is there. */
static void
test_hurry_while_an_insert_is_out(void **state)
{
    rig_t        rig;
    inv_step_t  *insert;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    insert = rig_until(&rig, INV_STEP_INSERT);

    inv_protocol_hurry(rig.machine, rig.now);
    assert_null(rig_next(&rig));
    assert_true(inv_protocol_busy(rig.machine));

    rig_answer(&rig, insert);
    rig_answer(&rig, rig_now(&rig, INV_STEP_PULL));
    assert_false(inv_protocol_busy(rig.machine));

    inv_protocol_destroy(rig.machine);
}


static void
test_undo_takes_back_what_nobody_was_told_of(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -4);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    assert_int_equal(action.verdict, INV_VERDICT_OK);

    assert_true(inv_protocol_undo(rig.machine, &action, rig.now));
    assert_true(inv_action_is_out(&action));

    step = rig_until(&rig, INV_STEP_APPLY);
    assert_int_equal(step->sum, 4);
    assert_int_equal(step->actions[0]->type, INV_MOVE_UNDO);

    /* it goes on until it is applied */
    rig_reply(&rig, step, INV_REPLY_UNAVAILABLE);
    assert_int_equal(rig.settled, 1);
    rig_reply_applied(&rig, rig_until(&rig, INV_STEP_APPLY));

    assert_int_equal(rig.settled, 2);
    assert_int_equal(action.verdict, INV_VERDICT_WITHDRAWN);
    assert_true(action.undone);
    assert_int_equal(rig.state.stock, 100);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


static void
test_undo_of_what_cannot_be_undone(void **state)
{
    rig_t        rig;
    inv_action_t restock, refused;

    rig_create(&rig);

    rig_move(&rig, &restock, NULL, 0, 4);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    assert_false(inv_protocol_undo(rig.machine, &restock, rig.now));
    assert_false(inv_action_is_out(&restock));

    rig_move(&rig, &refused, NULL, 0, -1000);
    rig_reply(&rig, rig_until(&rig, INV_STEP_READ), INV_REPLY_UNAVAILABLE);
    assert_int_equal(refused.verdict, INV_VERDICT_UNAVAILABLE);
    assert_false(inv_protocol_undo(rig.machine, &refused, rig.now));

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* A decrement whose client has gone while it was sent. */
static void
test_abandoned_while_sent_is_undone(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -4);
    step = rig_now(&rig, INV_STEP_APPLY);

    assert_false(inv_protocol_abandon(rig.machine, &action, rig.now));
    rig_reply_applied(&rig, step);
    assert_int_equal(rig.settled, 0);

    rig_reply_applied(&rig, rig_until(&rig, INV_STEP_APPLY));
    assert_int_equal(action.verdict, INV_VERDICT_WITHDRAWN);
    assert_true(action.undone);
    assert_int_equal(rig.state.stock, 100);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Rule 3: fenced, looked for in the ledger, and only then sent again. */
static void
test_a_lost_reply(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_oid_t    batch;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);

    step = rig_now(&rig, INV_STEP_APPLY);
    batch = step->batch;
    rig_reply(&rig, step, INV_REPLY_UNKNOWN);

    rig_answer(&rig, rig_until(&rig, INV_STEP_FENCE));
    step = rig_now(&rig, INV_STEP_LOOK);
    assert_int_equal(step->nbatches, 1);
    assert_true(inv_oid_eq(step->batches[0], batch));
    rig_answer(&rig, step);

    step = rig_now(&rig, INV_STEP_APPLY);
    assert_int_equal(step->epoch, rig.state.epoch);
    assert_false(inv_oid_eq(step->batch, batch));
    rig_reply_applied(&rig, step);
    assert_int_equal(action.verdict, INV_VERDICT_OK);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Refused by what a proven read shows, never by what another reply came with. */
static void
test_a_refusal_is_proven(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    rig.state.stock = 0;
    rig_move(&rig, &action, NULL, 0, -1);

    /* among others: missed, and the find after it may be old */
    step = rig_now(&rig, INV_STEP_APPLY);
    step->has_state = true;
    step->state = rig.state;
    rig_reply(&rig, step, INV_REPLY_MISSED);
    assert_int_equal(rig.settled, 0);

    step = rig_now(&rig, INV_STEP_READ);
    assert_true(step->proof);

    /* there was some after all */
    rig.state.stock = 1;
    rig_reply_state(&rig, step);
    assert_int_equal(rig.settled, 0);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    assert_int_equal(action.verdict, INV_VERDICT_OK);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Older than what this nginx has acknowledged: read again, and then believed. */
static void
test_a_refusal_is_no_older_than_the_floor(void **state)
{
    rig_t        rig;
    unsigned     i;
    inv_step_t  *step;
    inv_action_t action;

    for (i = 0; i < 2; i++) {
        rig_create(&rig);
        rig.floor = 6;
        rig.state.stock = 0;
        rig_move(&rig, &action, NULL, 0, -1);
        rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_MISSED);

        /* sold out at version 5, or no such product */
        step = rig_now(&rig, INV_STEP_READ);

        if (i == 0) {
            rig_reply_state(&rig, step);
        } else {
            step->proven = true;
            rig_reply(&rig, step, INV_REPLY_MISSED);
        }

        assert_int_equal(rig.settled, 0);
        assert_null(rig_next(&rig));

        rig.state.version = 6;
        rig_reply_state(&rig, rig_until(&rig, INV_STEP_READ));
        assert_int_equal(rig.settled, 1);
        assert_int_equal(action.verdict, INV_VERDICT_OUT_OF_STOCK);

        inv_protocol_destroy(rig.machine);
    }
}


/*
 * A database that was restored from a backup never comes up to the floor: what
 * fits is sold, what does not is refused after a second or so of slow reads.
 */
static void
test_a_floor_that_is_never_reached(void **state)
{
    rig_t        rig;
    unsigned     i, reads;
    inv_step_t  *step;
    inv_action_t actions[2];

    rig_create(&rig);
    rig.floor = 1000;
    rig.state.stock = 1;

    for (i = 0; i < 2; i++) {
        rig_move(&rig, &actions[i], NULL, 0, -1 - (int64_t) i);
    }

    rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_MISSED);
    reads = 0;

    while (rig.settled < 2) {
        step = rig_next(&rig);

        if (step == NULL) {
            assert_true(rig_wake(&rig));

        } else if (step->kind == INV_STEP_APPLY) {
            rig_reply_applied(&rig, step);

        } else {
            reads += step->kind == INV_STEP_READ;
            rig_answer(&rig, step);
        }
    }

    assert_int_equal(actions[0].verdict, INV_VERDICT_OK);
    assert_int_equal(actions[1].verdict, INV_VERDICT_OUT_OF_STOCK);
    assert_in_range(reads, 2, 30);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* What was definitely not applied was not sent, as far as its client is told. */
static void
test_what_gave_way_was_not_sent(void **state)
{
    rig_t        rig;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_BUSY);
    assert_int_equal(action.sent, 0);

    rig_reply(&rig, rig_until(&rig, INV_STEP_APPLY), INV_REPLY_UNKNOWN);
    assert_int_equal(action.sent, 1);

    rig_reply_applied(&rig, rig_until(&rig, INV_STEP_APPLY));
    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* A server that refuses is not asked as fast as it can refuse. */
#define LOOKS_A_SECOND 40

static void
test_refused_looks_give_way(void **state)
{
    rig_t        rig;
    int64_t      end;
    unsigned     i, looks;
    inv_step_t  *step;
    inv_action_t actions[2];

    rig_create(&rig);

    for (i = 0; i < 2; i++) {
        rig_move(&rig, &actions[i], NULL, i, -1);
        rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_UNKNOWN);
    }

    looks = 0;

    for (end = rig.now + 1000; rig.now < end;) {
        step = rig_next(&rig);

        if (step == NULL) {
            assert_true(rig_wake(&rig));

        } else if (step->kind == INV_STEP_LOOK) {
            step->verdict = INV_VERDICT_FAILED;
            rig_reply(&rig, step, INV_REPLY_REFUSED);
            assert_in_range(++looks, 1, 2 * LOOKS_A_SECOND);

        } else {
            assert_int_not_equal(step->kind, INV_STEP_APPLY);
            rig_answer(&rig, step);
        }
    }

    assert_in_range(looks, 4, 2 * LOOKS_A_SECOND);

    inv_protocol_destroy(rig.machine);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_batch_is_told_one_by_one),
        cmocka_unit_test(test_a_damaged_state_is_a_failure),
        cmocka_unit_test(test_a_damaged_reply_is_a_failure),
        cmocka_unit_test(test_a_later_version_is_nobodys),
        cmocka_unit_test(test_a_stored_entry_lingers),
        cmocka_unit_test(test_entries_on_their_way_are_counted),
        cmocka_unit_test(test_hurry_pulls_what_lingers),
        cmocka_unit_test(test_hurry_while_an_insert_is_out),
        cmocka_unit_test(test_undo_takes_back_what_nobody_was_told_of),
        cmocka_unit_test(test_undo_of_what_cannot_be_undone),
        cmocka_unit_test(test_abandoned_while_sent_is_undone),
        cmocka_unit_test(test_a_lost_reply),
        cmocka_unit_test(test_a_refusal_is_proven),
        cmocka_unit_test(test_a_refusal_is_no_older_than_the_floor),
        cmocka_unit_test(test_a_floor_that_is_never_reached),
        cmocka_unit_test(test_what_gave_way_was_not_sent),
        cmocka_unit_test(test_refused_looks_give_way),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
