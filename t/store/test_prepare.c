
/*
 * URIs, the pool and the indexes.
 */


#include <stdlib.h>
#include <unistd.h>

#include "store_fixture.h"


/* Indexes of each collection, that of _id among them. */
#define PRODUCTS 16
#define LEDGER   6
#define CLAIMS   2


static void
test_uri_check(void **state)
{
    size_t i;
    char   reason[256];

    static const char *good[] = {
        "mongodb://127.0.0.1",
        "mongodb://a:27017,b:27018/shop?replicaSet=rs0",
        "mongodb://user:p%40ss@h/shop?authSource=admin",
        "mongodb+srv://cluster.example.net/shop",
    };

    static const char *bad[] = {
        "",
        "redis://127.0.0.1",
        "mongodb://",
        "mongodb://h:0/x",
        "mongodb://u:sec/ret@h:27017/x",
        "mongodb://u:secret@h:99999/x",
        "mongodb://u:secret@h/x?w=-7",
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(inv_store_uri_check(good[i], reason, sizeof(reason)));
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        reason[0] = '\0';

        if (inv_store_uri_check(bad[i], reason, sizeof(reason))) {
            fail_msg("%s is taken", bad[i]);
        }

        assert_true(strlen(reason) > 0);
        assert_null(strstr(reason, "sec"));
        assert_null(strstr(reason, "ret@"));
    }
}


static void
test_uri_describe(void **state)
{
    size_t       i;
    inv_str_t    text;
    inv_arena_t *arena;

    static const char *cases[][2] = {
        { "mongodb://127.0.0.1", "127.0.0.1:27017/inventory" },
        { "mongodb://u:secret@a,b:27018/shop?replicaSet=r",
          "a:27017,b:27018/shop" },
        { "mongodb+srv://u:secret@cluster.example.net/shop",
          "cluster.example.net/shop" },
        { "nonsense", "(not a MongoDB URI)" },
    };

    arena = inv_arena_create();

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(inv_store_uri_describe(arena, cases[i][0], &text));
        assert_int_equal(text.len, strlen(cases[i][1]));
        assert_memory_equal(text.data, cases[i][1], text.len);
    }

    inv_arena_destroy(arena);
}


static void
test_scrub(void **state)
{
    char text[64] = "a pass word pass\nend pass";
    char brief[] = "w: pw";

    inv_store_scrub(text, sizeof(text), "pass");
    assert_string_equal(text, "a **** word ****?end ****");

    inv_store_scrub(text, sizeof(text), "**** word ****");
    assert_string_equal(text, "a ****?end ****");

    inv_store_scrub(brief, sizeof(brief), NULL);
    assert_string_equal(brief, "w: pw");
    inv_store_scrub(brief, sizeof(brief), "");
    assert_string_equal(brief, "w: pw");
}


/*
 * A mask in the midst of words would tell what it hides, and as many stars as
 * it has characters how long it is.
 */
static void
test_scrub_short(void **state)
{
    size_t i;
    char   text[128], small[] = "mongodb://me:e@here/x";

    static const char *const secrets[] = { "e", "re", "her", "o", "o s" };

    for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        snprintf(text, sizeof(text),
                 "No suitable servers found: mongodb://me:"
                 "%s@here, there",
                 secrets[i]);
        inv_store_scrub(text, sizeof(text), secrets[i]);
        assert_string_equal(text, "No suitable servers found: mongodb://me:"
                                  "****@here, there");
    }

    /* there is not more room than the text has */
    inv_store_scrub(small, sizeof(small), "e");
    assert_string_equal(small, "mongodb://me:****@her");
}


/* Files that the driver would read, and what it would not find. */
static void
test_uri_files(void **state)
{
    size_t i;
    char   uri[512], reason[256];
    int    fd;
    char   empty[] = "/tmp/inv-empty-XXXXXX";

    static const char *const options[] = { "tlsCAFile",
                                           "tlsCertificateKeyFile" };

    static const struct {
        const char *path, *reason; /* NULL: it can be read */
    } cases[] = {
        { "/proc/self/exe", NULL },
        { "/no/such/file.pem", "No such file or directory" },
        { "/tmp", "Is a directory" },
        { "%2Fno%2Fsuch%20file", "\"/no/such file\": No such" },
    };

    fd = mkstemp(empty);
    assert_true(fd != -1);
    close(fd);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(uri, sizeof(uri), "mongodb://u:secret@h/x?tls=true&%s=%s",
                 options[i % 2], cases[i].path);

        if (cases[i].reason == NULL) {
            assert_int_equal(inv_store_uri_files(uri, reason, sizeof(reason)),
                             1);
            continue;
        }

        assert_int_equal(inv_store_uri_files(uri, reason, sizeof(reason)), -1);
        assert_non_null(strstr(reason, options[i % 2]));
        assert_non_null(strstr(reason, cases[i].reason));
    }

    snprintf(uri, sizeof(uri), "mongodb://h/?tls=true&tlsCAFile=%s", empty);
    assert_int_equal(inv_store_uri_files(uri, reason, sizeof(reason)), -1);
    assert_non_null(strstr(reason, "is empty"));
    unlink(empty);

    /* the old name, and none */
    assert_int_equal(
        inv_store_uri_files(
            "mongodb://h/?ssl=true&sslCertificateAuthorityFile=/no/such/file",
            reason, sizeof(reason)),
        -1);
    assert_int_equal(
        inv_store_uri_files("mongodb://h/", reason, sizeof(reason)), 0);
}


