#include "model/serving/ops.h"

#include "base/number.h"

static const double joules_per_pj = 1e-12;
static const int64_t palm_d = 18432, llama2_d = 8192; /* widths by which the published program knows a layout */

/* Bytes that a number takes while it is loaded. Published: 2 on a roofline, 1 on systolic arrays, whatever the model.
 */
static double loaded_bytes(const struct cc_serving *serving)
{
    if (serving->conventions.load_bytes)
        return serving->llm->bytes_per_number;
    return serving->chip.weight_stationary ? 1 : 2;
}

static inline struct cc_op product(const struct cc_serving *serving, const char *name, enum cc_growth growth,
                                   struct cc_matmul m)
{
    const struct cc_matmul_time one = cc_roofline_time_of(&serving->chip, m);
    return (struct cc_op){name, growth, one.compute_s, one.load_s, m};
}

struct cc_op cc_output_op(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const double d = (double)serving->llm->d;
    const double words = ceil((double)serving->llm->vocab_size / (double)place->tensor_parallel);
    return product(serving, "output", CC_GROW_ROWS, (struct cc_matmul){1, 1, d, words, 1, loaded_bytes(serving)});
}

/* The six matrix products of a layer. */
static void list_products(struct cc_layer_ops *list, const struct cc_serving *serving,
                          const struct cc_stage_place *place, const struct cc_phase *phase,
                          const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, ff = ceil((double)llm->d_ff / (double)place->tensor_parallel);
    const double up_matrices = llm->gated ? 2 : 1, bytes = loaded_bytes(serving);
    const double q = phase->queries, pairs = phase->pairs;
    const double heads = split->query_columns, core = split->shards * heads;
    const double sharing = split->sharing * (pairs / phase->context); /* all of the context is loaded */
    struct cc_op *op = list->op;
    *op++ = product(serving, "qkv", CC_GROW_ROWS, (struct cc_matmul){1, q, d, split->qkv_columns, 1, bytes});
    *op++ = product(serving, "score", CC_GROW_REQUESTS, (struct cc_matmul){1, q, core, pairs, sharing, bytes});
    *op++ = product(serving, "value", CC_GROW_REQUESTS, (struct cc_matmul){1, q, pairs, core, sharing, bytes});
    *op++ = product(serving, "out", CC_GROW_ROWS, (struct cc_matmul){1, q, heads, d, 1, bytes});
    *op++ = product(serving, "up", CC_GROW_ROWS, (struct cc_matmul){up_matrices, q, d, ff, 1, bytes});
    *op++ = product(serving, "down", CC_GROW_ROWS, (struct cc_matmul){1, q, ff, d, 1, bytes});
    list->ops = (size_t)(op - list->op);
}

/* Packages and servers that the chips of a stage lie in. */
struct extent {
    int64_t chips, packages, servers;
};

static struct extent extent_of(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const int64_t chips = place->tensor_parallel, packages = cc_ceil_div(chips, serving->chips_per_package);
    return (struct extent){chips, packages, cc_ceil_div(packages, serving->packages_per_server)};
}

static void narrow(struct cc_channel *channel, struct cc_channel link)
{
    channel->bytes_per_s = fmin(channel->bytes_per_s, link.bytes_per_s);
    channel->init_s = fmax(channel->init_s, link.init_s);
}

static struct cc_channel slowest_link(const struct cc_serving *serving, struct extent e)
{
    struct cc_channel channel = {INFINITY, 0};
    if (e.chips > e.packages || e.packages == 1)
        narrow(&channel, serving->chip_link);
    if (e.packages > 1)
        narrow(&channel, serving->package_link);
    if (e.servers > 1)
        narrow(&channel, serving->server_link);
    return channel;
}

double cc_collective_pj_per_byte(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    if (!serving->conventions.link_hops)
        return serving->network_pj_per_byte;
    const struct extent e = extent_of(serving, place);
    const double chips = (double)e.chips, between_servers = e.servers > 1 ? (double)e.servers : 0;
    const double between_packages = e.packages > 1 ? (double)e.packages - between_servers : 0;
    return (between_servers * serving->server_pj_per_byte + between_packages * serving->package_pj_per_byte +
            (chips - between_servers - between_packages) * serving->network_pj_per_byte) /
           chips;
}

struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    if (serving->conventions.link_hops)
        return slowest_link(serving, extent_of(serving, place));
    const bool spans_servers = place->num_servers > place->pipeline_parallel;
    if (spans_servers && serving->server_link.bytes_per_s <= serving->package_link.bytes_per_s)
        return serving->server_link;
    return serving->package_link;
}

/* Whether attention has an all-reduce of its own: parallel layers have one for attention and feed-forward together. */
static bool attention_reduces(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    return serving->conventions.attention_layout ? !llm->parallel_layers : llm->d != palm_d;
}

/* All-to-alls of a layer, between a layout by heads and one by requests: how many, and over how many chips. */
struct all_to_alls {
    double times;
    int64_t chips;
};

/* They exchange what the chips that repeat a KV head need of each other's requests. With heads cut at will: over the
 * whole stage wherever a KV head is shared. Published (attention-layout): at the width of PaLM or Llama-2. */
static struct all_to_alls all_to_alls_of(const struct cc_serving *serving, int64_t chips,
                                         const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    if (!serving->conventions.attention_layout)
        return (struct all_to_alls){llm->d == palm_d || llm->d == llama2_d ? 2 : 0, chips};
    if (!serving->conventions.whole_heads)
        return (struct all_to_alls){llm->heads_per_kv_cache > 1 ? 2 : 0, chips};
    return (struct all_to_alls){split->shards > 1 ? 2 : 0, (int64_t)split->shards};
}

/* Pairwise: every chip sends each other chip what that one needs of every request's rows. Published: half an all-reduce
 * of one row, whatever the micro-batch. */
static struct cc_exchange all_to_all(const struct cc_serving *serving, struct all_to_alls a2a,
                                     struct cc_channel channel, const struct cc_phase *phase,
                                     const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const double link_bytes_per_s = channel.bytes_per_s / llm->bytes_per_number, p = (double)a2a.chips;
    struct cc_exchange e = {.name = "all-to-all", .times = a2a.times};
    if (!serving->conventions.all_to_all) {
        const struct cc_all_reduce_plan whole = cc_all_reduce_plan_of(serving->all_reduce, a2a.chips, channel.init_s);
        e.growth = CC_GROW_NOT;
        e.plan = cc_fixed_plan_of(
            cc_all_reduce_run_s(&whole, (double)llm->d * llm->bytes_per_number / channel.bytes_per_s) / 2);
        return e;
    }
    const bool over_shards = serving->conventions.whole_heads && serving->conventions.attention_layout;
    const double columns = over_shards ? split->query_columns : cc_llm_query_width(llm) / (p * p);
    e.growth = over_shards ? CC_GROW_REQUESTS : CC_GROW_ROWS;
    e.plan = cc_pairwise_plan_of(a2a.chips, channel.init_s);
    e.move_s = phase->queries * columns / link_bytes_per_s;
    return e;
}

/* Several chips share a head: its scores are summed. Published: of one token (score-reduce), and over a number of chips
 * that is rounded down (head-sharing). */
static struct cc_exchange score_reduce(const struct cc_serving *serving, int64_t chips, struct cc_channel channel,
                                       const struct cc_phase *phase, const struct cc_head_split *split)
{
    const bool every = serving->conventions.score_reduce;
    const int64_t heads = serving->llm->num_heads;
    const int64_t sharers = serving->conventions.head_sharing ? cc_ceil_div(chips, heads) : chips / heads;
    const double scores = every ? split->shards * phase->queries * phase->pairs : phase->context;
    return (struct cc_exchange){
        .name = "score all-reduce",
        .growth = every ? CC_GROW_REQUESTS : CC_GROW_NOT,
        .times = 1,
        .move_s = scores * serving->llm->bytes_per_number / channel.bytes_per_s,
        .plan = cc_all_reduce_plan_of(serving->all_reduce, sharers, channel.init_s),
    };
}

