/* What --frontier leaves out, against all mappings. */
#include "near.h"

#include <string.h>

#include "model/search/prune.h"
#include "released.h"
#include "small.h"

static struct cc_batches batches;
static struct cc_space space;
static struct cc_choice all[CC_CHOICES_MAX];
static struct cc_pruner pruner;

static const struct cc_workload_input up_to_64 = {.max_batch = 64};
static const struct cc_workload_input listed = {.batches = {3, (const int64_t[]){24, 100, 7}}};
static const int64_t server_counts[] = {1, 2, 4, 6};
enum { SERVER_COUNTS = 4, MODELS = 6 };

/* Dense and gated, with a vocabulary, with heads shared; with experts and windows; with latents. */
static void make_models(struct cc_llm models[MODELS])
{
    struct cc_llm_input in = released("experts", 12, 256, 8, 1024, 0);
    set_experts(&in, 16, 2, 256, 1, 1);
    set_local(&in, 32, 2, "window", 3, 40);
    models[0] = llm_of(12, 256, 8, 1024, 1, "gelu");
    models[1] = llm_of(12, 256, 8, 700, 4, "swiglu");
    models[2] = cc_llm_of(&in);
    in.kv_lora_rank = 64;
    in.q_lora_rank = 96;
    in.qk_nope_head_dim = in.v_head_dim = 32;
    in.qk_rope_head_dim = 16;
    in.local_attention = cc_text_of("");
    in.attention_interval = in.window = in.attention_sinks = CC_NO_INT;
    models[3] = cc_llm_of(&in);
    in = released("vocabulary", 10, 256, 8, 1024, 20000);
    models[4] = cc_llm_of(&in);
    models[5] = llm_of(7, 256, 6, 1024, 6, "gelu");
}

/* Figures that servers of a shape do not have in common. One shape of four has overheads. */
static struct cc_serving draw_server(uint64_t *seed, const struct cc_llm *llm, int shape, struct cc_conventions c)
{
    const struct cc_chip chip = {
        .peak_flops = pow(10, random_between(seed, 9, 11)),
        .sram_bytes_per_s = pow(10, random_between(seed, 8, 10)),
        .package_link = {.bytes_per_s = shape % 2 == 0 ? 1e7 : 3e8, .init_s = 1e-6, .pj_per_byte = 5}};
    const struct cc_package package = {.num_chips = 1 + shape % 3,
                                       .memory_bytes = pow(10, random_between(seed, 6.3, 8))};
    const struct cc_server server = {.num_packages = 6,
                                     .num_chips = 6 * package.num_chips,
                                     .peak_flops = 6 * (double)package.num_chips * chip.peak_flops,
                                     .link = {.bytes_per_s = 2e7, .init_s = 1e-5, .pj_per_byte = 30},
                                     .other_power_w = random_between(seed, 1, 20),
                                     .tdp_w = random_between(seed, 10, 200),
                                     .cost_usd = 1000};
    struct cc_system system = small_system();
    if (shape == 3) {
        system.has_overheads = true;
        system.overheads = (struct cc_overheads){.op_s = 1e-6,
                                                 .collective_s = 2e-6,
                                                 .pass_s = 1e-4,
                                                 .request_s = 1e-5,
                                                 .attention_bandwidth_share = 0.5,
                                                 .attention_fill = 64,
                                                 .attention_shared_heads = 2,
                                                 .activation_traffic = 2,
                                                 .score_traffic = 1,
                                                 .exposed_share = 0.3,
                                                 .hidden_share = 0,
                                                 .memory_reserved_share = 0.1,
                                                 .memory_reserved_bytes = 1e5,
                                                 .sram_cache_share = 0};
    }
    struct cc_constants constants = small_constants;
    constants.energy.sram_weight_pj_per_byte = 50;
    return cc_serving_of(&chip, &package, &server, llm, &system,
                         (struct cc_workload){.prefill_len = 32, .generate_len = 64}, &constants, c);
}

static struct cc_prices draw_prices(uint64_t *seed)
{
    return (struct cc_prices){pow(10, random_between(seed, -4, -2)), pow(10, random_between(seed, -7, -4))};
}

static double usd_of(const struct cc_choice *choice, struct cc_prices prices, bool published)
{
    const double requests = (double)space.batch->requests;
    return (prices.usd_per_s * choice->s + prices.usd_per_j * choice->j) / requests / (published ? requests : 1);
}

static double generate_s(const struct cc_choice *choice)
{
    return cc_space_generate(&space, choice->depth, (size_t)choice->generate).s;
}

