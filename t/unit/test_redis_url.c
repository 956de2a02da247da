
/*
 * Redis's URL: what it may say, and that a wrong one is refused with a reason
 * that gives nothing away.
 */

/* link: src/cache/inv_redis_url.c */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../src/cache/inv_redis_url.h"


#define TEXT 400


typedef struct {
    const char *text;
    const char *user;     /* NULL: none */
    const char *password; /* NULL: none */
    const char *described;
} good_t;


static const good_t good[] = {
    { "redis://localhost", NULL, NULL, "localhost:6379/0" },
    { "redis://localhost/", NULL, NULL, "localhost:6379/0" },
    { "redis://localhost:", NULL, NULL, "localhost:6379/0" },
    { "redis://127.0.0.1:1", NULL, NULL, "127.0.0.1:1/0" },
    { "redis://h:65535/15", NULL, NULL, "h:65535/15" },
    { "redis://h/2147483647", NULL, NULL, "h:6379/2147483647" },
    { "redis://[::1]", NULL, NULL, "[::1]:6379/0" },
    { "redis://[fe80::1%25eth0]:7/3", NULL, NULL, "[fe80::1%eth0]:7/3" },
    { "redis://:secret@h", NULL, "secret", "h:6379/0" },
    { "redis://default:secret@redis.internal:6379", "default", "secret",
      "redis.internal:6379/0" },
    { "redis://u%3Aser:p%40s%2fs%25@[::1]:7", "u:ser", "p@s/s%", "[::1]:7/0" },
    { "redis://:a:b@h", NULL, "a:b", "h:6379/0" },
    { "redis://:a@b@h", NULL, "a@b", "h:6379/0" },
    { "redis://my%2Dhost", NULL, NULL, "my-host:6379/0" },
    { "unix:/run/redis.sock", NULL, NULL, "unix:/run/redis.sock" },
    { "unix:///run/redis.sock", NULL, NULL, "unix:/run/redis.sock" },
    { "unix:/run/a%20b", NULL, NULL, "unix:/run/a b" },
    { "unix:/run/%0Ab", NULL, NULL, "unix:/run/?b" },
    { "unix:/run/a?db=0", NULL, NULL, "unix:/run/a" },
    { "unix:/run/a?db=3", NULL, NULL, "unix:/run/a?db=3" },
    { "unix:///run/a?db=2147483647", NULL, NULL, "unix:/run/a?db=2147483647" },
    { "unix://:s%3Fcret@/run/a@b", NULL, "s?cret", "unix:/run/a@b" },
    { "unix://till:secret@/run/a?db=7", "till", "secret", "unix:/run/a?db=7" },
    { "rediss://localhost", NULL, NULL, "localhost:6379/0" },
    { "rediss://u:secret@[::1]:7/3", "u", "secret", "[::1]:7/3" },
    { "redis://Cache.Example", NULL, NULL, "cache.example:6379/0" },
    { "redis://[FE80::A%25Eth0]", NULL, NULL, "[fe80::a%Eth0]:6379/0" },
};


static const char *const wrong[] = {
    "",
    "redis",
    "redis:",
    "redis:/",
    "redis://",
    "redis:///0",
    "redis://:6379",
    "redis://@:6379",
    "redis://hunter2@host",
    "redis://user@host",
    "redis://:@host",
    "redis://user:@host",
    "redis://:hunter2@",
    "redis://:hunter2@host:0",
    "redis://:hunter2@host:65536",
    "redis://:hunter2@host:99999999999999999999",
    "redis://:hunter2@host:-1",
    "redis://:hunter2@host:+1",
    "redis://:hunter2@host: 1",
    "redis://:hunter2@host:x",
    "redis://:hunter2@host/x",
    "redis://:hunter2@host/-1",
    "redis://:hunter2@host/2147483648",
    "redis://:hunter2@host/1/2",
    "redis://:hunter2@host/1?a=b",
    "redis://:hunter2@host?a=b/",
    "redis://:hunter2@::1",
    "redis://:hunter2@[::1",
    "redis://:hunter2@[]",
    "redis://:hunter2@[::1]x",
    "redis://:hunter2@[::1]6379",
    "redis://:hunter2%@host",
    "redis://:hunter2%4@host",
    "redis://:hunter2%zz@host",
    "redis://:hunter2@ho%00st",
    "redis://:hunter2/@host",
    "redis://user:hunter2/x@host:1",
    "rediss:hunter2@host",
    "rediss://:hunter2@host:x",
    "http://:hunter2@host",
    "REDIS://:hunter2@host",
    "unix:",
    "unix:/",
    "unix:///",
    "unix:relative",
    "unix://host/path",
    "unix:/a%00b",
    "unix:/a%",
    "unix:/a?db=",
    "unix:/a?db=x",
    "unix:/a?db=-1",
    "unix:/a?db=2147483648",
    "unix:/a?db=1&db=2",
    "unix:/a?db=1?db=2",
    "unix:/a?password=hunter2",
    "unix:/a?",
    "unix://",
    "unix://:hunter2@",
    "unix://hunter2@/a",
    "unix://:hunter2@host/a",
    "unix://:@/a",
    "unix://:hunter2@/",
    "unix:hunter2@/a",
};


