
/*
 * Every code of MongoDB's that may come, as the reply to a write, to a write of
 * several statements, and to a read: what is certain is told as certain, what
 * passes is tried again, and no reply, whatever is in it, ends the process.
 */


#include "store_proxy.h"
#include "store_steps.h"


#define TIMEOUT_MS 5000

/* Of a read that is told to try again for ever. */
#define SHORT_MS 300

/* What comes of a code: the write, the writes of one command, the read. */
typedef enum {
    REFUSES,   /* refused, all of them, an error */
    CONTENDED, /* not applied; of several in doubt; the read passes later */
    TURNS,     /* not applied, none of them; the read passes later */
    BARS,      /* unavailable, all of them; the read too */
    BLOCKS,    /* unavailable; of several in doubt; the read unavailable */
    DOUBTS,    /* in doubt, all of them; the read passes later */
    GOES,      /* in doubt, all of them; the read unavailable */
    FAILS      /* in doubt, all of them; the read an error */
} meaning_t;

static const struct {
    inv_reply_kind_t   one, several;
    inv_store_result_t read;
} meanings[] = {
    [REFUSES] = { INV_REPLY_REFUSED, INV_REPLY_REFUSED, INV_STORE_FAILED },
    [CONTENDED] = { INV_REPLY_BUSY, INV_REPLY_UNKNOWN, INV_STORE_OK },
    [TURNS] = { INV_REPLY_BUSY, INV_REPLY_BUSY, INV_STORE_OK },
    [BARS] = { INV_REPLY_UNAVAILABLE, INV_REPLY_UNAVAILABLE,
               INV_STORE_UNAVAILABLE },
    [BLOCKS] = { INV_REPLY_UNAVAILABLE, INV_REPLY_UNKNOWN,
                 INV_STORE_UNAVAILABLE },
    [DOUBTS] = { INV_REPLY_UNKNOWN, INV_REPLY_UNKNOWN, INV_STORE_OK },
    [GOES] = { INV_REPLY_UNKNOWN, INV_REPLY_UNKNOWN, INV_STORE_UNAVAILABLE },
    [FAILS] = { INV_REPLY_UNKNOWN, INV_REPLY_UNKNOWN, INV_STORE_FAILED },
};

/* Lists of codes, each ended by 0. */
static const struct {
    meaning_t meaning;
    int32_t   codes[64];
} lists[] = {
    { REFUSES,
      { 2,     9,     11,    13,    14,    15,    18,    20,    22,    26,
        27,    28,    34,    40,    48,    52,    53,    54,    55,    56,
        57,    59,    61,    66,    67,    68,    72,    73,    85,    86,
        111,   115,   121,   166,   167,   168,   171,   238,   241,   10334,
        11000, 16554, 16883, 17082, 17124, 17280, 28646, 28664, 28691, 28729,
        40081, 40324, 40400, 40413, 40414, 40415, 51024, 51181, 51198, 0 } },
    { CONTENDED, { 112, 365, 0 } },
    { TURNS, { 10058, 10107, 13435, 13436, 0 } },
    { BARS, { 391, 0 } },
    { BLOCKS, { 371, 0 } },
    { DOUBTS, { 6,     7,     24,    89,    90,    91,    133,      134,  150,
                175,   187,   189,   202,   211,   237,   239,      246,  249,
                250,   262,   272,   279,   281,   282,   290,      317,  333,
                343,   355,   358,   384,   402,   406,   407,      412,  433,
                449,   450,   453,   462,   463,   473,   512,      9001, 11600,
                11601, 11602, 13388, 46841, 50915, 91331, 10045600, 0 } },

    /* and those that nobody lists */
    { GOES,
      { 1, 4, 8, 50, 58, 64, 79, 100, 125, 8000, 14031, 4940400, -1, 0 } },
    { FAILS, { 146, 291, 292, 0 } },
};

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
    inv_oid_t    low, high;
    char         reply[512]; /* in place of the server's */
} codes_t;

/* Where libmongoc is shared, nothing is kept from it. */
bool __real__mongoc_cmd_check_ok(const bson_t *reply, int32_t version,
                                 bson_error_t *error) __attribute__((weak));


