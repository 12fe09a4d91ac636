/* Memory in a package: stacks beside chips, vaults on them; and the bandwidth that weights are read at. */
#include "near.h"

#include "input/inputs.h"
#include "model/hardware/package.h"
#include "model/serving/serving.h"

static struct cc_constants constants(void)
{
    return (struct cc_constants){
        .package =
            {
                .max_die_area_mm2 = 1e6,
                .max_power_density_w_per_mm2 = 10,
                .os_area_scale_factor = 4,
                .os_bonding_yield = 1,
                .si_area_scale_factor = 1.1,
                .si_bonding_yield = 1,
                .si_yield_alpha = 6,
            },
    };
}

/* Stacks of 8 mm by 12 mm with 8 channels. */
static struct cc_package_input with_stacks(int64_t num_chips)
{
    struct cc_package_input in;
    cc_fields_clear(&cc_package_input_fields, &in);
    cc_fields_clear(&cc_hbm_input_fields, &in.hbm);
    in.num_chips = num_chips;
    in.has_hbm = true;
    in.hbm.channel_bytes = 1e9;
    in.hbm.channel_width_bits = 128;
    in.hbm.bit_rate_per_pin = 1e9;
    in.hbm.num_channels = 8;
    in.hbm.x_mm = 8;
    in.hbm.y_mm = 12;
    return in;
}

/* Vaults of two layers of 40 mm2, 5 bytes and 3 $; 1e11 B/s at 2.5 pJ/bit. */
static struct cc_package_input with_vaults(const char *type)
{
    struct cc_package_input in;
    cc_fields_clear(&cc_package_input_fields, &in);
    cc_fields_clear(&cc_vault_input_fields, &in.vault);
    in.num_chips = 3;
    in.has_vault = true;
    in.vault.mem_type = cc_text_of(type);
    in.vault.num_layers = 2;
    in.vault.layer_area_mm2 = 40;
    in.vault.layer_cost_usd = 3;
    in.vault.layer_bytes = 5;
    in.vault.bytes_per_s = 1e11;
    in.vault.pj_per_bit = 2.5;
    return in;
}

static const struct cc_chip chip_with_vaults = {.area_mm2 = 100,
                                                .tdp_w = 25,
                                                .cost_usd = 20,
                                                .sram_bytes = 30,
                                                .sram_bytes_per_s = 4e11,
                                                .mem_3d_vaults = 2,
                                                .mem_3d_vault_tsvs = CC_NO_INT};

static enum cc_reason build(const struct cc_package_input *in, const struct cc_chip *chip, struct cc_package *package,
                            struct cc_reject *reject)
{
    const struct cc_constants k = constants();
    return cc_package_build(in, chip, &k, package, reject) ? CC_NOT_REJECTED : reject->reason;
}

static void heat_source_is(double chip_side, int64_t chips, int64_t channels, double side)
{
    const struct cc_chip chip = {
        .area_mm2 = chip_side * chip_side, .tdp_w = 1, .hbm_channels = channels, .mem_3d_vault_tsvs = CC_NO_INT};
    const struct cc_package_input in = with_stacks(chips);
    struct cc_package package;
    struct cc_reject reject;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_NOT_REJECTED);
    assert_near(package.heat_source_mm, side);
}

static void heat_source_with_stacks(void **state)
{
    (void)state;
    heat_source_is(10, 1, 8, 18 * 1.2);     /* one on one side: max(12, 10 + 8) */
    heat_source_is(10, 2, 8, 18 * 1.2);     /* floor(sqrt 2) = 1 */
    heat_source_is(10, 4, 8, 2 * 18 * 1.2); /* floor(sqrt 4) = 2 */
    heat_source_is(30, 1, 24, 38 * 1.2);    /* three on one side: max(30, 3 * 12, 30 + 8) */
    heat_source_is(30, 1, 32, 46 * 1.2);    /* two on both sides: max(30, 24, 30 + 16) */
    heat_source_is(25, 1, 24, 36 * 1.2);    /* three on one side overhang: max(25, 36, 33) */
    heat_source_is(10, 1, 15, 18 * 1.2);    /* channels make up whole stacks only */
}

