
/*
 * The faults of a network, with the real server behind it: what is certain is
 * told as certain, what is not as unknown, and both in time.
 */


#include <unistd.h>

#include "store_proxy.h"
#include "store_steps.h"


/* Of the store under test: a call that hangs must end soon after this. */
#define TIMEOUT_MS 800

/* What a busy machine may add to a time limit. */
#define SLACK_MS 700

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
    inv_oid_t    id;
    int64_t      began;
} fault_t;


static inv_store_t *
store_at(fixture_t *f, const char *address, unsigned clients)
{
    char                uri[1024];
    inv_store_options_t options = { uri, clients, TIMEOUT_MS };

    fixture_uri(uri, sizeof(uri), address, f->database);

    return inv_store_create(&options);
}


static fault_t
fault_begin(void **state, proxy_mode_t mode)
{
    fault_t t;

    t.f = *state;
    t.proxy = proxy_start(mode);
    t.store = store_at(t.f, proxy_address(t.proxy), 4);
    t.id = fixture_product(t.f, NULL, 100);
    t.began = inv_time_monotonic();

    return t;
}


static void
fault_end(fault_t *t)
{
    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


/* The first try of a batch of one. */
static inv_reply_kind_t
buy(fault_t *t, int64_t ms, char *error)
{
    inv_step_t      *step;
    inv_store_call_t call = fixture_call(t->f, ms);

    step = steps_apply(t->f, t->id, 1);

    t->began = inv_time_monotonic();
    inv_store_steps(t->store, &call, &step, 1);
    steps_free(step);

    if (error != NULL) {
        memcpy(error, call.error, sizeof(call.error));
    }

    return step->reply;
}


static inv_store_result_t
look(fault_t *t, int64_t ms)
{
    inv_product_t   *product;
    inv_store_call_t call = fixture_call(t->f, ms);

    t->began = inv_time_monotonic();

    return inv_store_products_read(t->store, &call, &t->id, 1, &product, NULL);
}


static void
took_at_most(const fault_t *t, int64_t ms)
{
    assert_in_range(inv_time_monotonic() - t->began, 0, ms);
}


static int64_t
stock(fault_t *t)
{
    return fixture_read(t->f, t->id)->catalog.stock;
}


/* It was applied, but nobody heard: unknown.  The next call works. */
static void
test_reply_lost(void **state)
{
    fault_t t = fault_begin(state, PROXY_PASS);

    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);

    proxy_set(t.proxy, PROXY_CUT_REPLY);
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_UNKNOWN);
    assert_int_equal(stock(&t), 98);

    proxy_set(t.proxy, PROXY_PASS);
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);
    assert_int_equal(stock(&t), 97);

    /* a read has nothing to be unsure of */
    proxy_set(t.proxy, PROXY_CUT_REPLY);
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_UNAVAILABLE);

    proxy_set(t.proxy, PROXY_PASS);
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_OK);

    fixture_check(t.f, t.id);
    fault_end(&t);
}


/* A server that hangs may still do what it was sent; here it does. */
static void
test_server_hangs(void **state)
{
    int     i;
    fault_t t = fault_begin(state, PROXY_PASS);

    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);

    proxy_set(t.proxy, PROXY_HANG);
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_UNKNOWN);
    took_at_most(&t, TIMEOUT_MS + SLACK_MS);
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_UNAVAILABLE);
    took_at_most(&t, TIMEOUT_MS + SLACK_MS);

    /* no connection of which the server has shaken hands: nothing was sent */
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_UNAVAILABLE);
    took_at_most(&t, TIMEOUT_MS + SLACK_MS);
    assert_int_equal(stock(&t), 99);

    proxy_set(t.proxy, PROXY_PASS);

    for (i = 0; i < 100 && stock(&t) == 99; i++) {
        usleep(20000);
    }

    assert_int_equal(stock(&t), 98);
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_OK);
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);
    assert_int_equal(stock(&t), 97);

    fixture_check(t.f, t.id);
    fault_end(&t);
}


/* Gone: known at the latest by the second call; back: known by the next. */
static void
test_server_goes_and_comes(void **state)
{
    int              round;
    fault_t          t = fault_begin(state, PROXY_PASS);
    inv_reply_kind_t reply;

    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);

    for (round = 0; round < 3; round++) {
        proxy_set(t.proxy, PROXY_DOWN);

        reply = buy(&t, TIMEOUT_MS, NULL);
        assert_true(reply == INV_REPLY_UNKNOWN
                    || reply == INV_REPLY_UNAVAILABLE);
        took_at_most(&t, TIMEOUT_MS + SLACK_MS);

        assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_UNAVAILABLE);
        took_at_most(&t, TIMEOUT_MS + SLACK_MS);
        assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_UNAVAILABLE);
        assert_int_equal(stock(&t), 99 - round);

        proxy_set(t.proxy, PROXY_PASS);
        assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);
        assert_int_equal(stock(&t), 98 - round);
    }

    fixture_check(t.f, t.id);
    fault_end(&t);
}


