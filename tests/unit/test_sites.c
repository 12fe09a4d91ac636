/* What servers alike have in common: figures are those of a server by itself, to the last bit. */
#include "near.h"

#include <string.h>

#include "model/search/search.h"
#include "model/serving/chunked.h"
#include "released.h"
#include "small.h"

static struct cc_batches batches;
static struct cc_space together, alone;

static const struct cc_workload_input up_to_64 = {.max_batch = 64};
static const struct cc_workload_input listed = {.batches = {3, (const int64_t[]){24, 100, 7}}};

enum { MODELS = 5 };

/* Dense, with heads shared and a vocabulary; with experts and windows; with latents, a vocabulary; few layers. */
static void make_models(struct cc_llm models[MODELS])
{
    struct cc_llm_input in = released("experts", 12, 256, 8, 1024, 0);
    models[0] = llm_of(12, 256, 8, 1024, 4, "swiglu");
    set_experts(&in, 16, 2, 256, 1, 1);
    set_local(&in, 32, 2, "window", 3, 40);
    models[1] = cc_llm_of(&in);
    in = released("latent", 12, 256, 8, 1024, 20000);
    set_experts(&in, 16, 2, 256, 1, 1);
    in.kv_lora_rank = 64;
    in.q_lora_rank = 96;
    in.qk_nope_head_dim = in.v_head_dim = 32;
    in.qk_rope_head_dim = 16;
    models[2] = cc_llm_of(&in);
    in = released("vocabulary", 10, 256, 8, 1024, 20000);
    models[3] = cc_llm_of(&in);
    models[4] = llm_of(7, 256, 6, 1024, 6, "gelu");
}

static const struct cc_workload short_ones = {.prefill_len = 32, .generate_len = 64};

/* Servers of one shape for each `turn`, of any chip, memory, power. */
static struct cc_serving draw_server(uint64_t *seed, const struct cc_llm *llm, struct cc_workload lengths, int turn)
{
    const struct cc_chip chip = {.peak_flops = pow(10, random_between(seed, 9, 11)),
                                 .sram_bytes_per_s = pow(10, random_between(seed, 8, 10)),
                                 .package_link = {.bytes_per_s = 1e7, .init_s = 1e-6, .pj_per_byte = 5}};
    const struct cc_package package = {.num_chips = 1 + turn % 3,
                                       .memory_bytes = pow(10, random_between(seed, 6.3, 8))};
    const struct cc_server server = {.num_packages = 6,
                                     .num_chips = 6 * package.num_chips,
                                     .peak_flops = 6 * (double)package.num_chips * chip.peak_flops,
                                     .link = {.bytes_per_s = 2e7, .init_s = 1e-5, .pj_per_byte = 30},
                                     .other_power_w = random_between(seed, 1, 20),
                                     .tdp_w = random_between(seed, 10, 200),
                                     .cost_usd = 1000};
    struct cc_system system = small_system();
    struct cc_constants constants = small_constants;
    constants.energy.sram_weight_pj_per_byte = 50;
    system.energy_model = turn % 5 != 4;
    system.has_overheads = turn % 2 == 1;
    system.overheads = (struct cc_overheads){.op_s = 1e-6,
                                             .collective_s = 2e-6,
                                             .pass_s = 1e-4,
                                             .request_s = 1e-5,
                                             .attention_bandwidth_share = 0.5,
                                             .attention_fill = 64,
                                             .attention_shared_heads = 2,
                                             .activation_traffic = 2,
                                             .score_traffic = 1,
                                             .exposed_share = turn % 4 == 1 ? 0.3 : 0,
                                             .hidden_share = turn % 4 == 3 ? 0.4 : 0,
                                             .memory_reserved_share = 0.1};
    const struct cc_conventions c =
        turn % 6 == 5 && llm->plain ? cc_conventions_published() : cc_conventions_corrected();
    struct cc_serving s = cc_serving_of(&chip, &package, &server, llm, &system, lengths, &constants, c);
    s.prefill_chunk = 24;
    s.duty = turn % 4 == 2 ? CC_CHUNKED : CC_BOTH_PHASES;
    s.routing.two_batches = turn % 7 == 6;
    return s;
}

