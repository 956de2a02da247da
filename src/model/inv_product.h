
/*
 * model: a product, what a client may say of it, and how it is shown.
 *
 * Any thread, no I/O, no clock.
 */


#ifndef INV_PRODUCT_H
#define INV_PRODUCT_H


#include "inv_problem.h"
#include "../base/inv_limits.h"


/* Ten-thousandths: 19.99 is 199900; 0 to INT64_MAX. */
typedef int64_t inv_price_t;

/* Members that a client may write; bits of a set. */
typedef enum {
    INV_MEMBER_SKU = 1 << 0,
    INV_MEMBER_NAME = 1 << 1,
    INV_MEMBER_DESCRIPTION = 1 << 2,
    INV_MEMBER_PRICE = 1 << 3,
    INV_MEMBER_CATEGORY = 1 << 4,
    INV_MEMBER_TAGS = 1 << 5,
    INV_MEMBER_STOCK = 1 << 6,
    INV_MEMBER_LOW_STOCK = 1 << 7
} inv_member_t;

#define INV_MEMBERS_ALL 0xffu

typedef unsigned inv_members_t;

/* What a catalogue entry says; present tells which optional ones it has. */
typedef struct {
    inv_members_t present; /* NAME, PRICE and STOCK always, once stored */
    inv_str_t     sku;
    inv_str_t     name;
    inv_str_t     description;
    inv_price_t   price;
    inv_str_t     category;
    inv_str_t    *tags;
    size_t        ntags;
    int64_t       stock;     /* what can be sold: 0 to INV_STOCK_MAX */
    int64_t       low_stock; /* 0 to INV_STOCK_MAX */
} inv_catalog_t;

typedef struct {
    inv_oid_t     id;
    inv_catalog_t catalog;
    int64_t       reserved; /* 0 to INV_STOCK_MAX */
    int64_t       version;  /* from 1; grows with every change */
    int64_t       seq;      /* of the last movement; from 1 */
    int64_t       edits;    /* from 0; counts PUT and PATCH */
    int64_t       epoch;    /* from 0; raised by fences and deletes */
    inv_time_t    created_at;
    inv_time_t    updated_at;
    bool          deleted; /* a tombstone: nothing but id and version hold */
    const char   *lacks;   /* the first of what changes count with that is not
                              stored: it can be read, and not changed; NULL */
} inv_product_t;

/* What a request body says. */
typedef struct {
    inv_catalog_t values;  /* present: members that are given */
    inv_members_t removed; /* PATCH: members given as null */
} inv_product_input_t;

typedef enum {
    INV_WRITE_CREATE,  /* POST: name and price required, stock 0 if not said */
    INV_WRITE_REPLACE, /* PUT: the same, but stock stays if not said */
    INV_WRITE_MERGE    /* PATCH: RFC 7396 */
} inv_write_mode_t;

/*
 * Reads a body into input; the strings point into root's arena.  Every fault
 * is added to faults; the result is usable only if none was, and faults has
 * not run out of memory.
 */
void inv_product_read(const inv_json_t *root, inv_write_mode_t mode,
                      inv_product_input_t *input, inv_faults_t *faults);

/*
 * What current becomes under input: mode REPLACE or MERGE.  next gets the
 * whole catalogue entry (sharing memory with both), the return value the set
 * of members whose value differs: 0 means that there is nothing to write.
 */
inv_members_t inv_product_merge(const inv_catalog_t       *current,
                                const inv_product_input_t *input,
                                inv_write_mode_t mode, inv_catalog_t *next);

/* The member's name in the API and in the database, e.g. "lowStock". */
const char *inv_member_name(inv_member_t member);

/* The JSON object of the API, written into w, in the order of the contract. */
void inv_product_write(inv_json_writer_t *w, const inv_product_t *product);

/* The same as a text of its own.  False: no memory. */
bool inv_product_render(inv_arena_t *arena, const inv_product_t *product,
                        inv_str_t *text);

/* Whether a text can be a sku. */
bool inv_sku_is_valid(inv_str_t text);

/* Whether a product's text is that of one with this sku, which is valid. */
bool inv_product_text_has_sku(inv_str_t text, inv_str_t sku);


#endif /* INV_PRODUCT_H */
