
/*
 * store: putting entries into the ledger, each exactly once.
 *
 * Runs on threads.  An entry's _id is its product and its last seq.  Where the
 * ledger already has one under it, it must be the same batch: then somebody
 * else was there first, which is as good.
 */


#include "inv_store_internal.h"


/*
 * Which entries of an unordered insert were refused, by the positions that the
 * reply lists.  OK: all the others are in the ledger.
 */
static inv_store_result_t
inv_store_ledger_refused(const inv_store_reply_t *reply,
                         inv_store_drained_t *drained, size_t n)
{
    bson_t      document;
    size_t      refused;
    int64_t     index, code, inserted;
    bson_iter_t iter, errors;

    if (!bson_iter_init_find(&iter, &reply->body, "writeErrors")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &errors)
        || bson_has_field(&reply->body, "writeConcernError"))
    {
        return INV_STORE_UNKNOWN;
    }

    refused = 0;

    while (bson_iter_next(&errors)) {
        if (!inv_bson_view(&errors, &document)
            || !inv_bson_find_integer(&document, "index", &index)
            || !inv_bson_find_integer(&document, "code", &code) || index < 0
            || index >= (int64_t) n)
        {
            return INV_STORE_UNKNOWN;
        }

        if (code != INV_CODE_DUPLICATE) {
            return inv_store_code_result((int32_t) code);
        }

        drained[index].clash = true;
        refused++;
    }

    return inv_bson_find_integer(&reply->body, "n", &inserted)
                   && inserted == (int64_t) (n - refused)
               ? INV_STORE_OK
               : INV_STORE_UNKNOWN;
}


static inv_store_result_t
inv_store_ledger_put(inv_store_link_t *link, inv_store_drained_t *drained,
                     size_t n)
{
    char               digits[16];
    bson_t             command, array, document;
    size_t             i;
    const char        *key;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_LEDGER), "ordered",
                BCON_BOOL(false));

    bson_append_array_begin(&command, "documents", -1, &array);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));

        if (inv_store_drained_view(&drained[i], &document)) {
            bson_append_document(&array, key, -1, &document);
        }
    }

    bson_append_array_end(&command, &array);

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE) {
        result = inv_store_ledger_refused(&reply, drained, n);
    }

    for (i = 0; i < n && result == INV_STORE_OK; i++) {
        drained[i].safe = !drained[i].clash;
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


/* What the ledger holds under an _id that clashed. */
static void
inv_store_ledger_compare(const bson_t *found, inv_store_drained_t *drained,
                         size_t n)
{
    bson_t      document;
    size_t      i;
    inv_oid_t   batch;
    bson_iter_t iter, id, other;

    if (!bson_iter_init_find(&iter, found, "b")
        || !inv_bson_get_oid(&iter, &batch)
        || !bson_iter_init_find(&id, found, "_id")
        || !BSON_ITER_HOLDS_UTF8(&id))
    {
        return;
    }

    for (i = 0; i < n; i++) {
        if (!drained[i].clash || !inv_store_drained_view(&drained[i], &document)
            || !bson_iter_init_find(&other, &document, "_id")
            || strcmp(bson_iter_utf8(&id, NULL), bson_iter_utf8(&other, NULL))
                   != 0)
        {
            continue;
        }

        drained[i].safe = inv_oid_eq(batch, drained[i].entry->batch);
        drained[i].corrupt = !drained[i].safe;
    }
}


/*
 * Reads the clashing ones by majority: what another drain has put there, but
 * not yet durably, is not found and so not pulled.
 */
static inv_store_result_t
inv_store_ledger_verify(inv_store_link_t *link, inv_store_drained_t *drained,
                        size_t n)
{
    char               digits[16];
    bson_t             command, filter, in, array, document;
    size_t             i, clashes;
    bson_iter_t        documents, id;
    const char        *key;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    clashes = 0;

    bson_init(&filter);
    bson_append_document_begin(&filter, "_id", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < n; i++) {
        if (drained[i].clash && inv_store_drained_view(&drained[i], &document)
            && bson_iter_init_find(&id, &document, "_id"))
        {
            bson_uint32_to_string((uint32_t) clashes, &key, digits,
                                  sizeof(digits));
            bson_append_iter(&array, key, -1, &id);
            clashes++;
        }
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(&filter, &in);

    if (clashes == 0) {
        bson_destroy(&filter);
        return INV_STORE_OK;
    }

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_LEDGER), "filter",
                BCON_DOCUMENT(&filter), "projection", "{", "b", BCON_INT32(1),
                "}", "batchSize", BCON_INT64((int64_t) clashes), "singleBatch",
                BCON_BOOL(true));

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK && inv_store_reply_batch(&reply, &documents)) {
        while (bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)) {
                inv_store_ledger_compare(&document, drained, n);
            }
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&filter);

    return result;
}


inv_store_result_t
inv_store_ledger_insert(inv_store_link_t *link, inv_store_drained_t *drained,
                        size_t n)
{
    inv_store_result_t result;

    result = inv_store_ledger_put(link, drained, n);

    return result == INV_STORE_OK ? inv_store_ledger_verify(link, drained, n)
                                  : result;
}
