
/*
 * model: what is asked of a list of products.  Any thread.
 */


#include "inv_page_cursor.h"
#include "inv_page_key.h"
#include "inv_page_parameters.h"


#define page_bit(parameter) (1u << (parameter))

#define PAGE_LISTED_BITS (page_bit(INV_PAGE_LISTED) - 1)


/* Products by their ids are no list that could be filtered or walked. */
static void
page_check_ids(const inv_query_seen_t *seen, inv_faults_t *faults)
{
    unsigned i;

    for (i = 0; i < INV_PAGE_PARAMETERS; i++) {
        if (i != INV_PAGE_IDS && (seen->given & page_bit(i))) {
            inv_fault_add(faults, inv_page_parameters[i].pointer,
                          inv_str("must not be given together with ids"));
        }
    }
}


static void
page_check_number(const inv_page_query_t *query, const inv_query_seen_t *seen,
                  inv_faults_t *faults)
{
    unsigned limit;

    /* A wrong limit is told already: assume the kindest. */

    limit = (seen->given & ~seen->good & page_bit(INV_PAGE_LIMIT))
                ? 1
                : query->limit;

    if ((seen->good & page_bit(INV_PAGE_PAGE))
        && query->page > INV_PAGE_SKIP_MAX / limit)
    {
        inv_fault_format(
            faults, inv_page_parameters[INV_PAGE_PAGE].pointer,
            "times limit must be at most %u, use cursor to go further",
            (unsigned) INV_PAGE_SKIP_MAX);
    }
}


/* Which list it is has to be known: a wrong filter is told, and no more. */
static void
page_check_cursor(inv_page_parameters_t *p, const inv_query_seen_t *seen,
                  inv_faults_t *faults)
{
    const inv_parameter_t *row;

    row = &inv_page_parameters[INV_PAGE_CURSOR];

    if ((seen->good & page_bit(INV_PAGE_CURSOR))
        && (seen->given & ~seen->good & PAGE_LISTED_BITS) == 0
        && !inv_page_cursor_read(p->arena, p->cursor, p->query, &p->no_memory))
    {
        inv_fault_add(faults, row->pointer, row->detail);
    }

    if ((seen->given & page_bit(INV_PAGE_CURSOR))
        && (seen->given & page_bit(INV_PAGE_PAGE)))
    {
        inv_fault_add(faults, row->pointer,
                      inv_str("must not be given together with page"));
    }
}


void
inv_page_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
              inv_faults_t *faults)
{
    inv_query_seen_t      seen;
    inv_page_parameters_t p;

    memset(page, 0, sizeof(*page));
    page->limit = INV_PAGE_LIMIT_DEFAULT;
    page->sort = INV_SORT_CREATED_AT;
    page->descending = true;

    memset(&p, 0, sizeof(p));
    p.arena = arena;
    p.query = page;

    inv_query_read(arena, inv_page_parameters, INV_PAGE_PARAMETERS, query, &p,
                   &seen, faults);

    page->by_stock = page->filter.has_in_stock || page->filter.low_stock
                     || page->sort == INV_SORT_STOCK;

    if (seen.given & page_bit(INV_PAGE_IDS)) {
        page_check_ids(&seen, faults);

    } else if (!inv_page_list(arena, page, &page->list)) {
        p.no_memory = true;

    } else {
        page_check_cursor(&p, &seen, faults);
        page_check_number(page, &seen, faults);
    }

    faults->no_memory |= p.no_memory;
}
