
/*
 * store, inside: the parts of an adopt.
 */


#ifndef INV_STORE_ADOPT_PRIVATE_H
#define INV_STORE_ADOPT_PRIVATE_H


#include "inv_store_adopt.h"
#include "inv_store_step.h"


/* What is to be made of a document; in the arena of its reading. */
typedef enum {
    INV_ADOPT_WHOLE,  /* it is a product */
    INV_ADOPT_TAKEN,  /* it can be taken up */
    INV_ADOPT_REFUSED /* it cannot: failure says why */
} inv_adopt_kind_t;

typedef struct {
    inv_adopt_kind_t    kind;
    inv_adopt_failure_t failure; /* reason absent: no memory */
    inv_product_t      *product; /* as it is to be */
    bool                has_seq, has_outbox;
} inv_adopt_plan_t;

/* Whether a member of a document is there, and not null. */
bool inv_store_adopt_has(const bson_t *document, const char *name);

/* The projection of all that plans and statements look at. */
void inv_store_adopt_fields(bson_t *fields);

void inv_store_adopt_plan(inv_arena_t *arena, const bson_t *document,
                          inv_adopt_plan_t *plan);

/*
 * The statement: matches the document only as it was read, and makes the
 * product of it.  False: no memory.
 */
void inv_store_adopt_filter(const bson_t *document, bson_t *filter);
bool inv_store_adopt_update(inv_arena_t *arena, const bson_t *document,
                            const inv_adopt_plan_t *plan,
                            const inv_actor_t *actor, bson_t *update);


#endif /* INV_STORE_ADOPT_PRIVATE_H */
