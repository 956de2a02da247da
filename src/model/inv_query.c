
/*
 * model: the parameters of a query string, read by a table.  Any thread.
 */


#include "inv_query.h"
#include "inv_percent.h"
#include "../base/inv_limits.h"


/* A query string on its way into its target. */
typedef struct {
    inv_arena_t           *arena;
    const inv_parameter_t *parameters;
    size_t                 n;
    void                  *target;
    inv_query_seen_t      *seen;
    inv_faults_t          *faults;
} query_read_t;


bool
inv_query_count(inv_str_t text, unsigned max, unsigned *count)
{
    size_t   i;
    unsigned value;

    value = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }

        value = value * 10 + (unsigned) (text.data[i] - '0');
        value = (value > max) ? max : value;
    }

    *count = value;

    return value != 0;
}


/* Adds a fault of the parameter that was sent under this name. */
static void
query_fault(const query_read_t *qr, inv_str_t name, inv_str_t detail)
{
    bool      cut;
    char     *text;
    inv_str_t shown;

    /* Long names are not sent back whole: a fault is for reading. */

    cut = name.len > INV_FAULT_NAME_MAX;

    if (cut) {
        name.len = INV_FAULT_NAME_MAX;
    }

    text = NULL;

    if (inv_percent_clean(qr->arena, name, &shown)) {
        text = inv_arena_alloc(qr->arena, shown.len + sizeof("?..."));
    }

    if (text == NULL) {
        qr->faults->no_memory = true;
        return;
    }

    text[0] = '?';
    memcpy(text + 1, shown.data, shown.len);
    memcpy(text + 1 + shown.len, "...", cut ? 3 : 0);

    shown.data = text;
    shown.len += cut ? 4 : 1;

    inv_fault_add(qr->faults, shown, detail);
}


/* Decodes the name or the value of the parameter name.  False: told. */
static bool
query_decode(const query_read_t *qr, inv_str_t name, inv_str_t text,
             inv_str_t *decoded)
{
    inv_percent_result_t result;

    result = inv_percent_decode(qr->arena, text, decoded);

    if (result == INV_PERCENT_BAD_ESCAPE) {
        query_fault(qr, name,
                    inv_str("has a '%' that no two hex digits follow"));

    } else if (result == INV_PERCENT_BAD_TEXT) {
        query_fault(qr, name, inv_str("must be valid UTF-8 without U+0000"));

    } else if (result == INV_PERCENT_NO_MEMORY) {
        qr->faults->no_memory = true;
    }

    return result == INV_PERCENT_OK;
}


static void
query_read_value(const query_read_t *qr, unsigned i, inv_str_t text)
{
    unsigned               bit;
    inv_str_t              value;
    const inv_parameter_t *p;

    p = &qr->parameters[i];
    bit = 1u << i;

    if (qr->seen->given & bit) {
        inv_fault_add(qr->faults, p->pointer,
                      inv_str("must not be given twice"));
        return;
    }

    qr->seen->given |= bit;

    if (!query_decode(qr, p->name, text, &value)) {
        return;
    }

    if (!p->read(qr->target, value)) {
        inv_fault_add(qr->faults, p->pointer, p->detail);
        return;
    }

    qr->seen->good |= bit;
}


/* A parameter without '=' has an empty value. */
static void
query_read_parameter(const query_read_t *qr, inv_str_t sent, inv_str_t value)
{
    unsigned  i;
    inv_str_t name;

    if (!query_decode(qr, sent, sent, &name)) {
        return;
    }

    for (i = 0; i < qr->n; i++) {
        if (inv_str_eq(name, qr->parameters[i].name)) {
            query_read_value(qr, i, value);
            return;
        }
    }

    query_fault(qr, name, inv_str("is not a known parameter"));
}


/* What stands before the first c of text; text becomes what is behind it. */
static inv_str_t
query_cut(inv_str_t *text, char c)
{
    inv_str_t   before;
    const char *end;

    end = memchr(text->data, c, text->len);

    before.data = text->data;
    before.len = (end != NULL) ? (size_t) (end - text->data) : text->len;

    text->data += before.len + (end != NULL);
    text->len -= before.len + (end != NULL);

    return before;
}


bool
inv_query_next(inv_str_t *query, inv_str_t *parameter, inv_str_t *name,
               inv_str_t *value)
{
    while (query->len != 0) {
        *parameter = query_cut(query, '&');

        if (parameter->len != 0) {
            *value = *parameter;
            *name = query_cut(value, '=');
            return true;
        }
    }

    return false;
}


void
inv_query_read(inv_arena_t *arena, const inv_parameter_t *parameters, size_t n,
               inv_str_t query, void *target, inv_query_seen_t *seen,
               inv_faults_t *faults)
{
    inv_str_t    parameter, name, value;
    query_read_t qr;

    qr.arena = arena;
    qr.parameters = parameters;
    qr.n = n;
    qr.target = target;
    qr.seen = seen;
    qr.faults = faults;

    memset(seen, 0, sizeof(*seen));

    while (inv_query_next(&query, &parameter, &name, &value)) {
        query_read_parameter(&qr, name, value);
    }
}
