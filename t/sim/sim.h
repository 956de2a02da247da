
/*
 * sim: the stock protocol's machine in a world that misbehaves.
 *
 * Several workers, each with a machine of its own, share nothing but a
 * simulated database.  Commands are lost, their replies are lost, they land
 * much later; workers stop, die and return.  Everything follows from a seed.
 * One thread; memory of a run is taken from one block and given back at its
 * end, so that nothing is freed in between.
 */


#ifndef SIM_H
#define SIM_H


#include "../../src/model/inv_protocol.h"
#include "../../src/model/inv_protocol_private.h"


#define SIM_PRODUCTS_MAX 512 /* those of creates included */
#define SIM_INITIAL_MAX  4   /* that are there from the beginning */
#define SIM_WORKERS_MAX  6
#define SIM_CLIENTS_MAX  24
#define SIM_LINES_MAX    4    /* actions of one request */
#define SIM_STEPS_MAX    16   /* in one job */
#define SIM_SKUS         3    /* 1 to 3; 0: none */
#define SIM_SEQS_MAX     4096 /* of one product, and its changes */
#define SIM_SHARDS_MAX   3    /* products, ledger, claims */

/* How many of its changes back a document can be read. */
#define SIM_PAST       32
#define SIM_CLAIM_PAST 8

#define SIM_MS     INT64_C(1000) /* time is in microseconds */
#define SIM_SECOND (1000 * SIM_MS)
#define SIM_NEVER  INT64_MAX

/* So long at most there are new requests. */
#define SIM_STORM (60 * SIM_SECOND)

/* After the last request: faults end, damage is mended, all has to rest. */
#define SIM_CALM     (2 * SIM_SECOND)
#define SIM_MEND     (20 * SIM_SECOND)
#define SIM_PATIENCE (3000 * SIM_SECOND)

typedef struct sim_s         sim_t;
typedef struct sim_product_s sim_product_t;
typedef struct sim_entry_s   sim_entry_t;
typedef struct sim_line_s    sim_line_t;
typedef struct sim_request_s sim_request_t;
typedef struct sim_try_s     sim_try_t;
typedef struct sim_waiter_s  sim_waiter_t;
typedef struct sim_worker_s  sim_worker_t;
typedef struct sim_command_s sim_command_t;
typedef struct sim_client_s  sim_client_t;


/* What a run is about. */
typedef enum {
    SIM_MODE_MIXED, /* anything */
    SIM_MODE_HOT_KEYS,
    SIM_MODE_HOT_CATALOG,
    SIM_MODES
} sim_mode_t;

/* What a seed decides before the run. */
typedef struct {
    sim_mode_t mode;
    unsigned   products, workers, nodes, clients, requests;
    unsigned   keyed;      /* percent of requests */
    unsigned   faults;     /* of 1000 commands */
    unsigned   late;       /* percent of faults that land arbitrarily later */
    unsigned   slow;       /* of 1000 commands: seconds, and answered */
    unsigned   crashes;    /* per 10 s and worker, times 100 */
    unsigned   pauses;     /* likewise */
    unsigned   ends;       /* likewise: QUIT and TERM */
    unsigned   catalog;    /* percent: edits, deletes, creates */
    unsigned   many;       /* percent of requests with several lines */
    unsigned   big;        /* percent of moves that want all there is */
    unsigned   impatient;  /* percent of requests with a short deadline */
    unsigned   duplicates; /* percent of keyed ones that are sent twice */
    unsigned   stock_jobs; /* of a worker at a time */
    unsigned   stale;      /* percent of reads that may be old */
    unsigned   shards;     /* clocks: 1 or SIM_SHARDS_MAX */
    bool       corrupts;
    int64_t    outbox_cap;
    int64_t    lifetime; /* ms; of a late command, at most */
    int64_t    pause;    /* between requests of a client, at most */
    int64_t    stock;
    inv_protocol_limits_t limits;
} sim_plan_t;


