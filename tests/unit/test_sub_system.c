/* Prefill on sub-systems: when there are any, what one does, and that search and points agree. */
#include "near.h"

#include "model/search/search.h"
#include "model/serving/sub_system.h"
#include "small.h"

/* One layer, 256 weights of 2 bytes; 16 bytes of KV cache a token; servers of 1000 bytes. */
static struct cc_llm one_layer(void)
{
    return llm_of(1, 4, 2, 24, 1, "gelu");
}

static struct cc_serving split_by(const struct cc_llm *llm, int64_t servers)
{
    return tiny_serving(llm, servers, cc_conventions_corrected());
}

static void how_many(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    struct cc_serving serving = split_by(&llm, 3);
    assert_near(llm.bytes, 512);
    assert_near(llm.kv_bytes_per_token, 16);
    assert_int_equal(cc_sub_systems(&serving, 12, 8), 4);
    assert_int_equal(cc_sub_systems(&serving, 12, 4), 4);
    assert_int_equal(cc_sub_systems(&serving, 12, 2), 1); /* two requests for four */
    assert_int_equal(cc_sub_systems(&serving, 3, 8), 1);  /* not less than the system */
    assert_int_equal(cc_sub_systems(&serving, 10, 8), 1); /* not a divisor */
    serving.sub_system_servers = CC_NO_INT;
    assert_int_equal(cc_sub_systems(&serving, 12, 8), 1);
}

static void room_for_the_model_and_its_share(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    struct cc_serving serving = split_by(&llm, 1);
    /* 1000 - 512 bytes: 30 tokens, so 15 prompts of two tokens */
    assert_int_equal(cc_sub_systems(&serving, 2, 30), 2);
    assert_int_equal(cc_sub_systems(&serving, 2, 31), 1); /* one would have 16 */
    serving.conventions.sub_system_share = false;
    assert_int_equal(cc_sub_systems(&serving, 2, 31), 2); /* 15 each, one left out */
    assert_int_equal(cc_sub_systems(&serving, 2, 32), 1);
    serving.package_memory_bytes = 511;
    assert_int_equal(cc_sub_systems(&serving, 2, 2), 1);
    serving.package_memory_bytes = 512 + 32; /* to the byte */
    assert_int_equal(cc_sub_systems(&serving, 2, 2), 2);
}

static void one_is_a_system_of_its_own(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    const struct cc_serving serving = split_by(&llm, 2);
    const struct cc_stage_place place = cc_sub_system_place(&serving, 6, 3);
    assert_int_equal(place.tensor_parallel, 2);
    assert_int_equal(place.pipeline_parallel, 1);
    assert_int_equal(place.num_servers, 2);
    /* 3 sub-systems of 2 servers take 2 of 6 requests each: as a system of 2 servers takes 2 in one micro-batch */
    const struct cc_point split = cc_mapping_point(&serving, &(struct cc_mapping){{6, 1, 6, 1, 1}, 2, 1, 3}, 6, true);
    const struct cc_point alone = cc_mapping_point(&serving, &(struct cc_mapping){{2, 1, 2, 1, 1}, 2, 1, 1}, 2, true);
    assert_near(split.prefill_latency_s, alone.prefill_latency_s);
    assert_near(split.prefill_tokens_per_s, 3 * alone.prefill_tokens_per_s);
    assert_near(split.prefill_energy_j, 3 * alone.prefill_energy_j);
    assert_near(split.prefill_network_j, 3 * alone.prefill_network_j);
    assert_near(split.prefill_power_w, 3 * alone.prefill_power_w); /* fans and hosts of six servers once */
    assert_near(split.prefill_utilization, alone.prefill_utilization);
    assert_near(split.prefill_load_s, alone.prefill_load_s);
    assert_near(split.prefill_communication_s, alone.prefill_communication_s);
    assert_int_equal(split.prefill_sub_systems, 3);
    assert_int_equal(split.prefill_micro_batch, 2);
    assert_int_equal(split.tensor_parallel, 6);
    /* generation is the whole system's */
    const struct cc_point whole = cc_mapping_point(&serving, &(struct cc_mapping){{6, 1, 6, 1, 1}, 2, 1, 1}, 6, true);
    assert_near(split.generate_latency_s, whole.generate_latency_s);
    assert_near(split.generate_energy_j, whole.generate_energy_j);
    assert_int_equal(whole.prefill_sub_systems, 1);
}

/* Seven requests on three sub-systems: three, two and two. The fullest takes longest; all use energy. */
static void uneven_shares(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    const struct cc_serving serving = split_by(&llm, 2);
    const struct cc_point split = cc_mapping_point(&serving, &(struct cc_mapping){{6, 1, 6, 1, 1}, 3, 1, 3}, 7, true);
    const struct cc_point three = cc_mapping_point(&serving, &(struct cc_mapping){{2, 1, 2, 1, 1}, 3, 1, 1}, 3, true);
    const struct cc_point two = cc_mapping_point(&serving, &(struct cc_mapping){{2, 1, 2, 1, 1}, 2, 1, 1}, 2, true);
    assert_near(split.prefill_latency_s, three.prefill_latency_s);
    assert_near(split.prefill_energy_j, three.prefill_energy_j + 2 * two.prefill_energy_j);
    assert_near(split.prefill_fma_j + split.prefill_memory_j + split.prefill_network_j, split.prefill_energy_j);
    assert_near(split.prefill_tokens_per_s, 7 * 2 / three.prefill_latency_s);
}

