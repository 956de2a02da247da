
/*
 * Lists of products by every filter and sort, against what a plain look at all
 * products says: walked by cursor in both directions with many ties, by page
 * number with the total; and products by their skus.
 *
 * TEST_SEED=n draws other products and other queries; it is told.
 */


#include <stdlib.h>

#include "store_fixture.h"
#include "../../src/store/inv_store_skus.h"


#define PRODUCTS 300
#define DELETED  20
#define QUERIES  250

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
    inv_oid_t     id;
    inv_catalog_t catalog;
    inv_time_t    created_at;
} listed_t;

static listed_t   listed[PRODUCTS];
static uint64_t   seed;
static inv_str_t  tags[PRODUCTS][3];
static char       skus[PRODUCTS][16];
static inv_sort_t order_sort;
static bool       order_descending;

static const inv_str_t names[] = {
    inv_str("red shirt"),
    inv_str("Red Shirt"),
    inv_str("red"),
    inv_str("\xc3\x89t\xc3\xa9 shirt"),
    inv_str("zebra"),
    inv_str("\xf0\x90\x90\x80 shirt"),
    inv_str("\xef\xbf\xbd red"),
    inv_str("!"),
    inv_str("blue-shirt 10"),
};

static const inv_str_t descriptions[] = {
    inv_str(""),
    inv_str("Made of COTTON, washed once"),
    inv_str("\xce\xa3\xce\x91 cotton 10%"),
    inv_str("no words of the others"),
};

static const inv_str_t   categories[] = { inv_str("a"), inv_str("b"),
                                          inv_str("\xc3\xa9 &") };
static const inv_str_t   labels[] = { inv_str("x"), inv_str("y"), inv_str("z"),
                                      inv_str("x y") };
static const inv_price_t prices[] = {
    0, 1, 10000, 199900, 199901, 200000, INT64_C(9223372036854700000)
};
static const int64_t stocks[] = { 0, 0, 1, 2, 5, 100, INV_STOCK_MAX };

static const char *const words[] = {
    "red",       "SHIRT",
    "cotton",    "10",
    "shirt+Red", "%C3%A9T%C3%89",
    "nobody",    "\xcf\x83\xce\xb1+cotton",
    "made+red",  "of",
};


static unsigned
draw(size_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);

    return (unsigned) ((seed >> 33) % n);
}


static void
draw_product(size_t i)
{
    listed_t      *p = &listed[i];
    inv_catalog_t *c = &p->catalog;

    memset(p, 0, sizeof(*p));

    inv_random(p->id.bytes, sizeof(p->id.bytes));
    p->id.bytes[0] = (unsigned char) draw(3);
    p->created_at = 1700000000000 + draw(12);

    c->present =
        INV_MEMBER_NAME | INV_MEMBER_PRICE | INV_MEMBER_STOCK | INV_MEMBER_SKU;
    c->name = names[draw(COUNT(names))];
    c->price = prices[draw(COUNT(prices))];
    c->stock = stocks[draw(COUNT(stocks))];

    snprintf(skus[i], sizeof(skus[i]), "S.%zu", i);
    c->sku = (inv_str_t){ strlen(skus[i]), skus[i] };

    if (draw(3) > 0) {
        c->present |= INV_MEMBER_DESCRIPTION;
        c->description = descriptions[draw(COUNT(descriptions))];
    }

    if (draw(4) > 0) {
        c->present |= INV_MEMBER_CATEGORY;
        c->category = categories[draw(COUNT(categories))];
    }

    if (draw(3) > 0) {
        c->present |= INV_MEMBER_TAGS;
        c->tags = tags[i];

        while (c->ntags < draw(4)) {
            c->tags[c->ntags++] = labels[draw(COUNT(labels))];
        }
    }

    if (draw(3) > 0) {
        c->present |= INV_MEMBER_LOW_STOCK;
        c->low_stock = stocks[draw(COUNT(stocks))];
    }
}


