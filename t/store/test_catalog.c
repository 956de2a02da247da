
/*
 * Products against a real server: created, read, edited, deleted.
 */


#include "store_machine.h"


/* A body of the API's, read as the handlers read it. */
static inv_product_input_t
body(fixture_t *f, const char *json, inv_write_mode_t mode)
{
    inv_json_t         *root;
    inv_faults_t        faults;
    inv_json_error_t    error;
    inv_product_input_t input;

    assert_int_equal(inv_json_read(f->arena, (inv_str_t){ strlen(json), json },
                                   &root, &error),
                     INV_JSON_OK);

    memset(&input, 0, sizeof(input));
    inv_faults_init(&faults, f->arena);
    inv_product_read(root, mode, &input, &faults);
    assert_int_equal(faults.count, 0);

    return input;
}


/* One product as the API shows it. */
static const char *
shown(fixture_t *f, const inv_product_t *product)
{
    inv_str_t text;

    assert_true(inv_product_render(f->arena, product, &text));

    return inv_arena_copy(f->arena, text, &text) ? text.data : NULL;
}


/* As the machine has it carried out, at a random id. */
static inv_verdict_t
create(fixture_t *f, const char *json, inv_product_t *product)
{
    machine_t               *machine;
    inv_verdict_t            verdict;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    input = body(f, json, INV_WRITE_CREATE);
    machine = machine_begin(f, f->arena);
    own = machine_create(machine, inv_store_batch(), &input, inv_time_now());
    machine_end(machine);

    verdict = own->action.verdict;
    memset(product, 0, sizeof(*product));
    product->id = own->action.product;

    if (verdict == INV_VERDICT_OK) {
        assert_true(inv_oid_eq(product->id, own->product->id));
        *product = *own->product;
    }

    return verdict;
}


typedef struct {
    inv_verdict_t  verdict;
    inv_product_t *product;
    bool           changed;
} edit_t;


static edit_t
edit_matching(fixture_t *f, inv_oid_t id, const char *json,
              inv_write_mode_t mode, const inv_match_t *match)
{
    edit_t                   e;
    machine_t               *machine;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    input = body(f, json, mode);
    machine = machine_begin(f, f->arena);
    own = machine_edit(machine, id, &input, mode, match, 1700000000123);

    e.verdict = own->action.verdict;
    e.product = own->product;
    e.changed = own->action.seq != 0;

    if (e.verdict == INV_VERDICT_FAILED) {
        fprintf(stderr, "# %s\n", machine->error);
    }

    machine_end(machine);

    return e;
}


static edit_t
edit(fixture_t *f, inv_oid_t id, const char *json, inv_write_mode_t mode)
{
    return edit_matching(f, id, json, mode, NULL);
}


/* The op of the newest entry of the product's outbox, as extended JSON. */
static const char *
last_op(fixture_t *f, inv_oid_t id)
{
    char       *json;
    bson_t     *document, op;
    inv_str_t   text;
    bson_iter_t iter, outbox, found;

    document = fixture_product_document(f, id);
    assert_non_null(document);
    assert_true(bson_iter_init_find(&iter, document, "outbox"));
    assert_true(bson_iter_recurse(&iter, &outbox));

    json = NULL;

    while (bson_iter_next(&outbox)) {
        assert_true(bson_iter_recurse(&outbox, &iter));
        assert_true(bson_iter_find_descendant(&iter, "ops.0", &found));
        assert_true(inv_bson_view(&found, &op));
        bson_free(json);
        json = bson_as_relaxed_extended_json(&op, NULL);
    }

    assert_non_null(json);
    assert_true(
        inv_arena_copy(f->arena, (inv_str_t){ strlen(json), json }, &text));
    bson_free(json);
    bson_destroy(document);

    return text.data;
}


