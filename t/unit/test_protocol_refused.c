
/*
 * The stock protocol's machine and a database that refuses, or where nothing
 * matches, again and again: each loop slows down, and ends where it can.
 */


#include "test_protocol.h"


#define MINUTE 60000


/* Steps of a kind in a time, each replied to as told; others are answered. */
static unsigned
count_refused(rig_t *rig, inv_step_kind_t kind, inv_reply_kind_t reply,
              int64_t ms)
{
    int64_t     end;
    unsigned    n;
    inv_step_t *step;

    n = 0;

    for (end = rig->now + ms; rig->now < end;) {
        step = rig_next(rig);

        if (step == NULL) {
            if (!rig_wake(rig)) {
                break;
            }

        } else if (step->kind == kind) {
            step->verdict = INV_VERDICT_DAMAGED;
            rig_reply(rig, step, reply);
            n++;

        } else {
            rig_answer(rig, step);
        }
    }

    return n;
}


/* Applied, and told to nobody. */
static void
abandon_applied(rig_t *rig, inv_action_t *action)
{
    inv_step_t *step;

    rig_move(rig, action, NULL, 0, -4);
    step = rig_now(rig, INV_STEP_APPLY);
    assert_false(inv_protocol_abandon(rig->machine, action, rig->now));
    rig_reply_applied(rig, step);
}


/* It goes on, seldom; who comes meanwhile is told at once. */
static void
test_an_undo_of_a_damaged_product(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action, other;

    rig_create(&rig);
    abandon_applied(&rig, &action);

    rig_reply(&rig, rig_until(&rig, INV_STEP_APPLY), INV_REPLY_MISSED);
    assert_in_range(
        count_refused(&rig, INV_STEP_READ, INV_REPLY_REFUSED, 10 * MINUTE), 10,
        60);
    assert_int_equal(rig.settled, 0);

    rig_move(&rig, &other, NULL, 0, -1);
    step = rig_now(&rig, INV_STEP_READ);
    step->verdict = INV_VERDICT_DAMAGED;
    rig_reply(&rig, step, INV_REPLY_REFUSED);
    assert_int_equal(other.verdict, INV_VERDICT_DAMAGED);
    assert_int_equal(rig.settled, 1);

    /* mended */
    rig_move(&rig, &other, NULL, 0, -1);
    rig_answer(&rig, rig_now(&rig, INV_STEP_READ));
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));
    assert_int_equal(other.verdict, INV_VERDICT_OK);
    assert_int_equal(action.verdict, INV_VERDICT_WITHDRAWN);
    assert_true(action.undone);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Whether it was applied is refused to be told: given up, and said so. */
static void
test_a_doubt_is_given_up(void **state)
{
    rig_t        rig;
    unsigned     alarms;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_UNKNOWN);
    alarms = rig.alarms;

    /* not while its client waits */
    assert_in_range(
        count_refused(&rig, INV_STEP_FENCE, INV_REPLY_REFUSED, 10 * MINUTE), 16,
        80);
    assert_int_equal(rig.settled, 0);

    assert_false(inv_protocol_abandon(rig.machine, &action, rig.now));
    assert_in_range(
        count_refused(&rig, INV_STEP_FENCE, INV_REPLY_REFUSED, 10 * MINUTE), 1,
        2);
    assert_int_equal(rig.settled, 1);
    assert_int_equal(action.verdict, INV_VERDICT_DAMAGED);
    assert_int_equal(rig.alarms, alarms + 1);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* A database that is away comes back: it is asked once a second or so. */
static void
test_a_doubt_while_it_is_away(void **state)
{
    rig_t        rig;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_UNKNOWN);
    assert_false(inv_protocol_abandon(rig.machine, &action, rig.now));

    assert_in_range(
        count_refused(&rig, INV_STEP_FENCE, INV_REPLY_UNAVAILABLE, 10 * MINUTE),
        400, 2000);
    assert_int_equal(rig.settled, 0);

    inv_protocol_destroy(rig.machine);
}


/* Fenced, but what it says cannot be read: it is known not to be applied. */
static void
test_a_fence_of_a_damaged_product(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply(&rig, rig_now(&rig, INV_STEP_APPLY), INV_REPLY_UNKNOWN);

    step = rig_until(&rig, INV_STEP_FENCE);
    step->damaged = "seq";
    rig_reply(&rig, step, INV_REPLY_DONE);
    rig_answer(&rig, rig_now(&rig, INV_STEP_LOOK));

    step = rig_now(&rig, INV_STEP_READ);
    step->verdict = INV_VERDICT_DAMAGED;
    rig_reply(&rig, step, INV_REPLY_REFUSED);
    assert_int_equal(action.verdict, INV_VERDICT_DAMAGED);

    rig_rest(&rig);
    inv_protocol_destroy(rig.machine);
}


