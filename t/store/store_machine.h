
/*
 * What the tests of the store share: a machine of the protocol that drives the
 * store as a worker's does, but step after step on the caller's thread.
 */


#ifndef STORE_MACHINE_H
#define STORE_MACHINE_H


#include "store_fixture.h"

#include "../../src/store/inv_store_steps.h"


typedef struct {
    inv_store_t    *store;
    inv_arena_t    *arena; /* of actions and calls */
    inv_protocol_t *protocol;
    int64_t         timeout_ms;  /* of a step */
    int64_t         patience_ms; /* then an action is abandoned */
    inv_time_t      sweep_at;    /* entries from before it are swept */
    unsigned        commands;    /* sent since the machine began */
    bool            sweeping;    /* until the last page was looked at */
    unsigned        corrupt;     /* alarms */
    unsigned        unknown;     /* steps of which nobody knows what became */
    char            error[512];  /* of the last step that had one */
} machine_t;

/* Of a thread's own arena, and of f's store. */
machine_t *machine_begin(fixture_t *f, inv_arena_t *arena);

/* Forgets what it has not finished, entries on their way included. */
void machine_end(machine_t *machine);

/*
 * Has an action carried out, and ends with it: what comes after that, the
 * drain of its entry first of all, is left to the next one.
 */
inv_verdict_t machine_run(machine_t *machine, inv_action_t *action);

/* Goes on until nothing is left to be done. */
void machine_finish(machine_t *machine);

/* Has all outboxes swept of what is from before sweep_at. */
void machine_sweep(machine_t *machine);


/* An action of the fixture's actor on a product, at a time. */
void machine_action(inv_action_t *action, inv_action_kind_t kind,
                    inv_oid_t product, inv_time_t at);

/* A purchase (below 0) or a restock; its end is in the action. */
inv_action_t *machine_move(machine_t *machine, inv_oid_t product, int64_t delta,
                           const inv_match_t *if_match);

inv_store_edit_action_t *
machine_edit(machine_t *machine, inv_oid_t product,
             const inv_product_input_t *input, inv_write_mode_t mode,
             const inv_match_t *if_match, inv_time_t at);

/* A new product at that id. */
inv_store_edit_action_t *
machine_create(machine_t *machine, inv_oid_t product,
               const inv_product_input_t *input, inv_time_t at);

inv_action_t *machine_delete(machine_t *machine, inv_oid_t product,
                             const inv_match_t *if_match, inv_time_t at);

/* Asserts a verdict, showing the machine's error where it is another. */
#define assert_verdict(machine, action, expected)                           \
    fixture_assert_verdict((machine)->error, (action)->verdict, (expected), \
                           __FILE__, __LINE__)
void fixture_assert_verdict(const char *error, inv_verdict_t verdict,
                            inv_verdict_t expected, const char *file, int line);


#endif /* STORE_MACHINE_H */
