
/*
 * shared: the zone's shelves: copies that the workers share.  Event loop only.
 */


#include "inv_zone_private.h"


/* Copied out under the lock: it may be gone the moment after. */
static char inv_zone_scratch[INV_ZONE_COPY_MAX];


static inv_shelf_key_t
inv_zone_key(inv_oid_t id)
{
    inv_shelf_key_t key;

    ngx_memzero(&key, sizeof(key));
    key.bytes[0] = 'p';
    ngx_memcpy(key.bytes + 1, id.bytes, sizeof(id.bytes));

    return key;
}


/*
 * Who makes newer copies: this process.  Drawn again by each, since a worker
 * starts as a copy of its master.
 */
static uint32_t
inv_zone_holder(void)
{
    static uint32_t  holder;
    static ngx_pid_t pid;

    while (holder == 0 || pid != ngx_pid) {
        inv_random(&holder, sizeof(holder));
        pid = ngx_pid;
    }

    return holder;
}


/* For who is in: an entry of a shelf, copied out; its use is noted. */
static bool
inv_zone_take(inv_zone_t *zone, inv_zone_shelf_t which,
              const inv_shelf_key_t *key, inv_time_t now, inv_zone_copy_t *copy)
{
    size_t            len;
    inv_shelf_t      *shelf;
    inv_shelf_entry_t entry;

    shelf = zone->memory->shelves[which];

    entry = inv_shelf_find(shelf, key);
    if (entry == 0) {
        return false;
    }

    len = sizeof(inv_zone_scratch);

    if (!inv_shelf_get(shelf, entry, &copy->meta, inv_zone_scratch, &len)) {
        return false;
    }

    copy->bytes.data = inv_zone_scratch;
    copy->bytes.len = len;

    if (inv_shelf_is_due(shelf, entry, now)) {
        inv_zone_set_dirty(zone->memory, 1);
        inv_shelf_touch(shelf, entry, now);
    }

    return true;
}


bool
inv_zone_product(inv_zone_t *zone, inv_oid_t id, inv_zone_view_t *view,
                 inv_zone_shelf_t *shelf, inv_zone_copy_t *copy)
{
    bool            found;
    inv_time_t      now;
    inv_shelf_key_t key;

    key = inv_zone_key(id);
    now = inv_zone_enter(zone);
    inv_zone_look_in(zone, id, now, view);

    *shelf = INV_SHELF_PRODUCTS;
    found = inv_zone_take(zone, *shelf, &key, now, copy);

    if (!found) {
        *shelf = INV_SHELF_SHORT;
        found = inv_zone_take(zone, *shelf, &key, now, copy);
    }

    inv_zone_leave(zone);

    return found;
}


/* Whether a copy could be served now, at all. */
static bool
inv_zone_would_serve(const inv_zone_view_t *view, const inv_shelf_meta_t *meta)
{
    if (meta->version < view->floor) {
        return false;
    }

    if (meta->deadline - view->now > view->longest_ms /* no floor outlives it */
        || view->now - meta->deadline >= view->stale_ms)
    {
        return false;
    }

    return meta->origin == view->origin ? view->trusts_own : view->trusts_other;
}


/*
 * One shelf has it, the other has not.  Where the other has what is newer, all
 * stays; where not, what is there goes, and with it what was held.
 */
static bool
inv_zone_place(inv_zone_t *zone, const inv_shelf_key_t *key, inv_time_t now,
               const inv_shelf_meta_t *meta, inv_str_t bytes)
{
    inv_shelf_t *to, *from;

    to = zone->memory->shelves[INV_SHELF_PRODUCTS];
    from = zone->memory->shelves[INV_SHELF_SHORT];

    if (bytes.data == NULL) {
        to = zone->memory->shelves[INV_SHELF_SHORT];
        from = zone->memory->shelves[INV_SHELF_PRODUCTS];
    }

    if (inv_shelf_has_newer(from, key, meta->version, now)) {
        return false;
    }

    if (!inv_shelf_put(to, key, meta, bytes.data, bytes.len, now)) {
        return false;
    }

    inv_shelf_remove(from, key);

    return true;
}


void
inv_zone_keep_product(inv_zone_t *zone, inv_oid_t id,
                      const inv_shelf_meta_t *meta, inv_str_t bytes)
{
    inv_time_t      now;
    inv_shelf_key_t key;
    inv_zone_view_t view;

    key = inv_zone_key(id);
    now = inv_zone_enter_to_change(zone);
    inv_zone_look_in(zone, id, now, &view);

    if (bytes.len > INV_ZONE_COPY_MAX || !inv_zone_would_serve(&view, meta)
        || !inv_zone_place(zone, &key, now, meta, bytes))
    {
        inv_shelf_release(zone->memory->shelves[INV_SHELF_SHORT], &key,
                          inv_zone_holder());
    }

    inv_zone_leave(zone);
}


