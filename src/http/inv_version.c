
/*
 * http: what is running, said in the log.
 *
 * Master process (or the only one), once for each configuration that it takes.
 */


#include "inv_conf.h"

#include "../base/inv_version.h"
#include "../cache/inv_redis.h"


ngx_int_t
inv_version_init_module(ngx_cycle_t *cycle)
{
    /* nginx -t starts nothing. */

    if (!ngx_test_config) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                      "inventory: ngx_inventory_module " INV_VERSION
                      ", libmongoc %s, hiredis %s, yajl %s",
                      inv_store_library(), inv_redis_library(),
                      inv_json_library());
    }

    return NGX_OK;
}
