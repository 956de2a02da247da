
/*
 * CLAIM, RECALL, TAKE and ANSWER against a real server.
 */


#include <stdlib.h>

#include "store_steps.h"


static const inv_oid_t no_product = { { 0 } };


static inv_step_t *
claim_step(fixture_t *f, inv_step_kind_t kind, const inv_step_t *of)
{
    inv_step_t *step;

    step = steps_step(f, kind, no_product);

    if (of != NULL) {
        step->record = of->record;
        return step;
    }

    inv_random(step->record.id, sizeof(step->record.id));
    inv_random(step->record.fingerprint, sizeof(step->record.fingerprint));
    step->record.nonce = steps_id();
    step->record.by = steps_id();
    step->record.gen = 1;
    step->record.at = 1700000000123;

    return step;
}


static inv_step_t *
recall(fixture_t *f, const inv_step_t *of)
{
    inv_step_t *step;

    step = claim_step(f, INV_STEP_RECALL, of);
    assert_int_equal(steps_run_one(f, step), 1);

    return step;
}


static void
test_claims(void **state)
{
    size_t      i;
    bson_t      filter, *document;
    fixture_t  *f = *state;
    inv_step_t *steps[3], *again[3], *found;
    bson_iter_t iter;

    for (i = 0; i < 3; i++) {
        steps[i] = claim_step(f, INV_STEP_CLAIM, NULL);
        again[i] = claim_step(f, INV_STEP_CLAIM, NULL);
    }

    assert_int_equal(steps_run(f, steps, 3), 1);

    /* one of ours among two of others' */
    again[0]->record = steps[0]->record;
    again[0]->record.nonce = steps_id();
    again[2]->record = steps[2]->record;

    assert_int_equal(steps_run(f, again, 3), 1);
    assert_string_equal(steps_error(), "");

    for (i = 0; i < 3; i++) {
        assert_int_equal(steps[i]->reply, INV_REPLY_DONE);
        assert_int_equal(again[i]->reply,
                         i == 1 ? INV_REPLY_DONE : INV_REPLY_MISSED);
    }

    found = recall(f, again[0]);
    assert_int_equal(found->reply, INV_REPLY_DONE);
    assert_memory_equal(&found->found.id, &steps[0]->record.id, INV_CLAIM_ID);
    assert_memory_equal(&found->found.fingerprint,
                        &steps[0]->record.fingerprint, INV_CLAIM_ID);
    assert_true(inv_oid_eq(found->found.nonce, steps[0]->record.nonce));
    assert_true(inv_oid_eq(found->found.by, steps[0]->record.by));
    assert_int_equal(found->found.gen, 1);
    assert_int_equal(found->found.at, 1700000000123);
    assert_int_equal(found->found.status, 0);
    assert_null(found->found.answer.data);
    steps_free(found);

    bson_init(&filter);
    inv_bson_put_oid(&filter, "nonce", steps[0]->record.nonce);
    document = fixture_document(f, "claims", &filter);
    assert_true(bson_iter_init_find(&iter, document, "purgeAt"));
    assert_int_equal(bson_iter_date_time(&iter),
                     1700000000123 + INT64_C(48) * 3600 * 1000);
    bson_destroy(document);
    bson_destroy(&filter);

    /* several at once, one of which nobody has made */
    for (i = 0; i < 3; i++) {
        again[i] = claim_step(f, INV_STEP_RECALL, i == 1 ? NULL : steps[i]);
    }

    assert_int_equal(steps_run(f, again, 3), 1);

    for (i = 0; i < 3; i++) {
        assert_int_equal(again[i]->reply,
                         i == 1 ? INV_REPLY_MISSED : INV_REPLY_DONE);
        steps_free(again[i]);
    }
}


/* Only from the gen that was seen, only while there is no answer. */
static void
test_takes_over(void **state)
{
    fixture_t  *f = *state;
    inv_step_t *claim, *take, *late, *found, *answer;

    claim = claim_step(f, INV_STEP_CLAIM, NULL);
    steps_run_one(f, claim);

    take = claim_step(f, INV_STEP_TAKE, claim);
    take->record.gen = 2;
    take->record.by = steps_id();
    assert_int_equal(steps_run_one(f, take), 1);
    assert_int_equal(take->reply, INV_REPLY_DONE);

    late = claim_step(f, INV_STEP_TAKE, claim);
    late->record.gen = 2;
    late->record.by = steps_id();
    assert_int_equal(steps_run_one(f, late), 1);
    assert_int_equal(late->reply, INV_REPLY_MISSED);

    found = recall(f, claim);
    assert_int_equal(found->found.gen, 2);
    assert_true(inv_oid_eq(found->found.by, take->record.by));
    assert_true(inv_oid_eq(found->found.nonce, claim->record.nonce));

    answer = claim_step(f, INV_STEP_ANSWER, take);
    answer->record.status = 409;
    answer->record.answer = inv_str("{}");
    assert_int_equal(steps_run_one(f, answer), 1);
    assert_int_equal(answer->reply, INV_REPLY_DONE);

    late = claim_step(f, INV_STEP_TAKE, claim);
    late->record.gen = 3;
    steps_run_one(f, late);
    assert_int_equal(late->reply, INV_REPLY_MISSED);
}


