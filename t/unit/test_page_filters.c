
/*
 * Unit test of what lists of products can be asked for: filters, sorts, ids;
 * the text of a list and of a page, cursors that hold in one list only, and
 * what goes on with the next page.
 */


#include "test_model.h"
#include "../../src/model/inv_page.h"


/* A copy that ends with a NUL. */
static const char *
test_terminated(inv_arena_t *arena, inv_str_t text)
{
    inv_str_t copy;

    assert_true(inv_arena_copy(arena, text, &copy));

    return copy.data;
}


/* Reads from memory that ends where the query does. */
static inv_page_query_t
test_read(inv_arena_t *arena, inv_str_t query, const char *expected)
{
    char            *exact;
    inv_faults_t     faults;
    inv_page_query_t page;

    exact = malloc(query.len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, query.data, query.len);

    inv_faults_init(&faults, arena);
    memset(&page, 0xff, sizeof(page));
    inv_page_read(arena, (inv_str_t){ query.len, exact + 1 }, &page, &faults);

    memset(exact, '#', query.len + 1);
    free(exact);

    test_faults(&faults, expected, query.data);

    return page;
}


/* The list that each query is, and whether its pages depend on the stock. */
typedef struct {
    const char *query;
    const char *list;
    bool        by_stock;
} test_list_t;

static const test_list_t test_lists[] = {
    { "", "products?sort=-createdAt", false },
    { "limit=5", "products?sort=-createdAt", false },
    { "page=2", "products?sort=-createdAt", false },
    { "sort=-createdAt", "products?sort=-createdAt", false },
    { "sort=createdAt", "products?sort=createdAt", false },
    { "sort=name", "products?sort=name", false },
    { "sort=-name", "products?sort=-name", false },
    { "sort=price", "products?sort=price", false },
    { "sort=-price", "products?sort=-price", false },
    { "sort=stock", "products?sort=stock", true },
    { "sort=-stock", "products?sort=-stock", true },
    { "category=shirts", "products?category=shirts&sort=-createdAt", false },
    { "category=a+b%26c%3Dd", "products?category=a%20b%26c%3Dd&sort=-createdAt",
      false },
    { "category=%c3%a9", "products?category=%C3%A9&sort=-createdAt", false },
    { "tag=red", "products?tag=red&sort=-createdAt", false },
    { "sku=A.b_c-1", "products?sku=A.b_c-1&sort=-createdAt", false },
    { "minPrice=1&maxPrice=2", "products?minPrice=1&maxPrice=2&sort=-createdAt",
      false },
    { "maxPrice=2.50&minPrice=1e0",
      "products?minPrice=1&maxPrice=2.5&sort=-createdAt", false },
    { "minPrice=9&maxPrice=1", "products?minPrice=9&maxPrice=1&sort=-createdAt",
      false },
    { "minPrice=0", "products?minPrice=0&sort=-createdAt", false },
    { "minPrice=-0.0", "products?minPrice=0&sort=-createdAt", false },
    { "minPrice=0.0001", "products?minPrice=0.0001&sort=-createdAt", false },
    { "maxPrice=99999999999999",
      "products?maxPrice=99999999999999"
      "&sort=-createdAt",
      false },
    { "inStock=true", "products?inStock=true&sort=-createdAt", true },
    { "inStock=false", "products?inStock=false&sort=-createdAt", true },
    { "lowStock=true", "products?lowStock=true&sort=-createdAt", true },
    { "q=Red+shirt", "products?q=red+shirt&sort=-createdAt", false },
    { "q=shirt,RED,red", "products?q=red+shirt&sort=-createdAt", false },
    { "q=%C3%89t%C3%A9", "products?q=%C3%A9t%C3%A9&sort=-createdAt", false },
    { "sort=price&q=b+a&sku=s&lowStock=true&inStock=false&maxPrice=2&minPrice=1"
      "&tag=t&category=c",
      "products?category=c&tag=t&minPrice=1&maxPrice=2&inStock=false"
      "&lowStock=true&sku=s&q=a+b&sort=price",
      true },
};


