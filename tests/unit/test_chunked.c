/* Prompts in chunks beside requests under generation. */
#include "near.h"

#include "model/serving/chunked.h"
#include "model/serving/cost.h"
#include "small.h"

/* Prompts of 4096 tokens in chunks of 2048 beside 64 requests, answers of 1024 passes: an eighth of the passes is
 * mixed. */
static struct cc_chunked_input example(void)
{
    return (struct cc_chunked_input){.prompt = 4096,
                                     .steps = 1024,
                                     .chunk = 2048,
                                     .part = 2048,
                                     .micro_batch = 64,
                                     .micro_batches = 1,
                                     .stages = 1,
                                     .mixed = {0.1, 0.1, 30},
                                     .generate = {0.02, 0.02, 10}};
}

static void a_steady_state_by_hand(void **state)
{
    (void)state;
    const struct cc_chunked_input in = example();
    const struct cc_chunked c = cc_chunked_of(&in);
    assert_near(c.mixed_share, 0.125);
    assert_near(c.tpot_s, 0.125 * 0.1 + 0.875 * 0.02); /* 0.03 s */
    assert_near(c.worst_tpot_s, 0.1);
    assert_near(c.requests_per_s, 64 / (1024 * 0.03));
    assert_near(c.ttft_s, 2 * 0.1); /* two chunks */
    assert_near(c.input_share, 0.125 * 0.08 / 0.03);
    assert_near(c.input_j, 16 * 0.125 * 20); /* 16 passes for a request, 2 of them mixed */
    assert_near(c.output_j, 16 * 10);
    /* prompts come in as fast as they are asked for: a mixed pass has `chunk` tokens */
    assert_near(c.requests_per_s * 4096, c.mixed_share / 0.03 * 2048);
}

/* In two stages with two micro-batches in flight each pass comes every second interval; a prompt's last chunk has both
 * stages before it. */
static void stages_take_turns(void **state)
{
    (void)state;
    struct cc_chunked_input in = example();
    in.stages = in.micro_batches = 2;
    in.mixed = (struct cc_pace){0.2, 0.1, 30};
    in.generate = (struct cc_pace){0.04, 0.02, 10};
    const struct cc_chunked two = cc_chunked_of(&in);
    assert_near(two.mixed_share, 0.125);
    assert_near(two.tpot_s, 2 * 0.03);
    assert_near(two.worst_tpot_s, 0.2);
    assert_near(two.ttft_s, (2 - 1 + 2) * 0.1);
    assert_near(two.requests_per_s, 64 / (1024 * 0.03));
    /* one alone leaves each stage idle half the time */
    in.micro_batches = 1;
    const struct cc_chunked one = cc_chunked_of(&in);
    assert_near(one.tpot_s, 0.06);
    assert_near(one.requests_per_s, two.requests_per_s / 2);
    assert_near(one.ttft_s, 0.2 + 2 * 0.1);
    assert_near(one.input_share, two.input_share);
}

/* What passes take less by their chunk is not paid for input tokens: these cost nothing, and the sum is that of all
 * passes, 14 of 10 J and 2 of 9 for a request. */
static void a_chunk_that_costs_nothing(void **state)
{
    (void)state;
    struct cc_chunked_input in = example();
    in.mixed = (struct cc_pace){0.019, 0.019, 9};
    const struct cc_chunked c = cc_chunked_of(&in);
    assert_near(c.tpot_s, 0.125 * 0.019 + 0.875 * 0.02);
    assert_true(c.input_share == 0 && c.input_j == 0);
    assert_near(c.output_j, 14 * 10 + 2 * 9);
}

/* What is paid for input and output tokens is what a request costs. */
static void shares_add_up(void **state)
{
    (void)state;
    struct cc_point_cost cost = {.usd_per_request = 6, .usd_per_input_token = 6.0 / 4, .usd_per_output_token = 6.0 / 2};
    cc_point_cost_divide(&cost, 0.25);
    assert_near(cost.usd_per_input_token, 0.375);
    assert_near(cost.usd_per_output_token, 2.25);
    assert_near(4 * cost.usd_per_input_token + 2 * cost.usd_per_output_token, cost.usd_per_request);
}

/* One layer of width 4 on one chip, prompts of 2 tokens in two chunks, 3 passes for an answer, one request: 256 B of
 * weights at 100 B/s; the cache of 4 tokens, 64 B; for the chunk that of (2 + 1)/2 tokens, 24 B; two rows of 8 B handed
 * over at 16 B/s, and 0.5 s. */
