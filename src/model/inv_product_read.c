
/*
 * model: what a client says of a product.  Any thread.
 */


#include "inv_product_members.h"


/*
 * The greatest price that fits both bounds: the first 14 digits of the
 * greatest int64 of ten-thousandths.
 */
#define INV_PRICE_MAX INT64_C(9223372036854700000)

#define INV_MEMBERS_REQUIRED (INV_MEMBER_NAME | INV_MEMBER_PRICE)

/* A patch may take these away. */
#define INV_MEMBERS_OPTIONAL \
    (INV_MEMBERS_ALL & ~(INV_MEMBERS_REQUIRED | (unsigned) INV_MEMBER_STOCK))


const inv_shape_member_t inv_product_members[INV_PRODUCT_MEMBERS] = {
    { inv_shape_row(INV_SHAPE_TEXT, inv_catalog_t, sku, "sku", INV_MEMBER_SKU,
                    1, INV_SKU_MAX),
      .code = true },

    { inv_shape_row(INV_SHAPE_TEXT, inv_catalog_t, name, "name",
                    INV_MEMBER_NAME, 1, INV_NAME_MAX) },

    { inv_shape_row(INV_SHAPE_TEXT, inv_catalog_t, description, "description",
                    INV_MEMBER_DESCRIPTION, 0, INV_DESCRIPTION_MAX) },

    { inv_shape_row(INV_SHAPE_PRICE, inv_catalog_t, price, "price",
                    INV_MEMBER_PRICE, 0, INV_PRICE_MAX) },

    { inv_shape_row(INV_SHAPE_TEXT, inv_catalog_t, category, "category",
                    INV_MEMBER_CATEGORY, 1, INV_CATEGORY_MAX) },

    { inv_shape_row(INV_SHAPE_TEXTS, inv_catalog_t, tags, "tags",
                    INV_MEMBER_TAGS, 1, INV_TAG_MAX),
      .count = offsetof(inv_catalog_t, ntags), .count_max = INV_TAGS_MAX },

    { inv_shape_row(INV_SHAPE_INTEGER, inv_catalog_t, stock, "stock",
                    INV_MEMBER_STOCK, 0, INV_STOCK_MAX) },

    { inv_shape_row(INV_SHAPE_INTEGER, inv_catalog_t, low_stock, "lowStock",
                    INV_MEMBER_LOW_STOCK, 0, INV_STOCK_MAX) },

    { .name = inv_str("id"), .kind = INV_SHAPE_READ_ONLY },
    { .name = inv_str("reserved"), .kind = INV_SHAPE_READ_ONLY },
    { .name = inv_str("version"), .kind = INV_SHAPE_READ_ONLY },
    { .name = inv_str("createdAt"), .kind = INV_SHAPE_READ_ONLY },
    { .name = inv_str("updatedAt"), .kind = INV_SHAPE_READ_ONLY }
};


void
inv_product_read(const inv_json_t *root, inv_write_mode_t mode,
                 inv_product_input_t *input, inv_faults_t *faults)
{
    inv_shape_t      shape;
    inv_shape_seen_t seen;

    memset(input, 0, sizeof(*input));

    shape.members = inv_product_members;
    shape.n = INV_PRODUCT_MEMBERS;
    shape.required = (mode == INV_WRITE_MERGE) ? 0 : INV_MEMBERS_REQUIRED;
    shape.nullable = (mode == INV_WRITE_MERGE) ? INV_MEMBERS_OPTIONAL : 0;
    shape.excluded = 0;

    inv_shape_read(&shape, root, inv_str(""), &input->values, &seen, faults);

    input->values.present = seen.given;
    input->removed = seen.nulls;

    if (mode == INV_WRITE_CREATE) {
        input->values.present |= INV_MEMBER_STOCK;
    }
}


const char *
inv_member_name(inv_member_t member)
{
    size_t i;

    for (i = 0; i < INV_PRODUCT_WRITABLE; i++) {
        if (inv_product_members[i].bit == (unsigned) member) {
            return inv_product_members[i].name.data;
        }
    }

    return NULL;
}
