/* How many servers a system has, by each of the keys that say so. */
#include "near.h"

#include "input/inputs.h"
#include "model/serving/system.h"

static const struct cc_llm llm = {.plain = true, .num_layers = 12, .bytes = 1000, .kv_bytes_per_token = 10};

static struct cc_system_input nothing_given(void)
{
    struct cc_system_input in;
    cc_fields_clear(&cc_system_input_fields, &in);
    return in;
}

static int64_t servers(const struct cc_system_input *in, double memory_bytes, double tco_usd)
{
    struct cc_reject reject;
    int64_t count = 0;
    if (cc_system_servers(in, &llm, memory_bytes, tco_usd, &count, &reject))
        return count;
    assert_int_equal(reject.reason, CC_REJECT_MODEL_MEMORY);
    assert_near(reject.value, 1000);
    return 0;
}

static void by_number(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    in.num_servers = 5;
    assert_int_equal(servers(&in, 200, 1), 5); /* just holds the model */
    assert_int_equal(servers(&in, 199, 1), 0);
    in.max_tco_usd = 100;
    assert_int_equal(servers(&in, 200, 1), 5); /* the number goes before the cost */
}

static void by_ratio(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    in.kv_cache_ratio = 0.5;                     /* 2000 bytes */
    assert_int_equal(servers(&in, 2000, 1), 1);  /* one layer's divisor */
    assert_int_equal(servers(&in, 450, 1), 6);   /* 5 do; 6 divides 12 */
    assert_int_equal(servers(&in, 280, 1), 12);  /* 8 do; 12 is the next divisor */
    assert_int_equal(servers(&in, 100, 1), 24);  /* 20 do */
    assert_int_equal(servers(&in, 62.5, 1), 36); /* 32 do */
    in.num_servers = 7;
    assert_int_equal(servers(&in, 450, 1), 7); /* given and enough: not rounded */
    in.num_servers = 4;
    assert_int_equal(servers(&in, 450, 1), 6);
}

/* model bytes over server memory that is no double any more: still one server */
static void by_ratio_far_too_small(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    struct cc_llm tiny = llm;
    struct cc_reject reject;
    int64_t count = 0;
    in.kv_cache_ratio = 0;
    tiny.bytes = 1e-200;
    assert_true(cc_system_servers(&in, &tiny, 1e300, 1, &count, &reject));
    assert_int_equal(count, 1);
}

static void by_context(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    in.max_ctx_len_batch_1 = 50; /* 1500 bytes */
    assert_int_equal(servers(&in, 500, 1), 3);
    assert_int_equal(servers(&in, 450, 1), 4);
    assert_int_equal(servers(&in, 200, 1), 12);
    in.max_ctx_len_batch_1 = 0;
    assert_int_equal(servers(&in, 500, 1), 2);
}

static void by_cost(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    in.max_tco_usd = 1000;
    assert_int_equal(servers(&in, 450, 300), 4);
    assert_int_equal(servers(&in, 450, 250), 4);
    assert_int_equal(servers(&in, 450, 500), 0); /* two hold 900 bytes */
    in.max_tco_usd = 1e15;
    assert_int_equal(servers(&in, 450, 1), 0); /* more than 2^31 */
}

static void defaults(void **state)
{
    (void)state;
    struct cc_system_input in = nothing_given();
    const struct cc_chip chip = {.peak_flops = 1};
    const struct cc_server ring = {.num_packages = 1};
    assert_true(cc_text_is(cc_system_of(&in, &chip, &ring, cc_conventions_corrected()).allreduce_algo, "ring"));
    assert_int_equal(cc_workload_of(&in).prefill_len, 128);
    assert_int_equal(cc_workload_of(&in).generate_len, 128);
    in.has_workload = true;
    in.workload.lengths = (struct cc_lengths){7, 9};
    assert_int_equal(cc_workload_of(&in).prefill_len, 7);
    assert_int_equal(cc_workload_of(&in).generate_len, 9);
}

static void enough_and_even(void **state)
{
    (void)state;
    uint64_t seed = 51;
    for (int i = 0; i < 1000; i++) {
        struct cc_system_input in = nothing_given();
        const double memory = random_between(&seed, 5, 3000);
        in.kv_cache_ratio = random_between(&seed, 0, 0.95);
        const double need = 1000 / (1 - in.kv_cache_ratio);
        const int64_t n = servers(&in, memory, 1);
        assert_true((double)n * memory >= need);
        assert_true(n < 12 ? 12 % n == 0 : n % 12 == 0);
        for (int64_t fewer = 1; fewer < n; fewer++) /* none smaller would do */
            assert_true((double)fewer * memory < need || (12 % fewer != 0 && fewer % 12 != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_number),       cmocka_unit_test(by_ratio), cmocka_unit_test(by_ratio_far_too_small),
        cmocka_unit_test(by_context),      cmocka_unit_test(by_cost),  cmocka_unit_test(defaults),
        cmocka_unit_test(enough_and_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
