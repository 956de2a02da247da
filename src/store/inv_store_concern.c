
/*
 * store: what a read asks of the server; see inv_store_concern.h.
 *
 * Runs on threads.
 */


#include "inv_store_concern.h"
#include "inv_store_time.h"


/*
 * For how long a server is not asked for what it has refused: a service that
 * does not have it would cost each read another round trip, and one that is
 * replaced by another server is noticed in that time.
 */
#define INV_CONCERN_AWAY_MS 60000

/*
 * How often a key that the server does not have is waited for, some 200 ms in
 * all: a new primary reads its keys in that time, another cluster never has it.
 */
#define INV_CONCERN_KEY_TRIES 8

#define INV_CODE_KEY_NOT_FOUND 211


/* In what order reads ask. */
static const inv_concern_t inv_store_concerns[2][INV_CONCERN_KINDS] = {
    { INV_CONCERN_AFTER, INV_CONCERN_LINEAR, INV_CONCERN_MAJORITY },
    { INV_CONCERN_LINEAR, INV_CONCERN_AFTER, INV_CONCERN_MAJORITY },
};

/* What the codes refuse; a read that fails for another reason fails again. */
static const struct {
    int32_t code;
    bool    level; /* linearizable too, else the time only */
} inv_store_refusals[] = {
    { 2, true },     /* BadValue: a level or a time that it does not know */
    { 9, true },     /* FailedToParse: likewise */
    { 20, true },    /* IllegalOperation: a standalone server has no time */
    { 72, true },    /* InvalidOptions: the time is ahead of its clock */
    { 115, true },   /* CommandNotSupported: of compatible services */
    { 123, true },   /* NotAReplicaSet: a standalone is not linearizable */
    { 204, false },  /* TimeProofMismatch: another cluster's clock */
    { 205, false },  /* ClusterTimeFailsRateLimiter: its clock is years ahead */
    { 238, true },   /* NotImplemented: of compatible services */
    { 303, true },   /* "not supported", Amazon DocumentDB's */
    { 40415, true }, /* IDLUnknownField: it has no such option */
};


inv_concern_t
inv_store_concern(inv_command_kind_t kind, unsigned i)
{
    return inv_store_concerns[kind == INV_COMMAND_PROOF][i];
}


bool
inv_store_concern_is_away(inv_store_t *store, inv_concern_t concern,
                          const inv_cluster_time_t *time)
{
    int64_t since;

    if (concern == INV_CONCERN_AFTER) {
        if (time->operation == 0) {
            return true;
        }

        if (time->operation < atomic_load(&store->refused_from)) {
            return false;
        }
    }

    since = atomic_load(&store->refused[concern]);

    return since != 0 && inv_time_monotonic() - since < INV_CONCERN_AWAY_MS;
}


bool
inv_store_concern_is_refused(inv_concern_t concern, int32_t code, unsigned nth)
{
    size_t i, n;

    if (concern == INV_CONCERN_MAJORITY) {
        return false;
    }

    if (code == INV_CODE_KEY_NOT_FOUND) {
        return concern == INV_CONCERN_AFTER && nth >= INV_CONCERN_KEY_TRIES;
    }

    n = sizeof(inv_store_refusals) / sizeof(inv_store_refusals[0]);

    for (i = 0; i < n; i++) {
        if (inv_store_refusals[i].code == code) {
            return concern == INV_CONCERN_AFTER || inv_store_refusals[i].level;
        }
    }

    return false;
}


void
inv_store_concern_settle(inv_store_link_t *link, unsigned refused,
                         const inv_cluster_time_t *time, const bson_t *reply)
{
    bool     forget;
    unsigned concern;

    /*
     * Not what a router has not heard of: it will, and other shards know it.
     * The time's own clock has not told it where the clock was lost.
     */
    forget = (refused & (1u << INV_CONCERN_AFTER)) != 0
             && (time->clock >= time->operation
                 || !atomic_load(&link->store->routed));

    if (refused & (1u << INV_CONCERN_AFTER)) {
        atomic_store(&link->store->refused_from, time->operation);
    }

    for (concern = 0; concern < INV_CONCERN_KINDS; concern++) {
        if (refused & (1u << concern)) {
            atomic_store(&link->store->refused[concern], inv_time_monotonic());
        }
    }

    /* what this reply told is none of what is forgotten */
    if (forget) {
        inv_store_time_forget(link->call, time);
        inv_store_time_hear(link, INV_COMMAND_READ, reply);
    }
}