/* One that is lost while nginx runs is named too. */
static void
test_uri_files_later(void **state)
{
    int                 fd;
    char                uri[1024], path[] = "/tmp/inv-later-XXXXXX";
    fixture_t          *f = *state;
    inv_store_t        *store;
    inv_store_call_t    call = fixture_call(f, 1000);
    inv_store_options_t options = { uri, 1, 1000 };

    fd = mkstemp(path);
    assert_true(fd != -1);
    unlink(path);
    snprintf(uri, sizeof(uri), "mongodb://127.0.0.1:1/?tls=true&tlsCAFile=%s",
             path);

    store = inv_store_create(&options);
    assert_result(call, inv_store_ping(store, &call), INV_STORE_UNAVAILABLE);
    assert_non_null(strstr(call.error, path));
    inv_store_destroy(store);
    close(fd);
}


static void
test_ping(void **state)
{
    fixture_t       *f = *state;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    assert_result(call, inv_store_ping(f->store, &call), INV_STORE_OK);
    assert_int_equal(call.commands, 1);
}


/* A call that finds no server is told so before its deadline. */
static void
test_selection(void **state)
{
    size_t     i;
    char       uri[1024];
    fixture_t *f = *state;

    static const struct {
        int64_t     timeout_ms;
        const char *option; /* NULL: the URI is silent */
        int64_t     selection_ms;
    } cases[] = {
        { 2000, NULL, 1500 },
        { 300000, NULL, 1500 },
        { 800, NULL, 700 },
        { 10, NULL, 9 },
        { 800, "serverSelectionTimeoutMS=5000", 5000 },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        inv_store_t        *store;
        inv_store_call_t    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
        inv_store_options_t options = { uri, 1, cases[i].timeout_ms };

        fixture_uri(uri, sizeof(uri), NULL, f->database);

        if (cases[i].option != NULL) {
            fixture_add_option(uri, sizeof(uri), cases[i].option);
        }

        store = inv_store_create(&options);
        inv_store_ping(store, &call);
        assert_int_equal(store->selection_ms, cases[i].selection_ms);
        inv_store_destroy(store);
    }
}


static int64_t
index_count(fixture_t *f, const char *collection)
{
    bson_t       command, reply, batch;
    bson_iter_t  iter, found;
    bson_error_t error;
    int64_t      n;

    bson_init(&command);
    BCON_APPEND(&command, "listIndexes", BCON_UTF8(collection));
    assert_true(mongoc_client_command_simple(f->raw, f->database, &command,
                                             NULL, &reply, &error));
    assert_true(bson_iter_init(&iter, &reply));
    assert_true(bson_iter_find_descendant(&iter, "cursor.firstBatch", &found));
    assert_true(inv_bson_view(&found, &batch));
    n = bson_count_keys(&batch);
    bson_destroy(&reply);
    bson_destroy(&command);

    return n;
}


/* As at a start. */
static inv_store_result_t
prepare(fixture_t *f, inv_store_call_t *call)
{
    inv_store_builds_t builds = { 0 };

    return inv_store_prepare(f->store, call, &builds);
}


static void
drop_all(fixture_t *f)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "dropDatabase", BCON_INT32(1));
    fixture_command(f, &command);
}


static void
test_prepare_again(void **state)
{
    unsigned         looks;
    fixture_t       *f = *state;
    inv_store_call_t call = fixture_call(f, 20000);

    assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS);
    assert_int_equal(index_count(f, INV_STORE_LEDGER), LEDGER);
    assert_int_equal(index_count(f, INV_STORE_CLAIMS), CLAIMS);

    /* one look at each collection, and one more if the server is silent */
    assert_result(call, prepare(f, &call), INV_STORE_OK);
    assert_in_range(call.commands, 3, 4);
    looks = call.commands;

    /* and one command for all that it lacks, but for the unique sku */
    drop_all(f);
    call = fixture_call(f, 20000);
    assert_result(call, prepare(f, &call), INV_STORE_OK);
    assert_int_equal(call.commands, looks + 4);

    assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS);
    assert_int_equal(index_count(f, INV_STORE_LEDGER), LEDGER);
    assert_int_equal(index_count(f, INV_STORE_CLAIMS), CLAIMS);
}


typedef struct {
    inv_store_result_t results[8];
    char               errors[8][512];
} prepare_t;


static void
prepare_body(fixture_t *f, inv_arena_t *arena, int index, void *shared)
{
    prepare_t       *p = shared;
    inv_store_call_t call;

    memset(&call, 0, sizeof(call));
    call.arena = arena;
    call.deadline = inv_time_monotonic() + 30000;

    p->results[index] = prepare(f, &call);
    memcpy(p->errors[index], call.error, sizeof(call.error));
}


