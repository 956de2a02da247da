
/*
 * json: the names of members, to find one that occurs twice.  Any thread.
 *
 * Objects with few members compare their names one by one.  Those with many
 * share one table per text, hashed by SipHash-2-4 (J.-P. Aumasson and
 * D. J. Bernstein, 2012) under a random key: whoever writes the text cannot
 * make names collide.
 */


#include "inv_json_parts.h"

#include <endian.h>


/* Up to here comparing one by one is faster than hashing. */
#define INV_JSON_NAMES_FEW 8

#define INV_JSON_NAMES_SLOTS_MIN 64

typedef struct {
    uint64_t v0, v1, v2, v3;
} inv_json_sip_t;


static uint64_t
inv_json_sip_rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}


static void
inv_json_sip_rounds(inv_json_sip_t *s, unsigned rounds)
{
    while (rounds-- > 0) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = inv_json_sip_rotate(s->v1, 13) ^ s->v0;
        s->v3 = inv_json_sip_rotate(s->v3, 16) ^ s->v2;
        s->v0 = inv_json_sip_rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = inv_json_sip_rotate(s->v1, 17) ^ s->v2;
        s->v3 = inv_json_sip_rotate(s->v3, 21) ^ s->v0;
        s->v2 = inv_json_sip_rotate(s->v2, 32);
    }
}


static void
inv_json_sip_word(inv_json_sip_t *s, uint64_t word)
{
    s->v3 ^= word;
    inv_json_sip_rounds(s, 2);
    s->v0 ^= word;
}


uint64_t
inv_json_sip(const uint64_t key[2], uint64_t prefix, inv_str_t text)
{
    size_t         left;
    uint64_t       word;
    const char    *p;
    inv_json_sip_t s;

    s.v0 = key[0] ^ UINT64_C(0x736f6d6570736575);
    s.v1 = key[1] ^ UINT64_C(0x646f72616e646f6d);
    s.v2 = key[0] ^ UINT64_C(0x6c7967656e657261);
    s.v3 = key[1] ^ UINT64_C(0x7465646279746573);

    inv_json_sip_word(&s, prefix);

    p = text.data;

    for (left = text.len; left >= 8; left -= 8) {
        memcpy(&word, p, 8);
        inv_json_sip_word(&s, le64toh(word));
        p += 8;
    }

    word = 0;
    memcpy(&word, p, left);
    inv_json_sip_word(&s, le64toh(word) ^ (uint64_t) (text.len + 8) << 56);

    s.v2 ^= 0xff;
    inv_json_sip_rounds(&s, 4);

    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}


void
inv_json_names_init(inv_json_names_t *names, inv_arena_t *arena)
{
    memset(names, 0, sizeof(*names));
    names->arena = arena;
}


/* The slot of a member like node, or the free one where node belongs. */
static inv_json_node_t **
inv_json_names_slot(const inv_json_names_t *names, const inv_json_node_t *node)
{
    size_t                 i;
    const inv_json_node_t *other;

    for (i = (size_t) node->hash;; i++) {
        i &= names->nslots - 1;
        other = names->slots[i];

        if (other == NULL
            || (other->hash == node->hash && other->parent == node->parent
                && inv_str_eq(other->value.name, node->value.name)))
        {
            return &names->slots[i];
        }
    }
}


/* Room for one more at half load.  False: no memory. */
static bool
inv_json_names_reserve(inv_json_names_t *names)
{
    size_t           i;
    inv_json_names_t larger;

    if (names->count < names->nslots / 2) {
        return true;
    }

    if (names->nslots == 0) {
        inv_random(names->key, sizeof(names->key));
    }

    larger = *names;
    larger.nslots =
        names->nslots > 0 ? names->nslots * 2 : INV_JSON_NAMES_SLOTS_MIN;
    larger.slots =
        inv_arena_array(names->arena, larger.nslots, sizeof(larger.slots[0]));
    if (larger.slots == NULL) {
        return false;
    }

    for (i = 0; i < names->nslots; i++) {
        if (names->slots[i] != NULL) {
            *inv_json_names_slot(&larger, names->slots[i]) = names->slots[i];
        }
    }

    *names = larger;

    return true;
}


static inv_json_name_result_t
inv_json_names_insert(inv_json_names_t *names, inv_json_node_t *node)
{
    inv_json_node_t **slot;

    if (!inv_json_names_reserve(names)) {
        return INV_JSON_NAME_NO_MEMORY;
    }

    node->hash =
        inv_json_sip(names->key, (uintptr_t) node->parent, node->value.name);
    slot = inv_json_names_slot(names, node);

    if (*slot != NULL) {
        return INV_JSON_NAME_TWICE;
    }

    *slot = node;
    names->count++;

    return INV_JSON_NAME_NEW;
}


inv_json_name_result_t
inv_json_names_add(inv_json_names_t *names, inv_json_node_t *node)
{
    size_t                 count;
    inv_json_t            *member;
    inv_json_name_result_t result;

    count = node->parent->value.count;

    if (count > INV_JSON_NAMES_FEW) {
        return inv_json_names_insert(names, node);
    }

    for (member = node->parent->value.first; member != NULL;
         member = member->next) {
        if (count < INV_JSON_NAMES_FEW) {
            if (inv_str_eq(member->name, node->value.name)) {
                return INV_JSON_NAME_TWICE;
            }

            continue;
        }

        /* it is about to have many: from now on all are in the table */

        result = inv_json_names_insert(names, (inv_json_node_t *) member);
        if (result != INV_JSON_NAME_NEW) {
            return result;
        }
    }

    return count < INV_JSON_NAMES_FEW ? INV_JSON_NAME_NEW
                                      : inv_json_names_insert(names, node);
}
