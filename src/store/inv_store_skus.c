
/*
 * store: products by their skus, see inv_store_skus.h.
 *
 * Runs on threads.
 */


#include "inv_store_skus.h"
#include "inv_store_step.h"

#include <stdlib.h>


/* A sku that is asked for, and which of them it is. */
typedef struct {
    inv_str_t sku;
    size_t    nth;
} inv_sku_place_t;

/* What is asked for, and where it goes: only ids, or whole products. */
typedef struct {
    inv_sku_place_t *places; /* in order, so that equal ones are neighbours */
    size_t           n;
    inv_oid_t       *ids; /* NULL: whole products */
    inv_product_t  **found;
    bool            *damaged;
} inv_skus_t;


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


/* False: no memory. */
static bool
inv_store_skus_places(inv_arena_t *arena, const inv_str_t *texts,
                      inv_skus_t *skus)
{
    size_t i;

    skus->places = inv_arena_array(arena, skus->n, sizeof(inv_sku_place_t));

    if (skus->places == NULL) {
        return false;
    }

    for (i = 0; i < skus->n; i++) {
        skus->places[i] = (inv_sku_place_t){ texts[i], i };
    }

    qsort(skus->places, skus->n, sizeof(inv_sku_place_t), inv_sku_order);

    return true;
}


/* {sku: {$in: [...]}}, each once.  Returns how many. */
static size_t
inv_store_skus_filter(const inv_skus_t *skus, bson_t *filter)
{
    char                   digits[16];
    bson_t                 in, array;
    size_t                 i, distinct;
    const char            *key;
    const inv_sku_place_t *places = skus->places;

    distinct = 0;

    bson_append_document_begin(filter, "sku", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < skus->n; i++) {
        if (i != 0 && inv_str_eq(places[i].sku, places[i - 1].sku)) {
            continue;
        }

        bson_uint32_to_string((uint32_t) distinct++, &key, digits,
                              sizeof(digits));
        inv_bson_put_text(&array, key, places[i].sku);
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(filter, &in);

    return distinct;
}


/* The first place that asks for a document's sku; NULL: none does. */
static inv_sku_place_t *
inv_store_skus_first(const inv_skus_t *skus, const bson_t *document)
{
    uint32_t        len;
    bson_iter_t     iter;
    inv_sku_place_t asked, *place;

    if (!bson_iter_init_find(&iter, document, "sku")
        || !BSON_ITER_HOLDS_UTF8(&iter))
    {
        return NULL;
    }

    asked.sku.data = bson_iter_utf8(&iter, &len);
    asked.sku.len = len;

    place = bsearch(&asked, skus->places, skus->n, sizeof(inv_sku_place_t),
                    inv_sku_order);

    while (place != NULL && place > skus->places
           && inv_sku_order(place - 1, &asked) == 0)
    {
        place--;
    }

    return place;
}


/* Gives what a document says to all that asked for its sku. */
static inv_store_result_t
inv_store_skus_place(inv_store_call_t *call, inv_skus_t *skus,
                     const bson_t *document)
{
    inv_oid_t              id;
    inv_str_t              sku;
    inv_product_t         *product;
    inv_store_result_t     result;
    const inv_sku_place_t *place;

    place = inv_store_skus_first(skus, document);
    product = NULL;
    result = INV_STORE_OK;

    if (place == NULL || !inv_bson_find_oid(document, "_id", &id)) {
        return inv_bson_is_whole(document) ? INV_STORE_OK
                                           : inv_store_unidentified(call);
    }

    if (skus->ids == NULL) {
        result = inv_store_product_try(call, document, &product);
    }

    sku = place->sku;

    for (/* void */;
         place < skus->places + skus->n && inv_str_eq(place->sku, sku); place++)
    {
        if (skus->ids != NULL) {
            skus->ids[place->nth] = id;

        } else {
            skus->found[place->nth] = product;
            skus->damaged[place->nth] = product == NULL;
        }
    }

    return result;
}


static inv_store_result_t
inv_store_skus_ask(inv_store_link_t *link, inv_skus_t *skus)
{
    bson_t             filter, options, document;
    size_t             distinct;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    distinct = inv_store_skus_filter(skus, &filter);

    bson_init(&options);

    if (skus->ids == NULL) {
        BCON_APPEND(&filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");
        inv_store_without_outbox(&options);

    } else {
        BCON_APPEND(&options, "projection", "{", "sku", BCON_INT32(1), "}");
    }

    result = inv_store_find(link, &filter, &options, (int64_t) distinct, &reply,
                            &documents);

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        result = inv_bson_view(&documents, &document)
                     ? inv_store_skus_place(link->call, skus, &document)
                     : inv_store_unidentified(link->call);
    }

    bson_destroy(&reply.body);
    bson_destroy(&options);
    bson_destroy(&filter);

    return result;
}


static inv_store_result_t
inv_store_skus_run(inv_store_t *store, inv_store_call_t *call,
                   const inv_str_t *texts, inv_skus_t *skus)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    if (!inv_store_skus_places(call->arena, texts, skus)) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_link_open(&link, store, call);

    if (result == INV_STORE_OK) {
        result = inv_store_skus_ask(&link, skus);
        inv_store_link_close(&link);
    }

    return result;
}


inv_store_result_t
inv_store_skus_find(inv_store_t *store, inv_store_call_t *call,
                    const inv_str_t *skus, size_t n, inv_oid_t *ids)
{
    size_t     i;
    inv_skus_t asked = { .n = n, .ids = ids };

    for (i = 0; i < n; i++) {
        ids[i] = inv_store_no_product;
    }

    return inv_store_skus_run(store, call, skus, &asked);
}


inv_store_result_t
inv_store_products_by_sku(inv_store_t *store, inv_store_call_t *call,
                          const inv_str_t *skus, size_t n,
                          inv_product_t **found, bool *damaged)
{
    size_t     i;
    inv_skus_t asked = { .n = n, .found = found, .damaged = damaged };

    for (i = 0; i < n; i++) {
        found[i] = NULL;
        damaged[i] = false;
    }

    return inv_store_skus_run(store, call, skus, &asked);
}
