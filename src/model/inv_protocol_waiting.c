
/*
 * model: the protocol's machine: who waits for what is asked of a product.
 */


#include "inv_protocol_private.h"


void
inv_protocol_waiting(inv_protocol_t *p, inv_oid_t product,
                     void (*each)(inv_action_t *action))
{
    inv_item_t   *item;
    inv_action_t *action;

    item = inv_item_get(p, product);
    if (item == NULL) {
        return;
    }

    TAILQ_FOREACH(action, &item->waiting, link)
    {
        each(action);
    }

    TAILQ_FOREACH(action, &item->peeks, link)
    {
        each(action);
    }
}
