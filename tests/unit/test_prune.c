/* What --frontier and --where leave out, against all mappings, costed as tco-eval does. */
#include "near.h"

#include <string.h>

#include "model/search/frontier.h"
#include "model/search/prune.h"
#include "model/serving/fleet.h"
#include "model/serving/service.h"
#include "released.h"
#include "small.h"

static struct cc_batches batches;
static struct cc_space space;
static struct cc_choice all[CC_CHOICES_MAX];
static struct cc_families families;
static struct cc_pruner pruner;

static const struct cc_workload_input workloads[] = {
    {.max_batch = 64}, {.batches = {3, (const int64_t[]){24, 100, 7}}}, {.batches = {2, (const int64_t[]){1, 30}}}};
static const struct cc_workload lengths[] = {{.prefill_len = 32, .generate_len = 64},
                                             {.prefill_len = 128, .generate_len = 2},
                                             {.prefill_len = 8, .generate_len = 1}};
static const int64_t server_counts[] = {1, 2, 4, 6};
enum { SERVER_COUNTS = 4, MODELS = 8, SHAPES = 4 };

static int64_t pick(uint64_t *seed, int64_t most)
{
    return (int64_t)random_between(seed, 0, (double)most);
}

/* Dense and gated, with a vocabulary, with heads shared; with experts and windows, in pipelines of many kinds of
 * stages; with latents. */
static void make_models(struct cc_llm models[MODELS])
{
    struct cc_llm_input in = released("experts", 12, 256, 8, 1024, 0);
    set_experts(&in, 16, 2, 256, 1, 1);
    set_local(&in, 32, 2, "window", 3, 40);
    models[0] = llm_of(12, 256, 8, 1024, 1, "gelu");
    models[1] = llm_of(12, 256, 8, 700, 4, "swiglu");
    models[2] = cc_llm_of(&in);
    in.kv_lora_rank = 64;
    in.q_lora_rank = 96;
    in.qk_nope_head_dim = in.v_head_dim = 32;
    in.qk_rope_head_dim = 16;
    in.local_attention = cc_text_of("");
    in.attention_interval = in.window = in.attention_sinks = CC_NO_INT;
    models[3] = cc_llm_of(&in);
    in = released("vocabulary", 10, 256, 8, 1024, 20000);
    models[4] = cc_llm_of(&in);
    models[5] = llm_of(7, 256, 6, 1024, 6, "gelu");
    in = released("kinds", 23, 256, 8, 1024, 3000);
    set_experts(&in, 8, 2, 1500, 0, 4);
    set_local(&in, 32, 2, "window", 5, 8);
    models[6] = cc_llm_of(&in);
    in = released("windows", 19, 128, 8, 512, 0);
    set_local(&in, 16, 1, "chunk", 4, 3);
    models[7] = cc_llm_of(&in);
}

/* Every correction on or off; those that the model cannot do without are on. */
static struct cc_conventions draw_conventions(uint64_t *seed, const struct cc_llm *llm)
{
    struct cc_conventions c = cc_conventions_corrected();
    bool *one = &c.token_cost;
    for (size_t i = 0; i < sizeof c / sizeof *one; i++)
        one[i] = pick(seed, 4) > 0;
    if (!llm->plain)
        c.weight_energy = c.kv_energy = c.grouped_query = c.attention_layout = c.all_to_all = c.glu_flops =
            c.score_reduce = c.network_energy = true;
    return c;
}

static void draw_routing(uint64_t *seed, struct cc_system *system)
{
    static const char *const imbalances[] = {"", "uniform", "uniform", "1.7"};
    system->alltoall = cc_text_of(pick(seed, 2) == 0 ? "direct" : "");
    system->expert_imbalance = cc_text_of(imbalances[pick(seed, 4)]);
    system->capacity_factor = pick(seed, 3) == 0 ? 1.25 : NAN;
    system->redundant_experts = pick(seed, 2) == 0 ? 3 : CC_NO_INT;
    system->route_servers = pick(seed, 3) == 0 ? 1 : CC_NO_INT;
    system->kv_sharding = cc_text_of(pick(seed, 3) == 0 ? "replicated" : "");
    system->mla_generate = cc_text_of(pick(seed, 3) == 0 ? "naive" : "");
}

