/* Which mappings the search keeps, over spaces of small whole numbers, which have many ties. */
#include "near.h"

#include "model/search/search.h"

static const struct cc_batch batch_of_8 = {8, 4, {0, 1, 2, 3}, {8, 4, 2, 1}, true};
static struct cc_space space;
static struct cc_choice all[CC_CHOICES_MAX], best[CC_CHOICES_MAX];

static struct cc_outcome random_outcome(uint64_t *seed)
{
    return (struct cc_outcome){floor(random_between(seed, 1, 20)), floor(random_between(seed, 1, 20))};
}

/* A batch at so many depths, of which the first `held` lanes have room for it; depths are in lanes backwards. */
static void open_batch(const struct cc_batch *batch, size_t depths, size_t held)
{
    static size_t turn; /* of the loops */
    const struct cc_lane_loops *const *loops = cc_lane_loops();
    space.loops = loops[1] != NULL ? loops[turn++ % 2] : loops[0];
    space.batch = batch;
    space.count = depths;
    space.held = held;
    space.width = cc_padded(depths);
    for (size_t i = 0; i < depths; i++) {
        space.depth[i].lane = depths - 1 - i;
        space.lane_depth[depths - 1 - i] = i;
    }
}

/* Where a figure of the space is, by depth and micro-batch. */
static double *figure(struct cc_space *of, size_t depth, enum cc_outcome_row row, size_t i)
{
    return &of->outcome[(i * CC_OUTCOME_ROWS + (size_t)row) * of->width + of->depth[depth].lane];
}

static void give(size_t depth, size_t micro, struct cc_outcome prefill, struct cc_outcome generate)
{
    *figure(&space, depth, CC_PREFILL_S, micro) = prefill.s;
    *figure(&space, depth, CC_PREFILL_J, micro) = prefill.j;
    *figure(&space, depth, CC_GENERATE_S, micro) = generate.s;
    *figure(&space, depth, CC_GENERATE_J, micro) = generate.j;
}

/* Depths of which some have no room for the current batch, 8. The last has. */
static void draw(uint64_t *seed)
{
    const size_t depths = 1 + (size_t)random_between(seed, 0, 8);
    open_batch(&batch_of_8, depths, 1 + (size_t)random_between(seed, 0, (double)depths));
    for (size_t i = 0; i < space.count; i++)
        for (size_t micro = 0; micro <= 3; micro++) {
            const struct cc_outcome prefill = random_outcome(seed);
            give(i, micro, prefill, random_outcome(seed));
        }
}

static double cost_of(const struct cc_choice *choice, double per_s, double per_j)
{
    const struct cc_outcome p = cc_space_prefill(&space, choice->depth, (size_t)choice->prefill);
    const struct cc_outcome g = cc_space_generate(&space, choice->depth, (size_t)choice->generate);
    return per_s * (p.s + g.s) + per_j * (p.j + g.j);
}

/* The least over every depth and pair of micro-batches, with no help from the search. */
static double cheapest(double per_s, double per_j)
{
    double least = INFINITY;
    for (size_t i = 0; i < space.count; i++)
        for (int micro = 0; cc_space_holds(&space, i) && micro <= 3; micro++)
            for (int prefill = 0; prefill <= micro; prefill++) {
                const struct cc_choice choice = {.depth = i, .prefill = prefill, .generate = micro};
                least = fmin(least, cost_of(&choice, per_s, per_j));
            }
    return least;
}

static double least_s(enum cc_outcome_row row)
{
    double least = INFINITY;
    for (size_t i = 0; i < space.count; i++)
        for (size_t micro = 0; cc_space_holds(&space, i) && micro <= 3; micro++)
            least = fmin(least, cc_space_at(&space, i, row, micro));
    return least;
}

static double prefill_s(const struct cc_choice *c)
{
    return cc_space_prefill(&space, c->depth, (size_t)c->prefill).s;
}

static double generate_s(const struct cc_choice *c)
{
    return cc_space_generate(&space, c->depth, (size_t)c->generate).s;
}

