
/*
 * Unit test of reading products: tags, all faults at once, and what is in the
 * input afterwards.
 */


#include "test_model.h"


static void
test_told(const char *body, inv_write_mode_t mode, const char *expected)
{
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_input_t input;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_product_read(test_tree(arena, body), mode, &input, &faults);
    test_faults(&faults, expected, body);
    inv_arena_destroy(arena);
}


static void
test_tags(void **state)
{
    size_t i;
    char  *body;

    static const struct {
        const char *body;
        const char *faults;
    } cases[] = {
        { "{\"tags\":[]}", "" },
        { "{\"tags\":[\"a\",\"b\",\"a\"]}", "" },
        { "{\"tags\":[\"\"]}", "/tags/0 must have 1 to 64 characters" },
        { "{\"tags\":[1,\"a\",{},[\"b\"]]}",
          "/tags/0 must be a string; /tags/2 must be a string; "
          "/tags/3 must be a string" },
    };

    static const struct {
        const char *before, *unit;
        size_t      n;
        const char *after, *faults;
    } many[] = {
        { "{\"tags\":[\"", "x", 64, "\"]}", "" },
        { "{\"tags\":[\"", "\xc3\xa9", 64, "\"]}", "" },
        { "{\"tags\":[\"", "\xc3\xa9", 65, "\"]}",
          "/tags/0 must have 1 to 64 characters" },
        { "{\"tags\":[\"a\",\"", "x", 65, "\"]}",
          "/tags/1 must have 1 to 64 characters" },
        { "{\"tags\":[\"a\"", ",\"a\"", 19, "]}", "" },
        { "{\"tags\":[\"a\"", ",\"a\"", 20, "]}",
          "/tags must have at most 20 elements" },
        { "{\"tags\":[\"a\"", ",\"a\"", 20, ",1]}",
          "/tags must have at most 20 elements; /tags/21 must be a string" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_told(cases[i].body, INV_WRITE_MERGE, cases[i].faults);
    }

    for (i = 0; i < TEST_COUNT(many); i++) {
        body = test_repeated(many[i].before, many[i].unit, many[i].n,
                             many[i].after);
        test_told(body, INV_WRITE_MERGE, many[i].faults);
        free(body);
    }
}


/* In the order of the body; what is missing comes last. */
static void
test_all_at_once(void **state)
{
    test_told("{\"stock\":-1,\"id\":\"x\",\"sku\":\"a b\",\"tags\":[\"\",7],"
              "\"zz\":0,\"lowStock\":1.5,\"category\":\"\",\"price\":-0.00001}",
              INV_WRITE_CREATE,
              "/stock must be at least 0; /id is read-only; "
              "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only; "
              "/tags/0 must have 1 to 64 characters; /tags/1 must be a string; "
              "/zz is not a known member; /lowStock must be an integer; "
              "/category must have 1 to 64 characters; "
              "/price must be at least 0; "
              "/price must have at most 4 digits after the point; "
              "/name is required");

    test_told(
        "{\"sku\":\"\",\"name\":\"\",\"description\":null,\"price\":\"\"}",
        INV_WRITE_REPLACE,
        "/sku must have 1 to 64 characters; "
        "/name must have 1 to 200 characters; "
        "/description must be a string; /price must be a number");
}


/* More than are kept are counted, and the first ones are those kept. */
static void
test_more_than_are_kept(void **state)
{
    size_t              i;
    char               *body, pointer[16];
    inv_arena_t        *arena;
    inv_faults_t        faults;
    const inv_fault_t  *fault;
    inv_product_input_t input;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);

    body = test_repeated("{\"tags\":[0", ",0", 999, "]}");
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    free(body);

    assert_int_equal(faults.count, 1001);
    assert_false(faults.no_memory);

    fault = faults.first->next;

    for (i = 0; i < INV_ERRORS_MAX - 1; i++) {
        snprintf(pointer, sizeof(pointer), "/tags/%zu", i);
        assert_true(inv_str_eq(fault->pointer, test_str(pointer)));
        fault = fault->next;
    }

    assert_null(fault);
    inv_arena_destroy(arena);
}


static void
test_values(void **state)
{
    inv_arena_t        *arena;
    inv_product_input_t input;
    inv_catalog_t      *v;

    arena = inv_arena_create();
    v = &input.values;

    test_input(arena,
               "{\"lowStock\":3,\"stock\":10,\"tags\":[\"red\",\"\\u00e9\"],"
               "\"category\":\"shirts\",\"price\":19.99,\"description\":\"\","
               "\"name\":\"T-shirt\",\"sku\":\"T.1\"}",
               INV_WRITE_CREATE, &input);

    assert_int_equal(v->present, INV_MEMBERS_ALL);
    assert_int_equal(input.removed, 0);
    assert_true(inv_str_eq(v->sku, inv_str("T.1")));
    assert_true(inv_str_eq(v->name, inv_str("T-shirt")));
    assert_true(inv_str_eq(v->description, inv_str("")));
    assert_true(v->price == 199900);
    assert_true(inv_str_eq(v->category, inv_str("shirts")));
    assert_int_equal(v->ntags, 2);
    assert_true(inv_str_eq(v->tags[0], inv_str("red")));
    assert_true(inv_str_eq(v->tags[1], inv_str("\xc3\xa9")));
    assert_true(v->stock == 10);
    assert_true(v->low_stock == 3);

    inv_arena_destroy(arena);
}


static void
test_present(void **state)
{
    size_t              i;
    inv_arena_t        *arena;
    inv_product_input_t input;

    static const struct {
        inv_write_mode_t mode;
        const char      *body;
        unsigned         present, removed;
    } cases[] = {
        { INV_WRITE_CREATE, "{\"name\":\"n\",\"price\":1}",
          INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK, 0 },
        { INV_WRITE_REPLACE, "{\"name\":\"n\",\"price\":1}",
          INV_MEMBER_NAME | INV_MEMBER_PRICE, 0 },
        { INV_WRITE_MERGE, "{}", 0, 0 },
        { INV_WRITE_MERGE, "{\"stock\":0}", INV_MEMBER_STOCK, 0 },
        { INV_WRITE_MERGE, "{\"tags\":[]}", INV_MEMBER_TAGS, 0 },
        { INV_WRITE_MERGE, "{\"sku\":null,\"price\":2}", INV_MEMBER_PRICE,
          INV_MEMBER_SKU },
        { INV_WRITE_MERGE,
          "{\"sku\":null,\"description\":null,\"category\":null,"
          "\"tags\":null,\"lowStock\":null}",
          0,
          INV_MEMBER_SKU | INV_MEMBER_DESCRIPTION | INV_MEMBER_CATEGORY
              | INV_MEMBER_TAGS | INV_MEMBER_LOW_STOCK },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        test_input(arena, cases[i].body, cases[i].mode, &input);
        assert_int_equal(input.values.present, cases[i].present);
        assert_int_equal(input.removed, cases[i].removed);
        assert_true(input.values.stock == 0);
        inv_arena_destroy(arena);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_more_than_are_kept),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_present),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
