/* Experts that tokens touch, those that the fullest chip loads and the rows that it gets; against drawing them. */
#include "near.h"

#include "model/llm/experts.h"
#include "model/serving/dispatch.h"
#include "released.h"

/* Slots, experts of a token, tokens; to 16 digits. */
static void touched_by_tokens(void **state)
{
    (void)state;
    assert_near(cc_experts_touched(256, 8, 1), 8); /* DeepSeek-V3 */
    assert_near(cc_experts_touched(256, 8, 8), 57.42083078599535);
    assert_near(cc_experts_touched(256, 8, 64), 222.4424876855104);
    assert_near(cc_experts_touched(256, 8, 512), 255.9999776828718);
    assert_near(cc_experts_touched(288, 8, 64), 240.5334926332112); /* with 32 copies */
    assert_near(cc_experts_touched(160, 6, 64), 146.1398724738387); /* DeepSeek-V2 */
    assert_near(cc_experts_touched(384, 8, 64), 284.1943930177176); /* Kimi-K2 */
    assert_near(cc_experts_touched(128, 4, 64), 111.2212438427552); /* gpt-oss-120b */
    assert_near(cc_experts_touched(8, 2, 64), 7.999999919274481);   /* Mixtral-8x7B */
    assert_near(cc_experts_touched(16, 16, 3), 16);
}

/* Slots, experts of a token, tokens, slots of a share, shares; to 16 digits, summed in 40. */
static void loaded_by_the_fullest_share(void **state)
{
    (void)state;
    assert_near(cc_experts_loaded(256, 8, 2, 4, 64), 1.797282533690964);
    assert_near(cc_experts_loaded(256, 8, 16, 4, 64), 3.804295539134143);
    assert_near(cc_experts_loaded(16, 4, 2, 8, 2), 4.278948665811640);
    assert_near(cc_experts_loaded(1000, 1, 5, 100, 10), 1.751746478576298);
    assert_near(cc_experts_loaded(256, 8, 32, 16, 16), 13.42278068771682); /* more than half are touched */
    assert_near(cc_experts_loaded(128, 4, 40, 64, 2), 48.04841543000723);
    assert_near(cc_experts_loaded(256, 8, 512, 2, 128), 2);
    assert_near(cc_experts_loaded(256, 8, 1, 1, 256), 1); /* 1 - (1 - 8/256)^256 < 1 */
    /* one share loads what is touched */
    assert_near(cc_experts_loaded(256, 8, 8, 256, 1), 57.42083078599535);
    assert_near(cc_experts_loaded(16, 2, 0.1, 16, 1), 1);
}

/* The mean of the largest of `groups` binomial numbers, term by term. */
static double plain_sum(double p, int share, double groups)
{
    double sum = 0, at_most = 0, ways = 1;
    for (int j = 0; j < share; j++) {
        at_most += ways * pow(p, j) * pow(1 - p, share - j);
        sum += 1 - pow(at_most, groups);
        ways *= (double)(share - j) / (j + 1);
    }
    return fmax(1, sum);
}

static void either_way_of_counting_is_the_plain_sum(void **state)
{
    (void)state;
    uint64_t seed = 31;
    size_t less = 0, more = 0;
    for (int i = 0; i < 2000; i++) {
        const int share = (int)random_between(&seed, 1, 33);
        const double groups = floor(random_between(&seed, 2, 65)), slots = share * groups;
        const double per_token = floor(random_between(&seed, 1, fmin(9, slots)));
        const double tokens = floor(pow(2, random_between(&seed, 0, 8)));
        const double touched = cc_experts_touched(slots, per_token, tokens) / slots;
        const double loaded = cc_experts_loaded(slots, per_token, tokens, share, groups);
        assert_true(fabs(loaded / plain_sum(touched, share, groups) - 1) < 1e-10);
        assert_true(loaded <= share && loaded >= share * touched * (1 - 1e-12));
        ++*(touched > 0.5 ? &more : &less);
    }
    assert_true(less > 200 && more > 200);
}

