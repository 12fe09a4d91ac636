/* Pools of systems that do one phase each: rates that match, caches on their way, what a request costs. */
#include "near.h"

#include "model/serving/pool.h"

/* DeepSeek-V3's inference system, a day of open-infra week: 608e9 tokens in and 168e9 out, 226.75 nodes busy on
 * average, at 73.7e3 tokens/s in and 14.8e3 out for a node. */
static void a_published_day(void **state)
{
    (void)state;
    const double day_s = 86400, prompt = 4096, answer = 1024;
    const double in_per_s = 608e9 / day_s, out_per_s = 168e9 / day_s;
    /* nodes for the rates, as systems of one node that take requests of some length */
    const double prefill = 73.7e3 / prompt, generate = 14.8e3 / answer;
    const double nodes = in_per_s / prompt / prefill + out_per_s / answer / generate;
    assert_true(fabs(nodes / 226.75 - 1) < 0.01);
    assert_near(nodes, 608e9 / 86400 / 73.7e3 + 168e9 / 86400 / 14.8e3);
    /* matched: for the day's ratio of tokens in and out, 0.727 prefill nodes for a generate node */
    const double requests_per_s = out_per_s / answer;
    const double prompt_of_day = in_per_s / requests_per_s;
    const double prefill_of_day = 73.7e3 / prompt_of_day;
    assert_true(fabs(generate / prefill_of_day - 0.727) < 0.0005);
    const struct cc_match match = cc_match_of(prefill_of_day, generate, 132);
    assert_int_equal(match.prefill, 96); /* 95.94 */
    assert_true(fabs((double)(match.prefill + match.generate) / 226.75 - 1) < 0.01);
    assert_near(match.requests_per_s, 132 * 14.8e3 / 1024);
    assert_near(match.prefill_load, match.requests_per_s / (96 * prefill_of_day));
    /* at 16 $ an hour for a node: 0.060 $ for a million tokens in, 0.300 $ for a million out */
    assert_true(fabs(16.0 / 3600 / (prefill * prompt) * 1e6 - 0.060) < 0.0005);
    assert_true(fabs(16.0 / 3600 / (generate * answer) * 1e6 - 0.300) < 0.0005);
}

static void rates_match_in_whole_systems(void **state)
{
    (void)state;
    struct cc_match m = cc_match_of(10, 4, 1);
    assert_int_equal(m.prefill, 1);
    assert_near(m.requests_per_s, 4);
    assert_near(m.prefill_load, 0.4);
    m = cc_match_of(10, 4, 6); /* 24 of 30 */
    assert_int_equal(m.prefill, 3);
    assert_near(m.prefill_load, 0.8);
    /* 3 * 0.1 is above 0.3 in binary: one prefill system is enough */
    m = cc_match_of(0.3, 0.1, 3);
    assert_int_equal(m.prefill, 1);
    assert_true(m.prefill_load <= 1);
}

/* DeepSeek-V3, a prompt of 4096 tokens: 70,272 bytes a token. */
static void a_cache_on_its_way(void **state)
{
    (void)state;
    const double kv_bytes = 4096 * 70272.0;
    const struct cc_kv_transfer transfer = {
        .kv_bytes = kv_bytes, .bytes_per_s = 50e9, .init_s = 0, .layers = 61, .prefill_s = 1};
    assert_near(kv_bytes, 287834112); /* 287.8 MB */
    assert_near(cc_kv_transfer_s(&transfer, false), 0.00575668224);
    /* one layer's part is seen: 94 us */
    assert_near(cc_kv_transfer_s(&transfer, true), 287834112.0 / 61 / 50e9);
    assert_true(fabs(cc_kv_transfer_s(&transfer, true) - 94e-6) < 0.5e-6);
    /* a prefill of 1 ms hides 60/61 ms of the 5.757 ms */
    struct cc_kv_transfer fast = transfer;
    fast.prefill_s = 1e-3;
    fast.init_s = 2e-6;
    assert_near(cc_kv_transfer_s(&fast, true), 2e-6 + 0.00575668224 - 1e-3 * 60 / 61);
    assert_near(cc_kv_servers(8, 4, 12, 8), 8); /* 4 stages on 2 servers each */
    assert_near(cc_kv_servers(8, 2, 4, 8), 2);  /* of 2 stages, each on a part of a server */
    assert_near(cc_kv_servers(1, 2, 4, 8), 1);
}

