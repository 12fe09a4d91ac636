/* Released models: parameters, bytes and FLOPs, which their publishers give rounded; weights that are stored
 * compressed. */
#include "near.h"

#include "released.h"

static void parameters(void **state)
{
    (void)state;
    const struct {
        struct cc_llm_input in;
        double all, active;
    } models[] = {
        {deepseek_v3(), 671025397760, 36624596992},      /* 671B, 36.7B */
        {deepseek_v2(), 235740692480, 20850769920},      /* 236B, 21B */
        {gpt_oss_120b(), 116788838400, 5131100160},      /* 116.83B with biases, 5.13B */
        {llama_4_scout(), 107769364480, 16137912320},    /* 109B with the vision tower, 17B with both embeddings */
        {llama_4_maverick(), 400711352320, 16149708800}, /* 400B, 17B */
        {gemma_3_27b(), 27007647744, 27007647744},       {gemma_2_27b(), 27226865664, 27226865664},
        {mistral_7b_v01(), 7241465856, 7110393856},
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const struct cc_llm llm = cc_llm_of(&models[i].in);
        assert_near(llm.parameters, models[i].all);
        assert_near(llm.active_parameters, models[i].active);
    }
}

static void bytes_by_format(void **state)
{
    (void)state;
    const struct cc_llm_input v3_input = deepseek_v3(), oss_input = gpt_oss_120b();
    const struct cc_llm v3 = cc_llm_of(&v3_input), oss = cc_llm_of(&oss_input);
    /* attention, dense and shared at 8.001953125 bits, as experts are; router and embeddings at 16: 626.9 GiB */
    assert_near(v3.bytes, (15156838400 + 653908770816) * (8.001953125 / 8) + (106430464 + 1853358080) * 2.0);
    /* experts at 4.25 bits: 60.69 GiB, of which 60.8 is said with biases */
    assert_near(oss.bytes, 114661785600 * (4.25 / 8) + (13271040 + 955514880 + 1158266880) * 2.0);
    assert_true(fabs(oss.bytes / 1073741824 - 60.69) < 0.005);
}

static void latent_attention(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v3();
    const struct cc_llm v3 = cc_llm_of(&in);
    /* queries 7168 * 1536 + 1536 * 128 * 192, the latent 7168 * 576 and out of it 512 * 128 * 256, what comes out 128 *
     * 128 * 7168 */
    assert_near(cc_llm_attention(&v3, CC_FULL), 48758784 + 4128768 + 16777216 + 117440512); /* 187.1e6 */
    assert_near(cc_llm_attention(&v3, CC_NO_ATTENTION), 0);
    assert_near(v3.kv_bytes_per_token, 70272); /* 61 * 576 * 2 */
    in.q_lora_rank = CC_NO_INT;                /* queries of the width itself: 7168 * 128 * 192 */
    const struct cc_llm direct = cc_llm_of(&in);
    assert_near(cc_llm_attention(&direct, CC_FULL), 176160768 + 4128768 + 16777216 + 117440512);
    in = deepseek_v3();
    in.kv_bits = (struct cc_number_format){8.25, CC_FP8};
    in.kv_rope_bits = (struct cc_number_format){16, CC_BF16};
    const struct cc_llm narrow = cc_llm_of(&in);
    assert_near(cc_llm_kv_token_bytes(&narrow, CC_FULL), 656); /* 512 * 8.25 / 8 + 64 * 2 */
    assert_near(cc_llm_kv_token_bytes(&narrow, CC_NO_ATTENTION), 0);
    in.index_heads = 64;
    in.index_dim = 128;
    in.index_topk = 2048;
    const struct cc_llm sparse = cc_llm_of(&in);
    assert_near(cc_llm_kv_token_bytes(&sparse, CC_SPARSE), 656 + 132); /* 128 * 8.25 / 8 */
    /* the index: 1536 * 64 * 128 + 7168 * 128 + 7168 * 64 */
    assert_near(cc_llm_attention(&sparse, CC_SPARSE) - cc_llm_attention(&sparse, CC_FULL), 12582912 + 917504 + 458752);
}

/* DeepSeek-V2 with 6 bits against a model of 67 billion with 95 layers of 8 KV heads: 93.3 % less. */
static void a_latent_is_smaller(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v2();
    in.kv_bits = (struct cc_number_format){6, CC_FP8};
    const struct cc_llm v2 = cc_llm_of(&in);
    in = released("67b", 95, 8192, 64, 22016, 102400);
    in.heads_per_kv_cache = 8;
    const struct cc_llm other = cc_llm_of(&in);
    assert_near(v2.kv_bytes_per_token, 25920);     /* 60 * 576 * 6 / 8 */
    assert_near(other.kv_bytes_per_token, 389120); /* 95 * 2 * 8 * 128 * 2 */
    assert_true(fabs(1 - v2.kv_bytes_per_token / other.kv_bytes_per_token - 0.9334) < 0.00005);
}

