
/*
 * Sums of waiting: one after the other, at the same time, and of one who came
 * when others waited already.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/lane/inv_spent.h"


#define ALL (INV_SPENT_QUEUE | INV_SPENT_MONGO | INV_SPENT_REDIS)

static void
spent_is(const inv_spent_t *spent, const inv_spent_t *wanted)
{
    assert_int_equal(spent->queue, wanted->queue);
    assert_int_equal(spent->mongo, wanted->mongo);
    assert_int_equal(spent->redis, wanted->redis);
    assert_int_equal(spent->batch, wanted->batch);
    assert_int_equal(spent->waited, wanted->waited);
}


static void
test_one_after_the_other(void **state)
{
    inv_spent_t       spent = { 0 };
    const inv_spent_t nothing = { 0 };
    const inv_spent_t redis = { .redis = 7, .waited = INV_SPENT_REDIS };
    const inv_spent_t find = { 1, 20, 0, 5, INV_SPENT_QUEUE | INV_SPENT_MONGO };
    const inv_spent_t small = { 2, 30, 0, 3,
                                INV_SPENT_QUEUE | INV_SPENT_MONGO };

    inv_spent_add(&spent, &nothing);
    spent_is(&spent, &nothing);

    inv_spent_add(&spent, &redis);
    inv_spent_add(&spent, &find);
    spent_is(&spent, &(inv_spent_t){ 1, 20, 7, 5, ALL });

    inv_spent_add(&spent, &small); /* the larger batch is told */
    spent_is(&spent, &(inv_spent_t){ 3, 50, 7, 5, ALL });

    inv_spent_add(&spent, &nothing);
    spent_is(&spent, &(inv_spent_t){ 3, 50, 7, 5, ALL });
}


static void
test_at_the_same_time(void **state)
{
    inv_spent_t       spent = { 0 };
    const inv_spent_t one = { 4, 10, 0, 8, INV_SPENT_QUEUE | INV_SPENT_MONGO };
    const inv_spent_t other = { 3, 30, 0, 2, INV_SPENT_MONGO };
    const inv_spent_t redis = { .redis = 6, .waited = INV_SPENT_REDIS };

    inv_spent_longest(&spent, &one);
    inv_spent_longest(&spent, &other);
    spent_is(&spent, &(inv_spent_t){ 4, 30, 0, 8, one.waited });

    inv_spent_longest(&spent, &redis);
    spent_is(&spent, &(inv_spent_t){ 4, 30, 6, 8, ALL });
}


/* The first one: all of it is its own, what took no millisecond as well. */
static void
test_since_the_beginning(void **state)
{
    inv_spent_t       since;
    const inv_spent_t before = { 0 };
    const inv_spent_t now = { 0, 0, 9, 4, ALL };

    since = inv_spent_since(&now, &before);
    spent_is(&since, &now);
}


/* Redis was over by then, the find has been waited for since. */
static void
test_since_redis_was_over(void **state)
{
    inv_spent_t       since;
    const inv_spent_t before = { 0, 12, 9, 4, INV_SPENT_REDIS };
    const inv_spent_t now = { 0, 30, 9, 4, INV_SPENT_REDIS | INV_SPENT_MONGO };

    since = inv_spent_since(&now, &before);
    spent_is(&since, &(inv_spent_t){ 0, 18, 0, 4, INV_SPENT_MONGO });
}


/* It had been waited for before, and is again: a second try. */
static void
test_since_then_again(void **state)
{
    inv_spent_t       since;
    const inv_spent_t before = { 5, 12, 0, 4,
                                 INV_SPENT_QUEUE | INV_SPENT_MONGO };
    const inv_spent_t now = { 8, 30, 0, 6, INV_SPENT_QUEUE | INV_SPENT_MONGO };

    since = inv_spent_since(&now, &before);
    spent_is(&since,
             &(inv_spent_t){ 3, 18, 0, 6, INV_SPENT_QUEUE | INV_SPENT_MONGO });
}


/* The find was over by then: its batch is not of this one. */
static void
test_since_the_find_was_over(void **state)
{
    inv_spent_t       since;
    const inv_spent_t before = { 1, 12, 0, 4,
                                 INV_SPENT_QUEUE | INV_SPENT_MONGO };
    const inv_spent_t now = { 3, 12, 0, 4, INV_SPENT_QUEUE | INV_SPENT_MONGO };

    since = inv_spent_since(&now, &before);
    spent_is(&since, &(inv_spent_t){ 2, 0, 0, 0, INV_SPENT_QUEUE });
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_at_the_same_time),
        cmocka_unit_test(test_since_the_beginning),
        cmocka_unit_test(test_since_redis_was_over),
        cmocka_unit_test(test_since_then_again),
        cmocka_unit_test(test_since_the_find_was_over),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
