
/*
 * json: which yajl this is.  Any thread, no state.
 */


#include "inv_json.h"

#include <yajl/yajl_version.h>


#define INV_JSON_DIGITS(number) #number
#define INV_JSON_DOTTED(major, minor, micro) \
    INV_JSON_DIGITS(major) "." INV_JSON_DIGITS(minor) "." INV_JSON_DIGITS(micro)


const char *
inv_json_library(void)
{
    return INV_JSON_DOTTED(YAJL_MAJOR, YAJL_MINOR, YAJL_MICRO);
}
