/* mapping.h: which chips and micro-batches serve a batch; the mapping that a system file gives. */
#ifndef CC_MODEL_SERVING_MAPPING_H
#define CC_MODEL_SERVING_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/reject.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"
#include "model/serving/system.h"

/* A mapping of a batch. */
struct cc_mapping {
    struct cc_stage_place place;
    int64_t prefill_micro_batch, micro_batch;
    int64_t sub_systems; /* cc_sub_systems: more than 1, prefill runs on these, and prefill_micro_batch is their share */
};

/* The mapping that a system file prescribes, for a batch. Published (given-mapping): a depth of 1 takes all chips. */
struct cc_mapping cc_mapping_given(const struct cc_mapping_input *in, const struct cc_serving *serving,
                                   int64_t num_servers, int64_t batch);

/* Whether the chips are there, the model has as many layers as there are stages, and the batch has room. False: `reject` says
 * which is not so. Published (given-mapping): always true. */
bool cc_mapping_check(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                      struct cc_reject *reject);

#endif
