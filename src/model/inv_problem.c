
/*
 * model: the kinds of problem, their statuses and words.  Any thread.
 */


#include "inv_problem_words.h"


#define INV_PROBLEM_URN "urn:ngx-inventory:"

#define inv_problem_row(slug, title, status)                  \
    {                                                         \
        inv_str(INV_PROBLEM_URN slug), inv_str(title), status \
    }


static const struct {
    inv_str_t type;
    inv_str_t title;
    unsigned  status;
} inv_problem_kinds[INV_PROBLEM_KINDS] = {
    [INV_BAD_REQUEST] = inv_problem_row("bad-request", "Bad request", 400),
    [INV_MALFORMED_JSON] =
        inv_problem_row("malformed-json", "Malformed JSON", 400),
    [INV_INVALID_REQUEST] =
        inv_problem_row("invalid-request", "Invalid request", 422),
    [INV_NOT_FOUND] = inv_problem_row("not-found", "Not found", 404),
    [INV_METHOD_NOT_ALLOWED] =
        inv_problem_row("method-not-allowed", "Method not allowed", 405),
    [INV_UNSUPPORTED_MEDIA_TYPE] = inv_problem_row(
        "unsupported-media-type", "Unsupported media type", 415),
    [INV_PAYLOAD_TOO_LARGE] =
        inv_problem_row("payload-too-large", "Payload too large", 413),
    [INV_OUT_OF_STOCK] = inv_problem_row("out-of-stock", "Out of stock", 409),
    [INV_SKU_TAKEN] = inv_problem_row("sku-taken", "SKU taken", 409),
    [INV_PRECONDITION_FAILED] =
        inv_problem_row("precondition-failed", "Precondition failed", 412),
    [INV_IDEMPOTENCY_CONFLICT] =
        inv_problem_row("idempotency-conflict",
                        "Idempotency key used for another request", 422),
    [INV_IDEMPOTENCY_IN_FLIGHT] = inv_problem_row(
        "idempotency-in-flight",
        "First request with this idempotency key still running", 409),
    [INV_INVALID_STATE] =
        inv_problem_row("invalid-state", "Invalid state", 409),
    [INV_IN_USE] = inv_problem_row("in-use", "In use", 409),
    [INV_UNAUTHORIZED] = inv_problem_row("unauthorized", "Unauthorized", 401),
    [INV_FORBIDDEN] = inv_problem_row("forbidden", "Forbidden", 403),
    [INV_RATE_LIMITED] =
        inv_problem_row("rate-limited", "Too many requests", 429),
    [INV_OVERLOADED] = inv_problem_row("overloaded", "Overloaded", 503),
    [INV_UNAVAILABLE] =
        inv_problem_row("unavailable", "Service unavailable", 503),
    [INV_TIMEOUT] = inv_problem_row("timeout", "Timeout", 504),
    [INV_DAMAGED] = inv_problem_row("damaged", "Damaged data", 500),
    [INV_INTERNAL] = inv_problem_row("internal", "Internal error", 500)
};


/*
 * Statuses that nginx answers with by itself.  A detail stands where the kind
 * does not say what went wrong.
 */
static const struct {
    unsigned           status;
    inv_problem_kind_t kind;
    inv_str_t          detail;
} inv_problem_statuses[] = {
    { 401, INV_UNAUTHORIZED, INV_STR_ABSENT },
    { 403, INV_FORBIDDEN, INV_STR_ABSENT },
    { 404, INV_NOT_FOUND, INV_STR_ABSENT },
    { 405, INV_METHOD_NOT_ALLOWED, INV_STR_ABSENT },
    { 408, INV_BAD_REQUEST, inv_str("the request did not arrive in time") },
    { 412, INV_PRECONDITION_FAILED, INV_STR_ABSENT },
    { 413, INV_PAYLOAD_TOO_LARGE, INV_STR_ABSENT },
    { 414, INV_BAD_REQUEST, inv_str("the request target is too long") },
    { 415, INV_UNSUPPORTED_MEDIA_TYPE, INV_STR_ABSENT },
    { 422, INV_INVALID_REQUEST, INV_STR_ABSENT },
    { 429, INV_RATE_LIMITED, INV_STR_ABSENT },
    { 431, INV_BAD_REQUEST, inv_str("the request headers are too long") },
    { 494, INV_BAD_REQUEST, inv_str("the request headers are too long") },
    { 502, INV_UNAVAILABLE, INV_STR_ABSENT },
    { 503, INV_UNAVAILABLE, INV_STR_ABSENT },
    { 504, INV_TIMEOUT, INV_STR_ABSENT }
};

#define INV_PROBLEM_STATUSES \
    (sizeof(inv_problem_statuses) / sizeof(inv_problem_statuses[0]))


/* A kind that is none (INV_OK, out of range) is our own fault. */
static inv_problem_kind_t
problem_kind(inv_problem_kind_t kind)
{
    return (kind > INV_OK && kind < INV_PROBLEM_KINDS) ? kind : INV_INTERNAL;
}


unsigned
inv_problem_status(inv_problem_kind_t kind)
{
    return inv_problem_kinds[problem_kind(kind)].status;
}


inv_str_t
inv_problem_slug(inv_problem_kind_t kind)
{
    inv_str_t slug;

    slug = inv_problem_kinds[problem_kind(kind)].type;
    slug.data += sizeof(INV_PROBLEM_URN) - 1;
    slug.len -= sizeof(INV_PROBLEM_URN) - 1;

    return slug;
}


inv_problem_kind_t
inv_problem_of_status(unsigned status)
{
    size_t i;

    for (i = 0; i < INV_PROBLEM_STATUSES; i++) {
        if (inv_problem_statuses[i].status == status) {
            return inv_problem_statuses[i].kind;
        }
    }

    return (status >= 500) ? INV_INTERNAL : INV_BAD_REQUEST;
}


inv_problem_kind_t
inv_problem_of_body(inv_str_t body)
{
    size_t                 i;
    inv_str_t              type;
    static const inv_str_t before = inv_str("{\"type\":\"");

    for (i = INV_OK + 1; i < INV_PROBLEM_KINDS; i++) {
        type = inv_problem_kinds[i].type;

        if (body.len > before.len + type.len
            && memcmp(body.data, before.data, before.len) == 0
            && memcmp(body.data + before.len, type.data, type.len) == 0
            && body.data[before.len + type.len] == '"')
        {
            return (inv_problem_kind_t) i;
        }
    }

    return INV_INTERNAL;
}


inv_str_t
inv_problem_type(inv_problem_kind_t kind)
{
    return inv_problem_kinds[problem_kind(kind)].type;
}


inv_str_t
inv_problem_title(inv_problem_kind_t kind)
{
    return inv_problem_kinds[problem_kind(kind)].title;
}


inv_str_t
inv_problem_usual_detail(inv_problem_kind_t kind, unsigned status)
{
    size_t i;

    if (kind == INV_MALFORMED_JSON) {
        return inv_str("the body is not valid JSON");
    }

    if (kind == INV_INVALID_REQUEST) {
        return inv_str("the request is well-formed, but not acceptable");
    }

    for (i = 0; i < INV_PROBLEM_STATUSES; i++) {
        if (inv_problem_statuses[i].status == status
            && inv_problem_statuses[i].kind == kind)
        {
            return inv_problem_statuses[i].detail;
        }
    }

    return INV_STR_ABSENT;
}
