
/*
 * store: LOOK: entries in the ledger, by batch or by key.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


static bool
inv_store_look_contains(const inv_oid_t *ids, size_t n, inv_oid_t id)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (inv_oid_eq(ids[i], id)) {
            return true;
        }
    }

    return false;
}


/* Does the step look for this entry, and has not got it yet? */
static bool
inv_store_look_wants(const inv_step_t *step, const inv_entry_view_t *view)
{
    size_t i;

    for (i = 0; i < step->nviews; i++) {
        if (inv_oid_eq(step->views[i].batch, view->batch)) {
            return false;
        }
    }

    if (inv_store_look_contains(step->batches, step->nbatches, view->batch)) {
        return true;
    }

    for (i = 0; i < view->nops; i++) {
        if (view->ops[i].has_key
            && inv_store_look_contains(step->keys, step->nkeys,
                                       view->ops[i].key))
        {
            return true;
        }
    }

    return false;
}


/*
 * Gives an entry of the step's product to it where it looks for it.  As many
 * views as a step has batches and keys: an entry has one of them at least.
 */
static inv_store_result_t
inv_store_look_entry(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document)
{
    inv_entry_view_t   view;
    inv_store_result_t result;

    if (step->arena == NULL) {
        step->arena = inv_arena_create();
    }

    if (step->arena != NULL && step->views == NULL) {
        step->views = inv_arena_array(step->arena, step->nbatches + step->nkeys,
                                      sizeof(inv_entry_view_t));
    }

    if (step->views == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    result = inv_store_view(call, step->arena, document, INV_VIEW_OPS,
                            step->product, &view);

    if (result == INV_STORE_OK && inv_store_look_wants(step, &view)
        && step->nviews < step->nbatches + step->nkeys)
    {
        step->views[step->nviews++] = view;
    }

    return result;
}


/* All of what a find shows, or its failure: half of it would be a wrong no. */
static inv_store_result_t
inv_store_look_reply(inv_store_call_t *call, inv_step_t **steps, size_t n,
                     const inv_store_reply_t *reply)
{
    bson_t             document;
    size_t             i;
    inv_oid_t          product;
    bson_iter_t        documents, iter, id;
    inv_store_result_t result;

    if (!inv_store_reply_batch(reply, &documents)
        || !bson_iter_init(&iter, &reply->body)
        || !bson_iter_find_descendant(&iter, "cursor.id", &id)
        || bson_iter_as_int64(&id) != 0)
    {
        inv_store_call_error(call, "find ledger: not all in one batch");
        return INV_STORE_UNAVAILABLE;
    }

    while (bson_iter_next(&documents)) {
        if (!inv_bson_view(&documents, &document)
            || !inv_bson_find_oid(&document, "productId", &product))
        {
            inv_store_call_error(call, "the ledger has an entry of no product");
            return INV_STORE_FAILED;
        }

        i = inv_store_step_of(steps, n, product);

        /* one damaged entry says nothing of other products' */
        if (i < n && steps[i]->reply == INV_REPLY_DONE) {
            result = inv_store_look_entry(call, steps[i], &document);
            inv_store_step_end(steps[i], result);
        }
    }

    return INV_STORE_OK;
}


/* What one command looks for: a part of all steps' batches, or of their keys. */
typedef struct {
    bson_t      ids;
    bson_t      products; /* of the steps that look for these */
    const char *name;     /* the member: "b" or "ops.k" */
    uint32_t    nids;
    uint32_t    nproducts;
} inv_store_terms_t;


static void
inv_store_terms_init(inv_store_terms_t *terms, const char *name)
{
    terms->name = name;
    terms->nids = 0;
    terms->nproducts = 0;
    bson_init(&terms->ids);
    bson_init(&terms->products);
}


static void
inv_store_terms_end(inv_store_terms_t *terms)
{
    bson_destroy(&terms->products);
    bson_destroy(&terms->ids);
}


/* The product says where: a sharded ledger is asked where its entries are. */
static void
inv_store_terms_filter(const inv_store_terms_t *terms, bson_t *filter)
{
    bson_init(filter);
    BCON_APPEND(filter, "productId", "{", "$in", BCON_ARRAY(&terms->products),
                "}", terms->name, "{", "$in", BCON_ARRAY(&terms->ids), "}");
}


static inv_store_result_t
inv_store_look_find(inv_store_link_t *link, inv_step_t **steps, size_t n,
                    const inv_store_terms_t *terms)
{
    bson_t             command, filter, fields;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    inv_store_terms_filter(terms, &filter);

    bson_init(&fields);
    bson_append_int32(&fields, "productId", -1, 1);
    inv_store_entry_fields(&fields, "", INV_VIEW_OPS);

    bson_init(&command);
    BCON_APPEND(&command, "find", BCON_UTF8(INV_STORE_LEDGER), "filter",
                BCON_DOCUMENT(&filter), "projection", BCON_DOCUMENT(&fields),
                "batchSize", BCON_INT32(2 * INV_STORE_TERMS_MAX));

    result = inv_store_command(link, INV_COMMAND_READ, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_look_reply(link->call, steps, n, &reply);
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&fields);
    bson_destroy(&filter);

    return result;
}


/* Asks for what was put together, and begins anew. */
static inv_store_result_t
inv_store_look_part(inv_store_link_t *link, inv_step_t **steps, size_t n,
                    inv_store_terms_t *terms)
{
    const char        *name = terms->name;
    inv_store_result_t result;

    result = inv_store_look_find(link, steps, n, terms);

    inv_store_terms_end(terms);
    inv_store_terms_init(terms, name);

    return result;
}


/* One step's ids: a command for each INV_STORE_TERMS_MAX that are together. */
static inv_store_result_t
inv_store_look_step(inv_store_link_t *link, inv_step_t **steps, size_t n,
                    const inv_step_t *step, bool keys, inv_store_terms_t *terms)
{
    size_t             i, first, count;
    const inv_oid_t   *ids;
    inv_store_result_t result;

    ids = keys ? step->keys : step->batches;
    count = keys ? step->nkeys : step->nbatches;
    result = INV_STORE_OK;
    first = 0;

    for (i = 0; i < count && result == INV_STORE_OK; i++) {
        if (i == first) {
            inv_bson_push_oid(&terms->products, &terms->nproducts,
                              step->product);
        }

        inv_bson_push_oid(&terms->ids, &terms->nids, ids[i]);

        if (terms->nids == INV_STORE_TERMS_MAX) {
            result = inv_store_look_part(link, steps, n, terms);
            first = i + 1;
        }
    }

    return result;
}


/* All steps' batches, or their keys. */
static inv_store_result_t
inv_store_look_terms(inv_store_link_t *link, inv_step_t **steps, size_t n,
                     bool keys)
{
    size_t             i;
    inv_store_terms_t  terms;
    inv_store_result_t result;

    inv_store_terms_init(&terms, keys ? "ops.k" : "b");
    result = INV_STORE_OK;

    for (i = 0; i < n && result == INV_STORE_OK; i++) {
        result = inv_store_look_step(link, steps, n, steps[i], keys, &terms);
    }

    if (result == INV_STORE_OK && terms.nids != 0) {
        result = inv_store_look_find(link, steps, n, &terms);
    }

    inv_store_terms_end(&terms);

    return result;
}


void
inv_store_step_look(inv_store_link_t *link, inv_step_t **steps, size_t n)
{
    inv_store_result_t result;

    inv_store_steps_end(steps, n, INV_STORE_OK);

    result = inv_store_look_terms(link, steps, n, false);

    if (result == INV_STORE_OK) {
        result = inv_store_look_terms(link, steps, n, true);
    }

    if (result != INV_STORE_OK) {
        inv_store_steps_end(steps, n, inv_store_read_failure(result));
    }
}
