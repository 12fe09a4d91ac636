/* place.h: the chips of a pipeline stage. */
#ifndef CC_MODEL_SERVING_PLACE_H
#define CC_MODEL_SERVING_PLACE_H

#include <stdint.h>

/* Where a pipeline stage runs. */
struct cc_stage_place {
    int64_t tensor_parallel;   /* chips of the stage */
    int64_t pipeline_parallel; /* stages */
    int64_t num_servers;       /* of the whole system */
};

#endif
