
/*
 * Each kind of step that writes, when its command is lost on its way, when its
 * reply is, and when the reply says half of it: what is in doubt is told as
 * unknown, and what comes after it finds out.
 */


#include "store_proxy.h"
#include "store_steps.h"


#define TIMEOUT_MS 5000

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
} doubt_t;


static doubt_t
doubt_begin(void **state)
{
    char                uri[1024];
    doubt_t             t;
    inv_store_call_t    call;
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    call = fixture_call(t.f, TIMEOUT_MS);
    assert_result(call, inv_store_ping(t.store, &call), INV_STORE_OK);

    return t;
}


static void
doubt_end(doubt_t *t)
{
    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


static inv_reply_kind_t
doubt_run(doubt_t *t, inv_step_t **steps, size_t n)
{
    inv_store_call_t call = fixture_call(t->f, TIMEOUT_MS);

    inv_store_steps(t->store, &call, steps, n);

    return steps[0]->reply;
}


/* Runs a step whose command, or the reply to it, is lost. */
static void
lose(doubt_t *t, inv_step_t *step, const char *command, bool served)
{
    proxy_once(t->proxy, command, served, NULL);
    assert_int_equal(doubt_run(t, &step, 1), INV_REPLY_UNKNOWN);
    assert_true(proxy_did(t->proxy));
}


static inv_reply_kind_t
again(doubt_t *t, inv_step_t *step)
{
    steps_free(step);
    step->has_state = false;

    return doubt_run(t, &step, 1);
}


static inv_step_t *
claim_step(doubt_t *t, inv_step_kind_t kind, const inv_step_t *of)
{
    inv_step_t *step;

    step = steps_step(t->f, kind, (inv_oid_t){ { 0 } });

    if (of != NULL) {
        step->record = of->record;
        return step;
    }

    inv_random(step->record.id, sizeof(step->record.id));
    step->record.nonce = steps_id();
    step->record.by = steps_id();
    step->record.gen = 1;
    step->record.at = inv_time_now();

    return step;
}


/* What the claim is now; its answer's status, -1 where there is no claim. */
static int
recall(doubt_t *t, const inv_step_t *of, int64_t *gen)
{
    int         status;
    inv_step_t *step;

    step = claim_step(t, INV_STEP_RECALL, of);
    steps_run_one(t->f, step);
    status = step->reply == INV_REPLY_MISSED ? -1 : step->found.status;
    *gen = step->found.gen;
    steps_free(step);

    return status;
}


static void
test_claim(void **state)
{
    int         served;
    int64_t     gen;
    doubt_t     t = doubt_begin(state);
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        step = claim_step(&t, INV_STEP_CLAIM, NULL);
        lose(&t, step, "insert", served != 0);
        assert_int_equal(recall(&t, step, &gen), served ? 0 : -1);

        assert_int_equal(again(&t, step),
                         served ? INV_REPLY_MISSED : INV_REPLY_DONE);
        assert_int_equal(recall(&t, step, &gen), 0);
        assert_int_equal(gen, 1);
    }

    doubt_end(&t);
}


static void
test_take(void **state)
{
    int         served;
    int64_t     gen;
    doubt_t     t = doubt_begin(state);
    inv_step_t *claim, *step;

    for (served = 0; served < 2; served++) {
        claim = claim_step(&t, INV_STEP_CLAIM, NULL);
        steps_run_one(t.f, claim);

        step = claim_step(&t, INV_STEP_TAKE, claim);
        step->record.gen = 2;
        step->record.by = steps_id();
        lose(&t, step, "findAndModify", served != 0);
        assert_int_equal(recall(&t, claim, &gen), 0);
        assert_int_equal(gen, served ? 2 : 1);

        assert_int_equal(again(&t, step),
                         served ? INV_REPLY_MISSED : INV_REPLY_DONE);
        assert_int_equal(recall(&t, claim, &gen), 0);
        assert_int_equal(gen, 2);
    }

    doubt_end(&t);
}


