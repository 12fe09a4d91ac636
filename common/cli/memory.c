#include "cli/memory.h"

#include <stdlib.h>

#include "cli/run.h"

static void *checked(const char *program, void *memory)
{
    struct cc_error error;
    if (memory == NULL) {
        cc_fail_memory(&error);
        cc_die(program, &error);
    }
    return memory;
}

void *cc_memory_take(void *program, size_t size)
{
    return checked(program, malloc(size));
}

void *cc_memory_resize(void *program, void *old, size_t size)
{
    return checked(program, realloc(old, size));
}

void cc_memory_give(void *program, void *old)
{
    (void)program;
    free(old);
}
