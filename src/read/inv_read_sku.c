
/*
 * read: which product has a sku, see inv_read_sku.h.  Event loop only.
 */


#include "inv_read_private.h"
#include "inv_read_sku.h"
#include "../shared/inv_metrics.h"


#define INV_READ_SKU_KIND 's'


inv_sku_known_t
inv_read_sku(inv_reads_t *reads, inv_str_t sku, inv_oid_t *id)
{
    inv_shelf_key_t key;
    inv_zone_copy_t copy;

    if (!inv_cache_is_local(reads->options.cache)
        || !inv_read_list_key(INV_READ_SKU_KIND, sku, &key)
        || !inv_zone_list(reads->options.zone, &key, &copy))
    {
        inv_metrics_count(INV_COUNT_SKU_MISS, 1);
        return INV_SKU_UNKNOWN;
    }

    inv_metrics_count(INV_COUNT_SKU_LOCAL, 1);

    if (copy.bytes.len != sizeof(inv_oid_t)) {
        return INV_SKU_NONE;
    }

    memcpy(id, copy.bytes.data, sizeof(inv_oid_t));

    return INV_SKU_HINT;
}


/*
 * Kept until the catalogue changes, like pages: an old owner's copy, which
 * another node's edit has not reached, must not stand for the sku that this
 * nginx has acknowledged to be another product's.
 */
void
inv_read_keep_sku(inv_reads_t *reads, inv_str_t sku, const inv_oid_t *id,
                  const inv_zone_moment_t *moment)
{
    int64_t          lifetime_ms;
    inv_str_t        bytes = inv_str("");
    inv_shelf_key_t  key;
    inv_shelf_meta_t meta;
    inv_zone_view_t  view;

    if (!inv_cache_is_local(reads->options.cache)
        || !inv_read_list_key(INV_READ_SKU_KIND, sku, &key))
    {
        return;
    }

    if (id != NULL) {
        bytes.data = (const char *) id;
        bytes.len = sizeof(inv_oid_t);

        /* who follows it sees the product as it is: it does not age */
        inv_zone_look(reads->options.zone, *id, &view);
        lifetime_ms = view.longest_ms;

    } else {
        lifetime_ms = ngx_min(inv_cache_local_lifetime(reads->options.cache),
                              INV_CACHE_NEGATIVE_MS);
    }

    ngx_memzero(&meta, sizeof(inv_shelf_meta_t));

    meta.version = (int64_t) moment->catalog;
    meta.deadline = moment->at + lifetime_ms;
    meta.origin = moment->origin;

    inv_zone_keep_list(reads->options.zone, &key, &meta, bytes);
}
