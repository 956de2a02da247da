
/*
 * store: is the server there, and has it the indexes that this module needs?
 *
 * Runs on threads.
 */


#include "inv_store_internal.h"


/*
 * Keys and options in BSON's JSON: they are few, fixed, and read once a
 * process start.  The names are those that a server gives by itself.  An index
 * that was made by hand is recognised by what it is, whatever its name.  What
 * can be partial is: some servers write to each index at each change, and what
 * is absent, even from a sparse one, has one place in it that all meet at.
 */
static const struct {
    const char *collection;
    const char *name;
    const char *spec;
} inv_store_indexes[] = {
    { INV_STORE_PRODUCTS, "sku_1",
      "{\"key\": {\"sku\": 1}, \"unique\": true,"
      " \"partialFilterExpression\": {\"sku\": {\"$exists\": true}}}" },
    { INV_STORE_PRODUCTS, "createdAt_-1__id_-1",
      "{\"key\": {\"createdAt\": -1, \"_id\": -1}}" },
    { INV_STORE_PRODUCTS, "dirty_1",
      "{\"key\": {\"dirty\": 1},"
      " \"partialFilterExpression\": {\"dirty\": true}}" },
    { INV_STORE_PRODUCTS, "purgeAt_1",
      "{\"key\": {\"purgeAt\": 1}, \"expireAfterSeconds\": 0,"
      " \"partialFilterExpression\": {\"purgeAt\": {\"$exists\": true}}}" },
    { INV_STORE_LEDGER, "productId_1_to_1",
      "{\"key\": {\"productId\": 1, \"to\": 1}}" },
    { INV_STORE_LEDGER, "b_1", "{\"key\": {\"b\": 1}}" },
    { INV_STORE_LEDGER, "at_-1_productId_-1_to_-1",
      "{\"key\": {\"at\": -1, \"productId\": -1, \"to\": -1}}" },
    { INV_STORE_LEDGER, "ops.k_1",
      "{\"key\": {\"ops.k\": 1},"
      " \"partialFilterExpression\": {\"ops.k\": {\"$exists\": true}}}" },
    { INV_STORE_LEDGER, "ops.ref_1",
      "{\"key\": {\"ops.ref\": 1},"
      " \"partialFilterExpression\": {\"ops.ref\": {\"$exists\": true}}}" },
    { INV_STORE_CLAIMS, "purgeAt_1",
      "{\"key\": {\"purgeAt\": 1}, \"expireAfterSeconds\": 0}" },
};

#define INV_STORE_INDEXES \
    (sizeof(inv_store_indexes) / sizeof(inv_store_indexes[0]))

static const char *const inv_store_indexed[] = {
    INV_STORE_PRODUCTS,
    INV_STORE_LEDGER,
    INV_STORE_CLAIMS,
};

#define INV_STORE_INDEXED \
    (sizeof(inv_store_indexed) / sizeof(inv_store_indexed[0]))

/* What there is of an index that is wanted. */
typedef enum {
    INV_INDEX_MISSING,
    INV_INDEX_PRESENT,
    INV_INDEX_OTHER /* its name is another one's */
} inv_store_index_state_t;


inv_store_result_t
inv_store_ping(inv_store_t *store, inv_store_call_t *call)
{
    bson_t             command;
    inv_store_link_t   link;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);

    if (result == INV_STORE_OK) {
        bson_init(&command);
        BCON_APPEND(&command, "ping", BCON_INT32(1));

        result = inv_store_command(&link, INV_COMMAND_PLAIN, &command, &reply);

        bson_destroy(&reply.body);
        bson_destroy(&command);
        inv_store_link_close(&link);
    }

    return result == INV_STORE_OK ? INV_STORE_OK : INV_STORE_UNAVAILABLE;
}


static bson_t *
inv_store_index_spec(size_t i)
{
    bson_t *spec;

    spec = bson_new_from_json((const uint8_t *) inv_store_indexes[i].spec, -1,
                              NULL);
    bson_append_utf8(spec, "name", -1, inv_store_indexes[i].name, -1);

    return spec;
}


