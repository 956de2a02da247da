
/*
 * lane: sums of waiting, see inv_spent.h.
 */


#include "inv_spent.h"


void
inv_spent_add(inv_spent_t *spent, const inv_spent_t *more)
{
    spent->queue += more->queue;
    spent->mongo += more->mongo;
    spent->redis += more->redis;
    spent->batch = ngx_max(spent->batch, more->batch);
    spent->waited |= more->waited;
}


void
inv_spent_longest(inv_spent_t *spent, const inv_spent_t *other)
{
    spent->queue = ngx_max(spent->queue, other->queue);
    spent->mongo = ngx_max(spent->mongo, other->mongo);
    spent->redis = ngx_max(spent->redis, other->redis);
    spent->batch = ngx_max(spent->batch, other->batch);
    spent->waited |= other->waited;
}


inv_spent_t
inv_spent_since(const inv_spent_t *now, const inv_spent_t *before)
{
    inv_spent_t since;

    since.queue = now->queue - before->queue;
    since.mongo = now->mongo - before->mongo;
    since.redis = now->redis - before->redis;
    since.batch = now->batch;
    since.waited = now->waited & ~before->waited;

    since.waited |= since.queue != 0 ? INV_SPENT_QUEUE : 0;
    since.waited |= since.mongo != 0 ? INV_SPENT_MONGO : 0;
    since.waited |= since.redis != 0 ? INV_SPENT_REDIS : 0;

    if (!(since.waited & INV_SPENT_MONGO)) {
        since.batch = 0;
    }

    return since;
}
