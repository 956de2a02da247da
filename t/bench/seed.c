
/*
 * Fills a database with products for the benchmarks, with the module's own
 * code, so that they are as the module writes them: with the indexes, and with
 * each product's first movement in the ledger.
 *
 *   seed URI FIRST N
 *
 * The URI names the database.  Products FIRST to FIRST + N - 1 are made, each
 * the same whenever it is made, so several processes can share the work.
 * Categories and words are drawn by a Zipf law (exponent 1): "category0" and
 * "word0" are the commonest.  What has been done is told on the standard
 * output.
 */


#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../src/store/inv_store_internal.h"


#define SEED_CATEGORIES 200
#define SEED_TAGS       500
#define SEED_WORDS      5000

/* Documents of one insert. */
#define SEED_BATCH 1000

/* Of the products' times: a second lies between one and the next. */
#define SEED_FIRST_AT INT64_C(1704067200000)

/* Texts of one product. */
#define SEED_TEXT_MAX 1024
#define SEED_TAGS_MAX 4

#define SEED_PREPARE_MS 600000

typedef struct {
    size_t n;
    double cumulated[SEED_WORDS]; /* parts of 1 */
} seed_law_t;

typedef struct {
    uint64_t   random;
    seed_law_t categories, tags, words;
} seed_t;

typedef struct {
    char          sku[32], name[SEED_TEXT_MAX], description[SEED_TEXT_MAX];
    char          category[32], tags[SEED_TAGS_MAX][32];
    inv_str_t     tag_texts[SEED_TAGS_MAX];
    inv_product_t product;
} seed_product_t;


