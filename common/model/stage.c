#include "model/stage.h"

#include "base/number.h"

static const double joules_per_pj = 1e-12;

int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages)
{
    return cc_ceil_div(num_layers, stages);
}

/* A product of `m` for one request. */
static void plan_product(const struct cc_matmul_chip *chip, struct cc_stage_product *product, struct cc_matmul m,
                         bool own_matrix)
{
    const struct cc_matmul_time one = cc_roofline_time_of(chip, m);
    product->compute_s = one.compute_s;
    product->load_once_s = own_matrix ? 0 : one.load_s;
    product->load_each_s = own_matrix ? one.load_s : 0;
    product->own_matrix = own_matrix;
    if (chip->weight_stationary)
        product->one_request = m;
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
    struct cc_stage_product *product = stage->product;
    plan_product(chip, product++, (struct cc_matmul){1, q, d, qkv, 1}, false); /* query, key, value projections */
    plan_product(chip, product++, (struct cc_matmul){1, q, heads, ctx, sharing}, true); /* score */
    plan_product(chip, product++, (struct cc_matmul){1, q, ctx, heads, sharing}, true); /* value */
    plan_product(chip, product++, (struct cc_matmul){1, q, heads, d, 1}, false);        /* attention output */
    plan_product(chip, product++, (struct cc_matmul){up_matrices, q, d, ff, 1}, false); /* feed-forward, up, gate */
    plan_product(chip, product++, (struct cc_matmul){1, q, ff, d, 1}, false);           /* feed-forward, down */
    stage->has_output = llm->vocab_size > 0;
    if (stage->has_output) { /* the last token of each request */
        const double words = ceil((double)llm->vocab_size / chips);
        plan_product(chip, &stage->output, (struct cc_matmul){1, 1, d, words, 1}, false);
    }
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

void cc_stage_open(struct cc_stage *stage, const struct cc_serving *serving, const struct cc_stage_place *place,
                   const struct cc_phase *phase)
{
    const double chips = (double)place->tensor_parallel;
    stage->chip = &serving->chip;
    stage->layers = (double)cc_layers_per_stage(serving->llm->num_layers, place->pipeline_parallel);
    stage->stages = (double)place->pipeline_parallel;
    cc_collectives_open(&stage->collectives, serving, place, phase);
    plan_products(serving, chips, phase, stage);
    plan_hand_over(serving, place, phase, stage);
    plan_energy(serving, chips, phase, stage);
}

/* Of a micro-batch: on a roofline both times grow with the work, on systolic arrays they go by blocks. */
static inline struct cc_matmul_time product_time(const struct cc_stage *stage, const struct cc_stage_product *product,
                                                 double micro_batch)
{
    if (stage->chip->weight_stationary) {
        struct cc_matmul all = product->one_request;
        *(product->own_matrix ? &all.stacks : &all.i) *= micro_batch;
        return cc_matmul_time_of(stage->chip, all);
    }
    const double compute_s = product->compute_s * micro_batch;
    const double load_s = product->load_once_s + product->load_each_s * micro_batch;
    return (struct cc_matmul_time){compute_s, load_s, compute_s > load_s ? compute_s : load_s};
}

/* Seconds of a stage without the output projection. */
static inline double stage_s(const struct cc_stage *stage, double products_s, double micro_batch)
{
    const double hand_over_s = stage->hand_over_move_s * micro_batch + stage->hand_over_init_s;
    return (products_s + cc_collectives_s(&stage->collectives, micro_batch)) * stage->layers + hand_over_s;
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
    time.stage_s = stage_s(stage, time.products_s, micro_batch);
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

/* The pace of a micro-batch whose products of a layer and output projection take so long. */
static inline struct cc_pace pace_of(const struct cc_stage *stage, double products_s, double output_s,
                                     double micro_batch)
{
    const double one_stage_s = stage_s(stage, products_s, micro_batch);
    const struct cc_stage_energy energy = cc_stage_energy_of(stage, micro_batch);
    return (struct cc_pace){
        .through_s = one_stage_s * stage->stages + output_s,
        .interval_s = one_stage_s + output_s,
        .j = energy.fma_j + energy.memory_j + energy.network_j,
    };
}

struct cc_pace cc_pace_of(const struct cc_stage *stage, double micro_batch)
{
    double products_s = 0;
    for (int i = 0; i < CC_STAGE_PRODUCTS; i++)
        products_s += product_time(stage, &stage->product[i], micro_batch).time_s;
    const double output_s = stage->has_output ? product_time(stage, &stage->output, micro_batch).time_s : 0;
    return pace_of(stage, products_s, output_s, micro_batch);
}

/* Adds the times of a product at several micro-batches: plain loops over plain arrays, for the compiler to vectorize.
 */
static void add_roofline(const struct cc_stage_product *product, const double *micro_batch, int levels, double *total_s)
{
    for (int level = 0; level < levels; level++) {
        const double compute_s = product->compute_s * micro_batch[level];
        const double load_s = product->load_once_s + product->load_each_s * micro_batch[level];
        total_s[level] += compute_s > load_s ? compute_s : load_s;
    }
}

void cc_stage_paces(const struct cc_stage *stage, int levels, struct cc_pace paces[CC_LEVELS_MAX])
{
    double micro_batch[CC_LEVELS_MAX], products_s[CC_LEVELS_MAX], output_s[CC_LEVELS_MAX];
    for (int level = 0; level < levels; level++) {
        micro_batch[level] = (double)(INT64_C(1) << level);
        products_s[level] = output_s[level] = 0;
    }
    if (stage->chip->weight_stationary) {
        for (int level = 0; level < levels; level++)
            paces[level] = cc_pace_of(stage, micro_batch[level]);
        return;
    }
    for (int i = 0; i < CC_STAGE_PRODUCTS; i++)
        add_roofline(&stage->product[i], micro_batch, levels, products_s);
    if (stage->has_output)
        add_roofline(&stage->output, micro_batch, levels, output_s);
    for (int level = 0; level < levels; level++)
        paces[level] = pace_of(stage, products_s[level], output_s[level], micro_batch[level]);
}
