/* least_times.h: what the batches of a number of servers take at least, on a chip and with the memory of a package.
 * Proof: prune.h. */
#ifndef CC_MODEL_SEARCH_LEAST_TIMES_H
#define CC_MODEL_SEARCH_LEAST_TIMES_H

#include "model/search/model_shape.h"
#include "model/search/objectives.h"

/* FLOP/s and bandwidth of a chip, and memory of a package. */
struct cc_chip_point {
    double flops, bytes_per_s, memory;
};

/* By batch: both phases together, and each time that is used. */
struct cc_least_times {
    size_t fitting; /* batches that there is room for: the first ones. Of others nothing is set */
    double both_s[CC_AXIS_MAX], s[CC_TIMES][CC_AXIS_MAX];
};

/* Those of any place of a number of servers: none takes less. */
void cc_least_times_find(struct cc_least_times *least, struct cc_model_shape *shape, const struct cc_shape_count *count,
                         const bool used[CC_TIMES], struct cc_chip_point point);

/* Those of one place. */
void cc_least_times_at(struct cc_least_times *least, struct cc_model_shape *shape, const struct cc_shape_place *place,
                       const bool used[CC_TIMES], struct cc_chip_point point);

/* Batches that there is room for in packages of so much memory, of which each needs so much, by batch; or by so little
 * less that rounding may have made it. */
size_t cc_batches_in(const struct cc_batches *batches, const double *least_memory, double memory);

/* Passes and intervals at one place, at least, by micro-batch of the axis. */
struct cc_least_paces {
    double through_s[CC_STEADY_PHASES][CC_AXIS_MAX], interval_s[CC_STEADY_PHASES][CC_AXIS_MAX];
};
void cc_least_paces_find(struct cc_least_paces *paces, struct cc_model_shape *shape, const struct cc_shape_place *place,
                         struct cc_chip_point point);

#endif
