
/*
 * model: the kinds of problem, and the problem+json body.  Any thread.
 */


#include "inv_problem.h"
#include "inv_percent.h"
#include "../base/inv_limits.h"

#include <stdio.h>


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


/* What there is to say where nobody said anything; absent: nothing. */
static inv_str_t
problem_usual_detail(inv_problem_kind_t kind, unsigned status)
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


static size_t
problem_listed(const inv_faults_t *faults)
{
    size_t             n;
    const inv_fault_t *fault;

    n = 0;

    for (fault = faults->first; fault != NULL; fault = fault->next) {
        n++;
    }

    return n;
}


/* The sentence about errors, as long as there is none of the caller's. */
static bool
problem_faults_detail(inv_arena_t *arena, const inv_faults_t *faults,
                      inv_str_t *detail)
{
    int    n;
    char   text[128];
    size_t listed;

    listed = problem_listed(faults);

    if (faults->count == 1) {
        n = snprintf(text, sizeof(text),
                     "one place of the request is wrong, see errors");

    } else if (faults->count == listed) {
        n = snprintf(text, sizeof(text),
                     "%zu places of the request are wrong, see errors", listed);

    } else {
        n = snprintf(
            text, sizeof(text),
            "%zu places of the request are wrong, errors lists the first %zu",
            faults->count, listed);
    }

    return inv_arena_copy(arena, (inv_str_t){ (size_t) n, text }, detail);
}


/* The caller's sentence, made honest where errors is not complete. */
static bool
problem_cut_detail(inv_arena_t *arena, const inv_faults_t *faults,
                   inv_str_t *detail)
{
    int    n;
    char  *text;
    size_t size;

    size = detail->len + 128;
    text = inv_arena_alloc(arena, size);

    if (text == NULL) {
        return false;
    }

    memcpy(text, detail->data, detail->len);

    n = snprintf(text + detail->len, size - detail->len,
                 " (errors lists the first %zu of %zu)", problem_listed(faults),
                 faults->count);

    detail->data = text;
    detail->len += (size_t) n;

    return true;
}


/* False: no memory.  An absent detail means that none is to be written. */
static bool
problem_detail(inv_arena_t *arena, const inv_problem_t *problem,
               unsigned status, inv_str_t *detail)
{
    const inv_faults_t *faults;

    faults = problem->faults;
    *detail = problem->detail;

    if (faults == NULL || faults->count == 0) {
        if (detail->data == NULL) {
            *detail = problem_usual_detail(problem->kind, status);
        }

        return true;
    }

    if (detail->data == NULL) {
        return problem_faults_detail(arena, faults, detail);
    }

    if (faults->count > problem_listed(faults)) {
        return problem_cut_detail(arena, faults, detail);
    }

    return true;
}


static void
problem_write_errors(inv_json_writer_t *w, const inv_faults_t *faults)
{
    const inv_fault_t *fault;

    inv_json_name(w, "errors");
    inv_json_open_array(w);

    for (fault = faults->first; fault != NULL; fault = fault->next) {
        inv_json_open_object(w);
        inv_json_name(w, "pointer");
        inv_json_string(w, fault->pointer);
        inv_json_name(w, "detail");
        inv_json_string(w, fault->detail);
        inv_json_close_object(w);
    }

    inv_json_close_array(w);
}


static void
problem_write_text(inv_json_writer_t *w, const char *name, inv_str_t text)
{
    if (text.data == NULL) {
        return;
    }

    inv_json_name(w, name);
    inv_json_string(w, text);
}


static void
problem_write_extensions(inv_json_writer_t *w, const inv_problem_t *problem)
{
    if (problem->has_offset) {
        inv_json_name(w, "offset");
        inv_json_integer(w, (int64_t) problem->offset);
    }

    if (problem->faults != NULL && problem->faults->first != NULL) {
        problem_write_errors(w, problem->faults);
    }

    if (problem->has_stock) {
        inv_json_name(w, "requested");
        inv_json_integer(w, problem->requested);
        inv_json_name(w, "available");
        inv_json_integer(w, problem->available);
    }
}


bool
inv_problem_render(inv_arena_t *arena, const inv_problem_t *problem,
                   inv_str_t instance, inv_str_t trace_id, inv_str_t *body)
{
    unsigned           status;
    inv_str_t          detail, path;
    inv_json_writer_t *w;
    inv_problem_kind_t kind;

    kind = problem_kind(problem->kind);
    status =
        (problem->status != 0) ? problem->status : inv_problem_status(kind);
    path = INV_STR_ABSENT;

    if (!problem_detail(arena, problem, status, &detail)) {
        return false;
    }

    if (instance.data != NULL && !inv_percent_clean(arena, instance, &path)) {
        return false;
    }

    w = inv_json_writer_create(arena);
    if (w == NULL) {
        return false;
    }

    inv_json_open_object(w);
    problem_write_text(w, "type", inv_problem_kinds[kind].type);
    problem_write_text(w, "title", inv_problem_kinds[kind].title);
    inv_json_name(w, "status");
    inv_json_integer(w, (int64_t) status);
    problem_write_text(w, "detail", detail);
    problem_write_text(w, "instance", path);
    problem_write_text(w, "traceId", trace_id);
    problem_write_extensions(w, problem);
    inv_json_close_object(w);

    return inv_json_finish(w, body);
}
