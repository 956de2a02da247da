
/*
 * model: the stock protocol as a state machine.
 *
 * One machine a worker process.  What somebody wants of a product goes in as
 * an action; what the database is to be asked comes out as steps; what it said
 * goes in again, or that nothing is known; and answers come out.  The machine
 * does no I/O, reads no clock and has no randomness of its own, so that the
 * lanes drive it with real servers and the simulator with one that misbehaves.
 *
 * One thread at a time (the event loop).  A step that was taken belongs to the
 * thread that carries it out until it is handed back; it only reads what it is
 * asked, the actions' inputs included.
 */


#ifndef INV_PROTOCOL_H
#define INV_PROTOCOL_H


#include "inv_header.h"
#include "inv_product.h"
#include "inv_stock.h"

#include <sys/queue.h>


typedef struct inv_protocol_s inv_protocol_t;
typedef struct inv_action_s   inv_action_t;
typedef struct inv_claim_s    inv_claim_t;
typedef struct inv_step_s     inv_step_t;
typedef struct inv_batch_s    inv_batch_t; /* the machine's own */

#define INV_CLAIM_ID  32                 /* SHA-256 of principal and key */
#define INV_PULLS_MAX INV_OUTBOX_OPS_MAX /* an entry holds one op at least */


/*
 * What became of an action.  All but the last five are answers that a key
 * keeps; after those of the last five nothing was applied and the key is open.
 */
typedef enum {
    INV_VERDICT_NONE, /* not settled */
    INV_VERDICT_OK,
    INV_VERDICT_NOT_FOUND,    /* no such product, or it is deleted */
    INV_VERDICT_OUT_OF_STOCK, /* available is set */
    INV_VERDICT_ABOVE_MAX,    /* likewise: it would pass INV_STOCK_MAX */
    INV_VERDICT_VERSION_CHANGED,
    INV_VERDICT_SKU_TAKEN,
    INV_VERDICT_IN_USE,      /* reserved > 0 */
    INV_VERDICT_UNAVAILABLE, /* MongoDB was not reached */
    INV_VERDICT_FAILED,      /* a definite error of the database's */
    INV_VERDICT_DAMAGED,     /* the product cannot be read as it is stored */
    INV_VERDICT_NO_MEMORY,
    INV_VERDICT_WITHDRAWN /* abandoned, and not applied */
} inv_verdict_t;

typedef enum {
    INV_ACTION_MOVE,   /* type and delta; shares a batch */
    INV_ACTION_EDIT,   /* PUT, PATCH: a batch of its own */
    INV_ACTION_DELETE, /* no entry: a statement of its own */
    INV_ACTION_CREATE  /* product is its new id */
} inv_action_kind_t;

/*
 * What somebody wants of one product.  Zeroed and owned by the one who submits
 * it, in place until it is settled.
 */
struct inv_action_s {
    /* In. */
    inv_action_kind_t  kind;
    inv_oid_t          product;
    inv_move_t         type;     /* MOVE */
    int64_t            delta;    /* MOVE: not 0 */
    const inv_match_t *if_match; /* NULL: none.  Not with a claim's CREATE */
    inv_claim_t       *claim;    /* NULL: un-keyed.  Not for EDIT, DELETE */
    unsigned           line;     /* with a claim: which of its actions */
    inv_time_t         at;
    inv_str_t          reference, reason, who, trace;
    void              *owner; /* the host's */

    /* Out, while settled runs. */
    inv_verdict_t verdict;
    int64_t       seq;       /* OK: of its movement; EDIT: 0 nothing written */
    int64_t       after;     /* OK: the stock after it */
    int64_t       version;   /* OK: of the product after it; 0: not known */
    int64_t       available; /* OUT_OF_STOCK, ABOVE_MAX: what refused it */
    bool          replayed;  /* OK: an earlier attempt had applied it */
    bool          undone;    /* WITHDRAWN: it had been applied, and is undone */