static void
test_answer(void **state)
{
    int         served;
    int64_t     gen;
    doubt_t     t = doubt_begin(state);
    inv_step_t *claim, *step;

    for (served = 0; served < 2; served++) {
        claim = claim_step(&t, INV_STEP_CLAIM, NULL);
        steps_run_one(t.f, claim);

        step = claim_step(&t, INV_STEP_ANSWER, claim);
        step->record.status = 409;
        step->record.answer = inv_str("{}");
        lose(&t, step, "update", served != 0);
        assert_int_equal(recall(&t, claim, &gen), served ? 409 : 0);

        /* another answer is not to replace it */
        step->record.status = 404;
        assert_int_equal(again(&t, step),
                         served ? INV_REPLY_MISSED : INV_REPLY_DONE);
        assert_int_equal(recall(&t, claim, &gen), served ? 409 : 404);
    }

    doubt_end(&t);
}


static inv_step_t *
write_step(doubt_t *t, inv_step_kind_t kind, inv_oid_t id)
{
    inv_step_t              *step;
    inv_store_edit_action_t *own;

    own = inv_arena_alloc(t->f->arena, sizeof(inv_store_edit_action_t));
    assert_non_null(own);
    own->action.product = id;
    own->action.at = inv_time_now();
    own->mode = kind == INV_STEP_CREATE ? INV_WRITE_CREATE : INV_WRITE_MERGE;
    own->input.values.present =
        INV_MEMBER_NAME | INV_MEMBER_STOCK
        | (kind == INV_STEP_CREATE ? INV_MEMBER_PRICE : 0);
    own->input.values.name = inv_str("Cap");
    own->input.values.stock = 12;

    step = steps_step(t->f, kind, id);
    step->actions = inv_arena_array(t->f->arena, 1, sizeof(inv_action_t *));
    assert_non_null(step->actions);
    step->actions[0] = &own->action;
    step->n = 1;

    return step;
}


static void
test_edit(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_oid_t   id;
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);
        step = write_step(&t, INV_STEP_EDIT, id);

        /* its read: nothing was written, for certain */
        proxy_once(t.proxy, "find", served != 0, NULL);
        assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNAVAILABLE);
        assert_int_equal(fixture_read(t.f, id)->edits, 0);

        lose(&t, step, "findAndModify", served != 0);
        assert_int_equal(fixture_read(t.f, id)->edits, served);

        /* there is nothing left to be written, or there is */
        assert_int_equal(again(&t, step), INV_REPLY_DONE);
        assert_int_equal(step->state.seq, served ? 0 : 2);
        assert_int_equal(fixture_read(t.f, id)->edits, 1);
        assert_int_equal(fixture_read(t.f, id)->catalog.stock, 12);

        steps_free(step);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


static void
test_delete(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_oid_t   id;
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);
        step = write_step(&t, INV_STEP_DELETE, id);
        lose(&t, step, "findAndModify", served != 0);
        assert_int_equal(fixture_read(t.f, id)->deleted, served);

        assert_int_equal(again(&t, step),
                         served ? INV_REPLY_REFUSED : INV_REPLY_DONE);
        assert_true(step->has_state);
        assert_true(step->state.deleted);
        assert_int_equal(step->state.version, 2);
        assert_int_equal(fixture_read(t.f, id)->version, 2);
    }

    doubt_end(&t);
}


static void
test_create(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        step = write_step(&t, INV_STEP_CREATE, steps_id());
        lose(&t, step, "insert", served != 0);
        assert_int_equal(fixture_read(t.f, step->product) != NULL, served);

        assert_int_equal(again(&t, step), INV_REPLY_DONE);
        assert_int_equal(step->payload == NULL, served);
        assert_int_equal(step->state.seq, 1);
        assert_int_equal(step->state.stock, 12);

        steps_free(step);
        fixture_check(t.f, step->product);
    }

    doubt_end(&t);
}


