
/*
 * Every code of inv_store_code_table.c, as a real server tells it: injected by
 * its failCommand, which a mongod with --setParameter enableTestCommands=1 has;
 * skipped on any other.
 *
 * Some codes cannot be injected: the server wants more than a number for them,
 * or acts upon them by itself.  These are counted; whatever becomes of a
 * command, the stock tells exactly what was applied.
 */


#include <stdlib.h>

#include "store_steps.h"

#include "../../src/store/inv_store_code.h"


/* Time for a driver that looks for another server. */
#define TIMEOUT_MS 20000

#define STOCK 1000

typedef struct {
    fixture_t   *f;
    inv_store_t *store;
    inv_oid_t    id;
    int64_t      sold; /* acknowledged */
    size_t       odd;  /* codes that the server did not tell */
    bool         told; /* the last one */
} fail_t;

/* What comes of a write. */
static const inv_reply_kind_t fail_replies[] = {
    [INV_CODE_REFUSED] = INV_REPLY_REFUSED,
    [INV_CODE_UNDONE] = INV_REPLY_BUSY,
    [INV_CODE_NOT_BEGUN] = INV_REPLY_BUSY,
    [INV_CODE_BLOCKED] = INV_REPLY_UNAVAILABLE,
    [INV_CODE_DOUBT] = INV_REPLY_UNKNOWN,
};

/* Codes that nobody lists. */
static const int32_t fail_unlisted[] = { 4, 125, 4940400 };


/* False: the server does not have it. */
static bool
fail_next(fail_t *t, const char *command, const char *collection,
          const char *data)
{
    char         text[512];
    bool         done;
    bson_t      *configure, reply;
    bson_error_t error;

    snprintf(text, sizeof(text),
             "{\"configureFailPoint\": \"failCommand\", \"mode\":"
             " {\"times\": 1}, \"data\": {\"failCommands\": [\"%s\"],"
             " \"namespace\": \"%s.%s\", %s}}",
             command, t->f->database, collection, data);

    configure = bson_new_from_json((const uint8_t *) text, -1, NULL);
    assert_non_null(configure);

    done = mongoc_client_command_simple(t->f->raw, "admin", configure, NULL,
                                        &reply, &error);
    bson_destroy(&reply);
    bson_destroy(configure);

    return done;
}


static void
fail_off(fail_t *t)
{
    bson_t       command, reply;
    bson_error_t error;

    bson_init(&command);
    BCON_APPEND(&command, "configureFailPoint", BCON_UTF8("failCommand"),
                "mode", BCON_UTF8("off"));
    mongoc_client_command_simple(t->f->raw, "admin", &command, NULL, &reply,
                                 &error);
    bson_destroy(&reply);
    bson_destroy(&command);
}


/* False: the server has no failCommand, and nothing is tried. */
static bool
fail_begin(void **state, fail_t *t)
{
    char                uri[2048];
    inv_store_options_t options = { uri, 2, TIMEOUT_MS };

    memset(t, 0, sizeof(*t));
    t->f = *state;

    if (!fail_next(t, "ping", "none", "\"errorCode\": 2")) {
        if (getenv("FAIL_COMMAND_WANTED") != NULL) {
            fail_msg("the server has no failCommand");
        }

        print_message("# the server has no failCommand\n");
        return false;
    }

    fail_off(t);

    /* what is tried is codes, not how soon a driver finds its server again */
    snprintf(uri, sizeof(uri),
             "%s%cserverSelectionTimeoutMS=5000&heartbeatFrequencyMS=500",
             t->f->uri, strchr(t->f->uri, '?') != NULL ? '&' : '?');

    t->store = inv_store_create(&options);
    assert_non_null(t->store);
    t->id = fixture_product(t->f, NULL, STOCK);

    return true;
}


static void
fail_end(fail_t *t)
{
    fail_off(t);
    assert_int_equal(fixture_read(t->f, t->id)->catalog.stock, STOCK - t->sold);
    fixture_check(t->f, t->id);
    inv_store_destroy(t->store);
}


