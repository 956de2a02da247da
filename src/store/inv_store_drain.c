
/*
 * store: the drain: entries go into the ledger, then out of the outboxes.
 *
 * Runs on threads.  Anyone may drain anything at any time: what has left an
 * outbox cannot leave it again, and the ledger takes each entry once.
 */


#include <stdlib.h>

#include "inv_store_step.h"


static int
inv_store_drained_order(const void *a, const void *b)
{
    const inv_store_drained_t *x = a, *y = b;

    return memcmp(x->entry->product.bytes, y->entry->product.bytes,
                  sizeof(x->entry->product.bytes));
}


bool
inv_store_drained_view(const inv_store_drained_t *drained, bson_t *document)
{
    return bson_init_static(document,
                            (const uint8_t *) drained->entry->bson.data,
                            drained->entry->bson.len);
}


/* In the order of products: statements in other orders would deadlock. */
static inv_store_drained_t *
inv_store_drained_create(inv_arena_t *arena, const inv_entry_t *entries,
                         size_t n)
{
    bson_t               document;
    size_t               i;
    inv_store_drained_t *drained;

    drained = inv_arena_array(arena, n, sizeof(inv_store_drained_t));
    if (drained == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        drained[i].entry = &entries[i];
    }

    qsort(drained, n, sizeof(drained[0]), inv_store_drained_order);

    for (i = 0; i < n; i++) {
        if (!inv_store_drained_view(&drained[i], &document)) {
            return NULL;
        }
    }

    return drained;
}


/* The statement of one product; batches are those of its entries 0 to n - 1. */
static void
inv_store_pull_statement(bson_t *statements, uint32_t at,
                         const inv_store_drained_t *drained, size_t n)
{
    char        digits[16];
    bson_t      statement, batches;
    size_t      i;
    uint32_t    count;
    const char *key;
    bson_oid_t  id;

    bson_init(&batches);

    for (i = 0, count = 0; i < n; i++) {
        if (drained[i].safe) {
            bson_uint32_to_string(count++, &key, digits, sizeof(digits));
            inv_bson_put_oid(&batches, key, drained[i].entry->batch);
        }
    }

    bson_oid_init_from_data(&id, drained[0].entry->product.bytes);

    bson_uint32_to_string(at, &key, digits, sizeof(digits));
    bson_append_document_begin(statements, key, -1, &statement);

    BCON_APPEND(&statement, "q", "{", "_id", BCON_OID(&id), "outbox.b", "{",
                "$in", BCON_ARRAY(&batches), "}", "}");
    inv_store_pull_pipeline(&statement, &batches);

    bson_append_document_end(statements, &statement);
    bson_destroy(&batches);
}


/* How many entries from the first on are of its product. */
static size_t
inv_store_drained_run(const inv_store_drained_t *drained, size_t n)
{
    size_t i;

    for (i = 1; i < n; i++) {
        if (!inv_oid_eq(drained[i].entry->product, drained[0].entry->product)) {
            break;
        }
    }

    return i;
}


/*
 * Appends the statements of all products of which something is safe and
 * nothing corrupt; returns their count.
 */
static uint32_t
inv_store_pull_statements(bson_t                    *statements,
                          const inv_store_drained_t *drained, size_t n)
{
    bool     safe, corrupt;
    size_t   i, run, j;
    uint32_t count;

    count = 0;

    for (i = 0; i < n; i += run) {
        run = inv_store_drained_run(&drained[i], n - i);
        safe = false;
        corrupt = false;

        for (j = i; j < i + run; j++) {
            safe |= drained[j].safe;
            corrupt |= drained[j].corrupt;
        }

        if (safe && !corrupt) {
            inv_store_pull_statement(statements, count++, &drained[i], run);
        }
    }

    return count;
}


static inv_store_result_t
inv_store_pull(inv_store_link_t *link, const inv_store_drained_t *drained,
               size_t n)
{
    bson_t             command, statements;
    uint32_t           count;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "ordered",
                BCON_BOOL(false));

    bson_append_array_begin(&command, "updates", -1, &statements);
    count = inv_store_pull_statements(&statements, drained, n);
    bson_append_array_end(&command, &statements);

    result = INV_STORE_OK;

    if (count != 0) {
        result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);
        bson_destroy(&reply.body);
    }

    bson_destroy(&command);

    return result;
}


/* What the entries that were not pulled have to say. */
static inv_store_result_t
inv_store_drained_result(inv_store_call_t          *call,
                         const inv_store_drained_t *drained, size_t n)
{
    char               hex[INV_OID_HEX];
    size_t             i;
    inv_store_result_t result;

    result = INV_STORE_OK;

    for (i = 0; i < n; i++) {
        if (drained[i].corrupt) {
            inv_oid_write(drained[i].entry->product, hex);
            inv_store_call_error(call,
                                 "the ledger of product %.*s holds another"
                                 " batch under an entry's id",
                                 INV_OID_HEX, hex);
            return INV_STORE_FAILED;
        }

        if (!drained[i].safe) {
            inv_store_call_error(call, "an entry is not durable yet");
            result = INV_STORE_BUSY;
        }
    }

    return result;
}


inv_store_result_t
inv_store_drain_run(inv_store_link_t *link, const inv_entry_t *entries,
                    size_t n)
{
    inv_store_drained_t *drained;
    inv_store_result_t   result;

    drained = inv_store_drained_create(link->call->arena, entries, n);
    if (drained == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_ledger_insert(link, drained, n);

    if (result == INV_STORE_OK) {
        result = inv_store_pull(link, drained, n);
    }

    return result == INV_STORE_OK
               ? inv_store_drained_result(link->call, drained, n)
               : result;
}


inv_store_result_t
inv_store_drain(inv_store_t *store, inv_store_call_t *call,
                const inv_entry_t *entries, size_t n)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_drain_run(&link, entries, n);
    inv_store_link_close(&link);

    return result;
}
