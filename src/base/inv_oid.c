
/*
 * base: ObjectIds as text.  Any thread.
 */


#include "inv_base.h"


void
inv_oid_write(inv_oid_t id, char *out)
{
    size_t            i;
    static const char digits[] = "0123456789abcdef";

    for (i = 0; i < sizeof(id.bytes); i++) {
        *out++ = digits[id.bytes[i] >> 4];
        *out++ = digits[id.bytes[i] & 0xf];
    }
}


/* The value of a lower-case hex digit, and a bit that no value has. */
#define OID_DIGIT 0x10

static const unsigned char inv_oid_digits[256] = {
    ['0'] = OID_DIGIT | 0,  ['1'] = OID_DIGIT | 1,  ['2'] = OID_DIGIT | 2,
    ['3'] = OID_DIGIT | 3,  ['4'] = OID_DIGIT | 4,  ['5'] = OID_DIGIT | 5,
    ['6'] = OID_DIGIT | 6,  ['7'] = OID_DIGIT | 7,  ['8'] = OID_DIGIT | 8,
    ['9'] = OID_DIGIT | 9,  ['a'] = OID_DIGIT | 10, ['b'] = OID_DIGIT | 11,
    ['c'] = OID_DIGIT | 12, ['d'] = OID_DIGIT | 13, ['e'] = OID_DIGIT | 14,
    ['f'] = OID_DIGIT | 15,
};


/* Without a branch for each digit: every GET by id comes through here. */
bool
inv_oid_read(inv_str_t text, inv_oid_t *id)
{
    size_t               i;
    unsigned             high, low, all;
    inv_oid_t            read;
    const unsigned char *p;

    if (text.len != INV_OID_HEX) {
        return false;
    }

    all = OID_DIGIT;
    p = (const unsigned char *) text.data;

    for (i = 0; i < sizeof(read.bytes); i++) {
        high = inv_oid_digits[*p++];
        low = inv_oid_digits[*p++];
        all &= high & low;

        read.bytes[i] = (unsigned char) (high << 4 | (low & 0xf));
    }

    if (all == 0) {
        return false;
    }

    *id = read;

    return true;
}


void
inv_oid_create(inv_time_t now, inv_oid_t *id)
{
    size_t   i;
    uint32_t seconds;

    seconds = (uint32_t) (now / 1000);

    for (i = 0; i < 4; i++) {
        id->bytes[i] = (unsigned char) (seconds >> (24 - 8 * i));
    }

    inv_random(id->bytes + 4, sizeof(id->bytes) - 4);
}
