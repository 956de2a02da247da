
/*
 * store: finding products by id.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


static inv_store_result_t
inv_store_find_as(inv_store_link_t *link, inv_command_kind_t kind,
                  const bson_t *filter, const bson_t *options, int64_t limit,
                  inv_store_reply_t *reply, bson_iter_t *documents)
{
    bson_t             command;
    inv_store_result_t result;

    bson_init(&command);

    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_PRODUCTS), "filter",
                BCON_DOCUMENT(filter), BCON(options), "limit",
                BCON_INT64(limit), "batchSize", BCON_INT64(limit),
                "singleBatch", BCON_BOOL(true));

    result = inv_store_command(link, kind, &command, reply);
    bson_destroy(&command);

    return result == INV_STORE_OK
               ? inv_store_reply_documents(link->call, reply, documents)
               : result;
}


inv_store_result_t
inv_store_find(inv_store_link_t *link, const bson_t *filter,
               const bson_t *options, int64_t limit, inv_store_reply_t *reply,
               bson_iter_t *documents)
{
    return inv_store_find_as(link, INV_COMMAND_READ, filter, options, limit,
                             reply, documents);
}


/*
 * On a replica set a linearizable read: the server confirms after it that it
 * was still the primary, with a write of its own, so that each document is as
 * new as can be.  What a service is asked that does not know that level is told
 * in inv_store_concern.h.
 */
inv_store_result_t
inv_store_find_proven(inv_store_link_t *link, const bson_t *filter,
                      const bson_t *options, int64_t limit,
                      inv_store_reply_t *reply, bson_iter_t *documents)
{
    inv_store_result_t result;

    if (!inv_store_reads_may_be_old(link)) {
        result = inv_store_find(link, filter, options, limit, reply, documents);

        if (result != INV_STORE_OK || !inv_store_reads_may_be_old(link)) {
            return result;
        }

        bson_destroy(&reply->body);
    }

    return inv_store_find_as(link, INV_COMMAND_PROOF, filter, options, limit,
                             reply, documents);
}


inv_store_result_t
inv_store_exists(inv_store_link_t *link, inv_command_kind_t kind,
                 const char *collection, const char *name, inv_oid_t id,
                 bool *exists)
{
    bson_t             command;
    bson_oid_t         oid;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_oid_init_from_data(&oid, id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(collection), "filter", "{", name,
                BCON_OID(&oid), "}", "projection", "{", "_id", BCON_INT32(1),
                "}", "limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));

    result = inv_store_command(link, kind, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_reply_documents(link->call, &reply, &documents);
    }

    *exists = result == INV_STORE_OK && bson_iter_next(&documents);

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


void
inv_store_without_outbox(bson_t *options)
{
    BCON_APPEND(options, "projection", "{", "outbox", BCON_INT32(0),
                INV_STORE_WORDS, BCON_INT32(0), "}");
}


inv_store_result_t
inv_store_unidentified(inv_store_call_t *call)
{
    inv_store_call_error(call, "find: a document that does not show its _id");

    return INV_STORE_UNAVAILABLE;
}


/* Reads one document into where ids name it. */
static inv_store_result_t
inv_store_products_place(inv_store_call_t *call, const bson_t *document,
                         const inv_oid_t *ids, size_t n, inv_product_t **found,
                         bool *damaged)
{
    size_t             i;
    inv_oid_t          id;
    bson_iter_t        iter;
    inv_product_t     *product;
    inv_store_result_t result;

    if (!bson_iter_init_find(&iter, document, "_id")
        || !inv_bson_get_oid(&iter, &id))
    {
        return inv_store_unidentified(call);
    }

    result = damaged != NULL
                 ? inv_store_product_try(call, document, &product)
                 : inv_store_product_parse(call, document, &product);

    for (i = 0; i < n && result == INV_STORE_OK; i++) {
        if (inv_oid_eq(ids[i], id)) {
            found[i] = product;

            if (damaged != NULL) {
                damaged[i] = product == NULL;
            }
        }
    }

    return result;
}


static inv_store_result_t
inv_store_products_find(inv_store_link_t *link, const inv_oid_t *ids, size_t n,
                        bool proven, inv_product_t **found, bool *damaged)
{
    char               digits[16];
    bson_t             filter, in, array, options, document;
    size_t             i;
    bson_iter_t        documents;
    const char        *key;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    bson_append_document_begin(&filter, "_id", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_oid(&array, key, ids[i]);
        found[i] = NULL;

        if (damaged != NULL) {
            damaged[i] = false;
        }
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(&filter, &in);

    bson_init(&options);
    inv_store_without_outbox(&options);

    result = (proven ? inv_store_find_proven : inv_store_find)(
        link, &filter, &options, (int64_t) n, &reply, &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        result = inv_bson_view(&documents, &document)
                     ? inv_store_products_place(link->call, &document, ids, n,
                                                found, damaged)
                     : inv_store_unidentified(link->call);
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


inv_store_result_t
inv_store_product_load(inv_store_link_t *link, inv_oid_t id,
                       inv_product_t **product)
{
    inv_store_result_t result;

    result = inv_store_products_find(link, &id, 1, true, product, NULL);

    if (result == INV_STORE_OK && (*product == NULL || (*product)->deleted)) {
        return INV_STORE_NOT_FOUND;
    }

    return result;
}


inv_store_result_t
inv_store_products_read(inv_store_t *store, inv_store_call_t *call,
                        const inv_oid_t *ids, size_t n, inv_product_t **found,
                        bool *damaged)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_products_find(&link, ids, n, false, found, damaged);
    inv_store_link_close(&link);

    return result;
}
