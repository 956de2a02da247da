
/*
 * http: metrics: of the shared zone, and of Redis.  Event loop.
 */


#include "inv_metrics_http.h"


static const char *const inv_metrics_shelf_names[INV_SHELVES] = {
    [INV_SHELF_PRODUCTS] = "products",
    [INV_SHELF_SHORT] = "short",
    [INV_SHELF_LISTS] = "lists",
};

static const char *const inv_metrics_loss_names[INV_ZONE_LOSSES] = {
    [INV_ZONE_TORN] = "torn",
    [INV_ZONE_OVERFLOW] = "overflow",
    [INV_ZONE_CLOCK] = "clock",
    [INV_ZONE_BESIDE] = "beside",
    [INV_ZONE_LENGTHENED] = "lengthened",
};


/* One sample for each server of the configuration. */
static void
inv_metrics_servers(inv_metrics_page_t         *page,
                    const inv_metrics_family_t *family,
                    uint64_t (*value)(const inv_metrics_page_t   *page,
                                      const inv_metrics_family_t *family,
                                      unsigned                    server))
{
    size_t               i;
    unsigned             server;
    inv_metrics_label_t  label;
    const inv_metrics_t *metrics = inv_worker->conf->metrics->data;

    label.name = "server";

    for (i = 0; i < metrics->nnames; i++) {
        server = inv_metrics_server(i);
        label.value = metrics->names[i];

        if (server < INV_METRICS_SERVERS) {
            inv_metrics_sample(&page->text, family->name, "", &label, 1,
                               value(page, family, server));
        }
    }
}


static uint64_t
inv_metrics_redis_workers(const inv_metrics_page_t   *page,
                          const inv_metrics_family_t *family, unsigned server)
{
    return page->redis_up[server];
}


static uint64_t
inv_metrics_redis_count(const inv_metrics_page_t   *page,
                        const inv_metrics_family_t *family, unsigned server)
{
    return page->sum.redis[server][family->offset];
}


void
inv_metrics_write_redis_up(inv_metrics_page_t         *page,
                           const inv_metrics_family_t *family)
{
    inv_metrics_servers(page, family, inv_metrics_redis_workers);
}


void
inv_metrics_write_redis(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    inv_metrics_servers(page, family, inv_metrics_redis_count);
}


void
inv_metrics_write_shelf(inv_metrics_page_t         *page,
                        const inv_metrics_family_t *family)
{
    size_t              i;
    const u_char       *at;
    inv_metrics_label_t label;

    label.name = "shelf";

    for (i = 0; i < INV_SHELVES; i++) {
        label.value = inv_metrics_shelf_names[i];
        at = (const u_char *) &page->shelves[i] + family->offset;

        inv_metrics_sample(&page->text, family->name, "", &label, 1,
                           *(const uint64_t *) at);
    }
}


void
inv_metrics_write_floors(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    inv_metrics_sample(&page->text, family->name, "", NULL, 0,
                       page->zone.raised);
}


void
inv_metrics_write_losses(inv_metrics_page_t         *page,
                         const inv_metrics_family_t *family)
{
    size_t              i;
    inv_metrics_label_t label;

    label.name = "cause";

    for (i = 0; i < INV_ZONE_LOSSES; i++) {
        label.value = inv_metrics_loss_names[i];
        inv_metrics_sample(&page->text, family->name, "", &label, 1,
                           page->zone.losses[i]);
    }
}
