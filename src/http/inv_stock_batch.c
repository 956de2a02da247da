
/*
 * http: POST of a batch of stock operations, see inv_stock_lines.h.
 *
 * If-Match has no meaning for it and is ignored: there is no one version.
 * Event loop; inv_skus_run is on a thread.
 */


#include "inv_stock_lines.h"
#include "../store/inv_store_skus.h"


/* Finds the products of a batch's skus; in an arena of its own. */
typedef struct {
    inv_op_t           op;
    inv_stock_lines_t *lines; /* the request's: not for the thread */
    size_t             n;
    inv_str_t         *skus;
    inv_oid_t         *ids; /* out */
} inv_skus_op_t;


static inv_stock_lines_t               *
inv_stock_batch_create(inv_request_t *rq, const inv_json_t *body);
static bool   inv_stock_batch_check(inv_stock_lines_t *lines);
static size_t inv_stock_batch_skus(const inv_stock_lines_t *lines);
static void
inv_skus_submit(inv_request_t *rq, inv_stock_lines_t *lines, size_t n);
static inv_skus_op_t *inv_skus_create(const inv_stock_lines_t *lines, size_t n);
static inv_store_result_t
inv_skus_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static void
inv_skus_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static bool inv_skus_place(inv_stock_lines_t *lines, const inv_skus_op_t *skus);
static void inv_stock_batch_submit(inv_request_t *rq, inv_stock_lines_t *lines);
static void inv_stock_batch_finish(inv_engine_op_t *op);
static void inv_stock_batch_leave(inv_engine_op_t *op);
static void
inv_stock_batch_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);
static void inv_stock_batch_reply(inv_request_t *rq, inv_stock_lines_t *lines);
static void inv_stock_batch_doubt(const inv_stock_lines_t *lines);


static const inv_op_kind_t inv_skus_kind = {
    .name = "skus",
    .batch_max = 1,
    .run = inv_skus_run,
};

static const inv_engine_kind_t inv_stock_batch_kind = {
    .name = "stock batch",
    .finish = inv_stock_batch_finish,
    .leave = inv_stock_batch_leave,
};


void
inv_stock_batch(inv_request_t *rq, const inv_json_t *body)
{
    size_t             nskus;
    inv_stock_lines_t *lines;

    lines = inv_stock_batch_create(rq, body);

    if (lines == NULL) {
        return;
    }

    nskus = inv_stock_batch_skus(lines);

    if (nskus != 0) {
        inv_skus_submit(rq, lines, nskus);
    } else {
        inv_stock_batch_submit(rq, lines);
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


static bool
inv_stock_line_has_sku(const inv_stock_line_t *line)
{
    return line->problem == INV_OK && line->sku.data != NULL;
}


/* How many lines know their product by its sku. */
static size_t
inv_stock_batch_skus(const inv_stock_lines_t *lines)
{
    size_t i, n;

    n = 0;

    for (i = 0; i < lines->batch.n; i++) {
        n += inv_stock_line_has_sku(&lines->batch.lines[i]);
    }

    return n;
}


static void
inv_skus_submit(inv_request_t *rq, inv_stock_lines_t *lines, size_t n)
{
    inv_skus_op_t *skus;

    skus = inv_skus_create(lines, n);

    if (skus == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_request_submit(rq, INV_LANE_QUERY, &skus->op, inv_skus_done);
}


/* NULL: no memory. */
static inv_skus_op_t *
inv_skus_create(const inv_stock_lines_t *lines, size_t n)
{
    size_t                  i;
    inv_arena_t            *arena;
    inv_skus_op_t          *skus;
    const inv_stock_line_t *line;

    arena = inv_arena_create();

    if (arena == NULL) {
        return NULL;
    }

    skus = (inv_skus_op_t *) inv_op_create(&inv_skus_kind,
                                           sizeof(inv_skus_op_t), arena);

    if (skus == NULL
        || (skus->skus = inv_arena_array(arena, n, sizeof(inv_str_t))) == NULL
        || (skus->ids = inv_arena_array(arena, n, sizeof(inv_oid_t))) == NULL)
    {
        inv_arena_destroy(arena);
        return NULL;
    }

    skus->lines = (inv_stock_lines_t *) lines;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (!inv_stock_line_has_sku(line)) {
            continue;
        }

        if (!inv_arena_copy(arena, line->sku, &skus->skus[skus->n++])) {
            inv_arena_destroy(arena);
            return NULL;
        }
    }

    return skus;
}


static inv_store_result_t
inv_skus_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    inv_skus_op_t *skus = (inv_skus_op_t *) ops[0];

    return inv_store_skus_find(store, call, skus->skus, skus->n, skus->ids);
}


static void
inv_skus_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_skus_op_t     *skus = (inv_skus_op_t *) op;
    inv_stock_lines_t *lines = skus->lines;

    /* a question that was not answered has changed nothing */
    if (result == INV_STORE_UNKNOWN) {
        result = INV_STORE_UNAVAILABLE;
    }

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    if (!inv_skus_place(lines, skus)) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_stock_batch_submit(rq, lines);
}


/*
 * Lines get their products.  A line with a key of its own asks for one that is
 * not there: an earlier answer is replayed, whatever has become of the sku.
 * False: no memory.
 */
static bool
inv_skus_place(inv_stock_lines_t *lines, const inv_skus_op_t *skus)
{
    size_t            i, n;
    inv_stock_line_t *line;

    n = 0;

    for (i = 0; i < lines->batch.n; i++) {
        line = &lines->batch.lines[i];

        if (!inv_stock_line_has_sku(line)) {
            continue;
        }

        line->product = skus->ids[n++];

        if (line->key.data == NULL
            && inv_oid_eq(line->product, inv_store_no_product)
            && !inv_stock_line_refuse(lines, i, INV_NOT_FOUND,
                                      "there is no such product"))
        {
            return false;
        }
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
        op->result = worst;
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
        ngx_log_error(NGX_LOG_ERR, rq->r->connection->log, 0,
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
