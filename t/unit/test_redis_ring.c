
/*
 * Which of several Redis servers has a product: evenly, the same everywhere and
 * for ever, and with few moves when the list changes.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../src/shared/inv_siphash.h"
#include "../../src/cache/inv_redis_url.h"
#include "../../src/cache/inv_redis_ring.h"


#define IDS  20000
#define TEXT 64


static inv_redis_url_t servers[INV_REDIS_SERVERS_MAX];


static void
read_url(const char *text, inv_redis_url_t *url)
{
    inv_str_t given;

    given.data = text;
    given.len = strlen(text);

    assert_null(inv_redis_url_read(given, url));
}


static int
make_servers(void **state)
{
    char   text[TEXT];
    size_t i;

    for (i = 0; i < INV_REDIS_SERVERS_MAX; i++) {
        snprintf(text, sizeof(text), "redis://cache-%zu.example", i + 1);
        read_url(text, &servers[i]);
    }

    return 0;
}


/* Ids as the service makes them: a time, then what is arbitrary. */
static inv_oid_t
id_of(size_t n)
{
    size_t    i;
    inv_oid_t id;

    for (i = 0; i < sizeof(id.bytes); i++) {
        id.bytes[i] = (unsigned char) (i < 4 ? 0x65 : n >> 8 * (i % 4));
    }

    return id;
}


static void
test_even(void **state)
{
    size_t           n, i, count[INV_REDIS_SERVERS_MAX];
    inv_redis_ring_t ring;

    for (n = 1; n <= INV_REDIS_SERVERS_MAX; n++) {
        inv_redis_ring_init(&ring, servers, n);
        memset(count, 0, sizeof(count));

        for (i = 0; i < IDS; i++) {
            count[inv_redis_ring_of(&ring, id_of(i))]++;
        }

        for (i = 0; i < n; i++) {
            assert_in_range(count[i], IDS * 85 / 100 / n, IDS * 115 / 100 / n);
        }
    }
}


static void
test_order_is_nothing(void **state)
{
    size_t           i;
    inv_redis_url_t  turned[5];
    inv_redis_ring_t ring, other;

    for (i = 0; i < 5; i++) {
        turned[i] = servers[4 - i];
    }

    inv_redis_ring_init(&ring, servers, 5);
    inv_redis_ring_init(&other, turned, 5);

    for (i = 0; i < IDS; i++) {
        assert_int_equal(inv_redis_ring_of(&ring, id_of(i)),
                         4 - inv_redis_ring_of(&other, id_of(i)));
    }
}


/* A server more takes its share from all, and nothing else moves. */
static void
test_few_moves(void **state)
{
    size_t           n, i, was, is, moved;
    inv_redis_ring_t before, after;

    for (n = 1; n < INV_REDIS_SERVERS_MAX; n++) {
        inv_redis_ring_init(&before, servers, n);
        inv_redis_ring_init(&after, servers, n + 1);
        moved = 0;

        for (i = 0; i < IDS; i++) {
            was = inv_redis_ring_of(&before, id_of(i));
            is = inv_redis_ring_of(&after, id_of(i));

            if (was != is) {
                assert_int_equal(is, n);
                moved++;
            }
        }

        assert_in_range(moved, IDS * 85 / 100 / (n + 1),
                        IDS * 115 / 100 / (n + 1));
    }
}


/* Who logs in, and whether by TLS, moves nothing. */
static void
test_secrets_are_nothing(void **state)
{
    size_t           i;
    inv_redis_url_t  others[3];
    inv_redis_ring_t ring, other;

    read_url("rediss://cache-1.example:6379/0", &others[0]);
    read_url("redis://:pw@CACHE-2.example", &others[1]);
    read_url("redis://till:pw@cache-3.example/", &others[2]);

    inv_redis_ring_init(&ring, servers, 3);
    inv_redis_ring_init(&other, others, 3);

    for (i = 0; i < IDS; i++) {
        assert_int_equal(inv_redis_ring_of(&ring, id_of(i)),
                         inv_redis_ring_of(&other, id_of(i)));
    }
}


/* Another release that finds other places would find nothing. */
static void
test_for_ever(void **state)
{
    size_t           i;
    inv_oid_t        id;
    inv_redis_url_t  mixed[4];
    inv_redis_ring_t ring;

    static const struct {
        const char *id;
        size_t      server;
    } pinned[] = {
        { "000000000000000000000000", 0 }, { "65a1b2c3d4e5f60718293a4b", 2 },
        { "65a1b2c3d4e5f60718293a4c", 1 }, { "65a1b2c3d4e5f60718293a4d", 2 },
        { "6600000000000000000000ff", 3 }, { "ffffffffffffffffffffffff", 0 },
        { "507f1f77bcf86cd799439011", 3 }, { "507f191e810c19729de860ea", 3 },
    };

    read_url("redis://127.0.0.1", &mixed[0]);
    read_url("redis://[::1]:7000/3", &mixed[1]);
    read_url("unix:/run/redis/redis.sock?db=2", &mixed[2]);
    read_url("rediss://cache.example", &mixed[3]);
    inv_redis_ring_init(&ring, mixed, 4);

    for (i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++) {
        assert_true(inv_oid_read(
            (inv_str_t){ strlen(pinned[i].id), pinned[i].id }, &id));
        assert_int_equal(inv_redis_ring_of(&ring, id), pinned[i].server);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_even),
        cmocka_unit_test(test_order_is_nothing),
        cmocka_unit_test(test_few_moves),
        cmocka_unit_test(test_secrets_are_nothing),
        cmocka_unit_test(test_for_ever),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, make_servers, NULL);
}
