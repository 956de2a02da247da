
/*
 * Reads are as new as what is known of the cluster: operationTime of replies
 * comes back as afterClusterTime.  The real server tells no time, so the relay
 * in front of it does.
 */


#include "store_proxy.h"
#include "store_steps.h"

#include "../../src/store/inv_store_skus.h"


#define TIMEOUT_MS 20000

#define AT(seconds, ordinal) inv_cluster_timestamp(seconds, ordinal)

#define TOLD(seconds, ordinal)                               \
    "{\"operationTime\": {\"$timestamp\": {\"t\": " #seconds \
    ", \"i\": " #ordinal "}}}"

typedef struct {
    fixture_t       *f;
    proxy_t         *proxy;
    inv_store_t     *store; /* through the proxy */
    inv_oid_t        id;    /* of a product */
    inv_store_call_t call;  /* the last one */
    uint32_t         heard; /* commands before those that are looked at */
} time_test_t;


static void
time_store(time_test_t *t)
{
    char                uri[1024];
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    fixture_uri(uri, sizeof(uri), proxy_address(t->proxy), t->f->database);
    t->store = inv_store_create(&options);
    assert_non_null(t->store);
}


static time_test_t
time_begin(void **state, const char *told)
{
    time_test_t t;

    memset(&t, 0, sizeof(t));

    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);
    t.id = fixture_product(t.f, NULL, 100);
    time_store(&t);

    proxy_add(t.proxy, NULL, told);

    return t;
}


