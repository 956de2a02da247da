
/*
 * store: what is known of the servers: whether a router answers for them, and
 * whether they are electing a primary.
 *
 * Runs on threads, those of the driver's among them.
 */


#include "inv_store_internal.h"


/* A replica set elects within its electionTimeoutMillis, by default this. */
#define INV_STORE_ELECTION_MS 10000


static void
inv_store_elects(inv_store_t *store)
{
    atomic_store(&store->electing, inv_time_monotonic());
}


void
inv_store_servers_hear(inv_store_t *store, int32_t code)
{
    /* a server by itself has nobody who is elected in its place */
    if (!atomic_load(&store->elects)) {
        return;
    }

    switch (code) {

    /* not the primary, or not any more: other members elect another */
    case 91:
    case 189:
    case 10058:
    case 10107:
    case 11600:
    case 11602:
    case 13435:
    case 13436:
        inv_store_elects(store);
    }
}


bool
inv_store_is_electing(inv_store_t *store)
{
    int64_t since;

    since = atomic_load(&store->electing);

    return since != 0 && inv_time_monotonic() - since < INV_STORE_ELECTION_MS;
}


/* A primary that is a member like others now: a planned step-down. */
static bool
inv_store_stepped_down(const char *before, const char *now)
{
    return strcmp(before, "RSPrimary") == 0
           && (strcmp(now, "RSSecondary") == 0 || strcmp(now, "RSOther") == 0);
}


/* Once a router or a member, always one: a lost one is of no type for a while. */
static void
inv_store_server_changed(const mongoc_apm_server_changed_t *event)
{
    const char  *before, *now;
    inv_store_t *store;

    store = mongoc_apm_server_changed_get_context(event);
    before = mongoc_server_description_type(
        mongoc_apm_server_changed_get_previous_description(event));
    now = mongoc_server_description_type(
        mongoc_apm_server_changed_get_new_description(event));

    if (strcmp(now, "Mongos") == 0 || strcmp(now, "LoadBalancer") == 0) {
        atomic_store(&store->routed, true);
        atomic_store(&store->elects, true);
    }

    if (strncmp(now, "RS", 2) == 0) {
        atomic_store(&store->elects, true);
    }

    if (inv_store_stepped_down(before, now)) {
        inv_store_elects(store);
    }
}


void
inv_store_servers_watch(mongoc_apm_callbacks_t *callbacks)
{
    mongoc_apm_set_server_changed_cb(callbacks, inv_store_server_changed);
}
