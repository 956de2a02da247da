
/*
 * The invariants of the stock protocol, read past the store.
 */


#include <stdlib.h>

#include "store_fixture.h"


typedef struct {
    int64_t   from, to, after, sum;
    inv_oid_t batch;
} check_entry_t;

typedef struct {
    check_entry_t entries[20000];
    size_t        n;
} check_t;


static int64_t
check_integer(const bson_t *document, const char *name)
{
    int64_t     value;
    bson_iter_t iter;

    assert_true(bson_iter_init_find(&iter, document, name));

    /* what the store writes is an int64, and nothing else */
    assert_int_equal(bson_iter_type(&iter), BSON_TYPE_INT64);
    assert_true(inv_bson_get_integer(&iter, &value));

    return value;
}


static void
check_add(check_t *check, const bson_t *entry)
{
    bson_t         op;
    int64_t        ops;
    bson_iter_t    iter, array;
    check_entry_t *e;

    assert_true(check->n < sizeof(check->entries) / sizeof(check_entry_t));

    e = &check->entries[check->n++];
    e->from = check_integer(entry, "from");
    e->to = check_integer(entry, "to");
    e->after = check_integer(entry, "after");
    e->sum = 0;

    assert_true(bson_iter_init_find(&iter, entry, "b"));
    assert_true(inv_bson_get_oid(&iter, &e->batch));
    assert_true(bson_iter_init_find(&iter, entry, "at"));
    assert_true(BSON_ITER_HOLDS_DATE_TIME(&iter));

    assert_true(bson_iter_init_find(&iter, entry, "ops"));
    assert_true(bson_iter_recurse(&iter, &array));

    for (ops = 0; bson_iter_next(&array); ops++) {
        assert_true(inv_bson_view(&array, &op));
        assert_true(bson_has_field(&op, "t"));
        e->sum += check_integer(&op, "d");
    }

    assert_int_equal(ops, e->to - e->from + 1);
}


static int
check_order(const void *a, const void *b)
{
    const check_entry_t *x = a, *y = b;

    return x->to < y->to ? -1 : x->to > y->to;
}


static void
check_ledger(fixture_t *f, inv_oid_t id, check_t *check)
{
    bson_t               filter;
    const bson_t        *document;
    bson_error_t         error;
    mongoc_cursor_t     *cursor;
    mongoc_collection_t *c;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "productId", id);

    c = mongoc_client_get_collection(f->raw, f->database, INV_STORE_LEDGER);
    cursor = mongoc_collection_find_with_opts(c, &filter, NULL, NULL);

    while (mongoc_cursor_next(cursor, &document)) {
        check_add(check, document);
    }

    assert_false(mongoc_cursor_error(cursor, &error));

    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(c);
    bson_destroy(&filter);
}


static void
check_outbox(const bson_t *document, check_t *check)
{
    bool        dirty;
    bson_t      entry;
    size_t      before;
    bson_iter_t iter, array;

    before = check->n;

    assert_true(bson_iter_init_find(&iter, document, "outbox"));
    assert_true(bson_iter_recurse(&iter, &array));

    while (bson_iter_next(&array)) {
        assert_true(inv_bson_view(&array, &entry));
        check_add(check, &entry);
    }

    dirty = bson_has_field(document, "dirty");
    assert_int_equal(dirty, check->n != before);
}


void
fixture_check(fixture_t *f, inv_oid_t id)
{
    bson_t  *document;
    size_t   i;
    int64_t  seq, stock;
    check_t *check;

    check = calloc(1, sizeof(check_t));

    document = fixture_product_document(f, id);
    assert_non_null(document);

    check_ledger(f, id, check);
    check_outbox(document, check);

    qsort(check->entries, check->n, sizeof(check_entry_t), check_order);

    seq = 0;
    stock = 0;

    for (i = 0; i < check->n; i++) {

        /* in the outbox and in the ledger at once: the same entry */
        if (i > 0 && check->entries[i].to == check->entries[i - 1].to) {
            assert_true(inv_oid_eq(check->entries[i].batch,
                                   check->entries[i - 1].batch));
            continue;
        }

        assert_int_equal(check->entries[i].from, seq + 1);
        seq = check->entries[i].to;

        stock += check->entries[i].sum;
        assert_true(stock >= 0);
        assert_int_equal(check->entries[i].after, stock);
    }

    assert_int_equal(check_integer(document, "seq"), seq);
    assert_int_equal(check_integer(document, "stock"), stock);
    assert_int_equal(check_integer(document, "reserved"), 0);
    assert_true(check_integer(document, "version") >= 1);

    bson_destroy(document);
    free(check);
}
