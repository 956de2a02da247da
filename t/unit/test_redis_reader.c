
/*
 * What Redis sends, taken apart: in pieces of any size, within bounds, and as
 * what it is to who has subscribed.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../src/cache/inv_redis_reader.h"


#define CHANNEL "inv:shop:changed"
#define HEAD    "*3\r\n$7\r\nmessage\r\n$16\r\n" CHANNEL "\r\n"


typedef struct {
    const char      *bytes;
    inv_redis_read_t read;
} case_t;


/* To who sends commands only. */
static const case_t commands[] = {
    { "", INV_REDIS_READ_MORE },
    { "+", INV_REDIS_READ_MORE },
    { "+OK\r", INV_REDIS_READ_MORE },
    { "+OK\r\n", INV_REDIS_READ_REPLY },
    { "-NOPERM no\r\n", INV_REDIS_READ_REPLY },
    { ":7\r\n", INV_REDIS_READ_REPLY },
    { "$3\r\nab", INV_REDIS_READ_MORE },
    { "$3\r\nabc\r\n", INV_REDIS_READ_REPLY },
    { "$-1\r\n", INV_REDIS_READ_REPLY },
    { "*", INV_REDIS_READ_BAD },
    { "*1\r\n+OK\r\n", INV_REDIS_READ_BAD },
    { "*1000000000\r\n", INV_REDIS_READ_BAD },
    { "%1\r\n", INV_REDIS_READ_BAD },
    { ">1\r\n", INV_REDIS_READ_BAD },
    { "_\r\n", INV_REDIS_READ_BAD },
    { "\x15\x03\x03", INV_REDIS_READ_BAD },
    { "HTTP/1.1 400 Bad Request\r\n", INV_REDIS_READ_BAD },
    { ":x\r\n", INV_REDIS_READ_BAD },
    { "$x\r\n", INV_REDIS_READ_BAD },
    { "$-2\r\n", INV_REDIS_READ_BAD },
};

/* To who has subscribed. */
static const case_t subscribed[] = {
    { "+PONG\r\n", INV_REDIS_READ_REPLY },
    { "-NOPERM no\r\n", INV_REDIS_READ_REPLY },
    { "*2\r\n$4\r\npong\r\n$0\r\n\r\n", INV_REDIS_READ_REPLY },
    { "*2\r\n$4\r\npong\r\n$0\r\n\r", INV_REDIS_READ_MORE },
    { HEAD "$1\r\nx\r\n", INV_REDIS_READ_REPLY },
    { HEAD ":1\r\n", INV_REDIS_READ_REPLY },
    { HEAD "$-1\r\n", INV_REDIS_READ_REPLY },
    { HEAD, INV_REDIS_READ_MORE },
    { HEAD "$1000000000\r\n", INV_REDIS_READ_MORE },
    { "*3\r\n", INV_REDIS_READ_MORE },
    { "*-1\r\n", INV_REDIS_READ_REPLY },
    { "*0\r\n", INV_REDIS_READ_BAD },
    { "*1\r\n", INV_REDIS_READ_BAD },
    { "*4\r\n", INV_REDIS_READ_BAD },
    { "*-2\r\n", INV_REDIS_READ_BAD },
    { "*1000000000\r\n", INV_REDIS_READ_BAD },
    { "*9223372036854775807\r\n", INV_REDIS_READ_BAD },
    { "*3\r\n*2\r\n", INV_REDIS_READ_BAD },
    { "*3\r\n*1000000000\r\n", INV_REDIS_READ_BAD },
    { "*3\r\n$1\r\nx\r\n*3\r\n", INV_REDIS_READ_BAD },
    { "*3\r\n%1000000000\r\n", INV_REDIS_READ_BAD },
    { "*3\r\n>3\r\n", INV_REDIS_READ_BAD },
    { "%1\r\n", INV_REDIS_READ_BAD },
    { ">3\r\n", INV_REDIS_READ_BAD },
};


static redisReader *
reader_of(bool hears)
{
    redisReader *reader;

    reader = inv_redis_reader_create(hears);
    assert_non_null(reader);

    return reader;
}


static void
feed(redisReader *reader, const char *bytes, size_t n)
{
    assert_int_equal(redisReaderFeed(reader, bytes, n), REDIS_OK);
}


/* Fed by so many bytes at a time, until the end or a verdict. */
static inv_redis_read_t
read_by(const char *bytes, bool hears, size_t step)
{
    size_t           n, rest;
    redisReply      *reply;
    redisReader     *reader;
    inv_redis_read_t read;

    reader = reader_of(hears);
    read = INV_REDIS_READ_MORE;

    for (rest = strlen(bytes); rest > 0 && read == INV_REDIS_READ_MORE;
         rest -= n) {
        n = rest < step ? rest : step;
        feed(reader, bytes, n);
        bytes += n;
        read = inv_redis_reader_next(reader, hears, &reply);
    }

    if (read == INV_REDIS_READ_REPLY) {
        freeReplyObject(reply);
    }

    redisReaderFree(reader);

    return read;
}


static void
check_cases(const case_t *cases, size_t n, bool hears)
{
    size_t           i, step;
    inv_redis_read_t read;

    for (i = 0; i < n; i++) {
        for (step = 1; step <= 64; step++) {
            read = read_by(cases[i].bytes, hears, step);

            if (read != cases[i].read) {
                fail_msg("%s by %zu: %d", cases[i].bytes, step, (int) read);
            }
        }
    }
}


static void
test_commands(void **state)
{
    check_cases(commands, sizeof(commands) / sizeof(commands[0]), false);
}


