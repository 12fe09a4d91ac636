/* order.h: how points compare. A point is its objectives, in each of which smaller is better. */
#ifndef PARETO_ORDER_H
#define PARETO_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/* Negative, 0 or positive as `a` comes before, with or after `b`. Both orders put a point behind those that dominate it. */
typedef int point_order(const double *a, const double *b, size_t objectives);

/* By the first objective, among those equal in it by the second, and so on. */
point_order compare_in_turn;

/* By the bits of all objectives interleaved, the highest first (Z-order): points near in this order are near in all objectives. */
point_order compare_interleaved;

/* Whether `a` is at least as good as `b` in every objective. */
static inline bool covers(const double *a, const double *b, size_t objectives)
{
    for (size_t i = 0; i < objectives; i++)
        if (a[i] > b[i])
            return false;
    return true;
}

static inline bool equals(const double *a, const double *b, size_t objectives)
{
    for (size_t i = 0; i < objectives; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

#endif
