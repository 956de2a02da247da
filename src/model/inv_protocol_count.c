
/*
 * model: the protocol's machine: how many entries it has on their way.
 */


#include "inv_protocol_private.h"


void
inv_protocol_count_entries(const inv_protocol_t   *p,
                           inv_protocol_entries_t *entries)
{
    const inv_parcel_t *parcel;

    entries->waiting = 0;
    entries->stored = 0;
    entries->oldest = 0;

    TAILQ_FOREACH(parcel, &p->parcels, all)
    {
        if (parcel->state == INV_PARCEL_STORED
            || parcel->state == INV_PARCEL_PULLING) {
            entries->stored++;
            continue;
        }

        entries->waiting++;

        /* of what a sweep has found it is not known */
        if (parcel->transit.at != 0
            && (entries->oldest == 0 || parcel->transit.at < entries->oldest))
        {
            entries->oldest = parcel->transit.at;
        }
    }
}
