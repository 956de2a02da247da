
/*
 * What the tests of the store share; see store_fixture.h.
 */


#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "store_fixture.h"


const inv_match_t fixture_no_match = { .kind = INV_MATCH_ABSENT };

const inv_actor_t fixture_actor = {
    { 7, "$where." },
    { 32, "0af7651916cd43dd8448eb211c80319c" },
};


void
fixture_no_option(char *uri, const char *option)
{
    char  *name, *end;
    size_t length;

    name = strstr(uri, option);
    if (name == NULL) {
        return;
    }

    length = strcspn(name, "&");
    end = name + length + (name[length] == '&');
    memmove(name, end, strlen(end) + 1);

    length = strlen(uri);
    if (strchr("?&", uri[length - 1]) != NULL) {
        uri[length - 1] = '\0';
    }
}


void
fixture_add_option(char *uri, size_t size, const char *option)
{
    size_t length;

    length = strlen(uri);
    snprintf(uri + length, size - length, "%c%s",
             strchr(uri, '?') != NULL ? '&' : '?', option);
}


void
fixture_uri(char *out, size_t size, const char *host, const char *database)
{
    const char *uri, *start, *end, *query, *at;

    uri = getenv("MONGO_URI");
    if (uri == NULL) {
        fprintf(stderr, "MONGO_URI is not set: env $(tools/servers env) ...\n");
        exit(1);
    }

    start = strstr(uri, "://") + 3;
    query = strchr(start, '?');
    end = start + strcspn(start, "/?");
    at = memchr(start, '@', (size_t) (end - start));

    if (at != NULL && host != NULL) {
        start = at + 1;
    }

    if (host == NULL) {
        snprintf(out, size, "%.*s/%s%s", (int) (end - uri), uri, database,
                 query != NULL ? query : "");
        return;
    }

    snprintf(out, size, "%.*s%s/%s%s", (int) (start - uri), uri, host, database,
             query != NULL ? query : "");

    /* a driver that discovers would leave the proxy for the set's members */
    fixture_no_option(out, "replicaSet=");
    fixture_add_option(out, size, FIXTURE_DIRECT);
}


int
fixture_open(void **state)
{
    char                hex[INV_OID_HEX];
    inv_oid_t           id;
    fixture_t          *f;
    inv_store_options_t options;

    f = calloc(1, sizeof(fixture_t));

    inv_random(id.bytes, sizeof(id.bytes));
    inv_oid_write(id, hex);
    snprintf(f->database, sizeof(f->database), "inv_test_%.12s", hex);
    fixture_uri(f->uri, sizeof(f->uri), NULL, f->database);

    options =
        (inv_store_options_t){ f->uri, FIXTURE_CLIENTS, FIXTURE_TIMEOUT_MS };

    f->store = inv_store_create(&options);
    assert_non_null(f->store);

    *state = f;

    assert_int_equal(fixture_begin(state), 0);

    {
        inv_store_call_t   call = fixture_call(f, 20000);
        inv_store_builds_t builds = { 0 };

        /* the driver is set up by the store's first call */
        assert_result(call, inv_store_prepare(f->store, &call, &builds),
                      INV_STORE_OK);
    }

    fixture_end(state);

    f->raw = mongoc_client_new(f->uri);
    assert_non_null(f->raw);

    return 0;
}


int
fixture_close(void **state)
{
    bson_t     command;
    fixture_t *f = *state;

    bson_init(&command);
    BCON_APPEND(&command, "dropDatabase", BCON_INT32(1));
    fixture_command(f, &command);

    mongoc_client_destroy(f->raw);
    inv_store_destroy(f->store);
    free(f);

    return 0;
}


int
fixture_begin(void **state)
{
    fixture_t *f = *state;

    f->arena = inv_arena_create();

    return f->arena == NULL;
}


int
fixture_end(void **state)
{
    fixture_t *f = *state;

    inv_arena_destroy(f->arena);
    f->arena = NULL;

    return 0;
}


