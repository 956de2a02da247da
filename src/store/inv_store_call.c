
/*
 * store: the time that a call has, and the words for what went wrong.
 *
 * Runs on threads.
 */


#include <stdarg.h>
#include <time.h>

#include "inv_store_internal.h"


/* The longest pause before another try is 1 ms << 7. */
#define INV_STORE_PAUSE_SHIFT_MAX 7


int64_t
inv_store_call_left(const inv_store_call_t *call)
{
    int64_t left;

    left = call->deadline - inv_time_monotonic();

    return left > 0 ? left : 0;
}


void
inv_store_call_error(inv_store_call_t *call, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(call->error, sizeof(call->error), format, args);
    va_end(args);
}


bool
inv_store_pause(const inv_store_call_t *call, unsigned nth)
{
    int64_t         left, limit_ms;
    uint32_t        random;
    struct timespec pause;

    left = inv_store_call_left(call);
    if (left == 0) {
        return false;
    }

    /* the first try again is made at once: mostly a copy was out of date */
    if (nth == 0) {
        return true;
    }

    if (nth > INV_STORE_PAUSE_SHIFT_MAX) {
        nth = INV_STORE_PAUSE_SHIFT_MAX;
    }

    limit_ms = INT64_C(1) << nth;

    if (limit_ms > left) {
        limit_ms = left;
    }

    inv_random(&random, sizeof(random));

    pause.tv_sec = 0;
    pause.tv_nsec = (long) (random % (uint64_t) (limit_ms * 1000000));

    nanosleep(&pause, NULL);

    return true;
}
