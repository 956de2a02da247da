
/*
 * model: one member by its row of the table.  Any thread.
 */


#include "inv_shape.h"
#include "../base/inv_limits.h"

#include <inttypes.h>


bool
inv_shape_is_code(inv_str_t text)
{
    char   c;
    size_t i;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9')
            && c != '.' && c != '_' && c != '-')
        {
            return false;
        }
    }

    return true;
}


/* Checks a text, which stands at pointer: the member, or one of its array. */
static void
shape_check_text(const inv_shape_value_t *s, const inv_json_t *value,
                 inv_str_t pointer)
{
    size_t                    len;
    const inv_shape_member_t *m;

    m = s->member;

    if (value->type != INV_JSON_STRING) {
        inv_fault_add(s->faults, pointer, inv_str("must be a string"));
        return;
    }

    len = inv_utf8_length(value->text);

    if (len > (size_t) m->max || len < (size_t) m->min) {
        if (m->min == 0) {
            inv_fault_format(s->faults, pointer,
                             "must have at most %" PRId64 " characters",
                             m->max);

        } else {
            inv_fault_format(s->faults, pointer,
                             "must have %" PRId64 " to %" PRId64 " characters",
                             m->min, m->max);
        }
    }

    if (m->code && !inv_shape_is_code(value->text)) {
        inv_fault_add(
            s->faults, pointer,
            inv_str("must be of A-Z, a-z, 0-9, '.', '_' and '-' only"));
    }
}


static void
shape_read_text(const inv_shape_value_t *s)
{
    shape_check_text(s, s->value, s->pointer);
    memcpy(s->target + s->member->field, &s->value->text, sizeof(inv_str_t));
}


static void
shape_read_texts(const inv_shape_value_t *s)
{
    size_t            i, n;
    inv_str_t        *texts, at;
    const inv_json_t *value;

    if (s->value->type != INV_JSON_ARRAY) {
        inv_fault_add(s->faults, s->pointer,
                      inv_str("must be an array of strings"));
        return;
    }

    n = s->value->count;

    if (n > s->member->count_max) {
        inv_fault_format(s->faults, s->pointer,
                         "must have at most %zu elements",
                         s->member->count_max);
        n = s->member->count_max;
    }

    texts = inv_arena_array(s->faults->arena, n, sizeof(inv_str_t));
    if (texts == NULL) {
        s->faults->no_memory = true;
        return;
    }

    i = 0;

    for (value = s->value->first; value != NULL; value = value->next) {
        at = inv_pointer_index(s->faults, s->pointer, i);
        shape_check_text(s, value, at);

        if (i < n) {
            texts[i] = value->text;
        }

        i++;
    }

    memcpy(s->target + s->member->field, &texts, sizeof(texts));
    memcpy(s->target + s->member->count, &n, sizeof(n));
}


static void
shape_bound_fault(const inv_shape_value_t *s, const char *which, int64_t bound,
                  unsigned scale)
{
    char   text[INV_SCALED_TEXT];
    size_t n;

    n = inv_json_scaled_write(bound, scale, text);

    inv_fault_format(s->faults, s->pointer, "must be at %s %.*s", which,
                     (int) n, text);
}


/*
 * Reads a number.  A negative one that is also not precise is told both, so
 * that nobody has to try twice.
 */
static void
shape_read_number(const inv_shape_value_t *s, unsigned scale, unsigned digits)
{
    bool                      below, above;
    int64_t                   value;
    inv_number_result_t       result;
    const inv_shape_member_t *m;

    m = s->member;
    value = 0;
    result = inv_json_scaled(s->value->text, scale, digits, &value);

    if (result == INV_NUMBER_OK) {
        below = value < m->min;
        above = value > m->max;

    } else {
        below = s->value->text.data[0] == '-'
                && (result == INV_NUMBER_RANGE || m->min >= 0);
        above = !below && result == INV_NUMBER_RANGE;
    }

    if (below) {
        shape_bound_fault(s, "least", m->min, scale);
    }

    if (above) {
        shape_bound_fault(s, "most", m->max, scale);
    }

    if (result == INV_NUMBER_FRACTION && scale == 0) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be an integer"));

    } else if (result == INV_NUMBER_FRACTION) {
        inv_fault_format(s->faults, s->pointer,
                         "must have at most %u digits after the point", scale);

    } else if (result == INV_NUMBER_DIGITS) {
        inv_fault_format(s->faults, s->pointer,
                         "must have at most %u significant digits", digits);
    }

    if (result == INV_NUMBER_OK && value == 0 && m->not_zero) {
        inv_fault_add(s->faults, s->pointer, inv_str("must not be 0"));
    }

    memcpy(s->target + m->field, &value, sizeof(value));
}


static void
shape_read_integer(const inv_shape_value_t *s)
{
    if (s->value->type != INV_JSON_NUMBER) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be an integer"));
        return;
    }

    shape_read_number(s, 0, 0);
}


static void
shape_read_price(const inv_shape_value_t *s)
{
    if (s->value->type != INV_JSON_NUMBER) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be a number"));
        return;
    }

    shape_read_number(s, INV_PRICE_SCALE, INV_PRICE_DIGITS);
}


static void
shape_read_elements(const inv_shape_value_t *s)
{
    const inv_shape_member_t *m;

    m = s->member;

    if (s->value->type != INV_JSON_ARRAY) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be an array"));
        return;
    }

    if (s->value->count < (size_t) m->min || s->value->count > (size_t) m->max)
    {
        inv_fault_format(s->faults, s->pointer,
                         "must have %" PRId64 " to %" PRId64 " elements",
                         m->min, m->max);
    }

    memcpy(s->target + m->field, &s->value, sizeof(s->value));
}


static void
shape_read_bool(const inv_shape_value_t *s)
{
    if (s->value->type != INV_JSON_BOOL) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be true or false"));
        return;
    }

    memcpy(s->target + s->member->field, &s->value->truth, sizeof(bool));
}


static void
shape_read_only(const inv_shape_value_t *s)
{
    inv_fault_add(s->faults, s->pointer, inv_str("is read-only"));
}


static void (*const shape_readers[])(const inv_shape_value_t *s) = {
    [INV_SHAPE_TEXT] = shape_read_text,
    [INV_SHAPE_TEXTS] = shape_read_texts,
    [INV_SHAPE_INTEGER] = shape_read_integer,
    [INV_SHAPE_PRICE] = shape_read_price,
    [INV_SHAPE_BOOL] = shape_read_bool,
    [INV_SHAPE_ELEMENTS] = shape_read_elements,
    [INV_SHAPE_READ_ONLY] = shape_read_only
};


void
inv_shape_read_value(const inv_shape_value_t *s)
{
    shape_readers[s->member->kind](s);
}
