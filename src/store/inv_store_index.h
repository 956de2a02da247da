
/*
 * store, inside: the indexes that this module needs.
 *
 * Any thread, no I/O.
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


#endif /* INV_STORE_INDEX_H */
