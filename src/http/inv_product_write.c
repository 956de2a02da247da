
/*
 * http: POST, PUT, PATCH and DELETE of a product.
 *
 * Event loop, but for inv_product_carried_out.
 */


#include "inv_worker.h"


/* One operation; the request that made it may be gone before it ends. */
typedef struct {
    inv_engine_op_t         op; /* first */
    inv_store_edit_action_t edit;
    inv_action_t           *actions[1];
    inv_match_t             if_match;
    inv_origin_t            origin;
    inv_str_t               text; /* EDIT: the product after it, if known */
} inv_catalog_op_t;


static inv_catalog_op_t             *
inv_catalog_create(inv_request_t *rq, inv_action_kind_t kind);
static bool inv_catalog_input(inv_request_t *rq, inv_catalog_op_t *catalog,
                              const inv_json_t *body, inv_write_mode_t mode);
static void inv_product_edit(inv_request_t *rq, const inv_json_t *body,
                             inv_write_mode_t mode);
static void inv_catalog_finish(inv_engine_op_t *op);
static bool inv_catalog_render(inv_catalog_op_t *catalog);
static void
inv_catalog_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end);
static ngx_int_t
inv_catalog_headers(inv_request_t *rq, const inv_catalog_op_t *catalog);
static ngx_int_t inv_create_location(inv_request_t *rq, inv_oid_t id);


static const inv_engine_kind_t inv_create_kind = {
    .name = "create",
    .finish = inv_catalog_finish,
};

static const inv_engine_kind_t inv_edit_kind = {
    .name = "edit",
    .finish = inv_catalog_finish,
};

static const inv_engine_kind_t inv_delete_kind = {
    .name = "delete",
    .finish = inv_catalog_finish,
};


void
inv_products_create(inv_request_t *rq, const inv_json_t *body)
{
    inv_catalog_op_t *catalog;

    catalog = inv_catalog_create(rq, INV_ACTION_CREATE);

    if (catalog == NULL
        || !inv_catalog_input(rq, catalog, body, INV_WRITE_CREATE)
        || !inv_request_claim(rq, catalog->op.arena, catalog->edit.action.who,
                              &catalog->op))
    {
        return;
    }

    inv_oid_create(catalog->edit.action.at, &catalog->edit.action.product);
    catalog->edit.action.delta = catalog->edit.input.values.stock;

    /* so that whoever finishes the work makes the same product */
    catalog->op.claim.record.nonce = catalog->edit.action.product;
    catalog->op.claim.record.at = catalog->edit.action.at;

    inv_request_wait(rq, &catalog->op, inv_catalog_done);
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
    inv_catalog_op_t *catalog;

    catalog = inv_catalog_create(rq, INV_ACTION_EDIT);

    if (catalog != NULL && inv_catalog_input(rq, catalog, body, mode)) {
        inv_request_wait(rq, &catalog->op, inv_catalog_done);
    }
}


void
inv_product_delete(inv_request_t *rq, const inv_json_t *body)
{
    inv_catalog_op_t *catalog;

    catalog = inv_catalog_create(rq, INV_ACTION_DELETE);

    if (catalog != NULL) {
        inv_request_wait(rq, &catalog->op, inv_catalog_done);
    }
}


/* NULL: the reply was sent. */
static inv_catalog_op_t *
inv_catalog_create(inv_request_t *rq, inv_action_kind_t kind)
{
    inv_actor_t       actor;
    inv_arena_t      *arena;
    inv_action_t     *action;
    inv_catalog_op_t *catalog = NULL;

    static const inv_engine_kind_t *const kinds[] = {
        [INV_ACTION_EDIT] = &inv_edit_kind,
        [INV_ACTION_DELETE] = &inv_delete_kind,
        [INV_ACTION_CREATE] = &inv_create_kind,
    };

    arena = inv_request_arena(rq);

    if (arena != NULL) {
        catalog = inv_arena_alloc(arena, sizeof(inv_catalog_op_t));
    }

    if (catalog == NULL) {
        inv_reply_internal(rq, "no memory");
        return NULL;
    }

    if (!inv_request_actor(rq, arena, &actor)
        || !inv_request_if_match(rq, arena, &catalog->if_match)
        || (kind != INV_ACTION_CREATE
            && !inv_request_except_match(rq, arena, &catalog->if_match))
        || !inv_request_origin(rq, arena, &catalog->origin))
    {
        return NULL;
    }

    catalog->op.kind = kinds[kind];
    catalog->op.arena = arena;
    catalog->op.actions = catalog->actions;
    catalog->op.nactions = 1;
    catalog->actions[0] = &catalog->edit.action;

    action = &catalog->edit.action;
    action->kind = kind;
    action->product = rq->id;
    action->if_match = &catalog->if_match;
    action->at = inv_time_now();
    action->who = actor.who;
    action->trace = actor.trace;

    return catalog;
}


