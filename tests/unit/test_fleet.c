/* Fleets that meet a demand, what NRE adds, and from which demand a custom chip pays. */
#include "near.h"

#include <float.h>

#include "model/serving/fleet.h"

enum { YEAR_S = 365 * 24 * 3600 };

static struct cc_constants constants(void)
{
    return (struct cc_constants){
        .server = {.life_years = 2},
        .tco = {.electricity_usd_per_kwh = 0.1, .dc_life_years = 10, .pue = 1, .average_power_ratio = 1},
        .nre = {.masks_usd = 10e6, .design_usd = 20e6, .years = 3},
        .has_nre = true,
        .rack = {.max_servers = 8, .max_rack_w = 3000},
        .has_rack = true,
    };
}

static const struct cc_server server = {.cost_usd = 3000, .num_chips = 16, .other_power_w = 40, .tdp_w = 500};

/* 2 servers, 4 requests of 50 tokens in 5 s: 40 tokens/s; 300 W of chips and 40 W of all else in each */
static const struct cc_cost_input point = {
    .num_servers = 2, .batch = 4, .prefill_s = 2, .generate_s = 3, .energy_j = 3000, .prefill_sub_systems = 1};

static struct cc_fleet_basis basis_of(const struct cc_constants *k, struct cc_demand demand, bool bought,
                                      double instead)
{
    const struct cc_conventions conventions = cc_conventions_published(); /* energy at the wall */
    const struct cc_tco_rates rates = cc_tco_rates_of(k, cc_conventions_corrected());
    const struct cc_cost_basis cost = cc_cost_basis_of(
        &rates, &server, true, (struct cc_workload){.prefill_len = 100, .generate_len = 50}, conventions);
    return cc_fleet_basis_of(&cost, &server, 1, k, demand, bought, instead);
}

static struct cc_fleet fleet_of(struct cc_demand demand, bool bought, double instead)
{
    const struct cc_constants k = constants();
    const struct cc_fleet_basis basis = basis_of(&k, demand, bought, instead);
    return cc_fleet_of(&basis, &point);
}

static void counts_by_hand(void **state)
{
    (void)state;
    const struct cc_fleet f = fleet_of((struct cc_demand){.tokens_per_s = 100}, false, 0);
    assert_int_equal(f.instances, 3); /* 100/40 = 2.5 */
    assert_int_equal(f.fleet_servers, 6);
    assert_int_equal(f.fleet_chips, 6 * 16);
    assert_int_equal(f.fleet_racks, 1); /* 3000/500 = 6 in each, though there is room for 8 */
    assert_near(f.fleet_load, 100.0 / 120);
    assert_near(f.fleet_power_w, 6 * 500);
    assert_near(f.fleet_usd, 6 * 3000);
    assert_near(f.fleet_average_power_w, 6 * (300 * 100.0 / 120 + 40)); /* 290 W each */
    /* electricity alone beside the servers: 290 W for 2 years of 8760 h at 0.1 $/kWh */
    assert_near(f.fleet_tco_usd, 6 * (3000 + 0.290 * 2 * 8760 * 0.1));
    assert_near(f.nre_usd, 30e6);
    assert_near(f.nre_usd_per_output_token, 30e6 / (3.0 * YEAR_S) / 100); /* no interest */
    assert_near(f.demand_usd_per_output_token, f.fleet_tco_usd / (2.0 * YEAR_S) / 100 + 30e6 / (3.0 * YEAR_S) / 100);
}

static void whole_systems(void **state)
{
    (void)state;
    assert_int_equal(fleet_of((struct cc_demand){.tokens_per_s = 1e-9}, false, 0).instances, 1);
    assert_int_equal(fleet_of((struct cc_demand){.tokens_per_s = 120}, false, 0).instances, 3);
    assert_int_equal(fleet_of((struct cc_demand){.tokens_per_s = 120.001}, false, 0).instances, 4);
    assert_near(fleet_of((struct cc_demand){.tokens_per_s = 120}, false, 0).fleet_load, 1);
    /* a request has 50 tokens */
    assert_int_equal(fleet_of((struct cc_demand){.requests_per_s = 2}, false, 0).instances, 3);
    /* 40 racks of 6 for 240 servers; one more for another system */
    assert_int_equal(fleet_of((struct cc_demand){.tokens_per_s = 40 * 120}, false, 0).fleet_racks, 40);
    assert_int_equal(fleet_of((struct cc_demand){.tokens_per_s = 40 * 120 + 1}, false, 0).fleet_racks, 41);
}

static void a_rack_holds_one_at_least(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    k.rack.max_rack_w = 100;
    const struct cc_fleet_basis basis = basis_of(&k, (struct cc_demand){.tokens_per_s = 100}, false, 0);
    assert_int_equal(cc_fleet_of(&basis, &point).fleet_racks, 6);
}

static void bought_chips_bear_no_nre(void **state)
{
    (void)state;
    const struct cc_demand demand = {.tokens_per_s = 100};
    const struct cc_fleet own = fleet_of(demand, false, 0), bought = fleet_of(demand, true, 0);
    assert_near(bought.nre_usd, 0);
    assert_near(bought.demand_usd_per_output_token, own.demand_usd_per_output_token - own.nre_usd_per_output_token);
    assert_near(bought.fleet_tco_usd, own.fleet_tco_usd);
}

