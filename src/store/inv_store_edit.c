
/*
 * store: edits (PUT, PATCH): ops of an entry too, so that the ledger is also
 * the audit trail of names and prices.
 *
 * Runs on threads.  An edit is merged into what was read, and written only
 * where no other edit came between: the filter names the epoch and the count
 * of edits as read.  Purchases may come between; so a new stock is written as
 * what it is, and its delta is taken from the stock that the statement meets.
 */


#include "inv_store_internal.h"


typedef struct {
    inv_oid_t                  id;
    const inv_product_input_t *input;
    inv_write_mode_t           mode;
    const inv_match_t         *if_match;
    inv_store_move_t           move;

    inv_product_t *current; /* as read */
    inv_catalog_t  next;
    inv_members_t  changed;
} inv_store_edit_t;


static void
inv_store_edit_filter(const inv_store_edit_t *edit, bson_t *filter)
{
    inv_store_filter_live(filter, edit->id, edit->current->epoch);

    bson_append_int64(filter, "edits", -1, edit->current->edits);

    if (edit->if_match->kind == INV_MATCH_LIST) {
        bson_append_int64(filter, "version", -1, edit->current->version);
    }

    /* a stock that was given and is right already must still be right then */
    if ((edit->input->values.present & INV_MEMBER_STOCK)
        && !(edit->changed & INV_MEMBER_STOCK))
    {
        bson_append_int64(filter, "stock", -1, edit->current->catalog.stock);
    }

    inv_store_filter_room(filter, "$lte", 1);
}


static void
inv_store_edit_side(bson_t *pair, const char *key, inv_member_t member,
                    const inv_catalog_t *catalog)
{
    if (catalog->present & member) {
        inv_store_member_put(pair, key, member, catalog);
    } else {
        bson_append_null(pair, key, -1);
    }
}


/* {member: [old, new]} of all but the stock, of which the delta tells. */
static void
inv_store_edit_changes(const inv_store_edit_t *edit, bson_t *changes)
{
    bson_t        pair;
    const char   *name;
    inv_members_t bit;

    for (bit = 1; bit & INV_MEMBERS_ALL; bit <<= 1) {
        if (!(edit->changed & bit) || bit == INV_MEMBER_STOCK) {
            continue;
        }

        name = inv_member_name((inv_member_t) bit);

        bson_append_array_begin(changes, name, -1, &pair);
        inv_store_edit_side(&pair, "0", (inv_member_t) bit,
                            &edit->current->catalog);
        inv_store_edit_side(&pair, "1", (inv_member_t) bit, &edit->next);
        bson_append_array_end(changes, &pair);
    }
}


/* The members as they are to be; what is not there any more is removed. */
static void
inv_store_edit_members(const inv_store_edit_t *edit, bson_t *set)
{
    bson_t        literal;
    const char   *name;
    inv_members_t bit;

    for (bit = 1; bit & INV_MEMBERS_ALL; bit <<= 1) {
        if (!(edit->changed & bit)) {
            continue;
        }

        name = inv_member_name((inv_member_t) bit);

        if (!(edit->next.present & bit)) {
            bson_append_utf8(set, name, -1, "$$REMOVE", -1);
            continue;
        }

        bson_append_document_begin(set, name, -1, &literal);
        inv_store_member_put(&literal, "$literal", (inv_member_t) bit,
                             &edit->next);
        bson_append_document_end(set, &literal);
    }
}


static void
inv_store_edit_numbers(const inv_store_edit_t *edit, bson_t *numbers)
{
    BCON_APPEND(numbers, "from", "{", "$add", "[", BCON_UTF8("$seq"),
                BCON_INT64(1), "]", "}", "to", "{", "$add", "[",
                BCON_UTF8("$seq"), BCON_INT64(1), "]", "}");

    if (edit->changed & INV_MEMBER_STOCK) {
        BCON_APPEND(numbers, "after", BCON_INT64(edit->next.stock), "d", "{",
                    "$subtract", "[", BCON_INT64(edit->next.stock),
                    BCON_UTF8("$stock"), "]", "}");
    } else {
        BCON_APPEND(numbers, "after", BCON_UTF8("$stock"), "d", BCON_INT64(0));
    }
}


static void
inv_store_edit_set(inv_store_edit_t *edit, bson_t *set)
{
    bson_t numbers, changes, entry;

    bson_init(&changes);
    inv_store_edit_changes(edit, &changes);

    edit->move.type =
        edit->changed & INV_MEMBER_STOCK ? INV_MOVE_SET : INV_MOVE_EDIT;
    edit->move.changes = bson_empty(&changes) ? NULL : &changes;

    bson_init(&numbers);
    inv_store_edit_numbers(edit, &numbers);

    bson_init(&entry);
    inv_store_entry_build(&entry, &edit->move, &numbers, true);

    inv_store_edit_members(edit, set);
    bson_append_date_time(set, "updatedAt", -1, edit->move.at);
    inv_store_raise(set, "seq");
    inv_store_raise(set, "version");
    inv_store_raise(set, "edits");
    inv_store_outbox_append(set, &entry);

    edit->move.changes = NULL;

    bson_destroy(&entry);
    bson_destroy(&numbers);
    bson_destroy(&changes);
}


