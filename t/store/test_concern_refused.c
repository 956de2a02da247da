
/*
 * Reads that a server refuses for what they ask: what is absent is believed
 * only where no acknowledged write can be missing, and a server that has no such
 * read concern is not asked for it with each read.
 */


#include "store_proxy.h"
#include "store_steps.h"


#define TIMEOUT_MS 20000

#define AT(seconds, ordinal) inv_cluster_timestamp(seconds, ordinal)

#define TOLD(seconds) \
    "{\"operationTime\": {\"$timestamp\": {\"t\": " #seconds ", \"i\": 1}}}"

#define REFUSAL(code) \
    "{\"ok\": 0, \"code\": " #code ", \"errmsg\": \"not that\"}"

/* What is known when the first read begins. */
#define KNOWN AT(100, 1)

/* The codes of servers that do not know the option or take the value. */
static const char *const of_time[] = {
    REFUSAL(2),   REFUSAL(9),   REFUSAL(20),    REFUSAL(72),
    REFUSAL(115), REFUSAL(123), REFUSAL(204),   REFUSAL(205),
    REFUSAL(238), REFUSAL(303), REFUSAL(40415),
};

/* And of those that do not know the level. */
static const char *const of_level[] = {
    REFUSAL(2),   REFUSAL(9),   REFUSAL(20),  REFUSAL(72),    REFUSAL(115),
    REFUSAL(123), REFUSAL(238), REFUSAL(303), REFUSAL(40415),
};

typedef struct {
    fixture_t       *f;
    proxy_t         *proxy;
    inv_store_t     *store; /* through the proxy */
    inv_oid_t        id;
    uint64_t         known;
    inv_store_call_t call; /* the last one */
} refused_t;


/* hello, told: what the server adds to that, and to other replies. */
static refused_t
refused_begin_as(void **state, const char *hello, const char *told)
{
    char                uri[1024];
    refused_t           t;
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    memset(&t, 0, sizeof(t));
    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);
    t.known = KNOWN;
    t.id = fixture_product(t.f, NULL, 10);
    proxy_add(t.proxy, hello, told);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    return t;
}


static refused_t
refused_begin(void **state, const char *told)
{
    return refused_begin_as(state, NULL, told);
}


/* All finds were asked so. */
static void
refused_end(refused_t *t, const char *concerns)
{
    char asked[256];

    proxy_concerns(t->proxy, asked, sizeof(asked));
    assert_string_equal(asked, concerns);

    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


static inv_reply_kind_t
refused_run(refused_t *t, inv_step_kind_t kind, bool proof, bool *proven)
{
    inv_step_t      *step = steps_step(t->f, kind, t->id);
    inv_reply_kind_t reply;

    if (kind == INV_STEP_LOOK) {
        steps_batches(t->f, step, &t->id, 1);
    }

    step->proof = proof;
    t->call = fixture_call(t->f, TIMEOUT_MS);
    t->call.after.operation = t->known;
    inv_store_steps(t->store, &t->call, &step, 1);

    reply = step->reply;

    if (proven != NULL) {
        *proven = step->proven;
    }

    steps_free(step);

    return reply;
}


static inv_reply_kind_t
refused_look(refused_t *t)
{
    return refused_run(t, INV_STEP_LOOK, false, NULL);
}


/* Nobody knows the key yet by which the clock is signed: that passes. */
static void
test_key_is_not_there_yet(void **state)
{
    refused_t t = refused_begin(state, TOLD(200));

    proxy_once(t.proxy, "find", false, REFUSAL(211));
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    assert_true(t.call.refused.operation == 0);
    assert_string_equal(t.call.error, "");

    refused_end(&t, "after after ");
}


/* Nor does it stay for ever where the cluster is another one. */
static void
test_key_never_comes(void **state)
{
    refused_t t = refused_begin(state, TOLD(200));

    proxy_refuse(t.proxy, "afterClusterTime", REFUSAL(211));
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    assert_true(t.call.refused.operation == KNOWN);

    refused_end(&t, "after after after after after after after after after "
                    "linearizable ");
}


/* What nobody lists is no refusal of the time, nor of the level. */
static void
test_unlisted(void **state)
{
    bool      proven;
    size_t    i;
    refused_t t;

    static const struct {
        inv_step_kind_t kind;
        bool            proof;
        const char     *concerns;
    } reads[] = {
        { INV_STEP_LOOK, false, "after " },
        { INV_STEP_RECALL, false, "after " },
        { INV_STEP_READ, false, "after " },
        { INV_STEP_READ, true, "linearizable " },
    };

    for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        t = refused_begin(state, TOLD(200));
        proxy_once(t.proxy, "find", false, REFUSAL(987654));
        assert_int_equal(
            refused_run(&t, reads[i].kind, reads[i].proof, &proven),
            INV_REPLY_UNAVAILABLE);
        assert_true(t.call.refused.operation == 0);
        refused_end(&t, reads[i].concerns);
    }
}


