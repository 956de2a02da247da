
/*
 * store, inside: what the files that carry out steps share.
 *
 * Runs on threads, between a link's open and close.
 */


#ifndef INV_STORE_STEP_H
#define INV_STORE_STEP_H


#include "inv_store_internal.h"
#include "inv_store_steps.h"


/*
 * Bytes of documents in one command: MongoDB takes 16 MiB, and what clients
 * said adds up to less than that only where it is cut.
 */
#define INV_STORE_COMMAND_BYTES ((size_t) 8 * 1024 * 1024)

/* Terms of one $in, so that all that they find fits into one reply. */
#define INV_STORE_TERMS_MAX 512


/* Sets reply and verdict from a store's result; OK is DONE. */
void inv_store_step_end(inv_step_t *step, inv_store_result_t result);
void
inv_store_steps_end(inv_step_t **steps, size_t n, inv_store_result_t result);

/* The same of a statement: NOT_FOUND, nothing matched, is MISSED. */
void inv_store_step_sent(inv_step_t *step, inv_store_result_t result);

/* A read's failure: what was only asked for is never in doubt. */
inv_store_result_t inv_store_read_failure(inv_store_result_t result);

/* A copy on the heap; NULL: no memory. */
inv_payload_t *inv_store_payload_of(const bson_t *bson);

/* The payload as a view; false: it is not BSON. */
bool inv_store_payload_view(const inv_payload_t *payload, bson_t *view);


/* The carriers, one a kind; the names are those of inv_step_kind_t. */
typedef void (*inv_store_carry_all_t)(inv_store_link_t *link,
                                      inv_step_t **steps, size_t n);
typedef void (*inv_store_carry_one_t)(inv_store_link_t *link, inv_step_t *step);

void inv_store_step_apply(inv_store_link_t *link, inv_step_t **steps, size_t n);
void inv_store_step_read(inv_store_link_t *link, inv_step_t **steps, size_t n);
void inv_store_step_look(inv_store_link_t *link, inv_step_t **steps, size_t n);
void inv_store_step_claim(inv_store_link_t *link, inv_step_t **steps, size_t n);
void
inv_store_step_recall(inv_store_link_t *link, inv_step_t **steps, size_t n);
void
inv_store_step_answer(inv_store_link_t *link, inv_step_t **steps, size_t n);
void inv_store_step_pull(inv_store_link_t *link, inv_step_t **steps, size_t n);

