/* known.h: points that have been answered with: the least cost at given times.
 *
 *   cost | o                  With one time: what lies right of and above a point is beaten by it. None beats another;
 *        |   `--o             costs ascend, so with one time times descend.
 *        |       `----o
 *        +------------------- time
 */
#ifndef CC_MODEL_SEARCH_KNOWN_H
#define CC_MODEL_SEARCH_KNOWN_H

#include <stdint.h>

#include "model/search/objectives.h"

enum { CC_KNOWN_MAX = 4096 };

/* Zeroed it is empty, but for the times. */
struct cc_known {
    bool time[CC_TIMES]; /* that are compared */
    uint32_t version;    /* changes with the points */
    size_t count;
    struct cc_known_point {
        double usd;
        struct cc_times times; /* 0 where it is not compared */
    } point[CC_KNOWN_MAX];
};

/* The least cost of a point that is in no time slower; INFINITY: there is none. */
double cc_known_usd(const struct cc_known *known, const struct cc_times *times);

/* Adds a point unless one beats it, and removes those that it beats. A full list stays as it is. */
void cc_known_insert(struct cc_known *known, double usd, const struct cc_times *times);

#endif
