
/*
 * store: pages of products.
 *
 * Runs on threads.  One find, and one count where a page was asked for by its
 * number; one document more than the page has tells whether there is another.
 * Damaged documents are left out: by cursor a page is filled up with what comes
 * after them, by number they leave it shorter, since they have their places.
 */


#include "inv_store_page.h"


/* Adds what was found; seen counts the documents that were looked at. */
static inv_store_result_t
inv_store_page_items(inv_store_call_t *call, bson_iter_t *documents,
                     const inv_page_query_t *query, inv_page_t *page,
                     int64_t *seen)
{
    bson_t             document;
    inv_product_t     *product;
    inv_store_result_t result;

    while (bson_iter_next(documents)) {

        if (page->nitems == query->limit
            || (query->page > 0 && *seen == (int64_t) query->limit))
        {
            page->more = true;
            break;
        }

        (*seen)++;

        if (!inv_bson_view(documents, &document)) {
            continue;
        }

        result = inv_store_product_try(call, &document, &product);
        if (result != INV_STORE_OK) {
            return result;
        }

        if (product != NULL) {
            page->items[page->nitems++] = product;
        }
    }

    return INV_STORE_OK;
}


/* One find from skip on. */
static inv_store_result_t
inv_store_page_part(inv_store_link_t *link, const inv_page_query_t *query,
                    int64_t skip, inv_page_t *page, int64_t *seen)
{
    bson_t             filter, options;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    *seen = 0;

    bson_init(&filter);
    inv_store_page_filter(&filter, query);
    inv_store_page_after(&filter, query);

    bson_init(&options);
    inv_store_page_sort(&options, query);
    bson_append_int64(&options, "skip", -1, skip);
    inv_store_without_outbox(&options);

    result = inv_store_find(link, &filter, &options, (int64_t) query->limit + 1,
                            &reply, &documents);

    if (result == INV_STORE_OK) {
        result =
            inv_store_page_items(link->call, &documents, query, page, seen);
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


static inv_store_result_t
inv_store_page_find(inv_store_link_t *link, const inv_page_query_t *query,
                    inv_page_t *page)
{
    int64_t            skip, seen;
    inv_store_result_t result;

    page->items = inv_arena_array(link->call->arena, query->limit,
                                  sizeof(inv_product_t *));
    if (page->items == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    skip = query->page > 0 ? (int64_t) (query->page - 1) * query->limit : 0;

    /* all that was asked for came, and some of it was damaged: go on */
    do {
        result = inv_store_page_part(link, query, skip, page, &seen);
        skip += seen;

    } while (result == INV_STORE_OK && seen > (int64_t) query->limit);

    return result;
}


/* Counts one past the bound, to know whether the total is exact. */
static inv_store_result_t
inv_store_page_count(inv_store_link_t *link, const inv_page_query_t *query,
                     inv_page_total_t *total)
{
    bson_t             command, filter;
    int64_t            n;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_page_filter(&filter, query);

    bson_init(&command);
    BCON_APPEND(&command, "count", BCON_UTF8(INV_STORE_PRODUCTS), "query",
                BCON_DOCUMENT(&filter), "limit",
                BCON_INT64(INV_PAGE_TOTAL_MAX + 1));
    bson_destroy(&filter);

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK) {
        if (inv_bson_find_integer(&reply.body, "n", &n)) {
            total->given = true;
            total->exact = n <= INV_PAGE_TOTAL_MAX;
            total->n = total->exact ? n : INV_PAGE_TOTAL_MAX;

        } else {
            inv_store_call_error(link->call, "count: a reply without n");
            result = INV_STORE_FAILED;
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


inv_store_result_t
inv_store_products_page(inv_store_t *store, inv_store_call_t *call,
                        const inv_page_query_t *query, inv_page_t *page)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    memset(page, 0, sizeof(*page));

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_page_find(&link, query, page);

    if (result == INV_STORE_OK && query->page > 0) {
        result = inv_store_page_count(&link, query, &page->total);
    }

    inv_store_link_close(&link);

    return result;
}
