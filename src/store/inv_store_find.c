
/*
 * store: finding products by id.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


inv_store_result_t
inv_store_find(inv_store_link_t *link, const bson_t *filter,
               const bson_t *options, int64_t limit, inv_store_reply_t *reply,
               bson_iter_t *documents)
{
    bson_t             command;
    inv_store_result_t result;

    bson_init(&command);

    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_PRODUCTS), "filter",
                BCON_DOCUMENT(filter), BCON(options), "limit",
                BCON_INT64(limit), "batchSize", BCON_INT64(limit),
                "singleBatch", BCON_BOOL(true));

    result = inv_store_command(link, INV_COMMAND_READ, &command, reply);
    bson_destroy(&command);

    if (result != INV_STORE_OK) {
        return result;
    }

    if (!inv_store_reply_batch(reply, documents)) {
        inv_store_call_error(link->call, "find: a reply without a batch");
        return INV_STORE_UNAVAILABLE;
    }

    return INV_STORE_OK;
}


void
inv_store_without_outbox(bson_t *options)
{
    BCON_APPEND(options, "projection", "{", "outbox", BCON_INT32(0), "}");
}


/* Sets found where ids name the product. */
static void
inv_store_products_place(const inv_oid_t *ids, size_t n, inv_product_t *product,
                         inv_product_t **found)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (inv_oid_eq(ids[i], product->id)) {
            found[i] = product;
        }
    }
}


static inv_store_result_t
inv_store_products_find(inv_store_link_t *link, const inv_oid_t *ids, size_t n,
                        inv_product_t **found)
{
    char               digits[16];
    bson_t             filter, in, array, options, document;
    size_t             i;
    bson_iter_t        documents;
    const char        *key;
    inv_product_t     *product;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    bson_append_document_begin(&filter, "_id", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        inv_bson_put_oid(&array, key, ids[i]);
        found[i] = NULL;
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(&filter, &in);

    bson_init(&options);
    inv_store_without_outbox(&options);

    result = inv_store_find(link, &filter, &options, (int64_t) n, &reply,
                            &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)) {
            continue;
        }

        result = inv_store_product_parse(link->call, &document, &product);

        if (result == INV_STORE_OK) {
            inv_store_products_place(ids, n, product, found);
        }
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

    result = inv_store_products_find(link, &id, 1, product);

    if (result == INV_STORE_OK && (*product == NULL || (*product)->deleted)) {
        return INV_STORE_NOT_FOUND;
    }

    return result;
}


inv_store_result_t
inv_store_products_read(inv_store_t *store, inv_store_call_t *call,
                        const inv_oid_t *ids, size_t n, inv_product_t **found)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_products_find(&link, ids, n, found);
    inv_store_link_close(&link);

    return result;
}
