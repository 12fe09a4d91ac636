#include "model/serving/mapping.h"

#include "model/serving/memory_fit.h"
#include "model/serving/sub_system.h"

static int64_t given_micro_batch(int64_t given, int64_t batch)
{
    return given == 0 || given > batch ? batch : given;
}

/* Where the given mapping runs. Published (given-mapping): a depth of 1 takes all chips. */
static struct cc_stage_place given_place(const struct cc_mapping_input *in, const struct cc_serving *serving,
                                         int64_t num_servers)
{
    const int64_t all_chips = num_servers * serving->packages_per_server * serving->chips_per_package;
    const bool all = in->pipeline_parallel == 1 && !serving->conventions.given_mapping;
    const int64_t chips = all ? all_chips : in->tensor_parallel;
    const bool groups = in->attention_parallel != CC_NO_INT && in->attention_parallel < in->tensor_parallel;
    return (struct cc_stage_place){
        .tensor_parallel = chips,
        .pipeline_parallel = in->pipeline_parallel,
        .num_servers = num_servers,
        .attention_groups = groups && chips % in->attention_parallel == 0 ? chips / in->attention_parallel : 1,
        .expert_parallel = in->expert_parallel,
    };
}

struct cc_mapping cc_mapping_given(const struct cc_mapping_input *in, const struct cc_serving *serving,
                                   int64_t num_servers, int64_t batch)
{
    const int64_t sub_systems = cc_sub_systems(serving, num_servers, batch);
    return (struct cc_mapping){
        .place = given_place(in, serving, num_servers),
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
    const double slots = serving->llm->experts + serving->routing.redundant;
    const double chips = (double)place->tensor_parallel * (double)place->pipeline_parallel;
    const double all_chips =
        (double)place->num_servers * (double)serving->packages_per_server * (double)serving->chips_per_package;
    if (serving->llm->experts > 0 && (double)place->expert_parallel > slots)
        return cc_rejected(reject, CC_REJECT_EXPERTS, (double)place->expert_parallel, slots);
    if (!serving->conventions.given_mapping)
        return true;
    if (place->pipeline_parallel > serving->llm->num_layers)
        return cc_rejected(reject, CC_REJECT_MAPPING_LAYERS, (double)place->pipeline_parallel,
                           (double)serving->llm->num_layers);
    if (chips > all_chips)
        return cc_rejected(reject, CC_REJECT_MAPPING_CHIPS, chips, all_chips);
    struct cc_memory_fit fit;
    struct cc_stages stages;
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_memory_fit_of(&fit, serving, place, &stages);
    const double requests = cc_requests_held(serving, place, (double)batch);
    if (!cc_memory_fits(&fit, requests))
        return cc_rejected(reject, CC_REJECT_MAPPING_MEMORY, cc_memory_need(&fit, requests), fit.memory_bytes);
    return true;
}
