
/*
 * A reply that cannot be read to its end, or lacks what it must have, says
 * nothing: what it does not show is in doubt, and never "not there", which
 * would have the machine send again what has been applied.
 */

/* link with: -Wl,--wrap=inv_store_command */


#include "../../src/store/inv_store_movements.h"
#include "../../src/store/inv_store_reconcile.h"
#include "../../src/store/inv_store_skus.h"
#include "../../src/store/inv_store_step.h"
#include "store_steps.h"


/* The tag of an element of that type; no BSON has this one. */
#define NO_TYPE 0x55

/* No element: its length, and the end. */
#define EMPTY 5

/* What happens to the replies to commands of one name. */
static struct {
    const char *command; /* NULL: nothing happens */
    const char *path;    /* to what has no type of its first element any more */
    const char *instead; /* extended JSON, in place of what the server said */
    unsigned    first;   /* these are let through */
    unsigned    done;
} illegible;


inv_store_result_t
__real_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply);
inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply);


/* False: the reply has no such array or document, or nothing in it. */
static bool
break_at(const bson_t *body, const char *path)
{
    bson_t      view;
    bson_iter_t iter, found;

    if (!bson_iter_init(&iter, body)
        || !bson_iter_find_descendant(&iter, path, &found)
        || !inv_bson_view(&found, &view) || view.len == EMPTY)
    {
        return false;
    }

    ((uint8_t *) bson_get_data(&view))[sizeof(uint32_t)] = NO_TYPE;

    return true;
}


inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply)
{
    bson_t            *body;
    bson_iter_t        iter;
    bson_error_t       error;
    inv_store_result_t result;

    result = __real_inv_store_command(link, kind, command, reply);

    if (illegible.command == NULL || !bson_iter_init(&iter, command)
        || !bson_iter_next(&iter)
        || strcmp(bson_iter_key(&iter), illegible.command) != 0)
    {
        return result;
    }

    if (illegible.first != 0) {
        illegible.first--;
        return result;
    }

    if (illegible.instead != NULL) {
        body =
            bson_new_from_json((const uint8_t *) illegible.instead, -1, &error);
        assert_non_null(body);
        bson_destroy(&reply->body);
        bson_copy_to(body, &reply->body);
        bson_destroy(body);
    }

    if (illegible.path == NULL || break_at(&reply->body, illegible.path)) {
        illegible.done++;
    }

    memset(&error, 0, sizeof(error));

    return inv_store_outcome(link, kind, command, true, &error, reply);
}


static void
broken(const char *command, const char *path)
{
    memset(&illegible, 0, sizeof(illegible));
    illegible.command = command;
    illegible.path = path;
}


static void
told(const char *command, const char *instead)
{
    memset(&illegible, 0, sizeof(illegible));
    illegible.command = command;
    illegible.instead = instead;
}


/* It must have happened; from now on nothing happens. */
static void
legible(void)
{
    illegible.command = NULL;
    assert_int_not_equal(illegible.done, 0);
}


static void
assert_reply(inv_step_t *step, inv_reply_kind_t reply, const char *what)
{
    if (step->reply != reply || step->nviews != 0 || step->has_state) {
        fail_msg("%s: reply %d, views %zu, state %d: %s", what,
                 (int) step->reply, step->nviews, (int) step->has_state,
                 steps_error());
    }
}


/* A step of that kind, whose reply was broken, comes to that. */
static void
check_step(fixture_t *f, inv_step_t *step, inv_reply_kind_t reply,
           const char *what)
{
    steps_run_one(f, step);
    legible();
    assert_reply(step, reply, what);
    steps_free(step);
}


