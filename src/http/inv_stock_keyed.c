
/*
 * http: the lines of a stock batch that have keys of their own, see
 * inv_stock_lines.h.
 *
 * Each is an operation of the engine's that the batch may leave behind: it
 * holds copies of all that it needs.  Event loop.
 */


#include "inv_stock_lines.h"


typedef struct {
    inv_engine_op_t       op; /* first */
    inv_action_t          action;
    inv_action_t         *actions[1];
    inv_stock_operation_t operation;
    bool                  by_sku;
} inv_stock_line_op_t;


static void inv_stock_keyed_submit(inv_stock_keyed_t *keyed);
static inv_stock_line_op_t             *
inv_stock_line_create(const inv_stock_keyed_t *keyed);
static bool inv_stock_line_fill(inv_stock_line_op_t     *line_op,
                                const inv_stock_keyed_t *keyed);
static bool inv_stock_line_claim(inv_stock_line_op_t     *line_op,
                                 const inv_stock_keyed_t *keyed);
static void inv_stock_line_finish(inv_engine_op_t *op);
static bool
inv_stock_keyed_done(inv_waiter_t *waiter, inv_engine_op_t *op, inv_end_t end);


static const inv_engine_kind_t inv_stock_line_kind = {
    .name = "stock batch line",
    .finish = inv_stock_line_finish,
};


void
inv_stock_keyed_begin(inv_stock_lines_t *lines)
{
    size_t i;

    lines->begun = true;

    for (i = 0; i < lines->nkeyed; i++) {
        inv_stock_keyed_submit(&lines->keyed[i]);
    }
}


void
inv_stock_keyed_leave(inv_stock_lines_t *lines)
{
    size_t i;

    for (i = 0; i < lines->nkeyed; i++) {
        inv_waiter_leave(&lines->keyed[i].waiter);
    }
}


bool
inv_stock_keyed_is_sent(const inv_stock_lines_t *lines)
{
    size_t                   i;
    const inv_stock_keyed_t *keyed;

    for (i = 0; i < lines->nkeyed; i++) {
        keyed = &lines->keyed[i];

        if (keyed->waiter.op != NULL
                ? inv_engine_op_is_sent(keyed->waiter.op)
                : lines->results[keyed->number] == INV_STORE_UNKNOWN)
        {
            return true;
        }
    }

    return lines->changed;
}


static void
inv_stock_keyed_submit(inv_stock_keyed_t *keyed)
{
    ngx_msec_int_t       left;
    inv_lane_answer_t    answer;
    inv_stock_lines_t   *lines = keyed->lines;
    inv_stock_line_op_t *line_op;

    line_op = inv_stock_line_create(keyed);

    if (line_op == NULL) {
        lines->results[keyed->number] = INV_STORE_NO_MEMORY;
        lines->left--;
        return;
    }

    keyed->waiter.done = inv_stock_keyed_done;
    keyed->waiter.data = keyed;

    left = (ngx_msec_int_t) (lines->deadline - ngx_current_msec);

    answer = inv_engine_submit(lines->op.engine, &line_op->op, &keyed->waiter,
                               left > 0 ? (ngx_msec_t) left : 0);

    if (answer != INV_LANE_QUEUED) {
        inv_engine_op_free(&line_op->op);
        lines->results[keyed->number] = answer == INV_LANE_OVERLOADED
                                            ? INV_STORE_BUSY
                                            : INV_STORE_UNAVAILABLE;
        lines->left--;
    }
}


/* NULL: no memory. */
static inv_stock_line_op_t *
inv_stock_line_create(const inv_stock_keyed_t *keyed)
{
    inv_arena_t         *arena;
    inv_stock_line_op_t *line_op;

    arena = inv_arena_create();

    if (arena == NULL) {
        return NULL;
    }

    line_op = inv_arena_alloc(arena, sizeof(inv_stock_line_op_t));

    if (line_op == NULL) {
        inv_arena_destroy(arena);
        return NULL;
    }

    line_op->op.kind = &inv_stock_line_kind;
    line_op->op.arena = arena;
    line_op->op.actions = line_op->actions;
    line_op->op.nactions = 1;
    line_op->actions[0] = &line_op->action;

    if (!inv_stock_line_fill(line_op, keyed)
        || !inv_stock_line_claim(line_op, keyed))
    {
        inv_arena_destroy(arena);
        return NULL;
    }

    return line_op;
}


/* False: no memory. */
static bool
inv_stock_line_fill(inv_stock_line_op_t     *line_op,
                    const inv_stock_keyed_t *keyed)
{
    inv_arena_t            *arena = line_op->op.arena;
    inv_action_t           *action = &line_op->action;
    const inv_stock_line_t *line = &keyed->lines->batch.lines[keyed->number];

    inv_stock_line_action(keyed->lines, keyed->number, action);

    action->line = 0; /* the only one of its claim */

    if (!inv_arena_copy(arena, action->reference, &action->reference)
        || !inv_arena_copy(arena, action->reason, &action->reason)
        || !inv_arena_copy(arena, action->who, &action->who)
        || !inv_arena_copy(arena, action->trace, &action->trace))
    {
        return false;
    }

    line_op->by_sku = line->sku.data != NULL;
    line_op->operation = line->operation;
    line_op->operation.reference = action->reference;
    line_op->operation.reason = action->reason;

    return true;
}


/* False: no memory. */
static bool
inv_stock_line_claim(inv_stock_line_op_t     *line_op,
                     const inv_stock_keyed_t *keyed)
{
    inv_claim_record_t     *record = &line_op->op.claim.record;
    const inv_stock_line_t *line = &keyed->lines->batch.lines[keyed->number];

    line_op->op.keyed = true;
    inv_request_claim_begin(record);

    return inv_claim_id(keyed->lines->actor.who, line->key, record->id)
           && inv_stock_line_fingerprint(line, record->fingerprint);
}


static void
inv_stock_line_finish(inv_engine_op_t *op)
{
    inv_stock_line_op_t *line_op = (inv_stock_line_op_t *) op;

    /* in whichever batch it is asked for again: pointers are the line's */
    inv_stock_line_settled(op, &line_op->action, &line_op->operation,
                           inv_str(""));

    /* where another product has the sku later, this is still the answer */
    op->keeps |= line_op->by_sku;
}


static bool
inv_stock_keyed_done(inv_waiter_t *waiter, inv_engine_op_t *op, inv_end_t end)
{
    bool               told;
    inv_stock_keyed_t *keyed = waiter->data;
    inv_stock_lines_t *lines = keyed->lines;

    told = true;

    switch (end) {

    case INV_END_ANSWERED:
        lines->changed |=
            op->status < NGX_HTTP_SPECIAL_RESPONSE && !op->replayed;
        told = inv_arena_copy(lines->op.arena, op->text,
                              &lines->texts[keyed->number]);
        break;

    case INV_END_MISMATCH:
        told = inv_stock_line_refuse(lines, keyed->number,
                                     INV_IDEMPOTENCY_CONFLICT,
                                     "the key was used for something else");
        break;

    case INV_END_RESULT:
        lines->results[keyed->number] = waiter->result;
        break;
    }

    if (!told) {
        lines->results[keyed->number] = INV_STORE_UNKNOWN;
    }

    if (--lines->left == 0) {
        inv_engine_op_resume(&lines->op);
    }

    return true;
}
