
/*
 * What the store makes of the end of a command: tables of replies, as servers
 * send them, and of the driver's errors.  No server is asked.
 */


#include "store_fixture.h"


#define WRITE INV_COMMAND_WRITE
#define READ  INV_COMMAND_READ
#define PLAIN INV_COMMAND_PLAIN
#define BUILD INV_COMMAND_BUILD

static const char one_statement[] =
    "{\"findAndModify\": \"products\", \"query\": {}}";
static const char one_document[] =
    "{\"insert\": \"ledger\", \"documents\": [{\"a\": 1}]}";
static const char two_statements[] =
    "{\"update\": \"products\", \"updates\": [{\"q\": 1}, {\"q\": 2}]}";

typedef struct {
    const char        *reply; /* NULL: none */
    inv_command_kind_t kind;
    inv_store_result_t result;
    int32_t            code;
    const char        *error; /* somewhere in the call's; NULL: any */
} outcome_case_t;

/* Is it a router that answers? */
static bool is_routed;


static inv_store_result_t
outcome(const char *command_text, const char *reply_text,
        inv_command_kind_t kind, bool sent, const bson_error_t *error,
        inv_store_call_t *call, int32_t *code)
{
    bson_t            *command, *body;
    inv_store_t        store;
    inv_store_link_t   link = { &store, call, NULL };
    inv_store_reply_t  reply;
    inv_store_result_t result;

    memset(&store, 0, sizeof(store));
    store.password = (char *) (uintptr_t) "s3cret";
    store.routed = is_routed;

    command = bson_new_from_json((const uint8_t *) command_text, -1, NULL);
    body = reply_text != NULL
               ? bson_new_from_json((const uint8_t *) reply_text, -1, NULL)
               : bson_new();
    assert_non_null(command);
    assert_non_null(body);

    reply.code = 0;
    bson_copy_to(body, &reply.body);

    result = inv_store_outcome(&link, kind, command, sent, error, &reply);
    *code = reply.code;

    bson_destroy(&reply.body);
    bson_destroy(body);
    bson_destroy(command);

    return result;
}


static void
check(const char *command, const outcome_case_t *c)
{
    int32_t            code;
    bson_error_t       error;
    inv_store_call_t   call;
    inv_store_result_t result;

    memset(&call, 0, sizeof(call));
    memset(&error, 0, sizeof(error));

    result = outcome(command, c->reply, c->kind, true, &error, &call, &code);

    if (result != c->result || code != c->code
        || (c->error != NULL && strstr(call.error, c->error) == NULL))
    {
        fail_msg("%s: result %d, code %d, error \"%s\"", c->reply, (int) result,
                 (int) code, call.error);
    }
}


#define CHECK_ALL(command, cases)                                 \
    do {                                                          \
        size_t at;                                                \
        for (at = 0; at < sizeof(cases) / sizeof(*cases); at++) { \
            check(command, &cases[at]);                           \
        }                                                         \
    } while (0)


/* PostgreSQL's SQLSTATEs; XX000 looks like a code of MongoDB's. */
static void
test_states(void **state)
{
    size_t         i;
    char           reply[128];
    outcome_case_t c = { reply, WRITE, INV_STORE_OK, 0, "findAndModify" };

    static const struct {
        int32_t            code;
        inv_store_result_t write, read;
    } codes[] = {
        { 2600, INV_STORE_UNKNOWN, INV_STORE_UNAVAILABLE },
        { 525074461, INV_STORE_FAILED, INV_STORE_FAILED }, /* M00CO: schema */
        { 16777245, INV_STORE_FAILED, INV_STORE_FAILED },  /* M0001 */
        { 50331778, INV_STORE_FAILED, INV_STORE_FAILED },  /* 22003 */
        { 16908482, INV_STORE_FAILED, INV_STORE_FAILED },  /* 23P01 */
        { 16797828, INV_STORE_FAILED, INV_STORE_FAILED },  /* 42501 */
        { 16777220, INV_STORE_BUSY, INV_STORE_BUSY },      /* 40001 */
        { 16908292, INV_STORE_BUSY, INV_STORE_BUSY },      /* 40P01 */
        { 50463045, INV_STORE_BUSY, INV_STORE_BUSY },      /* 55P03 */
        { 50331652, INV_STORE_UNKNOWN, INV_STORE_UNAVAILABLE },  /* 40003 */
        { 67371461, INV_STORE_UNKNOWN, INV_STORE_UNAVAILABLE },  /* 57014 */
        { 16908741, INV_STORE_UNKNOWN, INV_STORE_UNAVAILABLE },  /* 57P01 */
        { 100663808, INV_STORE_UNKNOWN, INV_STORE_UNAVAILABLE }, /* 08006 */
    };

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        snprintf(reply, sizeof(reply),
                 "{\"ok\": 0.0, \"code\": %d, \"errmsg\": \"so it is\"}",
                 (int) codes[i].code);
        c.code = codes[i].code;

        c.kind = WRITE;
        c.result = codes[i].write;
        check(one_statement, &c);

        c.kind = BUILD;
        check(one_statement, &c);

        c.kind = READ;
        c.result = codes[i].read;
        check(one_statement, &c);

        c.kind = PLAIN;
        check(one_statement, &c);
    }
}


