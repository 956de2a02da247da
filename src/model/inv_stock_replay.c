
/*
 * model: what an answer that is replayed was about.  Any thread.
 */


#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include "inv_stock.h"


/* Inside of a string the quotes would be escaped: this is a member. */
#define STOCK_REPLAY_MEMBER "\"movementId\":\""

#define STOCK_REPLAY_DIGITS 18 /* that an int64 holds, whichever they are */


bool
inv_stock_replay_next(inv_str_t *text, inv_oid_t *product, int64_t *seq)
{
    size_t                 n;
    inv_str_t              hex;
    const char            *p, *end;
    static const inv_str_t member = inv_str(STOCK_REPLAY_MEMBER);

    end = text->data + text->len;
    p = memmem(text->data, text->len, member.data, member.len);

    if (p == NULL) {
        return false;
    }

    p += member.len;
    text->data = p;
    text->len = (size_t) (end - p);

    hex.data = p;
    hex.len = INV_OID_HEX;

    if (text->len <= INV_OID_HEX || !inv_oid_read(hex, product)
        || p[INV_OID_HEX] != '-')
    {
        return false;
    }

    p += INV_OID_HEX + 1;
    *seq = 0;

    for (n = 0; n < STOCK_REPLAY_DIGITS && p < end && *p >= '0' && *p <= '9';
         n++) {
        *seq = *seq * 10 + (*p++ - '0');
    }

    return n != 0 && *seq > 0;
}
