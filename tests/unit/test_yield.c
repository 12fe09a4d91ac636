/* Yield of a die, and dies on a wafer where the rows have to be shifted. */
#include "near.h"

#include "model/hardware/dies_per_wafer.h"
#include "model/hardware/yield.h"

static void yield_by_clustering(void **state)
{
    (void)state;
    assert_near(cc_yield(250, 0.002, 1), 1 / 1.5); /* (1 + 0.002 * 250)^-1 */
    assert_near(cc_yield(100, 0.01, 2), 1 / 2.25); /* (1 + 1 / 2)^-2 */
    assert_near(cc_yield(300, 0.01, 3), 1.0 / 8);  /* (1 + 3 / 3)^-3 */
    assert_near(cc_yield(300, 0.01, 0.5), pow(7, -0.5));
}

static void yield_nears_the_exponential(void **state)
{
    (void)state;
    /* without clustering (alpha without bound) the defects are Poisson's */
    assert_true(fabs(cc_yield(200, 0.005, 1e7) / exp(-1) - 1) < 1e-6);
}

static void yield_by_defects(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 1000; i++) {
        const double area = random_between(&seed, 1, 900), defects = random_between(&seed, 1e-4, 1e-2);
        const double alpha = random_between(&seed, 0.5, 20), yield = cc_yield(area, defects, alpha);
        assert_true(yield > 0 && yield < 1);
        assert_true(cc_yield(area, defects * 1.1, alpha) < yield);
        assert_true(cc_yield(area * 1.1, defects, alpha) < yield);
        assert_true(cc_yield(area, defects, alpha * 1.1) < yield); /* less clustered */
    }
}

static void dies_where_the_rows_are_shifted(void **state)
{
    (void)state;
    /* Side 1 on radius 1.6. Rows astride the centre line, far edges at 0.5 and 1.5 above and 1.5 below:
     * floor(3.04) + floor(1.11) + floor(1.11) = 5. Rows from the centre line: edges at 1 on both sides: 2 + 2.
     * So the offset is searched: 1/4, 1/8 and 1/16 give 3, 1/32 gives 3 + 0 + 1, 1/64 gives 3 + 1 + 1 again. */
    assert_int_equal(cc_dies_per_wafer(1, 3.2, 0), 5);
    assert_int_equal(cc_dies_per_wafer(0.25, 3.2, 0.5), 5);
}

static void dies_of_half_and_a_third_of_a_wafer(void **state)
{
    (void)state;
    /* 150 mm on radius 150: one row astride the centre line, 2 sqrt(150^2 - 75^2) = 259.8 wide: one die. */
    assert_int_equal(cc_dies_per_wafer(149.9 * 149.9, 300, 0.1), 1);
    /* 100 mm: two rows from the centre line, each 2 sqrt(150^2 - 100^2) = 223.6 wide: two and two. */
    assert_int_equal(cc_dies_per_wafer(99.9 * 99.9, 300, 0.1), 4);
    assert_int_equal(cc_dies_per_wafer(300 * 300, 300, 0.1), 0);
}

static void dies_do_not_depend_on_the_unit(void **state)
{
    (void)state;
    uint64_t seed = 12;
    for (int i = 0; i < 1000; i++) {
        const double side = ldexp(floor(random_between(&seed, 64, 4096)), -7); /* squares exactly */
        const int64_t dies = cc_dies_per_wafer(side * side, 300, 0.125);
        assert_int_equal(cc_dies_per_wafer(4 * side * side, 600, 0.25), dies);
        assert_true(dies >= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yield_by_clustering),
        cmocka_unit_test(yield_nears_the_exponential),
        cmocka_unit_test(yield_by_defects),
        cmocka_unit_test(dies_where_the_rows_are_shifted),
        cmocka_unit_test(dies_of_half_and_a_third_of_a_wafer),
        cmocka_unit_test(dies_do_not_depend_on_the_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
