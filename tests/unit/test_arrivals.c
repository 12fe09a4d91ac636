/* Systems that requests arrive at by themselves: figures by hand, properties, and simulations of 400,000 arrivals from
 * a seed. */
#include "near.h"

#include <stdlib.h>

#include "model/serving/arrivals.h"
#include "model/serving/chunked.h"
#include "model/serving/cost.h"
#include "small.h"

static bool within(double actual, double expected, double share)
{
    const bool good = fabs(actual - expected) <= share * fabs(expected);
    if (!good)
        print_error("%.10g, expected %.10g within %g\n", actual, expected, share);
    return good;
}

/* A mapping on one chip, with prefills of one request and all of the batch in a micro-batch. */
static struct cc_mapping on_one_chip(int64_t batch)
{
    return (struct cc_mapping){
        .place = {1, 1, 1, 1, 1}, .prefill_micro_batch = 1, .micro_batch = batch, .sub_systems = 1};
}

/* Whether a system keeps up; if so, what is then. */
static bool at(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch, double quantile,
               double rate, struct cc_point *point)
{
    static struct cc_arrivals arrivals;
    cc_arrivals_open(&arrivals, serving, mapping, batch, quantile);
    *point = (struct cc_point){.num_servers = 1, .batch = batch};
    return cc_arrivals_at(&arrivals, rate, point);
}

static double goodput(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                      const struct cc_slo *slo)
{
    static struct cc_arrivals arrivals;
    cc_arrivals_open(&arrivals, serving, mapping, batch, slo->quantile);
    const double rate = cc_arrivals_goodput(&arrivals, slo);
    assert_true(rate >= 0 && rate <= cc_arrivals_capacity(&arrivals));
    return rate;
}

/* One layer of width 4, prompts of 2 tokens, answers of 4, 3 of them in passes of their own: 256 B of weights at
 * 100 B/s, and for each request 64 B of the cache, and a row of 8 B handed over at 16 B/s after 0.5 s:
 *
 *     t(N) = 2.56 + 0.64 N + 0.5 + 0.5 N = 3.06 + 1.14 N
 *
 * A prefill has the cache of 2 tokens, 32 B, and two rows: D = 2.56 + 0.32 + 0.5 + 1 = 4.38 s. */
static const double prefill_s = 4.38, pass_s = 3.06, request_s = 1.14;

static void both_phases_by_hand(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    const struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = on_one_chip(4);
    const double rate = 0.05, load = rate * prefill_s; /* 0.219 */
    struct cc_point p;
    assert_true(at(&serving, &mapping, 4, 0.9, rate, &p));
    /* N (1 - 0.219) = 0.05 3 (3.06 + 1.14 (N + 1)): N = 0.63/0.61; s = 0.05 3 1.14/0.781 */
    const double n = 0.63 / 0.61, s = 0.171 / 0.781, z = 1.2815515655446004;
    const double most = n + z * sqrt(n / (1 - s)) + (1 + s) / (1 - s) * (z * z - 1) / 6;
    assert_near(load, 0.219);
    assert_true(within(p.requests_present, n, 1e-12));
    assert_true(within(p.rate_tpot_s, (pass_s + request_s * (n + 1)) / 0.781, 1e-12));
    assert_true(within(p.quantile_tpot_s, (pass_s + request_s * (most + 1)) / 0.781, 1e-12));
    assert_near(p.wait_s, 0.219 * prefill_s / (2 * 0.781));
    assert_near(p.rate_ttft_s, prefill_s + p.wait_s);
    const struct cc_prefill_queue queue = {rate, prefill_s, 1, 1, 0};
    assert_near(p.quantile_ttft_s, prefill_s + cc_queue_wait_quantile_s(&queue, 0.9));
    /* always 4 requests: 4/(3 t(4) + 4 D) */
    assert_near(p.rate_load, rate * (3 * (pass_s + 4 * request_s) + 4 * prefill_s) / 4);
    /* of a request: a prefill, and three passes that it shares with N: 160 products at 3 pJ, 256 B of weights, 72 B of
     * activations at 2, 64 B of the cache */
    const struct cc_pace prefill = cc_pace_of(&serving, &mapping.place, &serving.prefill, 1);
    assert_true(within(p.rate_request_j, prefill.j + 3 * (480 + 256 / n + 144 + 64) * 1e-12, 1e-12));
    /* 0.15: 0.343 N = 0.45 (4.2 + 1.14 N) has no root; 0.08: 0.6496 N = 0.24 (4.2 + 1.14 N), N 2.68, and 5.7 at the
     * quantile */
    assert_false(at(&serving, &mapping, 4, 0.9, 0.15, &p));
    assert_false(at(&serving, &mapping, 4, 0.9, 0.08, &p));
    assert_true(at(&serving, &mapping, 4, 0.5, 0.08, &p));
}