static void begin(const struct cc_serving *serving, const struct cc_workload_input *workload, const int64_t *depths,
                  size_t depth_count)
{
    assert_true(cc_batches_of(&batches, workload));
    assert_null(cc_prune_fault(serving));
    cc_space_begin(&space, serving, &batches);
    cc_prune_begin(&pruner, serving, &batches, depths, depth_count);
}

/* A model under conventions, with its pipeline depths, and a server and prices drawn for it. */
struct drawn {
    const struct cc_llm *llm;
    const struct cc_workload_input *workload;
    bool published;
    int64_t depths[CC_DEPTHS_MAX];
    size_t depth_count;
    struct cc_serving serving;
    struct cc_prices prices;
};

/* Case `m` of two for each model: corrected, and published where the model can be. */
static struct drawn drawn_of(const struct cc_llm *models, int m)
{
    struct drawn d = {.llm = &models[m / 2], .workload = m % 2 == 0 ? &up_to_64 : &listed};
    d.published = m % 2 == 1 && d.llm->plain;
    d.depth_count = cc_pipeline_depths(d.llm->num_layers, d.depths);
    return d;
}

static void draw(struct drawn *d, uint64_t *seed, int i)
{
    const struct cc_conventions c = d->published ? cc_conventions_published() : cc_conventions_corrected();
    d->serving = draw_server(seed, d->llm, i % 4, c);
    d->prices = draw_prices(seed);
    begin(&d->serving, d->workload, d->depths, d->depth_count);
}

/* Asserts that a batch left out is strictly beaten by known mappings; learns those of any other batch. Returns the
 * number of mappings left out. */
static size_t meet_batch(bool left_out, struct cc_prices prices, bool published)
{
    const size_t count = cc_space_all(&space, all);
    for (size_t i = 0; i < count; i++) {
        const double s = generate_s(&all[i]), usd = usd_of(&all[i], prices, published);
        if (left_out)
            assert_true(cc_frontier_beats(&pruner.known, s * (1 - 1e-10), usd));
        else
            cc_prune_learn(&pruner, &space, prices, &all[i]);
    }
    return left_out ? count : 0;
}

static void what_is_left_out_is_beaten(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    uint64_t seed = 21;
    size_t left_out = 0, kept = 0;
    make_models(models);
    for (int m = 0; m < 2 * MODELS; m++) {
        struct drawn d = drawn_of(models, m);
        for (int i = 0; i < 40; i++) {
            draw(&d, &seed, i);
            for (size_t n = 0; n < SERVER_COUNTS; n++) {
                struct cc_prospect prospect;
                cc_prune_batches(&pruner, server_counts[n], d.prices, &prospect);
                const size_t fitting = cc_space_open(&space, d.depths, d.depth_count, server_counts[n]);
                assert_true(prospect.fits == (fitting > 0));
                for (size_t b = 0; b < fitting; b++) {
                    cc_space_take_batch(&space, b);
                    const bool beaten = !prospect.batch[b] || cc_prune_beats(&pruner, &space, d.prices);
                    const size_t count = meet_batch(beaten, d.prices, d.published);
                    left_out += count;
                    kept += count == 0;
                }
            }
        }
        cc_prune_end(&pruner);
    }
    assert_true(left_out > 100000 && kept > 300);
}

/* Known mappings that are a trifle worse than one of its own leave a batch in, whichever it is. */
static void no_bound_is_above_a_mapping(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    uint64_t seed = 34;
    size_t tried = 0;
    make_models(models);
    for (int m = 0; m < 2 * MODELS; m++) {
        struct drawn d = drawn_of(models, m);
        for (int i = 0; i < 12; i++) {
            draw(&d, &seed, i);
            const int64_t servers = server_counts[i % SERVER_COUNTS];
            const size_t fitting = cc_space_open(&space, d.depths, d.depth_count, servers);
            for (size_t b = 0; b < fitting; b++) {
                cc_space_take_batch(&space, b);
                const size_t count = cc_space_all(&space, all);
                for (size_t k = 0; k < count; k++) {
                    struct cc_prospect prospect;
                    pruner.known.count = 0;
                    cc_frontier_insert(&pruner.known, generate_s(&all[k]) * (1 + 1e-8),
                                       usd_of(&all[k], d.prices, d.published) * (1 + 1e-8));
                    cc_prune_batches(&pruner, servers, d.prices, &prospect);
                    assert_true(prospect.any && prospect.batch[b]);
                    assert_false(cc_prune_beats(&pruner, &space, d.prices));
                    tried++;
                }
            }
        }
        cc_prune_end(&pruner);
    }
    assert_true(tried > 10000);
}