    /* The machine's; whoever carries a step out may read key. */
    inv_oid_t key;                  /* with a claim: its nonce and the line */
    TAILQ_ENTRY(inv_action_s) link; /* where it waits, or in its batch */
    TAILQ_ENTRY(inv_action_s) claim_link;
    inv_batch_t *batch;
    uint64_t     arrived;
    unsigned     place : 3; /* see inv_protocol_private.h */
    unsigned     sent : 1;  /* at least once: read it for "503 or 504" */
    unsigned     abandoned : 1;
    unsigned     doubtful : 1; /* an earlier attempt may have applied it */
    unsigned     fenced : 1;   /* doubtful, and the item was fenced since */
    unsigned     in_look : 1;  /* a step that is out looks for it */
    unsigned     ended : 1;    /* settled, to be told */
    unsigned     undo : 1;     /* it has become the undo of itself */
};


/* A place in the order of time.  The machine's own. */
typedef struct inv_wait_s inv_wait_t;

typedef void (*inv_wait_over_pt)(inv_protocol_t *protocol, void *owner,
                                 int64_t now);

struct inv_wait_s {
    int64_t          due; /* 0: does not wait */
    inv_wait_over_pt over;
    void            *owner;
    inv_wait_t      *child, *next, *before;
};


/*
 * What a claim turned out to be.  After each the actions that are not settled
 * are their owner's again, but for those that are sent: these are abandoned,
 * and settled later.
 */
typedef enum {
    INV_CLAIM_ANSWERED, /* answer is what to replay */
    INV_CLAIM_MISMATCH, /* the key was used for another request */
    INV_CLAIM_STORED,   /* the answer given to inv_claim_answer is kept */
    INV_CLAIM_LOST,     /* somebody else has taken the key over, and what was
                           refused here may be applied there; once all actions
                           are settled or its own, submit them all again */
    INV_CLAIM_FAILED,   /* the database cannot be asked; the key is open */
    INV_CLAIM_CLOSED    /* closed before, and may be freed now */
} inv_claim_news_t;

/* As it stands in the database. */
typedef struct {
    unsigned char id[INV_CLAIM_ID];
    unsigned char fingerprint[INV_CLAIM_ID];
    inv_oid_t     nonce;  /* the last two bytes are 0, for the line's number;
                             of a CREATE: the product's id */
    inv_oid_t     by;     /* the process that may act on it */
    int64_t       gen;    /* from 1: how often it changed hands */
    inv_time_t    at;     /* when it was made: a created product's createdAt */
    int           status; /* of the answer; 0: none yet */
    inv_str_t     answer; /* its body */
} inv_claim_record_t;

typedef TAILQ_HEAD(inv_actions_s, inv_action_s) inv_actions_t;

/*
 * The arbiter of a key.  Zeroed and owned by the one who opens it, in place
 * until it is closed; its actions are added in between.
 */
struct inv_claim_s {
    /* In: id, fingerprint, at; and nonce, which a record found may replace. */
    inv_claim_record_t record;
    int64_t patience_min; /* ms; whoever holds it is waited for so long: its
                             work takes long; 0: does not */
    int64_t patience_max; /* ms; whoever holds it is waited for no longer, for
                             nobody would be there any more; 0: as usual */

    /* The machine's. */
    inv_actions_t actions;         /* not yet settled */
    TAILQ_ENTRY(inv_claim_s) link; /* ready, or with news */
    inv_wait_t       wait;
    inv_oid_t        own;      /* the nonce that its owner gave it */
    uint64_t         checked;  /* stamp of the sending of what showed it ours */
    int64_t          patience; /* until then another's is waited for */
    int64_t          held;     /* the gen that was ours last */
    int64_t          took;     /* the gen of a takeover in doubt; 0: none */
    size_t           peeks;    /* actions that are being looked for */
    inv_claim_news_t news;
    inv_verdict_t    verdict; /* FAILED: why */
    unsigned         state : 4;
    unsigned         tries : 4;
    unsigned         polls : 4;
    unsigned         rounds : 4; /* that led to nothing, in a row */
    unsigned         ready : 1;
    unsigned         out : 1;     /* a step of it */
    unsigned         answers : 1; /* there is one to be stored */
    unsigned         told : 1;    /* news waits */
    unsigned         taken : 1;   /* from another: its actions are doubtful */
    unsigned         refused : 1; /* an action: true of this gen only */
    unsigned         closed : 1;
};


