
/*
 * model: the cursor of a list, a position in its order.  Any thread.
 *
 * base64url of: a version byte, the position (createdAt as 8 bytes, big end
 * first, and the id), and a seal of 8 bytes: FNV-1a, 64 bits, over the
 * query's filters and sort in text form, a NUL, and all the bytes before the
 * seal.  The seal finds mistakes, a cursor of another query too; it is no
 * secret: a forged cursor is just another position.
 */


#include "inv_page_cursor.h"


#define INV_CURSOR_VERSION 1

#define INV_CURSOR_CREATED_AT 1
#define INV_CURSOR_ID_AT      9
#define INV_CURSOR_SEAL_AT    21
#define INV_CURSOR_BYTES      29

/* 29 bytes are 38 digits and 4 bits. */
#define INV_CURSOR_TEXT 39

/* The only order there is yet. */
static const char cursor_query[] = "products?sort=-createdAt";

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


static uint64_t
cursor_seal(const unsigned char *bytes)
{
    uint64_t hash;

    hash = UINT64_C(0xcbf29ce484222325);
    hash = cursor_hash(hash, cursor_query, sizeof(cursor_query));

    return cursor_hash(hash, bytes, INV_CURSOR_SEAL_AT);
}


static void
cursor_put(unsigned char *out, uint64_t value)
{
    unsigned i;

    for (i = 0; i < 8; i++) {
        out[i] = (unsigned char) (value >> (56 - 8 * i));
    }
}


static uint64_t
cursor_get(const unsigned char *p)
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
cursor_encode(const unsigned char *bytes, char *out)
{
    size_t   i;
    unsigned bits, n;

    bits = 0;
    n = 0;

    for (i = 0; i < INV_CURSOR_BYTES; i++) {
        bits = bits << 8 | bytes[i];
        n += 8;

        while (n >= 6) {
            n -= 6;
            *out++ = cursor_digits[bits >> n & 0x3f];
        }

        bits &= (1u << n) - 1;
    }

    *out = cursor_digits[bits << (6 - n) & 0x3f];
}


/* False: not INV_CURSOR_TEXT digits, or bits are set behind the last byte. */
static bool
cursor_decode(inv_str_t text, unsigned char *bytes)
{
    size_t      i;
    unsigned    bits, n;
    const char *digit;

    if (text.len != INV_CURSOR_TEXT) {
        return false;
    }

    bits = 0;
    n = 0;

    for (i = 0; i < INV_CURSOR_TEXT; i++) {
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
inv_page_cursor_read(inv_str_t text, inv_page_query_t *query)
{
    unsigned char bytes[INV_CURSOR_BYTES];

    if (!cursor_decode(text, bytes) || bytes[0] != INV_CURSOR_VERSION
        || cursor_get(bytes + INV_CURSOR_SEAL_AT) != cursor_seal(bytes))
    {
        return false;
    }

    query->has_after = true;
    query->after_created =
        (inv_time_t) cursor_get(bytes + INV_CURSOR_CREATED_AT);
    memcpy(query->after_id.bytes, bytes + INV_CURSOR_ID_AT,
           sizeof(query->after_id.bytes));

    return true;
}


bool
inv_page_cursor(inv_arena_t *arena, const inv_page_query_t *page,
                const inv_product_t *last, inv_str_t *cursor)
{
    char         *text;
    unsigned char bytes[INV_CURSOR_BYTES];

    text = inv_arena_alloc(arena, INV_CURSOR_TEXT);
    if (text == NULL) {
        return false;
    }

    bytes[0] = INV_CURSOR_VERSION;
    cursor_put(bytes + INV_CURSOR_CREATED_AT, (uint64_t) last->created_at);
    memcpy(bytes + INV_CURSOR_ID_AT, last->id.bytes, sizeof(last->id.bytes));
    cursor_put(bytes + INV_CURSOR_SEAL_AT, cursor_seal(bytes));

    cursor_encode(bytes, text);

    cursor->data = text;
    cursor->len = INV_CURSOR_TEXT;

    return true;
}
