
/*
 * APPLY, READ, FENCE and LOOK against a real server.
 */


#include "store_steps.h"


static void
test_applies_one(void **state)
{
    fixture_t     *f = *state;
    inv_oid_t      id;
    inv_step_t    *step;
    inv_product_t *product;

    id = fixture_product(f, NULL, 10);
    step = steps_apply(f, id, 3);
    step->actions[1]->at += 5000;

    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_true(step->has_state);
    assert_int_equal(step->state.stock, 7);
    assert_int_equal(step->state.seq, 4);
    assert_int_equal(step->state.version, 4);
    assert_int_equal(step->state.epoch, 0);
    assert_int_equal(step->state.reserved, 0);
    assert_false(step->state.deleted);
    assert_non_null(step->payload);
    assert_string_equal(steps_error(), "");

    product = fixture_read(f, id);
    assert_int_equal(product->catalog.stock, 7);
    assert_int_equal(product->updated_at, step->actions[1]->at);

    fixture_check(f, id);
    steps_free(step);
}


/* Each guard by itself makes it a miss that writes nothing. */
static void
test_misses(void **state)
{
    bson_t     *before, *after;
    size_t      i;
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_step_t *step;

    id = fixture_product(f, NULL, 10);
    before = fixture_product_document(f, id);

    for (i = 0; i < 6; i++) {
        step = steps_apply(f, id, 2);

        switch (i) {

        case 0:
            step->epoch = 1;
            break;

        case 1:
            step->need = 11;
            break;

        case 2:
            step->room = 9;
            break;

        case 3:
            step->has_version = true;
            step->version = 2;
            break;

        case 4:
            step->product = steps_id();
            break;

        default:
            step = steps_apply(f, id, INV_OUTBOX_OPS_MAX);
            step->guards_stock = false;
            break;
        }

        assert_int_equal(steps_run_one(f, step), 1);
        assert_int_equal(step->reply, INV_REPLY_MISSED);
        assert_false(step->has_state);
        steps_free(step);
    }

    after = fixture_product_document(f, id);
    assert_true(bson_equal(before, after));

    bson_destroy(before);
    bson_destroy(after);
}


/* What a step does not guard is not asked. */
static void
test_guards_are_switches(void **state)
{
    fixture_t  *f = *state;
    inv_oid_t   id;
    inv_step_t *step;

    id = fixture_product(f, NULL, 2);
    step = steps_apply(f, id, 2);
    step->guards_epoch = false;
    step->epoch = 7;
    step->guards_stock = false;
    step->need = 3;

    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.stock, 0);
    steps_free(step);
}


