
/*
 * Whatever the configuration says: read or refused, and what is read can be
 * described, printable and within its room.
 */

/* link: src/cache/inv_redis_url.c */


#include "../../src/cache/inv_redis_url.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


/* The longest name has room, and a NUL behind it. */
static void
check_name(const inv_redis_url_t *url)
{
    char name[INV_REDIS_NAME_MAX + 1];

    inv_redis_url_describe(url, name, sizeof(name));

    if (strnlen(name, sizeof(name)) >= INV_REDIS_NAME_MAX) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    char            text[64];
    size_t          i, len;
    inv_redis_url_t url;

    if (inv_redis_url_read((inv_str_t){ size, (const char *) input }, &url)
        != NULL) {
        return 0;
    }

    inv_redis_url_describe(&url, text, sizeof(text));
    len = strnlen(text, sizeof(text));

    if (len == 0 || len == sizeof(text) || (!url.is_unix && url.port == 0)
        || !inv_redis_url_same(&url, &url))
    {
        abort();
    }

    check_name(&url);

    for (i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            abort();
        }
    }

    return 0;
}