static void
test_tombstone(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_step_t *step, *late;

    for (served = 0; served < 2; served++) {
        step = steps_step(t.f, INV_STEP_TOMBSTONE, steps_id());
        lose(&t, step, "insert", served != 0);
        assert_int_equal(fixture_read(t.f, step->product) != NULL, served);

        assert_int_equal(again(&t, step), INV_REPLY_DONE);
        assert_true(fixture_read(t.f, step->product)->deleted);

        late = write_step(&t, INV_STEP_CREATE, step->product);
        assert_int_equal(doubt_run(&t, &late, 1), INV_REPLY_MISSED);
        steps_free(late);
    }

    doubt_end(&t);
}


static void
test_fence(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        step = steps_step(t.f, INV_STEP_FENCE, fixture_product(t.f, NULL, 1));
        lose(&t, step, "findAndModify", served != 0);
        assert_int_equal(fixture_read(t.f, step->product)->epoch, served);

        assert_int_equal(again(&t, step), INV_REPLY_DONE);
        assert_int_equal(step->state.epoch, 1 + served);
        steps_free(step);
    }

    doubt_end(&t);
}


static void
test_apply(void **state)
{
    int         served;
    doubt_t     t = doubt_begin(state);
    inv_oid_t   id;
    inv_step_t *step;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);
        step = steps_apply(t.f, id, 3);
        lose(&t, step, "findAndModify", served != 0);
        assert_non_null(step->payload);
        assert_int_equal(fixture_read(t.f, id)->catalog.stock, served ? 7 : 10);
        steps_free(step);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


static void
test_pull(void **state)
{
    int            served;
    doubt_t        t = doubt_begin(state);
    inv_step_t    *apply, *step;
    inv_product_t *product;
    inv_transit_t *transit;

    for (served = 0; served < 2; served++) {
        apply = steps_apply(t.f, fixture_product(t.f, NULL, 10), 3);
        fixture_drain(t.f, apply->product);
        steps_run_one(t.f, apply);
        transit = steps_transit(t.f, apply);
        assert_int_equal(steps_insert(t.f, &transit, 1)->reply, INV_REPLY_DONE);

        step = steps_step(t.f, INV_STEP_PULL, apply->product);
        steps_batches(t.f, step, &apply->batch, 1);
        lose(&t, step, "update", served != 0);
        fixture_check(t.f, apply->product);

        assert_int_equal(again(&t, step), INV_REPLY_DONE);
        fixture_check(t.f, apply->product);

        product = fixture_read(t.f, apply->product);
        assert_int_equal(product->version, 4);
        steps_free(apply);
    }

    doubt_end(&t);
}


/* It is there, but perhaps not to stay: that is in doubt too. */
static void
test_write_concern_errors(void **state)
{
    doubt_t     t = doubt_begin(state);
    inv_oid_t   id;
    inv_step_t *step;

    static const char one[] =
        "{\"ok\": 1, \"n\": 1, \"nModified\": 1, \"writeConcernError\":"
        " {\"code\": 64, \"errmsg\": \"waiting for replication timed out\"}}";

    static const char modified[] =
        "{\"ok\": 1, \"value\": {\"gen\": 2}, \"writeConcernError\":"
        " {\"code\": 91, \"errmsg\": \"shutting down\"}}";

    step = claim_step(&t, INV_STEP_CLAIM, NULL);
    proxy_once(t.proxy, "insert", true, one);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);
    assert_true(proxy_did(t.proxy));

    step = claim_step(&t, INV_STEP_ANSWER, step);
    step->record.status = 404;
    step->record.answer = inv_str("{}");
    proxy_once(t.proxy, "update", true, one);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);

    step = claim_step(&t, INV_STEP_TAKE, step);
    step->record.gen = 2;
    proxy_once(t.proxy, "findAndModify", true, modified);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);

    id = fixture_product(t.f, NULL, 10);

    step = steps_step(t.f, INV_STEP_FENCE, id);
    proxy_once(t.proxy, "findAndModify", true, modified);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);
    steps_free(step);

    step = write_step(&t, INV_STEP_EDIT, id);
    proxy_once(t.proxy, "findAndModify", true, modified);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);
    steps_free(step);

    step = write_step(&t, INV_STEP_CREATE, steps_id());
    proxy_once(t.proxy, "insert", true, one);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);
    steps_free(step);

    /* nothing came back of it: the epoch that a fence had raised was another */
    step = steps_apply(t.f, id, 1);
    step->epoch = 1;
    proxy_once(t.proxy, "findAndModify", true, modified);
    assert_int_equal(doubt_run(&t, &step, 1), INV_REPLY_UNKNOWN);
    assert_non_null(step->payload);
    steps_free(step);

    assert_int_equal(fixture_read(t.f, id)->catalog.stock, 11);
    fixture_check(t.f, id);

    doubt_end(&t);
}


