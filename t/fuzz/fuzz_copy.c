
/*
 * Whatever Redis returns: a value that has the form of a copy is written again
 * as the very same bytes but for its tag, is a copy then, and judging it never
 * fails.
 */

/* made of: src/shared/inv_siphash.c */


#include "../../src/cache/inv_copy.h"

#include <stdlib.h>


#define TAGGED 22 /* what is behind the tag */


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    char           *again;
    inv_str_t       value;
    inv_copy_t      copy;
    inv_copy_key_t  key;
    inv_copy_rule_t rule;

    inv_copy_key((const unsigned char *) "0123456789abcdef",
                 inv_str("inv:shop:"), &key);

    value.data = (const char *) input;
    value.len = size;

    if (inv_copy_read(value, &key, &copy) == INV_COPY_NO_COPY
        || copy.version < 1 || copy.version > INV_VERSION_MAX)
    {
        return 0;
    }

    again = malloc(size);

    if (inv_copy_size(&copy) != size || again == NULL) {
        abort();
    }

    inv_copy_write(&copy, &key, again);
    value.data = again;

    if (memcmp(again + TAGGED, input + TAGGED, size - TAGGED) != 0
        || inv_copy_read(value, &key, &copy) != INV_COPY_READ)
    {
        abort();
    }

    free(again);

    memset(&rule, 0, sizeof(rule));
    rule.id = copy.id;
    rule.now = copy.version; /* any number that the input chose */
    rule.floor = copy.version + (copy.version < INT64_MAX);
    rule.longest_ms = 60000;

    if (inv_copy_judge(&copy, &rule) == INV_COPY_GOOD) {
        abort(); /* no origin is trusted there */
    }

    return 0;
}
