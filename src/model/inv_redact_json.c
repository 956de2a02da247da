
/*
 * model: JSON without its secrets.  Any thread.
 */


#include "inv_redact_private.h"


typedef struct {
    const inv_redact_rules_t *rules;
    inv_arena_t              *arena;
    inv_json_writer_t        *w;
    unsigned                  masked; /* names */
} redact_json_t;


static void redact_write(redact_json_t *rj, const inv_json_t *value);


/* Whether a text or a number is not to be told for what is in it. */
static bool
redact_scalar_is_secret(const inv_redact_rules_t *rules,
                        const inv_json_t *value, unsigned nested)
{
    switch (value->type) {

    case INV_JSON_STRING:
        return inv_redact_text_is_secret(rules, value->text, nested);

    case INV_JSON_NUMBER:
        return inv_redact_number_is_secret(value->text);

    default:
        return false;
    }
}


/* Whether a text is nothing but a listed name, as in ["password", "..."]. */
static bool
redact_names_secret(const inv_redact_rules_t *rules, const inv_json_t *value)
{
    inv_str_t text;

    text = value->text;

    return value->type == INV_JSON_STRING && text.len > 0
           && text.len <= INV_REDACT_NAME_MAX
           && memchr(text.data, ' ', text.len) == NULL
           && inv_redact_name_is_listed(rules, text);
}


/* Digits in pieces: [4111, 1111, 1111, 1111]. */
static bool
redact_pieces_are_card(const inv_json_t *array)
{
    char              digits[INV_REDACT_CARD_MAX];
    size_t            i, n;
    const inv_json_t *child;

    if (array->count < 2 || array->count > INV_REDACT_CARD_MAX) {
        return false;
    }

    n = 0;

    for (child = array->first; child != NULL; child = child->next) {
        if ((child->type != INV_JSON_STRING && child->type != INV_JSON_NUMBER)
            || child->text.len > INV_REDACT_CARD_MAX - n)
        {
            return false;
        }

        for (i = 0; i < child->text.len; i++) {
            if (child->text.data[i] < '0' || child->text.data[i] > '9') {
                return false;
            }

            digits[n++] = child->text.data[i];
        }
    }

    return inv_redact_is_card((inv_str_t){ n, digits });
}


/* "value" in {"name": "password", "value": "..."}, which is looked for too. */
static bool
redact_is_value(inv_str_t name)
{
    char   folded[INV_REDACT_NAME_MAX];
    size_t i, n;

    static const inv_str_t values[] = { inv_str("value"), inv_str("values"),
                                        inv_str("val"), inv_str("v") };

    if (!inv_redact_fold(name, folded, &n)) {
        return false;
    }

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (inv_str_eq((inv_str_t){ n, folded }, values[i])) {
            return true;
        }
    }

    return false;
}


/* Whether another member of an object tells that its value is a secret. */
static bool
redact_object_names_secret(const inv_redact_rules_t *rules,
                           const inv_json_t         *object)
{
    const inv_json_t *child;

    for (child = object->first; child != NULL; child = child->next) {
        if (redact_names_secret(rules, child) && !redact_is_value(child->name))
        {
            return true;
        }
    }

    return false;
}


/* Whether a child is masked whole; before: of an array, NULL at its start. */
static bool
redact_child_is_masked(const inv_redact_rules_t *rules, const inv_json_t *child,
                       const inv_json_t *before, bool named)
{
    if (child->name.data == NULL) {
        return before != NULL && redact_names_secret(rules, before);
    }

    return inv_redact_name_is_secret(rules, child->name)
           || (named && redact_is_value(child->name));
}


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
            && redact_object_names_secret(rj->rules, value);
    before = NULL;

    for (child = value->first; child != NULL; child = child->next) {
        if (child->name.data != NULL) {
            redact_write_name(rj, child->name);
        }

        if (redact_child_is_masked(rj->rules, child, before, named)) {
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
    if (redact_scalar_is_secret(rj->rules, value, 0)) {
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
        if (redact_pieces_are_card(value)) {
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
inv_redact_tree_is_secret(const inv_redact_rules_t *rules,
                          const inv_json_t *root, unsigned nested)
{
    bool              named;
    const inv_json_t *child, *before;

    if (redact_scalar_is_secret(rules, root, nested)
        || (root->type == INV_JSON_ARRAY && redact_pieces_are_card(root)))
    {
        return true;
    }

    named = root->type == INV_JSON_OBJECT
            && redact_object_names_secret(rules, root);
    before = NULL;

    for (child = root->first; child != NULL; child = child->next) {
        if (redact_child_is_masked(rules, child, before, named)
            || (child->name.data != NULL
                && inv_redact_text_is_secret(rules, child->name, nested))
            || inv_redact_tree_is_secret(rules, child, nested))
        {
            return true;
        }

        before = child;
    }

    return false;
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
