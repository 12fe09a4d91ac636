/* Tokens on their way to experts and back: to how many units, how long it takes, and the energy. */
#include "near.h"

#include "model/serving/dispatch.h"
#include "released.h"

/* Chips in packages in servers. Links of 2, 8 and 32 B/s with starts of 4, 3 and 2 s, and 5, 6 and 7 pJ/B. */
static struct cc_serving levels(const struct cc_llm *llm, int64_t chips_per_package, int64_t packages_per_server)
{
    return (struct cc_serving){
        .llm = llm,
        .conventions = cc_conventions_corrected(),
        .server_link = {2, 4},
        .package_link = {8, 3},
        .chip_link = {32, 2},
        .server_pj_per_byte = 5,
        .package_pj_per_byte = 6,
        .network_pj_per_byte = 7,
        .routing = {.imbalance = 1},
        .chips_per_package = chips_per_package,
        .packages_per_server = packages_per_server,
    };
}

/* What a stage of `chips` chips in `groups` attention groups and `shares` shares of the experts does with a
 * micro-batch. */
static struct cc_dispatch dispatch_of(const struct cc_serving *serving, int64_t chips, int64_t groups, int64_t shares,
                                      const struct cc_phase *phase)
{
    const struct cc_stage_place place = {chips, 1, 1, groups, shares};
    return cc_dispatch_of(serving, &place, phase);
}

static const struct cc_phase token = {.queries = 1, .generation = true};
static const struct cc_phase two_queries = {.queries = 2};

static struct cc_llm deepseek(void)
{
    const struct cc_llm_input in = deepseek_v3();
    return cc_llm_of(&in);
}

/* Units that a token is sent to, at a level of `units` units: what of its row goes there, but for the unit it is in. */
static double copies_at(const struct cc_dispatch *d, size_t level, double units, double bytes_per_s, double width)
{
    return d->level[level].request_s * bytes_per_s / width * units / (units - 1);
}

/* The experts of a DeepSeek-V3 token over 8 chips of a server, 16 servers of 8, 4 of 8; to 16 digits. */
static void a_token_goes_once_to_each_unit(void **state)
{
    (void)state;
    const struct cc_llm llm = deepseek();
    struct cc_serving serving = levels(&llm, 1, 8);
    struct cc_dispatch d = dispatch_of(&serving, 8, 8, 8, &token);
    assert_int_equal(d.levels, 1);
    assert_near(copies_at(&d, 0, 8, 8, 7168), 5.294652000382480);
    d = dispatch_of(&serving, 32, 32, 32, &token);
    assert_int_equal(d.levels, 2); /* chips are packages */
    assert_near(copies_at(&d, 0, 4, 2, 7168), 3.614214305566513);
    assert_near(copies_at(&d, 1, 32, 8, 7168), 7.266799917352879);
    d = dispatch_of(&serving, 128, 128, 128, &token);
    assert_near(copies_at(&d, 0, 16, 2, 7168), 6.523279533536929);
    /* experts on four servers at most, but on as many chips as before */
    serving.routing.route_servers = 4;
    const struct cc_dispatch limited = dispatch_of(&serving, 128, 128, 128, &token);
    assert_near(copies_at(&limited, 0, 16, 2, 7168), 4);
    assert_near(limited.level[1].request_s, d.level[1].request_s);
    /* two chips for each expert: 8 shares over 16 chips, each copy twice */
    serving.routing.route_servers = 0;
    d = dispatch_of(&serving, 16, 16, 8, &token);
    assert_near(copies_at(&d, 1, 16, 8, 7168), 2 * 5.294652000382480);
    assert_near(copies_at(&d, 0, 2, 2, 7168), 1.993020115431821);
}

static void directly_once_for_each_expert(void **state)
{
    (void)state;
    const struct cc_llm llm = deepseek();
    struct cc_serving serving = levels(&llm, 1, 8);
    serving.routing.direct = true;
    serving.routing.route_servers = 4; /* of no effect */
    struct cc_dispatch d = dispatch_of(&serving, 32, 32, 32, &token);
    assert_near(copies_at(&d, 0, 4, 2, 7168), 8);
    assert_near(copies_at(&d, 1, 32, 8, 7168), 8);
    d = dispatch_of(&serving, 32, 32, 8, &token); /* four chips share an expert */
    assert_near(copies_at(&d, 0, 4, 2, 7168), 8);
    assert_near(copies_at(&d, 1, 32, 8, 7168), 32);
}

/* A chip of each of `chips` servers, which send at `bytes_per_s` directly; each has `rows` requests of one token. */
static struct cc_sent send_directly(const struct cc_llm *llm, int64_t chips, double bytes_per_s, double rows,
                                    double bytes)
{
    struct cc_serving serving = levels(llm, 1, 1);
    serving.routing.direct = true;
    serving.server_link = serving.package_link = (struct cc_channel){bytes_per_s, 0};
    const struct cc_dispatch d = dispatch_of(&serving, chips, chips, chips, &token);
    return cc_dispatch_send(&d, bytes, rows * (double)chips, rows, 1);
}

/* The shared expert is sent as a ninth, a width of 7K, 50 GB/s, 8 bits there and 16 back: 120.96 us (arXiv 2505.09343),
 * which counts what stays on the chip too. */
static void published_exchange(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v3();
    in.d = 7000;
    in.num_experts = 320;
    in.experts_per_token = 9;
    const struct cc_llm llm = cc_llm_of(&in);
    const double s = send_directly(&llm, 320, 50e9, 32, 1).s + send_directly(&llm, 320, 50e9, 32, 2).s;
    assert_near(s, 120.96e-6 * 319 / 320);
    assert_near(2 * 61 * s, 0.01475712 * 319 / 320); /* a token of two half batches: 14.76 ms */
}