/* One thing goes by several codes, or by words only. */
static void
test_other_names(void **state)
{
    static const outcome_case_t cases[] = {
        { "{\"ok\": 0, \"code\": 11001, \"errmsg\": \"E11001\"}", WRITE,
          INV_STORE_FAILED, 11000, "E11001" },
        { "{\"ok\": 0, \"code\": 12582, \"errmsg\": \"\"}", WRITE,
          INV_STORE_FAILED, 11000, NULL },
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 319029277,"
          " \"errmsg\": \"\"}]}",
          WRITE, INV_STORE_FAILED, 11000, NULL },
        { "{\"ok\": 0, \"code\": 17419, \"errmsg\": \"\"}", WRITE,
          INV_STORE_FAILED, INV_CODE_TOO_LARGE, NULL },
        { "{\"ok\": 0, \"code\": 17420, \"errmsg\": \"\"}", WRITE,
          INV_STORE_FAILED, INV_CODE_TOO_LARGE, NULL },
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 285999133,"
          " \"errmsg\": \"\"}]}",
          WRITE, INV_STORE_FAILED, INV_CODE_TOO_LARGE, NULL },
        { "{\"ok\": 0, \"code\": 1, \"errmsg\": \"conflicting key value"
          " violates exclusion constraint \\\"documents_2\\\"\"}",
          WRITE, INV_STORE_FAILED, 11000, "exclusion constraint" },
        { "{\"ok\": 0, \"code\": 1, \"errmsg\": \"deadlock detected\"}", WRITE,
          INV_STORE_BUSY, 112, NULL },
        { "{\"ok\": 0, \"code\": 1, \"errmsg\": \"could not serialize access"
          " due to concurrent update\"}",
          WRITE, INV_STORE_BUSY, 112, NULL },
        { "{\"ok\": 0, \"code\": 8, \"errmsg\": \"deadlock detected\"}", WRITE,
          INV_STORE_UNKNOWN, 8, NULL },
        { "{\"ok\": 0, \"code\": 1, \"errmsg\": \"terminating connection\"}",
          WRITE, INV_STORE_UNKNOWN, 1, "terminating" },
    };

    CHECK_ALL(one_statement, cases);
}


static void
test_replies(void **state)
{
    static const outcome_case_t cases[] = {
        { "{\"ok\": 1, \"value\": null}", WRITE, INV_STORE_OK, 0, NULL },
        { "{\"ok\": 1.0, \"n\": 1}", READ, INV_STORE_OK, 0, NULL },
        { "{\"ok\": true}", PLAIN, INV_STORE_OK, 0, NULL },

        /* an error that does not say which */
        { "{\"ok\": 0}", WRITE, INV_STORE_UNKNOWN, 0, "no reason given" },
        { "{\"ok\": 0}", READ, INV_STORE_UNAVAILABLE, 0, NULL },
        { "{\"ok\": 0, \"code\": \"2\", \"errmsg\": 2}", WRITE,
          INV_STORE_UNKNOWN, 0, "no reason given" },

        /* a server that would have it tried again does not refuse */
        { "{\"ok\": 0, \"code\": 2, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableWriteError\"]}",
          WRITE, INV_STORE_UNKNOWN, 2, NULL },
        { "{\"ok\": 0, \"code\": 2, \"errmsg\": \"\", \"errorLabels\":"
          " [\"TransientTransactionError\"]}",
          WRITE, INV_STORE_FAILED, 2, NULL },
        { "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableWriteError\"]}",
          WRITE, INV_STORE_BUSY, 10107, NULL },
        { "{\"ok\": 0, \"code\": 189, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableWriteError\"]}",
          WRITE, INV_STORE_UNKNOWN, 189, NULL },

        /* applied, but perhaps not to stay */
        { "{\"ok\": 1, \"value\": {}, \"writeConcernError\": {\"code\": 64,"
          " \"errmsg\": \"waiting for replication timed out\"}}",
          WRITE, INV_STORE_UNKNOWN, 64, "waiting for replication" },
        { "{\"ok\": 1, \"writeConcernError\": {\"code\": 10107,"
          " \"errmsg\": \"\"}}",
          WRITE, INV_STORE_UNKNOWN, 10107, NULL },
        { "{\"ok\": 1, \"writeConcernError\": {\"code\": 2,"
          " \"errmsg\": \"\"}}",
          WRITE, INV_STORE_UNKNOWN, 2, NULL },
        { "{\"ok\": 1, \"writeConcernError\": \"?\"}", WRITE, INV_STORE_UNKNOWN,
          0, NULL },

        /* secrets do not reach the log */
        { "{\"ok\": 0, \"code\": 2, \"errmsg\": \"s3cret it was\"}", WRITE,
          INV_STORE_FAILED, 2, "**** it was" },
    };

    CHECK_ALL(one_statement, cases);
}


