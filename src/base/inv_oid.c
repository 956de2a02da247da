
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


/* The value of a lower-case hex digit; -1: it is none. */
static int
inv_oid_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}


bool
inv_oid_read(inv_str_t text, inv_oid_t *id)
{
    int       high, low;
    size_t    i;
    inv_oid_t read;

    if (text.len != INV_OID_HEX) {
        return false;
    }

    for (i = 0; i < sizeof(read.bytes); i++) {
        high = inv_oid_digit(text.data[i * 2]);
        low = inv_oid_digit(text.data[i * 2 + 1]);

        if (high < 0 || low < 0) {
            return false;
        }

        read.bytes[i] = (unsigned char) (high * 16 + low);
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
