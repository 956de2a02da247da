
/*
 * store: is the server there, and has it the indexes that this module needs?
 *
 * Runs on threads.
 */


#include "inv_store_index.h"
#include "inv_store_step.h"


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

/* The indexes of a collection on their way. */
typedef struct {
    inv_store_link_t       *link;
    const char             *collection;
    inv_store_index_state_t states[INV_STORE_INDEXES];
    size_t                  missing[INV_STORE_INDEXES];
    size_t                  n;            /* that are missing */
    char                    refused[512]; /* what could not be, and why */
} inv_store_indexing_t;


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


/* Looks at one index of the collection. */
static void
inv_store_index_note(inv_store_indexing_t *indexing, const bson_t *found)
{
    bson_t                  *spec;
    size_t                   i;
    bson_iter_t              name;
    const char              *text;
    inv_store_index_state_t *state;

    text =
        bson_iter_init_find(&name, found, "name") && BSON_ITER_HOLDS_UTF8(&name)
            ? bson_iter_utf8(&name, NULL)
            : "";

    for (i = 0; i < INV_STORE_INDEXES; i++) {
        if (strcmp(inv_store_indexes[i].collection, indexing->collection) != 0)
        {
            continue;
        }

        state = &indexing->states[i];
        spec = inv_store_index_spec(i);

        if (inv_store_index_same(spec, found)) {
            *state = INV_INDEX_PRESENT;

        } else if (strcmp(inv_store_indexes[i].name, text) == 0
                   && *state == INV_INDEX_MISSING)
        {
            *state = INV_INDEX_OTHER;
        }

        bson_destroy(spec);
    }
}


/* Looks at the indexes that the collection has. */
static inv_store_result_t
inv_store_index_list(inv_store_indexing_t *indexing)
{
    bson_t             command, document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "listIndexes", BCON_UTF8(indexing->collection));

    result =
        inv_store_command(indexing->link, INV_COMMAND_PLAIN, &command, &reply);

    if (result == INV_STORE_OK && inv_store_reply_batch(&reply, &documents)) {
        while (bson_iter_next(&documents)) {
            if (inv_bson_view(&documents, &document)) {
                inv_store_index_note(indexing, &document);
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


/* n of the missing ones, from first on, by one command. */
static inv_store_result_t
inv_store_index_create(const inv_store_indexing_t *indexing, size_t first,
                       size_t n)
{
    bson_t             command, indexes, *spec;
    size_t             i;
    uint32_t           at;
    unsigned           nth;
    inv_store_reply_t  reply;
    inv_store_result_t result;
    inv_store_link_t  *link = indexing->link;

    result = INV_STORE_BUSY;

    for (nth = 0; result == INV_STORE_BUSY && inv_store_pause(link->call, nth);
         nth++)
    {
        bson_init(&command);
        BCON_APPEND(&command, "createIndexes", BCON_UTF8(indexing->collection));
        bson_append_array_begin(&command, "indexes", -1, &indexes);

        for (i = first, at = 0; i < first + n; i++) {
            spec = inv_store_index_spec(indexing->missing[i]);
            inv_bson_push_document(&indexes, &at, spec);
            bson_destroy(spec);
        }

        bson_append_array_end(&command, &indexes);

        result = inv_store_command(link, INV_COMMAND_BUILD, &command, &reply);

        bson_destroy(&reply.body);
        bson_destroy(&command);
    }

    return result;
}


static void
inv_store_index_refused(inv_store_indexing_t *indexing, size_t i,
                        const char *verb, const char *why)
{
    size_t used;

    used = strlen(indexing->refused);

    snprintf(indexing->refused + used, sizeof(indexing->refused) - used,
             "%sindex \"%s\" of %s%s %.120s", used != 0 ? "; " : "",
             inv_store_indexes[i].name, inv_store_indexes[i].collection, verb,
             why);
}


/*
 * All that are missing by one command, which looks at each document once.  One
 * that is refused says nothing about the others, but keeps them from being
 * made: then each by its own.
 */
static inv_store_result_t
inv_store_index_make(inv_store_indexing_t *indexing)
{
    size_t             i;
    inv_store_result_t result;

    result = indexing->n > 0 ? inv_store_index_create(indexing, 0, indexing->n)
                             : INV_STORE_OK;

    if (result != INV_STORE_FAILED) {
        return result;
    }

    for (i = 0; i < indexing->n; i++) {
        result = inv_store_index_create(indexing, i, 1);

        if (result == INV_STORE_FAILED) {
            inv_store_index_refused(indexing, indexing->missing[i], ":",
                                    indexing->link->call->error);
            result = INV_STORE_OK;
        }

        if (result != INV_STORE_OK) {
            return result;
        }
    }

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_index_collection(inv_store_indexing_t *indexing)
{
    size_t             i;
    inv_store_result_t result;

    indexing->n = 0;
    memset(indexing->states, 0, sizeof(indexing->states));

    result = inv_store_index_list(indexing);
    if (result != INV_STORE_OK) {
        return result;
    }

    for (i = 0; i < INV_STORE_INDEXES; i++) {
        if (strcmp(inv_store_indexes[i].collection, indexing->collection) != 0)
        {
            continue;
        }

        if (indexing->states[i] == INV_INDEX_OTHER) {
            inv_store_index_refused(indexing, i, " is another one than",
                                    inv_store_indexes[i].spec);

        } else if (indexing->states[i] == INV_INDEX_MISSING) {
            indexing->missing[indexing->n++] = i;
        }
    }

    return inv_store_index_make(indexing);
}


static inv_store_result_t
inv_store_prepare_run(inv_store_link_t *link)
{
    size_t               i;
    inv_store_result_t   result;
    inv_store_indexing_t indexing;

    memset(&indexing, 0, sizeof(indexing));
    indexing.link = link;
    result = INV_STORE_OK;

    for (i = 0; i < INV_STORE_INDEXED && result == INV_STORE_OK; i++) {
        indexing.collection = inv_store_indexed[i];
        result = inv_store_index_collection(&indexing);
    }

    if (result == INV_STORE_OK && indexing.refused[0] != '\0') {
        inv_store_call_error(link->call, "%s", indexing.refused);
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