static void compare_paces(size_t depth, size_t passes)
{
    const struct cc_batch *largest = &batches.batch[alone.depth[depth].batches - 1];
    for (size_t pass = 0; pass < passes; pass++)
        for (size_t i = 0; i <= largest->micro[largest->count - 1]; i++) {
            const struct cc_pace a = cc_space_pace(&alone, depth, (enum cc_pass)pass, i);
            const struct cc_pace b = cc_space_pace(&together, depth, (enum cc_pass)pass, i);
            assert_memory_equal(&a, &b, sizeof a);
        }
}

/* A pace as the step by itself gives it. */
static void compare_step(const struct cc_serving *serving, size_t depth, size_t i, enum cc_pass pass)
{
    const struct cc_stage_place *place = &alone.depth[depth].place;
    const struct cc_phase *phase = pass == CC_PASS_PREFILL ? &serving->prefill : &serving->generate;
    const struct cc_axis axis = {1, {batches.axis.requests[i]}, {1}};
    const struct cc_pace pace = cc_space_pace(&together, depth, pass, i);
    struct cc_pipeline pipeline;
    struct cc_pieces pieces;
    struct cc_paces paces;
    static struct cc_stages stages;
    struct cc_step step;
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, place, phase, &stages);
    if (pass == CC_PASS_MIXED)
        cc_mixed_step_open(&step, serving, place);
    else
        cc_step_open(&step, serving, place, phase);
    cc_step_pieces(&step, &axis, 1, &pieces);
    if (pass == CC_PASS_MIXED)
        cc_mixed_paces(&pipeline, &pieces, serving, &axis, 1, &paces);
    else
        cc_pieces_paces(&pipeline, &pieces, &axis, 1, &paces);
    const struct cc_pace own = cc_pace_at(&paces, 0);
    assert_memory_equal(&own, &pace, sizeof own);
}

/* Seconds of a stage by the loops that every machine runs. */
static void compare_plain(const struct cc_serving *serving, const struct cc_site *site, size_t pass)
{
    const struct cc_parts *parts = &site->stage->parts[pass];
    const size_t stride = parts->stride;
    double layer_s[CC_LAYER_KINDS_MAX * CC_AXIS_MAX], output_s[CC_AXIS_MAX];
    cc_parts_pieces_plain(parts, &serving->chip, layer_s, output_s);
    for (size_t i = 0; i < batches.axis.count; i++) {
        for (size_t k = 0; k < parts->kinds; k++)
            assert_true(layer_s[k * stride + i] == site->stage->pieces[pass].layer_s[k * stride + i]);
        assert_true(output_s[i] == site->stage->pieces[pass].output_s[i]);
    }
}

/* Both spaces on a number of servers; one of them knows the servers before. Returns how many depths they have. */
static size_t compare_spaces(const struct cc_serving *serving, const int64_t *depths, size_t count, int64_t servers)
{
    const size_t passes = serving->duty == CC_CHUNKED ? CC_PASSES : CC_PASS_MIXED;
    const size_t batches_alone = cc_space_open(&alone, depths, count, servers);
    assert_int_equal(batches_alone, cc_space_open(&together, depths, count, servers));
    assert_int_equal(alone.count, together.count);
    for (size_t d = 0; d < alone.count; d++) {
        assert_memory_equal(&alone.depth[d].place, &together.depth[d].place, sizeof alone.depth[d].place);
        assert_int_equal(alone.depth[d].batches, together.depth[d].batches);
        compare_paces(d, passes);
        for (size_t pass = 0; pass < passes; pass++)
            compare_step(serving, d, 0, (enum cc_pass)pass);
        for (size_t pass = 0; cc_has_parts(serving) && pass < passes; pass++)
            compare_plain(serving, together.depth[d].site, pass);
    }
    return alone.count;
}

