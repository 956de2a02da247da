
/*
 * A document that would outgrow what a server stores: refused for certain, and
 * known by its code, in whatever words the server says it.
 */


#include <stdlib.h>

#include "store_fixture.h"


/* Leaves room for a product, but not for as much again. */
#define FILLER_SIZE ((size_t) 16 * 1024 * 1024 - 4096)
#define MORE_SIZE   ((size_t) 8192)

typedef struct {
    inv_oid_t  id;
    bson_oid_t oid;
    char      *filler, *more;
} large_t;


static char *
text_of(size_t size)
{
    char *text;

    text = malloc(size + 1);
    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\0';

    return text;
}


static void
large_begin(fixture_t *f, large_t *large)
{
    bson_t command;

    large->id = fixture_product(f, NULL, 10);
    large->filler = text_of(FILLER_SIZE);
    large->more = text_of(MORE_SIZE);

    bson_oid_init_from_data(&large->oid, large->id.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&large->oid), "}", "update", "{",
                "$set", "{", "filler", BCON_UTF8(large->filler), "}", "}",
                "fields", "{", "_id", BCON_INT32(1), "}");
    fixture_command(f, &command);
}


static void
large_end(large_t *large)
{
    free(large->filler);
    free(large->more);
}


/* Runs a command that must be refused because of the size. */
static void
refused(fixture_t *f, bson_t *command)
{
    inv_store_link_t   link;
    inv_store_call_t   call = fixture_call(f, FIXTURE_TIMEOUT_MS);
    inv_store_reply_t  reply;
    inv_store_result_t result;

    assert_result(call, inv_store_link_open(&link, f->store, &call),
                  INV_STORE_OK);

    result = inv_store_command(&link, INV_COMMAND_WRITE, command, &reply);
    assert_result(call, result, INV_STORE_FAILED);
    assert_int_equal(reply.code, INV_CODE_TOO_LARGE);

    bson_destroy(&reply.body);
    bson_destroy(command);
    inv_store_link_close(&link);
}


static void
test_one_statement(void **state)
{
    bson_t     command;
    large_t    large;
    fixture_t *f = *state;

    large_begin(f, &large);

    bson_init(&command);
    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", "{", "_id", BCON_OID(&large.oid), "}", "update", "[",
                "{", "$set", "{", "more", BCON_UTF8(large.more), "}", "}", "]",
                "fields", "{", "_id", BCON_INT32(1), "}");
    refused(f, &command);

    assert_int_equal(fixture_read(f, large.id)->version, 1);
    large_end(&large);
}


/* The others of the command are applied. */
static void
test_several_statements(void **state)
{
    bson_t     command;
    large_t    large;
    inv_oid_t  small;
    bson_oid_t oid;
    fixture_t *f = *state;

    large_begin(f, &large);
    small = fixture_product(f, NULL, 3);
    bson_oid_init_from_data(&oid, small.bytes);

    bson_init(&command);
    BCON_APPEND(&command, "update", BCON_UTF8(INV_STORE_PRODUCTS), "ordered",
                BCON_BOOL(false), "updates", "[", "{", "q", "{", "_id",
                BCON_OID(&large.oid), "}", "u", "[", "{", "$set", "{", "more",
                BCON_UTF8(large.more), "}", "}", "]", "}", "{", "q", "{", "_id",
                BCON_OID(&oid), "}", "u", "[", "{", "$set", "{", "version",
                BCON_INT64(7), "}", "}", "]", "}", "]");
    refused(f, &command);

    assert_int_equal(fixture_read(f, large.id)->version, 1);
    assert_int_equal(fixture_read(f, small)->version, 7);
    large_end(&large);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_statement),
        TEST(test_several_statements),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("large", tests, fixture_open,
                                       fixture_close);
}