/* FLOPs of a token for each that it looks at, in a layer. */
static void pairs_naive_and_absorbed(void **state)
{
    (void)state;
    const struct cc_llm_input in = deepseek_v3(), grouped_input = gpt_oss_120b();
    const struct cc_llm v3 = cc_llm_of(&in), grouped = cc_llm_of(&grouped_input);
    assert_near(2 * cc_llm_core_width(&v3, CC_FULL, false), 81920);     /* 2 * 128 * (128 + 64 + 128) */
    assert_near(2 * cc_llm_core_width(&v3, CC_FULL, true), 278528);     /* 2 * 128 * (2 * 512 + 64) */
    assert_near(2 * cc_llm_core_width(&v3, CC_SPARSE, false), 278528);  /* always absorbed */
    assert_near(2 * cc_llm_core_width(&grouped, CC_FULL, true), 16384); /* 2 * 2 * 64 * 64 */
    assert_near(278528 / cc_llm_kv_token_bytes(&v3, CC_FULL), 241.0 + 7.0 / 9);
    assert_true(cc_llm_makes_keys(&v3, CC_FULL, false) && !cc_llm_makes_keys(&v3, CC_FULL, true));
    assert_false(cc_llm_makes_keys(&v3, CC_SPARSE, false) || cc_llm_makes_keys(&grouped, CC_FULL, false));
}

static void modules_that_predict_further_tokens(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v3();
    in.weight_bits = in.expert_bits = (struct cc_number_format){8, CC_FP8};
    in.embedding_bits = (struct cc_number_format){8, CC_FP8};
    struct cc_llm llm = cc_llm_of(&in);
    /* attention, router, 257 experts: 11.507e9; the joined input 2 * 7168^2 */
    assert_near(cc_llm_mtp_bytes(&llm), 187105280 + 1835008 + 257.0 * 44040192 + 102760448); /* 11.61e9 */
    const double parameters = llm.parameters;
    in.num_mtp = 3;
    llm = cc_llm_of(&in);
    assert_near(cc_llm_mtp_bytes(&llm), 3 * 11610030080.0);
    assert_near(llm.parameters, parameters); /* they are beside the model */
    in.num_mtp = 0;
    llm = cc_llm_of(&in);
    assert_near(cc_llm_mtp_bytes(&llm), 0);
}

/* FLOPs of a token in training are three times those of a prompt of 4096, whose tokens look at half of it. */
static double training_gflop(const struct cc_llm_input *in)
{
    const struct cc_llm llm = cc_llm_of(in);
    const double pairs[CC_ATTENTIONS] = {2048};
    const struct cc_llm_macs m = cc_llm_macs_of(&llm, pairs, false, 1, true);
    return 3 * 2 * (m.weights + m.experts + m.router + m.core + m.made + cc_llm_output_projection(&llm)) / 1e9;
}

static void flops_of_training(void **state)
{
    (void)state;
    const struct cc_llm_input v3 = deepseek_v3(), v2 = deepseek_v2();
    /* published 250 and 155: 3 * (2 * active + layers * 81920 * 2048) */
    assert_near(training_gflop(&v3), 3 * (2 * 36.624596992 + 61 * 81920 * 2048e-9)); /* 250.5 */
    assert_near(training_gflop(&v2), 3 * (2 * 20.85076992 + 60 * 81920 * 2048e-9));  /* 155.3 */
}

/* GFLOP of a token of Qwen3-30B-A3B that looks at 5120: core, experts, projections as InferSim counts them. */
static void flops_by_part(void **state)
{
    (void)state;
    struct cc_llm_input in = released("Qwen3-30B-A3B", 48, 2048, 32, 6144, 151936);
    set_experts(&in, 128, 8, 768, 0, 0);
    in.d_head = 128;
    in.heads_per_kv_cache = 8;
    const struct cc_llm llm = cc_llm_of(&in);
    const double pairs[CC_ATTENTIONS] = {5120};
    const struct cc_llm_macs m = cc_llm_macs_of(&llm, pairs, true, 1, true);
    assert_near(2 * m.core, 48 * 4.0 * 4096 * 5120);                 /* 4.03e9 */
    assert_near(2 * m.experts, 48 * 2.0 * 8 * 3 * 2048 * 768);       /* 3.62e9 */
    assert_near(2 * m.weights, 48 * 2.0 * 2048 * (2 * 4096 + 1024)); /* 1.81e9 */
    assert_near(2 * m.router, 48 * 2.0 * 2048 * 128);
    assert_near(m.made + m.index, 0);
}

