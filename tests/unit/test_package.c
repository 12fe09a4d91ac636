/* Memory stacks and vaults, packages, their cost. */
#include "near.h"

#include "input/inputs.h"
#include "model/hardware/device.h"
#include "model/hardware/dies_per_wafer.h"
#include "model/hardware/package.h"
#include "record/records.h"

static struct cc_hbm_input stack_input(void)
{
    struct cc_hbm_input in;
    cc_fields_clear(&cc_hbm_input_fields, &in);
    in.channel_bytes = 1073741824;
    in.channel_width_bits = 128;
    in.bit_rate_per_pin = 1e9;
    in.num_channels = 8;
    in.pj_per_byte = 31.25;
    in.x_mm = 8;
    in.y_mm = 12;
    return in;
}

static void hbm_stack(void **state)
{
    (void)state;
    struct cc_hbm_input in = stack_input();
    const struct cc_memory stack = cc_hbm_of(&in);
    assert_near(stack.bytes, 8 * 1073741824.0);
    assert_near(stack.bytes_per_s, 128e9); /* 1e9 * 128 * 8 / 8 */
    assert_near(stack.tdp_w, 4);           /* 128e9 * 31.25e-12 */
    assert_near(stack.area_mm2, 96);
    assert_near(stack.cost_usd, 60); /* 8 GiB * 7.5 */
    in.cost_usd = 99;
    assert_near(cc_hbm_of(&in).cost_usd, 99);
}

static void vault(void **state)
{
    (void)state;
    struct cc_vault_input in;
    cc_fields_clear(&cc_vault_input_fields, &in);
    in.mem_type = cc_text_of("3D dram");
    in.num_layers = 4;
    in.layer_area_mm2 = 4;
    in.layer_cost_usd = 0.5;
    in.density_bytes_per_mm2 = 1e6;
    in.tsv_area_mm2 = 0.01;
    in.tsvs = 100;
    in.bit_rate_per_tsv = 8e9;
    in.pj_per_bit = 2;
    assert_null(cc_vault_lacks(&in));
    const struct cc_memory made = cc_vault_of(&in);
    assert_true(cc_text_is(made.kind, CC_MEMORY_3D_DRAM));
    assert_near(made.bytes, 12e6);       /* (4 - 100 * 0.01) mm2 * 1e6 * 4 layers */
    assert_near(made.bytes_per_s, 1e11); /* 100 * 8e9 / 8 */
    assert_near(made.pj_per_byte, 16);
    assert_near(made.tdp_w, 1.6);
    assert_near(made.cost_usd, 2);
    in.tsvs = CC_NO_INT;
    assert_non_null(cc_vault_lacks(&in));
}

static struct cc_constants constants(void)
{
    return (struct cc_constants){
        .package =
            {
                .max_die_area_mm2 = 1600,
                .max_power_density_w_per_mm2 = 1,
                .os_area_scale_factor = 4,
                .os_cost_usd_per_mm2 = 0.005,
                .os_layer_scale_factor = {3, {900, 289, 0}, {2, 1.75, 1}},
                .os_bonding_yield = 0.5,
                .c4_bump_cost_usd_per_mm2 = 0.01,
                .si_area_scale_factor = 1.1,
                .si_bonding_yield = 0.5,
                .si_yield_alpha = 6,
            },
    };
}

static const struct cc_chip chip_100mm2 = {.area_mm2 = 100, .tdp_w = 25, .cost_usd = 20, .sram_bytes = 5};

static struct cc_package_input input_of(int64_t num_chips)
{
    struct cc_package_input in;
    cc_fields_clear(&cc_package_input_fields, &in);
    in.num_chips = num_chips;
    return in;
}

static void organic_package(void **state)
{
    (void)state;
    const struct cc_constants k = constants();
    struct cc_package_input in = input_of(4);
    struct cc_package package;
    struct cc_reject reject;
    assert_true(cc_package_build(&in, &chip_100mm2, &k, &package, &reject));
    assert_near(package.die_area_mm2, 400);
    assert_near(package.area_mm2, 1600);
    assert_near(package.heat_source_mm, 24); /* 10 * ceil(sqrt 4) * 1.2 */
    assert_near(package.tdp_w, 100);
    assert_near(package.power_density_w_per_mm2, 100 / 576.0);
    assert_near(package.memory_bytes, 20);
    /* yield 0.5^4 = 1/16, factor 2 above 900 mm2: 80 + 1600 * 0.005 * 2 * 16 + 80 * 15 */
    assert_near(package.cost_usd, 80 + 256 + 1200);
    in = input_of(1);
    assert_true(cc_package_build(&in, &chip_100mm2, &k, &package, &reject));
    assert_near(package.cost_usd, 20 + 4 + 20); /* 400 * 0.005 / 0.5, and 20 * (2 - 1) */
}

