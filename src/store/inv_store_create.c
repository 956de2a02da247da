
/*
 * store: new products.
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


/* The document with its first movement, which is its first stock. */
static void
inv_store_create_document(bson_t *document, const inv_product_t *product,
                          const inv_store_move_t *move)
{
    bson_t numbers, outbox, entry;

    bson_init(&numbers);
    BCON_APPEND(&numbers, "from", BCON_INT64(1), "to", BCON_INT64(1), "after",
                BCON_INT64(product->catalog.stock), "d",
                BCON_INT64(product->catalog.stock));

    inv_store_product_put(document, product);

    bson_append_bool(document, "dirty", -1, true);
    bson_append_array_begin(document, "outbox", -1, &outbox);
    bson_append_document_begin(&outbox, "0", -1, &entry);
    inv_store_entry_build(&entry, move, &numbers, false);
    bson_append_document_end(&outbox, &entry);
    bson_append_array_end(document, &outbox);

    bson_destroy(&numbers);
}


/*
 * A duplicate of the sku or, never by chance, of the id?  Not every server
 * says which index it was, and some name _id also where both clash.
 */
static inv_store_result_t
inv_store_create_clash(inv_store_link_t *link, const inv_product_t *product)
{
    inv_product_t     *found;
    inv_store_result_t result;

    result = inv_store_product_load(link, product->id, &found);

    if (result == INV_STORE_NOT_FOUND && found == NULL
        && (product->catalog.present & INV_MEMBER_SKU))
    {
        return INV_STORE_SKU_TAKEN;
    }

    if (result == INV_STORE_OK || result == INV_STORE_NOT_FOUND) {
        inv_store_call_error(link->call, "insert products: the id is in use");
        return INV_STORE_FAILED;
    }

    return result;
}


static inv_store_result_t
inv_store_create_send(inv_store_link_t *link, const inv_product_t *product,
                      const bson_t *document)
{
    bson_t             command;
    unsigned           nth;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = INV_STORE_BUSY;

    for (nth = 0; result == INV_STORE_BUSY && inv_store_pause(link->call, nth);
         nth++)
    {
        bson_init(&command);
        BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS),
                    "documents", "[", BCON_DOCUMENT(document), "]");

        result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

        if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE) {
            result = inv_store_create_clash(link, product);
        }

        bson_destroy(&reply.body);
        bson_destroy(&command);
    }

    return result;
}


inv_store_result_t
inv_store_product_create(inv_store_t *store, inv_store_call_t *call,
                         inv_product_t *product, const inv_actor_t *actor,
                         inv_entry_t *entry)
{
    bson_t             document;
    int64_t            to, after;
    inv_store_link_t   link;
    inv_store_move_t   move;
    inv_store_result_t result;

    product->catalog.present |= INV_MEMBER_STOCK;
    product->reserved = 0;
    product->version = 1;
    product->seq = 1;
    product->edits = 0;
    product->epoch = 0;
    product->updated_at = product->created_at;
    product->deleted = false;

    move = (inv_store_move_t){ .batch = inv_store_batch(),
                               .type = INV_MOVE_SET,
                               .at = product->created_at,
                               .actor = actor };

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    bson_init(&document);
    inv_store_create_document(&document, product, &move);

    /* the entry first: nothing is sent that could not be drained */
    result = inv_store_entry_take(call, &document, product->id, move.batch,
                                  entry, &to, &after);

    if (result == INV_STORE_OK) {
        result = inv_store_create_send(&link, product, &document);
    } else {
        result = INV_STORE_NO_MEMORY;
    }

    bson_destroy(&document);
    inv_store_link_close(&link);

    return result;
}
