/* SRAM macros in banks: outline, crossbar, what an area holds and what a capacity needs. */
#include "near.h"

#include "input/inputs.h"
#include "model/hardware/chip.h"
#include "model/hardware/sram.h"

/* 4 words of 8 bits on 10 x 20 um, or other figures. */
static struct cc_sram_macro macro_of(double words, double word_bits, double x_um, double y_um)
{
    return (struct cc_sram_macro){.tech = "t", .words = words, .word_bits = word_bits, .x_um = x_um, .y_um = y_um};
}

static struct cc_sram_macros table_of(struct cc_sram_macro macro)
{
    struct cc_sram_macros table = {.count = 1};
    table.macro[0] = macro;
    return table;
}

static void crossbar_of_ports(void **state)
{
    (void)state;
    assert_near(cc_sram_crossbar_um(16), 6.4); /* 16 wires, two tracks of 0.2 um each */
    assert_near(cc_sram_crossbar_um(17), 12.8);
    assert_near(cc_sram_crossbar_um(160), 64);
}

static void outline_is_folded_square(void **state)
{
    (void)state;
    const struct cc_sram_macro m = macro_of(4, 8, 10, 20);
    /* 8 x 1 banks: 80 x 20; 4 x 2: 40 x 40; 2 x 4 would be 20 x 80. A crossbar of 5 um along 40 um. */
    assert_near(cc_sram_area_um2(&m, 8, 1, 5), 8 * 200 + 5 * 40);
    /* 9 x 1: 90 x 20, then 4 columns: 40 x 40; the ninth bank still takes its area */
    assert_near(cc_sram_area_um2(&m, 9, 1, 5), 9 * 200 + 5 * 40);
    /* 2 x 1: 20 x 20 */
    assert_near(cc_sram_area_um2(&m, 2, 1, 5), 2 * 200 + 5 * 20);
    /* 1 x 3: 10 x 60, nothing to fold; the crossbar lies along the shorter side while that is wider than it */
    assert_near(cc_sram_area_um2(&m, 1, 3, 5), 3 * 200 + 5 * 10);
    /* 4 x 1: 40 x 20, folded to 20 x 40: no less square, so it is folded */
    assert_near(cc_sram_area_um2(&m, 4, 1, 30), 4 * 200 + 30 * 40);
}

static void crossbar_wider_than_the_banks(void **state)
{
    (void)state;
    const struct cc_sram_macro m = macro_of(4, 8, 10, 20);
    assert_near(cc_sram_area_um2(&m, 1, 3, 10), 600 + 10 * 60);           /* as wide as the shorter side */
    assert_near(cc_sram_area_um2(&m, 1, 3, 60), 600 + 60 * 60 + 10 * 0);  /* as the longer */
    assert_near(cc_sram_area_um2(&m, 1, 3, 70), 600 + 70 * 70 + 10 * 10); /* 10 um beside the banks lost */
}

static void bits_of_an_area(void **state)
{
    (void)state;
    const struct cc_sram_macros t = table_of(macro_of(4, 8, 10, 20));
    double bits;
    /* 16 bits a cycle: two columns; a crossbar of 6.4 um. 2 x 2 banks, 20 x 40: 800 + 6.4 * 20 = 928 */
    assert_true(cc_sram_bits_of_area(&t, 16, 928, false, &bits));
    assert_near(bits, 4 * 32);
    assert_true(cc_sram_bits_of_area(&t, 16, 927, false, &bits));
    assert_near(bits, 2 * 32); /* 2 x 1 banks, 20 x 20: 400 + 128 */
    assert_false(cc_sram_bits_of_area(&t, 16, 527, false, &bits));
}

static void the_macro_with_most_bits(void **state)
{
    (void)state;
    struct cc_sram_macros t = table_of(macro_of(4, 8, 10, 20));
    double bits;
    t.macro[t.count++] = macro_of(6, 16, 10, 20); /* one column: 10 x 20 and 6.4 * 10: 264; 1 x 4: 864 */
    assert_true(cc_sram_bits_of_area(&t, 16, 928, false, &bits));
    assert_near(bits, 4 * 96);
    t.macro[1].words = 1;
    assert_true(cc_sram_bits_of_area(&t, 16, 928, false, &bits));
    assert_near(bits, 128);
}

static void area_of_a_capacity(void **state)
{
    (void)state;
    struct cc_sram_macros t = table_of(macro_of(4, 8, 10, 20));
    double area;
    assert_true(cc_sram_area_of_bits(&t, 16, 128, &area));
    assert_near(area, 928);
    assert_true(cc_sram_area_of_bits(&t, 16, 191, &area)); /* a third row would be 192 */
    assert_near(area, 928);
    assert_false(cc_sram_area_of_bits(&t, 16, 63, &area)); /* less than one row */
    t.macro[t.count++] = macro_of(2, 16, 10, 20);          /* 1 x 4 banks, 10 x 80 */
    assert_true(cc_sram_area_of_bits(&t, 16, 128, &area));
    assert_near(area, 864);
}