static void one_phase_by_hand(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = on_one_chip(4);
    struct cc_point p;
    serving.duty = CC_GENERATE_ALONE;
    /* N = 0.06 3 (3.06 + 1.14 (N + 1)) */
    const double n = 0.18 * (pass_s + request_s) / (1 - 0.18 * request_s);
    assert_true(at(&serving, &mapping, 4, 0.9, 0.06, &p));
    assert_true(within(p.requests_present, n, 1e-12));
    assert_true(within(p.rate_tpot_s, pass_s + request_s * (n + 1), 1e-12));
    assert_near(p.rate_load, 0.06 * 3 * (pass_s + 4 * request_s) / 4);
    /* two prompts at a time: 2.56 + 0.64 + 0.5 + 2 s, which gather for 1/(2 0.1) s */
    serving.duty = CC_PREFILL_ALONE;
    assert_true(at(&serving, &mapping, 2, 0.9, 0.1, &p));
    const double two_s = 5.7, load = 0.1 * two_s / 2;
    assert_near(p.rate_load, load);
    assert_near(p.wait_s, 5 + load * two_s / (4 * (1 - load)));
    assert_near(p.rate_ttft_s, p.wait_s + two_s);
    assert_near(p.requests_present, 0);
    assert_false(at(&serving, &mapping, 2, 0.9, 2 / two_s, &p));
}

/* Chunks of one token: t_mixed = t + 0.24 + 0.5, the cache of 1.5 tokens and a row. A prompt has two. */
static void mixed_passes_by_hand(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = on_one_chip(1);
    struct cc_point p;
    serving.duty = CC_CHUNKED;
    serving.prefill_chunk = 1;
    /* a share 2 0.03 tpot of passes is mixed: tpot = (3.06 + 1.14 (N + 1))/(1 - 0.06 0.74); N = 0.09 tpot */
    assert_true(at(&serving, &mapping, 1, 0.6, 0.03, &p));
    const double n = 0.09 * 4.2 / (1 - 0.0444 - 0.09 * request_s), generate_s = pass_s + request_s * (n + 1);
    const double mixed_s = 0.74 + generate_s;
    assert_true(within(p.requests_present, n, 1e-12));
    assert_true(within(p.rate_tpot_s, generate_s / 0.9556, 1e-12));
    /* two mixed passes are the service of a prompt, and what its prefill takes; a pass of generation goes on before */
    const double load = 0.03 * 2 * mixed_s;
    assert_true(within(p.wait_s, load * 2 * mixed_s / (2 * (1 - load)) + generate_s / 2, 1e-12));
    assert_true(within(p.rate_ttft_s, p.wait_s + 2 * mixed_s, 1e-12));
    /* when full it takes in what the point of the mapping does */
    const struct cc_point full = cc_mapping_chunked_point(&serving, &mapping, 1);
    assert_near(p.rate_load, 0.03 / full.requests_per_s);
    assert_near(p.rate_request_j, full.prefill_energy_j + full.generate_energy_j);
}

/* An answer of one token comes with the prefill: the queue alone. */
static void answers_of_one_token(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = on_one_chip(1);
    const struct cc_slo slo = {.ttft_s = prefill_s + 1, .tpot_s = 1e-9, .quantile = 0.9};
    struct cc_point p;
    serving.steps = 0;
    assert_true(at(&serving, &mapping, 1, 0.9, 0.2, &p));
    assert_near(p.rate_load, 0.2 * prefill_s);
    assert_near(p.requests_present, 0);
    assert_near(p.rate_tpot_s, 0);
    const double rate = goodput(&serving, &mapping, 1, &slo);
    const struct cc_prefill_queue queue = {rate, prefill_s, 1, 1, 0};
    assert_true(within(cc_queue_wait_quantile_s(&queue, 0.9), 1, 1e-9));
}

