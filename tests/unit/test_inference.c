/* Model sizes, matrix products, all-reduce, system size, and one operating point step by step. */
#include "near.h"

#include "model/serving/layouts.h"
#include "model/serving/mapping.h"
#include "small.h"

static void model_sizes(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(2, 8, 4, 32, 2, "gelu");
    assert_int_equal(llm.d_head, 2);
    assert_near(cc_llm_attention(&llm, CC_FULL), 192); /* Q = O = 64, K = V = 32 */
    assert_near(cc_llm_feed_forward(&llm, (double)llm.d_ff), 512);
    assert_near(llm.parameters, 1408);
    assert_near(llm.bytes, 2816);
    assert_near(llm.kv_bytes_per_token, 32); /* 2 * 2 * 8 / 2 * 2 */
    const struct cc_llm gated = llm_of(2, 8, 4, 32, 2, "SwiGLU");
    assert_near(gated.parameters, 1408 + 2 * 256);
}

static void roofline(void **state)
{
    (void)state;
    const struct cc_matmul product = {2, 3, 4, 5, 1, 2, 1};
    struct cc_matmul_chip chip = {.flops = 60, .bytes_per_s = 10};
    struct cc_matmul_time t = cc_matmul_time_of(&chip, product);
    assert_near(t.compute_s, 4); /* 2 * 60 * 2 / 60 */
    assert_near(t.load_s, 8);    /* 2 * 20 * 2 / 10 */
    assert_near(t.time_s, 8);
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){2, 3, 4, 5, 4, 2, 1}).load_s,
                2); /* four share what is loaded */
    chip.bytes_per_s = 40;
    assert_near(cc_matmul_time_of(&chip, product).time_s, 4);
}

static void weight_stationary(void **state)
{
    (void)state;
    const struct cc_matmul_chip chip = {.weight_stationary = true,
                                        .bytes_per_s = 8,
                                        .freq_hz = 1,
                                        .num_systolic = 2,
                                        .systolic_width = 4,
                                        .acc_depth = 100};
    /* 5 columns an array; blocks 1 x 2 x 2 of 6 x 4 x 3: load 12 / 4 = 3, compute 14 / 2 = 7, 3 + 7 + 3 * 7 */
    const struct cc_matmul_time one = cc_matmul_time_of(&chip, (struct cc_matmul){1, 6, 7, 10, 1, 1, 1});
    assert_near(one.load_s, 3);
    assert_near(one.compute_s, 7);
    assert_near(one.time_s, 31);
    /* 3 stacks on 2 arrays: 2 each, blocks 1 x 2 x 3 of 6 x 4 x 4: 2 * (4 + 7 + 5 * 7) */
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){3, 6, 7, 10, 1, 1, 1}).time_s, 92);
}

static void bandwidth_never_slows(void **state)
{
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 1000; i++) {
        struct cc_matmul_chip chip = {.weight_stationary = i % 2 == 1,
                                      .flops = random_between(&seed, 1, 1e6),
                                      .bytes_per_s = random_between(&seed, 1, 1e6),
                                      .freq_hz = 1e3,
                                      .num_systolic = 2,
                                      .systolic_width = 8,
                                      .acc_depth = 64};
        const struct cc_matmul product = {
            1 + (double)(i % 5), 1 + (double)(i % 77), 1 + (double)(i % 91), 300, 1 + (double)(i % 3), 2, 1};
        const double slow = cc_matmul_time_of(&chip, product).time_s;
        chip.bytes_per_s *= 2;
        assert_true(cc_matmul_time_of(&chip, product).time_s <= slow);
    }
}

static void all_reduce_worked(void **state)
{
    (void)state;
    /* 100 bytes at 10 B/s: 10 s over one link; 1 s to start */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_RING, 4, 100, 1, 10), 21);         /* 2 * 3 * (1 + 2.5) */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_2D_RING, 16, 100, 1, 10), 27);     /* 2 * 3 * (2 + 2.5) */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_3D_RING, 8, 100, 1, 10), 16);      /* 2 * 1 * (3 + 5) */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_LOCAL_4D_16, 16, 100, 1, 10), 18); /* 8 + 10 */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_LOCAL_2D_16, 16, 100, 1, 10), 27); /* 6 * (2 + 2.5) */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_LOCAL_RING_16, 16, 100, 1, 10), 48.75);
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_LOCAL_RING_8, 8, 100, 1, 10), 31.5);
    /* two groups: and 2 * 1 * (3 + 5) + 16 + 10 + 2 sqrt 10 */
    assert_near(cc_all_reduce_s(CC_ALL_REDUCE_LOCAL_4D_16, 32, 100, 1, 10), 18 + 16 + 26 + 2 * sqrt(10));
    for (int algorithm = 0; algorithm < CC_ALL_REDUCE_COUNT; algorithm++)
        assert_near(cc_all_reduce_s((enum cc_all_reduce)algorithm, 1, 100, 1, 10), 0);
}

