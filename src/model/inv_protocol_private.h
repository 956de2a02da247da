
/*
 * model: the parts of the protocol's machine, see inv_protocol.h.
 *
 * An item is a product that the machine has to do with: what waits for it, the
 * one step about it that is out, and its entries on their way to the ledger.
 */


#ifndef INV_PROTOCOL_PRIVATE_H
#define INV_PROTOCOL_PRIVATE_H


#include "inv_protocol.h"
#include "inv_protocol_rules.h"
#include "inv_stock_plan.h"


/*
 * Between fences of one product: they disturb the batches of all workers.
 * Doubled with each fence after which nothing could be told of the product's
 * statements again, this often.
 */
#define INV_FENCE_PAUSE_MS  100
#define INV_FENCE_DOUBLINGS 3

/* Before something that was not reached or gave way is tried again. */
#define INV_AGAIN_MIN_MS 2
#define INV_AGAIN_MAX_MS 1000

/*
 * Reads in a row that show less than what was acknowledged, before they are
 * believed: about a second.  The database is the truth: it may have been
 * restored from a backup.
 */
#define INV_OLD_READS_MAX 10

/*
 * Before something that was refused is: somebody has to mend it first.  A new
 * action does not wait for that.
 */
#define INV_REFUSED_MAX_MS 60000

/*
 * So often a fence or a look is refused before what is in doubt, and told to
 * nobody, is given up: after a minute or some.
 */
#define INV_DOUBT_REFUSALS_MAX 16

/*
 * How long an entry in the ledger waits for a batch that takes it along, which
 * costs nothing: a pull of its own is one more change of the product.  Well
 * below the age at which others sweep it up.
 */
#define INV_PULL_LINGER_MS 1000

/* Doubled with each pull that fails, up to a minute. */
#define INV_PULL_DOUBLINGS 6

/*
 * How long an entry waits for others to go into the ledger with: one by one
 * they cost as much as the changes themselves.  Many ops do not wait: an outbox
 * that grows costs more.
 */
#define INV_INSERT_LINGER_MS   10
#define INV_INSERT_OPS_AT_ONCE 16

/* How long the first holder of a key is waited for; times gen. */
#define INV_CLAIM_PATIENCE_MS     500
#define INV_CLAIM_PATIENCE_MAX_MS 4000

/* Keys that one look asks for: a query of some KiB. */
#define INV_LOOK_MAX 256


/* Where an action is. */
enum {
    INV_AT_NONE,    /* not the machine's */
    INV_AT_CLAIM,   /* its claim is not held, or is being verified */
    INV_AT_ITEM,    /* waits in an item */
    INV_AT_BATCH,   /* sent, perhaps in doubt */
    INV_AT_PEEK,    /* an item looks whether it has been applied already */
    INV_AT_SETTLED, /* to be told */
};

/* What a claim is about. */
enum {
    INV_CLAIM_NEW,     /* to be inserted */
    INV_CLAIM_ASK,     /* somebody has it: to be read */
    INV_CLAIM_PEEKING, /* its actions are being looked for */
    INV_CLAIM_PATIENT, /* somebody has it, who may still be at it */
    INV_CLAIM_TAKING,  /* over from somebody */
    INV_CLAIM_MINE,    /* held */
    INV_CLAIM_VERIFY,  /* held, as far as is known */
    INV_CLAIM_STORE,   /* its answer is to be stored */
    INV_CLAIM_RECHECK, /* which answer is stored */
    INV_CLAIM_OVER
};


typedef struct inv_item_s   inv_item_t;
typedef struct inv_parcel_s inv_parcel_t;

typedef TAILQ_HEAD(inv_items_s, inv_item_s) inv_items_t;
typedef TAILQ_HEAD(inv_parcels_s, inv_parcel_s) inv_parcels_t;
typedef TAILQ_HEAD(inv_claims_s, inv_claim_s) inv_claims_t;

/* What was sent as one statement. */
struct inv_batch_s {
    inv_oid_t         id;
    inv_action_kind_t kind;
    inv_actions_t     actions; /* in order */
    inv_stock_plan_t  plan;
    inv_time_t        at;
    void             *payload;
    bool              in_doubt; /* a reply was lost */
};

/* An entry on its way to the ledger. */
typedef enum {
    INV_PARCEL_WAITS,     /* to be inserted */
    INV_PARCEL_INSERTING, /* a step is out */
    INV_PARCEL_STORED,    /* to be pulled */
    INV_PARCEL_PULLING    /* a step is out */
} inv_parcel_state_t;

