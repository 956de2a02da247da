
/*
 * Edits, purchases, deletes and creates that meet: whatever the order, the
 * invariants hold and every answer was true.
 */


#include <stdatomic.h>

#include "store_machine.h"
#include "store_steps.h"


#define ROUNDS 25

/*
 * Threads that want the same sku at once.  PostgreSQL lets them deadlock and
 * ends one after the other, a second each; so not many.
 */
#define CLASHING 3

typedef struct {
    inv_oid_t  id;
    atomic_int bought;
    atomic_int created;
    atomic_int taken;
    atomic_int deleted;
    atomic_int edited;
    atomic_int missed;
    atomic_int failed;
} race_t;


static void
failed(race_t *race, const machine_t *machine, const inv_action_t *action)
{
    fprintf(stderr, "# verdict %d: %s\n", (int) action->verdict,
            machine->error);
    atomic_fetch_add(&race->failed, 1);
}


/* Each time a worker's drain goes on while the others write. */
static void
buy(machine_t *machine, race_t *race)
{
    inv_action_t *action;

    action = machine_move(machine, race->id, -1, NULL);

    switch (action->verdict) {

    case INV_VERDICT_OK:
        atomic_fetch_add(&race->bought, 1);
        machine_finish(machine);
        break;

    case INV_VERDICT_OUT_OF_STOCK:
        if (action->available != 0) {
            failed(race, machine, action);
        }
        break;

    case INV_VERDICT_NOT_FOUND:
        atomic_fetch_add(&race->missed, 1);
        break;

    default:
        failed(race, machine, action);
    }
}


static void
edit(machine_t *machine, race_t *race, const inv_product_input_t *input)
{
    inv_store_edit_action_t *own;

    own = machine_edit(machine, race->id, input, INV_WRITE_MERGE, NULL,
                       inv_time_now());

    switch (own->action.verdict) {

    case INV_VERDICT_OK:
        atomic_fetch_add(&race->edited, own->action.seq != 0);
        machine_finish(machine);
        break;

    case INV_VERDICT_SKU_TAKEN:
        atomic_fetch_add(&race->taken, 1);
        break;

    case INV_VERDICT_NOT_FOUND:
        atomic_fetch_add(&race->missed, 1);
        break;

    default:
        failed(race, machine, &own->action);
    }
}


/* Half buy, a quarter sets the stock, a quarter renames. */
static void
edit_and_buy(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                 i;
    char                name[32];
    machine_t          *machine = machine_begin(f, arena);
    inv_product_input_t input;

    for (i = 0; i < ROUNDS; i++) {

        if (index % 2 == 0) {
            buy(machine, shared);
            continue;
        }

        memset(&input, 0, sizeof(input));

        if (index % 4 == 1) {
            input.values.present = INV_MEMBER_STOCK;
            input.values.stock = 5 + (i % 7);
        } else {
            snprintf(name, sizeof(name), "name %d-%d", index, i);
            input.values.present = INV_MEMBER_NAME;
            input.values.name = (inv_str_t){ strlen(name), name };
        }

        edit(machine, shared, &input);
    }

    machine_end(machine);
}


static void
test_edits_race_with_purchases(void **state)
{
    race_t         race;
    fixture_t     *f = *state;
    inv_product_t *product;

    memset(&race, 0, sizeof(race));
    race.id = fixture_product(f, NULL, 50);

    fixture_threads(f, 8, edit_and_buy, &race);

    assert_int_equal(race.failed, 0);
    assert_int_equal(race.missed, 0);
    assert_true(race.bought > 0);

    fixture_check(f, race.id);

    product = fixture_read(f, race.id);
    assert_int_equal(product->edits, race.edited);
    assert_int_equal(product->version, 1 + race.edited + race.bought);
    assert_int_equal(product->seq, product->version);
}


/*
 * Merges of different members do not undo each other: each thread writes its
 * own and finds in the end what it wrote last.
 */
