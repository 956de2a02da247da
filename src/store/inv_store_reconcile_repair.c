
/*
 * store: the movement that makes a ledger's sums a product's again.
 *
 * Runs on threads.  The product's stock stays as it is, so nothing that clients
 * see of it changes, and copies of it stay right.  The statement is filtered on
 * everything that it was computed from: one that lands late either still fits
 * or does nothing, so it is never made twice.
 */


#include "inv_store_reconcile_private.h"


static void
inv_store_repair_text(bson_t *op, const char *name, inv_str_t text)
{
    if (text.data != NULL) {
        inv_bson_put_text(op, name, text);
    }
}


/* False: there is no such movement. */
static bool
inv_store_repair_entry(bson_t *entry, const inv_movement_check_t *check,
                       const inv_actor_t *actor)
{
    bson_t  ops, op;
    int64_t delta, reserved;

    if (!inv_check_balance(check, &delta, &reserved)) {
        return false;
    }

    inv_bson_put_oid(entry, "b", inv_store_batch());
    BCON_APPEND(entry, "from", BCON_INT64(check->seq + 1), "to",
                BCON_INT64(check->seq + 1), "after", BCON_INT64(check->stock),
                "at", BCON_DATE_TIME(inv_time_now()));

    bson_append_array_begin(entry, "ops", -1, &ops);
    bson_append_document_begin(&ops, "0", -1, &op);
    BCON_APPEND(&op, "t", BCON_UTF8(inv_move_name(INV_MOVE_ADJUST)), "d",
                BCON_INT64(delta));

    if (reserved != 0) {
        bson_append_int64(&op, "r", -1, reserved);
    }

    bson_append_utf8(&op, "why", -1, INV_RECONCILE_REASON, -1);
    inv_store_repair_text(&op, "who", actor->who);
    inv_store_repair_text(&op, "trace", actor->trace);
    bson_append_document_end(&ops, &op);
    bson_append_array_end(entry, &ops);

    return true;
}


inv_store_result_t
inv_store_reconcile_repair(inv_store_link_t *link, inv_reconcile_item_t *item,
                           const inv_actor_t *actor)
{
    bson_t                command, entry, document;
    bson_oid_t            id;
    inv_store_reply_t     reply;
    inv_store_result_t    result;
    inv_movement_check_t *check;

    check = &item->check;

    if (item->ops >= INV_OUTBOX_OPS_MAX) {
        return INV_STORE_NOT_FOUND;
    }

    bson_init(&entry);

    if (!inv_store_repair_entry(&entry, check, actor)) {
        bson_destroy(&entry);
        return INV_STORE_NOT_FOUND;
    }

    bson_oid_init_from_data(&id, check->product.bytes);

    bson_init(&command);
    /* clang-format off */
    BCON_APPEND(&command,
        "findAndModify", BCON_UTF8(INV_STORE_PRODUCTS),
        "query", "{",
            "_id", BCON_OID(&id),
            "epoch", BCON_INT64(check->epoch),
            "seq", BCON_INT64(check->seq),
            "stock", BCON_INT64(check->stock),
            "reserved", BCON_INT64(check->reserved),
            "deleted", "{", "$exists", BCON_BOOL(false), "}",
        "}",
        "update", "{",
            "$inc", "{", "seq", BCON_INT64(1), "}",
            "$set", "{", "dirty", BCON_BOOL(true), "}",
            "$push", "{", "outbox", BCON_DOCUMENT(&entry), "}",
        "}",
        "new", BCON_BOOL(true),
        "fields", "{", "seq", BCON_INT32(1), "}");
    /* clang-format on */

    result = inv_store_command(link, INV_COMMAND_WRITE, &command, &reply);

    if (result == INV_STORE_OK) {
        result = inv_store_modified(link->call, &reply, &document);
    }

    if (result == INV_STORE_OK) {
        check->repaired = check->seq + 1;
    }

    bson_destroy(&reply.body);
    bson_destroy(&command);
    bson_destroy(&entry);

    return result;
}
