
/*
 * What the driver is told that the server is: a member of a replica set whose
 * primary is another one, one that steps down, one that pushes the news.
 */


#include <stdlib.h>
#include <unistd.h>

#include "store_proxy.h"
#include "store_steps.h"


/* The default of inventory_timeout. */
#define TIMEOUT_MS 2000

/* Until the driver has heard what it is told: 20 s. */
#define HEARS_TRIES 2000
#define HEARS_US    10000

#define HELLO_MAX 1024

/* Two relays to the same server, and what they say that they are. */
typedef struct {
    fixture_t   *f;
    proxy_t     *a, *b;
    char         uri[1024]; /* names a alone */
    inv_store_t *store;
    inv_oid_t    id;
    char         primary[2][HELLO_MAX]; /* that a is, that b is */
    char         secondary[2][HELLO_MAX];
} topology_t;


/* The answer of a member of a set of both; pushed: see proxy_hello. */
static void
topology_hello(topology_t *t, char *hello, int of, int primary, bool pushed)
{
    const char *addresses[] = { proxy_address(t->a), proxy_address(t->b) };

    /* an election makes a later version of what a member says of the set */
    snprintf(hello, HELLO_MAX,
             "{\"ok\": 1, \"helloOk\": true, \"isWritablePrimary\": %s,"
             " \"ismaster\": %s, \"secondary\": %s, \"setName\": \"r0\","
             " \"setVersion\": 1, \"hosts\": [\"%s\", \"%s\"],"
             " \"primary\": \"%s\", \"me\": \"%s\","
             " \"electionId\": {\"$oid\": \"7fffffff000000000000000%d\"},"
             " \"minWireVersion\": 0, \"maxWireVersion\": 21%s%s}",
             of == primary ? "true" : "false", of == primary ? "true" : "false",
             of == primary ? "false" : "true", addresses[0], addresses[1],
             addresses[primary], addresses[of], primary + 1,
             pushed ? ", \"topologyVersion\": {\"processId\":"
                      " {\"$oid\": \"0123456789abcdef01234567\"},"
                      " \"counter\": {\"$numberLong\": \""
                    : "",
             pushed ? (primary == 0 ? "1\"}}" : "2\"}}") : "");
}


static void
topology_open(topology_t *t)
{
    inv_store_options_t options = { t->uri, 4, TIMEOUT_MS };

    t->store = inv_store_create(&options);
}


/* The same, with a URI that has the driver stay with a. */
static void
topology_direct(topology_t *t)
{
    inv_store_destroy(t->store);
    fixture_no_option(t->uri, FIXTURE_DIRECT);
    fixture_add_option(t->uri, sizeof(t->uri), FIXTURE_DIRECT);
    topology_open(t);
}


static topology_t *
topology_begin(void **state, bool pushed)
{
    int         i;
    topology_t *t = calloc(1, sizeof(topology_t));

    t->f = *state;
    t->a = proxy_start(PROXY_PASS);
    t->b = proxy_start(PROXY_PASS);
    t->id = fixture_product(t->f, NULL, 100);

    for (i = 0; i < 2; i++) {
        topology_hello(t, t->primary[i], i, i, pushed);
        topology_hello(t, t->secondary[i], i, 1 - i, pushed);
    }

    fixture_uri(t->uri, sizeof(t->uri), proxy_address(t->a), t->f->database);
    fixture_no_option(t->uri, FIXTURE_DIRECT);
    topology_open(t);

    return t;
}


static void
topology_end(topology_t *t)
{
    fixture_check(t->f, t->id);
    inv_store_destroy(t->store);
    proxy_stop(t->a);
    proxy_stop(t->b);
    free(t);
}


/* Which of both is the primary: 0 or 1. */
static void
topology_elect(topology_t *t, int primary)
{
    proxy_hello(t->a, primary == 0 ? t->primary[0] : t->secondary[0]);
    proxy_hello(t->b, primary == 1 ? t->primary[1] : t->secondary[1]);
}


/* The first try of a batch of one. */
static inv_reply_kind_t
buy(topology_t *t)
{
    inv_reply_kind_t reply;
    inv_step_t      *step = steps_apply(t->f, t->id, 1);
    inv_store_call_t call = fixture_call(t->f, TIMEOUT_MS);

    inv_store_steps(t->store, &call, &step, 1);
    reply = step->reply;
    steps_free(step);

    if (reply != INV_REPLY_DONE) {
        print_message("# %d: %s\n", (int) reply, call.error);
    }

    return reply;
}


