
/*
 * What the tests of the store share: a database of their own on the real
 * server at MONGO_URI, calls with a deadline, and a look past the store at
 * what is really there.
 */


#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/store/inv_store_internal.h"


#define FIXTURE_CLIENTS    16
#define FIXTURE_TIMEOUT_MS 30000

typedef struct {
    char             uri[1024];    /* with the database's name */
    char             database[64]; /* dropped at the end */
    inv_store_t     *store;
    mongoc_client_t *raw;
    inv_arena_t     *arena; /* of the calls; fresh for each test */
} fixture_t;

/* cmocka's group and test fixtures; *state is a fixture_t. */
int fixture_open(void **state);
int fixture_close(void **state);
int fixture_begin(void **state);
int fixture_end(void **state);

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

/*
 * MONGO_URI with another host:port (NULL: its own) and database.  Another host
 * is a proxy, and the URI has the driver stay there.
 */
void
fixture_uri(char *out, size_t size, const char *host, const char *database);

#define FIXTURE_DIRECT "directConnection=true"

/* Takes an option ("name=") from a URI, and adds one ("name=value"). */
void fixture_no_option(char *uri, const char *option);
void fixture_add_option(char *uri, size_t size, const char *option);

/* A call that has ms milliseconds, in the test's arena. */
inv_store_call_t fixture_call(fixture_t *f, int64_t ms);

/* Asserts a result, showing the call's error where it is another. */
#define assert_result(call, result, expected) \
    fixture_assert_result(&(call), (result), (expected), __FILE__, __LINE__)
void
fixture_assert_result(const inv_store_call_t *call, inv_store_result_t result,
                      inv_store_result_t expected, const char *file, int line);

extern const inv_match_t fixture_no_match; /* no If-Match */
extern const inv_actor_t fixture_actor;

/* If-Match: "version". */
inv_match_t fixture_match(fixture_t *f, int64_t version);

/* A new product with that stock, and its sku (NULL: none); its id. */
inv_oid_t fixture_product(fixture_t *f, const char *sku, int64_t stock);
void fixture_create(fixture_t *f, inv_oid_t id, const inv_catalog_t *catalog,
                    inv_time_t at);

/* Leaves a tombstone; it must have been live. */
void fixture_delete(fixture_t *f, inv_oid_t id, inv_time_t at);

/* The product as the store reads it; NULL: no document. */
inv_product_t *fixture_read(fixture_t *f, inv_oid_t id);

/* Drains all that the product's outbox holds, through the store. */
void fixture_drain(fixture_t *f, inv_oid_t id);

/* The document as it is in the database; to be destroyed.  NULL: none. */
bson_t *
fixture_document(fixture_t *f, const char *collection, const bson_t *filter);
bson_t *fixture_product_document(fixture_t *f, inv_oid_t id);
int64_t
fixture_count(fixture_t *f, const char *collection, const bson_t *filter);

/* Runs a command past the store; it must succeed. */
void fixture_command(fixture_t *f, bson_t *command);

/*
 * The invariants of the protocol on one product: outbox and ledger hold seqs
 * 1..seq without gap or conflict, the sum of deltas is the stock, every after
 * follows from the one before.
 */
void fixture_check(fixture_t *f, inv_oid_t id);


/* Runs n threads of body(f, index) at once; each has an arena of its own. */
typedef void (*fixture_body_t)(fixture_t *f, inv_arena_t *arena, int index,
                               void *shared);
void fixture_threads(fixture_t *f, int n, fixture_body_t body, void *shared);


#endif /* STORE_FIXTURE_H */
