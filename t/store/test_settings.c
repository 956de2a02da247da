
/*
 * The secret that all nodes of a database share: made once, by whichever comes
 * first, and the same for all.
 */


#include "store_fixture.h"
#include "store_proxy.h"

#include "../../src/store/inv_store_settings.h"


#define NODES 12

typedef struct {
    unsigned char secrets[NODES][INV_STORE_SECRET];
} shared_t;


static void
node(fixture_t *f, inv_arena_t *arena, int index, void *data)
{
    shared_t        *shared = data;
    inv_store_call_t call = fixture_call(f, FIXTURE_TIMEOUT_MS);

    call.arena = arena;
    assert_result(
        call, inv_store_redis_secret(f->store, &call, shared->secrets[index]),
        INV_STORE_OK);
}


static void
test_one_for_all(void **state)
{
    int           i;
    bson_t        filter = BSON_INITIALIZER;
    shared_t      shared;
    fixture_t    *f = *state;
    unsigned char none[INV_STORE_SECRET] = { 0 };

    memset(&shared, 0, sizeof(shared));
    fixture_threads(f, NODES, node, &shared);

    assert_memory_not_equal(shared.secrets[0], none, INV_STORE_SECRET);

    for (i = 1; i < NODES; i++) {
        assert_memory_equal(shared.secrets[i], shared.secrets[0],
                            INV_STORE_SECRET);
    }

    assert_int_equal(fixture_count(f, "settings", &filter), 1);
    bson_destroy(&filter);
}


/* Sets the secret to what value is. */
static void
change(fixture_t *f, const bson_value_t *value)
{
    bson_t command, updates, update, set, fields;

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8("settings"));
    bson_append_array_begin(&command, "updates", -1, &updates);
    bson_append_document_begin(&updates, "0", -1, &update);
    BCON_APPEND(&update, "q", "{", "_id", BCON_UTF8("redis"), "}", "upsert",
                BCON_BOOL(true));
    bson_append_document_begin(&update, "u", -1, &set);
    bson_append_document_begin(&set, "$set", -1, &fields);
    bson_append_value(&fields, "secret", -1, value);
    bson_append_document_end(&set, &fields);
    bson_append_document_end(&update, &set);
    bson_append_document_end(&updates, &update);
    bson_append_array_end(&command, &updates);

    fixture_command(f, &command);
}


static void
test_what_is_there_is_kept(void **state)
{
    size_t           i;
    fixture_t       *f = *state;
    unsigned char    secret[INV_STORE_SECRET];
    inv_store_call_t call;
    bson_value_t     value = { .value_type = BSON_TYPE_BINARY };
    static uint8_t   bytes[] = "0123456789abcdefg";

    value.value.v_binary.data = bytes;
    value.value.v_binary.data_len = INV_STORE_SECRET;
    change(f, &value);

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call, inv_store_redis_secret(f->store, &call, secret),
                  INV_STORE_OK);
    assert_memory_equal(secret, bytes, INV_STORE_SECRET);
    assert_int_equal(call.commands, 1);

    for (i = 0; i < 18; i++) {
        value.value.v_binary.data_len = (uint32_t) i;
        change(f, &value);

        call = fixture_call(f, FIXTURE_TIMEOUT_MS);
        assert_result(call, inv_store_redis_secret(f->store, &call, secret),
                      i == INV_STORE_SECRET ? INV_STORE_OK : INV_STORE_FAILED);
    }

    assert_non_null(strstr(call.error, "\"redis\" of settings"));

    value = (bson_value_t){ .value_type = BSON_TYPE_NULL };
    change(f, &value);

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call, inv_store_redis_secret(f->store, &call, secret),
                  INV_STORE_FAILED);
}


/* What one reply of the server's makes of a first try, and of the next. */
static void
told(fixture_t *f, const char *command, bool served, const char *reply,
     inv_store_result_t result)
{
    char                uri[1024];
    bson_t              drop = BSON_INITIALIZER;
    proxy_t            *proxy;
    unsigned char       secret[INV_STORE_SECRET];
    inv_store_call_t    call;
    inv_store_options_t options = { .uri = uri,
                                    .clients = 1,
                                    .timeout_ms = FIXTURE_TIMEOUT_MS };
    inv_store_t        *store;

    BCON_APPEND(&drop, "dropDatabase", BCON_INT32(1));
    fixture_command(f, &drop);

    proxy = proxy_start(PROXY_PASS);
    fixture_uri(uri, sizeof(uri), proxy_address(proxy), f->database);
    store = inv_store_create(&options);

    proxy_once(proxy, command, served, reply);

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call, inv_store_redis_secret(store, &call, secret), result);
    assert_true(proxy_did(proxy));

    call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    assert_result(call, inv_store_redis_secret(store, &call, secret),
                  INV_STORE_OK);

    inv_store_destroy(store);
    proxy_stop(proxy);
}


static void
test_replies(void **state)
{
    fixture_t *f = *state;

    /* another node was first, and what it wrote is not to be read yet */
    told(f, "insert", false,
         "{\"ok\": 1, \"n\": 0, \"writeErrors\": [{\"index\": 0, "
         "\"code\": 11000, \"errmsg\": \"E11000 duplicate key\"}]}",
         INV_STORE_UNAVAILABLE);

    /* the right is lacking */
    told(f, "insert", false,
         "{\"ok\": 0, \"code\": 13, \"errmsg\": \"not authorized\"}",
         INV_STORE_FAILED);
    told(f, "find", false,
         "{\"ok\": 0, \"code\": 13, \"errmsg\": \"not authorized\"}",
         INV_STORE_FAILED);

    /* it may be there, or not */
    told(f, "insert", true, NULL, INV_STORE_UNKNOWN);
    told(f, "insert", false, NULL, INV_STORE_UNKNOWN);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_for_all),
        TEST(test_what_is_there_is_kept),
        TEST(test_replies),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
