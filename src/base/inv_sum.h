
/*
 * base: checked integer arithmetic, for numbers that come from the database:
 * damaged ones are told, never wrapped.
 *
 * Any thread, no state.
 */


#ifndef INV_SUM_H
#define INV_SUM_H


#include <stdbool.h>
#include <stdint.h>


/* *sum = a + b.  False: it overflows; *sum is as before.  sum may be &a. */
static inline bool
inv_sum_add(int64_t a, int64_t b, int64_t *sum)
{
    int64_t result;

    if (__builtin_add_overflow(a, b, &result)) {
        return false;
    }

    *sum = result;

    return true;
}


/* *difference = a - b, likewise. */
static inline bool
inv_sum_less(int64_t a, int64_t b, int64_t *difference)
{
    int64_t result;

    if (__builtin_sub_overflow(a, b, &result)) {
        return false;
    }

    *difference = result;

    return true;
}


#endif /* INV_SUM_H */
