
/*
 * No reply, whatever is in it, does more harm than one request can bear: those
 * of every step and every reader are recorded once, and then given again and
 * again with something changed.  What this looks for is told by the sanitizers;
 * what comes out is only looked at for being possible at all.
 */

/* link with: -Wl,--wrap=inv_store_command */


#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/store/inv_store_edit.h"
#include "../../src/store/inv_store_movements.h"
#include "../../src/store/inv_store_reconcile.h"
#include "../../src/store/inv_store_skus.h"
#include "store_mutant.h"
#include "store_proxy.h"
#include "store_steps.h"


#define CALL_MS 3000

/* Each of the runs below with so many replies; 31,000 in all. */
#define MUTANTS 1080

/* Through the driver, at a round trip each. */
#define MUTANTS_SENT 600

#define REPLIES_MAX 16

typedef struct {
    bool        recording;
    bson_t     *replies[REPLIES_MAX];
    size_t      n;      /* recorded */
    size_t      at;     /* commands of this run */
    size_t      target; /* whose reply is changed */
    const char *what;
    uint64_t    seed;

    mutate_random_t random;
} mutated_t;

static mutated_t mutated;


inv_store_result_t
__real_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply);
inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply);


/* Which one it was, should the process end. */
static void
mutated_ends(int signal_number)
{
    char text[128];
    int  n;

    n = snprintf(text, sizeof(text), "# %s, seed %llu\n",
                 mutated.what != NULL ? mutated.what : "?",
                 (unsigned long long) mutated.seed);
    (void) !write(STDERR_FILENO, text, (size_t) n);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}


/* The recorded reply that is next, or a changed one of it. */
static bson_t *
mutated_next(void)
{
    size_t i;

    i = mutated.at++;

    if (i < mutated.n && i != mutated.target) {
        return bson_copy(mutated.replies[i]);
    }

    return mutant_of(&mutated.random, mutated.replies[i % mutated.n]);
}


inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply)
{
    bson_t            *body;
    bson_error_t       error;
    inv_store_result_t result;

    if (mutated.recording) {
        result = __real_inv_store_command(link, kind, command, reply);
        assert_true(mutated.n < REPLIES_MAX);
        mutated.replies[mutated.n++] = bson_copy(&reply->body);
        return result;
    }

    if (mutated.n == 0) {
        return __real_inv_store_command(link, kind, command, reply);
    }

    memset(&error, 0, sizeof(error));
    link->call->commands++;

    body = mutated_next();
    reply->code = 0;
    bson_copy_to(body, &reply->body);
    bson_destroy(body);

    result = inv_store_outcome(link, kind, command, true, &error, reply);

    return result == INV_STORE_BUSY && inv_store_only_reads(kind)
               ? INV_STORE_UNAVAILABLE
               : result;
}


static bool
is_count(int64_t n)
{
    return n >= 0 && n <= INV_VERSION_MAX;
}


static void
check_product(inv_arena_t *arena, const inv_product_t *product)
{
    inv_str_t text;

    if (product == NULL || product->deleted) {
        return;
    }

    if (!is_count(product->catalog.stock) || !is_count(product->version)
        || !is_count(product->seq) || product->catalog.price < 0)
    {
        fail_msg("%s, seed %llu: what is shown cannot be", mutated.what,
                 (unsigned long long) mutated.seed);
    }

    assert_true(inv_product_render(arena, product, &text));
}


static void
check_step(inv_arena_t *arena, const inv_step_t *step)
{
    size_t i;

    assert_in_range(step->reply, INV_REPLY_DONE, INV_REPLY_UNKNOWN);

    if (step->has_state) {
        assert_true(is_count(step->state.stock));
        assert_true(is_count(step->state.seq));
        assert_true(is_count(step->state.version));
        assert_true(step->state.epoch >= 0);
    }

    for (i = 0; i < step->nviews; i++) {
        assert_true(step->views[i].from <= step->views[i].to);
    }

    check_product(arena, step->shown);
}


typedef struct {
    fixture_t  *f;
    inv_oid_t   low, high;
    inv_step_t *steps[2];
    size_t      n;
} mutants_t;

typedef void (*mutants_run_pt)(mutants_t *t, inv_store_call_t *call);