static void goodput_by_hand(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(1, 4, 2, 8, 1, "relu");
    struct cc_serving serving = tiny_serving(&llm, CC_NO_INT, cc_conventions_corrected());
    const struct cc_mapping mapping = on_one_chip(4);
    struct cc_slo slo = {.ttft_s = NAN, .tpot_s = pass_s + 3 * request_s, .quantile = 0.9};
    struct cc_point p;
    static struct cc_arrivals arrivals;
    serving.duty = CC_GENERATE_ALONE;
    /* it is of N a rate of N/(3 t(N + 1)), where N and z sd and the token itself take no more than t(3):
     * s = N 1.14/t(N + 1), by hand for N = 0.75: 0.855/5.055 = 0.16914, sd 0.95009, skew 0.15084: 2.1184, too many;
     * for N = 0.6: 0.13995, 0.83525, 0.14210: 1.8125, too few */
    const double good = goodput(&serving, &mapping, 4, &slo);
    assert_true(good < 0.75 / (3 * (pass_s + request_s * 1.75)) && good > 0.6 / (3 * (pass_s + request_s * 1.6)));
    assert_true(at(&serving, &mapping, 4, 0.9, good * (1 - 1e-12), &p));
    assert_true(within(p.quantile_tpot_s, slo.tpot_s, 1e-9));
    /* one alone takes t(1) */
    slo.tpot_s = (pass_s + request_s) * 0.999;
    assert_true(goodput(&serving, &mapping, 4, &slo) == 0);
    slo.tpot_s = NAN;
    cc_arrivals_open(&arrivals, &serving, &mapping, 4, 0.9);
    cc_arrivals_set_goodput(&arrivals, &slo, &p);
    assert_near(p.chip_goodput_requests_per_s, p.goodput_requests_per_s);
}

/* 2 $ for a watt over a life of 1000 s, servers of 100 $; 40 % of the power reaches the chips, and 7 W go elsewhere. */
static void costs_by_hand(void **state)
{
    (void)state;
    const struct cc_tco_rates rates = {.life_s = 1000, .power_usd_per_w = 2, .supply_efficiency = 0.4};
    const struct cc_server server = {.cost_usd = 100, .tdp_w = 20, .other_power_w = 7};
    const struct cc_cost_basis basis = cc_cost_basis_of(
        &rates, &server, true, (struct cc_workload){.prefill_len = 2, .generate_len = 4}, cc_conventions_corrected());
    /* 0.5 requests/s of 8 J on three servers */
    const double server_w = 0.5 * 8 / 0.4 / 3 + 7;
    assert_near(cc_rate_usd_per_request(&basis, 3, 0.5, 8), 3 * (100 + 2 * server_w) / 1000 / 0.5);
    assert_true(cc_rate_usd_per_request(&basis, 3, 0, 8) > 1e308);
}

/* ---- properties, of drawn systems ---- */

#define CHOOSE(seed, ...) \
    ((const double[]){__VA_ARGS__}[(size_t)random_between( \
        seed, 0, (double)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))])

struct drawn {
    struct cc_llm llm;
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct cc_serving serving;
    struct cc_mapping mapping;
    int64_t batch;
    double quantile;
};

