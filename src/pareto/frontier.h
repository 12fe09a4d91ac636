/* frontier.h: the points of a group that no other point of it beats.
 *
 * A point is dominated when another is at least as good in every objective and better in one; points that are equal in
 * every objective are all kept. The frontier of the frontiers of parts, taken in order, is the frontier of the whole.
 *
 *     list    [ settled: in order, none dominates another | new, in the order of input ]
 *
 * Most points of a stream are dominated and found so at once, by comparing them with a few settled ones. Those that are not are
 * taken in, and settled when there are as many of them as are settled already: put in order, merged, and sieved (sieve.h). So the
 * list has never more than twice the points of the frontier and a few, and a point is sieved about twice on average, however many
 * there are.
 *
 * No container of a library does this: what has an order (tsearch, glib's GTree and GSequence) answers for one objective. */
#ifndef PARETO_FRONTIER_H
#define PARETO_FRONTIER_H

#include "sieve.h"

enum { OBJECTIVES_MAX = 8, STRONG_MOST = 4 };

struct frontier {
    size_t objectives;
    size_t top; /* not 0: the best `top` in turn, dominated or not */
    struct point *list, *room; /* `size` each, the room twice as much */
    size_t settled, count, size;
    double strong[STRONG_MOST][OBJECTIVES_MAX]; /* points that have lately dominated others, the latest first */
    size_t strongs;
};

void frontier_free(struct frontier *frontier);

/* False when a point with these objectives has no place, for certain: it is dominated or, when `top` is not 0, behind `top` others. */
bool frontier_takes(struct frontier *frontier, const double *objective);

/* Adds a point. The member is the frontier's if it is added; false when memory has run out. */
bool frontier_add(struct frontier *frontier, struct member *member) CC_MUST_CHECK;

/* Leaves in the list the points of the frontier alone, by the objectives in turn, equal ones in the order of input. */
void frontier_settle(struct frontier *frontier);

#endif
