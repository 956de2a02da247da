
/*
 * Unit test of checked arithmetic.
 */


#include "test_model.h"
#include "../../src/base/inv_sum.h"


static void
test_add(void **state)
{
    int64_t sum;

    assert_true(inv_sum_add(INT64_MAX, -1, &sum));
    assert_true(sum == INT64_MAX - 1);
    assert_true(inv_sum_add(INT64_MIN, INT64_MAX, &sum));
    assert_true(sum == -1);

    assert_false(inv_sum_add(INT64_MAX, 1, &sum));
    assert_false(inv_sum_add(INT64_MIN, -1, &sum));
    assert_true(sum == -1);

    assert_true(inv_sum_add(sum, 8, &sum));
    assert_true(sum == 7);
}


static void
test_less(void **state)
{
    int64_t difference;

    assert_true(inv_sum_less(-1, INT64_MAX, &difference));
    assert_true(difference == INT64_MIN);

    assert_false(inv_sum_less(-2, INT64_MAX, &difference));
    assert_false(inv_sum_less(0, INT64_MIN, &difference));
    assert_true(difference == INT64_MIN);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_less),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests_name("sums", tests, NULL, NULL);
}