static void
seed_fail(const char *what, const char *why)
{
    fprintf(stderr, "seed: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}


/* splitmix64 */
static uint64_t
seed_random(seed_t *seed)
{
    uint64_t z;

    z = (seed->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);

    return z ^ (z >> 31);
}


static unsigned
seed_below(seed_t *seed, unsigned n)
{
    return (unsigned) (seed_random(seed) % n);
}


static void
seed_law(seed_law_t *law, size_t n)
{
    size_t i;
    double sum = 0;

    law->n = n;

    for (i = 0; i < n; i++) {
        sum += 1.0 / (double) (i + 1);
        law->cumulated[i] = sum;
    }

    for (i = 0; i < n; i++) {
        law->cumulated[i] /= sum;
    }
}


static unsigned
seed_draw(seed_t *seed, const seed_law_t *law)
{
    size_t low, high, middle;
    double drawn;

    drawn = (double) (seed_random(seed) >> 11) / 9007199254740992.0;

    for (low = 0, high = law->n - 1; low < high;) {
        middle = (low + high) / 2;

        if (law->cumulated[middle] < drawn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return (unsigned) low;
}


static inv_str_t
seed_words(seed_t *seed, char *out, unsigned n)
{
    size_t   length = 0;
    unsigned i;

    for (i = 0; i < n; i++) {
        length +=
            (size_t) snprintf(out + length, SEED_TEXT_MAX - length, "%sword%u",
                              i != 0 ? " " : "", seed_draw(seed, &seed->words));
    }

    return (inv_str_t){ length, out };
}


static inv_str_t
seed_named(char *out, size_t size, const char *name, uint64_t number)
{
    return (inv_str_t){ (size_t) snprintf(out, size, "%s%llu", name,
                                          (unsigned long long) number),
                        out };
}


/* No tag twice. */
static void
seed_tags(seed_t *seed, seed_product_t *made, inv_catalog_t *catalog)
{
    size_t    i, j, n;
    inv_str_t tag;

    n = seed_below(seed, SEED_TAGS_MAX + 1);

    for (i = 0; i < n; i++) {
        tag = seed_named(made->tags[catalog->ntags], sizeof(made->tags[0]),
                         "tag", seed_draw(seed, &seed->tags));

        for (j = 0; j < catalog->ntags && !inv_str_eq(tag, made->tag_texts[j]);
             j++) {
            /* another */
        }

        if (j == catalog->ntags) {
            made->tag_texts[catalog->ntags++] = tag;
        }
    }

    catalog->tags = made->tag_texts;

    if (catalog->ntags != 0) {
        catalog->present |= INV_MEMBER_TAGS;
    }
}


static void
seed_catalog(seed_t *seed, uint64_t number, seed_product_t *made)
{
    inv_catalog_t *catalog = &made->product.catalog;

    catalog->present =
        INV_MEMBERS_ALL & ~(INV_MEMBER_LOW_STOCK | INV_MEMBER_TAGS);
    catalog->sku = seed_named(made->sku, sizeof(made->sku), "SKU-", number);
    catalog->name = seed_words(seed, made->name, 2 + seed_below(seed, 3));
    catalog->description =
        seed_words(seed, made->description, 6 + seed_below(seed, 10));
    catalog->price = 100 * (inv_price_t) (1 + seed_below(seed, 100000));
    catalog->category =
        seed_named(made->category, sizeof(made->category), "category",
                   seed_draw(seed, &seed->categories));
    seed_tags(seed, made, catalog);

    /* a tenth is sold out, and a fifth is watched */
    catalog->stock = seed_below(seed, 10) == 0 ? 0 : seed_below(seed, 1000);

    if (seed_below(seed, 5) == 0) {
        catalog->low_stock = seed_below(seed, 50);
        catalog->present |= INV_MEMBER_LOW_STOCK;
    }
}


static void
seed_product(seed_t *seed, uint64_t number, seed_product_t *made)
{
    size_t         i;
    inv_product_t *product = &made->product;

    memset(made, 0, sizeof(seed_product_t));
    seed->random = number * UINT64_C(0x2545f4914f6cdd1d);

    product->version = 1;
    product->seq = 1;
    product->created_at = SEED_FIRST_AT + (inv_time_t) number * 1000;
    product->updated_at = product->created_at;

    /* a second, then what is random elsewhere */
    for (i = 0; i < 4; i++) {
        product->id.bytes[i] =
            (unsigned char) (product->created_at / 1000 >> (8 * (3 - i)));
    }

    for (; i < sizeof(product->id.bytes); i++) {
        product->id.bytes[i] = (unsigned char) seed_random(seed);
    }

    seed_catalog(seed, number, made);
}


/* With an outbox from which its first movement has gone. */
static bson_t *
seed_document(const inv_product_t *product)
{
    bson_t *document, outbox;

    document = bson_new();
    inv_store_product_put(document, product);
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
    mongoc_collection_t *products, *ledger;

    static seed_t         seed;
    static bson_t        *documents[SEED_BATCH], *movements[SEED_BATCH];
    static seed_product_t made;

    seed_law(&seed.categories, SEED_CATEGORIES);
    seed_law(&seed.tags, SEED_TAGS);
    seed_law(&seed.words, SEED_WORDS);

    products = mongoc_database_get_collection(database, INV_STORE_PRODUCTS);
    ledger = mongoc_database_get_collection(database, INV_STORE_LEDGER);

    for (done = 0; done < n; done += batch) {
        batch = n - done < SEED_BATCH ? (size_t) (n - done) : SEED_BATCH;

        for (i = 0; i < batch; i++) {
            seed_product(&seed, first + done + i, &made);
            documents[i] = seed_document(&made.product);
            movements[i] = seed_movement(&made.product);
        }

        seed_insert(ledger, movements, batch);
        seed_insert(products, documents, batch);

        printf("%llu\n", (unsigned long long) (done + batch));
        fflush(stdout);
    }

    mongoc_collection_destroy(products);
    mongoc_collection_destroy(ledger);
}


/* The indexes first: they are the module's, made as it makes them. */
static void
seed_prepare(const char *uri)
{
    inv_store_t        *store;
    inv_store_call_t    call;
    inv_store_options_t options = { uri, 1, SEED_PREPARE_MS };

    memset(&call, 0, sizeof(call));
    call.arena = inv_arena_create();
    call.deadline = inv_time_monotonic() + SEED_PREPARE_MS;

    store = inv_store_create(&options);

    if (call.arena == NULL || store == NULL
        || inv_store_prepare(store, &call) != INV_STORE_OK)
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

    if (argc != 4) {
        fputs("usage: seed URI FIRST N\n", stderr);
        return EXIT_FAILURE;
    }

    mongoc_init();
    uri = mongoc_uri_new(argv[1]);

    if (uri == NULL || mongoc_uri_get_database(uri) == NULL) {
        seed_fail(argv[1], "is no URI with a database");
    }

    seed_prepare(argv[1]);

    client = mongoc_client_new(argv[1]);
    database = mongoc_client_get_database(client, mongoc_uri_get_database(uri));
    seed_fill(database, strtoull(argv[2], NULL, 10),
              strtoull(argv[3], NULL, 10));

    mongoc_database_destroy(database);
    mongoc_client_destroy(client);
    mongoc_uri_destroy(uri);

    return EXIT_SUCCESS;
}
