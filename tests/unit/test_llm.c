/* Sizes of models with shared key/value heads and gates; products cut into blocks. */
#include "near.h"

#include "input/inputs.h"
#include "model/llm/llm.h"
#include "model/serving/matmul.h"

static struct cc_llm_input width_10(void)
{
    struct cc_llm_input in;
    cc_fields_clear(&cc_llm_input_fields, &in);
    in.name = cc_text_of("ten");
    in.num_layers = 3;
    in.d = 10;
    in.num_heads = 4;
    return in;
}

/* Of a token that looks at `context` tokens, and of a prompt of `len` tokens that each look at `pairs`; one word comes
 * out. */
static double token_flops(const struct cc_llm *llm, double context, bool gate)
{
    const double pairs[CC_ATTENTIONS] = {context};
    const struct cc_llm_macs macs = cc_llm_macs_of(llm, pairs, false, 1, gate);
    return 2 * (macs.weights + macs.core + cc_llm_output_projection(llm));
}

static double prefill_flops(const struct cc_llm *llm, double len, double pairs, bool gate)
{
    const double word = 2 * cc_llm_output_projection(llm);
    return (token_flops(llm, pairs, gate) - word) * len + word;
}

static void defaults(void **state)
{
    (void)state;
    const struct cc_llm_input in = width_10();
    const struct cc_llm llm = cc_llm_of(&in);
    assert_int_equal(llm.d_head, 2); /* floor(10 / 4) */
    assert_int_equal(llm.d_ff, 40);
    assert_true(cc_text_is(llm.act, "gelu"));
    assert_near(cc_llm_attention(&llm, CC_FULL), 320); /* 4 * (4 * 2) * 10 */
    assert_near(cc_llm_feed_forward(&llm, 40), 800);   /* 2 * 10 * 40 */
    assert_near(cc_llm_gate(&llm, (double)llm.d_ff), 0);
    assert_near(llm.parameters, 3360);
    assert_near(llm.bytes, 6720);
    assert_near(llm.kv_bytes_per_token, 96); /* 3 * 2 * 8 * 2 */
}

static void multi_query(void **state)
{
    (void)state;
    struct cc_llm_input in = width_10();
    in.heads_per_kv_cache = 4;
    in.d_head = 5;
    in.bytes_per_number = 1;
    in.act = cc_text_of("geglu");
    in.d_ff = 6;
    const struct cc_llm llm = cc_llm_of(&in);
    assert_near(cc_llm_attention(&llm, CC_FULL), 500); /* Q = O = 20 * 10, K = V = 50 */
    assert_near(cc_llm_gate(&llm, (double)llm.d_ff), 60);
    assert_near(llm.parameters, 3 * (500 + 120 + 60));
    assert_near(llm.bytes, 2040);
    assert_near(llm.kv_bytes_per_token, 30); /* 3 * 2 * 20 / 4 */
}

static void a_prompt_is_its_weights_and_its_square(void **state)
{
    (void)state;
    uint64_t seed = 81;
    for (int i = 0; i < 300; i++) {
        struct cc_llm_input in = width_10();
        in.d_ff = 1 + i;
        in.heads_per_kv_cache = 1 + i % 4;
        const struct cc_llm llm = cc_llm_of(&in);
        const double len = floor(random_between(&seed, 1, 4096));
        const double weights = 160 + 160 / llm.heads_per_kv_cache + 20.0 * (1 + i);
        assert_near(prefill_flops(&llm, len, len, true), 3 * 2 * (weights * len + 2 * 8 * len * len));
        assert_near(token_flops(&llm, len, true), 3 * 2 * (weights + 2 * 8 * len));
    }
}

static void embeddings(void **state)
{
    (void)state;
    struct cc_llm_input in = width_10();
    in.vocab_size = 100;
    const struct cc_llm two = cc_llm_of(&in);
    in.tied_embeddings = true;
    const struct cc_llm one = cc_llm_of(&in);
    assert_near(cc_llm_output_projection(&two), 1000);
    assert_near(two.parameters, 3360 + 2000);
    assert_near(two.bytes, 10720);
    assert_near(one.parameters, 3360 + 1000);
    assert_near(one.kv_bytes_per_token, 96);
    /* a prompt of 5 ends with one word, as every token does */
    assert_near(prefill_flops(&one, 5, 5, true), 3 * 2 * (1120 * 5 + 2 * 8 * 25) + 2 * 1000);
    assert_near(token_flops(&two, 5, true), 3 * 2 * (1120 + 2 * 8 * 5) + 2 * 1000);
}

static void a_gate_counts_when_asked(void **state)
{
    (void)state;
    struct cc_llm_input in = width_10();
    in.act = cc_text_of("swiglu");
    const struct cc_llm llm = cc_llm_of(&in);
    assert_near(cc_llm_layer(&llm, &llm.kind[0]).weights, 320 + 800 + 400);
    assert_near(token_flops(&llm, 0, true), 3 * 2 * 1520);
    assert_near(token_flops(&llm, 0, false), 3 * 2 * 1120);
    assert_near(prefill_flops(&llm, 1, 1, true) - prefill_flops(&llm, 1, 1, false), 3 * 2 * 400);
}

static void roofline_at_its_ridge(void **state)
{
    (void)state;
    /* i rows: 2 i FLOP for each number of 2 bytes: with FLOP/s = 8 B/s the ridge is at 8 rows */
    const struct cc_matmul_chip chip = {.flops = 80, .bytes_per_s = 10};
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){1, 4, 5, 6, 1, 2, 1}).time_s, 6);   /* 60 bytes */
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){1, 8, 5, 6, 1, 2, 1}).time_s, 6);   /* 480 FLOP */
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){1, 16, 5, 6, 1, 2, 1}).time_s, 12); /* 960 FLOP */
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){3, 16, 5, 6, 1, 2, 1}).time_s, 36);
}

static void rows_beyond_the_accumulators(void **state)
{
    (void)state;
    const struct cc_matmul_chip chip = {.weight_stationary = true,
                                        .bytes_per_s = 2,
                                        .freq_hz = 2,
                                        .num_systolic = 1,
                                        .systolic_width = 4,
                                        .acc_depth = 5};
    /* 22 rows, 10 at a time: ceil(22 / 5 / 2) = 3 blocks of 8; 8 inner: 2 of 4; 4 columns: 1. Load 16 / 2 = 8 s,
     * compute ceil(max(8 + 8, 16) / 2) / 2 = 4 s; six blocks: 8 + 4 + 5 * 8 */
    const struct cc_matmul_time t = cc_matmul_time_of(&chip, (struct cc_matmul){1, 22, 8, 4, 1, 1, 1});
    assert_near(t.load_s, 8);
    assert_near(t.compute_s, 4);
    assert_near(t.time_s, 52);
    /* 1 row on width 4: one block, ceil((8 + 1) / 2) = 5 cycles, of 1 x 1 weights: 0.5 s to load */
    assert_near(cc_matmul_time_of(&chip, (struct cc_matmul){1, 1, 1, 1, 1, 1, 1}).time_s, 0.5 + 2.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(multi_query),
        cmocka_unit_test(a_prompt_is_its_weights_and_its_square),
        cmocka_unit_test(embeddings),
        cmocka_unit_test(a_gate_counts_when_asked),
        cmocka_unit_test(roofline_at_its_ridge),
        cmocka_unit_test(rows_beyond_the_accumulators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
