#include "model/serving/routing.h"

#include <math.h>

#include "base/number.h"

static double imbalance_of(struct cc_text given)
{
    double imbalance = 1;
    if (cc_text_is(given, "uniform"))
        return 0;
    if (given.len > 0)
        (void)cc_parse_real(given.s, given.len, &imbalance);
    return imbalance;
}

static double given_or_zero(int64_t given)
{
    return given == CC_NO_INT ? 0 : (double)given;
}

struct cc_routing cc_routing_of(const struct cc_system *system)
{
    return (struct cc_routing){
        .direct = cc_text_is(system->alltoall, "direct"),
        .route_servers = given_or_zero(system->route_servers),
        .redundant = given_or_zero(system->redundant_experts),
        .imbalance = imbalance_of(system->expert_imbalance),
        .capacity = isnan(system->capacity_factor) ? 0 : system->capacity_factor,
        .two_batches = cc_text_is(system->overlap, "two_batch"),
        .replicated = cc_text_is(system->kv_sharding, "replicated"),
        .naive_latent = cc_text_is(system->mla_generate, "naive"),
        .mtp = !system->without_mtp,
    };
}