/* False: such a system there is not. */
static bool draw(uint64_t *seed, struct drawn *d)
{
    struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
    struct cc_system system = small_system();
    struct cc_reject reject;
    const struct cc_workload workload = {.prefill_len = (int64_t)CHOOSE(seed, 8, 40, 200),
                                         .generate_len = (int64_t)CHOOSE(seed, 2, 20, 90)};
    d->llm = llm_of((int64_t)CHOOSE(seed, 2, 4), 16, 4, 64, 1, "gelu");
    d->chip = (struct cc_chip){.peak_flops = pow(10, random_between(seed, 7, 10)),
                               .sram_bytes_per_s = pow(10, random_between(seed, 6, 9)),
                               .package_link = {.bytes_per_s = pow(10, random_between(seed, 6, 9)), .init_s = 1e-6}};
    d->package = (struct cc_package){.num_chips = 2, .memory_bytes = 1e7};
    d->server = (struct cc_server){.num_packages = 2, .num_chips = 4, .peak_flops = 4 * d->chip.peak_flops};
    d->server.link = (struct cc_link){.bytes_per_s = pow(10, random_between(seed, 6, 9)), .init_s = 1e-5};
    system.prefill_chunk = (int64_t)CHOOSE(seed, 4, 16, 64);
    system.route_servers = CC_NO_INT;
    d->serving = cc_serving_of(&d->chip, &d->package, &d->server, &d->llm, &system, workload, &small_constants,
                               cc_conventions_corrected());
    d->serving.duty = (enum cc_duty)CHOOSE(seed, CC_BOTH_PHASES, CC_PREFILL_ALONE, CC_GENERATE_ALONE, CC_CHUNKED);
    d->quantile = CHOOSE(seed, 0.5, 0.9, 0.99);
    assert_true(cc_stage_place_of(&d->serving, 1, (int64_t)CHOOSE(seed, 1, 2), &place));
    const size_t count = cc_layouts_of(&d->serving, &place, layouts);
    d->batch = (int64_t)CHOOSE(seed, 8, 32, 128);
    d->mapping = (struct cc_mapping){.place = layouts[(size_t)random_between(seed, 0, (double)count)],
                                     .prefill_micro_batch = (int64_t)CHOOSE(seed, 1, 1, 2, 8),
                                     .micro_batch = d->batch / (int64_t)CHOOSE(seed, 1, 2, 8),
                                     .sub_systems = 1};
    if (d->serving.duty == CC_PREFILL_ALONE)
        d->batch = d->mapping.prefill_micro_batch;
    return d->serving.duty != CC_CHUNKED || cc_chunks_keep_up(&d->serving, (double)d->mapping.micro_batch, &reject);
}

static double capacity_of(const struct drawn *d)
{
    static struct cc_arrivals arrivals;
    cc_arrivals_open(&arrivals, &d->serving, &d->mapping, d->batch, d->quantile);
    return cc_arrivals_capacity(&arrivals);
}

static void assert_rises(double before, double after)
{
    if (!(after >= before * (1 - 1e-9)))
        fail_msg("%.17g after %.17g", after, before);
}

enum { DRAWS = 3000 };

/* More requests never take less time, nor leave more of the system free; when a rate is too much, so are those above.
 * Where prompts gather, they gather for less time: what is left rises. */
static void a_higher_rate_is_never_better(void **state)
{
    (void)state;
    uint64_t seed = 71;
    size_t met = 0, dropped = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        if (!draw(&seed, &d))
            continue;
        struct cc_point before = {0}, p;
        const double capacity = capacity_of(&d);
        bool keeps_up = true;
        for (double share = 0.05; share < 1.1; share += 0.1, before = p) {
            const double rate = share * capacity, m = (double)d.mapping.prefill_micro_batch;
            const double gather_s =
                d.serving.duty == CC_CHUNKED || d.serving.duty == CC_GENERATE_ALONE ? 0 : (m - 1) / 2 / rate;
            const bool now = at(&d.serving, &d.mapping, d.batch, d.quantile, rate, &p);
            assert_true(keeps_up || !now);
            keeps_up = now;
            dropped += !now;
            if (!now)
                break;
            met++;
            assert_near(p.rate_load, share);
            p.wait_s -= gather_s, p.quantile_ttft_s -= gather_s, p.rate_ttft_s -= gather_s;
            assert_rises(before.wait_s, p.wait_s + 1e-15);
            assert_rises(before.quantile_ttft_s, p.quantile_ttft_s);
            assert_rises(before.rate_ttft_s, p.rate_ttft_s);
            assert_rises(before.requests_present, p.requests_present);
            assert_rises(before.rate_tpot_s, p.rate_tpot_s);
            assert_rises(before.quantile_tpot_s, p.quantile_tpot_s);
            assert_true(p.quantile_tpot_s >= p.rate_tpot_s || d.quantile < 0.9);
        }
        assert_false(keeps_up); /* not beyond its capacity */
    }
    assert_true(met > DRAWS && dropped > DRAWS / 2);
}

