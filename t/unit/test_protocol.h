
/*
 * Helpers of the unit tests of the stock protocol's machine: one machine, a
 * clock that jumps to when the machine next wants to be woken, and a server
 * that answers the steps that a test has no word on.
 */


#ifndef TEST_PROTOCOL_H
#define TEST_PROTOCOL_H


#include "../../src/model/inv_protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>


#define RIG_STEPS_MAX 1000 /* answered while one is waited for */
#define RIG_BOOKS_MAX 4    /* entries in the ledger */


typedef struct {
    inv_protocol_t *machine;
    int64_t         now;

    /* What a document shows: any product's. */
    inv_state_t state;

    /* What the host knows its version to be, at least. */
    int64_t floor;

    /* What a read of the claim shows. */
    inv_claim_record_t claim;

    /* What the ledger holds. */
    inv_entry_view_t ledger[RIG_BOOKS_MAX];
    size_t           nledger;

    /* What the machine has said. */
    unsigned         settled, claimed, changed, alarms, released;
    inv_claim_news_t news;
} rig_t;


static inline void
rig_settled(void *ctx, inv_action_t *action)
{
    ((rig_t *) ctx)->settled++;
}


static inline void
rig_claimed(void *ctx, inv_claim_t *claim, inv_claim_news_t news)
{
    ((rig_t *) ctx)->claimed++;
    ((rig_t *) ctx)->news = news;
}


static inline void
rig_changed(void *ctx, inv_oid_t product, int64_t version)
{
    ((rig_t *) ctx)->changed++;
}


static inline int64_t
rig_floor(void *ctx, inv_oid_t product)
{
    return ((rig_t *) ctx)->floor;
}


static inline void
rig_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t product,
          const inv_action_t *action)
{
    ((rig_t *) ctx)->alarms++;
}


static inline void
rig_release(void *ctx, void *payload)
{
    ((rig_t *) ctx)->released++;
    free(payload);
}


/* The same in every run. */
static inline void
rig_random(void *ctx, void *out, size_t n)
{
    size_t          i;
    static uint32_t random = 1;

    for (i = 0; i < n; i++) {
        random = random * 1664525 + 1013904223;
        ((unsigned char *) out)[i] = (unsigned char) (random >> 24);
    }
}


static inline void
rig_create(rig_t *rig)
{
    inv_protocol_host_t host = {
        .ctx = rig,
        .settled = rig_settled,
        .claimed = rig_claimed,
        .changed = rig_changed,
        .floor = rig_floor,
        .alarm = rig_alarm,
        .release = rig_release,
        .random = rig_random,
    };

    inv_protocol_limits_t limits = {
        .batch_max = INV_BATCH_MAX,
        .group_max = 1,
        .hot = 8,
        .entries_max = 1024,
        .idle_max = 16,
    };

    memset(rig, 0, sizeof(rig_t));
    rig->now = 1000;
    rig->state.stock = 100;
    rig->state.seq = 5;
    rig->state.version = 5;
    rig->machine = inv_protocol_create(&host, &limits);
    assert_non_null(rig->machine);
}


static inline inv_oid_t
rig_oid(unsigned char n)
{
    inv_oid_t id;

    memset(&id, n, sizeof(id));

    return id;
}


/* Line n of a claim, or of none, on product n + 1. */
static inline void
rig_move(rig_t *rig, inv_action_t *action, inv_claim_t *claim, unsigned n,
         int64_t delta)
{
    memset(action, 0, sizeof(inv_action_t));
    action->kind = INV_ACTION_MOVE;
    action->type = delta < 0 ? INV_MOVE_PURCHASE : INV_MOVE_RESTOCK;
    action->product = rig_oid((unsigned char) (n + 1));
    action->delta = delta;
    action->claim = claim;
    action->line = n;

    assert_true(inv_protocol_submit(rig->machine, action, rig->now));
}


/* Another process's: what a read of it will show, at a gen. */
static inline void
rig_others(rig_t *rig, const inv_claim_t *claim, int64_t gen)
{
    rig->claim = claim->record;
    rig->claim.gen = gen;
    rig->claim.by = rig_oid(0xbb);
}


