
/*
 * store: what a document says of a product and of its entries.
 *
 * Any thread, no I/O.
 */


#include "inv_store_step.h"
#include "../base/inv_sum.h"


/* What the protocol counts by; inv_store_filter_state demands the same. */
static const struct {
    const char *name;
    int64_t     max; /* from 0 */
} inv_store_counts[] = {
    { "stock", INV_STOCK_MAX },       { "reserved", INV_STOCK_MAX },
    { "seq", INV_STORE_COUNT_MAX },   { "version", INV_STORE_COUNT_MAX },
    { "epoch", INV_STORE_COUNT_MAX },
};

#define INV_STORE_COUNTS \
    (sizeof(inv_store_counts) / sizeof(inv_store_counts[0]))


inv_store_result_t
inv_store_damaged(inv_store_call_t *call, inv_oid_t product, const char *where)
{
    char hex[INV_OID_HEX];

    inv_oid_write(product, hex);
    inv_store_call_error(call, "product %.*s is damaged at %s", INV_OID_HEX,
                         hex, where);

    return INV_STORE_DAMAGED;
}


/* The same of the step's product. */
static inv_store_result_t
inv_store_step_damaged(inv_store_call_t *call, inv_step_t *step,
                       const char *where)
{
    step->damaged = where;

    return inv_store_damaged(call, step->product, where);
}


void
inv_store_state_fields(bson_t *fields)
{
    size_t i;

    for (i = 0; i < INV_STORE_COUNTS; i++) {
        bson_append_int32(fields, inv_store_counts[i].name, -1, 1);
    }

    bson_append_int32(fields, "deleted", -1, 1);
}


void
inv_store_entry_fields(bson_t *fields, const char *prefix, inv_view_kind_t kind)
{
    char   name[32];
    size_t i, n;

    static const char *const names[] = { "b",     "from",  "to",   "after",
                                         "ops.t", "ops.d", "ops.k" };

    n = (kind == INV_VIEW_NUMBERS) ? 4 : sizeof(names) / sizeof(names[0]);

    for (i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%s%s", prefix, names[i]);
        bson_append_int32(fields, name, -1, 1);
    }
}


void
inv_store_outbox_fields(bson_t *fields, inv_view_kind_t kind)
{
    inv_store_state_fields(fields);
    inv_store_entry_fields(fields, "outbox.", kind);
}


inv_store_result_t
inv_store_step_state(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document)
{
    size_t       i;
    bson_iter_t  iter;
    inv_state_t *state = &step->state;

    int64_t *const counts[INV_STORE_COUNTS] = { &state->stock, &state->reserved,
                                                &state->seq, &state->version,
                                                &state->epoch };

    memset(state, 0, sizeof(inv_state_t));

    if (!inv_bson_is_whole(document)) {
        return inv_store_step_damaged(call, step, "its bytes");
    }

    state->deleted = bson_iter_init_find(&iter, document, "deleted");

    for (i = 0; i < INV_STORE_COUNTS; i++) {
        if (!inv_bson_find_count(document, inv_store_counts[i].name, counts[i])
            || *counts[i] > inv_store_counts[i].max)
        {
            return inv_store_step_damaged(call, step, inv_store_counts[i].name);
        }
    }

    step->has_state = true;

    return INV_STORE_OK;
}


void
inv_store_step_show(inv_store_call_t *call, inv_step_t *step,
                    const bson_t *document)
{
    inv_product_t   *product;
    inv_store_call_t apart;

    /* what is damaged is told to those who read it */
    memset(&apart, 0, sizeof(apart));
    apart.arena = call->arena;

    if (inv_store_product_parse(&apart, document, &product) == INV_STORE_OK
        && !product->deleted)
    {
        step->shown = product;
    }
}


/*
 * after may be anything: an entry goes into the ledger also where the stock that
 * it was made from was damaged.  Nobody is told of a stock that is out of range.
 */
static bool
inv_store_view_numbers(const bson_t *entry, inv_entry_view_t *view)
{
    return inv_bson_find_oid(entry, "b", &view->batch)
           && inv_bson_find_count(entry, "from", &view->from)
           && inv_bson_find_count(entry, "to", &view->to)
           && inv_bson_find_integer(entry, "after", &view->after)
           && view->from >= 1 && view->to >= view->from
           && view->to - view->from < INV_OUTBOX_OPS_MAX;
}


static bool
inv_store_view_op(const bson_t *op, inv_entry_op_t *out)
{
    uint32_t    len;
    bson_iter_t iter;
    const char *name;

    if (!inv_bson_find_amount(op, "d", &out->delta)
        || !bson_iter_init_find(&iter, op, "t") || !BSON_ITER_HOLDS_UTF8(&iter))
    {
        return false;
    }

    name = bson_iter_utf8(&iter, &len);
    out->has_key = inv_bson_find_oid(op, "k", &out->key);

    return inv_move_read((inv_str_t){ len, name }, &out->type);
}


/*
 * Whether the stock after each op that somebody may be told of, those with a
 * key, is one that a product can have.
 */
