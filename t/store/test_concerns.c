
/*
 * How commands are asked: where in a sharded ledger, and how durably.
 */


#include "store_proxy.h"
#include "store_steps.h"

#include "../../src/store/inv_store_movements.h"


#define TIMEOUT_MS 20000

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *direct; /* the fixture's own */
    bson_t      *heard;  /* NULL: not asked yet */
    bson_iter_t  next;
} ask_t;


/* From here on the fixture's store is one whose commands are heard. */
static ask_t
ask_begin(void **state)
{
    char                uri[1024];
    ask_t               a = { .f = *state };
    inv_store_options_t options = { uri, 1, TIMEOUT_MS };

    a.proxy = proxy_start(PROXY_PASS);
    a.direct = a.f->store;
    fixture_uri(uri, sizeof(uri), proxy_address(a.proxy), a.f->database);
    a.f->store = inv_store_create(&options);

    return a;
}


static void
ask_end(ask_t *a)
{
    inv_store_destroy(a->f->store);
    a->f->store = a->direct;
    proxy_stop(a->proxy);
    bson_destroy(a->heard);
}


/* Views the next command heard of that name and collection; false: no more. */
static bool
ask_next(ask_t *a, const char *name, const char *collection, bson_t *command)
{
    bson_iter_t iter;

    if (a->heard == NULL) {
        a->heard = proxy_heard(a->proxy);
        assert_true(bson_iter_init(&a->next, a->heard));
    }

    while (bson_iter_next(&a->next)) {
        assert_true(inv_bson_view(&a->next, command));

        if (bson_iter_init_find(&iter, command, name)
            && BSON_ITER_HOLDS_UTF8(&iter)
            && strcmp(bson_iter_utf8(&iter, NULL), collection) == 0)
        {
            return true;
        }
    }

    return false;
}


static bool
ask_has(const bson_t *command, const char *path)
{
    bson_iter_t iter, found;

    return bson_iter_init(&iter, command)
           && bson_iter_find_descendant(&iter, path, &found);
}


static const char *
ask_text(const bson_t *command, const char *path)
{
    bson_iter_t iter, found;

    return bson_iter_init(&iter, command)
                   && bson_iter_find_descendant(&iter, path, &found)
                   && BSON_ITER_HOLDS_UTF8(&found)
               ? bson_iter_utf8(&found, NULL)
               : "none";
}


/* A LOOK by batch and by key, and an INSERT that meets its like. */
static void
test_steps_name_products(void **state)
{
    ask_t          a = ask_begin(state);
    bson_t         command;
    size_t         finds;
    inv_oid_t      batches[2], keys[1];
    inv_step_t    *apply, *look;
    inv_transit_t *transit;

    apply = steps_apply(a.f, fixture_product(a.f, NULL, 10), 2);
    steps_run_one(a.f, apply);
    transit = steps_transit(a.f, apply);
    assert_int_equal(steps_insert(a.f, &transit, 1)->reply, INV_REPLY_DONE);
    assert_int_equal(steps_insert(a.f, &transit, 1)->reply, INV_REPLY_DONE);

    look = steps_step(a.f, INV_STEP_LOOK, apply->product);
    batches[0] = apply->batch;
    batches[1] = steps_id();
    keys[0] = steps_id();
    steps_batches(a.f, look, batches, 2);
    steps_keys(a.f, look, keys, 1);
    assert_int_equal(steps_run_one(a.f, look), 2);
    assert_int_equal(look->nviews, 1);

    for (finds = 0; ask_next(&a, "find", INV_STORE_LEDGER, &command); finds++) {
        if (!ask_has(&command, "filter.productId.$in.0")) {
            fail_msg("find %d names no product", (int) finds);
        }
    }

    assert_int_equal(finds, 3);

    steps_free(look);
    steps_free(apply);
    ask_end(&a);
}


/* What a list picks is read by batch. */
static void
test_lists_name_products(void **state)
{
    ask_t                 a = ask_begin(state);
    bson_t                command;
    size_t                wholes;
    inv_oid_t             id;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(a.f, TIMEOUT_MS);
    inv_movements_query_t query = { .limit = 5 };

    id = fixture_product(a.f, NULL, 10);
    fixture_drain(a.f, id);

    assert_result(call, inv_store_movements(a.f->store, &call, &query, &page),
                  INV_STORE_OK);
    assert_true(page.nitems > 0);

    wholes = 0;

    while (ask_next(&a, "aggregate", INV_STORE_LEDGER, &command)) {
        if (ask_has(&command, "pipeline.0.$match.b")) {
            assert_true(ask_has(&command, "pipeline.0.$match.productId.$in.0"));
            wholes++;
        }
    }

    assert_int_equal(wholes, 1);
    ask_end(&a);
}


