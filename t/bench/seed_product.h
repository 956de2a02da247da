
/*
 * The products of the benchmarks: each the same whenever it is made.  One
 * thread, no I/O.
 */


#ifndef SEED_PRODUCT_H
#define SEED_PRODUCT_H


#include "../../src/model/inv_product.h"


/* Texts of one product. */
#define SEED_TEXT_MAX 1024
#define SEED_TAGS_MAX 4

/* A product with its texts. */
typedef struct {
    char          sku[32], name[SEED_TEXT_MAX], description[SEED_TEXT_MAX];
    char          category[32], tags[SEED_TAGS_MAX][32];
    inv_str_t     tag_texts[SEED_TAGS_MAX];
    inv_product_t product;
} seed_product_t;

/* Makes the product of that number, from 0. */
void seed_product(uint64_t number, seed_product_t *made);


#endif /* SEED_PRODUCT_H */
