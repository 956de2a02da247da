
/*
 * The machine over a network that fails, with the real server behind it:
 * however a write is lost, it is done once, and its answer is true.
 */


#include <stdatomic.h>
#include <unistd.h>

#include "store_machine.h"
#include "store_proxy.h"


#define TIMEOUT_MS 5000

/* The driver takes half a second to find a server again that it has lost. */
#define LOSSES   6
#define PAUSE_US 50000

typedef struct {
    fixture_t   *f;
    proxy_t     *proxy;
    inv_store_t *store; /* through the proxy */
    machine_t   *machine;
} doubt_t;


static doubt_t
doubt_begin(void **state)
{
    char                uri[1024];
    doubt_t             t;
    inv_store_options_t options = { uri, 4, TIMEOUT_MS };

    t.f = *state;
    t.proxy = proxy_start(PROXY_PASS);

    fixture_uri(uri, sizeof(uri), proxy_address(t.proxy), t.f->database);
    t.store = inv_store_create(&options);
    assert_non_null(t.store);

    t.machine = machine_begin(t.f, t.f->arena);
    t.machine->store = t.store;
    t.machine->timeout_ms = TIMEOUT_MS;

    return t;
}


static void
doubt_end(doubt_t *t)
{
    machine_end(t->machine);
    inv_store_destroy(t->store);
    proxy_stop(t->proxy);
}


/* The next command of that name is lost, or its reply is. */
static void
lose(doubt_t *t, const char *command, bool served)
{
    t->machine->unknown = 0;
    proxy_once(t->proxy, command, served, NULL);
}


static void
lost(doubt_t *t)
{
    assert_true(proxy_did(t->proxy));
    assert_true(t->machine->unknown > 0);
}


static void
test_purchase(void **state)
{
    int           served;
    doubt_t       t = doubt_begin(state);
    inv_oid_t     id;
    inv_action_t *action;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);

        lose(&t, "findAndModify", served != 0);
        action = machine_move(t.machine, id, -3, NULL);
        lost(&t);

        assert_verdict(t.machine, action, INV_VERDICT_OK);
        assert_int_equal(action->after, 7);
        assert_int_equal(action->seq, 2);
        assert_int_equal(fixture_read(t.f, id)->catalog.stock, 7);

        machine_finish(t.machine);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


/* The last one: what a doubt hides is not sold twice, nor refused. */
static void
test_last_one(void **state)
{
    int           served;
    doubt_t       t = doubt_begin(state);
    inv_oid_t     id;
    inv_action_t *action;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 1);

        lose(&t, "findAndModify", served != 0);
        action = machine_move(t.machine, id, -1, NULL);
        lost(&t);
        assert_verdict(t.machine, action, INV_VERDICT_OK);
        assert_int_equal(action->after, 0);

        action = machine_move(t.machine, id, -1, NULL);
        assert_verdict(t.machine, action, INV_VERDICT_OUT_OF_STOCK);
        assert_int_equal(action->available, 0);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


/* An entry whose way to the ledger is lost, and its pull. */
static void
test_drain(void **state)
{
    int           served;
    bson_t        filter;
    doubt_t       t = doubt_begin(state);
    inv_oid_t     id;
    inv_action_t *action;

    static const char *const commands[] = { "insert", "update" };

    for (served = 0; served < 4; served++) {
        id = fixture_product(t.f, NULL, 10);
        action = machine_move(t.machine, id, -1, NULL);
        assert_verdict(t.machine, action, INV_VERDICT_OK);

        lose(&t, commands[served / 2], served % 2 != 0);
        machine_finish(t.machine);
        lost(&t);
        fixture_check(t.f, id);

        bson_init(&filter);
        inv_bson_put_oid(&filter, "productId", id);
        assert_int_equal(fixture_count(t.f, INV_STORE_LEDGER, &filter), 1);
        bson_destroy(&filter);
    }

    doubt_end(&t);
}


static void
test_edit(void **state)
{
    int                      served;
    doubt_t                  t = doubt_begin(state);
    inv_oid_t                id;
    inv_product_t           *product;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    memset(&input, 0, sizeof(input));
    input.values.present = INV_MEMBER_NAME | INV_MEMBER_STOCK;
    input.values.name = inv_str("Cap");
    input.values.stock = 25;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);

        lose(&t, "findAndModify", served != 0);
        own = machine_edit(t.machine, id, &input, INV_WRITE_MERGE, NULL,
                           inv_time_now());
        lost(&t);
        assert_verdict(t.machine, &own->action, INV_VERDICT_OK);

        product = fixture_read(t.f, id);
        assert_int_equal(product->edits, 1);
        assert_int_equal(product->seq, 2);
        assert_int_equal(product->catalog.stock, 25);

        machine_finish(t.machine);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