static void what_is_shared_changes_nothing(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    const struct cc_workload lengths[] = {
        short_ones, {.prefill_len = 48, .generate_len = 64}, {.prefill_len = 32, .generate_len = 100}};
    uint64_t seed = 77;
    size_t compared = 0;
    make_models(models);
    for (int i = 0; i < 1200; i++) {
        const struct cc_llm *llm = &models[i % MODELS];
        int64_t depths[CC_DEPTHS_MAX];
        const size_t count = cc_pipeline_depths(llm->num_layers, depths);
        const struct cc_serving serving = draw_server(&seed, llm, lengths[i / 3 % 3], i / MODELS % 42);
        assert_true(cc_batches_of(&batches, i % 3 == 0 ? &listed : &up_to_64));
        cc_space_end(&alone);
        cc_space_begin(&alone, &serving, &batches);
        cc_space_begin(&together, &serving, &batches);
        for (int64_t servers = 1; servers <= 6; servers *= 2)
            compared += compare_spaces(&serving, depths, count, servers);
    }
    assert_true(compared > 3000);
}

/* Servers of one shape are one; what they differ in is named in without_rates. */
static void servers_of_a_shape_are_alike(void **state)
{
    (void)state;
    uint64_t seed = 78;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    cc_space_end(&together);
    assert_true(cc_batches_of(&batches, &up_to_64));
    for (int i = 0; i < 10; i++) {
        const struct cc_serving serving = draw_server(&seed, &llm, short_ones, i % 2 == 0 ? 0 : 12);
        cc_space_begin(&together, &serving, &batches);
        assert_int_equal(together.sites.count, 1);
    }
    const struct cc_serving other = draw_server(&seed, &llm, short_ones, 1),
                            own = draw_server(&seed, &llm, short_ones, 6);
    cc_space_begin(&together, &other, &batches);
    assert_int_equal(together.sites.count, 2);
    assert_true(cc_batches_of(&batches, &listed));
    cc_space_begin(&together, &other, &batches);
    assert_int_equal(together.sites.count, 3);
    for (int i = 0; i < 3; i++)
        cc_space_begin(&together, &own, &batches); /* halves overlap: not shared, and in one place */
    assert_int_equal(together.sites.count, 4);
}

/* More workloads than there is room for: tables of a shape are made over, for other prompts, other answers or both. */
static void workloads_make_tables_over(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    uint64_t seed = 80;
    size_t compared = 0;
    make_models(models);
    assert_true(cc_batches_of(&batches, &up_to_64));
    for (int m = 0; m < MODELS; m++) {
        int64_t depths[CC_DEPTHS_MAX];
        const size_t count = cc_pipeline_depths(models[m].num_layers, depths);
        cc_space_end(&together);
        for (int i = 0; i < CC_ALIKE_MAX + 60; i++) {
            const struct cc_workload lengths = {.prefill_len = 20 + i / 3 % 100,
                                                .generate_len = 30 + i / 2 * 2 + (i % 8 > 5)};
            const struct cc_serving serving = draw_server(&seed, &models[m], lengths, m % 2 == 0 ? 1 : 2 * (i % 2));
            cc_space_begin(&together, &serving, &batches);
            assert_true(together.sites.count <= CC_ALIKE_MAX);
            if (i < CC_ALIKE_MAX - 5)
                continue;
            cc_space_end(&alone);
            cc_space_begin(&alone, &serving, &batches);
            compared += compare_spaces(&serving, depths, count, 1 + i % 4);
        }
        assert_true(together.sites.alike->turn > 1); /* it was made over */
    }
    assert_true(compared > 1000);
}

/* No more shapes are kept than there is room for. */
static void shapes_are_forgotten(void **state)
{
    (void)state;
    uint64_t seed = 79;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    struct cc_serving serving = draw_server(&seed, &llm, short_ones, 0);
    assert_true(cc_batches_of(&batches, &up_to_64));
    for (int i = 0; i < 3 * CC_ALIKE_MAX; i++) {
        serving.server_link.bytes_per_s *= 1.01;
        cc_space_begin(&together, &serving, &batches);
        assert_true(together.sites.count <= CC_ALIKE_MAX);
    }
    cc_space_end(&together);
    assert_int_equal(together.sites.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shared_changes_nothing),
        cmocka_unit_test(servers_of_a_shape_are_alike),
        cmocka_unit_test(workloads_make_tables_over),
        cmocka_unit_test(shapes_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
