/* ops.h: what a layer does on one chip of a pipeline stage, as a list of operators. */
#ifndef CC_MODEL_SERVING_OPS_H
#define CC_MODEL_SERVING_OPS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/network/all_reduce.h"
#include "model/network/channel.h"
#include "model/serving/dispatch.h"
#include "model/serving/heads.h"
#include "model/serving/matmul.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

/* The quantity that work is proportional to as the micro-batch grows. */
enum cc_growth {
    CC_GROW_NOT,      /* the same whatever the micro-batch */
    CC_GROW_ROWS,     /* requests of a group of chips that shares attention */
    CC_GROW_REQUESTS, /* of them, those whose cache a chip loads */
    CC_GROW_READS,    /* the same, at least as many as keep its memory busy */
    CC_GROW_EXPERTS,  /* experts that a chip loads */
    CC_GROW_ASSIGNED, /* rows that go through the experts of a chip */
    CC_GROW_OWN,      /* in a mixed pass (chunked.h) rows without those of the chunk */
    CC_GROW_OUTPUTS,  /* rows of which the next token is wanted */
    CC_GROWTHS,
};

/* A matrix product on one chip, of one request, row or expert. */
struct cc_op {
    const char *name;
    enum cc_growth compute_by, load_by;
    double flop, rate, bytes; /* on a roofline: FLOPs at a multiple of the peak, bytes loaded, */
    double compute_s, load_s; /* and what they take */
    struct cc_matmul one;     /* on systolic arrays, whose time goes by blocks */
    bool moves;               /* no product: numbers that pass through memory */
    bool core;                /* of a request by itself in any company: attention's core, element-wise work */
};

/* Sets what the operator takes on a chip. */
static inline void cc_op_time(struct cc_op *op, const struct cc_matmul_chip *chip)
{
    op->compute_s = cc_compute_s(chip, op->flop, op->rate);
    op->load_s = cc_load_s(chip, op->bytes);
}

/* A collective operation among the chips of a stage, for one request. */
struct cc_exchange {
    const char *name;
    enum cc_growth growth;
    double times;                   /* in a layer */
    double move_s;                  /* all its bytes over one link */
    struct cc_all_reduce_plan plan; /* what the chips do with them */
    bool core;                      /* likewise */
};

enum { CC_OPS_MAX = 26, CC_EXCHANGES_MAX = 9 };

/* A layer of the model under a layout, in a phase. */
struct cc_layer_ops {
    double count; /* of layers of this kind in the model */
    size_t ops, exchanges;
    struct cc_op op[CC_OPS_MAX];
    struct cc_exchange exchange[CC_EXCHANGES_MAX];
    bool experts;     /* it has routed experts, */
    bool dispatches;  /* to which tokens are sent */
    double fixed_s, collectives_s; /* whatever the micro-batch: of operators, of collectives */
};

/* A layer is listed for these. */
struct cc_layout {
    const struct cc_serving *serving;
    const struct cc_stage_place *place;
    const struct cc_phase *phase;
    struct cc_head_split split;
    int64_t chips; /* that share attention */
};
struct cc_layout cc_layout_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                              const struct cc_phase *phase);

/* The operators of a layer. Sources: Chiplet Cloud (arXiv 2307.02666), inference simulation; the collectives of tensor
 * parallelism as in Megatron-LM (arXiv 1909.08053); latent attention as in DeepSeek-V3's inference code; experts as in GShard (arXiv
 * 2006.16668).
 *
 * Overheads. The fixed time of an operator is that of each product with weights, of score and value together (one kernel), and of
 * element-wise work: 3 in attention (normalization, positions with writing the cache, residual), 2 in a dense feed-forward part (activation,
 * normalization with residual), 4 in one with experts (also choosing them, and adding up what they give). A dense layer has 10. */
void cc_layer_ops_list(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind);

/* Parts of it: products of attention, of the feed-forward part, and all exchanges. */
void cc_list_attention(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_attention attention);
void cc_list_feed_forward(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_ffn ffn);
void cc_list_exchanges(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind);

/* Adds a product with weights: of `rows` rows for each request, with a matrix of rows x columns that is loaded once. */
void cc_add_product(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name,
                    const struct cc_precision *precision, double rows, double j, double k);

/* Adds what passes through memory between products: element-wise work and scores. Nothing where the system has no such overhead. */
void cc_list_traffic(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind);

/* Adds any product. */
void cc_add_op(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name, enum cc_growth compute_by,
               enum cc_growth load_by, struct cc_matmul one);

/* Adds a product of attention's core. */
void cc_add_core(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name, enum cc_growth compute_by,
                 enum cc_growth load_by, struct cc_matmul one);

/* The product of the last token of each request with the vocabulary. */
struct cc_op cc_output_op(const struct cc_layout *layout);

/* All-to-alls of a layer, between a layout by heads and one by requests: how many, and over how many chips. */
struct cc_all_to_alls {
    double times;
    int64_t chips;
};
struct cc_all_to_alls cc_all_to_alls_of(const struct cc_layout *layout, enum cc_attention attention);

/* Whether attention has an all-reduce of its own: parallel layers have one for attention and feed-forward together. */
bool cc_attention_reduces(const struct cc_layout *layout, const struct cc_layer_kind *kind);

#endif