/* What is known of a product from a reply. */
typedef struct {
    bool    deleted;
    bool    later; /* version is of a later state than stock and seq */
    int64_t stock, reserved, seq, version, epoch;
    int64_t outbox_ops; /* the sum of to - from + 1 */
} inv_state_t;

/* One op of an entry. */
typedef struct {
    inv_move_t type;
    int64_t    delta;
    bool       has_key;
    inv_oid_t  key;
} inv_entry_op_t;

/* An entry as it stands in an outbox or in the ledger. */
typedef struct {
    inv_oid_t       product;
    inv_oid_t       batch;
    int64_t         from, to, after;
    size_t          nops;
    inv_entry_op_t *ops;     /* READ with keys, FENCE and LOOK only */
    void           *payload; /* OUTBOX and SWEEP: the whole of it */
} inv_entry_view_t;

/* An entry on its way to the ledger. */
typedef struct inv_transit_s {
    TAILQ_ENTRY(inv_transit_s) link;
    inv_oid_t  product;
    inv_oid_t  batch;
    int64_t    from, to, after;
    inv_time_t at;
    void      *payload;         /* the host's: the ops, or the whole */
    bool       whole;           /* payload is a whole entry, from an outbox */
    bool       stored, corrupt; /* reply of INSERT */
    bool       refused;         /* the same: by a definite error */
} inv_transit_t;


/* What the database is to be asked. */
typedef enum {

    /* Group STOCK. */
    INV_STEP_APPLY, /* the statement of a batch */
    INV_STEP_READ,  /* the document; with its outbox where keys is set */
    INV_STEP_FENCE, /* epoch + 1; the document with its outbox */
    INV_STEP_LOOK,  /* the ledger: entries of batches, or with keys */

    /* Group CATALOG; one step a job. */
    INV_STEP_EDIT,   /* read, merge, write where epoch and edits are as read */
    INV_STEP_DELETE, /* read, check, write where the epoch is as read */
    INV_STEP_CREATE, /* insert */
    INV_STEP_TOMBSTONE, /* insert a deleted product at a new product's id */

    /* Group CLAIM. */
    INV_STEP_CLAIM,  /* insert record */
    INV_STEP_RECALL, /* read it */
    INV_STEP_TAKE,   /* gen and by of record, where gen is one less and there is
                        no answer */
    INV_STEP_ANSWER, /* status and answer, where gen is as in record and there is
                        no answer */

    /* Group LEDGER. */
    INV_STEP_INSERT, /* entries into the ledger */
    INV_STEP_PULL,   /* batches out of one product's outbox */
    INV_STEP_OUTBOX, /* one product's outbox, whole entries */
    INV_STEP_SWEEP,  /* outboxes whose oldest entry is from before at */

    INV_STEPS
} inv_step_kind_t;

typedef enum {
    INV_GROUP_STOCK,
    INV_GROUP_CATALOG,
    INV_GROUP_CLAIM,
    INV_GROUP_LEDGER,
    INV_GROUPS
} inv_step_group_t;

typedef enum {
    INV_REPLY_DONE,        /* applied, found, stored: what the step asked */
    INV_REPLY_MISSED,      /* definitely not: nothing matched, none such,
                              a duplicate of CLAIM; APPLY: state may be set */
    INV_REPLY_REFUSED,     /* a definite error or refusal: see verdict */
    INV_REPLY_BUSY,        /* definitely not applied; try again */
    INV_REPLY_UNAVAILABLE, /* it was not sent */
    INV_REPLY_UNKNOWN      /* it may have been applied, or may yet be */
} inv_reply_kind_t;

struct inv_step_s {
    inv_step_kind_t kind;

    /* What came back; set by the one who carries it out. */
    inv_reply_kind_t   reply;
    inv_verdict_t      verdict;   /* REFUSED */
    bool               has_state; /* of state */
    bool               proven;    /* what is shown, or that there is nothing,
                                     was so after the step was sent: no write
                                     that was acknowledged before is missing */
    bool               full;      /* SWEEP: there is more */
    const char        *damaged;   /* where the product's document cannot be read
                                     (static); NULL: it can, or was not.  FENCE
                                     DONE: it is fenced, and has no state */
    inv_state_t        state;     /* APPLY, EDIT DONE: after it */
    inv_entry_view_t  *views;
    size_t             nviews;
    inv_claim_record_t found;   /* RECALL DONE */
    void              *payload; /* APPLY: the ops, for the ledger; EDIT and
                                   CREATE: likewise.  Goes to the machine */
    inv_arena_t       *arena;   /* of what came back; lives until all news of it
                                   are told; NULL: none */