static void
run_steps(mutants_t *t, inv_store_call_t *call)
{
    size_t i;

    inv_store_steps(t->f->store, call, t->steps, t->n);

    for (i = 0; i < t->n; i++) {
        check_step(call->arena, t->steps[i]);
        steps_free(t->steps[i]);
        t->steps[i]->has_state = false;
        t->steps[i]->shown = NULL;
    }
}


static void
run_once(mutants_t *t, mutants_run_pt run)
{
    inv_store_call_t call = fixture_call(t->f, CALL_MS);

    call.arena = inv_arena_create();
    assert_non_null(call.arena);
    run(t, &call);
    inv_arena_destroy(call.arena);
}


/* Records what the run is told, and then tells it other things. */
static void
mutate(mutants_t *t, const char *what, mutants_run_pt run)
{
    size_t i;

    mutated = (mutated_t){ .recording = true, .what = what };
    run_once(t, run);
    mutated.recording = false;
    assert_true(mutated.n > 0);

    for (i = 0; i < MUTANTS; i++) {
        mutated.seed = i;
        mutated.at = 0;
        mutated.random.state = i;
        mutated.target = mutate_draw(&mutated.random, (uint32_t) mutated.n);
        run_once(t, run);
    }

    for (i = 0; i < mutated.n; i++) {
        bson_destroy(mutated.replies[i]);
    }

    mutated.n = 0;
}


static mutants_t
mutants_begin(void **state)
{
    mutants_t t;

    memset(&mutated, 0, sizeof(mutated));
    memset(&t, 0, sizeof(t));
    t.f = *state;
    t.low = fixture_product(t.f, NULL, 10);
    t.high = fixture_product(t.f, NULL, 10);

    if (memcmp(t.low.bytes, t.high.bytes, sizeof(t.low.bytes)) > 0) {
        inv_oid_t id = t.low;

        t.low = t.high;
        t.high = id;
    }

    return t;
}


static void
mutate_step(mutants_t *t, const char *what, inv_step_t *step)
{
    t->steps[0] = step;
    t->n = 1;
    mutate(t, what, run_steps);
}


static void
test_stock(void **state)
{
    mutants_t   t = mutants_begin(state);
    inv_step_t *step;

    mutate_step(&t, "apply one", steps_apply(t.f, t.low, 2));

    t.steps[0] = steps_apply(t.f, t.low, 2);
    t.steps[1] = steps_apply(t.f, t.high, 1);
    t.n = 2;
    mutate(&t, "apply two", run_steps);

    step = steps_step(t.f, INV_STEP_READ, t.low);
    step->nkeys = 1;
    mutate_step(&t, "read", step);

    step = steps_step(t.f, INV_STEP_LOOK, t.low);
    steps_batches(t.f, step, (inv_oid_t[]){ t.low, t.high }, 2);
    steps_keys(t.f, step, (inv_oid_t[]){ t.high }, 1);
    step->n = 3;
    mutate_step(&t, "look", step);

    mutate_step(&t, "fence", steps_step(t.f, INV_STEP_FENCE, t.low));
}


