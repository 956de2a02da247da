
/*
 * Indexes that take longer to be built than the store waits for a reply: they
 * are being built, and what becomes of them is told.
 */


#include "store_fixture.h"
#include "store_proxy.h"


/* Of the store under test: when it gives a reply up. */
#define TIMEOUT_MS 200

/* Of a call: whatever a busy machine needs beside the replies given up. */
#define CALL_MS 20000

typedef struct {
    fixture_t         *f;
    proxy_t           *proxy;
    inv_store_t       *store; /* through the proxy */
    inv_store_builds_t builds;
    inv_store_call_t   call;
} build_t;


/* What a server that tells of builds has on products, all ready but sku_1. */
#define LISTED(key, more) \
    "{\"spec\": {\"v\": 2, \"name\": \"listed\", \"key\": " key more "}}"
#define IF_THERE(name)                                            \
    ", \"partialFilterExpression\": {\"" name "\": {\"$exists\":" \
    " true}}"

static const char
    listed_but_sku
        [] =
            "{\"ok\": 1, \"cursor\": {\"id\": {\"$numberLong\": \"0\"}, "
            "\"ns\": \"d.c\","
            " \"firstBatch\": ["
            "{\"spec\": {\"v\": 2, \"name\": \"sku_1\", \"key\": {\"sku\": 1},"
            " \"unique\": true" IF_THERE(
                "sku") "},"
                       " \"indexBuildInfo\": {\"buildUUID\": {\"$binary\": "
                       "{\"base64\":"
                       " \"AAAAAAAAQACAAAAAAAAAAA==\", \"subType\": "
                       "\"04\"}}}}," LISTED(
                           "{\"createdAt\": -1, \"_id\": -1}",
                           "") "," LISTED("{\"dirty\": 1, \"_id\": 1}",
                                          ", \"partialFilterExpression\": "
                                          "{\"dirty\": true}") "," LISTED("{\"p"
                                                                          "urge"
                                                                          "At\""
                                                                          ": "
                                                                          "1}",
                                                                          ", "
                                                                          "\"ex"
                                                                          "pire"
                                                                          "Afte"
                                                                          "rSec"
                                                                          "onds"
                                                                          "\": "
                                                                          "0" IF_THERE(
                                                                              "purgeAt")) "," LISTED("{\"name\": 1, \"_id\": 1}", "") "," LISTED("{\"price\": 1, \"_id\": 1}",
                                                                                                                                                 "") "," LISTED("{\"stock\": 1, \"_id\": 1}", "") "," LISTED("{\"category\": 1, \"createdAt\": -1, \"_id\": -1}", IF_THERE("category")) "," LISTED("{\"category\": 1, \"name\": 1, \"_id\": 1}", IF_THERE("category")) "," LISTED("{\"category\": 1, \"price\": 1, \"_id\": 1}", IF_THERE("category")) "," LISTED("{\"tags\": 1, \"createdAt\": -1, \"_id\": -1}", IF_THERE("tags")) "," LISTED("{\"tags\": 1, \"name\": 1, \"_id\": 1}", IF_THERE("tags")) "," LISTED("{\"tags\": 1, \"price\": 1, \"_id\": 1}", IF_THERE("tags")) "," LISTED("{\"words\": 1, \"createdAt\": -1, \"_id\": -1}",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                               IF_THERE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   "words")) "," LISTED("{\"lowStock\": 1}",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        IF_THERE(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            "lowStock")) "]}}";


static void
drop_sku(fixture_t *f)
{
    bson_t command;

    bson_init(&command);
    BCON_APPEND(&command, "dropIndexes", BCON_UTF8(INV_STORE_PRODUCTS), "index",
                BCON_UTF8("sku_1"));
    fixture_command(f, &command);
}


static bool
has_sku(fixture_t *f)
{
    bson_t       command, reply;
    char        *text;
    bool         has;
    bson_error_t error;

    bson_init(&command);
    BCON_APPEND(&command, "listIndexes", BCON_UTF8(INV_STORE_PRODUCTS));
    assert_true(mongoc_client_command_simple(f->raw, f->database, &command,
                                             NULL, &reply, &error));
    text = bson_as_relaxed_extended_json(&reply, NULL);
    has = strstr(text, "\"sku_1\"") != NULL;

    bson_free(text);
    bson_destroy(&reply);
    bson_destroy(&command);

    return has;
}


