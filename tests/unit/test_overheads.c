/* Each overhead by itself, worked by hand on a layer of width 4 with two heads of 2 and a feed-forward part of 8,
 * numbers of 2 bytes; three requests, each of which looks at three tokens. Where memory of 1 B/s binds a chip takes, in
 * generation,
 *
 *     qkv 4 x 12: 96   score 3 x (3 x 4): 72   value 72   out 4 x 4: 32   up 4 x 8: 64   down 64   together 400 s */
#include "near.h"

#include "model/serving/collective.h"
#include "small.h"

static const struct cc_phase prompt = {2, false, {{3, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}}};
static const struct cc_phase token = {1, true, {{3, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}}};
static const struct cc_stage_place one_chip = {1, 1, 1, 1, 1}, two_chips = {2, 1, 1, 1, 1};

static struct cc_llm small_llm(void)
{
    return llm_of(1, 4, 2, 8, 1, "gelu");
}

/* The same with four experts of 4 in place of the feed-forward part. */
static struct cc_llm_input four_experts(int64_t experts_per_token)
{
    struct cc_llm_input in;
    cc_fields_clear(&cc_llm_input_fields, &in);
    in.num_layers = 1;
    in.d = 4;
    in.num_heads = 2;
    in.d_ff = 8;
    in.num_experts = 4;
    in.experts_per_token = experts_per_token;
    in.moe_d_ff = 4;
    in.act = cc_text_of("gelu");
    return in;
}

/* Memory of 1 B/s, links of 16 B/s that start at once. */
static struct cc_serving slow_memory(const struct cc_llm *llm)
{
    return (struct cc_serving){
        .llm = llm,
        .conventions = cc_conventions_corrected(),
        .workload = {.prefill_len = 3, .generate_len = 5},
        .all_reduce = CC_ALL_REDUCE_RING,
        .chip = {.flops = 1e30, .bytes_per_s = 1},
        .server_link = {16, 0},
        .package_link = {16, 0},
        .chip_link = {16, 0},
        .weight_pj_per_byte = 1,
        .kv_pj_per_byte = 2,
        .activation_pj_per_byte = 3,
        .network_pj_per_byte = 4,
        .precision = same_precisions(2, 5),
        .chips_per_package = 1,
        .packages_per_server = 8,
        .mesh_packages = 8,
        .package_memory_bytes = 1e6,
        .sub_system_servers = CC_NO_INT,
        .has_overheads = true,
    };
}

static double products(const struct cc_serving *serving, const struct cc_stage_place *place,
                       const struct cc_phase *phase, double requests)
{
    return pass_of(serving, place, phase, requests).layer_products_s;
}

static void operators_have_a_fixed_time(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    assert_near(products(&serving, &one_chip, &token, 3), 400);
    /* qkv, score with value, out, up, down; three element-wise of attention, two of the feed-forward part */
    serving.overheads.op_s = 1;
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 10);
    assert_near(pass_of(&serving, &one_chip, &token, 3).fixed_s, 10);
    assert_near(pass_of(&serving, &one_chip, &token, 3).load_s, 400);
    llm.vocab_size = 5; /* and the output projection, of 4 x 5 numbers */
    assert_near(pass_of(&serving, &one_chip, &token, 3).output_s, 40 + 1);
    assert_near(pass_of(&serving, &one_chip, &token, 3).fixed_s, 11);
}

/* Operators of a layer with a router and experts, with a shared expert, of latent attention, and of one half. */
static void operators_are_counted(void **state)
{
    (void)state;
    struct cc_llm_input in = four_experts(2);
    struct cc_llm llm = cc_llm_of(&in);
    struct cc_serving serving = slow_memory(&llm);
    serving.overheads.op_s = 1;
    /* qkv, core, out + 3; router, up, down + 4 */
    assert_near(pass_of(&serving, &one_chip, &token, 1).fixed_s, 6 + 7);
    in.shared_experts = 1;
    llm = cc_llm_of(&in);
    assert_near(pass_of(&serving, &one_chip, &token, 1).fixed_s, 6 + 9);
    in.kv_lora_rank = in.qk_nope_head_dim = in.qk_rope_head_dim = in.v_head_dim = 2;
    llm = cc_llm_of(&in);
    /* latent, query, key and value, core, out + 3 */
    assert_near(pass_of(&serving, &one_chip, &token, 1).fixed_s, 8 + 9);
    const struct cc_layers_input attention = {1, cc_text_of("full"), cc_text_of("none")};
    in.layers = (struct cc_list){1, &attention};
    llm = cc_llm_of(&in);
    assert_near(pass_of(&serving, &one_chip, &token, 1).fixed_s, 8);
}