static void
test_server_is_not_there_yet(void **state)
{
    char    error[512];
    fault_t t = fault_begin(state, PROXY_DOWN);

    assert_int_equal(buy(&t, TIMEOUT_MS, error), INV_REPLY_UNAVAILABLE);
    took_at_most(&t, TIMEOUT_MS + SLACK_MS);
    assert_non_null(strstr(error, proxy_address(t.proxy)));
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_UNAVAILABLE);

    proxy_set(t.proxy, PROXY_PASS);
    assert_int_equal(look(&t, TIMEOUT_MS), INV_STORE_OK);
    assert_int_equal(buy(&t, TIMEOUT_MS, NULL), INV_REPLY_DONE);

    fault_end(&t);
}


static void
test_no_such_host(void **state)
{
    fixture_t       *f = *state;
    inv_store_t     *store;
    inv_store_call_t call = fixture_call(f, TIMEOUT_MS);

    store = store_at(f, "no-such-host.invalid:27017", 1);
    assert_result(call, inv_store_ping(store, &call), INV_STORE_UNAVAILABLE);
    inv_store_destroy(store);
}


/* Even one that is part of what the driver has to say. */
static void
test_passwords_are_not_told(void **state)
{
    fixture_t          *f = *state;
    inv_store_t        *store;
    inv_store_call_t    call = fixture_call(f, TIMEOUT_MS);
    inv_store_options_t options = { "mongodb://me:s3cret@s3cret.invalid:1/x", 1,
                                    TIMEOUT_MS };

    store = inv_store_create(&options);
    assert_result(call, inv_store_ping(store, &call), INV_STORE_UNAVAILABLE);
    assert_non_null(strstr(call.error, "****"));
    assert_null(strstr(call.error, "s3cret"));
    inv_store_destroy(store);
}


static void
test_deadline_has_passed(void **state)
{
    fault_t          t = fault_begin(state, PROXY_PASS);
    inv_step_t      *step = steps_apply(t.f, t.id, 1);
    inv_store_call_t call = fixture_call(t.f, -1);

    inv_store_steps(t.store, &call, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_BUSY);
    assert_int_equal(call.commands, 0);
    assert_int_equal(stock(&t), 100);

    steps_free(step);
    fault_end(&t);
}


typedef struct {
    inv_store_t       *store;
    inv_oid_t          id;
    inv_store_result_t results[2];
    unsigned           commands[2];
} hang_t;


static void
hang_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    hang_t          *hang = shared;
    inv_product_t   *product;
    inv_store_call_t call;

    memset(&call, 0, sizeof(call));
    call.arena = arena;

    /* the second finds the only client taken, and does not wait for it */
    usleep((useconds_t) index * 50000);
    call.deadline = inv_time_monotonic() + (index == 0 ? TIMEOUT_MS : 100);

    hang->results[index] = inv_store_products_read(
        hang->store, &call, &hang->id, 1, &product, NULL);
    hang->commands[index] = call.commands;
}


static void
test_waiting_for_a_client_is_bounded(void **state)
{
    hang_t           hang;
    proxy_t         *proxy;
    fixture_t       *f = *state;
    inv_store_call_t call = fixture_call(f, TIMEOUT_MS);

    memset(&hang, 0, sizeof(hang));

    proxy = proxy_start(PROXY_PASS);
    hang.store = store_at(f, proxy_address(proxy), 1);
    assert_result(call, inv_store_ping(hang.store, &call), INV_STORE_OK);

    proxy_set(proxy, PROXY_HANG);
    fixture_threads(f, 2, hang_body, &hang);
    proxy_set(proxy, PROXY_PASS);

    assert_int_equal(hang.results[0], INV_STORE_UNAVAILABLE);
    assert_int_equal(hang.results[1], INV_STORE_BUSY);
    assert_int_equal(hang.commands[1], 0);

    call = fixture_call(f, TIMEOUT_MS);
    assert_result(call, inv_store_ping(hang.store, &call), INV_STORE_OK);

    inv_store_destroy(hang.store);
    proxy_stop(proxy);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reply_lost),
        TEST(test_server_hangs),
        TEST(test_server_goes_and_comes),
        TEST(test_server_is_not_there_yet),
        TEST(test_no_such_host),
        TEST(test_passwords_are_not_told),
        TEST(test_deadline_has_passed),
        TEST(test_waiting_for_a_client_is_bounded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("faults", tests, fixture_open,
                                       fixture_close);
}