/* One op that a client wants, over all attempts. */
struct sim_line_s {
    sim_request_t    *request;
    unsigned          number;
    inv_action_kind_t kind;
    inv_move_t        type;
    int64_t           delta;
    sim_product_t    *product; /* CREATE: NULL until it is created */
    int64_t           version; /* If-Match; 0: none */
    bool              names, counts, sets;
    int64_t           name, counter, stock; /* EDIT, CREATE */
    unsigned          sku;

    /* The truth. */
    unsigned       applied, undone;
    sim_product_t *created;
    int64_t        seq, after;
    int64_t        landed; /* version after it */
    bool           settled;
    bool           kept, lost; /* alarms */
};

/* What a client was told of a line. */
typedef struct {
    int     verdict;
    int     padding; /* 0: answers are compared as bytes */
    int64_t seq, after, available;
} sim_result_t;

typedef struct {
    int          status; /* 0: none yet */
    int          n;
    sim_result_t results[SIM_LINES_MAX];
} sim_answer_t;

struct sim_request_s {
    sim_client_t *client;
    unsigned      number;
    unsigned      n;
    sim_line_t   *lines;
    bool          keyed;
    unsigned char fingerprint;
    bool          mismatched; /* its key was used for another request */
    unsigned      claim;      /* its key */
    int64_t       began;
    sim_answer_t  answer; /* the first below 500 */
    bool          failed; /* un-keyed: an error was told, or nobody waits */
    bool          died;   /* a worker died on it */
    unsigned      waiters;
    bool          started; /* a machine has had it */
    bool          over;    /* its client has gone on */
};

/* A claim from a time of its shard's on. */
typedef struct {
    int64_t            time;
    inv_claim_record_t record;
} sim_claim_past_t;

/* The claim of a key as it stands in the database. */
typedef struct {
    bool               exists;
    inv_claim_record_t record;
    sim_request_t     *request; /* whose key it is */
    sim_claim_past_t   pasts[SIM_CLAIM_PAST];
    size_t             npasts;
} sim_claim_t;


struct sim_entry_s {
    sim_product_t  *product;
    inv_oid_t       batch;
    int64_t         from, to, after, at;
    int64_t         time;  /* in the ledger: its shard's */
    bool            whole; /* it has landed */
    bool            foreign;
    unsigned        worker, life;
    size_t          n;
    inv_entry_op_t *ops;
    sim_line_t    **lines;
    bool           *undoes;
};

/* What the machine holds of an entry. */
typedef struct {
    sim_entry_t *entry;
    bool         whole, released;
} sim_payload_t;

/* A product from a time on, until the next moment. */
typedef struct {
    int64_t  time, stock, version;
    bool     live;
    unsigned sku;
} sim_moment_t;

typedef struct sim_past_s sim_past_t;

struct sim_product_s {
    unsigned      number;
    inv_oid_t     id;
    bool          exists, deleted, corrupt;
    int64_t       stock, reserved, seq, version, edits, epoch;
    int64_t       name, counter;
    unsigned      sku;
    sim_entry_t **outbox;
    size_t        noutbox;
    int64_t       outbox_ops;
    sim_entry_t **truth;  /* by seq */
    sim_entry_t **ledger; /* by to */
    sim_moment_t *moments;
    size_t        nmoments, seqs;
    sim_past_t   *pasts;
    size_t        npasts;
};

/* A product from a time of its shard's on, as a read would show it. */
struct sim_past_s {
    int64_t       time;
    sim_product_t image;
    sim_entry_t **outbox; /* the image's */
    size_t        size;   /* room for it, in bytes */
};


