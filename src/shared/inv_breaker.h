
/*
 * shared: a circuit breaker: whether to ask a server that has been failing.
 *
 * Pure state: no nginx, no clock, no randomness.  Any thread, one at a time.
 * All zero is a closed breaker.  Times are those of a monotonic clock in ms.
 */


#ifndef INV_BREAKER_H
#define INV_BREAKER_H


#include "../base/inv_base.h"


typedef enum {
    INV_BREAKER_CLOSED,   /* all calls go through */
    INV_BREAKER_OPEN,     /* none, until open_until_ms */
    INV_BREAKER_HALF_OPEN /* one probe is under way, until probe_until_ms */
} inv_breaker_state_t;

typedef struct {
    uint32_t state;    /* inv_breaker_state_t */
    uint32_t failures; /* in a row, while closed */
    uint32_t opened;   /* times in a row without a success between */
    uint32_t unused;
    int64_t  open_until_ms;
    int64_t  probe_until_ms;
} inv_breaker_t;

/* Whether a call may be made now.  True while half-open: it is the probe. */
bool inv_breaker_allow(inv_breaker_t *breaker, int64_t now_ms);

/* A call was answered (by any definite answer, also a refusal). */
void inv_breaker_succeeded(inv_breaker_t *breaker);

/* A call was not answered.  random: any 32 random bits. */
void
inv_breaker_failed(inv_breaker_t *breaker, int64_t now_ms, uint32_t random);

/* Until the next call may be made; 0: now. */
int64_t inv_breaker_wait_ms(const inv_breaker_t *breaker, int64_t now_ms);

/* Closed, with no failure since the last success. */
bool inv_breaker_is_well(const inv_breaker_t *breaker);


#endif /* INV_BREAKER_H */
