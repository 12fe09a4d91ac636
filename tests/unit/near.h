/* near.h: what every unit test includes: cmocka, and comparison by relative difference. */
#ifndef TESTS_UNIT_NEAR_H
#define TESTS_UNIT_NEAR_H

/* cmocka wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

static inline void near_at(double actual, double expected, const char *file, int line)
{
    const double scale = fabs(expected) > 0 ? fabs(expected) : 1;
    if (!(fabs(actual - expected) <= 1e-12 * scale)) {
        print_error("%s:%d: %.17g, expected %.17g\n", file, line, actual, expected);
        _fail(file, line);
    }
}

#define assert_near(actual, expected) near_at(actual, expected, __FILE__, __LINE__)

/* A seeded generator (splitmix64), so that a failure comes again. */
static inline double random_between(uint64_t *state, double low, double high)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return low + (high - low) * ((double)(z >> 11) / 9007199254740992.0);
}

#endif
