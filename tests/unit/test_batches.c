/* The batches of a workload, and their micro-batches. */
#include "near.h"

#include "model/search/batches.h"

static struct cc_batches batches;

static bool list(size_t count, const int64_t *value)
{
    return cc_batches_of(&batches, &(struct cc_workload_input){.batches = {count, value}});
}

static void assert_batch(size_t index, int64_t requests, size_t count, const int64_t *micro_batches)
{
    const struct cc_batch *batch = &batches.batch[index];
    assert_int_equal(batch->requests, requests);
    assert_int_equal(batch->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cc_micro_batch(&batches, batch, i), micro_batches[i]);
        assert_near(batch->passes[i], (double)requests / (double)micro_batches[i]);
    }
}

static void micro_batches_are_all_divisors(void **state)
{
    (void)state;
    assert_true(list(3, (const int64_t[]){24, 7, 10}));
    assert_int_equal(batches.count, 3);
    assert_batch(0, 7, 2, (const int64_t[]){1, 7});
    assert_batch(1, 10, 4, (const int64_t[]){1, 2, 5, 10});
    assert_batch(2, 24, 8, (const int64_t[]){1, 2, 3, 4, 6, 8, 12, 24});
    assert_int_equal(batches.axis.count, 11); /* 1 2 3 4 5 6 7 8 10 12 24 */
    for (size_t i = 1; i < batches.axis.count; i++)
        assert_true(batches.axis.requests[i - 1] < batches.axis.requests[i]);
    assert_true(list(1, (const int64_t[]){1}));
    assert_batch(0, 1, 1, (const int64_t[]){1});
}

static void powers_of_two_up_to_the_largest_batch(void **state)
{
    (void)state;
    const int64_t powers[] = {1, 2, 4, 8, 16, 32, 64};
    assert_true(cc_batches_of(&batches, &(struct cc_workload_input){.max_batch = 100}));
    assert_int_equal(batches.count, 7);
    for (size_t i = 0; i < 7; i++)
        assert_batch(i, powers[i], i + 1, powers);
    assert_true(cc_batches_of(&batches, &(struct cc_workload_input){.max_batch = (INT64_C(1) << CC_POWERS_MAX) - 1}));
    assert_int_equal(batches.count, CC_POWERS_MAX);
}

static void the_axis_has_an_end(void **state)
{
    (void)state;
    int64_t ascending[CC_AXIS_MAX];
    assert_true(list(1, (const int64_t[]){7560})); /* 2^3 3^3 5 7: 4 * 4 * 2 * 2 = 64 divisors */
    assert_int_equal(batches.batch[0].count, CC_AXIS_MAX);
    assert_false(list(2, (const int64_t[]){7560, 11}));
    assert_false(list(1, (const int64_t[]){10080})); /* 2^5 3^2 5 7: 6 * 3 * 2 * 2 = 72 */
    for (int64_t i = 0; i < CC_AXIS_MAX; i++)
        ascending[i] = CC_AXIS_MAX - i;
    assert_true(list(CC_AXIS_MAX, ascending));
    assert_int_equal(batches.count, CC_AXIS_MAX);
    assert_int_equal(batches.axis.count, CC_AXIS_MAX);
}

static void the_same_batches_are_known_again(void **state)
{
    (void)state;
    const int64_t one[] = {24, 100}, other[] = {24, 100}, third[] = {24, 50};
    const struct cc_workload_input listed = {.max_batch = 1024, .batches = {2, one}};
    const struct cc_workload_input power = {.max_batch = 1024};
    assert_true(cc_batches_same(&listed, &(struct cc_workload_input){.batches = {2, other}}));
    assert_false(cc_batches_same(&listed, &(struct cc_workload_input){.batches = {2, third}}));
    assert_false(cc_batches_same(&listed, &(struct cc_workload_input){.batches = {1, other}}));
    assert_false(cc_batches_same(&listed, &power));
    assert_true(cc_batches_same(&power, &(struct cc_workload_input){.max_batch = 1024}));
    assert_false(cc_batches_same(&power, &(struct cc_workload_input){.max_batch = 512}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(micro_batches_are_all_divisors),
        cmocka_unit_test(powers_of_two_up_to_the_largest_batch),
        cmocka_unit_test(the_axis_has_an_end),
        cmocka_unit_test(the_same_batches_are_known_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
