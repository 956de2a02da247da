
/*
 * A deadline passes while a call is on its thread: what is certain then is
 * certain, and stays so.
 */


#include <unistd.h>

#include "store_proxy.h"
#include "store_steps.h"


/*
 * Of a call: the driver looks for a server for seven eighths of it, and for a
 * lost one every 500 ms, so that one that comes back is found in time.
 */
#define TIMEOUT_MS 900

/* Until a call is surely on its way, and surely not at its end. */
#define SOON_US 100000

typedef struct {
    inv_store_t       *store; /* through the proxy */
    inv_oid_t          id;
    bool               reads;
    inv_step_t        *step; /* a batch of one purchase */
    inv_store_call_t   call;
    inv_store_result_t result; /* of a read */
    pthread_t          thread;
} abandon_t;


static void *
abandon_thread(void *argument)
{
    abandon_t     *a = argument;
    inv_product_t *product;

    if (a->reads) {
        a->result = inv_store_products_read(a->store, &a->call, &a->id, 1,
                                            &product, NULL);
    } else {
        inv_store_steps(a->store, &a->call, &a->step, 1);
    }

    return NULL;
}


static void
abandon_start(fixture_t *f, abandon_t *a)
{
    a->step = steps_apply(f, a->id, 1);
    a->call = fixture_call(f, TIMEOUT_MS);
    assert_int_equal(pthread_create(&a->thread, NULL, abandon_thread, a), 0);
}


static void
abandon_join(abandon_t *a)
{
    assert_int_equal(pthread_join(a->thread, NULL), 0);
    steps_free(a->step);
}


static void
abandon_begin(fixture_t *f, abandon_t *a, proxy_t *proxy)
{
    char                uri[1024];
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    memset(a, 0, sizeof(*a));

    fixture_uri(uri, sizeof(uri), proxy_address(proxy), f->database);
    a->store = inv_store_create(&options);
    a->id = fixture_product(f, NULL, 10);
}


static int64_t
stock(fixture_t *f, const abandon_t *a)
{
    return fixture_read(f, a->id)->catalog.stock;
}


/* No server: nothing is sent, not even when it comes back in time. */
static void
test_before_a_server_is_found(void **state)
{
    proxy_t   *proxy = proxy_start(PROXY_DOWN);
    abandon_t  a;
    fixture_t *f = *state;

    abandon_begin(f, &a, proxy);

    abandon_start(f, &a);
    usleep(SOON_US);
    assert_true(inv_store_call_abandon(&a.call));
    assert_true(inv_store_call_abandon(&a.call));
    proxy_set(proxy, PROXY_PASS);
    abandon_join(&a);

    /* it had come back, and was told nothing */
    assert_int_equal(a.step->reply, INV_REPLY_UNAVAILABLE);
    assert_int_equal(a.call.commands, 0);
    assert_int_equal(stock(f, &a), 10);

    /* the same without: this call would have bought */
    proxy_set(proxy, PROXY_DOWN);
    inv_store_destroy(a.store);
    abandon_begin(f, &a, proxy);

    abandon_start(f, &a);
    usleep(SOON_US);
    proxy_set(proxy, PROXY_PASS);
    abandon_join(&a);

    assert_int_equal(a.step->reply, INV_REPLY_DONE);
    assert_int_equal(stock(f, &a), 9);

    inv_store_destroy(a.store);
    proxy_stop(proxy);
}


/* It has been sent: nobody can say what becomes of it. */
static void
test_after_it_was_sent(void **state)
{
    proxy_t   *proxy = proxy_start(PROXY_PASS);
    abandon_t  a;
    fixture_t *f = *state;

    abandon_begin(f, &a, proxy);

    abandon_start(f, &a);
    abandon_join(&a);
    assert_int_equal(a.step->reply, INV_REPLY_DONE);
    assert_false(inv_store_call_abandon(&a.call));

    proxy_set(proxy, PROXY_HANG);
    abandon_start(f, &a);
    usleep(SOON_US);
    assert_false(inv_store_call_abandon(&a.call));
    abandon_join(&a);
    assert_int_equal(a.step->reply, INV_REPLY_UNKNOWN);

    inv_store_destroy(a.store);
    proxy_stop(proxy);
}


/* What only reads has changed nothing, whether it was sent or not. */
static void
test_a_read(void **state)
{
    proxy_t   *proxy = proxy_start(PROXY_PASS);
    abandon_t  a;
    fixture_t *f = *state;

    abandon_begin(f, &a, proxy);
    a.reads = true;

    abandon_start(f, &a);
    abandon_join(&a);
    assert_result(a.call, a.result, INV_STORE_OK);

    proxy_set(proxy, PROXY_HANG);
    abandon_start(f, &a);
    usleep(SOON_US);
    assert_true(inv_store_call_abandon(&a.call));
    abandon_join(&a);
    assert_result(a.call, a.result, INV_STORE_UNAVAILABLE);

    inv_store_destroy(a.store);
    proxy_stop(proxy);
}


/* Before its thread began, with all the time and all the servers there are. */
static void
test_before_it_began(void **state)
{
    inv_oid_t        id;
    fixture_t       *f = *state;
    inv_step_t      *step;
    inv_store_call_t call = fixture_call(f, 10000);

    id = fixture_product(f, NULL, 3);
    step = steps_apply(f, id, 1);
    assert_true(inv_store_call_abandon(&call));

    inv_store_steps(f->store, &call, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_UNAVAILABLE);
    assert_int_equal(call.commands, 0);
    assert_int_equal(fixture_read(f, id)->catalog.stock, 3);
    steps_free(step);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_before_a_server_is_found),
        TEST(test_after_it_was_sent),
        TEST(test_a_read),
        TEST(test_before_it_began),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("abandon", tests, fixture_open,
                                       fixture_close);
}
