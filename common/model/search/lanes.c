#include "model/search/lanes.h"

#include <math.h>

#include "base/variants.h"
#include "model/serving/point.h"

CC_IN_VARIANTS void prefill_lanes(const double *restrict pace, double passes, size_t width, size_t lanes,
                                  double *restrict s, double *restrict j)
{
    const double *through_s = pace + CC_THROUGH_S * width, *interval_s = pace + CC_INTERVAL_S * width;
    const double *pass_j = pace + CC_PASS_J * width;
    for (size_t i = 0; i < lanes; i++) {
        const struct cc_pace one = {through_s[i], interval_s[i], pass_j[i]};
        s[i] = cc_prefill_s(&one, passes);
        j[i] = cc_prefill_j(&one, passes);
    }
}

CC_IN_VARIANTS void generate_lanes(const double *restrict pace, double passes, double steps, size_t width, size_t lanes,
                                   double *restrict s, double *restrict j)
{
    const double *through_s = pace + CC_THROUGH_S * width, *interval_s = pace + CC_INTERVAL_S * width;
    const double *pass_j = pace + CC_PASS_J * width;
    for (size_t i = 0; i < lanes; i++) {
        const struct cc_pace one = {through_s[i], interval_s[i], pass_j[i]};
        s[i] = cc_generate_s(&one, passes, steps);
        j[i] = cc_generate_j(&one, passes, steps);
    }
}

/* One micro-batch. */
CC_IN_VARIANTS void score_row(const double *restrict row, size_t width, size_t lanes, struct cc_weights w,
                              double *restrict kept, double *restrict least, double *restrict scores)
{
    const double *prefill_s = row + CC_PREFILL_S * width, *prefill_j = row + CC_PREFILL_J * width;
    const double *generate_s = row + CC_GENERATE_S * width, *generate_j = row + CC_GENERATE_J * width;
    for (size_t i = 0; i < lanes; i++) {
        const double prefill = w.prefill_s * prefill_s[i] + w.j * prefill_j[i];
        const double best = prefill < kept[i] ? prefill : kept[i];
        const double score = best + (w.generate_s * generate_s[i] + w.j * generate_j[i]);
        kept[i] = best;
        scores[i] = score;
        least[i] = score < least[i] ? score : least[i];
    }
}

CC_IN_VARIANTS void start(size_t lanes, double *restrict least)
{
    for (size_t i = 0; i < lanes; i++)
        least[i] = INFINITY;
}

CC_IN_VARIANTS void score_lanes(const double *restrict outcomes, size_t count, size_t width, size_t lanes,
                                struct cc_weights w, double *restrict kept, double *restrict least,
                                double *restrict scores)
{
    start(lanes, kept);
    start(lanes, least);
    for (size_t k = 0; k < count; k++)
        score_row(outcomes + k * CC_OUTCOME_ROWS * width, width, lanes, w, kept, least, scores + k * width);
}

CC_IN_VARIANTS void least_lanes(const double *restrict outcomes, enum cc_outcome_row row, size_t count, size_t width,
                                size_t lanes, double *restrict least)
{
    start(lanes, least);
    for (size_t k = 0; k < count; k++) {
        const double *figure = outcomes + (k * CC_OUTCOME_ROWS + (size_t)row) * width;
        for (size_t i = 0; i < lanes; i++)
            least[i] = figure[i] < least[i] ? figure[i] : least[i];
    }
}

/* `lanes` is a multiple of CC_LANES_STEP: the compiler that sees the product leaves out the rest of its loops. */
#define LOOPS(variant, target) \
    target static void prefill_##variant(const double *pace, double passes, size_t width, size_t lanes, double *s, \
                                         double *j) \
    { \
        prefill_lanes(pace, passes, width, lanes / CC_LANES_STEP * CC_LANES_STEP, s, j); \
    } \
    target static void generate_##variant(const double *pace, double passes, double steps, size_t width, size_t lanes, \
                                          double *s, double *j) \
    { \
        generate_lanes(pace, passes, steps, width, lanes / CC_LANES_STEP * CC_LANES_STEP, s, j); \
    } \
    target static void score_##variant(const double *outcomes, size_t count, size_t width, size_t lanes, \
                                       struct cc_weights w, double *kept, double *least, double *scores) \
    { \
        score_lanes(outcomes, count, width, lanes / CC_LANES_STEP * CC_LANES_STEP, w, kept, least, scores); \
    } \
    target static void least_##variant(const double *outcomes, enum cc_outcome_row row, size_t count, size_t width, \
                                       size_t lanes, double *least) \
    { \
        least_lanes(outcomes, row, count, width, lanes / CC_LANES_STEP * CC_LANES_STEP, least); \
    } \
    static const struct cc_lane_loops loops_##variant = {#variant, prefill_##variant, generate_##variant, \
                                                         score_##variant, least_##variant};

LOOPS(plain, )
#if CC_HAS_AVX2
LOOPS(avx2, CC_AVX2)
#endif

const struct cc_lane_loops *const *cc_lane_loops(void)
{
#if CC_HAS_AVX2
    static const struct cc_lane_loops *const all[] = {&loops_avx2, &loops_plain, NULL};
    return cc_runs_avx2() ? all : all + 1;
#else
    static const struct cc_lane_loops *const all[] = {&loops_plain, NULL};
    return all;
#endif
}