/* Without a time, absence is believed where the primary proves that it is one. */
static void
test_time_refused(void **state)
{
    size_t    i;
    refused_t t;

    for (i = 0; i < sizeof(of_time) / sizeof(of_time[0]); i++) {
        t = refused_begin(state, TOLD(50));
        proxy_once(t.proxy, "find", false, of_time[i]);
        assert_int_equal(refused_look(&t), INV_REPLY_DONE);
        assert_true(t.call.refused.operation == KNOWN);
        assert_true(t.call.after.operation == 0);
        assert_true(t.call.seen.operation == AT(50, 1));
        assert_non_null(strstr(t.call.error, "not that"));
        refused_end(&t, "after linearizable ");
    }
}


/*
 * A router that has not heard of the time, nor hears of it with the read, will:
 * to other shards it means something.
 */
static void
test_router_is_behind(void **state)
{
    refused_t t = refused_begin_as(state, "{\"msg\": \"isdbgrid\"}", TOLD(50));

    proxy_once(t.proxy, "find", false, REFUSAL(72));
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    assert_true(t.call.refused.operation == 0);
    assert_true(t.call.after.operation == KNOWN);
    refused_end(&t, "after linearizable ");
}


/* A cluster in the place of another one is asked for its own time. */
static void
test_another_cluster(void **state)
{
    refused_t t = refused_begin(state, TOLD(50));

    proxy_once(t.proxy, "find", false, REFUSAL(72));
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    t.known = t.call.seen.operation;
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    t.known = KNOWN;
    assert_int_equal(refused_look(&t), INV_REPLY_DONE);
    refused_end(&t, "after linearizable after linearizable ");
}


/* A clock's signature says nothing of the level. */
static void
test_level_refused(void **state)
{
    bool      proven;
    size_t    i;
    refused_t t;

    for (i = 0; i < sizeof(of_level) / sizeof(of_level[0]); i++) {
        t = refused_begin(state, TOLD(200));
        proxy_once(t.proxy, "find", false, of_level[i]);
        assert_int_equal(refused_run(&t, INV_STEP_READ, true, &proven),
                         INV_REPLY_DONE);
        assert_true(proven);
        assert_true(t.call.refused.operation == 0);
        refused_end(&t, "linearizable after ");
    }

    t = refused_begin(state, TOLD(200));
    proxy_once(t.proxy, "find", false, REFUSAL(204));
    assert_int_equal(refused_run(&t, INV_STEP_READ, true, &proven),
                     INV_REPLY_UNAVAILABLE);
    refused_end(&t, "linearizable ");
}


/* What was told with the reply is known, and that reads may be old. */
static void
test_not_proven_without_its_time(void **state)
{
    bool      proven;
    size_t    i;
    refused_t t;

    static const struct {
        const char *told;
        uint32_t    seconds;
    } cases[] = { { TOLD(50), 50 }, { TOLD(100), 100 }, { NULL, 0 } };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        t = refused_begin(state, cases[i].told);
        proxy_once(t.proxy, "find", false, REFUSAL(72));
        assert_int_equal(refused_run(&t, INV_STEP_READ, false, &proven),
                         INV_REPLY_DONE);
        assert_false(proven);
        assert_int_equal(t.call.seen.operation >> 32, cases[i].seconds);
        refused_end(&t, "after linearizable ");
    }
}


/* It is said once, and not asked for again with each read. */
static void
test_refusals_are_remembered(void **state)
{
    size_t    i;
    refused_t t;

    static const struct {
        const char *time, *level; /* NULL: it has it */
        bool        proof;
        const char *concerns; /* of three reads */
    } services[] = {
        { REFUSAL(20), REFUSAL(123), false,
          "after linearizable majority majority majority " },
        { REFUSAL(303), REFUSAL(303), true,
          "linearizable after majority majority majority " },
        { REFUSAL(72), NULL, false,
          "after linearizable linearizable linearizable " },
        { NULL, REFUSAL(303), true, "linearizable after after after " },
    };

    for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        t = refused_begin(state, TOLD(200));

        if (services[i].time != NULL) {
            proxy_refuse(t.proxy, "afterClusterTime", services[i].time);
        }

        if (services[i].level != NULL) {
            proxy_refuse(t.proxy, "linearizable", services[i].level);
        }

        assert_int_equal(
            refused_run(&t, INV_STEP_READ, services[i].proof, NULL),
            INV_REPLY_DONE);
        assert_non_null(strstr(t.call.error, "not that"));

        assert_int_equal(
            refused_run(&t, INV_STEP_READ, services[i].proof, NULL),
            INV_REPLY_DONE);
        assert_string_equal(t.call.error, "");
        assert_int_equal(t.call.commands, 1);

        assert_int_equal(
            refused_run(&t, INV_STEP_READ, services[i].proof, NULL),
            INV_REPLY_DONE);
        refused_end(&t, services[i].concerns);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_key_is_not_there_yet),
        TEST(test_key_never_comes),
        TEST(test_unlisted),
        TEST(test_time_refused),
        TEST(test_router_is_behind),
        TEST(test_another_cluster),
        TEST(test_level_refused),
        TEST(test_not_proven_without_its_time),
        TEST(test_refusals_are_remembered),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("concern refused", tests, fixture_open,
                                       fixture_close);
}
