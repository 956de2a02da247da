
/*
 * store: products by their skus.
 *
 * Runs on threads.
 */


#ifndef INV_STORE_SKUS_H
#define INV_STORE_SKUS_H


#include "inv_store.h"


/* No product has this id: all of its bytes are 0. */
extern const inv_oid_t inv_store_no_product;

/*
 * Finds the products of n skus (1 to INV_STOCK_BATCH_MAX, which may repeat)
 * with one command: ids[i] is that of skus[i], inv_store_no_product where no
 * product that is not deleted has it.  OK or a failure.
 */
inv_store_result_t
inv_store_skus_find(inv_store_t *store, inv_store_call_t *call,
                    const inv_str_t *skus, size_t n, inv_oid_t *ids);

/*
 * Reads the products of n skus (1 to INV_READ_BATCH_MAX, which may repeat) with
 * one command: found[i] is that of skus[i], NULL where no product that is not
 * deleted has it.  A damaged one sets damaged[i], leaves found[i] NULL and is
 * named in call->error.  OK or a failure.
 */
inv_store_result_t
inv_store_products_by_sku(inv_store_t *store, inv_store_call_t *call,
                          const inv_str_t *skus, size_t n,
                          inv_product_t **found, bool *damaged);


#endif /* INV_STORE_SKUS_H */