static void placeholders(void **state)
{
    (void)state;
    static struct cc_sram_macros given, macros;
    assert_true(cc_sram_macros_of(&given, cc_text_of("12nm"), &macros));
    assert_int_equal(macros.count, 13);
    for (size_t i = 0; i < 13; i++)
        assert_near(macros.macro[i].x_um * macros.macro[i].y_um, 20000);
    assert_near(macros.macro[12].words * macros.macro[12].word_bits, 8192 * 32);
    assert_true(cc_sram_macros_of(&given, cc_text_of("7nm"), &macros));
    assert_near(macros.macro[0].x_um, 60.4);
    assert_near(macros.macro[0].y_um, 120.8);
    assert_false(cc_sram_macros_of(&given, cc_text_of("5nm"), &macros));
    given = table_of(macro_of(4, 8, 10, 20));
    strcpy(given.macro[0].tech, "7nm");
    assert_true(cc_sram_macros_of(&given, cc_text_of("7nm"), &macros));
    assert_int_equal(macros.count, 1);
    assert_true(cc_sram_macros_of(&given, cc_text_of("12nm"), &macros)); /* not given: the placeholders */
    assert_int_equal(macros.count, 13);
}

/* What an area holds needs no more than it, and larger areas hold no less. */
static void there_and_back(void **state)
{
    (void)state;
    uint64_t seed = 71;
    for (int i = 0; i < 500; i++) {
        const struct cc_sram_macro m = macro_of(floor(random_between(&seed, 64, 4096)), ldexp(8, i % 5),
                                                random_between(&seed, 20, 200), random_between(&seed, 20, 200));
        const struct cc_sram_macros t = table_of(m);
        const double read_bits = floor(random_between(&seed, 1, 5000)), area = random_between(&seed, 1e4, 1e8);
        double bits, more, back;
        if (!cc_sram_bits_of_area(&t, read_bits, area, false, &bits))
            continue;
        assert_true(cc_sram_area_of_bits(&t, read_bits, bits, &back));
        assert_true(back <= area);
        assert_true(cc_sram_bits_of_area(&t, read_bits, area * 1.1, false, &more));
        assert_true(more >= bits);
    }
}

static void hostile_figures(void **state)
{
    (void)state;
    const struct cc_sram_macros t = table_of(macro_of(1, 1, 1e-300, 1e-300));
    const struct cc_sram_macros wide = table_of(macro_of(9e15, 9e15, 1e300, 1e300));
    double result;
    assert_false(cc_sram_bits_of_area(&t, INFINITY, 1e9, false, &result));
    assert_false(cc_sram_area_of_bits(&t, INFINITY, 1e9, &result));
    assert_false(cc_sram_bits_of_area(&wide, 1e300, 1e9, false, &result));
    assert_false(cc_sram_area_of_bits(&wide, 1e300, 1e300, &result));
    cc_sram_bits_of_area(&t, 1, 1e300, false, &result); /* ends, at the bound on rows */
    assert_true(result <= 1e5);
}

/* A chip of 25 mm2 whose 6 mm2 of SRAM hold 64 bits a cycle in 7 nm: the same from its area and from its capacity. */
static void a_chip_by_area_and_by_performance(void **state)
{
    (void)state;
    static struct cc_constants k;
    struct cc_chip_input in;
    struct cc_chip by_area, by_performance;
    struct cc_reject reject;
    k.chip = (struct cc_chip_constants){.macs_density_mm2_per_tflops = 1,
                                        .w_per_tflops = 0.1,
                                        .max_power_density_w_per_mm2 = 1,
                                        .max_die_area_mm2 = 900,
                                        .yield_alpha = 1,
                                        .wafer_diameter_mm = 300};
    cc_fields_clear(&cc_chip_input_fields, &in);
    in.tech = cc_text_of("5nm");
    in.sram_tech = cc_text_of("7nm");
    in.area_model = cc_text_of("micro_arch");
    in.package_link.num = 1;
    in.package_link.bytes_per_s_per_io = 1;
    in.core_area_ratio = 0.4;
    in.area_mm2 = 25;
    in.mac_ratio = 0.4;
    in.operational_intensity = 500; /* 4 TFLOP/s, 2 MAC/s a word: 8 GB/s */
    assert_true(cc_chip_has_macros(&in));
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &by_area, &reject));
    assert_near(by_area.sram_area_mm2, 6);
    assert_near(by_area.sram_bytes_per_s, 8e9);
    /* macros of 524288 bits and 7296.32 um2 in a square of 2.4 mm, along which the crossbar takes 25.6 um */
    const double macros = floor(by_area.sram_bytes / 1e6 * 8 * 1024 * 1024 / 524288 + 0.5);
    assert_near(by_area.sram_bytes, macros * 524288 / 8 / 1024 / 1024 * 1e6);
    assert_true(macros * 7296.32 <= 6e6 && macros * 7296.32 > 5.9e6);
    in.peak_flops = by_area.peak_flops;
    in.sram_bytes = by_area.sram_bytes;
    in.sram_bytes_per_s = by_area.sram_bytes_per_s;
    in.area_mm2 = in.mac_ratio = in.operational_intensity = NAN;
    assert_true(cc_chip_build(&in, &k, cc_conventions_published(), &by_performance, &reject));
    assert_true(by_performance.sram_area_mm2 <= 6 && by_performance.sram_area_mm2 > 5.9);
    in.sram_bytes = 1;
    assert_false(cc_chip_build(&in, &k, cc_conventions_published(), &by_performance, &reject));
    assert_int_equal(reject.reason, CC_REJECT_SRAM_MACROS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crossbar_of_ports),
        cmocka_unit_test(outline_is_folded_square),
        cmocka_unit_test(crossbar_wider_than_the_banks),
        cmocka_unit_test(bits_of_an_area),
        cmocka_unit_test(the_macro_with_most_bits),
        cmocka_unit_test(area_of_a_capacity),
        cmocka_unit_test(placeholders),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(hostile_figures),
        cmocka_unit_test(a_chip_by_area_and_by_performance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