/* As a system file gives them, or the constants of a chip that is calibrated. */
static void draw_overheads(uint64_t *seed, struct cc_system *system)
{
    system->has_overheads = true;
    system->overheads = (struct cc_overheads){.op_s = random_between(seed, 0, 2e-6),
                                              .collective_s = random_between(seed, 0, 4e-6),
                                              .pass_s = random_between(seed, 0, 1e-4),
                                              .request_s = random_between(seed, 0, 1e-5),
                                              .attention_bandwidth_share = 0.5,
                                              .attention_fill = (double)pick(seed, 200),
                                              .attention_shared_heads = 2,
                                              .activation_traffic = random_between(seed, 0, 2),
                                              .score_traffic = random_between(seed, 0, 1),
                                              .exposed_share = random_between(seed, 0, 1),
                                              .hidden_share = 0,
                                              .memory_reserved_share = 0.1,
                                              .memory_reserved_bytes = 1e5,
                                              .sram_cache_share = 0};
}

/* What servers of a shape have in common. */
struct shape {
    double link_bytes_per_s;
    int64_t chips, parts;
    struct cc_system system;
};

static struct shape draw_shape(uint64_t *seed, int index, int64_t parts)
{
    struct shape shape = {.link_bytes_per_s = index % 2 == 0 ? 1e7 : 3e8,
                          .chips = 1 + index % 3,
                          .parts = parts,
                          .system = small_system()};
    draw_routing(seed, &shape.system);
    shape.system.instances_per_server = parts;
    if (index == 3)
        draw_overheads(seed, &shape.system);
    return shape;
}

/* A server of a shape, with the prices of tco-eval. */
struct server {
    struct cc_server server; /* what of it one system has */
    struct cc_serving serving;
    struct cc_cost_basis basis;
    size_t family;
};

static struct server draw_server(uint64_t *seed, const struct cc_llm *llm, const struct shape *shape,
                                 struct cc_workload workload, struct cc_conventions c)
{
    const struct cc_chip chip = {
        .peak_flops = pow(10, random_between(seed, 9, 11)),
        .sram_bytes_per_s = pow(10, random_between(seed, 8, 10)),
        .package_link = {.bytes_per_s = shape->link_bytes_per_s, .init_s = 1e-6, .pj_per_byte = 5}};
    const struct cc_package package = {.num_chips = shape->chips,
                                       .memory_bytes = pow(10, random_between(seed, 6.3, 8))};
    const struct cc_server whole = {.num_packages = 6,
                                    .num_chips = 6 * package.num_chips,
                                    .peak_flops = 6 * (double)package.num_chips * chip.peak_flops,
                                    .link = {.bytes_per_s = 2e7, .init_s = 1e-5, .pj_per_byte = 30},
                                    .memory_bytes = 6 * package.memory_bytes,
                                    .other_power_w = random_between(seed, 1, 20),
                                    .tdp_w = random_between(seed, 10, 200),
                                    .cost_usd = pow(10, random_between(seed, 2, 4))};
    static const struct cc_tco_rates rates = {.life_years = 1.5,
                                              .life_s = 4.7e7,
                                              .dc_amortization_usd_per_w = 2,
                                              .dc_opex_usd_per_w = 1,
                                              .power_usd_per_w = 90, /* so that energy counts */
                                              .pue_overhead_usd_per_w = 10,
                                              .server_interest_ratio = 0.05,
                                              .server_opex_ratio = 0.1,
                                              .supply_efficiency = 0.4};
    struct cc_constants constants = small_constants;
    struct cc_reject reject;
    struct server s;
    constants.energy.sram_weight_pj_per_byte = 50;
    assert_true(cc_server_part_of(&whole, shape->parts, &s.server, &reject));
    s.serving = cc_serving_without_model(&chip, &package, &s.server, &shape->system, &constants, c);
    assert_null(cc_prune_fault(&s.serving));
    s.family = cc_family_of(&families, &s.serving);
    cc_serving_set_model(&s.serving, llm, workload, &constants);
    assert_true(s.serving.has_precision);
    s.basis = cc_cost_basis_of(&rates, &s.server, true, workload, c);
    return s;
}

