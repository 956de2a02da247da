
/*
 * store, inside: how a member of each type is written and read.
 */


#ifndef INV_STORE_TYPES_H
#define INV_STORE_TYPES_H


#include "inv_store_internal.h"


/*
 * sound appends what the database can tell of a value that get reads, as a
 * condition: it may hold of others, too.  put appends the value under name; get reads it, tolerantly.  get is false
 * where the type says nothing; what could not be copied for want of memory is
 * absent.
 */
typedef struct {
    void (*put)(bson_t *bson, const char *name, const void *value);
    bool (*get)(inv_arena_t *arena, const bson_iter_t *iter, void *value);
    void (*sound)(bson_t *condition);
} inv_store_type_t;

extern const inv_store_type_t inv_store_text;    /* inv_str_t */
extern const inv_store_type_t inv_store_price;   /* inv_price_t */
extern const inv_store_type_t inv_store_integer; /* int64_t, 0 to
                                                    INV_VERSION_MAX */
extern const inv_store_type_t inv_store_time;    /* inv_time_t */
extern const inv_store_type_t inv_store_tags; /* inv_catalog_t: two members */


#endif /* INV_STORE_TYPES_H */