/* Until a driver has begun so often to wait for that member's news. */
static void
wait_for(proxy_t *proxy, int awaited)
{
    int i;

    for (i = 0; i < HEARS_TRIES && proxy_awaited(proxy) < awaited; i++) {
        usleep(HEARS_US);
    }

    assert_true(proxy_awaited(proxy) >= awaited);
}


/* The commands that came to that member, but for the driver's look at it. */
static int
commands(proxy_t *proxy)
{
    int         n;
    bson_t      command, *heard = proxy_heard(proxy);
    bson_iter_t iter;

    n = 0;
    assert_true(bson_iter_init(&iter, heard));

    while (bson_iter_next(&iter)) {
        assert_true(inv_bson_view(&iter, &command));
        n += !bson_has_field(&command, "hello");
    }

    bson_destroy(heard);

    return n;
}


/* A URI that names a secondary alone, and says nothing of a set. */
static void
test_single_host_is_followed(void **state)
{
    topology_t *t;

    t = topology_begin(state, false);
    topology_elect(t, 1);

    assert_int_equal(buy(t), INV_REPLY_DONE);
    assert_int_equal(commands(t->a), 0);
    assert_true(commands(t->b) > 0);

    topology_end(t);
}


/* Who wants that member and no other says so. */
static void
test_direct_connection_stays(void **state)
{
    topology_t      *t;
    inv_store_call_t call;

    t = topology_begin(state, false);
    topology_direct(t);
    topology_elect(t, 0);

    assert_int_equal(buy(t), INV_REPLY_DONE);
    assert_true(commands(t->a) > 0);
    assert_int_equal(commands(t->b), 0);

    /* it is there, and nothing can be written there */
    topology_elect(t, 1);
    call = fixture_call(t->f, TIMEOUT_MS);
    assert_result(call, inv_store_ping(t->store, &call), INV_STORE_UNAVAILABLE);
    assert_non_null(strstr(call.error, "primary"));

    topology_elect(t, 0);
    call = fixture_call(t->f, TIMEOUT_MS);
    assert_result(call, inv_store_ping(t->store, &call), INV_STORE_OK);

    topology_end(t);
}


/* An election, of which the driver hears from the members. */
static void
test_primary_is_followed(void **state)
{
    int         there;
    topology_t *t;

    t = topology_begin(state, true);
    topology_elect(t, 0);

    assert_int_equal(buy(t), INV_REPLY_DONE);
    wait_for(t->a, 1);
    wait_for(t->b, 1);
    there = commands(t->a);

    proxy_hello(t->a, t->secondary[0]);
    proxy_hello(t->b, t->primary[1]);

    /* a driver that asks for the next news has understood these */
    wait_for(t->a, 2);
    wait_for(t->b, 2);

    assert_int_equal(buy(t), INV_REPLY_DONE);
    assert_int_equal(commands(t->a), there);

    topology_end(t);
}


/*
 * A connection is lost when the driver has just begun to wait for news: it
 * looks for the server again a whole second later.
 */
static void
test_lost_connection(void **state)
{
    int         round;
    topology_t *t;

    t = topology_begin(state, true);
    topology_elect(t, 0);
    assert_int_equal(buy(t), INV_REPLY_DONE);

    for (round = 0; round < 2; round++) {
        wait_for(t->a, round + 1);
        proxy_once(t->a, "findAndModify", false, NULL);
        assert_int_equal(buy(t), INV_REPLY_UNKNOWN);
        assert_true(proxy_did(t->a));

        /* it was not applied, and this is another one */
        assert_int_equal(buy(t), INV_REPLY_DONE);
    }

    assert_int_equal(fixture_read(t->f, t->id)->catalog.stock, 97);
    topology_end(t);
}


/* What a server says that it is, and whether it can be written to. */
static void
test_ready(void **state)
{
    size_t           i;
    topology_t      *t;
    inv_store_call_t call;

#define WIRE "\"ok\": 1, \"minWireVersion\": 0, \"maxWireVersion\": 21"

    static const struct {
        const char        *hello;
        inv_store_result_t result;
    } cases[] = {
        { "{\"isWritablePrimary\": true, \"ismaster\": true, " WIRE "}",
          INV_STORE_OK },
        { "{\"isWritablePrimary\": true, \"ismaster\": true,"
          " \"msg\": \"isdbgrid\", " WIRE "}",
          INV_STORE_OK },
        /* in maintenance, or starting: neither */
        { "{\"isWritablePrimary\": false, \"ismaster\": false,"
          " \"secondary\": false, \"setName\": \"r0\", " WIRE "}",
          INV_STORE_UNAVAILABLE },
        { "{\"isWritablePrimary\": false, \"ismaster\": false,"
          " \"isreplicaset\": true, " WIRE "}",
          INV_STORE_UNAVAILABLE },
        /* what does not say so is none */
        { "{\"isWritablePrimary\": \"yes\", " WIRE "}", INV_STORE_UNAVAILABLE },
        { "{" WIRE "}", INV_STORE_UNAVAILABLE },
    };

    t = topology_begin(state, false);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        topology_direct(t);
        proxy_hello(t->a, cases[i].hello);

        call = fixture_call(t->f, TIMEOUT_MS);
        assert_result(call, inv_store_ping(t->store, &call), cases[i].result);
    }

    topology_end(t);
}


