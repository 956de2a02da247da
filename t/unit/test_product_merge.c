
/*
 * Unit tests of edits: what a product becomes, and what that changes.
 */


#include "test_model.h"


/* The catalogue part of a product, as the API shows it. */
static void
test_shown(inv_arena_t *arena, const inv_catalog_t *catalog,
           const char *expected)
{
    char         *from, *to;
    inv_str_t     text;
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    product.catalog = *catalog;

    assert_true(inv_product_render(arena, &product, &text));

    /* Without what is not of the catalogue. */
    from = strchr(text.data, ',');
    to = strstr(text.data, ",\"version\"");
    assert_true(from != NULL && to != NULL);
    test_text((inv_str_t){ (size_t) (to - from - 1), from + 1 }, expected);
}


static void
test_edits(void **state)
{
    size_t              i;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_catalog_t       next;
    inv_members_t       changed;
    inv_product_input_t current, input;

    static const char small[] = "{\"name\":\"A\",\"price\":1,\"stock\":7}";

    static const char full[] =
        "{\"sku\":\"S\",\"name\":\"A\",\"description\":\""
        "D\",\"price\":1.5,\"category\":\"C\","
        "\"tags\":[\"x\",\"y\"],\"stock\":7,"
        "\"lowStock\":0}";

    static const struct {
        const char      *current;
        inv_write_mode_t mode;
        const char      *body;
        inv_members_t    changed;
        const char      *shown;
    } rows[] = {
        /* nothing said, nothing changed */
        { full, INV_WRITE_MERGE, "{}", 0,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\",\"y\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },
        { full, INV_WRITE_MERGE,
          "{\"sku\":\"S\",\"name\":\"\\u0041\",\"price\":15e-1,"
          "\"tags\":[\"x\",\"y\"],\"stock\":7.0,\"lowStock\":-0}",
          0,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\",\"y\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },
        { small, INV_WRITE_MERGE,
          "{\"sku\":null,\"description\":null,\"category\":null,\"tags\":null,"
          "\"lowStock\":null}",
          0, "\"name\":\"A\",\"price\":1,\"stock\":7,\"reserved\":0" },
        { small, INV_WRITE_REPLACE, "{\"name\":\"A\",\"price\":1.00}", 0,
          "\"name\":\"A\",\"price\":1,\"stock\":7,\"reserved\":0" },

        /* each member alone */
        { small, INV_WRITE_MERGE, "{\"sku\":\"S\"}", INV_MEMBER_SKU,
          "\"sku\":\"S\",\"name\":\"A\",\"price\":1,\"stock\":7,"
          "\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"name\":\"B\"}", INV_MEMBER_NAME,
          "\"name\":\"B\",\"price\":1,\"stock\":7,\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"description\":\"\"}",
          INV_MEMBER_DESCRIPTION,
          "\"name\":\"A\",\"description\":\"\",\"price\":1,\"stock\":7,"
          "\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"price\":0.0001}", INV_MEMBER_PRICE,
          "\"name\":\"A\",\"price\":0.0001,\"stock\":7,\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"category\":\"C\"}", INV_MEMBER_CATEGORY,
          "\"name\":\"A\",\"price\":1,\"category\":\"C\",\"stock\":7,"
          "\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"tags\":[]}", INV_MEMBER_TAGS,
          "\"name\":\"A\",\"price\":1,\"tags\":[],\"stock\":7,"
          "\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"stock\":0}", INV_MEMBER_STOCK,
          "\"name\":\"A\",\"price\":1,\"stock\":0,\"reserved\":0" },
        { small, INV_WRITE_MERGE, "{\"lowStock\":0}", INV_MEMBER_LOW_STOCK,
          "\"name\":\"A\",\"price\":1,\"stock\":7,\"reserved\":0,"
          "\"lowStock\":0" },

        /* tags are compared one by one, in order */
        { full, INV_WRITE_MERGE, "{\"tags\":[\"y\",\"x\"]}", INV_MEMBER_TAGS,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"y\",\"x\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },
        { full, INV_WRITE_MERGE, "{\"tags\":[\"x\"]}", INV_MEMBER_TAGS,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },

        { full, INV_WRITE_MERGE, "{\"tags\":[\"z\",\"y\"]}", INV_MEMBER_TAGS,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"z\",\"y\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },
        { full, INV_WRITE_MERGE, "{\"tags\":[\"x\",\"z\"]}", INV_MEMBER_TAGS,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\",\"z\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },
        { full, INV_WRITE_MERGE, "{\"tags\":[\"xy\",\"y\"]}", INV_MEMBER_TAGS,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"xy\",\"y\"],\"stock\":7,"
          "\"reserved\":0,\"lowStock\":0" },

        /* taken away */
        { full, INV_WRITE_MERGE,
          "{\"sku\":null,\"description\":null,\"category\":null,\"tags\":null,"
          "\"lowStock\":null}",
          INV_MEMBER_SKU | INV_MEMBER_DESCRIPTION | INV_MEMBER_CATEGORY
              | INV_MEMBER_TAGS | INV_MEMBER_LOW_STOCK,
          "\"name\":\"A\",\"price\":1.5,\"stock\":7,\"reserved\":0" },

        /* replaced: what is not said goes, but for the stock */
        { full, INV_WRITE_REPLACE, "{\"name\":\"A\",\"price\":1.5}",
          INV_MEMBER_SKU | INV_MEMBER_DESCRIPTION | INV_MEMBER_CATEGORY
              | INV_MEMBER_TAGS | INV_MEMBER_LOW_STOCK,
          "\"name\":\"A\",\"price\":1.5,\"stock\":7,\"reserved\":0" },
        { small, INV_WRITE_REPLACE,
          "{\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\",\"y\"],\"stock\":8,"
          "\"lowStock\":0}",
          INV_MEMBERS_ALL & ~(unsigned) INV_MEMBER_NAME,
          "\"sku\":\"S\",\"name\":\"A\",\"description\":\"D\",\"price\":1.5,"
          "\"category\":\"C\",\"tags\":[\"x\",\"y\"],\"stock\":8,"
          "\"reserved\":0,\"lowStock\":0" },
    };

    for (i = 0; i < TEST_COUNT(rows); i++) {
        arena = inv_arena_create();
        inv_faults_init(&faults, arena);

        inv_product_read(test_tree(arena, rows[i].current), INV_WRITE_CREATE,
                         &current, &faults);
        inv_product_read(test_tree(arena, rows[i].body), rows[i].mode, &input,
                         &faults);
        test_faults(&faults, "", rows[i].body);

        changed =
            inv_product_merge(&current.values, &input, rows[i].mode, &next);

        assert_int_equal(changed, rows[i].changed);
        test_shown(arena, &next, rows[i].shown);
        inv_arena_destroy(arena);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
