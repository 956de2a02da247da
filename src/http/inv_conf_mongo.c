
/*
 * http: the files that MongoDB's URI names, see inv_conf.h.
 *
 * The driver reads them in the workers, so that they are tried with the rights
 * of the workers' user: the master, which is root, can read what they cannot.
 */


#include <grp.h>
#include <sys/prctl.h>

#include "inv_conf.h"


/* What the master is, to be it again. */
typedef struct {
    int    ngroups;
    gid_t *groups;
    gid_t  gid;
    int    dumpable; /* lost when the user changes */
} inv_conf_rights_t;


static ngx_int_t
inv_conf_save_rights(ngx_conf_t *cf, inv_conf_rights_t *own)
{
    own->gid = getegid();
    own->dumpable = prctl(PR_GET_DUMPABLE);
    own->ngroups = getgroups(0, NULL);

    if (own->ngroups < 0) {
        return NGX_ERROR;
    }

    /* of one more, for there may be none */
    own->groups =
        ngx_palloc(cf->pool, ((size_t) own->ngroups + 1) * sizeof(gid_t));

    return own->groups != NULL
                   && getgroups(own->ngroups, own->groups) == own->ngroups
               ? NGX_OK
               : NGX_ERROR;
}


static ngx_int_t
inv_conf_restore_rights(const inv_conf_rights_t *own)
{
    if (seteuid(0) != 0 || setegid(own->gid) != 0
        || setgroups((size_t) own->ngroups, own->groups) != 0)
    {
        return NGX_ERROR;
    }

    (void) prctl(PR_SET_DUMPABLE, own->dumpable);

    return NGX_OK;
}


static ngx_int_t
inv_conf_files_of_worker(ngx_conf_t *cf, const ngx_core_conf_t *ccf,
                         const char *uri, char *reason, size_t size, int *files)
{
    inv_conf_rights_t own;

    if (inv_conf_save_rights(cf, &own) != NGX_OK) {
        return NGX_ERROR;
    }

    /* nor may a worker then, which nginx says when it starts them */
    if (initgroups(ccf->username, ccf->group) != 0 || setegid(ccf->group) != 0
        || seteuid(ccf->user) != 0)
    {
        ngx_log_error(NGX_LOG_WARN, cf->log, ngx_errno,
                      "inventory_mongo: files are not tried as user \"%s\"",
                      ccf->username);
    }

    *files = inv_store_uri_files(uri, reason, size);

    return inv_conf_restore_rights(&own);
}


char *
inv_conf_mongo_files(ngx_conf_t *cf, inv_main_conf_t *mcf)
{
    int              files;
    char             reason[NGX_MAX_CONF_ERRSTR];
    const char      *uri, *who;
    ngx_core_conf_t *ccf;

    ccf =
        (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx, ngx_core_module);

    uri = (const char *) mcf->mongo.data;
    who = "this process";
    files = inv_store_uri_files(uri, reason, sizeof(reason));

    /* a `user` below `http` is not known yet: the worker's log tells then */
    if (files != 0 && geteuid() == 0
        && ccf->user != (ngx_uid_t) NGX_CONF_UNSET_UINT)
    {
        who = ccf->username;

        if (inv_conf_files_of_worker(cf, ccf, uri, reason, sizeof(reason),
                                     &files)
            != NGX_OK)
        {
            ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
                          "inventory_mongo: the rights of user \"%s\" cannot "
                          "be tried",
                          who);
            return NGX_CONF_ERROR;
        }
    }

    if (files < 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "inventory_mongo: %s cannot read %s", who, reason);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
