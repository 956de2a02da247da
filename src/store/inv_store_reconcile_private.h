
/*
 * store, inside: the parts of a reconcile.
 */


#ifndef INV_STORE_RECONCILE_PRIVATE_H
#define INV_STORE_RECONCILE_PRIVATE_H


#include "inv_store_internal.h"
#include "inv_store_reconcile.h"


/*
 * Products that are checked together, by one find of their documents and one
 * of their ledgers as far as the first seqs: of 50 products with all 1,000
 * ops single, some 6 MiB.
 */
#define INV_RECONCILE_CHUNK     50
#define INV_RECONCILE_FIRST_SEQ 1000

/* A product with more is read by ranges of so many seqs: at most 2 MiB each. */
#define INV_RECONCILE_WINDOW 10000


/* A product and its outbox, by to. */
typedef struct {
    inv_movement_check_t check;
    inv_check_entry_t   *outbox;
    size_t               noutbox;
    size_t               put; /* of the outbox: so many have been put in */
    int64_t              ops; /* in the outbox */
} inv_reconcile_item_t;

/* Products in the order of their ids, in an arena of their own. */
typedef struct {
    inv_store_link_t     *link;
    inv_arena_t          *arena;
    inv_reconcile_item_t *items;
    size_t                n;
} inv_reconcile_chunk_t;

/*
 * Reads the live products that filter finds, the first limit by id, and checks
 * them.  OK or a failure.
 */
inv_store_result_t
inv_store_reconcile_chunk(inv_reconcile_chunk_t *chunk, const bson_t *filter,
                          int64_t limit);

/* An entry with the sums of its ops; damaged ones are told by whole. */
void inv_store_check_entry(const bson_t *document, inv_check_entry_t *entry);

/*
 * Appends the balancing movement, if the product is still as it was checked.
 * OK: check->repaired is set; NOT_FOUND: it has changed, or its outbox is full;
 * or a failure.
 */
inv_store_result_t
inv_store_reconcile_repair(inv_store_link_t *link, inv_reconcile_item_t *item,
                           const inv_actor_t *actor);


#endif /* INV_STORE_RECONCILE_PRIVATE_H */
