
/*
 * Pages among documents that no product can be read from: each kind of damage,
 * and very many of them before all others.
 */


#include <math.h>

#include "store_fixture.h"

#include "../../src/model/inv_page_cursor.h"


#define WHOLE 30
#define LIMIT 20

/* Bytes and documents of one insert, well below what a server takes. */
#define BATCH_BYTES (8 * 1024 * 1024)
#define BATCH       1000

/* More than are looked at for one page. */
#define VERY_MANY 1100

/* So many of these do not fit into one reply. */
#define LARGE       400
#define LARGE_BYTES 70000

#define NEWEST INT64_C(1700000000000)


/* What is wrong with one. */
typedef void (*damage_t)(bson_t *document);

static const char not_utf8[] = "T-shirt \xff\xc0\xaf";


static void
damage_name(bson_t *document)
{
    BCON_APPEND(document, "name", BCON_INT32(1));
}


static void
damage_no_name(bson_t *document)
{
}


static void
damage_nan(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_DOUBLE(NAN), "stock",
                BCON_INT32(1));
}


static void
damage_price(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_INT32(-1), "stock",
                BCON_INT32(1));
}


/* The rest of one whose damage is in another member. */
static void
with(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_INT32(1), "stock",
                BCON_INT32(1));
}


static void
damage_stock(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_INT32(1), "stock",
                BCON_INT32(-1));
}


static void
damage_version(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "version", BCON_INT64(-1));
}


static void
damage_version_large(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "version", BCON_INT64(INV_VERSION_MAX + 1));
}


static void
damage_reserved(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "reserved", "{", "}");
}


static void
damage_description(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "description", BCON_NULL);
}


static void
damage_tags(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "tags", "x");
}


static void
damage_tag(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "tags", "[", BCON_INT32(1), "]");
}


static void
damage_utf8(bson_t *document)
{
    BCON_APPEND(document, "price", BCON_INT32(1), "stock", BCON_INT32(1));
    bson_append_utf8(document, "name", -1, not_utf8, sizeof(not_utf8) - 1);
}


static void
damage_updated(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "updatedAt", "yesterday");
}


static void
damage_id(bson_t *document)
{
    static int32_t last;

    with(document);
    BCON_APPEND(document, "_id", BCON_INT32(++last));
}


/* Microseconds. */
static void
damage_created(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "createdAt", BCON_DATE_TIME(NEWEST * 1000));
}


static void
damage_created_type(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "createdAt", BCON_TIMESTAMP(1700000000, 1));
}


static void
damage_created_array(bson_t *document)
{
    with(document);
    BCON_APPEND(document, "createdAt", "[", BCON_DATE_TIME(NEWEST), "]");
}


static void
damage_name_array(bson_t *document)
{
    BCON_APPEND(document, "name", "[", "n", "]", "price", BCON_INT32(1),
                "stock", BCON_INT32(1));
}


/* Longer than a cursor can say, of bytes behind all that are UTF-8. */
static void
damage_name_long(bson_t *document)
{
    char name[1000];

    memset(name, '\xff', sizeof(name));
    BCON_APPEND(document, "price", BCON_INT32(1), "stock", BCON_INT32(1));
    bson_append_utf8(document, "name", -1, name, sizeof(name));
}


static void
damage_price_fraction(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_DOUBLE(10.0 / 3), "stock",
                BCON_INT32(1));
}


static void
damage_price_decimal(bson_t *document)
{
    bson_decimal128_t price;

    bson_decimal128_from_string("0.33333333333333333333", &price);
    BCON_APPEND(document, "name", "n", "price", BCON_DECIMAL128(&price),
                "stock", BCON_INT32(1));
}


static void
damage_price_large(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_DOUBLE(1e30), "stock",
                BCON_INT32(1));
}


static void
damage_price_array(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", "[", BCON_INT32(0), "]",
                "stock", BCON_INT32(1));
}


static void
damage_stock_fraction(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_INT32(1), "stock",
                BCON_DOUBLE(1.5));
}


static void
damage_stock_array(bson_t *document)
{
    BCON_APPEND(document, "name", "n", "price", BCON_INT32(1), "stock", "[",
                BCON_INT32(1), "]");
}


