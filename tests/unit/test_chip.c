/* Yield, dies per wafer, chips. */
#include "near.h"

#include "input/inputs.h"
#include "model/hardware/chip.h"
#include "model/hardware/dies_per_wafer.h"
#include "model/hardware/yield.h"
#include "record/records.h"

static void yield_worked(void **state)
{
    (void)state;
    double power = 1; /* (1 + 0.001 * 100 / 10)^10 = 1.01^10 */
    for (int i = 0; i < 10; i++)
        power *= 1.01;
    assert_near(cc_yield(100, 0.001, 10), 1 / power);
    assert_near(cc_yield(0, 0.001, 10), 1);
    assert_near(cc_yield(500, 0, 10), 1);
}

static void yield_falls_with_area(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        const double area = random_between(&seed, 1, 900), defects = random_between(&seed, 1e-4, 1e-2);
        assert_true(cc_yield(area * 1.01, defects, 5) < cc_yield(area, defects, 5));
    }
}

static void dies_worked(void **state)
{
    (void)state;
    /* radius 5, die 2: rows off the centre line by half a die have their far edges at 2 and 4 on both sides:
     * 2 (floor(sqrt 21) + floor(sqrt 9)) = 2 (4 + 3) = 14; rows at the centre give 4 + 4 + 4 = 12 */
    assert_int_equal(cc_dies_per_wafer(4, 10, 0), 14);
    /* the same with a gap that makes up half of the die's side */
    assert_int_equal(cc_dies_per_wafer(1, 10, 1), 14);
    assert_int_equal(cc_dies_per_wafer(101, 10, 0), 0);
}

static void dies_are_bounded(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 2000; i++) {
        const double area = random_between(&seed, 1, 2000);
        const double dies = (double)cc_dies_per_wafer(area, 300, 0.1);
        assert_true(dies * area <= 3.14159265358979 * 150 * 150);
        assert_true(dies >= 0);
    }
}

static struct cc_constants constants(void)
{
    return (struct cc_constants){.chip = {
                                     .macs_density_mm2_per_tflops = 0.5,
                                     .sram_density_mm2_per_mb = 0.4,
                                     .w_per_tflops = 1.5,
                                     .max_power_density_w_per_mm2 = 1,
                                     .padring_width_mm = 1,
                                     .max_die_area_mm2 = 900,
                                     .defects_per_mm2 = 0,
                                     .yield_alpha = 10,
                                     .wafer_diameter_mm = 50,
                                     .wafer_cost_usd = 1400,
                                     .testing_cost_overhead = 0.1,
                                     .hbm_phy_ctrl_mm2_per_channel = 2,
                                     .mem_3d_tsv_ctrl_mm2_per_vault = 0.5,
                                     .mem_3d_ctrl_mm2_per_vault = 0.2,
                                     .mem_3d_mm2_per_tsv = 0.01,
                                 }};
}

/* 100 mm2, two ios of 0.25 mm2 and 0.5 W, 10 mm2 of other things. */
static struct cc_chip_input by_area(void)
{
    struct cc_chip_input in;
    cc_fields_clear(&cc_chip_input_fields, &in);
    in.area_mm2 = 100;
    in.mac_ratio = 0.2;
    in.operational_intensity = 2;
    in.core_area_ratio = 0.5;
    in.other_area_mm2 = 10;
    in.package_link.num = 2;
    in.package_link.bytes_per_s_per_io = 1e9;
    in.package_link.area_mm2_per_io = 0.25;
    in.package_link.tdp_w_per_io = 0.5;
    return in;
}

static void chip_by_area(void **state)
{
    (void)state;
    const struct cc_chip_input in = by_area();
    const struct cc_constants k = constants();
    struct cc_chip chip;
    struct cc_reject reject;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    /* core (10 - 1)^2 = 81, half of it 40.5, less 0.5 and 10: 30 for MACs (6) and SRAM (24) */
    assert_near(chip.mac_area_mm2, 6);
    assert_near(chip.sram_area_mm2, 24);
    assert_near(chip.peak_flops, 12e12);      /* 6 / 0.5 TFLOP/s */
    assert_near(chip.sram_bytes_per_s, 6e12); /* 12e12 / 2 / 2 * 2 */
    assert_near(chip.sram_bytes, 60e6);       /* 24 / 0.4 MB */
    assert_near(chip.core_power_w, 18);       /* 12 * 1.5 */
    assert_near(chip.tdp_w, 19);              /* and 2 * 0.5 */
    assert_near(chip.power_density_w_per_mm2, 0.19);
    assert_int_equal(chip.dies_per_wafer, 14); /* 10 mm on 50 mm: as 2 on 10 */
    assert_near(chip.cost_usd, 110);           /* 1400 / 14 * 1.1 */
    assert_int_equal(chip.systolic_width, 77); /* 6000 units: 77^2 = 5929 */
}

