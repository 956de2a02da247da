
/*
 * Pages of products against a real server.
 */


#include "store_fixture.h"


#define PRODUCTS 25

static inv_oid_t page_ids[PRODUCTS]; /* newest first */


static inv_page_t
page(fixture_t *f, const inv_page_query_t *query)
{
    inv_page_t       result;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(call,
                  inv_store_products_page(f->store, &call, query, &result),
                  INV_STORE_OK);
    assert_in_range(call.commands, 1, 2);
    assert_int_equal(call.damaged, 0);

    return result;
}


/* Created in pairs that share their time: the id decides between them. */
static int
open_with_products(void **state)
{
    int           i;
    fixture_t    *f;
    inv_oid_t     id;
    inv_catalog_t catalog;

    assert_int_equal(fixture_open(state), 0);
    assert_int_equal(fixture_begin(state), 0);

    f = *state;

    memset(&catalog, 0, sizeof(catalog));
    catalog.present = INV_MEMBER_NAME | INV_MEMBER_PRICE;
    catalog.name = inv_str("n");

    for (i = PRODUCTS - 1; i >= 0; i--) {
        memset(&id, 0, sizeof(id));
        id.bytes[0] = (unsigned char) (i % 2 ? 1 : 200);
        id.bytes[11] = (unsigned char) i;
        page_ids[i] = id;

        fixture_create(f, id, &catalog, 1700000000000 - (i / 2));
    }

    /* deleted ones are not shown, nor counted */
    for (i = 0; i < 3; i++) {
        fixture_delete(f, fixture_product(f, NULL, 1), 1);
    }

    return fixture_end(state);
}


static void
test_first_page(void **state)
{
    size_t           i;
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_page_query_t query = { .descending = true, .limit = 20 };

    result = page(f, &query);
    assert_int_equal(result.nitems, 20);
    assert_true(result.more);
    assert_false(result.total.given);

    for (i = 0; i < 20; i++) {
        assert_true(inv_oid_eq(result.items[i]->id, page_ids[i]));
    }
}


static void
test_by_cursor(void **state)
{
    size_t           i, at, limit;
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_page_query_t query;

    for (limit = 1; limit <= 26; limit += 4) {
        memset(&query, 0, sizeof(query));
        query.limit = (unsigned) limit;
        query.descending = true;

        for (at = 0; /* void */; at += limit) {
            result = page(f, &query);

            for (i = 0; i < result.nitems; i++) {
                assert_true(inv_oid_eq(result.items[i]->id, page_ids[at + i]));
            }

            if (!result.more) {
                assert_int_equal(at + result.nitems, PRODUCTS);
                break;
            }

            assert_int_equal(result.nitems, limit);

            query.has_after = true;
            query.after.number = result.items[limit - 1]->created_at;
            query.after.id = result.items[limit - 1]->id;
        }
    }
}


static void
test_by_number(void **state)
{
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_page_query_t query = { .descending = true, .limit = 10, .page = 3 };

    result = page(f, &query);
    assert_int_equal(result.nitems, 5);
    assert_false(result.more);
    assert_true(result.total.given);
    assert_int_equal(result.total.n, PRODUCTS);
    assert_true(result.total.exact);
    assert_true(inv_oid_eq(result.items[0]->id, page_ids[20]));

    query.page = 4;
    result = page(f, &query);
    assert_int_equal(result.nitems, 0);
    assert_false(result.more);
    assert_int_equal(result.total.n, PRODUCTS);
}


/* Gives a product a price, which is damaged where that is no number. */
static void
set_price(fixture_t *f, inv_oid_t id, const bson_value_t *price)
{
    bson_t     command, update, set;
    bson_oid_t oid;

    bson_oid_init_from_data(&oid, id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&oid), "}");
    bson_append_document_begin(&command, "update", -1, &update);
    bson_append_document_begin(&update, "$set", -1, &set);
    bson_append_value(&set, "price", -1, price);
    bson_append_document_end(&update, &set);
    bson_append_document_end(&command, &update);
    fixture_command(f, &command);
}


static void
damage(fixture_t *f, inv_oid_t id)
{
    bson_value_t price = { .value_type = BSON_TYPE_NULL };

    set_price(f, id, &price);
}


static void
mend(fixture_t *f, inv_oid_t id)
{
    bson_value_t price = { .value_type = BSON_TYPE_INT32 };

    price.value.v_int32 = 1;
    set_price(f, id, &price);
}


/* A page among damaged ones; the call tells how many and which. */
static inv_page_t
damaged_page(fixture_t *f, const inv_page_query_t *query,
             inv_store_call_t *call)
{
    inv_page_t result;

    *call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(*call,
                  inv_store_products_page(f->store, call, query, &result),
                  INV_STORE_OK);

    return result;
}