/* A product with a purchase in its outbox, and one in the ledger. */
static inv_oid_t
moved_product(fixture_t *f, const char *sku, inv_oid_t *drained)
{
    inv_oid_t   id;
    inv_step_t *step;

    id = fixture_product(f, sku, 10);

    step = steps_apply(f, id, 1);
    steps_run_one(f, step);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    *drained = step->batch;
    steps_free(step);

    fixture_drain(f, id);

    step = steps_apply(f, id, 1);
    steps_run_one(f, step);
    assert_int_equal(step->reply, INV_REPLY_DONE);
    steps_free(step);

    return id;
}


static inv_step_t *
look_step(fixture_t *f, inv_oid_t id, inv_oid_t batch)
{
    inv_step_t *step;

    step = steps_step(f, INV_STEP_LOOK, id);
    steps_batches(f, step, &batch, 1);

    return step;
}


/* The reply's own array: of none of what was asked for is anything known. */
static void
test_batches(void **state)
{
    inv_oid_t   id, batch;
    fixture_t  *f = *state;
    inv_step_t *step;

    static const char batch_array[] = "cursor.firstBatch";

    id = moved_product(f, NULL, &batch);

    broken("find", batch_array);
    check_step(f, look_step(f, id, batch), INV_REPLY_UNAVAILABLE, "LOOK");

    broken("find", batch_array);
    check_step(f, steps_step(f, INV_STEP_READ, id), INV_REPLY_UNAVAILABLE,
               "READ");

    broken("find", batch_array);
    check_step(f, steps_step(f, INV_STEP_OUTBOX, id), INV_REPLY_UNAVAILABLE,
               "OUTBOX");

    broken("find", batch_array);
    step = steps_step(f, INV_STEP_SWEEP, (inv_oid_t){ { 0 } });
    step->at = inv_time_now() + 60000;
    check_step(f, step, INV_REPLY_UNAVAILABLE, "SWEEP");
}


/* What was found by its _id is not "not there" where it does not show it. */
static void
test_ids(void **state)
{
    bool             damaged;
    inv_oid_t        id, batch;
    fixture_t       *f = *state;
    inv_product_t   *product;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    static const char document[] = "cursor.firstBatch.0";

    id = moved_product(f, NULL, &batch);

    broken("find", document);
    check_step(f, steps_step(f, INV_STEP_READ, id), INV_REPLY_UNAVAILABLE,
               "READ");

    broken("find", document);
    check_step(f, steps_step(f, INV_STEP_OUTBOX, id), INV_REPLY_UNAVAILABLE,
               "OUTBOX");

    broken("find", document);
    check_step(f, look_step(f, id, batch), INV_REPLY_REFUSED, "LOOK");

    broken("find", document);
    assert_result(
        call,
        inv_store_products_read(f->store, &call, &id, 1, &product, &damaged),
        INV_STORE_UNAVAILABLE);
    legible();
}


/* An array inside one document: that document is damaged. */
static void
test_outboxes(void **state)
{
    inv_oid_t   id, batch, key;
    fixture_t  *f = *state;
    inv_step_t *step;

    id = moved_product(f, NULL, &batch);
    key = steps_id();

    broken("findAndModify", "value.outbox");
    check_step(f, steps_step(f, INV_STEP_FENCE, id), INV_REPLY_REFUSED,
               "FENCE");

    /* whose entry it is does not show either */
    broken("findAndModify", "value.outbox.0");
    check_step(f, steps_step(f, INV_STEP_FENCE, id), INV_REPLY_REFUSED,
               "FENCE's entry");

    broken("findAndModify", "value.outbox.0.ops");
    check_step(f, steps_step(f, INV_STEP_FENCE, id), INV_REPLY_REFUSED,
               "FENCE's ops");

    broken("find", "cursor.firstBatch.0.outbox");
    check_step(f, steps_step(f, INV_STEP_READ, id), INV_REPLY_REFUSED, "READ");

    broken("find", "cursor.firstBatch.0.outbox");
    step = steps_step(f, INV_STEP_READ, id);
    steps_keys(f, step, &key, 1);
    check_step(f, step, INV_REPLY_REFUSED, "READ with keys");

    broken("find", "cursor.firstBatch.0.outbox");
    check_step(f, steps_step(f, INV_STEP_OUTBOX, id), INV_REPLY_REFUSED,
               "OUTBOX");

    broken("find", "cursor.firstBatch.0.ops");
    check_step(f, look_step(f, id, batch), INV_REPLY_REFUSED, "LOOK");
}