static void
test_each_list(void **state)
{
    size_t           i;
    inv_arena_t     *arena;
    inv_page_query_t page;

    for (i = 0; i < TEST_COUNT(test_lists); i++) {
        arena = inv_arena_create();
        page = test_read(arena, test_str(test_lists[i].query), "");

        test_text(page.list, test_lists[i].list);
        assert_int_equal(page.by_stock, test_lists[i].by_stock);
        assert_false(page.by_ids);
        assert_false(page.has_after);
        inv_arena_destroy(arena);
    }
}


/* The values themselves. */
static void
test_values(void **state)
{
    inv_arena_t     *arena;
    inv_page_query_t page;

    arena = inv_arena_create();
    page = test_read(arena,
                     inv_str("category=A%20b&tag=%c3%9f&sku=x&minPrice=19.99"
                             "&maxPrice=20.0001&inStock=false&lowStock=true"
                             "&q=One+%c3%89&sort=-name&limit=7&page=3"),
                     "");

    test_text(page.filter.category, "A b");
    test_text(page.filter.tag, "\xc3\x9f");
    test_text(page.filter.sku, "x");
    assert_true(page.filter.has_min_price && page.filter.has_max_price);
    assert_int_equal(page.filter.min_price, 199900);
    assert_int_equal(page.filter.max_price, 200001);
    assert_true(page.filter.has_in_stock && !page.filter.in_stock);
    assert_true(page.filter.low_stock);
    assert_int_equal(page.filter.words.n, 2);
    test_text(page.filter.words.items[0], "one");
    test_text(page.filter.words.items[1], "\xc3\xa9");
    assert_int_equal(page.sort, INV_SORT_NAME);
    assert_true(page.descending);
    assert_int_equal(page.limit, 7);
    assert_int_equal(page.page, 3);

    page = test_read(arena, inv_str(""), "");
    assert_null(page.filter.category.data);
    assert_null(page.filter.tag.data);
    assert_null(page.filter.sku.data);
    assert_false(page.filter.has_min_price || page.filter.has_max_price
                 || page.filter.has_in_stock || page.filter.low_stock);
    assert_int_equal(page.filter.words.n, 0);
    assert_int_equal(page.sort, INV_SORT_CREATED_AT);
    assert_true(page.descending);

    inv_arena_destroy(arena);
}


#define CHARACTERS " must have 1 to 64 characters"
#define PRICE                                                                 \
    " must be a number of at least 0 with at most 14 significant digits, at " \
    "most 4 of them after the point"
#define CODE  "?sku must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"
#define WORDS "?q must have 1 to 16 words"
#define SORT                                                                 \
    "?sort must be createdAt, name, price or stock, maybe with a '-' before" \
    " it"
#define IDS    " must not be given together with ids"
#define CURSOR "?cursor is not a cursor of this query"

#define SIXTEEN "a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p"

