
/*
 * lane: what is told of damaged products: each once a minute, and not so many
 * a second that the log is full of them.
 *
 * Event loop.
 */


#ifndef INV_DAMAGE_H
#define INV_DAMAGE_H


#include "../shared/inv_zone.h"


/* what: "product <id> is damaged at <member>". */
void inv_damage_say(ngx_log_t *log, const char *what);


#endif /* INV_DAMAGE_H */
