/* search.h: the mappings of a batch that could be best.
 *
 * Prefill depends on the prefill micro-batch alone and generation on the micro-batch alone, given the pipeline depth;
 * and a stage's time does not depend on the batch. So each stage is simulated once per depth and micro-batch, and the
 * best pair of micro-batches, prefill <= micro, is found in one walk that remembers the best prefill so far:
 *
 *     prefill      generate           E |  f              f, s  cheapest at both ends of the price range
 *     1  o--.      o  1                 |   \     x       v     furthest below the chord f s: kept, then
 *     2  o---\     o  2                 |    \  x               below f v and v s, until none is
 *     3  o    `--> o  3                 |     v      x    x     above the hull: cheapest at no prices
 *     6  o  best   o  6                 |       ' - .
 *          so far                       |             ' s
 *     score = prefill + generate        +---------------- T
 */
#ifndef CC_MODEL_SEARCH_SEARCH_H
#define CC_MODEL_SEARCH_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "model/search/batches.h"
#include "model/search/frontier.h"
#include "model/search/lanes.h"
#include "model/search/objectives.h"
#include "model/search/sites.h"
#include "model/serving/cost.h"
#include "model/serving/layouts.h"
#include "model/serving/mapping.h"
#include "model/serving/place.h"
#include "model/serving/point.h"
#include "model/serving/serving.h"
#include "model/serving/step.h"

enum {
    CC_CHOICES_MAX = CC_PLACES_MAX * (CC_AXIS_MAX * (CC_AXIS_MAX + 1) / 2), /* pairs of micro-batches of all depths */
};

enum { CC_LANES_MAX = (CC_PLACES_MAX + CC_LANES_STEP - 1) / CC_LANES_STEP * CC_LANES_STEP };

/* A pipeline depth, with a layout of its stages. */
struct cc_depth {
    struct cc_stage_place place;
    size_t batches; /* that fit, above 0: the first ones */
    size_t lane;
    struct cc_site *site;
};

/* Lower bounds on what the phases of the current batch take at a depth, each by itself. */
struct cc_bounds {
    double prefill_s, generate_s, ttft_s, tpot_s, j; /* j: of both phases */
};

/* All mappings on a number of servers. Lanes are in the order of how many batches they have room for, so that those
 * that hold a batch are the first. Large (10 MB, of which little is used): keep one and use it again. Zeroed at first;
 * cc_space_end gives back what it has taken. */
struct cc_space {
    const struct cc_serving *serving;
    const struct cc_batches *batches;
    const struct cc_lane_loops *loops; /* the best, unless who has begun says otherwise */
    struct cc_sites sites;
    int64_t num_servers;
    size_t count;
    struct cc_depth depth[CC_PLACES_MAX];
    size_t width, lane_depth[CC_LANES_MAX]; /* of a row; the depth that is in a lane */
    const struct cc_batch *batch;           /* the current one */
    size_t held;                            /* depths that have room for it */
    int64_t sub_systems; /* that prefill it; more than 1: all prefill micro-batches are the same, and the first stands
                            for it */
    struct cc_outcome on_sub_systems;                                  /* prefill, if there are several */
    double pace[CC_PASSES][CC_AXIS_MAX * CC_PACE_ROWS * CC_LANES_MAX]; /* rows by micro-batch of the axis */
    double outcome[CC_AXIS_MAX * CC_OUTCOME_ROWS * CC_LANES_MAX];      /* rows by micro-batch of the current batch */
    double scores[CC_AXIS_MAX * CC_LANES_MAX], kept[CC_LANES_MAX], least[CC_LANES_MAX], least_s[CC_LANES_MAX];
    struct cc_frontier known; /* of the current batch, while cc_space_best looks for it */
};

/* The pace of a micro-batch of the axis at a depth. */
static inline struct cc_pace cc_space_pace(const struct cc_space *space, size_t depth, enum cc_pass pass, size_t i)
{
    const double *row = &space->pace[pass][i * CC_PACE_ROWS * space->width + space->depth[depth].lane];
    return (struct cc_pace){row[CC_THROUGH_S * space->width], row[CC_INTERVAL_S * space->width],
                            row[CC_PASS_J * space->width]};
}

