/* memory_fit.h: whether the chips of a stage have room for the model and its requests. */
#ifndef CC_MODEL_SERVING_MEMORY_FIT_H
#define CC_MODEL_SERVING_MEMORY_FIT_H

#include <math.h>
#include <stdbool.h>

#include "model/serving/layouts.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

/* Bytes that a stage holds: its layers, and the embedding or the output projection; and of each request the cache of its layers. */
struct cc_stage_held {
    double weight_bytes, kv_bytes_each;
};

/* Bytes held by the chips of a stage, of each of its layers and besides them. They depend on the model, the conventions
 * and the routing, and on how the chips share a layer; on nothing else of a server, nor on how long requests are. */
struct cc_layers_held {
    double weight_bytes[CC_LAYER_KINDS_MAX];
    double kv_factor; /* of the cache of a request, for one of the model's own */
    double embedding_bytes, mtp_bytes;
    double shards; /* requests are held in multiples of this */
};

/* Those of one model that were computed before, for servers that have the same. Zeroed, it remembers nothing. */
enum { CC_HOLDINGS_REMEMBERED = 509 };
struct cc_holdings {
    struct cc_conventions conventions;
    struct cc_routing routing;
    enum cc_duty duty;
    struct cc_holding {
        int64_t chips, attention_groups, expert_parallel; /* 0 chips: none */
        struct cc_layers_held layers;
    } known[CC_HOLDINGS_REMEMBERED];
};

/* Bytes held by the chips of each stage, and their memory; each chip counts as the fullest. Equal stages are listed once, the first
 * stage first. Published (fullest-stage): all stages together as one. */
struct cc_memory_fit {
    double memory_bytes;
    double shards; /* requests are held in multiples of this */
    size_t count;
    struct cc_stage_held held[CC_SHAPES_MAX + 2];
};

/* Requests whose caches have room when `batch` are held. */
static inline double cc_requests_in_shards(const struct cc_memory_fit *fit, double batch)
{
    return fit->shards == 1 ? batch : fit->shards * ceil(batch / fit->shards);
}

/* Bytes that `batch` requests need with the model, on the fullest stage. */
static inline double cc_memory_need(const struct cc_memory_fit *fit, double batch)
{
    const double requests = cc_requests_in_shards(fit, batch);
    double most = 0;
    for (size_t i = 0; i < fit->count; i++) {
        const double need = fit->held[i].weight_bytes + requests * fit->held[i].kv_bytes_each;
        most = need > most ? need : most;
    }
    return most;
}

/* The same for so many batches, of which `held` requests are held (cc_requests_in_shards). */
void cc_memory_needs(const struct cc_memory_fit *fit, const double *held, size_t count, double *need_bytes);

/* Packages that a stage has, and stages whose memory counts as one. */
static inline double cc_memory_packages(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    return (double)place->tensor_parallel / (double)serving->chips_per_package;
}
static inline double cc_memory_stages(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    return serving->conventions.fullest_stage ? 1 : (double)place->pipeline_parallel;
}

/* What the fullest stage holds with `batch` requests; the sum of both is cc_memory_need. */
struct cc_fullest_stage {
    double weight_bytes, kv_bytes;
};
struct cc_fullest_stage cc_fullest_stage_of(const struct cc_memory_fit *fit, double batch);

void cc_memory_fit_of(struct cc_memory_fit *fit, const struct cc_serving *serving, const struct cc_stage_place *place,
                      const struct cc_stages *stages);

/* Requests whose caches a system holds at once: those of a batch; where it does the prefill alone, whose batches are micro-batches, those of
 * one in each stage, and of one more whose cache is on its way to where it is needed; where passes are mixed, also of the prompt that each
 * attention group is at. */
static inline double cc_requests_held(const struct cc_serving *serving, const struct cc_stage_place *place, double batch)
{
    if (serving->duty == CC_CHUNKED)
        return batch + (double)place->attention_groups;
    return serving->duty == CC_PREFILL_ALONE ? ((double)place->pipeline_parallel + 1) * batch : batch;
}

/* True when there is room for the model and the KV cache of `batch` requests. */
static inline bool cc_memory_fits(const struct cc_memory_fit *fit, double batch)
{
    return fit->memory_bytes >= cc_memory_need(fit, batch);
}

#endif