static void
test_refused(void **state)
{
    size_t       i;
    inv_arena_t *arena;

    static const struct {
        const char *query, *faults;
    } cases[] = {
        { "category=", "?category" CHARACTERS },
        { "category", "?category" CHARACTERS },
        { "tag=", "?tag" CHARACTERS },
        { "sku=", CODE },
        { "sku=a+b", CODE },
        { "sku=a%2Fb", CODE },
        { "minPrice=", "?minPrice" PRICE },
        { "minPrice=x", "?minPrice" PRICE },
        { "minPrice=-1", "?minPrice" PRICE },
        { "minPrice=-0.0001", "?minPrice" PRICE },
        { "minPrice=%2B1", "?minPrice" PRICE },
        { "minPrice=+1", "?minPrice" PRICE },
        { "minPrice=1+", "?minPrice" PRICE },
        { "minPrice=01", "?minPrice" PRICE },
        { "minPrice=.5", "?minPrice" PRICE },
        { "minPrice=1.", "?minPrice" PRICE },
        { "minPrice=1,5", "?minPrice" PRICE },
        { "minPrice=0x10", "?minPrice" PRICE },
        { "minPrice=1.00001", "?minPrice" PRICE },
        { "minPrice=123456789012345", "?minPrice" PRICE },
        { "minPrice=1e400", "?minPrice" PRICE },
        { "minPrice=NaN", "?minPrice" PRICE },
        { "minPrice=%221%22", "?minPrice" PRICE },
        { "minPrice=null", "?minPrice" PRICE },
        { "minPrice=[1]", "?minPrice" PRICE },
        { "maxPrice=true", "?maxPrice" PRICE },
        { "inStock=", "?inStock must be true or false" },
        { "inStock=1", "?inStock must be true or false" },
        { "inStock=True", "?inStock must be true or false" },
        { "lowStock=false", "?lowStock must be true" },
        { "lowStock=", "?lowStock must be true" },
        { "q=", WORDS },
        { "q=+", WORDS },
        { "q=-!", WORDS },
        { "q=" SIXTEEN "+q", WORDS },
        { "sort=", SORT },
        { "sort=-", SORT },
        { "sort=--name", SORT },
        { "sort=%2Bname", SORT },
        { "sort=Name", SORT },
        { "sort=name,price", SORT },
        { "sort=_id", SORT },
        { "category=a&category=a", "?category must not be given twice" },
        { "$where=1", "?$where is not a known parameter" },
        { "price[$gt]=1", "?price[$gt] is not a known parameter" },

        /* all at once; whether the cursor fits cannot be told then */
        { "minPrice=x&maxPrice=y&sort=z&q=&limit=0&cursor=c",
          "?minPrice" PRICE "; ?maxPrice" PRICE "; " SORT "; " WORDS
          "; ?limit must be an integer of at least 1" },
        { "limit=0&cursor=c",
          "?limit must be an integer of at least 1; " CURSOR },

        { "ids=&limit=1", "?limit" IDS },
        { "sort=name&ids=a&q=b&cursor=x&page=1",
          "?q" IDS "; ?sort" IDS "; ?page" IDS "; ?cursor" IDS },
        { "ids=a&ids=b", "?ids must not be given twice" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        test_read(arena, test_str(cases[i].query), cases[i].faults);
        inv_arena_destroy(arena);
    }
}


/* As long as a member may be, and one more, in code points. */
static void
test_lengths(void **state)
{
    char        *query;
    size_t       i;
    inv_arena_t *arena;

    static const struct {
        const char *before, *unit, *fault;
    } cases[] = {
        { "category=", "%f0%90%90%80", "?category" CHARACTERS },
        { "tag=", "%c3%a9", "?tag" CHARACTERS },
        { "sku=", "x", CODE },
    };

    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        query = test_repeated(cases[i].before, cases[i].unit, 64, "");
        test_read(arena, test_str(query), "");
        free(query);

        query = test_repeated(cases[i].before, cases[i].unit, 65, "");
        test_read(arena, test_str(query), cases[i].fault);
        free(query);
    }

    test_read(arena, inv_str("q=" SIXTEEN), "");
    test_read(arena, inv_str("q=" SIXTEEN "+A+b"), "");

    inv_arena_destroy(arena);
}


#define ID1 "00112233445566778899aabb"
#define ID2 "ffffffffffffffffffffffff"

static void
test_ids(void **state)
{
    char            *query;
    size_t           i, k;
    char             hex[INV_OID_HEX + 1] = "";
    inv_arena_t     *arena;
    inv_page_query_t page;

    static const struct {
        const char *query;
        size_t      n;
        const char *ids[3];
    } cases[] = {
        { "ids=", 0, { NULL } },
        { "ids", 0, { NULL } },
        { "ids=,", 0, { NULL } },
        { "ids=x", 0, { NULL } },
        { "ids=" ID1, 1, { ID1 } },
        { "ids=" ID2 "," ID1 "," ID2, 3, { ID2, ID1, ID2 } },
        { "ids=" ID2 "%2c" ID1, 2, { ID2, ID1 } },
        { "ids=," ID2 ",x,,FFFFFFFFFFFFFFFFFFFFFFFF," ID1 "0," ID1 ",",
          2,
          { ID2, ID1 } },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        page = test_read(arena, test_str(cases[i].query), "");

        assert_true(page.by_ids);
        assert_int_equal(page.limit, INV_PAGE_IDS_MAX);
        assert_int_equal(page.nids, cases[i].n);

        for (k = 0; k < page.nids; k++) {
            inv_oid_write(page.ids[k], hex);
            assert_string_equal(hex, cases[i].ids[k]);
        }

        inv_arena_destroy(arena);
    }

    arena = inv_arena_create();

    query = test_repeated("ids=x", "," ID1, INV_PAGE_IDS_MAX - 1, "");
    page = test_read(arena, test_str(query), "");
    assert_int_equal(page.nids, INV_PAGE_IDS_MAX - 1);
    free(query);

    query = test_repeated("ids=x", "," ID1, INV_PAGE_IDS_MAX, "");
    test_read(arena, test_str(query), "?ids must have at most 100 ids");
    free(query);

    inv_arena_destroy(arena);
}