static void
test_subscribed(void **state)
{
    check_cases(subscribed, sizeof(subscribed) / sizeof(subscribed[0]), true);
}


/* A reply without an end is given up before it has filled the memory. */
static void
test_long(void **state)
{
    char             bytes[4096];
    size_t           fed;
    redisReply      *reply;
    redisReader     *reader;
    inv_redis_read_t read;

    reader = reader_of(true);
    memset(bytes, 'x', sizeof(bytes));
    feed(reader, "$1000000000\r\n", 13);
    read = inv_redis_reader_next(reader, true, &reply);

    for (fed = 0; read == INV_REDIS_READ_MORE; fed += sizeof(bytes)) {
        feed(reader, bytes, sizeof(bytes));
        read = inv_redis_reader_next(reader, true, &reply);
    }

    assert_int_equal(read, INV_REDIS_READ_LONG);
    assert_in_range(fed, INV_REDIS_REPLY_MAX,
                    INV_REDIS_REPLY_MAX + 2 * sizeof(bytes));
    redisReaderFree(reader);
}


static inv_redis_heard_t
heard(const char *bytes, char *out)
{
    inv_str_t         text;
    redisReply       *reply;
    redisReader      *reader;
    inv_redis_heard_t what;

    reader = reader_of(true);
    feed(reader, bytes, strlen(bytes));
    assert_int_equal(inv_redis_reader_next(reader, true, &reply),
                     INV_REDIS_READ_REPLY);

    text = INV_STR_ABSENT;
    what = inv_redis_reader_heard(reply, inv_str(CHANNEL), &text);

    snprintf(out, INV_REDIS_MESSAGE_MAX + 1, "%.*s", (int) text.len,
             text.data == NULL ? "" : text.data);

    freeReplyObject(reply);
    redisReaderFree(reader);

    return what;
}


static void
test_heard(void **state)
{
    char   out[INV_REDIS_MESSAGE_MAX + 1];
    size_t i;

    static const struct {
        const char       *bytes;
        const char       *text;
        inv_redis_heard_t what;
    } cases[] = {
        { HEAD "$3\r\nabc\r\n", "abc", INV_REDIS_HEARD_MESSAGE },
        { HEAD "$0\r\n\r\n", "", INV_REDIS_HEARD_MESSAGE },
        { HEAD ":1\r\n", "", INV_REDIS_HEARD_OTHER },
        { HEAD "$-1\r\n", "", INV_REDIS_HEARD_OTHER },
        { "*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$1\r\nx\r\n", "",
          INV_REDIS_HEARD_OTHER },
        { "*3\r\n+message\r\n$16\r\n" CHANNEL "\r\n$1\r\nx\r\n", "",
          INV_REDIS_HEARD_OTHER },
        { "*2\r\n$7\r\nmessage\r\n$16\r\n" CHANNEL "\r\n", "",
          INV_REDIS_HEARD_OTHER },
        { "*3\r\n$8\r\npmessage\r\n$16\r\n" CHANNEL "\r\n$1\r\nx\r\n", "",
          INV_REDIS_HEARD_OTHER },
        { "*3\r\n:1\r\n:2\r\n:3\r\n", "", INV_REDIS_HEARD_OTHER },
        { "*3\r\n$-1\r\n$-1\r\n$-1\r\n", "", INV_REDIS_HEARD_OTHER },
        { "*3\r\n$9\r\nsubscribe\r\n$16\r\n" CHANNEL "\r\n:1\r\n", "subscribe",
          INV_REDIS_HEARD_ANSWER },
        { "*3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:1\r\n", "",
          INV_REDIS_HEARD_OTHER },
        { "*3\r\n$11\r\nunsubscribe\r\n$16\r\n" CHANNEL "\r\n:0\r\n", "",
          INV_REDIS_HEARD_END },
        { "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "pong", INV_REDIS_HEARD_ANSWER },
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(heard(cases[i].bytes, out), cases[i].what);
        assert_string_equal(out, cases[i].text);
    }
}


static void
test_messages_of_any_length(void **state)
{
    int  n;
    char bytes[2 * INV_REDIS_MESSAGE_MAX];
    char out[INV_REDIS_MESSAGE_MAX + 1];

    for (n = 1; n <= INV_REDIS_MESSAGE_MAX + 2; n++) {
        snprintf(bytes, sizeof(bytes), HEAD "$%d\r\n%0*d\r\n", n, n, 7);

        assert_int_equal(heard(bytes, out), n <= INV_REDIS_MESSAGE_MAX
                                                ? INV_REDIS_HEARD_MESSAGE
                                                : INV_REDIS_HEARD_OTHER);
    }
}


/* Several in one piece come one by one. */
static void
test_several(void **state)
{
    size_t       n;
    redisReply  *reply;
    redisReader *reader;

    static const char bytes[] =
        "+PONG\r\n" HEAD "$1\r\na\r\n" HEAD "$1\r\nb\r\n:1\r\n*3\r\n$7\r\nmess";

    reader = reader_of(true);
    feed(reader, bytes, sizeof(bytes) - 1);

    for (n = 0;
         inv_redis_reader_next(reader, true, &reply) == INV_REDIS_READ_REPLY;
         n++)
    {
        freeReplyObject(reply);
    }

    assert_int_equal(n, 4);
    assert_int_equal(inv_redis_reader_next(reader, true, &reply),
                     INV_REDIS_READ_MORE);
    redisReaderFree(reader);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_subscribed),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_heard),
        cmocka_unit_test(test_messages_of_any_length),
        cmocka_unit_test(test_several),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