static void collectives_have_a_fixed_time(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const double s = pass_of(&serving, &two_chips, &token, 3).layer_exchange_s;
    const double hop_s = pass_of(&serving, &one_chip, &token, 3).hand_over_s;
    serving.overheads.collective_s = 1;
    assert_near(pass_of(&serving, &two_chips, &token, 3).layer_exchange_s, s + 2); /* two all-reduces */
    assert_near(pass_of(&serving, &two_chips, &token, 3).fixed_s, 0);
    assert_near(pass_of(&serving, &one_chip, &token, 3).layer_exchange_s, 0);
    assert_near(pass_of(&serving, &one_chip, &token, 3).hand_over_s, hop_s);
    const struct cc_stage_place two_stages = {1, 2, 1, 1, 1};
    assert_near(pass_of(&serving, &two_stages, &token, 3).hand_over_s, hop_s + 1);
}

static void passes_have_a_fixed_time(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_pace before = pass_of(&serving, &one_chip, &token, 3).pace;
    serving.overheads.pass_s = 2;
    serving.overheads.request_s = 0.5;
    const struct cc_step_detail after = pass_of(&serving, &one_chip, &token, 3);
    assert_near(after.pace.through_s, before.through_s + 2 + 3 * 0.5);
    assert_near(after.pace.interval_s, before.interval_s + 2 + 3 * 0.5);
    assert_near(after.fixed_s, 2 + 3 * 0.5);
}

/* Sampling among 11 words, besides the fixed time of a pass. */
static void words_have_a_fixed_time(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    llm.vocab_size = 11;
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_step_detail before = pass_of(&serving, &one_chip, &token, 3);
    serving.overheads.pass_s = 2;
    serving.overheads.word_s = 0.5;
    const struct cc_step_detail after = pass_of(&serving, &one_chip, &token, 3);
    assert_near(after.pace.through_s, before.pace.through_s + 2 + 11 * 0.5);
    assert_near(after.fixed_s, 2 + 11 * 0.5);
    llm.vocab_size = 0;
    assert_near(pass_of(&serving, &one_chip, &token, 3).fixed_s, 2);
}

static void the_cache_is_read_more_slowly(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const double prompt_s = products(&serving, &one_chip, &prompt, 3);
    serving.overheads.attention_bandwidth_share = 0.5;
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 144);
    /* twelve requests times heads keep the memory busy: six requests */
    serving.overheads.attention_bandwidth_share = 0;
    serving.overheads.attention_fill = 12;
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 144);
    assert_near(products(&serving, &one_chip, &token, 1), 256 + 6 * 48);
    assert_near(products(&serving, &one_chip, &token, 6), 256 + 6 * 48);
    assert_near(products(&serving, &one_chip, &token, 7), 256 + 7 * 48);
    /* a head on each of two chips, half of the weights: twelve requests */
    assert_near(products(&serving, &two_chips, &token, 3), 128 + 12 * 24);
    assert_near(products(&serving, &one_chip, &prompt, 3), prompt_s);
}

/* Where two query heads share a KV head, it is twice as many requests that keep the memory busy. */
static void shared_heads_fill_less(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = slow_memory(&llm);
    const double cache_s = 2 * 12; /* of a request */
    const double weights_s = products(&serving, &one_chip, &token, 3) - 3 * cache_s;
    serving.overheads.attention_fill = 6; /* one KV head: six requests */
    assert_near(products(&serving, &one_chip, &token, 3), weights_s + 6 * cache_s);
    assert_near(products(&serving, &one_chip, &token, 7), weights_s + 7 * cache_s);
}

/* Two query heads share keys and values of width 2: 3 x 2 numbers of each a request, once or twice. */
static void heads_do_not_share_a_read(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 2, "gelu");
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_step_detail before = pass_of(&serving, &one_chip, &token, 3);
    assert_near(before.layer_products_s, 4 * 8 * 2 + 2 * 3 * 12 + 32 + 128);
    serving.overheads.attention_shared_heads = 1;
    const struct cc_step_detail after = pass_of(&serving, &one_chip, &token, 3);
    assert_near(after.layer_products_s, before.layer_products_s + 2 * 3 * 12);
    assert_near(after.memory_j - before.memory_j, 3 * 24 * 2e-12); /* at 2 pJ a byte */
    serving.overheads.attention_shared_heads = 1.6;                /* read 1.25 times */
    assert_near(products(&serving, &one_chip, &token, 3), before.layer_products_s + 2 * 3 * 12 * 0.25);
    serving.overheads.attention_shared_heads = 2;
    assert_near(products(&serving, &one_chip, &token, 3), before.layer_products_s);
}

