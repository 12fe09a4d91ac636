/* model_shape.h: coefficients of what a model takes on servers of one shape: those that differ in FLOP/s, memory
 * bandwidth, memory, price and idle power alone. prune.h says how they bound times and costs.
 *
 *     axis    1   b0  b1 .. bN   other micro-batches        (1 and b0 are one where a batch is of one request)
 *             |   `---------'
 *             |     `- the batches themselves: as one micro-batch
 *             `- the least micro-batch
 */
#ifndef CC_MODEL_SEARCH_MODEL_SHAPE_H
#define CC_MODEL_SEARCH_MODEL_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/search/batches.h"
#include "model/serving/layouts.h"
#include "model/serving/serving.h"

enum {
    CC_STEADY_PHASES = 2,      /* prefill, generation */
    CC_STAGE_SHAPES_MAX = 4,   /* that are looked at */
    CC_BLOCK_OF_AXIS = 4,      /* arrays are padded to multiples of this */
    CC_SHAPE_COUNTS_MAX = 256, /* numbers of servers */
};

/* The batches of a workload in the order above. */
struct cc_ends {
    struct cc_axis axis;
    size_t first, count;                           /* batch b is at first + b; there are `count` until the last batch */
    unsigned char micro[CC_AXIS_MAX][CC_AXIS_MAX]; /* by batch: where its micro-batches are, ascending */
};

void cc_ends_of(struct cc_ends *ends, const struct cc_batches *batches);

/* Products of a class in a layer of a kind, on a chip of 1 FLOP/s and 1 B/s. In place of a kind: the output projection.
 * Arrays are by micro-batch of the axis, here and below. */
struct cc_products {
    size_t kind;
    int load_by; /* enum cc_growth */
    double *compute_s, *load_s;
};

/* A phase of a stage. Seconds of a layer of each kind, and of the output projection: what is fixed, and what it takes
 * on the chip that it was worked out for last. */
struct cc_stage_phase {
    size_t classes;
    struct cc_products *products;
    double *fixed_s[CC_LAYER_KINDS_MAX + 1], *value_s[CC_LAYER_KINDS_MAX + 1];
};

struct cc_shape_stage {
    struct cc_shape_stage *next;
    struct cc_stage_place place; /* one with such stages */
    struct cc_stage_phase phase[CC_STEADY_PHASES];
    double *group_requests[CC_STEADY_PHASES]; /* as in struct cc_pieces */
    double *j[CC_STEADY_PHASES];              /* of a pass */
    double *least_j;                          /* of both phases, by batch */
    double flops, bytes_per_s;                /* of the chip whose values these are; 0: of none */
    size_t valued;                            /* how many of the axis */
};

/* Where stages run: layers of each kind in a pass; and in the interval of the slowest of a few stages, with the output
 * projection or without; and what both take without layers. */
struct cc_shape_place {
    struct cc_shape_place *next;
    struct cc_shape_stage *stage;
    double *through;
    size_t shapes;
    double *layers[CC_STAGE_SHAPES_MAX];
    bool output[CC_STAGE_SHAPES_MAX];
    double *through_s[CC_STEADY_PHASES], *interval_s[CC_STEADY_PHASES];
    double *least_memory; /* of a package, that holds each batch */
};

/* The places of a number of servers; by batch, the least memory of a package that one of them needs, and the least
 * energy. */
struct cc_shape_count {
    int64_t num_servers;
    struct cc_shape_place *places;
    double *least_memory, *least_j;
};

/* Of one model, workload and list of pipeline depths. */
struct cc_model_shape {
    struct cc_serving key; /* a server of this shape; figures that differ are 0 */
    const struct cc_batches *batches;
    const struct cc_ends *ends;
    const int64_t *depths;
    size_t depth_count;
    struct cc_arena arena;
    size_t bytes;    /* taken of it */
    bool has_output; /* the last stage may take more than its layers */
    struct cc_shape_stage *stages;
    size_t counts;
    struct cc_shape_count count[CC_SHAPE_COUNTS_MAX];
};

/* The serving without what differs among those of a shape. */
struct cc_serving cc_model_shape_key(const struct cc_serving *serving);

/* Begins with no numbers of servers; refers to all but the key. */
void cc_model_shape_begin(struct cc_model_shape *shape, const struct cc_serving *serving,
                          const struct cc_batches *batches, const struct cc_ends *ends, const int64_t *depths,
                          size_t depth_count);

/* The places of a number of servers, found when it is asked for first, if the shape may grow; NULL: there is no room
 * for them. */
struct cc_shape_count *cc_model_shape_count_of(struct cc_model_shape *shape, int64_t num_servers, bool grow);

/* Values of a stage on a chip, of the first `count` micro-batches of the axis at least. */
void cc_model_shape_value(struct cc_model_shape *shape, struct cc_shape_stage *stage, double flops, double bytes_per_s,
                          size_t count);

#endif
