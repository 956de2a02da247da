
/*
 * store: has the server the indexes that this module needs?
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

/*
 * How often the indexes of one collection are listed.  The first time, all that
 * are missing are to be made.  A command that makes them may get no reply: the
 * plain ones' command, then the unique one's.  After each of these the list tells
 * what is missing still.
 */
#define INV_STORE_INDEX_LOOKS 3

_Static_assert(INV_STORE_INDEXES <= 32, "an index is a bit of a uint32_t");


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


/* Notes that an index was refused: it is not asked for again. */
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

    indexing->builds->refused |= UINT32_C(1) << i;
}


static inv_store_result_t
inv_store_index_make_one(inv_store_indexing_t *indexing, size_t nth)
{
    inv_store_result_t result;

    result = inv_store_index_create(indexing, nth, 1);

    if (result == INV_STORE_FAILED) {
        inv_store_index_refused(indexing, indexing->missing[nth], ":",
                                indexing->link->call->error);
        return INV_STORE_OK;
    }

    return result;
}


/*
 * Those that are missing by one command, which looks at each document once.  A
 * unique one goes alone: documents may be in its way, which is found out only
 * after all of them were looked at, and nothing is made by a command that fails.
 * Any other that is refused says nothing about its mates: then each goes alone.
 */
static inv_store_result_t
inv_store_index_make(inv_store_indexing_t *indexing)
{
    size_t             i;
    inv_store_result_t result;

    i = 0;

    if (indexing->together > 1) {
        result = inv_store_index_create(indexing, 0, indexing->together);

        if (result == INV_STORE_OK) {
            i = indexing->together;

        } else if (result != INV_STORE_FAILED) {
            return result;
        }
    }

    for (result = INV_STORE_OK; result == INV_STORE_OK && i < indexing->n; i++)
    {
        result = inv_store_index_make_one(indexing, i);
    }

    return result;
}


/* What a look says about one index, and what it said before. */
static void
inv_store_index_sort(inv_store_indexing_t *indexing, size_t i)
{
    uint32_t            bit = UINT32_C(1) << i;
    inv_store_builds_t *builds = indexing->builds;

    if (indexing->states[i] == INV_INDEX_BUILDING) {
        builds->building |= bit;
        return;
    }

    if (indexing->states[i] == INV_INDEX_MISSING && (builds->building & bit)) {
        inv_store_index_refused(
            indexing, i, ":", "its build has failed, MongoDB's log tells why");
    }

    builds->building &= ~bit;

    if (builds->refused & bit) {
        return;
    }

    if (indexing->states[i] == INV_INDEX_OTHER) {
        inv_store_index_refused(indexing, i, " is another one than",
                                inv_store_indexes[i].spec);

    } else if (indexing->states[i] == INV_INDEX_MISSING) {
        indexing->missing[indexing->n++] = i;
    }
}


/* Finds those that are to be made: the unique ones are the last. */
static inv_store_result_t
inv_store_index_look(inv_store_indexing_t *indexing)
{
    bool               unique;
    size_t             i, pass;
    inv_store_result_t result;

    result = inv_store_index_list(indexing);
    if (result != INV_STORE_OK) {
        return result;
    }

    indexing->n = 0;
    indexing->together = 0;

    for (pass = 0; pass < 2; pass++) {
        for (i = 0; i < INV_STORE_INDEXES; i++) {
            unique = strstr(inv_store_indexes[i].spec, "\"unique\"") != NULL;

            if (unique == (pass == 1)
                && strcmp(inv_store_indexes[i].collection, indexing->collection)
                       == 0)
            {
                inv_store_index_sort(indexing, i);
            }
        }

        if (pass == 0) {
            indexing->together = indexing->n;
        }
    }

    return INV_STORE_OK;
}


/*
 * No reply in time is no news of a build: the next look tells whether it goes
 * on, or the command is to be sent again.
 */
static inv_store_result_t
inv_store_index_collection(inv_store_indexing_t *indexing)
{
    unsigned           looks;
    inv_store_result_t result, made;

    made = INV_STORE_UNKNOWN;

    for (looks = 0; made == INV_STORE_UNKNOWN && looks < INV_STORE_INDEX_LOOKS;
         looks++)
    {
        result = inv_store_index_look(indexing);

        if (result != INV_STORE_OK) {
            return looks == 0 ? result : INV_STORE_UNKNOWN;
        }

        made = inv_store_index_make(indexing);
    }

    return made;
}


/* Names what is being built. */
static void
inv_store_index_name(inv_store_builds_t *builds)
{
    size_t i, used;

    builds->named[0] = '\0';

    for (i = 0; i < INV_STORE_INDEXES; i++) {
        if (builds->building & (UINT32_C(1) << i)) {
            used = strlen(builds->named);
            snprintf(builds->named + used, sizeof(builds->named) - used,
                     "%sindex \"%s\" of %s", used != 0 ? ", " : "",
                     inv_store_indexes[i].name,
                     inv_store_indexes[i].collection);
        }
    }
}


static inv_store_result_t
inv_store_prepare_run(inv_store_link_t *link, inv_store_builds_t *builds)
{
    size_t               i;
    inv_store_result_t   result;
    inv_store_indexing_t indexing;

    memset(&indexing, 0, sizeof(indexing));
    indexing.link = link;
    indexing.builds = builds;
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
inv_store_prepare(inv_store_t *store, inv_store_call_t *call,
                  inv_store_builds_t *builds)
{
    uint32_t           told;
    inv_store_link_t   link;
    inv_store_result_t result;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    told = builds->refused;

    result = inv_store_prepare_run(&link, builds);
    inv_store_link_close(&link);

    /* what was refused is told by FAILED only: the next try tells it */
    if (result != INV_STORE_OK && result != INV_STORE_FAILED) {
        builds->refused = told;
    }

    inv_store_index_name(builds);

    return result;
}
