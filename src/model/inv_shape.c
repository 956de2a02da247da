
/*
 * model: the members of a JSON object, read by a table.  Any thread.
 */


#include "inv_shape.h"
#include "../base/inv_limits.h"

#include <inttypes.h>


/* One member on its way from the tree to the target. */
typedef struct {
    const inv_shape_member_t *member;
    const inv_json_t         *value;
    inv_str_t                 pointer;
    char                     *target;
    inv_faults_t             *faults;
} shape_t;


static bool
shape_is_code(inv_str_t text)
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
shape_check_text(const shape_t *s, const inv_json_t *value, inv_str_t pointer)
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

    if (m->code && !shape_is_code(value->text)) {
        inv_fault_add(
            s->faults, pointer,
            inv_str("must be of A-Z, a-z, 0-9, '.', '_' and '-' only"));
    }
}


static void
shape_read_text(const shape_t *s)
{
    shape_check_text(s, s->value, s->pointer);
    memcpy(s->target + s->member->field, &s->value->text, sizeof(inv_str_t));
}


static void
shape_read_texts(const shape_t *s)
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
shape_bound_fault(const shape_t *s, const char *which, int64_t bound,
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
shape_read_number(const shape_t *s, unsigned scale, unsigned digits)
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

    memcpy(s->target + m->field, &value, sizeof(value));
}


static void
shape_read_integer(const shape_t *s)
{
    if (s->value->type != INV_JSON_NUMBER) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be an integer"));
        return;
    }

    shape_read_number(s, 0, 0);
}


static void
shape_read_price(const shape_t *s)
{
    if (s->value->type != INV_JSON_NUMBER) {
        inv_fault_add(s->faults, s->pointer, inv_str("must be a number"));
        return;
    }

    shape_read_number(s, INV_PRICE_SCALE, INV_PRICE_DIGITS);
}


static void
shape_read_only(const shape_t *s)
{
    inv_fault_add(s->faults, s->pointer, inv_str("is read-only"));
}


static void (*const shape_readers[])(const shape_t *s) = {
    [INV_SHAPE_TEXT] = shape_read_text,
    [INV_SHAPE_TEXTS] = shape_read_texts,
    [INV_SHAPE_INTEGER] = shape_read_integer,
    [INV_SHAPE_PRICE] = shape_read_price,
    [INV_SHAPE_READ_ONLY] = shape_read_only
};


static const inv_shape_member_t *
shape_member(const inv_shape_t *shape, inv_str_t name)
{
    size_t i;

    for (i = 0; i < shape->n; i++) {
        if (inv_str_eq(shape->members[i].name, name)) {
            return &shape->members[i];
        }
    }

    return NULL;
}


/* Long names are not sent back: a fault is for reading. */
static void
shape_unknown(inv_str_t parent, inv_str_t name, inv_faults_t *faults)
{
    if (name.len > INV_FAULT_NAME_MAX) {
        inv_fault_add(faults, parent, inv_str("has an unknown member"));
        return;
    }

    inv_fault_add(faults, inv_pointer_member(faults, parent, name),
                  inv_str("is not a known member"));
}


static void
shape_read_missing(const inv_shape_t *shape, inv_str_t pointer,
                   unsigned missing, inv_faults_t *faults)
{
    size_t                    i;
    const inv_shape_member_t *m;

    for (i = 0; i < shape->n; i++) {
        m = &shape->members[i];

        if (m->bit & missing) {
            inv_fault_add(faults, inv_pointer_member(faults, pointer, m->name),
                          inv_str("is required"));
        }
    }
}


void
inv_shape_read(const inv_shape_t *shape, const inv_json_t *value,
               inv_str_t pointer, void *target, inv_shape_seen_t *seen,
               inv_faults_t *faults)
{
    shape_t           s;
    const inv_json_t *member;

    seen->given = 0;
    seen->nulls = 0;

    if (value == NULL || value->type != INV_JSON_OBJECT) {
        inv_fault_add(faults, pointer, inv_str("must be an object"));
        return;
    }

    s.target = target;
    s.faults = faults;

    for (member = value->first; member != NULL; member = member->next) {
        s.member = shape_member(shape, member->name);

        if (s.member == NULL) {
            shape_unknown(pointer, member->name, faults);
            continue;
        }

        if (member->type == INV_JSON_NULL && (s.member->bit & shape->nullable))
        {
            seen->nulls |= s.member->bit;
            continue;
        }

        s.value = member;
        s.pointer = inv_pointer_member(faults, pointer, s.member->name);
        shape_readers[s.member->kind](&s);
        seen->given |= s.member->bit;
    }

    shape_read_missing(shape, pointer, shape->required & ~seen->given, faults);
}
