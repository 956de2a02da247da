
/*
 * json: memory for yajl out of an arena.  Any thread.
 */


#include "inv_json_parts.h"


/* The size of a block, kept in front of it for the next realloc. */
typedef union {
    size_t      size;
    max_align_t align;
} inv_json_block_t;


static void *
inv_json_memory_malloc(void *ctx, size_t n)
{
    inv_json_block_t  *block;
    inv_json_memory_t *memory = ctx;

    block = NULL;

    if (n <= SIZE_MAX / 2) {
        block = inv_arena_alloc(memory->arena, sizeof(*block) + n);
    }

    if (block == NULL) {
        longjmp(memory->exhausted, 1);
    }

    block->size = n;

    return block + 1;
}


static void *
inv_json_memory_realloc(void *ctx, void *p, size_t n)
{
    void  *larger;
    size_t size;

    larger = inv_json_memory_malloc(ctx, n);

    if (p != NULL) {
        size = ((inv_json_block_t *) p)[-1].size;
        memcpy(larger, p, size < n ? size : n);
    }

    return larger;
}


static void
inv_json_memory_free(void *ctx, void *p)
{
}


void
inv_json_memory_init(inv_json_memory_t *memory, inv_arena_t *arena)
{
    memory->arena = arena;
    memory->funcs.malloc = inv_json_memory_malloc;
    memory->funcs.realloc = inv_json_memory_realloc;
    memory->funcs.free = inv_json_memory_free;
    memory->funcs.ctx = memory;
}
