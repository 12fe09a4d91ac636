/* Time and energy of a stage on several chips and servers, under the published conventions; depths, places and memory
 * of mappings. */
#include "near.h"

#include "model/serving/layouts.h"
#include "model/serving/mapping.h"
#include "model/serving/memory_fit.h"
#include "small.h"

/* Two layers, width 4, two heads of 2, feed-forward 8, numbers of 2 bytes. */
static struct cc_llm small_llm(void)
{
    return llm_of(2, 4, 2, 8, 1, "gelu");
}

/* Memory of 1 B/s binds every product; links of 8 and 16 B/s. */
static struct cc_serving slow_memory(const struct cc_llm *llm)
{
    return (struct cc_serving){
        .llm = llm,
        .conventions = cc_conventions_published(),
        .workload = {.prefill_len = 3, .generate_len = 5},
        .all_reduce = CC_ALL_REDUCE_RING,
        .chip = {.flops = 1e30, .bytes_per_s = 1},
        .server_link = {8, 1},
        .package_link = {16, 0.25},
        .weight_pj_per_byte = 1,
        .kv_pj_per_byte = 2,
        .activation_pj_per_byte = 3,
        .network_pj_per_byte = 4,
        .precision = same_precisions(2, 5),
        .chips_per_package = 2,
        .packages_per_server = 6,
        .package_memory_bytes = 100,
        .sub_system_servers = CC_NO_INT,
    };
}

/* Three requests of two tokens each, which look at three. */
static const struct cc_phase phase = {2, false, {{3, 3}, {3, 3}, {3, 3}, {3, 3}, {3, 3}}};

