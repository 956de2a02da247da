
/*
 * store: the small pieces that steps' commands are built of.
 *
 * Any thread, no I/O.
 */


#include "inv_store_step.h"


void
inv_bson_push_oid(bson_t *array, uint32_t *n, inv_oid_t id)
{
    char        digits[16];
    size_t      len;
    bson_oid_t  oid;
    const char *key;

    len = bson_uint32_to_string((*n)++, &key, digits, sizeof(digits));
    bson_oid_init_from_data(&oid, id.bytes);
    bson_append_oid(array, key, (int) len, &oid);
}


void
inv_bson_push_document(bson_t *array, uint32_t *n, const bson_t *value)
{
    char        digits[16];
    size_t      len;
    const char *key;

    len = bson_uint32_to_string((*n)++, &key, digits, sizeof(digits));
    bson_append_document(array, key, (int) len, value);
}


void
inv_bson_put_binary(bson_t *bson, const char *name, const void *data,
                    size_t len)
{
    bson_append_binary(bson, name, -1, BSON_SUBTYPE_BINARY, data,
                       (uint32_t) len);
}


bool
inv_bson_get_binary(const bson_iter_t *iter, void *out, size_t len)
{
    uint32_t       n;
    const uint8_t *data;

    if (!BSON_ITER_HOLDS_BINARY(iter)) {
        return false;
    }

    bson_iter_binary(iter, NULL, &n, &data);

    if (n != len) {
        return false;
    }

    memcpy(out, data, len);

    return true;
}


bool
inv_bson_find_oid(const bson_t *document, const char *name, inv_oid_t *id)
{
    bson_iter_t iter;

    return bson_iter_init_find(&iter, document, name)
           && inv_bson_get_oid(&iter, id);
}


void
inv_store_step_products(bson_t *filter, inv_step_t **steps, size_t n)
{
    bson_t   in, array;
    size_t   i;
    uint32_t count;

    count = 0;

    bson_append_document_begin(filter, "_id", -1, &in);
    bson_append_array_begin(&in, "$in", -1, &array);

    for (i = 0; i < n; i++) {
        inv_bson_push_oid(&array, &count, steps[i]->product);
    }

    bson_append_array_end(&in, &array);
    bson_append_document_end(filter, &in);
}


size_t
inv_store_step_of(inv_step_t **steps, size_t n, inv_oid_t product)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (inv_oid_eq(steps[i]->product, product)) {
            break;
        }
    }

    return i;
}