static inv_str_t
text_of(const char *text)
{
    return (inv_str_t){ strlen(text), text };
}


static void
check_good(const good_t *expected)
{
    char            described[TEXT];
    const char     *reason;
    inv_redis_url_t url;

    reason = inv_redis_url_read(text_of(expected->text), &url);

    if (reason != NULL) {
        fail_msg("%s: %s", expected->text, reason);
    }

    inv_redis_url_describe(&url, described, sizeof(described));

    /* What is shown of an unprintable path is not what the path is. */
    assert_string_equal(described, expected->described);

    assert_int_equal(url.user_len,
                     expected->user == NULL ? 0 : strlen(expected->user));
    assert_memory_equal(url.user, expected->user, url.user_len);

    assert_int_equal(url.has_password, expected->password != NULL);

    if (expected->password != NULL) {
        assert_int_equal(url.password_len, strlen(expected->password));
        assert_memory_equal(url.password, expected->password, url.password_len);
    }
}


static void
test_good(void **state)
{
    size_t i;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        check_good(&good[i]);
    }
}


static void
test_wrong(void **state)
{
    size_t          i;
    const char     *reason;
    inv_redis_url_t url;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        reason = inv_redis_url_read(text_of(wrong[i]), &url);

        if (reason == NULL) {
            fail_msg("accepted: %s", wrong[i]);
        }

        assert_null(strstr(reason, "hunter2"));
    }
}


static void
test_tls(void **state)
{
    inv_redis_url_t url;

    assert_null(inv_redis_url_read(inv_str("rediss://h"), &url));
    assert_true(url.is_tls);
    assert_null(inv_redis_url_read(inv_str("redis://h"), &url));
    assert_false(url.is_tls);
    assert_null(inv_redis_url_read(inv_str("unix:/h"), &url));
    assert_false(url.is_tls);
}


static void
test_databases(void **state)
{
    inv_redis_url_t url;

    assert_null(inv_redis_url_read(inv_str("unix:/h?db=12"), &url));
    assert_int_equal(url.database, 12);
    assert_string_equal(url.path, "/h");
    assert_null(inv_redis_url_read(inv_str("redis://h/12"), &url));
    assert_int_equal(url.database, 12);
}


static bool
is_same(const char *a, const char *b)
{
    inv_redis_url_t urls[2];

    assert_null(inv_redis_url_read(text_of(a), &urls[0]));
    assert_null(inv_redis_url_read(text_of(b), &urls[1]));

    return inv_redis_url_same(&urls[0], &urls[1]);
}


/* One database of one server is one, whoever logs in, however. */
static void
test_same(void **state)
{
    assert_true(is_same("redis://h", "redis://H:6379/0"));
    assert_true(is_same("redis://h", "redis://:pw@h"));
    assert_true(is_same("redis://h", "rediss://h"));
    assert_true(is_same("unix:/a", "unix://:pw@/a?db=0"));
    assert_false(is_same("redis://h", "redis://h/1"));
    assert_false(is_same("redis://h", "redis://h:6380"));
    assert_false(is_same("unix:/a", "unix:/a?db=1"));
    assert_false(is_same("unix:/a", "unix:/A"));
}


/* Parts of exactly the longest length, and one more. */
static void
test_lengths(void **state)
{
    char            text[2 * INV_REDIS_SECRET_MAX];
    int             n;
    inv_redis_url_t url;

    static const struct {
        const char *format;
        int         max;
    } parts[] = {
        { "redis://%0*d", INV_REDIS_HOST_MAX },
        { "redis://:%0*d@h", INV_REDIS_SECRET_MAX },
        { "redis://%0*d:p@h", INV_REDIS_SECRET_MAX },
        { "unix:/%0*d", INV_REDIS_PATH_MAX - 1 },
    };

    for (n = 0; n < 4; n++) {
        snprintf(text, sizeof(text), parts[n].format, parts[n].max, 7);
        assert_null(inv_redis_url_read(text_of(text), &url));

        snprintf(text, sizeof(text), parts[n].format, parts[n].max + 1, 7);
        assert_non_null(inv_redis_url_read(text_of(text), &url));
    }
}


static void
test_passwords_hold_any_byte(void **state)
{
    inv_redis_url_t url;

    assert_null(inv_redis_url_read(inv_str("redis://:a%00%ff@h"), &url));
    assert_int_equal(url.password_len, 3);
    assert_memory_equal(url.password, "a\0\xff", 3);
}


static void
test_described_within_its_room(void **state)
{
    char            out[8];
    inv_redis_url_t url;

    assert_null(inv_redis_url_read(inv_str("redis://:pw@a-long-host/1"), &url));
    inv_redis_url_describe(&url, out, sizeof(out));
    assert_string_equal(out, "a-long-");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_databases),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_passwords_hold_any_byte),
        cmocka_unit_test(test_described_within_its_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