static int
open_with_products(void **state)
{
    size_t      i;
    fixture_t  *f;
    const char *text;

    text = getenv("TEST_SEED");
    seed = text != NULL ? strtoull(text, NULL, 10) : 6;
    fprintf(stderr, "# TEST_SEED=%llu\n", (unsigned long long) seed);

    assert_int_equal(fixture_open(state), 0);
    assert_int_equal(fixture_begin(state), 0);
    f = *state;

    for (i = 0; i < PRODUCTS; i++) {
        draw_product(i);
        fixture_create(f, listed[i].id, &listed[i].catalog,
                       listed[i].created_at);
    }

    /* what is deleted has been like the others */
    for (i = 0; i < DELETED; i++) {
        inv_oid_t     id;
        inv_catalog_t catalog;

        catalog = listed[i].catalog;
        catalog.present &= ~(unsigned) INV_MEMBER_SKU;
        inv_random(id.bytes, sizeof(id.bytes));
        fixture_create(f, id, &catalog, listed[i].created_at);
        fixture_delete(f, id, 1);
    }

    return fixture_end(state);
}


static bool
has_word(inv_arena_t *arena, const inv_catalog_t *c, inv_str_t word)
{
    size_t          i;
    inv_words_t     found;
    const inv_str_t texts[] = { c->name, c->description };

    assert_true(inv_words_read(arena, texts, 2, &found));

    for (i = 0; i < found.n; i++) {
        if (inv_str_eq(found.items[i], word)) {
            return true;
        }
    }

    return false;
}


static bool
has_tag(const inv_catalog_t *c, inv_str_t tag)
{
    size_t i;

    for (i = 0; i < c->ntags; i++) {
        if (inv_str_eq(c->tags[i], tag)) {
            return true;
        }
    }

    return false;
}


/* What the contract says of a filter, word by word. */
static bool
is_listed(inv_arena_t *arena, const listed_t *p, const inv_page_filter_t *want)
{
    size_t               i;
    const inv_catalog_t *c = &p->catalog;

    for (i = 0; i < want->words.n; i++) {
        if (!has_word(arena, c, want->words.items[i])) {
            return false;
        }
    }

    return (want->category.data == NULL
            || ((c->present & INV_MEMBER_CATEGORY)
                && inv_str_eq(c->category, want->category)))
           && (want->tag.data == NULL || has_tag(c, want->tag))
           && (want->sku.data == NULL || inv_str_eq(c->sku, want->sku))
           && (!want->has_min_price || c->price >= want->min_price)
           && (!want->has_max_price || c->price <= want->max_price)
           && (!want->has_in_stock || (c->stock > 0) == want->in_stock)
           && (!want->low_stock
               || ((c->present & INV_MEMBER_LOW_STOCK)
                   && c->stock <= c->low_stock));
}


static int
compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}


static int
listed_order(const void *a, const void *b)
{
    int             order;
    size_t          least;
    const listed_t *x = *(const listed_t *const *) a;
    const listed_t *y = *(const listed_t *const *) b;

    order = 0;

    switch (order_sort) {

    case INV_SORT_NAME:
        least = x->catalog.name.len < y->catalog.name.len ? x->catalog.name.len
                                                          : y->catalog.name.len;
        order = memcmp(x->catalog.name.data, y->catalog.name.data, least);

        if (order == 0) {
            order = compare((int64_t) x->catalog.name.len,
                            (int64_t) y->catalog.name.len);
        }

        break;

    case INV_SORT_PRICE:
        order = compare(x->catalog.price, y->catalog.price);
        break;

    case INV_SORT_STOCK:
        order = compare(x->catalog.stock, y->catalog.stock);
        break;

    case INV_SORT_CREATED_AT:
    case INV_SORTS:
        order = compare(x->created_at, y->created_at);
        break;
    }

    if (order == 0) {
        order = memcmp(x->id.bytes, y->id.bytes, sizeof(x->id.bytes));
    }

    return order_descending ? -order : order;
}


