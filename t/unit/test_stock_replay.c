
/*
 * What an answer that is replayed was about: the products of one operation or of
 * a batch, whatever stands between them and wherever the text ends.
 */


#include "test_model.h"
#include "../../src/model/inv_stock.h"


#define ID    "0123456789abcdef01234567"
#define OTHER "fedcba9876543210fedcba98"

#define DONE(id, seq)                                        \
    "{\"productId\":\"" id "\",\"movementId\":\"" id "-" seq \
    "\",\"remaining\":5}"
#define FAILED                                                  \
    "{\"productId\":\"" OTHER "\",\"problem\":{\"status\":404," \
    "\"detail\":\"no \\\"movementId\\\":\\\"" OTHER "-9\\\"\"}}"


/* All that is found, as "ID 3, ID 4", in a text that ends where it ends. */
static void
test_found(const char *answer, size_t len, const char *expected)
{
    char     *exact;
    char      found[256], hex[INV_OID_HEX + 1];
    size_t    n;
    int64_t   seq;
    inv_str_t text;
    inv_oid_t product;

    /* Of its very length: reading past it is told by the sanitizer. */
    exact = test_malloc(len + 1);
    memmove(exact + 1, answer, len);
    text = (inv_str_t){ len, exact + 1 };

    n = 0;
    found[0] = '\0';

    while (inv_stock_replay_next(&text, &product, &seq)) {
        inv_oid_write(product, hex);
        hex[INV_OID_HEX] = '\0';
        n += (size_t) snprintf(found + n, sizeof(found) - n, "%s%s %lld",
                               n == 0 ? "" : ", ", hex, (long long) seq);
    }

    if (strcmp(found, expected) != 0) {
        fail_msg("%.*s: \"%s\" in place of \"%s\"", (int) len, answer, found,
                 expected);
    }

    test_free(exact);
}


static void
test_answers(void **state)
{
    size_t i;

    static const struct {
        const char *answer, *found;
    } cases[] = {
        { "", "" },
        { "{}", "" },
        { "{\"movementId\":null}", "" },
        { DONE(ID, "3"), ID " 3" },
        { "{\"results\":[" DONE(ID, "3") "," DONE(OTHER, "12") "]}",
          ID " 3, " OTHER " 12" },

        /* the same product twice: both are told, the higher one counts */
        { "{\"results\":[" DONE(ID, "3") "," DONE(ID, "4") "]}",
          ID " 3, " ID " 4" },

        /* problems, that speak of a movement inside of a text */
        { "{\"results\":[" FAILED "]}", "" },
        { "{\"results\":[" FAILED
          "," DONE(ID, "3") "," FAILED "," FAILED
                            "," DONE(OTHER, "7") "," FAILED "]}",
          ID " 3, " OTHER " 7" },
    };

    for (i = 0; i < TEST_COUNT(cases); i++) {
        test_found(cases[i].answer, strlen(cases[i].answer), cases[i].found);
    }
}


/* What is none of our movements is not taken for one. */
static void
test_damaged(void **state)
{
    size_t i;

    static const char *const answers[] = {
        DONE("0123456789ab", "3"),
        DONE("0123456789abcdef0123456", "3"),
        DONE(ID "0", "3"),
        DONE("0123456789abcdef0123456g", "3"),
        "{\"movementId\":\"" ID "\"}",
        "{\"movementId\":\"" ID ":3\"}",
        DONE(ID, ""),
        DONE(ID, "0"),
        DONE(ID, "-3"),
        DONE(ID, "x"),
        "{\"movementId\":3}",
    };

    for (i = 0; i < TEST_COUNT(answers); i++) {
        test_found(answers[i], strlen(answers[i]), "");
    }
}


/* As many digits as an int64 holds, whichever they are: never an overflow. */
static void
test_huge(void **state)
{
    size_t i;

    static const char *const seqs[][2] = {
        { DONE(ID, "999999999999999999"), ID " 999999999999999999" },
        { DONE(ID, "9223372036854775807"), ID " 922337203685477580" },
        { DONE(ID, "9223372036854775808"), ID " 922337203685477580" },
        { DONE(ID, "99999999999999999999999999999999"),
          ID " 999999999999999999" },
    };

    for (i = 0; i < TEST_COUNT(seqs); i++) {
        test_found(seqs[i][0], strlen(seqs[i][0]), seqs[i][1]);
    }
}


/* A seq that is cut is one that the version is not below either. */
static void
test_cut(void **state)
{
    size_t            len, digits;
    const char       *seq;
    static const char answer[] = DONE(ID, "123");

    seq = strstr(answer, ID "-") + INV_OID_HEX + 1;

    for (len = 0; len < sizeof(answer); len++) {
        digits = answer + len > seq ? (size_t) (answer + len - seq) : 0;

        test_found(answer, len,
                   digits == 0   ? ""
                   : digits == 1 ? ID " 1"
                   : digits == 2 ? ID " 12"
                                 : ID " 123");
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
