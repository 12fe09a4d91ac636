#include "model/serving/memory_fit.h"

#include "model/serving/heads.h"
#include "model/serving/layouts.h"

struct cc_memory_fit cc_memory_fit_of(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t chips = place->tensor_parallel;
    const struct cc_head_split split = cc_head_split_of(serving, chips, &serving->generate);
    const double more = cc_head_split_weights(serving, &split, chips) - cc_llm_attention(llm, CC_FULL);
    const double tokens = (double)(serving->workload.prefill_len + serving->workload.generate_len);
    const double layers = (double)llm->num_layers, stages = (double)place->pipeline_parallel;
    struct cc_memory_fit fit = {
        .memory_bytes = (double)chips / (double)serving->chips_per_package * serving->package_memory_bytes,
        .weight_bytes = llm->bytes + layers * more * llm->bytes_per_number,
        .kv_bytes_each = tokens * llm->kv_bytes_per_token * cc_head_split_kv_factor(serving, &split, chips),
        .shards = split.shards,
    };
    if (!serving->conventions.fullest_stage) {
        fit.memory_bytes *= stages;
    } else if (place->pipeline_parallel > 1) {
        const double most = (double)cc_layers_per_stage(llm->num_layers, place->pipeline_parallel);
        fit.weight_bytes = (most * (cc_llm_layer(llm, &llm->kind[0]).weights + more) + cc_llm_output_projection(llm)) * llm->bytes_per_number;
        fit.kv_bytes_each *= most / layers;
    }
    return fit;
}