static inv_page_query_t
read_query(inv_arena_t *arena, const char *text)
{
    inv_faults_t     faults;
    inv_page_query_t query;

    inv_faults_init(&faults, arena);
    inv_page_read(arena, (inv_str_t){ strlen(text), text }, &query, &faults);

    if (faults.count != 0) {
        fail_msg("%s: %.*s %.*s", text, (int) faults.first->pointer.len,
                 faults.first->pointer.data, (int) faults.first->detail.len,
                 faults.first->detail.data);
    }

    return query;
}


static size_t
expect(inv_arena_t *arena, const inv_page_query_t *query, const listed_t **all)
{
    size_t i, n;

    n = 0;

    for (i = 0; i < PRODUCTS; i++) {
        if (is_listed(arena, &listed[i], &query->filter)) {
            all[n++] = &listed[i];
        }
    }

    order_sort = query->sort;
    order_descending = query->descending;
    qsort(all, n, sizeof(all[0]), listed_order);

    return n;
}


static void
assert_items(const char *text, const inv_page_t *page, const listed_t **all,
             size_t n, size_t limit)
{
    size_t i, expected;

    expected = n < limit ? n : limit;

    if (page->nitems != expected || page->more != (n > limit)) {
        fail_msg("%s: %zu items instead of %zu, more %d", text, page->nitems,
                 expected, page->more);
    }

    for (i = 0; i < expected; i++) {
        if (!inv_oid_eq(page->items[i]->id, all[i]->id)) {
            fail_msg("%s: item %zu is another one", text, i);
        }
    }
}


/* From page to page by cursor, each page one command. */
static void
walk(fixture_t *f, const char *text, const listed_t **all, size_t n)
{
    char             next[4096];
    size_t           at;
    inv_str_t        cursor;
    inv_page_t       page;
    inv_store_call_t call;
    inv_page_query_t query;

    snprintf(next, sizeof(next), "%s", text);

    for (at = 0; /* void */; at += page.nitems) {
        query = read_query(f->arena, next);
        call = fixture_call(f, FIXTURE_TIMEOUT_MS);

        assert_result(call,
                      inv_store_products_page(f->store, &call, &query, &page),
                      INV_STORE_OK);
        assert_int_equal(call.commands, 1);
        assert_int_equal(call.damaged, 0);
        assert_false(page.total.given);
        assert_items(next, &page, all + at, n - at, query.limit);

        assert_true(inv_page_next(f->arena, &query, &page, &cursor));

        if (cursor.data == NULL) {
            break;
        }

        snprintf(next, sizeof(next), "%s&cursor=%.*s", text, (int) cursor.len,
                 cursor.data);
    }

    assert_int_equal(at + page.nitems, n);
}


/* By number: the same places, and the total of this list; two commands. */
static void
leaf(fixture_t *f, const char *text, const listed_t **all, size_t n)
{
    char             numbered[4096];
    size_t           at;
    unsigned         number;
    inv_page_t       page;
    inv_store_call_t call;
    inv_page_query_t query;

    number = 1 + draw(4);
    snprintf(numbered, sizeof(numbered), "%s&page=%u", text, number);
    query = read_query(f->arena, numbered);
    call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(call, inv_store_products_page(f->store, &call, &query, &page),
                  INV_STORE_OK);
    assert_int_equal(call.commands, 2);
    assert_true(page.total.given && page.total.exact);
    assert_int_equal(page.total.n, n);

    at = (size_t) (number - 1) * query.limit;
    at = at < n ? at : n;
    assert_items(numbered, &page, all + at, n - at, query.limit);
}


static void
check_list(fixture_t *f, const char *text)
{
    size_t           n;
    const listed_t  *all[PRODUCTS];
    inv_page_query_t query;

    query = read_query(f->arena, text);
    n = expect(f->arena, &query, all);

    walk(f, text, all, n);
    leaf(f, text, all, n);
}


static const char *const sorts[] = {
    "createdAt", "-createdAt", "name",  "-name",
    "price",     "-price",     "stock", "-stock",
};

