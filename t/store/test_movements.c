
/*
 * Movements against a real server: of one product and of all, from outboxes
 * and from the ledger, with entries of many ops, and while these move.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "store_machine.h"
#include "../../src/store/inv_store_movements_private.h"


#define AT INT64_C(1700000000000)


/* An entry of ops from..to; each delta is its seq. */
typedef struct {
    int64_t     from, to;
    inv_time_t  at;
    const char *type; /* of all ops; every second one is an "adjust" */
    const char *ref;  /* of every third op; NULL: none */

    const inv_oid_t *batch; /* NULL: one of its own */
} test_entry_t;


/* The stock after seq of a product of which each delta is its seq. */
static int64_t
stock_after(int64_t seq)
{
    return seq * (seq + 1) / 2;
}


static void
put_entry(bson_t *document, const test_entry_t *entry)
{
    char        digits[16];
    bson_t      ops, op;
    int64_t     seq;
    const char *key;

    inv_bson_put_oid(document, "b",
                     entry->batch != NULL ? *entry->batch : inv_store_batch());
    BCON_APPEND(document, "from", BCON_INT64(entry->from), "to",
                BCON_INT64(entry->to), "after",
                BCON_INT64(stock_after(entry->to)), "at",
                BCON_DATE_TIME(entry->at));
    bson_append_array_begin(document, "ops", -1, &ops);

    for (seq = entry->from; seq <= entry->to; seq++) {
        bson_uint32_to_string((uint32_t) (seq - entry->from), &key, digits,
                              sizeof(digits));
        bson_append_document_begin(&ops, key, -1, &op);
        BCON_APPEND(&op, "t", BCON_UTF8(seq % 2 ? entry->type : "adjust"), "d",
                    BCON_INT64(seq), "k", BCON_UTF8("secret"));

        if (entry->ref != NULL && seq % 3 == 0) {
            BCON_APPEND(&op, "ref", BCON_UTF8(entry->ref));
        }

        bson_append_document_end(&ops, &op);
    }

    bson_append_array_end(document, &ops);
}


static void
insert(fixture_t *f, const char *collection, const bson_t *document)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(collection), "documents", "[",
                BCON_DOCUMENT(document), "]");
    fixture_command(f, &command);
}


/* A product with its first n entries in the ledger, the others in the outbox. */
static void
make(fixture_t *f, inv_oid_t id, const test_entry_t *entries, size_t count,
     size_t n)
{
    char        digits[16], name[INV_STORE_ENTRY_ID], hex[INV_OID_HEX];
    bson_t      document, outbox, entry;
    size_t      i;
    const char *key;

    inv_oid_write(id, hex);

    for (i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%.*s-%lld", INV_OID_HEX, hex,
                 (long long) entries[i].to);
        bson_init(&document);
        BCON_APPEND(&document, "_id", BCON_UTF8(name));
        inv_bson_put_oid(&document, "productId", id);
        put_entry(&document, &entries[i]);
        insert(f, INV_STORE_LEDGER, &document);
        bson_destroy(&document);
    }

    bson_init(&document);
    inv_bson_put_oid(&document, "_id", id);
    BCON_APPEND(&document, "name", "n", "price", BCON_INT32(1), "stock",
                BCON_INT64(stock_after(entries[count - 1].to)), "reserved",
                BCON_INT64(0), "seq", BCON_INT64(entries[count - 1].to),
                "version", BCON_INT64(1), "edits", BCON_INT64(0), "epoch",
                BCON_INT64(0), "createdAt", BCON_DATE_TIME(AT), "updatedAt",
                BCON_DATE_TIME(AT));

    if (n < count) {
        BCON_APPEND(&document, "dirty", BCON_BOOL(true));
    }

    bson_append_array_begin(&document, "outbox", -1, &outbox);

    for (i = n; i < count; i++) {
        bson_uint32_to_string((uint32_t) (i - n), &key, digits, sizeof(digits));
        bson_append_document_begin(&outbox, key, -1, &entry);
        put_entry(&entry, &entries[i]);
        bson_append_document_end(&outbox, &entry);
    }

    bson_append_array_end(&document, &outbox);
    insert(f, INV_STORE_PRODUCTS, &document);
    bson_destroy(&document);
}


