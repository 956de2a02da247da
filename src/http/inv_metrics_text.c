
/*
 * http: metrics as text, see inv_metrics_text.h.  Event loop.
 */


#include "inv_metrics_text.h"


/* A page of metrics is two or three of them. */
#define INV_METRICS_BUFFER 16384

#define INV_METRICS_DIGITS 24 /* of any 64-bit number, and a NUL */


void
inv_metrics_text_init(inv_metrics_text_t *text, ngx_pool_t *pool)
{
    ngx_memzero(text, sizeof(inv_metrics_text_t));

    text->pool = pool;
    text->last = &text->first;
}


void
inv_metrics_text_end(inv_metrics_text_t *text, bool last)
{
    text->buf->last_buf = last;
    text->buf->last_in_chain = 1;
}


static bool
inv_metrics_grow(inv_metrics_text_t *text)
{
    ngx_buf_t   *b;
    ngx_chain_t *cl;

    b = ngx_create_temp_buf(text->pool, INV_METRICS_BUFFER);
    cl = ngx_alloc_chain_link(text->pool);

    if (b == NULL || cl == NULL) {
        text->failed = true;
        return false;
    }

    cl->buf = b;
    cl->next = NULL;

    *text->last = cl;
    text->last = &cl->next;
    text->buf = b;

    return true;
}


static void
inv_metrics_put(inv_metrics_text_t *text, const char *data, size_t len)
{
    size_t room;

    while (len != 0 && !text->failed) {
        room =
            text->buf == NULL ? 0 : (size_t) (text->buf->end - text->buf->last);

        if (room == 0) {
            if (!inv_metrics_grow(text)) {
                return;
            }

            continue;
        }

        room = ngx_min(room, len);
        text->buf->last = ngx_cpymem(text->buf->last, data, room);
        text->length += (off_t) room;
        data += room;
        len -= room;
    }
}


static void
inv_metrics_words(inv_metrics_text_t *text, const char *words)
{
    inv_metrics_put(text, words, ngx_strlen(words));
}


void
inv_metrics_head(inv_metrics_text_t *text, const char *name, const char *type,
                 const char *help)
{
    inv_metrics_words(text, "# HELP ");
    inv_metrics_words(text, name);
    inv_metrics_words(text, " ");
    inv_metrics_words(text, help);
    inv_metrics_words(text, "\n# TYPE ");
    inv_metrics_words(text, name);
    inv_metrics_words(text, " ");
    inv_metrics_words(text, type);
    inv_metrics_words(text, "\n");
}


/* A path of a socket may hold anything that a line may. */
static void
inv_metrics_escaped(inv_metrics_text_t *text, const char *value)
{
    for (/* void */; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"') {
            inv_metrics_put(text, "\\", 1);
        }

        inv_metrics_put(text, value, 1);
    }
}


static void
inv_metrics_line(inv_metrics_text_t *text, const char *name, const char *suffix,
                 const inv_metrics_label_t *labels, size_t nlabels,
                 const char *value)
{
    size_t i;

    inv_metrics_words(text, name);
    inv_metrics_words(text, suffix);

    for (i = 0; i < nlabels; i++) {
        inv_metrics_words(text, i == 0 ? "{" : ",");
        inv_metrics_words(text, labels[i].name);
        inv_metrics_words(text, "=\"");
        inv_metrics_escaped(text, labels[i].value);
        inv_metrics_words(text, "\"");
    }

    inv_metrics_words(text, nlabels != 0 ? "} " : " ");
    inv_metrics_words(text, value);
    inv_metrics_words(text, "\n");
}


void
inv_metrics_sample(inv_metrics_text_t *text, const char *name,
                   const char *suffix, const inv_metrics_label_t *labels,
                   size_t nlabels, uint64_t value)
{
    char digits[INV_METRICS_DIGITS];

    *ngx_sprintf((u_char *) digits, "%uL", value) = '\0';

    inv_metrics_line(text, name, suffix, labels, nlabels, digits);
}


char *
inv_metrics_seconds(uint64_t ms, char *out)
{
    u_char *p;

    p = ngx_sprintf((u_char *) out, "%uL", ms / 1000);

    if (ms % 1000 != 0) {
        p = ngx_sprintf(p, ".%03uL", ms % 1000);

        while (p[-1] == '0') {
            p--;
        }
    }

    *p = '\0';

    return out;
}


void
inv_metrics_sample_ms(inv_metrics_text_t *text, const char *name,
                      const char *suffix, const inv_metrics_label_t *labels,
                      size_t nlabels, uint64_t ms)
{
    char seconds[INV_METRICS_SECONDS];

    inv_metrics_line(text, name, suffix, labels, nlabels,
                     inv_metrics_seconds(ms, seconds));
}