static void as_published(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    const struct cc_serving serving = tiny_serving(&llm, 2, cc_conventions_published());
    const struct cc_point split = cc_mapping_point(&serving, &(struct cc_mapping){{6, 1, 6, 1, 1}, 2, 1, 3}, 6, true);
    const struct cc_point alone = cc_mapping_point(&serving, &(struct cc_mapping){{2, 1, 2, 1, 1}, 2, 1, 1}, 2, true);
    assert_near(split.prefill_utilization, alone.prefill_utilization / 3);
    /* each of the three has the other power of six servers, 7 W each */
    const double alone_w = alone.prefill_power_w - 2 * 7;
    assert_near(split.prefill_power_w, 3 * (alone_w + 6 * 7));
    assert_near(split.prefill_energy_j, 3 * alone.prefill_energy_j);
}

static struct cc_batches batches;
static struct cc_space space;
static struct cc_choice all[CC_CHOICES_MAX], best[CC_CHOICES_MAX];

static void search_agrees(const struct cc_serving *serving, size_t batch)
{
    cc_space_take_batch(&space, batch);
    const size_t count = cc_space_all(&space, all);
    const size_t kept = cc_space_best(&space, (struct cc_prices){1, 1}, INFINITY, best);
    const int64_t sub_systems = cc_sub_systems(serving, 4, space.batch->requests);
    assert_true(kept >= 1 && kept <= count);
    for (size_t i = 0; i < count; i++) {
        const struct cc_mapping m = cc_choice_mapping(&space, &all[i]);
        const struct cc_point p = cc_mapping_point(serving, &m, space.batch->requests, true);
        assert_int_equal(m.sub_systems, sub_systems);
        assert_near(p.prefill_latency_s + p.generate_latency_s, all[i].s);
        assert_near(p.prefill_energy_j + p.generate_energy_j, all[i].j);
        for (size_t k = 0; k < i; k++) {
            const struct cc_mapping n = cc_choice_mapping(&space, &all[k]);
            assert_false(m.place.pipeline_parallel == n.place.pipeline_parallel && m.micro_batch == n.micro_batch &&
                         m.prefill_micro_batch == n.prefill_micro_batch);
        }
    }
}

static void search_and_points_agree(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(4, 4, 2, 8, 1, "gelu");
    int64_t depths[CC_DEPTHS_MAX];
    const size_t count = cc_pipeline_depths(4, depths);
    assert_true(cc_batches_of(&batches, &(struct cc_workload_input){.batches = {5, (const int64_t[]){1, 2, 4, 6, 8}}}));
    for (int energy_model = 0; energy_model <= 1; energy_model++) {
        for (int corrected = 0; corrected <= 1; corrected++) {
            struct cc_serving serving =
                tiny_serving(&llm, 2, corrected ? cc_conventions_corrected() : cc_conventions_published());
            serving.energy_model = energy_model;
            serving.package_memory_bytes = 2000;
            cc_space_begin(&space, &serving, &batches);
            assert_int_equal(cc_space_open(&space, depths, count, 4), 5);
            for (size_t batch = 0; batch < 5; batch++)
                search_agrees(&serving, batch); /* 1 on the whole system, the others on two sub-systems */
        }
    }
}

static void with_a_prescribed_mapping(void **state)
{
    (void)state;
    const struct cc_llm llm = one_layer();
    const struct cc_serving serving = split_by(&llm, 2);
    const struct cc_mapping_input in = {.tensor_parallel = 3,
                                        .pipeline_parallel = 2,
                                        .attention_parallel = CC_NO_INT,
                                        .expert_parallel = 1,
                                        .prefill_micro_batch = 1};
    const struct cc_mapping split = cc_mapping_given(&in, &serving, 6, 8),
                            whole = cc_mapping_given(&in, &serving, 6, 2);
    assert_int_equal(split.sub_systems, 3);
    assert_int_equal(split.prefill_micro_batch, 3); /* 8 / 3, the fullest */
    assert_int_equal(split.micro_batch, 8);
    assert_int_equal(whole.sub_systems, 1);
    assert_int_equal(whole.prefill_micro_batch, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_many),
        cmocka_unit_test(room_for_the_model_and_its_share),
        cmocka_unit_test(one_is_a_system_of_its_own),
        cmocka_unit_test(uneven_shares),
        cmocka_unit_test(as_published),
        cmocka_unit_test(search_and_points_agree),
        cmocka_unit_test(with_a_prescribed_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
