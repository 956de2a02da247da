
/*
 * What the tests of the machine's steps share: steps as the machine would make
 * them, carried out by the store against the real server.
 */


#ifndef STORE_STEPS_H
#define STORE_STEPS_H


#include "store_fixture.h"

#include "../../src/store/inv_store_steps.h"


/* A movement of delta (below 0 a purchase), from the fixture's actor. */
inv_action_t *steps_move(fixture_t *f, int64_t delta);

/* An APPLY of n purchases of 1 of a product, as the first try makes it. */
inv_step_t *steps_apply(fixture_t *f, inv_oid_t product, size_t n);

/* An APPLY of these actions. */
inv_step_t *
steps_batch(fixture_t *f, inv_oid_t product, inv_action_t **actions, size_t n);

inv_step_t *steps_step(fixture_t *f, inv_step_kind_t kind, inv_oid_t product);

/* Has the step pull, look for or leave out these. */
void steps_batches(fixture_t *f, inv_step_t *step, const inv_oid_t *batches,
                   size_t n);
void
steps_keys(fixture_t *f, inv_step_t *step, const inv_oid_t *keys, size_t n);

/*
 * Carries them out, sorted by product; returns how many commands that took.
 * What came back is freed by steps_free.
 */
unsigned steps_run(fixture_t *f, inv_step_t **steps, size_t n);
unsigned steps_run_one(fixture_t *f, inv_step_t *step);

/* What went wrong in the last run. */
const char *steps_error(void);

void steps_free(inv_step_t *step);

/* The way to the ledger of what an applied step has put into the outbox. */
inv_transit_t *steps_transit(fixture_t *f, inv_step_t *step);

/* The same of an entry that an OUTBOX or a SWEEP has shown, payload included. */
inv_transit_t *steps_transit_of(fixture_t *f, const inv_entry_view_t *view);

/* Carries out an INSERT of these. */
inv_step_t *steps_insert(fixture_t *f, inv_transit_t **entries, size_t n);

/* A random id. */
inv_oid_t steps_id(void);


#endif /* STORE_STEPS_H */
