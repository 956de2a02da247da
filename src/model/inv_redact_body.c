
/*
 * model: bodies of JSON without their secrets.  Any thread.
 */


#include "inv_redact_private.h"


typedef struct {
    const inv_redact_rules_t *rules;
    inv_arena_t              *arena;
    inv_json_writer_t        *w;
    unsigned                  masked; /* names */
} redact_json_t;


static void redact_write(redact_json_t *rj, const inv_json_t *value);


static void
redact_mask(redact_json_t *rj)
{
    inv_json_string(rj->w, inv_str(INV_REDACT_MASK));
}


static void
redact_write_name(redact_json_t *rj, inv_str_t name)
{
    name = inv_redact_name_shown(rj->arena, rj->rules, name, &rj->masked);

    /* Without memory there is no name, and the writer fails. */

    if (name.data != NULL) {
        inv_json_name(rj->w, name.data);
    }
}


static void
redact_write_children(redact_json_t *rj, const inv_json_t *value)
{
    bool              named;
    const inv_json_t *child, *before;

    named = value->type == INV_JSON_OBJECT
            && inv_redact_object_names_secret(rj->rules, value);
    before = NULL;

    for (child = value->first; child != NULL; child = child->next) {
        if (child->name.data != NULL) {
            redact_write_name(rj, child->name);
        }

        if (inv_redact_child_is_masked(rj->rules, child, before, named)) {
            redact_mask(rj);

        } else {
            redact_write(rj, child);
        }

        before = child;
    }
}


static void
redact_write_scalar(redact_json_t *rj, const inv_json_t *value)
{
    if (inv_redact_scalar_is_secret(rj->rules, value, 0)) {
        redact_mask(rj);
        return;
    }

    switch (value->type) {

    case INV_JSON_STRING:
        inv_json_string(rj->w, value->text);
        return;

    case INV_JSON_NUMBER:
        inv_json_number(rj->w, value->text);
        return;

    case INV_JSON_BOOL:
        inv_json_bool(rj->w, value->truth);
        return;

    default:
        inv_json_null(rj->w);
    }
}


static void
redact_write(redact_json_t *rj, const inv_json_t *value)
{
    switch (value->type) {

    case INV_JSON_OBJECT:
        inv_json_open_object(rj->w);
        redact_write_children(rj, value);
        inv_json_close_object(rj->w);
        return;

    case INV_JSON_ARRAY:
        if (inv_redact_pieces_are_card(value)) {
            redact_mask(rj);
            return;
        }

        inv_json_open_array(rj->w);
        redact_write_children(rj, value);
        inv_json_close_array(rj->w);
        return;

    default:
        redact_write_scalar(rj, value);
    }
}


bool
inv_redact_unlogged(inv_arena_t *arena, inv_str_t reason, int64_t bytes,
                    inv_str_t *text)
{
    inv_json_writer_t *w;

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    inv_json_name(w, "unlogged");
    inv_json_string(w, reason);

    if (bytes >= 0) {
        inv_json_name(w, "bytes");
        inv_json_integer(w, bytes);
    }

    inv_json_close_object(w);

    return inv_json_finish(w, text);
}


static bool
redact_root(inv_arena_t *arena, const inv_redact_rules_t *rules,
            const inv_json_t *root, inv_str_t *text)
{
    redact_json_t rj = { .rules = rules, .arena = arena };

    rj.w = inv_json_writer_create(arena);
    if (rj.w == NULL) {
        return false;
    }

    redact_write(&rj, root);

    return inv_json_finish(rj.w, text);
}


bool
inv_redact_body(inv_arena_t *arena, const inv_redact_rules_t *rules,
                inv_str_t body, inv_str_t *text)
{
    int64_t          bytes = (int64_t) body.len;
    inv_json_t      *root;
    inv_json_error_t error;

    if (body.len > INV_REDACT_TEXT_MAX) {
        return inv_redact_unlogged(arena, inv_str("too large"), bytes, text);
    }

    switch (inv_json_read(arena, body, &root, &error)) {

    case INV_JSON_OK:
        break;

    case INV_JSON_MALFORMED:
        return inv_redact_unlogged(arena, inv_str("not JSON"), bytes, text);

    case INV_JSON_TOO_MANY:
        return inv_redact_unlogged(arena, inv_str("too many values"), bytes,
                                   text);

    default:
        return false;
    }

    if (!redact_root(arena, rules, root, text)) {
        return false;
    }

    return text->len <= INV_REDACT_OUTPUT_MAX
           || inv_redact_unlogged(arena, inv_str("too large"), bytes, text);
}