/* The goodput keeps its promise, and a little more does not; a looser promise never has less; none has more than
 * without one. */
static void goodput_is_the_largest(void **state)
{
    (void)state;
    uint64_t seed = 72;
    size_t bound = 0, none = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        struct cc_point p;
        if (!draw(&seed, &d) || !at(&d.serving, &d.mapping, d.batch, d.quantile, 0.2 * capacity_of(&d), &p))
            continue;
        struct cc_slo slo = {NAN, NAN, d.quantile};
        const double any = goodput(&d.serving, &d.mapping, d.batch, &slo);
        slo.ttft_s = p.quantile_ttft_s > 0 ? p.quantile_ttft_s * random_between(&seed, 0.8, 3) : 1;
        slo.tpot_s = p.quantile_tpot_s > 0 ? p.quantile_tpot_s * random_between(&seed, 0.9, 2) : 1;
        const double good = goodput(&d.serving, &d.mapping, d.batch, &slo);
        assert_rises(good, any);
        const struct cc_slo looser = {slo.ttft_s * 1.2, slo.tpot_s * 1.1, d.quantile};
        assert_rises(good, goodput(&d.serving, &d.mapping, d.batch, &looser));
        none += good == 0;
        if (good == 0)
            continue;
        assert_true(at(&d.serving, &d.mapping, d.batch, d.quantile, good * (1 - 1e-9), &p));
        assert_rises(p.quantile_ttft_s, slo.ttft_s * (1 + 1e-6));
        assert_rises(p.quantile_tpot_s, slo.tpot_s * (1 + 1e-6));
        if (at(&d.serving, &d.mapping, d.batch, d.quantile, good * (1 + 1e-6), &p)) {
            if (!(p.quantile_ttft_s > slo.ttft_s || p.quantile_tpot_s > slo.tpot_s))
                printf("duty %d q %g m %d batch %d micro %d good %g cap %g ttft %.12g %.12g tpot %.12g %.12g any %g N "
                       "%g p %d a %d t %d\n",
                       d.serving.duty, d.quantile, (int)d.mapping.prefill_micro_batch, (int)d.batch,
                       (int)d.mapping.micro_batch, good, capacity_of(&d), p.quantile_ttft_s, slo.ttft_s,
                       p.quantile_tpot_s, slo.tpot_s, any, p.requests_present, (int)d.mapping.place.pipeline_parallel,
                       (int)d.mapping.place.attention_groups, (int)d.mapping.place.tensor_parallel);
            bound++;
        }
    }
    assert_true(bound > DRAWS / 4 && none > 30);
}

/* Where prompts gather, too low a rate breaks a promise of TTFT too: then the goodput is the upper end of what keeps
 * it, or 0. */
static void gathering_prompts_have_a_best_rate(void **state)
{
    (void)state;
    uint64_t seed = 73;
    size_t met = 0, none = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        struct cc_point p;
        if (!draw(&seed, &d) || d.serving.duty != CC_PREFILL_ALONE || d.batch == 1)
            continue;
        const double capacity = capacity_of(&d);
        double best = INFINITY, last_good = 0;
        struct cc_slo slo = {NAN, NAN, d.quantile};
        for (int k = 1; k < 400; k++)
            if (at(&d.serving, &d.mapping, d.batch, d.quantile, k / 400.0 * capacity, &p))
                best = fmin(best, p.quantile_ttft_s);
        slo.ttft_s = best * random_between(&seed, 0.9, 1.5);
        for (int k = 1; k < 400; k++)
            if (at(&d.serving, &d.mapping, d.batch, d.quantile, k / 400.0 * capacity, &p) &&
                p.quantile_ttft_s <= slo.ttft_s)
                last_good = k / 400.0 * capacity;
        const double good = goodput(&d.serving, &d.mapping, d.batch, &slo);
        assert_rises(last_good, good);
        assert_true(last_good == 0 || good <= last_good + capacity / 400);
        if (good > 0) {
            assert_true(at(&d.serving, &d.mapping, d.batch, d.quantile, good * (1 - 1e-9), &p));
            assert_rises(p.quantile_ttft_s, slo.ttft_s * (1 + 1e-6));
        }
        met++;
        none += good == 0;
    }
    assert_true(met > 50 && none > 5 && none < met);
}

