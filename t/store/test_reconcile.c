
/*
 * Reconcile against a real server: ledgers that fit, ledgers that were damaged
 * on purpose, repairs, and products that sell meanwhile.
 */


#include <stdatomic.h>

#include "store_machine.h"
#include "../../src/store/inv_store_reconcile.h"


#define AT INT64_C(1700000000000)


/* What makes the next products: keys that come back after so many ops. */
static int64_t key_period; /* 0: no keys */


static void
put_key(bson_t *op, const char *name, int64_t n)
{
    inv_oid_t key = { { 0xee } };

    memcpy(key.bytes + 1, &n, sizeof(n));
    inv_bson_put_oid(op, name, key);
}


/* An entry of ops from..to, each with the delta -1, or +from..to's first. */
static void
put_entry(bson_t *document, int64_t from, int64_t to, int64_t first,
          int64_t after)
{
    char        digits[16];
    bson_t      ops, op;
    int64_t     seq;
    const char *key;

    inv_bson_put_oid(document, "b", inv_store_batch());
    BCON_APPEND(document, "from", BCON_INT64(from), "to", BCON_INT64(to),
                "after", BCON_INT64(after), "at", BCON_DATE_TIME(AT));
    bson_append_array_begin(document, "ops", -1, &ops);

    for (seq = from; seq <= to; seq++) {
        bson_uint32_to_string((uint32_t) (seq - from), &key, digits,
                              sizeof(digits));
        bson_append_document_begin(&ops, key, -1, &op);
        BCON_APPEND(&op, "t", "purchase", "d",
                    BCON_INT64(seq == 1 ? first : -1), "r", BCON_INT64(1));

        if (key_period != 0) {
            put_key(&op, "k", seq % key_period);
        }

        bson_append_document_end(&ops, &op);
    }

    bson_append_array_end(document, &ops);
}


/* Puts as many documents as there are into a collection. */
static void
insert(fixture_t *f, const char *collection, const bson_t *documents)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(collection), "documents",
                BCON_ARRAY(documents));
    fixture_command(f, &command);
}


/*
 * A product of seq movements in entries of width ops: the first delta is 5,000,
 * all others are -1, each reserves 1.  All but the last entry are drained.
 */
static inv_oid_t
make(fixture_t *f, int64_t seq, int64_t width)
{
    char        digits[16], name[INV_STORE_ENTRY_ID], hex[INV_OID_HEX];
    bson_t      documents, document, outbox, entry;
    int64_t     from, to;
    uint32_t    n;
    inv_oid_t   id;
    const char *key;

    inv_random(id.bytes, sizeof(id.bytes));
    inv_oid_write(id, hex);

    bson_init(&documents);
    bson_init(&entry);
    n = 0;

    for (from = 1; /* void */; from = to + 1) {
        to = from + width - 1 < seq ? from + width - 1 : seq;

        if (to == seq) {
            put_entry(&entry, from, to, 5000, 5001 - to);
            break;
        }

        snprintf(name, sizeof(name), "%.*s-%lld", INV_OID_HEX, hex,
                 (long long) to);
        bson_uint32_to_string(n++, &key, digits, sizeof(digits));
        bson_append_document_begin(&documents, key, -1, &document);
        BCON_APPEND(&document, "_id", BCON_UTF8(name));
        inv_bson_put_oid(&document, "productId", id);
        put_entry(&document, from, to, 5000, 5001 - to);
        bson_append_document_end(&documents, &document);
    }

    if (n != 0) {
        insert(f, INV_STORE_LEDGER, &documents);
    }

    bson_reinit(&documents);
    bson_append_document_begin(&documents, "0", -1, &document);
    inv_bson_put_oid(&document, "_id", id);
    BCON_APPEND(&document, "name", "n", "price", BCON_INT32(1), "stock",
                BCON_INT64(5001 - seq), "reserved", BCON_INT64(seq), "seq",
                BCON_INT64(seq), "version", BCON_INT64(1), "edits",
                BCON_INT64(0), "epoch", BCON_INT64(0), "createdAt",
                BCON_DATE_TIME(AT), "updatedAt", BCON_DATE_TIME(AT), "dirty",
                BCON_BOOL(true));
    bson_append_array_begin(&document, "outbox", -1, &outbox);
    BCON_APPEND(&outbox, "0", BCON_DOCUMENT(&entry));
    bson_append_array_end(&document, &outbox);
    bson_append_document_end(&documents, &document);
    insert(f, INV_STORE_PRODUCTS, &documents);

    bson_destroy(&entry);
    bson_destroy(&documents);

    return id;
}