/* Yield is that of the area where a defect is fatal; static power adds to that of the core. */
static void spare_units_and_static_power(void **state)
{
    (void)state;
    struct cc_chip_input in = by_area();
    struct cc_constants k = constants();
    struct cc_chip chip;
    struct cc_reject reject;
    k.chip.defects_per_mm2 = 0.01;
    k.chip.yield_alpha = 1;
    in.repairable_area_mm2 = 75;
    in.static_power_w = 5;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    assert_near(chip.yield, 0.8); /* 1 / (1 + 0.01 * 25) */
    assert_near(chip.cost_usd, 137.5);
    assert_near(chip.core_power_w, 18);
    assert_near(chip.tdp_w, 24);
    in.repairable_area_mm2 = 101; /* all of it */
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    assert_near(chip.yield, 1);
}

static void chip_by_performance(void **state)
{
    (void)state;
    struct cc_chip_input in = by_area();
    struct cc_constants k = constants();
    struct cc_chip chip;
    struct cc_reject reject;
    in.area_mm2 = in.mac_ratio = in.operational_intensity = NAN;
    in.peak_flops = 12e12;
    in.sram_bytes = 60e6;
    in.sram_bytes_per_s = 7e12;
    in.other_area_mm2 = 9.5;
    in.core_area_ratio = 0.4;
    in.num_systolic = 4;
    k.chip.wafer_diameter_mm = 300;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    assert_near(chip.area_mm2, 121); /* (24 + 6 + 0.5 + 9.5) / 0.4 = 100; (10 + 1)^2 */
    assert_near(chip.mac_ratio, 0.2);
    assert_near(chip.sram_bytes_per_s, 7e12);
    assert_int_equal(chip.systolic_width, 38); /* 6000 / 4 = 1500: 38^2 = 1444 */
}

static void other_area_counts_memory_controllers(void **state)
{
    (void)state;
    struct cc_chip_input in = by_area();
    struct cc_constants k = constants();
    struct cc_chip chip;
    struct cc_reject reject;
    in.other_area_mm2 = 1;
    in.hbm_channels = 2;
    in.mem_3d_vaults = 3;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    assert_near(chip.other_area_mm2, 6.5); /* 1 + 2 * 2 + 3 * 0.5 */
    in.mem_3d_vault_tsvs = 10;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &chip, &reject));
    assert_near(chip.other_area_mm2, 5.9); /* 1 + 2 * 2 + 3 * (10 * 0.01 + 0.2) */
}

static enum cc_reason reason_of(const struct cc_chip_input *in, const struct cc_constants *k)
{
    struct cc_chip chip;
    struct cc_reject reject;
    return cc_chip_build(in, k, cc_conventions_published(), &chip, &reject) ? CC_NOT_REJECTED : reject.reason;
}

static void chips_that_cannot_be_made(void **state)
{
    (void)state;
    struct cc_chip_input in = by_area();
    struct cc_constants k = constants();
    assert_int_equal(reason_of(&in, &k), CC_NOT_REJECTED);
    k.chip.max_die_area_mm2 = 99;
    assert_int_equal(reason_of(&in, &k), CC_REJECT_CHIP_AREA);
    k = constants();
    k.chip.max_power_density_w_per_mm2 = 0.18;
    assert_int_equal(reason_of(&in, &k), CC_REJECT_CHIP_POWER_DENSITY);
    in.thermal_eval = false;
    assert_int_equal(reason_of(&in, &k), CC_NOT_REJECTED);
    k = constants();
    k.chip.wafer_diameter_mm = 5;
    assert_int_equal(reason_of(&in, &k), CC_REJECT_CHIP_OFF_WAFER);
    in.other_area_mm2 = 39.95; /* leaves 0.05 */
    assert_int_equal(reason_of(&in, &k), CC_REJECT_CHIP_TOO_SMALL);
}

static void cost_rises_with_area(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    uint64_t seed = 3;
    k.chip.wafer_diameter_mm = 300;
    k.chip.defects_per_mm2 = 0.001;
    for (int i = 0; i < 300; i++) {
        struct cc_chip small, large;
        struct cc_reject reject;
        struct cc_chip_input in = by_area();
        in.area_mm2 = random_between(&seed, 50, 400);
        assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &small, &reject));
        in.area_mm2 *= 1.3;
        assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &large, &reject));
        assert_true(large.cost_usd > small.cost_usd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yield_worked),
        cmocka_unit_test(yield_falls_with_area),
        cmocka_unit_test(dies_worked),
        cmocka_unit_test(dies_are_bounded),
        cmocka_unit_test(chip_by_area),
        cmocka_unit_test(spare_units_and_static_power),
        cmocka_unit_test(chip_by_performance),
        cmocka_unit_test(cost_rises_with_area),
        cmocka_unit_test(other_area_counts_memory_controllers),
        cmocka_unit_test(chips_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
