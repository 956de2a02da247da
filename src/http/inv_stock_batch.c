
/*
 * http: POST of a batch of stock operations, see inv_stock_lines.h.
 *
 * If-Match has no meaning for it and is ignored: there is no one version.
 * Event loop.
 */


#include "inv_stock_lines.h"


static inv_stock_lines_t             *
inv_stock_batch_create(inv_request_t *rq, const inv_json_t *body);
static bool inv_stock_batch_check(inv_stock_lines_t *lines);
static void inv_stock_batch_submit(inv_request_t *rq, inv_stock_lines_t *lines);
static void inv_stock_batch_finish(inv_engine_op_t *op);
static void inv_stock_batch_leave(inv_engine_op_t *op);
static bool inv_stock_batch_sent(const inv_engine_op_t *op);
static void
inv_stock_batch_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);
static void inv_stock_batch_reply(inv_request_t *rq, inv_stock_lines_t *lines);
static void inv_stock_batch_doubt(const inv_stock_lines_t *lines);


static const inv_engine_kind_t inv_stock_batch_kind = {
    .name = "stock batch",
    .finish = inv_stock_batch_finish,
    .leave = inv_stock_batch_leave,
    .sent = inv_stock_batch_sent,
};


void
inv_stock_batch(inv_request_t *rq, const inv_json_t *body)
{
    inv_stock_lines_t *lines;

    lines = inv_stock_batch_create(rq, body);

    if (lines != NULL) {
        inv_stock_skus_find(rq, lines, inv_stock_batch_submit);
    }
}


/* NULL: the reply was sent. */
static inv_stock_lines_t *
inv_stock_batch_create(inv_request_t *rq, const inv_json_t *body)
{
    inv_arena_t       *arena;
    inv_faults_t       faults;
    inv_stock_lines_t *lines = NULL;

    arena = inv_request_arena(rq);

    if (arena != NULL) {
        lines = inv_arena_alloc(arena, sizeof(inv_stock_lines_t));
    }

    if (lines == NULL) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    inv_faults_init(&faults, arena);
    inv_stock_batch_read(body, &lines->batch, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return NULL;
    }

    if (!inv_request_actor(rq, arena, &lines->actor)
        || !inv_request_claim(rq, arena, lines->actor.who, &lines->op))
    {
        return NULL;
    }

    lines->op.kind = &inv_stock_batch_kind;
    lines->op.arena = arena;
    lines->at = inv_time_now();
    lines->deadline = rq->deadline;

    if (!inv_stock_batch_check(lines)) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    return lines;
}


/* Answers the lines that are wrong by themselves.  False: no memory. */
static bool
inv_stock_batch_check(inv_stock_lines_t *lines)
{
    size_t                  i, told;
    const inv_stock_line_t *line;
    inv_arena_t            *arena = lines->op.arena;

    lines->texts = inv_arena_array(arena, lines->batch.n, sizeof(inv_str_t));
    lines->results =
        inv_arena_array(arena, lines->batch.n, sizeof(inv_store_result_t));

    if (lines->texts == NULL || lines->results == NULL) {
        return false;
    }

    told = 0;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (line->problem == INV_OK) {
            continue;
        }

        if (told > INV_STOCK_FAULTS_TEXT_MAX) {
            if (!inv_stock_line_refuse(lines, i, line->problem,
                                       "too many lines are wrong to say more"))
            {
                return false;
            }

            continue;
        }

        if (!inv_stock_line_problem(arena, line, &lines->texts[i])) {
            return false;
        }

        told += lines->texts[i].len;
    }

    return true;
}


static void
inv_stock_batch_submit(inv_request_t *rq, inv_stock_lines_t *lines)
{
    if (!inv_stock_lines_prepare(lines)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    if (lines->op.nactions == 0 && lines->nkeyed == 0) {
        inv_stock_batch_reply(rq, lines);
        return;
    }

    inv_request_wait(rq, &lines->op, inv_stock_batch_done);
}


/* Its own actions are settled; and then also those with keys. */
static void
inv_stock_batch_finish(inv_engine_op_t *op)
{
    inv_store_result_t worst;
    inv_stock_lines_t *lines = (inv_stock_lines_t *) op;

    if (!lines->begun) {
        inv_stock_keyed_begin(lines);
    }

    if (lines->left != 0) {
        op->waits = true;
        return;
    }

    worst = inv_stock_lines_look(lines);

    if (op->keyed && worst != INV_STORE_OK) {
        op->status = 0;
        op->result = lines->changed ? INV_STORE_UNKNOWN : worst;
        return;
    }

    op->status = NGX_HTTP_OK;
    op->keeps = true;

    if (!inv_stock_lines_answer(lines, &op->text)) {
        op->status = 0;
        op->result = INV_STORE_UNKNOWN;
    }
}


static void
inv_stock_batch_leave(inv_engine_op_t *op)
{
    inv_stock_keyed_leave((inv_stock_lines_t *) op);
}


static bool
inv_stock_batch_sent(const inv_engine_op_t *op)
{
    return inv_stock_keyed_is_sent((const inv_stock_lines_t *) op);
}


static void
inv_stock_batch_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end)
{
    inv_stock_lines_t *lines = (inv_stock_lines_t *) op;

    if (end == INV_END_RESULT && !op->keyed) {

        /* what is not settled now is undone, and told so */
        inv_stock_lines_give_up(lines);
        inv_stock_batch_doubt(lines);
        inv_stock_batch_reply(rq, lines);
        return;
    }

    if (end == INV_END_RESULT && rq->waiter.result == INV_STORE_UNKNOWN) {
        inv_stock_batch_doubt(lines);
    }

    inv_reply_end(rq, op, end);
}


/* Of an un-keyed batch: what can be told now. */
static void
inv_stock_batch_reply(inv_request_t *rq, inv_stock_lines_t *lines)
{
    inv_str_t          text;
    inv_store_result_t worst;

    worst = inv_stock_lines_look(lines);

    if (!inv_stock_lines_answer(lines, &text)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    if (worst != INV_STORE_OK) {
        ngx_log_error(NGX_LOG_ERR, inv_request_log(rq), 0,
                      "inventory: %s: lines failed, see the lines before this "
                      "one, trace: %*s",
                      inv_stock_batch_kind.name, sizeof(rq->trace.trace_id),
                      rq->trace.trace_id);
    }

    lines->op.stands = true;
    inv_reply_json(rq, NGX_HTTP_OK, text);
}


/* No copy of a product that may have been changed is trusted. */
static void
inv_stock_batch_doubt(const inv_stock_lines_t *lines)
{
    size_t                  i;
    const inv_stock_line_t *line;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (line->problem == INV_OK && lines->texts[i].data == NULL) {
            inv_zone_doubt(inv_worker->zone, line->product);
        }
    }
}
