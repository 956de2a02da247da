
/*
 * http: POST of admin/reconcile with an Idempotency-Key.
 *
 * The key's operation of the engine has one action that shows whose the key is:
 * a purchase of a product that is not there.  Once the claim is held so, the
 * query lane does what is asked, as it does without a key, and the operation
 * waits for it.  Whoever waits for the operation may leave at any time: the
 * lane's operation has an arena of its own.
 *
 * A report is an answer of at most INV_RECONCILE_DIFFERENCES_MAX differences,
 * which a claim's document has room for.  Where a worker dies, or is slower
 * than those who wait with the same key are patient, the retry checks anew:
 * a repair is not made twice, but only the ledger tells of the first one.
 *
 * Event loop.
 */


#include "inv_reconcile.h"
#include "inv_worker.h"
#include "../store/inv_store_skus.h"


/*
 * Of the request's time, for the check: others with the same key wait for half
 * of theirs before they begin anew.
 */
#define INV_RECONCILE_KEYED_PERCENT 45


typedef struct {
    inv_engine_op_t       op; /* first */
    inv_action_t          probe;
    inv_action_t         *actions[1];
    inv_reconcile_query_t query;
    inv_actor_t           actor;
    inv_origin_t          origin;
    ngx_msec_t            deadline; /* ngx_current_msec: the request's */
    bool                  begun;

    /* Of the query lane. */
    inv_op_t          *check; /* while it is waited for; else NULL */
    inv_store_result_t result;
    inv_str_t          report; /* OK */
    const char        *why;    /* a failure of the lane's, for the log */
} inv_reconcile_keyed_t;


static inv_reconcile_keyed_t *inv_reconcile_keyed_create(inv_request_t *rq);
static void      inv_reconcile_keyed_probe(inv_reconcile_keyed_t *keyed);
static void      inv_reconcile_keyed_finish(inv_engine_op_t *op);
static void      inv_reconcile_keyed_begin(inv_reconcile_keyed_t *keyed);
static inv_op_t *inv_reconcile_keyed_check(const inv_reconcile_keyed_t *keyed);
static void      inv_reconcile_keyed_ran(void *waiter, inv_op_t *check,
                                         inv_store_result_t result);
static void      inv_reconcile_keyed_leave(inv_engine_op_t *op);
static void
inv_reconcile_keyed_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);


static const inv_engine_kind_t inv_reconcile_keyed_kind = {
    .name = "keyed reconcile",
    .finish = inv_reconcile_keyed_finish,
    .leave = inv_reconcile_keyed_leave,
};


void
inv_reconcile_keyed(inv_request_t *rq, const inv_json_t *body)
{
    inv_faults_t           faults;
    inv_reconcile_keyed_t *keyed;

    keyed = inv_reconcile_keyed_create(rq);

    if (keyed == NULL) {
        return;
    }

    inv_faults_init(&faults, keyed->op.arena);
    inv_reconcile_read(body, &keyed->query, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return;
    }

    if (!inv_request_actor(rq, keyed->op.arena, &keyed->actor)
        || !inv_request_origin(rq, keyed->op.arena, &keyed->origin)
        || !inv_request_claim(rq, keyed->op.arena, keyed->actor.who,
                              &keyed->op))
    {
        return;
    }

    inv_request_wait(rq, &keyed->op, inv_reconcile_keyed_done);
}


/* NULL: the reply was sent. */
static inv_reconcile_keyed_t *
inv_reconcile_keyed_create(inv_request_t *rq)
{
    inv_arena_t           *arena;
    inv_reconcile_keyed_t *keyed = NULL;

    arena = inv_request_arena(rq);

    if (arena != NULL) {
        keyed = inv_arena_alloc(arena, sizeof(inv_reconcile_keyed_t));
    }

    if (keyed == NULL) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    keyed->op.kind = &inv_reconcile_keyed_kind;
    keyed->op.slow = true;
    keyed->op.arena = arena;
    keyed->deadline = rq->deadline;

    inv_reconcile_keyed_probe(keyed);

    return keyed;
}


/* It is settled, as not found, once the claim is held. */
static void
inv_reconcile_keyed_probe(inv_reconcile_keyed_t *keyed)
{
    keyed->op.actions = keyed->actions;
    keyed->op.nactions = 1;
    keyed->actions[0] = &keyed->probe;

    keyed->probe.kind = INV_ACTION_MOVE;
    keyed->probe.product = inv_store_no_product;
    keyed->probe.type = INV_MOVE_PURCHASE;
    keyed->probe.delta = -1;
    keyed->probe.at = inv_time_now();
}