static void
time_end(time_test_t *t)
{
    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


/* The next call begins with what is known of the time. */
static void
time_call(time_test_t *t, const inv_cluster_time_t *after)
{
    t->call = fixture_call(t->f, TIMEOUT_MS);

    if (after != NULL) {
        t->call.after = *after;
    }
}


static void
time_steps(time_test_t *t, const inv_cluster_time_t *after, inv_step_t **steps,
           size_t n)
{
    time_call(t, after);
    inv_store_steps(t->store, &t->call, steps, n);
}


static inv_store_result_t
time_read(time_test_t *t, const inv_cluster_time_t *after)
{
    bool               damaged;
    inv_product_t     *product;
    inv_store_result_t result;

    time_call(t, after);
    result = inv_store_products_read(t->store, &t->call, &t->id, 1, &product,
                                     &damaged);

    assert_true(result != INV_STORE_OK || product != NULL);

    return result;
}


static void
time_buy(time_test_t *t)
{
    inv_step_t *step = steps_apply(t->f, t->id, 1);

    time_steps(t, NULL, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    steps_free(step);
}


/* From now on. */
static void
time_listen(time_test_t *t)
{
    bson_t *heard = proxy_heard(t->proxy);

    t->heard = bson_count_keys(heard);
    bson_destroy(heard);
}


/* The last command of that name since then, to be destroyed, and how many. */
static bson_t *
time_heard(time_test_t *t, const char *name, unsigned *count)
{
    bson_t     *heard = proxy_heard(t->proxy), *last, command;
    uint32_t    i;
    bson_iter_t commands;

    *count = 0;
    last = NULL;
    assert_true(bson_iter_init(&commands, heard));

    for (i = 0; bson_iter_next(&commands); i++) {
        assert_true(inv_bson_view(&commands, &command));

        if (i >= t->heard && bson_has_field(&command, name)) {
            bson_destroy(last);
            last = bson_copy(&command);
            (*count)++;
        }
    }

    bson_destroy(heard);
    assert_non_null(last);

    return last;
}


/* The time that the last find since then asked for; 0: none. */
static uint64_t
time_asked(time_test_t *t)
{
    bson_t     *command;
    uint32_t    seconds, ordinal;
    unsigned    count;
    bson_iter_t iter, level, after;

    seconds = 0;
    ordinal = 0;
    command = time_heard(t, "find", &count);

    assert_true(bson_iter_init(&iter, command));
    assert_true(bson_iter_find_descendant(&iter, "readConcern.level", &level));
    assert_string_equal(bson_iter_utf8(&level, NULL), "majority");

    if (bson_iter_init(&iter, command)
        && bson_iter_find_descendant(&iter, "readConcern.afterClusterTime",
                                     &after))
    {
        assert_true(BSON_ITER_HOLDS_TIMESTAMP(&after));
        bson_iter_timestamp(&after, &seconds, &ordinal);
    }

    bson_destroy(command);

    return AT(seconds, ordinal);
}


/* A read after a write is as new as the write, whoever made it. */
static void
test_read_after_write(void **state)
{
    bson_t            *write;
    unsigned           count;
    time_test_t        t = time_begin(state, TOLD(100, 7));
    inv_cluster_time_t seen;

    time_listen(&t);
    time_buy(&t);
    write = time_heard(&t, "findAndModify", &count);
    assert_false(bson_has_field(write, "readConcern"));
    bson_destroy(write);
    assert_true(t.call.seen.operation == AT(100, 7));
    seen = t.call.seen;

    /* what is older than that does not come in its place */
    proxy_add(t.proxy, NULL, TOLD(99, 4294967295));
    time_listen(&t);
    assert_int_equal(time_read(&t, &seen), INV_STORE_OK);
    assert_true(time_asked(&t) == AT(100, 7));
    assert_true(t.call.seen.operation == AT(99, 4294967295));
    assert_true(t.call.refused.operation == 0);

    time_end(&t);
}


/* The read after a grouped write is of the same call. */
static void
test_read_within_a_call(void **state)
{
    size_t             i;
    time_test_t        t = time_begin(state, TOLD(100, 7));
    inv_step_t        *steps[2];
    inv_cluster_time_t known = { .operation = AT(200, 1) };

    time_listen(&t);

    for (i = 0; i < 2; i++) {
        steps[0] = steps_apply(t.f, t.id, 1);
        steps[1] = steps_apply(t.f, fixture_product(t.f, NULL, 5), 1);
        time_steps(&t, i == 0 ? NULL : &known, steps, 2);

        assert_int_equal(steps[0]->reply, INV_REPLY_DONE);
        assert_int_equal(steps[1]->reply, INV_REPLY_DONE);
        assert_true(time_asked(&t) == (i == 0 ? AT(100, 7) : AT(200, 1)));

        steps_free(steps[0]);
        steps_free(steps[1]);
    }

    time_end(&t);
}


/* Each read does; what is told as absent is absent. */
static void
test_every_read(void **state)
{
    bool               damaged;
    size_t             i;
    time_test_t        t = time_begin(state, TOLD(100, 7));
    inv_oid_t          found;
    inv_str_t          sku = inv_str("S-1");
    inv_page_t         page;
    inv_step_t        *step;
    inv_product_t     *product;
    inv_page_query_t   query = { .descending = true, .limit = 20 };
    inv_cluster_time_t known = { .operation = AT(4000000000, 4000000000) };

    static const inv_step_kind_t kinds[] = { INV_STEP_READ, INV_STEP_LOOK,
                                             INV_STEP_RECALL, INV_STEP_OUTBOX,
                                             INV_STEP_SWEEP };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        step = steps_step(t.f, kinds[i], t.id);
        steps_batches(t.f, step, &t.id, 1);
        time_listen(&t);
        time_steps(&t, &known, &step, 1);
        assert_true(time_asked(&t) == known.operation);
        steps_free(step);
    }

    time_listen(&t);
    time_call(&t, &known);
    inv_store_skus_find(t.store, &t.call, &sku, 1, &found);
    assert_true(time_asked(&t) == known.operation);

    time_listen(&t);
    time_call(&t, &known);
    inv_store_products_by_sku(t.store, &t.call, &sku, 1, &product, &damaged);
    assert_true(time_asked(&t) == known.operation);

    time_listen(&t);
    time_call(&t, &known);
    inv_store_products_page(t.store, &t.call, &query, &page);
    assert_true(time_asked(&t) == known.operation);

    time_end(&t);
}


/* A standalone server, and whatever else is no time. */
static void
test_none_is_told(void **state)
{
    size_t      i;
    time_test_t t = time_begin(state, NULL);

    static const char *const told[] = {
        NULL,
        "{\"operationTime\": {\"$timestamp\": {\"t\": 0, \"i\": 0}}}",
        "{\"operationTime\": {\"$date\": 1796088723000}}",
        "{\"operationTime\": {\"$numberLong\": \"9223372036854775807\"}}",
        "{\"operationTime\": \"100\"}",
        "{\"operationTime\": null}",
        "{\"operationTime\": {\"t\": 100, \"i\": 7}}",
        "{\"operationTime\": [{\"$timestamp\": {\"t\": 100, \"i\": 7}}]}",
        "{\"$clusterTime\": 5}",
        "{\"$clusterTime\": {}}",
        "{\"$clusterTime\": {\"clusterTime\": \"now\"}}",
        "{\"$clusterTime\": [{\"$timestamp\": {\"t\": 100, \"i\": 7}}]}",
        "{\"$clusterTime\": {\"signature\": {\"hash\": 1, \"keyId\": 2},"
        " \"clusterTime\": {\"$timestamp\": {\"t\": 100, \"i\": 7}},"
        " \"more\": \"than a signature takes, and more than can be kept\"}}",
    };

    for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        proxy_add(t.proxy, NULL, told[i]);
        time_buy(&t);

        if (t.call.seen.operation != 0 || t.call.seen.clock != 0) {
            fail_msg("a time: %s", told[i]);
        }

        time_listen(&t);
        assert_int_equal(time_read(&t, &t.call.seen), INV_STORE_OK);
        assert_true(time_asked(&t) == 0);
    }

    time_end(&t);
}


/* What no majority has yet would have every read wait. */
static void
test_ahead_of_the_majority(void **state)
{
    time_test_t t = time_begin(state, TOLD(100, 7));
    inv_step_t *pull = steps_step(t.f, INV_STEP_PULL, t.id);

    steps_batches(t.f, pull, &t.id, 1);
    time_steps(&t, NULL, &pull, 1);
    assert_int_equal(t.call.commands, 1);
    assert_true(t.call.seen.operation == 0);
    steps_free(pull);

    time_call(&t, NULL);
    assert_int_equal(inv_store_ping(t.store, &t.call), INV_STORE_OK);
    assert_true(t.call.seen.operation == 0);

    time_end(&t);
}


