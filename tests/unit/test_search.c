/* The mappings that the search keeps, against all of them. */
#include "near.h"

#include "model/search/search.h"
#include "released.h"
#include "small.h"

/* 12 layers, of which all but the first have 16 experts and every third has full attention. */
static struct cc_llm with_experts(void)
{
    struct cc_llm_input in = released("experts", 12, 256, 8, 1024, 0);
    set_experts(&in, 16, 2, 256, 1, 1);
    set_local(&in, 32, 2, "window", 3, 40);
    return cc_llm_of(&in);
}

/* 12 layers on 4 servers of 6 packages; figures drawn so that compute, memory and links all matter somewhere. With
 * experts: packages of two chips, with memory for some layouts. */
static struct cc_serving random_serving(uint64_t *seed, const struct cc_llm *llm)
{
    const bool experts = llm->experts > 0;
    const struct cc_chip chip = {
        .peak_flops = random_between(seed, 1e9, 1e11),
        .sram_bytes_per_s = random_between(seed, 1e8, 1e10),
        .package_link = {.bytes_per_s = random_between(seed, 1e6, 1e9), .init_s = 1e-6, .pj_per_byte = 5}};
    const struct cc_package package = {.num_chips = experts ? 2 : 1,
                                       .memory_bytes = experts ? random_between(seed, 6e6, 3e7) : 1e9};
    const struct cc_server server = {.num_packages = 6,
                                     .num_chips = 6 * package.num_chips,
                                     .peak_flops = 6 * (double)package.num_chips * chip.peak_flops,
                                     .link = {.bytes_per_s = random_between(seed, 1e6, 1e9), .init_s = 1e-5},
                                     .other_power_w = 10,
                                     .tdp_w = 50,
                                     .cost_usd = 1000};
    const struct cc_system system = small_system();
    struct cc_constants constants = small_constants;
    constants.energy.sram_weight_pj_per_byte = 50;
    return cc_serving_of(&chip, &package, &server, llm, &system,
                         (struct cc_workload){.prefill_len = 32, .generate_len = 64}, &constants,
                         experts ? cc_conventions_corrected() : cc_conventions_published());
}

static struct cc_batches batches;
static struct cc_space space;
static struct cc_choice all[CC_CHOICES_MAX], best[CC_CHOICES_MAX];

/* All depths of the model on 4 servers, with these batches: how many fit. */
static size_t open_space(const struct cc_serving *serving, const struct cc_workload_input *workload)
{
    int64_t depths[CC_DEPTHS_MAX];
    const size_t count = cc_pipeline_depths(serving->llm->num_layers, depths);
    assert_true(cc_batches_of(&batches, workload));
    cc_space_end(&space); /* the model may be another where one was before */
    cc_space_begin(&space, serving, &batches);
    return cc_space_open(&space, depths, count, 4);
}

static const struct cc_workload_input up_to_64 = {.max_batch = 64};
static const struct cc_workload_input listed = {.batches = {3, (const int64_t[]){24, 100, 7}}};

static double cheapest(const struct cc_choice *choices, size_t count, double per_s, double per_j)
{
    double least = INFINITY;
    for (size_t i = 0; i < count; i++)
        least = fmin(least, per_s * choices[i].s + per_j * choices[i].j);
    return least;
}

static double least_s(const struct cc_choice *choices, size_t count, bool prefill)
{
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        const size_t depth = choices[i].depth;
        least = fmin(least, prefill ? cc_space_prefill(&space, depth, (size_t)choices[i].prefill).s
                                    : cc_space_generate(&space, depth, (size_t)choices[i].generate).s);
    }
    return least;
}

static void compare_with_all(uint64_t *seed, double range)
{
    const double per_s = random_between(seed, 1e-6, 1e-2), per_j = random_between(seed, 1e-9, 1e-3);
    const size_t all_count = cc_space_all(&space, all);
    const size_t count = cc_space_best(&space, (struct cc_prices){per_s, per_j}, range, best);
    assert_true(count >= 1 && count <= all_count);
    for (int i = 0; i <= 20; i++) {
        const double limit = fmin(range, 1e6); /* inf: far enough */
        const double factor = pow(limit, random_between(seed, -1, 1));
        assert_near(cheapest(best, count, per_s * factor, per_j), cheapest(all, all_count, per_s * factor, per_j));
    }
    assert_near(least_s(best, count, true), least_s(all, all_count, true));
    assert_near(least_s(best, count, false), least_s(all, all_count, false));
    for (size_t i = 1; i < count; i++)
        assert_true(best[i - 1].s <= best[i].s);
}

