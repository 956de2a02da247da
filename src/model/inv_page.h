
/*
 * model: pages of lists: parameters, cursors, and the envelope.
 *
 * Any thread, no I/O.
 */


#ifndef INV_PAGE_H
#define INV_PAGE_H


#include "inv_product.h"


/*
 * A page of products in the default order: newest first (createdAt, then id,
 * both descending).
 */
typedef struct {
    unsigned   limit;     /* 1 to INV_PAGE_LIMIT_MAX */
    unsigned   page;      /* from 1; 0: by cursor or from the start */
    bool       has_after; /* a cursor was given: items strictly after this */
    inv_time_t after_created;
    inv_oid_t  after_id;
} inv_page_query_t;

/*
 * Reads the query string (after '?', as sent; absent: none).  Unknown,
 * repeated or badly encoded parameters, limit=0, cursor with page, a cursor
 * of another query, page * limit over INV_PAGE_SKIP_MAX: faults, with the
 * pointer "?name".
 */
void inv_page_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
                   inv_faults_t *faults);

/* The cursor that continues after product; URL-safe.  False: no memory. */
bool inv_page_cursor(inv_arena_t *arena, const inv_page_query_t *page,
                     const inv_product_t *last, inv_str_t *cursor);

typedef struct {
    inv_product_t **items; /* at most limit */
    size_t          nitems;
    bool            more; /* something follows the last item */
    bool            has_total;
    int64_t         total; /* up to INV_PAGE_TOTAL_MAX */
    bool            total_is_exact;
} inv_page_t;

/*
 * {"items": [...], "page": {"limit", "next", "total"?, "totalIsExact"?}} and
 * the cursor of the next page (absent: this is the last one).  With page=,
 * next is the cursor too.  False: no memory.
 */
bool inv_page_render(inv_arena_t *arena, const inv_page_query_t *query,
                     const inv_page_t *page, inv_str_t *text, inv_str_t *next);

/* "limit" and "next" of a page of any list, into the object that is open. */
void
inv_page_write_position(inv_json_writer_t *w, unsigned limit, inv_str_t next);


#endif /* INV_PAGE_H */
