
/*
 * Lists of movements among entries that cannot be read: as a client walks
 * them, cursor by cursor, until all that can be read was shown.
 */


#include "store_proxy.h"
#include "store_fixture.h"
#include "../../src/store/inv_store_movements_private.h"


#define AT    INT64_C(1700000000000)
#define LIMIT 20

/* One insert of these is well below what a server takes. */
#define BATCH 1000

/* More than any list in this file needs. */
#define PAGES_MAX 40


/* What is wrong with an entry. */
typedef enum {
    WHOLE,
    DELTA, /* the last delta is a string */
    TO,    /* to is a fraction */
    REF,   /* every reference is an array of it */
    ROUGH  /* no outline: b is a string of a MiB */
} damage_t;

#define ROUGH_SIZE (1024 * 1024)


typedef struct {
    size_t   items; /* movements that were shown */
    int64_t  first, last;
    unsigned damaged; /* the most that one page told of */
} walk_t;


static inv_oid_t
new_id(void)
{
    inv_oid_t id;

    inv_random(id.bytes, sizeof(id.bytes));

    return id;
}


static void
put_batch(bson_t *entry, damage_t damage)
{
    char *rough;

    if (damage != ROUGH) {
        inv_bson_put_oid(entry, "b", inv_store_batch());
        return;
    }

    rough = malloc(ROUGH_SIZE);
    assert_non_null(rough);
    memset(rough, 'x', ROUGH_SIZE);
    bson_append_utf8(entry, "b", -1, rough, ROUGH_SIZE);
    free(rough);
}


/* The members of an entry of seqs from..to, each of which adds 1. */
static void
put_entry(bson_t *entry, int64_t from, int64_t to, inv_time_t at,
          damage_t damage)
{
    char        digits[16];
    bson_t      ops, op;
    int64_t     seq;
    const char *key;

    put_batch(entry, damage);
    BCON_APPEND(entry, "at", BCON_DATE_TIME(at), "from", BCON_INT64(from),
                "after", BCON_INT64(to));

    if (damage == TO) {
        BCON_APPEND(entry, "to", BCON_DOUBLE((double) to - 0.5));
    } else {
        BCON_APPEND(entry, "to", BCON_INT64(to));
    }

    bson_append_array_begin(entry, "ops", -1, &ops);

    for (seq = from; seq <= to; seq++) {
        bson_uint32_to_string((uint32_t) (seq - from), &key, digits,
                              sizeof(digits));
        bson_append_document_begin(&ops, key, -1, &op);
        BCON_APPEND(&op, "t", "adjust");

        if (damage == DELTA && seq == to) {
            BCON_APPEND(&op, "d", "x");
        } else {
            BCON_APPEND(&op, "d", BCON_INT64(1));
        }

        if (damage == REF) {
            BCON_APPEND(&op, "ref", "[", "a", "]");
        } else {
            BCON_APPEND(&op, "ref", "a");
        }

        bson_append_document_end(&ops, &op);
    }

    bson_append_array_end(entry, &ops);
}


static void
insert(fixture_t *f, const char *collection, const bson_t *documents)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(collection), "documents",
                BCON_ARRAY(documents));
    fixture_command(f, &command);
}


/* n entries of the ledger with the same seqs. */
static void
ledger(fixture_t *f, inv_oid_t id, int n, int64_t from, int64_t to,
       inv_time_t at, damage_t damage)
{
    int         i;
    char        digits[16];
    bson_t      documents, document;
    const char *key;

    while (n > 0) {
        bson_init(&documents);

        for (i = 0; i < BATCH && n > 0; i++, n--) {
            bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
            bson_append_document_begin(&documents, key, -1, &document);
            inv_bson_put_oid(&document, "productId", id);
            put_entry(&document, from, to, at, damage);
            bson_append_document_end(&documents, &document);

            if (damage == ROUGH) {
                i = BATCH;
            }
        }

        insert(f, INV_STORE_LEDGER, &documents);
        bson_destroy(&documents);
    }
}


/* A live product at that seq, with what is in its outbox. */
static void
product(fixture_t *f, inv_oid_t id, int64_t seq, const bson_t *outbox)
{
    bson_t documents, document;

    bson_init(&documents);
    bson_append_document_begin(&documents, "0", -1, &document);
    inv_bson_put_oid(&document, "_id", id);
    BCON_APPEND(&document, "name", "n", "seq", BCON_INT64(seq), "dirty",
                BCON_BOOL(true), "outbox", BCON_ARRAY(outbox));
    bson_append_document_end(&documents, &document);
    insert(f, INV_STORE_PRODUCTS, &documents);
    bson_destroy(&documents);
}


static void
live(fixture_t *f, inv_oid_t id, int64_t seq)
{
    bson_t outbox = BSON_INITIALIZER;

    product(f, id, seq, &outbox);
}