/* A row: 10 x 4, queries and keys twice: 16, hidden numbers twice: 16. */
static void activations_pass_through_memory(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const double two_s = products(&serving, &two_chips, &token, 3);
    const struct cc_step_detail before = pass_of(&serving, &two_chips, &token, 3);
    serving.overheads.activation_traffic = 1;
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 3 * 72 * 2);
    assert_near(pass_of(&serving, &one_chip, &token, 3).load_s, 400 + 3 * 72 * 2);
    assert_near(products(&serving, &two_chips, &token, 3), two_s + 3 * (40 + 32 / 2.0) * 2);
    assert_near(pass_of(&serving, &two_chips, &token, 3).memory_j - before.memory_j, 3 * (2 * 40 + 32) * 2 * 1e-12);
    serving.overheads.activation_traffic = 0.5;
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 3 * 72);
    llm.gated = true; /* up 4 x 8 more; hidden numbers three times */
    assert_near(products(&serving, &one_chip, &token, 3), 400 + 64 + 3 * 80);
}

/* A row of a layer with four experts of 4, two for each row, and a shared one; each has every row. */
static void rows_of_experts_pass_through_memory(void **state)
{
    (void)state;
    struct cc_llm_input in = four_experts(4);
    in.shared_experts = 1;
    const struct cc_llm llm = cc_llm_of(&in);
    struct cc_serving serving = slow_memory(&llm);
    serving.routing.imbalance = 1;
    const struct cc_step_detail before = pass_of(&serving, &one_chip, &token, 3);
    serving.overheads.activation_traffic = 1;
    const struct cc_step_detail after = pass_of(&serving, &one_chip, &token, 3);
    /* 10 x 4, 16 of attention, 4 of the router, 8 of the shared expert; 4 experts: 2 x 4 and 8 each */
    const double numbers = 40 + 16 + 4 + 8 + 4 * (8 + 8);
    assert_near(after.layer_products_s - before.layer_products_s, 3 * numbers * 2);
    assert_near(after.memory_j - before.memory_j, 3 * numbers * 2 * 1e-12);
}

/* Two heads, two tokens with three each, five times: 60 numbers a request. */
static void scores_of_a_prompt_pass_through_memory(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_step_detail before = pass_of(&serving, &one_chip, &prompt, 3);
    const double two_s = products(&serving, &two_chips, &prompt, 3);
    serving.overheads.score_traffic = 5;
    const struct cc_step_detail after = pass_of(&serving, &one_chip, &prompt, 3);
    assert_near(after.layer_products_s, before.layer_products_s + 3 * 60 * 2);
    assert_near(after.memory_j - before.memory_j, 3 * 60 * 2 * 1e-12);
    assert_near(products(&serving, &two_chips, &prompt, 3), two_s + 3 * 30 * 2);
    assert_near(products(&serving, &one_chip, &token, 3), 400);
}

/* At 1 FLOP/s every product computes longer than it loads: qkv 288, score and value 72 each (as long), out 96, up and
 * down 192 each: 912 s; a quarter of 400 s of loading is not hidden. */
static void the_shorter_is_not_all_hidden(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    serving.chip.flops = 1;
    assert_near(products(&serving, &one_chip, &token, 3), 912);
    serving.chip.exposed_share = 0.25;
    const struct cc_step_detail d = pass_of(&serving, &one_chip, &token, 3);
    assert_near(d.layer_products_s, 1012);
    assert_near(d.compute_s, 912);
    assert_near(d.load_s, 100);
    /* systolic arrays: four blocks that load in 2 s and compute in 1.5 s each; the first loads and the last computes
     * by itself */
    const struct cc_matmul_chip arrays = {.weight_stationary = true,
                                          .bytes_per_s = 4,
                                          .freq_hz = 2,
                                          .num_systolic = 1,
                                          .systolic_width = 2,
                                          .acc_depth = 10,
                                          .exposed_share = 0.5};
    const struct cc_matmul product = {1, 1, 4, 4, 1, 2, 1};
    assert_near(cc_matmul_time_of(&arrays, product).time_s, 2 + 1.5 + 3 * (2 + 0.5 * 1.5));
}

