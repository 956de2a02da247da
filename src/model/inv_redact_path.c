
/*
 * model: paths without their secrets.  Any thread.
 */


#include "inv_percent.h"
#include "inv_redact_private.h"


typedef struct {
    inv_arena_t              *arena;
    const inv_redact_rules_t *rules;
    char                     *out; /* room for all masks there may be */
    size_t                    n;
} redact_path_t;


static void
redact_path_put(redact_path_t *rp, inv_str_t text)
{
    if (text.len > 0) {
        memcpy(rp->out + rp->n, text.data, text.len);
        rp->n += text.len;
    }
}


/* Whether a segment, decoded, is a listed name: what follows is its value. */
static bool
redact_segment_names_secret(const redact_path_t *rp, inv_str_t segment)
{
    inv_str_t name;

    return segment.len > 0
           && (inv_percent_decode(rp->arena, segment, &name) != INV_PERCENT_OK
               || inv_redact_name_is_secret(rp->rules, name));
}


/* A segment; masked if it is secret, or the one before it is a listed name. */
static void
redact_segment_put(redact_path_t *rp, inv_str_t segment, inv_str_t before)
{
    if (segment.len > 0
        && (redact_segment_names_secret(rp, before)
            || inv_redact_text_is_secret(rp->rules, segment, 0)))
    {
        segment = inv_str(INV_REDACT_MASK);
    }

    redact_path_put(rp, segment);
}


static void
redact_segments_put(redact_path_t *rp, inv_str_t path)
{
    size_t    i, start;
    inv_str_t segment, before;

    start = 0;
    before = INV_STR_ABSENT;

    for (i = 0; i <= path.len; i++) {

        if (i < path.len && path.data[i] != '/') {
            continue;
        }

        segment = (inv_str_t){ i - start, path.data + start };
        redact_segment_put(rp, segment, before);

        if (i < path.len) {
            redact_path_put(rp, inv_str("/"));
        }

        /* nginx takes "//" for "/" */
        before = segment.len > 0 ? segment : before;
        start = i + 1;
    }
}


bool
inv_redact_path(inv_arena_t *arena, const inv_redact_rules_t *rules,
                inv_str_t path, inv_str_t *text)
{
    inv_str_t          shown;
    redact_path_t      rp = { .arena = arena, .rules = rules };
    inv_json_writer_t *w;

    if (path.len > INV_REDACT_TEXT_MAX) {
        return inv_redact_unlogged(arena, inv_str("too large"),
                                   (int64_t) path.len, text);
    }

    /* Every second byte may be a segment that is masked. */

    rp.out =
        inv_arena_alloc(arena, (path.len + 1) * sizeof("/" INV_REDACT_MASK));
    w = inv_json_writer_create(arena);

    if (rp.out == NULL || w == NULL) {
        return false;
    }

    redact_segments_put(&rp, path);

    shown = (inv_str_t){ rp.n, rp.out };

    /* Digits over segments; "//user:password@host". */

    if (inv_redact_has_card(shown) || inv_redact_has_credential(shown)
        || rp.n > INV_REDACT_OUTPUT_MAX)
    {
        shown = inv_str(INV_REDACT_MASK);
    }

    inv_json_string(w, shown);

    return inv_json_finish(w, text);
}