    /*
     * For the host, the machine does not look at it: APPLY, EDIT and CREATE
     * that are DONE: the whole product as of state's version, in memory of the
     * one who carries it out.  NULL: not known, deleted, or cannot be read.
     */
    const inv_product_t *shown;

    /* What is asked. */
    int64_t            epoch;      /* APPLY: the guard */
    int64_t            need, room; /* APPLY: the stock's range */
    int64_t            sum;        /* APPLY: of deltas */
    int64_t            version;    /* APPLY: the guard, of If-Match */
    size_t             n;          /* APPLY: actions; LOOK: batches and keys */
    inv_action_t     **actions; /* APPLY in order; EDIT, DELETE, CREATE: one */
    inv_oid_t         *batches; /* LOOK, PULL, APPLY (to be pulled along) */
    size_t             nbatches;
    inv_oid_t         *keys; /* LOOK; READ: only whether there are any */
    size_t             nkeys;
    bool               proof;   /* READ: answers may be refused for what it
                                 shows, so its reply is to be proven */
    inv_transit_t    **entries; /* INSERT: of any products */
    size_t             nentries;
    inv_claim_record_t record; /* CLAIM, RECALL, TAKE, ANSWER */
    inv_time_t         at;     /* SWEEP (the host sets it) */
    inv_oid_t          product;
    inv_oid_t          batch;        /* APPLY, EDIT */
    bool               has_version;  /* APPLY: of version */
    bool               guards_epoch; /* APPLY, EDIT, DELETE: see the rules */
    bool               guards_edits; /* EDIT */
    bool               guards_stock; /* APPLY: need and room */
    bool               guards_live;  /* the same as epoch: not deleted */
    bool               guards_gen;   /* TAKE, ANSWER */

    /* The machine's. */
    bool         peeks; /* READ, LOOK: of what may have been applied before */
    inv_claim_t *claim;
    uint64_t     sent; /* stamp */
    TAILQ_ENTRY(inv_step_s) link;
};


typedef enum {
    INV_ALARM_CORRUPT, /* the ledger has another batch under an entry's id */
    INV_ALARM_KEPT,    /* applied, its client got an error, not undone */
    INV_ALARM_LOST     /* a move could not be undone: no such product; or a
                          change in doubt was given up */
} inv_alarm_t;

/* What the machine asks of the one who drives it.  They may call back in. */
typedef struct {
    void *ctx;

    /* The action's end: the host may free it. */
    void (*settled)(void *ctx, inv_action_t *action);

    /* News of a claim; while it is ours, its actions run by themselves. */
    void (*claimed)(void *ctx, inv_claim_t *claim, inv_claim_news_t news);

    /*
     * Before anybody is told: the product has this version at least; 0: it has
     * changed, nobody knows how far.
     */
    void (*changed)(void *ctx, inv_oid_t product, int64_t version);

    /* The version that the product has at least, as far as is known; 0: none. */
    int64_t (*floor)(void *ctx, inv_oid_t product);

    void (*alarm)(void *ctx, inv_alarm_t alarm, inv_oid_t product,
                  const inv_action_t *action);

    /* A payload is needed no more. */
    void (*release)(void *ctx, void *payload);

    void (*random)(void *ctx, void *out, size_t n);
} inv_protocol_host_t;

typedef struct {
    size_t batch_max;   /* actions in a batch: 1 to INV_BATCH_MAX */
    size_t group_max;   /* products in one APPLY job: 1 to 64 */
    size_t hot;         /* so many waiting actions: a product goes alone */
    size_t entries_max; /* on their way at once; more wait for the sweep */
    size_t idle_max;    /* products whose epoch is remembered */
} inv_protocol_limits_t;


/* NULL: no memory. */
inv_protocol_t *inv_protocol_create(const inv_protocol_host_t   *host,
                                    const inv_protocol_limits_t *limits);