/* A purchase of one, by itself. */
static inv_reply_kind_t
fail_buy(fail_t *t, int32_t code)
{
    char             number[16];
    size_t           n;
    const char      *found;
    inv_step_t      *step;
    inv_reply_kind_t reply;
    inv_store_call_t call = fixture_call(t->f, TIMEOUT_MS);

    step = steps_apply(t->f, t->id, 1);
    inv_store_steps(t->store, &call, &step, 1);

    reply = step->reply;
    t->sold += reply == INV_REPLY_DONE;
    steps_free(step);
    fixture_drain(t->f, t->id);

    /* "(11602)", or "(11602 InterruptedDueTo...)" */
    n = (size_t) snprintf(number, sizeof(number), "(%d", (int) code);
    found = strstr(call.error, number);
    t->told = found != NULL && (found[n] == ')' || found[n] == ' ');

    return reply;
}


static void
fail_code(fail_t *t, int32_t code)
{
    char               data[64];
    inv_product_t     *product;
    inv_reply_kind_t   reply;
    inv_store_call_t   call;
    inv_store_result_t read, wanted;

    snprintf(data, sizeof(data), "\"errorCode\": %d", (int) code);

    if (!fail_next(t, "findAndModify", INV_STORE_PRODUCTS, data)) {
        print_message("# %d: the server does not take it\n", (int) code);
        t->odd++;
        return;
    }

    reply = fail_buy(t, code);

    if (!t->told) {
        print_message("# %d: the server does not tell it\n", (int) code);
        t->odd++;
        fail_off(t);
        return;
    }

    if (reply != fail_replies[inv_store_code_write(code)]) {
        fail_msg("a write, code %d: reply %d", (int) code, (int) reply);
    }

    assert_true(fail_next(t, "find", INV_STORE_PRODUCTS, data));
    call = fixture_call(t->f, TIMEOUT_MS);
    read = inv_store_products_read(t->store, &call, &t->id, 1, &product, NULL);

    wanted = inv_store_code_read(code);
    wanted = wanted == INV_STORE_BUSY ? INV_STORE_OK : wanted;

    if (read != wanted) {
        fail_msg("a read, code %d: result %d: %s", (int) code, (int) read,
                 call.error);
    }

    fail_off(t);
}


static void
test_codes(void **state)
{
    size_t      i, count;
    fail_t      t;
    const char *line;

    if (!fail_begin(state, &t)) {
        return;
    }

    count = 0;

    for (i = 0; i < inv_store_code_count; i++) {
        for (line = inv_store_code_table[i].codes; *line != '\0';
             line = strchr(line, '\n') + 1)
        {
            fail_code(&t, (int32_t) strtol(line, NULL, 10));
            count++;
        }
    }

    for (i = 0; i < sizeof(fail_unlisted) / sizeof(int32_t); i++) {
        fail_code(&t, fail_unlisted[i]);
    }

    print_message("# %d codes, %d of them not told\n", (int) count,
                  (int) t.odd);
    assert_in_range(count, 100, 1000);
    assert_true(t.odd < count / 4);

    fail_end(&t);
}


/* Nothing comes back: anything may have been applied. */
static void
test_a_connection_is_closed(void **state)
{
    fail_t           t;
    inv_reply_kind_t reply;

    if (!fail_begin(state, &t)) {
        return;
    }

    assert_true(fail_next(&t, "findAndModify", INV_STORE_PRODUCTS,
                          "\"closeConnection\": true"));
    assert_int_equal(fail_buy(&t, 0), INV_REPLY_UNKNOWN);

    /* the driver may need a moment to find it again */
    do {
        reply = fail_buy(&t, 0);
    } while (reply == INV_REPLY_UNAVAILABLE);

    assert_int_equal(reply, INV_REPLY_DONE);

    fail_end(&t);
}


/* It was applied, but perhaps not to stay. */
static void
test_a_write_concern_fails(void **state)
{
    fail_t t;

    if (!fail_begin(state, &t)) {
        return;
    }

    assert_true(fail_next(&t, "findAndModify", INV_STORE_PRODUCTS,
                          "\"writeConcernError\": {\"code\": 64,"
                          " \"errmsg\": \"waiting for replication\"}"));
    assert_int_equal(fail_buy(&t, 64), INV_REPLY_UNKNOWN);

    /* this one did stay */
    assert_int_equal(fixture_read(t.f, t.id)->catalog.stock, STOCK - 1);
    t.sold++;

    fail_end(&t);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_codes),
        TEST(test_a_connection_is_closed),
        TEST(test_a_write_concern_fails),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("fail command", tests, fixture_open,
                                       fixture_close);
}