static void
test_prepare_by_many_at_once(void **state)
{
    int        i, round;
    prepare_t  p;
    fixture_t *f = *state;

    for (round = 0; round < 3; round++) {
        drop_all(f);
        fixture_threads(f, 8, prepare_body, &p);

        for (i = 0; i < 8; i++) {
            if (p.results[i] != INV_STORE_OK) {
                fprintf(stderr, "# %s\n", p.errors[i]);
            }

            assert_int_equal(p.results[i], INV_STORE_OK);
        }

        assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS);
        assert_int_equal(index_count(f, INV_STORE_LEDGER), LEDGER);
        assert_int_equal(index_count(f, INV_STORE_CLAIMS), CLAIMS);
    }
}


/* What stands in the way is named; what was there before stays. */
static void
test_prepare_refused(void **state)
{
    bson_t           command;
    fixture_t       *f = *state;
    inv_store_call_t call = fixture_call(f, 20000);

    drop_all(f);

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS), "documents",
                "[", "{", "sku", "TWICE", "}", "{", "sku", "TWICE", "}", "]");
    fixture_command(f, &command);

    assert_result(call, prepare(f, &call), INV_STORE_FAILED);
    assert_non_null(strstr(call.error, "index \"sku_1\" of products"));
    assert_in_range(call.commands, 3 + 4, 4 + 4);

    /* and the others are there, made at once, _id_ among them */
    assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS - 1);
    assert_int_equal(index_count(f, INV_STORE_LEDGER), LEDGER);

    drop_all(f);
    call = fixture_call(f, 20000);
    assert_result(call, prepare(f, &call), INV_STORE_OK);
}


static void
make_index(fixture_t *f, const char *collection, const char *spec)
{
    bson_t command, *index;

    index = bson_new_from_json((const uint8_t *) spec, -1, NULL);
    assert_non_null(index);

    bson_init(&command);
    BCON_APPEND(&command, "createIndexes", BCON_UTF8(collection), "indexes",
                "[", BCON_DOCUMENT(index), "]");
    fixture_command(f, &command);
    bson_destroy(index);
}


/* An index is what it is, not what it is called. */
static void
test_prepare_knows_indexes(void **state)
{
    size_t           i;
    fixture_t       *f = *state;
    inv_store_call_t call = fixture_call(f, 20000);

    static const struct {
        const char *collection, *name, *spec;
    } others[] = {
        { INV_STORE_PRODUCTS, "index \"sku_1\" of products",
          "{\"name\": \"sku_1\", \"key\": {\"sku\": 1}}" },
        { INV_STORE_PRODUCTS, "index \"sku_1\" of products",
          "{\"name\": \"sku_1\", \"key\": {\"sku\": 1}, \"unique\": true,"
          " \"partialFilterExpression\": {\"sku\": {\"$gt\": \"A\"}}}" },
        { INV_STORE_PRODUCTS, "index \"purgeAt_1\" of products",
          "{\"name\": \"purgeAt_1\", \"key\": {\"purgeAt\": 1},"
          " \"expireAfterSeconds\": 60}" },
        { INV_STORE_PRODUCTS, "index \"dirty_1__id_1\" of products",
          "{\"name\": \"dirty_1__id_1\", \"key\": {\"dirty\": 1,"
          " \"_id\": 1}}" },
        { INV_STORE_LEDGER, "index \"productId_1_to_1\" of ledger",
          "{\"name\": \"productId_1_to_1\","
          " \"key\": {\"to\": 1, \"productId\": 1}}" },
        { INV_STORE_LEDGER, "index \"b_1\" of ledger",
          "{\"name\": \"b_1\", \"key\": {\"b\": 1}, \"unique\": true}" },
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        drop_all(f);
        make_index(f, others[i].collection, others[i].spec);

        call = fixture_call(f, 20000);
        assert_result(call, prepare(f, &call), INV_STORE_FAILED);

        if (strstr(call.error, others[i].name) == NULL) {
            fail_msg("%s: %s", others[i].name, call.error);
        }

        /* it stays as it is, and all the others are made */
        assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS);
        assert_int_equal(index_count(f, INV_STORE_LEDGER), LEDGER);
    }

    drop_all(f);
    make_index(f, INV_STORE_PRODUCTS,
               "{\"name\": \"byHand\", \"key\": {\"sku\": 1.0},"
               " \"unique\": true,"
               " \"partialFilterExpression\": {\"sku\": {\"$exists\": true}}}");

    call = fixture_call(f, 20000);
    assert_result(call, prepare(f, &call), INV_STORE_OK);
    assert_int_equal(index_count(f, INV_STORE_PRODUCTS), PRODUCTS);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_uri_check),
        TEST(test_uri_describe),
        TEST(test_uri_files),
        TEST(test_uri_files_later),
        TEST(test_scrub),
        TEST(test_scrub_short),
        TEST(test_ping),
        TEST(test_selection),
        TEST(test_prepare_again),
        TEST(test_prepare_by_many_at_once),
        TEST(test_prepare_refused),
        TEST(test_prepare_knows_indexes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("prepare", tests, fixture_open,
                                       fixture_close);
}