static build_t
build_begin(void **state)
{
    char                uri[1024];
    build_t             b;
    inv_store_options_t options = { uri, 1, TIMEOUT_MS };

    memset(&b, 0, sizeof(b));
    b.f = *state;
    b.proxy = proxy_start(PROXY_PASS);
    fixture_uri(uri, sizeof(uri), proxy_address(b.proxy), b.f->database);
    b.store = inv_store_create(&options);
    drop_sku(b.f);

    return b;
}


static inv_store_result_t
build_look(build_t *b)
{
    b->call = fixture_call(b->f, CALL_MS);

    return inv_store_prepare(b->store, &b->call, &b->builds);
}


/* Leaves all indexes made, for the next test. */
static void
build_end(build_t *b)
{
    memset(&b->builds, 0, sizeof(b->builds));
    assert_result(b->call, build_look(b), INV_STORE_OK);
    assert_true(has_sku(b->f));

    inv_store_destroy(b->store);
    proxy_stop(b->proxy);
}


/* No reply to createIndexes, and the server says that it builds it. */
static void
build_goes_on(build_t *b)
{
    proxy_once_then(b->proxy, "createIndexes", PROXY_SILENCE, "listIndexes",
                    listed_but_sku);

    assert_result(b->call, build_look(b), INV_STORE_OK);
    assert_true(proxy_did(b->proxy));
    assert_true(b->builds.building != 0);
    assert_string_equal(b->builds.named, "index \"sku_1\" of products");
}


static void
test_a_build_goes_on(void **state)
{
    build_t b = build_begin(state);

    build_goes_on(&b);

    /* looked at again: it is not sent again while it is being built */
    proxy_once(b.proxy, "listIndexes", false, listed_but_sku);
    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_true(b.builds.building != 0);
    assert_false(has_sku(b.f));

    build_end(&b);
}


static void
test_a_build_ends_well(void **state)
{
    build_t            b = build_begin(state);
    inv_store_builds_t others;
    inv_store_call_t   call = fixture_call(b.f, CALL_MS);

    build_goes_on(&b);

    memset(&others, 0, sizeof(others));
    assert_result(call, inv_store_prepare(b.f->store, &call, &others),
                  INV_STORE_OK);

    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_false(b.builds.building != 0);

    build_end(&b);
}


/* Its failure is said once, and the build is not begun again by itself. */
static void
test_a_build_fails(void **state)
{
    build_t b = build_begin(state);

    build_goes_on(&b);

    assert_result(b.call, build_look(&b), INV_STORE_FAILED);
    assert_non_null(strstr(b.call.error, "index \"sku_1\" of products"));
    assert_non_null(strstr(b.call.error, "build has failed"));
    assert_false(b.builds.building != 0);

    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_false(has_sku(b.f));

    /* the next start tries again */
    memset(&b.builds, 0, sizeof(b.builds));
    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_true(has_sku(b.f));

    build_end(&b);
}


/* No reply, and no build either: it is sent again. */
static void
test_a_build_is_lost(void **state)
{
    build_t b = build_begin(state);

    proxy_once(b.proxy, "createIndexes", false, PROXY_SILENCE);

    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_true(proxy_did(b.proxy));
    assert_false(b.builds.building != 0);
    assert_true(has_sku(b.f));

    build_end(&b);
}


/* Before 6.0, and other servers: the option is refused, the list is not. */
static void
test_a_server_does_not_tell(void **state)
{
    build_t b = build_begin(state);

    proxy_once(b.proxy, "listIndexes", false,
               "{\"ok\": 0, \"code\": 40415, \"errmsg\": \"unknown field\"}");

    assert_result(b.call, build_look(&b), INV_STORE_OK);
    assert_true(proxy_did(b.proxy));
    assert_true(has_sku(b.f));

    build_end(&b);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_build_goes_on),        TEST(test_a_build_ends_well),
        TEST(test_a_build_fails),          TEST(test_a_build_is_lost),
        TEST(test_a_server_does_not_tell),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("index builds", tests, fixture_open,
                                       fixture_close);
}