static bool is_fastest(const struct cc_choice *c)
{
    return prefill_s(c) <= least_s(CC_PREFILL_S) || generate_s(c) <= least_s(CC_GENERATE_S);
}

static bool is_same(const struct cc_choice *a, const struct cc_choice *b)
{
    return a->depth == b->depth && a->prefill == b->prefill && a->generate == b->generate;
}

static double cheapest_of(size_t count, double per_s, double per_j)
{
    double least = INFINITY;
    for (size_t i = 0; i < count; i++)
        least = fmin(least, cost_of(&best[i], per_s, per_j));
    return least;
}

static void the_cheapest_of_every_price_in_range(void **state)
{
    (void)state;
    uint64_t seed = 91;
    for (int i = 0; i < 2000; i++) {
        draw(&seed);
        const double per_s = random_between(&seed, 0.1, 10), range = random_between(&seed, 1, 30);
        const size_t count = cc_space_best(&space, (struct cc_prices){per_s, 1}, range, best);
        for (int k = 0; k < 10; k++) {
            const double price = per_s * pow(range, random_between(&seed, -1, 1));
            assert_near(cheapest_of(count, price, 1), cheapest(price, 1));
        }
    }
}

static void without_bounds_the_extremes_too(void **state)
{
    (void)state;
    uint64_t seed = 92;
    for (int i = 0; i < 1000; i++) {
        draw(&seed);
        const size_t count = cc_space_best(&space, (struct cc_prices){1, 1}, INFINITY, best);
        assert_near(cheapest_of(count, 1, 0), cheapest(1, 0));
        assert_near(cheapest_of(count, 0, 1), cheapest(0, 1));
        assert_near(cheapest_of(count, 1, 1), cheapest(1, 1));
    }
}

static void lowest_latencies_are_kept(void **state)
{
    (void)state;
    uint64_t seed = 93;
    for (int i = 0; i < 1000; i++) {
        double prefill = INFINITY, generate = INFINITY;
        draw(&seed);
        const size_t count = cc_space_best(&space, (struct cc_prices){1, 3}, 1, best);
        for (size_t k = 0; k < count; k++) {
            prefill = fmin(prefill, prefill_s(&best[k]));
            generate = fmin(generate, generate_s(&best[k]));
        }
        assert_near(prefill, least_s(CC_PREFILL_S));
        assert_near(generate, least_s(CC_GENERATE_S));
    }
}

/* Whether no other of all mappings is better in cost or generate latency and no worse in the other; with a margin,
 * whether none is cheaper by more than that and no slower. */
static bool is_on_frontier(const struct cc_choice *c, size_t all_count, double per_s, double per_j, double margin)
{
    const double usd = cost_of(c, per_s, per_j), s = generate_s(c);
    for (size_t i = 0; i < all_count; i++) {
        const double other_usd = cost_of(&all[i], per_s, per_j);
        const double other_s = generate_s(&all[i]);
        if (margin > 0 ? other_usd < usd * (1 - margin) && other_s <= s
                       : other_usd <= usd && other_s <= s && (other_usd < usd || other_s < s))
            return false;
    }
    return true;
}

/* With all ties, which whole numbers have many of. */
static void the_whole_frontier_is_kept(void **state)
{
    (void)state;
    uint64_t seed = 98;
    for (int i = 0; i < 2000; i++) {
        draw(&seed);
        const double per_s = 1 + (double)(i % 4), per_j = (double)(i % 3), range = i % 2 == 0 ? 1 : 30;
        const size_t all_count = cc_space_all(&space, all);
        const size_t count = cc_space_best(&space, (struct cc_prices){per_s, per_j}, range, best);
        for (size_t n = 0; n < all_count; n++) {
            size_t found = 0;
            for (size_t k = 0; k < count; k++)
                found += is_same(&best[k], &all[n]);
            assert_true(found == 1 || !is_on_frontier(&all[n], all_count, per_s, per_j, 0));
        }
    }
}

