/* Interest and every component of the total cost of ownership. */
#include "near.h"

#include "model/tco.h"

/* The same loan, month by month: what is left of it after paying nothing, over what is left of the payments. */
static double interest_by_months(double amount, double rate, int months)
{
    double debt = amount, paid = 0;
    for (int month = 0; month < months; month++) {
        debt *= 1 + rate / 12;
        paid = paid * (1 + rate / 12) + 1;
    }
    return debt / paid * months - amount;
}

static void interest_worked(void **state)
{
    (void)state;
    /* one month at 12 %: 1 % of the amount */
    assert_true(fabs(cc_interest(500, 0.12, 1.0 / 12) - 5) < 1e-9);
    /* two months: M = 100 * 0.01 * 1.0201 / 0.0201 */
    assert_true(fabs(cc_interest(100, 0.12, 2.0 / 12) - (2 * 1.0201 / 0.0201 - 100)) < 1e-9);
    assert_near(cc_interest(1e6, 0, 3), 0);
    /* a small rate: of n payments the i-th has run i months, so n + 1 halves of the rate on the amount */
    assert_true(fabs(cc_interest(1e6, 1.2e-9, 3) / (1e6 * 1e-10 * 37 / 2) - 1) < 1e-6);
    assert_true(fabs(cc_interest(1e6, 1.2e-15, 3)) < 1e-6);
    assert_true(isfinite(cc_interest(1, 1e6, 100)));
}

static void interest_over_months(void **state)
{
    (void)state;
    uint64_t seed = 31;
    for (int i = 0; i < 300; i++) {
        const double amount = random_between(&seed, 1, 1e5), rate = random_between(&seed, 0.01, 0.3);
        const int years = 1 + i % 15;
        const double expected = interest_by_months(amount, rate, 12 * years);
        const double interest = cc_interest(amount, rate, years);
        assert_true(fabs(interest - expected) < 1e-10 * amount);
        assert_true(cc_interest(amount, rate * 1.1, years) > interest);
        assert_true(cc_interest(amount, rate, years + 1) > interest);
    }
}

static struct cc_constants constants(void)
{
    return (struct cc_constants){
        .server = {.life_years = 3},
        .tco =
            {
                .electricity_usd_per_kwh = 0.06,
                .interest_rate = 0.12,
                .dc_capex_usd_per_w = 8,
                .dc_life_years = 12,
                .dc_opex_usd_per_w_month = 0.04,
                .pue = 1.25,
                .server_opex_rate = 0.1,
                .average_power_ratio = 0.5,
            },
    };
}

static void components(void **state)
{
    (void)state;
    const struct cc_constants k = constants();
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_tco tco = cc_tco_of(&rates, 2000, (struct cc_power){100, 100});
    const double server_interest = interest_by_months(2000, 0.12, 36);
    const double dc_interest = interest_by_months(8, 0.12, 144) * 100 * 3 / 12;
    assert_near(tco.dc_amortization_usd, 200); /* 8 * 100 * 3 / 12 */
    assert_near(tco.dc_interest_usd, dc_interest);
    assert_near(tco.dc_opex_usd, 144);        /* 0.04 * 100 * 36 months */
    assert_near(tco.power_usd, 77.76);        /* 0.06 * 0.5 / 1000 * 720 h * 100 W * 36 */
    assert_near(tco.pue_overhead_usd, 19.44); /* a quarter more */
    assert_near(tco.server_amortization_usd, 2000);
    assert_near(tco.server_interest_usd, server_interest);
    assert_near(tco.server_opex_usd, 200);
    assert_near(tco.capex_usd, 2200 + server_interest);
    assert_near(tco.opex_usd, 200 + 144 + 77.76 + 19.44 + dc_interest);
    assert_near(tco.total_usd, 2641.2 + server_interest + dc_interest);
}

static void provisioned_and_average_power(void **state)
{
    (void)state;
    const struct cc_constants k = constants();
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_tco tco = cc_tco_of(&rates, 0, (struct cc_power){100, 50});
    assert_near(tco.dc_amortization_usd, 200);
    assert_near(tco.dc_opex_usd, 144);
    assert_near(tco.power_usd, 38.88); /* half of 77.76 */
    assert_near(tco.pue_overhead_usd, 9.72);
}

static void no_interest(void **state)
{
    (void)state;
    struct cc_constants k = constants();
    k.tco.interest_rate = 0;
    const struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
    const struct cc_tco tco = cc_tco_of(&rates, 2000, (struct cc_power){100, 100});
    assert_near(tco.dc_interest_usd, 0);
    assert_near(tco.server_interest_usd, 0);
    assert_near(tco.total_usd, 2641.2);
}

static void prices_scale_the_total(void **state)
{
    (void)state;
    uint64_t seed = 32;
    for (int i = 0; i < 300; i++) {
        struct cc_constants k = constants();
        const double usd = random_between(&seed, 1, 1e5);
        const struct cc_power watts = {random_between(&seed, 1, 5000), random_between(&seed, 1, 5000)};
        const double factor = random_between(&seed, 0.1, 10);
        struct cc_tco_rates rates = cc_tco_rates_of(&k, cc_conventions_published());
        const double once = cc_tco_of(&rates, usd, watts).total_usd;
        k.tco.electricity_usd_per_kwh *= factor;
        k.tco.dc_capex_usd_per_w *= factor;
        k.tco.dc_opex_usd_per_w_month *= factor;
        rates = cc_tco_rates_of(&k, cc_conventions_published());
        assert_near(cc_tco_of(&rates, usd * factor, watts).total_usd, once * factor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interest_worked), cmocka_unit_test(interest_over_months),
        cmocka_unit_test(components),      cmocka_unit_test(provisioned_and_average_power),
        cmocka_unit_test(no_interest),     cmocka_unit_test(prices_scale_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
