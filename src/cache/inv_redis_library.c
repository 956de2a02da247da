
/*
 * cache: which hiredis this is.  Any thread, no state.
 */


#include "inv_redis.h"

#include <hiredis/hiredis.h>


#define INV_REDIS_DIGITS(number) #number
#define INV_REDIS_DOTTED(major, minor, patch) \
    INV_REDIS_DIGITS(major)                   \
    "." INV_REDIS_DIGITS(minor) "." INV_REDIS_DIGITS(patch)


const char *
inv_redis_library(void)
{
    return INV_REDIS_DOTTED(HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}
