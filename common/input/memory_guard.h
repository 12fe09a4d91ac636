/* memory_guard.h: memory that runs out inside libfyaml, which does not look whether its allocations succeed, as the error that it is.
 *
 * Between begin and end a SIGSEGV with ENOMEM in errno prints "out of memory" on standard error and ends the program with exit
 * code 3; any other is left to who handled it before. Both may be nested. */
#ifndef CC_INPUT_MEMORY_GUARD_H
#define CC_INPUT_MEMORY_GUARD_H

void cc_memory_guard_begin(void);
void cc_memory_guard_end(void);

#endif
