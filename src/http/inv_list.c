
/*
 * http: what waits in the query lane for one text, see inv_list.h.
 */


#include "inv_list.h"
#include "inv_worker.h"
#include "../shared/inv_metrics.h"


static void
inv_list_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);


void *
inv_list_create(inv_request_t *rq, const inv_op_kind_t *kind, size_t size,
                inv_faults_t *faults)
{
    inv_op_t *op;

    op = inv_request_op(rq, kind, size);

    if (op != NULL) {
        inv_faults_init(faults, rq->arena);
    }

    return op;
}


void *
inv_admin_create(inv_request_t *rq, const inv_op_kind_t *kind, size_t size,
                 inv_faults_t *faults)
{
    inv_admin_op_t *op;

    op = inv_list_create(rq, kind, size, faults);

    return op != NULL && inv_request_actor(rq, rq->arena, &op->actor) ? op
                                                                      : NULL;
}


inv_store_result_t
inv_admin_ran(bool rendered)
{
    return rendered ? INV_STORE_OK : INV_STORE_UNKNOWN;
}


inv_str_t
inv_list_args(inv_request_t *rq)
{
    inv_str_t args;

    args.data = (const char *) rq->r->args.data;
    args.len = rq->r->args.len;

    return args;
}


void
inv_list_submit(inv_request_t *rq, inv_list_op_t *list,
                const inv_faults_t *faults)
{
    if (faults->count != 0 || faults->no_memory) {
        inv_reply_faults(rq, faults);
        return;
    }

    inv_request_submit(rq, INV_LANE_QUERY, &list->op, inv_list_done);
}


inv_store_result_t
inv_list_ran(const inv_store_call_t *call, inv_list_op_t *list, bool rendered)
{
    list->damaged = call->damaged;

    return rendered ? INV_STORE_OK : INV_STORE_NO_MEMORY;
}


static void
inv_list_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_list_op_t *list = (inv_list_op_t *) op;

    if (result != INV_STORE_OK) {
        inv_reply_failure(rq, op->kind->name, op->error, result);
        return;
    }

    if (list->damaged != 0) {
        inv_metrics_count(INV_COUNT_DAMAGED, list->damaged);
        inv_left_out(list->damaged, op->error);
    }

    if (inv_list_headers(rq, list->path, list->limit, list->next) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_json(rq, NGX_HTTP_OK, list->text);
}


/* RFC 8288: the same list from the next item on. */
ngx_int_t
inv_list_headers(inv_request_t *rq, inv_str_t path, unsigned limit,
                 inv_str_t next)
{
    size_t           size;
    u_char          *text, *last;
    const ngx_str_t *prefix = &rq->conf->prefix_uri;

    if (next.data == NULL) {
        return NGX_OK;
    }

    size = prefix->len + path.len + next.len + NGX_INT_T_LEN
           + sizeof("<limit=&cursor=>; rel=\"next\"");

    text = ngx_pnalloc(rq->r->pool, size);
    if (text == NULL) {
        return NGX_ERROR;
    }

    last = ngx_slprintf(
        text, text + size, "<%V%*slimit=%ui&cursor=%*s>; rel=\"next\"", prefix,
        path.len, path.data, (ngx_uint_t) limit, next.len, next.data);

    return inv_reply_header(
        rq, "Link", (inv_str_t){ (size_t) (last - text), (const char *) text });
}


bool
inv_list_path(inv_request_t *rq, inv_str_t before, inv_str_t rest,
              inv_str_t *path)
{
    u_char *p;

    p = ngx_pnalloc(rq->r->pool, before.len + rest.len);
    if (p == NULL) {
        return false;
    }

    path->data = (const char *) p;
    path->len = before.len + rest.len;

    p = ngx_cpymem(p, before.data, before.len);

    if (rest.len != 0) {
        ngx_memcpy(p, rest.data, rest.len);
    }

    return true;
}


bool
inv_list_copy(inv_request_t *rq, inv_str_t text, inv_str_t *copy)
{
    if (text.data == NULL) {
        *copy = INV_STR_ABSENT;
        return true;
    }

    return inv_list_path(rq, text, inv_str(""), copy);
}
