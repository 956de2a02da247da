
/*
 * base: the arena: chunks that grow, freed at once.
 *
 * Any thread, one owner at a time.  Objects are taken from the front of a
 * chunk and so stay aligned without padding; copied strings are taken from its
 * back.  Under AddressSanitizer what was not handed out is poisoned, and a gap
 * stays between neighbours.
 */


#include "inv_base.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INV_ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define INV_ARENA_ASAN 1
#endif

#ifdef INV_ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define INV_ARENA_GAP 16
#else
#define ASAN_POISON_MEMORY_REGION(start, n)
#define ASAN_UNPOISON_MEMORY_REGION(start, n)
#define INV_ARENA_GAP 0
#endif


#define INV_ARENA_ALIGN 16

/* A small request lives in one malloc of a page. */
#define INV_ARENA_CHUNK_MIN 4096

/* What is lost at the end of a chunk stays small beside what is used. */
#define INV_ARENA_CHUNK_MAX 65536

/* More than this part of a chunk is large: it gets a chunk of its own. */
#define INV_ARENA_LARGE_PART 4


typedef struct inv_arena_chunk_s inv_arena_chunk_t;

struct inv_arena_chunk_s {
    inv_arena_chunk_t *next;
    char              *front; /* first free byte, aligned */
    char              *back;  /* behind the last free byte */
    char              *end;
};

struct inv_arena_s {
    inv_arena_chunk_t  first; /* this very block of memory */
    inv_arena_chunk_t *current;
    size_t             next_size;
};


#define INV_ARENA_ROUND(n) \
    (((n) + INV_ARENA_ALIGN - 1) & ~(size_t) (INV_ARENA_ALIGN - 1))


static void
inv_arena_chunk_init(inv_arena_chunk_t *chunk, size_t header, size_t size)
{
    chunk->front = (char *) chunk + INV_ARENA_ROUND(header);
    chunk->end = (char *) chunk + size;
    chunk->back = chunk->end;

    ASAN_POISON_MEMORY_REGION(chunk->front,
                              (size_t) (chunk->end - chunk->front));
}


inv_arena_t *
inv_arena_create(void)
{
    inv_arena_t *arena;

    arena = malloc(INV_ARENA_CHUNK_MIN);
    if (arena == NULL) {
        return NULL;
    }

    inv_arena_chunk_init(&arena->first, sizeof(inv_arena_t),
                         INV_ARENA_CHUNK_MIN);
    arena->first.next = NULL;
    arena->current = &arena->first;
    arena->next_size = INV_ARENA_CHUNK_MIN * 2;

    return arena;
}


void
inv_arena_destroy(inv_arena_t *arena)
{
    inv_arena_chunk_t *chunk, *next;

    if (arena == NULL) {
        return;
    }

    for (chunk = arena->first.next; chunk != NULL; chunk = next) {
        next = chunk->next;
        ASAN_UNPOISON_MEMORY_REGION(chunk,
                                    (size_t) (chunk->end - (char *) chunk));
        free(chunk);
    }

    ASAN_UNPOISON_MEMORY_REGION(arena, INV_ARENA_CHUNK_MIN);
    free(arena);
}


/* A zeroed chunk with room for n bytes, NULL: no memory. */
static inv_arena_chunk_t *
inv_arena_chunk_add(inv_arena_t *arena, size_t n, bool *fresh)
{
    size_t             size;
    inv_arena_chunk_t *chunk;

    *fresh = n > arena->next_size / INV_ARENA_LARGE_PART;

    if (*fresh) {
        size = INV_ARENA_ROUND(sizeof(inv_arena_chunk_t)) + n;
        /* a large block comes zeroed from the kernel: no second pass */
        chunk = calloc(1, size);
    } else {
        size = arena->next_size;
        chunk = malloc(size);
    }

    if (chunk == NULL) {
        return NULL;
    }

    inv_arena_chunk_init(chunk, sizeof(inv_arena_chunk_t), size);
    chunk->next = arena->first.next;
    arena->first.next = chunk;

    if (!*fresh) {
        arena->current = chunk;

        if (arena->next_size < INV_ARENA_CHUNK_MAX) {
            arena->next_size *= 2;
        }
    }

    return chunk;
}


/* A chunk with n bytes free; fresh: they are known to be zero. */
static inv_arena_chunk_t *
inv_arena_chunk_with(inv_arena_t *arena, size_t n, bool *fresh)
{
    inv_arena_chunk_t *chunk;

    chunk = arena->current;

    if ((size_t) (chunk->back - chunk->front) >= n) {
        *fresh = false;
        return chunk;
    }

    return inv_arena_chunk_add(arena, n, fresh);
}


void *
inv_arena_alloc(inv_arena_t *arena, size_t n)
{
    bool               fresh;
    void              *p;
    size_t             need;
    inv_arena_chunk_t *chunk;

    if (n > SIZE_MAX / 2) {
        return NULL;
    }

    need = INV_ARENA_ROUND(n > 0 ? n : 1) + INV_ARENA_GAP;
    chunk = inv_arena_chunk_with(arena, need, &fresh);
    if (chunk == NULL) {
        return NULL;
    }

    p = chunk->front;
    chunk->front += need;
    ASAN_UNPOISON_MEMORY_REGION(p, n);

    if (!fresh) {
        memset(p, 0, n);
    }

    return p;
}


void *
inv_arena_array(inv_arena_t *arena, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes)) {
        return NULL;
    }

    return inv_arena_alloc(arena, bytes);
}


bool
inv_arena_copy(inv_arena_t *arena, inv_str_t text, inv_str_t *copy)
{
    bool               fresh;
    char              *p;
    size_t             need;
    inv_arena_chunk_t *chunk;

    if (text.data == NULL) {
        *copy = INV_STR_ABSENT;
        return true;
    }

    if (text.len > SIZE_MAX / 2) {
        return false;
    }

    need = text.len + 1 + INV_ARENA_GAP;
    chunk = inv_arena_chunk_with(arena, need, &fresh);
    if (chunk == NULL) {
        return false;
    }

    chunk->back -= need;
    p = chunk->back;
    ASAN_UNPOISON_MEMORY_REGION(p, text.len + 1);

    memcpy(p, text.data, text.len);
    p[text.len] = '\0';

    copy->len = text.len;
    copy->data = p;

    return true;
}