static inv_reconcile_t
reconcile(fixture_t *f, const inv_reconcile_query_t *query)
{
    inv_reconcile_t  report;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(
        call,
        inv_store_reconcile(f->store, &call, query, &fixture_actor, &report),
        INV_STORE_OK);

    return report;
}


/* One product; the difference, or NULL. */
static inv_movement_check_t *
reconcile_one(fixture_t *f, inv_oid_t id, bool repair)
{
    inv_reconcile_t       report;
    inv_reconcile_query_t query = { .has_product = true, .repair = repair };

    query.product = id;
    report = reconcile(f, &query);

    assert_int_equal(report.checked, 1);
    assert_false(report.has_next);
    assert_in_range(report.n, 0, 1);

    return report.n != 0 ? &report.differences[0] : NULL;
}


/* {q, u} on one document. */
static void
update(fixture_t *f, const char *collection, bson_t *query, bson_t *change)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(collection), "updates", "[", "{",
                "q", BCON_DOCUMENT(query), "u", BCON_DOCUMENT(change), "}",
                "]");
    fixture_command(f, &command);
    bson_destroy(query);
    bson_destroy(change);
}


static bson_t *
ledger_entry(inv_oid_t id, int64_t to)
{
    bson_t *query = bson_new();

    inv_bson_put_oid(query, "productId", id);
    BCON_APPEND(query, "to", BCON_INT64(to));

    return query;
}


static bson_t *
product(inv_oid_t id)
{
    bson_t *query = bson_new();

    inv_bson_put_oid(query, "_id", id);

    return query;
}


static void
assert_ranges(const inv_seq_ranges_t *ranges, const char *expected)
{
    char   text[1024] = "";
    size_t i, len = 0;

    for (i = 0; i < ranges->n; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%lld-%lld",
                                 i != 0 ? " " : "",
                                 (long long) ranges->ranges[i].from,
                                 (long long) ranges->ranges[i].to);
    }

    assert_string_equal(text, expected);
}


static void
assert_difference(const inv_movement_check_t *check, int64_t excess,
                  const char *gaps, const char *overlaps, const char *breaks)
{
    assert_non_null(check);
    assert_int_equal(check->sum - check->stock, excess);
    assert_ranges(&check->gaps, gaps);
    assert_ranges(&check->overlaps, overlaps);
    assert_ranges(&check->breaks, breaks);
}


static void
test_what_fits(void **state)
{
    size_t         i;
    inv_oid_t      id;
    fixture_t     *f = *state;
    inv_product_t *p;

    static const int64_t sizes[][2] = { { 1, 1 },      { 5, 2 },
                                        { 512, 256 },  { 999, 7 },
                                        { 1000, 100 }, { 1001, 100 },
                                        { 2000, 1 },   { 4999, 256 } };

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        id = make(f, sizes[i][0], sizes[i][1]);
        assert_null(reconcile_one(f, id, true));
        fixture_drain(f, id);
        assert_null(reconcile_one(f, id, true));

        p = fixture_read(f, id);
        assert_int_equal(p->seq, sizes[i][0]);
    }

    /* what the service itself makes fits, too */
    id = fixture_product(f, NULL, 7);
    assert_null(reconcile_one(f, id, true));
}


