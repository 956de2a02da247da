
/*
 * model: names with values, as queries and headers have them, without their
 * secrets.  Any thread.
 */


#include "inv_redact_private.h"

#include "inv_percent.h"
#include "inv_query.h"


/* Values that are told; the others are counted. */
#define REDACT_VALUES_MAX (2 * INV_REDACT_FIELDS_MAX)


typedef struct redact_value_s redact_value_t;

struct redact_value_s {
    inv_str_t       text;
    redact_value_t *next;
};

typedef struct {
    inv_str_t        name;
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
redact_field_of(inv_redact_fields_t *fields, inv_str_t name)
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
    field->last = &field->first;

    return field;
}


static void
redact_field_add(inv_redact_fields_t *fields, inv_str_t name, inv_str_t text)
{
    redact_field_t *field;
    redact_value_t *value;

    field = fields->values < REDACT_VALUES_MAX ? redact_field_of(fields, name)
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
    *field->last = value;
    field->last = &value->next;
    fields->values++;
}


void
inv_redact_fields_add(inv_redact_fields_t *fields, inv_str_t name,
                      inv_str_t value)
{
    inv_str_t shown, copy;

    if (inv_redact_name_is_secret(fields->rules, name)
        || inv_redact_text_is_secret(fields->rules, value, 0))
    {
        value = inv_str(INV_REDACT_MASK);
    }

    shown = inv_redact_name_shown(fields->arena, fields->rules, name,
                                  &fields->masked);

    /* With a NUL behind it, for the writer. */

    if (shown.data == NULL || !inv_arena_copy(fields->arena, shown, &copy)) {
        fields->failed = true;
        return;
    }

    redact_field_add(fields, copy, value);
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


/* Adds a parameter; what cannot be decoded is masked, its name as well. */
static void
redact_parameter_add(inv_redact_fields_t *fields, inv_str_t sent_name,
                     inv_str_t sent_value)
{
    inv_str_t            name, value;
    inv_percent_result_t result;

    result = inv_percent_decode(fields->arena, sent_name, &name);

    if (result == INV_PERCENT_OK) {
        result = inv_percent_decode(fields->arena, sent_value, &value);

        if (result == INV_PERCENT_OK) {
            inv_redact_fields_add(fields, name, value);
            return;
        }

    } else {
        name = inv_str("[masked");
    }

    if (result == INV_PERCENT_NO_MEMORY) {
        fields->failed = true;
        return;
    }

    /* No text has a NUL: it is masked. */

    inv_redact_fields_add(fields, name, (inv_str_t){ 1, "" });
}


bool
inv_redact_query(inv_arena_t *arena, const inv_redact_rules_t *rules,
                 inv_str_t query, inv_str_t *text)
{
    inv_str_t            parameter, name, value;
    inv_redact_fields_t *fields;

    if (query.len > INV_REDACT_TEXT_MAX) {
        return inv_redact_unlogged(arena, inv_str("too large"),
                                   (int64_t) query.len, text);
    }

    fields = inv_redact_fields_create(arena, rules);
    if (fields == NULL) {
        return false;
    }

    while (inv_query_next(&query, &parameter, &name, &value)) {
        redact_parameter_add(fields, name, value);
    }

    return inv_redact_fields_finish(fields, text);
}