/* The next find is refused so; then the server is asked as it is. */
static inv_store_result_t
time_refused(time_test_t *t, int code, const inv_cluster_time_t *known,
             unsigned *count)
{
    char               reply[128];
    inv_store_result_t result;

    snprintf(reply, sizeof(reply),
             "{\"ok\": 0, \"code\": %d, \"errmsg\": \"not at that time\"}",
             code);
    proxy_once(t->proxy, "find", false, reply);
    time_listen(t);

    result = time_read(t, known);
    assert_true(proxy_did(t->proxy));
    bson_destroy(time_heard(t, "find", count));

    return result;
}


/* A member that lags says so in time; it has not refused the time. */
static void
test_late_time_is_kept(void **state)
{
    unsigned           count;
    time_test_t        t = time_begin(state, NULL);
    inv_cluster_time_t known = { .operation = AT(100, 7) };

    assert_int_equal(time_refused(&t, 50, &known, &count),
                     INV_STORE_UNAVAILABLE);
    assert_int_equal(count, 1);
    assert_true(t.call.refused.operation == 0);
    assert_true(t.call.after.operation == known.operation);

    time_end(&t);
}


/* What is refused whatever it asks for has not been refused for the time. */
static void
test_refused_either_way(void **state)
{
    bson_t            *command;
    unsigned           count;
    time_test_t        t = time_begin(state, NULL);
    inv_store_link_t   link;
    inv_store_reply_t  reply;
    inv_cluster_time_t known = { .operation = AT(100, 7) };

    time_call(&t, &known);
    assert_int_equal(inv_store_link_open(&link, t.store, &t.call),
                     INV_STORE_OK);

    command =
        BCON_NEW("find", "products", "filter", "{", "$no", BCON_INT32(1), "}");
    time_listen(&t);

    assert_int_equal(
        inv_store_command(&link, INV_COMMAND_READ, command, &reply),
        INV_STORE_FAILED);
    bson_destroy(time_heard(&t, "find", &count));
    assert_int_equal(count, 3);
    assert_true(t.call.error[0] != '\0');
    assert_true(t.call.refused.operation == 0);
    assert_true(t.call.after.operation == known.operation);

    bson_destroy(&reply.body);
    bson_destroy(command);
    inv_store_link_close(&link);
    time_end(&t);
}


#define CLOCK(seconds)                                                       \
    "\"$clusterTime\": {\"clusterTime\": {\"$timestamp\": {\"t\": " #seconds \
    ", \"i\": 9}}, \"signature\": {\"hash\": {\"$binary\": {\"base64\": "    \
    "\"AAECAwQFBgcICQoLDA0ODxAREhM=\", \"subType\": \"00\"}}, \"keyId\": "   \
    "{\"$numberLong\": \"7000000000000000001\"}}}"

/*
 * Another process' driver has not heard of the time that it is given, and tells
 * its server all the same: which may be one that has not heard of it either.
 */
static void
test_clock_goes_along(void **state)
{
    bson_t            *find, clock;
    unsigned           count;
    time_test_t        t = time_begin(state, NULL);
    bson_iter_t        iter;
    inv_cluster_time_t seen;

    static const char router[] = "{\"msg\": \"isdbgrid\"}";

    proxy_add(
        t.proxy, router,
        "{\"operationTime\": {\"$timestamp\": {\"t\": 100, \"i\": 7}}, " CLOCK(
            101) "}");
    time_buy(&t);
    seen = t.call.seen;
    assert_true(seen.operation == AT(100, 7));
    assert_true(seen.clock == AT(101, 9));
    assert_int_equal(seen.len, 88);

    inv_store_destroy(t.store);
    proxy_add(t.proxy, router, NULL);
    time_listen(&t);
    time_store(&t);

    assert_int_equal(time_read(&t, NULL), INV_STORE_OK);
    find = time_heard(&t, "find", &count);
    assert_false(bson_has_field(find, "$clusterTime"));
    bson_destroy(find);

    assert_int_equal(time_read(&t, &seen), INV_STORE_OK);
    assert_true(time_asked(&t) == AT(100, 7));
    find = time_heard(&t, "find", &count);
    assert_true(bson_iter_init_find(&iter, find, "$clusterTime"));
    assert_true(inv_bson_view(&iter, &clock));
    assert_int_equal(clock.len, seen.len);
    assert_memory_equal(bson_get_data(&clock), seen.document, seen.len);
    bson_destroy(find);

    time_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_read_after_write),  TEST(test_read_within_a_call),
        TEST(test_every_read),        TEST(test_none_is_told),
        TEST(test_late_time_is_kept), TEST(test_refused_either_way),
        TEST(test_clock_goes_along),  TEST(test_ahead_of_the_majority),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
