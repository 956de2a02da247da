
/*
 * model: skus, and whose a product's JSON is.  Any thread.
 */


#include "inv_product.h"
#include "inv_shape.h"


#define PRODUCT_SKU_BEFORE "\"sku\":\""

/* {"id":"<24 digits>", */
#define PRODUCT_SKU_AT (sizeof("{\"id\":\"\",") - 1 + INV_OID_HEX)


bool
inv_sku_is_valid(inv_str_t text)
{
    return text.len >= 1 && text.len <= INV_SKU_MAX && inv_shape_is_code(text);
}


bool
inv_product_text_has_sku(inv_str_t text, inv_str_t sku)
{
    size_t                 at = PRODUCT_SKU_AT;
    static const inv_str_t before = inv_str(PRODUCT_SKU_BEFORE);

    return text.len > at + before.len + sku.len
           && memcmp(text.data + at, before.data, before.len) == 0
           && memcmp(text.data + at + before.len, sku.data, sku.len) == 0
           && text.data[at + before.len + sku.len] == '"';
}
