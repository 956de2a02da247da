
/*
 * http: the module's face: configuration, requests, replies.
 *
 * Event loop only.  A request comes in by its location's face (a route table),
 * is waited for in a lane or in Redis, and leaves by one reply function.
 */


#ifndef INV_HTTP_H
#define INV_HTTP_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../cache/inv_cache.h"
#include "../lane/inv_engine.h"
#include "../read/inv_read.h"


typedef struct inv_request_s inv_request_t;
typedef struct inv_worker_s  inv_worker_t;
typedef struct inv_face_s    inv_face_t;
typedef struct inv_docs_s    inv_docs_t;


/* Configuration; read-only while serving. */
typedef struct {
    ngx_str_t          mongo;     /* NUL-terminated */
    inv_redis_url_t   *redis;     /* NULL: off */
    ngx_uint_t         nredis;    /* servers; 0: off */
    ngx_ssl_t         *redis_ssl; /* NULL: no server asks for TLS */
    ngx_str_t          redis_ssl_trusted_certificate;
    ngx_str_t          redis_ssl_certificate;
    ngx_str_t          redis_ssl_certificate_key;
    size_t             zone_size;
    ngx_shm_zone_t    *zone;
    ngx_shm_zone_t    *metrics;        /* of inventory_metrics */
    ngx_msec_t         local_lifetime; /* 0: off */
    ngx_msec_t         redis_lifetime; /* 0: off */
    ngx_msec_t         stale;          /* after it; 0: off */
    ngx_uint_t         batch_max;      /* operations in one statement */
    inv_str_t          key_prefix; /* of our keys in Redis, with the database */
    ngx_thread_pool_t *pool;
    ngx_msec_t         longest_timeout; /* of all locations */
    unsigned           used : 1;        /* a location has a face */
} inv_main_conf_t;

typedef struct {
    const inv_face_t         *face;   /* NULL: not ours */
    ngx_str_t                 prefix; /* of the location, no trailing slash */
    ngx_str_t                 prefix_uri; /* the same as a part of a URI */
    const inv_docs_t         *docs;       /* of inventory_docs */
    ngx_msec_t                timeout;
    ngx_http_complex_value_t *principal;
    ngx_flag_t                admin;    /* paths below admin/ are served */
    ngx_msec_t                slow;     /* inventory_slow; 0: off */
    size_t                    deep_log; /* most bytes of a body; 0: off */
    ngx_array_t              *masks;    /* inv_str_t, folded; NULL: none */
} inv_loc_conf_t;

extern ngx_module_t ngx_inventory_module;


/* What a body may be. */
typedef enum {
    INV_BODY_NONE,     /* discarded */
    INV_BODY_JSON,     /* application/json, required */
    INV_BODY_OPTIONAL, /* application/json, or nothing at all */
    INV_BODY_PATCH     /* application/json or application/merge-patch+json */
} inv_body_t;

/* Called when the body is there; ends in exactly one inv_reply_ call. */
typedef void (*inv_handler_pt)(inv_request_t *rq, const inv_json_t *body);

typedef struct {
    ngx_uint_t     method; /* NGX_HTTP_GET also serves HEAD; 0: end */
    inv_body_t     body;
    inv_handler_pt start;
} inv_method_t;

#define INV_ROUTE_METHODS 5

/*
 * {id} in a path stands for a product's id, {sku} at its end for a sku.  What is
 * below "/admin/" is served only where inventory_admin is on.
 */
typedef struct {
    inv_str_t    path; /* below the prefix, e.g. "/products/{id}" */
    inv_method_t methods[INV_ROUTE_METHODS];
} inv_route_t;

struct inv_face_s {
    const inv_route_t *routes;
    size_t             nroutes;
};

extern const inv_face_t inv_face_api;
extern const inv_face_t inv_face_health;
extern const inv_face_t inv_face_metrics;
extern const inv_face_t inv_face_docs;

/* Content handler of every location with a face. */
ngx_int_t inv_http_handler(ngx_http_request_t *r);