static void
clear(fixture_t *f)
{
    size_t i;
    bson_t command;

    static const char *const collections[] = { INV_STORE_PRODUCTS,
                                               INV_STORE_LEDGER };

    for (i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
        bson_init(&command);
        BCON_APPEND(&command, "delete", BCON_UTF8(collections[i]), "deletes",
                    "[", "{", "q", "{", "}", "limit", BCON_INT32(0), "}", "]");
        fixture_command(f, &command);
    }
}


/* The query that the text of a cursor continues. */
static inv_movements_query_t
query_after(fixture_t *f, const inv_oid_t *id, const char *filter,
            inv_str_t next)
{
    char                 *text;
    size_t                size;
    inv_str_t             args;
    inv_faults_t          faults;
    inv_movements_query_t query;

    size = strlen(filter) + sizeof("&cursor=") + next.len;
    text = inv_arena_alloc(f->arena, size);
    assert_non_null(text);

    args.data = text;
    args.len = (size_t) snprintf(
        text, size, "%s%s%.*s", filter, next.data != NULL ? "&cursor=" : "",
        (int) next.len, next.data != NULL ? next.data : "");

    inv_faults_init(&faults, f->arena);
    inv_movements_read(f->arena, id, args, &query, &faults);
    assert_int_equal(faults.count, 0);

    return query;
}


static void
walk_add(walk_t *walk, const inv_movements_t *page)
{
    size_t i;

    for (i = 0; i < page->nitems; i++) {
        if (walk->items++ == 0) {
            walk->first = page->items[i].seq;
        } else {
            assert_true(page->items[i].seq < walk->last);
        }

        walk->last = page->items[i].seq;
        assert_int_equal(page->items[i].stock_after, walk->last);
    }
}


/* All pages of a list (id NULL: of all), as long as there is a cursor. */
static walk_t
walk(fixture_t *f, const inv_oid_t *id, const char *filter)
{
    int                   pages;
    walk_t                walk = { 0 };
    inv_str_t             text, next = INV_STR_ABSENT;
    inv_movements_t       page;
    inv_store_call_t      call;
    inv_movements_query_t query;

    for (pages = 0; pages < PAGES_MAX; pages++) {
        call = fixture_call(f, FIXTURE_TIMEOUT_MS);
        query = query_after(f, id, filter, next);
        assert_result(
            call,
            id != NULL
                ? inv_store_movements_of_product(f->store, &call, &query, &page)
                : inv_store_movements(f->store, &call, &query, &page),
            INV_STORE_OK);

        walk_add(&walk, &page);

        if (call.damaged > walk.damaged) {
            walk.damaged = call.damaged;
        }

        assert_true(
            inv_movements_render(f->arena, &query, &page, &text, &next));

        if (next.data == NULL) {
            return walk;
        }
    }

    fail_msg("%d pages, and still a cursor", pages);

    return walk;
}


static void
assert_walked(walk_t walk, int64_t first, int64_t last, size_t items)
{
    assert_int_equal(walk.first, first);
    assert_int_equal(walk.last, last);
    assert_int_equal(walk.items, items);
}


/* The newest entry is longer than a page, and none of it can be read. */
static void
test_of_all_behind_a_damaged_entry(void **state)
{
    walk_t     found;
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    live(f, id, 130);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, 1, 31, 130, AT + 1, DELTA);

    found = walk(f, NULL, "limit=20");
    assert_walked(found, 30, 1, 30);
    assert_int_equal(found.damaged, 1);
}


static void
test_of_a_product_behind_damaged_entries(void **state)
{
    walk_t     found;
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    live(f, id, 230);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, 1, 31, 130, AT + 1, DELTA);
    ledger(f, id, 1, 131, 230, AT + 2, DELTA);

    found = walk(f, &id, "limit=20");
    assert_walked(found, 30, 1, 30);

    /* a page between the two tells of both, each once */
    assert_int_equal(found.damaged, 2);
}


/* The window behind the hole begins within a long entry. */
static void
test_of_a_product_within_an_entry(void **state)
{
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    live(f, id, 200);
    ledger(f, id, 1, 1, 99, AT, WHOLE);
    ledger(f, id, 1, 100, 189, AT + 1, WHOLE);
    ledger(f, id, 1, 190, 200, AT + 2, DELTA);

    assert_walked(walk(f, &id, "limit=20"), 189, 1, 189);
}


/* Behind the hole an entry that does not say where it ends. */
static void
test_of_a_product_behind_a_fraction(void **state)
{
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    live(f, id, 100000);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, 1, 40, 50, AT + 1, TO);

    assert_walked(walk(f, &id, "limit=20"), 30, 1, 30);
}


