#include "order.h"

#include <stdint.h>
#include <string.h>

int compare_in_turn(const double *a, const double *b, size_t objectives)
{
    for (size_t i = 0; i < objectives; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* An integer that is the larger the larger the number is: the sign bit of a positive number turned, all bits of a negative one. */
static uint64_t ordered_bits(double number)
{
    const double no_negative_zero = number + 0.0;
    uint64_t bits;
    memcpy(&bits, &no_negative_zero, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | UINT64_C(1) << 63;
}

/* The interleaved bits first differ in the objective whose own bits differ highest up (T. M. Chan, "Closest-point problems
 * simplified on the RAM", SODA 2002). Of two integers, y has the higher leading bit if x < y and x < (x ^ y). */
int compare_interleaved(const double *a, const double *b, size_t objectives)
{
    uint64_t highest = 0;
    size_t decisive = 0;
    for (size_t i = 0; i < objectives; i++) {
        const uint64_t differing = ordered_bits(a[i]) ^ ordered_bits(b[i]);
        if (highest < differing && highest < (highest ^ differing)) {
            highest = differing;
            decisive = i;
        }
    }
    return compare_in_turn(a + decisive, b + decisive, 1);
}
