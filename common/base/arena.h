/* arena.h: memory that is taken piece by piece and given back all at once. */
#ifndef CC_BASE_ARENA_H
#define CC_BASE_ARENA_H

#include <stddef.h>

struct cc_arena_block;

struct cc_arena {
    struct cc_arena_block *blocks, *spare; /* spare: to be used again */
    size_t taken;                          /* bytes */
};

/* `size` zeroed bytes aligned for any type, or NULL when memory has run out. They belong to the arena. */
void *cc_arena_take(struct cc_arena *arena, size_t size);

/* A NUL-terminated copy of `len` bytes, or NULL when memory has run out. */
char *cc_arena_copy(struct cc_arena *arena, const char *s, size_t len);

/* Takes all pieces back, and keeps the memory for those to come. */
void cc_arena_clear(struct cc_arena *arena);

/* Gives everything back; the arena may be used again. */
void cc_arena_free(struct cc_arena *arena);

#endif