void inv_store_step_fence(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_edit(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_delete(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_create(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_tombstone(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_take(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_insert(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_outbox(inv_store_link_t *link, inv_step_t *step);
void inv_store_step_sweep(inv_store_link_t *link, inv_step_t *step);


/* What became of one of the statements of a command. */
typedef struct {
    inv_store_result_t result;
    int32_t            code; /* of the server's; 0: none */
} inv_store_statement_t;

/* What became of a command of several statements. */
typedef struct {
    inv_store_result_t     whole;
    bool                   apart;   /* answered for each of them by itself */
    int64_t                applied; /* how many matched; -1: not known */
    inv_store_statement_t *ends;    /* of each of them */
} inv_store_sent_t;

/* Unordered commands of several statements, each about one thing of many. */
typedef struct {
    const char        *command; /* "insert" or "update" */
    const char        *collection;
    inv_command_kind_t kind; /* INV_COMMAND_WRITE, or _TIDY */

    /* The ith thing's statement or document; false: no memory. */
    bool (*build)(void *of, size_t i, bson_t *statement);

    /* n things from the first on have been sent, or never will be. */
    void (*sent)(inv_store_link_t *link, void *of, size_t first, size_t n,
                 const inv_store_sent_t *sent);
} inv_store_several_t;

/*
 * Sends statements about n things, in as few commands as have room for them,
 * and tells what became of every one of them.
 */
void inv_store_several(inv_store_link_t *link, const inv_store_several_t *kind,
                       void *of, size_t n);


/* Appends value to an array under its next index. */
void inv_bson_push_oid(bson_t *array, uint32_t *n, inv_oid_t id);
void inv_bson_push_document(bson_t *array, uint32_t *n, const bson_t *value);
void inv_bson_put_binary(bson_t *bson, const char *name, const void *data,
                         size_t len);
/* True: it is a binary of exactly len bytes. */
bool inv_bson_get_binary(const bson_iter_t *iter, void *out, size_t len);

/* {_id: {$in: the steps' products}} */
void inv_store_step_products(bson_t *filter, inv_step_t **steps, size_t n);
/* Which step is of that product; n: none of them. */
size_t inv_store_step_of(inv_step_t **steps, size_t n, inv_oid_t product);
/* The named ObjectId of a document.  False: none such. */
bool inv_bson_find_oid(const bson_t *document, const char *name, inv_oid_t *id);


/* What a view is to hold beside its numbers. */
typedef enum {
    INV_VIEW_NUMBERS,
    INV_VIEW_OPS,  /* types, deltas and keys */
    INV_VIEW_WHOLE /* payload */
} inv_view_kind_t;

/* Projections of what the readers below need, but for inv_store_step_show. */
void inv_store_state_fields(bson_t *fields);
void inv_store_outbox_fields(bson_t *fields, inv_view_kind_t kind);
void inv_store_entry_fields(bson_t *fields, const char *prefix,
                            inv_view_kind_t kind);

/*
 * After a definite error of the step's statement: DAMAGED where the product is
 * what it failed at.
 */
void inv_store_step_diagnose(inv_store_link_t *link, inv_step_t *step);

/*
 * One statement on the step's product, which is inv_store_statement's: its
 * reply, and the state after it.
 */
void inv_store_step_statement(inv_store_link_t *link, inv_step_t *step,
                              const bson_t *filter, const bson_t *set);

/* Says that the product is damaged, and where.  DAMAGED. */
inv_store_result_t
inv_store_damaged(inv_store_call_t *call, inv_oid_t product, const char *where);

/* Sets the step's state but for outbox_ops.  OK or DAMAGED. */
inv_store_result_t
inv_store_step_state(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document);

/* The same from a product that was read; shows it where it lives. */
void inv_store_step_product(inv_step_t *step, const inv_product_t *product);

/*
 * Shows the whole product, for which document has inv_store_product_fields,
 * where it lives and can be read; that it cannot is no failure of the step's.
 */
void inv_store_step_show(inv_store_call_t *call, inv_step_t *step,
                         const bson_t *document);

/*
 * Reads the step's product and compares the If-Match of its action.  OK,
 * NOT_FOUND (state is set where it is deleted), VERSION_CHANGED or a failure.
 */
inv_store_result_t inv_store_step_load(inv_store_link_t *link, inv_step_t *step,
                                       inv_product_t **product);

/* Inserts a product.  clash: FAILED for a duplicate. */
inv_store_result_t inv_store_create_insert(inv_store_link_t *link,
                                           const bson_t *document, bool *clash);

/*
 * What is at the id after a duplicate.  OK: found is it; NOT_FOUND: nothing,
 * it was another index; UNKNOWN: it may not stay, or cannot be read.
 */
inv_store_result_t inv_store_create_clash(inv_store_link_t *link, inv_oid_t id,
                                          inv_product_t **found);

/* One entry.  OK, DAMAGED or NO_MEMORY. */
inv_store_result_t
inv_store_view(inv_store_call_t *call, inv_arena_t *arena, const bson_t *entry,
               inv_view_kind_t kind, inv_oid_t product, inv_entry_view_t *view);

/* Sets the step's state.outbox_ops.  OK or DAMAGED. */
inv_store_result_t
inv_store_step_outbox_ops(inv_store_call_t *call, inv_step_t *step,
                          const bson_t *document);

/*
 * Appends the outbox of document to the step's views, of which there are to be
 * max at most, in the step's own arena.  OK, DAMAGED or NO_MEMORY; after a
 * failure none was appended.
 */
inv_store_result_t
inv_store_step_views(inv_store_call_t *call, inv_step_t *step,
                     const bson_t *document, inv_oid_t product,
                     inv_view_kind_t kind, size_t max);


/* The product while it is live. */
void inv_store_filter_product(bson_t *filter, inv_oid_t id);

/* The step's batches as an array; to be destroyed. */
void inv_store_step_batches(const inv_step_t *step, bson_t *batches);

/* What takes batches out of an outbox, for a pipeline's outbox. */
void
inv_store_outbox_kept(bson_t *bson, const char *name, const bson_t *batches);


#endif /* INV_STORE_STEP_H */