static void the_best_of_all_mappings_are_kept(void **state)
{
    (void)state;
    static const double ranges[] = {1, 3, 100, INFINITY};
    uint64_t seed = 5;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    for (int i = 0; i < 200; i++) {
        const struct cc_serving serving = random_serving(&seed, &llm);
        const size_t count = open_space(&serving, i % 2 == 0 ? &up_to_64 : &listed);
        assert_int_equal(count, i % 2 == 0 ? 7 : 3);
        cc_space_take_batch(&space, (size_t)i / 4 % count);
        compare_with_all(&seed, ranges[i % 4]);
    }
}

static void the_best_of_all_layouts_are_kept(void **state)
{
    (void)state;
    uint64_t seed = 12;
    const struct cc_llm llm = with_experts();
    for (int i = 0; i < 30; i++) {
        const struct cc_serving serving = random_serving(&seed, &llm);
        const size_t fitting = open_space(&serving, i % 2 == 0 ? &up_to_64 : &listed);
        assert_true(fitting > 0);
        cc_space_take_batch(&space, (size_t)i % fitting);
        compare_with_all(&seed, i % 3 == 0 ? 100 : 1);
    }
}

/* Every choice of the current batch, exactly: the columns do not depend on whether a breakdown was asked for. */
static void compare_with_simulated(const struct cc_serving *serving)
{
    const size_t count = cc_space_all(&space, all);
    for (size_t k = 0; k < count; k++) {
        const struct cc_mapping m = cc_choice_mapping(&space, &all[k]);
        struct cc_point a = {0};
        cc_set_choice_point(&a, &space, &all[k]);
        const struct cc_point b = cc_mapping_point(serving, &m, space.batch->requests, true);
        assert_true(a.prefill_latency_s == b.prefill_latency_s && a.generate_latency_s == b.generate_latency_s);
        assert_true(a.prefill_energy_j == b.prefill_energy_j && a.generate_energy_j == b.generate_energy_j);
        assert_true(a.generate_tokens_per_s == b.generate_tokens_per_s);
        assert_int_equal(a.tensor_parallel, b.tensor_parallel);
        assert_int_equal(a.pipeline_parallel, b.pipeline_parallel);
        assert_int_equal(a.attention_parallel, b.attention_parallel);
        assert_int_equal(a.expert_parallel, b.expert_parallel);
        assert_int_equal(a.micro_batch, b.micro_batch);
        assert_int_equal(a.prefill_micro_batch, b.prefill_micro_batch);
        assert_int_equal(a.prefill_sub_systems, b.prefill_sub_systems);
        assert_int_equal(a.batch, b.batch);
        assert_int_equal(a.num_servers, b.num_servers);
    }
}

static void points_are_those_simulated(void **state)
{
    (void)state;
    uint64_t seed = 8;
    const struct cc_llm dense = llm_of(12, 256, 8, 1024, 2, "swiglu"), experts = with_experts();
    for (int i = 0; i < 40; i++) {
        struct cc_serving serving = random_serving(&seed, i % 4 == 3 ? &experts : &dense);
        serving.energy_model = i % 2 == 0;
        serving.sub_system_servers = i % 3 == 0 ? 2 : CC_NO_INT;
        const size_t fitting = open_space(&serving, i % 5 == 0 ? &listed : &up_to_64);
        cc_space_take_batch(&space, (size_t)i % fitting);
        compare_with_simulated(&serving);
    }
}

/* A choice as a mapping that a system file gives: the same place, with room for the batch. */
static void choices_can_be_given(void **state)
{
    (void)state;
    uint64_t seed = 13;
    size_t groups = 0, shares = 0;
    const struct cc_llm llm = with_experts();
    for (int i = 0; i < 20; i++) {
        const struct cc_serving serving = random_serving(&seed, &llm);
        cc_space_take_batch(&space, open_space(&serving, &up_to_64) - 1);
        const size_t count = cc_space_all(&space, all);
        for (size_t k = 0; k < count; k++) {
            const struct cc_mapping m = cc_choice_mapping(&space, &all[k]);
            const struct cc_mapping_input in = {.tensor_parallel = m.place.tensor_parallel,
                                                .pipeline_parallel = m.place.pipeline_parallel,
                                                .attention_parallel = cc_attention_parallel(&m.place),
                                                .expert_parallel = m.place.expert_parallel,
                                                .micro_batch = m.micro_batch,
                                                .prefill_micro_batch = m.prefill_micro_batch};
            const struct cc_mapping given = cc_mapping_given(&in, &serving, 4, space.batch->requests);
            struct cc_reject reject;
            assert_true(cc_mapping_check(&serving, &given, space.batch->requests, &reject));
            assert_memory_equal(&given, &m, sizeof m);
            groups += m.place.attention_groups > 1;
            shares += m.place.expert_parallel > 1;
        }
    }
    assert_true(groups > 100 && shares > 100);
}

