/* mapping.h: the ways to lay a model over a number of servers. */
#ifndef CC_MODEL_MAPPING_H
#define CC_MODEL_MAPPING_H

#include "model/point.h"

enum { CC_DEPTHS_MAX = 200 }; /* a model of CC_LAYERS_MAX layers has 199 */

/* Pipeline depths worth a look: those at which the number of layers of a stage takes a new value, ascending.
 * Returns how many. num_layers is at most CC_LAYERS_MAX. */
size_t cc_pipeline_depths(int64_t num_layers, int64_t depths[CC_DEPTHS_MAX]);

/* Where a stage runs when `num_servers` form a pipeline of that depth; false when they cannot. */
bool cc_stage_place_of(const struct cc_serving *serving, int64_t num_servers, int64_t depth,
                       struct cc_stage_place *place);

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

/* The mapping that a system file prescribes, for a batch. Published (given-mapping): a depth of 1 takes all chips. */
struct cc_mapping cc_mapping_given(const struct cc_mapping_input *in, const struct cc_serving *serving,
                                   int64_t num_servers, int64_t batch);

/* Whether the chips are there, the model has as many layers as there are stages, and the batch has room. False: `reject` says
 * which is not so. Published (given-mapping): always true. */
bool cc_mapping_check(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                      struct cc_reject *reject);

#endif
