
/*
 * Replies that a server would not give; see store_mutant.h.
 */


#include "store_mutant.h"


#define COUNT(of) (sizeof(of) / sizeof((of)[0]))

static const char *const mutant_labels[] = {
    "NoWritesPerformed",   "SystemOverloadedError",     "RetryableError",
    "RetryableWriteError", "TransientTransactionError", "?"
};

/* None at which the driver looks for another server: that takes its time. */
static const int32_t mutant_codes[] = {
    0,     1,     2,   11,  13,  20,  26,    48,     50,        64,       72,
    112,   121,   134, 211, 262, 365, 371,   391,    462,       8000,     9001,
    10334, 11000, -1,  6,   4,   85,  11601, 123456, INT32_MAX, INT32_MIN
};


static void
mutant_put_labels(mutate_random_t *random, bson_t *to)
{
    char        digits[16];
    bson_t      labels;
    uint32_t    i, n;
    const char *key;

    bson_append_array_begin(to, "errorLabels", -1, &labels);
    n = mutate_draw(random, 4);

    for (i = 0; i < n; i++) {
        bson_uint32_to_string(i, &key, digits, sizeof(digits));
        bson_append_utf8(
            &labels, key, -1,
            mutant_labels[mutate_draw(random, COUNT(mutant_labels))], -1);
    }

    bson_append_array_end(to, &labels);
}


/* {code, errmsg, index, errorLabels} */
static void
mutant_put_error(mutate_random_t *random, bson_t *to)
{
    bson_append_int32(to, "code", -1,
                      mutant_codes[mutate_draw(random, COUNT(mutant_codes))]);
    bson_append_utf8(to, "errmsg", -1, "said by the test", -1);
    bson_append_int32(to, "index", -1, (int32_t) mutate_draw(random, 3));

    if (mutate_draw(random, 2) == 0) {
        mutant_put_labels(random, to);
    }
}


/* Errors beside what the reply says, or in its place. */
static void
mutant_put_errors(mutate_random_t *random, bson_t *to)
{
    bson_t errors, error;

    switch (mutate_draw(random, 3)) {

    case 0:
        bson_append_document_begin(to, "writeConcernError", -1, &error);
        mutant_put_error(random, &error);
        bson_append_document_end(to, &error);
        break;

    case 1:
        bson_append_array_begin(to, "writeErrors", -1, &errors);
        bson_append_document_begin(&errors, "0", -1, &error);
        mutant_put_error(random, &error);
        bson_append_document_end(&errors, &error);
        bson_append_array_end(to, &errors);
        break;

    default:
        mutant_put_error(random, to);
    }
}


bson_t *
mutant_of(mutate_random_t *random, const bson_t *reply)
{
    bson_t *made, *changed;

    if (mutate_draw(random, 6) == 0) {
        made = BCON_NEW("ok", BCON_INT32(0));
        mutant_put_errors(random, made);
        mutant_put_errors(random, made);

    } else {
        made = bson_copy(reply);

        if (mutate_draw(random, 4) == 0) {
            mutant_put_errors(random, made);
        }
    }

    changed = mutate_draw(random, 8) == 0 ? mutate_byte(random, made)
                                          : mutate_element(random, made);
    bson_destroy(made);

    return changed;
}