static inv_oid_t
new_id(void)
{
    inv_oid_t id;

    inv_random(id.bytes, sizeof(id.bytes));

    return id;
}


static void
delete_all(fixture_t *f, const char *collection)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(collection), "deletes", "[", "{",
                "q", "{", "}", "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &command);
}


static void
delete_where(fixture_t *f, const char *collection, bson_t *filter)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(collection), "deletes", "[", "{",
                "q", BCON_DOCUMENT(filter), "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &command);
    bson_destroy(filter);
}


static inv_movements_t
list(fixture_t *f, const inv_movements_query_t *query, unsigned commands_max)
{
    inv_movements_t  page;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(
        call,
        query->has_product
            ? inv_store_movements_of_product(f->store, &call, query, &page)
            : inv_store_movements(f->store, &call, query, &page),
        INV_STORE_OK);
    assert_in_range(call.commands, 1, commands_max);

    return page;
}


static void
check_movement(const inv_movement_t *m)
{
    assert_int_equal(m->delta, m->seq);
    assert_int_equal(m->stock_after, stock_after(m->seq));
}


/* Walks a list of one product; each seq once, from first down to last. */
static void
walk(fixture_t *f, inv_oid_t id, unsigned limit, int64_t first, int64_t last)
{
    size_t                i;
    inv_movements_t       page;
    inv_movements_query_t query = { .has_product = true };

    query.product = id;
    query.limit = limit;

    for (/* void */;; query.has_after = true) {
        page = list(f, &query, 2);

        for (i = 0; i < page.nitems; i++) {
            assert_int_equal(page.items[i].seq, first--);
            assert_true(inv_oid_eq(page.items[i].product, id));
            check_movement(&page.items[i]);
        }

        if (!page.more) {
            break;
        }

        assert_int_equal(page.nitems, limit);
        query.after.seq = page.items[limit - 1].seq;
        query.after.product = id;
    }

    assert_int_equal(first, last - 1);
}


static const test_entry_t entries[] = {
    { 1, 1, AT, "set", NULL, NULL },
    { 2, 65, AT + 1, "purchase", "a", NULL },
    { 66, 66, AT + 2, "purchase", "a", NULL },
    { 67, 67, AT + 2, "restock", "$b", NULL },
    { 68, 323, AT + 3, "purchase", "a", NULL },
    { 324, 330, AT + 3, "restock", "a", NULL },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))


static void
test_of_a_product(void **state)
{
    size_t     n;
    unsigned   limit;
    inv_oid_t  id;
    fixture_t *f = *state;

    for (n = 0; n <= ENTRIES; n++) {
        id = new_id();
        make(f, id, entries, ENTRIES, n);

        for (limit = 1; limit <= 100; limit = limit * 3 + 1) {
            walk(f, id, limit, 330, 1);
        }
    }
}


/* The same entry at both places, as between the two steps of a drain. */
static void
test_of_a_product_in_both(void **state)
{
    bson_t      command, *document;
    inv_oid_t   id = new_id();
    fixture_t  *f = *state;
    bson_iter_t iter;

    make(f, id, entries, ENTRIES, 3);
    document = fixture_product_document(f, id);
    assert_true(bson_iter_init_find(&iter, document, "outbox"));
    fixture_drain(f, id);

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "updates",
                "[", "{", "q", "{", "seq", BCON_INT64(330), "dirty", "{",
                "$exists", BCON_BOOL(false), "}", "}", "u", "{", "$set", "{",
                "dirty", BCON_BOOL(true), "outbox", BCON_ITER(&iter), "}", "}",
                "}", "]");
    fixture_command(f, &command);
    bson_destroy(document);

    walk(f, id, 7, 330, 1);
}


