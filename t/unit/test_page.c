
/*
 * Unit test of the parameters of a page: bounds, encodings, and every fault of
 * a query at once.
 */


#include "test_model.h"
#include "../../src/model/inv_page.h"


/* Reads from memory that ends where the query does. */
static void
test_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
          const char *expected)
{
    char        *exact;
    inv_faults_t faults;

    exact = malloc(query.len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, query.data, query.len);

    inv_faults_init(&faults, arena);
    memset(page, 0xff, sizeof(*page));
    inv_page_read(arena, (inv_str_t){ query.len, exact + 1 }, page, &faults);

    memset(exact, '#', query.len + 1);
    free(exact);

    test_faults(&faults, expected, query.data);
}


typedef struct {
    const char *query;
    unsigned    limit, page;
} test_good_t;

static void
test_good(void **state)
{
    size_t           i;
    inv_arena_t     *arena;
    inv_page_query_t page;

    static const test_good_t cases[] = {
        { "", 20, 0 },
        { "&", 20, 0 },
        { "&&&", 20, 0 },
        { "limit=1", 1, 0 },
        { "limit=20", 20, 0 },
        { "limit=99", 99, 0 },
        { "limit=100", 100, 0 },
        { "limit=101", 100, 0 },
        { "limit=4294967295", 100, 0 },
        { "limit=4294967296", 100, 0 },
        { "limit=4294967297", 100, 0 },
        { "limit=18446744073709551617", 100, 0 },
        { "limit=99999999999999999999999999999999999999", 100, 0 },
        { "limit=007", 7, 0 },
        { "limit=00000000000000000000000000000000000100", 100, 0 },
        { "&limit=5&", 5, 0 },
        { "limit=5&&page=2", 5, 2 },
        { "page=2&limit=5", 5, 2 },
        { "page=1", 20, 1 },

        /* page * limit: as far as it goes */
        { "page=500", 20, 500 },
        { "page=10000&limit=1", 1, 10000 },
        { "limit=1&page=10000", 1, 10000 },
        { "page=100&limit=100", 100, 100 },
        { "page=100&limit=100000", 100, 100 },
        { "page=101&limit=99", 99, 101 },
        { "page=3333&limit=3", 3, 3333 },

        /* encoded where nobody has to */
        { "%6cimit=%35", 5, 0 },
        { "%6C%69%6D%69%74=%31%30", 10, 0 },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        test_read(arena, test_str(cases[i].query), &page, "");

        if (page.limit != cases[i].limit || page.page != cases[i].page) {
            fail_msg("%s: limit %u, page %u", cases[i].query, page.limit,
                     page.page);
        }

        assert_false(page.has_after);
        inv_arena_destroy(arena);
    }
}


static void
test_absent_query(void **state)
{
    inv_arena_t     *arena;
    inv_faults_t     faults;
    inv_page_query_t page;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    inv_page_read(arena, INV_STR_ABSENT, &page, &faults);
    test_faults(&faults, "", "absent");
    assert_int_equal(page.limit, INV_PAGE_LIMIT_DEFAULT);
    assert_int_equal(page.page, 0);
    assert_false(page.has_after);
    inv_arena_destroy(arena);
}


#define BAD_LIMIT  "?limit must be an integer of at least 1"
#define BAD_PAGE   "?page must be an integer of at least 1"
#define BAD_CURSOR "?cursor is not a cursor of this query"
#define TWICE      " must not be given twice"
#define UNKNOWN    " is not a known parameter"
#define ESCAPE     " has a '%' that no two hex digits follow"
#define BAD_TEXT   " must be valid UTF-8 without U+0000"
#define TOO_FAR \
    "?page times limit must be at most 10000, use cursor to go further"

typedef struct {
    inv_str_t   query;
    const char *faults;
} test_bad_t;

static void
test_bad(const test_bad_t *cases, size_t n)
{
    size_t           i;
    inv_arena_t     *arena;
    inv_page_query_t page;

    for (i = 0; i < n; i++) {
        arena = inv_arena_create();
        test_read(arena, cases[i].query, &page, cases[i].faults);
        inv_arena_destroy(arena);
    }
}

#define Q(text) inv_str(text)


static void
test_bad_counts(void **state)
{
    static const test_bad_t cases[] = {
        { Q("limit=0"), BAD_LIMIT },
        { Q("limit=000"), BAD_LIMIT },
        { Q("limit=-1"), BAD_LIMIT },
        { Q("limit=+1"), BAD_LIMIT },
        { Q("limit=%2B1"), BAD_LIMIT },
        { Q("limit="), BAD_LIMIT },
        { Q("limit"), BAD_LIMIT },
        { Q("limit=="), BAD_LIMIT },
        { Q("limit=5="), BAD_LIMIT },
        { Q("limit=1.0"), BAD_LIMIT },
        { Q("limit=1e1"), BAD_LIMIT },
        { Q("limit=0x10"), BAD_LIMIT },
        { Q("limit=ten"), BAD_LIMIT },
        { Q("limit=1 "), BAD_LIMIT },
        { Q("limit=+5"), BAD_LIMIT },
        { Q("limit=\xd9\xa3"), BAD_LIMIT },
        { Q("limit=99999999999999999999x"), BAD_LIMIT },
        { Q("page=0"), BAD_PAGE },
        { Q("page=-1"), BAD_PAGE },
        { Q("page="), BAD_PAGE },
        { Q("page=1.5"), BAD_PAGE },

        { Q("page=501"), TOO_FAR },
        { Q("page=10001&limit=1"), TOO_FAR },
        { Q("page=101&limit=100"), TOO_FAR },
        { Q("page=102&limit=99"), TOO_FAR },
        { Q("page=3334&limit=3"), TOO_FAR },
        { Q("page=4294967296&limit=1"), TOO_FAR },
        { Q("page=4294967297&limit=1"), TOO_FAR },
        { Q("page=18446744073709551617"), TOO_FAR },

        /* a limit that is wrong does not make a page wrong that might do */
        { Q("page=10000&limit=0"), BAD_LIMIT },
        { Q("page=10001&limit=0"), BAD_LIMIT "; " TOO_FAR },
    };

    test_bad(cases, TEST_COUNT(cases));
}


