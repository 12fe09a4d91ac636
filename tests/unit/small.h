/* small.h: models and servers small enough to compute by hand. */
#ifndef TESTS_UNIT_SMALL_H
#define TESTS_UNIT_SMALL_H

#include "input/inputs.h"
#include "model/serving/layouts.h"
#include "model/serving/memory_fit.h"
#include "model/serving/point.h"

static inline struct cc_llm llm_of_bytes(int64_t layers, int64_t d, int64_t heads, int64_t d_ff, double sharing,
                                         const char *act, double bytes_per_number)
{
    struct cc_llm_input in;
    cc_fields_clear(&cc_llm_input_fields, &in);
    in.name = cc_text_of("small");
    in.num_layers = layers;
    in.d = d;
    in.num_heads = heads;
    in.d_ff = d_ff;
    in.heads_per_kv_cache = sharing;
    in.act = cc_text_of(act);
    in.bytes_per_number = bytes_per_number;
    return cc_llm_of(&in);
}

static inline struct cc_llm llm_of(int64_t layers, int64_t d, int64_t heads, int64_t d_ff, double sharing,
                                   const char *act)
{
    return llm_of_bytes(layers, d, heads, d_ff, sharing, act, 2);
}

/* Every product at the chip's own rate, numbers of so many bytes, and so many pJ for a multiply-accumulate. */
static inline struct cc_precisions same_precisions(double bytes, double fma_pj)
{
    const struct cc_precision p = {1, bytes, fma_pj};
    return (struct cc_precisions){p, p, p, p, p, p};
}

/* `queries` tokens of a request, each of which looks at `tokens`. */
static inline struct cc_phase phase_of(double queries, double tokens, bool generation)
{
    struct cc_phase phase = {.queries = queries, .generation = generation};
    for (int i = 0; i < CC_ATTENTIONS; i++)
        phase.look[i] = (struct cc_look){tokens, tokens};
    return phase;
}

/* SRAM weights at 1 pJ/B, activations at 2, multiply-accumulates at 3 pJ; 40 % of the power at the wall reaches the chips. */
static const struct cc_constants small_constants = {
    .server = {.dcdc_efficiency = 0.8, .psu_efficiency = 0.5},
    .energy = {.sram_weight_pj_per_byte = 1, .sram_activation_pj_per_byte = 2, .fma_pj = 3},
};

/* Ring all-reduce, all efficiencies 1, an energy model. */
static inline struct cc_system small_system(void)
{
    return (struct cc_system){
        .allreduce_algo = cc_text_of("ring"),
        .compute_perf_efficiency = 1,
        .io_bandwidth_efficiency = 1,
        .weight_bandwidth_efficiency = 1,
        .energy_model = true,
        .sub_sys_num_servers = CC_NO_INT,
    };
}

/* Servers of one chip of 1000 FLOP/s and 100 B/s, prompts of 2 tokens, answers of 4; `parts` servers in a prefill
 * sub-system, or CC_NO_INT. */
static inline struct cc_serving tiny_serving(const struct cc_llm *llm, int64_t parts, struct cc_conventions conventions)
{
    const struct cc_chip chip = {
        .peak_flops = 1000, .sram_bytes_per_s = 100, .package_link = {.bytes_per_s = 1000, .pj_per_byte = 5}};
    const struct cc_package package = {.num_chips = 1, .memory_bytes = 1000};
    const struct cc_server server = {.num_packages = 1,
                                     .num_chips = 1,
                                     .link = {.bytes_per_s = 16, .init_s = 0.5},
                                     .peak_flops = 1000,
                                     .other_power_w = 7,
                                     .tdp_w = 20};
    struct cc_system system = small_system();
    system.sub_sys_num_servers = parts;
    return cc_serving_of(&chip, &package, &server, llm, &system, (struct cc_workload){.prefill_len = 2, .generate_len = 4}, &small_constants,
                         conventions);
}

/* A micro-batch's pass. */
static inline struct cc_step_detail pass_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                            const struct cc_phase *phase, double micro_batch)
{
    struct cc_pipeline pipeline;
    struct cc_stages stages;
    struct cc_step step;
    cc_step_open(&step, serving, place, phase);
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, place, phase, &stages);
    return cc_step_detail_of(&step, &pipeline, micro_batch);
}

/* What a place has room for. */
static inline struct cc_memory_fit fit_of(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    struct cc_memory_fit fit;
    struct cc_stages stages;
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_memory_fit_of(&fit, serving, place, &stages);
    return fit;
}

/* Seconds of its first stage, hand-over to the next included; and of the matrix products in it. */
static inline double stage_s(const struct cc_serving *serving, const struct cc_stage_place *place,
                             const struct cc_phase *phase, double micro_batch)
{
    const struct cc_step_detail d = pass_of(serving, place, phase, micro_batch);
    const int64_t layers = cc_layers_per_stage(serving->llm->num_layers, place->pipeline_parallel);
    return (d.layer_products_s + d.layer_exchange_s) * (double)layers + d.hand_over_s;
}

static inline double products_s(const struct cc_serving *serving, const struct cc_stage_place *place,
                                const struct cc_phase *phase, double micro_batch)
{
    const int64_t layers = cc_layers_per_stage(serving->llm->num_layers, place->pipeline_parallel);
    return pass_of(serving, place, phase, micro_batch).layer_products_s * (double)layers;
}

#endif
