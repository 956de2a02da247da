
/*
 * Unit test of traceparent (W3C Trace Context): what is continued, and what
 * starts a trace of its own.
 */


#include "test_model.h"
#include "../../src/model/inv_header.h"


static inv_random_stock_t random_stock;


#define ID     "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"
#define GOOD   "00-" ID "-" PARENT "-01"


static void
test_start(const char *text, inv_trace_t *trace)
{
    char  *exact;
    size_t len;

    len = strlen(text);
    exact = malloc(len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, text, len);
    memset(trace, '#', sizeof(*trace));
    inv_trace_start((inv_str_t){ len, exact + 1 }, &random_stock, trace);
    memset(exact, '#', len + 1);
    free(exact);
}


/* n digits of lower-case hex, not all of them zero. */
static void
test_is_id(const char *id, size_t n)
{
    size_t i, zeros;

    zeros = 0;

    for (i = 0; i < n; i++) {
        assert_true((id[i] >= '0' && id[i] <= '9')
                    || (id[i] >= 'a' && id[i] <= 'f'));
        zeros += (id[i] == '0');
    }

    assert_true(zeros < n);
}


/* A span of our own under an id that is new. */
static void
test_is_new(const inv_trace_t *trace)
{
    test_is_id(trace->trace_id, sizeof(trace->trace_id));
    test_is_id(trace->span_id, sizeof(trace->span_id));
    assert_memory_equal(trace->parent_id, "0000000000000000", 16);
    assert_memory_not_equal(trace->trace_id, ID, 32);
    assert_int_equal(trace->flags, 0);
}


static void
test_continued(void **state)
{
    size_t      i;
    inv_trace_t trace;

    static const struct {
        const char *text;
        unsigned    flags;
    } cases[] = {
        { GOOD, 1 },
        { "00-" ID "-" PARENT "-00", 0 },
        { "00-" ID "-" PARENT "-02", 2 },
        { "00-" ID "-" PARENT "-03", 3 },

        /* what has no meaning yet is not sent on */
        { "00-" ID "-" PARENT "-ff", 3 },
        { "00-" ID "-" PARENT "-fc", 0 },
        { "00-" ID "-" PARENT "-10", 0 },

        /* later versions, as far as they are like this one */
        { "01-" ID "-" PARENT "-01", 1 },
        { "cc-" ID "-" PARENT "-01-what-comes-then", 1 },
        { "cc-" ID "-" PARENT "-01-", 1 },
        { "fe-" ID "-" PARENT "-00", 0 },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_start(cases[i].text, &trace);

        if (memcmp(trace.trace_id, ID, 32) != 0
            || memcmp(trace.parent_id, PARENT, 16) != 0
            || trace.flags != cases[i].flags)
        {
            fail_msg("%s: %.32s, %.16s, %x", cases[i].text, trace.trace_id,
                     trace.parent_id, trace.flags);
        }

        test_is_id(trace.span_id, sizeof(trace.span_id));
        assert_memory_not_equal(trace.span_id, PARENT, 16);
    }
}


/* One digit that is not zero will do, wherever it stands. */
static void
test_almost_zero(void **state)
{
    char        text[sizeof(GOOD)];
    size_t      i;
    inv_trace_t trace;

    for (i = 3; i < 52; i++) {
        memcpy(text, GOOD, sizeof(GOOD));

        if (text[i] == '-') {
            continue;
        }

        if (i < 35) {
            memset(text + 3, '0', 32);

        } else {
            memset(text + 36, '0', 16);
        }

        text[i] = 'f';
        test_start(text, &trace);
        assert_memory_equal(trace.trace_id, text + 3, 32);
        assert_memory_equal(trace.parent_id, text + 36, 16);
    }
}


static void
test_replaced(void **state)
{
    size_t      i;
    inv_trace_t trace;

    static const char *const cases[] = {
        "",
        "0",
        "00",
        "00-",
        "00-" ID,
        "00-" ID "-" PARENT,
        "00-" ID "-" PARENT "-",
        "00-" ID "-" PARENT "-0",
        "00-" ID "-" PARENT "-011",
        "00-" ID "-" PARENT "-01-",
        "00-" ID "-" PARENT "-01-more",
        " 00-" ID "-" PARENT "-01",
        "00-" ID "-" PARENT "-01 ",
        "ff-" ID "-" PARENT "-01",
        "ff-" ID "-" PARENT "-01-more",
        "cc-" ID "-" PARENT "-01.more",
        "cc-" ID "-" PARENT "-011",
        "0g-" ID "-" PARENT "-01",
        "0A-" ID "-" PARENT "-01",
        "0--" ID "-" PARENT "-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",
        "00-" ID "-B7AD6B7169203331-01",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" ID "-0000000000000000-01",
        "00-" ID "-" PARENT "-0x",
        "00-" ID "-" PARENT "-0A",
        "00_" ID "-" PARENT "-01",
        "00-" ID "_" PARENT "-01",
        "00-" ID "-" PARENT "_01",
        "00-" ID "-" PARENT "-.1",
        "00-0af7651916cd43dd8448eb211c80319-c" PARENT "-01",
        GOOD "," GOOD,
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_start(cases[i], &trace);
        test_is_new(&trace);
    }

    inv_trace_start(INV_STR_ABSENT, &random_stock, &trace);
    test_is_new(&trace);
}


/* Every byte of a good one, spoilt. */
static void
test_spoilt(void **state)
{
    char        text[sizeof(GOOD)];
    size_t      i;
    inv_trace_t trace;

    for (i = 0; i < sizeof(GOOD) - 1; i++) {
        memcpy(text, GOOD, sizeof(GOOD));
        text[i] = 'G';
        test_start(text, &trace);
        test_is_new(&trace);
    }
}


static void
test_different(void **state)
{
    inv_trace_t one, other;

    inv_trace_start(INV_STR_ABSENT, &random_stock, &one);
    inv_trace_start(INV_STR_ABSENT, &random_stock, &other);
    assert_memory_not_equal(one.trace_id, other.trace_id, 32);
    assert_memory_not_equal(one.span_id, other.span_id, 16);

    test_start(GOOD, &one);
    test_start(GOOD, &other);
    assert_memory_equal(one.trace_id, other.trace_id, 32);
    assert_memory_not_equal(one.span_id, other.span_id, 16);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_continued), cmocka_unit_test(test_almost_zero),
        cmocka_unit_test(test_replaced),  cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_different),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