/* Repaired, it is clean but for what cannot be repaired; and stays so. */
static void
assert_repaired(fixture_t *f, inv_oid_t id, int64_t excess, const char *gaps,
                const char *overlaps)
{
    bson_t                     *before, *after;
    int64_t                     seq, stock, version, value;
    const inv_movement_check_t *check;

    before = fixture_product_document(f, id);
    assert_true(inv_bson_find_integer(before, "seq", &seq));
    assert_true(inv_bson_find_integer(before, "stock", &stock));
    assert_true(inv_bson_find_integer(before, "version", &version));
    bson_destroy(before);

    check = reconcile_one(f, id, true);
    assert_non_null(check);
    assert_int_equal(check->sum - check->stock, excess);
    assert_int_equal(check->repaired, seq + 1);

    after = fixture_product_document(f, id);
    assert_true(inv_bson_find_integer(after, "stock", &value));
    assert_int_equal(value, stock);
    assert_true(inv_bson_find_integer(after, "version", &value));
    assert_int_equal(value, version);
    assert_true(inv_bson_find_integer(after, "seq", &value));
    assert_int_equal(value, seq + 1);
    bson_destroy(after);

    for (int drained = 0; drained < 2; drained++) {
        check = reconcile_one(f, id, true);

        if (gaps[0] == '\0' && overlaps[0] == '\0') {
            assert_null(check);
        } else {
            assert_difference(check, 0, gaps, overlaps, "");
            assert_int_equal(check->repaired, 0);
        }

        fixture_drain(f, id);
    }
}


static void
test_a_deleted_entry(void **state)
{
    bson_t     command, *query;
    size_t     i;
    inv_oid_t  id;
    fixture_t *f = *state;

    static const struct {
        int64_t     to;
        const char *gap;
        int64_t     excess;
    } cases[] = { { 10, "1-10", 9 - 5000 },
                  { 990, "981-990", 10 },
                  { 1000, "991-1000", 10 },
                  { 1990, "1981-1990", 10 } };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        id = make(f, 2000, 10);
        query = ledger_entry(id, cases[i].to);
        bson_init(&command);
        BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_LEDGER), "deletes",
                    "[", "{", "q", BCON_DOCUMENT(query), "limit", BCON_INT32(1),
                    "}", "]");
        fixture_command(f, &command);
        bson_destroy(query);

        assert_difference(reconcile_one(f, id, false), cases[i].excess,
                          cases[i].gap, "", "");
        assert_repaired(f, id, cases[i].excess, cases[i].gap, "");
    }
}


static void
test_a_changed_delta(void **state)
{
    inv_oid_t  id;
    fixture_t *f = *state;

    id = make(f, 30, 10);
    update(f, INV_STORE_LEDGER, ledger_entry(id, 20),
           BCON_NEW("$set", "{", "ops.3.d", BCON_INT64(-8), "}"));
    assert_difference(reconcile_one(f, id, false), -7, "", "", "11-20");
    assert_repaired(f, id, -7, "", "");

    /* and another one later */
    update(f, INV_STORE_LEDGER, ledger_entry(id, 10),
           BCON_NEW("$set", "{", "ops.2.d", BCON_INT64(8), "}"));
    assert_int_equal(reconcile_one(f, id, false)->sum, 4971 + 9);
    assert_repaired(f, id, 9, "", "");

    /* one that does not show in the sum */
    id = make(f, 30, 10);
    update(f, INV_STORE_LEDGER, ledger_entry(id, 20),
           BCON_NEW("$set", "{", "after", BCON_INT64(5), "}"));
    assert_difference(reconcile_one(f, id, true), 0, "", "", "11-20 21-30");
    assert_int_equal(fixture_read(f, id)->seq, 30);
}