/* ---- simulations ---- */

enum { ARRIVALS = 400000, WARM = 20000, ALL = ARRIVALS + WARM, PRESENT_MOST = 1024, QUANTILES = 3, BATCH = 256 };

static const double quantiles[QUANTILES] = {0.5, 0.9, 0.99};

/* What happens at one chip: Poisson arrivals, prompts first come, first served; then `steps` passes for each request,
 * in which all that are present take part: the first to come is the first to go. */
struct simulation {
    double rate, steps;
    double prefill_s; /* of one request */
    double token_s[PRESENT_MOST],
        mixed_s[PRESENT_MOST]; /* of a pass with so many requests; with a chunk of a prompt too */
    int64_t chunks;            /* of a prompt */
    uint64_t seed;
    double now, next; /* time; that of the next arrival */
    size_t in, out, gone;
    double came[ALL], joined[ALL], done_at[ALL]; /* done_at: in passes since the beginning */
    double passes;
    double ttft_s[ALL], tpot_s[ALL]; /* what it finds, in order in the end; and the mean number present: */
    double present_sum, all_s;
};

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void arrive_next(struct simulation *s)
{
    s->next = s->in < ALL ? s->now - log(1 - random_between(&s->seed, 0, 1)) / s->rate : INFINITY;
}

static void begin(struct simulation *s, double rate, uint64_t seed)
{
    s->rate = rate;
    s->seed = seed;
    s->now = s->passes = s->present_sum = s->all_s = 0;
    s->in = s->out = s->gone = 0;
    arrive_next(s);
}

static size_t present(const struct simulation *s)
{
    return s->out - s->gone;
}

/* Time goes on, with a number of passes. */
static void pass_time(struct simulation *s, double until, double passes)
{
    if (s->gone > WARM && s->in < ALL) {
        s->present_sum += (double)present(s) * (until - s->now);
        s->all_s += until - s->now;
    }
    s->passes += passes;
    s->now = until;
}

static void arrive(struct simulation *s)
{
    s->came[s->in++] = s->now;
    arrive_next(s);
}

static void first_token(struct simulation *s)
{
    s->ttft_s[s->out] = s->now - s->came[s->out];
    s->joined[s->out] = s->now;
    s->done_at[s->out++] = s->passes + s->steps;
}

static void complete(struct simulation *s)
{
    s->tpot_s[s->gone] = (s->now - s->joined[s->gone]) / s->steps;
    s->gone++;
}

static void end(struct simulation *s)
{
    qsort(s->ttft_s + WARM, ARRIVALS, sizeof(double), compare);
    qsort(s->tpot_s + WARM, ARRIVALS, sizeof(double), compare);
}

static double found(const double times_s[ALL], double quantile)
{
    return times_s[WARM + (int)(quantile * ARRIVALS)];
}

/* Prefills come first, and interrupt generation. */
static void alternate(struct simulation *s)
{
    double until = INFINITY; /* the end of the prefill */
    while (s->gone < ALL) {
        const bool prefills = !isinf(until);
        const double token_s = s->token_s[present(s)];
        const double leaves =
            prefills || present(s) == 0 ? INFINITY : s->now + (s->done_at[s->gone] - s->passes) * token_s;
        const double then = fmin(fmin(s->next, until), leaves);
        pass_time(s, then, prefills ? 0 : (then - s->now) / token_s);
        if (then == leaves) {
            complete(s);
        } else if (then == until) {
            first_token(s);
            until = s->in > s->out ? s->now + s->prefill_s : INFINITY;
        } else {
            arrive(s);
            until = prefills ? until : s->now + s->prefill_s;
        }
    }
    end(s);
}

