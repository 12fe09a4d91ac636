/* Loops over places side by side: each variant against the functions of one place, to the last bit. */
#include "near.h"

#include <string.h>

#include "model/search/lanes.h"
#include "model/serving/point.h"

enum { WIDTH = 20, MICRO = 7 };

static double pace[MICRO * CC_PACE_ROWS * WIDTH], outcome[MICRO * CC_OUTCOME_ROWS * WIDTH];
static double kept[WIDTH], least[WIDTH], scores[MICRO * WIDTH];

/* Small whole numbers, which have many ties, or any. */
static double draw(uint64_t *seed, bool whole)
{
    const double x = random_between(seed, 1e-3, 20);
    return whole ? floor(x) : x;
}

static double *outcome_row(enum cc_outcome_row row, size_t i)
{
    return &outcome[(i * CC_OUTCOME_ROWS + (size_t)row) * WIDTH];
}

static struct cc_pace pace_at(size_t i, size_t lane)
{
    const double *row = &pace[i * CC_PACE_ROWS * WIDTH + lane];
    return (struct cc_pace){row[CC_THROUGH_S * WIDTH], row[CC_INTERVAL_S * WIDTH], row[CC_PASS_J * WIDTH]};
}

static void phases(const struct cc_lane_loops *loops, uint64_t *seed, double steps, size_t lanes)
{
    for (size_t i = 0; i < sizeof pace / sizeof pace[0]; i++)
        pace[i] = draw(seed, false);
    for (size_t i = 0; i < MICRO; i++) {
        const double passes = (double)(1 << i);
        const double *row = &pace[i * CC_PACE_ROWS * WIDTH];
        loops->prefill(row, passes, WIDTH, lanes, outcome_row(CC_PREFILL_S, i), outcome_row(CC_PREFILL_J, i));
        loops->generate(row, passes, steps, WIDTH, lanes, outcome_row(CC_GENERATE_S, i), outcome_row(CC_GENERATE_J, i));
        for (size_t lane = 0; lane < lanes; lane++) {
            const struct cc_pace one = pace_at(i, lane);
            assert_true(outcome_row(CC_PREFILL_S, i)[lane] == cc_prefill_s(&one, passes));
            assert_true(outcome_row(CC_PREFILL_J, i)[lane] == cc_prefill_j(&one, passes));
            assert_true(outcome_row(CC_GENERATE_S, i)[lane] == cc_generate_s(&one, passes, steps));
            assert_true(outcome_row(CC_GENERATE_J, i)[lane] == cc_generate_j(&one, passes, steps));
        }
    }
}

static void compare_lane(struct cc_weights w, size_t lane)
{
    double prefill = INFINITY, lowest = INFINITY, lowest_s = INFINITY;
    for (size_t i = 0; i < MICRO; i++) {
        const double p = w.prefill_s * outcome_row(CC_PREFILL_S, i)[lane] + w.j * outcome_row(CC_PREFILL_J, i)[lane];
        const double g = w.generate_s * outcome_row(CC_GENERATE_S, i)[lane] + w.j * outcome_row(CC_GENERATE_J, i)[lane];
        prefill = fmin(prefill, p);
        lowest = fmin(lowest, prefill + g);
        lowest_s = fmin(lowest_s, outcome_row(CC_GENERATE_S, i)[lane]);
        assert_true(scores[i * WIDTH + lane] == prefill + g);
    }
    assert_true(least[lane] == lowest);
    assert_true(kept[lane] == lowest_s);
}

static void least_of_each(const struct cc_lane_loops *loops, uint64_t *seed, bool whole, size_t lanes)
{
    const struct cc_weights w = {draw(seed, whole), draw(seed, whole), draw(seed, whole)};
    for (size_t i = 0; i < sizeof outcome / sizeof outcome[0]; i++)
        outcome[i] = draw(seed, whole);
    loops->score(outcome, MICRO, WIDTH, lanes, w, kept, least, scores);
    loops->least(outcome, CC_GENERATE_S, MICRO, WIDTH, lanes, kept);
    for (size_t lane = 0; lane < lanes; lane++)
        compare_lane(w, lane);
}

static void each_variant_is_exact(void **state)
{
    (void)state;
    const struct cc_lane_loops *const *loops = cc_lane_loops();
    size_t variants = 0;
    uint64_t seed = 5;
    for (; loops[variants] != NULL; variants++)
        for (size_t i = 0; i < 500; i++) {
            const size_t lanes = CC_LANES_STEP * (1 + i % (WIDTH / CC_LANES_STEP));
            phases(loops[variants], &seed, (double)(i % 3) * 50, lanes);
            least_of_each(loops[variants], &seed, i % 2 == 0, lanes);
        }
    assert_string_equal(loops[variants - 1]->name, "plain"); /* which every machine runs */
}

/* Beyond the lanes nothing is written. */
static void the_rest_of_a_row_is_left_alone(void **state)
{
    (void)state;
    const struct cc_lane_loops *const *loops = cc_lane_loops();
    for (; *loops != NULL; loops++) {
        for (size_t lane = 0; lane < WIDTH; lane++)
            least[lane] = kept[lane] = -7;
        (*loops)->score(outcome, MICRO, WIDTH, 8, (struct cc_weights){1, 1, 1}, kept, least, scores);
        for (size_t lane = 0; lane < WIDTH; lane++)
            assert_true((least[lane] == -7) == (lane >= 8) && (kept[lane] == -7) == (lane >= 8));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_variant_is_exact),
        cmocka_unit_test(the_rest_of_a_row_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
