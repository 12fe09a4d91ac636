/* ops.h: what a layer does on one chip of a pipeline stage, as a list of operators. */
#ifndef CC_MODEL_SERVING_OPS_H
#define CC_MODEL_SERVING_OPS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/network/all_reduce.h"
#include "model/network/channel.h"
#include "model/serving/heads.h"
#include "model/serving/matmul.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

/* How an operator grows with the micro-batch. */
enum cc_growth {
    CC_GROW_ROWS,     /* more rows against the same matrix, which is loaded once */
    CC_GROW_REQUESTS, /* a matrix of its own for each request that a chip serves: its keys, its values */
    CC_GROW_NOT,      /* the same whatever the micro-batch */
};

/* A matrix product on one chip, for one request. */
struct cc_op {
    const char *name;
    enum cc_growth growth;
    double compute_s, load_s;       /* on a roofline: each grows in proportion, or not at all */
    struct cc_matmul one_request;   /* on systolic arrays, whose time goes by blocks */
};

/* A collective operation among the chips of a stage, for one request. */
struct cc_exchange {
    const char *name;
    enum cc_growth growth;
    double times;                   /* in a layer */
    double move_s;                  /* all its bytes over one link */
    struct cc_all_reduce_plan plan; /* what the chips do with them */
};

enum { CC_OPS_MAX = 8, CC_EXCHANGES_MAX = 4 };

/* A layer of the model under a layout, in a phase. */
struct cc_layer_ops {
    size_t ops, exchanges;
    struct cc_op op[CC_OPS_MAX];
    struct cc_exchange exchange[CC_EXCHANGES_MAX];
};

/* Energy of all layers of the model and its output projection. */
struct cc_pass_energy {
    double weight_j;                          /* of a micro-batch */
    double fma_j, activation_j, kv_j, network_j; /* of a request */
    bool kv_once;                             /* published: keys and values are read for one request */
};

/* What collectives of a stage are bound by: of all links on the way round its chips, in a package, between packages, between
 * servers, the longest start-up and the lowest bandwidth. So a faster link is never slower. Published (link-hops): the link
 * between packages; when a stage spans several servers, that or the server link, whichever has the lower bandwidth. */
struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place);

/* pJ for a byte that moves on by a chip, on the mean of all steps of a ring round the chips of a stage. Published (link-hops):
 * that of the link of a chip. */
double cc_collective_pj_per_byte(const struct cc_serving *serving, const struct cc_stage_place *place);

/* The operators of a layer. Sources: Chiplet Cloud (arXiv 2307.02666), inference simulation; the collectives of tensor
 * parallelism as in Megatron-LM (arXiv 1909.08053). */
void cc_layer_ops_list(struct cc_layer_ops *list, const struct cc_serving *serving, const struct cc_stage_place *place,
                       const struct cc_phase *phase, const struct cc_head_split *split);

/* The product of the last token of each request with the vocabulary. */
struct cc_op cc_output_op(const struct cc_serving *serving, const struct cc_stage_place *place);

struct cc_pass_energy cc_pass_energy_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                        const struct cc_phase *phase, const struct cc_head_split *split);

#endif
