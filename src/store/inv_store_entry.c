
/*
 * store: entries: what one batch did to one product, first in its outbox,
 * later in the ledger.
 *
 * Any thread, no I/O.
 */


#include "inv_store_internal.h"


inv_oid_t
inv_store_batch(void)
{
    inv_oid_t batch;

    inv_random(batch.bytes, sizeof(batch.bytes));

    return batch;
}


/* A client's words, out of the reach of a pipeline's own meaning. */
static void
inv_store_entry_text(bson_t *op, const char *name, inv_str_t text, bool quoted)
{
    bson_t literal;

    if (text.data == NULL) {
        return;
    }

    if (!quoted) {
        inv_bson_put_text(op, name, text);
        return;
    }

    bson_append_document_begin(op, name, -1, &literal);
    inv_bson_put_text(&literal, "$literal", text);
    bson_append_document_end(op, &literal);
}


static void
inv_store_entry_changes(bson_t *op, const bson_t *changes, bool quoted)
{
    bson_t literal;

    if (!quoted) {
        bson_append_document(op, "changes", -1, changes);
        return;
    }

    bson_append_document_begin(op, "changes", -1, &literal);
    bson_append_document(&literal, "$literal", -1, changes);
    bson_append_document_end(op, &literal);
}


static void
inv_store_entry_number(bson_t *bson, const bson_t *numbers, const char *name)
{
    bson_iter_t iter;

    if (bson_iter_init_find(&iter, numbers, name)) {
        bson_append_iter(bson, name, -1, &iter);
    }
}


void
inv_store_entry_build(bson_t *entry, const inv_store_move_t *move,
                      const bson_t *numbers, bool quoted)
{
    bson_t ops, op;

    inv_bson_put_oid(entry, "b", move->batch);
    inv_store_entry_number(entry, numbers, "from");
    inv_store_entry_number(entry, numbers, "to");
    inv_store_entry_number(entry, numbers, "after");
    bson_append_date_time(entry, "at", -1, move->at);

    bson_append_array_begin(entry, "ops", -1, &ops);
    bson_append_document_begin(&ops, "0", -1, &op);

    bson_append_utf8(&op, "t", -1, inv_move_name(move->type), -1);
    inv_store_entry_number(&op, numbers, "d");
    inv_store_entry_text(&op, "who", move->actor->who, quoted);
    inv_store_entry_text(&op, "trace", move->actor->trace, quoted);

    if (move->changes != NULL) {
        inv_store_entry_changes(&op, move->changes, quoted);
    }

    bson_append_document_end(&ops, &op);
    bson_append_array_end(entry, &ops);
}


inv_store_result_t
inv_store_entry_from(inv_store_call_t *call, const bson_t *element,
                     inv_oid_t product, inv_entry_t *entry)
{
    char        id[INV_STORE_ENTRY_ID], hex[INV_OID_HEX];
    bson_t      document;
    int64_t     to;
    bson_iter_t iter;
    bool        copied;

    inv_oid_write(product, hex);

    if (!inv_bson_find_integer(element, "to", &to)
        || !bson_iter_init_find(&iter, element, "b")
        || !inv_bson_get_oid(&iter, &entry->batch))
    {
        inv_store_call_error(call, "product %.*s has a damaged outbox",
                             INV_OID_HEX, hex);
        return INV_STORE_FAILED;
    }

    snprintf(id, sizeof(id), "%.*s-%lld", INV_OID_HEX, hex, (long long) to);

    bson_init(&document);
    bson_append_utf8(&document, "_id", -1, id, -1);
    inv_bson_put_oid(&document, "productId", product);
    bson_concat(&document, element);

    entry->product = product;
    copied = inv_arena_copy(
        call->arena,
        (inv_str_t){ document.len, (const char *) bson_get_data(&document) },
        &entry->bson);

    bson_destroy(&document);

    return copied ? INV_STORE_OK : INV_STORE_NO_MEMORY;
}


/* The last element of the outbox. */
static bool
inv_store_entry_last(const bson_t *document, bson_t *element)
{
    bool        found;
    bson_iter_t iter, elements;

    if (!bson_iter_init_find(&iter, document, "outbox")
        || !BSON_ITER_HOLDS_ARRAY(&iter)
        || !bson_iter_recurse(&iter, &elements))
    {
        return false;
    }

    found = false;

    while (bson_iter_next(&elements)) {
        found = inv_bson_view(&elements, element);
    }

    return found;
}


inv_store_result_t
inv_store_entry_take(inv_store_call_t *call, const bson_t *document,
                     inv_oid_t product, inv_oid_t batch, inv_entry_t *entry,
                     int64_t *to, int64_t *after)
{
    bson_t             element;
    inv_store_result_t result;

    /*
     * It has been applied, whatever comes back: a reply that does not show
     * its own entry leaves the rest in doubt.
     */
    if (!inv_store_entry_last(document, &element)
        || !inv_bson_find_integer(&element, "to", to)
        || !inv_bson_find_integer(&element, "after", after))
    {
        inv_store_call_error(call, "the reply does not show its entry");
        return INV_STORE_UNKNOWN;
    }

    result = inv_store_entry_from(call, &element, product, entry);

    if (result != INV_STORE_OK || !inv_oid_eq(entry->batch, batch)) {
        inv_store_call_error(call, "the reply shows another entry");
        return INV_STORE_UNKNOWN;
    }

    return INV_STORE_OK;
}
