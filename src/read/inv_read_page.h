
/*
 * read: which products are on a page of their list: as the zone knows, else as
 * MongoDB says.
 *
 * Event loop only, but for the run function of inv_read_page.c.
 *
 * The zone keeps ids, not products, for as long as no product is created,
 * edited or deleted; so what is on a page, and where, is at most as old as a
 * copy of a product, and the products are as fresh as any read of them.  A page
 * that depends on stock is not kept.
 */


#ifndef INV_READ_PAGE_H
#define INV_READ_PAGE_H


#include "inv_read.h"


typedef struct inv_page_reader_s inv_page_reader_t;
typedef struct inv_page_fetch_s  inv_page_fetch_t;

/* Valid during the call that it is handed over in, or until the next. */
typedef struct {
    inv_store_result_t result;
    size_t             n;
    const inv_oid_t   *ids;
    const int64_t     *versions; /* NULL: only the ids are known */
    const inv_str_t   *texts;    /* likewise: JSON of each */
    inv_str_t          next;     /* the cursor; absent: this is the last page */
    inv_page_total_t   total;
    unsigned           damaged; /* left out: error names the first of them */
    const char        *error;   /* for the log; NULL: nothing new */
} inv_page_answer_t;

/* One who waits for a page; in place until done or left.  Zeroed at first. */
struct inv_page_reader_s {
    ngx_queue_t       link;
    inv_page_fetch_t *fetch;      /* NULL: does not wait */
    unsigned          joined : 1; /* another's, which had begun */
    inv_spent_t       before;     /* what others had waited by then */
    inv_spent_t       spent; /* once told or left: what this one has waited */

    /* Once, and never after inv_page_reader_leave. */
    void (*done)(inv_page_reader_t *reader, const inv_page_answer_t *answer);
    void *data;
};

/*
 * Reads a page that query (not by_ids), which lives in arena, tells.  True:
 * answer is there at once.  Else done is called later, at most once, never from
 * inside this call.  *arena becomes NULL where it is needed for longer.
 */
bool inv_read_page(inv_reads_t *reads, inv_arena_t **arena,
                   const inv_page_query_t *query, inv_page_reader_t *reader,
                   inv_page_answer_t *answer);

/* Does nothing where it does not wait. */
void inv_page_reader_leave(inv_page_reader_t *reader);


#endif /* INV_READ_PAGE_H */
