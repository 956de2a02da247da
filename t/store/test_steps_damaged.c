
/*
 * store: steps on products that lack what changes count with, or have it in a
 * wrong type: nothing is applied, and the reply says where they are damaged; a
 * fence still finds what had been applied before.
 */


#include "store_steps.h"


/* A product as it should be, but for one member. */
typedef struct {
    const char *member;
    const char *value; /* extended JSON; NULL: it is missing */
} damage_t;

static const damage_t damages[] = {
    { "stock", "\"7\"" },
    { "stock", "7.5" },
    { "stock", "[7]" },
    { "reserved", NULL },
    { "reserved", "null" },
    { "reserved", "[0]" },
    { "seq", NULL },
    { "seq", "{}" },
    { "seq", "{\"$numberDouble\": \"NaN\"}" },
    { "seq", "-1" },
    { "seq", "{\"$numberLong\": \"9223372036854775807\"}" },
    { "version", NULL },
    { "version", "true" },
    { "version", "{\"$numberDouble\": \"Infinity\"}" },
    { "version", "{\"$numberDecimal\": \"1.5\"}" },
    { "epoch", NULL },
    { "epoch", "\"0\"" },
    { "epoch", "[0]" },
    { "outbox", NULL },
    { "outbox", "\"empty\"" },
    { "outbox", "{\"b\": 1}" },
};

#define DAMAGES (sizeof(damages) / sizeof(damages[0]))


static inv_oid_t
damaged_product(fixture_t *f, const damage_t *damage)
{
    char         json[128];
    bson_t       command, update;
    inv_oid_t    id;
    bson_oid_t   oid;
    bson_error_t error;

    id = fixture_product(f, NULL, 10);
    bson_oid_init_from_data(&oid, id.bytes);

    snprintf(json, sizeof(json),
             damage->value != NULL ? "{\"$set\": {\"%s\": %s}}"
                                   : "{\"$unset\": {\"%s\": 1}}",
             damage->member, damage->value);
    assert_true(bson_init_from_json(&update, json, -1, &error));

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update",
                BCON_DOCUMENT(&update));
    fixture_command(f, &command);
    bson_destroy(&update);

    return id;
}


/* Whatever says so, nothing of it was applied. */
static void
assert_untouched(fixture_t *f, inv_oid_t id, const bson_t *before)
{
    bson_t *after;

    after = fixture_product_document(f, id);
    assert_true(bson_equal(before, after));
    bson_destroy(after);
}


/* A statement that matches nothing is told by the read that follows. */
static void
assert_damaged(fixture_t *f, inv_step_t *step, const damage_t *damage)
{
    inv_step_t *read;

    if (step->reply == INV_REPLY_MISSED) {
        read = steps_step(f, INV_STEP_READ, step->product);
        steps_run_one(f, read);

    } else {
        read = step;
    }

    if (read->reply == INV_REPLY_UNKNOWN) {
        return; /* to be fenced */
    }

    assert_int_equal(read->reply, INV_REPLY_REFUSED);
    assert_int_equal(read->verdict, INV_VERDICT_DAMAGED);
    assert_string_equal(read->damaged, damage->member);

    if (read != step) {
        steps_free(read);
    }
}


static void
test_applies_nothing(void **state)
{
    size_t      i;
    bson_t     *before;
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_step_t *step;

    for (i = 0; i < DAMAGES; i++) {
        id = damaged_product(f, &damages[i]);
        before = fixture_product_document(f, id);

        step = steps_apply(f, id, 1);
        steps_run_one(f, step);
        assert_int_not_equal(step->reply, INV_REPLY_UNKNOWN);
        assert_damaged(f, step, &damages[i]);
        assert_untouched(f, id, before);

        steps_free(step);
        bson_destroy(before);
    }
}


/* Those that share a command with it are applied. */
static void
test_others_are_applied(void **state)
{
    size_t      i;
    bson_t     *before;
    fixture_t  *f = *state;
    inv_step_t *steps[3], *damaged;

    for (i = 0; i < DAMAGES; i++) {
        damaged = steps_apply(f, damaged_product(f, &damages[i]), 1);
        before = fixture_product_document(f, damaged->product);

        steps[0] = steps_apply(f, fixture_product(f, NULL, 5), 1);
        steps[1] = damaged;
        steps[2] = steps_apply(f, fixture_product(f, NULL, 5), 1);
        steps_run(f, steps, 3);

        assert_damaged(f, damaged, &damages[i]);
        assert_untouched(f, damaged->product, before);
        bson_destroy(before);

        steps_free(steps[0]);
        steps_free(steps[1]);
        steps_free(steps[2]);
    }
}


/* The state cannot be read, but whether it was applied can. */
static void
test_fences_what_is_damaged(void **state)
{
    size_t      i;
    bson_t      command;
    fixture_t  *f = *state;
    inv_oid_t   batch;
    bson_oid_t  oid;
    inv_step_t *step, *fence;

    static const char *const members[] = { "seq", "version", "reserved",
                                           "epoch" };

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        step = steps_apply(f, fixture_product(f, NULL, 10), 2);
        steps_run_one(f, step);
        assert_int_equal(step->reply, INV_REPLY_DONE);
        batch = step->batch;

        bson_oid_init_from_data(&oid, step->product.bytes);
        bson_init(&command);
        BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                    "query", "{", "_id", BCON_OID(&oid), "}", "update", "{",
                    "$set", "{", members[i], BCON_UTF8("x"), "}", "$push", "{",
                    "outbox", BCON_INT32(5), "}", "}");
        fixture_command(f, &command);

        fence = steps_step(f, INV_STEP_FENCE, step->product);
        steps_run_one(f, fence);
        assert_int_equal(fence->reply, INV_REPLY_DONE);
        assert_false(fence->has_state);
        assert_string_equal(fence->damaged, members[i]);
        assert_int_equal(fence->nviews, 2);
        assert_true(inv_oid_eq(fence->views[1].batch, batch));
        assert_int_equal(fence->views[1].after, 8);

        steps_free(fence);
        steps_free(step);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_applies_nothing),
        TEST(test_others_are_applied),
        TEST(test_fences_what_is_damaged),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps damaged", tests, fixture_open,
                                       fixture_close);
}