/* OK, NOT_FOUND (nothing matched), SKU_TAKEN or a failure. */
static inv_store_result_t
inv_store_edit_send(inv_store_link_t *link, inv_store_edit_t *edit,
                    inv_product_t **product, inv_entry_t *entry)
{
    bson_t             filter, set, fields, document;
    int64_t            to, after;
    inv_store_reply_t  reply;
    inv_store_result_t result;

    bson_init(&filter);
    inv_store_edit_filter(edit, &filter);

    bson_init(&set);
    inv_store_edit_set(edit, &set);

    bson_init(&fields);
    BCON_APPEND(&fields, "outbox", "{", "$slice", BCON_INT32(-1), "}");

    result =
        inv_store_statement(link, &filter, &set, &fields, &reply, &document);

    if (result == INV_STORE_FAILED && reply.code == INV_CODE_DUPLICATE
        && (edit->changed & INV_MEMBER_SKU))
    {
        result = INV_STORE_SKU_TAKEN;
    }

    if (result == INV_STORE_OK) {
        result = inv_store_entry_take(link->call, &document, edit->id,
                                      edit->move.batch, entry, &to, &after);
    }

    /* it has been applied: what cannot be shown is in doubt for the caller */
    if (result == INV_STORE_OK
        && inv_store_product_parse(link->call, &document, product)
               != INV_STORE_OK)
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
 * Reads and merges.  same: nothing of what the last statement was filtered on
 * has changed, so that it was something else, a full outbox for one.
 */
static inv_store_result_t
inv_store_edit_read(inv_store_link_t *link, inv_store_edit_t *edit, bool *same)
{
    inv_product_t     *last;
    inv_store_result_t result;

    last = edit->current;

    result = inv_store_product_load(link, edit->id, &edit->current);
    if (result != INV_STORE_OK) {
        return result;
    }

    if (edit->if_match->kind == INV_MATCH_LIST
        && !inv_match_version(edit->if_match, edit->current->version))
    {
        return INV_STORE_VERSION_CHANGED;
    }

    memset(&edit->next, 0, sizeof(edit->next));

    edit->changed = inv_product_merge(&edit->current->catalog, edit->input,
                                      edit->mode, &edit->next);

    *same = last != NULL && last->epoch == edit->current->epoch
            && last->edits == edit->current->edits;

    return INV_STORE_OK;
}


static inv_store_result_t
inv_store_edit_run(inv_store_link_t *link, inv_store_edit_t *edit,
                   inv_product_t **product, bool *changed, inv_entry_t *entry)
{
    bool               same;
    unsigned           nth;
    inv_store_result_t result;

    *changed = false;

    for (nth = 0; inv_store_pause(link->call, nth); nth++) {

        result = inv_store_edit_read(link, edit, &same);

        if (result == INV_STORE_OK && edit->changed == 0) {
            *product = edit->current;
            return INV_STORE_OK;
        }

        if (result == INV_STORE_OK && same) {
            result = inv_store_relieve(link, edit->id, 1);
        }

        if (result == INV_STORE_OK) {
            result = inv_store_edit_send(link, edit, product, entry);

            if (result == INV_STORE_OK) {
                *changed = true;
                return INV_STORE_OK;
            }

            /* nothing matched: read, merge again, send again */
            if (result == INV_STORE_NOT_FOUND) {
                continue;
            }
        }

        if (result != INV_STORE_BUSY) {
            return result;
        }
    }

    inv_store_call_error(link->call, "contended until the deadline");

    return INV_STORE_BUSY;
}


inv_store_result_t
inv_store_product_edit(inv_store_t *store, inv_store_call_t *call, inv_oid_t id,
                       const inv_product_input_t *input, inv_write_mode_t mode,
                       const inv_match_t *if_match, const inv_actor_t *actor,
                       inv_time_t at, inv_product_t **product, bool *changed,
                       inv_entry_t *entry)
{
    inv_store_link_t   link;
    inv_store_edit_t   edit;
    inv_store_result_t result;

    memset(&edit, 0, sizeof(edit));

    edit.id = id;
    edit.input = input;
    edit.mode = mode;
    edit.if_match = if_match;
    edit.move.batch = inv_store_batch();
    edit.move.at = at;
    edit.move.actor = actor;

    result = inv_store_link_open(&link, store, call);
    if (result != INV_STORE_OK) {
        return result;
    }

    result = inv_store_edit_run(&link, &edit, product, changed, entry);
    inv_store_link_close(&link);

    return result;
}
