/* frontier.h: the points of a group that no other point of it beats.
 *
 * A point is dominated when another is at least as good in every objective and better in one; points that are equal in
 * every objective are all kept. The frontier of the frontiers of parts, taken in order, is the frontier of the whole.
 *
 *     list    [ settled: in order, none dominates another | new, in the order of input ]
 *
 * Most points of a stream are dominated, and a look at a few settled ones shows it; where hardly any is, most are taken
 * in without a look, which would cost a search in a list that is larger than the caches. What is taken in is settled when there are as many new ones as settled ones: put in order, merged and sieved (sieve.h). So the list has
 * at most twice the points of the frontier as it was last, and settling costs each point taken in as much as sieving
 * two, however many there are.
 *
 * With one or two objectives a balanced tree (tsearch, glib's GTree) would do, but with more an order does not tell
 * what is dominated; trees of boxes do, and were slower (tests/bench/README.md). */
#ifndef PARETO_FRONTIER_H
#define PARETO_FRONTIER_H

#include "sieve.h"

enum { OBJECTIVES_MAX = 8, STRONG_MOST = 4 };

struct frontier {
    size_t objectives;
    size_t top;                /* not 0: the best `top` in turn, dominated or not */
    struct point *list, *room; /* for `size` points, and for half as many again */
    bool *dominated;           /* `size` marks */
    size_t settled, count, size;
    double strong[STRONG_MOST][OBJECTIVES_MAX]; /* points that have lately dominated others, the latest first */
    size_t strongs;
    size_t vain, unseen; /* searches without a find since the last find; points to take in before the next search */
};

void frontier_free(struct frontier *frontier);

/* False when a point with these objectives has no place, for certain: it is dominated or, when `top` is not 0, behind
 * `top` others. */
bool frontier_takes(struct frontier *frontier, const double *objective);

/* Adds a point. The member is the frontier's if it is added; false when memory has run out. */
bool frontier_add(struct frontier *frontier, struct member *member) CC_MUST_CHECK;

/* The i-th point of a settled list that is gone through in order, to its end: what is written of it can be dropped. */
const struct member *frontier_member(const struct frontier *frontier, size_t i);
void frontier_drop(struct frontier *frontier, size_t i);

/* Leaves in the list the points of the frontier alone, by the objectives in turn, equal ones in the order of input. */
void frontier_settle(struct frontier *frontier);

#endif