static struct cc_objectives draw_objectives(uint64_t *seed, int64_t parts)
{
    struct cc_objectives o = cc_objectives_default();
    o.parts = (double)parts;
    if (pick(seed, 3) == 0)
        return o;
    o.cost = pick(seed, 8) > 0;
    for (size_t t = 0; t < CC_TIMES; t++) {
        o.time[t] = pick(seed, 3) == 0;
        o.most_s[t] = pick(seed, 5) == 0 ? pow(10, random_between(seed, -2, 0.5)) : INFINITY;
        o.most_s[t] *= t == CC_TIME_TPOT ? 0.02 : 1;
    }
    if (pick(seed, 3) == 0)
        o.demand_tokens_per_s = pow(10, random_between(seed, 1, 5));
    return o;
}

/* A point as tco-eval and pareto see it. */
struct seen {
    double usd;
    struct cc_times times;
};

static struct seen see(const struct server *s, const struct cc_objectives *o, const struct cc_choice *choice)
{
    struct cc_point point;
    cc_set_choice_point(&point, &space, choice);
    const struct cc_cost_input in = {.num_servers = (double)point.num_servers,
                                     .batch = (double)point.batch,
                                     .prefill_s = point.prefill_latency_s,
                                     .generate_s = point.generate_latency_s,
                                     .energy_j = point.prefill_energy_j + point.generate_energy_j,
                                     .prefill_sub_systems = 1};
    const struct cc_service_input used = {
        .batch = (double)point.batch, .generate_tokens_per_s = point.generate_tokens_per_s, .requests_per_s = NAN};
    const struct cc_fleet_basis fleet =
        cc_fleet_basis_of(&s->basis, &s->server, (int64_t)o->parts, &small_constants,
                          (struct cc_demand){.tokens_per_s = o->demand_tokens_per_s}, true, 0);
    return (struct seen){
        o->demand_tokens_per_s > 0 ? cc_fleet_of(&fleet, &in).demand_usd_per_output_token
                                   : cc_point_cost_of(&s->basis, &in).usd_per_output_token,
        {{[CC_TIME_GENERATE] = point.generate_latency_s,
          [CC_TIME_PREFILL] = point.prefill_latency_s,
          [CC_TIME_TTFT] = point.ttft_s,
          [CC_TIME_TPOT] = cc_service_of(&used).tpot_s}},
    };
}

static bool keeps_limits(const struct cc_objectives *o, const struct seen *point)
{
    for (size_t t = 0; t < CC_TIMES; t++)
        if (point->times.s[t] > o->most_s[t])
            return false;
    return true;
}

/* Points that have been answered with and keep the limits. */
enum { ANSWERS_MAX = 20000 };
static struct seen answers[ANSWERS_MAX];
static size_t answer_count;

static bool no_slower(const struct cc_objectives *o, const struct seen *a, const struct seen *b)
{
    for (size_t t = 0; t < CC_TIMES; t++)
        if (o->time[t] && a->times.s[t] > b->times.s[t])
            return false;
    return true;
}

