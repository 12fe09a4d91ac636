#include "model/mapping.h"

size_t cc_pipeline_depths(int64_t num_layers, int64_t depths[CC_DEPTHS_MAX])
{
    size_t count = 0;
    int64_t last = 0;
    for (int64_t p = 1; p <= num_layers && count < CC_DEPTHS_MAX; p++) {
        const int64_t layers = cc_layers_per_stage(num_layers, p);
        if (layers != last)
            depths[count++] = p;
        last = layers;
    }
    return count;
}

/* Whole packages that a stage has to itself; 0 when the pipeline does not fit the servers. */
static int64_t packages_per_stage(const struct cc_serving *serving, int64_t num_servers, int64_t depth)
{
    if (num_servers >= depth)
        return num_servers / depth * serving->packages_per_server;
    if (depth % num_servers != 0)
        return 0;
    return serving->packages_per_server / (depth / num_servers);
}

bool cc_stage_place_of(const struct cc_serving *serving, int64_t num_servers, int64_t depth,
                       struct cc_stage_place *place)
{
    *place = (struct cc_stage_place){
        .tensor_parallel = packages_per_stage(serving, num_servers, depth) * serving->chips_per_package,
        .pipeline_parallel = depth,
        .num_servers = num_servers,
    };
    return place->tensor_parallel > 0;
}

struct cc_memory_fit cc_memory_fit_of(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t chips = place->tensor_parallel;
    const struct cc_head_split split = cc_head_split_of(serving, chips, &serving->generate);
    const double more = cc_head_split_weights(serving, &split, chips) - cc_llm_attention(llm);
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
        fit.weight_bytes = (most * (cc_llm_layer(llm) + more) + cc_llm_output_projection(llm)) * llm->bytes_per_number;
        fit.kv_bytes_each *= most / layers;
    }
    return fit;
}

static int64_t given_micro_batch(int64_t given, int64_t batch)
{
    return given == 0 || given > batch ? batch : given;
}

struct cc_mapping cc_mapping_given(const struct cc_mapping_input *in, const struct cc_serving *serving,
                                   int64_t num_servers, int64_t batch)
{
    const int64_t all_chips = num_servers * serving->packages_per_server * serving->chips_per_package;
    const int64_t sub_systems = cc_sub_systems(serving, num_servers, batch);
    return (struct cc_mapping){
        .place =
            {
                .tensor_parallel =
                    in->pipeline_parallel == 1 && !serving->conventions.given_mapping ? all_chips : in->tensor_parallel,
                .pipeline_parallel = in->pipeline_parallel,
                .num_servers = num_servers,
            },
        .micro_batch = given_micro_batch(in->micro_batch, batch),
        .prefill_micro_batch = sub_systems > 1 ? cc_sub_system_share(serving, batch, sub_systems)
                                               : given_micro_batch(in->prefill_micro_batch, batch),
        .sub_systems = sub_systems,
    };
}

bool cc_mapping_check(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                      struct cc_reject *reject)
{
    const struct cc_stage_place *place = &mapping->place;
    const double chips = (double)place->tensor_parallel * (double)place->pipeline_parallel;
    const double all_chips =
        (double)place->num_servers * (double)serving->packages_per_server * (double)serving->chips_per_package;
    if (!serving->conventions.given_mapping)
        return true;
    if (place->pipeline_parallel > serving->llm->num_layers)
        return cc_rejected(reject, CC_REJECT_MAPPING_LAYERS, (double)place->pipeline_parallel,
                           (double)serving->llm->num_layers);
    if (chips > all_chips)
        return cc_rejected(reject, CC_REJECT_MAPPING_CHIPS, chips, all_chips);
    const struct cc_memory_fit fit = cc_memory_fit_of(serving, place);
    if (!cc_memory_fits(&fit, (double)batch))
        return cc_rejected(reject, CC_REJECT_MAPPING_MEMORY, cc_memory_need(&fit, (double)batch), fit.memory_bytes);
    return true;
}