static const char *const filters[] = {
    "",
    "&category=a",
    "&category=%C3%A9+%26",
    "&tag=x",
    "&tag=x+y",
    "&sku=S.7",
    "&sku=none",
    "&minPrice=19.99",
    "&maxPrice=19.99",
    "&minPrice=0.0001&maxPrice=19.9901",
    "&minPrice=2&maxPrice=1",
    "&inStock=true",
    "&inStock=false",
    "&lowStock=true",
    "&q=red",
    "&q=shirt+cotton",
    "&q=%C3%89T%C3%89",
    "&category=a&tag=x",
    "&category=b&minPrice=1",
    "&category=nobody",
    "&tag=y&q=red&inStock=true&maxPrice=20",
};


/* Each sort with each filter. */
static void
test_every_sort_and_filter(void **state)
{
    char       text[512];
    size_t     i, k;
    fixture_t *f = *state;

    static const unsigned limits[] = { 7, 29, 100 };

    for (i = 0; i < COUNT(sorts); i++) {
        for (k = 0; k < COUNT(filters); k++) {
            snprintf(text, sizeof(text), "sort=%s%s&limit=%u", sorts[i],
                     filters[k], limits[(i + k) % COUNT(limits)]);
            check_list(f, text);
        }
    }

    check_list(f, "limit=1&category=a&tag=x");
}


/* And whatever else they come together as. */
static void
test_drawn_queries(void **state)
{
    int        len;
    char       text[1024];
    size_t     i;
    fixture_t *f = *state;

    static const char *const in_prices[] = { "0",  "0.0001", "19.99", "19.9901",
                                             "20", "5",      "1e13" };
    static const char *const in_categories[] = { "a", "b", "%C3%A9+%26" };
    static const char *const in_tags[] = { "x", "y", "z", "x+y" };

#define ADD(...) \
    len += snprintf(text + len, sizeof(text) - (size_t) len, __VA_ARGS__)

    for (i = 0; i < QUERIES; i++) {
        len = 0;
        ADD("limit=%u", 3 + draw(98));

        if (draw(5) > 0) {
            ADD("&sort=%s", sorts[draw(COUNT(sorts))]);
        }

        if (draw(3) == 0) {
            ADD("&category=%s", in_categories[draw(COUNT(in_categories))]);
        }

        if (draw(3) == 0) {
            ADD("&tag=%s", in_tags[draw(COUNT(in_tags))]);
        }

        if (draw(3) == 0) {
            ADD("&minPrice=%s", in_prices[draw(COUNT(in_prices))]);
        }

        if (draw(3) == 0) {
            ADD("&maxPrice=%s", in_prices[draw(COUNT(in_prices))]);
        }

        if (draw(4) == 0) {
            ADD("&inStock=%s", draw(2) ? "true" : "false");
        }

        if (draw(5) == 0) {
            ADD("&lowStock=true");
        }

        if (draw(4) == 0) {
            ADD("&q=%s", words[draw(COUNT(words))]);
        }

        check_list(f, text);
    }
}


/*
 * Prices that another tool wrote as doubles: the list is walked to its end, and
 * bounds mean what is shown.
 */