/* The ledger's entry of one op of a claim's line. */
static inline void
rig_book(rig_t *rig, const inv_step_t *step, size_t key, int64_t seq)
{
    inv_entry_view_t *view = &rig->ledger[rig->nledger++];

    static inv_entry_op_t ops[RIG_BOOKS_MAX];

    assert_in_range(rig->nledger, 1, RIG_BOOKS_MAX);

    view->ops = &ops[rig->nledger - 1];
    view->ops[0].type = INV_MOVE_PURCHASE;
    view->ops[0].delta = -1;
    view->ops[0].has_key = true;
    view->ops[0].key = step->keys[key];
    view->nops = 1;
    view->product = step->product;
    view->batch = rig_oid(0xcc);
    view->from = view->to = seq;
    view->after = 90;
}


static inline void
rig_reply(rig_t *rig, inv_step_t *step, inv_reply_kind_t reply)
{
    step->reply = reply;
    inv_protocol_reply(rig->machine, step, rig->now);
}


static inline void
rig_reply_state(rig_t *rig, inv_step_t *step)
{
    step->has_state = true;
    step->proven = true;
    step->state = rig->state;
    rig_reply(rig, step, INV_REPLY_DONE);
}


/* Applied: its product is as the rig's state is then. */
static inline void
rig_reply_applied(rig_t *rig, inv_step_t *step)
{
    rig->state.stock += step->sum;
    rig->state.seq += (int64_t) step->n;
    rig->state.version += (int64_t) step->n;

    step->payload = malloc(1);
    assert_non_null(step->payload);

    rig_reply_state(rig, step);
}


/* What has no part in a test is as it should be. */
static inline void
rig_answer(rig_t *rig, inv_step_t *step)
{
    size_t i;

    switch (step->kind) {

    case INV_STEP_FENCE:
        rig->state.epoch++;
        rig_reply_state(rig, step);
        return;

    case INV_STEP_READ:
        rig_reply_state(rig, step);
        return;

    case INV_STEP_LOOK:
        step->views = rig->ledger;
        step->nviews = rig->nledger;
        rig_reply(rig, step, INV_REPLY_DONE);
        return;

    case INV_STEP_RECALL:
        step->found = rig->claim;
        rig_reply(rig, step, INV_REPLY_DONE);
        return;

    case INV_STEP_INSERT:
        for (i = 0; i < step->nentries; i++) {
            step->entries[i]->stored = true;
        }

        rig_reply(rig, step, INV_REPLY_DONE);
        return;

    case INV_STEP_PULL:
        rig_reply(rig, step, INV_REPLY_DONE);
        return;

    default:
        fail_msg("a step of kind %d is asked for", (int) step->kind);
    }
}


/* What the machine wants now; NULL: nothing. */
static inline inv_step_t *
rig_next(rig_t *rig)
{
    inv_step_t      *step;
    inv_step_group_t group;

    for (group = 0; group < INV_GROUPS; group++) {
        if (inv_protocol_take(rig->machine, group, &step, 1, rig->now) == 1) {
            inv_protocol_tell(rig->machine);
            return step;
        }
    }

    return NULL;
}


/* To the next time at which the machine wants to be woken; false: never. */
static inline bool
rig_wake(rig_t *rig)
{
    int64_t due;

    due = inv_protocol_due(rig->machine);

    if (due == INT64_MAX) {
        return false;
    }

    rig->now = due > rig->now ? due : rig->now;
    inv_protocol_tick(rig->machine, rig->now);

    return true;
}


/* Answers steps, and lets time pass, until one of a kind comes. */
static inline inv_step_t *
rig_until(rig_t *rig, inv_step_kind_t kind)
{
    unsigned    n;
    inv_step_t *step;

    for (n = 0; n < RIG_STEPS_MAX; n++) {
        step = rig_next(rig);

        if (step == NULL) {
            if (!rig_wake(rig)) {
                break;
            }

        } else if (step->kind == kind) {
            return step;

        } else {
            rig_answer(rig, step);
        }
    }

    fail_msg("no step of kind %d comes", (int) kind);

    return NULL;
}


/* The same at this very moment. */
static inline inv_step_t *
rig_now(rig_t *rig, inv_step_kind_t kind)
{
    int64_t     now = rig->now;
    inv_step_t *step;

    step = rig_until(rig, kind);
    assert_int_equal(rig->now, now);

    return step;
}


/* Answers all there is until the machine has nothing left to do. */
static inline void
rig_rest(rig_t *rig)
{
    unsigned    n;
    inv_step_t *step;

    for (n = 0; n < RIG_STEPS_MAX && inv_protocol_busy(rig->machine); n++) {
        step = rig_next(rig);

        if (step != NULL) {
            rig_answer(rig, step);
        } else if (!rig_wake(rig)) {
            break;
        }
    }

    assert_false(inv_protocol_busy(rig->machine));
}


#endif /* TEST_PROTOCOL_H */