static void nre_with_interest(void **state)
{
    (void)state;
    const struct cc_nre_constants nre = {.masks_usd = 1e6, .design_usd = 2e6, .years = 3};
    assert_near(cc_nre_usd_per_s(&nre, 0), 3e6 / (3.0 * YEAR_S));
    /* 36 equal months at 1 % each: 3e6 * 0.01/(1 - 1.01^-36) = 99642.929...  a month */
    assert_near(cc_nre_usd_per_s(&nre, 0.12), 3e6 * 0.01 / (1 - pow(1.01, -36)) * 36 / (3.0 * YEAR_S));
}

static void where_an_own_chip_pays(void **state)
{
    (void)state;
    /* 3 $/s of engineering over 2 $ saved on each token */
    assert_near(cc_breakeven_tokens_per_s(3, 1, 3), 1.5);
    assert_true(cc_breakeven_tokens_per_s(3, 3, 3) == DBL_MAX);
    assert_true(cc_breakeven_tokens_per_s(3, 4, 3) == DBL_MAX);
    /* at that demand, in whole systems at full load, both cost the same */
    const struct cc_constants k = constants();
    const double system_usd_per_s = 2 * (3000 + 0.340 * 2 * 8760 * 0.1) / (2.0 * YEAR_S);
    const double own_usd = system_usd_per_s / 40, n = cc_nre_usd_per_s(&k.nre, 0);
    const double instead = own_usd + n / (1000 * 40.0); /* so that it is met by 1000 systems */
    const struct cc_fleet f = fleet_of((struct cc_demand){.tokens_per_s = 40000}, false, instead);
    assert_true(fabs(f.breakeven_tokens_per_s - 40000) < 1e-6 * 40000);
    assert_true(fabs(f.demand_usd_per_output_token - instead) < 1e-9 * instead);
}

static void less_demand_never_takes_more(void **state)
{
    (void)state;
    uint64_t seed = 18;
    const struct cc_constants k = constants();
    for (int i = 0; i < 20000; i++) {
        const double demand = exp(random_between(&seed, -5, 20)), share = random_between(&seed, 1e-3, 1);
        struct cc_cost_input in = point;
        in.batch = ceil(random_between(&seed, 0, 1024));
        in.num_servers = ceil(random_between(&seed, 0, 64));
        in.prefill_s = random_between(&seed, 1e-3, 10);
        in.generate_s = random_between(&seed, 0, 10);
        const struct cc_fleet_basis whole = basis_of(&k, (struct cc_demand){.tokens_per_s = demand}, false, 0);
        const struct cc_fleet_basis part =
            basis_of(&k, (struct cc_demand){.tokens_per_s = demand * (i % 2 == 0 ? 0.5 : share)}, false, 0);
        const struct cc_fleet a = cc_fleet_of(&whole, &in), b = cc_fleet_of(&part, &in);
        assert_true(b.instances <= a.instances && b.fleet_servers <= a.fleet_servers && b.fleet_chips <= a.fleet_chips);
        assert_true(b.fleet_racks <= a.fleet_racks && b.fleet_usd <= a.fleet_usd && b.fleet_power_w <= a.fleet_power_w);
        assert_true(b.fleet_average_power_w <= a.fleet_average_power_w * (1 + 1e-12));
        /* what there is meets the demand, and one system less would not */
        const double system = in.batch * 50 / (in.prefill_s + in.generate_s);
        assert_true((double)a.instances * system >= demand * (1 - 1e-9));
        assert_true(a.instances == 1 || (double)(a.instances - 1) * system < demand);
    }
}

static void counts_without_bounds(void **state)
{
    (void)state;
    const struct cc_fleet f = fleet_of((struct cc_demand){.tokens_per_s = 1e300}, false, 0);
    assert_true(f.instances == INT64_C(1) << 54 && f.fleet_chips == INT64_C(1) << 54);
}

/* Two systems in a server: 2.5 of them are two servers, of which all four systems share the demand. */
static void systems_that_share_a_server(void **state)
{
    (void)state;
    const struct cc_constants k = constants();
    const struct cc_server half = {.cost_usd = 1500, .num_chips = 8, .other_power_w = 20, .tdp_w = 250};
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_corrected());
    const struct cc_cost_basis cost = cc_cost_basis_of(
        &rates, &half, true, (struct cc_workload){.prefill_len = 100, .generate_len = 50}, cc_conventions_published());
    const struct cc_fleet_basis basis =
        cc_fleet_basis_of(&cost, &half, 2, &k, (struct cc_demand){.tokens_per_s = 100}, false, 0);
    struct cc_cost_input in = point;
    in.num_servers = 1;
    const struct cc_fleet f = cc_fleet_of(&basis, &in);
    assert_int_equal(f.instances, 4);
    assert_int_equal(f.fleet_servers, 2);
    assert_int_equal(f.fleet_chips, 2 * 16);
    assert_int_equal(f.fleet_racks, 1);
    assert_near(f.fleet_load, 100.0 / 160);
    assert_near(f.fleet_power_w, 2 * 500);
    assert_near(f.fleet_usd, 2 * 3000);
    assert_near(f.fleet_average_power_w, 4 * (600 * 100.0 / 160 + 20)); /* 600 W of chips at full load */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(systems_that_share_a_server),
        cmocka_unit_test(counts_by_hand),
        cmocka_unit_test(whole_systems),
        cmocka_unit_test(a_rack_holds_one_at_least),
        cmocka_unit_test(bought_chips_bear_no_nre),
        cmocka_unit_test(nre_with_interest),
        cmocka_unit_test(where_an_own_chip_pays),
        cmocka_unit_test(less_demand_never_takes_more),
        cmocka_unit_test(counts_without_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
