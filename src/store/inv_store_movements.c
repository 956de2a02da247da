
/*
 * store: the ledger as clients see it, see inv_store_movements_private.h.
 *
 * Runs on threads.
 */


#include "inv_store_movements_private.h"
#include "../base/inv_sum.h"


void
inv_store_stage_number(bson_t *pipeline, const char *name, int64_t n)
{
    char        digits[16];
    bson_t      document;
    const char *key;

    bson_uint32_to_string(bson_count_keys(pipeline), &key, digits,
                          sizeof(digits));

    bson_append_document_begin(pipeline, key, -1, &document);
    bson_append_int64(&document, name, -1, n);
    bson_append_document_end(pipeline, &document);
}


void
inv_store_stages_outbox(bson_t *pipeline, const bson_t *filter)
{
    bson_t stage;

    inv_bson_push_member(pipeline, "$match", filter);

    bson_init(&stage);
    BCON_APPEND(&stage, "outbox", BCON_INT32(1));
    inv_bson_push_member(pipeline, "$project", &stage);
    bson_reinit(&stage);

    BCON_APPEND(&stage, "path", BCON_UTF8("$outbox"));
    inv_bson_push_member(pipeline, "$unwind", &stage);
    bson_reinit(&stage);

    /*
     * What is no document has no members, and would end the aggregate.  A
     * query's $type also looks into arrays, an expression's does not.
     */
    BCON_APPEND(&stage, "$expr", "{", "$eq", "[", "{", "$type",
                BCON_UTF8("$outbox"), "}", BCON_UTF8("object"), "]", "}");
    inv_bson_push_member(pipeline, "$match", &stage);
    bson_reinit(&stage);

    BCON_APPEND(&stage, "$mergeObjects", "[", BCON_UTF8("$outbox"), "{",
                "productId", BCON_UTF8("$_id"), "}", "]");
    inv_bson_push_member(pipeline, "$replaceWith", &stage);
    bson_destroy(&stage);
}


/*
 * A reply of 16 MiB ends before what it should hold does, and an aggregate has
 * no singleBatch: the cursor would stay open for ten minutes.  What becomes of
 * this command changes nothing for the call.
 */
static void
inv_store_cursor_close(inv_store_link_t *link, const char *collection,
                       int64_t cursor)
{
    char              error[sizeof(link->call->error)];
    bson_t            command;
    inv_store_reply_t reply;

    memcpy(error, link->call->error, sizeof(error));

    bson_init(&command);
    BCON_APPEND(&command, "killCursors", BCON_UTF8(collection), "cursors", "[",
                BCON_INT64(cursor), "]");

    (void) inv_store_command(link, INV_COMMAND_PLAIN, &command, &reply);

    bson_destroy(&reply.body);
    bson_destroy(&command);

    memcpy(link->call->error, error, sizeof(error));
}


inv_store_result_t
inv_store_documents(inv_store_link_t *link, const char *collection,
                    bson_t *command, inv_store_reply_t *reply,
                    bson_iter_t *documents)
{
    int64_t            cursor;
    bson_iter_t        iter, id;
    inv_store_result_t result;

    reply->cut = false;

    result = inv_store_command(link, INV_COMMAND_READ, command, reply);

    if (result != INV_STORE_OK) {
        return result;
    }

    if (!inv_store_reply_batch(reply, documents)) {
        inv_store_call_error(link->call, "%s: a reply without a batch",
                             collection);
        return INV_STORE_UNAVAILABLE;
    }

    if (bson_iter_init(&iter, &reply->body)
        && bson_iter_find_descendant(&iter, "cursor.id", &id)
        && inv_bson_get_integer(&id, &cursor) && cursor != 0)
    {
        reply->cut = true;
        inv_store_cursor_close(link, collection, cursor);
    }

    return INV_STORE_OK;
}


inv_store_result_t
inv_store_aggregate(inv_store_link_t *link, const char *collection,
                    const bson_t *pipeline, int64_t max,
                    inv_store_reply_t *reply, bson_iter_t *documents)
{
    bson_t             command;
    inv_store_result_t result;

    bson_init(&command);

    /* a batch of one more than can come: what is left open was cut */
    BCON_APPEND(&command, "aggregate", BCON_UTF8(collection), "pipeline",
                BCON_ARRAY(pipeline), "cursor", "{", "batchSize",
                BCON_INT64(max + 1), "}");

    result = inv_store_documents(link, collection, &command, reply, documents);
    bson_destroy(&command);

    return result;
}


