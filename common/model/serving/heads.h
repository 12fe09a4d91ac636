/* heads.h: how the heads of a layer are divided among the chips of a stage. */
#ifndef CC_MODEL_SERVING_HEADS_H
#define CC_MODEL_SERVING_HEADS_H

#include <stdint.h>

#include "model/serving/serving.h"

/* Columns, in numbers, that attention has on the fullest chip. */
struct cc_head_split {
    double query_columns; /* of Q, and rows of the output matrix */
    double qkv_columns;   /* of Q, K and V together */
    double latent_columns; /* of the latent and its part with positions, with latent attention */
    double sharing;       /* query columns computed for each key column loaded */
    double copies;        /* chips that project to the same KV head, a real number >= 1 */
    double kv_copies;     /* chips that hold the cache of the same request, where requests are not shared out */
    double shards;        /* of them, those that share out the requests: each loads the cache of its own */
};

/* The latent of latent attention is one KV head. Chips that repeat a KV head serve the same requests where the system says
 * so (kv_sharding: replicated).
 *
 * Divides the heads of `serving` over `chips` >= 1 in a phase.
 *
 * Whole heads (convention whole-heads): a chip has ceil(num_heads/chips) query heads and ceil(kv_heads/chips) KV heads,
 * so that the fullest chip sets the pace; beyond kv_heads chips a KV head is repeated, and in generation the chips that
 * repeat it serve different requests. Beyond num_heads chips a head is cut. Published: every head is cut at will.
 * Source: the layouts of tensor parallelism in Megatron-LM (arXiv 1909.08053) and of batch-sharded multi-query attention
 * in Pope et al., "Efficiently Scaling Transformer Inference" (arXiv 2211.05102). */
struct cc_head_split cc_head_split_of(const struct cc_serving *serving, int64_t chips, const struct cc_phase *phase);

/* Columns on the fullest chip of all query heads, each of `width` numbers. */
double cc_head_columns(const struct cc_serving *serving, double width, int64_t chips);

/* Numbers of attention weights of a layer, the chips that share it together, each with as many as the fullest. */
double cc_head_split_weights(const struct cc_serving *serving, enum cc_attention attention,
                             const struct cc_head_split *split, int64_t chips);

/* Numbers of the KV cache for one of the model's own, those chips together, each with as much as the fullest: 1 when the
 * heads divide evenly and no request is held twice. */
double cc_head_split_kv_factor(const struct cc_serving *serving, const struct cc_head_split *split, int64_t chips);

#endif
