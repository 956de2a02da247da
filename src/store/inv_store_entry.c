
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