static struct cc_tco_rates rates(void)
{
    const struct cc_constants k = {
        .server = {.life_years = 3, .dcdc_efficiency = 1, .psu_efficiency = 1},
        .tco = {.electricity_usd_per_kwh = 0.06,
                .interest_rate = 0.08,
                .dc_capex_usd_per_w = 8,
                .dc_life_years = 12,
                .dc_opex_usd_per_w_month = 0.04,
                .pue = 1.25,
                .server_opex_rate = 0.1,
                .average_power_ratio = 1},
    };
    return cc_tco_rates_of(&k, cc_conventions_corrected());
}

static struct cc_instance instance(double server_usd, double requests_per_s, double energy_j, double through_s,
                                   double tpot_s)
{
    const struct cc_tco_rates r = rates();
    const struct cc_server server = {.cost_usd = server_usd, .tdp_w = 1000, .other_power_w = 100};
    return (struct cc_instance){
        .cost = cc_cost_basis_of(&r, &server, true, (struct cc_workload){.prefill_len = 1000, .generate_len = 101},
                                 cc_conventions_corrected()),
        .num_servers = 2,
        .whole_servers = 2,
        .requests_per_s = requests_per_s,
        .energy_j = energy_j,
        .through_s = through_s,
        .tpot_s = tpot_s,
        .link_bytes_per_s = 100e9,
        .kv_bytes_per_s = 50e9,
    };
}

static const struct cc_joint joint = {.workload = {.prefill_len = 1000, .generate_len = 101},
                                      .kv_bytes = 1e8,
                                      .layers = 10,
                                      .overlapped = false,
                                      .instances_most = 6,
                                      .load = 1};

static void a_deployment(void **state)
{
    (void)state;
    const struct cc_instance p = instance(30000, 10, 50, 0.2, 0), g = instance(20000, 4, 200, 0, 0.02);
    struct cc_deployment d;
    struct cc_reject reject;
    assert_true(cc_deployment_of(&p, &g, &joint, &d, &reject));
    /* 5 generate systems keep 2 prefill systems busy: 20 requests/s */
    assert_int_equal(d.prefill_instances, 2);
    assert_int_equal(d.generate_instances, 5);
    assert_near(d.requests_per_s, 20);
    assert_near(d.prefill_load, 1);
    assert_near(d.tokens_per_s, 2020);
    assert_near(d.user_tokens_per_s, 50);
    assert_near(d.ttft_s, 0.2);
    assert_near(d.transfer_s, 0.002);
    assert_near(d.generate_latency_s, 2.002);
    assert_near(d.request_latency_s, 2.202);
    assert_near(d.num_servers, 14);
    assert_near(d.system_usd, 4 * 30000 + 10 * 20000);
    assert_near(d.system_power_w, 14000);
    assert_near(d.j_per_output_token, 250.0 / 101);
    assert_near(d.usd_per_request, 2 * cc_instance_usd_per_s(&p, 1) / 20 + 5 * cc_instance_usd_per_s(&g, 1) / 20);
    assert_near(d.usd_per_input_token * 1000 + d.usd_per_output_token * 101, d.usd_per_request);
    /* that is what each costs by itself, at full load */
    const struct cc_cost_input in = cc_steady_cost_input(2, 1, 10, 50);
    assert_near(d.usd_per_input_token, cc_point_cost_of(&p.cost, &in).usd_per_input_token);
}

static void a_deployment_at_a_load(void **state)
{
    (void)state;
    struct cc_instance p = instance(30000, 5, 50, 0.3, 0), g = instance(20000, 5, 200, 0, 0.02);
    struct cc_joint at = joint;
    struct cc_deployment d;
    struct cc_reject reject;
    at.instances_most = 1;
    at.load = 0.7;
    at.quantile = 0.99;
    p.micro_batch = 1;
    assert_true(cc_deployment_of(&p, &g, &at, &d, &reject));
    /* M/D/1 of 0.2 s at 3.5 requests/s */
    assert_near(d.requests_per_s, 3.5);
    assert_near(d.prefill_load, 0.7);
    assert_near(d.wait_s, 0.14 / 0.6);
    assert_near(d.ttft_s, 0.14 / 0.6 + 0.3);
    assert_true(fabs(d.quantile_ttft_s - 0.3 - 1.2971) < 1e-3);
    assert_near(d.usd_per_request, (cc_instance_usd_per_s(&p, 0.7) + cc_instance_usd_per_s(&g, 0.7)) / 3.5);
    /* micro-batches of 4 gather, each system its own: 4 in 0.8 s */
    p.micro_batch = 4;
    assert_true(cc_deployment_of(&p, &g, &at, &d, &reject));
    assert_near(d.wait_s, 3.0 / 7 + 0.7 * 0.8 / 4 / 0.6);
    /* always busy: nothing is said of waits */
    assert_true(cc_deployment_of(&p, &g, &joint, &d, &reject));
    assert_true(isnan(d.wait_s) && isnan(d.quantile_ttft_s));
}