struct inv_parcel_s {
    inv_transit_t      transit; /* first: steps point to it */
    inv_parcel_state_t state;
    inv_item_t        *item;
    TAILQ_ENTRY(inv_parcel_s) link; /* in its item */
    TAILQ_ENTRY(inv_parcel_s) next; /* in the order of insertion */
    TAILQ_ENTRY(inv_parcel_s) all;
};

struct inv_item_s {
    inv_oid_t id;                 /* first: the table's key */
    TAILQ_ENTRY(inv_item_s) link; /* ready or idle */
    int      ready;               /* group + 1; 0: not ready, -1: idle */
    int64_t  epoch;
    uint64_t learned; /* stamp of when */

    inv_actions_t waiting;
    size_t        nwaiting;
    size_t        ndoubtful; /* of them */
    inv_actions_t peeks;
    inv_batch_t  *batch; /* out, or in doubt */
    inv_step_t   *step;  /* in group STOCK or CATALOG: out */

    /* What the last reply showed; used at once, or as a hint. */
    inv_state_t state;
    bool        has_state; /* and there is such a product */
    bool        gone;      /* seen: there is none, or it is deleted */
    bool        proven;    /* as a step's: refusals may rest on it */
    unsigned    olds;      /* reads in a row that were older than the floor */
    bool        fresh;     /* read, and nothing was sent since */
    bool        reads;     /* to be read before anything else */
    uint64_t    read_at;   /* stamp of the sending of what showed it */

    bool          looks;       /* fenced: the ledger is to be asked for the
                                  batch and all that is doubtful */
    bool          peek_looks;  /* the same for peeks, after a read */
    bool          tombstones;  /* a CREATE is to be made impossible */
    inv_verdict_t refusal;     /* what it is told after that; NONE: nothing */
    unsigned      misses;      /* in a row */
    int64_t       fence_after; /* the next fence, earliest */

    inv_wait_t wait; /* before the next step */
    unsigned   tries;
    unsigned   fences;   /* in a row */
    unsigned   refusals; /* of fences and looks, in a row */
    unsigned   reliefs;  /* OUTBOX steps in a row that made no room */
    unsigned   pulls;    /* PULL steps in a row that failed */
    bool       slow;     /* wait is for somebody who mends it */

    /* Entries. */
    inv_parcels_t parcels;
    int64_t       parcel_ops; /* in parcels that cannot be pulled along yet */
    size_t        nstored;
    inv_wait_t    linger;  /* until stored ones are pulled by a step */
    bool          full;    /* waits for room in the outbox */
    bool          corrupt; /* nothing of it may be pulled */
    TAILQ_ENTRY(inv_item_s) drain_link;
    int      drain;  /* in pulls, in outboxes, or in neither */
    unsigned drains; /* steps of group LEDGER that are out */
};

struct inv_protocol_s {
    inv_protocol_host_t   host;
    inv_protocol_limits_t limits;
    inv_oid_t             by;
    uint64_t              stamp;

    void        *items; /* tsearch, by id */
    inv_items_t  ready[INV_GROUPS];
    inv_items_t  idle; /* the longest unused first */
    size_t       nidle;
    inv_claims_t claims; /* ready */
    inv_wait_t  *waits;  /* the earliest, and behind it the others */

    inv_parcels_t inserts; /* WAITS, in order */
    inv_parcels_t parcels; /* all, in any state */
    size_t        nparcels;
    inv_wait_t    insert_wait;
    unsigned      insert_tries;
    inv_items_t   pulls;    /* to be pulled */
    inv_items_t   outboxes; /* to be read */
    bool          sweep;    /* wanted */
    inv_oid_t     swept;    /* up to here */
    bool          sweeping; /* a step is out */

    TAILQ_HEAD(inv_steps_s, inv_step_s) spent; /* freed once all is told */
    inv_actions_t settled;                     /* to be told */
    inv_claims_t  news;
    bool          telling;
    bool          hurries;

    size_t nactions;    /* not settled */
    size_t nsteps;      /* out */
    bool   drains_last; /* whose turn it is: inserts or the others */
};


/* inv_protocol_table.c: items, steps. */

/* The item of a product, made if there is none.  NULL: no memory. */
inv_item_t *inv_item_get(inv_protocol_t *p, inv_oid_t id);

/* Puts it where it belongs: ready in a group, idle, or neither. */
void inv_item_place(inv_protocol_t *p, inv_item_t *item, int64_t now);

void inv_item_free_all(inv_protocol_t *p);


/* A step of a kind; NULL: no memory.  Freed with what hangs on it. */
inv_step_t *inv_step_create(inv_protocol_t *p, inv_step_kind_t kind);
void        inv_step_free(inv_protocol_t *p, inv_step_t *step);


/* In the order of products, in which no two jobs block each other. */
void inv_steps_sort(inv_step_t **steps, size_t n);


/* inv_protocol_time.c: what waits for time, and for how long. */

