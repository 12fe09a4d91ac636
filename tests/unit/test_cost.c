/* What tokens cost at an operating point: how it follows prices, batch, servers and power. */
#include "near.h"

#include "model/serving/cost.h"

static struct cc_constants constants(double prices)
{
    return (struct cc_constants){
        .server = {.life_years = 3},
        .tco =
            {
                .electricity_usd_per_kwh = 0.06 * prices,
                .interest_rate = 0.08,
                .dc_capex_usd_per_w = 8 * prices,
                .dc_life_years = 12,
                .dc_opex_usd_per_w_month = 0.04 * prices,
                .pue = 1.25,
                .server_opex_rate = 0.1,
                .average_power_ratio = 1,
            },
    };
}

/* Only the cost of a token is switched; everything else as published. */
static struct cc_cost_basis basis_of(double prices, bool energy_model, bool corrected)
{
    const struct cc_constants k = constants(prices);
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_server server = {.cost_usd = 3000 * prices, .other_power_w = 40, .tdp_w = 500};
    struct cc_conventions conventions = cc_conventions_published();
    conventions.token_cost = corrected;
    return cc_cost_basis_of(&rates, &server, energy_model, (struct cc_workload){.prefill_len = 100, .generate_len = 50},
                            conventions);
}

static const struct cc_cost_input point = {
    .num_servers = 2, .batch = 4, .prefill_s = 2, .generate_s = 3, .energy_j = 3000, .prefill_sub_systems = 1};

static void half_the_prices_half_the_cost(void **state)
{
    (void)state;
    const struct cc_cost_basis full = basis_of(1, true, true), half = basis_of(0.5, true, true);
    const struct cc_point_cost a = cc_point_cost_of(&full, &point), b = cc_point_cost_of(&half, &point);
    assert_near(b.tco_usd, a.tco_usd / 2);
    assert_near(b.usd_per_output_token, a.usd_per_output_token / 2);
    assert_near(b.usd_per_input_token, a.usd_per_input_token / 2);
}

static void twice_the_batch(void **state)
{
    (void)state;
    const struct cc_cost_basis corrected = basis_of(1, true, true), published = basis_of(1, true, false);
    struct cc_cost_input twice = point;
    twice.batch = 8;
    const struct cc_point_cost c1 = cc_point_cost_of(&corrected, &point), c2 = cc_point_cost_of(&corrected, &twice);
    const struct cc_point_cost p1 = cc_point_cost_of(&published, &point), p2 = cc_point_cost_of(&published, &twice);
    assert_near(c2.usd_per_output_token, c1.usd_per_output_token / 2);
    assert_near(p2.usd_per_output_token, p1.usd_per_output_token / 4);
    assert_near(p1.usd_per_output_token, c1.usd_per_output_token / 4); /* of batch 4 */
    assert_near(p1.usd_per_input_token, c1.usd_per_input_token / 4);
}

static void tokens_pay_for_the_servers(void **state)
{
    (void)state;
    const struct cc_cost_basis basis = basis_of(1, true, true);
    const struct cc_point_cost c = cc_point_cost_of(&basis, &point);
    /* over three years: as many batches of 4 requests of 50 tokens as there are 5 s */
    const double batches = 3.0 * 365 * 24 * 3600 / 5;
    assert_near(c.usd_per_output_token * batches * 4 * 50, 2 * c.tco_usd);
    assert_near(c.usd_per_input_token * batches * 4 * 100, 2 * c.tco_usd);
    assert_near(c.tco_usd, c.capex_usd + c.opex_usd);
}

static void power_of_a_server(void **state)
{
    (void)state;
    const struct cc_constants k = constants(1);
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    /* 3000 J in 5 s on two servers: 300 W each; with an energy model 40 W of fans and host beside it */
    const struct cc_cost_basis with = basis_of(1, true, true), without = basis_of(1, false, true);
    assert_near(cc_point_cost_of(&with, &point).tco_usd,
                cc_tco_of(&rates, 3000, (struct cc_power){340, 340}).total_usd);
    assert_near(cc_point_cost_of(&without, &point).tco_usd,
                cc_tco_of(&rates, 3000, (struct cc_power){300, 300}).total_usd);
}

/* Every correction on: 3000 J are 7500 J at the wall, 750 W a server; the datacentre is built for 500 W. */
static void corrected_power_of_a_server(void **state)
{
    (void)state;
    struct cc_constants k = constants(1);
    k.server.dcdc_efficiency = 0.8;
    k.server.psu_efficiency = 0.5;
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_server server = {.cost_usd = 3000, .other_power_w = 40, .tdp_w = 500};
    const struct cc_cost_basis basis =
        cc_cost_basis_of(&rates, &server, true, (struct cc_workload){.prefill_len = 100, .generate_len = 50},
                         cc_conventions_corrected());
    const struct cc_tco tco = cc_tco_of(&rates, 3000, (struct cc_power){500, 790});
    const struct cc_prices prices = cc_prices_of(&basis, 2);
    assert_near(cc_point_cost_of(&basis, &point).tco_usd, tco.total_usd);
    assert_near((prices.usd_per_s * 5 + prices.usd_per_j * 3000) * rates.life_s / 5, 2 * tco.total_usd);
}

/* Published: ten sub-systems that prefill for 2 of 5 s draw the fans' and hosts' 40 W ten times. */
static void published_sub_systems_idle_often(void **state)
{
    (void)state;
    const struct cc_constants k = constants(1);
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_cost_basis basis = basis_of(1, true, true);
    struct cc_cost_input in = point;
    in.prefill_sub_systems = 10;
    const double watts = 300 + 40 * (10 * 2 + 3) / 5.0;
    assert_near(cc_point_cost_of(&basis, &in).tco_usd,
                cc_tco_of(&rates, 3000, (struct cc_power){watts, watts}).total_usd);
}

static void linear_in_time_and_energy(void **state)
{
    (void)state;
    uint64_t seed = 101;
    const struct cc_cost_basis basis = basis_of(1, true, true);
    for (int i = 0; i < 300; i++) {
        const double servers = floor(random_between(&seed, 1, 100)), batch = ldexp(1, i % 11);
        const struct cc_prices prices = cc_prices_of(&basis, servers);
        const struct cc_cost_input in = {.num_servers = servers,
                                         .batch = batch,
                                         .prefill_s = random_between(&seed, 1e-3, 1e3),
                                         .generate_s = random_between(&seed, 1e-3, 1e3),
                                         .energy_j = random_between(&seed, 0, 1e5),
                                         .prefill_sub_systems = 1};
        const double usd = prices.usd_per_s * (in.prefill_s + in.generate_s) + prices.usd_per_j * in.energy_j;
        assert_near(cc_point_cost_of(&basis, &in).usd_per_output_token, usd / batch / 50);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_the_prices_half_the_cost), cmocka_unit_test(twice_the_batch),
        cmocka_unit_test(tokens_pay_for_the_servers),    cmocka_unit_test(power_of_a_server),
        cmocka_unit_test(corrected_power_of_a_server),   cmocka_unit_test(published_sub_systems_idle_often),
        cmocka_unit_test(linear_in_time_and_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