static inv_step_t *
claim_step(fixture_t *f, inv_step_kind_t kind, const inv_step_t *of)
{
    inv_step_t *step;

    step = steps_step(f, kind, (inv_oid_t){ { 0 } });

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


static void
test_claims(void **state)
{
    fixture_t  *f = *state;
    inv_step_t *claim, *step;

    claim = claim_step(f, INV_STEP_CLAIM, NULL);
    steps_run_one(f, claim);
    assert_int_equal(claim->reply, INV_REPLY_DONE);

    broken("find", "cursor.firstBatch");
    check_step(f, claim_step(f, INV_STEP_RECALL, claim), INV_REPLY_UNAVAILABLE,
               "RECALL");

    broken("find", "cursor.firstBatch.0");
    check_step(f, claim_step(f, INV_STEP_RECALL, claim), INV_REPLY_UNAVAILABLE,
               "RECALL's claim");

    told("findAndModify", "{\"ok\": 1}");
    step = claim_step(f, INV_STEP_TAKE, claim);
    step->record.gen = 2;
    check_step(f, step, INV_REPLY_UNKNOWN, "TAKE");

    /* stored, and not told how many were */
    told("update", "{\"ok\": 1}");
    step = claim_step(f, INV_STEP_ANSWER, claim);
    step->record.gen = 2;
    step->record.status = 200;
    step->record.answer = inv_str("{}");
    check_step(f, step, INV_REPLY_DONE, "ANSWER");
}


/* Carried out, but the reply does not show it. */
static void
test_values(void **state)
{
    size_t     i;
    inv_oid_t  id;
    fixture_t *f = *state;

    static const char *const cases[] = {
        "{\"ok\": 1}",
        "{\"ok\": 1, \"value\": 7}",
        "{\"ok\": 1, \"value\": []}",
        "{\"ok\": 1, \"value\": null, \"lastErrorObject\": {\"n\": 1}}",
        "{\"ok\": 1, \"lastErrorObject\": {\"n\": 1}}",
        "{\"ok\": 1, \"lastErrorObject\": {}}",
    };

    id = fixture_product(f, NULL, 100);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        told("findAndModify", cases[i]);
        check_step(f, steps_apply(f, id, 1), INV_REPLY_UNKNOWN, cases[i]);

        told("findAndModify", cases[i]);
        check_step(f, steps_step(f, INV_STEP_FENCE, id), INV_REPLY_UNKNOWN,
                   cases[i]);
    }
}


/* Nothing matched: so says MongoDB, and so may others say it. */
static void
test_no_value(void **state)
{
    size_t     i;
    inv_oid_t  id;
    fixture_t *f = *state;

    static const char *const cases[] = {
        "{\"ok\": 1, \"value\": null}",
        "{\"ok\": 1, \"value\": null, \"lastErrorObject\": {\"n\": 0}}",
        "{\"ok\": 1, \"lastErrorObject\": {\"n\": 0}}",
    };

    id = steps_id();
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        told("findAndModify", cases[i]);
        check_step(f, steps_apply(f, id, 1), INV_REPLY_MISSED, cases[i]);
    }
}


/* A clash with what cannot be seen is not a sku that is taken. */
static void
test_clash(void **state)
{
    fixture_t       *f = *state;
    inv_product_t   *found;
    inv_store_link_t link;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(call, inv_store_link_open(&link, f->store, &call),
                  INV_STORE_OK);

    /* what the majority has, and then what this member has */
    told("find", "{\"ok\": 1}");
    illegible.first = 1;
    assert_int_equal(inv_store_create_clash(&link, steps_id(), &found),
                     INV_STORE_UNKNOWN);
    legible();

    inv_store_link_close(&link);
}