/* Two products in the order of their ids. */
static void
two_batches(doubt_t *t, inv_step_t **steps)
{
    inv_oid_t low, high, id;

    low = fixture_product(t->f, NULL, 10);
    high = fixture_product(t->f, NULL, 10);

    if (memcmp(low.bytes, high.bytes, sizeof(low.bytes)) > 0) {
        id = low;
        low = high;
        high = id;
    }

    steps[0] = steps_apply(t->f, low, 2);
    steps[1] = steps_apply(t->f, high, 2);
}


/*
 * One of two statements was refused: each is told its own end.  The server
 * does not apply the second, whose epoch is another, so that what the reply
 * says of it is true.
 */
static void
test_statements_refused(void **state)
{
    size_t      i;
    char        reply[256];
    doubt_t     t = doubt_begin(state);
    inv_step_t *steps[2];

    static const struct {
        int              code;
        inv_reply_kind_t reply;
    } cases[] = {
        { 112, INV_REPLY_BUSY },       /* write conflict */
        { 10334, INV_REPLY_REFUSED },  /* too large */
        { 10107, INV_REPLY_BUSY },     /* not the primary any more */
        { 91, INV_REPLY_UNKNOWN },     /* shutting down */
        { 123456, INV_REPLY_UNKNOWN }, /* nobody knows */
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        two_batches(&t, steps);
        steps[1]->epoch = 5;

        snprintf(reply, sizeof(reply),
                 "{\"ok\": 1, \"n\": 1, \"nModified\": 1, \"writeErrors\":"
                 " [{\"index\": 1, \"code\": %d, \"errmsg\": \"no\"}]}",
                 cases[i].code);

        proxy_once(t.proxy, "update", true, reply);
        assert_int_equal(doubt_run(&t, steps, 2), INV_REPLY_DONE);
        assert_true(proxy_did(t.proxy));
        assert_int_equal(steps[0]->state.stock, 8);

        if (steps[1]->reply != cases[i].reply) {
            fail_msg("code %d: reply %d", cases[i].code, (int) steps[1]->reply);
        }

        assert_false(steps[1]->has_state);
        fixture_check(t.f, steps[0]->product);
        fixture_check(t.f, steps[1]->product);
        steps_free(steps[0]);
        steps_free(steps[1]);
    }

    doubt_end(&t);
}


/*
 * Perhaps not to stay, all of it: what the majority has is applied, and what
 * it has not is in doubt.
 */
