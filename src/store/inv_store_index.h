
/*
 * store, inside: the indexes that this module needs.
 *
 * Any thread; no I/O but where it is said.
 */


#ifndef INV_STORE_INDEX_H
#define INV_STORE_INDEX_H


#include "inv_store_internal.h"


typedef struct {
    const char *collection;
    const char *name;
    const char *spec; /* key and options: BSON's JSON */
} inv_store_index_t;

#define INV_STORE_INDEXES 21

extern const inv_store_index_t inv_store_indexes[INV_STORE_INDEXES];

/* What there is of an index that is wanted. */
typedef enum {
    INV_INDEX_MISSING,
    INV_INDEX_OTHER,    /* its name is another one's */
    INV_INDEX_BUILDING, /* the server is at it */
    INV_INDEX_PRESENT
} inv_store_index_state_t;

/* The indexes of a collection on their way. */
typedef struct {
    inv_store_link_t       *link;
    inv_store_builds_t     *builds;
    const char             *collection;
    inv_store_index_state_t states[INV_STORE_INDEXES];
    size_t                  missing[INV_STORE_INDEXES]; /* unique ones last */
    size_t                  n;                          /* that are missing */
    size_t                  together;     /* of these the first, not unique */
    bool                    silent;       /* the server tells of no builds */
    char                    refused[512]; /* what could not be, and why */
} inv_store_indexing_t;

/* As createIndexes takes it; the caller's to destroy. */
bson_t *inv_store_index_spec(size_t i);

/*
 * Looks at the indexes that the collection has.  On a thread; one command, or
 * two where the server does not tell of builds.
 */
inv_store_result_t inv_store_index_list(inv_store_indexing_t *indexing);


#endif /* INV_STORE_INDEX_H */