static void tensor_parallel_over_two_servers(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_stage_place place = {
        .tensor_parallel = 4, .pipeline_parallel = 1, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    /* bytes: qkv 4 x 3: 24; score 3 x (1 x 3): 18; value 3 x (3 x 1): 18; out 1 x 4: 8; fc1 4 x 2: 16; fc2 2 x 4: 16.
     * The server link is the slower: 6 rows of 8 bytes, 2 * 3 * (1 + 6 / 4) = 15, twice; more chips than heads: over
     * two of them 3 * 2 bytes, 2 * (1 + 0.75 / 2) = 2.75. Hand-over 48 / 8 + 1 = 7. */
    assert_near(products_s(&serving, &place, &phase, 3), 2 * 100);
    assert_near(pass_of(&serving, &place, &phase, 3).load_s, 2 * 100);
    assert_near(pass_of(&serving, &place, &phase, 3).compute_s, 0);
    assert_near(stage_s(&serving, &place, &phase, 3), 2 * (100 + 30 + 2.75) + 7);
    /* a slower package link: 2 * 3 * (0.25 + 12 / 4) = 19.5, twice; 2 * (0.25 + 1.5 / 2) = 2 */
    serving.package_link.bytes_per_s = 4;
    assert_near(stage_s(&serving, &place, &phase, 3), 2 * (100 + 39 + 2) + 7);
}

static void more_stages_than_servers(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    const struct cc_serving serving = slow_memory(&llm);
    const struct cc_stage_place place = {
        .tensor_parallel = 1, .pipeline_parallel = 4, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    /* one chip holds a layer: qkv 4 x 12: 96; score and value 3 x 12: 72 each; out 32; fc1, fc2 64 each: 400.
     * Hand-over by the package link, started as the server link: 48 / 16 + 1. */
    assert_near(stage_s(&serving, &place, &phase, 3), 400 + 4);
}

static void a_gate_is_loaded_too(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    const struct cc_stage_place place = {
        .tensor_parallel = 4, .pipeline_parallel = 1, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    llm.gated = true;
    const struct cc_serving serving = slow_memory(&llm);
    assert_near(products_s(&serving, &place, &phase, 3), 2 * (100 + 16));
}

/* Seconds of exchange of a layer over two chips, where d numbers take one second and six rows are exchanged. */
static double exchange_at_width(int64_t d)
{
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_stage_place place = {
        .tensor_parallel = 2, .pipeline_parallel = 1, .num_servers = 1, .attention_groups = 1, .expert_parallel = 1};
    llm.d = d;
    llm.num_layers = 1;
    serving.chip.flops = serving.chip.bytes_per_s = 1e300;
    serving.server_link = (struct cc_channel){1e300, 0};
    serving.package_link = (struct cc_channel){2 * (double)d, 0};
    return stage_s(&serving, &place, &phase, 3);
}

static void published_layouts_by_width(void **state)
{
    (void)state;
    assert_near(exchange_at_width(4096), 6 + 6);     /* after attention, after feed-forward */
    assert_near(exchange_at_width(8192), 6 + 1 + 6); /* and two all-to-alls of half a second */
    assert_near(exchange_at_width(18432), 1 + 6);    /* these in place of it */
}

/* Three requests' last tokens, on to 5 words: 2 on each of four chips, 4 x 2 numbers of 2 bytes at 1 B/s. */
static void the_last_stage_projects_to_words(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    const struct cc_stage_place place = {
        .tensor_parallel = 4, .pipeline_parallel = 2, .num_servers = 4, .attention_groups = 1, .expert_parallel = 1};
    const double one_stage_s = stage_s(&serving, &place, &phase, 3);
    const struct cc_step_detail e = pass_of(&serving, &place, &phase, 3);
    assert_near(e.pace.through_s, 2 * one_stage_s);
    assert_near(e.pace.interval_s, one_stage_s);
    llm.vocab_size = 5;
    const struct cc_step_detail f = pass_of(&serving, &place, &phase, 3);
    assert_near(stage_s(&serving, &place, &phase, 3), one_stage_s);
    assert_near(f.pace.through_s, 2 * one_stage_s + 16); /* once */
    assert_near(f.pace.interval_s, one_stage_s + 16);    /* the last stage is the slowest */
    assert_near(f.fma_j - e.fma_j, 4 * 5 * 3 * 5e-12);
    assert_near(f.memory_j - e.memory_j, 4 * 5 * 2 * 1e-12);
    assert_near(f.network_j, e.network_j);
    serving.chip.flops = 0.5;
    assert_near(pass_of(&serving, &place, &phase, 3).output_s, 3 * 4 * 2 * 2 / 0.5);
}

static void energy(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    const struct cc_serving serving = slow_memory(&llm);
    const struct cc_stage_place place = {
        .tensor_parallel = 4, .pipeline_parallel = 1, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    const struct cc_step_detail e = pass_of(&serving, &place, &phase, 3);
    /* weights 2 * 12 * 16 = 384, KV 2 * 2 * 4 * 3 = 48 numbers, 6 tokens */
    assert_near(e.fma_j, (384 + 48) * 6 * 5e-12);
    assert_near(e.memory_j, (384 * 2 * 1 + 2 * 9 * 4 * 6 * 2 * 3 + 48 * 2 * 2) * 1e-12);
    assert_near(e.network_j, 2 * 2 * 4 * 6 * 4 * 2 * 4e-12);
}

static void faster_parts_never_slow(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    uint64_t seed = 61;
    for (int i = 0; i < 1000; i++) {
        struct cc_serving s = slow_memory(&llm);
        const struct cc_stage_place place = {1 + i % 24, 1 + i % 2, 2, 1, 1};
        const double micro_batch = 1 + i % 7;
        s.all_reduce = (enum cc_all_reduce)(i % CC_ALL_REDUCE_COUNT);
        s.chip_link = s.package_link;
        s.chip.flops = random_between(&seed, 1, 100);
        s.chip.bytes_per_s = random_between(&seed, 1, 100);
        s.server_link.init_s = s.package_link.init_s = random_between(&seed, 0, 1);
        const double before = stage_s(&s, &place, &phase, micro_batch);
        s.chip.bytes_per_s *= 2;
        assert_true(stage_s(&s, &place, &phase, micro_batch) <= before);
        s.chip.flops *= 2;
        assert_true(stage_s(&s, &place, &phase, micro_batch) <= before);
        s.server_link.bytes_per_s *= 2;
        s.package_link.bytes_per_s *= 2;
        assert_true(stage_s(&s, &place, &phase, micro_batch) < before);
        assert_true(stage_s(&s, &place, &phase, micro_batch + 1) > stage_s(&s, &place, &phase, micro_batch));
    }
}

static int64_t chips_at(const struct cc_serving *serving, int64_t servers, int64_t depth)
{
    struct cc_stage_place place;
    if (!cc_stage_place_of(serving, servers, depth, &place))
        return 0;
    assert_int_equal(place.pipeline_parallel, depth);
    assert_int_equal(place.num_servers, servers);
    return place.tensor_parallel;
}

static void places(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    const struct cc_serving serving = slow_memory(&llm); /* servers of six packages of two chips */
    assert_int_equal(chips_at(&serving, 2, 1), 24);
    assert_int_equal(chips_at(&serving, 2, 2), 12);
    assert_int_equal(chips_at(&serving, 5, 2), 24); /* two whole servers each, one idle */
    assert_int_equal(chips_at(&serving, 2, 3), 0);  /* three stages on two servers */
    assert_int_equal(chips_at(&serving, 2, 4), 6);  /* half of a server: three packages */
    assert_int_equal(chips_at(&serving, 2, 8), 2);  /* a quarter: one whole package */
    assert_int_equal(chips_at(&serving, 2, 12), 2);
    assert_int_equal(chips_at(&serving, 2, 14), 0); /* less than a package */
}

static bool fits(const struct cc_serving *serving, const struct cc_stage_place *place, double batch)
{
    const struct cc_memory_fit fit = fit_of(serving, place);
    return cc_memory_fits(&fit, batch);
}

static void memory(void **state)
{
    (void)state;
    struct cc_llm llm = small_llm();
    struct cc_serving serving = slow_memory(&llm);
    struct cc_stage_place place = {
        .tensor_parallel = 16, .pipeline_parallel = 1, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    serving.package_memory_bytes = 128;     /* of eight packages; 512 bytes of weights, 2 * 2 * 4 * 2 of a token */
    assert_true(fits(&serving, &place, 2)); /* 8 * 128 = 512 + 2 * (3 + 5) * 32: to the byte */
    assert_false(fits(&serving, &place, 3));
    serving.package_memory_bytes = 127;
    assert_false(fits(&serving, &place, 2));
    place = (struct cc_stage_place){
        .tensor_parallel = 2, .pipeline_parallel = 12, .num_servers = 2, .attention_groups = 1, .expert_parallel = 1};
    serving.package_memory_bytes = 64;
    assert_true(fits(&serving, &place, 1)); /* one package in each of 12 stages: 768 = 512 + 256 */
}

static void prescribed_mappings(void **state)
{
    (void)state;
    const struct cc_llm llm = small_llm();
    const struct cc_serving serving = slow_memory(&llm);
    struct cc_mapping_input in = {.attention_parallel = CC_NO_INT,
                                  .expert_parallel = 1,
                                  .tensor_parallel = 3,
                                  .pipeline_parallel = 2,
                                  .micro_batch = 0,
                                  .prefill_micro_batch = 4};
    struct cc_mapping m = cc_mapping_given(&in, &serving, 2, 16);
    assert_int_equal(m.place.tensor_parallel, 3);
    assert_int_equal(m.place.pipeline_parallel, 2);
    assert_int_equal(m.place.num_servers, 2);
    assert_int_equal(m.micro_batch, 16);
    assert_int_equal(m.prefill_micro_batch, 4);
    in.pipeline_parallel = 1;
    m = cc_mapping_given(&in, &serving, 2, 16);
    assert_int_equal(m.place.tensor_parallel, 24); /* all chips */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensor_parallel_over_two_servers),
        cmocka_unit_test(more_stages_than_servers),
        cmocka_unit_test(a_gate_is_loaded_too),
        cmocka_unit_test(published_layouts_by_width),
        cmocka_unit_test(the_last_stage_projects_to_words),
        cmocka_unit_test(energy),
        cmocka_unit_test(faster_parts_never_slow),
        cmocka_unit_test(places),
        cmocka_unit_test(memory),
        cmocka_unit_test(prescribed_mappings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
