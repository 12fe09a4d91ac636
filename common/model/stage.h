/* stage.h: time and energy of one micro-batch in one pipeline stage. */
#ifndef CC_MODEL_STAGE_H
#define CC_MODEL_STAGE_H

#include "model/collectives.h"

struct cc_stage_time {
    double stage_s;    /* one micro-batch through the layers of one stage, hand-over to the next included */
    double products_s; /* of it, the matrix products */
    double compute_s, load_s; /* of the products of a layer: those bound by computing, and those bound by loading */
    struct cc_matmul_time output; /* the output projection, which the last stage has beside its layers; 0 without one */
};

/* Seconds of one micro-batch through all stages; and from one micro-batch to the next, at the pace of the slowest stage,
 * the last. */
static inline double cc_through_s(const struct cc_stage_time *time, double stages)
{
    return time->stage_s * stages + time->output.time_s;
}
static inline double cc_interval_s(const struct cc_stage_time *time)
{
    return time->stage_s + time->output.time_s;
}

/* Joules of one micro-batch through all stages. */
struct cc_stage_energy {
    double fma_j, memory_j, network_j;
};

/* A matrix product on one chip, for one request. A micro-batch has more rows, or more products where each request has its
 * own second matrix. */
struct cc_stage_product {
    double compute_s;                  /* of a request */
    double load_once_s, load_each_s;   /* of a micro-batch; of a request */
    struct cc_matmul one_request;      /* on systolic arrays, whose time does not grow in proportion */
    bool own_matrix;
};

enum { CC_STAGE_PRODUCTS = 6 };

/* What of a stage does not depend on the micro-batch. */
struct cc_stage {
    const struct cc_matmul_chip *chip;
    double layers, stages; /* of a stage, of the pipeline */
    struct cc_stage_product product[CC_STAGE_PRODUCTS], output;
    bool has_output;
    struct cc_collectives collectives;
    double hand_over_init_s, hand_over_move_s;               /* and for each request */
    double fma_j, network_j, activation_j, weight_j, kv_j; /* of a request; weights of a micro-batch */
    bool own_kv;                                           /* keys and values are read for each request */
};

/* Layers of a stage: ceil(num_layers/stages). */
int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages);

/* A stage of `serving` at `place` in a phase. It refers to serving->chip. */
void cc_stage_open(struct cc_stage *stage, const struct cc_serving *serving, const struct cc_stage_place *place,
                   const struct cc_phase *phase);

/* Of a micro-batch of >= 1 requests. Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. */
struct cc_stage_time cc_stage_time_of(const struct cc_stage *stage, double micro_batch);
struct cc_stage_energy cc_stage_energy_of(const struct cc_stage *stage, double micro_batch);

/* The same in short: one micro-batch through all stages, the time to the next one, and its energy. */
struct cc_pace {
    double through_s, interval_s, j;
};

struct cc_pace cc_pace_of(const struct cc_stage *stage, double micro_batch);

enum { CC_LEVELS_MAX = 31 }; /* batches and micro-batches are 2^0 .. 2^30 */

/* Those of the micro-batches 2^0, 2^1, ..., `levels` of them. */
void cc_stage_paces(const struct cc_stage *stage, int levels, struct cc_pace paces[CC_LEVELS_MAX]);

#endif
