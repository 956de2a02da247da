
/*
 * http: what was left out of lists, since it cannot be read: lists may be asked
 * for thousands of times a second, see inv_pace.h.  Event loop.
 */


#include "inv_worker.h"
#include "../shared/inv_pace.h"


/* Of this worker. */
typedef struct {
    inv_pace_t pace;
    char       error[sizeof(((inv_store_call_t *) 0)->error)]; /* the last's */
} inv_left_out_t;


static void inv_left_out_say(inv_pace_t *pace);


static inv_left_out_t inv_left_out_of_lists = { .pace.say = inv_left_out_say };


void
inv_left_out(ngx_uint_t n, const char *error)
{
    ngx_cpystrn((u_char *) inv_left_out_of_lists.error, (u_char *) error,
                sizeof(inv_left_out_of_lists.error));

    inv_pace_add(&inv_left_out_of_lists.pace, inv_worker->log, n);
}


static void
inv_left_out_say(inv_pace_t *pace)
{
    const inv_left_out_t *left_out = (const inv_left_out_t *) pace;

    ngx_log_error(NGX_LOG_ERR, inv_worker->log, 0,
                  "inventory: left out of a list: %s; documents left out: %ui",
                  left_out->error, pace->n);
}
