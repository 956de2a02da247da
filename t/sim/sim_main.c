
/*
 * sim: runs seeds, and then leaves out rules; TAP.
 *
 *   sim [--seed N] [--seconds S] [--runs N] [--rule-runs N] [--only RULE]
 *       [--mode MODE]
 *   sim --seed N --trace [--mode MODE] [--without RULE]
 *
 * Seeds from N on run for S seconds, or N runs; then every rule is left out for
 * at most so many runs (0: none is), until a run fails.  A mode, else drawn, is
 * one of those in sim_plan.c.
 */


#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim.h"


#define SIM_NOTES_TOLD 60

typedef struct {
    uint64_t    seed;
    sim_mode_t  mode;
    unsigned    seconds, runs, rule_runs;
    bool        trace;
    const char *only;
} sim_options_t;

/* For the last words of a run that crashes. */
static const sim_t *sim_running;


static void
sim_crashed(int number)
{
    printf("not ok 1 - signal %d in seed %llu, mode %s\n", number,
           (unsigned long long) sim_running->seed,
           sim_mode_name(sim_running->plan.mode));
    sim_tell(sim_running, SIM_NOTES_TOLD);
    fflush(stdout);
    signal(number, SIG_DFL);
    raise(number);
}


static bool
sim_main_options(int argc, char **argv, sim_options_t *options)
{
    int                        c;
    static const struct option names[] = {
        { "seed", required_argument, NULL, 's' },
        { "seconds", required_argument, NULL, 't' },
        { "runs", required_argument, NULL, 'n' },
        { "rule-runs", required_argument, NULL, 'r' },
        { "only", required_argument, NULL, 'o' },
        { "mode", required_argument, NULL, 'm' },
        { "without", required_argument, NULL, 'w' },
        { "trace", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };

    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 's':
            options->seed = strtoull(optarg, NULL, 10);
            break;
        case 't':
            options->seconds = (unsigned) atoi(optarg);
            break;
        case 'n':
            options->runs = (unsigned) atoi(optarg);
            break;
        case 'r':
            options->rule_runs = (unsigned) atoi(optarg);
            break;
        case 'o':
            options->only = optarg;
            break;
        case 'm':
            options->mode = sim_mode_find(optarg);

            if (options->mode == SIM_MODES) {
                return false;
            }

            break;
        case 'w':
            if (!sim_rule_switch(optarg)) {
                return false;
            }
            break;
        case 'v':
            options->trace = true;
            break;
        default:
            return false;
        }
    }

    return optind == argc;
}


static int
sim_main_trace(sim_t *sim, const sim_options_t *options)
{
    bool good;

    setvbuf(stdout, NULL, _IOLBF, 0);
    sim->trace = true;
    good = sim_run(sim, options->seed);

    printf("%s 1 - seed %llu, mode %s%s%s\n1..1\n", good ? "ok" : "not ok",
           (unsigned long long) options->seed, sim_mode_name(sim->plan.mode),
           good ? "" : ": ", good ? "" : sim->why);

    return good ? 0 : 1;
}


/* A run that is no function of its seed cannot be told of. */
static bool
sim_main_repeats(sim_t *sim, uint64_t seed)
{
    uint64_t digest;

    digest = sim->digest;

    return sim_run(sim, seed) && sim->digest == digest;
}


static bool
sim_main_seeds(sim_t *sim, const sim_options_t *options)
{
    double   seconds;
    int64_t  began;
    uint64_t i;

    began = inv_time_monotonic();

    for (i = 0; options->runs == 0 || i < options->runs; i++) {
        if (options->runs == 0
            && inv_time_monotonic() - began
                   >= (int64_t) options->seconds * 1000)
        {
            break;
        }

        if (!sim_run(sim, options->seed + i)) {
            printf("not ok 1 - seed %llu, mode %s: %s\n",
                   (unsigned long long) sim->seed,
                   sim_mode_name(sim->plan.mode), sim->why);
            sim_tell(sim, SIM_NOTES_TOLD);
            return false;
        }

        if (i % 64 == 0 && !sim_main_repeats(sim, options->seed + i)) {
            printf("not ok 1 - seed %llu is not what it was\n",
                   (unsigned long long) sim->seed);
            return false;
        }
    }

    seconds = (double) (inv_time_monotonic() - began + 1) / 1000;

    printf("ok 1 - %llu seeds from %llu on\n"
           "# %.0f operations, %.0f steps, %.0f events a second\n",
           (unsigned long long) i, (unsigned long long) options->seed,
           (double) sim->counts.actions / seconds,
           (double) sim->counts.steps / seconds,
           (double) sim->counts.events / seconds);
    fflush(stdout);

    return true;
}


int
main(int argc, char **argv)
{
    bool          good;
    sim_t        *sim;
    sim_options_t options;

    memset(&options, 0, sizeof(options));
    options.seed = 1;
    options.mode = SIM_MODES;
    options.seconds = 35;
    options.rule_runs = 20000;

    if (!sim_main_options(argc, argv, &options)) {
        fprintf(stderr, "usage: see t/sim/sim_main.c\n");
        return 2;
    }

    sim = malloc(sizeof(sim_t));
    if (sim == NULL) {
        return 2;
    }

    sim_init(sim);
    sim->mode = options.mode;
    sim_running = sim;

    if (options.trace) {
        return sim_main_trace(sim, &options);
    }

    signal(SIGSEGV, sim_crashed);
    signal(SIGABRT, sim_crashed);

    good = true;

    if (options.only == NULL) {
        good = sim_main_seeds(sim, &options);
    }

    if (good && options.rule_runs != 0) {
        good = sim_rules(sim, options.seed, options.rule_runs, options.only);
        printf("1..%d\n", INV_RULES + 1);

    } else {
        printf("1..1\n");
    }

    sim_free(sim);
    free(sim);

    return good ? 0 : 1;
}
