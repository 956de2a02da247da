
/*
 * Whatever Redis returns: a value that is taken for a copy is written again
 * as the very same bytes, and judging it never fails.
 */

/* link: src/cache/inv_copy.c */


#include "../../src/cache/inv_copy.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    char           *again;
    inv_str_t       value;
    inv_copy_t      copy;
    inv_copy_rule_t rule;

    value.data = (const char *) input;
    value.len = size;

    if (!inv_copy_read(value, &copy)) {
        return 0;
    }

    again = malloc(size);

    if (inv_copy_size(&copy) != size || again == NULL) {
        abort();
    }

    inv_copy_write(&copy, again);

    if (memcmp(again, input, size) != 0) {
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