void
inv_zone_drop_in(inv_zone_t *zone, inv_oid_t id, int64_t version)
{
    inv_shelf_key_t key;

    key = inv_zone_key(id);

    inv_shelf_drop(zone->memory->shelves[INV_SHELF_PRODUCTS], &key, version);
    inv_shelf_drop(zone->memory->shelves[INV_SHELF_SHORT], &key, version);
}


void
inv_zone_drop_product(inv_zone_t *zone, inv_oid_t id, int64_t version)
{
    (void) inv_zone_enter_to_change(zone);
    inv_zone_drop_in(zone, id, version);
    inv_zone_leave(zone);
}


bool
inv_zone_hold(inv_zone_t *zone, inv_oid_t id, int64_t ms)
{
    bool            held;
    int64_t         now_ms;
    inv_shelf_key_t key;

    key = inv_zone_key(id);
    now_ms = inv_time_monotonic();

    (void) inv_zone_enter_to_change(zone);
    held = inv_shelf_hold(zone->memory->shelves[INV_SHELF_SHORT], &key,
                          inv_zone_holder(), now_ms, now_ms + ms);
    inv_zone_leave(zone);

    return held;
}


void
inv_zone_release(inv_zone_t *zone, inv_oid_t id)
{
    inv_shelf_key_t key;

    key = inv_zone_key(id);

    (void) inv_zone_enter_to_change(zone);
    inv_shelf_release(zone->memory->shelves[INV_SHELF_SHORT], &key,
                      inv_zone_holder());
    inv_zone_leave(zone);
}


/* Whether what was read at that origin is still to be used. */
static bool
inv_zone_is_hint_of_now(const inv_zone_memory_t *memory, inv_time_t now,
                        const inv_shelf_meta_t *meta)
{
    return meta->origin == memory->origin && meta->deadline > now
           && now >= memory->trusts_own_from;
}


/* The same where nothing of the catalogue may have changed since. */
static bool
inv_zone_is_list_of_now(const inv_zone_memory_t *memory, inv_time_t now,
                        const inv_shelf_meta_t *meta)
{
    return meta->version == (int64_t) memory->catalog
           && inv_zone_is_hint_of_now(memory, now, meta);
}


/* An entry of the lists that is of now, by one of the two above. */
static bool
inv_zone_listed(inv_zone_t *zone, const inv_shelf_key_t *key,
                bool (*is_of_now)(const inv_zone_memory_t *memory,
                                  inv_time_t now, const inv_shelf_meta_t *meta),
                inv_zone_copy_t *copy)
{
    bool       found;
    inv_time_t now;

    now = inv_zone_enter(zone);
    found = inv_zone_take(zone, INV_SHELF_LISTS, key, now, copy)
            && is_of_now(zone->memory, now, &copy->meta);
    inv_zone_leave(zone);

    return found;
}


bool
inv_zone_list(inv_zone_t *zone, const inv_shelf_key_t *key,
              inv_zone_copy_t *copy)
{
    return inv_zone_listed(zone, key, inv_zone_is_list_of_now, copy);
}


bool
inv_zone_hint(inv_zone_t *zone, const inv_shelf_key_t *key,
              inv_zone_copy_t *copy)
{
    return inv_zone_listed(zone, key, inv_zone_is_hint_of_now, copy);
}


void
inv_zone_keep_list(inv_zone_t *zone, const inv_shelf_key_t *key,
                   const inv_shelf_meta_t *meta, inv_str_t bytes)
{
    inv_time_t now;

    now = inv_zone_enter_to_change(zone);

    if (bytes.len <= INV_ZONE_COPY_MAX
        && inv_zone_is_list_of_now(zone->memory, now, meta)
        && meta->deadline - now <= zone->memory->longest_ms)
    {
        (void) inv_shelf_put(zone->memory->shelves[INV_SHELF_LISTS], key, meta,
                             bytes.data, bytes.len, now);
    }

    inv_zone_leave(zone);
}


void
inv_zone_count_shelf(inv_zone_t *zone, inv_zone_shelf_t shelf,
                     inv_shelf_counters_t *counters)
{
    (void) inv_zone_enter(zone);
    inv_shelf_count(zone->memory->shelves[shelf], counters);
    inv_zone_leave(zone);
}
