
/*
 * Any query string: what is taken keeps its bounds, and the cursor made for it
 * leads back to the very same place; what is refused is told in good JSON.
 */


#include "../../src/model/inv_page.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


/* The problem of the faults, with the query as the path: both are a client's. */
static void
fuzz_refused(inv_arena_t *arena, const inv_faults_t *faults, inv_str_t query)
{
    inv_str_t         body;
    inv_json_t       *root;
    inv_problem_t     problem;
    inv_json_error_t  error;
    const inv_json_t *errors;

    memset(&problem, 0, sizeof(problem));
    problem.kind = INV_INVALID_REQUEST;
    problem.faults = faults;

    fuzz_must(
        inv_problem_render(arena, &problem, query, INV_STR_ABSENT, &body));
    fuzz_must(inv_json_read(arena, body, &root, &error) == INV_JSON_OK);

    errors = inv_json_member(root, inv_str("errors"));

    fuzz_must(errors != NULL);
    fuzz_must(
        errors->count
        == (faults->count < INV_ERRORS_MAX ? faults->count : INV_ERRORS_MAX));
}


/* A product that stands at the place; else one of the input's bytes. */
static inv_product_t
fuzz_last(const inv_page_query_t *page, inv_str_t query)
{
    inv_product_t last;

    memset(&last, 0, sizeof(last));

    if (page->has_after) {
        last.created_at = page->after.number;
        last.catalog.price = page->after.number;
        last.catalog.stock = page->after.number;
        last.catalog.name = page->after.name;
        last.id = page->after.id;

    } else if (query.len >= 20) {
        memcpy(&last.created_at, query.data, 8);
        memcpy(last.id.bytes, query.data + 8, 12);
        last.catalog.price = last.created_at & INT64_MAX;
        last.catalog.stock = last.created_at;
        last.catalog.name =
            inv_utf8_length(query) != SIZE_MAX ? query : inv_str("n");
    }

    return last;
}


static bool
fuzz_at(const inv_page_query_t *page, const inv_product_t *last)
{
    switch (page->sort) {

    case INV_SORT_NAME:
        return last->catalog.name.len > (size_t) INV_NAME_MAX * 4
               || inv_str_eq(page->after.name, last->catalog.name);

    case INV_SORT_PRICE:
        return page->after.number == last->catalog.price;

    case INV_SORT_STOCK:
        return page->after.number == last->catalog.stock;

    case INV_SORT_CREATED_AT:
    case INV_SORTS:
        break;
    }

    return page->after.number == last->created_at;
}


/* The same list, from the cursor on: what a Link leads to. */
static void
fuzz_next(inv_arena_t *arena, const inv_page_query_t *page, inv_str_t query,
          const inv_product_t *last)
{
    char            *text;
    size_t           len;
    inv_str_t        cursor, rest, key, same;
    inv_faults_t     faults;
    inv_page_query_t again;

    fuzz_must(inv_page_cursor(arena, page, last, &cursor));
    fuzz_must(cursor.len <= INV_PAGE_CURSOR_MAX);
    fuzz_must(inv_page_rest(arena, query, &rest));

    len = rest.len + 7 + cursor.len;
    text = inv_arena_alloc(arena, len);
    fuzz_must(text != NULL);
    memcpy(text, rest.data, rest.len);
    memcpy(text + rest.len, "cursor=", 7);
    memcpy(text + rest.len + 7, cursor.data, cursor.len);

    inv_faults_init(&faults, arena);
    inv_page_read(arena, (inv_str_t){ len, text }, &again, &faults);

    fuzz_must(faults.count == 0 && again.has_after);
    fuzz_must(inv_str_eq(again.list, page->list));
    fuzz_must(again.by_stock == page->by_stock);
    fuzz_must(fuzz_at(&again, last));
    fuzz_must(inv_oid_eq(again.after.id, last->id));

    fuzz_must(inv_page_key(arena, &again, &key));
    fuzz_must(inv_page_key(arena, page, &same));
    fuzz_must(!page->has_after || page->after.odd || page->limit != again.limit
              || last->catalog.name.len > (size_t) INV_NAME_MAX * 4
              || inv_str_eq(key, same));

    /* Any other character at any place is not a cursor. */

    text[rest.len + 7 + query.len % cursor.len] ^= 1;
    inv_page_read(arena, (inv_str_t){ len, text }, &again, &faults);
    fuzz_must(faults.count != 0);
}


static void
fuzz_taken(inv_arena_t *arena, const inv_page_query_t *page, inv_str_t query)
{
    inv_product_t last;

    fuzz_must(page->limit >= 1 && page->limit <= INV_PAGE_LIMIT_MAX);
    fuzz_must(page->page <= INV_PAGE_SKIP_MAX / page->limit);
    fuzz_must(!page->has_after || page->page == 0);

    if (page->by_ids) {
        fuzz_must(page->nids <= INV_PAGE_IDS_MAX);
        return;
    }

    fuzz_must(page->filter.words.n <= INV_PAGE_WORDS_MAX);
    fuzz_must(!page->filter.has_min_price || page->filter.min_price >= 0);
    fuzz_must(!page->filter.has_max_price || page->filter.max_price >= 0);

    last = fuzz_last(page, query);
    fuzz_next(arena, page, query, &last);
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    inv_str_t        query;
    inv_arena_t     *arena;
    inv_faults_t     faults;
    inv_page_query_t page;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    query.data = (const char *) input;
    query.len = size;

    inv_faults_init(&faults, arena);
    inv_page_read(arena, query, &page, &faults);
    fuzz_must(!faults.no_memory);

    if (faults.count == 0) {
        fuzz_taken(arena, &page, query);

    } else {
        fuzz_refused(arena, &faults, query);
    }

    inv_arena_destroy(arena);

    return 0;
}
