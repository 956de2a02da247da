
/*
 * http: $inventory_request_... and $inventory_response_... of a deep log: empty
 * where inventory_deep_log is off, else JSON.  Event loop.
 */


#include "inv_capture.h"
#include "inv_variables.h"


typedef bool (*inv_capture_make_pt)(ngx_http_request_t *r, inv_arena_t *arena,
                                    const inv_redact_rules_t *rules,
                                    inv_str_t                *text);

typedef struct {
    ngx_str_t           name;
    inv_capture_make_pt make;
} inv_capture_variable_t;


static const inv_capture_variable_t inv_capture_variables[] = {
    { ngx_string("inventory_request_path"), inv_capture_request_path },
    { ngx_string("inventory_request_args"), inv_capture_request_args },
    { ngx_string("inventory_request_headers"), inv_capture_request_headers },
    { ngx_string("inventory_request_body"), inv_capture_request_body },
    { ngx_string("inventory_response_headers"), inv_capture_response_headers },
    { ngx_string("inventory_response_body"), inv_capture_response_body },
};


void
inv_capture_rules(const inv_loc_conf_t *conf, inv_redact_rules_t *rules)
{
    rules->names = conf->masks == NULL ? NULL : conf->masks->elts;
    rules->n = conf->masks == NULL ? 0 : conf->masks->nelts;
}


/* Makes a text in memory of its own, and keeps it with the request. */
static ngx_int_t
inv_capture_set(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                const inv_loc_conf_t *conf, inv_capture_make_pt make)
{
    u_char            *p;
    inv_str_t          text;
    inv_arena_t       *arena;
    inv_redact_rules_t rules;

    inv_capture_rules(conf, &rules);

    arena = inv_arena_create();
    if (arena == NULL) {
        return NGX_ERROR;
    }

    p = NULL;

    if (make(r, arena, &rules, &text)) {
        p = ngx_pnalloc(r->pool, ngx_max(text.len, 1));

        if (p != NULL) {
            ngx_memcpy(p, text.data, text.len);
        }
    }

    inv_arena_destroy(arena);

    return p == NULL ? NGX_ERROR : inv_variable_set(v, p, text.len);
}


static ngx_int_t
inv_capture_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                     uintptr_t data)
{
    inv_loc_conf_t *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_inventory_module);

    if (conf->deep_log == 0) {
        return inv_variable_set(v, "", 0);
    }

    return inv_capture_set(r, v, conf, inv_capture_variables[data].make);
}


ngx_int_t
inv_capture_variables_add(ngx_conf_t *cf)
{
    size_t               i;
    ngx_str_t            name;
    ngx_http_variable_t *variable;

    for (i = 0;
         i < sizeof(inv_capture_variables) / sizeof(inv_capture_variables[0]);
         i++)
    {
        name = inv_capture_variables[i].name;

        /* The same request has another body and other headers later on. */

        variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);
        if (variable == NULL) {
            return NGX_ERROR;
        }

        variable->get_handler = inv_capture_variable;
        variable->data = i;
    }

    return NGX_OK;
}
