
/*
 * shared: SipHash-2-4 of 12 bytes: one full word, then the last one with the
 * length in its top byte.  Any thread.
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


static uint64_t
inv_siphash_word(const unsigned char *bytes, size_t n)
{
    uint64_t word;

    word = 0;

    while (n > 0) {
        n--;
        word = word << 8 | bytes[n];
    }

    return word;
}


uint64_t
inv_siphash(const uint64_t key[2], inv_oid_t id)
{
    size_t   i;
    uint64_t v[4], words[2];

    words[0] = inv_siphash_word(id.bytes, 8);
    words[1] = inv_siphash_word(id.bytes + 8, 4) | (uint64_t) 12 << 56;

    v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
    v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
    v[3] = key[1] ^ UINT64_C(0x7465646279746573);

    for (i = 0; i < 2; i++) {
        v[3] ^= words[i];
        inv_siphash_rounds(v, 2);
        v[0] ^= words[i];
    }

    v[2] ^= 0xff;
    inv_siphash_rounds(v, 4);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
