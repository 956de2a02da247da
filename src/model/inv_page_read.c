
/*
 * model: the parameters of a page of products.  Any thread.
 */


#include "inv_page_cursor.h"
#include "inv_query.h"


enum {
    PAGE_LIMIT,
    PAGE_PAGE,
    PAGE_CURSOR,
    PAGE_PARAMETERS
};


static bool
page_read_limit(void *target, inv_str_t value)
{
    inv_page_query_t *page = target;

    return inv_query_count(value, INV_PAGE_LIMIT_MAX, &page->limit);
}


/* One more than the last page that any limit allows, so that it is seen. */
static bool
page_read_page(void *target, inv_str_t value)
{
    inv_page_query_t *page = target;

    return inv_query_count(value, INV_PAGE_SKIP_MAX + 1, &page->page);
}


static bool
page_read_cursor(void *target, inv_str_t value)
{
    return inv_page_cursor_read(value, target);
}


static const inv_parameter_t page_parameters[PAGE_PARAMETERS] = {
    [PAGE_LIMIT] = { inv_str("limit"), inv_str("?limit"), page_read_limit,
                     inv_str("must be an integer of at least 1") },
    [PAGE_PAGE] = { inv_str("page"), inv_str("?page"), page_read_page,
                    inv_str("must be an integer of at least 1") },
    [PAGE_CURSOR] = { inv_str("cursor"), inv_str("?cursor"), page_read_cursor,
                      inv_str("is not a cursor of this query") }
};


/* What no parameter says alone. */
static void
page_check(const inv_page_query_t *page, const inv_query_seen_t *seen,
           inv_faults_t *faults)
{
    unsigned limit, with_limit, with_page, with_cursor;

    with_limit = 1u << PAGE_LIMIT;
    with_page = 1u << PAGE_PAGE;
    with_cursor = 1u << PAGE_CURSOR;

    if ((seen->given & with_page) && (seen->given & with_cursor)) {
        inv_fault_add(faults, page_parameters[PAGE_CURSOR].pointer,
                      inv_str("must not be given together with page"));
    }

    /* A wrong limit is told already: assume the kindest. */

    limit = (seen->given & ~seen->good & with_limit) ? 1 : page->limit;

    if ((seen->good & with_page) && page->page > INV_PAGE_SKIP_MAX / limit) {
        inv_fault_format(
            faults, page_parameters[PAGE_PAGE].pointer,
            "times limit must be at most %u, use cursor to go further",
            (unsigned) INV_PAGE_SKIP_MAX);
    }
}


void
inv_page_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
              inv_faults_t *faults)
{
    inv_query_seen_t seen;

    memset(page, 0, sizeof(*page));
    page->limit = INV_PAGE_LIMIT_DEFAULT;

    inv_query_read(arena, page_parameters, PAGE_PARAMETERS, query, page, &seen,
                   faults);
    page_check(page, &seen, faults);
}