/* Passes follow one another while there is anything to do; a chunk goes along while a prompt waits. */
static void mix(struct simulation *s)
{
    int64_t left = s->chunks; /* of the prompt whose turn it is */
    while (s->gone < ALL) {
        if (s->in == s->out && present(s) == 0) {
            pass_time(s, s->next, 0);
            arrive(s);
        }
        const bool mixed = s->in > s->out;
        const double ends = s->now + (mixed ? s->mixed_s : s->token_s)[present(s)];
        while (s->next < ends) {
            pass_time(s, s->next, 0);
            arrive(s);
        }
        pass_time(s, ends, 1);
        while (present(s) > 0 && s->done_at[s->gone] <= s->passes)
            complete(s);
        if (mixed && --left == 0) {
            first_token(s);
            left = s->chunks;
        }
    }
    end(s);
}

/* One chip that serves prompts of 64 tokens, with 300 after the first; the weights take most of a pass with few
 * requests. */
static struct cc_serving one_chip(const struct cc_llm *llm)
{
    const struct cc_chip chip = {.peak_flops = 4e9, .sram_bytes_per_s = 1e7, .package_link = {.bytes_per_s = 1e9}};
    const struct cc_package package = {.num_chips = 1, .memory_bytes = 1e8};
    const struct cc_server server = {
        .num_packages = 1, .num_chips = 1, .link = {.bytes_per_s = 1e9}, .peak_flops = 4e9};
    struct cc_system system = small_system();
    system.prefill_chunk = 32;
    return cc_serving_of(&chip, &package, &server, llm, &system,
                         (struct cc_workload){.prefill_len = 64, .generate_len = 301}, &small_constants,
                         cc_conventions_corrected());
}

/* The passes of the chip, with whole requests. */
static void set_passes(struct simulation *s, const struct cc_serving *serving, const struct cc_mapping *m)
{
    s->steps = serving->steps;
    s->prefill_s = cc_pace_of(serving, &m->place, &serving->prefill, 1).interval_s;
    s->chunks = serving->workload.prefill_len / (int64_t)serving->prefill_chunk;
    for (size_t n = 0; n < PRESENT_MOST; n++) {
        const struct cc_axis axis = {1, {(double)n}, {1}};
        struct cc_pipeline pipeline;
        struct cc_stages stages;
        struct cc_pieces pieces;
        struct cc_paces paces;
        struct cc_step step;
        cc_stages_of(&stages, serving, 1);
        cc_pipeline_of(&pipeline, serving, &m->place, &serving->generate, &stages);
        cc_mixed_step_open(&step, serving, &m->place);
        cc_step_pieces(&step, &axis, 1, &pieces);
        cc_mixed_paces(&pipeline, &pieces, serving, &axis, 1, &paces);
        s->mixed_s[n] = cc_pace_at(&paces, 0).interval_s;
        s->token_s[n] = cc_pace_of(serving, &m->place, &serving->generate, (double)n).interval_s;
    }
}

/* How near the columns are to what is found. */
struct nearness {
    double means, tpot, ttft; /* of quantiles the last two */
};

/* A rate, against the columns for it: the number present and the mean TTFT, and TTFT and time of a token of requests at
 * three quantiles. */
static void compare_at(const struct simulation *s, const struct cc_serving *serving, const struct cc_mapping *mapping,
                       struct nearness near)
{
    struct cc_point p;
    double ttft_s = 0;
    for (size_t i = WARM; i < ALL; i++)
        ttft_s += s->ttft_s[i] / ARRIVALS;
    for (int k = 0; k < QUANTILES; k++) {
        assert_true(at(serving, mapping, BATCH, quantiles[k], s->rate, &p));
        assert_true(within(p.quantile_ttft_s, found(s->ttft_s, quantiles[k]), near.ttft));
        assert_true(within(p.quantile_tpot_s, found(s->tpot_s, quantiles[k]), near.tpot));
    }
    assert_true(within(p.requests_present, s->present_sum / s->all_s, near.means));
    assert_true(within(p.rate_ttft_s, ttft_s, near.means));
    assert_true(within(p.rate_tpot_s, s->present_sum / s->all_s / s->rate / s->steps, near.means));
}

