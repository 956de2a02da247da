
/*
 * model: the parameters of a list of movements, and its cursors.  Any thread.
 */


#include "inv_cursor.h"
#include "inv_movement.h"
#include "inv_percent.h"
#include "inv_query.h"

#include <stdio.h>


#define MOVEMENTS_PRODUCT_AT 8
#define MOVEMENTS_SEQ_AT     20
#define MOVEMENTS_CURSOR     28

/* The path of a product's list and all filters but the reference. */
#define MOVEMENTS_LIST_TEXT 256

enum {
    MOVEMENTS_LIMIT,
    MOVEMENTS_CURSOR_TEXT,
    MOVEMENTS_OF_PRODUCT, /* so many has the list of one product */
    MOVEMENTS_FROM = MOVEMENTS_OF_PRODUCT,
    MOVEMENTS_TO,
    MOVEMENTS_TYPE,
    MOVEMENTS_REFERENCE,
    MOVEMENTS_PARAMETERS
};


static bool
movements_read_limit(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    return inv_query_count(value, INV_PAGE_LIMIT_MAX, &query->limit);
}


/* What it means shows when all filters are known. */
static bool
movements_read_cursor(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    query->cursor = value;

    return true;
}


static bool
movements_read_from(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    query->has_from = inv_time_read(value, &query->from);

    return query->has_from;
}


static bool
movements_read_to(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    query->has_to = inv_time_read(value, &query->to);

    return query->has_to;
}


static bool
movements_read_type(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    query->has_type = inv_move_read(value, &query->type);

    return query->has_type;
}


static bool
movements_read_reference(void *target, inv_str_t value)
{
    inv_movements_query_t *query = target;

    query->reference = value;

    return value.len != 0;
}


#define MOVEMENTS_A_TIME \
    "must be a time as in RFC 3339, e.g. 2026-11-21T04:47:42Z"

static const inv_parameter_t movements_parameters[MOVEMENTS_PARAMETERS] = {
    [MOVEMENTS_LIMIT] = { inv_str("limit"), inv_str("?limit"),
                          movements_read_limit,
                          inv_str("must be an integer of at least 1") },
    [MOVEMENTS_CURSOR_TEXT] = { inv_str("cursor"), inv_str("?cursor"),
                                movements_read_cursor,
                                inv_str("is not a cursor of this query") },
    [MOVEMENTS_FROM] = { inv_str("from"), inv_str("?from"), movements_read_from,
                         inv_str(MOVEMENTS_A_TIME) },
    [MOVEMENTS_TO] = { inv_str("to"), inv_str("?to"), movements_read_to,
                       inv_str(MOVEMENTS_A_TIME) },
    [MOVEMENTS_TYPE] = { inv_str("type"), inv_str("?type"), movements_read_type,
                         inv_str("is not a type of movement") },
    [MOVEMENTS_REFERENCE] = { inv_str("reference"), inv_str("?reference"),
                              movements_read_reference,
                              inv_str("must not be empty") }
};


/* "name=<time>&" behind what text holds; returns the new length. */
static size_t
movements_put_time(char *text, size_t len, const char *name, inv_time_t t)
{
    char out[INV_TIME_TEXT];

    inv_time_write(t, out);

    return len
           + (size_t) snprintf(text + len, MOVEMENTS_LIST_TEXT - len,
                               "%s=%.*s&", name, INV_TIME_TEXT, out);
}