/* Forgets everything; actions and claims stay their owners'. */
void inv_protocol_destroy(inv_protocol_t *protocol);

/*
 * All times are monotonic milliseconds, and never go back.
 *
 * Takes an action up.  With a claim it must have been opened.  False: no
 * memory, and the action stays the caller's.  settled is called once, later.
 */
bool inv_protocol_submit(inv_protocol_t *protocol, inv_action_t *action,
                         int64_t now);

/*
 * Nobody waits for the action any more, or its client was told of an error.
 * True: it is withdrawn, nothing was sent, and it is its owner's again.  False:
 * settled will be called; an un-keyed decrement is undone before that.
 */
bool inv_protocol_abandon(inv_protocol_t *protocol, inv_action_t *action,
                          int64_t now);

/*
 * An un-keyed action that was settled as applied, of which nobody was told: its
 * opposite is taken up in its place, and goes on until applied.  True: settled
 * will be called.  False: nothing was applied, it is none that can be undone, or
 * no memory.
 */
bool
inv_protocol_undo(inv_protocol_t *protocol, inv_action_t *action, int64_t now);

/* Has the machine got it, settled but not yet told included? */
static inline bool
inv_action_is_out(const inv_action_t *action)
{
    return action->place != 0;
}

/*
 * Opens a claim; its actions are submitted at once, they wait for it.  False:
 * no memory.
 */
bool inv_claim_open(inv_protocol_t *protocol, inv_claim_t *claim, int64_t now);

/*
 * All actions of a held claim are settled and this is what is to be kept; text
 * stays in place until STORED or FAILED.
 */
void inv_claim_answer(inv_protocol_t *protocol, inv_claim_t *claim, int status,
                      inv_str_t text, int64_t now);

/*
 * The owner needs it no more, and its actions are settled or its own.  True:
 * it may be freed now; false: after claimed(CLOSED), its last step is out.
 */
bool inv_claim_close(inv_protocol_t *protocol, inv_claim_t *claim);

/*
 * Takes what one job of a group is to carry out: steps of one kind, at most
 * max, in the order of product ids.  Returns how many.  What that settles, and
 * what was settled before, inv_protocol_tell tells.
 */
size_t inv_protocol_take(inv_protocol_t *protocol, inv_step_group_t group,
                         inv_step_t **steps, size_t max, int64_t now);

/*
 * Gives a step back with its reply; the machine frees it and what it holds.
 */
void
inv_protocol_reply(inv_protocol_t *protocol, inv_step_t *step, int64_t now);

/*
 * The same in two parts, so that a host can start its next job before it tells
 * what the last one brought: the step's memory lives until that is told.
 */
void
inv_protocol_accept(inv_protocol_t *protocol, inv_step_t *step, int64_t now);
void inv_protocol_tell(inv_protocol_t *protocol);

/*
 * Those that wait while a READ, FENCE or LOOK that was taken asks about their
 * product, for which this process keeps a state then.
 */
void inv_protocol_waiting(inv_protocol_t *protocol, inv_oid_t product,
                          void (*each)(inv_action_t *action));

/* Asks for one SWEEP step unless there is one. */
void inv_protocol_sweep(inv_protocol_t *protocol);

/* Lets pass what has waited until now; to be called when due. */
void inv_protocol_tick(inv_protocol_t *protocol, int64_t now);

/* When tick is to be called at last; INT64_MAX: nothing waits for time. */
int64_t inv_protocol_due(const inv_protocol_t *protocol);

/* The process is to end: what lingers lingers no more. */
void inv_protocol_hurry(inv_protocol_t *protocol, int64_t now);

/* Is anything unfinished: steps, actions, doubts, undos, entries? */
bool inv_protocol_busy(const inv_protocol_t *protocol);


/* Entries that this process knows of on their way from outboxes. */
typedef struct {
    size_t     waiting; /* not in the ledger yet */
    size_t     stored;  /* in the ledger, and to leave the outbox */
    inv_time_t oldest;  /* of those that wait: when it was made; 0: none */
} inv_protocol_entries_t;

/* Looks at each of them: not for every request. */
void inv_protocol_count_entries(const inv_protocol_t   *protocol,
                                inv_protocol_entries_t *entries);


#endif /* INV_PROTOCOL_H */
