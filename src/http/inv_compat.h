
/*
 * http: what differs between nginx 1.22 and later.  Event loop.
 */


#ifndef INV_COMPAT_H
#define INV_COMPAT_H


#include <ngx_config.h>
#include <ngx_core.h>


/* From 1.23 on header lines of one name are a list. */
static inline void
inv_header_init(ngx_table_elt_t *header)
{
#if (nginx_version >= 1023000)
    header->next = NULL;
#else
    (void) header;
#endif
}


#endif /* INV_COMPAT_H */