/* One statement: what lands at once. */
typedef struct {
    inv_step_kind_t    kind;
    sim_product_t     *product;
    int64_t            epoch, need, room, sum, version, edits;
    bool               guards_epoch, guards_edits, guards_stock, guards_gen;
    bool               has_version, guards_live;
    bool               proof; /* linearizable */
    sim_entry_t       *entry;
    sim_line_t        *line;
    inv_oid_t         *batches; /* to be pulled; LOOK */
    size_t             nbatches;
    inv_oid_t         *keys;
    size_t             nkeys;
    inv_claim_record_t record;
    int64_t            before; /* SWEEP */

    /* What came of it. */
    int64_t            time; /* its shard's: of a write, or of what is seen */
    inv_reply_kind_t   reply;
    inv_verdict_t      verdict;
    bool               has_state, proven;
    inv_state_t        state;
    inv_entry_view_t  *views;
    size_t             nviews;
    inv_claim_record_t found;
    sim_product_t      copy; /* of EDIT, DELETE: what was read */
    bool               stored, clash, full;
} sim_statement_t;

typedef void (*sim_landed_pt)(sim_t *sim, sim_command_t *command, size_t i);
typedef void (*sim_replied_pt)(sim_t *sim, sim_command_t *command,
                               inv_reply_kind_t reply);

/* Statements in one message; each lands at a time of its own. */
struct sim_command_s {
    unsigned         worker, life;
    int64_t          sent;
    size_t           n, landed;
    sim_statement_t *statements;
    sim_landed_pt    land;
    sim_replied_pt   replied;
    bool             writes;
    bool             answers;  /* what landed is told */
    inv_reply_kind_t reply;    /* else this */
    int64_t          latency;  /* one way */
    int64_t          after;    /* what it reads is not older */
    int64_t          cluster;  /* the greatest time that it has met */
    int64_t          operated; /* its reply's operationTime */
    size_t           cut;      /* statements from here on are lost */
    inv_step_t      *steps[SIM_STEPS_MAX];
    size_t           nsteps;
    inv_step_group_t group;
    sim_command_t   *before; /* whose reply let this one be sent */
};


/* One attempt of a request in a worker: what the HTTP side keeps of it. */
typedef struct {
    inv_action_t action; /* first */
    sim_line_t  *line;
    sim_try_t   *try;
    inv_match_t  match;
    char         etag[INV_ETAG_TEXT];
    bool         open;  /* the machine has it */
    int64_t      exact; /* version after it, as a reply has shown; 0: none */
} sim_action_t;

struct sim_try_s {
    TAILQ_ENTRY(sim_try_s) link;
    sim_worker_t  *worker;
    sim_request_t *request;
    inv_claim_t   *claim;
    sim_action_t  *actions;
    size_t         n, nopen;
    sim_waiter_t  *waiters;
    bool           answering; /* its answer is being kept */
    bool           closing;   /* once all its actions are its own */
    bool           abandoned;
    bool           lost; /* another has the key: all once more */
    sim_answer_t   answer;
};

/* A client at an attempt. */
struct sim_waiter_s {
    sim_waiter_t  *next;
    sim_request_t *request;
    sim_try_t     *try;
    bool           done;
    int64_t        began;
    sim_worker_t  *worker;
};

struct sim_client_s {
    unsigned       number;
    sim_request_t *request;
};

typedef TAILQ_HEAD(sim_tries_s, sim_try_s) sim_tries_t;
typedef TAILQ_HEAD(sim_steps_s, inv_step_s) sim_steps_t;

struct sim_worker_s {
    sim_t          *sim;
    unsigned        number, life, node;
    inv_protocol_t *machine;
    bool            pumping, ending;
    int64_t         ends;   /* at last; SIM_NEVER: once all is done */
    int64_t         paused; /* until then */
    unsigned        jobs[INV_GROUPS];
    int64_t         tick; /* for which an event is out */
    bool            ledger_failed;
    size_t          payloads;
    sim_tries_t     tries;
    sim_steps_t     steps;   /* out */
    int64_t         cluster; /* the greatest time that its driver knows */
    int64_t         floors[SIM_PRODUCTS_MAX];
    int64_t         known[SIM_PRODUCTS_MAX];  /* floors that it can tell */
    int64_t         fences[SIM_PRODUCTS_MAX]; /* the next at that time */
};


