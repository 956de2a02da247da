
/*
 * sim: each rule of the protocol left out: a run must then fail.
 */


#include <stdio.h>

#include "sim.h"


bool inv_rule_off[INV_RULES];

/* Each rule, and the mode in which it is missed the soonest. */
typedef struct {
    const char *name;
    sim_mode_t  mode;
} sim_rule_t;

static const sim_rule_t sim_rules_all[INV_RULES] = {
    [INV_RULE_OUTBOX_FIRST] = { "OUTBOX_FIRST", SIM_MODE_MIXED },
    [INV_RULE_LEDGER_TOO] = { "LEDGER_TOO", SIM_MODE_MIXED },
    [INV_RULE_VERIFY] = { "VERIFY", SIM_MODE_MIXED },
    [INV_RULE_FENCE] = { "FENCE", SIM_MODE_MIXED },
    [INV_RULE_EPOCH_GUARD] = { "EPOCH_GUARD", SIM_MODE_MIXED },
    [INV_RULE_TAKE_GUARD] = { "TAKE_GUARD", SIM_MODE_HOT_KEYS },
    [INV_RULE_TAKE_DOUBT] = { "TAKE_DOUBT", SIM_MODE_HOT_KEYS },
    [INV_RULE_TAKE_ALL] = { "TAKE_ALL", SIM_MODE_HOT_KEYS },
    [INV_RULE_ANSWER_FIRST] = { "ANSWER_FIRST", SIM_MODE_MIXED },
    [INV_RULE_ANSWER_GUARD] = { "ANSWER_GUARD", SIM_MODE_MIXED },
    [INV_RULE_INSERT_FIRST] = { "INSERT_FIRST", SIM_MODE_MIXED },
    [INV_RULE_CORRUPT] = { "CORRUPT", SIM_MODE_HOT_KEYS },
    [INV_RULE_UNDO] = { "UNDO", SIM_MODE_MIXED },
    [INV_RULE_UNDO_KNOWN] = { "UNDO_KNOWN", SIM_MODE_MIXED },
    [INV_RULE_EDITS_GUARD] = { "EDITS_GUARD", SIM_MODE_HOT_CATALOG },
    [INV_RULE_LIVE] = { "LIVE", SIM_MODE_HOT_CATALOG },
    [INV_RULE_TOMBSTONE] = { "TOMBSTONE", SIM_MODE_HOT_CATALOG },
    [INV_RULE_RANGE] = { "RANGE", SIM_MODE_MIXED },
    [INV_RULE_ALONE] = { "ALONE", SIM_MODE_MIXED },
    [INV_RULE_FRESH] = { "FRESH", SIM_MODE_HOT_KEYS },
    [INV_RULE_AFTER] = { "AFTER", SIM_MODE_MIXED },
    [INV_RULE_COUNTED] = { "COUNTED", SIM_MODE_MIXED },
    [INV_RULE_PROVEN] = { "PROVEN", SIM_MODE_MIXED },
};


/* A mode that was asked for is kept. */
static bool
sim_rule(sim_t *sim, inv_rule_t rule, uint64_t seed, unsigned runs)
{
    unsigned   i;
    sim_mode_t asked;

    asked = sim->mode;

    if (asked == SIM_MODES) {
        sim->mode = sim_rules_all[rule].mode;
    }

    inv_rule_off[rule] = true;

    for (i = 0; i < runs; i++) {
        if (!sim_run(sim, seed + i)) {
            break;
        }
    }

    inv_rule_off[rule] = false;
    sim->mode = asked;

    printf("%s %u - without %s%s", i < runs ? "ok" : "not ok",
           (unsigned) rule + 2, sim_rules_all[rule].name,
           i < runs ? ": " : " nothing was found\n");

    if (i < runs) {
        printf("seed %llu, mode %s, %s\n", (unsigned long long) (seed + i),
               sim_mode_name(sim->plan.mode), sim->why);
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
        if (only == NULL || strcmp(only, sim_rules_all[rule].name) == 0) {
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
        if (strcmp(name, sim_rules_all[rule].name) == 0) {
            inv_rule_off[rule] = true;
            return true;
        }
    }

    return false;
}
