
/*
 * shared: one line a second, see inv_pace.h.
 */


#include "inv_pace.h"


static void
inv_pace_say(inv_pace_t *pace)
{
    pace->say(pace);
    pace->n = 0;

    ngx_add_timer(&pace->timer, INV_PACE_MS);
}


static void
inv_pace_again(ngx_event_t *ev)
{
    inv_pace_t *pace = ev->data;

    if (pace->n != 0) {
        inv_pace_say(pace);
    }
}


void
inv_pace_add(inv_pace_t *pace, ngx_log_t *log, ngx_uint_t n)
{
    pace->n += n;

    if (pace->timer.timer_set) {
        return;
    }

    pace->timer.handler = inv_pace_again;
    pace->timer.data = pace;
    pace->timer.log = log;
    pace->timer.cancelable = 1;

    inv_pace_say(pace);
}


void
inv_pace_end(inv_pace_t *pace)
{
    if (pace->timer.timer_set) {
        ngx_del_timer(&pace->timer);
    }
}
