
/* Stands in for nginx's own: see ngx_core.h beside it. */


#ifndef NGX_CONFIG_H
#define NGX_CONFIG_H


#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>


#endif /* NGX_CONFIG_H */
