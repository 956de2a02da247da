
/*
 * read: pages in the zone's lists.  Event loop only.
 */


#include "inv_read_page_kept.h"


/*
 * A page ends by this part of its lifetime before its products do: reading it
 * again, in one command, makes all of them anew.
 */
#define INV_READ_PAGE_PART 4

/* What is kept of a page: this, the ids, and the cursor of the next one. */
typedef struct {
    uint32_t n;
    uint32_t next_len; /* 0: this is the last page */
    int64_t  total;    /* -1: not asked for */
    bool     exact;
} inv_page_kept_t;

#define INV_READ_PAGE_BYTES                                           \
    (sizeof(inv_page_kept_t) + INV_PAGE_LIMIT_MAX * sizeof(inv_oid_t) \
     + INV_PAGE_CURSOR_MAX)


bool
inv_page_kept_find(inv_reads_t *reads, const inv_shelf_key_t *key,
                   inv_page_answer_t *answer)
{
    size_t          ids_len;
    const char     *p;
    inv_zone_copy_t copy;
    inv_page_kept_t kept;

    if (!inv_cache_is_local(reads->options.cache)
        || !inv_zone_list(reads->options.zone, key, &copy)
        || copy.bytes.len < sizeof(inv_page_kept_t))
    {
        return false;
    }

    p = copy.bytes.data;
    memcpy(&kept, p, sizeof(inv_page_kept_t));
    p += sizeof(inv_page_kept_t);

    ids_len = kept.n * sizeof(inv_oid_t);

    answer->n = kept.n;
    answer->ids = (const inv_oid_t *) p; /* bytes: they need no alignment */

    if (kept.next_len != 0) {
        answer->next.data = p + ids_len;
        answer->next.len = kept.next_len;
    }

    answer->total.given = kept.total >= 0;
    answer->total.n = kept.total;
    answer->total.exact = kept.exact;

    return true;
}


void
inv_page_kept_put(inv_reads_t *reads, const inv_shelf_key_t *key,
                  const inv_zone_moment_t *moment,
                  const inv_page_answer_t *answer)
{
    char            *p, bytes[INV_READ_PAGE_BYTES];
    int64_t          lifetime_ms;
    inv_page_kept_t  kept;
    inv_shelf_meta_t meta;

    if (answer->n > INV_PAGE_LIMIT_MAX
        || answer->next.len > INV_PAGE_CURSOR_MAX) {
        return;
    }

    ngx_memzero(&kept, sizeof(inv_page_kept_t));

    kept.n = (uint32_t) answer->n;
    kept.next_len = (uint32_t) answer->next.len;
    kept.total = answer->total.given ? answer->total.n : -1;
    kept.exact = answer->total.exact;

    p = (char *) ngx_cpymem(bytes, &kept, sizeof(inv_page_kept_t));

    if (answer->n != 0) {
        p = (char *) ngx_cpymem(p, answer->ids, answer->n * sizeof(inv_oid_t));
    }

    if (answer->next.len != 0) {
        p = (char *) ngx_cpymem(p, answer->next.data, answer->next.len);
    }

    ngx_memzero(&meta, sizeof(inv_shelf_meta_t));

    lifetime_ms = inv_cache_local_lifetime(reads->options.cache);

    meta.version = (int64_t) moment->catalog;
    meta.deadline = moment->at + lifetime_ms - lifetime_ms / INV_READ_PAGE_PART;
    meta.origin = moment->origin;

    inv_zone_keep_list(reads->options.zone, key, &meta,
                       (inv_str_t){ (size_t) (p - bytes), bytes });
}