static void
test_of_a_deleted_product(void **state)
{
    bson_t                filter;
    inv_oid_t             id = new_id();
    fixture_t            *f = *state;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_movements_query_t query = { .has_product = true, .limit = 5 };

    query.product = id;
    assert_result(
        call, inv_store_movements_of_product(f->store, &call, &query, &page),
        INV_STORE_NOT_FOUND);

    make(f, id, entries, ENTRIES, 4);
    fixture_delete(f, id, AT);
    walk(f, id, 100, 330, 1);

    /* and when the tombstone is purged: what the ledger has */
    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);
    delete_where(f, INV_STORE_PRODUCTS, &filter);

    page = list(f, &query, 4);
    assert_int_equal(page.nitems, 5);
    assert_true(page.more);
    assert_int_equal(page.items[0].seq, 67);

    query.limit = 100;
    page = list(f, &query, 4);
    assert_int_equal(page.nitems, 67);
    assert_false(page.more);
    assert_int_equal(page.items[66].seq, 1);
}


/* Damage makes pages that lack something, never one that fails. */
static void
test_of_a_damaged_product(void **state)
{
    bson_t                filter;
    size_t                i, seen;
    inv_oid_t             id = new_id();
    fixture_t            *f = *state;
    inv_movements_t       page;
    inv_movements_query_t query = { .has_product = true, .limit = 50 };

    make(f, id, entries, ENTRIES, ENTRIES);

    bson_init(&filter);
    inv_bson_put_oid(&filter, "productId", id);
    BCON_APPEND(&filter, "to", BCON_INT64(323));
    delete_where(f, INV_STORE_LEDGER, &filter);

    query.product = id;
    page = list(f, &query, 4);
    assert_int_equal(page.nitems, 50);
    assert_true(page.more);
    assert_int_equal(page.items[6].seq, 324);
    assert_int_equal(page.items[7].seq, 67);

    for (seen = 0; /* void */; seen += page.nitems) {
        page = list(f, &query, 4);

        for (i = 0; i < page.nitems; i++) {
            check_movement(&page.items[i]);
        }

        if (!page.more) {
            break;
        }

        query.has_after = true;
        query.after.seq = page.items[page.nitems - 1].seq;
    }

    assert_int_equal(seen + page.nitems, 330 - 256);
}


/* What a filter lets through, of three products with the same entries. */
static size_t
count_passing(const inv_movements_query_t *query)
{
    size_t  i, n;
    int64_t seq;

    for (i = 0, n = 0; i < ENTRIES; i++) {
        for (seq = entries[i].from; seq <= entries[i].to; seq++) {
            n +=
                (!query->has_from || entries[i].at >= query->from)
                && (!query->has_to || entries[i].at < query->to)
                && (!query->has_type
                    || strcmp(seq % 2 ? entries[i].type : "adjust",
                              inv_move_name(query->type))
                           == 0)
                && (query->reference.data == NULL
                    || (seq % 3 == 0 && entries[i].ref != NULL
                        && strcmp(entries[i].ref, query->reference.data) == 0));
        }
    }

    return 3 * n;
}


static int
is_before(const inv_movement_t *a, const inv_movement_t *b)
{
    int order;

    if (a->at != b->at) {
        return a->at > b->at;
    }

    order = memcmp(a->product.bytes, b->product.bytes, sizeof(inv_oid_t));

    return order > 0 || (order == 0 && a->seq > b->seq);
}


/* drain: a product is drained between any two pages. */
static void
walk_all(fixture_t *f, inv_movements_query_t query, const inv_oid_t *drain)
{
    size_t          i, seen, pages;
    inv_movement_t  last;
    inv_movements_t page;

    seen = 0;
    memset(&last, 0, sizeof(last));

    for (pages = 0; /* void */; pages++) {
        page = list(f, &query, 5);
        seen += page.nitems;

        for (i = 0; i < page.nitems; i++) {
            check_movement(&page.items[i]);
            assert_true(last.seq == 0 || is_before(&last, &page.items[i]));
            last = page.items[i];
        }

        if (!page.more) {
            break;
        }

        assert_int_equal(page.nitems, query.limit);
        query.has_after = true;
        query.after.at = last.at;
        query.after.product = last.product;
        query.after.seq = last.seq;

        if (drain != NULL && pages < 3) {
            fixture_drain(f, drain[pages]);
        }
    }

    assert_int_equal(seen, count_passing(&query));
}