static void
test_write_errors(void **state)
{
    static const outcome_case_t cases[] = {
        { "{\"ok\": 1, \"n\": 1, \"writeErrors\": []}", WRITE, INV_STORE_OK, 0,
          NULL },
        { "{\"ok\": 1, \"n\": 0, \"writeErrors\": [{\"index\": 0,"
          " \"code\": 11000, \"errmsg\": \"E11000\"}]}",
          WRITE, INV_STORE_FAILED, 11000,
          "insert ledger: E11000 (11000 DuplicateKey)" },
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 16908292,"
          " \"errmsg\": \"deadlock\"}]}",
          WRITE, INV_STORE_BUSY, 16908292, NULL },
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 123456,"
          " \"errmsg\": \"\"}]}",
          WRITE, INV_STORE_UNKNOWN, 123456, NULL },
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0}]}", WRITE,
          INV_STORE_UNKNOWN, 0, "no reason given" },

        /* the worst of several counts, the first of equal ones */
        { "{\"ok\": 1, \"writeErrors\": ["
          "{\"index\": 0, \"code\": 11000, \"errmsg\": \"first\"},"
          "{\"index\": 1, \"code\": 121, \"errmsg\": \"second\"}]}",
          WRITE, INV_STORE_FAILED, 11000, "first" },
        { "{\"ok\": 1, \"writeErrors\": ["
          "{\"index\": 0, \"code\": 11000, \"errmsg\": \"first\"},"
          "{\"index\": 1, \"code\": 112, \"errmsg\": \"second\"},"
          "{\"index\": 2, \"code\": 189, \"errmsg\": \"third\"},"
          "{\"index\": 3, \"code\": 10107, \"errmsg\": \"fourth\"}]}",
          WRITE, INV_STORE_UNKNOWN, 189, "third" },

        /* refused because of what is perhaps not to stay */
        { "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 11000,"
          " \"errmsg\": \"E11000\"}], \"writeConcernError\": {\"code\": 64,"
          " \"errmsg\": \"\"}}",
          WRITE, INV_STORE_UNKNOWN, 11000, "E11000" },

        /* nonsense is in doubt */
        { "{\"ok\": 1, \"writeErrors\": 1}", WRITE, INV_STORE_UNKNOWN, 0,
          "cannot be read" },
        { "{\"ok\": 1, \"writeErrors\": [1]}", WRITE, INV_STORE_UNKNOWN, 0,
          "cannot be read" },
    };

    CHECK_ALL(one_document, cases);
}