/* At a range of 1 there is the cheapest, what is on the frontier, and beside these only what is fastest. */
static void no_range_no_more_than_the_cheapest(void **state)
{
    (void)state;
    uint64_t seed = 94;
    for (int i = 0; i < 1000; i++) {
        draw(&seed);
        const double per_s = random_between(&seed, 0.1, 10), least = cheapest(per_s, 1);
        const size_t count = cc_space_best(&space, (struct cc_prices){per_s, 1}, 1, best);
        const size_t all_count = cc_space_all(&space, all);
        assert_near(cheapest_of(count, per_s, 1), least);
        for (size_t k = 0; k < count; k++)
            assert_true(is_fastest(&best[k]) || cost_of(&best[k], per_s, 1) <= least * (1 + 1e-12) ||
                        is_on_frontier(&best[k], all_count, per_s, 1, 1e-9));
    }
}

static void every_best_one_is_one_of_all(void **state)
{
    (void)state;
    uint64_t seed = 95;
    for (int i = 0; i < 300; i++) {
        draw(&seed);
        const size_t all_count = cc_space_all(&space, all);
        const size_t count = cc_space_best(&space, (struct cc_prices){1, 1}, INFINITY, best);
        for (size_t k = 0; k < count; k++) {
            size_t found = 0;
            for (size_t n = 0; n < all_count; n++)
                found += is_same(&best[k], &all[n]);
            assert_int_equal(found, 1);
            assert_true(best[k].prefill <= best[k].generate);
            for (size_t n = 0; n < k; n++)
                assert_false(is_same(&best[k], &best[n]));
        }
    }
}

static void all_of_the_depths_that_hold_the_batch(void **state)
{
    (void)state;
    uint64_t seed = 96;
    for (int i = 0; i < 300; i++) {
        draw(&seed);
        const size_t count = cc_space_all(&space, all);
        assert_int_equal(count, space.held * 10); /* 1 + 2 + 3 + 4 pairs */
        for (size_t k = 0; k < count; k++) {
            assert_near(cost_of(&all[k], 1, 0), all[k].s);
            assert_near(cost_of(&all[k], 0, 1), all[k].j);
            assert_true(k == 0 || all[k - 1].s <= all[k].s);
        }
    }
}

static void among_equals_the_smallest_first(void **state)
{
    (void)state;
    open_batch(&batch_of_8, 3, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t micro = 0; micro <= 3; micro++)
            give(i, micro, (struct cc_outcome){2, 3}, (struct cc_outcome){2, 3});
    assert_int_equal(cc_space_best(&space, (struct cc_prices){1, 1}, INFINITY, best), 30); /* as on the frontier */
    assert_true(is_same(&best[0], &(struct cc_choice){.depth = 0, .prefill = 0, .generate = 0}));
    assert_near(best[0].s, 4);
    assert_near(best[0].j, 6);
}

static void however_many_are_equal_all_are_kept(void **state)
{
    (void)state;
    const size_t depths = 50;
    struct cc_batch wide = {.count = CC_AXIS_MAX};
    open_batch(&wide, depths, depths);
    for (size_t i = 0; i < depths; i++)
        for (size_t micro = 0; micro < CC_AXIS_MAX; micro++)
            give(i, micro, (struct cc_outcome){2, 3}, (struct cc_outcome){2, 3});
    /* 1 + 2 + ... + 64 pairs of each depth */
    assert_int_equal(cc_space_best(&space, (struct cc_prices){1, 1}, 1, best), depths * 2080);
    for (size_t k = 1; k < depths * 2080; k++)
        assert_false(is_same(&best[k - 1], &best[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_of_every_price_in_range),
        cmocka_unit_test(without_bounds_the_extremes_too),
        cmocka_unit_test(lowest_latencies_are_kept),
        cmocka_unit_test(the_whole_frontier_is_kept),
        cmocka_unit_test(no_range_no_more_than_the_cheapest),
        cmocka_unit_test(every_best_one_is_one_of_all),
        cmocka_unit_test(all_of_the_depths_that_hold_the_batch),
        cmocka_unit_test(among_equals_the_smallest_first),
        cmocka_unit_test(however_many_are_equal_all_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
