/* variants.h: one function compiled for several instruction sets, of which the one that the machine has is taken when
 * it runs.
 *
 * A variant is wider, never other arithmetic: no fused multiply-add, no sum in another order. So all give the same
 * bytes. Each is a function that can be called by itself, which is how tests compare them. */
#ifndef CC_BASE_VARIANTS_H
#define CC_BASE_VARIANTS_H

#include <stdbool.h>

/* Inlined into each variant, whose instructions it gets. */
#if defined __GNUC__
#define CC_IN_VARIANTS static inline __attribute__((always_inline))
#else
#define CC_IN_VARIANTS static inline
#endif

/* Four numbers at a time, where compiler and processor may have them. */
#if defined __GNUC__ && defined __x86_64__ && !defined __AVX2__
#define CC_HAS_AVX2 1
#define CC_AVX2 __attribute__((target("avx2")))
static inline bool cc_runs_avx2(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
#define CC_HAS_AVX2 0
#endif

#endif