/* What the database cannot tell, and much of it. */
static void
damage_large(bson_t *document)
{
    char description[LARGE_BYTES];

    damage_utf8(document);
    memset(description, 'x', sizeof(description));
    bson_append_utf8(document, "description", -1, description,
                     sizeof(description));
}


static const struct {
    damage_t    damage;
    const char *word; /* in the log */
} damages[] = {
    { damage_name, "at name" },
    { damage_no_name, "lacks a name" },
    { damage_nan, "at price" },
    { damage_price, "at price" },
    { damage_stock, "at stock" },
    { damage_version, "at version" },
    { damage_version_large, "at version" },
    { damage_reserved, "at reserved" },
    { damage_description, "at description" },
    { damage_tags, "at tags" },
    { damage_tag, "at tags" },
    { damage_utf8, "at name" }, /* LOOKS_WHOLE, like those behind it */
    { damage_updated, "at updatedAt" },
    { damage_id, "at _id" },
    { damage_created, "at createdAt" },
    { damage_created_type, "at createdAt" },
    { damage_created_array, "at createdAt" },
    { damage_name_array, "at name" },
    { damage_name_long, "at name" },
    { damage_price_fraction, "at price" },
    { damage_price_decimal, "at price" },
    { damage_price_large, "at price" },
    { damage_price_array, "at price" },
    { damage_stock_fraction, "at stock" },
    { damage_stock_array, "at stock" },
};

/* The first that types and signs of members do not tell. */
#define LOOKS_WHOLE 11

#define DAMAGES (sizeof(damages) / sizeof(damages[0]))


/* One that is newer than all whole ones, unless its damage is that. */
static void
append_damaged(bson_t *documents, const char *key, damage_t damage, size_t i)
{
    bson_t document;

    bson_append_document_begin(documents, key, -1, &document);
    damage(&document);

    if (!bson_has_field(&document, "_id")) {
        inv_bson_put_oid(&document, "_id", inv_store_batch());
    }

    if (!bson_has_field(&document, "createdAt")) {
        bson_append_date_time(&document, "createdAt", -1, NEWEST + (int64_t) i);
    }

    bson_append_document_end(documents, &document);
}


/* n of these; NULL: of all kinds in turn. */
static void
insert_damaged(fixture_t *f, damage_t damage, size_t n)
{
    char        digits[16];
    bson_t      command, documents;
    size_t      i, at;
    const char *key;

    for (i = 0; i < n; /* void */) {
        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS));
        bson_append_array_begin(&command, "documents", -1, &documents);

        for (at = 0; i < n && at < BATCH && documents.len < BATCH_BYTES;
             i++, at++) {
            bson_uint32_to_string((uint32_t) at, &key, digits, sizeof(digits));
            append_damaged(
                &documents, key,
                damage != NULL ? damage : damages[i % DAMAGES].damage, i);
        }

        bson_append_array_end(&command, &documents);
        fixture_command(f, &command);
    }
}


static void
remove_all(fixture_t *f)
{
    bson_t command = BSON_INITIALIZER;

    BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", "{", "}", "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &command);
}


/* Whole ones, older than all that are damaged. */
static void
begin(fixture_t *f)
{
    int           i;
    inv_catalog_t catalog;

    remove_all(f);

    memset(&catalog, 0, sizeof(catalog));
    catalog.present = INV_MEMBER_NAME | INV_MEMBER_PRICE;
    catalog.name = inv_str("whole");
    catalog.price = 10000;

    for (i = 0; i < WHOLE; i++) {
        fixture_create(f, inv_store_batch(), &catalog, NEWEST - 1000 - i);
    }
}


