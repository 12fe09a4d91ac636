/* What a point is to those who use it and those who pay for it. */
#include "near.h"

#include "model/serving/point.h"
#include "model/serving/service.h"

/* 4 requests of 100 + 51 tokens on 2 servers: 2 s of prefill, 3 s of generation, 80 tokens/s while generating. */
static const struct cc_service_input closed = {
    .num_servers = 2,
    .batch = 4,
    .prefill_latency_s = 2,
    .generate_latency_s = 3,
    .generate_tokens_per_s = 80,
    .prefill_energy_j = 300,
    .generate_energy_j = 720,
    .requests_per_s = NAN,
    .usd_per_output_token = 2e-6,
    .server_usd = 30000,
    .server_tdp_w = 5000,
    .generate_len = 51,
};

static void a_closed_batch(void **state)
{
    (void)state;
    const struct cc_service s = cc_service_of(&closed);
    assert_near(s.tpot_s, 0.05); /* 4/80 */
    assert_near(s.user_tokens_per_s, 20);
    assert_near(s.tokens_per_s, 40.8); /* 4 * 51 / (2 + 3) */
    assert_near(s.system_usd, 60000);
    assert_near(s.system_power_w, 10000);
    assert_near(s.j_per_output_token, 5); /* 1020 / (4 * 51) */
    assert_near(s.usd_per_request, 1.02e-4);
}

static void a_steady_state_has_its_own_rate(void **state)
{
    (void)state;
    struct cc_service_input in = closed;
    in.requests_per_s = 1.5;
    assert_near(cc_service_of(&in).tokens_per_s, 76.5);
    assert_near(cc_service_of(&in).tpot_s, 0.05);
    /* a prefill by itself: no tokens, no time of one */
    in.generate_tokens_per_s = in.generate_energy_j = in.generate_latency_s = NAN;
    const struct cc_service s = cc_service_of(&in);
    assert_true(isnan(s.tokens_per_s) && isnan(s.tpot_s) && isnan(s.user_tokens_per_s) && isnan(s.j_per_output_token));
    assert_near(s.system_usd, 60000);
}

static void an_answer_of_one_token(void **state)
{
    (void)state;
    struct cc_service_input in = closed;
    in.generate_latency_s = in.generate_tokens_per_s = in.generate_energy_j = 0;
    in.generate_len = 1;
    const struct cc_service s = cc_service_of(&in);
    assert_true(s.tpot_s == 0);
    assert_true(isnan(s.user_tokens_per_s));
    assert_near(s.tokens_per_s, 2); /* 4 * 1 / 2 */
}

static void the_mean_time_to_the_first_token(void **state)
{
    (void)state;
    const struct cc_pace pace = {.through_s = 1, .interval_s = 0.25};
    assert_near(cc_mean_ttft_s(&pace, 1), 1);
    assert_near(cc_mean_ttft_s(&pace, 5), 1.5); /* 1, 1.25, 1.5, 1.75, 2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_batch),
        cmocka_unit_test(a_steady_state_has_its_own_rate),
        cmocka_unit_test(an_answer_of_one_token),
        cmocka_unit_test(the_mean_time_to_the_first_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
