/* stage.h: time and energy of one micro-batch in one pipeline stage. */
#ifndef CC_MODEL_STAGE_H
#define CC_MODEL_STAGE_H

#include "model/serving.h"

/* Where a pipeline stage runs. */
struct cc_stage_place {
    int64_t tensor_parallel;   /* chips of the stage */
    int64_t pipeline_parallel; /* stages */
    int64_t num_servers;       /* of the whole system */
};

struct cc_stage_time {
    double stage_s;    /* one micro-batch through the layers of one stage, hand-over to the next included */
    double products_s; /* of it, the matrix products */
    double compute_s, load_s; /* of the products of a layer: those bound by computing, and those bound by loading */
    struct cc_matmul_time output; /* the output projection, which the last stage has beside its layers; 0 without one */
};

/* Seconds of one micro-batch through all stages; and from one micro-batch to the next, at the pace of the slowest stage,
 * the last. */
double cc_through_s(const struct cc_stage_time *time, double stages);
double cc_interval_s(const struct cc_stage_time *time);

/* Joules of one micro-batch through all stages. */
struct cc_stage_energy {
    double fma_j, memory_j, network_j;
};

/* Layers of a stage: ceil(num_layers/stages). */
int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages);

/* The link that collectives of a stage are bound by: between packages inside one server; the slower of that and the
 * server link when a stage spans several. */
struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place);

/* Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. micro_batch >= 1, in requests. */
struct cc_stage_time cc_stage_time_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                      const struct cc_phase *phase, double micro_batch);
struct cc_stage_energy cc_stage_energy_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                          const struct cc_phase *phase, double micro_batch);

#endif
