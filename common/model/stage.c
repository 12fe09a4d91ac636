#include "model/stage.h"

#include <string.h>

#include "base/number.h"

static const double joules_per_pj = 1e-12;

int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages)
{
    return cc_ceil_div(num_layers, stages);
}

static struct cc_stage_product product_of(const struct cc_matmul_chip *chip, struct cc_matmul one_request,
                                          bool own_matrix)
{
    return (struct cc_stage_product){one_request, cc_matmul_time_of(chip, one_request), own_matrix};
}

/* The six matrix products of a layer on one chip. Published: keys and values are projected and loaded for every query
 * head. */
static void plan_products(const struct cc_serving *serving, double chips, const struct cc_phase *phase,
                          struct cc_stage *stage)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_matmul_chip *chip = &serving->chip;
    const bool grouped = serving->conventions.grouped_query;
    const double sharing = grouped ? llm->heads_per_kv_cache : 1;
    const double query = cc_llm_query_width(llm), key = grouped ? cc_llm_key_width(llm) : query;
    const double heads = ceil(query / chips), qkv = ceil((query + 2 * key) / chips);
    const double d = (double)llm->d, ff = ceil((double)llm->d_ff / chips);
    const double up_matrices = llm->gated ? 2 : 1;
    const double q = phase->queries, ctx = phase->context;
    const struct cc_stage_product products[CC_STAGE_PRODUCTS] = {
        product_of(chip, (struct cc_matmul){1, q, d, qkv, 1}, false),          /* query, key, value projections */
        product_of(chip, (struct cc_matmul){1, q, heads, ctx, sharing}, true), /* score */
        product_of(chip, (struct cc_matmul){1, q, ctx, heads, sharing}, true), /* value */
        product_of(chip, (struct cc_matmul){1, q, heads, d, 1}, false),        /* attention output */
        product_of(chip, (struct cc_matmul){up_matrices, q, d, ff, 1}, false), /* feed-forward, up (and gate) */
        product_of(chip, (struct cc_matmul){1, q, ff, d, 1}, false),           /* feed-forward, down */
    };
    memcpy(stage->product, products, sizeof products);
    stage->has_output = llm->vocab_size > 0;
    if (stage->has_output) /* the last token of each request */
        stage->output = product_of(chip, (struct cc_matmul){1, 1, d, ceil((double)llm->vocab_size / chips), 1}, false);
}

/* To the next stage. */
static void plan_hand_over(const struct cc_serving *serving, const struct cc_stage_place *place,
                           const struct cc_phase *phase, struct cc_stage *stage)
{
    const double bytes = phase->queries * (double)serving->llm->d * serving->llm->bytes_per_number;
    const struct cc_channel *link =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    stage->hand_over_move_s = bytes / link->bytes_per_s;
    stage->hand_over_init_s = serving->server_link.init_s;
}

/* Weights of all layers. Published: 12 d^2 a layer, which is right for multi-head attention with d_ff = 4 d. */
static double weights(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers;
    return layers * (serving->conventions.weight_energy ? cc_llm_layer(llm) : 12 * d * d);
}

/* Numbers that a token sends over links in all layers: two ring all-reduces, and the all-to-alls where there are any.
 * Published: 2 d for every chip, also for one. */
static double numbers_sent(const struct cc_serving *serving, double chips)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers;
    if (!serving->conventions.network_energy)
        return layers * 2 * d * chips;
    const double all_to_alls = cc_all_to_alls(serving) * cc_llm_query_width(llm) * (chips - 1) / chips;
    return layers * (4 * (chips - 1) * d + all_to_alls);
}

/* Energies of a request (of a micro-batch for what it loads once). Published: keys and values are read for one request,
 * and are as wide as the model. */
static void plan_energy(const struct cc_serving *serving, double chips, const struct cc_phase *phase,
                        struct cc_stage *stage)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, layers = (double)llm->num_layers, tokens = phase->queries;
    const double bytes_pj = llm->bytes_per_number * joules_per_pj;
    const double output = cc_llm_output_projection(llm), all_weights = weights(serving);
    stage->own_kv = serving->conventions.kv_energy;
    const double query = stage->own_kv ? cc_llm_query_width(llm) : d, key = stage->own_kv ? cc_llm_key_width(llm) : d;
    const double macs = (all_weights + layers * 2 * phase->context * query) * tokens + output;
    stage->fma_j = macs * serving->fma_pj * joules_per_pj;
    stage->weight_j = (all_weights + output) * serving->weight_pj_per_byte * bytes_pj;
    stage->activation_j = layers * 9 * d * tokens * serving->activation_pj_per_byte * bytes_pj;
    stage->kv_j = layers * 2 * phase->context * key * serving->kv_pj_per_byte * bytes_pj;
    stage->network_j = numbers_sent(serving, chips) * tokens * serving->network_pj_per_byte * bytes_pj;
}

struct cc_stage cc_stage_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                            const struct cc_phase *phase)
{
    const double chips = (double)place->tensor_parallel;
    struct cc_stage stage = {
        .chip = &serving->chip,
        .layers = (double)cc_layers_per_stage(serving->llm->num_layers, place->pipeline_parallel),
        .collectives = cc_collectives_of(serving, place, phase),
    };
    plan_products(serving, chips, phase, &stage);
    plan_hand_over(serving, place, phase, &stage);
    plan_energy(serving, chips, phase, &stage);
    return stage;
}

/* Of a micro-batch: on a roofline both times grow with the work, on systolic arrays they go by blocks. */
static struct cc_matmul_time product_time(const struct cc_stage *stage, const struct cc_stage_product *product,
                                          double micro_batch)
{
    const struct cc_matmul_time one = product->one_request_s;
    if (stage->chip->weight_stationary) {
        struct cc_matmul all = product->one_request;
        *(product->own_matrix ? &all.stacks : &all.i) *= micro_batch;
        return cc_matmul_time_of(stage->chip, all);
    }
    const double compute_s = one.compute_s * micro_batch;
    const double load_s = product->own_matrix ? one.load_s * micro_batch : one.load_s;
    return (struct cc_matmul_time){compute_s, load_s, compute_s > load_s ? compute_s : load_s};
}

struct cc_stage_time cc_stage_time_of(const struct cc_stage *stage, double micro_batch)
{
    struct cc_stage_time time = {0};
    for (int i = 0; i < CC_STAGE_PRODUCTS; i++) {
        const struct cc_matmul_time t = product_time(stage, &stage->product[i], micro_batch);
        time.products_s += t.time_s;
        if (t.load_s > t.compute_s)
            time.load_s += t.load_s;
        else
            time.compute_s += t.compute_s;
    }
    const double hand_over_s = stage->hand_over_move_s * micro_batch + stage->hand_over_init_s;
    time.stage_s = (time.products_s + cc_collectives_s(&stage->collectives, micro_batch)) * stage->layers + hand_over_s;
    time.products_s *= stage->layers;
    if (stage->has_output)
        time.output = product_time(stage, &stage->output, micro_batch);
    return time;
}

struct cc_stage_energy cc_stage_energy_of(const struct cc_stage *stage, double micro_batch)
{
    return (struct cc_stage_energy){
        .fma_j = stage->fma_j * micro_batch,
        .memory_j =
            stage->weight_j + stage->activation_j * micro_batch + stage->kv_j * (stage->own_kv ? micro_batch : 1),
        .network_j = stage->network_j * micro_batch,
    };
}
