
/*
 * model: the parameters of a page of a list.  Any thread.
 */


#include "inv_page_cursor.h"
#include "inv_percent.h"


/* A query string on its way into a page; a bit a parameter, in table order. */
typedef struct {
    inv_arena_t      *arena;
    inv_faults_t     *faults;
    inv_page_query_t *page;
    unsigned          given;
    unsigned          good;
} page_read_t;

typedef struct {
    inv_str_t name;
    inv_str_t pointer;
    bool (*read)(inv_page_query_t *page, inv_str_t value);
    inv_str_t detail; /* of the fault when read says no */
} page_parameter_t;

enum {
    PAGE_LIMIT,
    PAGE_PAGE,
    PAGE_CURSOR,
    PAGE_PARAMETERS
};


/* Digits only, at least 1; what is greater than max becomes max. */
static bool
page_read_count(inv_str_t text, unsigned max, unsigned *count)
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


static bool
page_read_limit(inv_page_query_t *page, inv_str_t value)
{
    return page_read_count(value, INV_PAGE_LIMIT_MAX, &page->limit);
}


/* One more than the last page that any limit allows, so that it is seen. */
static bool
page_read_page(inv_page_query_t *page, inv_str_t value)
{
    return page_read_count(value, INV_PAGE_SKIP_MAX + 1, &page->page);
}


static bool
page_read_cursor(inv_page_query_t *page, inv_str_t value)
{
    return inv_page_cursor_read(value, page);
}


static const page_parameter_t page_parameters[PAGE_PARAMETERS] = {
    [PAGE_LIMIT] = { inv_str("limit"), inv_str("?limit"), page_read_limit,
                     inv_str("must be an integer of at least 1") },
    [PAGE_PAGE] = { inv_str("page"), inv_str("?page"), page_read_page,
                    inv_str("must be an integer of at least 1") },
    [PAGE_CURSOR] = { inv_str("cursor"), inv_str("?cursor"), page_read_cursor,
                      inv_str("is not a cursor of this query") }
};


/* Adds a fault of the parameter that was sent under this name. */
static void
page_fault(page_read_t *pr, inv_str_t name, inv_str_t detail)
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

    if (inv_percent_clean(pr->arena, name, &shown)) {
        text = inv_arena_alloc(pr->arena, shown.len + sizeof("?..."));
    }

    if (text == NULL) {
        pr->faults->no_memory = true;
        return;
    }

    text[0] = '?';
    memcpy(text + 1, shown.data, shown.len);
    memcpy(text + 1 + shown.len, "...", cut ? 3 : 0);

    shown.data = text;
    shown.len += cut ? 4 : 1;

    inv_fault_add(pr->faults, shown, detail);
}


/* Decodes the name or the value of the parameter name.  False: told. */
static bool
page_decode(page_read_t *pr, inv_str_t name, inv_str_t text, inv_str_t *decoded)
{
    inv_percent_result_t result;

    result = inv_percent_decode(pr->arena, text, decoded);

    if (result == INV_PERCENT_BAD_ESCAPE) {
        page_fault(pr, name,
                   inv_str("has a '%' that no two hex digits follow"));

    } else if (result == INV_PERCENT_BAD_TEXT) {
        page_fault(pr, name, inv_str("must be valid UTF-8 without U+0000"));

    } else if (result == INV_PERCENT_NO_MEMORY) {
        pr->faults->no_memory = true;
    }

    return result == INV_PERCENT_OK;
}


static void
page_read_value(page_read_t *pr, unsigned i, inv_str_t text)
{
    unsigned                bit;
    inv_str_t               value;
    const page_parameter_t *p;

    p = &page_parameters[i];
    bit = 1u << i;

    if (pr->given & bit) {
        inv_fault_add(pr->faults, p->pointer,
                      inv_str("must not be given twice"));
        return;
    }

    pr->given |= bit;

    if (!page_decode(pr, p->name, text, &value)) {
        return;
    }

    if (!p->read(pr->page, value)) {
        inv_fault_add(pr->faults, p->pointer, p->detail);
        return;
    }

    pr->good |= bit;
}


/* One "name=value", as sent; a parameter without '=' has an empty value. */
static void
page_read_parameter(page_read_t *pr, inv_str_t text)
{
    unsigned    i;
    inv_str_t   sent, name, value;
    const char *equals;

    sent = text;
    value = inv_str("");
    equals = memchr(text.data, '=', text.len);

    if (equals != NULL) {
        sent.len = (size_t) (equals - text.data);
        value.data = equals + 1;
        value.len = text.len - sent.len - 1;
    }

    if (!page_decode(pr, sent, sent, &name)) {
        return;
    }

    for (i = 0; i < PAGE_PARAMETERS; i++) {
        if (inv_str_eq(name, page_parameters[i].name)) {
            page_read_value(pr, i, value);
            return;
        }
    }

    page_fault(pr, name, inv_str("is not a known parameter"));
}


/* What no parameter says alone. */
static void
page_check(page_read_t *pr)
{
    unsigned limit, with_limit, with_page, with_cursor;

    with_limit = 1u << PAGE_LIMIT;
    with_page = 1u << PAGE_PAGE;
    with_cursor = 1u << PAGE_CURSOR;

    if ((pr->given & with_page) && (pr->given & with_cursor)) {
        inv_fault_add(pr->faults, page_parameters[PAGE_CURSOR].pointer,
                      inv_str("must not be given together with page"));
    }

    /* A wrong limit is told already: assume the kindest. */

    limit = (pr->given & ~pr->good & with_limit) ? 1 : pr->page->limit;

    if ((pr->good & with_page) && pr->page->page > INV_PAGE_SKIP_MAX / limit) {
        inv_fault_format(
            pr->faults, page_parameters[PAGE_PAGE].pointer,
            "times limit must be at most %u, use cursor to go further",
            (unsigned) INV_PAGE_SKIP_MAX);
    }
}


void
inv_page_read(inv_arena_t *arena, inv_str_t query, inv_page_query_t *page,
              inv_faults_t *faults)
{
    inv_str_t   text;
    const char *end;
    page_read_t pr;

    memset(page, 0, sizeof(*page));
    page->limit = INV_PAGE_LIMIT_DEFAULT;

    pr.arena = arena;
    pr.faults = faults;
    pr.page = page;
    pr.given = 0;
    pr.good = 0;

    while (query.len != 0) {
        end = memchr(query.data, '&', query.len);

        text.data = query.data;
        text.len = (end != NULL) ? (size_t) (end - query.data) : query.len;

        if (text.len != 0) {
            page_read_parameter(&pr, text);
        }

        if (end == NULL) {
            break;
        }

        query.data += text.len + 1;
        query.len -= text.len + 1;
    }

    page_check(&pr);
}
