
/*
 * cache: what nodes tell each other of their changes, through Redis.  Event
 * loop only.
 *
 * A message is "<id> <version> <catalog> <origin>": 24 hex digits, decimal, 0
 * or 1, 16 hex digits of the zone that it came from.  It may be lost, late or
 * forged: all that it does is to drop a copy, which costs a read.  It raises no
 * floor, which could make a product unreadable.
 */


#include "inv_cache_private.h"

#include <stdio.h>


#define INV_CACHE_NEWS_DIGITS 19 /* of a version, as of INT64_MAX */
#define INV_CACHE_NEWS_TEXT   (INV_OID_HEX + 1 + INV_CACHE_NEWS_DIGITS + 3 + 16)


inv_str_t
inv_cache_news_write(inv_oid_t id, int64_t version, bool catalog,
                     uint64_t origin, char *out)
{
    inv_oid_write(id, out);

    (void) snprintf(out + INV_OID_HEX, INV_CACHE_NEWS_MAX - INV_OID_HEX,
                    " %019lld %d %016llx", (long long) version, catalog,
                    (unsigned long long) origin);

    return (inv_str_t){ INV_CACHE_NEWS_TEXT, out };
}


void
inv_cache_news_read(void *context, inv_str_t text)
{
    char              own[INV_CACHE_NEWS_MAX];
    int64_t           version;
    inv_oid_t         id;
    inv_str_t         expected;
    inv_cache_t      *cache = context;
    inv_zone_moment_t now;

    if (text.len != INV_CACHE_NEWS_TEXT
        || !inv_oid_read((inv_str_t){ INV_OID_HEX, text.data }, &id))
    {
        return;
    }

    version = ngx_atoof((u_char *) text.data + INV_OID_HEX + 1,
                        INV_CACHE_NEWS_DIGITS);

    if (version < 0) {
        return;
    }

    now = inv_zone_moment(cache->zone);
    expected = inv_cache_news_write(id, version, true, now.origin, own);

    /* this node's own: all of it is known here; from the origin's space on */
    if (memcmp(text.data + INV_CACHE_NEWS_TEXT - 17,
               expected.data + INV_CACHE_NEWS_TEXT - 17, 17)
        == 0)
    {
        return;
    }

    inv_zone_drop_product(cache->zone, id, version);

    if (text.data[INV_OID_HEX + 1 + INV_CACHE_NEWS_DIGITS + 1] != '0') {
        inv_zone_catalog_changed(cache->zone);
    }
}


/*
 * What was missed is nobody's to tell: pages are read anew, copies of products
 * live as long as they may.
 */
void
inv_cache_news_hears(void *context, bool hears)
{
    inv_cache_t *cache = context;

    if (hears) {
        inv_zone_catalog_changed(cache->zone);
    }
}
