
/*
 * Pages among documents that no product can be read from: each kind of damage,
 * and very many of them before all others.
 */


#include <math.h>

#include "store_fixture.h"


#define WHOLE 30
#define LIMIT 20

/* One insert of these is well below what a server takes. */
#define BATCH 1000

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
    { damage_utf8, "at name" },
    { damage_updated, "at updatedAt" },
};

#define DAMAGES (sizeof(damages) / sizeof(damages[0]))


/* n of one kind (DAMAGES: of all), newer than all others. */
static void
insert_damaged(fixture_t *f, size_t kind, size_t n)
{
    char        digits[16];
    bson_t      command, documents, document;
    size_t      i, at;
    const char *key;

    for (at = 0; at < n; at += BATCH) {
        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS));
        bson_append_array_begin(&command, "documents", -1, &documents);

        for (i = at; i < n && i < at + BATCH; i++) {
            bson_uint32_to_string((uint32_t) (i - at), &key, digits,
                                  sizeof(digits));
            bson_append_document_begin(&documents, key, -1, &document);
            inv_bson_put_oid(&document, "_id", inv_store_batch());
            bson_append_date_time(&document, "createdAt", -1,
                                  NEWEST + (int64_t) i);
            damages[kind == DAMAGES ? i % DAMAGES : kind].damage(&document);
            bson_append_document_end(&documents, &document);
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
    size_t           i, found;
    inv_page_t       result;
    inv_time_t       last;
    inv_store_call_t call;

    found = 0;
    last = INT64_MAX;

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
                        || result.items[i]->created_at < last);
            last = result.items[i]->created_at;
        }

        if (!result.more) {
            return found;
        }

        assert_true(result.has_end);
        query->has_after = true;
        query->after = result.end;
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
        insert_damaged(f, i, 3);

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
    insert_damaged(f, 6, 10000);

    assert_int_equal(walk(f, &query, &pages), WHOLE);
    assert_int_equal(pages, 2);
}


/* What it cannot tell is passed over by pages that are short, or empty. */
static void
test_very_many_that_look_whole(void **state)
{
    size_t           i, pages;
    fixture_t       *f = *state;
    const inv_sort_t sorts[] = { INV_SORT_CREATED_AT, INV_SORT_STOCK,
                                 INV_SORT_PRICE };

    begin(f);
    insert_damaged(f, 11, 3000);
    insert_damaged(f, DAMAGES, 3000);

    for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        inv_page_query_t query = { .descending = i == 0,
                                   .sort = sorts[i],
                                   .limit = LIMIT };

        assert_int_equal(walk(f, &query, &pages), WHOLE);
        assert_in_range(pages, 2, 7);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_kind),
        TEST(test_very_many),
        TEST(test_very_many_that_look_whole),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("page_damaged", tests, fixture_open,
                                       fixture_close);
}
