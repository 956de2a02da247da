
/*
 * Unit test of cursors, which come back as they went and are not taken when
 * anything of them is changed, and of the envelope around them.
 */


#include "test_model.h"
#include "../../src/model/inv_page.h"


static inv_product_t
test_product(inv_time_t created_at, unsigned char filling)
{
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    memset(&product.id, filling, sizeof(product.id));
    product.catalog.present = INV_MEMBER_NAME;
    product.catalog.name = inv_str("n");
    product.version = 1;
    product.created_at = created_at;

    return product;
}


/* The query that asks for a list in this way. */
static inv_page_query_t
test_query(inv_arena_t *arena, const char *text)
{
    inv_faults_t     faults;
    inv_page_query_t query;

    inv_faults_init(&faults, arena);
    inv_page_read(arena, test_str(text), &query, &faults);
    test_faults(&faults, "", text);

    return query;
}


/* Reads the cursor as the query of a page; the faults are left to look at. */
static void
test_read(inv_arena_t *arena, const char *before, inv_str_t cursor,
          const char *after, inv_page_query_t *page, inv_faults_t *faults)
{
    int  n;
    char query[256];

    n = snprintf(query, sizeof(query), "%scursor=%.*s%s", before,
                 (int) cursor.len, cursor.data, after);
    assert_in_range(n, 7, sizeof(query) - 1);

    inv_faults_init(faults, arena);
    inv_page_read(arena, (inv_str_t){ (size_t) n, query }, page, faults);
}


static void
test_is_url_safe(inv_str_t cursor)
{
    size_t i;

    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz0123456789-_";

    for (i = 0; i < cursor.len; i++) {
        assert_non_null(
            memchr(characters, cursor.data[i], sizeof(characters) - 1));
    }
}


static void
test_round_trips(void **state)
{
    size_t           i, k;
    inv_str_t        cursor;
    inv_arena_t     *arena;
    inv_faults_t     faults;
    inv_product_t    product;
    inv_page_query_t page, query;

    static const inv_time_t times[] = { 0,
                                        1,
                                        -1,
                                        INT64_C(1795236462201),
                                        INT64_C(253402300799999),
                                        INT64_MAX,
                                        INT64_MIN };

    static const unsigned char fillings[] = { 0, 0x7f, 0x80, 0xff };

    for (i = 0; i < TEST_COUNT(times); i++) {
        for (k = 0; k < TEST_COUNT(fillings); k++) {
            arena = inv_arena_create();
            query = test_query(arena, "");
            product = test_product(times[i], fillings[k]);

            assert_true(inv_page_cursor(arena, &query, &product, &cursor));
            test_is_url_safe(cursor);

            test_read(arena, "limit=3&", cursor, "", &page, &faults);
            test_faults(&faults, "", "a good cursor");
            assert_true(page.has_after);
            assert_true(page.after.number == times[i]);
            assert_true(inv_oid_eq(page.after.id, product.id));
            assert_int_equal(page.limit, 3);
            assert_int_equal(page.page, 0);

            inv_arena_destroy(arena);
        }
    }
}


#define NO_CURSOR "?cursor is not a cursor of this query"

static void
test_refused(inv_arena_t *arena, inv_str_t cursor)
{
    inv_faults_t     faults;
    inv_page_query_t page;

    test_read(arena, "", cursor, "", &page, &faults);
    test_faults(&faults, NO_CURSOR, cursor.data);
    assert_false(page.has_after);
}


/* Every character as every other one: 39 times 63 cursors, all refused. */
static void
test_tampered(void **state)
{
    size_t           i, k;
    char             text[64];
    inv_str_t        cursor;
    inv_arena_t     *arena;
    inv_product_t    product;
    inv_page_query_t query;

    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        "=/.~!,";

    arena = inv_arena_create();
    query = test_query(arena, "");
    product = test_product(INT64_C(1795236462201), 0x5a);
    assert_true(inv_page_cursor(arena, &query, &product, &cursor));
    assert_in_range(cursor.len, 30, sizeof(text) - 2);

    for (i = 0; i < cursor.len; i++) {
        for (k = 0; k < sizeof(digits) - 1; k++) {
            memcpy(text, cursor.data, cursor.len);
            text[cursor.len] = '\0';

            if (text[i] == digits[k]) {
                continue;
            }

            text[i] = digits[k];
            test_refused(arena, (inv_str_t){ cursor.len, text });
        }
    }

    /* all that is shorter, and a little that is longer */

    for (i = 0; i < cursor.len; i++) {
        memcpy(text, cursor.data, i);
        text[i] = '\0';
        test_refused(arena, (inv_str_t){ i, text });
    }

    for (k = 0; k < sizeof(digits) - 1; k++) {
        memcpy(text, cursor.data, cursor.len);
        text[cursor.len] = digits[k];
        text[cursor.len + 1] = '\0';
        test_refused(arena, (inv_str_t){ cursor.len + 1, text });
    }

    inv_arena_destroy(arena);
}


