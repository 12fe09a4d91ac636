/* Assembly on an organic substrate and on an interposer. */
#include "near.h"

#include "model/hardware/package_cost.h"

/* Assembly of chips alone, by the model. */
#define OF(area, chips, chip_usd) \
    (struct cc_assembly) \
    { \
        .area_mm2 = (area), .num_chips = (chips), .chip_cost_usd = (chip_usd), .stacks_yield = 1, .given_usd = NAN \
    }

static struct cc_package_constants constants(void)
{
    return (struct cc_package_constants){
        .os_cost_usd_per_mm2 = 0.01,
        .os_layer_scale_factor = {3, {900, 289, 0}, {2, 1.75, 1.5}},
        .os_bonding_yield = 0.5,
        .c4_bump_cost_usd_per_mm2 = 0.01,
        .si_wafer_cost_usd = 2000,
        .si_bonding_yield = 0.5,
        .si_yield_alpha = 1,
    };
}

static void organic_layers(void **state)
{
    (void)state;
    struct cc_package_constants k = constants();
    /* two chips of 10 $, of which bonding leaves 0.5^2: 20 * (4 - 1) = 60 $ of chips are lost; substrate times 4 */
    assert_near(cc_organic_assembly_usd(&k, &OF(500, 2, 10)), 5 * 1.75 * 4 + 60);
    assert_near(cc_organic_assembly_usd(&k, &OF(900, 2, 10)), 9 * 1.75 * 4 + 60); /* 900 is not above 900 */
    assert_near(cc_organic_assembly_usd(&k, &OF(901, 2, 10)), 9.01 * 2 * 4 + 60);
    assert_near(cc_organic_assembly_usd(&k, &OF(100, 2, 10)), 1 * 1.5 * 4 + 60);
    k.os_layer_scale_factor.count = 0;
    assert_near(cc_organic_assembly_usd(&k, &OF(901, 2, 10)), 9.01 * 4 + 60);
}

static void organic_layers_in_file_order(void **state)
{
    (void)state;
    struct cc_package_constants k = constants();
    k.os_layer_scale_factor = (struct cc_steps){2, {0, 900}, {1.25, 2}};
    assert_near(cc_organic_assembly_usd(&k, &OF(1000, 2, 0)),
                10 * 1.25 * 4); /* the first below the area, not the nearest */
}

static void one_chip_needs_no_layers(void **state)
{
    (void)state;
    const struct cc_package_constants k = constants();
    assert_near(cc_organic_assembly_usd(&k, &OF(1000, 1, 10)), 10 * 2 + 10); /* 10 $ / 0.5, and 10 * (2 - 1) */
}

static void interposer(void **state)
{
    (void)state;
    struct cc_package_constants k = constants();
    const double area = 99.9 * 99.9; /* 9980.01 mm2, 100 mm with the gap: four on a wafer */
    k.os_cost_usd_per_mm2 = 0.005;
    k.os_bonding_yield = 0.8;
    /* two chips: y_b = 0.25; (2000/4 + 99.8001) / 0.25 / 0.8 = 2999.0005; 49.90005 / 0.8 = 62.3750625; 60 * (5 - 1) */
    assert_near(cc_interposer_assembly_usd(&k, &OF(area, 2, 30)), 2999.0005 + 62.3750625 + 240);
    k.si_defects_per_mm2 = 1 / area; /* alpha 1: half of the interposers work */
    assert_near(cc_interposer_assembly_usd(&k, &OF(area, 2, 30)), 5998.001 + 62.3750625 + 240);
    assert_true(isnan(cc_interposer_assembly_usd(&k, &OF(300 * 300, 2, 30))));
}

static void stacks_are_lost_with_their_package(void **state)
{
    (void)state;
    struct cc_package_constants k = constants();
    struct cc_assembly a = OF(99.9 * 99.9, 2, 30);
    k.os_cost_usd_per_mm2 = 0.005;
    k.os_bonding_yield = 0.8;
    a.stacks_usd = 100;
    a.stacks_yield = 0.5;
    /* half of the 0.25 * 0.8 of interposer(): the interposer costs twice as much; (60 + 100) * (10 - 1) */
    assert_near(cc_interposer_assembly_usd(&k, &a), 2 * 2999.0005 + 62.3750625 + 1440);
    a.area_mm2 = 500;
    /* y = 0.8^2 * 0.5 = 0.32: 500 * 0.005 * 1.75 / 0.32, 160 * (1 / 0.32 - 1) */
    assert_near(cc_organic_assembly_usd(&k, &a), 13.671875 + 340);
}

static void given_assembly_takes_the_place_of_the_model(void **state)
{
    (void)state;
    struct cc_package_constants k = constants();
    struct cc_assembly a = OF(300 * 300, 2, 30); /* no such interposer is looked for */
    k.os_bonding_yield = 0.8;
    a.given_usd = 8;
    assert_near(cc_interposer_assembly_usd(&k, &a), 40 + 240);  /* 8 / 0.25 / 0.8, 60 * (5 - 1) */
    assert_near(cc_organic_assembly_usd(&k, &a), 12.5 + 33.75); /* 8 / 0.64, 60 * (1 / 0.64 - 1) */
}

static void assembly_scales_with_prices(void **state)
{
    (void)state;
    uint64_t seed = 21;
    for (int i = 0; i < 300; i++) {
        struct cc_package_constants k = constants();
        const double area = random_between(&seed, 100, 3000), chip_usd = random_between(&seed, 1, 300);
        const int64_t chips = 1 + i % 9;
        const double organic = cc_organic_assembly_usd(&k, &OF(area, chips, chip_usd));
        const double silicon = cc_interposer_assembly_usd(&k, &OF(area, chips, chip_usd));
        assert_true(cc_organic_assembly_usd(&k, &OF(area, chips + 1, chip_usd)) > organic);
        assert_true(cc_organic_assembly_usd(&k, &OF(area * 1.5, chips, chip_usd)) > organic);
        k.os_cost_usd_per_mm2 *= 3;
        k.c4_bump_cost_usd_per_mm2 *= 3;
        k.si_wafer_cost_usd *= 3;
        assert_near(cc_organic_assembly_usd(&k, &OF(area, chips, 3 * chip_usd)), 3 * organic);
        assert_near(cc_interposer_assembly_usd(&k, &OF(area, chips, 3 * chip_usd)), 3 * silicon);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(organic_layers),
        cmocka_unit_test(organic_layers_in_file_order),
        cmocka_unit_test(one_chip_needs_no_layers),
        cmocka_unit_test(interposer),
        cmocka_unit_test(stacks_are_lost_with_their_package),
        cmocka_unit_test(given_assembly_takes_the_place_of_the_model),
        cmocka_unit_test(assembly_scales_with_prices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