static inv_product_t
test_product(void)
{
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    memset(&product.id, 0x5a, sizeof(product.id));
    product.catalog.name = inv_str("N\xc3\xa9");
    product.catalog.price = 199900;
    product.catalog.stock = 7;
    product.created_at = INT64_C(1795236462201);

    return product;
}


/* "query&cursor=..." of the page behind the product. */
static inv_str_t
test_next(inv_arena_t *arena, const char *query, const inv_product_t *last,
          const char *with)
{
    char            *text;
    int              n;
    inv_str_t        cursor;
    inv_page_query_t page;

    page = test_read(arena, test_str(query), "");
    assert_true(inv_page_cursor(arena, &page, last, &cursor));
    assert_in_range(cursor.len, 1, INV_PAGE_CURSOR_MAX);

    text = inv_arena_alloc(arena, strlen(with) + cursor.len + 16);
    n = sprintf(text, "%s&cursor=%.*s", with, (int) cursor.len, cursor.data);

    return (inv_str_t){ (size_t) n, text };
}


/* A cursor is taken by its own list, however it is asked for, and by none
   other. */
static void
test_cursors_are_bound(void **state)
{
    bool          same;
    size_t        i, k;
    inv_str_t     query;
    inv_arena_t  *arena;
    inv_product_t last = test_product();

    for (i = 0; i < TEST_COUNT(test_lists); i++) {
        if (strstr(test_lists[i].query, "page=") != NULL) {
            continue;
        }

        for (k = 0; k < TEST_COUNT(test_lists); k++) {
            if (strstr(test_lists[k].query, "page=") != NULL) {
                continue;
            }

            arena = inv_arena_create();
            same = strcmp(test_lists[i].list, test_lists[k].list) == 0;
            query = test_next(arena, test_lists[i].query, &last,
                              test_lists[k].query);
            test_read(arena, query, same ? "" : CURSOR);
            inv_arena_destroy(arena);
        }
    }
}


static void
test_places(void **state)
{
    size_t           i;
    inv_arena_t     *arena;
    inv_product_t    last = test_product();
    inv_page_query_t page;

    static const struct {
        const char *sort;
        int64_t     number;
    } cases[] = {
        { "sort=createdAt", INT64_C(1795236462201) },
        { "sort=-createdAt", INT64_C(1795236462201) },
        { "sort=price", 199900 },
        { "sort=-price", 199900 },
        { "sort=stock", 7 },
        { "sort=-stock", 7 },
    };

    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        page = test_read(
            arena, test_next(arena, cases[i].sort, &last, cases[i].sort), "");
        assert_true(page.has_after);
        assert_int_equal(page.after.number, cases[i].number);
        assert_true(inv_oid_eq(page.after.id, last.id));
    }

    page =
        test_read(arena, test_next(arena, "sort=name", &last, "sort=name"), "");
    test_text(page.after.name, "N\xc3\xa9");
    assert_true(inv_oid_eq(page.after.id, last.id));

    last.catalog.name = inv_str("");
    page =
        test_read(arena, test_next(arena, "sort=name", &last, "sort=name"), "");
    test_text(page.after.name, "");

    inv_arena_destroy(arena);
}


/*
 * The longest name goes into a cursor as it is.  A longer one, which is not
 * ours, leads on all the same: never back to itself.
 */
