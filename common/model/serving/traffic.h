/* traffic.h: numbers that pass through memory between the products of a layer.
 *
 * Of each row a chip writes and reads what normalization, residual and the input of the products have (5 d for attention, 5 d for the
 * feed-forward part), on every chip that shares the layer; queries, keys and the output of attention twice, and the hidden numbers of the
 * feed-forward part 2 times, gated 3 times, each chip its share. With latent attention the latents take the place of keys and queries. A routed
 * expert reads its rows and writes what it makes of them: 2 d for each. Unfused attention of a prompt writes and reads all scores of a head,
 * those behind the causal mask included. Sources: the form that measured inference is fitted with (pipelines/inputs/measured); what unfused
 * attention moves: FlashAttention (arXiv 2205.14135). */
#ifndef CC_MODEL_SERVING_TRAFFIC_H
#define CC_MODEL_SERVING_TRAFFIC_H

#include "model/serving/ops.h"

/* Numbers of one row: on each chip, and of all chips together. */
struct cc_traffic_part {
    double each, divided;
};

/* Of a layer: for a row of an attention group, for a row that goes through an expert, and for a request (its scores). */
struct cc_traffic {
    struct cc_traffic_part row, expert;
    double scores; /* of all chips together */
};

/* As often as the overheads of the system say; 0 where these have none. */
struct cc_traffic cc_traffic_of(const struct cc_layout *layout, const struct cc_layer_kind *kind);

#endif
