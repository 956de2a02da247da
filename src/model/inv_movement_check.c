
/*
 * model: does the ledger of a product fit the product?  Any thread.
 */


#include "inv_movement_check.h"
#include "../base/inv_sum.h"


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
    int64_t after;

    if (inv_sum_add(check->after, entry->delta, &after)
        && after == entry->after) {
        return;
    }

    if (!entry->balance) {
        check_range(&check->breaks, entry->from, entry->to);
        return;
    }

    /* it was made because of what is broken before it */
    memset(&check->breaks, 0, sizeof(check->breaks));
}


bool
inv_check_entry(inv_movement_check_t *check, const inv_check_entry_t *entry)
{
    if (entry->from > check->seq) {
        check->ahead = entry->to > check->ahead ? entry->to : check->ahead;
        return false;
    }

    if (entry->from != 0 && entry->to == check->last
        && inv_oid_eq(entry->batch, check->batch))
    {
        return false;
    }

    check->damaged |= !inv_sum_add(check->sum, entry->delta, &check->sum)
                      || !inv_sum_add(check->reserved_sum, entry->reserved,
                                      &check->reserved_sum);

    if (!entry->whole) {
        check_range(&check->breaks, entry->from, entry->to);
    }

    /* it has no place among the others */
    if (entry->from == 0) {
        return true;
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

    return true;
}


void
inv_check_duplicate(inv_movement_check_t *check, int64_t first, int64_t last)
{
    size_t                  i;
    const inv_seq_ranges_t *told = &check->duplicates;

    for (i = 0; i < told->n; i++) {
        if (told->ranges[i].from == first && told->ranges[i].to == last) {
            return;
        }
    }

    check_range(&check->duplicates, first, last);
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
           && check->overlaps.n == 0 && check->breaks.n == 0
           && check->duplicates.n == 0;
}


static bool
check_delta(int64_t is, int64_t sum, int64_t *delta)
{
    return inv_sum_less(is, sum, delta) && *delta >= -INV_STOCK_MAX
           && *delta <= INV_STOCK_MAX;
}


bool
inv_check_balance(const inv_movement_check_t *check, int64_t *delta,
                  int64_t *reserved)
{
    return !check->damaged && inv_stock_is_valid(check->stock)
           && check_delta(check->stock, check->sum, delta)
           && check_delta(check->reserved, check->reserved_sum, reserved);
}
