/* pareto's frontier against its definition: every pair compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../src/pareto/frontier.h"

enum { POINTS_MOST = 700, SEEDS = 40 };

/* The way in which the points of a set lie. */
enum lie { SPREAD, TIES, FEW_VALUES, CLUSTERED, SURFACE, ASCENDING, DESCENDING, IMPROVING, WORSENING, EXTREME, LIES };

static uint64_t state;

/* Knuth's linear generator, of which the upper bits are taken. */
static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

static double draw_objective(enum lie lie, size_t i, size_t k)
{
    static const double extreme[] = {-1.7976931348623157e308, -1, -5e-324, -0.0, 0.0, 5e-324, 1,
                                     1.7976931348623157e308};
    switch (lie) {
    case TIES:
        return draw(20);
    case FEW_VALUES:
        return draw(2);
    case CLUSTERED:
        return (k % 2 == 0 ? 1 : -1) * (double)(i % 5) + draw(100) * 1e-3;
    case ASCENDING:
        return k == 0 ? (double)i : k == 1 ? -(double)i : draw(3);
    case DESCENDING:
        return k == 0 ? -(double)i : k == 1 ? (double)i : draw(3);
    case IMPROVING:
        return -(double)i;
    case WORSENING:
        return (double)i;
    case EXTREME:
        return extreme[draw(sizeof extreme / sizeof extreme[0])];
    default:
        return draw(1 << 30);
    }
}

static void draw_point(enum lie lie, size_t i, double *point, size_t objectives)
{
    int64_t left = 1 << 20; /* the objectives of a surface add up to this */
    for (size_t k = 0; k < objectives; k++) {
        point[k] = draw_objective(lie, i, k);
        if (lie == SURFACE) {
            point[k] = k + 1 < objectives ? draw((uint32_t)(left / 2) + 1) : (double)left;
            left -= (int64_t)point[k];
        }
    }
}

static bool dominates(const double *a, const double *b, size_t objectives)
{
    size_t better = 0, worse = 0;
    for (size_t k = 0; k < objectives; k++) {
        better += a[k] < b[k];
        worse += a[k] > b[k];
    }
    return better > 0 && worse == 0;
}

/* Whether point i stands before point k in the output. */
static bool stands_before(double (*point)[OBJECTIVES_MAX], size_t i, size_t k, size_t objectives)
{
    for (size_t o = 0; o < objectives; o++)
        if (point[i][o] != point[k][o])
            return point[i][o] < point[k][o];
    return i < k;
}

/* The points to be kept, in order; how many these are. */
static size_t expect(double (*point)[OBJECTIVES_MAX], size_t count, size_t objectives, size_t top, size_t *expected)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t beaten = 0, place = kept;
        for (size_t k = 0; k < count && top == 0; k++)
            beaten += dominates(point[k], point[i], objectives);
        if (beaten > 0)
            continue;
        for (; place > 0 && stands_before(point, i, expected[place - 1], objectives); place--)
            expected[place] = expected[place - 1];
        expected[place] = i;
        kept++;
    }
    return top != 0 && kept > top ? top : kept;
}

/* Gives the points to a frontier; the row of each says which it is. */
static void add_points(struct member_pool *pool, struct frontier *frontier, double (*point)[OBJECTIVES_MAX],
                       size_t count)
{
    static struct source source; /* outlives its members */
    source = (struct source){pool, NULL, SIZE_MAX / 2};
    for (size_t i = 0; i < count; i++) {
        if (!frontier_takes(frontier, point[i]))
            continue;
        const struct cc_text row = {(const char *)&i, sizeof i};
        struct member *member = member_new(point[i], &source, row);
        assert_non_null(member);
        assert_true(frontier_add(frontier, member));
    }
}

static void check(enum lie lie, size_t objectives, size_t count, size_t top)
{
    static double point[POINTS_MOST][OBJECTIVES_MAX];
    static size_t expected[POINTS_MOST];
    struct frontier frontier = {.objectives = objectives, .top = top};
    struct member_pool pool = {.objectives = objectives};
    for (size_t i = 0; i < count; i++)
        draw_point(lie, i, point[i], objectives);
    const size_t kept = expect(point, count, objectives, top, expected);
    add_points(&pool, &frontier, point, count);
    frontier_settle(&frontier);
    assert_int_equal(frontier.count, kept);
    for (size_t i = 0; i < kept; i++) {
        size_t got;
        memcpy(&got, member_row(frontier.list[i].member, objectives).s, sizeof got);
        assert_int_equal(got, expected[i]);
    }
    frontier_free(&frontier);
    member_pool_free(&pool);
}

static void keeps_what_no_other_dominates(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (size_t objectives = 1; objectives <= 5; objectives++)
            for (enum lie lie = 0; lie < LIES; lie++) {
                state = seed;
                check(lie, objectives, 1 + draw(150), 0);
            }
}

/* Enough points to be divided, not compared one by one. */
static void keeps_what_no_other_dominates_of_many(void **unused)
{
    (void)unused;
    for (size_t objectives = 1; objectives <= OBJECTIVES_MAX; objectives++)
        for (enum lie lie = 0; lie < LIES; lie++) {
            state = objectives;
            check(lie, objectives, POINTS_MOST, 0);
        }
}

static void keeps_the_best_in_turn(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        for (enum lie lie = 0; lie < LIES; lie++) {
            state = seed;
            check(lie, 1 + draw(3), 1 + draw(150), 1 + draw(60));
        }
}

/* Never more than twice the frontier is held, of points each of which dominates all before it: two. */
static void holds_no_more_than_twice_the_frontier(void **unused)
{
    (void)unused;
    struct frontier frontier = {.objectives = 3};
    struct member_pool pool = {.objectives = 3};
    for (size_t i = 0; i < 1000; i++) {
        double point[1][OBJECTIVES_MAX] = {{-(double)i, -(double)i, -(double)i}};
        add_points(&pool, &frontier, point, 1);
        assert_true(frontier.count <= 2);
    }
    frontier_free(&frontier);
    member_pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_no_other_dominates),
        cmocka_unit_test(keeps_what_no_other_dominates_of_many),
        cmocka_unit_test(keeps_the_best_in_turn),
        cmocka_unit_test(holds_no_more_than_twice_the_frontier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
