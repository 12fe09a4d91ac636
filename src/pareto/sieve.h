/* sieve.h: which points of many are dominated, by dividing them.
 *
 * H. T. Kung, F. Luccio and F. P. Preparata, "On Finding the Maxima of a Set of Vectors", Journal of the ACM 22(4),
 * 1975. Of points in order, those of the second half never dominate one of the first. Each half is sieved by itself;
 * then the first objective has been dealt with, and points of the first half are set against those of the second by the
 * others: by one sweep while there are two, by dividing again at a median while there are more. n log n for up to three
 * objectives; for k, more than three, n (log n)^(k-1) at worst, since what is divided is put in order anew each time.
 */
#ifndef PARETO_SIEVE_H
#define PARETO_SIEVE_H

#include "member.h"

/* A point with the two objectives that it is being put in order by, copied so that comparing and sweeping leave the members alone: those of
 * a large frontier are spread over more memory than the caches hold. */
struct point {
    double key, next; /* objectives `from` and `from` + 1; `next` is 0 where there is one fewer */
    struct member *member;
    size_t place; /* of its mark */
};

/* Negative, 0 or positive as `a` comes before, with or after `b` by objective `from`, among those equal in it by the
 * next, and so on. */
int compare_in_turn(const double *a, const double *b, size_t from, size_t objectives);

/* Merges two halves, each in order from objective `from` on, which is their key; the second is behind `middle`. Those
 * that are equal stay as they are. `room` is for `middle` points. */
void merge_halves(struct point *list, size_t middle, size_t count, struct point *room, size_t from, size_t objectives);

/* Puts points in order, equal ones as they are, and sets their keys. `room` is for half of them. */
void sort_in_turn(struct point *list, size_t count, struct point *room, size_t from, size_t objectives);

/* Marks the points that others dominate, of three or more objectives: dominated[place], false before. They are in order from the first objective on, no two of them equal,
 * and come out in another order. `room` is for half of them. */
void sieve(struct point *list, size_t count, struct point *room, size_t objectives, bool *dominated);

#endif
