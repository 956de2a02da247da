
/*
 * model, inside the room: the parameters of a page of products, in one table.
 *
 * Any thread.
 */


#ifndef INV_PAGE_PARAMETERS_H
#define INV_PAGE_PARAMETERS_H


#include "inv_page.h"
#include "inv_query.h"


enum {
    INV_PAGE_CATEGORY,
    INV_PAGE_TAG,
    INV_PAGE_MIN_PRICE,
    INV_PAGE_MAX_PRICE,
    INV_PAGE_IN_STOCK,
    INV_PAGE_LOW_STOCK,
    INV_PAGE_SKU,
    INV_PAGE_Q,
    INV_PAGE_SORT,
    INV_PAGE_LISTED, /* those before it say which list, those behind it where */
    INV_PAGE_LIMIT = INV_PAGE_LISTED,
    INV_PAGE_PAGE,
    INV_PAGE_CURSOR,
    INV_PAGE_IDS,
    INV_PAGE_PARAMETERS
};

/* What the table's functions read into. */
typedef struct {
    inv_arena_t      *arena;
    inv_page_query_t *query;
    inv_str_t         cursor; /* to be read when the list is known */
    bool              no_memory;
} inv_page_parameters_t;

extern const inv_parameter_t inv_page_parameters[INV_PAGE_PARAMETERS];

/* As sort= names it, without '-'. */
extern const inv_str_t inv_page_sorts[INV_SORTS];


#endif /* INV_PAGE_PARAMETERS_H */