inv_store_call_t
fixture_call(fixture_t *f, int64_t ms)
{
    inv_store_call_t call;

    memset(&call, 0, sizeof(call));

    call.arena = f->arena;
    call.deadline = inv_time_monotonic() + ms;

    return call;
}


void
fixture_assert_result(const inv_store_call_t *call, inv_store_result_t result,
                      inv_store_result_t expected, const char *file, int line)
{
    if (result != expected) {
        fprintf(stderr, "# result %d instead of %d: %s\n", (int) result,
                (int) expected, call->error);
    }

    _assert_int_equal((LargestIntegralType) result,
                      (LargestIntegralType) expected, file, line);
}


inv_match_t
fixture_match(fixture_t *f, int64_t version)
{
    char  *text;
    size_t n;

    text = inv_arena_alloc(f->arena, INV_ETAG_TEXT);
    n = inv_etag_write(version, text);

    return inv_match_read((inv_str_t){ n, text });
}


inv_product_t *
fixture_read(fixture_t *f, inv_oid_t id)
{
    inv_product_t   *product;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(
        call, inv_store_products_read(f->store, &call, &id, 1, &product, NULL),
        INV_STORE_OK);

    return product;
}


bson_t *
fixture_document(fixture_t *f, const char *collection, const bson_t *filter)
{
    bson_t              *copy;
    const bson_t        *document;
    bson_error_t         error;
    mongoc_cursor_t     *cursor;
    mongoc_collection_t *c;

    c = mongoc_client_get_collection(f->raw, f->database, collection);
    cursor = mongoc_collection_find_with_opts(c, filter, NULL, NULL);

    copy = mongoc_cursor_next(cursor, &document) ? bson_copy(document) : NULL;
    assert_false(mongoc_cursor_error(cursor, &error));

    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(c);

    return copy;
}


bson_t *
fixture_product_document(fixture_t *f, inv_oid_t id)
{
    bson_t  filter;
    bson_t *document;

    bson_init(&filter);
    inv_bson_put_oid(&filter, "_id", id);
    document = fixture_document(f, INV_STORE_PRODUCTS, &filter);
    bson_destroy(&filter);

    return document;
}


int64_t
fixture_count(fixture_t *f, const char *collection, const bson_t *filter)
{
    int64_t              n;
    bson_error_t         error;
    mongoc_collection_t *c;

    c = mongoc_client_get_collection(f->raw, f->database, collection);
    n = mongoc_collection_count_documents(c, filter, NULL, NULL, NULL, &error);
    mongoc_collection_destroy(c);

    assert_true(n >= 0);

    return n;
}


void
fixture_command(fixture_t *f, bson_t *command)
{
    bson_t       reply;
    bson_error_t error;

    memset(&error, 0, sizeof(error));

    if (!mongoc_client_command_simple(f->raw, f->database, command, NULL,
                                      &reply, &error)
        || bson_has_field(&reply, "writeErrors"))
    {
        fail_msg("%s", error.message);
    }

    bson_destroy(&reply);
    bson_destroy(command);
}


typedef struct {
    fixture_t     *f;
    fixture_body_t body;
    int            index;
    void          *shared;
    inv_arena_t   *arena;
} fixture_thread_t;


static void *
fixture_thread(void *argument)
{
    fixture_thread_t *t = argument;

    t->body(t->f, t->arena, t->index, t->shared);

    return NULL;
}


void
fixture_threads(fixture_t *f, int n, fixture_body_t body, void *shared)
{
    int              i;
    pthread_t        ids[64];
    fixture_thread_t threads[64];

    assert_true(n <= 64);

    for (i = 0; i < n; i++) {
        threads[i] =
            (fixture_thread_t){ f, body, i, shared, inv_arena_create() };
        assert_int_equal(
            pthread_create(&ids[i], NULL, fixture_thread, &threads[i]), 0);
    }

    for (i = 0; i < n; i++) {
        pthread_join(ids[i], NULL);
        inv_arena_destroy(threads[i].arena);
    }
}
