
/*
 * A machine that drives the store; see store_machine.h.
 */


#include <stdlib.h>
#include <time.h>

#include "store_machine.h"


/* Steps of one job, as the engine has it. */
#define MACHINE_STEPS_MAX 64


static void
machine_settled(void *ctx, inv_action_t *action)
{
}


static void
machine_claimed(void *ctx, inv_claim_t *claim, inv_claim_news_t news)
{
}


static void
machine_changed(void *ctx, inv_oid_t product, int64_t version)
{
}


static void
machine_alarm(void *ctx, inv_alarm_t alarm, inv_oid_t product,
              const inv_action_t *action)
{
    machine_t *machine = ctx;

    machine->corrupt += alarm == INV_ALARM_CORRUPT;
}


static void
machine_release(void *ctx, void *payload)
{
    inv_store_payload_free(payload);
}


static int64_t
machine_floor(void *ctx, inv_oid_t product)
{
    return 0;
}


static void
machine_random(void *ctx, void *out, size_t n)
{
    inv_random(out, n);
}


machine_t *
machine_begin(fixture_t *f, inv_arena_t *arena)
{
    machine_t                  *machine;
    inv_protocol_host_t         host;
    const inv_protocol_limits_t limits = { .batch_max = INV_BATCH_MAX,
                                           .group_max = MACHINE_STEPS_MAX,
                                           .hot = 8,
                                           .entries_max = 2048,
                                           .idle_max = 64 };

    machine = calloc(1, sizeof(machine_t));
    assert_non_null(machine);

    host = (inv_protocol_host_t){ .ctx = machine,
                                  .settled = machine_settled,
                                  .claimed = machine_claimed,
                                  .changed = machine_changed,
                                  .floor = machine_floor,
                                  .alarm = machine_alarm,
                                  .release = machine_release,
                                  .random = machine_random };

    machine->store = f->store;
    machine->arena = arena;
    machine->timeout_ms = FIXTURE_TIMEOUT_MS;
    machine->patience_ms = FIXTURE_TIMEOUT_MS;
    machine->protocol = inv_protocol_create(&host, &limits);
    assert_non_null(machine->protocol);

    return machine;
}


void
machine_end(machine_t *machine)
{
    inv_protocol_destroy(machine->protocol);
    free(machine);
}


static void
machine_carry_out(machine_t *machine, inv_step_t **steps, size_t n)
{
    size_t           i;
    inv_store_call_t call;

    memset(&call, 0, sizeof(call));
    call.arena = machine->arena;
    call.deadline = inv_time_monotonic() + machine->timeout_ms;

    for (i = 0; i < n; i++) {
        steps[i]->at = machine->sweep_at;
    }

    inv_store_steps(machine->store, &call, steps, n);

    machine->commands += call.commands;

    if (call.error[0] != '\0') {
        memcpy(machine->error, call.error, sizeof(machine->error));
    }

    if (steps[0]->kind == INV_STEP_SWEEP) {
        machine->sweeping = steps[0]->full;
    }

    for (i = 0; i < n; i++) {
        machine->unknown += steps[i]->reply == INV_REPLY_UNKNOWN;
        inv_protocol_accept(machine->protocol, steps[i], inv_time_monotonic());
    }
}


/* Lets the time come for which the machine waits; false: it waits for none. */
static bool
machine_wait(machine_t *machine)
{
    int64_t         due, now;
    struct timespec pause = { 0, 0 };

    due = inv_protocol_due(machine->protocol);
    now = inv_time_monotonic();

    if (due == INT64_MAX) {
        return false;
    }

    if (due > now) {
        pause.tv_sec = (due - now) / 1000;
        pause.tv_nsec = (due - now) % 1000 * 1000000;
        nanosleep(&pause, NULL);
    }

    inv_protocol_tick(machine->protocol, inv_time_monotonic());

    return true;
}


/* One job of the first group that has something to do, or a wait. */
static bool
machine_turn(machine_t *machine)
{
    int         group;
    bool        moves;
    size_t      n;
    inv_step_t *steps[MACHINE_STEPS_MAX];

    for (group = 0, n = 0; group < INV_GROUPS && n == 0; group++) {
        n = inv_protocol_take(
            machine->protocol, (inv_step_group_t) group, steps,
            group == INV_GROUP_CATALOG ? 1 : MACHINE_STEPS_MAX,
            inv_time_monotonic());
        inv_protocol_tell(machine->protocol);
    }

    moves = n > 0;

    if (moves) {
        machine_carry_out(machine, steps, n);
    } else {
        moves = machine_wait(machine);
    }

    inv_protocol_tell(machine->protocol);

    return moves;
}


