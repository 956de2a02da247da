
/*
 * Steps whose reads are answered from before what was written: a majority read
 * of a replica set may be.
 */


#include "store_proxy.h"
#include "store_steps.h"


#define PRODUCTS 3

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
    inv_step_t  *steps[PRODUCTS];
} stale_t;


/* Batches for products of 10 each, in the order of ids. */
static stale_t
stale_begin(void **state)
{
    size_t              i;
    char                uri[1024];
    stale_t             t;
    inv_store_options_t options = { uri, 4, FIXTURE_TIMEOUT_MS };

    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    for (i = 0; i < PRODUCTS; i++) {
        t.steps[i] = steps_apply(t.f, fixture_product(t.f, NULL, 10), 2);
    }

    return t;
}


static void
stale_end(stale_t *t)
{
    size_t i;

    for (i = 0; i < PRODUCTS; i++) {
        fixture_check(t->f, t->steps[i]->product);
        steps_free(t->steps[i]);
    }

    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


/* One product as a find shows it, with 10 in stock and an empty outbox. */
static size_t
stale_document(char *out, size_t size, inv_oid_t id)
{
    char hex[INV_OID_HEX];

    inv_oid_write(id, hex);

    return (size_t) snprintf(
        out, size,
        "{\"_id\": {\"$oid\": \"%.*s\"}, \"stock\": {\"$numberLong\": \"10\"}, "
        "\"reserved\": {\"$numberLong\": \"0\"}, "
        "\"seq\": {\"$numberLong\": \"1\"}, "
        "\"version\": {\"$numberLong\": \"1\"}, "
        "\"epoch\": {\"$numberLong\": \"0\"}, \"outbox\": []}",
        INV_OID_HEX, hex);
}


/* The update is carried out, the find after it shows all as it was before. */
static void
stale_run(stale_t *t)
{
    char             reply[4096];
    size_t           i, n;
    inv_store_call_t call = fixture_call(t->f, FIXTURE_TIMEOUT_MS);

    n = (size_t) snprintf(reply, sizeof(reply),
                          "{\"ok\": 1, \"cursor\": {\"id\": "
                          "{\"$numberLong\": \"0\"}, \"ns\": \"x.products\", "
                          "\"firstBatch\": [");

    for (i = 0; i < PRODUCTS; i++) {
        n += (size_t) snprintf(reply + n, sizeof(reply) - n, "%s",
                               i != 0 ? ", " : "");
        n += stale_document(reply + n, sizeof(reply) - n, t->steps[i]->product);
    }

    snprintf(reply + n, sizeof(reply) - n, "]}}");

    proxy_once(t->proxy, "find", false, reply);
    inv_store_steps(t->store, &call, t->steps, PRODUCTS);
    assert_true(proxy_did(t->proxy));
}


/* All were applied, as the reply counts them: in doubt, and never "absent". */
static void
test_all_applied(void **state)
{
    size_t  i;
    stale_t t = stale_begin(state);

    stale_run(&t);

    for (i = 0; i < PRODUCTS; i++) {
        assert_int_equal(t.steps[i]->reply, INV_REPLY_UNKNOWN);
        assert_false(t.steps[i]->has_state);
        assert_int_equal(fixture_read(t.f, t.steps[i]->product)->catalog.stock,
                         8);
    }

    stale_end(&t);
}


/* One was not, and nobody can say which. */
static void
test_all_but_one_applied(void **state)
{
    size_t  i;
    stale_t t = stale_begin(state);

    t.steps[1]->need = 11;
    stale_run(&t);

    for (i = 0; i < PRODUCTS; i++) {
        assert_int_equal(t.steps[i]->reply, INV_REPLY_UNKNOWN);
    }

    assert_int_equal(fixture_read(t.f, t.steps[1]->product)->catalog.stock, 10);

    stale_end(&t);
}


/* None was: that is certain however old the read is. */
static void
test_none_applied(void **state)
{
    size_t  i;
    stale_t t = stale_begin(state);

    for (i = 0; i < PRODUCTS; i++) {
        t.steps[i]->need = 11;
    }

    stale_run(&t);

    for (i = 0; i < PRODUCTS; i++) {
        assert_int_equal(t.steps[i]->reply, INV_REPLY_MISSED);
    }

    stale_end(&t);
}


#define TOLD "{\"operationTime\": {\"$timestamp\": {\"t\": 7, \"i\": 1}}}"

/* A reply of a server that has no such read concern. */
#define NO_SUCH_LEVEL \
    "{\"ok\": 0, \"code\": 303, \"errmsg\": \"not supported\"}"

typedef struct {
    const char *told;    /* with each reply */
    const char *refused; /* the first find's reply; NULL: the server's own */
    bool        after;   /* a time is known before */
    bool        proof;
    const char *levels;
    bool        proven;
} level_t;

static const level_t stale_levels_of[] = {
    /* a standalone server: no read of it is old */
    { NULL, NULL, false, true, "majority ", true },
    { NULL, NULL, false, false, "majority ", true },

    /* a replica set, met for the first time, and known */
    { TOLD, NULL, false, true, "majority linearizable ", true },
    { TOLD, NULL, true, true, "linearizable ", true },
    { TOLD, NULL, true, false, "after ", false },

    /* a service that tells the time, and has no linearizable reads */
    { TOLD, NO_SUCH_LEVEL, true, true, "linearizable after ", true },
};


static void
test_a_refusal_asks_for_proof(void **state)
{
    char             levels[128];
    size_t           i;
    stale_t          t;
    inv_step_t      *read;
    const level_t   *of;
    inv_store_call_t call;

    for (i = 0; i < sizeof(stale_levels_of) / sizeof(level_t); i++) {
        of = &stale_levels_of[i];
        t = stale_begin(state);
        proxy_add(t.proxy, NULL, of->told);

        if (of->refused != NULL) {
            proxy_once(t.proxy, "find", false, of->refused);
        }

        read = steps_step(t.f, INV_STEP_READ, t.steps[0]->product);
        read->proof = of->proof;

        call = fixture_call(t.f, FIXTURE_TIMEOUT_MS);
        call.after.operation = of->after ? inv_cluster_timestamp(6, 1) : 0;
        inv_store_steps(t.store, &call, &read, 1);

        proxy_concerns(t.proxy, levels, sizeof(levels));
        assert_string_equal(levels, of->levels);
        assert_int_equal(read->reply, INV_REPLY_DONE);
        assert_int_equal(read->proven, of->proven);
        assert_int_equal(read->state.stock, 10);

        steps_free(read);
        stale_end(&t);
    }
}


/* What an edit or a delete reads decides what it writes, or refuses. */
static void
test_edits_and_deletes_read_proven(void **state)
{
    char    levels[128];
    stale_t t = stale_begin(state);
    inv_action_t *delete, *deletes[1];
    inv_step_t      *step;
    inv_store_call_t call = fixture_call(t.f, FIXTURE_TIMEOUT_MS);

    proxy_add(t.proxy, NULL, TOLD);
    call.after.operation = inv_cluster_timestamp(6, 1);

    step = steps_step(t.f, INV_STEP_DELETE, steps_id());
    delete = steps_move(t.f, -1);
    delete->kind = INV_ACTION_DELETE;
    deletes[0] = delete;
    step->actions = deletes;
    step->n = 1;

    inv_store_steps(t.store, &call, &step, 1);
    assert_int_equal(step->reply, INV_REPLY_REFUSED);
    assert_int_equal(step->verdict, INV_VERDICT_NOT_FOUND);

    proxy_concerns(t.proxy, levels, sizeof(levels));
    assert_string_equal(levels, "linearizable ");

    stale_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_applied),
        TEST(test_all_but_one_applied),
        TEST(test_none_applied),
        TEST(test_a_refusal_asks_for_proof),
        TEST(test_edits_and_deletes_read_proven),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps stale", tests, fixture_open,
                                       fixture_close);
}