static bool
inv_store_view_is_sound(const inv_entry_view_t *view)
{
    size_t  i;
    int64_t after;

    after = view->after;

    for (i = view->nops; i-- > 0; /* void */) {
        if ((view->ops[i].has_key && !inv_stock_is_valid(after))
            || !inv_sum_less(after, view->ops[i].delta, &after))
        {
            return false;
        }
    }

    return true;
}


/* As many ops as from and to say, or the entry is damaged. */
static inv_store_result_t
inv_store_view_ops(inv_store_call_t *call, inv_arena_t *arena,
                   const bson_t *entry, inv_entry_view_t *view)
{
    bool        more;
    bson_t      op;
    size_t      n;
    bson_iter_t ops;

    more = false;
    n = (size_t) (view->to - view->from) + 1;

    view->ops = inv_arena_array(arena, n, sizeof(inv_entry_op_t));
    if (view->ops == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    if (inv_bson_find_elements(entry, "ops", &ops)) {
        for (more = bson_iter_next(&ops); more && view->nops < n;
             more = bson_iter_next(&ops))
        {
            if (!inv_bson_view(&ops, &op)
                || !inv_store_view_op(&op, &view->ops[view->nops]))
            {
                break;
            }

            view->nops++;
        }
    }

    return !more && view->nops == n && inv_store_view_is_sound(view)
               ? INV_STORE_OK
               : inv_store_damaged(call, view->product, "an entry's ops");
}


inv_store_result_t
inv_store_view(inv_store_call_t *call, inv_arena_t *arena, const bson_t *entry,
               inv_view_kind_t kind, inv_oid_t product, inv_entry_view_t *view)
{
    memset(view, 0, sizeof(inv_entry_view_t));
    view->product = product;

    if (!inv_store_view_numbers(entry, view)) {
        return inv_store_damaged(call, product, "an entry's numbers");
    }

    if (kind == INV_VIEW_OPS) {
        return inv_store_view_ops(call, arena, entry, view);
    }

    if (kind == INV_VIEW_WHOLE) {
        view->payload = inv_store_payload_of(entry);
        return view->payload != NULL ? INV_STORE_OK : INV_STORE_NO_MEMORY;
    }

    return INV_STORE_OK;
}


inv_store_result_t
inv_store_step_outbox_ops(inv_store_call_t *call, inv_step_t *step,
                          const bson_t *document)
{
    bson_t             entry;
    bson_iter_t        entries;
    inv_entry_view_t   view;
    inv_store_result_t result;

    step->state.outbox_ops = 0;

    if (!inv_bson_find_elements(document, "outbox", &entries)) {
        return inv_store_step_damaged(call, step, "outbox");
    }

    while (bson_iter_next(&entries)) {
        if (!inv_bson_view(&entries, &entry)) {
            return inv_store_step_damaged(call, step, "outbox");
        }

        result = inv_store_view(call, NULL, &entry, INV_VIEW_NUMBERS,
                                step->product, &view);
        if (result != INV_STORE_OK) {
            return result;
        }

        step->state.outbox_ops += view.to - view.from + 1;
    }

    return INV_STORE_OK;
}


/* Makes the step's arena and room for max views. */
static bool
inv_store_step_views_begin(inv_step_t *step, size_t max)
{
    if (step->arena == NULL) {
        step->arena = inv_arena_create();
    }

    if (step->arena != NULL && step->views == NULL) {
        step->views =
            inv_arena_array(step->arena, max, sizeof(inv_entry_view_t));
    }

    return step->views != NULL;
}


/* Takes back what was appended from the nth on. */
static void
inv_store_step_views_drop(inv_step_t *step, size_t nth)
{
    while (step->nviews > nth) {
        inv_store_payload_free(step->views[--step->nviews].payload);
    }
}


inv_store_result_t
inv_store_step_views(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document, inv_oid_t product,
                     inv_view_kind_t kind, size_t max)
{
    bson_t             entry;
    size_t             before;
    bson_iter_t        entries;
    inv_store_result_t result;

    if (!inv_store_step_views_begin(step, max)) {
        return INV_STORE_NO_MEMORY;
    }

    if (!inv_bson_find_elements(document, "outbox", &entries)) {
        return inv_store_damaged(call, product, "outbox");
    }

    before = step->nviews;

    while (step->nviews < max && bson_iter_next(&entries)) {
        result = inv_bson_view(&entries, &entry)
                     ? inv_store_view(call, step->arena, &entry, kind, product,
                                      &step->views[step->nviews])
                     : inv_store_damaged(call, product, "outbox");

        if (result != INV_STORE_OK) {
            inv_store_step_views_drop(step, before);
            return result;
        }

        step->nviews++;
    }

    /* half an outbox would show as not applied what is in the other half */
    if (kind == INV_VIEW_OPS && bson_iter_next(&entries)) {
        inv_store_step_views_drop(step, before);
        return inv_store_damaged(call, product, "outbox");
    }

    return INV_STORE_OK;
}
