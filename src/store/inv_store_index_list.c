
/*
 * store: which of the indexes that this module needs a collection has.
 *
 * Runs on threads.
 */


#include "inv_store_index.h"
#include "inv_store_step.h"


bson_t *
inv_store_index_spec(size_t i)
{
    bson_t *spec;

    spec = bson_new_from_json((const uint8_t *) inv_store_indexes[i].spec, -1,
                              NULL);
    bson_append_utf8(spec, "name", -1, inv_store_indexes[i].name, -1);

    return spec;
}


/* What an index found is for one that is wanted. */
static inv_store_index_state_t
inv_store_index_match(size_t i, const bson_t *found, bool building)
{
    bool        same;
    bson_t     *spec;
    bson_iter_t name;

    spec = inv_store_index_spec(i);
    same = inv_store_index_same(spec, found);
    bson_destroy(spec);

    if (same) {
        return building ? INV_INDEX_BUILDING : INV_INDEX_PRESENT;
    }

    return bson_iter_init_find(&name, found, "name")
                   && BSON_ITER_HOLDS_UTF8(&name)
                   && strcmp(bson_iter_utf8(&name, NULL),
                             inv_store_indexes[i].name)
                          == 0
               ? INV_INDEX_OTHER
               : INV_INDEX_MISSING;
}


/*
 * Looks at one index of the collection.  With includeIndexBuildInfo it is a
 * member of the document, beside what tells of its build while that goes on.
 */
static void
inv_store_index_note(inv_store_indexing_t *indexing, const bson_t *document)
{
    bool                    building;
    bson_t                  found;
    size_t                  i;
    bson_iter_t             spec;
    inv_store_index_state_t state;

    building = bson_has_field(document, "indexBuildInfo");

    if (!bson_iter_init_find(&spec, document, "spec")
        || !BSON_ITER_HOLDS_DOCUMENT(&spec) || !inv_bson_view(&spec, &found))
    {
        (void) bson_init_static(&found, bson_get_data(document), document->len);
    }

    for (i = 0; i < INV_STORE_INDEXES; i++) {
        if (strcmp(inv_store_indexes[i].collection, indexing->collection) != 0)
        {
            continue;
        }

        state = inv_store_index_match(i, &found, building);

        if (state > indexing->states[i]) {
            indexing->states[i] = state;
        }
    }
}


static inv_store_result_t
inv_store_index_ask(inv_store_indexing_t *indexing, inv_store_reply_t *reply)
{
    bson_t             command;
    inv_store_result_t result;

    bson_init(&command);
    BCON_APPEND(&command, "listIndexes", BCON_UTF8(indexing->collection));

    if (!indexing->silent) {
        BCON_APPEND(&command, "includeIndexBuildInfo", BCON_BOOL(true));
    }

    result =
        inv_store_command(indexing->link, INV_COMMAND_PLAIN, &command, reply);

    bson_destroy(&command);

    return result;
}


inv_store_result_t
inv_store_index_list(inv_store_indexing_t *indexing)
{
    bson_t             document;
    bson_iter_t        documents;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    memset(indexing->states, 0, sizeof(indexing->states));

    result = inv_store_index_ask(indexing, &reply);

    /* MongoDB before 6.0 and other servers do not know the option */
    if (result == INV_STORE_FAILED && reply.code != INV_CODE_NO_SUCH_NAMESPACE
        && !indexing->silent)
    {
        bson_destroy(&reply.body);
        indexing->silent = true;
        result = inv_store_index_ask(indexing, &reply);
    }

    if (result == INV_STORE_OK) {
        result =
            inv_store_reply_documents(indexing->link->call, &reply, &documents);
    }

    while (result == INV_STORE_OK && bson_iter_next(&documents)) {
        if (inv_bson_view(&documents, &document)) {
            inv_store_index_note(indexing, &document);
        }
    }

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_NO_SUCH_NAMESPACE)
    {
        result = INV_STORE_OK;
    }

    bson_destroy(&reply.body);

    return result;
}