static void
test_a_changed_product(void **state)
{
    inv_oid_t                   id;
    fixture_t                  *f = *state;
    const inv_movement_check_t *check;

    id = make(f, 30, 10);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$inc", "{", "stock", BCON_INT64(-3), "reserved",
                    BCON_INT64(2), "}"));

    check = reconcile_one(f, id, false);
    assert_difference(check, 3, "", "", "30-30");
    assert_int_equal(check->reserved - check->reserved_sum, 2);
    assert_repaired(f, id, 3, "", "");

    /* seqs that nobody has */
    id = make(f, 30, 10);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$inc", "{", "seq", BCON_INT64(4), "}"));
    assert_difference(reconcile_one(f, id, true), 0, "31-34", "", "");

    /* an older state of the product: its next seqs are taken */
    id = make(f, 30, 10);
    fixture_drain(f, id);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$set", "{", "seq", BCON_INT64(20), "stock",
                    BCON_INT64(4000), "}"));
    check = reconcile_one(f, id, true);
    assert_non_null(check);
    assert_int_equal(check->ahead, 30);
    assert_int_equal(check->repaired, 0);

    /* no number at all */
    id = make(f, 30, 10);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$set", "{", "stock", "many", "}"));
    check = reconcile_one(f, id, true);
    assert_non_null(check);
    assert_true(check->damaged);
}


static void
test_a_range_twice(void **state)
{
    bson_t     documents, document;
    inv_oid_t  id;
    fixture_t *f = *state;

    id = make(f, 30, 10);

    bson_init(&documents);
    bson_append_document_begin(&documents, "0", -1, &document);
    inv_bson_put_oid(&document, "productId", id);
    put_entry(&document, 11, 20, 0, 4981);
    bson_append_document_end(&documents, &document);
    insert(f, INV_STORE_LEDGER, &documents);
    bson_destroy(&documents);

    assert_difference(reconcile_one(f, id, false), -10, "", "11-20", "");
    assert_repaired(f, id, -10, "", "11-20");
}


/* {$set: {member: the key of that number}} */
static bson_t *
set_key(const char *member, int64_t n)
{
    bson_t  set;
    bson_t *change = bson_new();

    bson_append_document_begin(change, "$set", -1, &set);
    put_key(&set, member, n);
    bson_append_document_end(change, &set);

    return change;
}


static void
assert_duplicates(fixture_t *f, inv_oid_t id, const char *duplicates)
{
    const inv_movement_check_t *check;

    check = reconcile_one(f, id, true);
    assert_difference(check, 0, "", "", "");
    assert_ranges(&check->duplicates, duplicates);
    assert_int_equal(check->repaired, 0);
}


/*
 * What was applied twice, wherever its two movements are; the same keys in the
 * other products are theirs.
 */
static void
test_a_key_twice(void **state)
{
    size_t     i;
    inv_oid_t  id;
    fixture_t *f = *state;

    static const struct {
        int64_t     first, last; /* entries of ten, by their to */
        const char *first_op, *last_op, *found;
    } cases[] = {
        { 10, 20, "ops.0.k", "ops.9.k", "1-20" },
        { 10, 10, "ops.2.k", "ops.5.k", "3-6" },
        { 20, 2000, "ops.3.k", "outbox.0.ops.4.k", "14-1995" },
        { 2000, 2000, "outbox.0.ops.0.k", "outbox.0.ops.9.k", "1991-2000" },
        { 990, 1990, "ops.9.k", "ops.0.k", "990-1981" },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        key_period = 5000;
        id = make(f, 2000, 10);
        assert_null(reconcile_one(f, id, false));

        if (cases[i].first == 2000) {
            update(f, INV_STORE_PRODUCTS, product(id),
                   set_key(cases[i].first_op, 6000));
        } else {
            update(f, INV_STORE_LEDGER, ledger_entry(id, cases[i].first),
                   set_key(cases[i].first_op, 6000));
        }

        if (cases[i].last == 2000) {
            update(f, INV_STORE_PRODUCTS, product(id),
                   set_key(cases[i].last_op, 6000));
        } else {
            update(f, INV_STORE_LEDGER, ledger_entry(id, cases[i].last),
                   set_key(cases[i].last_op, 6000));
        }

        assert_duplicates(f, id, cases[i].found);
        fixture_drain(f, id);
        assert_duplicates(f, id, cases[i].found);
    }

    key_period = 0;
}


