#include "model/serving/layouts.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"

int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages)
{
    return cc_ceil_div(num_layers, stages);
}

/* The index of a shape among those that are there, or of a new one. */
static size_t add_shape(struct cc_stages *stages, const double *shape, size_t kinds)
{
    size_t i = 0;
    while (i < stages->shapes && memcmp(stages->shape[i], shape, kinds * sizeof *shape) != 0)
        i++;
    if (i == stages->shapes)
        memcpy(stages->shape[stages->shapes++], shape, kinds * sizeof *shape);
    return i;
}

void cc_stages_of(struct cc_stages *stages, const struct cc_serving *serving, int64_t count)
{
    const struct cc_llm *llm = serving->llm;
    const bool own_layers = serving->conventions.layer_remainder;
    const int64_t layers = cc_layers_per_stage(llm->num_layers, count), left = llm->num_layers - layers * (count - 1);
    stages->count = (double)count;
    stages->layers = (double)layers;
    stages->even = llm->kinds == 1 && (!own_layers || left == layers);
    stages->last = stages->even ? (double)layers : (double)(left > 0 ? left : 0);
    stages->shapes = stages->last_shape = 0;
    for (int64_t stage = 0; llm->kinds > 1 && stage < count; stage++) {
        double shape[CC_LAYER_KINDS_MAX] = {0};
        for (int64_t i = stage * layers; i < (stage + 1) * layers && i < llm->num_layers; i++)
            shape[llm->layer[i]]++;
        stages->last_shape = add_shape(stages, shape, llm->kinds);
        if (stage * layers >= llm->num_layers)
            break; /* this one and all that follow are empty */
    }
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
        .attention_groups = 1,
        .expert_parallel = 1,
    };
    return place->tensor_parallel > 0;
}

/* The largest divisor of `n` that is no more than `most`. */
static int64_t largest_divisor(int64_t n, int64_t most)
{
    int64_t largest = 1;
    for (int64_t i = 1; i * i <= n; i++) {
        if (n % i != 0)
            continue;
        if (n / i <= most)
            return n / i;
        if (i <= most)
            largest = i;
    }
    return largest;
}

/* Adds a divisor of `n` to a list, once. */
static size_t add_divisor(int64_t *list, size_t count, int64_t n, int64_t divisor, int64_t most)
{
    if (divisor < 1 || divisor > most || n % divisor != 0)
        return count;
    for (size_t i = 0; i < count; i++)
        if (list[i] == divisor)
            return count;
    list[count] = divisor;
    return count + 1;
}

static int compare_ints(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

size_t cc_layouts_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                     struct cc_stage_place layouts[CC_LAYOUTS_MAX])
{
    const int64_t t = place->tensor_parallel, in_package = serving->chips_per_package;
    const int64_t in_server = in_package * serving->packages_per_server;
    const int64_t slots = (int64_t)(serving->llm->experts + serving->routing.redundant);
    int64_t groups[4], shares[5];
    size_t group_count = 0, share_count = 0, count = 0;
    layouts[0] = *place;
    if (serving->llm->experts == 0)
        return 1;
    const int64_t sharers[] = {t, in_server, in_package, 1};
    for (size_t i = 0; i < 4; i++)
        if (t % sharers[i] == 0)
            group_count = add_divisor(groups, group_count, t, t / sharers[i], t);
    const int64_t parts[] = {1, t / in_server, t / in_package, largest_divisor(t, slots), t};
    for (size_t i = 0; i < 5; i++)
        share_count = add_divisor(shares, share_count, t, parts[i], slots);
    qsort(groups, group_count, sizeof *groups, compare_ints);
    qsort(shares, share_count, sizeof *shares, compare_ints);
    for (size_t g = 0; g < group_count; g++)
        for (size_t e = 0; e < share_count; e++) {
            layouts[count] = *place;
            layouts[count].attention_groups = groups[g];
            layouts[count++].expert_parallel = shares[e];
        }
    return count;
}