static void answer(const struct cc_objectives *o, const struct seen *point)
{
    size_t kept = 0;
    if (!keeps_limits(o, point))
        return;
    for (size_t i = 0; i < answer_count; i++)
        if (!(no_slower(o, point, &answers[i]) && point->usd <= answers[i].usd))
            answers[kept++] = answers[i];
    answer_count = kept;
    assert_true(answer_count < ANSWERS_MAX);
    answers[answer_count++] = *point;
}

/* Strictly, in cost. */
static bool is_beaten(const struct cc_objectives *o, const struct seen *point)
{
    for (size_t i = 0; i < answer_count && o->cost; i++)
        if (answers[i].usd < point->usd && no_slower(o, &answers[i], point))
            return true;
    return false;
}

/* A model under conventions, what is asked of it, and shapes of servers for it. */
struct drawn {
    const struct cc_llm *llm;
    struct cc_workload workload;
    struct cc_conventions conventions;
    int64_t depths[CC_DEPTHS_MAX], counts[SERVER_COUNTS];
    size_t depth_count, count_count;
    struct shape shapes[SHAPES];
    struct cc_objectives objectives;
};

static void draw_case(struct drawn *d, uint64_t *seed, const struct cc_llm *models, int index)
{
    const struct cc_llm *llm = d->llm = &models[index % MODELS];
    const int64_t parts = pick(seed, 4) == 0 ? 3 : 1; /* systems that share a server have one each */
    d->workload = lengths[pick(seed, 3)];
    d->conventions = index < MODELS ? cc_conventions_corrected() : draw_conventions(seed, llm);
    d->depth_count = cc_pipeline_depths(llm->num_layers, d->depths);
    for (int i = 0; i < SHAPES; i++)
        d->shapes[i] = draw_shape(seed, i, parts);
    d->count_count = parts > 1 ? 1 : SERVER_COUNTS;
    memcpy(d->counts, server_counts, sizeof server_counts);
    d->objectives = draw_objectives(seed, parts);
    assert_true(cc_batches_of(&batches, &workloads[pick(seed, 3)]));
    cc_prune_end(&pruner);
    memset(&pruner, 0, sizeof pruner);
    memset(&families, 0, sizeof families);
    families.most_bytes = pick(seed, 8) == 0 ? 1 << 17 : 64 << 20; /* no room for the tables of all families */
    cc_prune_set_up(&pruner, &d->objectives, &families, &batches, d->depths, d->depth_count);
    assert_true(cc_prune_list_counts(&pruner, d->counts, d->count_count));
    answer_count = 0;
}

static struct server begin(const struct drawn *d, uint64_t *seed, int i)
{
    const struct server s = draw_server(seed, d->llm, &d->shapes[i % SHAPES], d->workload, d->conventions);
    const struct cc_figures figures = {s.serving.chip.flops, s.serving.chip.bytes_per_s, s.serving.package_memory_bytes,
                                       cc_prices_of(&s.basis, 1)};
    if (cc_prune_model_of(&pruner, s.family) == NULL)
        assert_true(cc_prune_add_family(&pruner, s.family, &s.serving));
    cc_prune_begin(&pruner, s.family, &figures);
    return s;
}

/* Asserts that a batch left out misses a limit or is strictly beaten by answers; learns those of any other batch.
 * Returns the number of mappings left out. */
static size_t meet_batch(bool left_out, const struct server *s, struct cc_prices prices)
{
    const struct cc_objectives *o = &pruner.objectives;
    const size_t count = cc_space_all(&space, all);
    for (size_t i = 0; i < count; i++) {
        const struct seen point = see(s, o, &all[i]);
        if (left_out) {
            assert_true(!keeps_limits(o, &point) || is_beaten(o, &point));
            continue;
        }
        answer(o, &point);
        cc_prune_learn(&pruner, &space, prices, &all[i]);
    }
    return left_out ? count : 0;
}

struct met {
    size_t left_out, kept, whole;
};

