
/*
 * model: does the ledger of a product fit the product?  Any thread.
 */


#include "inv_movement_check.h"


/* A sum that damaged numbers may not break. */
static int64_t
check_add(int64_t a, int64_t b)
{
    return (int64_t) ((uint64_t) a + (uint64_t) b);
}


static void
check_range(inv_seq_ranges_t *ranges, int64_t from, int64_t to)
{
    if (ranges->n == INV_CHECK_RANGES_MAX) {
        ranges->more = true;
        return;
    }

    ranges->ranges[ranges->n++] = (inv_seq_range_t){ from, to };
}


/* The stock after it must be the one before and its deltas. */
static void
check_stock(inv_movement_check_t *check, const inv_check_entry_t *entry)
{
    if (entry->after == check_add(check->after, entry->delta)) {
        return;
    }

    if (!entry->balance) {
        check_range(&check->breaks, entry->from, entry->to);
        return;
    }

    /* it was made because of what is broken before it */
    memset(&check->breaks, 0, sizeof(check->breaks));
}


void
inv_check_entry(inv_movement_check_t *check, const inv_check_entry_t *entry)
{
    if (entry->from > check->seq) {
        check->ahead = entry->to > check->ahead ? entry->to : check->ahead;
        return;
    }

    if (entry->to == check->last && inv_oid_eq(entry->batch, check->batch)) {
        return;
    }

    check->sum = check_add(check->sum, entry->delta);
    check->reserved_sum = check_add(check->reserved_sum, entry->reserved);

    if (!entry->whole) {
        check_range(&check->breaks, entry->from, entry->to);
    }

    if (entry->from <= check->last) {
        check_range(&check->overlaps, entry->from,
                    entry->to < check->last ? entry->to : check->last);

    } else if (entry->from > check->last + 1) {
        check_range(&check->gaps, check->last + 1, entry->from - 1);

    } else if (entry->whole) {
        check_stock(check, entry);
    }

    if (entry->to > check->last) {
        check->last = entry->to;
        check->after = entry->after;
        check->batch = entry->batch;
    }
}


void
inv_check_end(inv_movement_check_t *check)
{
    if (check->last < check->seq) {
        check_range(&check->gaps, check->last + 1, check->seq);

    } else if (check->after != check->stock) {
        check_range(&check->breaks, check->last, check->last);
    }
}


bool
inv_check_is_balanced(const inv_movement_check_t *check)
{
    return check->sum == check->stock && check->reserved_sum == check->reserved;
}


bool
inv_check_is_clean(const inv_movement_check_t *check)
{
    return !check->damaged && inv_check_is_balanced(check) && check->gaps.n == 0
           && check->overlaps.n == 0 && check->breaks.n == 0;
}
