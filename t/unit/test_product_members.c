
/*
 * Unit test of the members of a product, each with each type and with null,
 * and of every ASCII character in a sku; of their names; and of a text that
 * cannot be shown.
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


/* What a member says where it does not take a value. */
static const struct {
    inv_member_t member;
    const char  *name;
    const char  *takes; /* positions in test_values */
    bool         nullable;
    const char  *fault;
} test_members[] = {
    { INV_MEMBER_SKU, "sku", "08", true, "/sku must be a string" },
    { INV_MEMBER_NAME, "name", "08", false, "/name must be a string" },
    { INV_MEMBER_DESCRIPTION, "description", "08", true,
      "/description must be a string" },
    { INV_MEMBER_PRICE, "price", "1", false, "/price must be a number" },
    { INV_MEMBER_CATEGORY, "category", "08", true,
      "/category must be a string" },
    { INV_MEMBER_TAGS, "tags", "25", true,
      "/tags must be an array of strings" },
    { INV_MEMBER_STOCK, "stock", "1", false, "/stock must be an integer" },
    { INV_MEMBER_LOW_STOCK, "lowStock", "1", true,
      "/lowStock must be an integer" },
};

static const char *const test_values[] = { "\"a\"", "1",         "[\"a\"]",
                                           "{}",    "true",      "[]",
                                           "false", "{\"a\":1}", "\"1\"" };


static void
test_types(void **state)
{
    bool   taken;
    char   body[128];
    size_t i, k;

    for (i = 0; i < TEST_COUNT(test_members); i++) {
        for (k = 0; k < TEST_COUNT(test_values); k++) {
            snprintf(body, sizeof(body), "{\"%s\":%s}", test_members[i].name,
                     test_values[k]);
            taken = strchr(test_members[i].takes, (int) ('0' + k)) != NULL;
            test_told(body, INV_WRITE_MERGE,
                      taken ? "" : test_members[i].fault);
        }
    }
}


/* null takes away what is optional, in a patch; else it is a wrong type. */
static void
test_null(void **state)
{
    char        body[128];
    size_t      i;
    const char *needed;

    for (i = 0; i < TEST_COUNT(test_members); i++) {
        snprintf(body, sizeof(body), "{\"%s\":null}", test_members[i].name);
        test_told(body, INV_WRITE_MERGE,
                  test_members[i].nullable ? "" : test_members[i].fault);

        needed = (test_members[i].member == INV_MEMBER_NAME) ? "\"price\":1"
                 : (test_members[i].member == INV_MEMBER_PRICE)
                     ? "\"name\":\"n\""
                     : "\"name\":\"n\",\"price\":1";

        snprintf(body, sizeof(body), "{%s,\"%s\":null}", needed,
                 test_members[i].name);
        test_told(body, INV_WRITE_CREATE, test_members[i].fault);
        test_told(body, INV_WRITE_REPLACE, test_members[i].fault);
    }
}


static void
test_names(void **state)
{
    size_t i;

    for (i = 0; i < TEST_COUNT(test_members); i++) {
        assert_string_equal(inv_member_name(test_members[i].member),
                            test_members[i].name);
    }

    assert_null(inv_member_name((inv_member_t) 0));
    assert_null(inv_member_name((inv_member_t) (INV_MEMBERS_ALL + 1)));
}


static void
test_skus(void **state)
{
    int  c;
    bool good;
    char body[64];

    for (c = 1; c <= 0x7f; c++) {
        good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
               || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';

        snprintf(body, sizeof(body), "{\"sku\":\"a\\u%04xb\"}", (unsigned) c);
        test_told(
            body, INV_WRITE_MERGE,
            good ? "" : "/sku must be of A-Z, a-z, 0-9, '.', '_' and '-' only");
    }
}


/* A document from elsewhere may hold bytes that are no text. */
static void
test_bad_texts(void **state)
{
    size_t        i;
    inv_str_t     text, bad;
    inv_arena_t  *arena;
    inv_product_t product;

    static const inv_member_t members[] = { INV_MEMBER_SKU, INV_MEMBER_NAME,
                                            INV_MEMBER_DESCRIPTION,
                                            INV_MEMBER_CATEGORY,
                                            INV_MEMBER_TAGS };

    arena = inv_arena_create();
    bad = inv_str("\xff");
    memset(&product, 0, sizeof(product));
    product.catalog.sku = bad;
    product.catalog.name = bad;
    product.catalog.description = bad;
    product.catalog.category = bad;
    product.catalog.tags = &bad;
    product.catalog.ntags = 1;

    for (i = 0; i < TEST_COUNT(members); i++) {
        product.catalog.present = members[i];
        assert_false(inv_product_render(arena, &product, &text));
    }

    /* what is not present is not looked at */

    product.catalog.present = 0;
    assert_true(inv_product_render(arena, &product, &text));

    inv_arena_destroy(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),     cmocka_unit_test(test_null),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_skus),
        cmocka_unit_test(test_bad_texts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