/* Waits until due; a wait that is on is moved. */
void inv_wait_set(inv_protocol_t *p, inv_wait_t *wait, int64_t due);
void inv_wait_clear(inv_protocol_t *p, inv_wait_t *wait);

/* Ends all waits that are for this. */
void inv_wait_all(inv_protocol_t *p, inv_wait_over_pt over, int64_t now);

/* A pause before the nth try (from 0): 2 ms to max, with full jitter. */
int64_t inv_again_ms(inv_protocol_t *p, unsigned nth, int64_t max);

/* 0 to n - 1, n from 1. */
int64_t inv_draw(inv_protocol_t *p, int64_t n);


/* inv_protocol_item.c: what an item wants next. */

/* INV_STEPS: nothing now. */
inv_step_kind_t inv_item_wants(inv_item_t *item);

/* The step; NULL: there is nothing to be sent after all, or no memory. */
inv_step_t *inv_item_step(inv_protocol_t *p, inv_item_t *item,
                          inv_step_kind_t kind, int64_t now);

void inv_item_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                    int64_t now);

/* Not reached: waits, longer each time. */
void inv_item_later(inv_protocol_t *p, inv_item_t *item, int64_t now);

/* The same after a reply that told nothing: REFUSED waits longer still. */
void inv_item_failed(inv_protocol_t *p, inv_item_t *item,
                     const inv_step_t *step, int64_t now);

/* Contended: gives way, longer each time, but for the first few times. */
void inv_item_missed(inv_protocol_t *p, inv_item_t *item, int64_t now);

/* Tells those that can be told so that it failed, and waits. */
void inv_item_unread(inv_protocol_t *p, inv_item_t *item,
                     const inv_step_t *step, int64_t now);

/* Takes what a reply shows of the document. */
void
inv_item_learn(inv_protocol_t *p, inv_item_t *item, const inv_step_t *step);


/* inv_protocol_batch.c: batches of moves. */

inv_step_t *inv_batch_send(inv_protocol_t *p, inv_item_t *item, int64_t now);
void inv_batch_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                     int64_t now);

/* A batch of one action, for a statement of its own.  NULL: no memory. */
inv_batch_t *
inv_batch_single(inv_protocol_t *p, inv_item_t *item, inv_action_t *action);

/*
 * It was applied as this entry.  version: of the product, at least; exact: it
 * is the one after this entry.  0: not known.
 */
void inv_batch_applied(inv_protocol_t *p, inv_item_t *item, int64_t to,
                       int64_t after, int64_t version, bool exact,
                       bool in_ledger, int64_t now);

/* It was not, and never will be: its actions wait again, or are settled. */
void inv_batch_back(inv_protocol_t *p, inv_item_t *item);
void
inv_batch_refuse(inv_protocol_t *p, inv_item_t *item, inv_verdict_t verdict);
void inv_batch_free(inv_protocol_t *p, inv_item_t *item);

/* After a read: settles those that do not fit by themselves. */
void inv_batch_judge(inv_protocol_t *p, inv_item_t *item);


/* inv_protocol_doubt.c: fences, looks, peeks. */

inv_step_t *inv_doubt_look(inv_protocol_t *p, inv_item_t *item);
void inv_doubt_fenced(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                      int64_t now);
void inv_doubt_looked(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                      int64_t now);
void inv_peek_read(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                   int64_t now);


/* inv_protocol_solo.c: edits, deletes, creates. */

inv_step_t      *
inv_solo_send(inv_protocol_t *p, inv_item_t *item, inv_step_kind_t kind);
void inv_solo_reply(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                    int64_t now);

/* Fenced: what became of a DELETE in doubt. */
void inv_solo_fenced(inv_protocol_t *p, inv_item_t *item, inv_step_t *step,
                     int64_t now);


/* inv_protocol_action.c: the ends of actions. */

void inv_action_enqueue(inv_protocol_t *p, inv_item_t *item,
                        inv_action_t *action, bool first);
void inv_action_dequeue(inv_item_t *item, inv_action_t *action);
void inv_action_settle(inv_protocol_t *p, inv_action_t *action,
                       inv_verdict_t verdict);

/* It was applied: settled, or turned into its undo where nobody waits. */
void
inv_action_applied(inv_protocol_t *p, inv_item_t *item, inv_action_t *action,
                   int64_t seq, int64_t after, int64_t version);

/* Whether it is for certain versions only. */
static inline bool
inv_action_matches(const inv_action_t *action)
{
    return action->if_match != NULL && action->if_match->kind == INV_MATCH_LIST;
}

/*
 * Whether it is to be looked for before it is sent.  A create is not: it is
 * sent under the same id again, at which the first attempt is, or is not.
 */
