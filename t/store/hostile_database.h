
/*
 * A database whose documents are damaged: it answers the store's commands in
 * the place of a server, with documents as this service writes them but for
 * what is damaged in each reply.  The test that includes this is linked with
 * --wrap of what is defined here.
 */


#ifndef HOSTILE_DATABASE_H
#define HOSTILE_DATABASE_H


#include "store_mutate.h"
#include "../../src/model/inv_protocol.h"


/* Of the product that has documents, of its ops' keys and of its batches. */
#define HOSTILE_PRODUCT "65a5f0c2f6e4b7d9c1e8a300"
#define HOSTILE_KEY     "010101010101010101010100"
#define HOSTILE_BATCH   "bbbbbbbbbbbbbbbbbbbbbb00"

#define HOSTILE_AT INT64_C(1700000000000)

/* Of a call; then the ledger has no more, so that who goes on comes to an end. */
#define HOSTILE_COMMANDS_MAX 12

typedef enum {
    HOSTILE_DOCUMENTS, /* one to three elements of the documents are damaged */
    HOSTILE_REPLIES,   /* of the whole reply */
    HOSTILE_BYTES      /* a byte of the whole reply */
} hostile_kind_t;

static struct {
    mutate_random_t random;
    hostile_kind_t  kind;
    unsigned        commands;
    bson_t         *last; /* the reply */

    /* As they are where nothing is damaged. */
    bson_t *products, *ledger, *claims;
} hostile;


/* The nth id of a kind. */
static inline inv_oid_t
hostile_id(const char *kind, unsigned n)
{
    inv_oid_t id;

    assert_true(inv_oid_read((inv_str_t){ INV_OID_HEX, kind }, &id));
    id.bytes[sizeof(id.bytes) - 1] = (unsigned char) n;

    return id;
}


/* A purchase of 1 with the nth key; 0: a change of the catalogue. */
static inline void
hostile_put_op(bson_t *ops, unsigned n)
{
    char        digits[16];
    bson_t      op;
    const char *name;

    bson_uint32_to_string(bson_count_keys(ops), &name, digits, sizeof(digits));
    bson_append_document_begin(ops, name, -1, &op);

    if (n == 0) {
        BCON_APPEND(&op, "t", "edit", "d", BCON_INT64(0), "changes", "{",
                    "name", "[", "a", "b", "]", "price", "[", BCON_INT64(2),
                    BCON_NULL, "]", "tags", "[", "[", "x", "]", "[", "y", "]",
                    "]", "}");
    } else {
        BCON_APPEND(&op, "t", "purchase", "d", BCON_INT64(-1), "r",
                    BCON_INT64(0), "ref", "PO", "why", "w", "who", "me",
                    "trace", "t");
        inv_bson_put_oid(&op, "k", hostile_id(HOSTILE_KEY, n));
    }

    bson_append_document_end(ops, &op);
}


/* An entry of these seqs, the batch that has the number of the last one. */
static inline void
hostile_put_entry(bson_t *entry, int64_t from, int64_t to, int64_t after,
                  const unsigned *keys)
{
    bson_t ops;

    inv_bson_put_oid(entry, "b", hostile_id(HOSTILE_BATCH, (unsigned) to));
    BCON_APPEND(entry, "from", BCON_INT64(from), "to", BCON_INT64(to), "after",
                BCON_INT64(after), "at", BCON_DATE_TIME(HOSTILE_AT));

    bson_append_array_begin(entry, "ops", -1, &ops);

    for (/* void */; from <= to; from++) {
        hostile_put_op(&ops, *keys++);
    }

    bson_append_array_end(entry, &ops);
}


/* {a: [the product, with an outbox]} */
static inline bson_t *
hostile_make_products(void)
{
    bson_t       *products = bson_new(), array, document, outbox, entry;
    inv_str_t     tags[] = { inv_str("a"), inv_str("b") };
    inv_product_t product;

    memset(&product, 0, sizeof(product));
    product.id = hostile_id(HOSTILE_PRODUCT, 0);
    product.catalog = (inv_catalog_t){ .present = INV_MEMBERS_ALL,
                                       .sku = inv_str("A-1"),
                                       .name = inv_str("Shirt"),
                                       .description = inv_str("d"),
                                       .price = 199900,
                                       .category = inv_str("c"),
                                       .tags = tags,
                                       .ntags = 2,
                                       .stock = 7,
                                       .low_stock = 3 };
    product.version = product.seq = 10;
    product.epoch = 2;
    product.created_at = product.updated_at = HOSTILE_AT;

    bson_append_array_begin(products, "a", -1, &array);
    bson_append_document_begin(&array, "0", -1, &document);
    inv_store_product_put(&document, &product);
    bson_append_bool(&document, "dirty", -1, true);
    bson_append_array_begin(&document, "outbox", -1, &outbox);
    bson_append_document_begin(&outbox, "0", -1, &entry);
    hostile_put_entry(&entry, 8, 9, 7, (unsigned[]){ 8, 9 });
    bson_append_document_end(&outbox, &entry);
    bson_append_document_begin(&outbox, "1", -1, &entry);
    hostile_put_entry(&entry, 10, 10, 7, (unsigned[]){ 0 });
    bson_append_document_end(&outbox, &entry);
    bson_append_array_end(&document, &outbox);
    bson_append_document_end(&array, &document);
    bson_append_array_end(products, &array);

    return products;
}