/* Everything that an op can say, as it was said. */
static void
test_ops_say_it_all(void **state)
{
    bson_t       *document, op;
    fixture_t    *f = *state;
    inv_oid_t     id;
    inv_step_t   *step;
    bson_iter_t   iter, found;
    inv_claim_t   claim;
    inv_action_t *action;

    id = fixture_product(f, NULL, 10);

    memset(&claim, 0, sizeof(claim));

    action = steps_move(f, 4);
    action->type = INV_MOVE_ADJUST;
    action->claim = &claim;
    action->key = steps_id();
    action->reference = inv_str("$stock");
    action->reason = inv_str("a \"count\"");

    step = steps_batch(f, id, &action, 1);
    assert_int_equal(steps_run_one(f, step), 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_int_equal(step->state.stock, 14);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init(&iter, document));
    assert_true(bson_iter_find_descendant(&iter, "outbox.1.ops.0", &found));
    assert_true(inv_bson_view(&found, &op));

    assert_true(bson_iter_init_find(&iter, &op, "t"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "adjust");
    assert_true(bson_iter_init_find(&iter, &op, "ref"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "$stock");
    assert_true(bson_iter_init_find(&iter, &op, "why"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "a \"count\"");
    assert_true(bson_iter_init_find(&iter, &op, "who"));
    assert_string_equal(bson_iter_utf8(&iter, NULL), "$where.");
    assert_true(bson_iter_init_find(&iter, &op, "k"));
    assert_memory_equal(bson_iter_oid(&iter)->bytes, action->key.bytes, 12);

    bson_destroy(document);
    steps_free(step);
    fixture_check(f, id);
}


static void
test_applies_several(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_step_t *steps[20];

    for (i = 0; i < 20; i++) {
        steps[i] = steps_apply(f, fixture_product(f, NULL, 10), 1 + i % 3);
    }

    /* one and the same statement each, in two commands together */
    assert_int_equal(steps_run(f, steps, 20), 2);

    for (i = 0; i < 20; i++) {
        assert_int_equal(steps[i]->reply, INV_REPLY_DONE);
        assert_int_equal(steps[i]->state.stock, 10 - (int64_t) steps[i]->n);
        assert_int_equal(steps[i]->state.seq, 1 + (int64_t) steps[i]->n);
        assert_int_equal(steps[i]->state.version, 1 + (int64_t) steps[i]->n);
        assert_int_equal(steps[i]->state.outbox_ops, 1 + (int64_t) steps[i]->n);
        fixture_check(f, steps[i]->product);
        steps_free(steps[i]);
    }
}


/* Among others: too little stock, no such product, a grave. */
static void
test_several_tell_who_missed(void **state)
{
    fixture_t  *f = *state;
    inv_step_t *steps[4];

    steps[0] = steps_apply(f, fixture_product(f, NULL, 10), 2);
    steps[1] = steps_apply(f, fixture_product(f, NULL, 1), 2);
    steps[2] = steps_apply(f, steps_id(), 2);
    steps[3] = steps_apply(f, fixture_product(f, NULL, 10), 2);

    fixture_delete(f, steps[3]->product, inv_time_now());

    assert_int_equal(steps_run(f, steps, 4), 2);

    assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
    assert_int_equal(steps[0]->state.stock, 8);

    assert_int_equal(steps[1]->reply, INV_REPLY_MISSED);
    assert_true(steps[1]->has_state);
    assert_int_equal(steps[1]->state.stock, 1);
    assert_int_equal(steps[1]->state.outbox_ops, 1);

    assert_int_equal(steps[2]->reply, INV_REPLY_MISSED);
    assert_false(steps[2]->has_state);

    assert_int_equal(steps[3]->reply, INV_REPLY_MISSED);
    assert_true(steps[3]->state.deleted);

    steps_free(steps[0]);
    steps_free(steps[1]);
    steps_free(steps[2]);
    steps_free(steps[3]);

    /* where none was applied nobody has to look */
    steps[1] = steps_apply(f, steps[1]->product, 2);
    steps[3] = steps_apply(f, steps[3]->product, 2);

    assert_int_equal(steps_run(f, &steps[1], 1), 1);
    assert_int_equal(steps[1]->reply, INV_REPLY_MISSED);
    steps_free(steps[1]);

    steps[2] = steps[3];
    steps[1] = steps_apply(f, steps[1]->product, 2);
    assert_int_equal(steps_run(f, &steps[1], 2), 2);
    assert_int_equal(steps[1]->reply, INV_REPLY_MISSED);
    assert_int_equal(steps[1]->state.stock, 1);
    assert_int_equal(steps[2]->reply, INV_REPLY_MISSED);
    assert_true(steps[2]->state.deleted);

    steps_free(steps[1]);
    steps_free(steps[2]);
}


/*
 * What is in the ledger leaves with the next batch, and makes room for it: of
 * so many batches that the list of them does not fit into a small document.
 */
#define PULLED_ALONG 20

static void
test_pulls_along(void **state)
{
    size_t         i, j;
    fixture_t     *f = *state;
    inv_oid_t      id, batches[PULLED_ALONG];
    inv_step_t    *step, *other, *insert;
    inv_transit_t *transit;

    for (i = 1; i <= 2; i++) {
        id = fixture_product(f, NULL, 1000);
        fixture_drain(f, id);

        step = steps_apply(f, id, 256);
        steps_run_one(f, step);
        transit = steps_transit(f, step);
        insert = steps_insert(f, &transit, 1);
        assert_int_equal(insert->reply, INV_REPLY_DONE);
        assert_true(transit->stored);
        batches[0] = step->batch;

        for (j = 1; j < PULLED_ALONG; j++) {
            batches[j] = steps_id();
        }

        steps_free(step);

        step = steps_apply(f, id, 256);
        steps_run_one(f, step);
        assert_int_equal(step->reply, INV_REPLY_DONE);
        steps_free(step);

        /* 512 are in it: not one more */
        step = steps_apply(f, id, 1);
        steps_run_one(f, step);
        assert_int_equal(step->reply, INV_REPLY_MISSED);
        steps_free(step);

        step = steps_apply(f, id, 257);
        steps_batches(f, step, batches, PULLED_ALONG);
        steps_run_one(f, step);
        assert_int_equal(step->reply, INV_REPLY_MISSED);
        steps_free(step);

        step = steps_apply(f, id, 256);
        steps_batches(f, step, batches, PULLED_ALONG);
        other = steps_apply(f, fixture_product(f, NULL, 10), 1);

        assert_int_equal(steps_run(f, (inv_step_t *[]){ step, other }, i),
                         i == 1 ? 1 : 2);
        assert_int_equal(step->reply, INV_REPLY_DONE);
        assert_int_equal(step->state.stock, 1000 - 768);
        assert_int_equal(step->state.seq, 769);

        fixture_check(f, id);
        steps_free(step);
        steps_free(other);
    }
}


static void
test_reads(void **state)
{
    size_t      i;
    fixture_t  *f = *state;
    inv_oid_t   keys[1];
    inv_step_t *steps[3], *apply;
    inv_claim_t claim;

    memset(&claim, 0, sizeof(claim));

    steps[0] = steps_step(f, INV_STEP_READ, fixture_product(f, NULL, 10));
    steps[1] = steps_step(f, INV_STEP_READ, steps_id());
    steps[2] = steps_step(f, INV_STEP_READ, fixture_product(f, NULL, 10));

    apply = steps_apply(f, steps[2]->product, 2);
    apply->actions[1]->claim = &claim;
    apply->actions[1]->key = steps_id();
    keys[0] = apply->actions[1]->key;
    steps_keys(f, steps[2], keys, 1);
    assert_int_equal(steps_run_one(f, apply), 1);

    assert_int_equal(steps_run(f, steps, 3), 1);

    assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
    assert_int_equal(steps[0]->state.stock, 10);
    assert_int_equal(steps[0]->state.outbox_ops, 1);
    assert_int_equal(steps[0]->nviews, 0);

    assert_int_equal(steps[1]->reply, INV_REPLY_MISSED);
    assert_false(steps[1]->has_state);

    assert_int_equal(steps[2]->reply, INV_REPLY_DONE);
    assert_int_equal(steps[2]->state.stock, 8);
    assert_int_equal(steps[2]->state.outbox_ops, 3);
    assert_int_equal(steps[2]->nviews, 2);
    assert_true(inv_oid_eq(steps[2]->views[1].batch, apply->batch));
    assert_int_equal(steps[2]->views[1].from, 2);
    assert_int_equal(steps[2]->views[1].to, 3);
    assert_int_equal(steps[2]->views[1].after, 8);
    assert_int_equal(steps[2]->views[1].nops, 2);
    assert_false(steps[2]->views[1].ops[0].has_key);
    assert_true(steps[2]->views[1].ops[1].has_key);
    assert_true(inv_oid_eq(steps[2]->views[1].ops[1].key, keys[0]));
    assert_int_equal(steps[2]->views[1].ops[1].delta, -1);
    assert_int_equal(steps[2]->views[1].ops[1].type, INV_MOVE_PURCHASE);

    for (i = 0; i < 3; i++) {
        steps_free(steps[i]);
    }

    steps_free(apply);
}


static void
test_fences(void **state)
{
    fixture_t  *f = *state;
    inv_step_t *steps[2], *late;

    steps[0] = steps_step(f, INV_STEP_FENCE, fixture_product(f, NULL, 10));
    steps[1] = steps_step(f, INV_STEP_FENCE, steps_id());

    late = steps_apply(f, steps[0]->product, 1);
    assert_int_equal(steps_run_one(f, late), 1);
    assert_int_equal(late->reply, INV_REPLY_DONE);
    steps_free(late);

    assert_int_equal(steps_run(f, steps, 2), 3);
    assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
    assert_int_equal(steps[0]->state.epoch, 1);
    assert_int_equal(steps[0]->state.outbox_ops, 2);
    assert_int_equal(steps[0]->nviews, 2);
    assert_true(inv_oid_eq(steps[0]->views[1].batch, late->batch));
    assert_int_equal(steps[0]->views[1].nops, 1);
    assert_int_equal(steps[1]->reply, INV_REPLY_MISSED);

    /* what had been sent before cannot land any more */
    late = steps_apply(f, steps[0]->product, 1);
    assert_int_equal(steps_run_one(f, late), 1);
    assert_int_equal(late->reply, INV_REPLY_MISSED);
    steps_free(late);

    late->epoch = 1;
    assert_int_equal(steps_run_one(f, late), 1);
    assert_int_equal(late->reply, INV_REPLY_DONE);
    assert_int_equal(late->state.epoch, 1);

    fixture_check(f, steps[0]->product);
    steps_free(steps[0]);
    steps_free(late);
}


/* By batch or by key, once each, and only of its own product. */
static void
test_looks(void **state)
{
    size_t         i;
    fixture_t     *f = *state;
    inv_oid_t      absent;
    inv_step_t    *apply[3], *look[3], *insert;
    inv_claim_t    claim;
    inv_transit_t *transits[3];

    memset(&claim, 0, sizeof(claim));
    absent = steps_id();

    for (i = 0; i < 3; i++) {
        apply[i] = steps_apply(f, fixture_product(f, NULL, 10), 2);
        apply[i]->actions[1]->claim = &claim;
        apply[i]->actions[1]->key = steps_id();
        assert_int_equal(steps_run_one(f, apply[i]), 1);
        transits[i] = steps_transit(f, apply[i]);
        look[i] = steps_step(f, INV_STEP_LOOK, apply[i]->product);
    }

    insert = steps_insert(f, transits, 3);
    assert_int_equal(insert->reply, INV_REPLY_DONE);

    steps_batches(f, look[0],
                  (inv_oid_t[]){ apply[0]->batch, apply[1]->batch, absent }, 3);
    steps_batches(f, look[1], &apply[1]->batch, 1);
    steps_keys(f, look[1], &apply[1]->actions[1]->key, 1);
    steps_keys(f, look[2], &absent, 1);

    assert_int_equal(steps_run(f, look, 3), 2);

    for (i = 0; i < 3; i++) {
        assert_int_equal(look[i]->reply, INV_REPLY_DONE);
        assert_int_equal(look[i]->nviews, i < 2);
    }

    assert_true(inv_oid_eq(look[0]->views[0].batch, apply[0]->batch));
    assert_true(inv_oid_eq(look[0]->views[0].product, apply[0]->product));
    assert_int_equal(look[0]->views[0].to, 3);
    assert_int_equal(look[0]->views[0].after, 8);
    assert_int_equal(look[0]->views[0].nops, 2);
    assert_true(
        inv_oid_eq(look[1]->views[0].ops[1].key, apply[1]->actions[1]->key));

    for (i = 0; i < 3; i++) {
        fixture_check(f, apply[i]->product);
        steps_free(apply[i]);
        steps_free(look[i]);
    }
}


/*
 * An entry with another number of ops than of seqs is damaged: what cannot be
 * seen of it would be taken for not applied.
 */
static void
test_looks_at_a_damaged_entry(void **state)
{
    bson_t         filter, command;
    size_t         i;
    fixture_t     *f = *state;
    inv_step_t    *apply, *look;
    inv_transit_t *transit;

    static const struct {
        const char *member;
        int64_t     value;
    } changes[] = { { "to", 2 },
                    { "from", 1 },
                    { "to", INT64_MAX },
                    { "from", INT64_MIN },
                    { "ops.1.d", INT64_MIN } };

    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        apply = steps_apply(f, fixture_product(f, NULL, 10), 2);
        assert_int_equal(steps_run_one(f, apply), 1);
        transit = steps_transit(f, apply);
        steps_insert(f, &transit, 1);

        bson_init(&filter);
        inv_bson_put_oid(&filter, "b", apply->batch);
        bson_init(&command);
        BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_LEDGER), "updates",
                    "[", "{", "q", BCON_DOCUMENT(&filter), "u", "{", "$set",
                    "{", changes[i].member, BCON_INT64(changes[i].value), "}",
                    "}", "}", "]");
        fixture_command(f, &command);
        bson_destroy(&filter);

        look = steps_step(f, INV_STEP_LOOK, apply->product);
        steps_batches(f, look, &apply->batch, 1);
        assert_int_equal(steps_run_one(f, look), 1);
        assert_int_equal(look->reply, INV_REPLY_REFUSED);
        assert_int_equal(look->verdict, INV_VERDICT_DAMAGED);

        steps_free(apply);
        steps_free(look);
    }
}