static void
test_create_and_read(void **state)
{
    bson_t       *document;
    fixture_t    *f = *state;
    bson_iter_t   iter;
    inv_product_t product, *read;

    assert_int_equal(create(f,
                            "{\"sku\": \"A-1\", \"name\": \"$name\","
                            " \"description\": \"\", \"price\": 19.90,"
                            " \"category\": \"$shirts\","
                            " \"tags\": [\"$red\", \"\\u00e9\"],"
                            " \"stock\": 10, \"lowStock\": 3}",
                            &product),
                     INV_VERDICT_OK);

    assert_int_equal(product.version, 1);
    assert_int_equal(product.seq, 1);
    assert_int_equal(product.updated_at, product.created_at);

    read = fixture_read(f, product.id);
    assert_non_null(read);
    assert_string_equal(shown(f, read), shown(f, &product));
    assert_int_equal(read->seq, 1);
    assert_int_equal(read->edits, 0);
    assert_int_equal(read->epoch, 0);

    document = fixture_product_document(f, product.id);
    assert_true(bson_iter_init_find(&iter, document, "price"));
    assert_int_equal(bson_iter_type(&iter), BSON_TYPE_DECIMAL128);
    assert_true(bson_iter_init_find(&iter, document, "createdAt"));
    assert_int_equal(bson_iter_type(&iter), BSON_TYPE_DATE_TIME);
    bson_destroy(document);

    fixture_check(f, product.id);
}


static void
test_absent_members_stay_absent(void **state)
{
    bson_t       *document;
    fixture_t    *f = *state;
    inv_product_t product, *read;

    assert_int_equal(create(f, "{\"name\": \"n\", \"price\": 0}", &product),
                     INV_VERDICT_OK);

    read = fixture_read(f, product.id);
    assert_int_equal(read->catalog.present,
                     INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK);
    assert_int_equal(read->catalog.stock, 0);

    document = fixture_product_document(f, product.id);
    assert_false(bson_has_field(document, "sku"));
    assert_false(bson_has_field(document, "tags"));
    assert_false(bson_has_field(document, "purgeAt"));
    bson_destroy(document);

    fixture_check(f, product.id);
}


static void
test_prices_are_exact(void **state)
{
    size_t        i;
    char          json[128];
    fixture_t    *f = *state;
    inv_product_t product;

    static const struct {
        const char *given;
        inv_price_t price;
    } prices[] = {
        { "0", 0 },
        { "0.0001", 1 },
        { "0.1", 1000 },
        { "1e3", 10000000 },
        { "9999999999.9999", INT64_C(99999999999999) },
        { "99999999999999", INT64_C(999999999999990000) },
    };

    for (i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
        snprintf(json, sizeof(json), "{\"name\": \"n\", \"price\": %s}",
                 prices[i].given);
        assert_int_equal(create(f, json, &product), INV_VERDICT_OK);
        assert_int_equal(fixture_read(f, product.id)->catalog.price,
                         prices[i].price);
    }
}


