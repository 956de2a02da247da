
/*
 * The stock protocol's machine: keys: claims that are somebody else's, that
 * change hands while their lines are at work, and that come back.
 */


#include "test_protocol.h"


/* Two lines on two products, of which the machine holds the claim. */
typedef struct {
    rig_t        rig;
    inv_claim_t  claim;
    inv_action_t lines[2];
} keyed_t;


/* The claim of n lines; it is asked for, and nothing else is. */
static inv_step_t *
keyed_open(keyed_t *keyed, unsigned n)
{
    unsigned i;

    rig_create(&keyed->rig);

    memset(&keyed->claim, 0, sizeof(inv_claim_t));
    keyed->claim.record.nonce = rig_oid(7);
    memset(&keyed->claim.record.nonce.bytes[10], 0, 2);

    assert_true(
        inv_claim_open(keyed->rig.machine, &keyed->claim, keyed->rig.now));

    for (i = 0; i < n; i++) {
        rig_move(&keyed->rig, &keyed->lines[i], &keyed->claim, i, -1);
    }

    return rig_now(&keyed->rig, INV_STEP_CLAIM);
}


static void
keyed_end(keyed_t *keyed)
{
    assert_true(inv_claim_close(keyed->rig.machine, &keyed->claim));
    rig_rest(&keyed->rig);
    inv_protocol_destroy(keyed->rig.machine);
}


/* Ours again, at the next gen. */
static void
keyed_take(keyed_t *keyed, inv_step_t *step)
{
    assert_int_equal(step->kind, INV_STEP_TAKE);
    assert_int_equal(step->record.gen, keyed->rig.claim.gen + 1);

    keyed->rig.claim.gen = step->record.gen;
    keyed->rig.claim.by = step->record.by;
    rig_reply(&keyed->rig, step, INV_REPLY_DONE);
}


/* Answers until a step of a kind comes that is about one product. */
static inv_step_t *
keyed_until(keyed_t *keyed, inv_step_kind_t kind, const inv_action_t *line)
{
    inv_step_t *step;

    for (;;) {
        step = rig_until(&keyed->rig, kind);

        if (inv_oid_eq(step->product, line->product)) {
            return step;
        }

        rig_answer(&keyed->rig, step);
    }
}


/*
 * A line is sent, and its reply is long in coming.  Meanwhile another process
 * takes the claim over, fences the line's product, applies the line and dies.
 * The claim comes back; then it is known that the first statement missed, which
 * says nothing of what the other process did.
 */
static void
test_a_line_that_was_out_is_looked_for(void **state)
{
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *slow, *step;

    rig_reply(rig, keyed_open(&keyed, 2), INV_REPLY_DONE);

    slow = keyed_until(&keyed, INV_STEP_APPLY, &keyed.lines[0]);
    rig_reply(rig, rig_now(rig, INV_STEP_APPLY), INV_REPLY_MISSED);

    /* the other line meets the other process's fence: whose is the claim? */
    rig->state.epoch = 1;
    rig_others(rig, &keyed.claim, 2);
    keyed_take(&keyed, rig_until(rig, INV_STEP_TAKE));

    rig_reply(rig, slow, INV_REPLY_MISSED);

    /* nothing is sent before it was fenced and looked for */
    rig_answer(rig, keyed_until(&keyed, INV_STEP_FENCE, &keyed.lines[0]));
    step = keyed_until(&keyed, INV_STEP_LOOK, &keyed.lines[0]);
    assert_int_equal(step->nkeys, 1);
    rig_book(rig, step, 0, 4);
    rig_answer(rig, step);

    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_OK);
    assert_true(keyed.lines[0].replayed);
    assert_int_equal(keyed.lines[0].seq, 4);
    assert_int_equal(keyed.lines[0].after, 90);

    /* the other line had not been applied by anybody */
    rig_reply_applied(rig,
                      keyed_until(&keyed, INV_STEP_APPLY, &keyed.lines[1]));
    assert_int_equal(keyed.lines[1].verdict, INV_VERDICT_OK);
    assert_false(keyed.lines[1].replayed);

    keyed_end(&keyed);
}


/*
 * The same with a line that is being looked for while the claim changes hands:
 * that look is from before, and says nothing of what has happened since.
 */