inv_verdict_t
machine_run(machine_t *machine, inv_action_t *action)
{
    bool    abandoned;
    int64_t until, now;

    now = inv_time_monotonic();
    until = now + machine->patience_ms;
    abandoned = false;

    assert_true(inv_protocol_submit(machine->protocol, action, now));

    while (inv_action_is_out(action)) {
        assert_true(machine_turn(machine));

        now = inv_time_monotonic();

        if (now >= until && !abandoned && inv_action_is_out(action)) {
            abandoned = true;

            if (inv_protocol_abandon(machine->protocol, action, now)) {
                action->verdict = INV_VERDICT_WITHDRAWN;
            }
        }
    }

    return action->verdict;
}


void
machine_finish(machine_t *machine)
{
    inv_protocol_hurry(machine->protocol, inv_time_monotonic());

    while (inv_protocol_busy(machine->protocol)) {
        assert_true(machine_turn(machine));
    }
}


void
machine_sweep(machine_t *machine)
{
    machine->sweeping = true;
    inv_protocol_sweep(machine->protocol);

    while (machine->sweeping) {
        assert_true(machine_turn(machine));
    }

    machine_finish(machine);
}


void
machine_action(inv_action_t *action, inv_action_kind_t kind, inv_oid_t product,
               inv_time_t at)
{
    action->kind = kind;
    action->product = product;
    action->at = at;
    action->who = fixture_actor.who;
    action->trace = fixture_actor.trace;
}


inv_action_t *
machine_move(machine_t *machine, inv_oid_t product, int64_t delta,
             const inv_match_t *if_match)
{
    inv_action_t *action;

    action = inv_arena_alloc(machine->arena, sizeof(inv_action_t));
    assert_non_null(action);

    machine_action(action, INV_ACTION_MOVE, product, inv_time_now());
    action->type = delta < 0 ? INV_MOVE_PURCHASE : INV_MOVE_RESTOCK;
    action->delta = delta;
    action->if_match = if_match;

    machine_run(machine, action);

    return action;
}


static inv_store_edit_action_t *
machine_write(machine_t *machine, inv_action_kind_t kind, inv_oid_t product,
              const inv_product_input_t *input, inv_write_mode_t mode,
              const inv_match_t *if_match, inv_time_t at)
{
    inv_store_edit_action_t *own;

    own = inv_arena_alloc(machine->arena, sizeof(inv_store_edit_action_t));
    assert_non_null(own);

    machine_action(&own->action, kind, product, at);
    own->action.if_match = if_match;
    own->input = *input;
    own->mode = mode;

    machine_run(machine, &own->action);

    return own;
}


inv_store_edit_action_t *
machine_edit(machine_t *machine, inv_oid_t product,
             const inv_product_input_t *input, inv_write_mode_t mode,
             const inv_match_t *if_match, inv_time_t at)
{
    return machine_write(machine, INV_ACTION_EDIT, product, input, mode,
                         if_match, at);
}


inv_store_edit_action_t *
machine_create(machine_t *machine, inv_oid_t product,
               const inv_product_input_t *input, inv_time_t at)
{
    return machine_write(machine, INV_ACTION_CREATE, product, input,
                         INV_WRITE_CREATE, NULL, at);
}


inv_action_t *
machine_delete(machine_t *machine, inv_oid_t product,
               const inv_match_t *if_match, inv_time_t at)
{
    inv_action_t *action;

    action = inv_arena_alloc(machine->arena, sizeof(inv_action_t));
    assert_non_null(action);

    machine_action(action, INV_ACTION_DELETE, product, at);
    action->if_match = if_match;

    machine_run(machine, action);

    return action;
}


void
fixture_assert_verdict(const char *error, inv_verdict_t verdict,
                       inv_verdict_t expected, const char *file, int line)
{
    if (verdict != expected) {
        fprintf(stderr, "# verdict %d instead of %d: %s\n", (int) verdict,
                (int) expected, error);
    }

    _assert_int_equal((LargestIntegralType) verdict,
                      (LargestIntegralType) expected, file, line);
}
