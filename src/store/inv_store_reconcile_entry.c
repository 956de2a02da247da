
/*
 * store: an entry as reconcile sees it.
 *
 * Any thread, no I/O.
 */


#include "inv_store_reconcile_private.h"
#include "../base/inv_sum.h"


/* Of a damaged one the last seq, where it has one, so that it has a place. */
static bool
inv_store_check_numbers(const bson_t *document, inv_check_entry_t *entry)
{
    bool        whole;
    bson_iter_t iter;

    whole = bson_iter_init_find(&iter, document, "b")
            && inv_bson_get_oid(&iter, &entry->batch)
            && inv_bson_find_amount(document, "after", &entry->after);

    if (!inv_bson_find_count(document, "to", &entry->to)) {
        entry->to = 0;
    }

    if (!inv_bson_find_count(document, "from", &entry->from) || entry->from == 0
        || entry->from > entry->to
        || entry->to - entry->from >= INV_OUTBOX_OPS_MAX)
    {
        entry->from = entry->to;
        whole = false;
    }

    return whole;
}


/* Adds an op's deltas.  False: it is damaged, or they overflow. */
static bool
inv_store_check_op(const bson_t *op, inv_check_entry_t *entry)
{
    int64_t     delta, reserved;
    bson_iter_t iter;

    if (!inv_bson_find_amount(op, "d", &delta)
        || !inv_sum_add(entry->delta, delta, &entry->delta))
    {
        return false;
    }

    if (!bson_iter_init_find(&iter, op, "r")) {
        return true;
    }

    return inv_bson_get_amount(&iter, &reserved)
           && inv_sum_add(entry->reserved, reserved, &entry->reserved);
}


static bool
inv_store_check_is_balance(const bson_t *op)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, op, "why") && BSON_ITER_HOLDS_UTF8(&iter)
           && strcmp(bson_iter_utf8(&iter, NULL), INV_RECONCILE_REASON) == 0;
}


void
inv_store_check_entry(const bson_t *document, inv_check_entry_t *entry)
{
    bson_t      op;
    int64_t     n;
    bson_iter_t ops;

    memset(entry, 0, sizeof(*entry));

    entry->whole = inv_store_check_numbers(document, entry);

    if (!inv_bson_find_elements(document, "ops", &ops)) {
        entry->whole = false;
        return;
    }

    for (n = 0; bson_iter_next(&ops); n++) {
        if (!inv_bson_view(&ops, &op) || !inv_store_check_op(&op, entry)) {
            entry->whole = false;
            continue;
        }

        entry->balance = n == 0 && inv_store_check_is_balance(&op);
    }

    entry->whole &= n == entry->to - entry->from + 1;
}


size_t
inv_store_check_keys(const bson_t *document, const inv_check_entry_t *entry,
                     inv_reconcile_key_t *keys)
{
    bson_t      op;
    size_t      n;
    int64_t     seq;
    bson_iter_t iter, ops, key;

    if (!entry->whole || !bson_iter_init_find(&iter, document, "ops")
        || !bson_iter_recurse(&iter, &ops))
    {
        return 0;
    }

    n = 0;

    for (seq = entry->from; seq <= entry->to && bson_iter_next(&ops); seq++) {
        if (inv_bson_view(&ops, &op) && bson_iter_init_find(&key, &op, "k")
            && inv_bson_get_oid(&key, &keys[n].key))
        {
            keys[n++].seq = seq;
        }
    }

    return n;
}
