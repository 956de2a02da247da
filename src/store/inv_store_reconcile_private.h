
/*
 * store, inside: the parts of a reconcile.
 */


#ifndef INV_STORE_RECONCILE_PRIVATE_H
#define INV_STORE_RECONCILE_PRIVATE_H


#include "../model/inv_movement_keys.h"
#include "inv_store_internal.h"
#include "inv_store_reconcile.h"


/*
 * Products that are checked together, by one find of their documents and one
 * of their ledgers as far as the first seqs: of 50 products with all 1,000
 * ops single and keyed, some 8 MiB.
 */
#define INV_RECONCILE_CHUNK     50
#define INV_RECONCILE_FIRST_SEQ 1000

/* A product with more is read by ranges of so many seqs: at most 2 MiB each. */
#define INV_RECONCILE_WINDOW 10000

/* Keys that are counted by one query of the ledger: of some 16 KiB. */
#define INV_RECONCILE_SUSPECTS_MAX 512


/* The key of an op. */
typedef struct {
    inv_oid_t key;
    int64_t   seq;
} inv_reconcile_key_t;

/* An entry with the keys of its ops. */
typedef struct {
    inv_check_entry_t    sums;
    inv_reconcile_key_t *keys;
    size_t               nkeys;
} inv_reconcile_entry_t;

/* A product and its outbox, by to. */
typedef struct {
    inv_movement_check_t   check;
    inv_reconcile_entry_t *outbox;
    size_t                 noutbox;
    size_t                 put; /* of the outbox: so many have been put in */
    int64_t                ops; /* in the outbox */
} inv_reconcile_item_t;

/* A key that a product may have twice. */
typedef struct {
    size_t    item;
    inv_oid_t key;
} inv_reconcile_suspect_t;

/*
 * Products in the order of their ids, in an arena of their own.  Whatever their
 * ledgers hold, it takes the documents of the products, one reply, 4 MiB and a
 * bit for the keys.
 */
typedef struct {
    inv_store_link_t        *link;
    inv_arena_t             *arena;
    inv_reconcile_item_t    *items;
    size_t                   n;
    inv_keys_t               keys;
    inv_reconcile_suspect_t *suspects; /* NULL until there is one */
    size_t                   nsuspects;
    inv_reconcile_key_t     *read; /* of one entry of the ledger */
} inv_reconcile_chunk_t;

/*
 * Reads the live products that filter finds, the first limit by id, and checks
 * them.  OK or a failure.
 */
inv_store_result_t
inv_store_reconcile_chunk(inv_reconcile_chunk_t *chunk, const bson_t *filter,
                          int64_t limit);

/* The numbers and sums of an entry; damaged ones are told by whole. */
void inv_store_check_entry(const bson_t *document, inv_check_entry_t *entry);

/*
 * The keys of a whole entry's ops, INV_OUTBOX_OPS_MAX at most.  Returns how
 * many.
 */
size_t
inv_store_check_keys(const bson_t *document, const inv_check_entry_t *entry,
                     inv_reconcile_key_t *keys);

/*
 * Puts an entry's keys in; what may be there twice is counted in the ledger,
 * at the latest by the end.  OK or a failure.
 */
inv_store_result_t
inv_store_reconcile_keys(inv_reconcile_chunk_t *chunk, size_t item,
                         const inv_reconcile_key_t *keys, size_t n);
inv_store_result_t inv_store_reconcile_keys_end(inv_reconcile_chunk_t *chunk);

/*
 * Appends the balancing movement, if the product is still as it was checked.
 * OK: check->repaired is set; NOT_FOUND: it has changed, or its outbox is full;
 * or a failure.
 */
inv_store_result_t
inv_store_reconcile_repair(inv_store_link_t *link, inv_reconcile_item_t *item,
                           const inv_actor_t *actor);


#endif /* INV_STORE_RECONCILE_PRIVATE_H */
