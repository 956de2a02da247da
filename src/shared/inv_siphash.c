
/*
 * shared: SipHash-2-4: full words, then what is left with the length in the top
 * byte.  Any thread.
 */


#include "inv_siphash.h"


static uint64_t
inv_siphash_rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}


static void
inv_siphash_rounds(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = inv_siphash_rotate(v[1], 13) ^ v[0];
        v[3] = inv_siphash_rotate(v[3], 16) ^ v[2];
        v[0] = inv_siphash_rotate(v[0], 32);

        v[2] += v[1];
        v[0] += v[3];
        v[1] = inv_siphash_rotate(v[1], 17) ^ v[2];
        v[3] = inv_siphash_rotate(v[3], 21) ^ v[0];
        v[2] = inv_siphash_rotate(v[2], 32);
    }
}


/* Written so that compilers make one load of it. */
uint64_t
inv_siphash_word(const unsigned char *p)
{
    return (uint64_t) p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16
           | (uint64_t) p[3] << 24 | (uint64_t) p[4] << 32
           | (uint64_t) p[5] << 40 | (uint64_t) p[6] << 48
           | (uint64_t) p[7] << 56;
}


static void
inv_siphash_add(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    inv_siphash_rounds(v, 2);
    v[0] ^= word;
}


uint64_t
inv_siphash_bytes(const uint64_t key[2], const unsigned char *bytes, size_t n)
{
    size_t   i;
    uint64_t v[4], last;

    v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
    v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
    v[3] = key[1] ^ UINT64_C(0x7465646279746573);

    for (i = 0; i + 8 <= n; i += 8) {
        inv_siphash_add(v, inv_siphash_word(bytes + i));
    }

    last = (uint64_t) n << 56;

    for (/* void */; i < n; i++) {
        last |= (uint64_t) bytes[i] << 8 * (i % 8);
    }

    inv_siphash_add(v, last);

    v[2] ^= 0xff;
    inv_siphash_rounds(v, 4);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