/* Latent attention that makes keys and values of the context: those of `expanded` tokens for each. */
static void keys_that_are_made_cost_more(void **state)
{
    (void)state;
    const struct cc_llm_input in = deepseek_v3();
    const struct cc_llm llm = cc_llm_of(&in);
    const struct cc_layer_kind kind = {CC_FULL, CC_NO_FFN, 1};
    assert_near(cc_llm_weight_macs(&llm, &kind, false, 1, true), 187105280);
    assert_near(cc_llm_weight_macs(&llm, &kind, false, 1000, true), 187105280 + 999.0 * 16777216);
    assert_near(cc_llm_weight_macs(&llm, &kind, true, 1000, true), 187105280);
}

/* Stored bits of a 16 bit number, by the share of zeros. */
static double stored_bits(double zeros, double index, double fixed)
{
    struct cc_llm_input in = mistral_7b_v01();
    in.weight_sparsity = zeros;
    in.sparse_index_bits = index;
    in.sparse_fixed_bits = fixed;
    const struct cc_llm llm = cc_llm_of(&in);
    return cc_llm_stored_bits(&llm, llm.format.weight_bits);
}

static void sparse_weights(void **state)
{
    (void)state;
    assert_near(16 / stored_bits(0.6, NAN, NAN), 5.0 / 3); /* 0.4 * (16 + 8): the 1.7 times of the paper */
    assert_near(16 / stored_bits(0.6, 0, 1), 16 / 7.4);    /* a bitmap: 2.16 */
    assert_near(16 / stored_bits(0.6, 16, NAN), 1.25);     /* columns of 16 bits */
    assert_near(stored_bits(0, NAN, 1), 16);
    assert_near(stored_bits(0.2, NAN, NAN), 16); /* dense is smaller */
    /* it pays from a third of zeros on */
    assert_near(stored_bits(1.0 / 3, NAN, NAN), 16);
    assert_true(stored_bits(0.334, NAN, NAN) < 16);
    assert_near(stored_bits(0.333, NAN, NAN), 16);
    struct cc_llm_input in = gpt_oss_120b();
    in.weight_sparsity = 0.6;
    struct cc_llm llm = cc_llm_of(&in);
    /* layers at 9.6 bits, experts at 0.4 * 12.25 which are no less than 4.25; router and embeddings as they are */
    assert_near(llm.bytes, 955514880 * (9.6 / 8) + 114661785600 * (4.25 / 8) + (13271040 + 1158266880) * 2.0);
    assert_near(cc_llm_loaded_bits(&llm, llm.format.weight_bits), 16);
    in.sparse_load = cc_text_of("compressed");
    llm = cc_llm_of(&in);
    assert_near(cc_llm_loaded_bits(&llm, llm.format.weight_bits), 9.6);
}

/* What no config.json has: a gate on attention, layers that are only half a layer. */
static void layers_by_list(void **state)
{
    (void)state;
    static const struct cc_layers_input list[] = {
        {2, {"window", 6}, {"dense", 5}}, {1, {"none", 4}, {"experts", 7}}, {3, {0}, {"none", 4}}};
    struct cc_llm_input in = gpt_oss_120b();
    in.num_layers = 6;
    in.attention_gate = true;
    in.layers = (struct cc_list){3, list};
    const struct cc_llm llm = cc_llm_of(&in);
    /* attention 2880 * 4096 three times, K and V an eighth of it each; the gated feed-forward 3 * 2880 * 2880 */
    const double attention = 3 * 11796480 + 2 * 1474560, dense = 24883200;
    assert_int_equal(llm.kinds, 3);
    assert_near(llm.parameters, 2 * (attention + dense) + 368640 + 128 * dense + 3 * attention + 2 * 579133440.0);
    assert_near(llm.kv_bytes_per_token, 5 * 2048);
    assert_near(cc_llm_kv_request_bytes(&llm, 1000), (2 * 128 + 3 * 1000) * 2048.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(bytes_by_format),
        cmocka_unit_test(latent_attention),
        cmocka_unit_test(a_latent_is_smaller),
        cmocka_unit_test(pairs_naive_and_absorbed),
        cmocka_unit_test(modules_that_predict_further_tokens),
        cmocka_unit_test(flops_of_training),
        cmocka_unit_test(flops_by_part),
        cmocka_unit_test(keys_that_are_made_cost_more),
        cmocka_unit_test(sparse_weights),
        cmocka_unit_test(layers_by_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