/* What is behind the hole is in the outbox. */
static void
test_of_a_product_in_the_outbox(void **state)
{
    bson_t     outbox, entry;
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    ledger(f, id, 1, 1, 30, AT, WHOLE);

    bson_init(&outbox);
    bson_append_document_begin(&outbox, "0", -1, &entry);
    put_entry(&entry, 31, 60, AT + 1, WHOLE);
    bson_append_document_end(&outbox, &entry);
    bson_append_document_begin(&outbox, "1", -1, &entry);
    put_entry(&entry, 61, 160, AT + 2, DELTA);
    bson_append_document_end(&outbox, &entry);
    product(f, id, 160, &outbox);
    bson_destroy(&outbox);

    assert_walked(walk(f, &id, "limit=20"), 60, 1, 60);
}


/* An array in an outbox is no entry, whatever it holds. */
static void
test_of_all_with_an_array_in_an_outbox(void **state)
{
    bson_t    *outbox;
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    ledger(f, id, 1, 1, 30, AT, WHOLE);

    outbox = BCON_NEW("0", "[", "{", "b", BCON_INT32(1), "}", "]", "1", "[",
                      "[", "{", "}", "]", "]");
    product(f, id, 30, outbox);
    bson_destroy(outbox);

    assert_walked(walk(f, NULL, "limit=20"), 30, 1, 30);
}


/* An array that has the reference is not the reference. */
static void
test_of_all_with_references_in_arrays(void **state)
{
    inv_oid_t  id = new_id();
    fixture_t *f = *state;

    clear(f);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, 2 * LIMIT, 31, 31, AT + 1, REF);

    assert_walked(walk(f, NULL, "limit=20&reference=a"), 30, 1, 30);
}


/* The list of all through a relay that hears the commands. */
static proxy_t *
relay_begin(fixture_t *f, inv_store_t **direct)
{
    char                uri[1024];
    proxy_t            *proxy;
    inv_store_options_t options = { uri, 1, FIXTURE_TIMEOUT_MS };

    proxy = proxy_start(PROXY_PASS);
    fixture_uri(uri, sizeof(uri), proxy_address(proxy), f->database);
    *direct = f->store;
    f->store = inv_store_create(&options);

    return proxy;
}


static void
relay_end(fixture_t *f, proxy_t *proxy, inv_store_t *direct)
{
    inv_store_destroy(f->store);
    f->store = direct;
    proxy_stop(proxy);
    clear(f);
}


/* How often a command with that member was heard; max: the greatest of it. */
static int
count_heard(proxy_t *proxy, const char *member, int64_t *max)
{
    int         n = 0;
    bson_t     *heard, command;
    int64_t     value;
    bson_iter_t iter, each, found;

    *max = 0;
    heard = proxy_heard(proxy);
    assert_true(bson_iter_init(&iter, heard));

    while (bson_iter_next(&iter)) {
        if (!inv_bson_view(&iter, &command) || !bson_iter_init(&each, &command)
            || !bson_iter_find_descendant(&each, member, &found))
        {
            continue;
        }

        n++;

        if (inv_bson_get_integer(&found, &value) && value > *max) {
            *max = value;
        }
    }

    bson_destroy(heard);

    return n;
}


/* More damaged ones before all others than one list looks at. */
static void
test_of_all_behind_very_many(void **state)
{
    int64_t      max;
    proxy_t     *proxy;
    inv_oid_t    id = new_id();
    fixture_t   *f = *state;
    inv_store_t *direct;

    clear(f);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, 10500, 31, 31, AT + 1, TO);

    proxy = relay_begin(f, &direct);
    assert_walked(walk(f, NULL, "limit=20"), 30, 1, 30);
    assert_in_range(count_heard(proxy, "cursor.batchSize", &max), 10, 100);
    assert_in_range(max, 10000, 10001);
    relay_end(f, proxy, direct);
}


/*
 * Outlines of more than a reply holds: that is not the end of the list, and no
 * cursor stays open at the server.
 */
static void
test_of_all_in_a_reply_that_is_cut(void **state)
{
    int64_t      max;
    proxy_t     *proxy;
    inv_oid_t    id = new_id();
    fixture_t   *f = *state;
    inv_store_t *direct;

    clear(f);
    ledger(f, id, 1, 1, 30, AT, WHOLE);
    ledger(f, id, LIMIT, 31, 31, AT + 1, ROUGH);

    proxy = relay_begin(f, &direct);
    assert_walked(walk(f, NULL, "limit=20"), 30, 1, 30);
    assert_in_range(count_heard(proxy, "killCursors", &max), 1, 5);
    relay_end(f, proxy, direct);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_of_all_behind_a_damaged_entry),
        TEST(test_of_a_product_behind_damaged_entries),
        TEST(test_of_a_product_within_an_entry),
        TEST(test_of_a_product_behind_a_fraction),
        TEST(test_of_a_product_in_the_outbox),
        TEST(test_of_all_with_an_array_in_an_outbox),
        TEST(test_of_all_with_references_in_arrays),
        TEST(test_of_all_behind_very_many),
        TEST(test_of_all_in_a_reply_that_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("movements_damaged", tests, fixture_open,
                                       fixture_close);
}