/* One number of servers, of which the pruner says that it is open or not. */
static void meet_count(const struct drawn *d, const struct server *s, size_t n, bool whole, struct met *met)
{
    const struct cc_prices prices = cc_prices_of(&s->basis, (double)d->counts[n]);
    struct cc_prospect prospect;
    cc_prune_batches(&pruner, d->counts[n], pruner.open[n], &prospect);
    const size_t fitting = cc_space_open(&space, d->depths, d->depth_count, d->counts[n]);
    assert_true(prospect.fits == (fitting > 0) || families.bytes > families.most_bytes);
    assert_true(!(whole && prospect.any));
    for (size_t b = 0; b < fitting; b++) {
        cc_space_take_batch(&space, b);
        const bool left_out = !prospect.batch[b] || cc_prune_beats(&pruner, &space, prices);
        const size_t count = meet_batch(left_out, s, prices);
        met->left_out += count;
        met->kept += count == 0;
    }
}

static void what_is_left_out_is_beaten(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    static struct drawn d;
    uint64_t seed = 21;
    struct met met = {0};
    make_models(models);
    for (int c = 0; c < 9 * MODELS; c++) {
        draw_case(&d, &seed, models, c);
        for (int i = 0; i < 24; i++) {
            const struct server s = begin(&d, &seed, i);
            cc_space_begin(&space, &s.serving, &batches);
            const bool whole = cc_prune_server(&pruner, 0);
            met.whole += whole;
            for (size_t n = 0; n < d.count_count; n++)
                meet_count(&d, &s, n, whole, &met);
        }
    }
    cc_prune_end(&pruner);
    assert_true(met.left_out > 100000 && met.kept > 1000 && met.whole > 100);
}

/* Makes a mapping that is a trifle worse in all the only one known, and limits a trifle above it. */
static void know_worse(const struct drawn *d, const struct cc_choice *choice, struct cc_prices prices)
{
    const double trifle = 1 + 1e-8;
    struct cc_choice worse = *choice;
    struct cc_times times = cc_choice_times(&space, choice);
    pruner.known.count = 0;
    memset(pruner.cell_key, 0, pruner.cells * sizeof *pruner.cell_key);
    worse.s *= trifle;
    worse.j *= trifle;
    for (size_t t = 0; t < CC_TIMES; t++) {
        times.s[t] *= trifle;
        if (isfinite(d->objectives.most_s[t]))
            pruner.objectives.most_s[t] = times.s[t];
    }
    const struct cc_batch_work work = {(double)space.batch->requests, (double)d->workload.generate_len, worse.s,
                                       worse.j};
    cc_known_insert(&pruner.known, cc_objective_usd(&d->objectives, d->conventions.token_cost, prices, work, trifle),
                    &times);
}

/* Known mappings that are a trifle worse than one of its own leave a batch in, whichever it is. */
static void no_bound_is_above_a_mapping(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    static struct drawn d;
    uint64_t seed = 34;
    size_t tried = 0;
    make_models(models);
    for (int c = 0; c < 12 * MODELS; c++) {
        draw_case(&d, &seed, models, c);
        for (int i = 0; i < 8; i++) {
            const struct server s = begin(&d, &seed, i);
            const size_t n = (size_t)i % d.count_count;
            const struct cc_prices prices = cc_prices_of(&s.basis, (double)d.counts[n]);
            cc_space_begin(&space, &s.serving, &batches);
            const size_t fitting = cc_space_open(&space, d.depths, d.depth_count, d.counts[n]);
            for (size_t b = 0; b < fitting; b++) {
                cc_space_take_batch(&space, b);
                const size_t count = cc_space_all(&space, all);
                const size_t stride = count > 60 ? 7 : 1;
                for (size_t k = (size_t)pick(&seed, (int64_t)stride); k < count; k += stride) {
                    struct cc_prospect prospect;
                    know_worse(&d, &all[k], prices);
                    assert_false(cc_prune_server(&pruner, 0));
                    assert_true(pruner.open[n]);
                    cc_prune_batches(&pruner, d.counts[n], true, &prospect);
                    assert_true(prospect.any && prospect.batch[b]);
                    assert_false(cc_prune_beats(&pruner, &space, prices));
                    tried++;
                }
            }
        }
    }
    cc_prune_end(&pruner);
    assert_true(tried > 10000);
}

