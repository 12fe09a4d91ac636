/* place.h: the chips of a pipeline stage. */
#ifndef CC_MODEL_SERVING_PLACE_H
#define CC_MODEL_SERVING_PLACE_H

#include <stdint.h>

/* Where a pipeline stage runs, and how its chips share a layer. Attention is shared by the chips of a group, and each group serves
 * requests of its own (data-parallel attention); routed experts are spread over all chips of the stage. */
struct cc_stage_place {
    int64_t tensor_parallel;   /* chips of the stage */
    int64_t pipeline_parallel; /* stages */
    int64_t num_servers;       /* of the whole system */
    int64_t attention_groups;  /* divides tensor_parallel; 1: all chips share each head */
    int64_t expert_parallel;   /* shares that the experts are divided into; divides tensor_parallel */
};

/* Chips that share one attention. */
static inline int64_t cc_attention_parallel(const struct cc_stage_place *place)
{
    return place->tensor_parallel / place->attention_groups;
}

#endif