static void list_exchanges(struct cc_layer_ops *list, const struct cc_serving *serving,
                           const struct cc_stage_place *place, const struct cc_phase *phase,
                           const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_channel channel = cc_collective_channel(serving, place);
    const int64_t chips = place->tensor_parallel;
    const struct all_to_alls a2a = all_to_alls_of(serving, chips, split);
    struct cc_exchange *e = list->exchange;
    *e++ = (struct cc_exchange){
        .name = "all-reduce",
        .growth = CC_GROW_ROWS,
        .times = attention_reduces(serving) ? 2 : 1,
        .move_s = phase->queries * (double)llm->d * llm->bytes_per_number / channel.bytes_per_s,
        .plan = cc_all_reduce_plan_of(serving->all_reduce, chips, channel.init_s),
    };
    if (a2a.times > 0)
        *e++ = all_to_all(serving, a2a, channel, phase, split);
    if (chips > llm->num_heads)
        *e++ = score_reduce(serving, chips, channel, phase, split);
    list->exchanges = (size_t)(e - list->exchange);
}

void cc_layer_ops_list(struct cc_layer_ops *list, const struct cc_serving *serving, const struct cc_stage_place *place,
                       const struct cc_phase *phase, const struct cc_head_split *split)
{
    list_products(list, serving, place, phase, split);
    list_exchanges(list, serving, place, phase, split);
}

/* Weights of all layers, K and V once for every chip that holds them. Published: 12 d^2 a layer, which is right for
 * multi-head attention with d_ff = 4 d. */
static double weights(const struct cc_serving *serving, const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers;
    if (!serving->conventions.weight_energy)
        return layers * (12 * d * d);
    return layers * (cc_llm_layer(llm, &llm->kind[0]).weights + (split->copies - 1) * 2 * d * cc_llm_key_width(llm));
}

/* Numbers that a token sends over links in all layers: two ring all-reduces, and the all-to-alls where there are any.
 * Published: 2 d for every chip, also for one. */
static double numbers_sent(const struct cc_serving *serving, int64_t chips, const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers, p = (double)chips;
    if (!serving->conventions.network_energy)
        return layers * 2 * d * p;
    const struct all_to_alls a2a = all_to_alls_of(serving, chips, split);
    const double group = (double)a2a.chips;
    return layers * (4 * (p - 1) * d + a2a.times * cc_llm_query_width(llm) * (group - 1) / group);
}

struct cc_pass_energy cc_pass_energy_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                        const struct cc_phase *phase, const struct cc_head_split *split)
{
    const struct cc_llm *llm = serving->llm;
    const bool own_kv = serving->conventions.kv_energy;
    const double d = (double)llm->d, layers = (double)llm->num_layers, tokens = phase->queries;
    const double bytes_pj = llm->bytes_per_number * joules_per_pj;
    const double output = cc_llm_output_projection(llm), all_weights = weights(serving, split);
    const double query = own_kv ? cc_llm_query_width(llm) : d, key = own_kv ? cc_llm_key_width(llm) : d;
    const double times_read = own_kv && !phase->generation ? split->copies : 1;
    const double macs = (all_weights + layers * 2 * phase->pairs * query) * tokens + output;
    return (struct cc_pass_energy){
        .kv_once = !own_kv,
        .fma_j = macs * serving->fma_pj * joules_per_pj,
        .weight_j = (all_weights + output) * serving->weight_pj_per_byte * bytes_pj,
        .activation_j = layers * 9 * d * tokens * serving->activation_pj_per_byte * bytes_pj,
        .kv_j = layers * 2 * phase->context * key * times_read * serving->kv_pj_per_byte * bytes_pj,
        .network_j = numbers_sent(serving, place->tensor_parallel, split) * tokens *
                     cc_collective_pj_per_byte(serving, place) * bytes_pj,
    };
}
