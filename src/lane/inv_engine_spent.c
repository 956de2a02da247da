
/*
 * lane: what the engine's operations wait for, for the log: a turn, or the
 * database.  Event loop; what is kept here no thread looks at.
 *
 * The database: while a step with one of the operation's actions, or its claim,
 * is out; and from the first time that one was sent until it is settled, for
 * whatever is asked then (is it there? what is left?) is asked on its behalf.
 */


#include "inv_engine_private.h"


static void inv_engine_op_clock(inv_engine_op_t *op);
static void inv_engine_step_goes(const inv_step_t *step, bool out);
static void
inv_engine_op_goes(inv_engine_op_t *op, const inv_step_t *step, bool out);


void
inv_engine_op_starts(inv_engine_op_t *op)
{
    const inv_action_t *first;

    op->since = ngx_current_msec;
    op->spent.waited = INV_SPENT_QUEUE;

    /* a version to match is one that is read then: the first thing asked */

    first = op->nactions != 0 ? op->actions[0] : NULL;

    if (first != NULL && !op->keyed && first->kind == INV_ACTION_MOVE
        && first->if_match != NULL && first->if_match->kind != INV_MATCH_ABSENT)
    {
        inv_engine_op_tries(op);
    }
}


void
inv_engine_op_tries(inv_engine_op_t *op)
{
    inv_engine_op_clock(op);

    op->tried = 1;
    op->spent.waited |= INV_SPENT_MONGO;
}


/* What has passed since the last time goes to where it belongs. */
static void
inv_engine_op_clock(inv_engine_op_t *op)
{
    inv_engine_op_spent(op, &op->spent);
    op->since = ngx_current_msec;
}


void
inv_engine_op_spent(const inv_engine_op_t *op, inv_spent_t *spent)
{
    ngx_msec_t past = ngx_current_msec - op->since;

    *spent = op->spent;

    if (op->nout != 0 || op->tried) {
        spent->mongo += past;
    } else {
        spent->queue += past;
    }
}


void
inv_engine_steps_out(inv_step_t **steps, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        inv_engine_step_goes(steps[i], true);
    }
}


void
inv_engine_steps_back(inv_step_t **steps, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        inv_engine_step_goes(steps[i], false);
    }
}


static void
inv_engine_step_goes(const inv_step_t *step, bool out)
{
    size_t i, n = 0;

    switch (step->kind) {

    case INV_STEP_APPLY:
        n = step->n;
        break;

    case INV_STEP_EDIT:
    case INV_STEP_DELETE:
    case INV_STEP_CREATE:
        n = 1;
        break;

    case INV_STEP_CLAIM:
    case INV_STEP_RECALL:
    case INV_STEP_TAKE:
    case INV_STEP_ANSWER:
        inv_engine_op_goes(
            (inv_engine_op_t *) ((u_char *) step->claim
                                 - offsetof(inv_engine_op_t, claim)),
            step, out);
        return;

    default:
        /* of a product, or of the ledger */
        return;
    }

    for (i = 0; i < n; i++) {
        inv_engine_op_goes(step->actions[i]->owner, step, out);
    }
}


static void
inv_engine_op_goes(inv_engine_op_t *op, const inv_step_t *step, bool out)
{
    inv_engine_op_clock(op);

    if (!out) {
        op->nout--;
        return;
    }

    op->nout++;
    op->spent.waited |= INV_SPENT_MONGO;

    if (step->kind == INV_STEP_APPLY) {
        op->spent.batch = ngx_max(op->spent.batch, step->n);
        op->tried = 1;
    }
}
