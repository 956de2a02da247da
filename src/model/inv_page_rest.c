
/*
 * model: what of a query goes on with its next page.  Any thread.
 */


#include "inv_page_parameters.h"
#include "inv_percent.h"


/* Is it a parameter that says where, not which list? */
static bool
page_rest_is_place(inv_str_t name)
{
    unsigned i;

    for (i = INV_PAGE_LISTED; i < INV_PAGE_IDS; i++) {
        if (inv_str_eq(name, inv_page_parameters[i].name)) {
            return true;
        }
    }

    return false;
}


/* "name=value&"; what no URI may hold as it is becomes "%XX". */
static size_t
page_rest_copy(inv_str_t parameter, char *out)
{
    size_t        i, n;
    unsigned char c;

    static const char hex[] = "0123456789ABCDEF";

    n = 0;

    for (i = 0; i < parameter.len; i++) {
        c = (unsigned char) parameter.data[i];

        if (c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}#", c) == NULL) {
            out[n++] = (char) c;
            continue;
        }

        out[n++] = '%';
        out[n++] = hex[c >> 4];
        out[n++] = hex[c & 0xf];
    }

    out[n++] = '&';

    return n;
}


bool
inv_page_rest(inv_arena_t *arena, inv_str_t query, inv_str_t *rest)
{
    char     *out;
    size_t    len;
    inv_str_t parameter, name, value, decoded;

    out = inv_arena_array(arena, query.len + 1, 3);
    if (out == NULL) {
        return false;
    }

    len = 0;

    while (inv_query_next(&query, &parameter, &name, &value)) {
        if (inv_percent_decode(arena, name, &decoded) != INV_PERCENT_OK) {
            return false;
        }

        if (!page_rest_is_place(decoded)) {
            len += page_rest_copy(parameter, out + len);
        }
    }

    rest->data = out;
    rest->len = len;

    return true;
}