/* What tokens draw: experts that any of them has, the most of these in a share, and the most rows that a share gets. */
struct drawn {
    double touched, fullest, hottest;
};

static struct drawn draw(uint64_t *seed, int slots, int per_token, int tokens, int shares)
{
    int deck[1024], rows[1024] = {0};
    struct drawn drawn = {0};
    for (int i = 0; i < slots; i++)
        deck[i] = i;
    for (int token = 0; token < tokens; token++)
        for (int k = 0; k < per_token; k++) { /* one of those that the token has not */
            const int at = k + (int)random_between(seed, 0, slots - k), slot = deck[at];
            deck[at] = deck[k];
            deck[k] = slot;
            rows[slot]++;
        }
    for (int share = 0; share < shares; share++) {
        double touched = 0, load = 0;
        for (int i = share * slots / shares; i < (share + 1) * slots / shares; i++) {
            touched += rows[i] > 0;
            load += rows[i];
        }
        drawn.touched += touched;
        drawn.fullest = fmax(drawn.fullest, touched);
        drawn.hottest = fmax(drawn.hottest, load);
    }
    return drawn;
}

static struct drawn mean_drawn(uint64_t *seed, int slots, int per_token, int tokens, int shares, int times)
{
    struct drawn mean = {0};
    for (int i = 0; i < times; i++) {
        const struct drawn d = draw(seed, slots, per_token, tokens, shares);
        mean.touched += d.touched / times;
        mean.fullest += d.fullest / times;
        mean.hottest += d.hottest / times;
    }
    return mean;
}

static void drawn_within_two_percent(void **state)
{
    (void)state;
    static const int cases[][4] = {{256, 8, 16, 64},  {256, 8, 4, 64}, {256, 8, 64, 8},   {128, 4, 24, 16},
                                   {288, 8, 40, 144}, {16, 1, 20, 4},  {160, 6, 100, 10}, {128, 8, 3, 2}};
    uint64_t seed = 32;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int *c = cases[i];
        const struct drawn mean = mean_drawn(&seed, c[0], c[1], c[2], c[3], 1000);
        assert_true(fabs(cc_experts_touched(c[0], c[1], c[2]) / mean.touched - 1) < 0.01);
        assert_true(fabs(cc_experts_loaded(c[0], c[1], c[2], (double)c[0] / c[3], c[3]) / mean.fullest - 1) < 0.02);
    }
}

static void chance_makes_a_share_hot(void **state)
{
    (void)state;
    uint64_t seed = 33;
    assert_near(cc_experts_imbalance(64, 64), 1.360506721650221); /* 1 + sqrt(2 ln 64 / 64) */
    assert_near(cc_experts_imbalance(4, 0.01), 4);                /* one share has it all */
    assert_near(cc_experts_imbalance(1, 10), 1);
    const double mean = 512.0 * 8 / 64, hottest = mean_drawn(&seed, 256, 8, 512, 64, 100).hottest;
    const double over = cc_experts_imbalance(64, mean) / (hottest / mean);
    assert_true(over > 1 && over < 1.06);
}

static void what_is_remembered_is_the_same(void **state)
{
    (void)state;
    static struct cc_experts_memo memo;
    uint64_t seed = 34;
    /* few values each, so that most come again, and tokens that are kept in one place */
    for (int i = 0; i < 4000; i++) {
        const double slots = random_between(&seed, 0, 1) < 0.5 ? 64 : 96,
                     per_token = random_between(&seed, 0, 1) < 0.5 ? 2 : 4;
        const double tokens = 7 + CC_EXPERTS_REMEMBERED * floor(random_between(&seed, 0, 3));
        const double share = 4 + floor(random_between(&seed, 0, 2)), groups = 8 * floor(random_between(&seed, 1, 3));
        const double few = tokens > 7 ? 7 : 3;
        assert_true(cc_experts_loaded_from(&memo, slots, per_token, few, share, groups) ==
                    cc_experts_loaded(slots, per_token, few, share, groups));
        assert_true(cc_experts_loaded_from(&memo, slots, per_token, tokens, share, groups) ==
                    cc_experts_loaded(slots, per_token, tokens, share, groups));
    }
    assert_true(cc_experts_loaded_from(NULL, 64, 2, 7, 4, 8) == cc_experts_loaded(64, 2, 7, 4, 8));
}

