/* frontier.h: the frontier of latency and cost, as far as it is known.
 *
 *   cost | o                  A step is a mapping that no known one beats; what lies right of and above a step is
 *        |   `--o             beaten by it. Steps are sorted: latencies ascend, costs descend.
 *        |       `----o
 *        +------------------- latency
 */
#ifndef CC_MODEL_SEARCH_FRONTIER_H
#define CC_MODEL_SEARCH_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/search/batches.h"
#include "model/serving/layouts.h"

enum {
    CC_PLACES_MAX = 1000, /* CC_DEPTHS_MAX, or CC_LAYOUTS_MAX for each depth of a model of CC_MIXED_LAYERS_MAX layers */
    CC_FRONTIER_MAX = CC_PLACES_MAX * CC_AXIS_MAX, /* steps; a batch has no more micro-batches at all its places */
};

/* Large (1 MB), of which only what is filled is used. Zeroed it is empty. */
struct cc_frontier {
    size_t count;
    struct cc_frontier_step {
        double s, usd;
    } step[CC_FRONTIER_MAX];
};

/* Whether a step is cheaper by more than rounding (1e-9) and no slower. */
bool cc_frontier_beats(const struct cc_frontier *frontier, double s, double usd);

/* Puts a step in its place, and removes those that it beats, unless one beats it. A full frontier stays as it is. */
void cc_frontier_insert(struct cc_frontier *frontier, double s, double usd);

#endif