static inv_step_t *
catalog_step(mutants_t *t, inv_step_kind_t kind, inv_oid_t id)
{
    inv_step_t              *step;
    inv_store_edit_action_t *own;

    own = inv_arena_alloc(t->f->arena, sizeof(inv_store_edit_action_t));
    assert_non_null(own);
    own->action.product = id;
    own->action.at = inv_time_now();
    own->mode = kind == INV_STEP_CREATE ? INV_WRITE_CREATE : INV_WRITE_MERGE;
    own->input.values.present = INV_MEMBER_NAME | INV_MEMBER_STOCK;
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
test_catalog(void **state)
{
    mutants_t t = mutants_begin(state);

    mutate_step(&t, "edit", catalog_step(&t, INV_STEP_EDIT, t.low));
    mutate_step(&t, "create", catalog_step(&t, INV_STEP_CREATE, steps_id()));
    mutate_step(&t, "create again", catalog_step(&t, INV_STEP_CREATE, t.high));
    mutate_step(&t, "delete", catalog_step(&t, INV_STEP_DELETE, t.low));
    mutate_step(&t, "tombstone",
                steps_step(t.f, INV_STEP_TOMBSTONE, steps_id()));
}


static void
test_claims(void **state)
{
    mutants_t   t = mutants_begin(state);
    inv_step_t *step;

    step = steps_step(t.f, INV_STEP_CLAIM, (inv_oid_t){ { 0 } });
    inv_random(step->record.id, sizeof(step->record.id));
    step->record.nonce = steps_id();
    step->record.by = steps_id();
    step->record.gen = 1;
    step->record.at = inv_time_now();
    mutate_step(&t, "claim", step);
    mutate_step(&t, "claim again", step);

    step->kind = INV_STEP_TAKE;
    step->record.gen = 2;
    mutate_step(&t, "take", step);

    step->kind = INV_STEP_ANSWER;
    step->record.status = 409;
    step->record.answer = inv_str("{}");
    mutate_step(&t, "answer", step);

    step->kind = INV_STEP_RECALL;
    mutate_step(&t, "recall", step);
}


static void
test_ledger(void **state)
{
    mutants_t      t = mutants_begin(state);
    inv_step_t    *apply, *step;
    inv_transit_t *transit;

    apply = steps_apply(t.f, t.low, 3);
    steps_run_one(t.f, apply);
    transit = steps_transit(t.f, apply);

    mutate_step(&t, "outbox", steps_step(t.f, INV_STEP_OUTBOX, t.low));

    step = steps_step(t.f, INV_STEP_SWEEP, (inv_oid_t){ { 0 } });
    step->at = inv_time_now() + 1000;
    mutate_step(&t, "sweep", step);

    step = steps_step(t.f, INV_STEP_INSERT, t.low);
    step->entries = &transit;
    step->nentries = 1;
    mutate_step(&t, "insert", step);
    mutate_step(&t, "insert again", step);

    step = steps_step(t.f, INV_STEP_PULL, t.low);
    steps_batches(t.f, step, (inv_oid_t[]){ apply->batch }, 1);
    mutate_step(&t, "pull", step);

    steps_free(apply);
}


static void
run_products(mutants_t *t, inv_store_call_t *call)
{
    bool           damaged[2];
    size_t         i;
    inv_oid_t      ids[2] = { t->low, t->high };
    inv_product_t *found[2];

    if (inv_store_products_read(t->f->store, call, ids, 2, found, damaged)
        != INV_STORE_OK)
    {
        return;
    }

    for (i = 0; i < 2; i++) {
        check_product(call->arena, found[i]);
    }
}


static void
run_by_sku(mutants_t *t, inv_store_call_t *call)
{
    bool            damaged[2];
    size_t          i;
    inv_product_t  *found[2];
    const inv_str_t skus[] = { inv_str("sku"), inv_str("none") };

    if (inv_store_products_by_sku(t->f->store, call, skus, 2, found, damaged)
        != INV_STORE_OK)
    {
        return;
    }

    for (i = 0; i < 2; i++) {
        check_product(call->arena, found[i]);
    }
}


static void
run_page(mutants_t *t, inv_store_call_t *call)
{
    inv_str_t        text, next;
    inv_page_t       page;
    inv_page_query_t query;

    memset(&query, 0, sizeof(query));
    query.limit = 2;
    query.page = 1;

    if (inv_store_products_page(t->f->store, call, &query, &page)
        == INV_STORE_OK) {
        assert_true(page.nitems <= 2);
        assert_true(inv_page_render(call->arena, &query, &page, &text, &next));
    }
}


static void
run_movements(mutants_t *t, inv_store_call_t *call)
{
    inv_movements_t       page;
    inv_movements_query_t query;

    memset(&query, 0, sizeof(query));
    query.limit = 5;

    if (inv_store_movements(t->f->store, call, &query, &page) == INV_STORE_OK) {
        assert_true(page.nitems <= 5);
    }
}


static void
run_movements_of(mutants_t *t, inv_store_call_t *call)
{
    inv_movements_t       page;
    inv_movements_query_t query;

    memset(&query, 0, sizeof(query));
    query.limit = 5;
    query.has_product = true;
    query.product = t->low;

    if (inv_store_movements_of_product(t->f->store, call, &query, &page)
        == INV_STORE_OK)
    {
        assert_true(page.nitems <= 5);
    }
}


static void
run_reconcile(mutants_t *t, inv_store_call_t *call)
{
    inv_str_t             text;
    inv_reconcile_t       report;
    inv_reconcile_query_t query;

    memset(&query, 0, sizeof(query));
    query.has_product = true;
    query.product = t->low;
    query.repair = true;

    if (inv_store_reconcile(t->f->store, call, &query, &fixture_actor, &report)
        == INV_STORE_OK)
    {
        assert_true(inv_reconcile_render(call->arena, &report, &text));
    }
}


static void
test_reads(void **state)
{
    mutants_t   t = mutants_begin(state);
    inv_step_t *apply;

    (void) fixture_product(t.f, "sku", 1);

    apply = steps_apply(t.f, t.low, 3);
    steps_run_one(t.f, apply);
    steps_free(apply);
    fixture_drain(t.f, t.low);

    apply = steps_apply(t.f, t.low, 2);
    steps_run_one(t.f, apply);
    steps_free(apply);

    mutate(&t, "products", run_products);
    mutate(&t, "products by sku", run_by_sku);
    mutate(&t, "page", run_page);
    mutate(&t, "movements", run_movements);
    mutate(&t, "movements of a product", run_movements_of);
    mutate(&t, "reconcile", run_reconcile);
}


static void
run_ping(mutants_t *t, inv_store_call_t *call)
{
    (void) inv_store_ping(t->f->store, call);
}


static void
run_prepare(mutants_t *t, inv_store_call_t *call)
{
    inv_store_builds_t builds;

    memset(&builds, 0, sizeof(builds));
    (void) inv_store_prepare(t->f->store, call, &builds);
}


static void
test_rest(void **state)
{
    bson_t    command;
    mutants_t t = mutants_begin(state);

    mutate(&t, "ping", run_ping);
    mutate(&t, "indexes", run_prepare);

    bson_init(&command);
    BCON_APPEND(&command, "dropIndexes", BCON_UTF8(INV_STORE_PRODUCTS), "index",
                BCON_UTF8("*"));
    fixture_command(t.f, &command);
    bson_destroy(&command);

    mutate(&t, "indexes that are missing", run_prepare);
}


/* A changed reply as text; NULL: it cannot be one. */
static char *
driver_reply(const bson_t *real)
{
    char   *json;
    bson_t *reply, *parsed;

    reply = mutant_of(&mutated.random, real);
    json = bson_as_canonical_extended_json(reply, NULL);
    bson_destroy(reply);

    parsed = json != NULL ? bson_new_from_json((const uint8_t *) json, -1, NULL)
                          : NULL;

    if (parsed == NULL) {
        bson_free(json);
        return NULL;
    }

    bson_destroy(parsed);

    return json;
}


/* Replies that the driver reads before us. */
static void
test_driver(void **state)
{
    char                uri[1024], *json;
    size_t              i;
    bson_t             *real;
    proxy_t            *proxy;
    mutants_t           t = mutants_begin(state);
    inv_store_t        *store;
    inv_store_call_t    call;
    inv_store_options_t options = { uri, 4, CALL_MS };

    proxy = proxy_start(PROXY_PASS);
    fixture_uri(uri, sizeof(uri), proxy_address(proxy), t.f->database);
    store = inv_store_create(&options);
    real = BCON_NEW("ok", BCON_INT32(1), "n", BCON_INT32(1), "lastErrorObject",
                    "{", "n", BCON_INT32(1), "}", "value", "{", "stock",
                    BCON_INT64(1), "outbox", "[", "]", "}");

    t.steps[0] = steps_apply(t.f, t.low, 1);

    for (i = 0; i < MUTANTS_SENT; i++) {
        mutated.what = "driver";
        mutated.seed = i;
        mutated.random.state = i;

        json = driver_reply(real);

        if (json == NULL) {
            continue;
        }

        proxy_once(proxy, "findAndModify", false, json);
        call = fixture_call(t.f, CALL_MS);
        inv_store_steps(store, &call, t.steps, 1);
        assert_true(proxy_did(proxy));
        check_step(call.arena, t.steps[0]);
        steps_free(t.steps[0]);
        t.steps[0]->has_state = false;
        bson_free(json);
    }

    bson_destroy(real);
    inv_store_destroy(store);
    proxy_stop(proxy);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stock),  TEST(test_catalog), TEST(test_claims),
        TEST(test_ledger), TEST(test_reads),   TEST(test_rest),
        TEST(test_driver),
    };

    signal(SIGABRT, mutated_ends);
    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("mutated", tests, fixture_open,
                                       fixture_close);
}