/* One error for several statements: those before it may have been applied. */
static void
test_several_statements(void **state)
{
    static const outcome_case_t cases[] = {
        { "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"\"}", WRITE,
          INV_STORE_BUSY, 10107, NULL },
        { "{\"ok\": 0, \"code\": 371, \"errmsg\": \"\"}", WRITE,
          INV_STORE_UNKNOWN, 371, NULL },
        { "{\"ok\": 0, \"code\": 112, \"errmsg\": \"\"}", WRITE,
          INV_STORE_UNKNOWN, 112, NULL },
        { "{\"ok\": 0, \"code\": 9, \"errmsg\": \"\"}", WRITE, INV_STORE_FAILED,
          9, NULL },
        { "{\"ok\": 1, \"n\": 1, \"writeErrors\": [{\"index\": 1,"
          " \"code\": 112, \"errmsg\": \"\"}]}",
          WRITE, INV_STORE_BUSY, 112, NULL },
    };

    static const outcome_case_t routed[] = {
        { "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"\"}", WRITE,
          INV_STORE_UNKNOWN, 10107, NULL },
    };

    static const outcome_case_t alone[] = {
        { "{\"ok\": 0, \"code\": 10107, \"errmsg\": \"\"}", WRITE,
          INV_STORE_BUSY, 10107, NULL },
        { "{\"ok\": 0, \"code\": 112, \"errmsg\": \"\"}", WRITE, INV_STORE_BUSY,
          112, NULL },
    };

    CHECK_ALL(two_statements, cases);
    CHECK_ALL(one_document, alone);

    is_routed = true;
    CHECK_ALL(two_statements, routed);
    CHECK_ALL(one_document, alone);
    is_routed = false;
}


/* Labels tell that nothing was applied, whatever the code is. */
static void
test_labels(void **state)
{
    static const outcome_case_t cases[] = {
        { "{\"ok\": 0, \"code\": 462, \"errmsg\": \"\"}", WRITE,
          INV_STORE_UNKNOWN, 462, NULL },
        { "{\"ok\": 0, \"code\": 462, \"errmsg\": \"\", \"errorLabels\":"
          " [\"SystemOverloadedError\", \"RetryableError\"]}",
          WRITE, INV_STORE_BUSY, 462, NULL },
        { "{\"ok\": 0, \"code\": 123456, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableError\", \"SystemOverloadedError\"]}",
          WRITE, INV_STORE_BUSY, 123456, NULL },
        { "{\"ok\": 0, \"code\": 91, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableWriteError\", \"NoWritesPerformed\"]}",
          WRITE, INV_STORE_BUSY, 91, NULL },
        { "{\"ok\": 0, \"code\": 2, \"errmsg\": \"\", \"errorLabels\":"
          " [\"NoWritesPerformed\"]}",
          WRITE, INV_STORE_FAILED, 2, NULL },

        /* one of the two is not enough */
        { "{\"ok\": 0, \"code\": 433, \"errmsg\": \"\", \"errorLabels\":"
          " [\"SystemOverloadedError\"]}",
          WRITE, INV_STORE_UNKNOWN, 433, NULL },
        { "{\"ok\": 0, \"code\": 433, \"errmsg\": \"\", \"errorLabels\":"
          " [\"RetryableError\"]}",
          WRITE, INV_STORE_UNKNOWN, 433, NULL },

        /* a reply that says ok says what was applied by itself */
        { "{\"ok\": 1, \"errorLabels\": [\"NoWritesPerformed\"],"
          " \"writeConcernError\": {\"code\": 64, \"errmsg\": \"\"}}",
          WRITE, INV_STORE_UNKNOWN, 64, NULL },

        /* a read is tried again */
        { "{\"ok\": 0, \"code\": 123456, \"errmsg\": \"\", \"errorLabels\":"
          " [\"SystemOverloadedError\", \"RetryableError\"]}",
          READ, INV_STORE_BUSY, 123456, NULL },
    };

    /* a shard's word is not all shards' */
    static const outcome_case_t routed[] = {
        { "{\"ok\": 0, \"code\": 462, \"errmsg\": \"\", \"errorLabels\":"
          " [\"SystemOverloadedError\", \"RetryableError\"]}",
          WRITE, INV_STORE_UNKNOWN, 462, NULL },
        { "{\"ok\": 0, \"code\": 462, \"errmsg\": \"\", \"errorLabels\":"
          " [\"SystemOverloadedError\", \"NoWritesPerformed\"]}",
          WRITE, INV_STORE_BUSY, 462, NULL },
    };

    CHECK_ALL(one_statement, cases);
    CHECK_ALL(two_statements, cases);

    is_routed = true;
    CHECK_ALL(one_statement, routed);
    is_routed = false;
}