/* More terms than one command has: they are split, and all of them found. */
static void
test_looks_for_many(void **state)
{
    size_t         i;
    fixture_t     *f = *state;
    inv_oid_t      batches[600];
    inv_step_t    *apply, *look;
    inv_transit_t *transit;

    apply = steps_apply(f, fixture_product(f, NULL, 10), 1);
    assert_int_equal(steps_run_one(f, apply), 1);
    transit = steps_transit(f, apply);
    steps_insert(f, &transit, 1);

    for (i = 0; i < 599; i++) {
        batches[i] = steps_id();
    }

    batches[599] = apply->batch;
    look = steps_step(f, INV_STEP_LOOK, apply->product);
    steps_batches(f, look, batches, 600);

    assert_int_equal(steps_run_one(f, look), 2);
    assert_int_equal(look->reply, INV_REPLY_DONE);
    assert_int_equal(look->nviews, 1);

    steps_free(apply);
    steps_free(look);
}


typedef struct {
    inv_oid_t id;
    int64_t   stock;
    int       done[8];
} race_t;


/* Batches of several threads on one product: all of them, or a true miss. */
static void
race_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int              i;
    race_t          *race = shared;
    fixture_t        own = *f;
    inv_step_t      *step;
    inv_store_call_t call;

    own.arena = arena;

    for (i = 0; i < 20; i++) {
        step = steps_apply(&own, race->id, 3);
        call = fixture_call(&own, FIXTURE_TIMEOUT_MS);

        inv_store_steps(f->store, &call, &step, 1);

        if (step->reply == INV_REPLY_DONE) {
            race->done[index]++;

        } else if (step->reply != INV_REPLY_MISSED
                   && step->reply != INV_REPLY_BUSY) {
            fprintf(stderr, "# reply %d: %s\n", (int) step->reply, call.error);
            race->done[index] = -1000;
        }

        steps_free(step);
    }
}


