
/*
 * shared: the zone: MongoDB's logical time, one for all workers.  Event loop
 * only.
 */


#include "inv_zone_private.h"


void
inv_zone_cluster_time(inv_zone_t *zone, inv_cluster_time_t *time)
{
    (void) inv_zone_enter(zone);
    *time = zone->memory->cluster;
    inv_zone_leave(zone);
}


/*
 * Forgotten first, and only while it is the one that was refused: other jobs
 * may have put a newer one in its place meanwhile, of the cluster as it is now.
 */
void
inv_zone_cluster_heard(inv_zone_t *zone, const inv_cluster_time_t *seen,
                       const inv_cluster_time_t *refused)
{
    inv_zone_memory_t *memory = zone->memory;

    (void) inv_zone_enter(zone);

    if (refused->operation != 0
        || inv_cluster_time_is_ahead(seen, &memory->cluster))
    {
        inv_zone_set_dirty(memory, 1);

        if (refused->operation != 0) {
            inv_cluster_time_forget(&memory->cluster, refused);
        }

        inv_cluster_time_raise(&memory->cluster, seen);
    }

    inv_zone_leave(zone);
}
