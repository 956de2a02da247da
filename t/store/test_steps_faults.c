
/*
 * Steps over a network that fails, with the real server behind it: what is
 * certain is told as certain, and what is not as unknown.
 */


#include "store_proxy.h"
#include "store_steps.h"


#define TIMEOUT_MS 800

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
} fault_t;


static fault_t
fault_begin(void **state, proxy_mode_t mode)
{
    char                uri[1024];
    fault_t             t;
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    t.f = *state;
    t.proxy = proxy_start(mode);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    return t;
}


static void
fault_end(fault_t *t)
{
    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


static void
fault_run(fault_t *t, inv_step_t **steps, size_t n)
{
    inv_store_call_t call = fixture_call(t->f, TIMEOUT_MS);

    inv_store_steps(t->store, &call, steps, n);
}


static inv_step_t *
read_step(fault_t *t, inv_oid_t id)
{
    inv_step_t *step;

    step = steps_step(t->f, INV_STEP_READ, id);
    steps_run_one(t->f, step);
    assert_int_equal(step->reply, INV_REPLY_DONE);

    return step;
}


/* Applied, but nobody heard: unknown, and the payload is kept for later. */
static void
test_reply_lost(void **state)
{
    fault_t     t = fault_begin(state, PROXY_PASS);
    inv_oid_t   id;
    inv_step_t *step;

    id = fixture_product(t.f, NULL, 10);

    step = read_step(&t, id);
    fault_run(&t, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);

    proxy_set(t.proxy, PROXY_CUT_REPLY);

    step = steps_apply(t.f, id, 2);
    fault_run(&t, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_UNKNOWN);
    assert_non_null(step->payload);
    steps_free(step);

    proxy_set(t.proxy, PROXY_PASS);

    assert_int_equal(read_step(&t, id)->state.stock, 8);
    fixture_check(t.f, id);

    fault_end(&t);
}


/* Several of them: the read that follows cannot tell either. */
static void
test_reply_to_several_lost(void **state)
{
    size_t      i;
    fault_t     t = fault_begin(state, PROXY_PASS);
    inv_oid_t   low, high, id;
    inv_step_t *steps[2];

    low = fixture_product(t.f, NULL, 10);
    high = fixture_product(t.f, NULL, 10);

    if (memcmp(low.bytes, high.bytes, sizeof(low.bytes)) > 0) {
        id = low;
        low = high;
        high = id;
    }

    steps[0] = read_step(&t, low);
    fault_run(&t, steps, 1);

    proxy_set(t.proxy, PROXY_CUT_REPLY);

    steps[0] = steps_apply(t.f, low, 2);
    steps[1] = steps_apply(t.f, high, 2);
    fault_run(&t, steps, 2);

    for (i = 0; i < 2; i++) {
        assert_int_equal(steps[i]->reply, INV_REPLY_UNKNOWN);
        assert_false(steps[i]->has_state);
        assert_non_null(steps[i]->payload);
        steps_free(steps[i]);
    }

    proxy_set(t.proxy, PROXY_PASS);

    assert_int_equal(read_step(&t, low)->state.stock, 8);
    assert_int_equal(read_step(&t, high)->state.stock, 8);

    fault_end(&t);
}


/* Nothing was sent: unavailable, each of them, and not one wait for each. */
static void
test_nobody_there(void **state)
{
    size_t      i;
    int64_t     began;
    fault_t     t = fault_begin(state, PROXY_DOWN);
    inv_oid_t   id;
    inv_step_t *steps[4];

    static const inv_step_kind_t kinds[] = { INV_STEP_APPLY, INV_STEP_READ,
                                             INV_STEP_LOOK, INV_STEP_FENCE };

    id = fixture_product(t.f, NULL, 10);

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        steps[0] = kinds[i] == INV_STEP_APPLY ? steps_apply(t.f, id, 1)
                                              : steps_step(t.f, kinds[i], id);
        steps_batches(t.f, steps[0], &id, 1);
        fault_run(&t, steps, 1);
        assert_int_equal(steps[0]->reply, INV_REPLY_UNAVAILABLE);
        steps_free(steps[0]);
    }

    for (i = 0; i < 4; i++) {
        steps[i] = steps_step(t.f, INV_STEP_FENCE, id);
    }

    began = inv_time_monotonic();
    fault_run(&t, steps, 4);
    assert_in_range(inv_time_monotonic() - began, 0, 2 * TIMEOUT_MS);

    for (i = 0; i < 4; i++) {
        assert_int_equal(steps[i]->reply, INV_REPLY_UNAVAILABLE);
    }

    assert_int_equal(read_step(&t, id)->state.epoch, 0);

    fault_end(&t);
}


/* A fence whose reply is lost is in doubt; those behind it were not sent. */
static void
test_fence_lost(void **state)
{
    fault_t     t = fault_begin(state, PROXY_PASS);
    inv_step_t *steps[2];

    steps[0] = steps_step(t.f, INV_STEP_FENCE, fixture_product(t.f, NULL, 1));
    steps[1] = steps_step(t.f, INV_STEP_FENCE, fixture_product(t.f, NULL, 1));

    fault_run(&t, steps, 2);
    assert_int_equal(steps[1]->reply, INV_REPLY_DONE);
    steps_free(steps[0]);
    steps_free(steps[1]);

    proxy_set(t.proxy, PROXY_CUT_REPLY);
    fault_run(&t, steps, 2);
    assert_int_equal(steps[0]->reply, INV_REPLY_UNKNOWN);
    assert_int_equal(steps[1]->reply, INV_REPLY_UNAVAILABLE);
    proxy_set(t.proxy, PROXY_PASS);

    assert_int_equal(read_step(&t, steps[0]->product)->state.epoch, 2);
    assert_int_equal(read_step(&t, steps[1]->product)->state.epoch, 1);

    fault_end(&t);
}


/* An insert into the ledger whose reply is lost is simply made again. */
static void
test_insert_lost(void **state)
{
    fault_t        t = fault_begin(state, PROXY_PASS);
    inv_step_t    *apply, *step;
    inv_transit_t *transit;

    apply = steps_apply(t.f, fixture_product(t.f, NULL, 10), 2);
    steps_run_one(t.f, apply);
    transit = steps_transit(t.f, apply);

    step = read_step(&t, apply->product);
    fault_run(&t, &step, 1);

    step = steps_step(t.f, INV_STEP_INSERT, apply->product);
    step->entries = &transit;
    step->nentries = 1;

    proxy_set(t.proxy, PROXY_CUT_REPLY);
    fault_run(&t, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_UNKNOWN);
    assert_false(transit->stored);
    proxy_set(t.proxy, PROXY_PASS);

    fault_run(&t, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    assert_true(transit->stored);

    fixture_check(t.f, apply->product);
    steps_free(apply);
    fault_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reply_lost),   TEST(test_reply_to_several_lost),
        TEST(test_nobody_there), TEST(test_fence_lost),
        TEST(test_insert_lost),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps faults", tests, fixture_open,
                                       fixture_close);
}
