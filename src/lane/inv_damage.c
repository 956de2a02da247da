
/*
 * lane: damaged products in the log, see inv_damage.h.  Event loop.
 */


#include "inv_damage.h"


/* Between lines about one product. */
#define INV_DAMAGE_SAY_MS 60000

/* Lines a second; what is more is told when it is met again. */
#define INV_DAMAGE_LINES 50

/*
 * Products that are remembered, by hash: of two in one place both may be told
 * more often, within the limit of lines.
 */
#define INV_DAMAGE_PRODUCTS 1024


typedef struct {
    uint32_t hash;
    int64_t  until; /* 0: nothing was told */
} inv_damage_told_t;


/* Of this worker. */
static inv_damage_told_t inv_damage_told[INV_DAMAGE_PRODUCTS];
static int64_t           inv_damage_second;
static ngx_uint_t        inv_damage_lines;


static bool
inv_damage_has_line(int64_t now)
{
    if (now - inv_damage_second >= 1000) {
        inv_damage_second = now;
        inv_damage_lines = 0;
    }

    return inv_damage_lines++ < INV_DAMAGE_LINES;
}


void
inv_damage_say(ngx_log_t *log, const char *what)
{
    int64_t            now;
    uint32_t           hash;
    inv_damage_told_t *told;

    now = inv_time_monotonic();
    hash = ngx_murmur_hash2((u_char *) what, ngx_strlen(what));
    told = &inv_damage_told[hash % INV_DAMAGE_PRODUCTS];

    if ((told->hash == hash && now < told->until) || !inv_damage_has_line(now))
    {
        return;
    }

    told->hash = hash;
    told->until = now + INV_DAMAGE_SAY_MS;

    ngx_log_error(NGX_LOG_ERR, log, 0, "inventory: %s", what);
}