static bool has_layout(const struct cc_stage_place *layouts, size_t count, int64_t attention, int64_t shares)
{
    for (size_t i = 0; i < count; i++)
        if (cc_attention_parallel(&layouts[i]) == attention && layouts[i].expert_parallel == shares)
            return true;
    return false;
}

/* Attention by all chips, those of a server, of a package, or one; experts in one share, by servers, by packages, by
 * chips, or in as many as divide the chips: each pair of them that divides is there once. */
static void check_layouts(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    struct cc_stage_place layouts[CC_LAYOUTS_MAX];
    const int64_t t = place->tensor_parallel, package = serving->chips_per_package;
    const int64_t server = package * serving->packages_per_server;
    const int64_t slots = (int64_t)(serving->llm->experts + serving->routing.redundant);
    int64_t most = slots < t ? slots : t;
    size_t right = 0;
    const size_t count = cc_layouts_of(serving, place, layouts);
    while (t % most != 0)
        most--;
    assert_true(layouts[0].attention_groups == 1 && layouts[0].expert_parallel == 1);
    for (int64_t a = 1; a <= t; a++)
        for (int64_t shares = 1; shares <= t; shares++) {
            const bool attention = t % a == 0 && (a == t || a == server || a == package || a == 1);
            const bool divides = t % shares == 0 && shares <= slots;
            const bool experts =
                shares == 1 || shares * server == t || shares * package == t || shares == t || shares == most;
            const bool is_one = attention && divides && experts;
            assert_true(has_layout(layouts, count, a, shares) == is_one);
            right += is_one;
        }
    assert_int_equal(count, right);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(layouts[i].attention_groups * cc_attention_parallel(&layouts[i]), t);
        assert_int_equal(layouts[i].tensor_parallel, t);
        assert_int_equal(layouts[i].pipeline_parallel, place->pipeline_parallel);
        assert_int_equal(layouts[i].num_servers, place->num_servers);
        assert_true(i == 0 || layouts[i].attention_groups > layouts[i - 1].attention_groups ||
                    (layouts[i].attention_groups == layouts[i - 1].attention_groups &&
                     layouts[i].expert_parallel > layouts[i - 1].expert_parallel));
    }
}

static void layouts_by_servers_packages_and_chips(void **state)
{
    (void)state;
    uint64_t seed = 14;
    const struct cc_llm experts = with_experts(), dense = llm_of(12, 256, 8, 1024, 2, "swiglu");
    struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
    for (int i = 0; i < 60; i++) {
        struct cc_serving serving = random_serving(&seed, &experts);
        serving.chips_per_package = 1 + i % 3;
        serving.packages_per_server = 1 + i % 5;
        serving.routing.redundant = i % 2 == 0 ? 8 : 0;
        if (cc_stage_place_of(&serving, 1 + i % 7, 1 + i % 2, &place))
            check_layouts(&serving, &place);
    }
    const struct cc_serving serving = random_serving(&seed, &dense);
    assert_true(cc_stage_place_of(&serving, 4, 1, &place));
    assert_int_equal(cc_layouts_of(&serving, &place, layouts), 1);
}

/* Those of the space are the ones that have room, each for the batches that it has room for. */
static void layouts_without_room_are_left_out(void **state)
{
    (void)state;
    uint64_t seed = 15;
    size_t held = 0, without = 0;
    int64_t depths[CC_DEPTHS_MAX];
    const size_t depth_count = cc_pipeline_depths(12, depths);
    const struct cc_llm llm = with_experts();
    for (int i = 0; i < 20; i++) {
        const struct cc_serving serving = random_serving(&seed, &llm);
        size_t at = 0;
        open_space(&serving, &up_to_64);
        for (size_t d = 0; d < depth_count; d++) {
            struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
            if (!cc_stage_place_of(&serving, 4, depths[d], &place))
                continue;
            const size_t count = cc_layouts_of(&serving, &place, layouts);
            for (size_t k = 0; k < count; k++) {
                const struct cc_memory_fit fit = fit_of(&serving, &layouts[k]);
                size_t fitting = 0;
                while (fitting < 7 && cc_memory_fits(&fit, (double)(1 << fitting)))
                    fitting++;
                without += fitting == 0;
                held += fitting > 0;
                if (fitting == 0)
                    continue;
                assert_true(at < space.count);
                assert_memory_equal(&space.depth[at].place, &layouts[k], sizeof layouts[k]);
                assert_int_equal(space.depth[at++].batches, fitting);
            }
        }
        assert_int_equal(at, space.count);
    }
    assert_true(held > 100 && without > 100);
}

