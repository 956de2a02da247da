
/*
 * read: which product has a sku.
 *
 * Event loop only.  What is kept here, until the catalogue changes, is a hint:
 * who follows it looks whether the product that it leads to still has the sku.
 */


#ifndef INV_READ_SKU_H
#define INV_READ_SKU_H


#include "inv_read.h"


typedef enum {
    INV_SKU_UNKNOWN,
    INV_SKU_HINT, /* it was this product's not long ago */
    INV_SKU_NONE  /* no product has it */
} inv_sku_known_t;

inv_sku_known_t inv_read_sku(inv_reads_t *reads, inv_str_t sku, inv_oid_t *id);

/* What MongoDB said, when asked at that moment; id NULL: no product has it. */
void inv_read_keep_sku(inv_reads_t *reads, inv_str_t sku, const inv_oid_t *id,
                       const inv_zone_moment_t *moment);


#endif /* INV_READ_SKU_H */
