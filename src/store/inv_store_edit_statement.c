
/*
 * store: the statement of an edit: what it asks of the product, and what it
 * makes of it.
 *
 * Any thread, no I/O.
 */


#include "inv_store_edit.h"
#include "inv_store_step.h"


void
inv_store_edit_filter(const inv_store_edit_t *edit, bson_t *filter)
{
    bson_t room;

    inv_store_filter_product(filter, edit->id);

    if (edit->guards_epoch) {
        bson_append_int64(filter, "epoch", -1, edit->current->epoch);
    }

    if (edit->guards_edits) {
        bson_append_int64(filter, "edits", -1, edit->current->edits);
    }

    if (edit->if_match->kind == INV_MATCH_LIST) {
        bson_append_int64(filter, "version", -1, edit->current->version);
    }

    /* a stock that was given and is right already must still be right then */
    if ((edit->input->values.present & INV_MEMBER_STOCK)
        && !(edit->changed & INV_MEMBER_STOCK))
    {
        bson_append_int64(filter, "stock", -1, edit->current->catalog.stock);
    }

    bson_init(&room);
    inv_store_room(&room, 1);
    inv_store_filter_state(filter, &room);
    bson_destroy(&room);
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
inv_store_edit_words(const inv_store_edit_t *edit, bson_t *set)
{
    bson_t literal;

    if (!(edit->changed & INV_STORE_WORDED)) {
        return;
    }

    if (edit->words.n == 0) {
        bson_append_utf8(set, INV_STORE_WORDS, -1, "$$REMOVE", -1);
        return;
    }

    bson_append_document_begin(set, INV_STORE_WORDS, -1, &literal);
    inv_store_words_put(&literal, "$literal", &edit->words);
    bson_append_document_end(set, &literal);
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


void
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
    inv_store_edit_words(edit, set);
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
