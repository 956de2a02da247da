
/*
 * model: cursors: a position in a list's order.  Any thread.
 *
 * base64url of: a version byte, the position, and a seal of 8 bytes: FNV-1a,
 * 64 bits, over the query's filters and sort in text form, a NUL, and all the
 * bytes before the seal.  The seal finds mistakes, a cursor of another query
 * too; it is no secret: a forged cursor is just another position.
 */


#include "inv_cursor.h"


#define INV_CURSOR_VERSION 1
#define INV_CURSOR_SEAL    8

/* The version, n bytes of position, the seal. */
#define INV_CURSOR_BYTES(n)  (1 + (n) + INV_CURSOR_SEAL)
#define INV_CURSOR_BYTES_MAX INV_CURSOR_BYTES(INV_CURSOR_POSITION_MAX)

/* Digits of 6 bits, the last one filled up with zeros. */
#define INV_CURSOR_TEXT(n) ((INV_CURSOR_BYTES(n) * 8 + 5) / 6)

static const char cursor_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


static uint64_t
cursor_hash(uint64_t hash, const void *bytes, size_t n)
{
    size_t               i;
    const unsigned char *p;

    p = bytes;

    for (i = 0; i < n; i++) {
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    }

    return hash;
}


/* Of the first n bytes. */
static uint64_t
cursor_seal(inv_str_t query, const unsigned char *bytes, size_t n)
{
    uint64_t hash;

    hash = UINT64_C(0xcbf29ce484222325);
    hash = cursor_hash(hash, query.data, query.len);
    hash = cursor_hash(hash, "", 1);

    return cursor_hash(hash, bytes, n);
}


void
inv_cursor_put(unsigned char *out, uint64_t value)
{
    unsigned i;

    for (i = 0; i < 8; i++) {
        out[i] = (unsigned char) (value >> (56 - 8 * i));
    }
}


uint64_t
inv_cursor_get(const unsigned char *p)
{
    unsigned i;
    uint64_t value;

    value = 0;

    for (i = 0; i < 8; i++) {
        value = value << 8 | p[i];
    }

    return value;
}


static void
cursor_encode(const unsigned char *bytes, size_t len, char *out)
{
    size_t   i;
    unsigned bits, n;

    bits = 0;
    n = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];
        n += 8;

        while (n >= 6) {
            n -= 6;
            *out++ = cursor_digits[bits >> n & 0x3f];
        }

        bits &= (1u << n) - 1;
    }

    if (n > 0) {
        *out = cursor_digits[bits << (6 - n) & 0x3f];
    }
}


/* False: something that is no digit, or bits are set behind the last byte. */
static bool
cursor_decode(inv_str_t text, unsigned char *bytes)
{
    size_t      i;
    unsigned    bits, n;
    const char *digit;

    bits = 0;
    n = 0;

    for (i = 0; i < text.len; i++) {
        digit = memchr(cursor_digits, text.data[i], sizeof(cursor_digits) - 1);

        if (digit == NULL) {
            return false;
        }

        bits = bits << 6 | (unsigned) (digit - cursor_digits);
        n += 6;

        if (n >= 8) {
            n -= 8;
            *bytes++ = (unsigned char) (bits >> n);
        }

        bits &= (1u << n) - 1;
    }

    return bits == 0;
}


bool
inv_cursor_read_any(inv_str_t query, inv_str_t text, unsigned char *position,
                    size_t max, size_t *n)
{
    size_t        len;
    unsigned char bytes[INV_CURSOR_BYTES_MAX] = { 0 };

    len = text.len * 6 / 8;

    if (text.len > INV_CURSOR_TEXT(max) || len < INV_CURSOR_BYTES(0)
        || text.len != (len * 8 + 5) / 6)
    {
        return false;
    }

    *n = len - INV_CURSOR_BYTES(0);

    if (!cursor_decode(text, bytes) || bytes[0] != INV_CURSOR_VERSION
        || inv_cursor_get(bytes + 1 + *n) != cursor_seal(query, bytes, 1 + *n))
    {
        return false;
    }

    memcpy(position, bytes + 1, *n);

    return true;
}


bool
inv_cursor_read(inv_str_t query, inv_str_t text, unsigned char *position,
                size_t n)
{
    size_t        len;
    unsigned char bytes[INV_CURSOR_POSITION_MAX];

    if (!inv_cursor_read_any(query, text, bytes, n, &len) || len != n) {
        return false;
    }

    memcpy(position, bytes, n);

    return true;
}


bool
inv_cursor_write(inv_arena_t *arena, inv_str_t query,
                 const unsigned char *position, size_t n, inv_str_t *cursor)
{
    char         *text;
    unsigned char bytes[INV_CURSOR_BYTES_MAX];

    text = inv_arena_alloc(arena, INV_CURSOR_TEXT(n));
    if (text == NULL) {
        return false;
    }

    bytes[0] = INV_CURSOR_VERSION;
    memcpy(bytes + 1, position, n);
    inv_cursor_put(bytes + 1 + n, cursor_seal(query, bytes, 1 + n));

    cursor_encode(bytes, INV_CURSOR_BYTES(n), text);

    cursor->data = text;
    cursor->len = INV_CURSOR_TEXT(n);

    return true;
}
