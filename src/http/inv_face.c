
/*
 * http: the route tables.  A new endpoint begins with a row here.
 */


#include "inv_docs.h"
#include "inv_http.h"


static const inv_route_t inv_routes_api[] = {

    { inv_str("/products"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_products_page },
        { NGX_HTTP_POST, INV_BODY_JSON, inv_products_create } } },

    { inv_str("/products/{id}"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_product_get },
        { NGX_HTTP_PUT, INV_BODY_JSON, inv_product_replace },
        { NGX_HTTP_PATCH, INV_BODY_PATCH, inv_product_patch },
        { NGX_HTTP_DELETE, INV_BODY_NONE, inv_product_delete } } },

    { inv_str("/products/sku/{sku}"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_product_by_sku } } },

    { inv_str("/products/{id}/purchase"),
      { { NGX_HTTP_POST, INV_BODY_OPTIONAL, inv_product_purchase } } },

    { inv_str("/products/{id}/restock"),
      { { NGX_HTTP_POST, INV_BODY_JSON, inv_product_restock } } },

    { inv_str("/products/{id}/adjust"),
      { { NGX_HTTP_POST, INV_BODY_JSON, inv_product_adjust } } },

    { inv_str("/products/{id}/movements"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_product_movements } } },

    { inv_str("/stock/batch"),
      { { NGX_HTTP_POST, INV_BODY_JSON, inv_stock_batch } } },

    { inv_str("/movements"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_movements } } },

    { inv_str("/admin/adopt"),
      { { NGX_HTTP_POST, INV_BODY_OPTIONAL, inv_adopt } } },

    { inv_str("/admin/reconcile"),
      { { NGX_HTTP_POST, INV_BODY_OPTIONAL, inv_reconcile } } },
};


static const inv_route_t inv_routes_health[] = {

    { inv_str(""), { { NGX_HTTP_GET, INV_BODY_NONE, inv_health_ready } } },

    { inv_str("/live"), { { NGX_HTTP_GET, INV_BODY_NONE, inv_health_live } } },

    { inv_str("/ready"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_health_ready } } },
};


static const inv_route_t inv_routes_docs[] = {

    { inv_str(""), { { NGX_HTTP_GET, INV_BODY_NONE, inv_docs_page } } },

    { inv_str("/openapi.json"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_docs_document } } },

    { inv_str("/page.css"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_docs_style } } },

    { inv_str("/page.js"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_docs_script } } },

    { inv_str("/icon.svg"),
      { { NGX_HTTP_GET, INV_BODY_NONE, inv_docs_icon } } },
};


static const inv_route_t inv_routes_metrics[] = {

    { inv_str(""), { { NGX_HTTP_GET, INV_BODY_NONE, inv_metrics_get } } },
};


#define inv_face(routes)                             \
    {                                                \
        routes, sizeof(routes) / sizeof((routes)[0]) \
    }

const inv_face_t inv_face_api = inv_face(inv_routes_api);
const inv_face_t inv_face_health = inv_face(inv_routes_health);
const inv_face_t inv_face_metrics = inv_face(inv_routes_metrics);
const inv_face_t inv_face_docs = inv_face(inv_routes_docs);
