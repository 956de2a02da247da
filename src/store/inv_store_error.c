
/*
 * store: the errors in a server's reply, whatever types their members have.
 *
 * Any thread, no state.
 */


#include "inv_store_code.h"


bool
inv_store_reply_ok(const inv_store_reply_t *reply)
{
    int64_t     number;
    bson_iter_t ok;

    if (!bson_iter_init_find(&ok, &reply->body, "ok")) {
        return false;
    }

    if (BSON_ITER_HOLDS_BOOL(&ok)) {
        return bson_iter_bool(&ok);
    }

    return inv_bson_get_integer(&ok, &number) && number != 0;
}


bool
inv_store_has_label(const bson_t *error, const char *label)
{
    bson_iter_t iter, labels;

    if (!bson_iter_init_find(&iter, error, "errorLabels")
        || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &labels))
    {
        return false;
    }

    while (bson_iter_next(&labels)) {
        if (BSON_ITER_HOLDS_UTF8(&labels)
            && strcmp(bson_iter_utf8(&labels, NULL), label) == 0)
        {
            return true;
        }
    }

    return false;
}


inv_store_result_t
inv_store_error_result(const bson_t *document, int32_t *code,
                       const char **message)
{
    int64_t     number;
    bson_iter_t iter;

    *message = "no reason given";

    if (bson_iter_init_find(&iter, document, "errmsg")
        && BSON_ITER_HOLDS_UTF8(&iter))
    {
        *message = bson_iter_utf8(&iter, NULL);
    }

    /* 0, an error that does not say which one, is not listed: in doubt */
    if (!inv_bson_find_integer(document, "code", &number) || number < INT32_MIN
        || number > INT32_MAX)
    {
        number = 0;
    }

    *code = inv_store_code_named((int32_t) number, *message);

    switch (inv_store_code_write(*code)) {

    case INV_CODE_REFUSED:
        /* a server that would have it tried again does not refuse */
        return inv_store_has_label(document, "RetryableWriteError")
                   ? INV_STORE_UNKNOWN
                   : INV_STORE_FAILED;

    case INV_CODE_UNDONE:
    case INV_CODE_NOT_BEGUN:
        return INV_STORE_BUSY;

    case INV_CODE_BARRED:
    case INV_CODE_BLOCKED:
        return INV_STORE_UNAVAILABLE;

    case INV_CODE_DOUBT:
        break;
    }

    return INV_STORE_UNKNOWN;
}