static void idle_systems_cost_less_than_busy_ones(void **state)
{
    (void)state;
    const struct cc_instance p = instance(30000, 10, 50, 0.2, 0);
    const double idle = cc_instance_usd_per_s(&p, 0), busy = cc_instance_usd_per_s(&p, 1);
    assert_true(idle < busy);
    assert_near(cc_instance_usd_per_s(&p, 0.5), (idle + busy) / 2);
}

static void links_that_do_not_hold(void **state)
{
    (void)state;
    struct cc_instance p = instance(30000, 10, 50, 0.2, 0), g = instance(20000, 4, 200, 0, 0.02);
    struct cc_deployment d;
    struct cc_reject reject;
    g.link_bytes_per_s = 3.9e8; /* 4 requests/s of 1e8 B */
    assert_false(cc_deployment_of(&p, &g, &joint, &d, &reject));
    assert_int_equal(reject.reason, CC_REJECT_KV_LINK);
    assert_near(reject.value, 4e8);
    assert_near(reject.limit, 3.9e8);
    /* a prefill system may do no more than its links carry: 8 of its 10 requests/s */
    g.link_bytes_per_s = 4e8;
    p.link_bytes_per_s = 8e8;
    assert_true(cc_deployment_of(&p, &g, &joint, &d, &reject));
    assert_near(d.requests_per_s / (double)d.prefill_instances, 8);
}

/* A prefill that another covers is in no best deployment, by all that there are. */
static void covered_prefills_are_never_better(void **state)
{
    (void)state;
    uint64_t seed = 7;
    int covered = 0;
    for (int round = 0; round < 3000; round++) {
        struct cc_instance p[2];
        for (int i = 0; i < 2; i++) {
            p[i] = instance(floor(random_between(&seed, 1, 5)) * 10000, floor(random_between(&seed, 1, 6)),
                            floor(random_between(&seed, 1, 4)) * 10, floor(random_between(&seed, 1, 4)) / 10, 0);
            p[i].kv_bytes_per_s = floor(random_between(&seed, 1, 3)) * 1e9;
            p[i].link_bytes_per_s = floor(random_between(&seed, 1, 8)) * 1e8;
        }
        if (!cc_prefill_covers(&p[0], &p[1], joint.kv_bytes))
            continue;
        covered++;
        for (int n = 1; n <= 6; n++) {
            const struct cc_instance g = instance(20000, random_between(&seed, 0.3, 4), 200, 0, 0.02);
            const struct cc_joint one = {joint.workload, 1e8, 10, round % 2 == 0, n, 1, 0.99};
            struct cc_deployment a, b;
            struct cc_reject reject;
            if (!cc_deployment_of(&p[1], &g, &one, &b, &reject))
                continue;
            assert_true(cc_deployment_of(&p[0], &g, &one, &a, &reject));
            assert_true(a.usd_per_request <= b.usd_per_request * (1 + 1e-12));
            assert_true(a.ttft_s <= b.ttft_s);
            assert_true(a.request_latency_s <= b.request_latency_s * (1 + 1e-12));
        }
    }
    assert_true(covered > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_day),        cmocka_unit_test(rates_match_in_whole_systems),
        cmocka_unit_test(a_cache_on_its_way),     cmocka_unit_test(a_deployment),
        cmocka_unit_test(a_deployment_at_a_load), cmocka_unit_test(idle_systems_cost_less_than_busy_ones),
        cmocka_unit_test(links_that_do_not_hold), cmocka_unit_test(covered_prefills_are_never_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