static struct simulation simulation; /* large */

static void simulated_alternation(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(2, 256, 4, 1024, 4, "gelu");
    const struct cc_serving serving = one_chip(&llm);
    const struct cc_mapping mapping = on_one_chip(BATCH);
    static struct cc_arrivals arrivals;
    set_passes(&simulation, &serving, &mapping);
    cc_arrivals_open(&arrivals, &serving, &mapping, BATCH, 0.9);
    for (int tenth = 2; tenth <= 9; tenth++) {
        begin(&simulation, tenth / 10.0 * cc_arrivals_capacity(&arrivals), 11);
        alternate(&simulation);
        compare_at(&simulation, &serving, &mapping, (struct nearness){0.01, 0.03, 0.01});
    }
}

/* Where the number present changes, so does the time of the chunks of a prompt: the quantiles of TTFT are of the mean
 * number, and low. */
static void simulated_mixed_passes(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(2, 256, 4, 1024, 4, "gelu");
    struct cc_serving serving = one_chip(&llm);
    const struct cc_mapping mapping = on_one_chip(BATCH);
    static struct cc_arrivals arrivals;
    serving.duty = CC_CHUNKED;
    set_passes(&simulation, &serving, &mapping);
    cc_arrivals_open(&arrivals, &serving, &mapping, BATCH, 0.9);
    for (int tenth = 2; tenth <= 8; tenth++) {
        begin(&simulation, tenth / 10.0 * cc_arrivals_capacity(&arrivals), 12);
        mix(&simulation);
        compare_at(&simulation, &serving, &mapping, (struct nearness){0.04, 0.05, 0.25});
    }
}

/* The share of the requests that are within a bound. */
static double share_within(const double times_s[ALL], double bound_s)
{
    size_t count = 0;
    for (size_t i = WARM; i < ALL; i++)
        count += times_s[i] <= bound_s;
    return (double)count / ARRIVALS;
}

/* At the goodput the share of the requests that was promised is in time, and one of the bounds is met by no more; with
 * a tenth more, by less. */
static void simulated_goodput(void **state)
{
    (void)state;
    const struct cc_llm llm = llm_of(2, 256, 4, 1024, 4, "gelu");
    const struct cc_serving serving = one_chip(&llm);
    const struct cc_mapping mapping = on_one_chip(BATCH);
    static const struct cc_slo promises[] = {{NAN, 0.6, 0.9}, {NAN, 1.2, 0.99}, {0.5, 1.5, 0.9}, {0.45, NAN, 0.99}};
    set_passes(&simulation, &serving, &mapping);
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        const struct cc_slo *slo = &promises[i];
        const double rate = goodput(&serving, &mapping, BATCH, slo), beyond = 1 - slo->quantile;
        assert_true(rate > 0);
        for (int more = 0; more < 2; more++) {
            begin(&simulation, rate * (1 + 0.1 * more), 13);
            alternate(&simulation);
            const double ttft = isnan(slo->ttft_s) ? 1 : share_within(simulation.ttft_s, slo->ttft_s);
            const double tpot = isnan(slo->tpot_s) ? 1 : share_within(simulation.tpot_s, slo->tpot_s);
            const double late = 1 - fmin(ttft, tpot);
            if (more ? late < 1.05 * beyond : fabs(late - beyond) > 0.25 * beyond)
                fail_msg("%zu: %.4g of the requests are late at %d/10 more", i, late, more);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_phases_by_hand),
        cmocka_unit_test(one_phase_by_hand),
        cmocka_unit_test(mixed_passes_by_hand),
        cmocka_unit_test(answers_of_one_token),
        cmocka_unit_test(goodput_by_hand),
        cmocka_unit_test(costs_by_hand),
        cmocka_unit_test(a_higher_rate_is_never_better),
        cmocka_unit_test(goodput_is_the_largest),
        cmocka_unit_test(gathering_prompts_have_a_best_rate),
        cmocka_unit_test(simulated_alternation),
        cmocka_unit_test(simulated_mixed_passes),
        cmocka_unit_test(simulated_goodput),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