static inline bool
inv_action_is_doubtful(const inv_action_t *action)
{
    return action->doubtful && action->kind != INV_ACTION_CREATE;
}

/* The key of its line. */
inv_oid_t inv_action_key(const inv_action_t *action);


/* Frees the steps of which everything is told. */
void inv_protocol_forget(inv_protocol_t *p);


/* In which list an item is. */
enum {
    INV_DRAIN_NONE,
    INV_DRAIN_PULL,
    INV_DRAIN_OUTBOX
};

/* inv_protocol_parcel.c: what is known of each entry. */

inv_parcel_t *inv_parcel_find(const inv_item_t *item, inv_oid_t batch);

/* NULL: too many, or no memory; the sweep will find it.  Takes payload. */
inv_parcel_t *
inv_parcel_create(inv_protocol_t *p, inv_item_t *item, void *payload);

int64_t inv_parcel_ops(const inv_parcel_t *parcel);

/* What an INSERT has brought: it is in the ledger, or something else is. */
void inv_parcel_stored(inv_protocol_t *p, inv_parcel_t *parcel, int64_t now);
void inv_parcel_corrupt(inv_protocol_t *p, inv_parcel_t *parcel);

/* Puts an item into a list, and out of the other. */
void inv_drain_list(inv_protocol_t *p, inv_item_t *item, int list);

/* What waited for room may look whether there is some. */
void inv_drain_ready(inv_protocol_t *p, inv_item_t *item, int64_t now);


/* inv_protocol_drain.c: entries into the ledger, and out of the outbox. */

/* An applied batch of ours; takes its payload. */
void inv_drain_own(inv_protocol_t *p, inv_item_t *item, inv_oid_t batch,
                   int64_t from, int64_t to, int64_t after, inv_time_t at,
                   void *payload, int64_t now);

size_t
inv_drain_take(inv_protocol_t *p, inv_step_t **steps, size_t max, int64_t now);
void inv_drain_reply(inv_protocol_t *p, inv_step_t *step, int64_t now);

/* Lets a batch take along what is stored.  False: no memory. */
bool inv_drain_along(inv_item_t *item, inv_step_t *step);

/* What was taken along is pulled, or is not. */
void inv_drain_pulled(inv_protocol_t *p, inv_item_t *item,
                      const inv_step_t *step, bool done, int64_t now);

/* The outbox has no room: what is in it is drained first. */
void inv_drain_relieve(inv_protocol_t *p, inv_item_t *item, int64_t now);

void inv_drain_free(inv_protocol_t *p, inv_parcel_t *parcel);

/* Whether stored ones are due to be pulled by a step of their own. */
void inv_drain_linger_over(inv_protocol_t *p, void *item, int64_t now);
void inv_drain_insert_over(inv_protocol_t *p, void *owner, int64_t now);


/* inv_protocol_claim*.c: keys. */

/* Wants this state's step. */
void inv_claim_ready(inv_protocol_t *p, inv_claim_t *claim, int state);

/* The same once more, after a while. */
void inv_claim_again(inv_protocol_t *p, inv_claim_t *claim, int64_t now);

/* Another state's step; after a while where it goes round in circles. */
void
inv_claim_round(inv_protocol_t *p, inv_claim_t *claim, int state, int64_t now);

/* Its actions are their owner's again, but for those that are sent. */
void inv_claim_tell(inv_protocol_t *p, inv_claim_t *claim,
                    inv_claim_news_t news, int64_t now);
void inv_claim_fail(inv_protocol_t *p, inv_claim_t *claim,
                    inv_verdict_t verdict, int64_t now);

/* It is ours: what waited for that may go, as doubtful as the claim. */
void inv_claim_mine(inv_protocol_t *p, inv_claim_t *claim,
                    const inv_step_t *step, int64_t now);

/* The record as it stands: ours, answered, or somebody's. */
void inv_claim_found(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                     int64_t now);

/* The write of the answer has met something else. */
void inv_claim_checked(inv_protocol_t *p, inv_claim_t *claim, inv_step_t *step,
                       int64_t now);


size_t
inv_claims_take(inv_protocol_t *p, inv_step_t **steps, size_t max, int64_t now);
void inv_claim_reply(inv_protocol_t *p, inv_step_t *step, int64_t now);

/* Whether an action may be sent at its item's epoch; false: to be verified. */
bool
inv_claim_allows(inv_protocol_t *p, inv_item_t *item, inv_action_t *action);

/* An action of it has been looked for, found or not. */
void inv_claim_peeked(inv_protocol_t *p, inv_claim_t *claim, int64_t now);

void inv_claim_add(inv_protocol_t *p, inv_action_t *action, int64_t now);


#endif /* INV_PROTOCOL_PRIVATE_H */
