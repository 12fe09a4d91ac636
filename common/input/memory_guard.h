/* memory_guard.h: reports out of memory inside libfyaml, which does not check its allocations.
 *
 * Between begin and end a SIGSEGV with ENOMEM in errno prints "out of memory" on standard error and ends the program with exit
 * code 3; any other goes to the previous handler. Calls may be nested. */
#ifndef CC_INPUT_MEMORY_GUARD_H
#define CC_INPUT_MEMORY_GUARD_H

void cc_memory_guard_begin(void);
void cc_memory_guard_end(void);

#endif
