
/*
 * Unit test of the numbers of a product: prices, stock and lowStock at their
 * bounds, and how a price comes back.
 */


#include "test_model.h"


typedef struct {
    const char *text;
    const char *faults; /* "": none */
    const char *shown;  /* NULL: as the text */
} test_number_t;

#define GOOD(text)     \
    {                  \
        text, "", NULL \
    }
#define AS(text, shown) \
    {                   \
        text, "", shown \
    }
#define BAD(text, faults)  \
    {                      \
        text, faults, NULL \
    }


/* Reads the number as this member, and looks at it in the rendered product. */
static void
test_number(const char *member, const test_number_t *c)
{
    char                body[256], shown[128], whole[1024];
    inv_str_t           text;
    inv_arena_t        *arena;
    inv_faults_t        faults;
    inv_product_t       product;
    inv_product_input_t input;

    arena = inv_arena_create();
    inv_faults_init(&faults, arena);
    snprintf(body, sizeof(body), "{\"%s\":%s}", member, c->text);
    inv_product_read(test_tree(arena, body), INV_WRITE_MERGE, &input, &faults);
    test_faults(&faults, c->faults, body);

    if (c->faults[0] == '\0') {
        memset(&product, 0, sizeof(product));
        product.catalog = input.values;
        assert_true(inv_product_render(arena, &product, &text));

        snprintf(shown, sizeof(shown), "\"%s\":%s,", member,
                 (c->shown != NULL) ? c->shown : c->text);

        snprintf(whole, sizeof(whole), "%.*s", (int) text.len, text.data);

        if (strstr(whole, shown) == NULL) {
            fail_msg("%s became %s", body, whole);
        }
    }

    inv_arena_destroy(arena);
}


static void
test_prices(void **state)
{
#define LEAST    "/price must be at least 0"
#define MOST     "/price must be at most 922337203685470"
#define FRACTION "/price must have at most 4 digits after the point"
#define DIGITS   "/price must have at most 14 significant digits"

    size_t i;

    static const test_number_t cases[] = {
        GOOD("0"),
        GOOD("19.99"),
        GOOD("0.0001"),
        GOOD("1.2345"),
        GOOD("9999999999.9999"),
        GOOD("99999999999999"),
        GOOD("100000000000000"),
        GOOD("922337203685470"),
        AS("-0", "0"),
        AS("-0.0", "0"),
        AS("0e999", "0"),
        AS("0.00000", "0"),
        AS("5.0", "5"),
        AS("19.990", "19.99"),
        AS("19.99000000000000000000", "19.99"),
        AS("1e2", "100"),
        AS("1E+2", "100"),
        AS("1e-4", "0.0001"),
        AS("12345e-4", "1.2345"),
        AS("0.0000001e3", "0.0001"),
        AS("9.2233720368547e14", "922337203685470"),
        BAD("-1", LEAST),
        BAD("-0.0001", LEAST),
        BAD("-1e300", LEAST),
        BAD("-0.00001", LEAST "; " FRACTION),
        BAD("-123456789012345", LEAST "; " DIGITS),
        BAD("0.00001", FRACTION),
        BAD("1.23456", FRACTION),
        BAD("1e-5", FRACTION),
        BAD("1e-999999999999999999999", FRACTION),
        BAD("99999999999.9999", DIGITS),
        BAD("123456789012345", DIGITS),
        BAD("100000000000001", DIGITS),
        BAD("922337203685471", DIGITS),
        BAD("922337203685480", MOST),
        BAD("1e15", MOST),
        BAD("1000000000000000", MOST),
        BAD("1e999999999999999999999", MOST),
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_number("price", &cases[i]);
    }
}


static void
test_integers(void **state)
{
#define NO_INTEGER "%s must be an integer"
#define TOO_SMALL  "%s must be at least 0"
#define TOO_GREAT  "%s must be at most 9007199254740991"

    size_t        i, k;
    char          faults[256], pointer[16];
    test_number_t c;

    static const char *const members[] = { "stock", "lowStock" };

    static const test_number_t cases[] = {
        GOOD("0"),
        GOOD("1"),
        GOOD("9007199254740990"),
        GOOD("9007199254740991"),
        AS("-0", "0"),
        AS("5.0", "5"),
        AS("5e0", "5"),
        AS("50e-1", "5"),
        AS("1.5e1", "15"),
        AS("9.007199254740991e15", "9007199254740991"),
        BAD("1.5", NO_INTEGER),
        BAD("0.1", NO_INTEGER),
        BAD("1e-1", NO_INTEGER),
        BAD("1e-99999999999999999999", NO_INTEGER),
        BAD("9007199254740990.5", NO_INTEGER),
        BAD("-1", TOO_SMALL),
        BAD("-9223372036854775808", TOO_SMALL),
        BAD("-9223372036854775809", TOO_SMALL),
        BAD("-1e99", TOO_SMALL),
        BAD("-1.5", TOO_SMALL "; " NO_INTEGER),
        BAD("9007199254740992", TOO_GREAT),
        BAD("9223372036854775807", TOO_GREAT),
        BAD("9223372036854775808", TOO_GREAT),
        BAD("18446744073709551616", TOO_GREAT),
        BAD("1e99", TOO_GREAT),
    };

    for (k = 0; k < TEST_COUNT(members); k++) {
        snprintf(pointer, sizeof(pointer), "/%s", members[k]);

        for (i = 0; i < TEST_COUNT(cases); i++) {
            c = cases[i];
            snprintf(faults, sizeof(faults), c.faults, pointer, pointer);
            c.faults = faults;
            test_number(members[k], &c);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices),
        cmocka_unit_test(test_integers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
