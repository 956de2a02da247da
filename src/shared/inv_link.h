
/*
 * shared: the link: what nginxes of one family tell each other that do not
 * share a zone.
 *
 * A reload that changes inventory_zone, and a binary upgrade, bring a fresh
 * zone while workers with the old one still acknowledge writes.  The link is
 * one page of anonymous memory (a memfd) that the master makes at its first
 * start, keeps over reloads, and passes on to a new binary by a variable of the
 * environment.  Each zone has a place in it, where it counts the writes that it
 * acknowledges.  A zone that sees that others have counted has in effect lost
 * their floors: no read that began before may serve it any more.
 *
 * Counts, not times: nothing depends on a clock.
 *
 * No nginx.  Master process: inv_link_open, inv_link_environment, inv_link_join
 * and inv_link_is_whole.  Event loops: the rest, without a lock.
 */


#ifndef INV_LINK_H
#define INV_LINK_H


#include "../base/inv_base.h"


/* The name of the variable that a new binary finds the page by. */
#define INV_LINK_VARIABLE "NGX_INVENTORY_LINK"

/*
 * The page, made or found the first time that it is called in a process's life.
 * has_elder: there may be workers of before, who do not know a page that is
 * made now.  False: there is no page, errno says why.
 */
bool inv_link_open(bool has_elder);

/*
 * "NGX_INVENTORY_LINK=<fd>", with a NUL behind it, for the environment of a new
 * binary; empty: there is no page.  Stays as it is.
 */
inv_str_t inv_link_environment(void);

/*
 * Whether all zones of the family have a place on the page.  Where not, a zone
 * that is fresh beside elders must be set aside as long as its floors would
 * last.
 */
bool inv_link_is_whole(void);

/* A place for a zone that was just made; never 0.  0: no page. */
uint64_t inv_link_join(void);

/* Counts a write of that zone's: before it is acknowledged. */
void inv_link_mark(uint64_t place);

/*
 * The sum of the counts of all others: it never goes back, and has grown since
 * if one of them has counted.
 */
uint64_t inv_link_others(uint64_t place);


#endif /* INV_LINK_H */
