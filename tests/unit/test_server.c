/* Heat sinks, servers, total cost of ownership. */
#include "near.h"

#include "input/inputs.h"
#include "model/hardware/server.h"

static const struct cc_heatsink_prices aluminium = {1, 4122.68};

static void heat_sinks_behave(void **state)
{
    (void)state;
    struct cc_heatsink sink, fewer, wider;
    assert_true(cc_heatsink_design(0.012, 10, aluminium, &sink));
    assert_true(cc_heatsink_design(0.012, 5, aluminium, &fewer));
    assert_true(cc_heatsink_design(0.024, 10, aluminium, &wider));
    assert_true(fewer.max_power_w > sink.max_power_w); /* less warm air from the neighbours */
    assert_true(wider.max_power_w > sink.max_power_w); /* less spreading */
    assert_true(sink.length_m >= 0.012 && sink.length_m <= 0.450 / 10);
    /* 1 $ and the aluminium of base and fins */
    const double base = 0.06 * sink.length_m * sink.base_m;
    const double fins = 0.5e-3 * (35e-3 - sink.base_m) * sink.length_m * (double)sink.fins;
    assert_near(sink.cost_usd, 1 + 4122.68 * base + 4122.68 * fins);
    assert_false(cc_heatsink_design(0.0601, 2, aluminium, &sink)); /* wider than the sink */
    assert_false(cc_heatsink_design(0.05, 10, aluminium, &sink));  /* ten of 50 mm do not fit 450 mm */
    assert_near(sink.max_power_w, 0);
}

static void interest_pays_the_loan_back(void **state)
{
    (void)state;
    const double interest = cc_interest(1000, 0.12, 1);
    const double monthly = (1000 + interest) / 12;
    double left = 1000;
    for (int month = 0; month < 12; month++)
        left = left * 1.01 - monthly;
    assert_true(fabs(left) < 1e-9);
    assert_true(interest > 66 && interest < 67);
    assert_near(cc_interest(1000, 0, 5), 0);
}

static struct cc_constants constants(void)
{
    return (struct cc_constants){
        .server =
            {
                .pcb_cost_usd = 10,
                .pcb_parts_cost_usd = 5,
                .chassis_cost_usd = 15,
                .dcdc_cost_usd_per_a = 0.5,
                .dcdc_efficiency = 0.8,
                .max_dcdc_cost_usd = 100,
                .fan_power_w = 5,
                .fan_cost_usd = 3,
                .app_power_w = 10,
                .app_cost_usd = 1000,
                .psu_cost_usd_per_w = 0.1,
                .psu_efficiency = 0.5,
                .max_psu_cost_usd = 100,
                .ethernet_cost_usd = 7,
                .life_years = 2,
                .max_power_w = 1000,
                .lane_area_min_mm2 = 100,
                .lane_area_max_mm2 = 1000,
            },
        .tco =
            {
                .electricity_usd_per_kwh = 0.1,
                .dc_capex_usd_per_w = 10,
                .dc_life_years = 10,
                .dc_opex_usd_per_w_month = 0.05,
                .pue = 1.5,
                .server_opex_rate = 0.05,
                .average_power_ratio = 1,
            },
    };
}

static void tco_worked(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_tco tco = cc_tco_of(&rates, 1000, (struct cc_power){200, 200});
    assert_near(tco.dc_amortization_usd, 400); /* 10 * 200 * 2 / 10 */
    assert_near(tco.dc_interest_usd, 0);
    assert_near(tco.dc_opex_usd, 240); /* 0.05 * 200 * 24 months */
    assert_near(tco.power_usd, 345.6); /* 0.1 / 1000 * 24 * 30 * 200 * 24 */
    assert_near(tco.pue_overhead_usd, 172.8);
    assert_near(tco.server_opex_usd, 50);
    assert_near(tco.capex_usd, 1050);
    assert_near(tco.opex_usd, 1158.4);
    assert_near(tco.total_usd, 2208.4);
    assert_near(rates.life_s, 2.0 * 365 * 24 * 3600);
    k.tco.interest_rate = 0.12;
    rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_tco with_interest = cc_tco_of(&rates, 1000, (struct cc_power){200, 200});
    assert_near(with_interest.server_interest_usd, cc_interest(1000, 0.12, 2));
    assert_near(with_interest.dc_interest_usd, cc_interest(10, 0.12, 10) * 200 * 2 / 10);
}

static void prices_scale_costs(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    k.tco.interest_rate = 0.08;
    struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const double once = cc_tco_of(&rates, 1234, (struct cc_power){400, 321}).total_usd;
    k.tco.electricity_usd_per_kwh /= 2;
    k.tco.dc_capex_usd_per_w /= 2;
    k.tco.dc_opex_usd_per_w_month /= 2;
    rates = cc_tco_rates_of(&k, cc_conventions_published());
    assert_near(cc_tco_of(&rates, 617, (struct cc_power){400, 321}).total_usd, once / 2);
}

static const struct cc_chip chip = {.core_power_w = 4, .vdd_v = 0.8, .peak_flops = 100};
static const struct cc_package package = {
    .num_chips = 1, .heat_source_mm = 10, .tdp_w = 10, .cost_usd = 50, .sram_bytes = 7, .memory_bytes = 7};

static struct cc_server_input two_lanes_of_three(void)
{
    struct cc_server_input in;
    cc_fields_clear(&cc_server_input_fields, &in);
    in.packages_per_lane = 3;
    in.num_lanes = 2;
    in.link.num = 2;
    in.link.bytes_per_s_per_io = 4;
    return in;
}