/* False: the faults were sent. */
static bool
inv_catalog_input(inv_request_t *rq, inv_catalog_op_t *catalog,
                  const inv_json_t *body, inv_write_mode_t mode)
{
    inv_faults_t faults;

    inv_faults_init(&faults, rq->arena);

    catalog->edit.mode = mode;
    inv_product_read(body, mode, &catalog->edit.input, &faults);

    if (faults.count != 0 || faults.no_memory) {
        inv_reply_faults(rq, &faults);
        return false;
    }

    return true;
}


void
inv_product_carried_out(inv_step_t *step, inv_str_t text)
{
    inv_catalog_op_t *catalog;

    if (step->kind == INV_STEP_EDIT && step->reply == INV_REPLY_DONE) {
        catalog = step->actions[0]->owner;
        catalog->text = text;
    }
}


static void
inv_catalog_finish(inv_engine_op_t *op)
{
    inv_catalog_op_t   *catalog = (inv_catalog_op_t *) op;
    const inv_action_t *action = &catalog->edit.action;

    if (action->verdict != INV_VERDICT_OK) {
        inv_engine_problem(op, action, &catalog->origin);
        return;
    }

    op->version = action->version;
    op->replayed = action->replayed;

    switch (action->kind) {

    case INV_ACTION_CREATE:
        op->status = NGX_HTTP_CREATED;
        op->version = 1;

        if (!inv_catalog_render(catalog)) {
            op->status = 0;
            op->result = INV_STORE_UNKNOWN;
        }

        return;

    case INV_ACTION_EDIT:
        op->status = NGX_HTTP_OK;
        op->text = catalog->text;
        return;

    default:
        op->status = NGX_HTTP_NO_CONTENT;
    }
}


/*
 * As it was made, whatever has become of it since: the answer of the first
 * attempt, and of every other.
 */
static bool
inv_catalog_render(inv_catalog_op_t *catalog)
{
    inv_product_t product;

    ngx_memzero(&product, sizeof(inv_product_t));

    product.id = catalog->edit.action.product;
    product.catalog = catalog->edit.input.values;
    product.catalog.present |= INV_MEMBER_STOCK;
    product.version = 1;
    product.created_at = catalog->edit.action.at;
    product.updated_at = catalog->edit.action.at;

    return inv_product_render(catalog->op.arena, &product, &catalog->op.text);
}


static void
inv_catalog_done(inv_request_t *rq, inv_engine_op_t *op, inv_end_t end)
{
    const inv_catalog_op_t *catalog = (const inv_catalog_op_t *) op;

    if (end != INV_END_ANSWERED || op->status >= NGX_HTTP_BAD_REQUEST) {
        inv_reply_end(rq, op, end);
        return;
    }

    if (op->status == NGX_HTTP_NO_CONTENT) {
        inv_reply_empty(rq, NGX_HTTP_NO_CONTENT);
        return;
    }

    /* in doubt for a while, and then found to be written: as it is now */
    if (op->text.data == NULL) {
        inv_product_get(rq, NULL);
        return;
    }

    if (inv_catalog_headers(rq, catalog) != NGX_OK) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_reply_end(rq, op, end);
}


static ngx_int_t
inv_catalog_headers(inv_request_t *rq, const inv_catalog_op_t *catalog)
{
    if (catalog->op.status == NGX_HTTP_CREATED
        && inv_create_location(rq, catalog->edit.action.product) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return inv_reply_header(rq, "Cache-Control", inv_str("no-cache"));
}


/* As the client came in, so that it works behind other proxies too. */
static ngx_int_t
inv_create_location(inv_request_t *rq, inv_oid_t id)
{
    u_char          *p;
    inv_str_t        value;
    const ngx_str_t *prefix = &rq->conf->prefix_uri;

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
