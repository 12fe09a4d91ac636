#include "model/serving/sub_system.h"

#include "base/number.h"

int64_t cc_sub_system_share(const struct cc_serving *serving, int64_t batch, int64_t sub_systems)
{
    return serving->conventions.sub_system_share ? cc_ceil_div(batch, sub_systems) : batch / sub_systems;
}

int64_t cc_sub_system_requests(const struct cc_serving *serving, int64_t batch, int64_t sub_systems)
{
    return serving->conventions.sub_system_share ? batch : batch / sub_systems * sub_systems;
}

/* Whether the memory of some servers holds the model and the prompts of `share` requests. */
static bool has_room(const struct cc_serving *serving, int64_t servers, int64_t share)
{
    const double memory = (double)servers * (double)serving->packages_per_server * serving->package_memory_bytes;
    const double kv_bytes = memory - serving->llm->bytes;
    return kv_bytes >= 0 &&
           floor(kv_bytes / serving->llm->kv_bytes_per_token) / (double)share >= (double)serving->workload.prefill_len;
}

int64_t cc_sub_systems(const struct cc_serving *serving, int64_t num_servers, int64_t batch)
{
    const int64_t servers = serving->sub_system_servers;
    if (servers == CC_NO_INT || servers >= num_servers || num_servers % servers != 0)
        return 1;
    const int64_t sub_systems = num_servers / servers;
    if (batch < sub_systems || !has_room(serving, servers, cc_sub_system_share(serving, batch, sub_systems)))
        return 1;
    return sub_systems;
}

struct cc_stage_place cc_sub_system_place(const struct cc_serving *serving, int64_t num_servers, int64_t sub_systems)
{
    const int64_t servers = num_servers / sub_systems;
    return (struct cc_stage_place){
        .tensor_parallel = servers * serving->packages_per_server * serving->chips_per_package,
        .pipeline_parallel = 1,
        .num_servers = servers,
        .attention_groups = 1,
        .expert_parallel = 1,
    };
}

double cc_sub_system_flops(const struct cc_serving *serving, int64_t batch, int64_t sub_systems)
{
    const int64_t counted = serving->conventions.sub_system ? cc_sub_system_requests(serving, batch, sub_systems)
                                                            : cc_sub_system_share(serving, batch, sub_systems);
    return (double)counted * serving->prefill_flops;
}
