
/*
 * store: carrying out the steps of the stock protocol's machine.
 *
 * Runs on threads.  The machine decides, this asks the database and writes
 * into each step what it said; nothing is tried twice here.
 */


#ifndef INV_STORE_STEPS_H
#define INV_STORE_STEPS_H


#include "inv_store.h"
#include "../model/inv_protocol.h"


/*
 * What a step's or a view's payload is: BSON, an array of ops or a whole entry.
 * On the heap, so that it may outlive the arena of what it came with.
 */
typedef struct {
    size_t len;
    char   data[];
} inv_payload_t;

/* Any thread; NULL does nothing.  The machine's release may be this. */
void inv_store_payload_free(void *payload);


/* The action of an EDIT or a CREATE: what the machine need not know of it. */
typedef struct {
    inv_action_t        action; /* first: the machine's pointer is ours */
    inv_product_input_t input;
    inv_write_mode_t    mode;

    /*
     * DONE: as it is after it, in the call's arena; to be rendered before the
     * call is over.  CREATE of what had been created: as it is now.
     */
    inv_product_t *product;
} inv_store_edit_action_t;


/*
 * Carries out n steps (from 1) of one kind, those of products in the order of
 * their ids and distinct, and sets what inv_protocol.h says that comes back.
 * call->error says what went wrong, also where only one step is concerned.
 *
 * Beyond what inv_protocol.h says:
 * - state.outbox_ops is known after READ, FENCE and an APPLY among others only;
 * - an APPLY among others that is DONE tells seq and stock as of its own entry,
 *   version and epoch as of the read;
 * - CREATE of a product that is there already is DONE without a payload;
 * - EDIT that had nothing to write is DONE with seq 0 and no payload;
 * - after a SWEEP product is the last one that was looked at, damaged ones
 *   included: the next page begins behind it.
 */
void inv_store_steps(inv_store_t *store, inv_store_call_t *call,
                     inv_step_t **steps, size_t n);


#endif /* INV_STORE_STEPS_H */
