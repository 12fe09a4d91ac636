/* search.h: the mappings of a batch that could be best.
 *
 * Prefill depends on the prefill micro-batch alone and generation on the micro-batch alone, given the pipeline depth; and
 * a stage's time does not depend on the batch. So each stage is simulated once per depth and micro-batch, and the best
 * pair of micro-batches, prefill <= micro, is found in one walk that remembers the best prefill so far:
 *
 *     prefill      generate           E |  f              f, s  cheapest at both ends of the price range
 *     1  o--.      o  1                 |   \     x       v     furthest below the chord f s: kept, then
 *     2  o---\     o  2                 |    \  x               below f v and v s, until none is
 *     4  o    `--> o  4                 |     v      x    x     above the hull: cheapest at no prices
 *     8  o  best   o  8                 |       ' - .
 *          so far                       |             ' s
 *     score = prefill + generate        +---------------- T
 */
#ifndef CC_MODEL_SEARCH_SEARCH_H
#define CC_MODEL_SEARCH_SEARCH_H

#include <stddef.h>
#include <stdint.h>

#include "model/serving/cost.h"
#include "model/serving/layouts.h"
#include "model/serving/mapping.h"
#include "model/serving/place.h"
#include "model/serving/point.h"
#include "model/serving/serving.h"
#include "model/serving/step.h"

enum { CC_LEVELS_MAX = 31 }; /* batches and micro-batches are 2^0 .. 2^30 */

enum {
    CC_CHOICES_MAX = CC_DEPTHS_MAX * CC_LEVELS_MAX * 16, /* pairs of micro-batches of all depths */
};

struct cc_depth {
    struct cc_stage_place place;
    int levels;                                                       /* of batches that fit, 0 if none does */
    struct cc_pace prefill_pace[CC_AXIS_MAX], generate_pace[CC_AXIS_MAX]; /* by micro-batch */
    struct cc_outcome prefill[CC_LEVELS_MAX], generate[CC_LEVELS_MAX]; /* by micro-batch, of the batch in hand */
    struct cc_outcome least_prefill, least_generate;                   /* the least of each, for bounds */
};

/* All mappings on a number of servers. Large (0.4 MB): keep one and use it again. */
struct cc_space {
    const struct cc_serving *serving;
    int64_t num_servers;
    int level;           /* of the batch in hand: batch = 2^level */
    int64_t sub_systems; /* that prefill it; more than 1: all prefill micro-batches are the same, and level 0 stands for it */
    size_t count;
    struct cc_depth depth[CC_DEPTHS_MAX];
};

/* A mapping of the batch in hand: index of its depth, log2 of its micro-batches. */
struct cc_choice {
    size_t depth;
    int prefill_level, level;
    double s, j; /* total latency and energy */
};

/* Simulates the stages of every depth in `depths` (cc_pipeline_depths) with micro-batches up to max_batch. The space
 * refers to `serving`. Returns how many batches (2^0, 2^1, ...) fit at all: 0 when there is no mapping. */
int cc_space_open(struct cc_space *space, const struct cc_serving *serving, const int64_t *depths, size_t count,
                  int64_t num_servers, int64_t max_batch);

/* Takes batch 2^level in hand; level is below what cc_space_open returned. */
void cc_space_take_batch(struct cc_space *space, int level);

/* The choices that are best for something, each once, by total latency: the lowest prefill latency, the lowest generate
 * latency, the cheapest for every ratio of the prices within a factor `price_range` >= 1 (or INFINITY) of theirs, and every
 * one that no other beats in cost at these prices, by more than 1e-9 of it, without a higher generate latency. So the frontier of
 * cost against generate latency is that of all mappings.
 * Among equals of the first three the lower total latency is kept, then the lower energy, the smaller depth, micro-batch and prefill
 * micro-batch. Returns how many. */
size_t cc_space_best(const struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX]);

/* Every mapping of the batch in hand, by total latency. */
size_t cc_space_all(const struct cc_space *space, struct cc_choice choices[CC_CHOICES_MAX]);

/* A choice as a mapping, and the batch in hand. */
struct cc_mapping cc_choice_mapping(const struct cc_space *space, const struct cc_choice *choice);
int64_t cc_space_batch(const struct cc_space *space);

/* Its operating point, without the columns of a breakdown: the figures of cc_point_of, from what is worked out already. */
struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice);

#endif
