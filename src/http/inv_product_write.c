
/*
 * http: POST, PUT, PATCH and DELETE of a product.
 *
 * Event loop; the run functions are on threads.
 */


#include "inv_worker.h"
#include "inv_write.h"


static void inv_product_edit(inv_request_t *rq, const inv_json_t *body,
                             inv_write_mode_t mode);
static bool inv_product_input(inv_request_t *rq, inv_write_op_t *write,
                              const inv_json_t *body, inv_write_mode_t mode);

static inv_store_result_t
inv_create_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n);
static inv_store_result_t
inv_edit_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n);
static inv_store_result_t
inv_delete_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n);

static void
inv_create_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static void
inv_edit_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static void
inv_delete_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result);
static ngx_int_t inv_create_location(inv_request_t *rq, inv_oid_t id);


static const inv_op_kind_t inv_create_kind = {
    .name = "create",
    .batch_max = 1,
    .run = inv_create_run,
    .settle = inv_write_settle,
};

static const inv_op_kind_t inv_edit_kind = {
    .name = "edit",
    .batch_max = 1,
    .run = inv_edit_run,
    .settle = inv_write_settle,
};

static const inv_op_kind_t inv_delete_kind = {
    .name = "delete",
    .batch_max = 1,
    .run = inv_delete_run,
    .settle = inv_write_settle,
};


void
inv_products_create(inv_request_t *rq, const inv_json_t *body)
{
    inv_write_op_t *write;

    write = inv_write_create(rq, &inv_create_kind);

    if (write == NULL || !inv_product_input(rq, write, body, INV_WRITE_CREATE))
    {
        return;
    }

    inv_oid_create(write->at, &write->id);

    inv_request_submit(rq, INV_LANE_WRITE, &write->op, inv_create_done);
}


void
inv_product_replace(inv_request_t *rq, const inv_json_t *body)
{
    inv_product_edit(rq, body, INV_WRITE_REPLACE);
}


void
inv_product_patch(inv_request_t *rq, const inv_json_t *body)
{
    inv_product_edit(rq, body, INV_WRITE_MERGE);
}


static void
inv_product_edit(inv_request_t *rq, const inv_json_t *body,
                 inv_write_mode_t mode)
{
    inv_write_op_t *write;

    write = inv_write_create(rq, &inv_edit_kind);

    if (write == NULL || !inv_product_input(rq, write, body, mode)) {
        return;
    }

    inv_request_submit(rq, INV_LANE_WRITE, &write->op, inv_edit_done);
}


void
inv_product_delete(inv_request_t *rq, const inv_json_t *body)
{
    inv_write_op_t *write;

    write = inv_write_create(rq, &inv_delete_kind);

    if (write != NULL) {
        inv_request_submit(rq, INV_LANE_WRITE, &write->op, inv_delete_done);
    }
}


/* False: the faults were sent. */
static bool
inv_product_input(inv_request_t *rq, inv_write_op_t *write,
                  const inv_json_t *body, inv_write_mode_t mode)
{
    inv_faults_t faults;

    inv_faults_init(&faults, rq->arena);

    write->mode = mode;
    inv_product_read(body, mode, &write->input, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return false;
    }

    return true;
}


static inv_store_result_t
inv_create_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n)
{
    inv_product_t     *product;
    inv_write_op_t    *write = (inv_write_op_t *) ops[0];
    inv_store_result_t result;

    product = inv_arena_alloc(call->arena, sizeof(inv_product_t));
    if (product == NULL) {
        return INV_STORE_NO_MEMORY;
    }

    product->id = write->id;
    product->catalog = write->input.values;
    product->created_at = write->at;

    result = inv_store_product_create(store, call, product, &write->actor,
                                      &write->entry);
    if (result != INV_STORE_OK) {
        return result;
    }

    write->product = product;

    return inv_write_render(call, write);
}


static inv_store_result_t
inv_edit_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
             size_t n)
{
    inv_write_op_t    *write = (inv_write_op_t *) ops[0];
    inv_store_result_t result;

    result = inv_store_product_edit(
        store, call, write->id, &write->input, write->mode, &write->if_match,
        &write->actor, write->at, &write->product, &write->entry);
    if (result != INV_STORE_OK) {
        return result;
    }

    return inv_write_render(call, write);
}


static inv_store_result_t
inv_delete_run(inv_store_t *store, inv_store_call_t *call, inv_op_t **ops,
               size_t n)
{
    inv_write_op_t *write = (inv_write_op_t *) ops[0];

    return inv_store_product_delete(store, call, write->id, &write->if_match,
                                    write->at, &write->version);
}


static void
inv_create_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    inv_write_op_t *write = (inv_write_op_t *) op;

    if (result != INV_STORE_OK) {
        inv_write_reply_failure(rq, op, result);
        return;
    }

    if (inv_create_location(rq, write->id) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_write_reply_product(rq, write, NGX_HTTP_CREATED);
}


/* As the client came in, so that it works behind other proxies too. */
static ngx_int_t
inv_create_location(inv_request_t *rq, inv_oid_t id)
{
    u_char          *p;
    inv_str_t        value;
    const ngx_str_t *prefix = &rq->conf->prefix;

    value.len = prefix->len + sizeof("/products/") - 1 + INV_OID_HEX;

    p = ngx_pnalloc(rq->r->pool, value.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = (const char *) p;

    p = ngx_cpymem(p, prefix->data, prefix->len);
    p = ngx_cpymem(p, "/products/", sizeof("/products/") - 1);
    inv_oid_write(id, (char *) p);

    return inv_reply_header(rq, "Location", value);
}


static void
inv_edit_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    if (result != INV_STORE_OK) {
        inv_write_reply_failure(rq, op, result);
        return;
    }

    inv_write_reply_product(rq, (inv_write_op_t *) op, NGX_HTTP_OK);
}


static void
inv_delete_done(inv_request_t *rq, inv_op_t *op, inv_store_result_t result)
{
    if (result != INV_STORE_OK) {
        inv_write_reply_failure(rq, op, result);
        return;
    }

    inv_reply_empty(rq, NGX_HTTP_NO_CONTENT);
}
