/* frontier.h: the points of a group that no other point of it beats.
 *
 * A point is dominated when another is at least as good in every objective and better in one; points that are equal in
 * every objective are all kept. The frontier of the frontiers of parts, taken in order, is the frontier of the whole.
 *
 * Points are kept in a B+-tree, equal ones in the order of input, in which each entry also has the box of the points below it:
 *
 *     node    [ low high first | low high first | ... ]    corners of the box, and its first point in the order of the tree
 *                  |                 |
 *     leaf    [ point | point ... ]  [ point | point ... ]
 *
 * Is a point dominated? Every point below an entry is at least `low` and at most `high`: where `low` is worse in an objective,
 * none below dominates it; where `high` is no worse in any, one does (or all are equal to it). Only between these the search
 * goes down. So it is with the points that a new one dominates.
 *
 * With one or two objectives the order is that of the output, and a search looks at a few entries a level: n log n for n points.
 * With more it is the Z-order, so that boxes are small in all objectives: this is the ZB-tree of K. C. K. Lee, B. Zheng, H. Li
 * and W.-C. Lee, "Approaching the Skyline in Z Order", VLDB 2007. There n log n is what is measured (tests/bench); at worst
 * a search sees every box.
 *
 * Trees of libraries (tsearch, glib's GTree and GSequence) search by an order alone, which more than two objectives do not have;
 * R-trees (libspatialindex, sqlite3) neither stop at a box that answers nor compare all bits of a double. */
#ifndef PARETO_FRONTIER_H
#define PARETO_FRONTIER_H

#include "member.h"
#include "order.h"

enum { OBJECTIVES_MAX = 8 };

struct node;

struct frontier {
    size_t objectives;
    size_t top; /* not 0: the best `top` in turn, dominated or not */
    point_order *order;
    struct node *root; /* NULL as long as there are no points */
    size_t count;
};

struct frontier frontier_of(size_t objectives, size_t top);
void frontier_free(struct frontier *frontier);

/* Whether a point with these objectives has a place: it is not dominated or, when `top` is not 0, not behind `top` others. */
bool frontier_takes(const struct frontier *frontier, const double *objective);

/* Adds a point that has a place, and drops the points that it dominates or, when `top` is not 0, the one that is now too many.
 * The member is the frontier's if it is added. False when memory has run out: then the point is not in
 * it, and what is can be written and freed. */
bool frontier_add(struct frontier *frontier, struct member *member) CC_MUST_CHECK;

/* The first point by the objectives in turn, and from it by `next` all others, equal ones in the order of input. */
struct member *frontier_in_turn(struct frontier *frontier);

#endif
