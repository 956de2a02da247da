
/*
 * store: which products have these skus, see inv_store_skus.h.
 *
 * Runs on threads.
 */


#include "inv_store_skus.h"
#include "inv_store_step.h"

#include <stdlib.h>


/* A sku that is asked for, and where its product's id goes. */
typedef struct {
    inv_str_t  sku;
    inv_oid_t *id;
} inv_sku_place_t;


const inv_oid_t inv_store_no_product = { { 0 } };


static int
inv_sku_order(const void *a, const void *b)
{
    const inv_sku_place_t *x = a, *y = b;

    if (x->sku.len != y->sku.len) {
        return x->sku.len < y->sku.len ? -1 : 1;
    }

    return memcmp(x->sku.data, y->sku.data, x->sku.len);
}


/* In order, so that equal ones are neighbours.  NULL: no memory. */
static inv_sku_place_t *
inv_store_skus_places(inv_arena_t *arena, const inv_str_t *skus, size_t n,
                      inv_oid_t *ids)
{
    size_t           i;
    inv_sku_place_t *places;

    places = inv_arena_array(arena, n, sizeof(inv_sku_place_t));

    if (places == NULL) {
        return NULL;
    }

    for (i = 0; i < n; i++) {
        ids[i] = inv_store_no_product;
        places[i] = (inv_sku_place_t){ skus[i], &ids[i] };
    }

    qsort(places, n, sizeof(inv_sku_place_t), inv_sku_order);

    return places;
}


/* {sku: {$in: [...]}}, each once.  Returns how many. */
static size_t
inv_store_skus_filter(const inv_sku_place_t *places, size_t n, bson_t *filter)
{
    char        digits[16];
    bson_t      in, array;
    size_t      i, distinct;
    const char *key;

    distinct = 0;

    bson_append_document_begin(filter, "sku", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < n; i++) {
        if (i != 0 && inv_str_eq(places[i].sku, places[i - 1].sku)) {
            continue;
        }

        bson_uint32_to_string((uint32_t) distinct++, &key, digits,
                              sizeof(digits));
        bson_append_utf8(&array, key, -1, places[i].sku.data,
                         (int) places[i].sku.len);
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(filter, &in);

    return distinct;
}


/* Tells one product's id to all that asked for its sku. */
static void
inv_store_skus_place(inv_sku_place_t *places, size_t n, const bson_t *document)
{
    uint32_t        len;
    inv_oid_t       id;
    bson_iter_t     iter;
    inv_sku_place_t asked, *place;

    if (!inv_bson_find_oid(document, "_id", &id)
        || !bson_iter_init_find(&iter, document, "sku")
        || !BSON_ITER_HOLDS_UTF8(&iter))
    {
        return;
    }

    asked.sku.data = bson_iter_utf8(&iter, &len);
    asked.sku.len = len;
    asked.id = NULL;

    place = bsearch(&asked, places, n, sizeof(inv_sku_place_t), inv_sku_order);

    if (place == NULL) {
        return;
    }

    while (place > places && inv_sku_order(place - 1, &asked) == 0) {
        place--;
    }

    for (/* void */; place < places + n && inv_sku_order(place, &asked) == 0;
         place++)
    {
        *place->id = id;
    }
}


static inv_store_result_t
inv_store_skus_ask(inv_store_link_t *link, inv_sku_place_t *places, size_t n)
{
    bson_t             filter, options, document;
    size_t             distinct;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    distinct = inv_store_skus_filter(places, n, &filter);

    bson_init(&options);
    BCON_APPEND(&options, "projection", "{", "sku", BCON_INT32(1), "}");

    result = inv_store_find(link, &filter, &options, (int64_t) distinct, &reply,
                            &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (inv_bson_view(&documents, &document)) {
            inv_store_skus_place(places, n, &document);
        }
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


inv_store_result_t
inv_store_skus_find(inv_store_t *store, inv_store_call_t *call,
                    const inv_str_t *skus, size_t n, inv_oid_t *ids)
{
    inv_sku_place_t   *places;
    inv_store_link_t   link;
    inv_store_result_t result;

    places = inv_store_skus_places(call->arena, skus, n, ids);

    if (places == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);

    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_skus_ask(&link, places, n);
    inv_store_link_close(&link);

    return result;
}