static void
test_prices_of_others(void **state)
{
    int              i;
    char             text[4096];
    size_t           seen, k;
    bson_t           command, documents, document;
    fixture_t       *f = *state;
    inv_str_t        cursor;
    inv_page_t       page;
    inv_store_call_t call;
    inv_page_query_t query;

    static const char *const asked[] = {
        "category=others&sort=price&limit=1",
        "category=others&sort=-price&limit=1",
        "category=others&sort=-price&limit=2&minPrice=19.99&maxPrice=19.99",
    };

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS));
    bson_append_array_begin(&command, "documents", -1, &documents);

    for (i = 0; i < 3; i++) {
        bson_append_document_begin(&documents, &"012"[i], 1, &document);
        BCON_APPEND(&document, "name", "other", "category", "others", "price",
                    BCON_DOUBLE(19.99), "stock", BCON_INT32(1), "createdAt",
                    BCON_DATE_TIME(1));
        bson_append_document_end(&documents, &document);
    }

    bson_append_array_end(&command, &documents);
    fixture_command(f, &command);

    for (k = 0; k < COUNT(asked); k++) {
        snprintf(text, sizeof(text), "%s", asked[k]);
        seen = 0;

        do {
            query = read_query(f->arena, text);
            call = fixture_call(f, FIXTURE_TIMEOUT_MS);
            assert_result(
                call, inv_store_products_page(f->store, &call, &query, &page),
                INV_STORE_OK);
            assert_true(inv_page_next(f->arena, &query, &page, &cursor));
            snprintf(text, sizeof(text), "%s&cursor=%.*s", asked[k],
                     (int) cursor.len, cursor.data);
            seen += page.nitems;

        } while (cursor.data != NULL && seen <= 3);

        assert_int_equal(seen, 3);
    }

    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", "{", "category", "others", "}", "limit",
                BCON_INT32(0), "}", "]");
    fixture_command(f, &command);
}


static void
test_by_sku(void **state)
{
    bool             damaged[INV_READ_BATCH_MAX];
    size_t           i;
    fixture_t       *f = *state;
    inv_str_t        asked[INV_READ_BATCH_MAX];
    inv_product_t   *found[INV_READ_BATCH_MAX];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    /* every third is nobody's, and some are asked for twice */
    for (i = 0; i < INV_READ_BATCH_MAX; i++) {
        asked[i] =
            i % 3 == 0 ? inv_str("nobody") : listed[i / 2 * 2 + 1].catalog.sku;
    }

    memset(damaged, true, sizeof(damaged));
    memset(found, 0x11, sizeof(found));

    assert_result(call,
                  inv_store_products_by_sku(f->store, &call, asked,
                                            INV_READ_BATCH_MAX, found, damaged),
                  INV_STORE_OK);
    assert_int_equal(call.commands, 1);

    for (i = 0; i < INV_READ_BATCH_MAX; i++) {
        assert_false(damaged[i]);

        if (i % 3 == 0) {
            assert_null(found[i]);

        } else {
            assert_true(inv_oid_eq(found[i]->id, listed[i / 2 * 2 + 1].id));
            assert_true(inv_str_eq(found[i]->catalog.sku, asked[i]));
            assert_int_equal(found[i]->catalog.stock,
                             listed[i / 2 * 2 + 1].catalog.stock);
        }
    }

    /* gone with its product */
    fixture_delete(f, fixture_product(f, "GONE", 1), 1);
    asked[0] = inv_str("GONE");
    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(
        call,
        inv_store_products_by_sku(f->store, &call, asked, 1, found, damaged),
        INV_STORE_OK);
    assert_null(found[0]);
    assert_false(damaged[0]);
}


static void
test_by_sku_damaged(void **state)
{
    bool             damaged[2];
    bson_t           command;
    fixture_t       *f = *state;
    inv_str_t        asked[2] = { inv_str("DAMAGED"), inv_str("S.1") };
    inv_product_t   *found[2];
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS), "documents",
                "[", "{", "sku", "DAMAGED", "name", "n", "}", "]");
    fixture_command(f, &command);

    assert_result(
        call,
        inv_store_products_by_sku(f->store, &call, asked, 2, found, damaged),
        INV_STORE_OK);
    assert_true(damaged[0]);
    assert_null(found[0]);
    assert_false(damaged[1]);
    assert_non_null(found[1]);
    assert_int_equal(call.damaged, 1);
    assert_non_null(strstr(call.error, "lacks a name, price or stock"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_sort_and_filter), TEST(test_drawn_queries),
        TEST(test_prices_of_others),      TEST(test_by_sku),
        TEST(test_by_sku_damaged),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("page filters", tests,
                                       open_with_products, fixture_close);
}
