
/*
 * store, inside: reading movements out of entries, wherever these are.
 */


#ifndef INV_STORE_MOVEMENTS_PRIVATE_H
#define INV_STORE_MOVEMENTS_PRIVATE_H


#include "../model/inv_movement_pick.h"
#include "inv_store_internal.h"
#include "inv_store_movements.h"


/* Appends a stage {name: n} to an aggregate's pipeline. */
void inv_store_stage_number(bson_t *pipeline, const char *name, int64_t n);

/*
 * Makes documents as the ledger has them out of the outboxes of the products
 * that filter finds: the first stages of an aggregate.
 */
void inv_store_stages_outbox(bson_t *pipeline, const bson_t *filter);

/*
 * Runs a find or an aggregate the first batch of which is to hold all
 * documents.  Where it does not, the reply is cut, and the cursor is closed.  To
 * be destroyed also after a failure.
 */
inv_store_result_t
inv_store_documents(inv_store_link_t *link, const char *collection,
                    bson_t *command, inv_store_reply_t *reply,
                    bson_iter_t *documents);

/* The same with an aggregate of which at most max documents come. */
inv_store_result_t
inv_store_aggregate(inv_store_link_t *link, const char *collection,
                    const bson_t *pipeline, int64_t max,
                    inv_store_reply_t *reply, bson_iter_t *documents);


/*
 * Goes on in a list of all movements: the outlines of the first max entries
 * that match; with hits, an array of booleans, where it has filters of ops.
 */
void inv_store_stages_outlines(bson_t                      *pipeline,
                               const inv_movements_query_t *query, int64_t max);

/*
 * The entries of these batches, which are of these products, with the deltas of
 * all ops (d), and the ops that pass.
 */
void
inv_store_stages_wholes(bson_t *pipeline, const inv_movements_query_t *query,
                        const bson_t *batches, const bson_t *products);


/* An entry with all its deltas, and with all or some of its ops. */
typedef struct {
    bson_t               ops; /* the array, as far as it was asked for */
    inv_movement_entry_t outline;
    size_t               n;      /* ops that it has, of all */
    int64_t             *deltas; /* of each */
    int64_t             *afters; /* stock after each */
    const char          *damage; /* what is wrong with it; NULL: nothing yet */
} inv_store_entry_t;

/*
 * b, productId (absent in an outbox: product), at, from and to.  False: it is
 * damaged; no list can show it.
 */
bool inv_store_outline_read(const bson_t *document, const inv_oid_t *product,
                            inv_movement_entry_t *outline);

/*
 * Reads a document, whose deltas stand in d, or else in ops.  OK; NOT_FOUND:
 * it is damaged, see entry->damage; NO_MEMORY.
 */
inv_store_result_t
inv_store_entry_read(inv_arena_t *arena, const bson_t *document,
                     const inv_oid_t *product, inv_store_entry_t *entry);

/*
 * The movement that the op at position (below entry->n) is; index: where it
 * stands in entry->ops.  Results as above.
 */
inv_store_result_t
inv_store_movement_read(inv_arena_t *arena, inv_store_entry_t *entry,
                        size_t position, size_t index,
                        inv_movement_t *movement);

/*
 * Notes that an entry, or ops of it, were left out: the call tells of how many
 * documents that is true, and of the first one which it is and what is wrong.
 */
void
inv_store_movements_left(inv_store_call_t           *call,
                         const inv_movement_entry_t *outline, const char *what);

/* {member: [old, new]} as JSON.  False: no memory, or not as it should be. */
bool inv_store_changes_render(inv_arena_t *arena, const bson_t *changes,
                              inv_str_t *text);


/* The movements of one product on their way to a page. */
typedef struct {
    bson_t                       outbox; /* view into the reply of the find */
    inv_store_link_t            *link;
    const inv_movements_query_t *query;

    bool    live; /* the product is there, and not deleted */
    int64_t seq;  /* its last; 0: not known */

    /* The window: slots[i] is seq top - i; seq 0 is an empty slot. */
    int64_t         low, top;
    int64_t         told; /* damaged entries that end there, or above, have been
                             noted; INT64_MAX: none */
    inv_movement_t *slots;
} inv_store_movements_t;

/* The greatest seq below the last window that any entry has, as top; 0: none. */
inv_store_result_t inv_store_window_seek(inv_store_movements_t *m);

/* Reads the window of rest seqs that ends with m->top, onto the page. */
inv_store_result_t inv_store_window_read(inv_store_movements_t *m,
                                         inv_movements_t *page, size_t rest);


/* The movements of all products on their way to a page. */
typedef struct {
    inv_store_link_t            *link;
    const inv_movements_query_t *query;
    inv_movement_entry_t        *entries;
    size_t                       nentries;
    inv_movement_pick_t         *picks;
    size_t                       npicks;
    inv_movement_t              *items; /* of each pick; seq 0: not yet read */

    /*
     * Up to where both places were looked through, where that is not to the
     * end: what is picked behind it may not be what comes next.
     */
    bool                 bounded;
    bool                 cut; /* not all that was picked has come */
    inv_movement_place_t bound;
} inv_store_listing_t;

/* The place that a list begins after. */
inv_movement_place_t inv_store_bound_start(const inv_movements_query_t *query);

/* Moves a bound to where a document stands, as far as that can be read. */
void inv_store_bound_pass(inv_movement_place_t *bound, const bson_t *document);

/* One of the places has more behind a bound: the first one counts. */
void inv_store_bound_add(inv_store_listing_t *l, inv_movement_place_t bound);

/* Keeps the picks that are on the page, and says where the page ends. */
void inv_store_bound_picks(inv_store_listing_t *l, inv_movements_t *page);

/* Ends the page with the nth pick (from 1). */
void
inv_store_bound_end(inv_store_listing_t *l, inv_movements_t *page, size_t n);

/* Reads what was picked, as far as it is at one of the places. */
inv_store_result_t
inv_store_listing_wholes(inv_store_listing_t *l, bool outbox);


#endif /* INV_STORE_MOVEMENTS_PRIVATE_H */
