/* step.h: time and energy of one micro-batch's pass through the pipeline, from the operators of its layers. */
#ifndef CC_MODEL_SERVING_STEP_H
#define CC_MODEL_SERVING_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "model/serving/matmul.h"
#include "model/serving/ops.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

enum { CC_AXIS_MAX = 64 };

/* Micro-batches, ascending; made once and used for many passes. */
struct cc_axis {
    size_t count;
    double requests[CC_AXIS_MAX], ones[CC_AXIS_MAX];
};

/* Adds a micro-batch. There is room for CC_AXIS_MAX. */
static inline void cc_axis_add(struct cc_axis *axis, double requests)
{
    axis->requests[axis->count] = requests;
    axis->ones[axis->count++] = 1;
}

/* What of a pass does not depend on the micro-batch. */
struct cc_step {
    const struct cc_matmul_chip *chip;
    struct cc_layer_ops layer;
    struct cc_op output; /* which the last stage has beside its layers */
    bool has_output;
    double shards;                             /* as in struct cc_head_split */
    double hand_over_init_s, hand_over_move_s; /* to the next stage, and for each request */
    double stages;
    double stage_layers, last_layers; /* of the first stage, which has most, and of the last */
    double through_layers;            /* that a pass takes the time of */
    double all_layers;                /* of the model */
    bool all_blocks;                  /* of a product on systolic arrays bind it; published: one */
    bool even;                        /* all stages take as long as the first */
    struct cc_pass_energy energy;
};

/* A pass of `serving` at `place` in a phase. It refers to serving->chip. */
void cc_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                  const struct cc_phase *phase);

/* Lays an open step over the stages of another place, which have as many chips and reach beyond a server likewise
 * (cc_same_stage): as if it had been opened there. */
void cc_step_relay(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                   const struct cc_phase *phase);
static inline bool cc_same_stage(const struct cc_stage_place *a, const struct cc_stage_place *b)
{
    return a->tensor_parallel == b->tensor_parallel &&
           (a->num_servers > a->pipeline_parallel) == (b->num_servers > b->pipeline_parallel);
}

/* One micro-batch: through all stages, the time until the next one follows, which the slowest stage sets, and the energy.
 * Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. */
struct cc_pace {
    double through_s, interval_s, j;
};

/* Those of the first `count` micro-batches of the axis. */
void cc_step_paces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pace *paces);

/* The same in two steps: what is the same for all places of the same stage, then the paces at one of them. */
struct cc_pieces {
    double products_s[CC_AXIS_MAX], exchange_s[CC_AXIS_MAX]; /* of a layer */
    double output_s[CC_AXIS_MAX], j[CC_AXIS_MAX];
};

void cc_step_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pieces *pieces);
void cc_pieces_paces(const struct cc_step *step, const struct cc_pieces *pieces, const struct cc_axis *axis, size_t count,
                     struct cc_pace *paces);

/* Where they go. */
struct cc_step_detail {
    struct cc_pace pace;
    double layer_products_s, layer_exchange_s, hand_over_s, output_s;
    double compute_s, load_s; /* products of all layers and the output projection, by what binds each */
    double communication_s;   /* of the pass: what its products leave */
    double fma_j, memory_j, network_j;
};

struct cc_step_detail cc_step_detail_of(const struct cc_step *step, double micro_batch);

#endif