/* DeepSeek-V3 in 64 shares of 4. */
static const struct cc_expert_load in_64 = {.slots = 256, .per_token = 8, .shares = 64, .share = 4, .imbalance = 1};

static void rows_of_the_fullest_chip(void **state)
{
    (void)state;
    struct cc_expert_load load = in_64;
    struct cc_expert_work work = cc_expert_work_of(&load, 512);
    assert_near(work.touched, 255.9999776828718);
    assert_near(work.loaded, cc_experts_loaded(256, 8, 512, 4, 64));
    assert_near(work.assigned, 64); /* 512 * 8 * 4 / 256 */
    assert_near(work.rows, 8);
    assert_near(work.imbalance, 1);
    load.imbalance = 1.5;
    assert_near(cc_expert_work_of(&load, 512).assigned, 96);
    load.imbalance = 100; /* a token has an expert once: 512 * min(8, 4) */
    assert_near(cc_expert_work_of(&load, 512).assigned, 2048);
    load.share = 16; /* 512 * min(8, 16) */
    assert_near(cc_expert_work_of(&load, 512).assigned, 4096);
    load = in_64;
    load.imbalance = 0; /* as chance makes it */
    assert_near(cc_expert_work_of(&load, 512).imbalance, 1.360506721650221);
    assert_near(cc_expert_work_of(&load, 512).assigned, 64 * 1.360506721650221);
    /* one token: 8 * 4 / 256 rows on the mean, and one on the chip that has any */
    assert_near(cc_expert_work_of(&in_64, 1).assigned, cc_experts_loaded(256, 8, 1, 4, 64));
}

static void padded_buffers(void **state)
{
    (void)state;
    struct cc_expert_load load = in_64;
    load.imbalance = 3; /* has no say */
    load.capacity = 1.1;
    /* ceil(1.1 * 512 * 8 / 256) = 18 rows for each of 4 experts, all of which are loaded */
    const struct cc_expert_work work = cc_expert_work_of(&load, 512);
    assert_near(work.touched, 256);
    assert_near(work.loaded, 4);
    assert_near(work.assigned, 72);
    assert_near(work.rows, 9); /* 256 * 18 / 512 */
    assert_near(work.imbalance, 1);
}

static void copies_are_slots(void **state)
{
    (void)state;
    const struct cc_llm_input in = deepseek_v3();
    const struct cc_llm llm = cc_llm_of(&in);
    struct cc_serving serving = {.llm = &llm, .routing = {.redundant = 32, .imbalance = 1.25, .capacity = 2}};
    struct cc_stage_place place = {.tensor_parallel = 144, .expert_parallel = 144};
    struct cc_expert_load load = cc_expert_load_of(&serving, &place);
    assert_near(load.slots, 288);
    assert_near(load.per_token, 8);
    assert_near(load.shares, 144);
    assert_near(load.share, 2);
    assert_near(load.imbalance, 1.25);
    assert_near(load.capacity, 2);
    serving.routing.redundant = 0;
    load = cc_expert_load_of(&serving, &place);
    assert_near(load.share, 2); /* ceil(256 / 144) */
    place.expert_parallel = 1;
    assert_near(cc_expert_load_of(&serving, &place).share, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(touched_by_tokens),
        cmocka_unit_test(loaded_by_the_fullest_share),
        cmocka_unit_test(either_way_of_counting_is_the_plain_sum),
        cmocka_unit_test(drawn_within_two_percent),
        cmocka_unit_test(chance_makes_a_share_hot),
        cmocka_unit_test(what_is_remembered_is_the_same),
        cmocka_unit_test(rows_of_the_fullest_chip),
        cmocka_unit_test(padded_buffers),
        cmocka_unit_test(copies_are_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