/* Clients keep cursors while the server is replaced by a newer one. */
static void
test_lasting(void **state)
{
    inv_str_t        cursor;
    inv_arena_t     *arena;
    inv_product_t    product;
    inv_page_query_t query;

    arena = inv_arena_create();
    query = test_query(arena, "");
    product = test_product(INT64_C(1795236462201), 0x5a);
    assert_true(inv_page_cursor(arena, &query, &product, &cursor));
    assert_true(
        inv_str_eq(cursor, inv_str("AQAAAaH8bn55WlpaWlpaWlpaWlpa0CkJONTHTGc")));
    inv_arena_destroy(arena);
}


static void
test_with_page(void **state)
{
    inv_str_t        cursor;
    inv_arena_t     *arena;
    inv_faults_t     faults;
    inv_product_t    product;
    inv_page_query_t page, query;

#define TOGETHER "?cursor must not be given together with page"

    arena = inv_arena_create();
    query = test_query(arena, "");
    product = test_product(1, 1);
    assert_true(inv_page_cursor(arena, &query, &product, &cursor));

    test_read(arena, "page=1&", cursor, "", &page, &faults);
    test_faults(&faults, TOGETHER, "page before cursor");
    test_read(arena, "", cursor, "&page=1", &page, &faults);
    test_faults(&faults, TOGETHER, "page after cursor");
    test_read(arena, "", cursor, "&page=0", &page, &faults);
    test_faults(&faults, "?page must be an integer of at least 1; " TOGETHER,
                "a wrong page after cursor");

    inv_arena_destroy(arena);
}


#define ITEM(version)                                               \
    "{\"id\":\"0000000000000000000000" version "\",\"name\":\"n\"," \
    "\"price\":0,\"stock\":0,\"reserved\":0,\"version\":1,"         \
    "\"createdAt\":\"1970-01-01T00:00:00.000Z\","                   \
    "\"updatedAt\":\"1970-01-01T00:00:00.000Z\"}"

static void
test_envelopes(void **state)
{
    size_t           i, k;
    char             expected[1024];
    inv_str_t        text, next, cursor;
    inv_arena_t     *arena;
    inv_product_t    products[2], *items[2];
    inv_page_query_t query;

    static const struct {
        inv_page_t  page;
        const char *items;
        const char *tail;
    } cases[] = {
        { { .nitems = 0 }, "", "" },
        { { .nitems = 0, .more = true }, "", "" },
        { { .nitems = 1 }, ITEM("01"), "" },
        { { .nitems = 2 }, ITEM("01") "," ITEM("02"), "" },
        { { .nitems = 2, .more = true }, ITEM("01") "," ITEM("02"), "" },
        { { .nitems = 0, .total = { true, 0, true } }, "", ",\"total\":0" },
        { { .nitems = 1, .more = true, .total = { true, 10000, true } },
          ITEM("01"),
          ",\"total\":10000" },
        { { .nitems = 1, .more = true, .total = { true, 10000, false } },
          ITEM("01"),
          ",\"total\":10000,\"totalIsExact\":false" },
        { { .nitems = 1, .total = { false, 5, true } }, ITEM("01"), "" },
    };

    for (k = 0; k < 2; k++) {
        products[k] = test_product(0, 0);
        products[k].id.bytes[11] = (unsigned char) (k + 1);
        items[k] = &products[k];
    }

    for (i = 0; i < TEST_COUNT(cases); i++) {
        inv_page_t page = cases[i].page;

        arena = inv_arena_create();
        query = test_query(arena, "limit=2");
        page.items = items;
        assert_true(inv_page_render(arena, &query, &page, &text, &next));

        if (page.more && page.nitems != 0) {
            assert_true(inv_page_cursor(arena, &query, items[page.nitems - 1],
                                        &cursor));
            assert_true(inv_str_eq(next, cursor));
            snprintf(expected, sizeof(expected),
                     "{\"items\":[%s],\"page\":{\"limit\":2,"
                     "\"next\":\"%.*s\"%s}}",
                     cases[i].items, (int) cursor.len, cursor.data,
                     cases[i].tail);

        } else {
            assert_null(next.data);
            snprintf(expected, sizeof(expected),
                     "{\"items\":[%s],\"page\":{\"limit\":2,\"next\":null%s}}",
                     cases[i].items, cases[i].tail);
        }

        if (!inv_str_eq(text, test_str(expected))) {
            fail_msg("%.*s\n  want: %s", (int) text.len, text.data, expected);
        }

        inv_arena_destroy(arena);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_tampered),
        cmocka_unit_test(test_lasting),     cmocka_unit_test(test_with_page),
        cmocka_unit_test(test_envelopes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
