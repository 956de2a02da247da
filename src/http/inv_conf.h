
/*
 * http: the configuration: reading, defaults, merging.
 *
 * Master process, and the start of workers; no I/O, no socket is opened.
 */


#ifndef INV_CONF_H
#define INV_CONF_H


#include "inv_http.h"


void *inv_conf_create_main(ngx_conf_t *cf);
char *inv_conf_init_main(ngx_conf_t *cf, void *conf);
void *inv_conf_create_loc(ngx_conf_t *cf);
char *inv_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child);

/* Setters of directives; cmd->post of inv_conf_face is the face. */
char *inv_conf_face(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_mongo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_threads(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

extern ngx_conf_post_t       inv_conf_timeout_check;
extern ngx_conf_num_bounds_t inv_conf_batch_bounds;

/*
 * The variables that defaults come from survive a binary upgrade, which
 * passes on only those that the core knows of.
 */
ngx_int_t inv_conf_pass_environment(ngx_conf_t *cf);


#endif /* INV_CONF_H */