/*
 * An entry of the ledger; what an aggregate makes of entries (deltas, hits, the
 * uses of a key) stands beside what it is made of.
 */
static inline void
hostile_put_book(bson_t *array, const char *name, int64_t from, int64_t to,
                 const unsigned *keys)
{
    bson_t     document;
    bson_oid_t product, key;

    bson_oid_init_from_string(&product, HOSTILE_PRODUCT);
    bson_oid_init_from_data(&key, hostile_id(HOSTILE_KEY, 5).bytes);

    bson_append_document_begin(array, name, -1, &document);
    BCON_APPEND(&document, "_id", "{", "p", BCON_OID(&product), "k",
                BCON_OID(&key), "}", "productId", BCON_OID(&product));
    hostile_put_entry(&document, from, to, 15 - to, keys);
    BCON_APPEND(&document, "d", "[", BCON_INT64(-1), BCON_INT64(-1), "]",
                "hits", "[", BCON_BOOL(true), BCON_BOOL(false), "]", "n",
                BCON_INT64(2), "first", "{", "from", BCON_INT64(4), "i",
                BCON_INT64(1), "}", "last", "{", "from", BCON_INT64(6), "i",
                BCON_INT64(1), "}");
    bson_append_document_end(array, &document);
}


static inline bson_t *
hostile_make_ledger(void)
{
    bson_t *ledger = bson_new(), array;

    bson_append_array_begin(ledger, "a", -1, &array);
    hostile_put_book(&array, "0", 1, 2, (unsigned[]){ 1, 2 });
    hostile_put_book(&array, "1", 3, 3, (unsigned[]){ 3 });
    hostile_put_book(&array, "2", 4, 5, (unsigned[]){ 4, 5 });
    hostile_put_book(&array, "3", 6, 7, (unsigned[]){ 0, 5 });
    bson_append_array_end(ledger, &array);

    return ledger;
}


static inline bson_t *
hostile_make_claims(void)
{
    bson_t       *claims = bson_new(), array, document;
    const uint8_t zeros[INV_CLAIM_ID] = { 0 };

    bson_append_array_begin(claims, "a", -1, &array);
    bson_append_document_begin(&array, "0", -1, &document);
    BCON_APPEND(&document, "_id",
                BCON_BIN(BSON_SUBTYPE_BINARY, zeros, sizeof(zeros)), "fp",
                BCON_BIN(BSON_SUBTYPE_BINARY, zeros, sizeof(zeros)), "gen",
                BCON_INT64(1), "at", BCON_DATE_TIME(HOSTILE_AT), "purgeAt",
                BCON_DATE_TIME(HOSTILE_AT), "status", BCON_INT64(200), "answer",
                BCON_BIN(BSON_SUBTYPE_BINARY, zeros, sizeof(zeros)));
    inv_bson_put_oid(&document, "nonce", hostile_id(HOSTILE_KEY, 0));
    inv_bson_put_oid(&document, "by", hostile_id(HOSTILE_BATCH, 0));
    bson_append_document_end(&array, &document);
    bson_append_array_end(claims, &array);

    return claims;
}


static inline void
hostile_begin(void)
{
    hostile.products = hostile_make_products();
    hostile.ledger = hostile_make_ledger();
    hostile.claims = hostile_make_claims();
}


static inline void
hostile_end(void)
{
    bson_destroy(hostile.products);
    bson_destroy(hostile.ledger);
    bson_destroy(hostile.claims);
    bson_destroy(hostile.last);
    hostile.last = NULL;
}


