
/*
 * http: what is asked of a stock batch's lines, and what they are answered,
 * see inv_stock_lines.h.  Event loop.
 */


#include "inv_stock_lines.h"
#include "../store/inv_store_skus.h"


static bool          inv_stock_lines_count(inv_stock_lines_t *lines);
static void          inv_stock_lines_probe(inv_stock_lines_t *lines);
static inv_action_t *inv_stock_lines_take(inv_stock_lines_t *lines);
static void
inv_stock_line_look(inv_stock_lines_t *lines, const inv_action_t *action);


/* Whether it is answered before it begins. */
static bool
inv_stock_line_is_told(const inv_stock_lines_t *lines, size_t number)
{
    return lines->texts[number].data != NULL;
}


bool
inv_stock_lines_prepare(inv_stock_lines_t *lines)
{
    size_t             i;
    inv_stock_keyed_t *keyed;

    if (!inv_stock_lines_count(lines)) {
        return false;
    }

    keyed = lines->keyed;

    for (i = 0; i < lines->batch.n; i++) {
        if (inv_stock_line_is_told(lines, i)) {
            continue;
        }

        if (lines->batch.lines[i].key.data == NULL) {
            inv_stock_line_action(lines, i, inv_stock_lines_take(lines));
            continue;
        }

        keyed->lines = lines;
        keyed->number = i;
        keyed++;
    }

    if (lines->op.keyed && lines->op.nactions == 0) {
        inv_stock_lines_probe(lines);
    }

    return true;
}


/* Makes room.  False: no memory. */
static bool
inv_stock_lines_count(inv_stock_lines_t *lines)
{
    size_t       i, n;
    inv_arena_t *arena = lines->op.arena;

    n = 1; /* a probe */

    for (i = 0; i < lines->batch.n; i++) {
        if (inv_stock_line_is_told(lines, i)) {
            continue;
        }

        if (lines->batch.lines[i].key.data != NULL) {
            lines->nkeyed++;
        } else {
            n++;
        }
    }

    lines->left = lines->nkeyed;
    lines->actions = inv_arena_array(arena, n, sizeof(inv_action_t));
    lines->op.actions = inv_arena_array(arena, n, sizeof(inv_action_t *));
    lines->keyed =
        inv_arena_array(arena, lines->nkeyed, sizeof(inv_stock_keyed_t));

    return lines->actions != NULL && lines->op.actions != NULL
           && lines->keyed != NULL;
}


static inv_action_t *
inv_stock_lines_take(inv_stock_lines_t *lines)
{
    inv_action_t *action = &lines->actions[lines->op.nactions];

    lines->op.actions[lines->op.nactions++] = action;

    return action;
}


/*
 * A key's request needs an action that shows whose the key is: one on a product
 * that is not there, and none of its lines.
 */
static void
inv_stock_lines_probe(inv_stock_lines_t *lines)
{
    inv_action_t *action = inv_stock_lines_take(lines);

    action->kind = INV_ACTION_MOVE;
    action->product = inv_store_no_product;
    action->line = INV_STOCK_BATCH_MAX;
    action->type = INV_MOVE_PURCHASE;
    action->delta = -1;
    action->at = lines->at;
}


void
inv_stock_line_action(const inv_stock_lines_t *lines, size_t number,
                      inv_action_t *action)
{
    const inv_stock_line_t *line = &lines->batch.lines[number];

    action->kind = INV_ACTION_MOVE;
    action->product = line->product;
    action->line = (unsigned) number;
    action->type = line->operation.type;
    action->delta = line->operation.delta;
    action->at = lines->at;
    action->reference = line->operation.reference;
    action->reason = line->operation.reason;
    action->who = lines->actor.who;
    action->trace = lines->actor.trace;
}


void
inv_stock_line_settled(inv_engine_op_t *settled, const inv_action_t *action,
                       const inv_stock_operation_t *operation, inv_str_t at)
{
    inv_origin_t nowhere;

    /* the response around it has both, once */
    nowhere.instance = INV_STR_ABSENT;
    nowhere.trace = INV_STR_ABSENT;

    inv_stock_settled(settled, action, operation, at, &nowhere);
}