static void stacks_off_the_perimeter(void **state)
{
    (void)state;
    const struct cc_chip chip = {.area_mm2 = 900, .hbm_channels = 56, .mem_3d_vault_tsvs = CC_NO_INT};
    const struct cc_package_input in = with_stacks(1);
    struct cc_package package;
    struct cc_reject reject;
    /* ceil(30 / 12) = 3 on each of two sides; 56 / 8 = 7 wanted */
    assert_int_equal(build(&in, &chip, &package, &reject), CC_REJECT_HBM_PERIMETER);
    assert_near(reject.value, 7);
    assert_near(reject.limit, 6);
}

static void interposer_off_the_wafer(void **state)
{
    (void)state;
    const struct cc_chip chip = {.area_mm2 = 90000, .hbm_channels = 8, .mem_3d_vault_tsvs = CC_NO_INT};
    const struct cc_package_input in = with_stacks(1);
    struct cc_package package;
    struct cc_reject reject;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_REJECT_INTERPOSER_OFF_WAFER);
}

static void dram_vaults(void **state)
{
    (void)state;
    const struct cc_package_input in = with_vaults("stacked dram");
    struct cc_package p;
    struct cc_reject reject;
    assert_int_equal(build(&in, &chip_with_vaults, &p, &reject), CC_NOT_REJECTED);
    assert_near(p.tdp_w, 3 * 25 + 3 * 2 * 2); /* 1e11 B/s * 20 pJ/B = 2 W a vault */
    assert_near(p.dram_bytes, 3 * 2 * 10);
    assert_near(p.sram_bytes, 90);
    assert_near(p.memory_bytes, 150);
    assert_near(p.dram_bytes_per_s_per_chip, 2e11);
    assert_near(p.die_area_mm2, 300);
    assert_near(p.heat_source_mm, 24); /* 10 * ceil(sqrt 3) * 1.2 */
    assert_near(p.cost_usd, 3 * 20 + 3 * 2 * 6);
    assert_false(p.interposer);
    assert_near(cc_weight_bytes_per_s(&chip_with_vaults, &p), 2e11);
}

static void sram_vaults(void **state)
{
    (void)state;
    const struct cc_package_input in = with_vaults("SRAM");
    struct cc_package p;
    struct cc_reject reject;
    assert_int_equal(build(&in, &chip_with_vaults, &p, &reject), CC_NOT_REJECTED);
    assert_near(p.sram_bytes, 3 * (30 + 2 * 10));
    assert_near(p.memory_bytes, 150);
    assert_near(p.dram_bytes, 0);
    /* of 50 bytes a chip, 20 at 2e11 B/s and 30 at 4e11 B/s: 0.4 * 2e11 + 0.6 * 4e11 */
    assert_near(cc_weight_bytes_per_s(&chip_with_vaults, &p), 3.2e11);
}

static void vaults_that_do_not_fit(void **state)
{
    (void)state;
    struct cc_package_input in = with_vaults("DRAM");
    struct cc_chip chip = chip_with_vaults;
    struct cc_package package;
    struct cc_reject reject;
    in.vault.layer_area_mm2 = 51;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_REJECT_VAULT_AREA);
    assert_near(reject.value, 102);
    assert_near(reject.limit, 100);
    in.vault.layer_area_mm2 = 50;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_NOT_REJECTED);
    in.vault.tsvs = 100;
    chip.mem_3d_vault_tsvs = 99;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_REJECT_VAULT_TSVS);
    chip.mem_3d_vault_tsvs = 100;
    assert_int_equal(build(&in, &chip, &package, &reject), CC_NOT_REJECTED);
}

static void contradictions(void **state)
{
    (void)state;
    struct cc_package_input in = with_vaults("DRAM");
    assert_null(cc_package_lacks(&in, &chip_with_vaults));
    in.has_hbm = true;
    assert_non_null(cc_package_lacks(&in, &chip_with_vaults));
    in.has_hbm = in.has_vault = false;
    assert_non_null(cc_package_lacks(&in, &chip_with_vaults));
    in.vault.mem_type = cc_text_of("SRAM or DRAM");
    assert_non_null(cc_vault_lacks(&in.vault));
    in.vault.mem_type = cc_text_of("flash");
    assert_non_null(cc_vault_lacks(&in.vault));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heat_source_with_stacks),
        cmocka_unit_test(stacks_off_the_perimeter),
        cmocka_unit_test(interposer_off_the_wafer),
        cmocka_unit_test(dram_vaults),
        cmocka_unit_test(sram_vaults),
        cmocka_unit_test(vaults_that_do_not_fit),
        cmocka_unit_test(contradictions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