/* Nothing matches though what is read would: contended, or worse. */
static void
test_misses_give_way(void **state)
{
    size_t       i;
    rig_t        rig;
    inv_action_t action;

    static const inv_step_kind_t kinds[] = { INV_STEP_APPLY, INV_STEP_EDIT,
                                             INV_STEP_DELETE };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        rig_create(&rig);
        memset(&action, 0, sizeof(action));

        action.kind = i == 0   ? INV_ACTION_MOVE
                      : i == 1 ? INV_ACTION_EDIT
                               : INV_ACTION_DELETE;
        action.type = INV_MOVE_PURCHASE;
        action.product = rig_oid(1);
        action.delta = -1;
        assert_true(inv_protocol_submit(rig.machine, &action, rig.now));

        assert_in_range(count_refused(&rig, kinds[i], INV_REPLY_MISSED, MINUTE),
                        60, 300);
        assert_int_equal(rig.settled, 0);

        inv_protocol_destroy(rig.machine);
    }
}


/* Writes whose replies are lost, though fences work. */
static void
test_fences_give_way(void **state)
{
    rig_t        rig;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);

    assert_in_range(
        count_refused(&rig, INV_STEP_APPLY, INV_REPLY_UNKNOWN, MINUTE), 40, 90);

    inv_protocol_destroy(rig.machine);
}


/* A key that is taken and not found, or taken over in vain, in turn. */
static void
test_claims_give_way(void **state)
{
    rig_t        rig;
    unsigned     n;
    int64_t      end;
    inv_step_t  *step;
    inv_claim_t  claim;
    inv_action_t action;

    rig_create(&rig);
    memset(&claim, 0, sizeof(claim));
    claim.record.nonce = rig_oid(0xaa);
    assert_true(inv_claim_open(rig.machine, &claim, rig.now));
    rig_move(&rig, &action, &claim, 0, -1);

    n = 0;

    for (end = rig.now + MINUTE; rig.now < end;) {
        step = rig_next(&rig);

        if (step == NULL) {
            assert_true(rig_wake(&rig));
            continue;
        }

        assert_true(step->kind == INV_STEP_CLAIM
                    || step->kind == INV_STEP_RECALL);
        rig_reply(&rig, step, INV_REPLY_MISSED);
        n++;
    }

    assert_in_range(n, 60, 300);

    inv_protocol_destroy(rig.machine);
}


/* An entry that the ledger refuses is left to the sweep, and stops no other. */
static void
test_a_refused_entry_is_left(void **state)
{
    rig_t        rig;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));

    step = rig_until(&rig, INV_STEP_INSERT);
    step->entries[0]->refused = true;
    step->verdict = INV_VERDICT_FAILED;
    rig_reply(&rig, step, INV_REPLY_REFUSED);

    assert_int_equal(
        count_refused(&rig, INV_STEP_INSERT, INV_REPLY_REFUSED, MINUTE), 0);
    assert_false(inv_protocol_busy(rig.machine));

    inv_protocol_destroy(rig.machine);
}


/* What cannot be pulled is tried seldom. */
static void
test_pulls_give_way(void **state)
{
    rig_t        rig;
    inv_action_t action;

    rig_create(&rig);
    rig_move(&rig, &action, NULL, 0, -1);
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_APPLY));

    assert_in_range(
        count_refused(&rig, INV_STEP_PULL, INV_REPLY_REFUSED, 10 * MINUTE), 8,
        30);

    inv_protocol_destroy(rig.machine);
}


/* The undo of a create whose product somebody has reserved since. */
#define DELETES_A_MINUTE 40

static void
test_a_refused_delete_gives_way(void **state)
{
    rig_t        rig;
    int64_t      end;
    unsigned     deletes;
    inv_step_t  *step;
    inv_action_t action;

    rig_create(&rig);
    memset(&action, 0, sizeof(action));
    action.kind = INV_ACTION_CREATE;
    action.product = rig_oid(9);
    action.delta = 5;
    assert_true(inv_protocol_submit(rig.machine, &action, rig.now));

    rig.state.seq = 1;
    rig_reply_applied(&rig, rig_now(&rig, INV_STEP_CREATE));
    assert_int_equal(action.verdict, INV_VERDICT_OK);
    assert_true(inv_protocol_undo(rig.machine, &action, rig.now));

    deletes = 0;

    for (end = rig.now + 60000; rig.now < end;) {
        step = rig_next(&rig);

        if (step == NULL) {
            assert_true(rig_wake(&rig));

        } else if (step->kind == INV_STEP_DELETE) {
            assert_in_range(++deletes, 1, DELETES_A_MINUTE);
            step->verdict = INV_VERDICT_IN_USE;
            rig_reply(&rig, step, INV_REPLY_REFUSED);

        } else {
            rig_answer(&rig, step);
        }
    }

    /* free again */
    rig_reply_state(&rig, rig_until(&rig, INV_STEP_DELETE));
    assert_int_equal(action.verdict, INV_VERDICT_WITHDRAWN);
    assert_true(action.undone);

    inv_protocol_destroy(rig.machine);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_undo_of_a_damaged_product),
        cmocka_unit_test(test_a_doubt_is_given_up),
        cmocka_unit_test(test_a_doubt_while_it_is_away),
        cmocka_unit_test(test_a_fence_of_a_damaged_product),
        cmocka_unit_test(test_misses_give_way),
        cmocka_unit_test(test_fences_give_way),
        cmocka_unit_test(test_claims_give_way),
        cmocka_unit_test(test_a_refused_entry_is_left),
        cmocka_unit_test(test_pulls_give_way),
        cmocka_unit_test(test_a_refused_delete_gives_way),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
