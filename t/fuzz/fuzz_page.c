
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


static void
fuzz_taken(inv_arena_t *arena, const inv_page_query_t *page, inv_str_t query)
{
    char            *text;
    inv_str_t        cursor;
    inv_faults_t     faults;
    inv_product_t    last;
    inv_page_query_t again;

    fuzz_must(page->limit >= 1 && page->limit <= INV_PAGE_LIMIT_MAX);
    fuzz_must(page->page <= INV_PAGE_SKIP_MAX / page->limit);
    fuzz_must(!page->has_after || page->page == 0);

    /* The place that was asked for; else one of the input's bytes. */

    memset(&last, 0, sizeof(last));
    last.created_at = page->after.number;
    last.id = page->after.id;

    if (!page->has_after && query.len >= 20) {
        memcpy(&last.created_at, query.data, 8);
        memcpy(last.id.bytes, query.data + 8, 12);
    }

    fuzz_must(inv_page_cursor(arena, page, &last, &cursor));

    text = inv_arena_alloc(arena, cursor.len + 7);
    fuzz_must(text != NULL);
    memcpy(text, "cursor=", 7);
    memcpy(text + 7, cursor.data, cursor.len);

    inv_faults_init(&faults, arena);
    inv_page_read(arena, (inv_str_t){ cursor.len + 7, text }, &again, &faults);

    fuzz_must(faults.count == 0 && again.has_after);
    fuzz_must(again.after.number == last.created_at);
    fuzz_must(inv_oid_eq(again.after.id, last.id));

    /* Any other character at any place is not a cursor. */

    text[7 + query.len % cursor.len] ^= 1;
    inv_page_read(arena, (inv_str_t){ cursor.len + 7, text }, &again, &faults);
    fuzz_must(faults.count != 0);
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