/* Also of stages that were simulated for another number of servers. */
static void points_do_not_depend_on_what_was_simulated_before(void **state)
{
    (void)state;
    static const int64_t servers[] = {6, 1, 12, 2, 4, 3};
    int64_t depths[CC_DEPTHS_MAX];
    uint64_t seed = 11;
    const struct cc_llm dense = llm_of(12, 256, 8, 1024, 2, "swiglu"), experts = with_experts();
    const size_t depth_count = cc_pipeline_depths(12, depths);
    for (int i = 0; i < 10; i++) {
        struct cc_serving serving = random_serving(&seed, i % 5 == 4 ? &experts : &dense);
        serving.package_memory_bytes = 1e9;
        if (i % 2 == 0)
            serving.conventions = cc_conventions_corrected();
        open_space(&serving, &listed);
        for (size_t n = 0; n < sizeof servers / sizeof servers[0]; n++) {
            assert_int_equal(cc_space_open(&space, depths, depth_count, servers[n]), 3);
            cc_space_take_batch(&space, 1);
            compare_with_simulated(&serving);
        }
    }
}

static bool is_kept(const struct cc_choice *choice, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (best[i].depth == choice->depth && best[i].generate == choice->generate &&
            best[i].prefill == choice->prefill)
            return true;
    return false;
}

static double generate_s(const struct cc_choice *choice)
{
    return cc_space_generate(&space, choice->depth, (size_t)choice->generate).s;
}

/* Whether one that is kept is no slower to generate and costs less, by more than rounding. */
static bool is_beaten(const struct cc_choice *choice, size_t count, struct cc_prices prices)
{
    const double usd = prices.usd_per_s * choice->s + prices.usd_per_j * choice->j;
    for (size_t i = 0; i < count; i++)
        if (generate_s(&best[i]) <= generate_s(choice) &&
            prices.usd_per_s * best[i].s + prices.usd_per_j * best[i].j < usd * (1 - 1e-10))
            return true;
    return false;
}

/* All of it, not only its hull: what is left out costs more than something that is no slower. Half with sub-systems. */
static void the_whole_frontier_is_kept(void **state)
{
    (void)state;
    uint64_t seed = 9;
    size_t left_out = 0;
    const struct cc_llm dense = llm_of(12, 256, 8, 1024, 1, "gelu"), experts = with_experts();
    for (int i = 0; i < 200; i++) {
        struct cc_serving serving = random_serving(&seed, i % 4 == 3 ? &experts : &dense);
        serving.sub_system_servers = i % 2 == 0 ? 2 : CC_NO_INT;
        const size_t fitting = open_space(&serving, i % 5 == 0 ? &listed : &up_to_64);
        cc_space_take_batch(&space, (size_t)i % fitting);
        const struct cc_prices prices = {random_between(&seed, 1e-6, 1e-2), random_between(&seed, 1e-9, 1e-3)};
        const size_t all_count = cc_space_all(&space, all), count = cc_space_best(&space, prices, 1, best);
        for (size_t k = 0; k < all_count; k++)
            if (!is_kept(&all[k], count)) {
                assert_true(is_beaten(&all[k], count, prices));
                left_out++;
            }
    }
    assert_true(left_out > 1000);
}

static void all_mappings_are_counted(void **state)
{
    (void)state;
    uint64_t seed = 6;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    const struct cc_serving serving = random_serving(&seed, &llm);
    open_space(&serving, &up_to_64);
    cc_space_take_batch(&space, 3);
    /* depths 1 2 3 4 12; 6 is no multiple of 4 servers; of 1 2 4 8, 1 + 2 + 3 + 4 pairs of micro-batches */
    assert_int_equal(cc_space_all(&space, all), 50);
    assert_int_equal(open_space(&serving, &listed), 3);
    cc_space_take_batch(&space, 1);
    /* 24 has the divisors 1 2 3 4 6 8 12 24: 1 + ... + 8 pairs */
    assert_int_equal(space.batch->requests, 24);
    assert_int_equal(cc_space_all(&space, all), 5 * 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_all_mappings_are_kept),
        cmocka_unit_test(the_whole_frontier_is_kept),
        cmocka_unit_test(the_best_of_all_layouts_are_kept),
        cmocka_unit_test(points_are_those_simulated),
        cmocka_unit_test(choices_can_be_given),
        cmocka_unit_test(layouts_by_servers_packages_and_chips),
        cmocka_unit_test(layouts_without_room_are_left_out),
        cmocka_unit_test(points_do_not_depend_on_what_was_simulated_before),
        cmocka_unit_test(all_mappings_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