typedef enum {
    SIM_EVENT_LAND,
    SIM_EVENT_REPLY,
    SIM_EVENT_FAILED_REPLY,
    SIM_EVENT_CLIENT,
    SIM_EVENT_RETRY,
    SIM_EVENT_ARRIVE, /* a client's request, at a worker */
    SIM_EVENT_DEADLINE,
    SIM_EVENT_TICK,
    SIM_EVENT_SWEEP,
    SIM_EVENT_FATE, /* of a worker */
    SIM_EVENT_START,
    SIM_EVENT_ENDING,
    SIM_EVENT_WORLD
} sim_event_kind_t;

typedef struct {
    int64_t          time;
    uint64_t         order;
    sim_event_kind_t kind;
    unsigned         worker, life; /* life 0: whoever is alive */
    void            *subject;
} sim_event_t;

/* What happened, for people. */
typedef struct {
    int64_t       time;
    int           worker; /* -1: nobody's */
    const char   *what;
    int           product; /* -1: of none */
    unsigned char batch[2];
    int64_t       a, b, c;
} sim_note_t;

#define SIM_NOTES 16384 /* kept; a power of two */

typedef struct {
    uint64_t requests, actions, steps, commands, events, runs;
} sim_counts_t;

struct sim_s {
    uint64_t   seed, random;
    sim_mode_t mode; /* of all seeds; SIM_MODES: drawn */
    sim_plan_t plan;
    int64_t    now;
    bool       calm;  /* no faults from now on */
    int64_t    last;  /* when the last request was drawn; 0: not yet */
    unsigned   quiet; /* seconds since everything came to rest */
    bool       over;
    bool       trace;

    unsigned char *memory; /* of the run */
    size_t         used, size;

    sim_event_t *events;
    size_t       nevents, events_size;
    uint64_t     order;

    sim_product_t *products;
    unsigned       nproducts;
    sim_claim_t   *claims;
    sim_worker_t   workers[SIM_WORKERS_MAX];
    int64_t        clocks[SIM_SHARDS_MAX];
    int64_t        times[SIM_WORKERS_MAX]; /* operationTime, of each node */
    sim_client_t   clients[SIM_CLIENTS_MAX];
    sim_request_t *requests;
    unsigned       nrequests, nwaiters, nclaims;
    int64_t        names;
    size_t         nflying; /* commands that may still land or answer */
    bool           corrupted, alarmed;

    bool         failed;
    char         why[256];
    int          why_product;
    sim_note_t  *notes;
    uint64_t     nnotes;
    uint64_t     digest;
    sim_counts_t counts;
};


/* sim_world.c: a run. */
void sim_init(sim_t *sim);
void sim_free(sim_t *sim);

/* False: a check has failed, see why. */
bool  sim_run(sim_t *sim, uint64_t seed);
void *sim_alloc(sim_t *sim, size_t n);

/* An entry of one op, of nobody who is here. */
sim_entry_t *sim_entry(sim_t *sim, sim_product_t *product);

/* sim_rest.c: now and then: damage, the end of faults, and is it over? */
void sim_world_turn(sim_t *sim);

/* sim_plan.c */
void sim_plan_draw(sim_t *sim);

/* SIM_MODES: there is none of that name. */
sim_mode_t  sim_mode_find(const char *name);
const char *sim_mode_name(sim_mode_t mode);

/* sim_event.c */
void sim_at(sim_t *sim, int64_t time, sim_event_kind_t kind,
            const sim_worker_t *worker, void *subject);
bool sim_next(sim_t *sim, sim_event_t *event);

/* sim_trace.c */
void
sim_note(sim_t *sim, int worker, const char *what, const sim_product_t *product,
         const inv_oid_t *batch, int64_t a, int64_t b, int64_t c);
