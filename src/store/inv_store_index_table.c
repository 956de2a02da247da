
/*
 * store: the indexes that this module needs.
 *
 * Any thread, no I/O.
 */


#include "inv_store_index.h"


/*
 * Keys and options in BSON's JSON: they are few, fixed, and read once a
 * process start.  The names are those that a server gives by itself.  An index
 * that was made by hand is recognised by what it is, whatever its name.
 *
 * An index of a member that not all documents have is partial.  Some servers
 * write to every index at each change of a document, and put all documents
 * without the member under one key, also in a sparse index: writers contend for
 * it.
 *
 * A sweep pages through what is dirty by _id.  Look-ups of batches (b) and keys
 * (ops.k) name the product too, for the sake of a sharded ledger; both are random
 * ids, so that an index of them alone finds one entry and not the product's all.
 */
const inv_store_index_t inv_store_indexes[INV_STORE_INDEXES] = {
    { INV_STORE_PRODUCTS, "sku_1",
      "{\"key\": {\"sku\": 1}, \"unique\": true,"
      " \"partialFilterExpression\": {\"sku\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "createdAt_-1__id_-1",
      "{\"key\": {\"createdAt\": -1, \"_id\": -1}}" },
    { INV_STORE_PRODUCTS, "dirty_1__id_1",
      "{\"key\": {\"dirty\": 1, \"_id\": 1},"
      " \"partialFilterExpression\": {\"dirty\": true}}" },
    { INV_STORE_PRODUCTS, "purgeAt_1",
      "{\"key\": {\"purgeAt\": 1}, \"expireAfterSeconds\": 0,"
      " \"partialFilterExpression\": {\"purgeAt\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "name_1__id_1",
      "{\"key\": {\"name\": 1, \"_id\": 1}}" },
    { INV_STORE_PRODUCTS, "price_1__id_1",
      "{\"key\": {\"price\": 1, \"_id\": 1}}" },
    { INV_STORE_PRODUCTS, "stock_1__id_1",
      "{\"key\": {\"stock\": 1, \"_id\": 1}}" },
    { INV_STORE_PRODUCTS, "category_1_createdAt_-1__id_-1",
      "{\"key\": {\"category\": 1, \"createdAt\": -1, \"_id\": -1},"
      " \"partialFilterExpression\": {\"category\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "category_1_name_1__id_1",
      "{\"key\": {\"category\": 1, \"name\": 1, \"_id\": 1},"
      " \"partialFilterExpression\": {\"category\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "category_1_price_1__id_1",
      "{\"key\": {\"category\": 1, \"price\": 1, \"_id\": 1},"
      " \"partialFilterExpression\": {\"category\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "tags_1_createdAt_-1__id_-1",
      "{\"key\": {\"tags\": 1, \"createdAt\": -1, \"_id\": -1},"
      " \"partialFilterExpression\": {\"tags\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "tags_1_name_1__id_1",
      "{\"key\": {\"tags\": 1, \"name\": 1, \"_id\": 1},"
      " \"partialFilterExpression\": {\"tags\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "tags_1_price_1__id_1",
      "{\"key\": {\"tags\": 1, \"price\": 1, \"_id\": 1},"
      " \"partialFilterExpression\": {\"tags\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "words_1_createdAt_-1__id_-1",
      "{\"key\": {\"words\": 1, \"createdAt\": -1, \"_id\": -1},"
      " \"partialFilterExpression\": {\"words\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "lowStock_1",
      "{\"key\": {\"lowStock\": 1},"
      " \"partialFilterExpression\": {\"lowStock\": {\"$exists\": true}}}" },
    { INV_STORE_LEDGER, "productId_1_to_1",
      "{\"key\": {\"productId\": 1, \"to\": 1}}" },
    { INV_STORE_LEDGER, "b_1", "{\"key\": {\"b\": 1}}" },
    { INV_STORE_LEDGER, "at_-1_productId_-1_to_-1",
      "{\"key\": {\"at\": -1, \"productId\": -1, \"to\": -1}}" },
    { INV_STORE_LEDGER, "ops.k_1",
      "{\"key\": {\"ops.k\": 1},"
      " \"partialFilterExpression\": {\"ops.k\": {\"$exists\": true}}}" },
    { INV_STORE_LEDGER, "ops.ref_1",
      "{\"key\": {\"ops.ref\": 1},"
      " \"partialFilterExpression\": {\"ops.ref\": {\"$exists\": true}}}" },
    { INV_STORE_CLAIMS, "purgeAt_1",
      "{\"key\": {\"purgeAt\": 1}, \"expireAfterSeconds\": 0}" },
};