static void
make_three(fixture_t *f, inv_oid_t *ids)
{
    size_t i;

    delete_all(f, INV_STORE_PRODUCTS);
    delete_all(f, INV_STORE_LEDGER);

    for (i = 0; i < 3; i++) {
        ids[i] = new_id();
        make(f, ids[i], entries, ENTRIES, 2 * i);
    }
}


static void
test_of_all(void **state)
{
    size_t     i;
    unsigned   limit;
    inv_oid_t  ids[3];
    fixture_t *f = *state;

    static const inv_movements_query_t queries[] = {
        { .limit = 0 },
        { .has_from = true, .from = AT + 2 },
        { .has_to = true, .to = AT + 2 },
        { .has_from = true, .from = AT + 2, .has_to = true, .to = AT + 3 },
        { .has_type = true, .type = INV_MOVE_SET },
        { .has_type = true, .type = INV_MOVE_PURCHASE },
        { .has_type = true, .type = INV_MOVE_UNDO },
        { .reference = { 1, "a" } },
        { .reference = { 2, "$b" } },
        { .reference = { 6, "$$ROOT" } },
        { .reference = { 1, "a" }, .has_type = true, .type = INV_MOVE_ADJUST },
        { .reference = { 2, "$b" },
          .has_type = true,
          .type = INV_MOVE_RESTOCK,
          .has_to = true,
          .to = AT + 9 },
    };

    make_three(f, ids);

    for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        for (limit = 7; limit <= 100; limit += 31) {
            inv_movements_query_t query = queries[i];

            query.limit = limit;
            walk_all(f, query, NULL);
        }
    }
}


static void
test_of_all_while_entries_move(void **state)
{
    unsigned   limit;
    inv_oid_t  ids[3];
    fixture_t *f = *state;

    for (limit = 1; limit <= 100; limit = limit * 4 + 3) {
        inv_movements_query_t query = { .limit = limit };

        make_three(f, ids);
        walk_all(f, query, ids);

        query.has_type = true;
        query.type = INV_MOVE_ADJUST;
        make_three(f, ids);
        walk_all(f, query, ids);
    }
}


/* Sets that member of one document. */
static void
set_text(fixture_t *f, const char *collection, const char *member,
         const char *value)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(collection), "updates", "[", "{",
                "q", "{", "}", "u", "{", "$set", "{", member, BCON_UTF8(value),
                "}", "}", "}", "]");
    fixture_command(f, &command);
}


/* A page of the movements from seq 301 down, and what is said of the damage. */
static void
check_conflict(fixture_t *f, inv_oid_t id, inv_str_t reference, size_t n)
{
    char                  hex[INV_OID_HEX];
    size_t                i;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_movements_query_t query = { .limit = 50 };

    query.reference = reference;

    assert_result(call, inv_store_movements(f->store, &call, &query, &page),
                  INV_STORE_OK);
    assert_int_equal(page.nitems, n);

    for (i = 0; i < n; i++) {
        assert_int_equal(page.items[i].seq, 301 - i);
        check_movement(&page.items[i]);
    }

    inv_oid_write(id, hex);
    assert_int_equal(call.damaged, 1);
    assert_non_null(memmem(call.error, strlen(call.error), hex, sizeof(hex)));
    assert_non_null(strstr(call.error, "seqs 300 to 300"));
}


/*
 * The same batch with the same last seq at both places, but not the same first
 * one: an op is where its own entry says, or nowhere.
 */
static void
test_of_all_in_conflict(void **state)
{
    inv_oid_t  batch = inv_store_batch(), id = new_id();
    fixture_t *f = *state;

    const test_entry_t conflict[] = {
        { 1, 300, AT, "purchase", NULL, &batch },
        { 300, 300, AT, "purchase", NULL, &batch },
        { 301, 301, AT, "purchase", NULL, &batch },
    };

    delete_all(f, INV_STORE_PRODUCTS);
    delete_all(f, INV_STORE_LEDGER);
    make(f, id, conflict, 3, 1);

    set_text(f, INV_STORE_LEDGER, "ops.299.ref", "PO-7");
    set_text(f, INV_STORE_PRODUCTS, "outbox.0.ops.0.ref", "PO-7");
    set_text(f, INV_STORE_PRODUCTS, "outbox.1.ops.0.ref", "PO-7");

    check_conflict(f, id, inv_str("PO-7"), 2);
    check_conflict(f, id, INV_STR_ABSENT, 50);
}


