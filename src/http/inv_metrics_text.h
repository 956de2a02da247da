
/*
 * http: metrics as text, in the format of Prometheus, version 0.0.4.  Event
 * loop.
 */


#ifndef INV_METRICS_TEXT_H
#define INV_METRICS_TEXT_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../base/inv_base.h"


/* A growing text in buffers of a pool. */
typedef struct {
    ngx_pool_t   *pool;
    ngx_chain_t  *first;
    ngx_chain_t **last;
    ngx_buf_t    *buf; /* that is being filled; NULL: none yet */
    off_t         length;
    bool          failed; /* no memory: what follows is lost */
} inv_metrics_text_t;

/* One label of a sample; both NUL-terminated, value is escaped. */
typedef struct {
    const char *name;
    const char *value;
} inv_metrics_label_t;

void inv_metrics_text_init(inv_metrics_text_t *text, ngx_pool_t *pool);

/* Nothing follows; last: nothing of the response either.  At least one line. */
void inv_metrics_text_end(inv_metrics_text_t *text, bool last);

/* What comes before the samples of a metric; type: counter, gauge, histogram. */
void inv_metrics_head(inv_metrics_text_t *text, const char *name,
                      const char *type, const char *help);

/* suffix: "", "_bucket", "_sum" or "_count". */
void inv_metrics_sample(inv_metrics_text_t *text, const char *name,
                        const char *suffix, const inv_metrics_label_t *labels,
                        size_t nlabels, uint64_t value);

/* The same of a time in milliseconds, written in seconds. */
void
inv_metrics_sample_ms(inv_metrics_text_t *text, const char *name,
                      const char *suffix, const inv_metrics_label_t *labels,
                      size_t nlabels, uint64_t ms);

/* Room for any time in seconds, and a NUL. */
#define INV_METRICS_SECONDS 32

/* 2500: "2.5"; NUL-terminated.  Returns out. */
char *inv_metrics_seconds(uint64_t ms, char *out);


#endif /* INV_METRICS_TEXT_H */
