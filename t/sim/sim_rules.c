
/*
 * sim: each rule of the protocol left out: a run must then fail.
 */


#include <stdio.h>

#include "sim.h"


bool inv_rule_off[INV_RULES];

static const char *const sim_rule_names[INV_RULES] = {
    [INV_RULE_OUTBOX_FIRST] = "OUTBOX_FIRST",
    [INV_RULE_LEDGER_TOO] = "LEDGER_TOO",
    [INV_RULE_VERIFY] = "VERIFY",
    [INV_RULE_FENCE] = "FENCE",
    [INV_RULE_EPOCH_GUARD] = "EPOCH_GUARD",
    [INV_RULE_TAKE_GUARD] = "TAKE_GUARD",
    [INV_RULE_TAKE_DOUBT] = "TAKE_DOUBT",
    [INV_RULE_TAKE_ALL] = "TAKE_ALL",
    [INV_RULE_ANSWER_FIRST] = "ANSWER_FIRST",
    [INV_RULE_ANSWER_GUARD] = "ANSWER_GUARD",
    [INV_RULE_INSERT_FIRST] = "INSERT_FIRST",
    [INV_RULE_CORRUPT] = "CORRUPT",
    [INV_RULE_UNDO] = "UNDO",
    [INV_RULE_UNDO_KNOWN] = "UNDO_KNOWN",
    [INV_RULE_EDITS_GUARD] = "EDITS_GUARD",
    [INV_RULE_LIVE] = "LIVE",
    [INV_RULE_TOMBSTONE] = "TOMBSTONE",
    [INV_RULE_RANGE] = "RANGE",
    [INV_RULE_ALONE] = "ALONE",
    [INV_RULE_FRESH] = "FRESH",
};


static bool
sim_rule(sim_t *sim, inv_rule_t rule, uint64_t seed, unsigned runs)
{
    unsigned i;

    inv_rule_off[rule] = true;

    for (i = 0; i < runs; i++) {
        if (!sim_run(sim, seed + i)) {
            break;
        }
    }

    inv_rule_off[rule] = false;

    printf("%s %u - without %s%s", i < runs ? "ok" : "not ok",
           (unsigned) rule + 2, sim_rule_names[rule],
           i < runs ? ": " : " nothing was found\n");

    if (i < runs) {
        printf("seed %llu, %s\n", (unsigned long long) (seed + i), sim->why);
    }

    fflush(stdout);

    return i < runs;
}


bool
sim_rules(sim_t *sim, uint64_t seed, unsigned runs, const char *only)
{
    bool       good;
    inv_rule_t rule;

    for (rule = 0, good = true; rule < INV_RULES; rule++) {
        if (only == NULL || strcmp(only, sim_rule_names[rule]) == 0) {
            good &= sim_rule(sim, rule, seed, runs);
        }
    }

    return good;
}


bool
sim_rule_switch(const char *name)
{
    inv_rule_t rule;

    for (rule = 0; rule < INV_RULES; rule++) {
        if (strcmp(name, sim_rule_names[rule]) == 0) {
            inv_rule_off[rule] = true;
            return true;
        }
    }

    return false;
}