static void
test_races(void **state)
{
    int        i, done;
    race_t     race;
    fixture_t *f = *state;

    memset(&race, 0, sizeof(race));
    race.id = fixture_product(f, NULL, 200);

    fixture_threads(f, 8, race_body, &race);

    for (i = 0, done = 0; i < 8; i++) {
        done += race.done[i];
    }

    /* 160 batches of 3 want 480 of 200: 66 fit */
    assert_int_equal(done, 66);
    assert_int_equal(fixture_read(f, race.id)->catalog.stock, 2);
    fixture_check(f, race.id);
}


/*
 * Applied, but drained before it is read.  No drain is quick enough for a test,
 * so that another statement of the same command pulls it.
 */
static void
test_drained_at_once(void **state)
{
    fixture_t       *f = *state;
    inv_oid_t        id;
    inv_step_t      *steps[2];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    id = fixture_product(f, NULL, 10);
    steps[0] = steps_apply(f, id, 1);
    steps[1] = steps_apply(f, id, 2);
    steps_batches(f, steps[1], &steps[0]->batch, 1);

    inv_store_steps(f->store, &call, steps, 2);
    assert_int_equal(call.commands, 2);
    assert_int_equal(steps[0]->reply, INV_REPLY_UNKNOWN);
    assert_false(steps[0]->has_state);
    assert_non_null(steps[0]->payload);

    steps_free(steps[0]);
    steps_free(steps[1]);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_applies_one),
        TEST(test_misses),
        TEST(test_guards_are_switches),
        TEST(test_ops_say_it_all),
        TEST(test_applies_several),
        TEST(test_several_tell_who_missed),
        TEST(test_pulls_along),
        TEST(test_reads),
        TEST(test_fences),
        TEST(test_looks),
        TEST(test_looks_at_a_damaged_entry),
        TEST(test_looks_for_many),
        TEST(test_races),
        TEST(test_drained_at_once),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps stock", tests, fixture_open,
                                       fixture_close);
}
