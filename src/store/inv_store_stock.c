
/*
 * store: stock operations: here a batch of one purchase.
 *
 * Runs on threads.  The first try assumes that it fits and that the epoch has
 * never been raised; a miss is explained by reading the document, and only
 * what does not fit by itself on that read is refused.
 */


#include "inv_store_internal.h"


/* What the next statement assumes of the document. */
typedef struct {
    int64_t epoch;
    bool    has_version; /* If-Match names one */
    int64_t version;
} inv_store_assumed_t;

typedef struct {
    inv_oid_t           id;
    int64_t             delta;
    const inv_match_t  *if_match;
    inv_store_move_t    move;
    inv_store_assumed_t assumed;
} inv_store_take_t;


static void
inv_store_take_filter(const inv_store_take_t *take, bson_t *filter)
{
    inv_stock_range_t range;

    range = inv_stock_range(take->delta);

    inv_store_filter_live(filter, take->id, take->assumed.epoch);

    if (take->assumed.has_version) {
        bson_append_int64(filter, "version", -1, take->assumed.version);
    }

    BCON_APPEND(filter, "stock", "{", "$gte", BCON_INT64(range.need), "$lte",
                BCON_INT64(range.room), "}");

    inv_store_filter_room(filter, "$lte", 1);
}


static void
inv_store_take_set(const inv_store_take_t *take, bson_t *set)
{
    bson_t numbers, entry;

    bson_init(&numbers);
    BCON_APPEND(&numbers, "from", "{", "$add", "[", BCON_UTF8("$seq"),
                BCON_INT64(1), "]", "}", "to", "{", "$add", "[",
                BCON_UTF8("$seq"), BCON_INT64(1), "]", "}", "after", "{",
                "$add", "[", BCON_UTF8("$stock"), BCON_INT64(take->delta), "]",
                "}", "d", BCON_INT64(take->delta));

    bson_init(&entry);
    inv_store_entry_build(&entry, &take->move, &numbers, true);

    BCON_APPEND(set, "stock", "{", "$add", "[", BCON_UTF8("$stock"),
                BCON_INT64(take->delta), "]", "}", "updatedAt",
                BCON_DATE_TIME(take->move.at));
    inv_store_raise(set, "seq");
    inv_store_raise(set, "version");
    inv_store_outbox_append(set, &entry);

    bson_destroy(&entry);
    bson_destroy(&numbers);
}


/* OK, NOT_FOUND (nothing matched) or a failure. */
static inv_store_result_t
inv_store_take_send(inv_store_link_t *link, const inv_store_take_t *take,
                    inv_stock_outcome_t *outcome)
{
    bson_t             filter, set, fields, document;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_take_filter(take, &filter);

    bson_init(&set);
    inv_store_take_set(take, &set);

    bson_init(&fields);
    BCON_APPEND(&fields, "version", BCON_INT32(1), "outbox", "{", "$slice",
                BCON_INT32(-1), "}");

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    if (result == INV_STORE_OK) {
        result = inv_store_entry_take(link->call, &document, take->id,
                                      take->move.batch, &outcome->entry,
                                      &outcome->seq, &outcome->remaining);
    }

    if (result == INV_STORE_OK
        && !inv_bson_find_integer(&document, "version", &outcome->version))
    {
        result = INV_STORE_UNKNOWN;
    }

    bson_destroy(&reply.body);
    bson_destroy(&fields);
    bson_destroy(&set);
    bson_destroy(&filter);

    return result;
}


/*
 * Reads the document and says why the statement cannot apply; OK: it should,
 * with what is assumed now.  same: nothing that is assumed has changed, so
 * that it was something else, a full outbox for one.
 */
static inv_store_result_t
inv_store_take_assume(inv_store_link_t *link, inv_store_take_t *take,
                      inv_stock_outcome_t *outcome, bool *same)
{
    inv_product_t      *product;
    inv_stock_range_t   range;
    inv_store_result_t  result;
    inv_store_assumed_t assumed;

    result = inv_store_product_load(link, take->id, &product);
    if (result != INV_STORE_OK) {
        return result;
    }

    assumed = (inv_store_assumed_t){ .epoch = product->epoch };

    if (take->if_match->kind == INV_MATCH_LIST) {
        if (!inv_match_version(take->if_match, product->version)) {
            return INV_STORE_VERSION_CHANGED;
        }

        assumed.has_version = true;
        assumed.version = product->version;
    }

    range = inv_stock_range(take->delta);

    if (product->catalog.stock < range.need) {
        outcome->available = product->catalog.stock;
        return INV_STORE_OUT_OF_STOCK;
    }

    if (product->catalog.stock > range.room) {
        return INV_STORE_ABOVE_MAX;
    }

    *same = assumed.epoch == take->assumed.epoch
            && assumed.version == take->assumed.version;
    take->assumed = assumed;

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_take_run(inv_store_link_t *link, inv_store_take_t *take,
                   inv_stock_outcome_t *outcome)
{
    bool               same;
    unsigned           nth;
    inv_store_result_t result;

    same = false;

    if (take->if_match->kind == INV_MATCH_LIST) {
        result = inv_store_take_assume(link, take, outcome, &same);
        if (result != INV_STORE_OK) {
            return result;
        }
    }

    for (nth = 0; inv_store_pause(link->call, nth); nth++) {

        result = inv_store_take_send(link, take, outcome);

        if (result != INV_STORE_NOT_FOUND && result != INV_STORE_BUSY) {
            return result;
        }

        result = inv_store_take_assume(link, take, outcome, &same);

        if (result == INV_STORE_OK && same) {
            result = inv_store_relieve(link, take->id, 1);
        }

        if (result != INV_STORE_OK && result != INV_STORE_BUSY) {
            return result;
        }
    }

    inv_store_call_error(link->call, "contended until the deadline");

    return INV_STORE_BUSY;
}


inv_store_result_t
inv_store_purchase(inv_store_t *store, inv_store_call_t *call, inv_oid_t id,
                   int64_t quantity, const inv_match_t *if_match,
                   const inv_actor_t *actor, inv_time_t at,
                   inv_stock_outcome_t *outcome)
{
    inv_store_link_t   link;
    inv_store_take_t   take;
    inv_store_result_t result;

    memset(&take, 0, sizeof(take));

    take.id = id;
    take.delta = -quantity;
    take.if_match = if_match;
    take.move.batch = inv_store_batch();
    take.move.type = INV_MOVE_PURCHASE;
    take.move.at = at;
    take.move.actor = actor;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_take_run(&link, &take, outcome);
    inv_store_link_close(&link);

    return result;
}