void
inv_store_movements_left(inv_store_call_t           *call,
                         const inv_movement_entry_t *outline, const char *what)
{
    char hex[INV_OID_HEX];

    /* of many the first is told */
    if (call->damaged++ == 0) {
        inv_oid_write(outline->product, hex);
        inv_store_call_error(
            call, "product %.*s has a damaged entry, seqs %lld to %lld: %s",
            INV_OID_HEX, hex, (long long) outline->from,
            (long long) outline->to, what);
    }
}


bool
inv_store_outline_read(const bson_t *document, const inv_oid_t *product,
                       inv_movement_entry_t *outline)
{
    bson_iter_t iter;

    memset(outline, 0, sizeof(*outline));

    if (product != NULL) {
        outline->product = *product;

    } else if (!bson_iter_init_find(&iter, document, "productId")
               || !inv_bson_get_oid(&iter, &outline->product))
    {
        return false;
    }

    return bson_iter_init_find(&iter, document, "b")
           && inv_bson_get_oid(&iter, &outline->batch)
           && bson_iter_init_find(&iter, document, "at")
           && inv_bson_get_time(&iter, &outline->at)
           && inv_bson_find_count(document, "from", &outline->from)
           && inv_bson_find_count(document, "to", &outline->to)
           && outline->from > 0 && outline->from <= outline->to
           && outline->to - outline->from < INV_OUTBOX_OPS_MAX;
}


/* The deltas: numbers in d, or members of the ops. */
static bool
inv_store_entry_deltas(const bson_t *document, inv_store_entry_t *entry)
{
    size_t      i;
    bson_t      op;
    bson_iter_t iter, elements;

    if (bson_iter_init_find(&iter, document, "d")) {

        if (!BSON_ITER_HOLDS_ARRAY(&iter)
            || !bson_iter_recurse(&iter, &elements)) {
            return false;
        }

        for (i = 0; bson_iter_next(&elements); i++) {
            if (i == entry->n
                || !inv_bson_get_amount(&elements, &entry->deltas[i])) {
                return false;
            }
        }

        return i == entry->n;
    }

    if (!bson_iter_init(&elements, &entry->ops)) {
        return false;
    }

    for (i = 0; bson_iter_next(&elements); i++) {
        if (i == entry->n || !inv_bson_view(&elements, &op)
            || !inv_bson_find_amount(&op, "d", &entry->deltas[i]))
        {
            return false;
        }
    }

    return i == entry->n;
}


/* The stock after each op, from the last one back.  False: damaged. */
static bool
inv_store_entry_afters(const bson_t *document, inv_store_entry_t *entry)
{
    size_t  i;
    int64_t after;

    if (!inv_bson_find_amount(document, "after", &after)) {
        return false;
    }

    for (i = entry->n; i-- > 0; /* void */) {
        entry->afters[i] = after;

        if (!inv_sum_less(after, entry->deltas[i], &after)) {
            return false;
        }
    }

    return true;
}


inv_store_result_t
inv_store_entry_read(inv_arena_t *arena, const bson_t *document,
                     const inv_oid_t *product, inv_store_entry_t *entry)
{
    bson_iter_t iter;

    entry->damage = NULL;

    if (!inv_store_outline_read(document, product, &entry->outline)
        || !bson_iter_init_find(&iter, document, "ops")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !inv_bson_view(&iter, &entry->ops))
    {
        entry->damage = "not all of b, at, from, to and ops";
        return INV_STORE_NOT_FOUND;
    }

    entry->n = (size_t) (entry->outline.to - entry->outline.from) + 1;
    entry->deltas = inv_arena_array(arena, entry->n, sizeof(int64_t));
    entry->afters = inv_arena_array(arena, entry->n, sizeof(int64_t));

    if (entry->deltas == NULL || entry->afters == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    if (!inv_store_entry_deltas(document, entry)
        || !inv_store_entry_afters(document, entry))
    {
        entry->damage = "not one delta for each seq, or none of after";
        return INV_STORE_NOT_FOUND;
    }

    return INV_STORE_OK;
}
