
/*
 * store: the statement of a batch: it applies wholly or not at all, and does
 * no choosing.
 *
 * Any thread, no I/O.
 */


#include "inv_store_apply.h"


/* name is a literal: its length is known, which counts at 256 ops. */
#define inv_store_apply_oid(op, name, oid) \
    bson_append_oid(op, name, sizeof(name) - 1, oid)
#define inv_store_apply_text(op, name, text)                      \
    if ((text).data != NULL) {                                    \
        bson_append_utf8(op, name, sizeof(name) - 1, (text).data, \
                         (int) (text).len);                       \
    }


static void
inv_store_apply_op(bson_t *op, const inv_action_t *action)
{
    bson_oid_t key;

    bson_append_utf8(op, "t", 1, inv_move_name(action->type), -1);
    bson_append_int64(op, "d", 1, action->delta);

    /* only where somebody may ask for it later */
    if (action->claim != NULL) {
        bson_oid_init_from_data(&key, action->key.bytes);
        inv_store_apply_oid(op, "k", &key);
    }

    inv_store_apply_text(op, "ref", action->reference);
    inv_store_apply_text(op, "why", action->reason);
    inv_store_apply_text(op, "who", action->who);
    inv_store_apply_text(op, "trace", action->trace);
}


bool
inv_store_apply_ops(inv_step_t *step, bson_t *ops)
{
    char        digits[16];
    bson_t      op;
    size_t      i, len;
    const char *key;

    bson_init(ops);

    for (i = 0; i < step->n; i++) {
        len = bson_uint32_to_string((uint32_t) i, &key, digits, sizeof(digits));
        bson_append_document_begin(ops, key, (int) len, &op);
        inv_store_apply_op(&op, step->actions[i]);
        bson_append_document_end(ops, &op);
    }

    step->payload = inv_store_payload_of(ops);

    return step->payload != NULL;
}


/* As inv_store_room, of an outbox without the step's batches. */
static void
inv_store_apply_room(const inv_step_t *step, bson_t *room)
{
    bson_t batches, kept;

    if (step->nbatches == 0) {
        inv_store_room(room, (unsigned) step->n);
        return;
    }

    inv_store_step_batches(step, &batches);
    bson_init(&kept);
    inv_store_outbox_kept(&kept, "kept", &batches);

    /* clang-format off */
    BCON_APPEND(room, "$lte", "[",
        "{", "$let", "{", "vars", BCON_DOCUMENT(&kept), "in",
            "{", "$add", "[",
                "{", "$subtract", "[",
                    "{", "$sum", BCON_UTF8("$$kept.to"), "}",
                    "{", "$sum", BCON_UTF8("$$kept.from"), "}",
                "]", "}",
                "{", "$size", BCON_UTF8("$$kept"), "}",
            "]", "}",
        "}", "}",
        BCON_INT64(INV_OUTBOX_OPS_MAX - (int64_t) step->n),
    "]");
    /* clang-format on */

    bson_destroy(&kept);
    bson_destroy(&batches);
}


void
inv_store_apply_filter(const inv_step_t *step, bson_t *filter)
{
    bson_t room;

    inv_store_filter_product(filter, step->product);

    if (step->guards_epoch) {
        bson_append_int64(filter, "epoch", -1, step->epoch);
    }

    if (step->guards_stock) {
        BCON_APPEND(filter, "stock", "{", "$gte", BCON_INT64(step->need),
                    "$lte", BCON_INT64(step->room), "}");
    }

    if (step->has_version) {
        bson_append_int64(filter, "version", -1, step->version);
    }

    bson_init(&room);
    inv_store_apply_room(step, &room);
    inv_store_filter_state(filter, &room);
    bson_destroy(&room);
}


static inv_time_t
inv_store_apply_at(const inv_step_t *step)
{
    size_t     i;
    inv_time_t at;

    at = step->actions[0]->at;

    for (i = 1; i < step->n; i++) {
        if (step->actions[i]->at > at) {
            at = step->actions[i]->at;
        }
    }

    return at;
}


static void
inv_store_apply_entry(const inv_step_t *step, bson_t *entry, const bson_t *ops)
{
    inv_bson_put_oid(entry, "b", step->batch);

    /* clang-format off */
    BCON_APPEND(entry,
        "from", "{", "$add", "[", BCON_UTF8("$seq"), BCON_INT64(1), "]", "}",
        "to", "{", "$add", "[", BCON_UTF8("$seq"),
                                BCON_INT64((int64_t) step->n), "]", "}",
        "after", "{", "$add", "[", BCON_UTF8("$stock"),
                                   BCON_INT64(step->sum), "]", "}",
        "at", BCON_DATE_TIME(inv_store_apply_at(step)),
        "ops", "{", "$literal", BCON_ARRAY(ops), "}");
    /* clang-format on */
}


void
inv_store_apply_set(const inv_step_t *step, bson_t *set, const bson_t *ops)
{
    bson_t added, batches, entry, kept;

    bson_init(&entry);
    inv_store_apply_entry(step, &entry, ops);

    /* clang-format off */
    BCON_APPEND(set,
        "stock", "{", "$add", "[", BCON_UTF8("$stock"),
                                   BCON_INT64(step->sum), "]", "}",
        "seq", "{", "$add", "[", BCON_UTF8("$seq"),
                                 BCON_INT64((int64_t) step->n), "]", "}",
        "version", "{", "$add", "[", BCON_UTF8("$version"),
                                 BCON_INT64((int64_t) step->n), "]", "}",
        "updatedAt", BCON_DATE_TIME(inv_store_apply_at(step)));
    /* clang-format on */


    if (step->nbatches == 0) {
        inv_store_outbox_append(set, &entry);

    } else {
        inv_store_step_batches(step, &batches);
        bson_init(&kept);
        inv_store_outbox_kept(&kept, "0", &batches);
        bson_append_array_begin(&kept, "1", 1, &added);
        bson_append_document(&added, "0", 1, &entry);
        bson_append_array_end(&kept, &added);

        BCON_APPEND(set, "dirty", BCON_BOOL(true), "outbox", "{",
                    "$concatArrays", BCON_ARRAY(&kept), "}");

        bson_destroy(&kept);
        bson_destroy(&batches);
    }

    bson_destroy(&entry);
}
