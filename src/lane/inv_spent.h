
/*
 * lane: where the time of one who waits went: for the log, not for deciding
 * anything.
 *
 * Pure, any thread.  Times are differences of ngx_current_msec, which stands
 * still within a turn of the event loop: nothing is asked of a clock.
 */


#ifndef INV_SPENT_H
#define INV_SPENT_H


#include <ngx_config.h>
#include <ngx_core.h>


/* What was waited for at all, be it for less than a millisecond. */
#define INV_SPENT_QUEUE 0x01
#define INV_SPENT_MONGO 0x02
#define INV_SPENT_REDIS 0x04

/* All zero: nothing was waited for. */
typedef struct {
    ngx_msec_t queue; /* for a turn */
    ngx_msec_t mongo; /* while a job was at it */
    ngx_msec_t redis;
    ngx_uint_t batch;  /* operations that shared its statement or find, the most
                         of several; 0: there was none */
    unsigned   waited; /* INV_SPENT_ bits */
} inv_spent_t;

/* One after the other. */
void inv_spent_add(inv_spent_t *spent, const inv_spent_t *more);

/* At the same time: the longer of each. */
void inv_spent_longest(inv_spent_t *spent, const inv_spent_t *other);

/*
 * What of now was after before, for one who came when others waited already;
 * before->waited: what was over by then.
 */
inv_spent_t inv_spent_since(const inv_spent_t *now, const inv_spent_t *before);


#endif /* INV_SPENT_H */
