/* Heat sinks: the power of the chosen one worked out again from its measures, its air against the fan, and a figure
 * of the published program. */
#include "near.h"

#include "model/hardware/heatsink.h"

static const struct cc_heatsink_prices aluminium = {1, 4122.68};

static const double width = 0.06, total_height = 35e-3, fin = 0.5e-3;
static const double air_step = 0.1 * 0.3048 * 0.3048 * 0.3048 / 60;

static double gap_of(const struct cc_heatsink *sink)
{
    const double n = (double)sink->fins;
    return (width - n * fin) / (n - 1);
}

static double air_speed(const struct cc_heatsink *sink, double air)
{
    return air / (((double)sink->fins - 1) * gap_of(sink) * (total_height - sink->base_m));
}

/* K/W from the fins to the air. */
static double fins_resistance(const struct cc_heatsink *sink)
{
    const double h = total_height - sink->base_m, gap = gap_of(sink), n = (double)sink->fins, length = sink->length_m;
    const double pr = 1.886e-5 * 1004.9 / 0.02624;
    const double re = 1.1644 * air_speed(sink, sink->air_m3_per_s) * gap * gap / (1.886e-5 * length);
    const double developed = re * pr / 2;
    const double developing = 0.664 * sqrt(re) * cbrt(pr) * sqrt(1 + 3.65 / sqrt(re));
    const double nu = 1 / cbrt(pow(developed, -3) + pow(developing, -3));
    const double film = nu * 0.02624 / gap, m = sqrt(2 * film / (200 * fin));
    return 1 / (film * ((n - 1) * gap * length + n * (tanh(m * h) / (m * h)) * 2 * h * length));
}

/* K/W of spreading from the heat source into the base. */
static double spreading_resistance(const struct cc_heatsink *sink, double side)
{
    const double pi = 3.14159265358979323846;
    const double base = sink->length_m * width, r1 = side / sqrt(pi), r2 = sqrt(base / pi);
    const double e = r1 / r2, tau = sink->base_m / r2, biot = r2 / (fins_resistance(sink) * base * 200);
    const double lambda = pi + 1 / (e * sqrt(pi)), t = tanh(lambda * tau);
    const double phi = (t + lambda / biot) / (1 + lambda / biot * t);
    return (e * tau / sqrt(pi) + (1 - e) * phi / sqrt(pi)) / (200 * r1 * sqrt(pi));
}

static double power(const struct cc_heatsink *sink, double side, double packages)
{
    const double source = side * side;
    const double inside = 0.70e-3 / 149 / source + 0.1e-3 / 4 / source + spreading_resistance(sink, side);
    const double warming = (packages - 1) / (1004.9 * 1.1644 * sink->air_m3_per_s);
    return 60 / (inside + fins_resistance(sink) + warming);
}

static double pressure_drop(const struct cc_heatsink *sink, double length, double air)
{
    const double h = total_height - sink->base_m, gap = gap_of(sink), u = air_speed(sink, air), d = 2 * gap;
    const double sigma = 1 - (double)sink->fins * fin / width, a = gap / h;
    const double re = 1.1644 * u * d / 1.886e-5, x = length / d / re;
    const double fre = 24 - 32.527 * a + 46.721 * a * a - 40.829 * pow(a, 3) + 22.954 * pow(a, 4) - 6.089 * pow(a, 5);
    const double friction = sqrt(3.44 * 3.44 / x + fre * fre) / re;
    const double ends = 0.42 * (1 - sigma * sigma) + (1 - sigma * sigma) * (1 - sigma * sigma);
    return (ends + 4 * friction * length / d) * 1.1644 * u * u / 2;
}

static double fan_pressure(double q)
{
    if (q < 0 || q > 0.01)
        return 0;
    return 799.481 + q * (70736.364 + q * (-1.375e8 + q * (3.833e10 + q * (-4.099e12 + q * 1.49e14))));
}

static bool close(double actual, double expected)
{
    return fabs(actual - expected) <= 1e-9 * fabs(expected);
}

static void powers_worked_again(void **state)
{
    (void)state;
    static const double sides[] = {0.008, 0.012, 0.02, 0.03};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        const int64_t packages = 4 + 3 * (int64_t)i;
        struct cc_heatsink sink;
        assert_true(cc_heatsink_design(sides[i], packages, aluminium, &sink));
        assert_true(close(sink.max_power_w, power(&sink, sides[i], (double)packages)));
        assert_true(sink.length_m >= sides[i] && sink.length_m * (double)packages <= 0.450 * (1 + 1e-9));
        assert_true(sink.fins >= 2 && gap_of(&sink) > 0);
    }
}

static void a_little_more_air_is_more_than_the_fan_moves(void **state)
{
    (void)state;
    struct cc_heatsink sink;
    assert_true(cc_heatsink_design(0.015, 8, aluminium, &sink));
    const double lane = 8 * sink.length_m, more = sink.air_m3_per_s + air_step;
    assert_true(pressure_drop(&sink, lane, more) > fan_pressure(more));
    assert_true(pressure_drop(&sink, lane, sink.air_m3_per_s) <= fan_pressure(sink.air_m3_per_s));
}

/* Case hbm_explore, server c0.p0.s0 of tests/golden: a heat source of 49.06... mm, two packages to a lane. */
static void as_the_published_program(void **state)
{
    (void)state;
    struct cc_heatsink sink;
    assert_true(cc_heatsink_design(49.061655291138315e-3, 2, aluminium, &sink));
    assert_true(close(sink.max_power_w, 196.07418178517432));
    assert_true(close(sink.cost_usd, 1.195002764));
}

static void no_room_for_a_sink(void **state)
{
    (void)state;
    struct cc_heatsink sink = {.max_power_w = 1};
    assert_false(cc_heatsink_design(0.02, 23, aluminium, &sink)); /* 23 of 20 mm are longer than 450 mm */
    assert_near(sink.max_power_w, 0);
}

/* Sinks of many sources and lanes, each after any other. */
static void remembered_air_and_fins_change_no_bit(void **state)
{
    static struct cc_heatsink_memo memo;
    uint64_t seed = 23;
    unsigned found = 0;
    (void)state;
    for (int i = 0; i < 400; i++) {
        const int64_t packages = (int64_t)random_between(&seed, 1, i % 10 == 0 ? 60 : 12);
        const double longest = 0.45 / (double)packages;
        const double side = random_between(&seed, 0, 1.1 * (longest < 0.05 ? longest : 0.05));
        struct cc_heatsink sink, again;
        const bool works = cc_heatsink_design(side, packages, aluminium, &sink);
        assert_int_equal(cc_heatsink_design_from(&memo, side, packages, aluminium, &again), works);
        assert_true(again.max_power_w == sink.max_power_w && again.cost_usd == sink.cost_usd);
        assert_true(again.length_m == sink.length_m && again.base_m == sink.base_m && again.fins == sink.fins);
        assert_true(again.air_m3_per_s == sink.air_m3_per_s);
        found += works;
    }
    assert_true(found > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_worked_again),
        cmocka_unit_test(a_little_more_air_is_more_than_the_fan_moves),
        cmocka_unit_test(as_the_published_program),
        cmocka_unit_test(no_room_for_a_sink),
        cmocka_unit_test(remembered_air_and_fins_change_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
