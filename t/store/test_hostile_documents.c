
/*
 * Damaged documents, thousands of them: whatever stands in the collections,
 * nothing is read out of bounds or overflows (under the sanitizers), no list
 * fails because of one document, and no number is told that cannot be.
 */


/* link with: -Wl,--wrap=inv_store_command,--wrap=inv_store_link_open */
/* link with: -Wl,--wrap=inv_store_link_close,--wrap=inv_store_pause */


#include <stdlib.h>

#include "hostile_database.h"
#include "../unit/test_protocol.h"
#include "../../src/store/inv_store_movements.h"
#include "../../src/store/inv_store_page.h"
#include "../../src/store/inv_store_reconcile.h"
#include "../../src/store/inv_store_skus.h"
#include "../../src/store/inv_store_steps.h"


/* Numbers of the seeds, from 1, and replies of each kind and reader. */
#define SEEDS  30
#define ROUNDS 25

/* Steps of one machine; what is in doubt then would be so for ever. */
#define STEPS_MAX 40

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))


static inv_store_call_t
call_in(inv_arena_t *arena)
{
    inv_store_call_t call;

    memset(&call, 0, sizeof(call));
    call.arena = arena;
    call.deadline = inv_time_monotonic() + FIXTURE_TIMEOUT_MS;

    return call;
}


static inv_oid_t
product_id(void)
{
    return hostile_id(HOSTILE_PRODUCT, 0);
}


static void
fail_with(const char *what)
{
    char *json = bson_as_canonical_extended_json(hostile.last, NULL);

    fail_msg("%s: after %s", what, json != NULL ? json : "a reply");
}


