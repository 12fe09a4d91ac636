/* memory.h: allocation for libraries that do not check for failure (yajl): it succeeds or ends the program. */
#ifndef CC_CLI_MEMORY_H
#define CC_CLI_MEMORY_H

#include <stddef.h>

/* In the shape of yajl_alloc_funcs; `program` is the program's name. When memory has run out they say so and exit 3. */
void *cc_memory_take(void *program, size_t size);
void *cc_memory_resize(void *program, void *old, size_t size);
void cc_memory_give(void *program, void *old);

#endif