static void
test_answers(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_step_t *claims[3], *answers[3], *found;

    for (i = 0; i < 3; i++) {
        claims[i] = claim_step(f, INV_STEP_CLAIM, NULL);
    }

    steps_run(f, claims, 3);

    for (i = 0; i < 3; i++) {
        answers[i] = claim_step(f, INV_STEP_ANSWER, claims[i]);
        answers[i]->record.status = 404;
        answers[i]->record.answer = inv_str("{\"a\\u0000\":\0}");
    }

    /* of an older gen, among others */
    answers[1]->record.gen = 7;

    assert_int_equal(steps_run(f, answers, 3), 1 + 3);
    assert_int_equal(answers[0]->reply, INV_REPLY_DONE);
    assert_int_equal(answers[1]->reply, INV_REPLY_MISSED);
    assert_int_equal(answers[2]->reply, INV_REPLY_DONE);

    found = recall(f, claims[0]);
    assert_int_equal(found->found.status, 404);
    assert_int_equal(found->found.answer.len, answers[0]->record.answer.len);
    assert_memory_equal(found->found.answer.data,
                        answers[0]->record.answer.data,
                        found->found.answer.len);
    steps_free(found);

    found = recall(f, claims[1]);
    assert_int_equal(found->found.status, 0);
    steps_free(found);

    /* nobody overwrites an answer, with the same gen neither */
    answers[0]->record.status = 500;
    assert_int_equal(steps_run_one(f, answers[0]), 1);
    assert_int_equal(answers[0]->reply, INV_REPLY_MISSED);

    found = recall(f, claims[0]);
    assert_int_equal(found->found.status, 404);
    steps_free(found);

    /* all of them, in one command */
    answers[1]->record.gen = 1;
    answers[0] = claim_step(f, INV_STEP_CLAIM, NULL);
    steps_run_one(f, answers[0]);
    answers[0] = claim_step(f, INV_STEP_ANSWER, answers[0]);
    answers[0]->record.status = 200;
    answers[0]->record.answer = inv_str("");

    assert_int_equal(steps_run(f, answers, 2), 1);
    assert_int_equal(answers[0]->reply, INV_REPLY_DONE);
    assert_int_equal(answers[1]->reply, INV_REPLY_DONE);

    found = recall(f, answers[0]);
    assert_int_equal(found->found.status, 200);
    assert_int_equal(found->found.answer.len, 0);
    steps_free(found);
}


/* More than fits into one command, and more than fits into one reply. */
static void
test_large_answers(void **state)
{
    char       *text;
    size_t      i, size;
    fixture_t  *f = *state;
    inv_step_t *claims[24], *answers[24], *found[24];

    size = 900 * 1024;
    text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);

    for (i = 0; i < 24; i++) {
        claims[i] = claim_step(f, INV_STEP_CLAIM, NULL);
    }

    assert_int_equal(steps_run(f, claims, 24), 1);

    for (i = 0; i < 24; i++) {
        assert_int_equal(claims[i]->reply, INV_REPLY_DONE);
        answers[i] = claim_step(f, INV_STEP_ANSWER, claims[i]);
        answers[i]->record.status = 200;
        answers[i]->record.answer = (inv_str_t){ size, text };
        found[i] = claim_step(f, INV_STEP_RECALL, claims[i]);
    }

    steps_run(f, answers, 24);
    steps_run(f, found, 24);

    for (i = 0; i < 24; i++) {
        assert_int_equal(answers[i]->reply, INV_REPLY_DONE);
        assert_int_equal(found[i]->reply, INV_REPLY_DONE);
        assert_int_equal(found[i]->found.answer.len, size);
        steps_free(found[i]);
    }

    free(text);
}


/*
 * A claim that cannot be read is a failure: one that seems to have no answer
 * would have its operation run again.
 */
static void
test_damaged_claims(void **state)
{
    size_t      i;
    bson_t     *changes[8], filter, command;
    fixture_t  *f = *state;
    inv_step_t *claim, *answer, *found;

    changes[0] = BCON_NEW("status", "200");
    changes[1] = BCON_NEW("status", BCON_NULL);
    changes[2] = BCON_NEW("status", BCON_INT64(INT64_C(1) << 32));
    changes[3] = BCON_NEW("status", BCON_INT64(500));
    changes[4] = BCON_NEW("gen", BCON_INT64(INT64_MIN));
    changes[5] = BCON_NEW("gen", BCON_INT64(INT64_MAX));
    changes[6] = BCON_NEW("gen", BCON_INT64(0));
    changes[7] = BCON_NEW("at", BCON_DATE_TIME(INT64_MAX));

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        claim = claim_step(f, INV_STEP_CLAIM, NULL);
        assert_int_equal(steps_run_one(f, claim), 1);

        answer = claim_step(f, INV_STEP_ANSWER, claim);
        answer->record.status = 409;
        answer->record.answer = inv_str("{}");
        assert_int_equal(steps_run_one(f, answer), 1);
        assert_int_equal(answer->reply, INV_REPLY_DONE);

        bson_init(&filter);
        inv_bson_put_oid(&filter, "nonce", claim->record.nonce);
        bson_init(&command);
        BCON_APPEND(&command, "update", "claims", "updates", "[", "{", "q",
                    BCON_DOCUMENT(&filter), "u", "{", "$set",
                    BCON_DOCUMENT(changes[i]), "}", "}", "]");
        fixture_command(f, &command);
        bson_destroy(&filter);
        bson_destroy(changes[i]);

        found = recall(f, claim);
        assert_int_equal(found->reply, INV_REPLY_REFUSED);
        assert_int_equal(found->verdict, INV_VERDICT_FAILED);
        assert_non_null(strstr(steps_error(), "damaged"));
        steps_free(found);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_claims),  TEST(test_damaged_claims), TEST(test_takes_over),
        TEST(test_answers), TEST(test_large_answers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps claims", tests, fixture_open,
                                       fixture_close);
}