static void
test_a_look_from_before_counts_for_nothing(void **state)
{
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *slow;

    /* another has it at first, and is taken over */
    rig_reply(rig, keyed_open(&keyed, 2), INV_REPLY_MISSED);
    rig_others(rig, &keyed.claim, 1);
    keyed_take(&keyed, rig_until(rig, INV_STEP_TAKE));

    rig_answer(rig, keyed_until(&keyed, INV_STEP_FENCE, &keyed.lines[0]));
    slow = keyed_until(&keyed, INV_STEP_LOOK, &keyed.lines[0]);

    /* it is taken from us, and taken back */
    rig_others(rig, &keyed.claim, 3);
    keyed_take(&keyed, rig_until(rig, INV_STEP_TAKE));

    rig_answer(rig, slow);
    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_NONE);

    rig_answer(rig, keyed_until(&keyed, INV_STEP_FENCE, &keyed.lines[0]));
    slow = keyed_until(&keyed, INV_STEP_LOOK, &keyed.lines[0]);
    rig_book(rig, slow, 0, 4);
    rig_answer(rig, slow);

    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_OK);
    assert_true(keyed.lines[0].replayed);

    rig_reply_applied(rig,
                      keyed_until(&keyed, INV_STEP_APPLY, &keyed.lines[1]));
    keyed_end(&keyed);
}


/*
 * A product's only action goes back to its owner while the product waits for a
 * free job: there is nothing left to be asked about it.
 */
static void
test_lines_that_leave_take_their_turn_along(void **state)
{
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *step, *first, *second;

    rig_reply(rig, keyed_open(&keyed, 2), INV_REPLY_DONE);

    first = rig_now(rig, INV_STEP_APPLY);
    second = rig_now(rig, INV_STEP_APPLY);

    rig->state.epoch = 1;
    rig_reply(rig, first, INV_REPLY_MISSED);
    rig_answer(rig, rig_until(rig, INV_STEP_READ));
    step = rig_until(rig, INV_STEP_RECALL);

    /* the second is to be read, and no job is free for it */
    rig_reply(rig, second, INV_REPLY_MISSED);

    rig_others(rig, &keyed.claim, 2);
    rig->claim.status = 200;
    rig->claim.answer = (inv_str_t){ 2, "{}" };
    rig_answer(rig, step);

    assert_int_equal(rig->claimed, 1);
    assert_int_equal(rig->news, INV_CLAIM_ANSWERED);
    assert_int_equal(keyed.claim.record.status, 200);
    assert_false(inv_action_is_out(&keyed.lines[0]));
    assert_false(inv_action_is_out(&keyed.lines[1]));
    assert_int_equal(rig->settled, 0);

    assert_null(rig_next(rig));
    keyed_end(&keyed);
}


/* How long the holder of a claim is waited for, in ms. */
static int64_t
patience_of(int64_t gen, int64_t patience_min, int64_t patience_max)
{
    int64_t     began;
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *step;

    step = keyed_open(&keyed, 1);
    keyed.claim.patience_min = patience_min;
    keyed.claim.patience_max = patience_max;
    began = rig->now;

    rig_others(rig, &keyed.claim, gen);
    rig_reply(rig, step, INV_REPLY_MISSED);

    keyed_take(&keyed, rig_until(rig, INV_STEP_TAKE));
    began = rig->now - began;

    rig_reply_applied(rig, rig_until(rig, INV_STEP_APPLY));
    keyed_end(&keyed);

    return began;
}


static void
test_patience(void **state)
{
    assert_int_equal(patience_of(1, 0, 0), 500);
    assert_int_equal(patience_of(2, 0, 0), 1000);
    assert_int_equal(patience_of(1000, 0, 0), 4000);

    assert_int_equal(patience_of(1, 0, 60), 60);
    assert_int_equal(patience_of(1000, 0, 60), 60);
    assert_int_equal(patience_of(1, 0, 3000), 500);

    /* work that takes long is waited for */
    assert_int_equal(patience_of(1, 3000, 3000), 3000);
    assert_int_equal(patience_of(1, 3000, 60), 60);
    assert_int_equal(patience_of(1000, 60, 0), 4000);
}