static void
test_bad_names(void **state)
{
    char *query, *expected;

    static const test_bad_t cases[] = {
        { Q("x=1"), "?x" UNKNOWN },
        { Q("x"), "?x" UNKNOWN },
        { Q("=1"), "?" UNKNOWN },
        { Q("="), "?" UNKNOWN },
        { Q("Limit=1"), "?Limit" UNKNOWN },
        { Q("limit%20=1"), "?limit " UNKNOWN },
        { Q("limit+=1"), "?limit " UNKNOWN },
        { Q("limits=1"), "?limits" UNKNOWN },
        { Q("limi=1"), "?limi" UNKNOWN },
        { Q("x=1&x=2"), "?x" UNKNOWN "; ?x" UNKNOWN },
        { Q("%C3%A9=1"), "?\xc3\xa9" UNKNOWN },
        { Q("%0A%7f=1"), "?%0A%7F" UNKNOWN },
        { Q("limit=1;page=2"), BAD_LIMIT },

        { Q("limit=1&limit=1"), "?limit" TWICE },
        { Q("limit=1&limit=1&limit=1"), "?limit" TWICE "; ?limit" TWICE },
        { Q("limit=0&limit=0"), BAD_LIMIT "; ?limit" TWICE },
        { Q("page=1&page=2"), "?page" TWICE },
        { Q("limit=1&%6Cimit=2"), "?limit" TWICE },
        { Q("cursor=&cursor="), "?cursor" TWICE "; " BAD_CURSOR },
        { Q("cursor=x&page=1"),
          BAD_CURSOR "; ?cursor must not be given together with page" },

        { Q("limit=0&y=&page=x&cursor=%&limit=3"), BAD_LIMIT
          "; ?y" UNKNOWN "; " BAD_PAGE "; ?cursor" ESCAPE "; ?limit" TWICE
          "; ?cursor must not be given together with page" },
    };

    test_bad(cases, TEST_COUNT(cases));

    /* a name as long as is shown, and one more */

    query = test_repeated("", "x", INV_FAULT_NAME_MAX, "=1");
    expected = test_repeated("?", "x", INV_FAULT_NAME_MAX, UNKNOWN);
    test_bad(&(test_bad_t){ test_str(query), expected }, 1);
    free(query);
    free(expected);

    query = test_repeated("", "x", INV_FAULT_NAME_MAX + 1, "=1");
    expected = test_repeated("?", "x", INV_FAULT_NAME_MAX, "..." UNKNOWN);
    test_bad(&(test_bad_t){ test_str(query), expected }, 1);
    free(query);
    free(expected);
}


static void
test_bad_encodings(void **state)
{
    static const test_bad_t cases[] = {
        { Q("limit=%"), "?limit" ESCAPE },
        { Q("limit=5%"), "?limit" ESCAPE },
        { Q("limit=%3"), "?limit" ESCAPE },
        { Q("limit=%3&page=1"), "?limit" ESCAPE },
        { Q("limit=%g0"), "?limit" ESCAPE },
        { Q("limit=%0g"), "?limit" ESCAPE },
        { Q("limit=%%35"), "?limit" ESCAPE },
        { Q("limit=%u0035"), "?limit" ESCAPE },
        { Q("limit=%\x11\x15"), "?limit" ESCAPE },
        { Q("limit=%00"), "?limit" BAD_TEXT },
        { Q("limit=5%00"), "?limit" BAD_TEXT },
        { Q("limit=5\0"), "?limit" BAD_TEXT },
        { Q("limit=%ff"), "?limit" BAD_TEXT },
        { Q("limit=\xff"), "?limit" BAD_TEXT },
        { Q("limit=%C0%B5"), "?limit" BAD_TEXT },
        { Q("limit=%ED%A0%80"), "?limit" BAD_TEXT },
        { Q("%ff=1"), "?%ff" BAD_TEXT },
        { Q("\xff=1"), "?%FF" BAD_TEXT },
        { Q("%=1"), "?%" ESCAPE },
        { Q("a%2=1"), "?a%2" ESCAPE },
        { Q("%00=1"), "?%00" BAD_TEXT },
        { Q("limit%00=1"), "?limit%00" BAD_TEXT },
        { Q("%3d=1"), "?=" UNKNOWN },
        { Q("a%26b=1"), "?a&b" UNKNOWN },
    };

    test_bad(cases, TEST_COUNT(cases));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_absent_query),
        cmocka_unit_test(test_bad_counts),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_bad_encodings),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
