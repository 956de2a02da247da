
/*
 * model: the protocol's machine: what waits for time.
 *
 * A pairing heap (Fredman, Sedgewick, Sleator, Tarjan, 1986): whatever the
 * order in which thousands begin to wait, a wait costs a few steps, and none
 * needs memory of its own.
 */


#include "inv_protocol_private.h"


/* Of the shortest pause: more than any bound. */
#define INV_AGAIN_DOUBLINGS 16


static inv_wait_t *inv_wait_meld(inv_wait_t *a, inv_wait_t *b);
static inv_wait_t *inv_wait_pairs(inv_wait_t *first);


/* One heap of two, of which each may be NULL. */
static inv_wait_t *
inv_wait_meld(inv_wait_t *a, inv_wait_t *b)
{
    inv_wait_t *other;

    if (a == NULL || b == NULL) {
        return a != NULL ? a : b;
    }

    if (b->due < a->due) {
        other = a;
        a = b;
        b = other;
    }

    b->next = a->child;
    b->before = a;

    if (a->child != NULL) {
        a->child->before = b;
    }

    a->child = b;

    return a;
}


/* One heap of siblings: two by two, then all of these from the last on. */
static inv_wait_t *
inv_wait_pairs(inv_wait_t *first)
{
    inv_wait_t *a, *b, *pairs, *heap;

    pairs = NULL;

    while ((a = first) != NULL) {
        b = a->next;
        first = (b != NULL) ? b->next : NULL;

        a->next = NULL;
        a->before = NULL;

        if (b != NULL) {
            b->next = NULL;
            b->before = NULL;
            a = inv_wait_meld(a, b);
        }

        a->next = pairs;
        pairs = a;
    }

    heap = NULL;

    while ((a = pairs) != NULL) {
        pairs = a->next;
        a->next = NULL;
        heap = inv_wait_meld(heap, a);
    }

    return heap;
}


void
inv_wait_set(inv_protocol_t *p, inv_wait_t *wait, int64_t due)
{
    inv_wait_clear(p, wait);

    wait->due = due > 0 ? due : 1;
    wait->child = NULL;
    wait->next = NULL;
    wait->before = NULL;

    p->waits = inv_wait_meld(p->waits, wait);
}


void
inv_wait_clear(inv_protocol_t *p, inv_wait_t *wait)
{
    if (wait->due == 0) {
        return;
    }

    wait->due = 0;

    if (wait == p->waits) {
        p->waits = inv_wait_pairs(wait->child);
        return;
    }

    /* before is its parent where it is the first child, else its sibling */

    if (wait->before->child == wait) {
        wait->before->child = wait->next;
    } else {
        wait->before->next = wait->next;
    }

    if (wait->next != NULL) {
        wait->next->before = wait->before;
    }

    p->waits = inv_wait_meld(p->waits, inv_wait_pairs(wait->child));
}


void
inv_wait_all(inv_protocol_t *p, inv_wait_over_pt over, int64_t now)
{
    inv_wait_t *wait, *others, *found;

    others = NULL;
    found = NULL;

    while ((wait = p->waits) != NULL) {
        p->waits = inv_wait_pairs(wait->child);

        if (wait->over == over) {
            wait->due = 0;
            wait->next = found;
            found = wait;

        } else {
            wait->next = others;
            others = wait;
        }
    }

    while ((wait = others) != NULL) {
        others = wait->next;
        wait->child = NULL;
        wait->next = NULL;
        wait->before = NULL;
        p->waits = inv_wait_meld(p->waits, wait);
    }

    while ((wait = found) != NULL) {
        found = wait->next;
        over(p, wait->owner, now);
    }
}


int64_t
inv_again_ms(inv_protocol_t *p, unsigned nth, int64_t max)
{
    int64_t limit;

    limit = nth < INV_AGAIN_DOUBLINGS ? (int64_t) INV_AGAIN_MIN_MS << nth : max;

    return 1 + inv_draw(p, limit < max ? limit : max);
}


int64_t
inv_draw(inv_protocol_t *p, int64_t n)
{
    uint32_t random;

    p->host.random(p->host.ctx, &random, sizeof(random));

    return (int64_t) (random % (uint64_t) n);
}