/* This process's own, of an attempt that is over: nobody is at it. */
static void
test_no_patience_with_oneself(void **state)
{
    int64_t     began;
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *step;

    step = keyed_open(&keyed, 1);
    began = rig->now;

    rig_others(rig, &keyed.claim, 1);
    rig->claim.by = step->record.by;
    rig->claim.nonce.bytes[0]++;
    rig_reply(rig, step, INV_REPLY_MISSED);

    keyed_take(&keyed, rig_until(rig, INV_STEP_TAKE));
    assert_int_equal(rig->now, began);

    rig_reply_applied(rig, rig_until(rig, INV_STEP_APPLY));
    keyed_end(&keyed);
}


/*
 * What was refused here is no answer once another has the key: everything is
 * submitted anew, and what the other has applied counts.
 */
static void
test_lost_and_submitted_again(void **state)
{
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *step;

    rig_reply(rig, keyed_open(&keyed, 1), INV_REPLY_DONE);

    rig_reply(rig, rig_now(rig, INV_STEP_APPLY), INV_REPLY_MISSED);
    rig->state.stock = 0;
    rig_answer(rig, rig_until(rig, INV_STEP_READ));
    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_OUT_OF_STOCK);
    assert_int_equal(keyed.lines[0].available, 0);

    inv_claim_answer(rig->machine, &keyed.claim, 409, (inv_str_t){ 2, "{}" },
                     rig->now);
    step = rig_now(rig, INV_STEP_ANSWER);
    assert_int_equal(step->record.gen, 1);
    rig_others(rig, &keyed.claim, 2);
    rig->claim.status = 0;
    rig_reply(rig, step, INV_REPLY_MISSED);

    rig_answer(rig, rig_now(rig, INV_STEP_RECALL));
    assert_int_equal(rig->claimed, 1);
    assert_int_equal(rig->news, INV_CLAIM_LOST);

    rig_move(rig, &keyed.lines[0], &keyed.claim, 0, -1);
    step = rig_until(rig, INV_STEP_LOOK);
    assert_int_equal(step->nkeys, 1);
    rig_book(rig, step, 0, 4);
    rig_answer(rig, step);

    assert_int_equal(rig->settled, 2);
    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_OK);
    assert_true(keyed.lines[0].replayed);
    assert_int_equal(keyed.lines[0].seq, 4);

    /* what is applied is so at any gen: it is kept at the other's */
    inv_claim_answer(rig->machine, &keyed.claim, 200, (inv_str_t){ 2, "{}" },
                     rig->now);
    step = rig_until(rig, INV_STEP_ANSWER);
    assert_int_equal(step->record.gen, 2);
    rig_reply(rig, step, INV_REPLY_DONE);
    assert_int_equal(rig->claimed, 2);
    assert_int_equal(rig->news, INV_CLAIM_STORED);

    keyed_end(&keyed);
}


/* An answer whose storing is in doubt is stored again, and nothing else. */
static void
test_an_answer_in_doubt_is_stored_again(void **state)
{
    keyed_t     keyed;
    rig_t      *rig = &keyed.rig;
    inv_step_t *step;

    rig_reply(rig, keyed_open(&keyed, 1), INV_REPLY_DONE);
    rig->state.deleted = true;
    rig_reply(rig, rig_now(rig, INV_STEP_APPLY), INV_REPLY_MISSED);
    rig_answer(rig, rig_until(rig, INV_STEP_READ));
    assert_int_equal(keyed.lines[0].verdict, INV_VERDICT_NOT_FOUND);

    inv_claim_answer(rig->machine, &keyed.claim, 404, (inv_str_t){ 2, "{}" },
                     rig->now);
    rig_reply(rig, rig_now(rig, INV_STEP_ANSWER), INV_REPLY_UNKNOWN);
    assert_null(rig_next(rig));

    step = rig_until(rig, INV_STEP_ANSWER);
    assert_int_equal(step->record.status, 404);
    assert_int_equal(rig->claimed, 0);
    rig_reply(rig, step, INV_REPLY_DONE);

    assert_int_equal(rig->claimed, 1);
    assert_int_equal(rig->news, INV_CLAIM_STORED);
    assert_int_equal(rig->settled, 1);

    keyed_end(&keyed);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_that_was_out_is_looked_for),
        cmocka_unit_test(test_a_look_from_before_counts_for_nothing),
        cmocka_unit_test(test_lines_that_leave_take_their_turn_along),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_no_patience_with_oneself),
        cmocka_unit_test(test_lost_and_submitted_again),
        cmocka_unit_test(test_an_answer_in_doubt_is_stored_again),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