/* The two that the bounds rest on: a pass and what it takes beyond an interval rise with the micro-batch; k
 * micro-batches of a batch take no less than the batch as one. */
static void longer_with_the_micro_batch_shorter_for_a_request(void **state)
{
    (void)state;
    static struct cc_llm models[MODELS];
    static struct drawn d;
    uint64_t seed = 55;
    size_t compared = 0;
    const double rounding = 1 - 1e-12;
    make_models(models);
    for (int c = 0; c < 8 * MODELS; c++) {
        draw_case(&d, &seed, models, c);
        for (int i = 0; i < 12; i++) {
            struct server s = begin(&d, &seed, i);
            s.serving.routing.imbalance = fmax(1, s.serving.routing.imbalance); /* as bounds take it */
            cc_space_begin(&space, &s.serving, &batches);
            const size_t fitting = cc_space_open(&space, d.depths, d.depth_count, d.counts[(size_t)i % d.count_count]);
            for (size_t k = 0; k < space.count; k++)
                for (size_t b = 0; b < fitting && b < space.depth[k].batches; b++) {
                    const struct cc_batch *batch = &batches.batch[b];
                    const size_t first = batch->micro[0], last = batch->micro[batch->count - 1];
                    for (size_t m = 0; m < 2 * batch->count; m++) {
                        const enum cc_pass pass = m % 2 == 0 ? CC_PASS_PREFILL : CC_PASS_GENERATE;
                        const struct cc_pace at = cc_space_pace(&space, k, pass, batch->micro[m / 2]);
                        const struct cc_pace one = cc_space_pace(&space, k, pass, first);
                        const struct cc_pace whole = cc_space_pace(&space, k, pass, last);
                        assert_true(at.through_s >= one.through_s * rounding);
                        assert_true(at.through_s - at.interval_s >=
                                    one.through_s - one.interval_s - at.through_s * 1e-12);
                        assert_true(batch->passes[m / 2] * at.interval_s >= whole.interval_s * rounding);
                        compared++;
                    }
                }
        }
    }
    assert_true(compared > 10000);
}

static void what_cannot_be_bounded_is_said(void **state)
{
    (void)state;
    uint64_t seed = 8;
    const struct cc_llm llm = llm_of(12, 256, 8, 1024, 1, "gelu");
    const struct shape shape = {1e7, 1, 1, small_system()};
    const struct cc_serving good = draw_server(&seed, &llm, &shape, lengths[0], cc_conventions_corrected()).serving;
    struct cc_serving without_energy = good, systolic = good, parts = good, halves = good, hidden = good, alone = good;
    without_energy.energy_model = false;
    systolic.chip.weight_stationary = true;
    parts.sub_system_servers = 2;
    halves.routing.two_batches = true;
    hidden.overheads.hidden_share = 0.5;
    alone.duty = CC_PREFILL_ALONE;
    assert_null(cc_prune_fault(&good));
    assert_string_equal(cc_prune_fault(&alone), "one phase is asked for");
    assert_string_equal(cc_prune_fault(&without_energy), "the energy model is off");
    assert_string_equal(cc_prune_fault(&systolic), "chips are systolic arrays");
    assert_string_equal(cc_prune_fault(&parts), "sub-systems prefill");
    assert_string_equal(cc_prune_fault(&halves), "halves of a micro-batch overlap");
    assert_string_equal(cc_prune_fault(&hidden), "products hide collectives");
}

