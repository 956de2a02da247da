
/*
 * model: movements: the ledger as clients see it.
 *
 * A movement is one op of one entry (stock-changing batch) of a product.  The
 * lists of one product and of all are asked for, put together and shown here.
 *
 * Any thread, no I/O.
 */


#ifndef INV_MOVEMENT_H
#define INV_MOVEMENT_H


#include "inv_stock.h"


typedef struct {
    inv_oid_t  product;
    int64_t    seq;
    inv_time_t at;
    inv_str_t  type;
    int64_t    delta;
    int64_t    stock_after;
    inv_str_t  reference; /* absent: none; so are the following */
    inv_str_t  reason;
    inv_str_t  actor;
    inv_str_t  trace;
    inv_str_t  changes; /* a JSON object */
} inv_movement_t;

/* A place in the order of movements. */
typedef struct {
    inv_time_t at; /* 0 in the list of one product, which is by seq alone */
    inv_oid_t  product;
    int64_t    seq;
} inv_movement_place_t;

/*
 * A list of movements: those of one product, newest first by seq; or those of
 * all, newest first by (at, product, seq).
 */
typedef struct {
    unsigned             limit; /* 1 to INV_PAGE_LIMIT_MAX */
    bool                 has_product;
    inv_oid_t            product;
    bool                 has_from; /* of all: from <= at */
    inv_time_t           from;
    bool                 has_to; /* of all: at < to */
    inv_time_t           to;
    bool                 has_type; /* of all */
    inv_move_t           type;
    inv_str_t            reference; /* of all; absent: any */
    bool                 has_after; /* movements strictly after this */
    inv_movement_place_t after;
    inv_str_t            cursor; /* as it was sent; absent: none */
    inv_str_t            list;   /* "/movements?type=purchase&": path below the
                                    prefix and filters, to go on with */
} inv_movements_query_t;

/*
 * Reads the query string of a list: of one product, or of all (product NULL).
 * Faults as in inv_page_read.
 */
void inv_movements_read(inv_arena_t *arena, const inv_oid_t *product,
                        inv_str_t query, inv_movements_query_t *movements,
                        inv_faults_t *faults);

/* The cursor that continues after a place.  False: no memory. */
bool
inv_movements_cursor(inv_arena_t *arena, const inv_movements_query_t *query,
                     const inv_movement_place_t *last, inv_str_t *cursor);

typedef struct {
    inv_movement_t      *items; /* at most limit */
    size_t               nitems;
    bool                 more; /* something may follow the end */
    inv_movement_place_t end;  /* where more is true: the list goes on after
                                  it; also where there are no items */
} inv_movements_t;

/* As inv_page_render. */
bool
inv_movements_render(inv_arena_t *arena, const inv_movements_query_t *query,
                     const inv_movements_t *page, inv_str_t *text,
                     inv_str_t *next);


#endif /* INV_MOVEMENT_H */