/* The two that the bounds rest on: a pass and what it takes beyond an interval rise with the micro-batch; k
 * micro-batches of a batch take no less than the batch as one. */
static void longer_with_the_micro_batch_shorter_for_a_request(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    uint64_t seed = 55;
    size_t compared = 0;
    const double rounding = 1 - 1e-12;
    make_models(models);
    for (int m = 0; m < 2 * MODELS; m++) {
        const struct cc_llm *llm = &models[m / 2];
        const bool published = m % 2 == 1 && llm->plain;
        int64_t depths[CC_DEPTHS_MAX];
        const size_t depth_count = cc_pipeline_depths(llm->num_layers, depths);
        for (int i = 0; i < 20; i++) {
            const struct cc_serving serving =
                draw_server(&seed, llm, i % 4, published ? cc_conventions_published() : cc_conventions_corrected());
            assert_true(cc_batches_of(&batches, i % 2 == 0 ? &up_to_64 : &listed));
            cc_space_begin(&space, &serving, &batches);
            const size_t fitting = cc_space_open(&space, depths, depth_count, server_counts[i % SERVER_COUNTS]);
            for (size_t d = 0; d < space.count; d++)
                for (size_t b = 0; b < fitting && b < space.depth[d].batches; b++) {
                    const struct cc_batch *batch = &batches.batch[b];
                    const size_t first = batch->micro[0], last = batch->micro[batch->count - 1];
                    for (size_t k = 0; k < 2 * batch->count; k++) {
                        const enum cc_pass pass = k % 2 == 0 ? CC_PASS_PREFILL : CC_PASS_GENERATE;
                        const struct cc_pace at = cc_space_pace(&space, d, pass, batch->micro[k / 2]);
                        const struct cc_pace one = cc_space_pace(&space, d, pass, first);
                        const struct cc_pace whole = cc_space_pace(&space, d, pass, last);
                        assert_true(at.through_s >= one.through_s * rounding);
                        assert_true(at.through_s - at.interval_s >=
                                    one.through_s - one.interval_s - at.through_s * 1e-12);
                        assert_true(batch->passes[k / 2] * at.interval_s >= whole.interval_s * rounding);
                        compared++;
                    }
                }
        }
    }
    assert_true(compared > 10000);
}

static void what_cannot_be_bounded_is_said(void **state)
{
    (void)state;
    uint64_t seed = 8;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    const struct cc_serving good = draw_server(&seed, &llm, 0, cc_conventions_corrected());
    struct cc_serving without_energy = good, systolic = good, parts = good, halves = good, hidden = good, alone = good;
    assert_true(cc_batches_of(&batches, &up_to_64));
    without_energy.energy_model = false;
    systolic.chip.weight_stationary = true;
    parts.sub_system_servers = 2;
    halves.routing.two_batches = true;
    hidden.overheads.hidden_share = 0.5;
    alone.duty = CC_PREFILL_ALONE;
    assert_null(cc_prune_fault(&good));
    assert_string_equal(cc_prune_fault(&alone), "one phase is asked for");
    assert_string_equal(cc_prune_fault(&without_energy), "the energy model is off");
    assert_string_equal(cc_prune_fault(&systolic), "chips are systolic arrays");
    assert_string_equal(cc_prune_fault(&parts), "sub-systems prefill");
    assert_string_equal(cc_prune_fault(&halves), "halves of a micro-batch overlap");
    assert_string_equal(cc_prune_fault(&hidden), "products hide collectives");
}

static void a_frontier_keeps_what_is_not_beaten(void **state)
{
    (void)state;
    static struct cc_frontier f;
    assert_false(cc_frontier_beats(&f, 1, 1));
    cc_frontier_insert(&f, 2, 10);
    cc_frontier_insert(&f, 4, 6);
    cc_frontier_insert(&f, 3, 11); /* beaten by the first */
    assert_int_equal(f.count, 2);
    assert_true(cc_frontier_beats(&f, 2, 10.1));
    assert_false(cc_frontier_beats(&f, 2, 10 * (1 + 1e-10))); /* by rounding alone */
    assert_false(cc_frontier_beats(&f, 1.9, 100));
    assert_true(cc_frontier_beats(&f, 5, 7));
    cc_frontier_insert(&f, 2, 5); /* beats both */
    assert_int_equal(f.count, 1);
    assert_near(f.step[0].usd, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_is_beaten),
        cmocka_unit_test(no_bound_is_above_a_mapping),
        cmocka_unit_test(longer_with_the_micro_batch_shorter_for_a_request),
        cmocka_unit_test(what_cannot_be_bounded_is_said),
        cmocka_unit_test(a_frontier_keeps_what_is_not_beaten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
