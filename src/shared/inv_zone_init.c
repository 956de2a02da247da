
/*
 * shared: the zone: made, and kept over reloads.
 *
 * Master process, which takes no lock that a worker may hold; event loop:
 * inv_zone_worker_start.
 */


#include "inv_link.h"
#include "inv_zone_private.h"


#define INV_ZONE_MAGIC  UINT32_C(0x696e767a)
#define INV_ZONE_LAYOUT 5 /* raise it with every change of inv_zone_memory_s */

/*
 * What the floors and the shelves get of the zone; what is left is for the
 * slab's own pages.  Floors come first: where they do not suffice, copies are
 * of no use.  Absent products and page ids are short, and few are hot.
 */
#define INV_ZONE_FLOORS_SHARE(size)   ((size) / 2)
#define INV_ZONE_PRODUCTS_SHARE(size) ((size) / 8 * 3)
#define INV_ZONE_SHORT_SHARE(size)    ((size) / 32)
#define INV_ZONE_LISTS_SHARE(size)    ((size) / 32)


size_t
inv_zone_size_min(void)
{
    return INV_ZONE_SIZE_MIN;
}


/*
 * Old workers, or those of the binary before, may still acknowledge writes and
 * raise floors in a zone that this one does not see.
 */
static bool
inv_zone_has_elder(void)
{
    return ngx_inherited || !ngx_is_init_cycle(ngx_cycle);
}


ngx_str_t
inv_zone_link(ngx_log_t *log)
{
    inv_str_t text;
    ngx_str_t element;

    if (!ngx_test_config && ngx_process != NGX_PROCESS_SIGNALLER
        && !inv_link_open(inv_zone_has_elder()))
    {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "inventory: nginxes of one family cannot be linked: when "
                      "nginx is upgraded, nothing cached is used for a while");
    }

    text = inv_link_environment();

    element.data = (u_char *) text.data;
    element.len = text.len == 0 ? 0 : sizeof(INV_LINK_VARIABLE) - 1;

    return element;
}


static void
inv_zone_start(inv_zone_memory_t *memory, const inv_zone_t *zone, size_t size)
{
    inv_time_t now, quarantined_until;

    memory->magic = INV_ZONE_MAGIC;
    memory->layout = INV_ZONE_LAYOUT;
    memory->size = size;
    memory->longest_ms = zone->longest_ms;
    memory->stale_ms = zone->stale_ms;
    memory->reading_ms = zone->reading_ms;

    /* The others are heard before there is a first origin to give to a read. */

    memory->place = inv_link_join();
    memory->link_seen = inv_link_others(memory->place);
    inv_random(&memory->origin, sizeof(memory->origin));

    now = inv_time_now();
    quarantined_until = now + inv_zone_floor_ms(memory);

    memory->latest = now;
    memory->trusts_own_from = 0;
    memory->trusts_other_from = quarantined_until;

    if (inv_zone_has_elder() && !(memory->place != 0 && inv_link_is_whole())) {
        memory->trusts_own_from = quarantined_until;
    }
}


/* Once only: the slab is not touched later, so that no crash can tear it. */
static ngx_int_t
inv_zone_create_floors(inv_zone_t *zone, size_t share)
{
    void         *buckets;
    size_t        size;
    unsigned char key[16];

    size = inv_floor_table_size(share);
    buckets = size == 0 ? NULL : ngx_slab_alloc(zone->pool, size);

    if (buckets == NULL) {
        return NGX_ERROR;
    }

    inv_random(key, sizeof(key));
    inv_floor_table_init(&zone->memory->floors, buckets, size, key);

    return NGX_OK;
}


static ngx_int_t
inv_zone_create_shelf(inv_zone_t *zone, inv_zone_shelf_t shelf, size_t size)
{
    void         *memory;
    unsigned char key[16];

    memory = ngx_slab_alloc(zone->pool, size);
    if (memory == NULL) {
        return NGX_ERROR;
    }

    inv_random(key, sizeof(key));
    zone->memory->shelves[shelf] = inv_shelf_init(memory, size, key);

    return zone->memory->shelves[shelf] != NULL ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
inv_zone_create(inv_zone_t *zone, ngx_shm_zone_t *shm_zone)
{
    size_t size;

    size = shm_zone->shm.size;
    zone->memory = ngx_slab_calloc(zone->pool, sizeof(inv_zone_memory_t));

    if (zone->memory == NULL
        || inv_zone_create_floors(zone, INV_ZONE_FLOORS_SHARE(size)) != NGX_OK
        || inv_zone_create_shelf(zone, INV_SHELF_PRODUCTS,
                                 INV_ZONE_PRODUCTS_SHARE(size))
               != NGX_OK
        || inv_zone_create_shelf(zone, INV_SHELF_SHORT,
                                 INV_ZONE_SHORT_SHARE(size))
               != NGX_OK
        || inv_zone_create_shelf(zone, INV_SHELF_LISTS,
                                 INV_ZONE_LISTS_SHARE(size))
               != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "inventory_zone is too small: %uz bytes", size);
        return NGX_ERROR;
    }

    inv_zone_start(zone->memory, zone, size);

    zone->pool->data = zone->memory;

    return NGX_OK;
}


/*
 * Copies of before, other nodes' among them, would be served for longer than
 * their floors were made for: as if these had been lost.
 */
static void
inv_zone_lengthen(inv_zone_t *zone, inv_time_t now)
{
    inv_zone_memory_t *memory = zone->memory;

    memory->longest_ms = ngx_max(memory->longest_ms, zone->longest_ms);
    memory->stale_ms = ngx_max(memory->stale_ms, zone->stale_ms);

    inv_zone_lose(zone, INV_ZONE_LENGTHENED, now,
                  ngx_max(now, memory->latest) + inv_zone_floor_ms(memory));
}


/*
 * The memory of the cycle before goes on, with all its floors.  Its lock is not
 * taken: SIGCHLD is blocked here, so that the lock of a worker that died would
 * never be freed.
 */
static ngx_int_t
inv_zone_keep(inv_zone_t *zone, const ngx_shm_zone_t *shm_zone)
{
    zone->memory = zone->pool->data;

    if (zone->memory == NULL || zone->memory->magic != INV_ZONE_MAGIC
        || zone->memory->layout != INV_ZONE_LAYOUT
        || zone->memory->size != shm_zone->shm.size)
    {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "inventory_zone was laid out by another version of the "
                      "module: restart nginx instead of reloading it");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
inv_zone_init(ngx_shm_zone_t *shm_zone, void *old)
{
    inv_zone_t *zone;

    zone = shm_zone->data;
    zone->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old != NULL || shm_zone->shm.exists) {
        return inv_zone_keep(zone, shm_zone);
    }

    return inv_zone_create(zone, shm_zone);
}


/*
 * Never lowered: old workers still use the lifetimes of before, and floors that
 * they raise from now on last for the longer ones too.
 */
void
inv_zone_worker_start(inv_zone_t *zone)
{
    inv_time_t         now;
    inv_zone_memory_t *memory = zone->memory;

    now = inv_zone_enter_to_change(zone);

    memory->reading_ms = ngx_max(memory->reading_ms, zone->reading_ms);

    if (zone->longest_ms > memory->longest_ms
        || zone->stale_ms > memory->stale_ms) {
        inv_zone_lengthen(zone, now);
    }

    inv_zone_leave(zone);
}
