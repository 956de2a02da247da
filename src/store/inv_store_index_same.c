
/*
 * store: is an index what it is wanted to be?
 *
 * Any thread, no I/O.
 */


#include "inv_store_internal.h"


/*
 * What decides which documents are found, refused and removed.  All else is
 * the server's bookkeeping, or a matter of speed.
 */
static const char *const inv_store_index_members[] = {
    "key",
    "unique",
    "partialFilterExpression",
    "expireAfterSeconds",
};


static bool inv_store_document_same(const bson_t *wanted, const bson_t *found);


/* Servers keep 1 as an integer of either size, as a double, or as true. */
static bool
inv_store_value_same(const bson_iter_t *wanted, const bson_iter_t *found)
{
    bool   bools;
    bson_t a, b;

    bools = BSON_ITER_HOLDS_BOOL(wanted) || BSON_ITER_HOLDS_BOOL(found);

    if ((BSON_ITER_HOLDS_NUMBER(wanted) || BSON_ITER_HOLDS_BOOL(wanted))
        && (BSON_ITER_HOLDS_NUMBER(found) || BSON_ITER_HOLDS_BOOL(found)))
    {
        return bools ? bson_iter_as_bool(wanted) == bson_iter_as_bool(found)
                     : bson_iter_as_int64(wanted) == bson_iter_as_int64(found);
    }

    return BSON_ITER_HOLDS_DOCUMENT(wanted) && BSON_ITER_HOLDS_DOCUMENT(found)
           && inv_bson_view(wanted, &a) && inv_bson_view(found, &b)
           && inv_store_document_same(&a, &b);
}


/* The same members in the same order; as deep as what is wanted is. */
static bool
inv_store_document_same(const bson_t *wanted, const bson_t *found)
{
    bson_iter_t a, b;

    bson_iter_init(&a, wanted);
    bson_iter_init(&b, found);

    while (bson_iter_next(&a)) {
        if (!bson_iter_next(&b)
            || strcmp(bson_iter_key(&a), bson_iter_key(&b)) != 0
            || !inv_store_value_same(&a, &b))
        {
            return false;
        }
    }

    return !bson_iter_next(&b) && !inv_bson_is_broken(&b);
}


/* Finds a member; false is as good as absent. */
static bool
inv_store_index_member(const bson_t *index, const char *name, bson_iter_t *iter)
{
    return bson_iter_init_find(iter, index, name)
           && (!BSON_ITER_HOLDS_BOOL(iter) || bson_iter_bool(iter));
}


bool
inv_store_index_same(const bson_t *wanted, const bson_t *found)
{
    bool        has;
    size_t      i;
    bson_iter_t a, b;
    const char *name;

    for (i = 0; i < sizeof(inv_store_index_members) / sizeof(const char *); i++)
    {
        name = inv_store_index_members[i];
        has = inv_store_index_member(wanted, name, &a);

        if (inv_store_index_member(found, name, &b) != has
            || (has && !inv_store_value_same(&a, &b)))
        {
            return false;
        }
    }

    return true;
}