/*
 * Again after the key was lost and won back: what was found is still the
 * answer, for nobody else has given one.
 */
static void
inv_reconcile_keyed_finish(inv_engine_op_t *op)
{
    inv_reconcile_keyed_t *keyed = (inv_reconcile_keyed_t *) op;

    if (keyed->probe.verdict != INV_VERDICT_NOT_FOUND) {
        inv_engine_problem(op, &keyed->probe, &keyed->origin);
        return;
    }

    if (!keyed->begun) {
        keyed->begun = true;
        inv_reconcile_keyed_begin(keyed);
    }

    if (keyed->check != NULL) {
        op->waits = true;
        return;
    }

    switch (keyed->result) {

    case INV_STORE_OK:
        op->status = NGX_HTTP_OK;
        op->text = keyed->report;
        op->keeps = true;
        return;

    case INV_STORE_NOT_FOUND:
        /* in the words of the probe, which was not found either */
        inv_engine_problem(op, &keyed->probe, &keyed->origin);
        return;

    default:
        op->status = 0;
        op->result = keyed->result;
    }
}


static void
inv_reconcile_keyed_begin(inv_reconcile_keyed_t *keyed)
{
    inv_op_t         *check;
    ngx_msec_int_t    left;
    inv_lane_answer_t answer;

    check = inv_reconcile_keyed_check(keyed);

    if (check == NULL) {
        keyed->result = INV_STORE_NO_MEMORY;
        keyed->why = "no memory";
        return;
    }

    /* Less than what duplicates elsewhere wait for before they take over. */
    left = (ngx_msec_int_t) (keyed->deadline - ngx_current_msec)
           * INV_RECONCILE_KEYED_PERCENT / 100;

    answer = inv_lane_submit(&inv_worker->lanes[INV_LANE_QUERY], check,
                             left > 0 ? (ngx_msec_t) left : 0,
                             inv_reconcile_keyed_ran, keyed);

    if (answer == INV_LANE_QUEUED) {
        keyed->check = check;
        return;
    }

    inv_op_free(check);
    keyed->result =
        answer == INV_LANE_OVERLOADED ? INV_STORE_BUSY : INV_STORE_UNAVAILABLE;
    keyed->why = "the query lane takes no more";
}


/* NULL: no memory. */
static inv_op_t *
inv_reconcile_keyed_check(const inv_reconcile_keyed_t *keyed)
{
    inv_arena_t        *arena;
    inv_reconcile_op_t *check;

    arena = inv_arena_create();

    if (arena == NULL) {
        return NULL;
    }

    check = (inv_reconcile_op_t *) inv_op_create(
        &inv_reconcile_kind, sizeof(inv_reconcile_op_t), arena);

    if (check == NULL
        || !inv_arena_copy(arena, keyed->actor.who, &check->admin.actor.who)
        || !inv_arena_copy(arena, keyed->actor.trace,
                           &check->admin.actor.trace))
    {
        inv_arena_destroy(arena);
        return NULL;
    }

    check->query = keyed->query;

    return &check->admin.list.op;
}


static void
inv_reconcile_keyed_ran(void *waiter, inv_op_t *check,
                        inv_store_result_t result)
{
    inv_str_t                 why;
    inv_reconcile_keyed_t    *keyed = waiter;
    const inv_reconcile_op_t *ran = (const inv_reconcile_op_t *) check;

    keyed->check = NULL;

    /* what cannot be told may have been repaired all the same */
    if (result == INV_STORE_OK
        && !inv_arena_copy(keyed->op.arena, ran->admin.list.text,
                           &keyed->report))
    {
        result = INV_STORE_UNKNOWN;
    }

    keyed->result = result;

    if (result != INV_STORE_OK && result != INV_STORE_NOT_FOUND) {
        why.data = check->error;
        why.len = ngx_strlen(check->error);
        keyed->why =
            inv_arena_copy(keyed->op.arena, why, &why) ? why.data : "no memory";
    }

    inv_engine_op_resume(&keyed->op);
}


static void
inv_reconcile_keyed_leave(inv_engine_op_t *op)
{
    inv_reconcile_keyed_t *keyed = (inv_reconcile_keyed_t *) op;

    if (keyed->check != NULL) {
        inv_op_detach(keyed->check);
        keyed->check = NULL;
    }
}


static void
inv_reconcile_keyed_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end)
{
    const inv_reconcile_keyed_t *keyed = (const inv_reconcile_keyed_t *) op;

    if (end == INV_END_RESULT && keyed->why != NULL) {
        inv_reply_failure(rq, op->kind->name, keyed->why, rq->waiter.result);
        return;
    }

    inv_reply_end(rq, op, end);
}
