
/*
 * model: what a product becomes under an edit, and what that changes.
 *
 * Any thread.
 */


#include "inv_product_members.h"


static const void *
merge_at(const inv_catalog_t *catalog, size_t offset)
{
    return (const char *) catalog + offset;
}


static void
merge_copy(const inv_shape_member_t *m, const inv_catalog_t *from,
           inv_catalog_t *to)
{
    static const size_t sizes[] = { [INV_SHAPE_TEXT] = sizeof(inv_str_t),
                                    [INV_SHAPE_TEXTS] = sizeof(inv_str_t *),
                                    [INV_SHAPE_INTEGER] = sizeof(int64_t),
                                    [INV_SHAPE_PRICE] = sizeof(inv_price_t) };

    memcpy((char *) to + m->field, merge_at(from, m->field), sizes[m->kind]);

    if (m->kind == INV_SHAPE_TEXTS) {
        memcpy((char *) to + m->count, merge_at(from, m->count),
               sizeof(size_t));
    }

    to->present |= m->bit;
}


static bool
merge_same_text(const inv_shape_member_t *m, const inv_catalog_t *a,
                const inv_catalog_t *b)
{
    const inv_str_t *left, *right;

    left = merge_at(a, m->field);
    right = merge_at(b, m->field);

    return inv_str_eq(*left, *right);
}


static bool
merge_same_texts(const inv_shape_member_t *m, const inv_catalog_t *a,
                 const inv_catalog_t *b)
{
    size_t            i;
    const size_t     *n, *other;
    inv_str_t *const *left, *const *right;

    n = merge_at(a, m->count);
    other = merge_at(b, m->count);
    left = merge_at(a, m->field);
    right = merge_at(b, m->field);

    if (*n != *other) {
        return false;
    }

    for (i = 0; i < *n; i++) {
        if (!inv_str_eq((*left)[i], (*right)[i])) {
            return false;
        }
    }

    return true;
}


static bool
merge_same_number(const inv_shape_member_t *m, const inv_catalog_t *a,
                  const inv_catalog_t *b)
{
    const int64_t *left, *right;

    left = merge_at(a, m->field);
    right = merge_at(b, m->field);

    return *left == *right;
}


static bool
merge_same(const inv_shape_member_t *m, const inv_catalog_t *a,
           const inv_catalog_t *b)
{
    static bool (*const same[])(
        const inv_shape_member_t *m, const inv_catalog_t *a,
        const inv_catalog_t *b) = { [INV_SHAPE_TEXT] = merge_same_text,
                                    [INV_SHAPE_TEXTS] = merge_same_texts,
                                    [INV_SHAPE_INTEGER] = merge_same_number,
                                    [INV_SHAPE_PRICE] = merge_same_number };

    if ((a->present & m->bit) != (b->present & m->bit)) {
        return false;
    }

    return !(a->present & m->bit) || same[m->kind](m, a, b);
}


inv_members_t
inv_product_merge(const inv_catalog_t       *current,
                  const inv_product_input_t *input, inv_write_mode_t mode,
                  inv_catalog_t *next)
{
    size_t                    i;
    inv_members_t             kept, changed;
    const inv_shape_member_t *m;

    memset(next, 0, sizeof(*next));
    changed = 0;

    /* Whatever is done to a product, it keeps a stock that is not named. */

    kept = (mode == INV_WRITE_MERGE) ? ~input->removed
                                     : (inv_members_t) INV_MEMBER_STOCK;
    kept &= current->present;

    for (i = 0; i < INV_PRODUCT_WRITABLE; i++) {
        m = &inv_product_members[i];

        if (input->values.present & m->bit) {
            merge_copy(m, &input->values, next);

        } else if (kept & m->bit) {
            merge_copy(m, current, next);
        }

        if (!merge_same(m, current, next)) {
            changed |= m->bit;
        }
    }

    return changed;
}