/* What may not be, however damaged the documents are. */
#define MUST(condition)        \
    if (!(condition)) {        \
        fail_with(#condition); \
    }


static bool
is_amount(int64_t n)
{
    return n >= -INV_STOCK_MAX && n <= INV_STOCK_MAX;
}


static bool
documents_only(void)
{
    return hostile.kind == HOSTILE_DOCUMENTS;
}


static void
read_products(inv_arena_t *arena)
{
    bool             damaged;
    inv_oid_t        id = product_id();
    inv_str_t        text, sku = inv_str("A-1");
    inv_product_t   *found;
    inv_store_call_t call = call_in(arena);

    if (inv_store_products_read(NULL, &call, &id, 1, &found, &damaged)
            == INV_STORE_OK
        && found != NULL)
    {
        MUST(inv_product_render(arena, found, &text));
    }

    (void) inv_store_products_by_sku(NULL, &call, &sku, 1, &found, &damaged);
}


static void
list_products(inv_arena_t *arena)
{
    inv_page_t       page;
    inv_str_t        text, next;
    inv_store_call_t call = call_in(arena);
    inv_page_query_t query = { .limit = 20, .page = 1 };

    query.page = mutate_draw(&hostile.random, 2);

    if (inv_store_products_page(NULL, &call, &query, &page) == INV_STORE_OK) {
        MUST(inv_page_render(arena, &query, &page, &text, &next));
    }
}


static void
check_movements(inv_arena_t *arena, const inv_movements_query_t *query,
                const inv_movements_t *page)
{
    size_t    i;
    inv_str_t text, next;

    for (i = 0; i < page->nitems; i++) {
        MUST(page->items[i].seq >= 1 && page->items[i].seq <= INV_STOCK_MAX);
        MUST(is_amount(page->items[i].delta));
        MUST(page->items[i].at >= INV_TIME_MIN
             && page->items[i].at <= INV_TIME_MAX);
    }

    MUST(inv_movements_render(arena, query, page, &text, &next));
}


static void
list_movements(inv_arena_t *arena)
{
    inv_movements_t       page;
    inv_store_call_t      call = call_in(arena);
    inv_store_result_t    result;
    inv_movements_query_t query = { .limit = 50 };

    if (mutate_draw(&hostile.random, 2)) {
        query.has_type = true;
        query.type = INV_MOVE_PURCHASE;
    }

    result = inv_store_movements(NULL, &call, &query, &page);
    MUST(result == INV_STORE_OK || !documents_only()
         || result == INV_STORE_BUSY);

    if (result == INV_STORE_OK) {
        check_movements(arena, &query, &page);
    }
}


static void
list_movements_of_product(inv_arena_t *arena)
{
    inv_movements_t       page;
    inv_store_call_t      call = call_in(arena);
    inv_store_result_t    result;
    inv_movements_query_t query = { .limit = 5, .has_product = true };

    query.product = product_id();
    query.has_after = mutate_draw(&hostile.random, 2);
    query.after.seq = 6;

    result = inv_store_movements_of_product(NULL, &call, &query, &page);
    MUST(result == INV_STORE_OK || !documents_only()
         || result == INV_STORE_NOT_FOUND);

    if (result == INV_STORE_OK) {
        check_movements(arena, &query, &page);
    }
}


static void
reconcile(inv_arena_t *arena)
{
    inv_str_t             text;
    inv_reconcile_t       report;
    inv_store_call_t      call = call_in(arena);
    inv_store_result_t    result;
    inv_reconcile_query_t query = { .repair = true };

    query.has_product = mutate_draw(&hostile.random, 2);
    query.product = product_id();

    /* unknown: whether it was repaired, where what is shown is no document */
    result = inv_store_reconcile(NULL, &call, &query, &fixture_actor, &report);
    MUST(result == INV_STORE_OK || !documents_only()
         || result == INV_STORE_NOT_FOUND || result == INV_STORE_UNKNOWN);

    if (result == INV_STORE_OK) {
        MUST(inv_reconcile_render(arena, &report, &text));
    }
}


/* What the machine takes for given. */
static void
check_step(const inv_step_t *step)
{
    size_t                  i;
    const inv_entry_view_t *view;

    if (step->has_state) {
        MUST(inv_stock_is_valid(step->state.stock)
             && inv_stock_is_valid(step->state.seq)
             && inv_stock_is_valid(step->state.version)
             && inv_stock_is_valid(step->state.epoch));
    }

    for (i = 0; i < step->nviews; i++) {
        view = &step->views[i];
        MUST(view->from >= 1 && view->from <= view->to
             && view->to <= INV_STOCK_MAX);
        MUST(view->ops == NULL
             || view->nops == (size_t) (view->to - view->from + 1));
    }

    if (step->kind == INV_STEP_RECALL && step->reply == INV_REPLY_DONE) {
        MUST(step->found.gen >= 1 && step->found.gen <= INV_STOCK_MAX);
        MUST(step->found.status == 0
             || (step->found.status >= 200 && step->found.status < 500));
    }
}


static void
free_step(inv_step_t *step)
{
    size_t i;

    for (i = 0; i < step->nviews; i++) {
        inv_store_payload_free(step->views[i].payload);
    }

    inv_store_payload_free(step->payload);
    inv_arena_destroy(step->arena);
}


/* Steps that only ask, as the machine makes them. */
static void
carry_out_steps(inv_arena_t *arena)
{
    inv_oid_t        keys[2], batches[1];
    inv_step_t       step, *steps[1] = { &step };
    inv_store_call_t call = call_in(arena);

    static const inv_step_kind_t kinds[] = {
        INV_STEP_READ, INV_STEP_READ,   INV_STEP_FENCE, INV_STEP_LOOK,
        INV_STEP_LOOK, INV_STEP_OUTBOX, INV_STEP_SWEEP, INV_STEP_RECALL,
    };

    keys[0] = hostile_id(HOSTILE_KEY, 5);
    keys[1] = hostile_id(HOSTILE_KEY, 9);
    batches[0] = hostile_id(HOSTILE_BATCH, 2);

    memset(&step, 0, sizeof(step));
    step.kind = kinds[mutate_draw(&hostile.random, COUNT(kinds))];
    step.product = product_id();
    step.at = inv_time_now();
    step.keys = keys;
    step.nkeys = mutate_draw(&hostile.random, 2) * 2;
    step.batches = batches;
    step.nbatches = step.kind == INV_STEP_LOOK;

    inv_store_steps(NULL, &call, steps, 1);
    check_step(&step);
    free_step(&step);
}


static void
make_move(inv_action_t *action, inv_claim_t *claim, unsigned line,
          int64_t delta)
{
    memset(action, 0, sizeof(*action));
    action->kind = INV_ACTION_MOVE;
    action->type = delta < 0 ? INV_MOVE_PURCHASE : INV_MOVE_RESTOCK;
    action->product = product_id();
    action->delta = delta;
    action->claim = claim;
    action->line = line;
    action->at = inv_time_now();
}


/* Batches of two products in one command, read afterwards. */
static void
apply_two(inv_arena_t *arena)
{
    size_t           i;
    inv_step_t       pair[2], *steps[2] = { &pair[0], &pair[1] };
    inv_action_t     moves[2], *actions[2] = { &moves[0], &moves[1] };
    inv_store_call_t call = call_in(arena);

    memset(pair, 0, sizeof(pair));

    for (i = 0; i < 2; i++) {
        make_move(&moves[i], NULL, 0, -1);
        pair[i].kind = INV_STEP_APPLY;
        pair[i].product =
            i == 0 ? product_id() : hostile_id(HOSTILE_BATCH, 255);
        pair[i].batch = hostile_id(HOSTILE_BATCH, 10);
        pair[i].actions = &actions[i];
        pair[i].n = 1;
        pair[i].sum = -1;
        pair[i].guards_stock = pair[i].guards_epoch = true;
    }

    inv_store_steps(NULL, &call, steps, 2);

    for (i = 0; i < 2; i++) {
        check_step(&pair[i]);
        free_step(&pair[i]);
    }
}


/* What reads a product before it writes. */
static void
edit_or_delete(inv_arena_t *arena)
{
    inv_step_t              step, *steps[1] = { &step };
    inv_action_t           *actions[1];
    inv_store_call_t        call = call_in(arena);
    inv_store_edit_action_t own;

    memset(&own, 0, sizeof(own));
    make_move(&own.action, NULL, 0, -1);
    own.mode = INV_WRITE_MERGE;
    own.input.values.present = INV_MEMBER_NAME | INV_MEMBER_STOCK;
    own.input.values.name = inv_str("another");
    own.input.values.stock = mutate_draw(&hostile.random, 9);
    actions[0] = &own.action;

    memset(&step, 0, sizeof(step));
    step.kind =
        mutate_draw(&hostile.random, 3) != 0 ? INV_STEP_EDIT : INV_STEP_DELETE;
    step.product = product_id();
    step.batch = hostile_id(HOSTILE_BATCH, 10);
    step.actions = actions;
    step.n = 1;
    step.guards_epoch = step.guards_edits = true;

    inv_store_steps(NULL, &call, steps, 1);
    free_step(&step);
}


static void
check_told(const inv_action_t *action)
{
    if (action->verdict == INV_VERDICT_OK) {
        MUST(action->seq >= 1 && action->seq <= INV_STOCK_MAX);
        MUST(inv_stock_is_valid(action->after));
        MUST(inv_stock_is_valid(action->version));
    }

    if (action->verdict == INV_VERDICT_OUT_OF_STOCK
        || action->verdict == INV_VERDICT_ABOVE_MAX)
    {
        MUST(inv_stock_is_valid(action->available));
    }
}


/* Its steps against the database, until nothing is left or it goes in circles */
static void
run_machine(rig_t *rig, inv_arena_t *arena)
{
    unsigned         n;
    inv_step_t      *step;
    inv_store_call_t call;

    for (n = 0; n < STEPS_MAX; n++) {
        step = rig_next(rig);

        if (step == NULL) {
            if (!rig_wake(rig)) {
                return;
            }

            continue;
        }

        call = call_in(arena);
        inv_store_steps(NULL, &call, &step, 1);
        check_step(step);
        inv_protocol_reply(rig->machine, step, rig->now);
        inv_protocol_tell(rig->machine);
    }
}


static void
move(rig_t *rig, inv_action_t *action, inv_claim_t *claim, unsigned line,
     int64_t delta)
{
    make_move(action, claim, line, delta);
    assert_true(inv_protocol_submit(rig->machine, action, rig->now));
}


/* Purchases, one of them with a key that is known already. */
static void
drive_machine(inv_arena_t *arena)
{
    rig_t        rig;
    size_t       i;
    inv_claim_t  claim;
    inv_action_t actions[4];

    rig_create(&rig);

    memset(&claim, 0, sizeof(claim));
    claim.record.nonce = hostile_id(HOSTILE_KEY, 0);
    assert_true(inv_claim_open(rig.machine, &claim, rig.now));

    move(&rig, &actions[0], NULL, 0, -1);
    move(&rig, &actions[1], NULL, 0, INV_QUANTITY_MAX);
    move(&rig, &actions[2], &claim, 5, -1);
    move(&rig, &actions[3], &claim, 9, -7);

    run_machine(&rig, arena);

    for (i = 0; i < COUNT(actions); i++) {
        check_told(&actions[i]);
    }

    inv_protocol_destroy(rig.machine);
}


static void (*const readers[])(inv_arena_t *arena) = {
    read_products, list_products,   list_movements,  list_movements_of_product,
    reconcile,     carry_out_steps, carry_out_steps, drive_machine,
    apply_two,     edit_or_delete,
};


static void
read_all(hostile_kind_t kind)
{
    size_t       i, round;
    uint64_t     seed;
    inv_arena_t *arena;

    hostile.kind = kind;
    hostile_begin();

    for (seed = 1; seed <= SEEDS; seed++) {
        hostile.random.state = seed;

        for (round = 0; round < ROUNDS; round++) {
            for (i = 0; i < COUNT(readers); i++) {
                arena = inv_arena_create();
                readers[i](arena);
                inv_arena_destroy(arena);
            }
        }
    }

    hostile_end();
}


static void
test_documents(void **state)
{
    read_all(HOSTILE_DOCUMENTS);
}


static void
test_replies(void **state)
{
    read_all(HOSTILE_REPLIES);
}


static void
test_bytes(void **state)
{
    read_all(HOSTILE_BYTES);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_bytes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("hostile documents", tests, NULL, NULL);
}