static int64_t servers(const struct cc_system_input *in, const struct cc_llm *llm)
{
    struct cc_reject reject;
    int64_t count = 0;
    return cc_system_servers(in, llm, 1000, 300, &count, &reject) ? count : 0;
}

static void numbers_of_servers(void **state)
{
    (void)state;
    const struct cc_llm two = llm_of(2, 8, 4, 32, 2, "gelu"), twelve = llm_of(12, 8, 4, 32, 2, "gelu");
    struct cc_system_input in;
    cc_fields_clear(&cc_system_input_fields, &in);
    in.num_servers = 3;
    assert_int_equal(servers(&in, &two), 3);
    in.num_servers = 2; /* 2000 bytes do not hold 2816 */
    assert_int_equal(servers(&in, &two), 0);
    in.kv_cache_ratio = 0.5; /* 5632 bytes: 6, a multiple of 2 */
    assert_int_equal(servers(&in, &two), 6);
    in.kv_cache_ratio = NAN;
    in.max_ctx_len_batch_1 = 10; /* 2816 + 320: 4 */
    assert_int_equal(servers(&in, &two), 4);
    in.num_servers = CC_NO_INT;
    in.max_ctx_len_batch_1 = CC_NO_INT;
    in.max_tco_usd = 1000; /* 1000 / 300, rounded up */
    assert_int_equal(servers(&in, &two), 4);
    in.max_tco_usd = NAN;
    in.kv_cache_ratio = 0; /* 16896 bytes: 17, then the next multiple of 12 */
    assert_int_equal(servers(&in, &twelve), 24);
}

static void depths_cover_every_number_of_layers(void **state)
{
    (void)state;
    int64_t depths[CC_DEPTHS_MAX];
    assert_int_equal(cc_pipeline_depths(4, depths), 3); /* 1, 2, 4: three stages have two layers, as two have */
    assert_int_equal(depths[0], 1);
    assert_int_equal(depths[1], 2);
    assert_int_equal(depths[2], 4);
    for (int64_t layers = 1; layers < 400; layers++) {
        const size_t count = cc_pipeline_depths(layers, depths);
        size_t next = 0;
        for (int64_t p = 1; p <= layers; p++)
            if (p == 1 || (layers + p - 1) / p != (layers + p - 2) / (p - 1))
                assert_int_equal(depths[next++], p);
        assert_int_equal(count, next);
    }
    assert_true(cc_pipeline_depths(CC_LAYERS_MAX, depths) < CC_DEPTHS_MAX);
}

