
/*
 * cache: what nodes tell each other of their changes, through Redis.  Event
 * loop only.
 *
 * A message is "<id> <version> <catalog> <origin>": 24 hex digits, decimal, 0
 * or 1, 16 hex digits of the zone that it came from.  It may be lost, late or
 * forged: all that it does is to drop a copy, and to let none of an older
 * version come back for a moment, which costs reads.  It raises no floor, which
 * could make a product unreadable.
 */


#include "inv_cache_private.h"

#include <stdio.h>


#define INV_CACHE_NEWS_DIGITS 19 /* of a version, as of INT64_MAX */
#define INV_CACHE_NEWS_TEXT   (INV_OID_HEX + 1 + INV_CACHE_NEWS_DIGITS + 3 + 16)

/* For longer than a read is under way that began before a message came. */
#define INV_CACHE_NEWS_MS 5000

/* Of notes, among the zone's lists. */
#define INV_CACHE_NEWS_KIND 'v'


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


static inv_shelf_key_t
inv_cache_news_key(inv_oid_t id)
{
    inv_shelf_key_t key;

    ngx_memzero(&key, sizeof(inv_shelf_key_t));
    key.bytes[0] = INV_CACHE_NEWS_KIND;
    ngx_memcpy(key.bytes + 1, id.bytes, sizeof(id.bytes));

    return key;
}


int64_t
inv_cache_news_of(inv_cache_t *cache, inv_oid_t id)
{
    int64_t         version;
    inv_shelf_key_t key;
    inv_zone_copy_t note;

    if (cache->nredis == 0) {
        return 0;
    }

    key = inv_cache_news_key(id);

    if (!inv_zone_hint(cache->zone, &key, &note)
        || note.bytes.len != sizeof(version))
    {
        return 0;
    }

    memcpy(&version, note.bytes.data, sizeof(version));

    return version;
}


/* False: the catalogue changed meanwhile, and nothing was noted. */
static bool
inv_cache_news_note(inv_cache_t *cache, inv_oid_t id, int64_t version)
{
    inv_shelf_key_t   key;
    inv_shelf_meta_t  meta;
    inv_zone_moment_t now;

    key = inv_cache_news_key(id);
    now = inv_zone_moment(cache->zone);

    ngx_memzero(&meta, sizeof(inv_shelf_meta_t));

    meta.version = (int64_t) now.catalog;
    meta.deadline = now.at + ngx_min(cache->local_ms, INV_CACHE_NEWS_MS);
    meta.origin = now.origin;

    inv_zone_keep_list(cache->zone, &key, &meta,
                       (inv_str_t){ sizeof(version), (const char *) &version });

    return inv_cache_news_of(cache, id) >= version;
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

    if (inv_cache_news_of(cache, id) < version
        && !inv_cache_news_note(cache, id, version))
    {
        (void) inv_cache_news_note(cache, id, version);
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
