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

#include "stream/design.h"

enum { OBJECTIVES_MAX = 8 };

/* What the rows kept of one record share. It goes with the last of them. */
struct source {
    struct cc_frame *frame;
    size_t members;
};

/* A point: a row of its source. */
struct member {
    struct source *source;
    size_t row_len;
    double objective[]; /* smaller is better; behind them the bytes of the row */
};

struct frontier {
    struct member **list;
    size_t count, size;
};

/* A source of no members, to be released when its record has been gone through. NULL when memory has run out. */
struct source *source_new(const struct cc_record *record, const struct cc_points *points);
void source_release(struct source *source);

/* The bytes of a point's row. */
struct cc_text member_row(const struct member *member, size_t objectives);

/* Where a point with these objectives would go in, or SIZE_MAX when it has no place: it is dominated or, when `top` is not 0,
 * behind `top` others. */
size_t frontier_place(const struct frontier *frontier, const double *objective, size_t objectives, size_t top);

/* Adds a point at its place, and drops the points that it dominates or, when `top` is not 0, the one that is now too many.
 * False when memory has run out. */
bool frontier_add(struct frontier *frontier, size_t place, const double *objective, size_t objectives, size_t top,
                  struct source *source, struct cc_text row);

void frontier_free(struct frontier *frontier);

#endif
