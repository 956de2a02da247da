
/*
 * shared: the link: what nginxes of one family tell each other that do not
 * share a zone.
 *
 * A reload that changes inventory_zone, and a binary upgrade, bring a fresh
 * zone while workers with the old one still acknowledge writes.  The link is
 * one page of anonymous memory (a memfd) that the master makes at its first
 * start, keeps over reloads, and passes on to a new binary by a variable of the
 * environment.  Each zone has a place in it, where it marks when it last raised
 * a floor; who sees a mark of another zone's that is younger than its own zone
 * trusts no copy until all copies of before have passed.
 *
 * Master process: inv_link_open.  Event loops: the rest, without a lock.
 */


#ifndef INV_LINK_H
#define INV_LINK_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../base/inv_base.h"


/* The name of the variable that a new binary finds the page by. */
#define INV_LINK_VARIABLE "NGX_INVENTORY_LINK"

/*
 * The page, made or found; once in a process's life.  False: there is none
 * (logged), and a zone that is fresh beside elders must be set aside as long as
 * its floors would last.
 */
bool inv_link_open(ngx_log_t *log);

/*
 * "NGX_INVENTORY_LINK=<fd>" for the core's list of the environment; empty:
 * there is no page.  While the configuration is read.
 */
ngx_str_t inv_link_environment(void);

/* A place for a zone that was just made; never 0.  0: no page. */
uint64_t inv_link_join(void);

/* The zone of that place has raised a floor at that time. */
void inv_link_mark(uint64_t place, inv_time_t now);

/* The latest mark of all other places; 0: none. */
inv_time_t inv_link_others(uint64_t place);


#endif /* INV_LINK_H */