static void
test_create(void **state)
{
    int                      served;
    doubt_t                  t = doubt_begin(state);
    inv_oid_t                id;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    memset(&input, 0, sizeof(input));
    input.values.present = INV_MEMBER_NAME | INV_MEMBER_PRICE;
    input.values.name = inv_str("Cap");

    for (served = 0; served < 2; served++) {
        id = inv_store_batch();

        lose(&t, "insert", served != 0);
        own = machine_create(t.machine, id, &input, inv_time_now());
        lost(&t);
        assert_verdict(t.machine, &own->action, INV_VERDICT_OK);
        assert_string_equal(own->product->catalog.name.data, "Cap");

        machine_finish(t.machine);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


static void
test_delete(void **state)
{
    int           served;
    doubt_t       t = doubt_begin(state);
    inv_oid_t     id;
    inv_action_t *action;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);

        lose(&t, "findAndModify", served != 0);
        action = machine_delete(t.machine, id, NULL, inv_time_now());
        lost(&t);
        assert_verdict(t.machine, action, INV_VERDICT_OK);
        assert_true(fixture_read(t.f, id)->deleted);
    }

    doubt_end(&t);
}


/*
 * Its client gives up while its reply is lost: whatever became of it, in the
 * end nothing is taken.
 */
static void
test_given_up(void **state)
{
    int           served;
    doubt_t       t = doubt_begin(state);
    inv_oid_t     id;
    inv_action_t *action;

    t.machine->patience_ms = 0;

    for (served = 0; served < 2; served++) {
        id = fixture_product(t.f, NULL, 10);

        lose(&t, "findAndModify", served != 0);
        action = machine_move(t.machine, id, -3, NULL);
        lost(&t);

        assert_verdict(t.machine, action, INV_VERDICT_WITHDRAWN);
        assert_int_equal(action->undone, served);

        machine_finish(t.machine);
        assert_int_equal(fixture_read(t.f, id)->catalog.stock, 10);
        assert_int_equal(fixture_read(t.f, id)->seq, served ? 3 : 1);
        fixture_check(t.f, id);
    }

    doubt_end(&t);
}


typedef struct {
    doubt_t    doubt;
    inv_oid_t  id;
    atomic_int buyers, doubts;
} busy_t;


/* Four workers on one product, while the fifth loses commands and replies. */
static void
buy_in_doubt(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int           i;
    busy_t       *busy = shared;
    machine_t    *machine;
    inv_action_t *action;

    for (i = 0; index == 4 && i < LOSSES; i++) {
        proxy_once(busy->doubt.proxy, "findAndModify", i % 2 == 0, NULL);

        while (!proxy_did(busy->doubt.proxy) && atomic_load(&busy->buyers) > 0)
        {
            usleep(1000);
        }

        usleep(PAUSE_US);
    }

    if (index == 4) {
        return;
    }

    machine = machine_begin(f, arena);
    machine->store = busy->doubt.store;
    machine->timeout_ms = TIMEOUT_MS;

    for (i = 0; i < 40; i++) {
        action = machine_move(machine, busy->id, -1, NULL);
        assert_verdict(machine, action, INV_VERDICT_OK);
    }

    atomic_fetch_sub(&busy->buyers, 1);
    atomic_fetch_add(&busy->doubts, (int) machine->unknown);

    machine_finish(machine);
    machine_end(machine);
}


static void
test_many(void **state)
{
    busy_t     busy = { .buyers = 4 };
    fixture_t *f = *state;

    busy.doubt = doubt_begin(state);
    busy.id = fixture_product(f, NULL, 1000);

    fixture_threads(f, 5, buy_in_doubt, &busy);

    assert_true(busy.doubts > 0);
    assert_int_equal(fixture_read(f, busy.id)->catalog.stock, 1000 - 4 * 40);
    fixture_check(f, busy.id);

    doubt_end(&busy.doubt);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_purchase), TEST(test_last_one), TEST(test_drain),
        TEST(test_edit),     TEST(test_create),   TEST(test_delete),
        TEST(test_given_up), TEST(test_many),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("machine in doubt", tests, fixture_open,
                                       fixture_close);
}