/* No reader takes half a batch for all of it. */
static void
test_products(void **state)
{
    bool             damaged;
    inv_oid_t        id, batch, asked;
    inv_str_t        sku = inv_str("CAP-1");
    fixture_t       *f = *state;
    inv_page_t       page;
    inv_product_t   *product;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_page_query_t query;

    id = moved_product(f, "CAP-1", &batch);

    broken("find", "cursor.firstBatch");
    assert_result(
        call,
        inv_store_products_read(f->store, &call, &id, 1, &product, &damaged),
        INV_STORE_UNAVAILABLE);
    legible();

    broken("find", "cursor.firstBatch");
    assert_result(call, inv_store_skus_find(f->store, &call, &sku, 1, &asked),
                  INV_STORE_UNAVAILABLE);
    legible();

    memset(&query, 0, sizeof(query));
    query.limit = 10;
    broken("find", "cursor.firstBatch");
    assert_result(call, inv_store_products_page(f->store, &call, &query, &page),
                  INV_STORE_UNAVAILABLE);
    legible();
}


static void
test_movements(void **state)
{
    inv_oid_t             batch;
    fixture_t            *f = *state;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_movements_query_t query;

    memset(&query, 0, sizeof(query));
    query.limit = 5;
    query.product = moved_product(f, NULL, &batch);

    broken("aggregate", "cursor.firstBatch");
    assert_result(call, inv_store_movements(f->store, &call, &query, &page),
                  INV_STORE_UNAVAILABLE);
    legible();

    broken("aggregate", "cursor.firstBatch");
    assert_result(
        call, inv_store_movements_of_product(f->store, &call, &query, &page),
        INV_STORE_UNAVAILABLE);
    legible();

    /* the newest ones cannot be shown, which is told */
    broken("find", "cursor.firstBatch.0.outbox");
    assert_result(
        call, inv_store_movements_of_product(f->store, &call, &query, &page),
        INV_STORE_OK);
    legible();
    assert_int_equal(page.nitems, 2);
    assert_int_not_equal(call.damaged, 0);
}


static void
test_reconcile(void **state)
{
    inv_oid_t             batch;
    fixture_t            *f = *state;
    inv_reconcile_t       report;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_reconcile_query_t query;

    memset(&query, 0, sizeof(query));
    query.has_product = true;
    query.product = moved_product(f, NULL, &batch);

    broken("find", "cursor.firstBatch");
    assert_result(
        call,
        inv_store_reconcile(f->store, &call, &query, &fixture_actor, &report),
        INV_STORE_UNAVAILABLE);
    legible();

    /* a repair would make up for what is only not legible */
    query.repair = true;
    broken("find", "cursor.firstBatch.0.outbox");
    assert_result(
        call,
        inv_store_reconcile(f->store, &call, &query, &fixture_actor, &report),
        INV_STORE_OK);
    legible();
    assert_int_equal(report.n, 1);
    assert_true(report.differences[0].damaged);
    fixture_check(f, query.product);
}


static int
begin(void **state)
{
    illegible.command = NULL;

    return fixture_begin(state);
}


#define TEST_LEGIBLE(name) \
    cmocka_unit_test_setup_teardown(name, begin, fixture_end)


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_LEGIBLE(test_batches),   TEST_LEGIBLE(test_ids),
        TEST_LEGIBLE(test_outboxes),  TEST_LEGIBLE(test_claims),
        TEST_LEGIBLE(test_values),    TEST_LEGIBLE(test_no_value),
        TEST_LEGIBLE(test_clash),     TEST_LEGIBLE(test_products),
        TEST_LEGIBLE(test_movements), TEST_LEGIBLE(test_reconcile),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("illegible", tests, fixture_open,
                                       fixture_close);
}
