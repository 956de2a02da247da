
/*
 * model: what an adopt is asked, and what it reports: documents that something
 * else has put among the products are made products.
 *
 * Any thread, no I/O.
 */


#ifndef INV_ADOPT_H
#define INV_ADOPT_H


#include "inv_product.h"


/* Documents that one call looks at: at most, and where none is said. */
#define INV_ADOPT_MAX     1000
#define INV_ADOPT_DEFAULT 500

/* Documents that one call reports; the rest is behind the cursor. */
#define INV_ADOPT_FAILED_MAX 100

/* Of the id of a document that has none of ours, as it is told. */
#define INV_ADOPT_ID_MAX 64

typedef struct {
    unsigned  limit;
    bool      has_after; /* those behind this one, in the order of ids */
    inv_oid_t after;
} inv_adopt_query_t;

/* Reads {"limit"?, "cursor"?}; root NULL: no body. */
void inv_adopt_read(const inv_json_t *root, inv_adopt_query_t *query,
                    inv_faults_t *faults);

/* A document that was left as it is. */
typedef struct {
    inv_str_t id;
    inv_str_t member; /* absent: of the whole document */
    inv_str_t reason;
} inv_adopt_failure_t;

typedef struct {
    inv_oid_t           *adopted; /* INV_ADOPT_MAX */
    size_t               nadopted;
    int64_t              already; /* were products before */
    inv_adopt_failure_t *failed;  /* INV_ADOPT_FAILED_MAX */
    size_t               nfailed;
    bool                 has_next; /* there may be others behind next */
    inv_oid_t            next;
} inv_adopt_t;

/* {"adopted", "already", "failed": [...], "cursor"}.  False: no memory. */
bool inv_adopt_render(inv_arena_t *arena, const inv_adopt_t *report,
                      inv_str_t *text);

/*
 * Whether a client could have created it so.  False: failure's member and
 * reason say why not, in the arena; or there was no memory: reason is absent.
 */
bool inv_adopt_check(inv_arena_t *arena, const inv_catalog_t *catalog,
                     inv_adopt_failure_t *failure);


#endif /* INV_ADOPT_H */