/*
 * A pull that is lost is made again by whoever drains next: it waits for
 * nobody.  What it relies on, the insert into the ledger, must stay.
 */
static void
test_pulls_wait_for_nobody(void **state)
{
    ask_t          a = ask_begin(state);
    bson_t         command;
    int64_t        w;
    bson_iter_t    iter, found;
    inv_step_t    *apply, *pull;
    inv_transit_t *transit;

    apply = steps_apply(a.f, fixture_product(a.f, NULL, 10), 2);
    steps_run_one(a.f, apply);
    transit = steps_transit(a.f, apply);
    assert_int_equal(steps_insert(a.f, &transit, 1)->reply, INV_REPLY_DONE);

    pull = steps_step(a.f, INV_STEP_PULL, apply->product);
    steps_batches(a.f, pull, &apply->batch, 1);
    steps_run_one(a.f, pull);
    assert_int_equal(pull->reply, INV_REPLY_DONE);

    assert_true(ask_next(&a, "insert", INV_STORE_LEDGER, &command));
    assert_string_equal(ask_text(&command, "writeConcern.w"), "majority");

    assert_true(ask_next(&a, "update", INV_STORE_PRODUCTS, &command));
    assert_true(bson_iter_init(&iter, &command));
    assert_true(bson_iter_find_descendant(&iter, "writeConcern.w", &found));
    assert_true(inv_bson_get_integer(&found, &w));
    assert_int_equal(w, 1);
    assert_false(ask_has(&command, "writeConcern.j"));

    steps_free(pull);
    steps_free(apply);
    ask_end(&a);
}


/* What has not reached the majority is there as well: it may yet come. */
static void
test_what_a_duplicate_met(void **state)
{
    ask_t       a = ask_begin(state);
    bson_t      command;
    inv_step_t *tombstone;

    static const char none[] = "{\"ok\": 1, \"cursor\": {\"id\": 0, \"ns\":"
                               " \"d.c\", \"firstBatch\": []}}";

    tombstone =
        steps_step(a.f, INV_STEP_TOMBSTONE, fixture_product(a.f, NULL, 10));

    /* a majority read that does not show it */
    proxy_once(a.proxy, "find", false, none);
    steps_run_one(a.f, tombstone);
    assert_int_not_equal(tombstone->reply, INV_REPLY_DONE);

    assert_true(ask_next(&a, "find", INV_STORE_PRODUCTS, &command));
    assert_string_equal(ask_text(&command, "readConcern.level"), "majority");

    assert_true(ask_next(&a, "find", INV_STORE_PRODUCTS, &command));
    assert_string_equal(ask_text(&command, "readConcern.level"), "local");

    steps_free(tombstone);
    ask_end(&a);
}


/* By the index of dirty and _id; see the carrier for why not by _id. */
static void
test_sweeps_go_by_dirty(void **state)
{
    ask_t           a = ask_begin(state);
    bson_t          command;
    inv_step_t     *sweep;
    const inv_oid_t none = { { 0 } };

    fixture_product(a.f, NULL, 10);
    sweep = steps_step(a.f, INV_STEP_SWEEP, none);
    sweep->at = inv_time_now() + 1000;
    steps_run_one(a.f, sweep);
    assert_true(sweep->nviews > 0);

    assert_true(ask_next(&a, "find", INV_STORE_PRODUCTS, &command));
    assert_true(ask_has(&command, "filter.dirty"));
    assert_true(ask_has(&command, "filter.$expr"));
    assert_false(ask_has(&command, "filter._id"));

    steps_free(sweep);
    ask_end(&a);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps_name_products),   TEST(test_lists_name_products),
        TEST(test_pulls_wait_for_nobody), TEST(test_what_a_duplicate_met),
        TEST(test_sweeps_go_by_dirty),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("concerns", tests, fixture_open,
                                       fixture_close);
}
