#include "model/serving/layouts.h"

#include "base/number.h"

int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages)
{
    return cc_ceil_div(num_layers, stages);
}

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
