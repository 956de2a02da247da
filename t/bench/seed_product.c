
/*
 * The products of the benchmarks; see seed_product.h.  Categories, tags and
 * words are drawn by a Zipf law with exponent 1.
 */


#include <stdio.h>

#include "seed_product.h"


#define SEED_CATEGORIES 200
#define SEED_TAGS       500
#define SEED_WORDS      5000

/* Of the products' times: a second lies between one and the next. */
#define SEED_FIRST_AT INT64_C(1704067200000)

typedef struct {
    size_t n;
    double cumulated[SEED_WORDS]; /* parts of 1 */
} seed_law_t;

typedef struct {
    uint64_t   random;
    seed_law_t categories, tags, words;
} seed_t;


/* splitmix64 */
static uint64_t
seed_random(seed_t *seed)
{
    uint64_t z;

    z = (seed->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);

    return z ^ (z >> 31);
}


static unsigned
seed_below(seed_t *seed, unsigned n)
{
    return (unsigned) (seed_random(seed) % n);
}


static void
seed_law(seed_law_t *law, size_t n)
{
    size_t i;
    double sum = 0;

    law->n = n;

    for (i = 0; i < n; i++) {
        sum += 1.0 / (double) (i + 1);
        law->cumulated[i] = sum;
    }

    for (i = 0; i < n; i++) {
        law->cumulated[i] /= sum;
    }
}


static unsigned
seed_draw(seed_t *seed, const seed_law_t *law)
{
    size_t low, high, middle;
    double drawn;

    drawn = (double) (seed_random(seed) >> 11) / 9007199254740992.0;

    for (low = 0, high = law->n - 1; low < high;) {
        middle = (low + high) / 2;

        if (law->cumulated[middle] < drawn) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return (unsigned) low;
}


static inv_str_t
seed_words(seed_t *seed, char *out, unsigned n)
{
    size_t   length = 0;
    unsigned i;

    for (i = 0; i < n; i++) {
        length +=
            (size_t) snprintf(out + length, SEED_TEXT_MAX - length, "%sword%u",
                              i != 0 ? " " : "", seed_draw(seed, &seed->words));
    }

    return (inv_str_t){ length, out };
}


static inv_str_t
seed_named(char *out, size_t size, const char *name, uint64_t number)
{
    return (inv_str_t){ (size_t) snprintf(out, size, "%s%llu", name,
                                          (unsigned long long) number),
                        out };
}


/* No tag twice. */
static void
seed_tags(seed_t *seed, seed_product_t *made, inv_catalog_t *catalog)
{
    size_t    i, j, n;
    inv_str_t tag;

    n = seed_below(seed, SEED_TAGS_MAX + 1);

    for (i = 0; i < n; i++) {
        tag = seed_named(made->tags[catalog->ntags], sizeof(made->tags[0]),
                         "tag", seed_draw(seed, &seed->tags));

        for (j = 0; j < catalog->ntags && !inv_str_eq(tag, made->tag_texts[j]);
             j++) {
            /* another */
        }

        if (j == catalog->ntags) {
            made->tag_texts[catalog->ntags++] = tag;
        }
    }

    catalog->tags = made->tag_texts;

    if (catalog->ntags != 0) {
        catalog->present |= INV_MEMBER_TAGS;
    }
}


static void
seed_catalog(seed_t *seed, uint64_t number, seed_product_t *made)
{
    inv_catalog_t *catalog = &made->product.catalog;

    catalog->present = INV_MEMBER_SKU | INV_MEMBER_NAME | INV_MEMBER_DESCRIPTION
                       | INV_MEMBER_PRICE | INV_MEMBER_CATEGORY
                       | INV_MEMBER_STOCK;
    catalog->sku = seed_named(made->sku, sizeof(made->sku), "SKU-", number);
    catalog->name = seed_words(seed, made->name, 2 + seed_below(seed, 3));
    catalog->description =
        seed_words(seed, made->description, 6 + seed_below(seed, 10));
    catalog->price = 100 * (inv_price_t) (1 + seed_below(seed, 100000));
    catalog->category =
        seed_named(made->category, sizeof(made->category), "category",
                   seed_draw(seed, &seed->categories));
    seed_tags(seed, made, catalog);

    /* a tenth is sold out, and a fifth is watched */
    catalog->stock = seed_below(seed, 10) == 0 ? 0 : seed_below(seed, 1000);

    if (seed_below(seed, 5) == 0) {
        catalog->low_stock = seed_below(seed, 50);
        catalog->present |= INV_MEMBER_LOW_STOCK;
    }
}


void
seed_product(uint64_t number, seed_product_t *made)
{
    size_t         i;
    inv_product_t *product = &made->product;

    static seed_t laws, *seed;

    if (seed == NULL) {
        seed = &laws;
        seed_law(&seed->categories, SEED_CATEGORIES);
        seed_law(&seed->tags, SEED_TAGS);
        seed_law(&seed->words, SEED_WORDS);
    }

    memset(made, 0, sizeof(seed_product_t));
    seed->random = number * UINT64_C(0x2545f4914f6cdd1d);

    product->version = 1;
    product->seq = 1;
    product->created_at = SEED_FIRST_AT + (inv_time_t) number * 1000;
    product->updated_at = product->created_at;

    /* a second, then what is random elsewhere */
    for (i = 0; i < 4; i++) {
        product->id.bytes[i] =
            (unsigned char) (product->created_at / 1000 >> (8 * (3 - i)));
    }

    for (; i < sizeof(product->id.bytes); i++) {
        product->id.bytes[i] = (unsigned char) seed_random(seed);
    }

    seed_catalog(seed, number, made);
}
