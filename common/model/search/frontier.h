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
#include "model/search/rounding.h"
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

/* Number of steps that are no slower. What is looked for is slow, mostly, and steps are few: the last ones are looked at one by one. */
static inline size_t cc_frontier_up_to(const struct cc_frontier *frontier, double s)
{
    enum { FEW = 8 };
    const struct cc_frontier_step *step = frontier->step;
    size_t low = 0, high = frontier->count;
    while (high - low > FEW) {
        const size_t middle = (low + high) / 2;
        if (step[middle].s <= s)
            low = middle + 1;
        else
            high = middle;
    }
    while (high > low && step[high - 1].s > s)
        high--;
    return high;
}

/* Whether a step is cheaper by more than rounding and no slower. Costs that differ by less could be in either order
 * once tco-eval has computed them; latencies are those of the records, to the last bit. The cheapest of the steps that
 * are no slower is the last of them. */
static inline bool cc_frontier_beats(const struct cc_frontier *frontier, double s, double usd)
{
    const size_t end = cc_frontier_up_to(frontier, s);
    return end > 0 && frontier->step[end - 1].usd < usd * (1 - CC_ROUNDING);
}

/* Puts a step in its place, and removes those that it beats, unless one beats it. A full frontier stays as it is. */
void cc_frontier_insert(struct cc_frontier *frontier, double s, double usd);

#endif