static void
edit_own(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                 i;
    char                text[32];
    machine_t          *machine = machine_begin(f, arena);
    inv_product_input_t input;

    for (i = 1; i <= ROUNDS; i++) {
        memset(&input, 0, sizeof(input));
        snprintf(text, sizeof(text), "%d", i);

        switch (index) {

        case 0:
            input.values.present = INV_MEMBER_NAME;
            input.values.name = (inv_str_t){ strlen(text), text };
            break;

        case 1:
            input.values.present = INV_MEMBER_CATEGORY;
            input.values.category = (inv_str_t){ strlen(text), text };
            break;

        case 2:
            input.values.present = INV_MEMBER_PRICE;
            input.values.price = i;
            break;

        default:
            input.values.present = INV_MEMBER_LOW_STOCK;
            input.values.low_stock = i;
        }

        edit(machine, shared, &input);
    }

    machine_end(machine);
}


static void
test_edits_race_with_edits(void **state)
{
    race_t         race;
    fixture_t     *f = *state;
    inv_product_t *product;

    memset(&race, 0, sizeof(race));
    race.id = fixture_product(f, NULL, 50);

    fixture_threads(f, 4, edit_own, &race);

    assert_int_equal(race.failed, 0);
    assert_int_equal(race.edited, 4 * ROUNDS);

    product = fixture_read(f, race.id);
    assert_int_equal(product->edits, 4 * ROUNDS);
    assert_string_equal(product->catalog.name.data, "25");
    assert_string_equal(product->catalog.category.data, "25");
    assert_int_equal(product->catalog.price, ROUNDS);
    assert_int_equal(product->catalog.low_stock, ROUNDS);
    fixture_check(f, race.id);
}


static void
rename_it(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                 i;
    char                name[32];
    machine_t          *machine = machine_begin(f, arena);
    inv_product_input_t input;

    for (i = 0; i < ROUNDS; i++) {
        memset(&input, 0, sizeof(input));
        snprintf(name, sizeof(name), "%d-%d", index, i);
        input.values.present = INV_MEMBER_NAME;
        input.values.name = (inv_str_t){ strlen(name), name };

        edit(machine, shared, &input);
    }

    machine_end(machine);
}


/* In the audit trail each edit begins where the one before it ended. */
static void
test_the_audit_trail_is_a_chain(void **state)
{
    int                  n;
    char                 last[64] = "T-shirt";
    bson_t               filter, options;
    race_t               race;
    fixture_t           *f = *state;
    bson_iter_t          iter, found;
    const bson_t        *document;
    mongoc_cursor_t     *cursor;
    mongoc_collection_t *ledger;

    memset(&race, 0, sizeof(race));
    race.id = fixture_product(f, NULL, 1);

    fixture_threads(f, 4, rename_it, &race);
    assert_int_equal(race.failed, 0);
    fixture_drain(f, race.id);

    bson_init(&filter);
    inv_bson_put_oid(&filter, "productId", race.id);
    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "to", BCON_INT32(1), "}");

    ledger =
        mongoc_client_get_collection(f->raw, f->database, INV_STORE_LEDGER);
    cursor = mongoc_collection_find_with_opts(ledger, &filter, &options, NULL);

    for (n = 0; mongoc_cursor_next(cursor, &document); /* void */) {
        if (!bson_iter_init(&iter, document)
            || !bson_iter_find_descendant(&iter, "ops.0.changes.name.0",
                                          &found))
        {
            continue;
        }

        assert_string_equal(bson_iter_utf8(&found, NULL), last);
        assert_true(bson_iter_next(&found));
        snprintf(last, sizeof(last), "%s", bson_iter_utf8(&found, NULL));
        n++;
    }

    assert_int_equal(n, race.edited);
    assert_string_equal(fixture_read(f, race.id)->catalog.name.data, last);

    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(ledger);
    bson_destroy(&options);
    bson_destroy(&filter);
}


static void
create_same(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    race_t                  *race = shared;
    machine_t               *machine = machine_begin(f, arena);
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    memset(&input, 0, sizeof(input));
    input.values.present = INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_SKU;
    input.values.name = inv_str("n");
    input.values.sku = inv_str("SAME");

    own = machine_create(machine, inv_store_batch(), &input, inv_time_now());

    if (own->action.verdict == INV_VERDICT_OK) {
        race->id = own->action.product;
        atomic_fetch_add(&race->created, 1);

    } else if (own->action.verdict == INV_VERDICT_SKU_TAKEN) {
        atomic_fetch_add(&race->taken, 1);

    } else {
        failed(race, machine, &own->action);
    }

    machine_end(machine);
}


