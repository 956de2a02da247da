
/*
 * store: pages of products.
 *
 * Runs on threads.  One find, and one count where a page was asked for by its
 * number; one document more than the page has tells whether there is another.
 * Damaged documents are left out: by cursor a page is filled up with what comes
 * after them, by number they leave it shorter, since they have their places.
 *
 * Finds that fill a page up grow.  Once many documents were looked at, the
 * database is asked for those only that have members of the right types, which
 * it tells by itself; that condition would mislead its planner where it is not
 * needed.  What is damaged all the same (in its bytes) is looked at up to a
 * bound: there the page ends, short or empty, and the next one goes on.  It
 * can, since all that the database does not leave out then has a place.
 */


#include "inv_store_page.h"


/* Each find asks for as many times more than the one before. */
#define INV_STORE_PAGE_GROWTH 4

/* Documents of one find: of 60 KiB each they still fit into one reply. */
#define INV_STORE_PAGE_FIND_MAX 256

/* After so many the database is to leave out what it can. */
#define INV_STORE_PAGE_PLAIN_MAX 256

#define INV_STORE_PAGE_PLAIN_BYTES ((size_t) 8 * 1024 * 1024)

/* Documents that are looked at for one page, and their bytes: two replies. */
#define INV_STORE_PAGE_LOOKED_MAX   1024
#define INV_STORE_PAGE_LOOKED_BYTES ((size_t) 32 * 1024 * 1024)

/*
 * A server ends a reply before a document with which it would be larger than
 * 16 MiB.  One that is smaller than this, and short, is the end of the list:
 * only a document of almost the size that a server stores would not fit.
 */
#define INV_STORE_PAGE_REPLY_SMALL ((size_t) 256 * 1024)

/* A page on its way. */
typedef struct {
    inv_store_link_t       *link;
    const inv_page_query_t *query;
    inv_page_query_t        from;  /* the query, from where finds go on */
    bool                    sound; /* those only whose types are right */
    int64_t                 skip;
    int64_t                 ask;    /* documents of the next find */
    int64_t                 seen;   /* that were looked at in the last one */
    int64_t                 looked; /* in all */
    size_t                  bytes;  /* of the replies */
    bool                    ended;  /* nothing follows what was seen */
    inv_page_t             *page;
} inv_store_paging_t;


/* Looks at one document. */
static inv_store_result_t
inv_store_page_item(inv_store_paging_t *paging, const bson_t *document)
{
    inv_page_t        *page = paging->page;
    inv_product_t     *product;
    inv_page_place_t   place;
    inv_store_call_t  *call = paging->link->call;
    inv_store_result_t result;

    result = inv_store_product_try(call, document, &product);
    if (result != INV_STORE_OK) {
        return result;
    }

    if (product != NULL) {
        page->items[page->nitems++] = product;
    }

    if (inv_store_page_place(call->arena, document, paging->query, &place)) {
        page->has_end = true;
        page->end = place;
    }

    return INV_STORE_OK;
}


/* Adds what was found. */
static inv_store_result_t
inv_store_page_items(inv_store_paging_t *paging, bson_iter_t *documents)
{
    bson_t                  document;
    inv_page_t             *page = paging->page;
    inv_store_result_t      result;
    const inv_page_query_t *query = paging->query;

    while (bson_iter_next(documents)) {

        if (page->nitems == query->limit
            || (query->page > 0
                && paging->looked + paging->seen == (int64_t) query->limit))
        {
            page->more = true;
            break;
        }

        paging->seen++;

        if (!inv_bson_view(documents, &document)) {
            continue;
        }

        result = inv_store_page_item(paging, &document);
        if (result != INV_STORE_OK) {
            return result;
        }
    }

    return INV_STORE_OK;
}


/* Where something follows, but maybe not all that fills the page. */
static void
inv_store_page_measure(inv_store_paging_t *paging, size_t bytes)
{
    paging->looked += paging->seen;
    paging->bytes += bytes;
    paging->ended =
        paging->seen == 0
        || (paging->seen < paging->ask && bytes < INV_STORE_PAGE_REPLY_SMALL);
}


/* What other tools keep in the documents, however much, is not fetched. */
static void
inv_store_page_options(bson_t *options, const inv_store_paging_t *paging)
{
    bson_t fields;

    inv_store_page_sort(options, &paging->from);
    bson_append_int64(options, "skip", -1, paging->skip);

    bson_append_document_begin(options, "projection", -1, &fields);
    inv_store_product_fields(&fields);
    bson_append_document_end(options, &fields);
}


/* One find. */
static inv_store_result_t
inv_store_page_part(inv_store_paging_t *paging)
{
    bson_t             filter, options;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    paging->seen = 0;

    bson_init(&filter);
    inv_store_page_filter(&filter, &paging->from);
    inv_store_page_after(&filter, &paging->from);

    if (paging->sound) {
        inv_store_product_sound(&filter);
    }

    bson_init(&options);
    inv_store_page_options(&options, paging);

    result = inv_store_find(paging->link, &filter, &options, paging->ask,
                            &reply, &documents);

    if (result == INV_STORE_OK) {
        result = inv_store_page_items(paging, &documents);
        inv_store_page_measure(paging, reply.body.len);
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


/* The page is not full, nor is the list at its end: the next find. */
static void
inv_store_page_go_on(inv_store_paging_t *paging)
{
    const inv_page_t *page = paging->page;

    paging->skip += paging->seen;
    paging->ask *= INV_STORE_PAGE_GROWTH;

    if (paging->ask > INV_STORE_PAGE_FIND_MAX) {
        paging->ask = INV_STORE_PAGE_FIND_MAX;
    }

    if (paging->sound || paging->query->page > 0
        || (paging->looked < INV_STORE_PAGE_PLAIN_MAX
            && paging->bytes < INV_STORE_PAGE_PLAIN_BYTES))
    {
        return;
    }

    paging->sound = true;
    paging->skip = 0;

    if (page->has_end) {
        paging->from.has_after = true;
        paging->from.after = page->end;
    }
}


/* Enough was looked at: the page ends here. */
static inv_store_result_t
inv_store_page_break(inv_store_paging_t *paging)
{
    if (!paging->page->has_end) {
        inv_store_call_error(paging->link->call,
                             "find: documents that have no place in the list");
        return INV_STORE_FAILED;
    }

    paging->page->more = true;

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_page_fill(inv_store_paging_t *paging)
{
    inv_store_result_t result;

    for (;;) {
        result = inv_store_page_part(paging);

        if (result != INV_STORE_OK || paging->page->more || paging->ended) {
            return result;
        }

        if (paging->sound
            && (paging->looked >= INV_STORE_PAGE_LOOKED_MAX
                || paging->bytes >= INV_STORE_PAGE_LOOKED_BYTES))
        {
            return inv_store_page_break(paging);
        }

        inv_store_page_go_on(paging);
    }
}


static inv_store_result_t
inv_store_page_find(inv_store_link_t *link, const inv_page_query_t *query,
                    inv_page_t *page)
{
    inv_store_paging_t paging;

    page->items = inv_arena_array(link->call->arena, query->limit,
                                  sizeof(inv_product_t *));
    if (page->items == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    memset(&paging, 0, sizeof(paging));

    paging.link = link;
    paging.query = query;
    paging.from = *query;
    paging.page = page;
    paging.ask = (int64_t) query->limit + 1;
    paging.skip =
        query->page > 0 ? (int64_t) (query->page - 1) * query->limit : 0;

    return inv_store_page_fill(&paging);
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
