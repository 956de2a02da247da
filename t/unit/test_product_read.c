
/*
 * Unit tests of what a client may say of a product: every bound from both
 * sides, and all faults at once.
 */


#include "test_model.h"


#define TEST_POST  INV_WRITE_CREATE
#define TEST_PUT   INV_WRITE_REPLACE
#define TEST_PATCH INV_WRITE_MERGE


static void
test_bodies(void **state)
{
    size_t              i;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    static const struct {
        inv_write_mode_t mode;
        const char      *body, *faults;
    } rows[] = {
        { TEST_POST, "{\"name\":\"A\",\"price\":1}", "" },
        { TEST_PUT, "{\"name\":\"A\",\"price\":1}", "" },
        { TEST_PATCH, "{}", "" },

        /* what is required */
        { TEST_POST, "{}", "/name is required; /price is required" },
        { TEST_PUT, "{}", "/name is required; /price is required" },
        { TEST_POST, "{\"price\":1}", "/name is required" },
        { TEST_PATCH, "{\"tags\":[]}", "" },

        /* the root */
        { TEST_POST, "[]", " must be an object" },
        { TEST_PUT, "\"name\"", " must be an object" },
        { TEST_PATCH, "null", " must be an object" },
        { TEST_PATCH, "1", " must be an object" },

        /* not known, and not to be written */
        { TEST_PATCH, "{\"a~b/c\":1,\"\":2,\"Name\":3}",
          "/a~0b~1c is not a known member; / is not a known member; "
          "/Name is not a known member" },
        { TEST_PATCH,
          "{\"id\":1,\"reserved\":0,\"version\":null,\"createdAt\":\"\","
          "\"updatedAt\":{}}",
          "/id is read-only; /reserved is read-only; /version is read-only; "
          "/createdAt is read-only; /updatedAt is read-only" },
        { TEST_PATCH, "{\"seq\":1,\"epoch\":1,\"outbox\":[],\"_id\":1}",
          "/seq is not a known member; /epoch is not a known member; "
          "/outbox is not a known member; /_id is not a known member" },

        /* types, in the order in which they were sent */
        { TEST_POST,
          "{\"lowStock\":\"1\",\"stock\":[],\"tags\":\"x\",\"category\":1,"
          "\"price\":\"1\",\"description\":true,\"name\":{},\"sku\":1.5}",
          "/lowStock must be an integer; /stock must be an integer; "
          "/tags must be an array of strings; /category must be a string; "
          "/price must be a number; /description must be a string; "
          "/name must be a string; /sku must be a string" },
        { TEST_PATCH, "{\"tags\":[\"a\",1,null,[],{},\"\",false]}",
          "/tags/1 must be a string; /tags/2 must be a string; "
          "/tags/3 must be a string; /tags/4 must be a string; "
          "/tags/5 must have 1 to 64 characters; "
          "/tags/6 must be a string" },
        { TEST_PATCH, "{\"tags\":{\"0\":\"a\"}}",
          "/tags must be an array of strings" },

        /* null: taken away by PATCH only, and what is optional only */
        { TEST_PATCH,
          "{\"sku\":null,\"description\":null,\"category\":null,\"tags\":null,"
          "\"lowStock\":null}",
          "" },
        { TEST_PATCH, "{\"name\":null,\"price\":null,\"stock\":null}",
          "/name must be a string; /price must be a number; "
          "/stock must be an integer" },
        { TEST_POST,
          "{\"name\":null,\"price\":null,\"sku\":null,\"tags\":null}",
          "/name must be a string; /price must be a number; "
          "/sku must be a string; /tags must be an array of strings" },
        { TEST_PUT, "{\"name\":\"A\",\"price\":0,\"lowStock\":null}",
          "/lowStock must be an integer" },

        /* sku */
        { TEST_PATCH,
          "{\"sku\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\"}",
          "" },
        { TEST_PATCH, "{\"sku\":\"0123456789._-\"}", "" },
        { TEST_PATCH, "{\"sku\":\"\"}", "/sku must have 1 to 64 characters" },
        { TEST_PATCH, "{\"sku\":\"a b\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { TEST_PATCH, "{\"sku\":\"a/b\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { TEST_PATCH, "{\"sku\":\"\xc3\xa9\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { TEST_PATCH, "{\"sku\":\"@\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { TEST_PATCH, "{\"sku\":\"[\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },
        { TEST_PATCH, "{\"sku\":\"`{:\"}",
          "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only" },

        /* texts may be empty, or of any character */
        { TEST_PATCH, "{\"description\":\"\"}", "" },
        { TEST_PATCH, "{\"name\":\"\\u0001\\n\\ud83d\\ude00\"}", "" },
        { TEST_PATCH, "{\"name\":\"\",\"category\":\"\"}",
          "/name must have 1 to 200 characters; "
          "/category must have 1 to 64 characters" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        inv_product_read(test_tree(arena, rows[i].body), rows[i].mode, &input,
                         &faults);
        test_faults(&faults, rows[i].faults, rows[i].body);
        inv_arena_destroy(arena);
    }

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_product_read(NULL, INV_WRITE_CREATE, &input, &faults);
    test_faults(&faults, " must be an object", "no body");
    inv_arena_destroy(arena);
}


/* Prices and integers: {"<member>": <number>} as a patch. */
static void
test_numbers(void **state)
{
    size_t              i;
    char                body[128];
    int64_t             value;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    static const struct {
        const char *member, *number;
        int64_t     value;
        const char *faults;
    } rows[] = {
        { "price", "0", 0, "" },
        { "price", "-0.0", 0, "" },
        { "price", "19.99", 199900, "" },
        { "price", "1999e-2", 199900, "" },
        { "price", "0.0001", 1, "" },
        { "price", "0.00010000000000000000000", 1, "" },
        { "price", "1e-4", 1, "" },
        { "price", "0.00001", 0,
          "/price must have at most 4 digits after the point" },
        { "price", "1e-5", 0,
          "/price must have at most 4 digits after the point" },
        { "price", "9999999999.9999", INT64_C(99999999999999), "" },
        { "price", "99999999999999", INT64_C(999999999999990000), "" },
        { "price", "10000000000.0001", 0,
          "/price must have at most 14 significant digits" },
        { "price", "123456789012345", 0,
          "/price must have at most 14 significant digits" },
        { "price", "922337203685470", INT64_C(9223372036854700000), "" },
        { "price", "92233720368547e1", INT64_C(9223372036854700000), "" },
        { "price", "922337203685480", 0,
          "/price must be at most 922337203685470" },
        { "price", "1e15", 0, "/price must be at most 922337203685470" },
        { "price", "1e400", 0, "/price must be at most 922337203685470" },
        { "price", "-0.0001", 0, "/price must be at least 0" },
        { "price", "-1", 0, "/price must be at least 0" },
        { "price", "-1e400", 0, "/price must be at least 0" },
        { "price", "-1.00001", 0,
          "/price must be at least 0; "
          "/price must have at most 4 digits after the point" },

        { "stock", "0", 0, "" },
        { "stock", "-0", 0, "" },
        { "stock", "5.0", 5, "" },
        { "stock", "5e0", 5, "" },
        { "stock", "1.5", 0, "/stock must be an integer" },
        { "stock", "9007199254740991", INV_STOCK_MAX, "" },
        { "stock", "9007199254740991.000", INV_STOCK_MAX, "" },
        { "stock", "9007199254740992", 0,
          "/stock must be at most 9007199254740991" },
        { "stock", "9223372036854775807", 0,
          "/stock must be at most 9007199254740991" },
        { "stock", "99999999999999999999999999", 0,
          "/stock must be at most 9007199254740991" },
        { "stock", "-1", 0, "/stock must be at least 0" },
        { "stock", "-99999999999999999999999999", 0,
          "/stock must be at least 0" },

        { "lowStock", "0", 0, "" },
        { "lowStock", "9007199254740991", INV_STOCK_MAX, "" },
        { "lowStock", "9007199254740992", 0,
          "/lowStock must be at most 9007199254740991" },
        { "lowStock", "-1", 0, "/lowStock must be at least 0" },
        { "lowStock", "0.1", 0, "/lowStock must be an integer" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);

        snprintf(body, sizeof(body), "{\"%s\":%s}", rows[i].member,
                 rows[i].number);

        inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input,
                         &faults);
        test_faults(&faults, rows[i].faults, body);

        value = (rows[i].member[0] == 'p')   ? input.values.price
                : (rows[i].member[0] == 's') ? input.values.stock
                                             : input.values.low_stock;

        if (faults.count == 0) {
            assert_true(value == rows[i].value);
        }

        inv_arena_destroy(arena);
    }
}


/* Lengths are code points: n characters of 1, 2, 3 and 4 bytes. */
static void
test_lengths(void **state)
{
    size_t              i, j, n;
    char               *body;
    const char         *expected;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    static const char *const characters[] = { "x", "\xc3\xa9", "\xe2\x82\xac",
                                              "\xf0\x9f\x98\x80" };

    static const struct {
        const char *before, *after;
        size_t      max;
        bool        ascii;
        const char *fault;
    } rows[] = {
        { "{\"name\":\"", "\"}", 200, false,
          "/name must have 1 to 200 characters" },
        { "{\"description\":\"", "\"}", 5000, false,
          "/description must have at most 5000 characters" },
        { "{\"category\":\"", "\"}", 64, false,
          "/category must have 1 to 64 characters" },
        { "{\"sku\":\"", "\"}", 64, true, "/sku must have 1 to 64 characters" },
        { "{\"tags\":[\"ok\",\"", "\"]}", 64, false,
          "/tags/1 must have 1 to 64 characters" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        for (j = 0; j < (rows[i].ascii ? 1 : TEST_COUNT(characters)); j++) {
            for (n = rows[i].max - 1; n <= rows[i].max + 1; n++) {
                arena = inv_arena_create();
                inv_faults_init(&faults, arena);

                body = test_repeated(rows[i].before, characters[j], n,
                                     rows[i].after);
                expected = (n > rows[i].max) ? rows[i].fault : "";

                inv_product_read(test_tree(arena, body), INV_WRITE_MERGE,
                                 &input, &faults);
                test_faults(&faults, expected, body);
                free(body);
                inv_arena_destroy(arena);
            }
        }
    }
}


static void
test_tags(void **state)
{
    size_t              n;
    char               *body;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    for (n = INV_TAGS_MAX - 1; n <= INV_TAGS_MAX + 1; n++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);
        body = test_repeated("{\"tags\":[\"b\"", ",\"a\"", n - 1, "]}");
        inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input,
                         &faults);

        if (n > INV_TAGS_MAX) {
            test_faults(&faults, "/tags must have at most 20 elements", body);

        } else {
            /* In the order given, repeats too. */
            test_faults(&faults, "", body);
            assert_int_equal(input.values.present, INV_MEMBER_TAGS);
            assert_int_equal(input.values.ntags, n);
            test_text(input.values.tags[0], "b");
            test_text(input.values.tags[1], "a");
            test_text(input.values.tags[n - 1], "a");
        }

        free(body);
        inv_arena_destroy(arena);
    }

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_product_read(test_tree(arena, "{\"tags\":[]}"), INV_WRITE_MERGE, &input,
                     &faults);
    test_faults(&faults, "", "no tags");
    assert_int_equal(input.values.present, INV_MEMBER_TAGS);
    assert_int_equal(input.values.ntags, 0);

    /* Wrong elements behind the last allowed one are told as well. */
    inv_faults_init(&faults, arena);
    body = test_repeated("{\"tags\":[", "\"a\",", 24, "0]}");
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    test_faults(&faults,
                "/tags must have at most 20 elements; "
                "/tags/24 must be a string",
                body);
    free(body);
    inv_arena_destroy(arena);
}


static void
test_values(void **state)
{
    inv_arena_t         *arena;
    inv_faults_t         faults;
    inv_product_input_t  input;
    const inv_catalog_t *c;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    c = &input.values;

    inv_product_read(
        test_tree(arena,
                  "{\"sku\":\"S-1\",\"name\":\"T\\u00e9\",\"description\":\"\","
                  "\"price\":19.99,\"category\":\"c\",\"tags\":[\"x\",\"x\"],"
                  "\"stock\":10,\"lowStock\":3}"),
        INV_WRITE_CREATE, &input, &faults);

    test_faults(&faults, "", "values");
    assert_int_equal(c->present, INV_MEMBERS_ALL);
    assert_int_equal(input.removed, 0);
    test_text(c->sku, "S-1");
    test_text(c->name, "T\xc3\xa9");
    test_text(c->description, "");
    assert_true(c->price == 199900);
    test_text(c->category, "c");
    assert_int_equal(c->ntags, 2);
    test_text(c->tags[0], "x");
    test_text(c->tags[1], "x");
    assert_true(c->stock == 10);
    assert_true(c->low_stock == 3);

    /* Stock not said: 0 for a new one, not there for an old one. */
    inv_product_read(test_tree(arena, "{\"name\":\"A\",\"price\":0}"),
                     INV_WRITE_CREATE, &input, &faults);
    assert_int_equal(c->present,
                     INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK);
    assert_true(c->stock == 0);

    inv_product_read(test_tree(arena, "{\"name\":\"A\",\"price\":0}"),
                     INV_WRITE_REPLACE, &input, &faults);
    assert_int_equal(c->present, INV_MEMBER_NAME | INV_MEMBER_PRICE);

    inv_product_read(test_tree(arena, "{\"sku\":null,\"category\":\"x\"}"),
                     INV_WRITE_MERGE, &input, &faults);
    assert_int_equal(c->present, INV_MEMBER_CATEGORY);
    assert_int_equal(input.removed, INV_MEMBER_SKU);

    assert_int_equal(faults.count, 0);
    inv_arena_destroy(arena);
}


/* What the client sent must not make a report that nobody can read. */
static void
test_hostile_names(void **state)
{
    char               *body;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    body = test_repeated("{\"", "n", INV_FAULT_NAME_MAX, "\":1}");
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    assert_int_equal(faults.first->pointer.len, INV_FAULT_NAME_MAX + 1);
    free(body);

    inv_faults_init(&faults, arena);
    body = test_repeated("{\"", "n", INV_FAULT_NAME_MAX + 1, "\":1}");
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    test_faults(&faults, " has an unknown member", body);
    free(body);

    inv_faults_init(&faults, arena);
    body = test_repeated("{\"tags\":[0", ",0", 9999, "]}");
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    assert_int_equal(faults.count, 10001);
    free(body);
    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_tags),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_hostile_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
