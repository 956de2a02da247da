
/*
 * Which fault befalls a command: rules with probabilities, drawn from a seeded
 * generator.  One thread.
 */


#ifndef PROXY_FAULT_H
#define PROXY_FAULT_H


#include "proxy_wire.h"


typedef enum {
    FAULT_NONE,
    FAULT_DROP,       /* not forwarded, never answered, the connection mute */
    FAULT_CUT_BEFORE, /* the connection ends, nothing was forwarded */
    FAULT_CUT_AFTER,  /* forwarded; the connection ends in place of a reply */
    FAULT_HOLD,       /* forwarded later, though the client may be gone */
    FAULT_DELAY,      /* forwarded; the reply comes later */
    FAULT_SWALLOW,    /* forwarded, never answered, the connection mute */
    FAULT_ERROR,      /* not forwarded; the reply is an error */
    FAULT_MASK,       /* forwarded; the reply says that it failed */
    FAULT_CONCERN,    /* forwarded; the reply has a write concern error too */
    FAULT_KINDS
} fault_kind_t;

typedef struct {
    fault_kind_t kind;
    int64_t      ms;   /* of FAULT_HOLD and FAULT_DELAY */
    int32_t      code; /* of FAULT_ERROR, FAULT_MASK and FAULT_CONCERN */
} fault_t;

typedef struct fault_plan_s fault_plan_t;

const char *fault_name(fault_kind_t kind);

fault_plan_t *fault_plan_create(uint64_t seed);

/*
 * "NAME PER_MILLION [ms=LEAST-MOST] [code=N] [times=N] [command=NAME]
 * [collection=NAME]".  Without a command: any but those with which drivers look
 * for servers.  times: a rule ends when it was drawn so often.
 * False: not understood, or too many.
 */
bool fault_plan_add(fault_plan_t *plan, const char *text);
void fault_plan_clear(fault_plan_t *plan);

/* Evenly from 0 to n - 1. */
uint32_t fault_plan_random(fault_plan_t *plan, uint32_t n);

/* The first rule that applies and is drawn. */
fault_t fault_plan_draw(fault_plan_t *plan, const wire_message_t *message);


#endif /* PROXY_FAULT_H */
