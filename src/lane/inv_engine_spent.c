
/*
 * lane: what the engine's operations wait for, for the log: a turn, or the
 * database.  Event loop; what is kept here no thread looks at.
 *
 * The database: while the operation's claim is out; and from the first step on
 * that has one of its actions, or that asks about its product while the action
 * waits, until it is settled, for what is asked then (is it there? what is
 * left?) is asked on its behalf.
 */


#include "inv_engine_private.h"


static void inv_engine_op_clock(inv_engine_op_t *op);
static void inv_engine_action_tries(inv_action_t *action);
static void inv_engine_step_goes(const inv_step_t *step, bool out);
static void
inv_engine_op_goes(inv_engine_op_t *op, const inv_step_t *step, bool out);


void
inv_engine_op_starts(inv_engine_op_t *op)
{
    op->since = ngx_current_msec;
    op->spent.waited = INV_SPENT_QUEUE;
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
inv_engine_steps_out(inv_engine_t *engine, inv_step_t **steps, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        switch (steps[i]->kind) {

        case INV_STEP_READ:
        case INV_STEP_FENCE:
        case INV_STEP_LOOK:
            inv_protocol_waiting(engine->protocol, steps[i]->product,
                                 inv_engine_action_tries);
            break;

        default:
            inv_engine_step_goes(steps[i], true);
        }
    }
}


static void
inv_engine_action_tries(inv_action_t *action)
{
    inv_engine_op_t *op = action->owner;

    if (!op->tried) {
        inv_engine_op_tries(op);
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