static enum cc_reason build(const struct cc_server_input *in, double sink_w, struct cc_server *server)
{
    const struct cc_constants k = constants();
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_heatsink sink = {.max_power_w = sink_w, .cost_usd = 2};
    struct cc_reject reject;
    if (!cc_server_lane_fits(in, &package, &k.server, &reject) ||
        !cc_server_build(in, &chip, &package, &sink, &k, &rates, cc_conventions_published(), server, &reject))
        return reject.reason;
    return CC_NOT_REJECTED;
}

static void server_worked(void **state)
{
    (void)state;
    const struct cc_server_input in = two_lanes_of_three();
    struct cc_server s;
    assert_int_equal(build(&in, 20, &s), CC_NOT_REJECTED);
    assert_int_equal(s.num_chips, 6);
    assert_near(s.link.bytes_per_s, 8);
    assert_near(s.peak_flops, 600);
    assert_near(s.memory_bytes, 42);
    assert_near(s.other_power_w, 50); /* (5 * 2 + 10) / 0.8 / 0.5 */
    assert_near(s.core_power_w, 150); /* 60 / 0.4 */
    assert_near(s.tdp_w, 200);
    assert_near(s.cost_packages_usd, 300);
    assert_near(s.cost_heatsinks_usd, 12);
    assert_near(s.cost_fans_usd, 6);
    assert_near(s.cost_dcdc_usd, 20); /* 10 / 1 + 4 / 0.8 * 6 = 40 A */
    assert_near(s.cost_psu_usd, 20);
    assert_near(s.cost_board_usd, 40); /* 2 * 10 + 5 + 15; the application processor is left out, as published */
    assert_near(s.cost_usd, 405);
    assert_near(s.tco.total_usd, 405 * 1.05 + 1158.4); /* 200 W as in tco_worked */
}

/* What is sold beside the packages, and the power of chips at any load, which is in the package's 10 W. */
static void hosts_and_static_power(void **state)
{
    (void)state;
    const struct cc_constants k = constants();
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_heatsink sink = {.max_power_w = 20, .cost_usd = 2};
    struct cc_server_input in = two_lanes_of_three();
    struct cc_chip with_static = chip;
    struct cc_server s;
    struct cc_reject reject;
    with_static.static_power_w = 2;
    in.other_cost_usd = 1000;
    in.more_power_w = 8;
    assert_true(
        cc_server_build(&in, &with_static, &package, &sink, &k, &rates, cc_conventions_published(), &s, &reject));
    assert_near(s.other_power_w, 100); /* (5 * 2 + 10 + 8 + 2 * 6) / 0.8 / 0.5 */
    assert_near(s.core_power_w, 120);  /* (60 - 2 * 6) / 0.4 */
    assert_near(s.tdp_w, 220);
    assert_near(s.cost_dcdc_usd, 27.5); /* 10 / 1 + (4 + 2) / 0.8 * 6 = 55 A */
    assert_near(s.cost_psu_usd, 22);
    assert_near(s.cost_other_usd, 1000);
    assert_near(s.cost_usd, 405 + 7.5 + 2 + 1000);
}

static void servers_that_cannot_be_built(void **state)
{
    (void)state;
    struct cc_server_input in = two_lanes_of_three();
    struct cc_server s;
    assert_int_equal(build(&in, 0, &s), CC_REJECT_NO_HEAT_SINK);
    assert_int_equal(build(&in, 9, &s), CC_REJECT_HEAT_SINK_POWER);
    in.package_max_power_factor = 2;
    assert_int_equal(build(&in, 9, &s), CC_NOT_REJECTED);
    in.custom_max_power_w = 59;
    assert_int_equal(build(&in, 20, &s), CC_REJECT_SERVER_POWER);
    in.thermal_eval = false;
    assert_int_equal(build(&in, 9, &s), CC_NOT_REJECTED);
    assert_int_equal(build(&in, 0, &s), CC_REJECT_NO_HEAT_SINK);
    in.packages_per_lane = 11;
    assert_int_equal(build(&in, 20, &s), CC_REJECT_LANE_AREA_MAX);
}

static void parts_of_a_server(void **state)
{
    (void)state;
    const struct cc_server server = {.num_packages = 8,
                                     .num_chips = 16,
                                     .core_power_w = 80,
                                     .other_power_w = 20,
                                     .tdp_w = 100,
                                     .peak_flops = 800,
                                     .sram_bytes = 8,
                                     .dram_bytes = 16,
                                     .memory_bytes = 24,
                                     .cost_usd = 400,
                                     .link = {.bytes_per_s = 5}};
    struct cc_server part;
    struct cc_reject reject;
    assert_true(cc_server_part_of(&server, 4, &part, &reject));
    assert_int_equal(part.num_packages, 2);
    assert_int_equal(part.num_chips, 4);
    assert_near(part.core_power_w, 20);
    assert_near(part.other_power_w, 5);
    assert_near(part.tdp_w, 25);
    assert_near(part.peak_flops, 200);
    assert_near(part.sram_bytes, 2);
    assert_near(part.dram_bytes, 4);
    assert_near(part.memory_bytes, 6);
    assert_near(part.cost_usd, 100);
    assert_near(part.link.bytes_per_s, 5);
    assert_false(cc_server_part_of(&server, 3, &part, &reject));
    assert_int_equal(reject.reason, CC_REJECT_INSTANCES);
    assert_near(reject.value, 3);
    assert_near(reject.limit, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_server),           cmocka_unit_test(heat_sinks_behave),
        cmocka_unit_test(interest_pays_the_loan_back), cmocka_unit_test(tco_worked),
        cmocka_unit_test(prices_scale_costs),          cmocka_unit_test(server_worked),
        cmocka_unit_test(hosts_and_static_power),      cmocka_unit_test(servers_that_cannot_be_built),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