/* One request on its way; lives in the request's pool. */
struct inv_request_s {
    ngx_http_request_t   *r;
    const inv_loc_conf_t *conf;
    const inv_route_t    *route;  /* NULL: none fits */
    const inv_method_t   *method; /* NULL: the route does not take it */
    inv_oid_t             id;     /* from the path */
    inv_str_t             sku;    /* likewise; the request's memory */
    inv_trace_t           trace;
    inv_arena_t          *arena;    /* NULL until asked for, or given away */
    inv_str_t             body;     /* its bytes; in the request's pool */
    ngx_msec_t            deadline; /* ngx_current_msec; body complete */

    /* What it waits for: at most one of them. */
    inv_op_t *op;
    void (*op_done)(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
    inv_reader_t reader;
    void (*read_done)(inv_request_t *rq, const inv_read_answer_t *answer);
    void *waits; /* what else; leave is told when it does no more */
    void (*leave)(void *waits);
    ngx_event_t  timer; /* of a reader or of these: its time is over */
    inv_waiter_t waiter;
    void (*wait_done)(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);

    /* Where it began to wait: an internal redirect takes it elsewhere. */
    void **place;

    /* For the log only. */
    inv_spent_t        spent;
    ngx_msec_t         body_ms;     /* until the body was complete */
    ngx_msec_t         answered;    /* ngx_current_msec: the response begins */
    const char        *cache;       /* "local", "redis"...; NULL: none */
    const char        *idempotency; /* "new", "replayed"; NULL: neither */
    inv_problem_kind_t error;       /* INV_OK: none */

    ngx_uint_t   status;  /* of the response that is ours; 0: none */
    ngx_chain_t *problem; /* takes the place of nginx's own error */
    unsigned     problem_sent : 1;
    unsigned     leaves : 1;  /* its cleanup is installed */
    unsigned     begun : 1;   /* body_ms is set */
    unsigned     replies : 1; /* answered is set */
};

/*
 * The context of a request: of any, for its trace, which is that of the main
 * one; conf is that of the last location with a face.  NULL: no memory.
 */
inv_request_t *inv_request_get(ngx_http_request_t *r);

/* The context if there is one. */
inv_request_t *inv_request_find(ngx_http_request_t *r);

/*
 * When all of the request is there: its deadline starts, and a client that
 * leaves is noticed.  NGX_ERROR: no memory.
 */
ngx_int_t inv_request_begin(inv_request_t *rq);

/* Nobody waits for anything any more: what is under way ends by itself. */
void inv_request_leave(inv_request_t *rq);

/* NULL: no memory (then inv_reply_internal is the answer). */
inv_arena_t *inv_request_arena(inv_request_t *rq);

/*
 * The values of all header lines with this lower-case name, joined by commas;
 * absent: none.  Memory is the request's.
 */
inv_str_t inv_request_header(inv_request_t *rq, inv_str_t name);

/* Who acts, copied into arena.  False: a problem was sent. */
bool
inv_request_actor(inv_request_t *rq, inv_arena_t *arena, inv_actor_t *actor);

/* Whether a principal is one: text, and not too long. */
bool inv_request_may_be(inv_str_t who);

/*
 * The claim of a request with an Idempotency-Key, in arena: keyed is set and
 * the claim's inputs, the nonce included.  who: the principal.  False: a
 * problem was sent.
 */
bool inv_request_claim(inv_request_t *rq, inv_arena_t *arena, inv_str_t who,
                       inv_engine_op_t *op);

/* The time and the nonce of a claim to be made; its hashes are the caller's. */
void inv_request_claim_begin(inv_claim_record_t *record);

/*
 * How many header lines have this lower-case name; line: the value of the
 * first, the request's memory.
 */
ngx_uint_t inv_request_line(inv_request_t *rq, inv_str_t name, inv_str_t *line);

/* The path as the client wrote it: a URI reference, without the query. */
inv_str_t inv_request_instance(inv_request_t *rq);

/* What a problem says of its request, kept beyond it. */
typedef struct {
    inv_str_t instance;
    inv_str_t trace;
} inv_origin_t;

/* Copied into arena.  False: a problem was sent. */
bool
inv_request_origin(inv_request_t *rq, inv_arena_t *arena, inv_origin_t *origin);

/* If-Match, copied into arena.  False: a problem was sent. */
bool inv_request_if_match(inv_request_t *rq, inv_arena_t *arena,
                          inv_match_t *if_match);

/*
 * Adds what If-None-Match forbids a change of what is there already, copied
 * into arena.  False: a problem was sent.
 */
bool inv_request_except_match(inv_request_t *rq, inv_arena_t *arena,
                              inv_match_t *match);

/*
 * An operation of size bytes in the request's arena.  NULL: the reply was
 * sent.
 */
inv_op_t *
inv_request_op(inv_request_t *rq, const inv_op_kind_t *kind, size_t size);

/*
 * Waits in a lane for an operation made in the request's arena, which goes
 * with it, or in one of its own.  Refused: the problem is sent.
 */
void inv_request_submit(inv_request_t *rq, ngx_uint_t lane, inv_op_t *op,
                        void (*done)(inv_request_t *rq, inv_op_t *op,
                                     inv_store_result_t result));

/*
 * Waits for an operation of the engine, made in the request's arena, which goes
 * with it.  Refused: the problem is sent.
 */
void inv_request_wait(inv_request_t *rq, inv_engine_op_t *op,
                      void (*done)(inv_request_t *rq, inv_engine_op_t *op,
                                   inv_end_t end));

/*
 * Reads a product: done is called, at once or later.  An answer that is a
 * failure is for inv_reply_unread.
 */
void inv_request_read(inv_request_t *rq, inv_oid_t id,
                      void (*done)(inv_request_t           *rq,
                                   const inv_read_answer_t *answer));

/*
 * Waits for something: leave is called when nobody waits any more, a client
 * that has left, or whose time is over, which is 503.
 */
void
inv_request_hold(inv_request_t *rq, void *waits, void (*leave)(void *waits));

/* It is there: leave is not called any more. */
void inv_request_release(inv_request_t *rq);

/*
 * Before a completion is taken up.  False: an internal redirect (post_action,
 * when a client has left) has taken the request elsewhere; what it waited for
 * is nobody's any more.
 */
bool inv_request_resume(inv_request_t *rq);


/*
 * The replies; each ends the request.  Texts are copied; headers that belong
 * to the reply are added before with inv_reply_header.
 */
void inv_reply_json(inv_request_t *rq, ngx_uint_t status, inv_str_t body);
void inv_reply_empty(inv_request_t *rq, ngx_uint_t status);
void inv_reply_problem(inv_request_t *rq, const inv_problem_t *problem);

/* A problem of a kind, with a literal for a detail. */
void inv_reply_refusal(inv_request_t *rq, inv_problem_kind_t kind,
                       const char *detail);

/* 422 with everything that was found wrong. */
void inv_reply_faults(inv_request_t *rq, const inv_faults_t *faults);

/* 500, logged with why. */
void inv_reply_internal(inv_request_t *rq, const char *why);

/*
 * The problem that a failed operation is to its client; logged with its name
 * and why (NULL: not) where it is not the client's doing.  Any result but
 * INV_STORE_OK.
 */
void inv_reply_failure(inv_request_t *rq, const char *name, const char *why,
                       inv_store_result_t result);

/* For the log: where what was read came from. */
void inv_request_read_from(inv_request_t *rq, inv_read_from_t from);

/*
 * What an answer made of reads has: caches in between are to ask, and where it
 * came from.  NGX_ERROR: no memory.
 */
ngx_int_t inv_reply_read_headers(inv_request_t *rq, inv_read_from_t from);

/* A product that was read: 200. */
void inv_reply_product(inv_request_t *rq, const inv_read_answer_t *answer);

/* A read that is not OK; NOT_FOUND, too. */
void inv_reply_unread(inv_request_t *rq, const inv_read_answer_t *answer);

/* The same as a problem in a place of an answer: not logged. */
void inv_failure_problem(inv_store_result_t result, inv_problem_t *problem);

/* A whole answer: a problem from status 400 on. */
void inv_reply_answer(inv_request_t *rq, ngx_uint_t status, inv_str_t body);

/* A problem as an answer, in this arena.  False: no memory. */
bool inv_reply_problem_text(inv_request_t *rq, inv_arena_t *arena,
                            const inv_problem_t *problem, inv_str_t *text);

/* name is a literal, value is copied.  NGX_ERROR: no memory. */
ngx_int_t
inv_reply_header(inv_request_t *rq, const char *name, inv_str_t value);
ngx_int_t inv_reply_etag(inv_request_t *rq, int64_t version);

/* An ETag of one's own, with its quotes; copied.  NGX_ERROR: no memory. */
ngx_int_t inv_reply_tag(inv_request_t *rq, inv_str_t tag);

/*
 * In the header filter: gives an error that nginx itself came to the form of a
 * problem; the body goes to rq->problem.  NGX_ERROR: no memory.
 */
ngx_int_t inv_reply_substitute(inv_request_t *rq);


/*
 * The answer of an operation of one settled action; at: where the operation
 * stands in the request's body, see inv_stock_refuse.
 */
void inv_stock_settled(inv_engine_op_t *op, const inv_action_t *action,
                       const inv_stock_operation_t *operation, inv_str_t at,
                       const inv_origin_t *origin);

/* The answer of an operation whose only action is settled, but not OK. */
void inv_engine_problem(inv_engine_op_t *op, const inv_action_t *action,
                        const inv_origin_t *origin);

/* On a thread: a step of a product; of an EDIT text is the answer. */
void inv_product_carried_out(inv_step_t *step, inv_str_t text);

/* The reply to one who waited for an operation of the engine. */
void inv_reply_end(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);


/* Handlers, by resource. */
void inv_products_create(inv_request_t *rq, const inv_json_t *body);
void inv_products_page(inv_request_t *rq, const inv_json_t *body);
void inv_product_get(inv_request_t *rq, const inv_json_t *body);
void inv_product_by_sku(inv_request_t *rq, const inv_json_t *body);
void inv_product_replace(inv_request_t *rq, const inv_json_t *body);
void inv_product_patch(inv_request_t *rq, const inv_json_t *body);
void inv_product_delete(inv_request_t *rq, const inv_json_t *body);
void inv_product_purchase(inv_request_t *rq, const inv_json_t *body);
void inv_product_restock(inv_request_t *rq, const inv_json_t *body);
void inv_product_adjust(inv_request_t *rq, const inv_json_t *body);
void inv_stock_batch(inv_request_t *rq, const inv_json_t *body);
void inv_product_movements(inv_request_t *rq, const inv_json_t *body);
void inv_movements(inv_request_t *rq, const inv_json_t *body);
void inv_reconcile(inv_request_t *rq, const inv_json_t *body);
void inv_adopt(inv_request_t *rq, const inv_json_t *body);
void inv_health_live(inv_request_t *rq, const inv_json_t *body);
void inv_health_ready(inv_request_t *rq, const inv_json_t *body);
void inv_metrics_get(inv_request_t *rq, const inv_json_t *body);


/* Reads the body, checks its media type, parses it and starts the handler. */
ngx_int_t inv_body_read(inv_request_t *rq);

/* Adds the header that tells which media types a method takes, if any. */
ngx_int_t inv_body_accept(inv_request_t *rq, const inv_method_t *method);

/* The route of the path where the location has a face.  NULL: none. */
const inv_route_t *inv_route_of(inv_request_t *rq);

/* In preconfiguration: $inventory_... */
ngx_int_t inv_variables_add(ngx_conf_t *cf);

/*
 * For lines about a request: its location's error log as it is.  What nginx adds
 * by itself to lines of a request has the query, where secrets are put.
 */
ngx_log_t *inv_request_log(const inv_request_t *rq);

/* The status as nginx's log has it; 0: none. */
ngx_uint_t inv_log_status(const ngx_http_request_t *r);

/* Since the first byte of the request, ms. */
ngx_msec_t inv_log_elapsed(const ngx_http_request_t *r);

/*
 * Requests that are refused without being tried: said once a second at most,
 * with how many, see inv_refused.c.  Any result.
 */
void inv_refused(const inv_request_t *rq, inv_store_result_t result);

/*
 * n documents were left out of a list, since they cannot be read; error names
 * the first of them: said once a second at most, see inv_left_out.c.
 */
void inv_left_out(ngx_uint_t n, const char *error);

/* A request of a face has ended after ms: counts it. */
void inv_metrics_ended(inv_request_t *rq, ngx_msec_t ms);

/* Has every request of a face looked at when it has ended, see inv_log.c. */
ngx_int_t inv_log_init(ngx_conf_t *cf);

/* The variables of a deep log, and the filters that see responses for it. */
ngx_int_t inv_capture_variables_add(ngx_conf_t *cf);
void      inv_capture_filter_init(void);

/* Installs the filters that give every response of a face its form. */
ngx_int_t inv_filter_init(void);


#endif /* INV_HTTP_H */