/*
 * What cannot be read is left out, wherever it stands: the page is as long as
 * if it were not there.
 */
static void
test_of_all_among_damaged(void **state)
{
    int                   i;
    bson_t                document;
    inv_oid_t             id = new_id();
    fixture_t            *f = *state;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_movements_query_t query = { .limit = 5 };

    static const test_entry_t whole = { 1, 9, AT, "purchase", "a", NULL };

    delete_all(f, INV_STORE_PRODUCTS);
    delete_all(f, INV_STORE_LEDGER);
    make(f, id, &whole, 1, 1);

    bson_init(&document);
    BCON_APPEND(&document, "dirty", BCON_BOOL(true), "outbox", "[",
                BCON_INT32(1), "x", BCON_NULL, "{", "b", BCON_INT32(1), "}",
                "[", "]", "]");
    insert(f, INV_STORE_PRODUCTS, &document);
    bson_destroy(&document);

    /* newer ones, more than a page and its reserve */
    for (i = 0; i < 20; i++) {
        bson_init(&document);
        inv_bson_put_oid(&document, "productId", id);
        inv_bson_put_oid(&document, "b", inv_store_batch());
        BCON_APPEND(&document, "at", BCON_DATE_TIME(AT + 1), "from",
                    BCON_INT64(9 + i), "to", BCON_INT64(INT64_MIN + i), "ops",
                    "[", "{", "ref", "a", "}", "]");
        insert(f, INV_STORE_LEDGER, &document);
        bson_destroy(&document);
    }

    assert_result(call, inv_store_movements(f->store, &call, &query, &page),
                  INV_STORE_OK);
    assert_int_equal(page.nitems, 5);
    assert_true(page.more);
    assert_int_equal(page.items[0].seq, 9);
    assert_true(call.damaged >= 20);

    query.reference = inv_str("a");
    assert_result(call, inv_store_movements(f->store, &call, &query, &page),
                  INV_STORE_OK);
    assert_int_equal(page.nitems, 3);
    assert_int_equal(page.items[0].seq, 9);
}


/* Bytes that are no text make an op that is left out, not a page that fails. */
static void
test_of_text_that_is_none(void **state)
{
    bson_t                document;
    inv_oid_t             id = new_id();
    fixture_t            *f = *state;
    inv_str_t             text, next;
    inv_movements_t       page;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_movements_query_t query = { .has_product = true, .limit = 5 };

    bson_init(&document);
    inv_bson_put_oid(&document, "productId", id);
    inv_bson_put_oid(&document, "b", inv_store_batch());
    BCON_APPEND(&document, "at", BCON_DATE_TIME(AT), "from", BCON_INT64(1),
                "to", BCON_INT64(2), "after", BCON_INT64(1), "ops", "[", "{",
                "t", "edit", "d", BCON_INT64(1), "changes", "{", "\xff", "[",
                "]", "name", "[", "\xff", "[", "\xc0", "]", "]", "}", "}", "{",
                "t", "\xed\xa0\x80", "d", BCON_INT64(0), "}", "]");
    insert(f, INV_STORE_LEDGER, &document);
    bson_destroy(&document);

    query.product = id;
    assert_result(
        call, inv_store_movements_of_product(f->store, &call, &query, &page),
        INV_STORE_OK);
    assert_int_equal(page.nitems, 1);
    assert_int_equal(page.items[0].seq, 1);
    assert_int_equal(call.damaged, 1);

    assert_true(inv_movements_render(f->arena, &query, &page, &text, &next));
    assert_non_null(strstr(text.data, "{\"name\":[null,[null]]}"));
}