/* What other tools write: numbers of other types that say the same. */
static void
test_reads_other_numeric_types(void **state)
{
    bson_t           command;
    fixture_t       *f = *state;
    inv_oid_t        id;
    bson_oid_t       oid;
    inv_product_t   *read;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    id = fixture_product(f, NULL, 10);
    bson_oid_init_from_data(&oid, id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update", "{", "$set",
                "{", "price", BCON_DOUBLE(19.99), "stock", BCON_DOUBLE(7),
                "version", BCON_INT32(5), "lowStock", BCON_INT32(2), "aisle",
                BCON_UTF8("theirs"), "}", "}");
    fixture_command(f, &command);

    read = fixture_read(f, id);
    assert_int_equal(read->catalog.price, 199900);
    assert_int_equal(read->catalog.stock, 7);
    assert_int_equal(read->catalog.low_stock, 2);
    assert_int_equal(read->version, 5);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update", "{", "$set",
                "{", "price", BCON_UTF8("cheap"), "}", "}");
    fixture_command(f, &command);

    assert_result(call,
                  inv_store_products_read(f->store, &call, &id, 1, &read, NULL),
                  INV_STORE_DAMAGED);
    assert_non_null(strstr(call.error, "damaged at price"));
}


static void
test_read_many(void **state)
{
    size_t           i;
    fixture_t       *f = *state;
    inv_oid_t        ids[INV_READ_BATCH_MAX];
    inv_product_t   *found[INV_READ_BATCH_MAX];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    for (i = 0; i < INV_READ_BATCH_MAX; i++) {
        ids[i] = inv_store_batch();
    }

    ids[3] = fixture_product(f, NULL, 3);
    ids[60] = ids[3];
    ids[63] = fixture_product(f, NULL, 63);

    assert_result(call,
                  inv_store_products_read(f->store, &call, ids,
                                          INV_READ_BATCH_MAX, found, NULL),
                  INV_STORE_OK);
    assert_int_equal(call.commands, 1);

    for (i = 0; i < INV_READ_BATCH_MAX; i++) {
        if (i == 3 || i == 60) {
            assert_int_equal(found[i]->catalog.stock, 3);
        } else if (i == 63) {
            assert_int_equal(found[i]->catalog.stock, 63);
        } else {
            assert_null(found[i]);
        }
    }
}


static void
test_sku_is_unique(void **state)
{
    edit_t        e;
    inv_oid_t     id;
    fixture_t    *f = *state;
    inv_product_t product;

    fixture_product(f, "UNIQUE", 1);

    assert_int_equal(create(f,
                            "{\"sku\": \"UNIQUE\", \"name\": \"n\","
                            " \"price\": 1}",
                            &product),
                     INV_VERDICT_SKU_TAKEN);
    assert_null(fixture_read(f, product.id));

    id = fixture_product(f, NULL, 1);
    e = edit(f, id, "{\"sku\": \"UNIQUE\"}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_SKU_TAKEN);
    assert_int_equal(fixture_read(f, id)->version, 1);
    fixture_check(f, id);
}


/* An id that is in use is no taken sku, but an earlier try of the same. */
static void
test_an_id_twice(void **state)
{
    fixture_t               *f = *state;
    inv_oid_t                id;
    machine_t               *machine;
    inv_product_input_t      input;
    inv_store_edit_action_t *own;

    id = fixture_product(f, "CLASH", 1);
    fixture_product(f, "ELSEWHERE", 1);

    machine = machine_begin(f, f->arena);

    input = body(f, "{\"sku\": \"CLASH\", \"name\": \"n\", \"price\": 1}",
                 INV_WRITE_CREATE);
    own = machine_create(machine, id, &input, inv_time_now());
    assert_verdict(machine, &own->action, INV_VERDICT_OK);
    assert_string_equal(own->product->catalog.name.data, "T-shirt");

    input = body(f, "{\"name\": \"n\", \"price\": 1}", INV_WRITE_CREATE);
    own = machine_create(machine, id, &input, inv_time_now());
    assert_verdict(machine, &own->action, INV_VERDICT_OK);

    /* both clash: the id decides */
    input = body(f, "{\"sku\": \"ELSEWHERE\", \"name\": \"n\", \"price\": 1}",
                 INV_WRITE_CREATE);
    own = machine_create(machine, id, &input, inv_time_now());
    assert_verdict(machine, &own->action, INV_VERDICT_OK);
    assert_string_equal(own->product->catalog.sku.data, "CLASH");

    machine_end(machine);
    assert_int_equal(fixture_read(f, id)->version, 1);
    fixture_check(f, id);
}


static void
test_merge(void **state)
{
    edit_t        e;
    fixture_t    *f = *state;
    inv_product_t product;

    assert_int_equal(create(f,
                            "{\"sku\": \"M-1\", \"name\": \"old\","
                            " \"price\": 1.5, \"tags\": [\"a\"],"
                            " \"stock\": 4, \"category\": \"c\"}",
                            &product),
                     INV_VERDICT_OK);

    e = edit(f, product.id,
             "{\"name\": \"$new\", \"tags\": null, \"lowStock\": 2,"
             " \"price\": 2.25}",
             INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_true(e.changed);
    assert_int_equal(e.product->version, 2);
    assert_int_equal(e.product->edits, 1);
    assert_int_equal(e.product->seq, 2);
    assert_int_equal(e.product->updated_at, 1700000000123);
    assert_string_equal(e.product->catalog.name.data, "$new");
    assert_int_equal(e.product->catalog.present,
                     INV_MEMBERS_ALL & ~(unsigned) INV_MEMBER_TAGS
                         & ~(unsigned) INV_MEMBER_DESCRIPTION);
    assert_string_equal(shown(f, e.product),
                        shown(f, fixture_read(f, product.id)));

    assert_string_equal(last_op(f, product.id),
                        "{ \"t\" : \"edit\", \"d\" : 0, \"who\" : \"$where.\","
                        " \"trace\" : \"0af7651916cd43dd8448eb211c80319c\","
                        " \"changes\" : { \"name\" : [ \"old\", \"$new\" ],"
                        " \"price\" : [ { \"$numberDecimal\" : \"1.5\" },"
                        " { \"$numberDecimal\" : \"2.25\" } ],"
                        " \"tags\" : [ [ \"a\" ], null ],"
                        " \"lowStock\" : [ null, 2 ] } }");

    fixture_check(f, product.id);
}


static void
test_replace(void **state)
{
    edit_t        e;
    fixture_t    *f = *state;
    inv_product_t product;

    assert_int_equal(create(f,
                            "{\"sku\": \"R-1\", \"name\": \"old\","
                            " \"price\": 1.5, \"tags\": [\"a\"],"
                            " \"stock\": 4, \"category\": \"c\"}",
                            &product),
                     INV_VERDICT_OK);

    e = edit(f, product.id, "{\"name\": \"new\", \"price\": 1.5}",
             INV_WRITE_REPLACE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_int_equal(e.product->catalog.stock, 4);
    assert_int_equal(e.product->catalog.present,
                     INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK);
    fixture_check(f, product.id);

    /* the sku is free again */
    fixture_product(f, "R-1", 1);
}


static void
test_nothing_changed_nothing_written(void **state)
{
    edit_t     e;
    inv_oid_t  id;
    fixture_t *f = *state;

    id = fixture_product(f, NULL, 4);

    e = edit(f, id, "{\"price\": 19.990, \"stock\": 4, \"category\": null}",
             INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_false(e.changed);
    assert_int_equal(e.product->version, 1);
    assert_int_equal(fixture_read(f, id)->version, 1);
}


static void
test_stock_is_set_absolutely(void **state)
{
    edit_t     e;
    inv_oid_t  id;
    fixture_t *f = *state;

    id = fixture_product(f, NULL, 4);

    e = edit(f, id, "{\"stock\": 9, \"name\": \"n\"}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_int_equal(e.product->catalog.stock, 9);
    assert_string_equal(
        last_op(f, id),
        "{ \"t\" : \"set\", \"d\" : 5, \"who\" : \"$where.\","
        " \"trace\" : \"0af7651916cd43dd8448eb211c80319c\","
        " \"changes\" : { \"name\" : [ \"T-shirt\", \"n\" ] } }");

    e = edit(f, id, "{\"stock\": 0}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_string_equal(last_op(f, id),
                        "{ \"t\" : \"set\", \"d\" : -9, \"who\" : \"$where.\","
                        " \"trace\" : \"0af7651916cd43dd8448eb211c80319c\" }");

    /* a stock that is given and right already is no `set` */
    e = edit(f, id, "{\"stock\": 0, \"name\": \"m\"}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_non_null(strstr(last_op(f, id), "\"edit\", \"d\" : 0"));

    e = edit(f, id, "{\"stock\": 9007199254740991}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    assert_int_equal(fixture_read(f, id)->catalog.stock, INV_STOCK_MAX);

    fixture_check(f, id);
}


static void
test_edit_if_match(void **state)
{
    edit_t      e;
    inv_oid_t   id;
    fixture_t  *f = *state;
    inv_match_t match;

    id = fixture_product(f, NULL, 4);

    match = fixture_match(f, 2);
    e = edit_matching(f, id, "{\"stock\": 9}", INV_WRITE_MERGE, &match);
    assert_int_equal(e.verdict, INV_VERDICT_VERSION_CHANGED);

    match = fixture_match(f, 1);
    e = edit_matching(f, id, "{\"stock\": 9}", INV_WRITE_MERGE, &match);
    assert_int_equal(e.verdict, INV_VERDICT_OK);
    e = edit_matching(f, id, "{\"stock\": 8}", INV_WRITE_MERGE, &match);
    assert_int_equal(e.verdict, INV_VERDICT_VERSION_CHANGED);

    id = inv_store_batch();
    e = edit(f, id, "{\"stock\": 9}", INV_WRITE_MERGE);
    assert_int_equal(e.verdict, INV_VERDICT_NOT_FOUND);
}


static inv_action_t *
remove_it(fixture_t *f, inv_oid_t id, const inv_match_t *match, inv_time_t at)
{
    machine_t    *machine;
    inv_action_t *action;

    machine = machine_begin(f, f->arena);
    action = machine_delete(machine, id, match, at);
    machine_end(machine);

    return action;
}


static void
test_delete(void **state)
{
    bson_t        *document;
    inv_oid_t      id;
    fixture_t     *f = *state;
    machine_t     *machine;
    inv_match_t    match;
    inv_action_t  *action;
    inv_product_t *read;

    id = fixture_product(f, "DELETED", 4);

    match = fixture_match(f, 2);
    assert_int_equal(remove_it(f, id, &match, 1)->verdict,
                     INV_VERDICT_VERSION_CHANGED);

    match = fixture_match(f, 1);
    action = remove_it(f, id, &match, 1700000000123);
    assert_int_equal(action->verdict, INV_VERDICT_OK);
    assert_int_equal(action->version, 2);

    read = fixture_read(f, id);
    assert_true(read->deleted);
    assert_int_equal(read->version, 2);

    /* its entries are not in the ledger yet: it must not be purged */
    document = fixture_product_document(f, id);
    assert_false(bson_has_field(document, "sku"));
    assert_false(bson_has_field(document, "purgeAt"));
    bson_destroy(document);

    assert_int_equal(remove_it(f, id, NULL, 1)->verdict, INV_VERDICT_NOT_FOUND);
    assert_int_equal(edit(f, id, "{\"stock\": 9}", INV_WRITE_MERGE).verdict,
                     INV_VERDICT_NOT_FOUND);

    machine = machine_begin(f, f->arena);
    action = machine_move(machine, id, -1, NULL);
    assert_verdict(machine, action, INV_VERDICT_NOT_FOUND);
    machine_end(machine);

    fixture_drain(f, id);
    fixture_check(f, id);

    document = fixture_product_document(f, id);
    assert_true(bson_has_field(document, "purgeAt"));
    bson_destroy(document);

    /* its sku can be used again */
    fixture_product(f, "DELETED", 1);
}


static void
test_delete_of_a_drained_product(void **state)
{
    bson_t     *document;
    inv_oid_t   id;
    fixture_t  *f = *state;
    bson_iter_t iter;

    id = fixture_product(f, NULL, 4);
    fixture_drain(f, id);

    assert_int_equal(remove_it(f, id, NULL, 1700000000123)->verdict,
                     INV_VERDICT_OK);

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init_find(&iter, document, "purgeAt"));
    assert_int_equal(bson_iter_date_time(&iter),
                     1700000000123 + INV_PURGE_AFTER_MS);
    bson_destroy(document);
}


static void
test_delete_of_what_is_reserved(void **state)
{
    bson_t     command;
    inv_oid_t  id;
    fixture_t *f = *state;
    bson_oid_t oid;

    id = fixture_product(f, NULL, 4);
    bson_oid_init_from_data(&oid, id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}", "update", "{", "$inc",
                "{", "reserved", BCON_INT64(1), "}", "}");
    fixture_command(f, &command);

    assert_int_equal(remove_it(f, id, NULL, 1)->verdict, INV_VERDICT_IN_USE);
    assert_false(fixture_read(f, id)->deleted);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create_and_read),
        TEST(test_absent_members_stay_absent),
        TEST(test_prices_are_exact),
        TEST(test_reads_other_numeric_types),
        TEST(test_read_many),
        TEST(test_sku_is_unique),
        TEST(test_an_id_twice),
        TEST(test_merge),
        TEST(test_replace),
        TEST(test_nothing_changed_nothing_written),
        TEST(test_stock_is_set_absolutely),
        TEST(test_edit_if_match),
        TEST(test_delete),
        TEST(test_delete_of_a_drained_product),
        TEST(test_delete_of_what_is_reserved),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("catalog", tests, fixture_open,
                                       fixture_close);
}
