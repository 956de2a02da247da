
/*
 * model: the rules of the protocol, each with a switch that leaves it out.
 *
 * Only the simulator is built with switches, to show that it finds what every
 * rule is there for; in the product all of them hold and cost nothing.
 */


#ifndef INV_PROTOCOL_RULES_H
#define INV_PROTOCOL_RULES_H


#include <stdbool.h>


typedef enum {
    INV_RULE_OUTBOX_FIRST, /* 1: looks into the outbox, not the ledger only */
    INV_RULE_LEDGER_TOO,   /* 1: looks into the ledger, not the outbox only */
    INV_RULE_VERIFY,       /* 2: the arbiter is verified at a new epoch */
    INV_RULE_FENCE,        /* 3a: fences before it looks */
    INV_RULE_EPOCH_GUARD,  /* 3: a statement holds at one epoch only */
    INV_RULE_TAKE_GUARD,   /* 4: a takeover is a compare-and-set of gen */
    INV_RULE_TAKE_DOUBT,   /* 4: what was taken over may have been applied */
    INV_RULE_TAKE_ALL,     /* 4: also what had been sent before */
    INV_RULE_ANSWER_FIRST, /* 5: a refusal is stored before it is told */
    INV_RULE_ANSWER_GUARD, /* 5: it is stored by compare-and-set of gen */
    INV_RULE_INSERT_FIRST, /* 6: in the ledger before it leaves the outbox */
    INV_RULE_CORRUPT,      /* 6: what clashes with the ledger stays */
    INV_RULE_UNDO,         /* 7: what got an error is undone */
    INV_RULE_UNDO_KNOWN,   /* 7: but only once it is known to be applied */
    INV_RULE_EDITS_GUARD,  /* 9: an edit holds at one count of edits only */
    INV_RULE_LIVE,         /* 10: a statement holds on a live product only */
    INV_RULE_TOMBSTONE,    /* 11: a create in doubt leaves a tombstone */
    INV_RULE_RANGE,        /* a batch states the stock that it needs */
    INV_RULE_ALONE,        /* 409 only for what does not fit by itself */
    INV_RULE_FRESH,        /* 409 only on a stock from after its arrival */
    INV_RULE_AFTER,   /* a read is not older than what was replied before */
    INV_RULE_COUNTED, /* absent from a read is not applied only where as
                              many entries are seen as were applied */
    INV_RULE_PROVEN,  /* a refusal rests on what no write can be missing
                              from */
    INV_RULES
} inv_rule_t;

#ifdef INV_PROTOCOL_SWITCHES

extern bool inv_rule_off[INV_RULES];

#define inv_rule(rule) (!inv_rule_off[rule])

#else

#define inv_rule(rule) true

#endif


#endif /* INV_PROTOCOL_RULES_H */