static void a_mixed_pass_by_hand(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping m = {{1, 1, 1, 1, 1}, 1, 1, 1};
    serving.duty = CC_CHUNKED;
    serving.prefill_chunk = 1;
    struct cc_reject reject;
    assert_true(cc_chunks_keep_up(&serving, 1, &reject));
    struct cc_point p = cc_mapping_chunked_point(&serving, &m, 1);
    const double mixed_s = 2.56 + 0.64 + 0.24 + 1.5, generate_s = 2.56 + 0.64 + 1;
    const double mean_s = (2 * mixed_s + generate_s) / 3;
    assert_near(p.mixed_share, 2.0 / 3);
    assert_near(p.worst_tpot_s, mixed_s);
    assert_near(p.requests_per_s, 1 / (3 * mean_s));
    assert_near(p.generate_latency_s, 3 * mean_s);
    assert_near(p.generate_tokens_per_s, 1 / mean_s);
    assert_near(p.ttft_s, 2 * mixed_s);
    assert_near(p.input_share, 2 * (mixed_s - generate_s) / 3 / mean_s);
    /* pJ: of a pass 160 products at 3, 256 B of weights, 72 B of activations at 2, 64 B of the cache; of a chunk 136
     * products, 72 B, 24 B */
    assert_near(p.generate_energy_j, 3 * (480 + 256 + 144 + 64) * 1e-12);
    assert_near(p.prefill_energy_j, 2 * (408 + 144 + 24) * 1e-12);
    /* with two requests four chunks would have to come along in three passes */
    assert_false(cc_chunks_keep_up(&serving, 2, &reject));
    assert_int_equal(reject.reason, CC_REJECT_PREFILL_CHUNK);
    assert_near(reject.value, 4.0 / 3);
    assert_near(reject.limit, 1);
    /* without an energy model, work at the peak: of one chip of 20 W and 1000 FLOP/s */
    serving.energy_model = false;
    p = cc_mapping_chunked_point(&serving, &m, 1);
    assert_near(p.prefill_energy_j, 20 * serving.prefill_flops / 1000);
    assert_near(p.generate_energy_j, 20 * serving.token_flops * 3 / 1000);
}

/* Seconds that a mixed pass takes with an overhead, over what it takes without. One request, a chunk of one token. */
static double mixed_with(struct cc_serving serving, const struct cc_stage_place *place, double collective_s,
                         double activation_traffic)
{
    const struct cc_mapping m = {*place, 1, 1, 1};
    serving.duty = CC_CHUNKED;
    serving.prefill_chunk = 1;
    const double s = cc_mapping_chunked_point(&serving, &m, 1).worst_tpot_s;
    serving.has_overheads = true;
    serving.overheads.collective_s = collective_s;
    serving.overheads.activation_traffic = activation_traffic;
    return cc_mapping_chunked_point(&serving, &m, 1).worst_tpot_s - s;
}

/* Two chips share one head: all-reduces of attention and of the feed-forward part, and of the scores of the request and
 * of the chunk. */
static void collectives_of_a_mixed_pass(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 1, 8, 1, "relu");
    const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_stage_place place = {2, 1, 2, 1, 1};
    assert_near(mixed_with(serving, &place, 0.25, 0), 4 * 0.25);
}

/* Latent attention of 2 heads, latents of 8 and 1, heads of 2, 1 and 2: a row has 5 * 4 + 9 + 2 (2 + 1 + 2) = 39
 * numbers, the request's 2 * 2 * 8 of the latent besides, the chunk's 2 (2 + 2), which looks at keys made of it; in the
 * feed-forward part both 5 * 4 + 2 * 8. 190 numbers of 2 B at 100 B/s. */
static void traffic_of_a_mixed_pass(void **state)
{
    (void)state;
    struct cc_llm_input in;
    cc_fields_clear(&cc_llm_input_fields, &in);
    in.num_layers = 1;
    in.d = 4;
    in.num_heads = 2;
    in.d_ff = 8;
    in.act = cc_text_of("relu");
    in.kv_lora_rank = 8;
    in.qk_nope_head_dim = in.v_head_dim = 2;
    in.qk_rope_head_dim = 1;
    const struct cc_llm llm = cc_llm_of(&in);
    const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_stage_place place = {1, 1, 1, 1, 1};
    assert_near(mixed_with(serving, &place, 0, 1), (39 + 32 + 36 + 39 + 8 + 36) * 2 / 100.0);
}

/* Room for the caches of the batch and of the prompt that is being read. */
static void memory_holds_a_prompt_more(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_stage_place place = {2, 1, 1, 2, 1};
    serving.duty = CC_CHUNKED;
    assert_near(cc_requests_held(&serving, &place, 8), 10); /* one for each group that shares attention */
    serving.duty = CC_GENERATE_ALONE;
    assert_near(cc_requests_held(&serving, &place, 8), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_state_by_hand),     cmocka_unit_test(stages_take_turns),
        cmocka_unit_test(a_chunk_that_costs_nothing), cmocka_unit_test(shares_add_up),
        cmocka_unit_test(a_mixed_pass_by_hand),       cmocka_unit_test(collectives_of_a_mixed_pass),
        cmocka_unit_test(traffic_of_a_mixed_pass),    cmocka_unit_test(memory_holds_a_prompt_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
