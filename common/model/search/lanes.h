/* lanes.h: places side by side: outcomes of a batch at all of them, and the least that each has.
 *
 *     row of a figure          place  0  1  2  3 | 4  5  6  7        Loops go along a row: each place has a lane of its
 * own, and micro-batch 0   prefill s       .  .  .  .   .  .  .  .        what is done is the same in all lanes. What
 * is found of a lane prefill j       .  .  .  .   .  .  .  .        (the best prefill so far) is kept from row to row.
 *                     generate s      .  .  .  .   .  .  .  .
 *                     generate j      .  .  .  .   .  .  .  .
 *     micro-batch 1   prefill s       .  .  .  .   .  .  .  .
 *
 * `width` is what lies between rows, `lanes` how many are worked on; both are multiples of CC_LANES_STEP. The lanes
 * beyond the places are worked on with whatever is in them. */
#ifndef CC_MODEL_SEARCH_LANES_H
#define CC_MODEL_SEARCH_LANES_H

#include <stddef.h>

#include "model/serving/step.h"

/* Rows of a micro-batch: of the paces of a pass; of a phase of a batch. */
enum cc_pace_row { CC_THROUGH_S, CC_INTERVAL_S, CC_PASS_J, CC_PACE_ROWS };
enum cc_outcome_row { CC_PREFILL_S, CC_PREFILL_J, CC_GENERATE_S, CC_GENERATE_J, CC_OUTCOME_ROWS };

/* Objective of a search: seconds of prefill and of generation, and joules, each times its weight. */
struct cc_weights {
    double prefill_s, generate_s, j;
};

/* Loops for one instruction set. */
struct cc_lane_loops {
    const char *name;

    /* A phase of a batch of `passes` micro-batches by the energy model, from the rows of its paces: cc_prefill_s and
     * _j, cc_generate_s and _j. */
    void (*prefill)(const double *pace, double passes, size_t width, size_t lanes, double *s, double *j);
    void (*generate)(const double *pace, double passes, double steps, size_t width, size_t lanes, double *s, double *j);

    /* The least score of each place, over `count` micro-batches of generation, each with the best prefill of those up
     * to it. `kept` is room for a row. `scores` takes a row of scores for each micro-batch. */
    void (*score)(const double *outcomes, size_t count, size_t width, size_t lanes, struct cc_weights weights,
                  double *kept, double *least, double *scores);

    /* The least of one figure of each place. */
    void (*least)(const double *outcomes, enum cc_outcome_row row, size_t count, size_t width, size_t lanes,
                  double *least);
};

/* Those that this machine runs, the best first; ends with NULL. */
const struct cc_lane_loops *const *cc_lane_loops(void);

#endif
