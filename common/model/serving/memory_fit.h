/* memory_fit.h: whether the chips of a stage have room for the model and its requests. */
#ifndef CC_MODEL_SERVING_MEMORY_FIT_H
#define CC_MODEL_SERVING_MEMORY_FIT_H

#include <math.h>
#include <stdbool.h>

#include "model/serving/place.h"
#include "model/serving/serving.h"

/* What the chips of the fullest stage, the first, hold against their memory: its layers, the input embedding, and the
 * cache of its layers; each chip as much as the fullest. Published (fullest-stage): all stages together. */
struct cc_memory_fit {
    double memory_bytes, weight_bytes;
    double kv_bytes_each; /* of a request */
    double shards;        /* requests are held in multiples of this */
};

/* Bytes that `batch` requests need with the model. */
static inline double cc_memory_need(const struct cc_memory_fit *fit, double batch)
{
    const double held = fit->shards == 1 ? batch : fit->shards * ceil(batch / fit->shards);
    return fit->weight_bytes + held * fit->kv_bytes_each;
}

struct cc_memory_fit cc_memory_fit_of(const struct cc_serving *serving, const struct cc_stage_place *place);

/* True when there is room for the model and the KV cache of `batch` requests. */
static inline bool cc_memory_fits(const struct cc_memory_fit *fit, double batch)
{
    return fit->memory_bytes >= cc_memory_need(fit, batch);
}

#endif
