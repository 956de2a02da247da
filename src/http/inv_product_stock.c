
/*
 * http: POST of a purchase, a restock or an adjust of one product.
 *
 * Event loop.
 */


#include "inv_worker.h"


/* One operation; the request that made it may be gone before it ends. */
typedef struct {
    inv_engine_op_t       op; /* first */
    inv_action_t          action;
    inv_action_t         *actions[1];
    inv_stock_operation_t operation;
    inv_match_t           if_match;
    inv_origin_t          origin;
} inv_stock_op_t;


static void
inv_product_move(inv_request_t *rq, const inv_json_t *body, inv_move_t type);
static inv_stock_op_t *
inv_stock_create(inv_request_t *rq, const inv_json_t *body, inv_move_t type);
static void inv_stock_finish(inv_engine_op_t *op);
static void
inv_stock_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);


static const inv_engine_kind_t inv_stock_kind = {
    .name = "stock",
    .finish = inv_stock_finish,
};


void
inv_product_purchase(inv_request_t *rq, const inv_json_t *body)
{
    inv_product_move(rq, body, INV_MOVE_PURCHASE);
}


void
inv_product_restock(inv_request_t *rq, const inv_json_t *body)
{
    inv_product_move(rq, body, INV_MOVE_RESTOCK);
}


void
inv_product_adjust(inv_request_t *rq, const inv_json_t *body)
{
    inv_product_move(rq, body, INV_MOVE_ADJUST);
}


static void
inv_product_move(inv_request_t *rq, const inv_json_t *body, inv_move_t type)
{
    inv_stock_op_t *stock;

    stock = inv_stock_create(rq, body, type);

    if (stock != NULL) {
        inv_request_wait(rq, &stock->op, inv_stock_done);
    }
}


/* NULL: the reply was sent. */
static inv_stock_op_t *
inv_stock_create(inv_request_t *rq, const inv_json_t *body, inv_move_t type)
{
    inv_arena_t    *arena;
    inv_actor_t     actor;
    inv_faults_t    faults;
    inv_stock_op_t *stock = NULL;

    arena = inv_request_arena(rq);

    if (arena != NULL) {
        stock = inv_arena_alloc(arena, sizeof(inv_stock_op_t));
    }

    if (stock == NULL) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    inv_faults_init(&faults, arena);
    inv_stock_read(body, type, &stock->operation, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return NULL;
    }

    if (!inv_request_actor(rq, arena, &actor)
        || !inv_request_if_match(rq, arena, &stock->if_match)
        || !inv_request_claim(rq, arena, actor.who, &stock->op)
        || !inv_request_origin(rq, arena, &stock->origin))
    {
        return NULL;
    }

    stock->op.kind = &inv_stock_kind;
    stock->op.arena = arena;
    stock->op.actions = stock->actions;
    stock->op.nactions = 1;
    stock->actions[0] = &stock->action;

    stock->action.kind = INV_ACTION_MOVE;
    stock->action.product = rq->id;
    stock->action.type = type;
    stock->action.delta = stock->operation.delta;
    stock->action.if_match = &stock->if_match;
    stock->action.at = inv_time_now();
    stock->action.reference = stock->operation.reference;
    stock->action.reason = stock->operation.reason;
    stock->action.who = actor.who;
    stock->action.trace = actor.trace;

    return stock;
}


static void
inv_stock_finish(inv_engine_op_t *op)
{
    inv_stock_op_t *stock = (inv_stock_op_t *) op;

    inv_stock_settled(op, &stock->action, &stock->operation, inv_str(""),
                      &stock->origin);
}


static void
inv_stock_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end)
{
    inv_reply_end(rq, op, end);
}
