
/*
 * json: the writer.  Any thread.
 *
 * yajl_gen escapes strings and sets commas.  It neither matches brackets nor
 * minds a missing value, and closing too much takes it out of its own memory:
 * what may come next is decided here.
 */


#include "inv_json_parts.h"

#include <yajl/yajl_gen.h>


/* A rendered product, the commonest text, fits into the first buffer. */
#define INV_JSON_WRITER_BUFFER 512

struct inv_json_writer_s {
    inv_arena_t      *arena;
    inv_json_memory_t memory;
    yajl_gen          gen;

    char  *buffer;
    size_t len;
    size_t size;

    inv_json_type_t open[INV_JSON_DEPTH_MAX]; /* arrays and objects */
    size_t          depth;
    bool            named; /* a member has its name and wants its value */
    bool            done;  /* the outermost value is complete */
    bool            failed;
};


/* Makes room for n more bytes.  False: no memory. */
static bool
inv_json_writer_reserve(inv_json_writer_t *w, size_t n)
{
    char  *buffer;
    size_t size;

    if (n <= w->size - w->len) {
        return true;
    }

    if (n > SIZE_MAX / 4) {
        return false;
    }

    size = w->size * 2 > w->len + n ? w->size * 2 : w->len + n;
    buffer = inv_arena_alloc(w->arena, size);
    if (buffer == NULL) {
        return false;
    }

    memcpy(buffer, w->buffer, w->len);
    w->buffer = buffer;
    w->size = size;

    return true;
}


static void
inv_json_writer_print(void *ctx, const char *text, size_t len)
{
    inv_json_writer_t *w = ctx;

    if (w->failed || !inv_json_writer_reserve(w, len)) {
        w->failed = true;
        return;
    }

    memcpy(w->buffer + w->len, text, len);
    w->len += len;
}


inv_json_writer_t *
inv_json_writer_create(inv_arena_t *arena)
{
    inv_json_writer_t *w;

    w = inv_arena_alloc(arena, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }

    w->arena = arena;
    w->buffer = inv_arena_alloc(arena, INV_JSON_WRITER_BUFFER);
    if (w->buffer == NULL) {
        return NULL;
    }

    w->size = INV_JSON_WRITER_BUFFER;
    inv_json_memory_init(&w->memory, arena);

    /* with a print callback yajl_gen needs no memory after this */

    if (setjmp(w->memory.exhausted) != 0) {
        return NULL;
    }

    w->gen = yajl_gen_alloc(&w->memory.funcs);
    (void) yajl_gen_config(w->gen, yajl_gen_print_callback,
                           inv_json_writer_print, w);

    return w;
}


/* Whether a value may come now; it is about to.  False: the writer failed. */
static bool
inv_json_writer_value(inv_json_writer_t *w)
{
    bool in_object;

    in_object = w->depth > 0 && w->open[w->depth - 1] == INV_JSON_OBJECT;

    if (w->failed || w->done || in_object != w->named) {
        w->failed = true;
        return false;
    }

    w->named = false;
    w->done = w->depth == 0;

    return true;
}


static void
inv_json_writer_open(inv_json_writer_t *w, inv_json_type_t type)
{
    if (w->depth == INV_JSON_DEPTH_MAX || !inv_json_writer_value(w)) {
        w->failed = true;
        return;
    }

    w->open[w->depth++] = type;
    w->done = false;

    if (type == INV_JSON_OBJECT) {
        (void) yajl_gen_map_open(w->gen);
    } else {
        (void) yajl_gen_array_open(w->gen);
    }
}


static void
inv_json_writer_close(inv_json_writer_t *w, inv_json_type_t type)
{
    if (w->failed || w->depth == 0 || w->open[w->depth - 1] != type || w->named)
    {
        w->failed = true;
        return;
    }

    w->depth--;
    w->done = w->depth == 0;

    if (type == INV_JSON_OBJECT) {
        (void) yajl_gen_map_close(w->gen);
    } else {
        (void) yajl_gen_array_close(w->gen);
    }
}


void
inv_json_open_object(inv_json_writer_t *w)
{
    inv_json_writer_open(w, INV_JSON_OBJECT);
}


void
inv_json_close_object(inv_json_writer_t *w)
{
    inv_json_writer_close(w, INV_JSON_OBJECT);
}


void
inv_json_open_array(inv_json_writer_t *w)
{
    inv_json_writer_open(w, INV_JSON_ARRAY);
}


void
inv_json_close_array(inv_json_writer_t *w)
{
    inv_json_writer_close(w, INV_JSON_ARRAY);
}


static void
inv_json_writer_text(inv_json_writer_t *w, inv_str_t text)
{
    if (text.len == 0) {
        text = inv_str(""); /* it may be an absent one */
    }

    if (inv_utf8_valid(text) != text.len) {
        w->failed = true;
        return;
    }

    (void) yajl_gen_string(w->gen, (const unsigned char *) text.data, text.len);
}


void
inv_json_name(inv_json_writer_t *w, const char *name)
{
    if (w->failed || w->depth == 0 || w->named
        || w->open[w->depth - 1] != INV_JSON_OBJECT)
    {
        w->failed = true;
        return;
    }

    w->named = true;
    inv_json_writer_text(w, (inv_str_t){ strlen(name), name });
}


void
inv_json_string(inv_json_writer_t *w, inv_str_t text)
{
    if (inv_json_writer_value(w)) {
        inv_json_writer_text(w, text);
    }
}


void
inv_json_integer(inv_json_writer_t *w, int64_t value)
{
    if (inv_json_writer_value(w)) {
        (void) yajl_gen_integer(w->gen, value);
    }
}


void
inv_json_number(inv_json_writer_t *w, inv_str_t text)
{
    inv_json_decimal_t decimal;

    if (!inv_json_writer_value(w)) {
        return;
    }

    if (!inv_json_decimal_read(text, &decimal)) {
        w->failed = true;
        return;
    }

    (void) yajl_gen_number(w->gen, text.data, text.len);
}


void
inv_json_bool(inv_json_writer_t *w, bool value)
{
    if (inv_json_writer_value(w)) {
        (void) yajl_gen_bool(w->gen, value);
    }
}


void
inv_json_null(inv_json_writer_t *w)
{
    if (inv_json_writer_value(w)) {
        (void) yajl_gen_null(w->gen);
    }
}


void
inv_json_raw(inv_json_writer_t *w, inv_str_t value)
{
    if (!inv_json_writer_value(w)) {
        return;
    }

    if (value.len == 0) {
        w->failed = true;
        return;
    }

    (void) yajl_gen_number(w->gen, value.data, value.len);
}


bool
inv_json_finish(inv_json_writer_t *w, inv_str_t *text)
{
    if (w->failed || !w->done) {
        return false;
    }

    *text = (inv_str_t){ w->len, w->buffer };

    return true;
}