/* hello: what else the server says of itself; NULL: nothing. */
static codes_t
codes_begin_as(void **state, const char *hello)
{
    char                uri[1024];
    codes_t             t;
    inv_store_call_t    call;
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    memset(&t, 0, sizeof(t));
    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);
    proxy_add(t.proxy, hello, NULL);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    t.low = fixture_product(t.f, NULL, 10);
    t.high = fixture_product(t.f, NULL, 10);

    if (memcmp(t.low.bytes, t.high.bytes, sizeof(t.low.bytes)) > 0) {
        inv_oid_t id = t.low;

        t.low = t.high;
        t.high = id;
    }

    call = fixture_call(t.f, TIMEOUT_MS);
    assert_result(call, inv_store_ping(t.store, &call), INV_STORE_OK);

    return t;
}


static codes_t
codes_begin(void **state)
{
    return codes_begin_as(state, NULL);
}


/* Nothing of it was applied. */
static void
codes_end(codes_t *t)
{
    assert_int_equal(fixture_read(t->f, t->low)->catalog.stock, 10);
    assert_int_equal(fixture_read(t->f, t->high)->catalog.stock, 10);
    fixture_check(t->f, t->low);
    fixture_check(t->f, t->high);

    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


/* A batch of one product, or of two by one command. */
static inv_reply_kind_t
write_to(codes_t *t, size_t n)
{
    size_t           i;
    inv_step_t      *steps[2];
    inv_reply_kind_t reply;
    inv_store_call_t call = fixture_call(t->f, TIMEOUT_MS);

    steps[0] = steps_apply(t->f, t->low, 1);
    steps[1] = steps_apply(t->f, t->high, 1);

    proxy_once(t->proxy, n == 1 ? "findAndModify" : "update", false, t->reply);
    inv_store_steps(t->store, &call, steps, n);
    assert_true(proxy_did(t->proxy));

    reply = steps[0]->reply;

    if (n == 2) {
        assert_int_equal(steps[1]->reply, reply);
    }

    for (i = 0; i < n; i++) {
        assert_false(steps[i]->has_state);
        steps_free(steps[i]);
    }

    return reply;
}


static inv_store_result_t
read_one(codes_t *t, int64_t ms)
{
    inv_product_t     *product;
    inv_store_call_t   call = fixture_call(t->f, ms);
    inv_store_result_t result;

    proxy_once(t->proxy, "find", false, t->reply);
    result =
        inv_store_products_read(t->store, &call, &t->low, 1, &product, NULL);
    assert_true(proxy_did(t->proxy));

    if (result == INV_STORE_OK) {
        assert_int_equal(call.commands, 2);
    }

    return result;
}


static void
check_code(codes_t *t, int32_t code, meaning_t meaning)
{
    inv_reply_kind_t   one, several;
    inv_store_result_t result;

    snprintf(t->reply, sizeof(t->reply),
             "{\"ok\": 0.0, \"code\": %d, \"errmsg\": \"so it is\"}",
             (int) code);

    one = write_to(t, 1);
    several = write_to(t, 2);
    result = read_one(t, TIMEOUT_MS);

    if (one != meanings[meaning].one || several != meanings[meaning].several
        || result != meanings[meaning].read)
    {
        fail_msg("code %d: one %d, several %d, read %d", (int) code, (int) one,
                 (int) several, (int) result);
    }
}


static void
test_codes(void **state)
{
    size_t  i, j;
    codes_t t = codes_begin(state);

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (j = 0; lists[i].codes[j] != 0; j++) {
            check_code(&t, lists[i].codes[j], lists[i].meaning);
        }
    }

    codes_end(&t);
}


/* Overload: labels tell that nothing was begun. */
static void
test_labels(void **state)
{
    codes_t t = codes_begin(state);

    snprintf(t.reply, sizeof(t.reply),
             "{\"ok\": 0, \"code\": 463, \"errmsg\": \"rejected\","
             " \"errorLabels\": [\"SystemOverloadedError\","
             " \"RetryableError\", \"NoWritesPerformed\"]}");

    assert_int_equal(write_to(&t, 1), INV_REPLY_BUSY);
    assert_int_equal(write_to(&t, 2), INV_REPLY_BUSY);
    assert_int_equal(read_one(&t, TIMEOUT_MS), INV_STORE_OK);

    codes_end(&t);
}