/* All that can be read is found, whatever is damaged around it. */
static void
test_damaged_by_cursor(void **state)
{
    char             hex[INV_OID_HEX + 1] = "";
    bool             whole[PRODUCTS];
    size_t           i, j, at, limit;
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_page_query_t query;
    inv_store_call_t call;

    static const size_t damaged[] = { 0, 1, 2, 3, 7, 12, 13, 24 };

    memset(whole, true, sizeof(whole));

    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        whole[damaged[i]] = false;
        damage(f, page_ids[damaged[i]]);
    }

    for (limit = 1; limit <= 26; limit++) {
        memset(&query, 0, sizeof(query));
        query.limit = (unsigned) limit;
        query.descending = true;
        at = 0;

        for (j = 0; /* void */; j++) {
            result = damaged_page(f, &query, &call);

            for (i = 0; i < result.nitems; i++, at++) {
                while (!whole[at]) {
                    at++;
                }

                assert_true(inv_oid_eq(result.items[i]->id, page_ids[at]));
            }

            if (j == 0) {
                assert_true(call.damaged >= 4);
                inv_oid_write(page_ids[0], hex);
                assert_non_null(strstr(call.error, hex));
                inv_oid_write(page_ids[3], hex);
                assert_non_null(strstr(call.error, hex));
                assert_non_null(strstr(call.error, "damaged at price"));
            }

            if (!result.more) {
                break;
            }

            assert_int_equal(result.nitems, limit);

            query.has_after = true;
            query.after.number = result.items[limit - 1]->created_at;
            query.after.id = result.items[limit - 1]->id;
        }

        assert_true(at >= PRODUCTS - 1);
    }

    for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        mend(f, page_ids[damaged[i]]);
    }
}


/* By number each has its place: a damaged one leaves a gap there. */
static void
test_damaged_by_number(void **state)
{
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_page_query_t query = { .descending = true, .limit = 2, .page = 1 };
    inv_store_call_t call;

    damage(f, page_ids[0]);
    damage(f, page_ids[2]);
    damage(f, page_ids[3]);

    result = damaged_page(f, &query, &call);
    assert_int_equal(result.nitems, 1);
    assert_true(inv_oid_eq(result.items[0]->id, page_ids[1]));
    assert_true(result.more);
    assert_int_equal(call.damaged, 1);
    assert_int_equal(call.commands, 2);

    query.page = 2;
    result = damaged_page(f, &query, &call);
    assert_int_equal(result.nitems, 0);
    assert_true(result.more);
    assert_int_equal(result.total.n, PRODUCTS);

    query.page = 3;
    result = damaged_page(f, &query, &call);
    assert_int_equal(result.nitems, 2);
    assert_int_equal(call.damaged, 0);
    assert_true(inv_oid_eq(result.items[0]->id, page_ids[4]));

    mend(f, page_ids[0]);
    mend(f, page_ids[2]);
    mend(f, page_ids[3]);
}


/* One that cannot be read does not keep the others of a batch from being. */
static void
test_damaged_in_a_batch(void **state)
{
    char             hex[INV_OID_HEX + 1] = "";
    bool             damaged[5];
    size_t           i;
    fixture_t       *f = *state;
    inv_oid_t        ids[5];
    inv_product_t   *found[5];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    ids[0] = page_ids[0];
    ids[1] = page_ids[1];
    ids[2] = inv_store_batch();
    ids[3] = page_ids[1];
    ids[4] = page_ids[4];

    damage(f, page_ids[1]);
    memset(damaged, true, sizeof(damaged));

    assert_result(
        call, inv_store_products_read(f->store, &call, ids, 5, found, damaged),
        INV_STORE_OK);
    assert_int_equal(call.damaged, 1);

    inv_oid_write(page_ids[1], hex);
    assert_non_null(strstr(call.error, hex));

    for (i = 0; i < 5; i++) {
        assert_int_equal(damaged[i], i == 1 || i == 3);
        assert_int_equal(found[i] != NULL, i == 0 || i == 4);
    }

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call,
                  inv_store_products_read(f->store, &call, ids, 5, found, NULL),
                  INV_STORE_DAMAGED);

    mend(f, page_ids[1]);
}


static void
test_the_total_is_bounded(void **state)
{
    int              i, j;
    char             digits[16];
    bson_t           command, documents, document;
    fixture_t       *f = *state;
    const char      *key;
    inv_page_t       result;
    inv_page_query_t query = { .descending = true, .limit = 1, .page = 1 };

    /* with the 25: one more than is counted */
    for (i = 0; i < 7; i++) {
        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS));
        bson_append_array_begin(&command, "documents", -1, &documents);

        for (j = 0; j < 1425; j++) {
            bson_uint32_to_string((uint32_t) j, &key, digits, sizeof(digits));
            bson_append_document_begin(&documents, key, -1, &document);
            BCON_APPEND(&document, "name", "old", "price", BCON_INT32(1),
                        "stock", BCON_INT32(1), "createdAt", BCON_DATE_TIME(1));
            bson_append_document_end(&documents, &document);
        }

        bson_append_array_end(&command, &documents);
        fixture_command(f, &command);

        if (i == 5) {
            result = page(f, &query);
            assert_int_equal(result.total.n, PRODUCTS + 6 * 1425);
            assert_true(result.total.exact);
        }
    }

    result = page(f, &query);
    assert_int_equal(result.total.n, INV_PAGE_TOTAL_MAX);
    assert_true(result.total.exact);

    fixture_product(f, NULL, 1);

    result = page(f, &query);
    assert_int_equal(result.total.n, INV_PAGE_TOTAL_MAX);
    assert_false(result.total.exact);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_page),
        TEST(test_by_cursor),
        TEST(test_by_number),
        TEST(test_damaged_by_cursor),
        TEST(test_damaged_by_number),
        TEST(test_damaged_in_a_batch),
        TEST(test_the_total_is_bounded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("page", tests, open_with_products,
                                       fixture_close);
}