static void
delete_it(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    race_t       *race = shared;
    machine_t    *machine = machine_begin(f, arena);
    inv_action_t *action;

    if (index % 2) {
        buy(machine, race);

    } else {
        action = machine_delete(machine, race->id, NULL, inv_time_now());

        if (action->verdict == INV_VERDICT_OK) {
            atomic_fetch_add(&race->deleted, 1);

        } else if (action->verdict != INV_VERDICT_NOT_FOUND) {
            failed(race, machine, action);
        }
    }

    machine_end(machine);
}


/* One of many creates gets the sku, one of many deletes frees it; again. */
static void
test_create_delete_create(void **state)
{
    int        round;
    race_t     race;
    fixture_t *f = *state;

    for (round = 0; round < 5; round++) {
        memset(&race, 0, sizeof(race));

        fixture_threads(f, CLASHING, create_same, &race);
        assert_int_equal(race.failed, 0);
        assert_int_equal(race.created, 1);
        assert_int_equal(race.taken, CLASHING - 1);

        fixture_threads(f, 8, delete_it, &race);
        assert_int_equal(race.failed, 0);
        assert_int_equal(race.deleted, 1);
        assert_true(fixture_read(f, race.id)->deleted);
        fixture_check(f, race.id);
    }
}


typedef struct {
    race_t    race;
    inv_oid_t ids[CLASHING];
} skus_t;


static void
take_sku(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    skus_t             *skus = shared;
    race_t              own;
    machine_t          *machine = machine_begin(f, arena);
    inv_product_input_t input;

    memset(&own, 0, sizeof(own));
    own.id = skus->ids[index];

    memset(&input, 0, sizeof(input));
    input.values.present = INV_MEMBER_SKU;
    input.values.sku = inv_str("WANTED");

    edit(machine, &own, &input);

    atomic_fetch_add(&skus->race.edited, own.edited);
    atomic_fetch_add(&skus->race.taken, own.taken);
    atomic_fetch_add(&skus->race.failed, own.failed);

    machine_end(machine);
}


static void
test_one_of_many_edits_gets_the_sku(void **state)
{
    int        i;
    skus_t     skus;
    fixture_t *f = *state;

    memset(&skus, 0, sizeof(skus));

    for (i = 0; i < CLASHING; i++) {
        skus.ids[i] = fixture_product(f, NULL, 1);
    }

    fixture_threads(f, CLASHING, take_sku, &skus);

    assert_int_equal(skus.race.failed, 0);
    assert_int_equal(skus.race.edited, 1);
    assert_int_equal(skus.race.taken, CLASHING - 1);
}


/* An edit that meets a full outbox makes room, and gets through. */
static void
test_full_outbox_of_an_edit(void **state)
{
    int                      i;
    fixture_t               *f = *state;
    inv_oid_t                id;
    machine_t               *machine;
    inv_step_t              *fill;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    id = fixture_product(f, NULL, 1000);

    for (i = 1; i < INV_OUTBOX_OPS_MAX; i++) {
        fill = steps_apply(f, id, 1);
        steps_run_one(f, fill);
        assert_int_equal(fill->reply, INV_REPLY_DONE);
        steps_free(fill);
    }

    memset(&input, 0, sizeof(input));
    input.values.present = INV_MEMBER_NAME;
    input.values.name = inv_str("through");

    machine = machine_begin(f, f->arena);
    own = machine_edit(machine, id, &input, INV_WRITE_MERGE, NULL, 1);
    assert_verdict(machine, &own->action, INV_VERDICT_OK);
    assert_int_equal(own->action.seq, INV_OUTBOX_OPS_MAX + 1);
    assert_string_equal(own->product->catalog.name.data, "through");
    machine_end(machine);

    fixture_check(f, id);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_edits_race_with_purchases),
        TEST(test_edits_race_with_edits),
        TEST(test_the_audit_trail_is_a_chain),
        TEST(test_create_delete_create),
        TEST(test_one_of_many_edits_gets_the_sku),
        TEST(test_full_outbox_of_an_edit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("races", tests, fixture_open,
                                       fixture_close);
}
