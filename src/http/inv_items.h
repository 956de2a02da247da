
/*
 * http: several products, read for one answer.  Event loop.
 */


#ifndef INV_ITEMS_H
#define INV_ITEMS_H


#include "inv_http.h"


typedef struct inv_items_s inv_items_t;

typedef struct {
    inv_items_t *items;
    inv_oid_t    id;
    inv_str_t    text; /* its JSON; absent: it is not shown */
    inv_reader_t reader;
    unsigned     ready : 1;
} inv_item_t;

/* In the request's pool. */
struct inv_items_s {
    inv_request_t     *rq;
    size_t             n;
    size_t             left; /* items that are waited for */
    inv_item_t        *list;
    inv_store_result_t result; /* of the first that failed; OK: none has */
    inv_read_from_t    from;   /* the farthest of all */
    inv_spent_t        spent;  /* those that were waited for */
    void (*done)(inv_request_t *rq, inv_items_t *items);
    void *data; /* the caller's */
};

/* Room for n; the caller sets the ids.  NULL: the reply was sent. */
inv_items_t *inv_items_create(inv_request_t *rq, size_t n);

/*
 * An item that MongoDB has just shown: it will do, unless there is a newer one
 * by now, or may be.  False: no memory.
 */
bool
inv_items_set(inv_items_t *items, size_t i, int64_t version, inv_str_t text);

/*
 * Reads those that are not known and goes on with done, at once or later.  What
 * does not exist is left out.  Where one cannot be read for want of the
 * database, the problem is sent and done is not called.
 */
void inv_items_wait(inv_items_t *items,
                    void (*done)(inv_request_t *rq, inv_items_t *items));

/*
 * Their texts, those that are not shown left out; n: how many.  NULL: no
 * memory.
 */
inv_str_t *inv_items_texts(const inv_items_t *items, size_t *n);


#endif /* INV_ITEMS_H */