/* Behind a router one shard's word is not the word of all. */
static void
test_router(void **state)
{
    codes_t t = codes_begin_as(state, "{\"msg\": \"isdbgrid\"}");

    snprintf(t.reply, sizeof(t.reply),
             "{\"ok\": 0, \"code\": 462, \"errmsg\": \"rejected\","
             " \"errorLabels\": [\"SystemOverloadedError\","
             " \"RetryableError\"]}");
    assert_int_equal(write_to(&t, 1), INV_REPLY_UNKNOWN);
    assert_int_equal(write_to(&t, 2), INV_REPLY_UNKNOWN);
    assert_int_equal(read_one(&t, TIMEOUT_MS), INV_STORE_OK);

    snprintf(t.reply, sizeof(t.reply),
             "{\"ok\": 0, \"code\": 462, \"errmsg\": \"rejected\","
             " \"errorLabels\": [\"NoWritesPerformed\"]}");
    assert_int_equal(write_to(&t, 2), INV_REPLY_BUSY);

    /* a mongos that is not known as one for a while is one all the same */
    snprintf(t.reply, sizeof(t.reply),
             "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"not primary\"}");
    assert_int_equal(write_to(&t, 1), INV_REPLY_BUSY);
    assert_int_equal(write_to(&t, 2), INV_REPLY_UNKNOWN);

    codes_end(&t);
}


/* One statement of several, each told by itself. */
static void
test_write_errors(void **state)
{
    size_t           i;
    codes_t          t = codes_begin(state);
    inv_step_t      *steps[2];
    inv_store_call_t call;

    static const struct {
        int32_t          code;
        inv_reply_kind_t reply;
    } cases[] = {
        { 2, INV_REPLY_REFUSED },      { 112, INV_REPLY_BUSY },
        { 10107, INV_REPLY_BUSY },     { 371, INV_REPLY_UNAVAILABLE },
        { 11602, INV_REPLY_UNKNOWN },  { 462, INV_REPLY_UNKNOWN },
        { 123456, INV_REPLY_UNKNOWN },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        steps[0] = steps_apply(t.f, t.low, 1);
        steps[1] = steps_apply(t.f, t.high, 1);

        snprintf(t.reply, sizeof(t.reply),
                 "{\"ok\": 1, \"n\": 0, \"writeErrors\": [{\"index\": 1,"
                 " \"code\": %d, \"errmsg\": \"no\"}]}",
                 (int) cases[i].code);

        proxy_once(t.proxy, "update", false, t.reply);
        call = fixture_call(t.f, TIMEOUT_MS);
        inv_store_steps(t.store, &call, steps, 2);

        if (steps[1]->reply != cases[i].reply) {
            fail_msg("code %d: reply %d", (int) cases[i].code,
                     (int) steps[1]->reply);
        }

        steps_free(steps[0]);
        steps_free(steps[1]);
    }

    codes_end(&t);
}


/* Replies at which libmongoc 1 aborts by itself. */
static void
test_driver_lives(void **state)
{
    size_t  i;
    codes_t t;

    static const char *const replies[] = {
        "{\"ok\": 1, \"writeConcernError\": \"?\"}",
        "{\"ok\": 1, \"writeConcernError\": null}",
        "{\"ok\": 0, \"writeConcernError\": 1}",
        "{\"ok\": 0, \"errmsg\": \"?\", \"errorLabels\": {\"0\": 1}}",
        "{\"ok\": 0, \"code\": 0}",
        "{\"ok\": 0, \"code\": {\"$numberLong\": \"4294967296\"}}",
        "{\"ok\": 0, \"code\": {\"$numberDouble\": \"NaN\"}}",
        "{\"ok\": 1, \"writeConcernError\": {\"code\": 0}}",
        "{\"ok\": 1, \"code\": 0, \"writeConcernError\": {\"code\": 0}}",
    };

    if (__real__mongoc_cmd_check_ok == NULL) {
        print_message("# the driver is a shared library: not guarded\n");
        return;
    }

    t = codes_begin(state);

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        snprintf(t.reply, sizeof(t.reply), "%s", replies[i]);

        assert_int_equal(write_to(&t, 1), INV_REPLY_UNKNOWN);
        assert_int_equal(write_to(&t, 2), INV_REPLY_UNKNOWN);
        assert_int_equal(read_one(&t, SHORT_MS), INV_STORE_UNAVAILABLE);
    }

    codes_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_codes),        TEST(test_labels),       TEST(test_router),
        TEST(test_write_errors), TEST(test_driver_lives),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("codes", tests, fixture_open,
                                       fixture_close);
}