/* More than are counted at once, and than are reported. */
static void
test_all_keys_twice(void **state)
{
    inv_oid_t                   id;
    fixture_t                  *f = *state;
    const inv_movement_check_t *check;

    key_period = 800;
    id = make(f, 1600, 1);
    key_period = 0;

    check = reconcile_one(f, id, false);
    assert_difference(check, 0, "", "", "");
    assert_int_equal(check->duplicates.n, INV_CHECK_RANGES_MAX);
    assert_true(check->duplicates.more);
    assert_int_equal(
        check->duplicates.ranges[0].to - check->duplicates.ranges[0].from, 800);
}


/* Between the two steps of a drain an entry is at both places. */
static void
test_keys_at_both_places(void **state)
{
    bson_t     *document;
    inv_oid_t   id;
    fixture_t  *f = *state;
    bson_iter_t iter;

    key_period = 5000;
    id = make(f, 30, 10);
    key_period = 0;

    document = fixture_product_document(f, id);
    assert_true(bson_iter_init_find(&iter, document, "outbox"));
    fixture_drain(f, id);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$set", "{", "outbox", BCON_ITER(&iter), "}"));
    bson_destroy(document);

    assert_null(reconcile_one(f, id, false));
    update(f, INV_STORE_LEDGER, ledger_entry(id, 20), set_key("ops.0.k", 25));
    assert_duplicates(f, id, "11-25");
}


/* Extremes are told as damage: neither wrong sums, nor without end. */
static void
test_extreme_numbers(void **state)
{
    size_t                      i;
    inv_oid_t                   id;
    fixture_t                  *f = *state;
    const inv_movement_check_t *check;

    static const int64_t extremes[] = { INT64_MIN, INT64_MAX, -INT64_MAX,
                                        INV_STOCK_MAX + 1 };

    for (i = 0; i < sizeof(extremes) / sizeof(extremes[0]); i++) {
        id = make(f, 30, 10);
        update(f, INV_STORE_LEDGER, ledger_entry(id, 20),
               BCON_NEW("$set", "{", "ops.3.d", BCON_INT64(extremes[i]),
                        "ops.4.r", BCON_INT64(extremes[i]), "}"));
        check = reconcile_one(f, id, false);
        assert_difference(check, 1, "", "", "11-20");
        assert_int_equal(check->reserved_sum, 30 - 2);

        id = make(f, 30, 10);
        update(f, INV_STORE_LEDGER, ledger_entry(id, 20),
               BCON_NEW("$set", "{", "from", BCON_INT64(extremes[i]), "}"));
        assert_difference(reconcile_one(f, id, false), 0, "11-19", "", "20-20");

        id = make(f, 30, 10);
        update(
            f, INV_STORE_PRODUCTS, product(id),
            BCON_NEW("$set", "{", "outbox.0.to", BCON_INT64(extremes[i]), "}"));
        assert_true(reconcile_one(f, id, true)->damaged);

        id = make(f, 30, 10);
        update(f, INV_STORE_PRODUCTS, product(id),
               BCON_NEW("$set", "{", "stock", BCON_INT64(extremes[i]), "}"));
        assert_true(reconcile_one(f, id, true)->damaged);
    }

    id = make(f, 30, 10);
    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$set", "{", "seq", BCON_INT64(INV_STOCK_MAX), "}"));
    check = reconcile_one(f, id, true);
    assert_ranges(&check->gaps, "31-9007199254740991");
}


