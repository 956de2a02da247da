
/*
 * Any query string for a list of movements, and any body for a reconcile: what
 * is taken leads back to itself by its list and its cursor; what is refused is
 * told.
 */


#include "../../src/model/inv_movement_reconcile.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);


static void
fuzz_must(bool holds)
{
    if (!holds) {
        abort();
    }
}


static inv_str_t
fuzz_join(inv_arena_t *arena, inv_str_t list, inv_str_t cursor)
{
    char  *text;
    size_t n;

    /* what stands behind "?" */
    n = (size_t) ((const char *) memchr(list.data, '?', list.len) + 1
                  - list.data);
    list.data += n;
    list.len -= n;

    text = inv_arena_alloc(arena, list.len + 7 + cursor.len);
    fuzz_must(text != NULL);
    memcpy(text, list.data, list.len);
    memcpy(text + list.len, "cursor=", 7);
    memcpy(text + list.len + 7, cursor.data, cursor.len);

    return (inv_str_t){ list.len + 7 + cursor.len, text };
}


/* The same list, by its own form and by the cursor of a place in it. */
static void
fuzz_taken(inv_arena_t *arena, const inv_oid_t *product,
           const inv_movements_query_t *query)
{
    inv_str_t             cursor;
    inv_faults_t          faults;
    inv_movement_place_t  last;
    inv_movements_query_t again;

    fuzz_must(query->limit >= 1 && query->limit <= INV_PAGE_LIMIT_MAX);
    fuzz_must(!query->has_from || !query->has_to || query->from < query->to);
    fuzz_must(product == NULL || !query->has_type);

    memset(&last, 0, sizeof(last));
    last.at = query->has_after ? query->after.at : query->from;
    last.seq = query->has_after ? query->after.seq : 1;
    last.product = product != NULL ? *product : query->after.product;

    fuzz_must(inv_movements_cursor(arena, query, &last, &cursor));

    inv_faults_init(&faults, arena);
    inv_movements_read(arena, product, fuzz_join(arena, query->list, cursor),
                       &again, &faults);

    fuzz_must(faults.count == 0 && again.has_after);
    fuzz_must(inv_str_eq(query->list, again.list));
    fuzz_must(again.after.seq == last.seq);
    fuzz_must(inv_oid_eq(again.after.product, last.product));
}


static void
fuzz_query(inv_arena_t *arena, const inv_oid_t *product, inv_str_t text)
{
    inv_faults_t          faults;
    inv_movements_query_t query;

    inv_faults_init(&faults, arena);
    inv_movements_read(arena, product, text, &query, &faults);
    fuzz_must(!faults.no_memory);

    if (faults.count == 0) {
        fuzz_taken(arena, product, &query);
    }
}


static void
fuzz_body(inv_arena_t *arena, inv_str_t text)
{
    inv_json_t           *root;
    inv_faults_t          faults;
    inv_json_error_t      error;
    inv_reconcile_query_t query;

    if (inv_json_read(arena, text, &root, &error) != INV_JSON_OK) {
        return;
    }

    inv_faults_init(&faults, arena);
    inv_reconcile_read(root, &query, &faults);
    fuzz_must(!faults.no_memory);
    fuzz_must(faults.count != 0 || !query.has_product || !query.has_after);
    fuzz_must(faults.count != 0 || root->type == INV_JSON_OBJECT);
}


int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    char         text[INV_TIME_TEXT];
    inv_oid_t    product;
    inv_str_t    query;
    inv_time_t   t, again;
    inv_arena_t *arena;

    arena = inv_arena_create();
    fuzz_must(arena != NULL);

    query.data = (const char *) input;
    query.len = size;
    memset(&product, 0x5a, sizeof(product));

    fuzz_query(arena, NULL, query);
    fuzz_query(arena, &product, query);
    fuzz_body(arena, query);

    if (inv_time_read(query, &t)) {
        inv_time_write(t, text);
        fuzz_must(inv_time_read((inv_str_t){ sizeof(text), text }, &again));
        fuzz_must(t == again);
    }

    inv_arena_destroy(arena);

    return 0;
}
