/* pass_energy.h: energy of one micro-batch's pass through the model, all chips together. */
#ifndef CC_MODEL_SERVING_PASS_ENERGY_H
#define CC_MODEL_SERVING_PASS_ENERGY_H

#include "model/serving/ops.h"

/* Weights that a pass reads, of all layers of a kind, in numbers of bytes_per_number bytes; and its experts' products. */
struct cc_kind_weights {
    double group;        /* by each attention group that has a request */
    double expert;       /* by each expert that has a token */
    double expert_fma_j; /* of a request's row through an expert of each layer */
};

struct cc_pass_energy {
    double fma_j, activation_j, kv_j, network_j; /* of a request */
    double output_fma_j;                         /* in fma_j: the output projection */
    bool kv_once;                                /* published: keys and values are read for one request */
    double weight_pj, bytes_j;                   /* whose product is the energy of a number read */
    struct cc_kind_weights output;               /* projection */
    size_t kinds;
    struct cc_kind_weights kind[CC_LAYER_KINDS_MAX];
};

/* Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. Padding that chips compute to make their shares equal is not counted. */
void cc_pass_energy_of(struct cc_pass_energy *energy, const struct cc_layout *layout);

#endif
