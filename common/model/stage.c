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

double cc_through_s(const struct cc_stage_time *time, double stages)
{
    return time->stage_s * stages + time->output.time_s;
}

double cc_interval_s(const struct cc_stage_time *time)
{
    return time->stage_s + time->output.time_s;
}

/* Seconds of the six matrix products of a layer on one chip, and which of them compute or memory binds. Published: keys
 * and values are projected and loaded for every query head. */
static void add_products(const struct cc_serving *serving, const struct cc_stage_place *place,
                         const struct cc_phase *phase, double micro_batch, struct cc_stage_time *time)
{
    const struct cc_llm *llm = serving->llm;
    const bool grouped = serving->conventions.grouped_query;
    const double sharing = grouped ? llm->heads_per_kv_cache : 1;
    const double d = (double)llm->d, chips = (double)place->tensor_parallel;
    const double query = cc_llm_query_width(llm), key = grouped ? cc_llm_key_width(llm) : query;
    const double heads = ceil(query / chips), qkv = ceil((query + 2 * key) / chips);
    const double ff = ceil((double)llm->d_ff / chips);
    const double rows = phase->queries * micro_batch;
    const struct cc_matmul products[] = {
        {1, rows, d, qkv, 1},                                          /* query, key, value projections */
        {micro_batch, phase->queries, heads, phase->context, sharing}, /* score */
        {micro_batch, phase->queries, phase->context, heads, sharing}, /* value */
        {1, rows, heads, d, 1},                                        /* attention output */
        {cc_llm_is_gated(llm) ? 2 : 1, rows, d, ff, 1},                /* feed-forward, up (and gate) */
        {1, rows, ff, d, 1},                                           /* feed-forward, down */
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

/* The projection of the last token of each request to the vocabulary. */
static struct cc_matmul_time output_projection(const struct cc_serving *serving, const struct cc_stage_place *place,
                                               double micro_batch)
{
    const struct cc_llm *llm = serving->llm;
    if (llm->vocab_size == 0)
        return (struct cc_matmul_time){0};
    const double words = ceil((double)llm->vocab_size / (double)place->tensor_parallel);
    return cc_matmul_time_of(&serving->chip, (struct cc_matmul){1, micro_batch, (double)llm->d, words, 1});
}

/* How attention is laid over the chips of a stage. */
struct layout {
    bool all_reduce;    /* after attention; parallel layers have none but that of the feed-forward layer */
    double all_to_alls; /* between a layout by heads and one by requests, which a shared key/value cache asks for */
};

/* Published: guessed from the width of the model, PaLM's 18432 and Llama-2's 8192. */
static struct layout attention_layout(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t palm_d = 18432, llama2_d = 8192;
    if (serving->conventions.attention_layout)
        return (struct layout){!llm->parallel_layers, llm->heads_per_kv_cache > 1 ? 2 : 0};
    return (struct layout){llm->d != palm_d, llm->d == palm_d || llm->d == llama2_d ? 2 : 0};
}

/* Seconds of an all-to-all of `rows`. Published: half an all-reduce of one row. */
static double all_to_all_s(const struct cc_serving *serving, int64_t chips, double rows, struct cc_channel channel)
{
    const struct cc_llm *llm = serving->llm;
    if (serving->conventions.all_to_all)
        return cc_all_to_all_s(chips, rows * cc_llm_query_width(llm) * llm->bytes_per_number, channel.init_s,
                               channel.bytes_per_s);
    return cc_all_reduce_s(serving->all_reduce, chips, (double)llm->d * llm->bytes_per_number, channel.init_s,
                           channel.bytes_per_s) /
           2;
}

/* Seconds of the collectives of a layer. */
static double exchange_s(const struct cc_serving *serving, const struct cc_stage_place *place,
                         const struct cc_phase *phase, double micro_batch)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_channel channel = cc_collective_channel(serving, place);
    const struct layout layout = attention_layout(serving);
    const int64_t chips = place->tensor_parallel;
    const double rows = phase->queries * micro_batch;
    const double all_reduce_s = cc_all_reduce_s(serving->all_reduce, chips, rows * (double)llm->d * llm->bytes_per_number,
                                                channel.init_s, channel.bytes_per_s);
    double total = all_reduce_s; /* after the feed-forward layer */
    if (layout.all_reduce)
        total += all_reduce_s;
    if (layout.all_to_alls > 0)
        total += layout.all_to_alls * all_to_all_s(serving, chips, rows, channel);
    if (chips > llm->num_heads) { /* several chips share a head: its scores are summed */
        const double scores = serving->conventions.score_reduce ? rows * phase->context : phase->context;
        total += cc_all_reduce_s(serving->all_reduce, chips / llm->num_heads, scores * llm->bytes_per_number,
                                 channel.init_s, channel.bytes_per_s);
    }
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
    time.output = output_projection(serving, place, micro_batch);
    return time;
}

/* Weights of all layers. Published: 12 d^2 a layer, which is right for multi-head attention with d_ff = 4 d. */
static double weights(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers;
    return layers * (serving->conventions.weight_energy ? cc_llm_layer(llm) : 12 * d * d);
}

/* Numbers that a micro-batch sends over links in all layers: two ring all-reduces, and the all-to-alls where there are any.
 * Published: 2 d for every token and chip, also for one chip. */
static double numbers_sent(const struct cc_serving *serving, const struct cc_stage_place *place, double tokens)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers, chips = (double)place->tensor_parallel;
    if (!serving->conventions.network_energy)
        return layers * 2 * d * tokens * chips;
    const double all_to_alls = attention_layout(serving).all_to_alls * cc_llm_query_width(llm) * (chips - 1) / chips;
    return layers * (4 * (chips - 1) * d + all_to_alls) * tokens;
}

struct cc_stage_energy cc_stage_energy_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                          const struct cc_phase *phase, double micro_batch)
{
    const struct cc_llm *llm = serving->llm;
    const bool all_kv = serving->conventions.kv_energy; /* published: one request's, and d numbers as key and as value */
    const double d = (double)llm->d, layers = (double)llm->num_layers, bytes = llm->bytes_per_number;
    const double tokens = phase->queries * micro_batch;
    const double output = cc_llm_output_projection(llm);
    const double kv_read = layers * 2 * phase->context * (all_kv ? micro_batch * cc_llm_key_width(llm) : d);
    const double attention = layers * 2 * phase->context * (all_kv ? cc_llm_query_width(llm) : d) * tokens;
    const double macs = weights(serving) * tokens + attention + output * micro_batch;
    const double activations = layers * 9 * d * tokens;
    return (struct cc_stage_energy){
        .fma_j = macs * serving->fma_pj * joules_per_pj,
        .memory_j = ((weights(serving) + output) * serving->weight_pj_per_byte +
                     activations * serving->activation_pj_per_byte + kv_read * serving->kv_pj_per_byte) *
                    bytes * joules_per_pj,
        .network_j =
            numbers_sent(serving, place, tokens) * bytes * serving->network_pj_per_byte * joules_per_pj,
    };
}
