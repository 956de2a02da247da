
/*
 * model: pages of products: what a client asks for, the place of a page in its
 * list, and the envelope around it.
 *
 * Any thread, no I/O.
 */


#ifndef INV_PAGE_H
#define INV_PAGE_H


#include "inv_product.h"
#include "inv_words.h"


typedef enum {
    INV_SORT_CREATED_AT,
    INV_SORT_NAME, /* by code point */
    INV_SORT_PRICE,
    INV_SORT_STOCK,
    INV_SORTS
} inv_sort_t;

/*
 * Which products: all that is said must hold.  A smallest price above the
 * greatest one is no fault: no product has one between them.
 */
typedef struct {
    inv_str_t   category; /* absent: of any; so are tag and sku */
    inv_str_t   tag;
    inv_str_t   sku;
    bool        has_min_price, has_max_price;
    inv_price_t min_price, max_price; /* inclusive */
    bool        has_in_stock, in_stock;
    bool        low_stock; /* stock at most lowStock, where there is one */
    inv_words_t words;     /* all of them in name or description */
} inv_page_filter_t;

/*
 * A place between two products: right behind the one that it is made of.  Of a
 * document whose price or stock no product can have it is the next double,
 * from which on all follows, whatever its id.
 */
typedef struct {
    int64_t   number; /* createdAt, price or stock, by the sort */
    inv_str_t name;   /* of INV_SORT_NAME; bytes, of others no UTF-8 */
    inv_oid_t id;
    bool      odd; /* the double is it, and the above says nothing */
    double    next;
} inv_page_place_t;

/*
 * A page of products, or (by_ids) those that have these ids.  Ties of the sort
 * are in the order of their ids, descending where the sort is.
 */
typedef struct {
    bool       by_ids; /* only limit, INV_PAGE_IDS_MAX, means anything then */
    inv_oid_t *ids;    /* in the order asked for, which may repeat; strings */
    size_t     nids;   /* that are no ids are left out; 0 to INV_PAGE_IDS_MAX */

    inv_page_filter_t filter;
    inv_sort_t        sort;
    bool              descending;
    unsigned          limit;     /* 1 to INV_PAGE_LIMIT_MAX */
    unsigned          page;      /* from 1; 0: by cursor or from the start */
    bool              has_after; /* a cursor was given: strictly after this */
    inv_page_place_t  after;

    bool by_stock; /* what is on the page, or where, changes with the stock */

    /* Filters and sort in text form, what cursors are bound to.  Equal for
       equal lists, however they were asked for. */
    inv_str_t list;
} inv_page_query_t;

/*
 * Reads the query string (after '?', as sent; absent: none) into page, whose
 * strings are in the arena.  Unknown, repeated or badly encoded parameters,
 * values that no product can have, limit=0, cursor with page, a cursor of
 * another query, page * limit over INV_PAGE_SKIP_MAX, ids with anything else:
 * faults, with the pointer "?name".  Whether a cursor fits is not told where a
 * filter is wrong.
 */
void inv_page_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
                   inv_faults_t *faults);

/*
 * The cursor that continues after last, a product of the page; URL-safe, at
 * most INV_PAGE_CURSOR_MAX bytes.  False: no memory.
 */
#define INV_PAGE_CURSOR_MAX 1096
bool inv_page_cursor(inv_arena_t *arena, const inv_page_query_t *page,
                     const inv_product_t *last, inv_str_t *cursor);

/*
 * All that determines which ids are on the page, as a text: equal for equal
 * pages, however they were asked for.  Not for by_ids.  False: no memory.
 */
bool
inv_page_key(inv_arena_t *arena, const inv_page_query_t *page, inv_str_t *key);

/*
 * The parameters of a query that inv_page_read had no fault with, but limit,
 * page and cursor: as sent, each with a '&' behind it, fit for a URI in a
 * header.  May be empty.  False: no memory.
 */
bool inv_page_rest(inv_arena_t *arena, inv_str_t query, inv_str_t *rest);


/* How many products the list has. */
typedef struct {
    bool    given; /* a page was asked for by its number */
    int64_t n;     /* 0 to INV_PAGE_TOTAL_MAX */
    bool    exact;
} inv_page_total_t;

typedef struct {
    inv_product_t  **items; /* at most limit */
    size_t           nitems;
    bool             more;    /* something follows the last item */
    bool             has_end; /* the next page begins behind end, else behind
                                 the last item */
    inv_page_place_t end;     /* what was left out may be between these */
    inv_page_total_t total;
} inv_page_t;

/*
 * {"items": [...], "page": {"limit", "next", "total"?, "totalIsExact"?}} of n
 * items that are JSON already.  next: the cursor, absent on the last page.
 * False: no memory.
 */
bool inv_page_envelope(inv_arena_t *arena, unsigned limit,
                       const inv_str_t *items, size_t n, inv_str_t next,
                       const inv_page_total_t *total, inv_str_t *text);

/*
 * The same of products, and the cursor of the next page, which is absent where
 * there is none.  With page=, next is the cursor too.  False: no memory.
 */
bool inv_page_render(inv_arena_t *arena, const inv_page_query_t *query,
                     const inv_page_t *page, inv_str_t *text, inv_str_t *next);

/* The cursor alone; absent: nothing follows the page.  False: no memory. */
bool inv_page_next(inv_arena_t *arena, const inv_page_query_t *query,
                   const inv_page_t *page, inv_str_t *next);

/* "limit" and "next" of a page of any list, into the object that is open. */
void
inv_page_write_position(inv_json_writer_t *w, unsigned limit, inv_str_t next);


#endif /* INV_PAGE_H */
