#include "model/stage.h"

#include "base/number.h"

static const double joules_per_pj = 1e-12;

int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages)
{
    return cc_ceil_div(num_layers, stages);
}

struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const bool spans_servers = place->num_servers > place->pipeline_parallel;
    if (spans_servers && serving->server_link.bytes_per_s <= serving->package_link.bytes_per_s)
        return serving->server_link;
    return serving->package_link;
}

/* Seconds of the six matrix products of a layer on one chip, and which of them compute or memory binds. */
static void add_products(const struct cc_serving *serving, const struct cc_stage_place *place,
                         const struct cc_phase *phase, double micro_batch, struct cc_stage_time *time)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, chips = (double)place->tensor_parallel;
    const double all_heads = (double)llm->num_heads * (double)llm->d_head;
    const double heads = ceil(all_heads / chips), qkv = ceil(3 * all_heads / chips);
    const double ff = ceil((double)llm->d_ff / chips);
    const double rows = phase->queries * micro_batch;
    const struct cc_matmul products[] = {
        {1, rows, d, qkv},                                    /* query, key, value projections */
        {micro_batch, phase->queries, heads, phase->context}, /* score */
        {micro_batch, phase->queries, phase->context, heads}, /* value */
        {1, rows, heads, d},                                  /* output projection */
        {cc_llm_is_gated(llm) ? 2 : 1, rows, d, ff},          /* feed-forward, up (and gate) */
        {1, rows, ff, d},                                     /* feed-forward, down */
    };
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        const struct cc_matmul_time t = cc_matmul_time_of(&serving->chip, products[i]);
        time->products_s += t.time_s;
        if (t.load_s > t.compute_s)
            time->load_s += t.load_s;
        else
            time->compute_s += t.compute_s;
    }
}

/* The all-reduce after attention, and the all-to-alls of layouts that have them. The published program knows the
 * layout by the width of the model: PaLM's 18432, Llama-2's 8192. */
static double attention_exchange_s(const struct cc_serving *serving, int64_t chips, double rows_bytes, double d_bytes,
                                   struct cc_channel channel)
{
    const double palm_d = 18432, llama2_d = 8192;
    const double d = (double)serving->llm->d;
    const double all_reduce =
        cc_all_reduce_s(serving->all_reduce, chips, rows_bytes, channel.init_s, channel.bytes_per_s);
    const double two_all_to_alls =
        cc_all_reduce_s(serving->all_reduce, chips, d_bytes, channel.init_s, channel.bytes_per_s);
    if (d == palm_d)
        return two_all_to_alls;
    return d == llama2_d ? all_reduce + two_all_to_alls : all_reduce;
}

/* Seconds of the collectives of a layer. */
static double exchange_s(const struct cc_serving *serving, const struct cc_stage_place *place,
                         const struct cc_phase *phase, double micro_batch)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_channel channel = cc_collective_channel(serving, place);
    const int64_t chips = place->tensor_parallel;
    const double d_bytes = (double)llm->d * llm->bytes_per_number;
    const double rows_bytes = phase->queries * micro_batch * d_bytes;
    double total = attention_exchange_s(serving, chips, rows_bytes, d_bytes, channel) +
                   cc_all_reduce_s(serving->all_reduce, chips, rows_bytes, channel.init_s, channel.bytes_per_s);
    if (chips > llm->num_heads)
        total += cc_all_reduce_s(serving->all_reduce, chips / llm->num_heads, phase->context * llm->bytes_per_number,
                                 channel.init_s, channel.bytes_per_s);
    return total;
}

/* Seconds to hand a micro-batch over to the next stage. */
static double hand_over_s(const struct cc_serving *serving, const struct cc_stage_place *place, double rows)
{
    const double bytes = rows * (double)serving->llm->d * serving->llm->bytes_per_number;
    const struct cc_channel *link =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    return bytes / link->bytes_per_s + serving->server_link.init_s;
}

struct cc_stage_time cc_stage_time_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                      const struct cc_phase *phase, double micro_batch)
{
    const double layers = (double)cc_layers_per_stage(serving->llm->num_layers, place->pipeline_parallel);
    struct cc_stage_time time = {0};
    add_products(serving, place, phase, micro_batch, &time);
    time.stage_s = (time.products_s + exchange_s(serving, place, phase, micro_batch)) * layers +
                   hand_over_s(serving, place, phase->queries * micro_batch);
    time.products_s *= layers;
    return time;
}

struct cc_stage_energy cc_stage_energy_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                          const struct cc_phase *phase, double micro_batch)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers, bytes = llm->bytes_per_number;
    const double weights = layers * 12 * d * d;
    const double tokens = phase->queries * micro_batch;
    const double kv_numbers = layers * 2 * d * phase->context;
    const double chips = (double)place->tensor_parallel;
    return (struct cc_stage_energy){
        .fma_j = (weights * tokens + kv_numbers * tokens) * serving->fma_pj * joules_per_pj,
        .memory_j = (weights * bytes * serving->weight_pj_per_byte +
                     layers * 9 * d * tokens * bytes * serving->activation_pj_per_byte +
                     kv_numbers * bytes * serving->kv_pj_per_byte) *
                    joules_per_pj,
        .network_j = layers * 2 * d * tokens * chips * bytes * serving->network_pj_per_byte * joules_per_pj,
    };
}
