
/*
 * http: metrics: the location.  Event loop; a page is gathered and written at
 * once, in less time than a few requests take.
 */


#include "inv_metrics_http.h"
#include "inv_reply.h"


/* The plain type decides what gzip_types is about. */
#define INV_METRICS_PLAIN (sizeof("text/plain") - 1)

static const ngx_str_t inv_metrics_type =
    ngx_string("text/plain; version=0.0.4; charset=utf-8");


static void
inv_metrics_take_stock(inv_metrics_page_t *page)
{
    size_t      i;
    inv_zone_t *zone = inv_worker->zone;

    /* of this worker, as it is just now */
    inv_metrics_worker_publish();

    inv_metrics_sum(&page->sum);
    page->nworkers = inv_metrics_gather(&page->gauges, page->redis_up);

    inv_zone_count(zone, &page->zone);

    for (i = 0; i < INV_SHELVES; i++) {
        inv_zone_count_shelf(zone, (inv_zone_shelf_t) i, &page->shelves[i]);
    }
}


void
inv_metrics_get(inv_request_t *rq, const inv_json_t *body)
{
    size_t                      i;
    inv_metrics_page_t         *page;
    const inv_metrics_family_t *family;

    page = ngx_palloc(rq->r->pool, sizeof(inv_metrics_page_t));
    if (page == NULL) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_metrics_take_stock(page);
    inv_metrics_text_init(&page->text, rq->r->pool);

    for (i = 0; i < inv_metrics_nfamilies; i++) {
        family = &inv_metrics_families[i];
        inv_metrics_head(&page->text, family->name, family->type, family->help);
        family->write(page, family);
    }

    if (page->text.failed) {
        inv_reply_internal(rq, "no memory");
        return;
    }

    inv_metrics_text_end(&page->text, rq->r == rq->r->main);

    inv_reply_chain(rq, NGX_HTTP_OK, &inv_metrics_type, INV_METRICS_PLAIN,
                    page->text.first, page->text.length);
}
