
/*
 * model: names with values, as queries and headers have them, without their
 * secrets.  Any thread.
 *
 * What a name tells of values beside it is known when all of them are.
 */


#include "inv_redact_private.h"


/* Values that are told; the others are counted. */
#define REDACT_VALUES_MAX (2 * INV_REDACT_FIELDS_MAX)


typedef struct redact_value_s redact_value_t;

struct redact_value_s {
    inv_str_t       text;
    bool            names; /* as it was given: nothing but a listed name */
    redact_value_t *next;
};

typedef struct {
    inv_str_t        name;  /* as it is told */
    inv_str_t        given; /* in memory that lasts as long */
    redact_value_t  *first;
    redact_value_t **last;
} redact_field_t;

struct inv_redact_fields_s {
    inv_arena_t              *arena;
    const inv_redact_rules_t *rules;
    unsigned                  masked;  /* names */
    size_t                    n;       /* of fields */
    size_t                    values;  /* of all */
    int64_t                   omitted; /* values */
    bool                      failed;  /* no memory */
    inv_redact_pairs_t        pairs;
    redact_field_t            fields[INV_REDACT_FIELDS_MAX];
};


inv_redact_fields_t *
inv_redact_fields_create(inv_arena_t *arena, const inv_redact_rules_t *rules)
{
    inv_redact_fields_t *fields;

    fields = inv_arena_alloc(arena, sizeof(*fields));

    if (fields != NULL) {
        fields->arena = arena;
        fields->rules = rules;
    }

    return fields;
}


/* The field of a name, a new one if there is none; NULL: there is no room. */
static redact_field_t *
redact_field_of(inv_redact_fields_t *fields, inv_str_t given, inv_str_t name)
{
    size_t          i;
    redact_field_t *field;

    for (i = 0; i < fields->n; i++) {
        if (inv_str_eq(fields->fields[i].name, name)) {
            return &fields->fields[i];
        }
    }

    if (fields->n == INV_REDACT_FIELDS_MAX) {
        return NULL;
    }

    field = &fields->fields[fields->n++];
    field->name = name;
    field->given = given;
    field->last = &field->first;

    return field;
}


static void
redact_field_add(inv_redact_fields_t *fields, inv_str_t given, inv_str_t name,
                 inv_str_t text, bool names)
{
    redact_field_t *field;
    redact_value_t *value;

    field = fields->values < REDACT_VALUES_MAX
                ? redact_field_of(fields, given, name)
                : NULL;
    if (field == NULL) {
        fields->omitted++;
        return;
    }

    value = inv_arena_alloc(fields->arena, sizeof(*value));
    if (value == NULL) {
        fields->failed = true;
        return;
    }

    value->text = text;
    value->names = names;
    *field->last = value;
    field->last = &value->next;
    fields->values++;
}


void
inv_redact_fields_put(inv_redact_fields_t *fields, inv_str_t name,
                      inv_str_t value, bool told)
{
    bool      names;
    inv_str_t shown, copy, given;

    names = !told && inv_redact_names_secret(fields->rules, value);

    if (!told) {
        inv_redact_pairs_add(&fields->pairs, fields->rules, name, value);
    }

    if (inv_redact_name_is_secret(fields->rules, name)
        || (!told && inv_redact_text_is_secret(fields->rules, value, 0)))
    {
        value = inv_str(INV_REDACT_MASK);
    }

    shown = inv_redact_name_shown(fields->arena, fields->rules, name,
                                  &fields->masked);

    /* With a NUL behind it, for the writer; what was given may not last. */

    if (shown.data == NULL || !inv_arena_copy(fields->arena, shown, &copy)
        || !inv_arena_copy(fields->arena, name, &given))
    {
        fields->failed = true;
        return;
    }

    redact_field_add(fields, given, copy, value, names);
}


void
inv_redact_fields_fail(inv_redact_fields_t *fields)
{
    fields->failed = true;
}


/* Masks what other values name: all of them, or the one behind. */
static void
redact_field_mask(const inv_redact_pairs_t *pairs, const redact_field_t *field)
{
    bool            masked, names;
    redact_value_t *value;

    masked = inv_redact_pairs_mask(pairs, field->given);
    names = false;

    for (value = field->first; value != NULL; value = value->next) {
        if (masked || names) {
            value->text = inv_str(INV_REDACT_MASK);
        }

        names = value->names;
    }
}


static void
redact_field_write(inv_json_writer_t *w, const redact_field_t *field)
{
    const redact_value_t *value;

    inv_json_name(w, field->name.data);

    if (field->first->next == NULL) {
        inv_json_string(w, field->first->text);
        return;
    }

    inv_json_open_array(w);

    for (value = field->first; value != NULL; value = value->next) {
        inv_json_string(w, value->text);
    }

    inv_json_close_array(w);
}


bool
inv_redact_fields_finish(inv_redact_fields_t *fields, inv_str_t *text)
{
    size_t             i;
    inv_json_writer_t *w;

    w = inv_json_writer_create(fields->arena);
    if (w == NULL || fields->failed) {
        return false;
    }

    inv_json_open_object(w);

    for (i = 0; i < fields->n; i++) {
        redact_field_mask(&fields->pairs, &fields->fields[i]);
        redact_field_write(w, &fields->fields[i]);
    }

    if (fields->omitted > 0) {
        inv_json_name(w, "[omitted]");
        inv_json_integer(w, fields->omitted);
    }

    inv_json_close_object(w);

    if (!inv_json_finish(w, text)) {
        return false;
    }

    return text->len <= INV_REDACT_OUTPUT_MAX
           || inv_redact_unlogged(fields->arena, inv_str("too large"), -1,
                                  text);
}
