
/*
 * store: the statement of the protocol: one findAndModify on one product that
 * applies wholly or not at all, and what its filters and pipelines share.
 *
 * Runs on threads.
 */


#include "inv_store_step.h"


void
inv_store_room(bson_t *room, unsigned ops)
{
    /*
     * An entry holds to - from + 1 ops, so the outbox holds the sum of its to
     * less the sum of its from plus the count of its entries: exact for
     * entries of any size, and without a loop of ours.
     */
    /* clang-format off */
    BCON_APPEND(room, "$lte", "[",
        "{", "$add", "[",
            "{", "$subtract", "[",
                "{", "$sum", BCON_UTF8("$outbox.to"), "}",
                "{", "$sum", BCON_UTF8("$outbox.from"), "}",
            "]", "}",
            "{", "$size", BCON_UTF8("$outbox"), "}",
        "]", "}",
        BCON_INT64(INV_OUTBOX_OPS_MAX - (int64_t) ops), "]");
    /* clang-format on */
}


static void
inv_store_filter_count(bson_t *filter, const char *name, int64_t max)
{
    if (!bson_has_field(filter, name)) {
        BCON_APPEND(filter, name, "{", "$gte", BCON_INT64(0), "$lte",
                    BCON_INT64(max), "}");
    }
}


void
inv_store_filter_state(bson_t *filter, const bson_t *room)
{
    inv_store_filter_count(filter, "reserved", INV_STOCK_MAX);
    inv_store_filter_count(filter, "seq", INV_STORE_COUNT_MAX);
    inv_store_filter_count(filter, "version", INV_STORE_COUNT_MAX);

    /*
     * Their sum is a whole number only where each of them is a number: with one
     * that is missing it is null, with one of another type an error, which
     * applies nothing either.  One expression costs a third of one for each.
     */
    /* clang-format off */
    BCON_APPEND(filter, "$expr", "{", "$and", "[",
        "{", "$eq", "[", "{", "$mod", "[",
            "{", "$add", "[",
                BCON_UTF8("$stock"), BCON_UTF8("$reserved"), BCON_UTF8("$seq"),
                BCON_UTF8("$version"), BCON_UTF8("$epoch"),
            "]", "}",
            BCON_INT32(1), "]", "}", BCON_INT32(0),
        "]", "}",
        BCON_DOCUMENT(room),
    "]", "}");
    /* clang-format on */
}


void
inv_store_filter_product(bson_t *filter, inv_oid_t id)
{
    inv_bson_put_oid(filter, "_id", id);

    BCON_APPEND(filter, "deleted", "{", "$exists", BCON_BOOL(false), "}");
}


void
inv_store_raise(bson_t *set, const char *name)
{
    char path[32];

    snprintf(path, sizeof(path), "$%s", name);

    BCON_APPEND(set, name, "{", "$add", "[", BCON_UTF8(path), BCON_INT64(1),
                "]", "}");
}


void
inv_store_outbox_append(bson_t *set, const bson_t *entry)
{
    BCON_APPEND(set, "dirty", BCON_BOOL(true), "outbox", "{", "$concatArrays",
                "[", BCON_UTF8("$outbox"), "[", BCON_DOCUMENT(entry), "]", "]",
                "}");
}


/*
 * MongoDB says value: null where nothing matched; where value is missing, the
 * count of what was changed says as much.
 */
static bool
inv_store_none_matched(const bson_t *reply)
{
    bool        null;
    bson_t      last;
    int64_t     n;
    bson_iter_t iter;

    null = bson_iter_init_find(&iter, reply, "value");

    if (null && !BSON_ITER_HOLDS_NULL(&iter)) {
        return false;
    }

    return bson_iter_init_find(&iter, reply, "lastErrorObject")
                   && inv_bson_view(&iter, &last)
                   && inv_bson_find_integer(&last, "n", &n)
               ? n == 0
               : null;
}


inv_store_result_t
inv_store_modified(inv_store_call_t *call, const inv_store_reply_t *reply,
                   bson_t *document)
{
    bson_iter_t iter;

    if (bson_iter_init_find(&iter, &reply->body, "value")
        && BSON_ITER_HOLDS_DOCUMENT(&iter) && inv_bson_view(&iter, document))
    {
        return INV_STORE_OK;
    }

    if (inv_store_none_matched(&reply->body)) {
        return INV_STORE_NOT_FOUND;
    }

    inv_store_call_error(call, "findAndModify: a reply without a value");

    return INV_STORE_UNKNOWN;
}


inv_store_result_t
inv_store_statement(inv_store_link_t *link, const bson_t *filter,
                    const bson_t *set, const bson_t *fields,
                    inv_store_reply_t *reply, bson_t *document)
{
    bson_t             command;
    inv_store_result_t result;

    bson_init(&command);

    BCON_APPEND(&command, "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
                "query", BCON_DOCUMENT(filter), "update", "[", "{", "$set",
                BCON_DOCUMENT(set), "}", "]", "new", BCON_BOOL(true), "fields",
                BCON_DOCUMENT(fields));

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, reply);
    bson_destroy(&command);

    return result == INV_STORE_OK
               ? inv_store_modified(link->call, reply, document)
               : result;
}


void
inv_store_step_statement(inv_store_link_t *link, inv_step_t *step,
                         const bson_t *filter, const bson_t *set)
{
    bson_t             fields, document;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&fields);
    inv_store_product_fields(&fields);

    result = inv_store_statement(link, filter, set, &fields, &reply, &document);

    /* it has been applied: what cannot be shown is in doubt */
    if (result == INV_STORE_OK
        && inv_store_step_state(link->call, step, &document) != INV_STORE_OK)
    {
        result = INV_STORE_UNKNOWN;
    }

    if (result == INV_STORE_OK) {
        step->proven = true;
        inv_store_step_show(link->call, step, &document);
    }

    inv_store_step_sent(step, result);
    inv_store_step_diagnose(link, step);

    bson_destroy(&reply.body);
    bson_destroy(&fields);
}
