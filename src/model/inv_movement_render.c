
/*
 * model: movements as the API shows them.  Any thread.
 */


#include "inv_movement.h"
#include "inv_page.h"

#include <inttypes.h>
#include <stdio.h>


static void
movement_write_text(inv_json_writer_t *w, const char *name, inv_str_t text)
{
    if (text.data != NULL) {
        inv_json_name(w, name);
        inv_json_string(w, text);
    }
}


static void
movement_write_number(inv_json_writer_t *w, const char *name, int64_t value)
{
    inv_json_name(w, name);
    inv_json_integer(w, value);
}


static void
movement_write(inv_json_writer_t *w, const inv_movement_t *movement)
{
    int  n;
    char id[INV_OID_HEX + sizeof("-9223372036854775808")];
    char at[INV_TIME_TEXT];

    inv_oid_write(movement->product, id);
    n = snprintf(id + INV_OID_HEX, sizeof(id) - INV_OID_HEX, "-%" PRId64,
                 movement->seq);
    inv_time_write(movement->at, at);

    inv_json_open_object(w);
    movement_write_text(w, "id", (inv_str_t){ INV_OID_HEX + (size_t) n, id });
    movement_write_text(w, "productId", (inv_str_t){ INV_OID_HEX, id });
    movement_write_number(w, "seq", movement->seq);
    movement_write_text(w, "type", movement->type);
    movement_write_number(w, "delta", movement->delta);
    movement_write_number(w, "stockAfter", movement->stock_after);
    movement_write_text(w, "reference", movement->reference);
    movement_write_text(w, "reason", movement->reason);
    movement_write_text(w, "actor", movement->actor);
    movement_write_text(w, "traceId", movement->trace);

    if (movement->changes.data != NULL) {
        inv_json_name(w, "changes");
        inv_json_raw(w, movement->changes);
    }

    movement_write_text(w, "at", (inv_str_t){ sizeof(at), at });
    inv_json_close_object(w);
}


bool
inv_movements_render(inv_arena_t *arena, const inv_movements_query_t *query,
                     const inv_movements_t *page, inv_str_t *text,
                     inv_str_t *next)
{
    size_t             i;
    inv_json_writer_t *w;

    *next = INV_STR_ABSENT;

    if (page->more && !inv_movements_cursor(arena, query, &page->end, next)) {
        return false;
    }

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    inv_json_name(w, "items");
    inv_json_open_array(w);

    for (i = 0; i < page->nitems; i++) {
        movement_write(w, &page->items[i]);
    }

    inv_json_close_array(w);
    inv_json_name(w, "page");
    inv_json_open_object(w);
    inv_page_write_position(w, query->limit, *next);
    inv_json_close_object(w);
    inv_json_close_object(w);

    return inv_json_finish(w, text);
}