static bool
inv_stock_line_render(inv_stock_lines_t *lines, size_t number,
                      const inv_problem_t *problem)
{
    return inv_problem_render(lines->op.arena, problem, INV_STR_ABSENT,
                              INV_STR_ABSENT, &lines->texts[number]);
}


bool
inv_stock_line_refuse(inv_stock_lines_t *lines, size_t number,
                      inv_problem_kind_t kind, const char *detail)
{
    inv_problem_t problem;

    ngx_memzero(&problem, sizeof(inv_problem_t));

    problem.kind = kind;
    problem.detail.data = detail;
    problem.detail.len = ngx_strlen(detail);

    return inv_stock_line_render(lines, number, &problem);
}


void
inv_stock_lines_give_up(inv_stock_lines_t *lines)
{
    size_t              i;
    const inv_action_t *action;
    inv_stock_keyed_t  *keyed;

    for (i = 0; i < lines->op.nactions; i++) {
        action = lines->op.actions[i];

        if (inv_action_is_out(action)) {
            lines->results[action->line] =
                action->sent ? INV_STORE_UNKNOWN : INV_STORE_UNAVAILABLE;
        }
    }

    for (i = 0; i < lines->nkeyed; i++) {
        keyed = &lines->keyed[i];

        if (lines->texts[keyed->number].data == NULL
            && lines->results[keyed->number] == INV_STORE_OK)
        {
            lines->results[keyed->number] =
                keyed->waiter.op != NULL
                        && inv_engine_op_is_sent(keyed->waiter.op)
                    ? INV_STORE_UNKNOWN
                    : INV_STORE_UNAVAILABLE;
        }
    }
}


inv_store_result_t
inv_stock_lines_look(inv_stock_lines_t *lines)
{
    size_t             i;
    inv_store_result_t worst;

    for (i = 0; i < lines->op.nactions; i++) {
        inv_stock_line_look(lines, lines->op.actions[i]);
    }

    worst = INV_STORE_OK;

    for (i = 0; i < lines->batch.n; i++) {
        if (worst == INV_STORE_OK || lines->results[i] == INV_STORE_UNKNOWN) {
            worst = lines->results[i];
        }
    }

    return worst;
}


static void
inv_stock_line_look(inv_stock_lines_t *lines, const inv_action_t *action)
{
    size_t          number;
    inv_str_t       at;
    inv_faults_t    faults;
    inv_engine_op_t settled;

    number = action->line;

    if (number >= lines->batch.n || inv_action_is_out(action)) {
        return;
    }

    ngx_memzero(&settled, sizeof(inv_engine_op_t));
    settled.arena = lines->op.arena;

    at = inv_str("");

    if (action->verdict == INV_VERDICT_ABOVE_MAX) {
        inv_faults_init(&faults, lines->op.arena);
        at = inv_pointer_index(&faults, inv_str("/operations"), number);
    }

    inv_stock_line_settled(&settled, action,
                           &lines->batch.lines[number].operation, at);

    lines->texts[number] = settled.status != 0 ? settled.text : INV_STR_ABSENT;
    lines->results[number] =
        settled.status != 0 ? INV_STORE_OK : settled.result;
    lines->changed |= action->verdict == INV_VERDICT_OK && !action->replayed;
}


bool
inv_stock_lines_answer(inv_stock_lines_t *lines, inv_str_t *text)
{
    size_t        i;
    inv_problem_t problem;

    for (i = 0; i < lines->batch.n; i++) {
        if (lines->results[i] == INV_STORE_OK) {
            continue;
        }

        inv_failure_problem(lines->results[i], &problem);

        if (!inv_stock_line_render(lines, i, &problem)) {
            return false;
        }
    }

    return inv_stock_batch_answer(lines->op.arena, lines->texts, lines->batch.n,
                                  text);
}
