
/*
 * base: "%XX" (RFC 3986, 2.1).  Any thread.
 */


#include "inv_base.h"


static int
inv_escape_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = (char) (c | 0x20);

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


size_t
inv_escape_read(const char *text, size_t len, char *byte)
{
    int high, low;

    if (text[0] != '%') {
        *byte = text[0];
        return 1;
    }

    if (len < 3) {
        return 0;
    }

    high = inv_escape_digit(text[1]);
    low = inv_escape_digit(text[2]);

    if (high < 0 || low < 0) {
        return 0;
    }

    *byte = (char) (high * 16 + low);

    return 3;
}