/* No one sees less than it has been told of, however fast entries move. */
static void
write_and_look(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                   i;
    inv_oid_t             id = *(inv_oid_t *) shared;
    inv_movements_t       page;
    inv_store_call_t      call;
    machine_t            *machine = machine_begin(f, arena);
    inv_action_t         *move;
    inv_movements_query_t query = { .has_product = true, .limit = 100 };

    query.product = id;

    for (i = 0; i < 12; i++) {
        memset(&call, 0, sizeof(call));
        call.arena = arena;
        call.deadline = inv_time_monotonic() + FIXTURE_TIMEOUT_MS;

        move = machine_move(machine, id, -1, NULL);
        assert_verdict(machine, move, INV_VERDICT_OK);
        assert_result(
            call,
            inv_store_movements_of_product(f->store, &call, &query, &page),
            INV_STORE_OK);

        assert_true(page.items[0].seq >= move->seq);
        assert_true(page.items[0].seq - move->seq < (int64_t) page.nitems);
        assert_int_equal(page.items[page.items[0].seq - move->seq].seq,
                         move->seq);
        assert_int_equal(page.items[page.items[0].seq - move->seq].stock_after,
                         move->after);

        query.has_product = false;
        assert_result(call, inv_store_movements(f->store, &call, &query, &page),
                      INV_STORE_OK);
        assert_true(page.nitems > 0);
        query.has_product = true;

        machine_finish(machine);
    }

    machine_end(machine);
}


static void
test_reads_its_own_writes(void **state)
{
    fixture_t *f = *state;
    inv_oid_t  id = fixture_product(f, NULL, 1000);

    fixture_threads(f, 6, write_and_look, &id);
    fixture_check(f, id);
}


/* What a client sees of an op, and what not. */
static void
test_members(void **state)
{
    bson_t                document, *command;
    inv_str_t             text, next;
    inv_oid_t             id = new_id();
    fixture_t            *f = *state;
    inv_arena_t          *arena = f->arena;
    inv_movements_t       page;
    inv_movements_query_t query = { .has_product = true, .limit = 2 };

    command = BCON_NEW(
        "from", BCON_INT32(1), "to", BCON_INT64(2), "after", BCON_DOUBLE(7),
        "at", BCON_DATE_TIME(AT), "ops", "[", "{", "t", "set", "d",
        BCON_INT64(9), "k", "secret", "changes", "{", "name", "[", "a", "b\"",
        "]", "tags", "[", BCON_NULL, "[", "x", "]", "]", "lowStock", "[",
        BCON_INT64(3), BCON_NULL, "]", "}", "}", "{", "t", "adjust", "d",
        BCON_INT64(-2), "ref", "PO-7", "why", "broken", "who", "me", "trace",
        "0af7651916cd43dd8448eb211c80319c", "r", BCON_INT64(4), "}", "]");

    bson_init(&document);
    inv_bson_put_oid(&document, "productId", id);
    inv_bson_put_oid(&document, "b", inv_store_batch());
    bson_concat(&document, command);
    insert(f, INV_STORE_LEDGER, &document);
    bson_destroy(&document);
    bson_destroy(command);

    query.product = id;
    page = list(f, &query, 4);
    assert_true(inv_movements_render(arena, &query, &page, &text, &next));
    assert_non_null(strstr(text.data,
                           "\"type\":\"adjust\",\"delta\":-2,\"stockAfter\":7,"
                           "\"reference\":\"PO-7\",\"reason\":\"broken\","
                           "\"actor\":\"me\",\"traceId\":"
                           "\"0af7651916cd43dd8448eb211c80319c\",\"at\":"));
    assert_non_null(strstr(text.data,
                           "\"type\":\"set\",\"delta\":9,\"stockAfter\":9,"
                           "\"changes\":{\"name\":[\"a\",\"b\\\"\"],\"tags\":"
                           "[null,[\"x\"]],\"lowStock\":[3,null]},\"at\":"));
    assert_null(strstr(text.data, "secret"));
    assert_null(next.data);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_of_a_product),
        TEST(test_of_a_product_in_both),
        TEST(test_of_a_deleted_product),
        TEST(test_of_a_damaged_product),
        TEST(test_of_all),
        TEST(test_of_all_while_entries_move),
        TEST(test_of_all_in_conflict),
        TEST(test_of_all_among_damaged),
        TEST(test_of_text_that_is_none),
        TEST(test_reads_its_own_writes),
        TEST(test_members),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("movements", tests, fixture_open,
                                       fixture_close);
}
