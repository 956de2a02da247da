
/*
 * store: commands of several statements: what became of each, and the small
 * pieces that they are built of.
 *
 * Any thread, no I/O.
 */


#include "inv_store_step.h"


/* One element of writeErrors.  False: it says nothing. */
static bool
inv_store_statement_error(const bson_t          *error,
                          inv_store_statement_t *statements, size_t n)
{
    int64_t     index, code;
    bson_iter_t iter;
    const char *message;

    if (!inv_bson_find_integer(error, "index", &index) || index < 0
        || (uint64_t) index >= n)
    {
        return false;
    }

    if (!inv_bson_find_integer(error, "code", &code)) {
        code = 0;
    }

    message = "";

    if (bson_iter_init_find(&iter, error, "errmsg")
        && BSON_ITER_HOLDS_UTF8(&iter)) {
        message = bson_iter_utf8(&iter, NULL);
    }

    statements[index].code = inv_store_code_named((int32_t) code, message);
    statements[index].result = inv_store_code_result(statements[index].code);

    if (statements[index].result == INV_STORE_FAILED
        && mongoc_error_has_label(error, "RetryableWriteError"))
    {
        statements[index].result = INV_STORE_UNKNOWN;
    }

    return true;
}


static void
inv_store_statements_fill(inv_store_statement_t *statements, size_t n,
                          inv_store_result_t result, int32_t code)
{
    size_t i;

    for (i = 0; i < n; i++) {
        statements[i] = (inv_store_statement_t){ result, code };
    }
}


bool
inv_store_statements(const inv_store_reply_t *reply, inv_store_result_t whole,
                     inv_store_statement_t *statements, size_t n)
{
    bson_t      error;
    bson_iter_t iter, errors;

    inv_store_statements_fill(statements, n, whole, reply->code);

    if (whole == INV_STORE_OK) {
        return true;
    }

    if (!bson_iter_init_find(&iter, &reply->body, "ok")
        || !bson_iter_as_bool(&iter))
    {
        return false;
    }

    /* applied, or refused, but perhaps not to stay */
    if (bson_has_field(&reply->body, "writeConcernError")
        || !bson_iter_init_find(&iter, &reply->body, "writeErrors")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &errors))
    {
        inv_store_statements_fill(statements, n, INV_STORE_UNKNOWN, 0);
        return false;
    }

    inv_store_statements_fill(statements, n, INV_STORE_OK, 0);

    while (bson_iter_next(&errors)) {
        if (!inv_bson_view(&errors, &error)
            || !inv_store_statement_error(&error, statements, n))
        {
            inv_store_statements_fill(statements, n, INV_STORE_UNKNOWN, 0);
            return false;
        }
    }

    return true;
}


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
