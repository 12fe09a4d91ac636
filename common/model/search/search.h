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
#include "model/search/objectives.h"
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

/* A phase of a batch, by micro-batch. */
struct cc_outcomes {
    double s[CC_AXIS_MAX], j[CC_AXIS_MAX];
};

static inline struct cc_outcome cc_outcome_at(const struct cc_outcomes *outcomes, size_t i)
{
    return (struct cc_outcome){outcomes->s[i], outcomes->j[i]};
}

static inline void cc_set_outcome(struct cc_outcomes *outcomes, size_t i, struct cc_outcome outcome)
{
    outcomes->s[i] = outcome.s;
    outcomes->j[i] = outcome.j;
}

/* The least that any micro-batch up to one of the axis takes: through all stages, of that what is not the interval, of
 * the interval for each request, and of the energy for each request. */
struct cc_least {
    double through_s[CC_AXIS_MAX], rest_s[CC_AXIS_MAX], request_s[CC_AXIS_MAX], request_j[CC_AXIS_MAX];
};

/* A pipeline depth, with a layout of its stages. */
struct cc_depth {
    struct cc_stage_place place;
    size_t batches;                              /* that fit, above 0: the first ones */
    struct cc_paces prefill_pace, generate_pace; /* by micro-batch of the axis */
    struct cc_paces mixed_pace;                  /* where serving->duty is CC_CHUNKED */
    struct cc_least prefill_least, generate_least;
    const struct cc_batch *filled;        /* the batch that has been worked out: */
    struct cc_outcomes prefill, generate; /* by micro-batch */
};

/* The depths that have room for the current batch, and lower bounds on what the phases of each take, each by itself. */
struct cc_held {
    size_t count;
    size_t depth[CC_PLACES_MAX];
    double prefill_s[CC_PLACES_MAX], generate_s[CC_PLACES_MAX], j[CC_PLACES_MAX]; /* j: of both phases */
    double bound[CC_PLACES_MAX];                                                  /* used by the search */
};

/* Passes through stages on some chips, and what is the same of them for every number of servers and stages. */
struct cc_stage {
    struct cc_stage_place place; /* one with such stages; on 0 chips: none yet */
    struct cc_pieces prefill, generate;
    struct cc_pieces mixed; /* where serving->duty is CC_CHUNKED */
};

enum { CC_STAGES_MAX = 251 }; /* kept for use again; a prime, so that multiples of a package's chips spread */

/* All mappings on a number of servers. Large (8 MB): keep one and use it again. */
struct cc_space {
    const struct cc_serving *serving;
    const struct cc_batches *batches;
    struct cc_stage stage[CC_STAGES_MAX]; /* each in the place that its number of chips gives */
    int64_t num_servers;
    struct cc_stages stages; /* of the depth whose places are looked at */
    size_t count;
    struct cc_depth depth[CC_PLACES_MAX];
    const struct cc_batch *batch; /* the current one */
    int64_t sub_systems; /* that prefill it; more than 1: all prefill micro-batches are the same, and the first stands
                            for it */
    struct cc_outcome on_sub_systems; /* prefill, if there are several */
    struct cc_held held;
    struct cc_frontier known; /* of the current batch, while cc_space_best looks for it */
};

/* A mapping of the current batch: index of its depth, indices of its micro-batches among those of the batch. */
struct cc_choice {
    size_t depth;
    int prefill, generate;
    double s, j; /* total latency and energy */
};

/* Begins with a server and a workload, to which the space refers from now on. */
void cc_space_begin(struct cc_space *space, const struct cc_serving *serving, const struct cc_batches *batches);

/* Simulates the stages of every depth in `depths` (cc_pipeline_depths) with all micro-batches. Returns how many
 * batches, from the first on, fit at all: 0 when there is no mapping. */
size_t cc_space_open(struct cc_space *space, const int64_t *depths, size_t count, int64_t num_servers);

/* Makes a batch the current one; index is below what cc_space_open returned. */
void cc_space_take_batch(struct cc_space *space, size_t index);

/* A depth that has room for the current batch, by its place among these, with its outcomes. */
const struct cc_depth *cc_space_depth(struct cc_space *space, size_t held);

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

/* Its operating point, without the columns of a breakdown: the figures of cc_point_of, from what is worked out already.
 */
struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice);

#endif