static void a_point_step_by_step(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_published());
    const struct cc_mapping mapping = {{1, 1, 1, 1, 1}, 1, 1, 1};
    const struct cc_point point = cc_mapping_point(&serving, &mapping, 1, true);
    /* prefill, 2 rows; memory binds each product: qkv 4 x 12, score 4 x 2, value 2 x 4, out 4 x 4, 4 x 8, 8 x 4
     * numbers of 2 bytes at 100 B/s: 0.96 + 0.16 + 0.16 + 0.32 + 0.64 + 0.64 = 2.88; one chip exchanges nothing;
     * 2 * 4 * 2 bytes to the next stage at 16 B/s and 0.5 s: 1.5 */
    assert_near(point.prefill_latency_s, 4.38);
    assert_near(point.prefill_tokens_per_s, 2 / 4.38);
    assert_near(point.stage_weight_bytes, 256);       /* 128 weights of 2 bytes */
    assert_near(point.stage_kv_bytes, 6 * 2 * 4 * 2); /* keys and values of 2 + 4 tokens */
    assert_near(point.stage_memory_bytes, 1000);
    assert_near(point.prefill_load_s, 2.88);
    assert_near(point.prefill_compute_s, 0);
    assert_near(point.prefill_communication_s, 4.38 - 2.88);
    assert_true(cc_text_is(point.prefill_bottleneck, "memory"));
    /* 576 FLOPs: 128 weights * 2 tokens * 2, and 2 * 4 * 4 * 2 */
    assert_near(point.prefill_utilization, 576 / (1000 * 4.38));
    /* 12 d^2 = 192 weights; pJ: (192 * 2 + 2 * 4 * 2 * 2) * 3; 192 * 2 + 9 * 4 * 2 * 2 * 2 + 2 * 4 * 2 * 2; 2 * 4 * 2 *
     * 2 * 5 */
    assert_near(point.prefill_fma_j, 1248e-12);
    assert_near(point.prefill_memory_j, 704e-12);
    assert_near(point.prefill_network_j, 160e-12);
    assert_near(point.prefill_energy_j, 2112e-12);
    assert_near(point.prefill_power_w, 2112e-12 / 4.38 + 7);
    /* generation, 1 row, context 2 + 4 / 2 = 4: 0.96 + 0.32 + 0.32 + 0.32 + 0.64 + 0.64 = 3.2, hand-over 1.0 */
    assert_near(point.generate_latency_s, 4 * 4.2);
    assert_near(point.generate_tokens_per_s, 1 / 4.2);
    assert_near(point.generate_utilization, 320 / (1000 * 4.2));
    /* of 4 tokens: (192 + 2 * 4 * 4) * 3 = 672; 384 + 144 + 64 = 592; 80 */
    assert_near(point.generate_fma_j, 2688e-12);
    assert_near(point.generate_memory_j, 2368e-12);
    assert_near(point.generate_network_j, 320e-12);
    assert_near(point.generate_energy_j, 5376e-12);
    assert_int_equal(point.num_chips, 1);
}

static void busy_energy_without_an_energy_model(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_published());
    const struct cc_mapping mapping = {{1, 1, 1, 1, 1}, 1, 1, 1};
    serving.energy_model = false;
    const struct cc_point point = cc_mapping_point(&serving, &mapping, 1, true);
    assert_near(point.prefill_energy_j, 20 * 0.576); /* TDP for the time that 576 FLOPs take at the peak */
    assert_near(point.prefill_power_w, 20 * point.prefill_utilization);
}

static void latencies_of_micro_batches(void **state)
{
    (void)state;
    /* stage 2 s, 3 stages, batch 8 in micro-batches of 2: 6 + 3 * 2; a token every max(6, 2 * 8 / 2); 6 + 9 * 8 */
    const struct cc_serving serving = {.energy_model = true, .steps = 10};
    const struct cc_pace three = {6, 2, 5}, five = {10, 2, 5};
    const struct cc_outcome prefill = cc_prefill_outcome(&serving, &three, 8, 4);
    const struct cc_outcome generate = cc_generate_outcome(&serving, &three, 8, 4);
    assert_near(prefill.s, 12);
    assert_near(prefill.j, 4 * 5);
    assert_near(cc_token_time_s(&three, 4), 8);
    assert_near(cc_token_time_s(&five, 4), 10);
    assert_near(generate.s, 78);
    assert_near(generate.j, 4 * 10 * 5);
}

/* An answer of one token that the prefill gives leaves nothing to generate. */
static void nothing_to_generate(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "gelu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = {{1, 1, 1, 1, 1}, 1, 1, 1};
    serving.steps = 0;
    const struct cc_point point = cc_mapping_point(&serving, &mapping, 1, true);
    assert_near(point.generate_latency_s, 0);
    assert_near(point.generate_tokens_per_s, 0);
    assert_near(point.generate_energy_j, 0);
    assert_near(point.generate_utilization, 0);
    assert_near(point.generate_power_w, 7); /* fans and host */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_sizes),
        cmocka_unit_test(roofline),
        cmocka_unit_test(weight_stationary),
        cmocka_unit_test(bandwidth_never_slows),
        cmocka_unit_test(all_reduce_worked),
        cmocka_unit_test(numbers_of_servers),
        cmocka_unit_test(depths_cover_every_number_of_layers),
        cmocka_unit_test(a_point_step_by_step),
        cmocka_unit_test(busy_energy_without_an_energy_model),
        cmocka_unit_test(latencies_of_micro_batches),
        cmocka_unit_test(nothing_to_generate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