static void
test_long_names(void **state)
{
    char            *name;
    size_t           i, n;
    inv_arena_t     *arena;
    inv_product_t    last = test_product();
    inv_page_query_t page;

    arena = inv_arena_create();

    name = test_repeated("", "\xf0\x90\x90\x80", INV_NAME_MAX, "");
    last.catalog.name = test_str(name);
    page =
        test_read(arena, test_next(arena, "sort=name", &last, "sort=name"), "");
    test_text(page.after.name, name);
    free(name);

    for (i = 0; i < 4; i++) {
        for (n = 199; n < 300; n++) {
            name = test_repeated(&"xyz"[i < 3 ? i : 3], "\xf0\x90\x90\x80", n,
                                 "!");
            last.catalog.name = test_str(name);

            page = test_read(
                arena, test_next(arena, "sort=name", &last, "sort=name"), "");
            assert_true(page.after.name.len <= 800);
            assert_true(strcmp(name, test_terminated(arena, page.after.name))
                        <= 0);

            page = test_read(
                arena, test_next(arena, "sort=-name", &last, "sort=-name"), "");
            assert_true(strcmp(name, test_terminated(arena, page.after.name))
                        >= 0);

            free(name);
        }
    }

    inv_arena_destroy(arena);
}


/* Equal for equal pages, different for all others. */
static void
test_keys(void **state)
{
    size_t           i;
    inv_str_t        key, again, cursor;
    inv_arena_t     *arena;
    inv_product_t    last = test_product();
    inv_page_query_t page;

    static const struct {
        const char *query, *key;
    } cases[] = {
        { "", "products?sort=-createdAt&limit=20" },
        { "limit=200&page=1", "products?sort=-createdAt&limit=100&page=1" },
        { "page=01&limit=100", "products?sort=-createdAt&limit=100&page=1" },
        { "q=B+a&sort=name", "products?q=a+b&sort=name&limit=20" },
    };

    arena = inv_arena_create();

    for (i = 0; i < TEST_COUNT(cases); i++) {
        page = test_read(arena, test_str(cases[i].query), "");
        assert_true(inv_page_key(arena, &page, &key));
        test_text(key, cases[i].key);
    }

    for (i = 0; i < TEST_COUNT(test_lists); i++) {
        if (strstr(test_lists[i].query, "page=") != NULL) {
            continue;
        }

        page = test_read(
            arena,
            test_next(arena, test_lists[i].query, &last, test_lists[i].query),
            "");
        assert_true(inv_page_key(arena, &page, &key));
        assert_true(inv_page_key(arena, &page, &again));
        assert_true(inv_str_eq(key, again));

        assert_true(inv_page_cursor(arena, &page, &last, &cursor));
        assert_true(key.len > cursor.len + 8);
        assert_memory_equal(key.data + key.len - cursor.len, cursor.data,
                            cursor.len);
        assert_memory_equal(key.data + key.len - cursor.len - 8, "&cursor=", 8);
    }

    inv_arena_destroy(arena);
}


static void
test_rests(void **state)
{
    size_t       i;
    inv_str_t    rest;
    inv_arena_t *arena;

    static const struct {
        const char *query, *rest;
    } cases[] = {
        { "", "" },
        { "limit=5", "" },
        { "limit=5&page=2&cursor=x", "" },
        { "sort=name", "sort=name&" },
        { "&&sort=name&&limit=5&", "sort=name&" },
        { "%6cimit=5&c%75rsor=x&tag=a", "tag=a&" },
        { "limits=5", "limits=5&" },
        { "q=a+b%20c&limit=2&category=x%26y", "q=a+b%20c&category=x%26y&" },
        { "q=<a>%3E\"\\^`{|}#", "q=%3Ca%3E%3E%22%5C%5E%60%7B%7C%7D%23&" },
        { "q=\xc3\xa9", "q=%C3%A9&" },
        { "category", "category&" },
        { "ids=a,b", "ids=a,b&" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        arena = inv_arena_create();
        assert_true(inv_page_rest(arena, test_str(cases[i].query), &rest));
        test_text(rest, cases[i].rest);
        assert_true(inv_page_rest(arena, INV_STR_ABSENT, &rest));
        assert_int_equal(rest.len, 0);
        inv_arena_destroy(arena);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_list),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_cursors_are_bound),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_rests),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