/* Two times, and the least cost of what is no slower in both. */
static void the_cheapest_of_no_slower_points_is_known(void **state)
{
    (void)state;
    static struct cc_known known;
    known.time[CC_TIME_TTFT] = known.time[CC_TIME_TPOT] = true;
#define TIMES(ttft, tpot) (&(struct cc_times){{9, 9, ttft, tpot}})
    assert_true(isinf(cc_known_usd(&known, TIMES(1, 1))));
    cc_known_insert(&known, 10, TIMES(2, 5));
    cc_known_insert(&known, 8, TIMES(4, 4));
    cc_known_insert(&known, 11, TIMES(3, 6)); /* beaten by the first */
    assert_int_equal(known.count, 2);
    assert_near(cc_known_usd(&known, TIMES(4, 5)), 8);
    assert_near(cc_known_usd(&known, TIMES(3, 5)), 10);
    assert_true(isinf(cc_known_usd(&known, TIMES(3, 4.5))));
    cc_known_insert(&known, 7, TIMES(2, 4)); /* beats both */
    assert_int_equal(known.count, 1);
    assert_int_equal(known.version, 3);
#undef TIMES
}

/* A batch of 8 requests with 4 tokens each takes 2 s: 16 tokens/s. For 40 tokens/s three systems, on three parts of a
 * server, of which each costs 0.5 $/s; 40 tokens cost 1.5 $, a request 0.15 $, and a joule 0.1 $: 6 J of a batch are
 * 0.075 $ a request. */
static void a_fleet_costs_whole_systems(void **state)
{
    (void)state;
    struct cc_objectives o = cc_objectives_default();
    const struct cc_batch_work work = {8, 4, 2, 6};
    const struct cc_prices prices = {0.5, 0.1};
    assert_near(cc_objective_usd(&o, true, prices, work, 1), (0.5 * 2 + 0.1 * 6) / 8);
    assert_near(cc_objective_usd(&o, false, prices, work, 1), (0.5 * 2 + 0.1 * 6) / 64);
    o.demand_tokens_per_s = 40;
    o.parts = 3;
    assert_near(cc_objective_usd(&o, true, prices, work, 1), 0.15 + 0.075);
    assert_near(cc_objective_usd(&o, false, prices, work, 1), 0.15 + 0.075); /* a fleet is costed in one way */
    o.demand_tokens_per_s = 48;                                              /* three without a rest */
    assert_near(cc_objective_s(&o, work, 1), 2);
    o.demand_tokens_per_s = 40;
    o.parts = 4; /* filled up */
    assert_near(cc_objective_usd(&o, true, prices, work, 1), 0.2 + 0.075);
}

static void a_frontier_keeps_what_is_not_beaten(void **state)
{
    (void)state;
    static struct cc_frontier f;
    assert_false(cc_frontier_beats(&f, 1, 1));
    cc_frontier_insert(&f, 2, 10);
    cc_frontier_insert(&f, 4, 6);
    cc_frontier_insert(&f, 3, 11); /* beaten by the first */
    assert_int_equal(f.count, 2);
    assert_true(cc_frontier_beats(&f, 2, 10.1));
    assert_false(cc_frontier_beats(&f, 2, 10 * (1 + 1e-10))); /* by rounding alone */
    assert_false(cc_frontier_beats(&f, 1.9, 100));
    assert_true(cc_frontier_beats(&f, 5, 7));
    cc_frontier_insert(&f, 2, 5); /* beats both */
    assert_int_equal(f.count, 1);
    assert_near(f.step[0].usd, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out_is_beaten),
        cmocka_unit_test(no_bound_is_above_a_mapping),
        cmocka_unit_test(longer_with_the_micro_batch_shorter_for_a_request),
        cmocka_unit_test(what_cannot_be_bounded_is_said),
        cmocka_unit_test(a_frontier_keeps_what_is_not_beaten),
        cmocka_unit_test(the_cheapest_of_no_slower_points_is_known),
        cmocka_unit_test(a_fleet_costs_whole_systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