static void
test_all_products(void **state)
{
    int                   i, seen, differ;
    int64_t               checked;
    inv_oid_t             id;
    fixture_t            *f = *state;
    inv_reconcile_t       report;
    inv_store_call_t      call;
    inv_reconcile_query_t query = { .repair = false };
    bson_t                command;

    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", "{", "}", "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &command);

    for (i = 0; i < 130; i++) {
        id = make(f, 1 + i * 11 % 40, 5);

        if (i % 20 == 0) {
            update(f, INV_STORE_PRODUCTS, product(id),
                   BCON_NEW("$inc", "{", "stock", BCON_INT64(1), "}"));
        }
    }

    report = reconcile(f, &query);
    assert_int_equal(report.checked, 130);
    assert_int_equal(report.n, 7);
    assert_false(report.has_next);

    /* from any place on, all that is behind it */
    query.has_after = true;
    query.after = report.differences[2].product;
    seen = 0;
    differ = 0;

    do {
        report = reconcile(f, &query);
        seen += (int) report.checked;
        differ += (int) report.n;
        query.after = report.next;
    } while (report.has_next);

    assert_int_equal(differ, 4);
    assert_in_range(seen, 4, 127);

    query.has_after = false;
    query.repair = true;
    report = reconcile(f, &query);
    assert_int_equal(report.n, 7);
    checked = report.checked;
    report = reconcile(f, &query);
    assert_int_equal(report.n, 0);
    assert_int_equal(report.checked, checked);

    /* a deleted one is not checked; asked for, it is not there */
    id = fixture_product(f, NULL, 1);
    fixture_delete(f, id, AT);

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    query.has_product = true;
    query.product = id;
    assert_result(
        call,
        inv_store_reconcile(f->store, &call, &query, &fixture_actor, &report),
        INV_STORE_NOT_FOUND);
}


/* A seq far above all that there is, and an entry between that has none. */
static void
test_a_fraction_far_above(void **state)
{
    bson_t                documents, document;
    inv_oid_t             id;
    fixture_t            *f = *state;
    inv_reconcile_t       report;
    inv_store_call_t      call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_reconcile_query_t query = { .has_product = true, .repair = true };

    id = make(f, 30, 10);

    bson_init(&documents);
    bson_append_document_begin(&documents, "0", -1, &document);
    inv_bson_put_oid(&document, "productId", id);
    BCON_APPEND(&document, "from", BCON_INT64(900000000000), "to",
                BCON_DOUBLE(900000000000.5));
    bson_append_document_end(&documents, &document);
    insert(f, INV_STORE_LEDGER, &documents);
    bson_destroy(&documents);

    update(f, INV_STORE_PRODUCTS, product(id),
           BCON_NEW("$set", "{", "seq", BCON_INT64(1000000000000), "}"));

    query.product = id;
    assert_result(
        call,
        inv_store_reconcile(f->store, &call, &query, &fixture_actor, &report),
        INV_STORE_OK);
    assert_in_range(call.commands, 1, 10);
    assert_int_equal(report.n, 1);
    assert_true(report.differences[0].damaged);
    assert_int_equal(report.differences[0].repaired, 0);
}


/* Two such members are more than a reply holds. */
#define LARGE (9 * 1024 * 1024)


static void
enlarge(fixture_t *f, const char *collection, bson_t *query, const char *member)
{
    char *text;

    text = calloc(1, LARGE + 1);
    assert_non_null(text);
    memset(text, 'x', LARGE);
    update(f, collection, query,
           BCON_NEW("$set", "{", member, BCON_UTF8(text), "}"));
    free(text);
}


