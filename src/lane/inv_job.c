
/*
 * lane: jobs, see inv_job.h.  Event loop; inv_job_run is on a thread.
 */


#include "inv_job.h"


/* Any long time: the timer exists to be there, not to fire. */
#define INV_HOLD_MS 3600000


static void inv_job_run(void *data, ngx_log_t *log);
static void inv_job_complete(ngx_event_t *ev);
static void inv_jobs_hold_again(ngx_event_t *ev);


void
inv_jobs_init(inv_jobs_t *jobs, ngx_thread_pool_t *pool, ngx_log_t *log)
{
    jobs->pool = pool;
    jobs->log = log;

    ngx_queue_init(&jobs->in_flight);

    jobs->hold.handler = inv_jobs_hold_again;
    jobs->hold.data = jobs;
    jobs->hold.log = log;
}


ngx_int_t
inv_job_post(inv_jobs_t *jobs, inv_job_t *job)
{
    if (jobs->ending) {
        return NGX_ERROR;
    }

    ngx_memzero(&job->task, sizeof(ngx_thread_task_t));

    job->jobs = jobs;
    job->posted = ngx_current_msec;
    job->task.ctx = job;
    job->task.handler = inv_job_run;
    job->task.event.handler = inv_job_complete;
    job->task.event.data = job;
    job->task.event.log = jobs->log;

    if (ngx_thread_task_post(jobs->pool, &job->task) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&jobs->in_flight, &job->link);
    inv_jobs_hold(jobs);

    return NGX_OK;
}


static void
inv_job_run(void *data, ngx_log_t *log)
{
    inv_job_t *job = data;

    job->run(job);
}


static void
inv_job_complete(ngx_event_t *ev)
{
    inv_job_t  *job = ev->data;
    inv_jobs_t *jobs = job->jobs;

    ngx_queue_remove(&job->link);

    job->done(job);

    /* Last: done may have posted the next job, and the hold must not flap. */
    inv_jobs_release(jobs);
}


void
inv_jobs_hold(inv_jobs_t *jobs)
{
    if (jobs->holders++ == 0) {
        ngx_add_timer(&jobs->hold, INV_HOLD_MS);
    }
}


void
inv_jobs_release(inv_jobs_t *jobs)
{
    if (--jobs->holders == 0 && jobs->hold.timer_set) {
        ngx_del_timer(&jobs->hold);
    }
}


static void
inv_jobs_hold_again(ngx_event_t *ev)
{
    ngx_add_timer(ev, INV_HOLD_MS);
}


void
inv_jobs_end(inv_jobs_t *jobs)
{
    inv_job_t   *job;
    ngx_queue_t *q;

    jobs->ending = 1;

    while (!ngx_queue_empty(&jobs->in_flight)) {
        q = ngx_queue_head(&jobs->in_flight);
        job = ngx_queue_data(q, inv_job_t, link);

        inv_job_complete(&job->task.event);
    }

    if (jobs->hold.timer_set) {
        ngx_del_timer(&jobs->hold);
    }
}