/* A wrong password is said as one, whichever command meets it. */
static void
test_login_refused(void **state)
{
    topology_t      *t = topology_begin(state, false);
    inv_product_t   *product;
    inv_store_call_t call;

    inv_store_destroy(t->store);
    snprintf(t->uri, sizeof(t->uri), "mongodb://me:s3cret@%s/x?%s",
             proxy_address(t->a), FIXTURE_DIRECT);
    topology_open(t);
    proxy_hello(t->a, t->primary[0]);
    proxy_once(t->a, "saslStart", false,
               "{\"ok\": 0, \"code\": 18, \"codeName\":"
               " \"AuthenticationFailed\","
               " \"errmsg\": \"Authentication failed.\"}");

    call = fixture_call(t->f, TIMEOUT_MS);
    assert_result(
        call,
        inv_store_products_read(t->store, &call, &t->id, 1, &product, NULL),
        INV_STORE_UNAVAILABLE);
    assert_true(proxy_did(t->a));
    assert_int_equal(call.commands, 0);
    assert_non_null(strstr(call.error, "MongoDB refuses the login"));
    assert_non_null(strstr(call.error, "Authentication failed."));
    assert_null(strstr(call.error, "s3cret"));

    topology_end(t);
}


/*
 * The primary has stepped down, and no other is elected: a write is to be tried
 * again, a read waits for one that is.
 */
static void
test_nobody_is_elected_yet(void **state)
{
    int              i;
    topology_t      *t = topology_begin(state, true);
    inv_reply_kind_t reply = INV_REPLY_DONE;

    topology_elect(t, 0);
    assert_int_equal(buy(t), INV_REPLY_DONE);

    proxy_hello(t->a, t->secondary[0]);

    /* until the driver has been told */
    for (i = 0; i < HEARS_TRIES && (reply = buy(t)) == INV_REPLY_DONE; i++) {
        usleep(HEARS_US);
    }

    assert_int_equal(reply, INV_REPLY_BUSY);

    topology_elect(t, 1);
    assert_int_equal(buy(t), INV_REPLY_DONE);

    topology_end(t);
}


/* A server by itself that ends is away: nobody is elected in its place. */
static void
test_standalone_elects_nobody(void **state)
{
    int              i;
    size_t           nth;
    topology_t      *t = topology_begin(state, false);
    inv_reply_kind_t reply;

    static const char *const ends[] = {
        "{\"ok\": 0, \"code\": 91, \"errmsg\": \"it ends\"}",
        "{\"ok\": 0, \"code\": 11600, \"errmsg\": \"it ends\"}",
    };

    for (nth = 0; nth < sizeof(ends) / sizeof(ends[0]); nth++) {
        topology_direct(t);
        proxy_set(t->a, PROXY_PASS);
        proxy_hello(t->a, "{\"isWritablePrimary\": true, " WIRE "}");
        assert_int_equal(buy(t), INV_REPLY_DONE);

        proxy_once(t->a, "findAndModify", false, ends[nth]);
        assert_int_equal(buy(t), INV_REPLY_UNKNOWN);
        assert_true(proxy_did(t->a));
        proxy_set(t->a, PROXY_DOWN);

        /* until the driver has found the connection closed */
        reply = INV_REPLY_UNKNOWN;

        for (i = 0; i < HEARS_TRIES && reply == INV_REPLY_UNKNOWN; i++) {
            reply = buy(t);
        }

        assert_int_equal(reply, INV_REPLY_UNAVAILABLE);
    }

    topology_end(t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_single_host_is_followed), TEST(test_direct_connection_stays),
        TEST(test_primary_is_followed),     TEST(test_nobody_is_elected_yet),
        TEST(test_lost_connection),         TEST(test_ready),
        TEST(test_login_refused),           TEST(test_standalone_elects_nobody),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("topology", tests, fixture_open,
                                       fixture_close);
}