/* DeepEP: 128 tokens on each of 128 chips, 80 % of 50 GB/s: 192 us and 369 us measured, with scales. */
static void measured_exchange(void **state)
{
    (void)state;
    const struct cc_llm llm = deepseek();
    assert_near(send_directly(&llm, 128, 40e9, 128, 1).s, 128 * 8 * 7168 / 40e9 * 127 / 128);  /* 182 us */
    assert_near(send_directly(&llm, 128, 40e9, 128, 2).s, 128 * 8 * 14336 / 40e9 * 127 / 128); /* 364 us */
}

/* 32 experts of which a token has 2, width 10. */
static struct cc_llm small_experts(void)
{
    struct cc_llm_input in = released("small", 2, 10, 2, 8, 0);
    set_experts(&in, 32, 2, 8, 0, 0);
    return cc_llm_of(&in);
}

/* Two servers of two packages of two chips: all three levels, of 2, 4 and 8 units; each of 8 groups has 3 requests. */
static struct cc_dispatch three_levels(const struct cc_llm *llm)
{
    struct cc_serving serving = levels(llm, 2, 2);
    serving.routing.direct = true;
    return dispatch_of(&serving, 8, 8, 8, &two_queries);
}

static void the_slowest_level_sets_the_time(void **state)
{
    (void)state;
    const struct cc_llm llm = small_experts();
    struct cc_dispatch d = three_levels(&llm);
    assert_int_equal(d.levels, 3);
    /* 2 copies of 2 rows of 10 numbers to the others; a server has 12 requests, a package 6, a chip 3 */
    assert_near(cc_dispatch_send(&d, 1, 24, 3, 1).s, 4 + 12 * 40 * 0.5 / 2);
    /* servers far faster than packages, and these than chips */
    d.level[0].request_s = 0;
    assert_near(cc_dispatch_send(&d, 1, 24, 3, 1).s, 3 + 6 * 40 * 0.75 / 8);
    d.level[1].request_s = 0;
    assert_near(cc_dispatch_send(&d, 2, 24, 3, 1).s, 2 + 3 * 40 * 0.875 / 32 * 2);
    /* the hottest share is one of chips */
    assert_near(cc_dispatch_send(&d, 2, 24, 3, 3).s, 2 + 3 * 40 * 0.875 / 32 * 2 * 3);
    /* 5 requests, one in a group: a server has four of them */
    d = three_levels(&llm);
    assert_near(cc_dispatch_send(&d, 1, 5, 1, 1).s, 4 + 4 * 40 * 0.5 / 2);
    assert_near(cc_dispatch_send(&d, 1, 2, 1, 1).s, 4 + 2 * 40 * 0.5 / 2); /* no more than there are */
}

static void energy_of_all_levels(void **state)
{
    (void)state;
    const struct cc_llm llm = small_experts();
    const struct cc_dispatch d = three_levels(&llm);
    const double numbers = 24 * 40;
    assert_near(cc_dispatch_send(&d, 2, 24, 3, 1).j, numbers * 2 * (0.5 * 5 + 0.75 * 6 + 0.875 * 7) * 1e-12);
    assert_near(cc_dispatch_send(&d, 2, 24, 3, 9).j, numbers * 2 * (0.5 * 5 + 0.75 * 6 + 0.875 * 7) * 1e-12);
}

/* Four chips and a copy for each of 16 experts: everyone has everything sooner. */
static void all_rows_to_all_chips_where_that_is_less(void **state)
{
    (void)state;
    struct cc_llm llm = small_experts();
    llm.active_experts = 16;
    struct cc_serving serving = levels(&llm, 1, 4);
    serving.routing.direct = true;
    struct cc_dispatch d = dispatch_of(&serving, 4, 4, 4, &token);
    /* 3 others: 3 * (3 + 2 * 10 / 8); sent one by one 3 + 2 * 16 * 10 * 0.75 / 8 = 33 */
    assert_near(cc_dispatch_send(&d, 1, 8, 2, 1).s, 16.5);
    assert_near(cc_dispatch_send(&d, 1, 8, 2, 1).j, 3 * 8 * 10 * 6e-12);
    /* two groups of two chips: each brings half of its group's rows */
    d = dispatch_of(&serving, 4, 2, 4, &token);
    assert_near(cc_dispatch_send(&d, 1, 8, 4, 1).s, 3 * (3 + 4 * 10 / 2 / 8.0));
}

static void formats_on_the_way(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v3();
    in.dispatch_bits = (struct cc_number_format){8, CC_FP8};
    in.combine_bits = (struct cc_number_format){12, CC_BF16};
    const struct cc_llm llm = cc_llm_of(&in);
    const struct cc_serving serving = levels(&llm, 1, 8);
    const struct cc_dispatch d = dispatch_of(&serving, 8, 8, 8, &token);
    assert_near(d.dispatch_bytes, 1);
    assert_near(d.combine_bytes, 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_goes_once_to_each_unit),
        cmocka_unit_test(directly_once_for_each_expert),
        cmocka_unit_test(published_exchange),
        cmocka_unit_test(measured_exchange),
        cmocka_unit_test(the_slowest_level_sets_the_time),
        cmocka_unit_test(energy_of_all_levels),
        cmocka_unit_test(all_rows_to_all_chips_where_that_is_less),
        cmocka_unit_test(formats_on_the_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
