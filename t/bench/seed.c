
/*
 * Fills a database with products for the benchmarks, with the module's own
 * code, so that they are as the module writes them: with the indexes, and with
 * each product's first movement in the ledger.
 *
 *   seed URI FIRST N    makes products FIRST to FIRST + N - 1, each the same
 *                       whenever it is made, so processes can share the work
 *   seed URI            makes the indexes: best when all products are there
 *
 * The URI names the database.  Categories and words are drawn by a Zipf law
 * (exponent 1): "category0" and "word0" are the commonest.  How many products
 * have been made is told on the standard output.
 */


#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

#include "seed_product.h"

#include "../../src/store/inv_store_internal.h"


/* Documents of one insert. */
#define SEED_BATCH 1000

#define SEED_PREPARE_MS 7200000


static void
seed_fail(const char *what, const char *why)
{
    fprintf(stderr, "seed: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}


/* With an outbox from which its first movement has gone. */
static bson_t *
seed_document(inv_arena_t *arena, const inv_product_t *product)
{
    bson_t     *document, outbox;
    inv_words_t words;

    document = bson_new();
    inv_store_product_put(document, product);

    if (!inv_store_words_of(arena, &product->catalog, &words)) {
        seed_fail("words", "no memory");
    }

    if (words.n != 0) {
        inv_store_words_put(document, INV_STORE_WORDS, &words);
    }

    bson_append_array_begin(document, "outbox", -1, &outbox);
    bson_append_array_end(document, &outbox);

    return document;
}


static bson_t *
seed_movement(const inv_product_t *product)
{
    char             id[INV_OID_HEX + 3];
    bson_t          *document, numbers, entry;
    inv_actor_t      actor = { INV_STR_ABSENT, INV_STR_ABSENT };
    inv_store_move_t move = { .batch = inv_store_batch(),
                              .type = INV_MOVE_SET,
                              .at = product->created_at,
                              .actor = &actor };

    inv_oid_write(product->id, id);
    memcpy(id + INV_OID_HEX, "-1", 3);

    bson_init(&numbers);
    BCON_APPEND(&numbers, "from", BCON_INT64(1), "to", BCON_INT64(1), "after",
                BCON_INT64(product->catalog.stock), "d",
                BCON_INT64(product->catalog.stock));
    bson_init(&entry);
    inv_store_entry_build(&entry, &move, &numbers, false);

    document = bson_new();
    bson_append_utf8(document, "_id", -1, id, -1);
    inv_bson_put_oid(document, "productId", product->id);
    bson_concat(document, &entry);

    bson_destroy(&entry);
    bson_destroy(&numbers);

    return document;
}


/* The documents are destroyed. */
static void
seed_insert(mongoc_collection_t *collection, bson_t **documents, size_t n)
{
    size_t       i;
    bson_error_t error;

    if (!mongoc_collection_insert_many(collection, (const bson_t **) documents,
                                       n, NULL, NULL, &error))
    {
        seed_fail("insert", error.message);
    }

    for (i = 0; i < n; i++) {
        bson_destroy(documents[i]);
    }
}


static void
seed_fill(mongoc_database_t *database, uint64_t first, uint64_t n)
{
    size_t               i, batch;
    uint64_t             done;
    inv_arena_t         *arena;
    mongoc_collection_t *products, *ledger;

    static bson_t        *documents[SEED_BATCH], *movements[SEED_BATCH];
    static seed_product_t made;

    products = mongoc_database_get_collection(database, INV_STORE_PRODUCTS);
    ledger = mongoc_database_get_collection(database, INV_STORE_LEDGER);

    for (done = 0; done < n; done += batch) {
        batch = n - done < SEED_BATCH ? (size_t) (n - done) : SEED_BATCH;

        arena = inv_arena_create();
        if (arena == NULL) {
            seed_fail("arena", "no memory");
        }

        for (i = 0; i < batch; i++) {
            seed_product(first + done + i, &made);
            documents[i] = seed_document(arena, &made.product);
            movements[i] = seed_movement(&made.product);
        }

        seed_insert(ledger, movements, batch);
        seed_insert(products, documents, batch);
        inv_arena_destroy(arena);

        printf("%llu\n", (unsigned long long) (done + batch));
        fflush(stdout);
    }

    mongoc_collection_destroy(products);
    mongoc_collection_destroy(ledger);
}


/* The module's, made as it makes them. */
static void
seed_prepare(const char *uri)
{
    inv_store_t        *store;
    inv_store_call_t    call;
    inv_store_builds_t  builds = { 0 };
    inv_store_options_t options = { uri, 1, SEED_PREPARE_MS };

    memset(&call, 0, sizeof(call));
    call.arena = inv_arena_create();
    call.deadline = inv_time_monotonic() + SEED_PREPARE_MS;

    store = inv_store_create(&options);

    if (call.arena == NULL || store == NULL
        || inv_store_prepare(store, &call, &builds) != INV_STORE_OK)
    {
        seed_fail("indexes", call.error);
    }

    inv_store_destroy(store);
    inv_arena_destroy(call.arena);
}


int
main(int argc, char **argv)
{
    mongoc_uri_t      *uri;
    mongoc_client_t   *client;
    mongoc_database_t *database;

    if (argc != 2 && argc != 4) {
        fputs("usage: seed URI [FIRST N]\n", stderr);
        return EXIT_FAILURE;
    }

    mongoc_init();
    uri = mongoc_uri_new(argv[1]);

    if (uri == NULL || mongoc_uri_get_database(uri) == NULL) {
        seed_fail(argv[1], "is no URI with a database");
    }

    if (argc == 2) {
        seed_prepare(argv[1]);

    } else {
        client = mongoc_client_new(argv[1]);
        database =
            mongoc_client_get_database(client, mongoc_uri_get_database(uri));
        seed_fill(database, strtoull(argv[2], NULL, 10),
                  strtoull(argv[3], NULL, 10));

        mongoc_database_destroy(database);
        mongoc_client_destroy(client);
    }

    mongoc_uri_destroy(uri);

    return EXIT_SUCCESS;
}
