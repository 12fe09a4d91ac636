#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct cc_arena_block {
    struct cc_arena_block *next;
    size_t used, size;
    bool dirty; /* used before */
    alignas(max_align_t) unsigned char bytes[];
};

enum { BLOCK_SIZE = 16 * 1024 };

/* A block that is spare, if the next one is large enough. */
static struct cc_arena_block *spare_block(struct cc_arena *arena, size_t size)
{
    struct cc_arena_block *block = arena->spare;
    if (block == NULL || block->size < size)
        return NULL;
    arena->spare = block->next;
    block->next = arena->blocks;
    block->used = 0;
    block->dirty = true;
    return arena->blocks = block;
}

static struct cc_arena_block *new_block(struct cc_arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct cc_arena_block))
        return NULL;
    struct cc_arena_block *block = calloc(1, sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *cc_arena_take(struct cc_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align)
        return NULL;
    size = (size + align - 1) / align * align;
    struct cc_arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = spare_block(arena, size);
    if (block == NULL)
        block = new_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
    if (block == NULL)
        return NULL;
    void *piece = block->bytes + block->used;
    if (block->dirty)
        memset(piece, 0, size);
    block->used += size;
    arena->taken += size;
    return piece;
}

char *cc_arena_copy(struct cc_arena *arena, const char *s, size_t len)
{
    char *copy = cc_arena_take(arena, len + 1);
    if (copy != NULL && len > 0)
        memcpy(copy, s, len);
    return copy;
}

void cc_arena_clear(struct cc_arena *arena)
{
    while (arena->blocks != NULL) {
        struct cc_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        block->next = arena->spare;
        arena->spare = block;
    }
    arena->taken = 0;
}

void cc_arena_free(struct cc_arena *arena)
{
    cc_arena_clear(arena);
    while (arena->spare != NULL) {
        struct cc_arena_block *next = arena->spare->next;
        free(arena->spare);
        arena->spare = next;
    }
}