/* Looks at one index of a collection. */
static void
inv_store_index_note(const char *collection, const bson_t *found,
                     inv_store_index_state_t *states)
{
    bson_t     *spec;
    size_t      i;
    bson_iter_t name;
    const char *text;

    text =
        bson_iter_init_find(&name, found, "name") && BSON_ITER_HOLDS_UTF8(&name)
            ? bson_iter_utf8(&name, NULL)
            : "";

    for (i = 0; i < INV_STORE_INDEXES; i++) {
        if (strcmp(inv_store_indexes[i].collection, collection) != 0) {
            continue;
        }

        spec = inv_store_index_spec(i);

        if (inv_store_index_same(spec, found)) {
            states[i] = INV_INDEX_PRESENT;

        } else if (strcmp(inv_store_indexes[i].name, text) == 0
                   && states[i] == INV_INDEX_MISSING)
        {
            states[i] = INV_INDEX_OTHER;
        }

        bson_destroy(spec);
    }
}


/* Looks at the indexes that a collection has. */
static inv_store_result_t
inv_store_index_list(inv_store_link_t *link, const char *collection,
                     inv_store_index_state_t *states)
{
    bson_t             command, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "listIndexes", BCON_UTF8(collection));

    result = inv_store_command(link, INV_COMMAND_PLAIN, &command, &reply);

    if (result == INV_STORE_OK && inv_store_reply_batch(&reply, &documents)) {
        while (bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)) {
                inv_store_index_note(collection, &document, states);
            }
        }
    }

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_NO_SUCH_NAMESPACE)
    {
        result = INV_STORE_OK;
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);

    return result;
}


static inv_store_result_t
inv_store_index_create(inv_store_link_t *link, size_t i)
{
    char               why[sizeof(link->call->error)];
    bson_t             command, *spec;
    unsigned           nth;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    spec = inv_store_index_spec(i);
    result = INV_STORE_BUSY;

    for (nth = 0; result == INV_STORE_BUSY && inv_store_pause(link->call, nth);
         nth++)
    {
        bson_init(&command);
        BCON_APPEND(&command, "createIndexes",
                    BCON_UTF8(inv_store_indexes[i].collection), "indexes", "[",
                    BCON_DOCUMENT(spec), "]");

        result = inv_store_command(link, INV_COMMAND_BUILD, &command, &reply);

        bson_destroy(&reply.body);
        bson_destroy(&command);
    }

    bson_destroy(spec);

    if (result != INV_STORE_OK) {
        memcpy(why, link->call->error, sizeof(why));
        inv_store_call_error(link->call, "index \"%s\" of %s: %s",
                             inv_store_indexes[i].name,
                             inv_store_indexes[i].collection, why);
    }

    return result;
}


/* One that is wanted: there, made, or told why not. */
static inv_store_result_t
inv_store_index_ensure(inv_store_link_t *link, size_t i,
                       inv_store_index_state_t state)
{
    switch (state) {

    case INV_INDEX_MISSING:
        return inv_store_index_create(link, i);

    case INV_INDEX_OTHER:
        inv_store_call_error(
            link->call, "index \"%s\" of %s is another one than %s",
            inv_store_indexes[i].name, inv_store_indexes[i].collection,
            inv_store_indexes[i].spec);
        return INV_STORE_FAILED;

    case INV_INDEX_PRESENT:
        break;
    }

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_prepare_run(inv_store_link_t *link)
{
    char                    refused[sizeof(link->call->error)];
    size_t                  i, used;
    inv_store_result_t      result;
    inv_store_index_state_t states[INV_STORE_INDEXES];

    used = 0;
    result = INV_STORE_OK;

    memset(states, 0, sizeof(states));

    for (i = 0; i < INV_STORE_INDEXED && result == INV_STORE_OK; i++) {
        result = inv_store_index_list(link, inv_store_indexed[i], states);
    }

    for (i = 0; i < INV_STORE_INDEXES && result == INV_STORE_OK; i++) {
        result = inv_store_index_ensure(link, i, states[i]);

        /* one that is refused says nothing about the others */
        if (result == INV_STORE_FAILED) {
            used += (size_t) snprintf(refused + used, sizeof(refused) - used,
                                      "%s%.200s", used != 0 ? "; " : "",
                                      link->call->error);
            if (used >= sizeof(refused)) {
                used = sizeof(refused) - 1;
            }

            result = INV_STORE_OK;
        }
    }

    if (result == INV_STORE_OK && used != 0) {
        inv_store_call_error(link->call, "%s", refused);
        return INV_STORE_FAILED;
    }

    return result;
}


inv_store_result_t
inv_store_prepare(inv_store_t *store, inv_store_call_t *call)
{
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_prepare_run(&link);
    inv_store_link_close(&link);

    return result;
}