/* A figure of the current batch at a depth, which holds it, by micro-batch. */
static inline double cc_space_at(const struct cc_space *space, size_t depth, enum cc_outcome_row row, size_t i)
{
    return space->outcome[(i * CC_OUTCOME_ROWS + (size_t)row) * space->width + space->depth[depth].lane];
}

/* The same as a phase. */
static inline struct cc_outcome cc_space_prefill(const struct cc_space *space, size_t depth, size_t i)
{
    return (struct cc_outcome){cc_space_at(space, depth, CC_PREFILL_S, i), cc_space_at(space, depth, CC_PREFILL_J, i)};
}
static inline struct cc_outcome cc_space_generate(const struct cc_space *space, size_t depth, size_t i)
{
    return (struct cc_outcome){cc_space_at(space, depth, CC_GENERATE_S, i),
                               cc_space_at(space, depth, CC_GENERATE_J, i)};
}

/* Whether a depth has room for the current batch. */
static inline bool cc_space_holds(const struct cc_space *space, size_t depth)
{
    return space->depth[depth].lane < space->held;
}

/* A mapping of the current batch: index of its depth, indices of its micro-batches among those of the batch. */
struct cc_choice {
    size_t depth;
    int prefill, generate;
    double s, j; /* total latency and energy */
};

/* Begins with a server and a workload, to which the space refers from now on. */
void cc_space_begin(struct cc_space *space, const struct cc_serving *serving, const struct cc_batches *batches);

/* Simulates the stages of every depth in `depths` (cc_pipeline_depths) with all micro-batches. Returns how many
 * batches, from the first on, fit at all: 0 when there is no mapping; CC_SPACE_FAILED when memory has run out. */
#define CC_SPACE_FAILED SIZE_MAX
size_t cc_space_open(struct cc_space *space, const int64_t *depths, size_t count, int64_t num_servers);

/* Makes a batch the current one; index is below what cc_space_open returned. */
void cc_space_take_batch(struct cc_space *space, size_t index);

/* Bounds at a depth that holds the current batch. */
struct cc_bounds cc_space_bounds(const struct cc_space *space, size_t depth);

/* Gives back the memory. */
void cc_space_end(struct cc_space *space);

/* The choices that are best for something, each once, by total latency: the lowest prefill latency, the lowest generate
 * latency, the cheapest for every ratio of the prices within a factor `price_range` >= 1 (or INFINITY) of theirs, and
 * every one that no other beats in cost at these prices, by more than 1e-9 of it, without a higher generate latency. So
 * the frontier of cost against generate latency is that of all mappings. Among equals of the first three the lower
 * total latency is kept, then the lower energy, the smaller depth, micro-batch and prefill micro-batch. Returns how
 * many. */
size_t cc_space_best(struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX]);

/* Of these the last alone: the frontier of cost at these prices against generate latency. */
size_t cc_space_frontier(struct cc_space *space, struct cc_prices prices, struct cc_choice choices[CC_CHOICES_MAX]);

/* The order of choices: total latency, energy, depth, micro-batch, prefill micro-batch. For qsort. */
int cc_choice_compare(const void *left, const void *right);

/* Times of a choice; that to the first token is the mean over its batch. */
struct cc_times cc_choice_times(const struct cc_space *space, const struct cc_choice *choice);

/* Every mapping of the current batch, by total latency. */
size_t cc_space_all(struct cc_space *space, struct cc_choice choices[CC_CHOICES_MAX]);

/* A choice as a mapping. */
struct cc_mapping cc_choice_mapping(const struct cc_space *space, const struct cc_choice *choice);

/* Sets its operating point (cc_set_point), from what is worked out already. */
void cc_set_choice_point(struct cc_point *point, const struct cc_space *space, const struct cc_choice *choice);

#endif
