
/*
 * http: the configuration: reading, defaults, merging.
 *
 * Master process, and the start of workers; no socket is opened, and the only
 * files read are those that TLS needs.
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
char *inv_conf_docs(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_mongo(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_threads(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_stale(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_slow(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

extern ngx_conf_post_t       inv_conf_timeout_check;
extern ngx_conf_num_bounds_t inv_conf_batch_bounds;

char *inv_conf_deep_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *inv_conf_mask(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* A place masks what the one around it does, and its own names. */
char *inv_conf_merge_masks(inv_loc_conf_t *prev, inv_loc_conf_t *lcf);

/* Refuses files of MongoDB's URI that the workers will not be able to read. */
char *inv_conf_mongo_files(ngx_conf_t *cf, inv_main_conf_t *mcf);

/* What inventory_redis is without its directive. */
char *inv_conf_default_redis(ngx_conf_t *cf, inv_main_conf_t *mcf);

/* redis_ssl, where a server asks for it. */
char *inv_conf_redis_tls(ngx_conf_t *cf, inv_main_conf_t *mcf);

/* The first variable of a list (NULL: its end) that is not empty, or NULL. */
const char *inv_conf_environment(const char *const *names);

extern const char *const inv_conf_redis_names[];

/* init_module: says in the log which module this is, with which libraries. */
ngx_int_t inv_version_init_module(ngx_cycle_t *cycle);

/* The memory in which is counted; see inv_metrics.h. */
char *inv_conf_metrics(ngx_conf_t *cf, inv_main_conf_t *mcf);

/* When all locations are known. */
void inv_conf_finish(ngx_conf_t *cf);

/*
 * The variables that defaults come from survive a binary upgrade, which
 * passes on only those that the core knows of.
 */
ngx_int_t inv_conf_pass_environment(ngx_conf_t *cf);


#endif /* INV_CONF_H */