/* Members of the wrong type say nothing, and harm nobody. */
static void
test_types(void **state)
{
    size_t         i;
    char           reply[256];
    outcome_case_t c = { reply, WRITE, INV_STORE_OK, 2, NULL };

    static const char *const others[] = {
        "1",
        "\"NoWritesPerformed\"",
        "null",
        "true",
        "{}",
        "{\"0\": \"NoWritesPerformed\"}",
        "[1, null, [\"NoWritesPerformed\"], {}]",
        "{\"$oid\": \"0123456789abcdef01234567\"}",
        "{\"$numberDecimal\": \"NaN\"}",
        "{\"$binary\": {\"base64\": \"\", \"subType\": \"00\"}}",
    };

    static const outcome_case_t cases[] = {
        /* what is beyond a code's range is none */
        { "{\"ok\": 0, \"code\": {\"$numberLong\": \"4294978296\"},"
          " \"errmsg\": \"\"}",
          WRITE, INV_STORE_UNKNOWN, 0, NULL },
        { "{\"ok\": 0, \"code\": {\"$numberLong\": \"-9223372036854775808\"}}",
          WRITE, INV_STORE_UNKNOWN, 0, NULL },
        { "{\"ok\": 0, \"code\": {\"$numberDouble\": \"NaN\"}}", READ,
          INV_STORE_UNAVAILABLE, 0, NULL },

        /* only a number, or true, says ok */
        { "{\"ok\": \"1\"}", WRITE, INV_STORE_UNKNOWN, 0, NULL },
        { "{\"ok\": {\"$numberDouble\": \"NaN\"}}", WRITE, INV_STORE_UNKNOWN, 0,
          NULL },
        { "{\"ok\": {}}", WRITE, INV_STORE_UNKNOWN, 0, NULL },
        { "{\"ok\": null}", READ, INV_STORE_UNAVAILABLE, 0, NULL },
    };

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(reply, sizeof(reply),
                 "{\"ok\": 0, \"code\": 2, \"errorLabels\": %s}", others[i]);
        c.result = INV_STORE_FAILED;
        check(one_statement, &c);

        snprintf(reply, sizeof(reply),
                 "{\"ok\": 0, \"code\": 2, \"writeConcernError\": %s}",
                 others[i]);
        c.result = INV_STORE_UNKNOWN;
        check(one_statement, &c);

        snprintf(reply, sizeof(reply),
                 "{\"ok\": 1, \"writeErrors\": [{\"index\": 0, \"code\": 2,"
                 " \"errorLabels\": %s, \"writeConcernError\": %s}]}",
                 others[i], others[i]);
        c.result = INV_STORE_FAILED;
        check(one_document, &c);
    }

    CHECK_ALL(one_statement, cases);
}


/* No reply: what the driver has to say. */
static void
test_driver_errors(void **state)
{
    size_t             i;
    int32_t            code;
    bson_error_t       error;
    inv_store_call_t   call;
    inv_store_result_t result;

    static const struct {
        uint32_t           domain, code;
        bool               sent;
        inv_command_kind_t kind;
        inv_store_result_t result;
    } cases[] = {
        { MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, true, WRITE,
          INV_STORE_UNKNOWN },
        { MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, true, BUILD,
          INV_STORE_UNKNOWN },
        { MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, true, READ,
          INV_STORE_UNAVAILABLE },
        { MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, false, WRITE,
          INV_STORE_UNAVAILABLE },
        { MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
          false, WRITE, INV_STORE_UNAVAILABLE },
        { MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE, false, WRITE,
          INV_STORE_UNAVAILABLE },

        /* it would not have it at all, or says so after it was sent */
        { MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, false, WRITE,
          INV_STORE_FAILED },
        { MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, true, WRITE,
          INV_STORE_UNKNOWN },
        { MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG, false, WRITE,
          INV_STORE_FAILED },
        { MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_INVALID_REPLY, true,
          WRITE, INV_STORE_UNKNOWN },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&call, 0, sizeof(call));
        bson_set_error(&error, cases[i].domain, cases[i].code, "said s3cret");

        /* what the driver adds itself is no reply */
        result = outcome(one_statement,
                         "{\"errorLabels\": [\"RetryableWriteError\"]}",
                         cases[i].kind, cases[i].sent, &error, &call, &code);

        if (result != cases[i].result) {
            fail_msg("driver's error %d: result %d", (int) i, (int) result);
        }

        assert_int_equal(code, 0);
        assert_non_null(strstr(call.error, "findAndModify products: "));
        assert_non_null(strstr(call.error, "said ****"));

        /* of a wrong password the driver's words alone may say too little */
        assert_int_equal(strstr(call.error, "refuses the login") != NULL,
                         cases[i].domain == MONGOC_ERROR_CLIENT);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_write_errors),
        cmocka_unit_test(test_several_statements),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_driver_errors),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
