/* frontier.h: the points of a group that no other point of it beats.
 *
 * A point is dominated when another is at least as good in every objective and better in one; points that are equal in
 * every objective are all kept. The frontier of the frontiers of parts, taken in order, is the frontier of the whole.
 *
 * Points are kept in the order of their objectives, equal ones in the order of input. With one or two objectives the only
 * point that needs a look before adding is the one in front, found by halving: n log n for n points. With more, the
 * points in front are searched through: n times the size of the frontier at worst. */
#ifndef PARETO_FRONTIER_H
#define PARETO_FRONTIER_H

#include "base/text.h"

enum { OBJECTIVES_MAX = 8 };

struct member {
    double objective[OBJECTIVES_MAX]; /* smaller is better */
    size_t len;
    char bytes[]; /* the record */
};

struct frontier {
    struct member **list;
    size_t count, size;
};

/* Where a point with these objectives would go in, or SIZE_MAX when it has no place: it is dominated or, when `top` is not 0,
 * behind `top` others. */
size_t frontier_place(const struct frontier *frontier, const double *objective, size_t objectives, size_t top);

/* Adds a point at its place, and drops the points that it dominates or, when `top` is not 0, the one that is now too many.
 * False when memory has run out. */
bool frontier_add(struct frontier *frontier, size_t place, const double *objective, size_t objectives, size_t top,
                  struct cc_text record);

void frontier_free(struct frontier *frontier);

#endif
