
/*
 * read, inside the room.  Event loop, but for the run functions.
 */


#ifndef INV_READ_PRIVATE_H
#define INV_READ_PRIVATE_H


#include "inv_read.h"


/* How long others wait for one worker: more than Redis and MongoDB take. */
#define INV_READ_HOLD_MS 500

/*
 * How long who could have a late copy waits for a new one: a MongoDB that hangs
 * is not known to be away.
 */
#define INV_READ_PATIENCE_MS 500


struct inv_reads_s {
    inv_read_options_t options;
    void              *fetches; /* by id, of <search.h>: those to be joined */
    ngx_queue_t        all;     /* every fetch */
    void              *pages;   /* likewise, of pages, by key */
    ngx_queue_t        refused; /* pages that are to be told so */
    int64_t            away_until; /* inv_time_monotonic: late copies are served
                                      without asking again */
};

/*
 * A copy that is kept for who waits: where MongoDB cannot be asked, or while
 * they are told.  On the heap, and view's body is text.
 */
typedef struct {
    inv_cache_view_t view;
    char             text[];
} inv_read_spare_t;

/* One product on its way. */
struct inv_fetch_s {
    inv_oid_t         id;
    inv_reads_t      *reads;
    ngx_queue_t       link;
    ngx_queue_t       readers;
    inv_cache_read_t *redis; /* while Redis is asked */
    inv_op_t         *op;    /* while MongoDB is asked */
    ngx_event_t       timer; /* while another worker is at it, or in between */
    ngx_event_t       patience; /* while somebody waits who could have a late
                                   copy */
    inv_read_spare_t *spare;    /* NULL: none */
    uint64_t          origin;   /* the zone's, when it began, or asked last */
    inv_lane_answer_t refused;
    inv_spent_t       spent;     /* but for what it waits for now */
    ngx_msec_t        since;     /* then: ngx_current_msec; but for op */
    unsigned          joins : 1; /* others may join: it is in reads->fetches */
    unsigned          holds : 1; /* this worker reads for all workers */
    unsigned          alone : 1; /* goes on though nobody waits: a refresh */
    unsigned          telling : 1; /* it ends by itself */
    unsigned          slow : 1;    /* a late copy is served meanwhile */
    unsigned late : 1; /* somebody joined when MongoDB had been asked */
};


/* inv_read.c */

/* An answer of OK; body absent: of NOT_FOUND. */
void inv_read_answer(inv_read_answer_t *answer, inv_read_from_t from,
                     int64_t version, inv_str_t body);

/* For metrics: somebody is told this. */
void inv_read_count(const inv_read_answer_t *answer);


/* inv_read_flight.c */

/*
 * One that may be joined at that origin of the zone: not one that began before
 * floors were lost.  NULL: none.
 */
inv_fetch_t *inv_fetch_find(inv_reads_t *reads, inv_oid_t id, uint64_t origin);

/* view: as things stand.  NULL: no memory. */
inv_fetch_t *inv_fetch_create(inv_reads_t *reads, inv_oid_t id,
                              const inv_cache_view_t *view);

/* Another who waits for it. */
void inv_fetch_add(inv_fetch_t *fetch, inv_reader_t *reader);

/* What the reader has waited for, as of now. */
void inv_fetch_account(const inv_fetch_t *fetch, inv_reader_t *reader);

/* What it waits for is there: Redis, its turn, or op, which is not NULL then. */
void inv_fetch_waited(inv_fetch_t *fetch, unsigned what, const inv_op_t *op);

/* A reader has left: it ends where nobody needs it. */
void inv_fetch_left(inv_fetch_t *fetch);

/* From then on others begin anew. */
void inv_fetch_part(inv_fetch_t *fetch);

/* This worker reads the product for all of them no more. */
void inv_fetch_release(inv_fetch_t *fetch);

/* Those who wait are told, but not who comes from now on; or it ends as well. */
void
inv_fetch_tell_readers(inv_fetch_t *fetch, const inv_read_answer_t *answer);
void inv_fetch_tell(inv_fetch_t *fetch, const inv_read_answer_t *answer);
void inv_fetch_free(inv_fetch_t *fetch);

/* The worker ends: nobody is told. */
void inv_fetch_end_all(inv_reads_t *reads);


/* inv_read_fetch.c */

/* Begins; what it ends with is told later, from the event loop. */
void inv_fetch_start(inv_fetch_t *fetch);

/* A product was read; text absent: there is none. */
void inv_fetch_stored(inv_fetch_t *fetch, int64_t version, inv_str_t text);

/* Nothing came of it.  error NULL: said already; damaged: see the answer's. */
void inv_fetch_failed(inv_fetch_t *fetch, inv_store_result_t result,
                      const char *error, bool damaged);


/* inv_read_late.c */

/* Some wait who could have a late copy: not for ever. */
void inv_fetch_hurry(inv_fetch_t *fetch);

/*
 * A copy that may be served because MongoDB cannot be asked; view: as the zone
 * has it.  False: there is none.
 */
bool inv_fetch_late(inv_fetch_t *fetch, inv_cache_view_t *view);

/*
 * Keeps what view has, in place of what was kept, and lets view have it from
 * there: the zone's bytes are another's as soon as one who is told asks for
 * anything.  False: no memory.
 */
bool inv_fetch_keep_spare(inv_fetch_t *fetch, inv_cache_view_t *view);

/* The answer for those who wait that a view has. */
void inv_fetch_found(inv_fetch_t *fetch, inv_read_from_t from,
                     inv_cache_view_t *view, inv_read_answer_t *answer);


/* inv_read_page.c */

/* The worker ends: nobody is told. */
void inv_page_end_all(inv_reads_t *reads);


/* inv_read_key.c */

/* The key of what is said by text, of that kind.  False: no memory. */
bool
inv_read_list_key(unsigned char kind, inv_str_t text, inv_shelf_key_t *key);


/* inv_read_store.c */

/* Asks MongoDB; OK: inv_fetch_stored comes later. */
inv_lane_answer_t inv_fetch_ask(inv_fetch_t *fetch);


#endif /* INV_READ_PRIVATE_H */
