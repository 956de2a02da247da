
/*
 * store, inside: an edit on its way, shared by the two files that make it.
 */


#ifndef INV_STORE_EDIT_H
#define INV_STORE_EDIT_H


#include "inv_store_internal.h"


typedef struct {
    inv_oid_t                  id;
    const inv_product_input_t *input;
    inv_write_mode_t           mode;
    const inv_match_t         *if_match;
    inv_store_move_t           move;
    bool                       guards_epoch, guards_edits;

    inv_product_t *current; /* as read */
    inv_catalog_t  next;
    inv_members_t  changed;
    inv_words_t    words; /* of next, where what has them changed */
} inv_store_edit_t;


/* Where the statement applies: to what was read, as far as it matters. */
void inv_store_edit_filter(const inv_store_edit_t *edit, bson_t *filter);

/* Changes of these change the words. */
#define INV_STORE_WORDED (INV_MEMBER_NAME | INV_MEMBER_DESCRIPTION)

/* What it sets; edit->move.type is filled in. */
void inv_store_edit_set(inv_store_edit_t *edit, bson_t *set);


#endif /* INV_STORE_EDIT_H */
