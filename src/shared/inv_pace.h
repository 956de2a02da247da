
/*
 * shared: what may happen thousands of times a second has no line of its own in
 * the log: the first one has, and then there is one a second that tells how
 * many there were.
 *
 * Event loop only.
 */


#ifndef INV_PACE_H
#define INV_PACE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


#define INV_PACE_MS 1000


/* One kind of line, of this worker.  Zeroed at first, but for say. */
typedef struct inv_pace_s inv_pace_t;

struct inv_pace_s {
    /* Writes the line: n, from 1, happened since the last one. */
    void (*say)(inv_pace_t *pace);

    ngx_uint_t  n;
    ngx_event_t timer; /* while it is set, all is only counted */
};

/* n more have happened; what say needs to tell of the last one is set. */
void inv_pace_add(inv_pace_t *pace, ngx_log_t *log, ngx_uint_t n);

/* Before its memory goes; what was only counted is not said. */
void inv_pace_end(inv_pace_t *pace);


#endif /* INV_PACE_H */
