
/*
 * store: CREATE: a new product with its first movement.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


/* The product as it is to be. */
static inv_product_t
inv_store_create_product(const inv_step_t              *step,
                         const inv_store_edit_action_t *own)
{
    inv_product_t product;

    memset(&product, 0, sizeof(product));

    product.id = step->product;
    product.catalog = own->input.values;
    product.catalog.present |= INV_MEMBER_STOCK;
    product.version = 1;
    product.seq = 1;
    product.created_at = own->action.at;
    product.updated_at = own->action.at;

    return product;
}


/* Its first movement, which is its first stock. */
static void
inv_store_create_entry(const inv_step_t *step, const inv_product_t *product,
                       bson_t *entry)
{
    bson_t           numbers;
    inv_actor_t      actor;
    inv_store_move_t move;

    actor = (inv_actor_t){ step->actions[0]->who, step->actions[0]->trace };
    move = (inv_store_move_t){ .batch = step->batch,
                               .type = INV_MOVE_SET,
                               .at = product->created_at,
                               .actor = &actor };

    bson_init(&numbers);
    BCON_APPEND(&numbers, "from", BCON_INT64(1), "to", BCON_INT64(1), "after",
                BCON_INT64(product->catalog.stock), "d",
                BCON_INT64(product->catalog.stock));

    inv_store_entry_build(entry, &move, &numbers, false);
    bson_destroy(&numbers);
}


/* The document; the step's payload is set.  False: no memory. */
static bool
inv_store_create_document(inv_arena_t *arena, inv_step_t *step,
                          const inv_product_t *product, bson_t *document)
{
    bson_t      outbox, entry, ops;
    uint32_t    n;
    bson_iter_t iter;
    inv_words_t words;

    n = 0;

    if (!inv_store_words_of(arena, &product->catalog, &words)) {
        return false;
    }

    bson_init(&entry);
    inv_store_create_entry(step, product, &entry);

    if (bson_iter_init_find(&iter, &entry, "ops") && inv_bson_view(&iter, &ops))
    {
        step->payload = inv_store_payload_of(&ops);
    }

    inv_store_product_put(document, product);

    if (words.n != 0) {
        inv_store_words_put(document, INV_STORE_WORDS, &words);
    }

    bson_append_bool(document, "dirty", -1, true);
    bson_append_array_begin(document, "outbox", -1, &outbox);
    inv_bson_push_document(&outbox, &n, &entry);
    bson_append_array_end(document, &outbox);

    bson_destroy(&entry);

    return step->payload != NULL;
}


inv_store_result_t
inv_store_create_insert(inv_store_link_t *link, const bson_t *document,
                        bool *clash)
{
    bson_t             command;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "insert", BCON_UTF8(INV_STORE_PRODUCTS), "documents",
                "[", BCON_DOCUMENT(document), "]");

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

    *clash = result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE;

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


/*
 * Whether anything is at the id, be it not durable yet: local, as a majority
 * read does not show what the unique index has already met, and "nothing there"
 * would be told as a sku that is taken.  A duplicate is one of the sku or of the
 * id; not every server says which, and some name _id also where both clash.
 */
static inv_store_result_t
inv_store_create_exists(inv_store_link_t *link, inv_oid_t id, bool *exists)
{
    return inv_store_exists(link, INV_COMMAND_LOCAL, INV_STORE_PRODUCTS, "_id",
                            id, exists);
}


inv_store_result_t
inv_store_create_clash(inv_store_link_t *link, inv_oid_t id,
                       inv_product_t **found)
{
    bool               exists;
    inv_store_result_t result;

    *found = NULL;

    result = inv_store_product_load(link, id, found);

    if (*found != NULL) {
        return INV_STORE_OK;
    }

    if (result != INV_STORE_NOT_FOUND) {
        return INV_STORE_UNKNOWN;
    }

    result = inv_store_create_exists(link, id, &exists);

    return result == INV_STORE_OK && !exists ? INV_STORE_NOT_FOUND
                                             : INV_STORE_UNKNOWN;
}


static void
inv_store_create_clashed(inv_store_link_t *link, inv_step_t *step,
                         inv_store_edit_action_t *own)
{
    inv_product_t     *found;
    inv_store_result_t result;

    /* its entry is another try's, and is drained by who wrote it */
    inv_store_payload_free(step->payload);
    step->payload = NULL;

    result = inv_store_create_clash(link, step->product, &found);

    if (result == INV_STORE_NOT_FOUND) {
        result = (own->input.values.present & INV_MEMBER_SKU)
                     ? INV_STORE_SKU_TAKEN
                     : INV_STORE_UNKNOWN;
    }

    inv_store_step_end(step, result);

    if (result == INV_STORE_OK) {
        link->call->error[0] = '\0';
        inv_store_step_product(step, found);

        if (found->deleted) {
            step->reply = INV_REPLY_MISSED;
        } else {
            own->product = found;
        }
    }
}


void
inv_store_step_create(inv_store_link_t *link, inv_step_t *step)
{
    bool                     clash;
    bson_t                   document;
    inv_product_t           *product;
    inv_store_result_t       result;
    inv_store_edit_action_t *own;

    own = (inv_store_edit_action_t *) step->actions[0];

    product = inv_arena_alloc(link->call->arena, sizeof(inv_product_t));
    if (product == NULL) {
        inv_store_step_end(step, INV_STORE_NO_MEMORY);
        return;
    }

    *product = inv_store_create_product(step, own);

    bson_init(&document);

    if (!inv_store_create_document(link->call->arena, step, product, &document))
    {
        inv_store_step_end(step, INV_STORE_NO_MEMORY);
        bson_destroy(&document);
        return;
    }

    result = inv_store_create_insert(link, &document, &clash);
    bson_destroy(&document);

    if (clash) {
        inv_store_create_clashed(link, step, own);
        return;
    }

    inv_store_step_end(step, result);

    if (result == INV_STORE_OK) {
        own->product = product;
        inv_store_step_product(step, product);
    }
}
