
/*
 * shared: a circuit breaker.  Any thread, one at a time.
 */


#include "inv_breaker.h"


/*
 * Failures in a row that open it: one lost connection may fail the few calls
 * that shared it, a server that is gone fails all.
 */
#define INV_BREAKER_FAILURES 5

/*
 * How long it stays open: at random up to a ceiling that doubles each time, so
 * that the workers of many nodes do not ask together.  The ceilings: a restart
 * is noticed within a second, a long outage costs a probe every few seconds.
 * The floor keeps a draw near zero from making it no breaker at all.
 */
#define INV_BREAKER_FLOOR_MS        250
#define INV_BREAKER_CEILING_MS      1000
#define INV_BREAKER_CEILING_LAST_MS 5000
#define INV_BREAKER_DOUBLINGS       3

/*
 * A probe that has not come back by then is given up (its worker may have
 * died) and another may be sent.  Longer than a usual deadline.
 */
#define INV_BREAKER_PROBE_MS 5000


static void
inv_breaker_open(inv_breaker_t *breaker, int64_t now_ms, uint32_t random)
{
    int64_t ceiling;

    ceiling = (int64_t) INV_BREAKER_CEILING_MS << breaker->opened;

    if (ceiling > INV_BREAKER_CEILING_LAST_MS) {
        ceiling = INV_BREAKER_CEILING_LAST_MS;
    }

    if (breaker->opened < INV_BREAKER_DOUBLINGS) {
        breaker->opened++;
    }

    breaker->state = INV_BREAKER_OPEN;
    breaker->failures = 0;
    breaker->open_until_ms = now_ms + INV_BREAKER_FLOOR_MS
                             + random % (ceiling - INV_BREAKER_FLOOR_MS + 1);
}


bool
inv_breaker_allow(inv_breaker_t *breaker, int64_t now_ms)
{
    if (breaker->state == INV_BREAKER_CLOSED) {
        return true;
    }

    if (inv_breaker_wait_ms(breaker, now_ms) > 0) {
        return false;
    }

    breaker->state = INV_BREAKER_HALF_OPEN;
    breaker->probe_until_ms = now_ms + INV_BREAKER_PROBE_MS;

    return true;
}


void
inv_breaker_succeeded(inv_breaker_t *breaker)
{
    memset(breaker, 0, sizeof(*breaker));
}


void
inv_breaker_failed(inv_breaker_t *breaker, int64_t now_ms, uint32_t random)
{
    switch (breaker->state) {

    case INV_BREAKER_CLOSED:
        breaker->failures++;

        if (breaker->failures < INV_BREAKER_FAILURES) {
            return;
        }

        break;

    case INV_BREAKER_HALF_OPEN:
        break;

    default: /* a call from before it opened: known already */
        return;
    }

    inv_breaker_open(breaker, now_ms, random);
}


int64_t
inv_breaker_wait_ms(const inv_breaker_t *breaker, int64_t now_ms)
{
    int64_t until_ms;

    switch (breaker->state) {

    case INV_BREAKER_OPEN:
        until_ms = breaker->open_until_ms;
        break;

    case INV_BREAKER_HALF_OPEN:
        until_ms = breaker->probe_until_ms;
        break;

    default:
        return 0;
    }

    return until_ms > now_ms ? until_ms - now_ms : 0;
}


bool
inv_breaker_is_well(const inv_breaker_t *breaker)
{
    return breaker->state == INV_BREAKER_CLOSED && breaker->failures == 0;
}