/* The list in one form, however it was asked for.  Absent: no memory. */
static inv_str_t
movements_list(inv_arena_t *arena, const inv_movements_query_t *query)
{
    char     *whole, text[MOVEMENTS_LIST_TEXT], hex[INV_OID_HEX];
    size_t    len;
    inv_str_t reference;

    if (query->has_product) {
        inv_oid_write(query->product, hex);
        len = (size_t) snprintf(text, sizeof(text), "/products/%.*s/movements?",
                                INV_OID_HEX, hex);
    } else {
        len = (size_t) snprintf(text, sizeof(text), "/movements?");
    }

    if (query->has_from) {
        len = movements_put_time(text, len, "from", query->from);
    }

    if (query->has_to) {
        len = movements_put_time(text, len, "to", query->to);
    }

    if (query->has_type) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "type=%s&",
                                 inv_move_name(query->type));
    }

    reference = inv_str("");

    if (query->reference.data != NULL
        && !inv_percent_encode(arena, query->reference, &reference))
    {
        return INV_STR_ABSENT;
    }

    whole = inv_arena_alloc(arena, len + reference.len + sizeof("reference=&"));
    if (whole == NULL) {
        return INV_STR_ABSENT;
    }

    memcpy(whole, text, len);

    if (query->reference.data != NULL) {
        len += (size_t) snprintf(
            whole + len, reference.len + sizeof("reference=&"),
            "reference=%.*s&", (int) reference.len, reference.data);
    }

    return (inv_str_t){ len, whole };
}


static bool
movements_read_place(inv_movements_query_t *query)
{
    unsigned char position[MOVEMENTS_CURSOR];

    if (!inv_cursor_read(query->list, query->cursor, position,
                         sizeof(position))) {
        return false;
    }

    query->after.at = (inv_time_t) inv_cursor_get(position);
    memcpy(query->after.product.bytes, position + MOVEMENTS_PRODUCT_AT,
           sizeof(query->after.product.bytes));
    query->after.seq = (int64_t) inv_cursor_get(position + MOVEMENTS_SEQ_AT);
    query->has_after =
        query->after.seq >= 1 && query->after.seq <= INV_STOCK_MAX;

    return query->has_after;
}


/* What no parameter says alone. */
static void
movements_check(inv_arena_t *arena, inv_movements_query_t *query,
                inv_faults_t *faults)
{
    if (query->has_from && query->has_to && query->to <= query->from) {
        inv_fault_add(faults, movements_parameters[MOVEMENTS_TO].pointer,
                      inv_str("must be later than from"));
    }

    if (faults->count != 0) {
        return;
    }

    query->list = movements_list(arena, query);

    if (query->list.data == NULL) {
        faults->no_memory = true;
        return;
    }

    if (query->cursor.data != NULL && !movements_read_place(query)) {
        inv_fault_add(faults,
                      movements_parameters[MOVEMENTS_CURSOR_TEXT].pointer,
                      movements_parameters[MOVEMENTS_CURSOR_TEXT].detail);
    }
}


void
inv_movements_read(inv_arena_t *arena, const inv_oid_t *product,
                   inv_str_t query, inv_movements_query_t *movements,
                   inv_faults_t *faults)
{
    inv_query_seen_t seen;

    memset(movements, 0, sizeof(*movements));
    movements->limit = INV_PAGE_LIMIT_DEFAULT;

    if (product != NULL) {
        movements->has_product = true;
        movements->product = *product;
    }

    inv_query_read(arena, movements_parameters,
                   product != NULL ? MOVEMENTS_OF_PRODUCT
                                   : MOVEMENTS_PARAMETERS,
                   query, movements, &seen, faults);
    movements_check(arena, movements, faults);
}


bool
inv_movements_cursor(inv_arena_t *arena, const inv_movements_query_t *query,
                     const inv_movement_place_t *last, inv_str_t *cursor)
{
    unsigned char position[MOVEMENTS_CURSOR];

    inv_cursor_put(position, query->has_product ? 0 : (uint64_t) last->at);
    memcpy(position + MOVEMENTS_PRODUCT_AT, last->product.bytes,
           sizeof(last->product.bytes));
    inv_cursor_put(position + MOVEMENTS_SEQ_AT, (uint64_t) last->seq);

    return inv_cursor_write(arena, query->list, position, sizeof(position),
                            cursor);
}
