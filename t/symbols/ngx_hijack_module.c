
/*
 * A module that exports functions named as those of the libraries that
 * ngx_inventory_module is made of.  nginx loads all modules into one namespace;
 * none of these may ever be called.  Whichever thread calls one: the process
 * says which it was and aborts.
 *
 * For symbols.t only; compiled by itself, so it brings what nginx's configure
 * would write for it.
 */


#include <ngx_config.h>
#include <ngx_core.h>


#define HIJACK(name)                       \
    void name(void);                       \
                                           \
    void name(void)                        \
    {                                      \
        hijacked("hijacked: " #name "\n"); \
    }


static void
hijacked(const char *message)
{
    ssize_t n;

    n = write(STDERR_FILENO, message, strlen(message));
    (void) n;

    ngx_abort();
}


HIJACK(redisConnect)
HIJACK(redisConnectWithTimeout)
HIJACK(redisConnectNonBlock)
HIJACK(redisAsyncConnect)
HIJACK(redisAsyncConnectBind)
HIJACK(redisAsyncConnectUnix)
HIJACK(redisAsyncCommandArgv)
HIJACK(redisAsyncFormattedCommand)
HIJACK(redisAsyncFree)
HIJACK(redisReaderCreate)
HIJACK(yajl_alloc)
HIJACK(yajl_parse)
HIJACK(yajl_gen_alloc)
HIJACK(bson_new)
HIJACK(bson_init)
HIJACK(bson_destroy)
HIJACK(bson_append_utf8)
HIJACK(bson_iter_init)
HIJACK(mongoc_init)
HIJACK(mongoc_uri_new)
HIJACK(mongoc_uri_new_with_error)
HIJACK(mongoc_client_pool_new)
HIJACK(mongoc_client_pool_new_with_error)
HIJACK(mongoc_client_pool_pop)


static ngx_core_module_t ngx_hijack_module_ctx = { ngx_string("hijack"), NULL,
                                                   NULL };


ngx_module_t ngx_hijack_module = { NGX_MODULE_V1,
                                   &ngx_hijack_module_ctx, /* module context */
                                   NULL,            /* module directives */
                                   NGX_CORE_MODULE, /* module type */
                                   NULL,            /* init master */
                                   NULL,            /* init module */
                                   NULL,            /* init process */
                                   NULL,            /* init thread */
                                   NULL,            /* exit thread */
                                   NULL,            /* exit process */
                                   NULL,            /* exit master */
                                   NGX_MODULE_V1_PADDING };


ngx_module_t *ngx_modules[] = { &ngx_hijack_module, NULL };

char *ngx_module_names[] = { "ngx_hijack_module", NULL };

char *ngx_module_order[] = { NULL };
