/* Greenhouse gases of a server and of a token. */
#include "near.h"

#include "model/hardware/embodied.h"
#include "model/serving/carbon.h"

static const struct cc_carbon_constants carbon = {.fab_kwh_per_cm2 = 2,
                                                  .fab_kg_per_kwh = 0.5,
                                                  .fab_gas_kg_per_cm2 = 0.25,
                                                  .fab_material_kg_per_cm2 = 0.5,
                                                  .package_kg = 0.1,
                                                  .dram_kg_per_gb = 0.8,
                                                  .server_kg = 300,
                                                  .grid_kg_per_kwh = 0.4};

static void a_server_by_hand(void **state)
{
    (void)state;
    const struct cc_chip chip = {.area_mm2 = 400, .yield = 0.8};
    const struct cc_package package = {.num_chips = 1, .hbm_stacks = 4};
    const struct cc_server server = {.num_chips = 8, .num_packages = 8, .dram_bytes = 8 * 80e9};
    /* a die: 4 cm2 * (0.5 * 2 + 0.25 + 0.5)/0.8 = 8.75 kg; 8 dies and 32 stacks to package; 640 GB */
    assert_near(cc_embodied_kg(&carbon, &chip, &package, &server), 8 * 8.75 + 40 * 0.1 + 640 * 0.8 + 300);
}

static void a_server_of_sram(void **state)
{
    (void)state;
    const struct cc_chip chip = {.area_mm2 = 400, .yield = NAN};
    const struct cc_package package = {.num_chips = 2};
    const struct cc_server server = {.num_chips = 16, .num_packages = 8, .dram_bytes = NAN};
    assert_near(cc_embodied_kg(&carbon, &chip, &package, &server), 16 * 7.0 + 16 * 0.1 + 300);
}

static void a_token_by_hand(void **state)
{
    (void)state;
    struct cc_constants k = {.server = {.life_years = 2},
                             .tco = {.dc_life_years = 10, .pue = 1.5, .average_power_ratio = 0.5},
                             .carbon = carbon};
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_corrected());
    const struct cc_server server = {.other_power_w = 40, .tdp_w = 500};
    /* 2 servers of 300 + 40 W, 4 requests of 50 tokens in 5 s */
    const struct cc_cost_basis basis =
        cc_cost_basis_of(&rates, &server, true, (struct cc_workload){.prefill_len = 100, .generate_len = 50},
                         cc_conventions_published());
    const struct cc_cost_input in = {
        .num_servers = 2, .batch = 4, .prefill_s = 2, .generate_s = 3, .energy_j = 3000, .prefill_sub_systems = 1};
    const struct cc_carbon c = cc_carbon_of(&basis, &k, 1000, &in);
    assert_near(c.embodied_kg, 1000);
    assert_near(c.in_use_kg, 0.340 * 0.5 * 1.5 * 2 * 8760 * 0.4);
    /* over two years */
    const double tokens = 2.0 * 365 * 24 * 3600 / 5 * 4 * 50;
    assert_near(c.kg_per_output_token, 2 * (c.embodied_kg + c.in_use_kg) / tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_by_hand),
        cmocka_unit_test(a_server_of_sram),
        cmocka_unit_test(a_token_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