static void interposer_with_stacks(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    struct cc_chip chip = chip_100mm2;
    struct cc_package_input in = input_of(1);
    struct cc_package package;
    struct cc_reject reject;
    in.has_hbm = true;
    in.hbm = stack_input();
    chip.hbm_channels = 16;
    k.package.os_bonding_yield = 0.8;
    k.package.si_wafer_cost_usd = 10 * (double)cc_dies_per_wafer(292 * 1.1, 300, 0.1);
    assert_true(cc_package_build(&in, &chip, &k, &package, &reject));
    assert_true(package.interposer);
    assert_int_equal(package.hbm_stacks, 2);
    assert_near(package.die_area_mm2, 292); /* 100 + 2 * 96 */
    assert_near(package.tdp_w, 33);         /* 25 + 2 * 4 */
    assert_near(package.dram_bytes, 2 * 8 * 1073741824.0);
    assert_near(package.dram_bytes_per_s_per_chip, 256e9);
    /* one stack a side: max(12, 10 + 2 * 8) * 1.2 */
    assert_near(package.heat_source_mm, 31.2);
    /* (10 + 3.212) / 0.4 + 1.606 / 0.8 + 20 * (1 / 0.4 - 1), beside the chip and two stacks */
    assert_near(package.cost_usd, 20 + 120 + 33.03 + 2.0075 + 30);
    in.assembly_cost_usd = 12;
    in.hbm.bonding_yield = 0.5;
    assert_true(cc_package_build(&in, &chip, &k, &package, &reject));
    /* y = 0.4 * 0.5^2 = 0.1: 12 / 0.1, (20 + 120) * (10 - 1) */
    assert_near(package.cost_usd, 20 + 120 + 120 + 1260);
    chip.hbm_channels = 24;
    assert_false(cc_package_build(&in, &chip, &k, &package, &reject));
    assert_int_equal(reject.reason, CC_REJECT_HBM_PERIMETER);
    assert_near(reject.limit, 2);
}

static void packages_that_cannot_be_built(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    struct cc_package_input in = input_of(17);
    struct cc_package package;
    struct cc_reject reject;
    assert_false(cc_package_build(&in, &chip_100mm2, &k, &package, &reject));
    assert_int_equal(reject.reason, CC_REJECT_PACKAGE_DIE_AREA);
    in = input_of(4);
    in.custom_max_power_density_w_per_mm2 = 0.17;
    assert_false(cc_package_build(&in, &chip_100mm2, &k, &package, &reject));
    assert_int_equal(reject.reason, CC_REJECT_PACKAGE_POWER_DENSITY);
    in.thermal_eval = false;
    assert_true(cc_package_build(&in, &chip_100mm2, &k, &package, &reject));
}

static void missing_memory_is_an_error(void **state)
{
    (void)state;
    const struct cc_package_input in = input_of(1);
    struct cc_chip chip = chip_100mm2;
    assert_null(cc_package_lacks(&in, &chip));
    chip.hbm_channels = 8;
    assert_non_null(cc_package_lacks(&in, &chip));
}

/* Eight chips that software sees as two devices of four, then as one, then as three: no. */
static void devices_of_a_package(void **state)
{
    (void)state;
    struct cc_chip chip = {.peak_flops = 10,
                           .sram_bytes = 3,
                           .sram_bytes_per_s = 7,
                           .num_systolic = 2,
                           .package_link = {.bytes_per_s = 5},
                           .has_chip_link = true};
    struct cc_package p = {.num_chips = 8, .devices = 2, .dram_bytes_per_s_per_chip = 20, .memory_bytes = 100};
    struct cc_server server = {.num_packages = 4, .num_chips = 32};
    assert_true(cc_devices_of(&chip, &p, &server));
    assert_near(chip.peak_flops, 40);
    assert_near(chip.sram_bytes, 12);
    assert_near(chip.sram_bytes_per_s, 28);
    assert_int_equal(chip.num_systolic, 8);
    assert_near(chip.package_link.bytes_per_s, 20);
    assert_true(chip.has_chip_link);
    assert_int_equal(p.num_chips, 2);
    assert_near(p.dram_bytes_per_s_per_chip, 80);
    assert_near(p.memory_bytes, 100);
    assert_int_equal(server.num_chips, 8);
    p.devices = 1;
    assert_true(cc_devices_of(&chip, &p, &server));
    assert_near(chip.peak_flops, 80);
    assert_false(chip.has_chip_link);
    assert_int_equal(server.num_chips, 4);
    p.devices = CC_NO_INT;
    assert_true(cc_devices_of(&chip, &p, &server));
    assert_near(chip.peak_flops, 80);
    p = (struct cc_package){.num_chips = 8, .devices = 3};
    assert_false(cc_devices_of(&chip, &p, &server));
    struct cc_package_input in = input_of(8);
    in.devices = 3;
    assert_non_null(cc_package_lacks(&in, &chip));
    in.devices = 4;
    assert_null(cc_package_lacks(&in, &chip));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_of_a_package),
        cmocka_unit_test(hbm_stack),
        cmocka_unit_test(vault),
        cmocka_unit_test(organic_package),
        cmocka_unit_test(interposer_with_stacks),
        cmocka_unit_test(packages_that_cannot_be_built),
        cmocka_unit_test(missing_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
