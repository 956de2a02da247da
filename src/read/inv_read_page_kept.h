
/*
 * read, inside the room: pages in the zone's lists.  Event loop only.
 */


#ifndef INV_READ_PAGE_KEPT_H
#define INV_READ_PAGE_KEPT_H


#include "inv_read_page.h"
#include "inv_read_private.h"


/* The ids of a page, and what is beside them.  False: the zone has it not. */
bool inv_page_kept_find(inv_reads_t *reads, const inv_shelf_key_t *key,
                        inv_page_answer_t *answer);

/* Keeps what was read at that moment. */
void inv_page_kept_put(inv_reads_t *reads, const inv_shelf_key_t *key,
                       const inv_zone_moment_t *moment,
                       const inv_page_answer_t *answer);


#endif /* INV_READ_PAGE_KEPT_H */