/* Two chips: 200 s of products with weights and cache; two all-reduces of 3 rows of 4 numbers of 2 bytes at 0.12 B/s,
 * a step there and one back of 12 bytes: 200 s each. */
static void collectives_are_hidden(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    serving.package_link.bytes_per_s = 0.12;
    const struct cc_step_detail apart = pass_of(&serving, &two_chips, &token, 3);
    assert_near(apart.layer_products_s, 200);
    assert_near(apart.layer_exchange_s, 400);
    serving.overheads.hidden_share = 1;
    const struct cc_step_detail hidden = pass_of(&serving, &two_chips, &token, 3);
    assert_near(hidden.layer_products_s + hidden.layer_exchange_s, 400);
    assert_near(hidden.communication_s, apart.communication_s - 200);
    serving.overheads.hidden_share = 0.25;
    const struct cc_step_detail partly = pass_of(&serving, &two_chips, &token, 3);
    assert_near(partly.layer_products_s + partly.layer_exchange_s, 400 + 0.75 * 200);
}

/* All that a breakdown names is a pass. */
static void parts_add_up(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    llm.vocab_size = 11;
    struct cc_serving serving = slow_memory(&llm);
    serving.chip.flops = 2;
    serving.chip.exposed_share = 0.3;
    serving.overheads = (struct cc_overheads){.op_s = 1,
                                              .collective_s = 2,
                                              .pass_s = 3,
                                              .request_s = 4,
                                              .attention_fill = 20,
                                              .activation_traffic = 1,
                                              .score_traffic = 5,
                                              .hidden_share = 0.4};
    const struct cc_phase *const phases[] = {&prompt, &token};
    for (size_t i = 0; i < 2; i++) {
        const struct cc_step_detail d = pass_of(&serving, &two_chips, phases[i], 3);
        assert_near(d.compute_s + d.load_s + d.communication_s + d.fixed_s, d.pace.through_s);
    }
}

/* Four chips of 100 bytes, 40 of them SRAM each. */
static void memory_is_held_back(void **state)
{
    (void)state;
    struct cc_overheads o = {0};
    assert_near(cc_usable_bytes(&o, 4, 400, 160), 400);
    o.sram_cache_share = 1;
    assert_near(cc_usable_bytes(&o, 4, 400, 160), 240);
    o.memory_reserved_share = 0.25;
    assert_near(cc_usable_bytes(&o, 4, 400, 160), 180);
    o.memory_reserved_bytes = 20;
    assert_near(cc_usable_bytes(&o, 4, 400, 160), 100);
    o.memory_reserved_bytes = 50;
    assert_near(cc_usable_bytes(&o, 4, 400, 160), 0);
}

static void a_server_holds_less(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    const struct cc_chip chip = {.peak_flops = 1000, .sram_bytes = 100, .sram_bytes_per_s = 100};
    const struct cc_package package = {.num_chips = 2, .memory_bytes = 1000};
    const struct cc_server server = {.num_packages = 3, .num_chips = 6, .memory_bytes = 3000};
    struct cc_system system = small_system();
    system.overheads = cc_overheads_none();
    system.overheads.memory_reserved_bytes = 50;
    system.overheads.sram_cache_share = 1;
    system.has_overheads = true;
    const struct cc_serving s = cc_serving_of(&chip, &package, &server, &llm, &system,
                                              (struct cc_workload){.prefill_len = 2, .generate_len = 4},
                                              &small_constants, cc_conventions_corrected());
    assert_near(s.package_memory_bytes, 1000 - 200 - 100);
    assert_near(s.server_memory_bytes, 3 * 700);
    assert_near(fit_of(&s, &one_chip).memory_bytes, 350);
}

