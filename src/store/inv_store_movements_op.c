
/*
 * store: one op of an entry as a movement.
 *
 * Any thread, no I/O.  What a client may see of an op is listed in a table:
 * its key, for one, is not.
 */


#include "inv_store_movements_private.h"


static const struct {
    const char *name; /* in the op */
    size_t      offset;
} inv_store_op_texts[] = {
    { "t", offsetof(inv_movement_t, type) },
    { "ref", offsetof(inv_movement_t, reference) },
    { "why", offsetof(inv_movement_t, reason) },
    { "who", offsetof(inv_movement_t, actor) },
    { "trace", offsetof(inv_movement_t, trace) },
};

#define INV_STORE_OP_TEXTS \
    (sizeof(inv_store_op_texts) / sizeof(inv_store_op_texts[0]))


/* OK, NOT_FOUND (not what it should be) or NO_MEMORY. */
static inv_store_result_t
inv_store_op_read(inv_arena_t *arena, const bson_t *op,
                  inv_movement_t *movement)
{
    size_t      i;
    bson_t      changes;
    inv_str_t   text;
    bson_iter_t iter;

    for (i = 0; i < INV_STORE_OP_TEXTS; i++) {
        if (!bson_iter_init_find(&iter, op, inv_store_op_texts[i].name)) {
            continue;
        }

        if (!inv_bson_get_text(arena, &iter, &text)) {
            return INV_STORE_NOT_FOUND;
        }

        if (text.data == NULL) {
            return INV_STORE_NO_MEMORY;
        }

        memcpy((char *) movement + inv_store_op_texts[i].offset, &text,
               sizeof(text));
    }

    if (bson_iter_init_find(&iter, op, "changes")) {
        return inv_bson_view(&iter, &changes)
                       && inv_store_changes_render(arena, &changes,
                                                   &movement->changes)
                   ? INV_STORE_OK
                   : INV_STORE_NOT_FOUND;
    }

    return INV_STORE_OK;
}


inv_store_result_t
inv_store_movement_read(inv_arena_t *arena, inv_store_entry_t *entry,
                        size_t position, size_t index, inv_movement_t *movement)
{
    char               digits[16];
    bson_t             op;
    const char        *key;
    bson_iter_t        iter;
    inv_store_result_t result;

    memset(movement, 0, sizeof(*movement));

    bson_uint32_to_string((uint32_t) index, &key, digits, sizeof(digits));

    if (position >= entry->n || !bson_iter_init_find(&iter, &entry->ops, key)
        || !inv_bson_view(&iter, &op))
    {
        entry->damage = "an op is not there";
        return INV_STORE_NOT_FOUND;
    }

    movement->product = entry->outline.product;
    movement->at = entry->outline.at;
    movement->seq = entry->outline.from + (int64_t) position;
    movement->delta = entry->deltas[position];
    movement->stock_after = entry->afters[position];

    result = inv_store_op_read(arena, &op, movement);

    if (result != INV_STORE_OK) {
        movement->seq = 0;
    }

    if (result == INV_STORE_NOT_FOUND) {
        entry->damage = "an op has a member of another type";
    }

    return result;
}


/* A string, or null where its bytes are none. */
static void
inv_store_change_text(inv_json_writer_t *w, const bson_iter_t *iter)
{
    uint32_t    len;
    const char *utf8;

    utf8 = bson_iter_utf8(iter, &len);

    if (inv_utf8_length((inv_str_t){ len, utf8 }) == SIZE_MAX) {
        inv_json_null(w);
    } else {
        inv_json_string(w, (inv_str_t){ len, utf8 });
    }
}


/* A value of a product's member, of any type that one has. */
static void
inv_store_change_write(inv_json_writer_t *w, const bson_iter_t *iter)
{
    char        text[INV_SCALED_TEXT];
    size_t      n;
    int64_t     integer;
    bson_iter_t elements;
    inv_price_t price;

    if (BSON_ITER_HOLDS_UTF8(iter)) {
        inv_store_change_text(w, iter);

    } else if (BSON_ITER_HOLDS_ARRAY(iter)
               && bson_iter_recurse(iter, &elements)) {
        inv_json_open_array(w);

        while (bson_iter_next(&elements)) {
            if (BSON_ITER_HOLDS_UTF8(&elements)) {
                inv_store_change_text(w, &elements);
            }
        }

        inv_json_close_array(w);

    } else if (BSON_ITER_HOLDS_INT64(iter)
               && inv_bson_get_integer(iter, &integer)) {
        inv_json_integer(w, integer);

    } else if (inv_bson_get_price(iter, &price)) {
        n = inv_json_scaled_write(price, INV_PRICE_SCALE, text);
        inv_json_number(w, (inv_str_t){ n, text });

    } else {
        inv_json_null(w);
    }
}


bool
inv_store_changes_render(inv_arena_t *arena, const bson_t *changes,
                         inv_str_t *text)
{
    const char        *name;
    bson_iter_t        iter, pair;
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);

    if (w == NULL || !bson_iter_init(&iter, changes)) {
        return false;
    }

    inv_json_open_object(w);

    while (bson_iter_next(&iter)) {
        name = bson_iter_key(&iter);

        if (!BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &pair)
            || inv_utf8_length((inv_str_t){ strlen(name), name }) == SIZE_MAX)
        {
            continue;
        }

        inv_json_name(w, name);
        inv_json_open_array(w);

        while (bson_iter_next(&pair)) {
            inv_store_change_write(w, &pair);
        }

        inv_json_close_array(w);
    }

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
