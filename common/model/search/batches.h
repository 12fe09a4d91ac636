/* batches.h: the batches that a workload asks for, and the micro-batches that each can be cut into.
 *
 *     batches: [24, 10]      axis      1  2  3  4  5  6  8  10  12  24
 *                            10 has    0  1        4         7            these of its micro-batches
 *                            24 has    0  1  2  3     5  6       8   9
 */
#ifndef CC_MODEL_SEARCH_BATCHES_H
#define CC_MODEL_SEARCH_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/serving/step.h"
#include "model/serving/system.h"

enum {
    CC_POWERS_MAX = 31,            /* batches up to max_batch are 2^0 .. 2^30 */
    CC_LISTED_BATCH_MAX = 1 << 20, /* of a list */
};

/* A batch, and its micro-batches: all its divisors, ascending. */
struct cc_batch {
    int64_t requests;
    size_t count;
    size_t micro[CC_AXIS_MAX];  /* on the axis */
    double passes[CC_AXIS_MAX]; /* how many of them the batch is */
    bool leads;                 /* they are the first on the axis */
};

/* Batches, ascending. */
struct cc_batches {
    struct cc_axis axis; /* the micro-batches of all of them */
    size_t count;
    struct cc_batch batch[CC_AXIS_MAX];
};

/* Those of a workload: the batches listed (distinct, each at most CC_LISTED_BATCH_MAX), or the powers of two up to
 * max_batch < 2^CC_POWERS_MAX. False when they have more than CC_AXIS_MAX micro-batches together. */
bool cc_batches_of(struct cc_batches *batches, const struct cc_workload_input *workload);

/* Whether two workloads ask for the same batches. */
bool cc_batches_same(const struct cc_workload_input *a, const struct cc_workload_input *b);

/* A micro-batch of a batch: requests. */
static inline int64_t cc_micro_batch(const struct cc_batches *batches, const struct cc_batch *batch, size_t i)
{
    return (int64_t)batches->axis.requests[batch->micro[i]];
}

#endif