/* A key is taken from the system, else from what the chip is calibrated to, else from what is assumed of it. */
static void the_first_that_is_given(void **state)
{
    (void)state;
    struct cc_chip chip = {.has_calibrated = true, .has_overheads = true};
    const struct cc_server server = {.allreduce_algo = cc_text_of("mesh")};
    struct cc_system_input in;
    cc_fields_clear(&cc_system_input_fields, &in);
    cc_fields_clear(&cc_calibrated_fields, &chip.calibrated);
    cc_fields_clear(&cc_overheads_fields, &chip.overheads);
    cc_fields_clear(&cc_overheads_fields, &in.overheads);
    chip.overheads.op_s = 1;
    chip.overheads.pass_s = 2;
    chip.overheads.request_s = 3;
    chip.calibrated.pass_s = 4;
    chip.calibrated.request_s = 5;
    chip.calibrated.io_bandwidth_efficiency = 0.5;
    in.overheads.request_s = 6;
    in.has_overheads = true;
    in.compute_perf_efficiency = 0.7;
    struct cc_system s = cc_system_of(&in, &chip, &server, cc_conventions_corrected());
    assert_near(s.overheads.op_s, 1);
    assert_near(s.overheads.pass_s, 4);
    assert_near(s.overheads.request_s, 6);
    assert_true(isnan(s.overheads.collective_s));
    assert_near(s.compute_perf_efficiency, 0.7);
    assert_near(s.io_bandwidth_efficiency, 0.5);
    assert_near(s.weight_bandwidth_efficiency, 1);
    assert_true(cc_text_is(s.allreduce_algo, "mesh"));
    struct cc_conventions c = cc_conventions_corrected();
    c.calibration = false;
    s = cc_system_of(&in, &chip, &server, c);
    assert_near(s.overheads.pass_s, 2);
    assert_near(s.overheads.request_s, 6);
    assert_near(s.io_bandwidth_efficiency, 1);
    chip.has_overheads = in.has_overheads = false;
    assert_false(cc_system_of(&in, &chip, &server, c).has_overheads);
}

/* All-reduce of 2400 bytes by levels: packages of two chips on links of 60 and 40 B/s, servers of four packages on 10.
 */
static void levels_of_an_all_reduce(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    serving.chips_per_package = 2;
    serving.packages_per_server = serving.mesh_packages = 4;
    serving.chip_link = (struct cc_channel){60, 1};
    serving.package_link = (struct cc_channel){40, 2};
    serving.server_link = (struct cc_channel){10, 4};
    const struct cc_channel unit = {1, 0};
    const struct {
        enum cc_all_reduce algorithm;
        int64_t chips;
        double s;
    } cases[] = {
        {CC_ALL_REDUCE_SWITCH, 1, 0},
        {CC_ALL_REDUCE_SWITCH, 2, 2 + 40},                               /* 2 (2 - 1)/2 x 2400/60 */
        {CC_ALL_REDUCE_SWITCH, 8, 2 + 40 + 4 + 1.5 * 60},                /* 2 (4 - 1)/4 x 2400/40 */
        {CC_ALL_REDUCE_SWITCH, 16, 2 + 40 + 4 + 1.5 * 60 + 8 + 1 * 240}, /* two servers */
        {CC_ALL_REDUCE_SWITCH_REDUCE, 8, 2 + 40 + 4 + 1.25 * 60},        /* 1 + 1/4 */
        {CC_ALL_REDUCE_SWITCH_REDUCE, 4, 2 + 40 + 4 + 1 * 60},           /* two packages: 1, not 1 + 1/2 */
        {CC_ALL_REDUCE_MESH, 8, 2 + 40 + 4 + 1.5 * 60},                  /* all links in use */
        {CC_ALL_REDUCE_MESH, 4, 2 + 40 + 4 + 3 * 60},                    /* one of three links */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        serving.all_reduce = cases[i].algorithm;
        const struct cc_all_reduce_plan plan = cc_stage_all_reduce(&serving, cases[i].chips, unit);
        assert_near(cc_all_reduce_run_s(&plan, 2400), cases[i].s);
        assert_true(cc_all_reduce_is_empty(&plan) == (cases[i].chips == 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_have_a_fixed_time),
        cmocka_unit_test(operators_are_counted),
        cmocka_unit_test(collectives_have_a_fixed_time),
        cmocka_unit_test(passes_have_a_fixed_time),
        cmocka_unit_test(words_have_a_fixed_time),
        cmocka_unit_test(shared_heads_fill_less),
        cmocka_unit_test(the_cache_is_read_more_slowly),
        cmocka_unit_test(heads_do_not_share_a_read),
        cmocka_unit_test(activations_pass_through_memory),
        cmocka_unit_test(rows_of_experts_pass_through_memory),
        cmocka_unit_test(scores_of_a_prompt_pass_through_memory),
        cmocka_unit_test(the_shorter_is_not_all_hidden),
        cmocka_unit_test(collectives_are_hidden),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(memory_is_held_back),
        cmocka_unit_test(a_server_holds_less),
        cmocka_unit_test(the_first_that_is_given),
        cmocka_unit_test(levels_of_an_all_reduce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