/* What a reply lacks is no gap, and nothing is repaired because of it. */
static void
test_a_ledger_that_is_cut(void **state)
{
    inv_oid_t                   id;
    fixture_t                  *f = *state;
    const inv_movement_check_t *check;

    id = make(f, 100, 10);
    enlarge(f, INV_STORE_LEDGER, ledger_entry(id, 20), "b");
    enlarge(f, INV_STORE_LEDGER, ledger_entry(id, 30), "b");

    check = reconcile_one(f, id, true);
    assert_non_null(check);
    assert_true(check->damaged);
    assert_int_equal(check->repaired, 0);
}


/* Products that do not come by one reply come by the next one. */
static void
test_products_that_are_cut(void **state)
{
    int                   i;
    bson_t                command;
    inv_oid_t             ids[3];
    fixture_t            *f = *state;
    inv_reconcile_t       report;
    inv_reconcile_query_t query = { .repair = false };

    bson_init(&command);
    BCON_APPEND(&command, "delete", BCON_UTF8(INV_STORE_PRODUCTS), "deletes",
                "[", "{", "q", "{", "}", "limit", BCON_INT32(0), "}", "]");
    fixture_command(f, &command);

    for (i = 0; i < 3; i++) {
        ids[i] = make(f, 3, 1);
        enlarge(f, INV_STORE_PRODUCTS, product(ids[i]), "stock");
    }

    report = reconcile(f, &query);
    assert_int_equal(report.checked, 3);
    assert_int_equal(report.n, 3);
    assert_false(report.has_next);
}


typedef struct {
    inv_oid_t  ids[4];
    atomic_int sellers;
    atomic_int looks;
} busy_t;


/* Some sell and drain, the others look on: nothing of it is a difference. */
static void
sell_or_look(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    int                   i;
    busy_t               *busy = shared;
    inv_reconcile_t       report;
    machine_t            *machine;
    inv_action_t         *move;
    inv_store_call_t      call;
    inv_reconcile_query_t query = { .repair = true };

    memset(&call, 0, sizeof(call));
    call.deadline = inv_time_monotonic() + FIXTURE_TIMEOUT_MS;

    if (index < 4) {
        machine = machine_begin(f, arena);

        for (i = 0; i < 60; i++) {
            move = machine_move(machine, busy->ids[(index + i) % 4], -1, NULL);
            assert_verdict(machine, move, INV_VERDICT_OK);
            machine_finish(machine);
        }

        machine_end(machine);
        atomic_fetch_sub(&busy->sellers, 1);
        return;
    }

    while (atomic_load(&busy->sellers) > 0) {
        call.arena = inv_arena_create();
        query.has_product = index == 4;
        query.product = busy->ids[0];

        assert_result(call,
                      inv_store_reconcile(f->store, &call, &query,
                                          &fixture_actor, &report),
                      INV_STORE_OK);
        assert_int_equal(report.n, 0);
        inv_arena_destroy(call.arena);
        atomic_fetch_add(&busy->looks, 1);
    }
}


static void
test_while_products_sell(void **state)
{
    int        i;
    busy_t     busy = { .sellers = 4 };
    fixture_t *f = *state;

    for (i = 0; i < 4; i++) {
        busy.ids[i] = fixture_product(f, NULL, 1000);
    }

    fixture_threads(f, 6, sell_or_look, &busy);
    assert_in_range(atomic_load(&busy.looks), 4, 100000);

    for (i = 0; i < 4; i++) {
        fixture_check(f, busy.ids[i]);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_fits),
        TEST(test_a_deleted_entry),
        TEST(test_a_changed_delta),
        TEST(test_a_changed_product),
        TEST(test_a_range_twice),
        TEST(test_a_key_twice),
        TEST(test_all_keys_twice),
        TEST(test_keys_at_both_places),
        TEST(test_extreme_numbers),
        TEST(test_all_products),
        TEST(test_while_products_sell),
        TEST(test_a_fraction_far_above),
        TEST(test_a_ledger_that_is_cut),
        TEST(test_products_that_are_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("reconcile", tests, fixture_open,
                                       fixture_close);
}