/* The documents of a collection, each time damaged anew. */
static inline bson_t *
hostile_documents(const char *collection)
{
    bson_t  *documents, *damaged;
    unsigned n;

    documents = bson_copy(
        strcmp(collection, INV_STORE_LEDGER) == 0     ? hostile.ledger
        : strcmp(collection, INV_STORE_PRODUCTS) == 0 ? hostile.products
                                                      : hostile.claims);

    if (hostile.kind != HOSTILE_DOCUMENTS) {
        return documents;
    }

    for (n = mutate_draw(&hostile.random, 3) + 1; n > 0; n--) {
        damaged = mutate_element(&hostile.random, documents);
        bson_destroy(documents);
        documents = damaged;
    }

    return documents;
}


/* {cursor: {id: 0, firstBatch: documents}} */
static inline void
hostile_cursor(bson_t *reply, const char *collection, bool none)
{
    bson_t      cursor, *documents, empty = BSON_INITIALIZER;
    bson_iter_t iter;

    documents = hostile_documents(collection);

    bson_append_document_begin(reply, "cursor", -1, &cursor);
    BCON_APPEND(&cursor, "id", BCON_INT64(0), "ns", "d.c");

    if (!none && bson_iter_init_find(&iter, documents, "a")
        && BSON_ITER_HOLDS_ARRAY(&iter))
    {
        bson_append_iter(&cursor, "firstBatch", -1, &iter);
    } else {
        bson_append_array(&cursor, "firstBatch", -1, &empty);
    }

    bson_append_document_end(reply, &cursor);
    bson_destroy(documents);
}


/* {value: the product, or the claim} */
static inline void
hostile_value(bson_t *reply, const char *collection)
{
    bson_t     *documents;
    bson_iter_t iter, element;

    documents = hostile_documents(collection);

    if (bson_iter_init_find(&iter, documents, "a")
        && bson_iter_recurse(&iter, &element) && bson_iter_next(&element))
    {
        bson_append_iter(reply, "value", -1, &element);
    } else {
        bson_append_null(reply, "value", -1);
    }

    bson_destroy(documents);
}


static inline bson_t *
hostile_reply(const bson_t *command)
{
    bson_t     *reply = bson_new(), *damaged;
    const char *name, *collection;
    bson_iter_t iter;

    assert_true(bson_iter_init(&iter, command) && bson_iter_next(&iter)
                && BSON_ITER_HOLDS_UTF8(&iter));

    name = bson_iter_key(&iter);
    collection = bson_iter_utf8(&iter, NULL);

    if (strcmp(name, "find") == 0 || strcmp(name, "aggregate") == 0) {
        hostile_cursor(reply, collection,
                       ++hostile.commands > HOSTILE_COMMANDS_MAX);

    } else if (strcmp(name, "findAndModify") == 0) {
        hostile_value(reply, collection);

    } else {
        BCON_APPEND(reply, "n", BCON_INT32(1), "nModified", BCON_INT32(1));
    }

    BCON_APPEND(reply, "ok", BCON_DOUBLE(1));

    if (hostile.kind == HOSTILE_DOCUMENTS) {
        return reply;
    }

    damaged = hostile.kind == HOSTILE_REPLIES
                  ? mutate_element(&hostile.random, reply)
                  : mutate_byte(&hostile.random, reply);
    bson_destroy(reply);

    return damaged;
}


inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply);
inv_store_result_t
     __wrap_inv_store_link_open(inv_store_link_t *link, inv_store_t *store,
                                inv_store_call_t *call);
void __wrap_inv_store_link_close(inv_store_link_t *link);
bool __wrap_inv_store_pause(const inv_store_call_t *call, unsigned nth);


inv_store_result_t
__wrap_inv_store_command(inv_store_link_t *link, inv_command_kind_t kind,
                         bson_t *command, inv_store_reply_t *reply)
{
    link->call->commands++;

    if (hostile.last != NULL) {
        bson_destroy(hostile.last);
    }

    hostile.last = hostile_reply(command);

    bson_copy_to(hostile.last, &reply->body);
    reply->code = 0;

    return INV_STORE_OK;
}


inv_store_result_t
__wrap_inv_store_link_open(inv_store_link_t *link, inv_store_t *store,
                           inv_store_call_t *call)
{
    memset(link, 0, sizeof(*link));
    link->call = call;
    call->error[0] = '\0';
    hostile.commands = 0;

    return INV_STORE_OK;
}


void
__wrap_inv_store_link_close(inv_store_link_t *link)
{
}


/* Nothing is contended. */
bool
__wrap_inv_store_pause(const inv_store_call_t *call, unsigned nth)
{
    return true;
}


#endif /* HOSTILE_DATABASE_H */
