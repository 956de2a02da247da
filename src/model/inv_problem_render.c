
/*
 * model: the problem+json body.  Any thread.
 */


#include "inv_percent.h"
#include "inv_problem_words.h"

#include <stdio.h>


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
            *detail = inv_problem_usual_detail(problem->kind, status);
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

    status = (problem->status != 0) ? problem->status
                                    : inv_problem_status(problem->kind);
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
    problem_write_text(w, "type", inv_problem_type(problem->kind));
    problem_write_text(w, "title", inv_problem_title(problem->kind));
    inv_json_name(w, "status");
    inv_json_integer(w, (int64_t) status);
    problem_write_text(w, "detail", detail);
    problem_write_text(w, "instance", path);
    problem_write_text(w, "traceId", trace_id);
    problem_write_extensions(w, problem);
    inv_json_close_object(w);

    return inv_json_finish(w, body);
}
