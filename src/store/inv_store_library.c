
/*
 * store: which libmongoc this is.  Any thread, no I/O, before libmongoc is
 * initialized too.
 */


#include "inv_store_internal.h"


const char *
inv_store_library(void)
{
    return mongoc_get_version();
}
