
/*
 * lane: what crosses between the event loop and the threads, and nothing else
 * does.
 *
 * A job is one heap object that a thread of nginx's pool runs once and the
 * event loop then completes.  Loop only, but for the run function.
 */


#ifndef INV_JOB_H
#define INV_JOB_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>


typedef struct inv_job_s inv_job_t;

/* The jobs of a worker.  Zero it, then inv_jobs_init. */
typedef struct {
    ngx_thread_pool_t *pool;
    ngx_log_t         *log;
    ngx_queue_t        in_flight;
    ngx_event_t        hold; /* keeps a worker told to quit until it is 0 */
    ngx_uint_t         holders;
    unsigned           ending : 1; /* the pool is gone: start nothing new */
} inv_jobs_t;

struct inv_job_s {
    ngx_thread_task_t task;
    ngx_queue_t       link; /* in inv_jobs_t.in_flight */
    inv_jobs_t       *jobs;
    ngx_msec_t        posted; /* ngx_current_msec */

    void (*run)(inv_job_t *job);  /* on a thread; may block */
    void (*done)(inv_job_t *job); /* on the loop, exactly once; frees the job */
};

void inv_jobs_init(inv_jobs_t *jobs, ngx_thread_pool_t *pool, ngx_log_t *log);

/*
 * Hands a job with run and done set to a thread.  NGX_ERROR: the pool's queue
 * is full or the worker is ending; done will not be called.
 */
ngx_int_t inv_job_post(inv_jobs_t *jobs, inv_job_t *job);

/* Since it was handed to a thread, ms. */
static inline int64_t
inv_job_took(const inv_job_t *job)
{
    return (int64_t) (ngx_msec_int_t) (ngx_current_msec - job->posted);
}

/*
 * While held, a worker told to quit does not exit: work that no connection
 * waits for is still to be done.
 */
void inv_jobs_hold(inv_jobs_t *jobs);
void inv_jobs_release(inv_jobs_t *jobs);

/*
 * In exit_process.  The thread pool has run everything by then (its own hook
 * comes first) but delivers no completions any more: this does.
 */
void inv_jobs_end(inv_jobs_t *jobs);


#endif /* INV_JOB_H */
