
/*
 * Which fault befalls a command; see proxy_fault.h.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proxy_fault.h"


#define FAULT_RULES_MAX 64
#define FAULT_MILLION   1000000
#define FAULT_WORD_MAX  128

typedef struct {
    fault_kind_t kind;
    uint32_t     per_million;
    uint32_t     least_ms, most_ms;
    uint32_t     left;                      /* times that it is drawn */
    int32_t      code;                      /* 0: any that fits the kind */
    char         command[WIRE_NAME_MAX];    /* empty: any */
    char         collection[WIRE_NAME_MAX]; /* empty: any */
} fault_rule_t;

struct fault_plan_s {
    uint64_t     state;
    size_t       count;
    fault_rule_t rules[FAULT_RULES_MAX];
};

static const char *const fault_names[FAULT_KINDS] = {
    [FAULT_NONE] = "none",
    [FAULT_DROP] = "drop",
    [FAULT_CUT_BEFORE] = "cut-before",
    [FAULT_CUT_AFTER] = "cut-after",
    [FAULT_HOLD] = "hold",
    [FAULT_DELAY] = "delay",
    [FAULT_SWALLOW] = "swallow",
    [FAULT_ERROR] = "error",
    [FAULT_MASK] = "mask",
    [FAULT_CONCERN] = "concern",
};

/* Of what a server says that has not carried out a command... */
static const int32_t fault_error_codes[] = { 10107, 91, 189, 11602, 112 };

/* ...of one that may have, and of one that has but not for certain. */
static const int32_t fault_mask_codes[] = { 91, 189, 11602 };
static const int32_t fault_concern_codes[] = { 64, 91, 189 };

static const char *const fault_spared[] = {
    "hello",       "isMaster",  "ismaster",     "ping",
    "endSessions", "saslStart", "saslContinue", "buildInfo",
};


const char *
fault_name(fault_kind_t kind)
{
    return fault_names[kind];
}


fault_plan_t *
fault_plan_create(uint64_t seed)
{
    fault_plan_t *plan;

    plan = calloc(1, sizeof(fault_plan_t));
    if (plan != NULL) {
        plan->state = seed;
    }

    return plan;
}


void
fault_plan_clear(fault_plan_t *plan)
{
    plan->count = 0;
}


/* SplitMix64 (Steele, Lea, Flood: Fast splittable generators, 2014). */
uint32_t
fault_plan_random(fault_plan_t *plan, uint32_t n)
{
    uint64_t z;

    plan->state += UINT64_C(0x9e3779b97f4a7c15);
    z = plan->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;

    return (uint32_t) ((z >> 32) * n >> 32);
}


static bool
fault_rule_kind(fault_rule_t *rule, const char *name)
{
    for (rule->kind = FAULT_DROP; rule->kind < FAULT_KINDS; rule->kind++) {
        if (strcmp(fault_names[rule->kind], name) == 0) {
            return true;
        }
    }

    return false;
}


static bool
fault_rule_option(fault_rule_t *rule, const char *word)
{
    return sscanf(word, "ms=%u-%u", &rule->least_ms, &rule->most_ms) == 2
           || sscanf(word, "code=%d", &rule->code) == 1
           || sscanf(word, "times=%u", &rule->left) == 1
           || sscanf(word, "command=%63s", rule->command) == 1
           || sscanf(word, "collection=%63s", rule->collection) == 1;
}


bool
fault_plan_add(fault_plan_t *plan, const char *text)
{
    int          used;
    char         word[FAULT_WORD_MAX];
    fault_rule_t rule;

    memset(&rule, 0, sizeof(rule));
    rule.left = UINT32_MAX;

    if (plan->count == FAULT_RULES_MAX
        || sscanf(text, "%127s %u%n", word, &rule.per_million, &used) != 2
        || !fault_rule_kind(&rule, word) || rule.per_million > FAULT_MILLION)
    {
        return false;
    }

    for (text += used; sscanf(text, "%127s%n", word, &used) == 1; text += used)
    {
        if (!fault_rule_option(&rule, word)) {
            return false;
        }
    }

    if (rule.most_ms < rule.least_ms) {
        return false;
    }

    plan->rules[plan->count++] = rule;

    return true;
}


static bool
fault_rule_applies(const fault_rule_t *rule, const wire_message_t *message)
{
    size_t i;

    if (rule->left == 0) {
        return false;
    }

    if (rule->collection[0] != '\0'
        && strcmp(rule->collection, message->collection) != 0)
    {
        return false;
    }

    if (rule->command[0] != '\0') {
        return strcmp(rule->command, message->name) == 0;
    }

    for (i = 0; i < sizeof(fault_spared) / sizeof(fault_spared[0]); i++) {
        if (strcmp(fault_spared[i], message->name) == 0) {
            return false;
        }
    }

    return true;
}


static int32_t
fault_pick(fault_plan_t *plan, const int32_t *codes, size_t n)
{
    return codes[fault_plan_random(plan, (uint32_t) n)];
}


static int32_t
fault_code(fault_plan_t *plan, const fault_rule_t *rule)
{
    if (rule->code != 0) {
        return rule->code;
    }

    switch (rule->kind) {

    case FAULT_ERROR:
        return fault_pick(plan, fault_error_codes,
                          sizeof(fault_error_codes) / sizeof(int32_t));

    case FAULT_MASK:
        return fault_pick(plan, fault_mask_codes,
                          sizeof(fault_mask_codes) / sizeof(int32_t));

    case FAULT_CONCERN:
        return fault_pick(plan, fault_concern_codes,
                          sizeof(fault_concern_codes) / sizeof(int32_t));

    default:
        return 0;
    }
}


fault_t
fault_plan_draw(fault_plan_t *plan, const wire_message_t *message)
{
    size_t        i;
    uint32_t      span;
    fault_rule_t *rule;

    for (i = 0; message->command && i < plan->count; i++) {
        rule = &plan->rules[i];

        if (!fault_rule_applies(rule, message)
            || fault_plan_random(plan, FAULT_MILLION) >= rule->per_million)
        {
            continue;
        }

        rule->left--;

        span = rule->most_ms - rule->least_ms + 1;

        return (fault_t){
            .kind = rule->kind,
            .ms = rule->least_ms + fault_plan_random(plan, span),
            .code = fault_code(plan, rule),
        };
    }

    return (fault_t){ .kind = FAULT_NONE };
}
