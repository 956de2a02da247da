
/*
 * Unit tests of a product as the API shows it.
 */


#include "test_model.h"


#define TEST_BEFORE \
    "{\"id\":\"674a0c0ffee0123456789abc\",\"name\":\"T\",\"price\":"
#define TEST_AFTER                                               \
    ",\"stock\":9007199254740991,\"reserved\":2,\"version\":17," \
    "\"createdAt\":\"1970-01-01T00:00:00.000Z\",\"updatedAt\":"  \
    "\"2026-11-21T04:47:42.201Z\"}"


/* A product with nothing optional. */
static inv_product_t
test_product(void)
{
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    assert_true(inv_oid_read(inv_str("674a0c0ffee0123456789abc"), &product.id));

    product.catalog.present =
        INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK;
    product.catalog.name = inv_str("T");
    product.catalog.stock = INV_STOCK_MAX;
    product.reserved = 2;
    product.version = 17;
    product.updated_at = INT64_C(1795236462201);

    return product;
}


static void
test_prices(void **state)
{
    char          expected[1024];
    size_t        i;
    inv_str_t     text;
    inv_arena_t  *arena;
    inv_product_t product;

    static const struct {
        inv_price_t price;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { 1, "0.0001" },
        { 10, "0.001" },
        { 10000, "1" },
        { 199900, "19.99" },
        { INT64_C(99999999999999), "9999999999.9999" },
        { INT64_C(9223372036854700000), "922337203685470" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        arena = inv_arena_create();
        product = test_product();
        product.catalog.price = rows[i].price;
        snprintf(expected, sizeof(expected), TEST_BEFORE "%s" TEST_AFTER,
                 rows[i].text);

        assert_true(inv_product_render(arena, &product, &text));
        test_text(text, expected);
        inv_arena_destroy(arena);
    }
}


static void
test_full(void **state)
{
    inv_str_t      text, tags[2];
    inv_arena_t   *arena;
    inv_product_t  product;
    inv_catalog_t *c;

    arena = inv_arena_create();
    product = test_product();
    c = &product.catalog;

    tags[0] = inv_str("red");
    tags[1] = inv_str("red");

    c->present = INV_MEMBERS_ALL;
    c->sku = inv_str("S-1");
    c->description = inv_str("");
    c->price = 199900;
    c->category = inv_str("\"\\\n\x01\xe2\x82\xac");
    c->tags = tags;
    c->ntags = 2;
    c->stock = 0;
    c->low_stock = 3;

    assert_true(inv_product_render(arena, &product, &text));
    test_text(text, "{\"id\":\"674a0c0ffee0123456789abc\",\"sku\":\"S-1\","
                    "\"name\":\"T\",\"description\":\"\",\"price\":19.99,"
                    "\"category\":\"\\\"\\\\\\n\\u0001\xe2\x82\xac\","
                    "\"tags\":[\"red\",\"red\"],\"stock\":0,\"reserved\":2,"
                    "\"lowStock\":3,\"version\":17,"
                    "\"createdAt\":\"1970-01-01T00:00:00.000Z\","
                    "\"updatedAt\":\"2026-11-21T04:47:42.201Z\"}");

    /* No tags are not the same as an empty list of them. */
    c->ntags = 0;
    c->present = INV_MEMBER_TAGS;
    assert_true(inv_product_render(arena, &product, &text));
    test_text(text, "{\"id\":\"674a0c0ffee0123456789abc\",\"price\":19.99,"
                    "\"tags\":[],\"stock\":0,\"reserved\":2,\"version\":17,"
                    "\"createdAt\":\"1970-01-01T00:00:00.000Z\","
                    "\"updatedAt\":\"2026-11-21T04:47:42.201Z\"}");

    /* What is not UTF-8 is refused, not shown. */
    c->present = INV_MEMBER_NAME;
    c->name = inv_str("\xff");
    assert_false(inv_product_render(arena, &product, &text));

    inv_arena_destroy(arena);
}


static void
test_names(void **state)
{
    assert_string_equal(inv_member_name(INV_MEMBER_SKU), "sku");
    assert_string_equal(inv_member_name(INV_MEMBER_NAME), "name");
    assert_string_equal(inv_member_name(INV_MEMBER_DESCRIPTION), "description");
    assert_string_equal(inv_member_name(INV_MEMBER_PRICE), "price");
    assert_string_equal(inv_member_name(INV_MEMBER_CATEGORY), "category");
    assert_string_equal(inv_member_name(INV_MEMBER_TAGS), "tags");
    assert_string_equal(inv_member_name(INV_MEMBER_STOCK), "stock");
    assert_string_equal(inv_member_name(INV_MEMBER_LOW_STOCK), "lowStock");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