/* Page by page; how many whole ones there were, each once and in order. */
static size_t
walk(fixture_t *f, inv_page_query_t *query, size_t *pages)
{
    bool             no_memory;
    size_t           i, found;
    inv_str_t        next;
    inv_page_t       result;
    inv_time_t       last;
    inv_store_call_t call;

    found = 0;
    last = query->descending ? INT64_MAX : INT64_MIN;

    for (*pages = 1; /* void */; (*pages)++) {
        call = fixture_call(f, FIXTURE_TIMEOUT_MS);
        assert_result(call,
                      inv_store_products_page(f->store, &call, query, &result),
                      INV_STORE_OK);
        assert_in_range(call.commands, 1, 8);

        for (i = 0; i < result.nitems; i++, found++) {
            assert_true(
                inv_str_eq(result.items[i]->catalog.name, inv_str("whole")));
            assert_true(query->sort != INV_SORT_CREATED_AT
                        || (query->descending
                                ? result.items[i]->created_at < last
                                : result.items[i]->created_at > last));
            last = result.items[i]->created_at;
        }

        assert_true(inv_page_next(f->arena, query, &result, &next));

        if (next.data == NULL) {
            assert_false(result.more);
            return found;
        }

        assert_in_range(*pages, 1, 100);
        assert_true(inv_page_cursor_read(f->arena, next, query, &no_memory));
    }
}


static void
test_each_kind(void **state)
{
    size_t           i, j, pages;
    fixture_t       *f = *state;
    inv_page_t       result;
    inv_store_call_t call;

    for (i = 0; i < DAMAGES; i++) {
        begin(f);
        insert_damaged(f, damages[i].damage, 3);

        for (j = 0; j < INV_SORTS; j++) {
            inv_page_query_t query = { .descending = j % 2 == 0,
                                       .sort = (inv_sort_t) j,
                                       .limit = LIMIT };

            assert_int_equal(walk(f, &query, &pages), WHOLE);
        }

        inv_page_query_t first = { .descending = true, .limit = 5 };

        call = fixture_call(f, FIXTURE_TIMEOUT_MS);
        assert_result(call,
                      inv_store_products_page(f->store, &call, &first, &result),
                      INV_STORE_OK);
        assert_int_equal(result.nitems, 5);
        assert_int_equal(call.damaged, 3);
        assert_non_null(strstr(call.error, damages[i].word));
    }
}


/* The database leaves out what it can tell. */
static void
test_very_many(void **state)
{
    size_t           pages;
    fixture_t       *f = *state;
    inv_page_query_t query = { .descending = true, .limit = LIMIT };

    begin(f);
    insert_damaged(f, damage_version_large, 10000);

    assert_int_equal(walk(f, &query, &pages), WHOLE);
    assert_int_equal(pages, 2);
}


/* What it cannot tell is passed over by pages that are short, or empty. */
static void
test_very_many_that_look_whole(void **state)
{
    size_t     i, pages;
    fixture_t *f = *state;

    begin(f);
    insert_damaged(f, damage_utf8, 3000);
    insert_damaged(f, NULL, 3000);

    for (i = 0; i < 2 * INV_SORTS; i++) {
        inv_page_query_t query = { .descending = i % 2 == 0,
                                   .sort = (inv_sort_t) (i / 2),
                                   .limit = LIMIT };

        assert_int_equal(walk(f, &query, &pages), WHOLE);
        assert_in_range(pages, 2, 9);
    }
}


/* Those that looked whole to a database, whichever way they are met. */
static void
test_very_many_of_each_kind(void **state)
{
    size_t     i, j, found, pages;
    fixture_t *f = *state;

    for (i = LOOKS_WHOLE; i < DAMAGES; i++) {
        begin(f);
        insert_damaged(f, damages[i].damage, VERY_MANY);

        for (j = 0; j < 2 * INV_SORTS; j++) {
            inv_page_query_t query = { .descending = j % 2 == 0,
                                       .sort = (inv_sort_t) (j / 2),
                                       .limit = LIMIT };

            found = walk(f, &query, &pages);

            if (found != WHOLE) {
                fail_msg("kind %zu, sort %zu: %zu", i, j, found);
            }
        }
    }
}


/* A reply that has no room for more is not the end of the list. */
static void
test_large(void **state)
{
    size_t           pages;
    fixture_t       *f = *state;
    inv_page_query_t query = { .descending = true, .limit = LIMIT };

    begin(f);
    insert_damaged(f, damage_large, LARGE);

    assert_int_equal(walk(f, &query, &pages), WHOLE);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_kind),
        TEST(test_very_many),
        TEST(test_very_many_that_look_whole),
        TEST(test_very_many_of_each_kind),
        TEST(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("page_damaged", tests, fixture_open,
                                       fixture_close);
}
