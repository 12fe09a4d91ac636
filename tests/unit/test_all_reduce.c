/* All-reduce by every algorithm, off the sizes that divide evenly too. 100 bytes at 10 B/s (10 s), 1 s to start. */
#include "near.h"

#include "model/network/all_reduce.h"

static double seconds(enum cc_all_reduce algorithm, int64_t chips)
{
    return cc_all_reduce_s(algorithm, chips, 100, 1, 10);
}

static void rings(void **state)
{
    (void)state;
    assert_near(seconds(CC_ALL_REDUCE_RING, 2), 12);     /* 2 * 1 * (1 + 5) */
    assert_near(seconds(CC_ALL_REDUCE_RING, 5), 24);     /* 2 * 4 * (1 + 2) */
    assert_near(seconds(CC_ALL_REDUCE_2D_RING, 20), 32); /* ceil(sqrt 20) = 5: 2 * 4 * (2 + 2) */
    assert_near(seconds(CC_ALL_REDUCE_2D_RING, 25), 32);
    assert_near(seconds(CC_ALL_REDUCE_3D_RING, 65), 40); /* ceil(cbrt 65) = 5: 2 * 4 * (3 + 2) */
    assert_near(seconds(CC_ALL_REDUCE_3D_RING, 28), 33); /* ceil(cbrt 28) = 4: 2 * 3 * (3 + 2.5) */
}

static void one_group(void **state)
{
    (void)state;
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_4D_16, 16), 18);      /* 8 + 10 */
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_2D_16, 16), 27);      /* 6 * (2 + 2.5) */
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_16, 16), 48.75); /* 30 + 18.75 */
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_8, 8), 31.5);    /* 14 + 17.5 */
}

/* 17 chips make two groups of 16, as 9 make two of 8: and 2 * 1 * (3 + 10 / 2) + 16 + 10 + 2 sqrt(10). */
static void two_groups(void **state)
{
    (void)state;
    const double between = 16 + 26 + 2 * sqrt(10);
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_4D_16, 17), 18 + between);
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_2D_16, 32), 27 + between);
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_16, 20), 48.75 + between);
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_8, 9), 31.5 + between);
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_8, 16), 31.5 + between);
}

/* Fewer chips than a group: one group that is not whole, ceil(cbrt 1) = 1, so no rings; the rest is paid. */
static void part_of_a_group(void **state)
{
    (void)state;
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_4D_16, 4), 18 + 26 + 2 * sqrt(10));
    assert_near(seconds(CC_ALL_REDUCE_LOCAL_RING_8, 4), 31.5 + 26 + 2 * sqrt(10));
}

/* Two start-ups, whatever the number of chips. */
static void direct(void **state)
{
    (void)state;
    assert_near(seconds(CC_ALL_REDUCE_SWITCH, 2), 2 + 10);        /* 2 * 1 / 2 */
    assert_near(seconds(CC_ALL_REDUCE_SWITCH, 5), 2 + 16);        /* 2 * 4 / 5 */
    assert_near(seconds(CC_ALL_REDUCE_MESH, 5), 2 + 16);          /* on all its links */
    assert_near(seconds(CC_ALL_REDUCE_SWITCH_REDUCE, 5), 2 + 12); /* 1 + 1 / 5 */
    assert_near(seconds(CC_ALL_REDUCE_SWITCH_REDUCE, 64), 2 + 10 * (1 + 1.0 / 64));
    assert_near(seconds(CC_ALL_REDUCE_SWITCH_REDUCE, 2), 2 + 10); /* adding up in the switch would be 1 + 1 / 2 */
}

/* Three of five units of a mesh use two of the four links of each. */
static void part_of_a_mesh(void **state)
{
    (void)state;
    const struct cc_all_reduce_level level = {3, 5, {10, 1}, false};
    const struct cc_all_reduce_plan plan = cc_all_reduce_levels_plan(CC_ALL_REDUCE_MESH, &level, 1, 10);
    assert_near(cc_all_reduce_run_s(&plan, 10), 2 + 10 * (4.0 / 3) * 2);
}

static void names(void **state)
{
    (void)state;
    enum cc_all_reduce algorithm = CC_ALL_REDUCE_RING;
    assert_true(cc_all_reduce_named(cc_text_of("local_ring_8"), &algorithm));
    assert_int_equal(algorithm, CC_ALL_REDUCE_LOCAL_RING_8);
    assert_true(cc_all_reduce_named(cc_text_of("2d_ring"), &algorithm));
    assert_int_equal(algorithm, CC_ALL_REDUCE_2D_RING);
    assert_false(cc_all_reduce_named(cc_text_of("Ring"), &algorithm));
    assert_false(cc_all_reduce_named(cc_text_of(""), &algorithm));
}

static void properties(void **state)
{
    (void)state;
    uint64_t seed = 41;
    for (int i = 0; i < 2000; i++) {
        const enum cc_all_reduce algorithm = (enum cc_all_reduce)(i % CC_ALL_REDUCE_COUNT);
        const int64_t chips = (int64_t)random_between(&seed, 2, 3000);
        const double bytes = random_between(&seed, 1, 1e9), speed = random_between(&seed, 1e3, 1e12);
        const double init = random_between(&seed, 1e-10, 1e-3);
        const double once = cc_all_reduce_s(algorithm, chips, bytes, init, speed);
        assert_near(cc_all_reduce_s(algorithm, 1, bytes, init, speed), 0);
        assert_true(cc_all_reduce_s(algorithm, chips, bytes, init, 2 * speed) < once);
        assert_true(cc_all_reduce_s(algorithm, chips, 2 * bytes, init, speed) > once);
        assert_near(cc_all_reduce_s(algorithm, chips, 2 * bytes, init, 2 * speed), once);
        assert_near(cc_all_reduce_s(algorithm, chips, 2 * bytes, 2 * init, speed), 2 * once);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings),           cmocka_unit_test(one_group),  cmocka_unit_test(two_groups),
        cmocka_unit_test(part_of_a_group), cmocka_unit_test(direct),     cmocka_unit_test(part_of_a_mesh),
        cmocka_unit_test(names),           cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