static void
test_several_not_to_stay(void **state)
{
    doubt_t     t = doubt_begin(state);
    inv_step_t *steps[2];

    two_batches(&t, steps);
    steps[1]->epoch = 5;

    proxy_once(t.proxy, "update", true,
               "{\"ok\": 1, \"n\": 1, \"nModified\": 1, \"writeConcernError\":"
               " {\"code\": 64, \"errmsg\": \"timed out\"}}");
    assert_int_equal(doubt_run(&t, steps, 2), INV_REPLY_DONE);
    assert_int_equal(steps[0]->state.stock, 8);
    assert_int_equal(steps[1]->reply, INV_REPLY_UNKNOWN);
    steps_free(steps[0]);
    steps_free(steps[1]);

    /* the read after it is lost as well */
    two_batches(&t, steps);
    proxy_once(t.proxy, "find", true, NULL);
    assert_int_equal(doubt_run(&t, steps, 2), INV_REPLY_UNKNOWN);
    assert_true(proxy_did(t.proxy));
    assert_int_equal(steps[1]->reply, INV_REPLY_UNKNOWN);
    assert_int_equal(fixture_read(t.f, steps[1]->product)->catalog.stock, 8);
    steps_free(steps[0]);
    steps_free(steps[1]);

    doubt_end(&t);
}


/* Of several claims one was there before, one gave way, one is made. */
static void
test_claims_refused(void **state)
{
    doubt_t     t = doubt_begin(state);
    int64_t     gen;
    inv_step_t *steps[3];

    steps[0] = claim_step(&t, INV_STEP_CLAIM, NULL);
    steps[1] = claim_step(&t, INV_STEP_CLAIM, NULL);
    steps[2] = claim_step(&t, INV_STEP_CLAIM, NULL);

    proxy_once(t.proxy, "insert", false,
               "{\"ok\": 1, \"n\": 1, \"writeErrors\": ["
               "{\"index\": 0, \"code\": 11000, \"errmsg\": \"E11000\"},"
               "{\"index\": 2, \"code\": 112, \"errmsg\": \"conflict\"}]}");
    assert_int_equal(doubt_run(&t, steps, 3), INV_REPLY_MISSED);
    assert_int_equal(steps[1]->reply, INV_REPLY_DONE);
    assert_int_equal(steps[2]->reply, INV_REPLY_BUSY);

    /* a duplicate of what may not stay */
    proxy_once(t.proxy, "insert", false,
               "{\"ok\": 1, \"n\": 2, \"writeErrors\": ["
               "{\"index\": 0, \"code\": 11000, \"errmsg\": \"E11000\"}],"
               "\"writeConcernError\": {\"code\": 64, \"errmsg\": \"\"}}");
    assert_int_equal(doubt_run(&t, steps, 3), INV_REPLY_UNKNOWN);
    assert_int_equal(steps[1]->reply, INV_REPLY_UNKNOWN);
    assert_int_equal(steps[2]->reply, INV_REPLY_UNKNOWN);

    /* one error for all of them: before the first, or perhaps after it */
    proxy_once(t.proxy, "insert", false,
               "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"not primary\"}");
    assert_int_equal(doubt_run(&t, steps, 3), INV_REPLY_BUSY);
    assert_int_equal(steps[2]->reply, INV_REPLY_BUSY);

    proxy_once(t.proxy, "insert", false,
               "{\"ok\": 0, \"code\": 189, \"errmsg\": \"stepped down\"}");
    assert_int_equal(doubt_run(&t, steps, 3), INV_REPLY_UNKNOWN);
    assert_int_equal(steps[2]->reply, INV_REPLY_UNKNOWN);

    assert_int_equal(recall(&t, steps[1], &gen), -1);
    doubt_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_claim),
        TEST(test_take),
        TEST(test_answer),
        TEST(test_edit),
        TEST(test_delete),
        TEST(test_create),
        TEST(test_tombstone),
        TEST(test_fence),
        TEST(test_apply),
        TEST(test_pull),
        TEST(test_write_concern_errors),
        TEST(test_statements_refused),
        TEST(test_several_not_to_stay),
        TEST(test_claims_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("steps in doubt", tests, fixture_open,
                                       fixture_close);
}