void sim_fail(sim_t *sim, const sim_product_t *product, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sim_tell(const sim_t *sim, unsigned n);

/* sim_past.c: a statement lands: it gets its time, and the shard hears of it. */
void
sim_past_lands(sim_t *sim, sim_command_t *command, sim_statement_t *statement);

/* A document has changed at that time. */
void sim_past_keep(sim_t *sim, sim_product_t *product, int64_t time);
void sim_past_keep_claim(sim_claim_t *claim, int64_t time);

/* What a read sees that sees the world of that time; NULL: nothing is there. */
const sim_product_t *
sim_past_product(const sim_product_t *product, int64_t time);
const inv_claim_record_t *
sim_past_claim(const sim_claim_t *claim, int64_t time);

/* sim_db.c: products.  Each function is one atomic step. */
sim_product_t *sim_db_find(sim_t *sim, inv_oid_t id);
sim_product_t *sim_db_new(sim_t *sim, inv_oid_t *id);
void           sim_db_place(sim_t *sim, sim_product_t *product);
void           sim_db_moment(sim_t *sim, sim_product_t *product);
void           sim_db_state(const sim_t *sim, const sim_product_t *product,
                            inv_state_t *state);
void sim_db_append(sim_t *sim, sim_product_t *product, sim_entry_t *entry,
                   int64_t sum);
void sim_db_pull(sim_t *sim, sim_product_t *product, const inv_oid_t *batches,
                 size_t n);
void sim_db_apply(sim_t *sim, sim_statement_t *statement);
void sim_db_read(sim_t *sim, sim_statement_t *statement, bool views);
void sim_db_show(sim_t *sim, sim_statement_t *statement,
                 const sim_product_t *product, bool views);
void sim_db_fence(sim_t *sim, sim_statement_t *statement);

/* sim_db_catalog.c */
void sim_db_edit(sim_t *sim, sim_statement_t *statement);
void sim_db_delete(sim_t *sim, sim_statement_t *statement);
void sim_db_create(sim_t *sim, sim_statement_t *statement);
void sim_db_tombstone(sim_t *sim, sim_statement_t *statement);

/* sim_db_claim.c */
unsigned sim_db_claim_number(const unsigned char *id);
void     sim_db_claim(sim_t *sim, sim_statement_t *statement);
void     sim_db_recall(sim_t *sim, sim_statement_t *statement);
void     sim_db_take(sim_t *sim, sim_statement_t *statement);
void     sim_db_answer(sim_t *sim, sim_statement_t *statement);

/* sim_db_ledger.c */
void sim_db_look(sim_t *sim, sim_statement_t *statement);
void sim_db_insert(sim_t *sim, sim_statement_t *statement);
void sim_db_outbox(sim_t *sim, sim_statement_t *statement);
void sim_db_sweep(sim_t *sim, sim_statement_t *statement);
void sim_db_view(const sim_entry_t *entry, inv_entry_view_t *view);
void sim_db_corrupt(sim_t *sim);
void sim_db_mend(sim_t *sim);

/* sim_net.c: what becomes of a command. */
void sim_net_send(sim_t *sim, sim_command_t *command);
void sim_net_land(sim_t *sim, sim_command_t *command);

/* sim_step.c: a thread's job: steps become a command. */
void sim_step_start(sim_t *sim, sim_worker_t *worker, inv_step_group_t group,
                    inv_step_t **steps, size_t n);

/* sim_statement.c: what is asked, in memory of its own. */
sim_command_t *sim_step_command(sim_t *sim, const sim_worker_t *worker,
                                inv_step_group_t group, size_t n);
sim_command_t *sim_step_inserts(sim_t *sim, const sim_worker_t *worker,
                                inv_step_t **steps, size_t nsteps);
void           sim_step_copy(sim_t *sim, const sim_worker_t *worker,
                             const inv_step_t *step, sim_statement_t *statement);

/* sim_land.c: the ith statement of a command lands. */
void sim_step_land(sim_t *sim, sim_command_t *command, size_t i);
void sim_step_land_read(sim_t *sim, sim_command_t *command, size_t i);

/* sim_reply.c: a command is answered: what follows, or the end of its job. */
sim_payload_t *sim_payload(sim_t *sim, sim_entry_t *entry, bool whole);
void
sim_step_applied(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply);
void sim_step_write(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply);
void sim_step_reply(sim_t *sim, sim_command_t *command, inv_reply_kind_t reply);

/* sim_host.c */
void sim_host_fill(sim_worker_t *worker, inv_protocol_host_t *host);

/* sim_worker.c */
void sim_worker_start(sim_t *sim, sim_worker_t *worker);
void sim_worker_kill(sim_t *sim, sim_worker_t *worker);
void sim_worker_forget(sim_worker_t *worker);
void sim_worker_end(sim_t *sim, sim_worker_t *worker);
void sim_worker_ended(sim_t *sim, sim_worker_t *worker);
void sim_worker_fate(sim_t *sim, sim_worker_t *worker);
void sim_worker_tick(sim_t *sim, sim_worker_t *worker);
void sim_worker_sweep(sim_t *sim, sim_worker_t *worker);
void sim_worker_pump(sim_worker_t *worker);
bool sim_worker_serves(const sim_worker_t *worker);

static inline int64_t
sim_ms(const sim_t *sim)
{
    return sim->now / SIM_MS;
}

/* sim_try.c: clients come and go. */
void sim_try_join(sim_t *sim, sim_worker_t *worker, sim_waiter_t *waiter);
void sim_try_leave(sim_t *sim, sim_waiter_t *waiter);
void sim_try_died(sim_t *sim, sim_try_t *try);
void sim_try_action(sim_try_t *try, size_t i);
void sim_try_submit(sim_try_t *try);

/* Takes back what has not been sent; what has been is settled later. */
void sim_try_reclaim(sim_try_t *try);

/* Once all actions are its own. */
void sim_try_close(sim_try_t *try);
void sim_try_free(sim_try_t *try);

/* sim_end.c: what the machine says of them. */
void sim_try_settled(sim_worker_t *worker, inv_action_t *action);
void sim_try_claimed(sim_worker_t *worker, inv_claim_t *claim,
                     inv_claim_news_t news);

/* sim_client.c */
void sim_client_wake(sim_t *sim, sim_client_t *client);
void sim_client_retry(sim_t *sim, sim_request_t *request);

/* answer NULL: the connection was cut. */
void
sim_client_told(sim_t *sim, sim_waiter_t *waiter, const sim_answer_t *answer);

/* sim_request.c */
sim_request_t *sim_request_draw(sim_t *sim, sim_client_t *client);

/* sim_check.c: what lands, and what is settled. */
void sim_check_landed(sim_t *sim, const sim_entry_t *entry);
void sim_check_settled(sim_t *sim, sim_worker_t *worker, sim_action_t *action);

/* sim_check_version.c: what a reply has shown, and what is said of it. */
void sim_check_shown(const inv_step_t *step);
void sim_check_version(sim_t *sim, const sim_worker_t *worker,
                       const sim_action_t *own, const sim_product_t *product);

/* sim_check_told.c */
void sim_check_answer(sim_t *sim, const sim_waiter_t *waiter,
                      const sim_answer_t *answer);

/* sim_check_end.c */
void sim_check_end(sim_t *sim);

/* sim_rules.c: TAP; false: a rule was not missed. */
bool sim_rules(sim_t *sim, uint64_t seed, unsigned runs, const char *only);

/* Leaves a rule out from now on; false: there is none of that name. */
bool sim_rule_switch(const char *name);


/* 64 bits: xorshift*. */
static inline uint64_t
sim_bits(sim_t *sim)
{
    uint64_t x = sim->random;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    sim->random = x;

    return x * UINT64_C(2685821657736338717);
}

/* 0 to n - 1, n from 1. */
static inline int64_t
sim_draw(sim_t *sim, int64_t n)
{
    return (int64_t) ((sim_bits(sim) >> 16) % (uint64_t) n);
}

static inline bool
sim_percent(sim_t *sim, unsigned percent)
{
    return sim_draw(sim, 100) < (int64_t) percent;
}


#endif /* SIM_H */
