
/*
 * store: pages of products in the default order.
 *
 * Runs on threads.  One find, and one count where a page was asked for by its
 * number; one document more than the page has tells whether there is another.
 * Damaged documents are left out: by cursor a page is filled up with what comes
 * after them, by number they leave it shorter, since they have their places.
 */


#include "inv_store_internal.h"


static void
inv_store_page_filter(bson_t *filter, const inv_page_query_t *query)
{
    bson_oid_t id;

    BCON_APPEND(filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");

    if (!query->has_after) {
        return;
    }

    bson_oid_init_from_data(&id, query->after_id.bytes);

    /* the first condition is what bounds the index scan */
    /* clang-format off */
    BCON_APPEND(filter,
        "createdAt", "{", "$lte", BCON_DATE_TIME(query->after_created), "}",
        "$or", "[",
            "{", "createdAt", "{", "$lt",
                 BCON_DATE_TIME(query->after_created), "}", "}",
            "{", "createdAt", BCON_DATE_TIME(query->after_created),
                 "_id", "{", "$lt", BCON_OID(&id), "}", "}",
        "]");
    /* clang-format on */
}


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

    bson_init(&options);
    BCON_APPEND(&options, "sort", "{", "createdAt", BCON_INT32(-1), "_id",
                BCON_INT32(-1), "}", "skip", BCON_INT64(skip));
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
inv_store_page_count(inv_store_link_t *link, inv_page_t *page)
{
    bson_t             command;
    int64_t            n;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "count", BCON_UTF8(INV_STORE_PRODUCTS), "query", "{",
                "deleted", "{", "$exists", BCON_BOOL(false), "}", "}", "limit",
                BCON_INT64(INV_PAGE_TOTAL_MAX + 1));

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK) {
        if (inv_bson_find_integer(&reply.body, "n", &n)) {
            page->has_total = true;
            page->total_is_exact = n <= INV_PAGE_TOTAL_MAX;
            page->total = page->total_is_exact ? n : INV_PAGE_TOTAL_MAX;

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
        result = inv_store_page_count(&link, page);
    }

    inv_store_link_close(&link);

    return result;
}
