/* What holds of layers whatever the model and the server: drawn models with experts, latents, windows and formats of
 * their own, on drawn servers, in every layout. */
#include "near.h"

#include "model/serving/chunked.h"
#include "released.h"
#include "small.h"

enum { DRAWS = 400 };

static double pick(uint64_t *seed, const double *values, size_t count)
{
    return values[(size_t)random_between(seed, 0, (double)count)];
}

#define PICK(seed, ...) \
    pick(seed, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static bool chance(uint64_t *seed, double share)
{
    return random_between(seed, 0, 1) < share;
}

static struct cc_number_format random_format(uint64_t *seed)
{
    static const char *const names[] = {"bf16", "fp8", "fp8_block128", "mxfp8", "nvfp4", "int8", "int4_g128"};
    struct cc_number_format format;
    (void)cc_number_format_named(cc_text_of(names[(size_t)random_between(seed, 0, 7)]), &format);
    return format;
}

static void draw_attention(uint64_t *seed, struct cc_llm_input *in)
{
    static const char *const local[] = {"window", "chunk", "sparse"};
    in->heads_per_kv_cache = PICK(seed, 1, 2, 4);
    if (chance(seed, 0.3)) {
        in->kv_lora_rank = 16;
        in->q_lora_rank = (int64_t)PICK(seed, 0, 24);
        in->qk_nope_head_dim = in->v_head_dim = 8;
        in->qk_rope_head_dim = 4;
    }
    if (chance(seed, 0.5))
        return;
    in->local_attention = cc_text_of(local[(size_t)random_between(seed, 0, 3)]);
    in->attention_interval = (int64_t)PICK(seed, 0, 2, 3);
    in->window = (int64_t)PICK(seed, 3, 20, 500);
    in->index_heads = in->index_dim = 4;
    in->index_topk = 16;
}

/* Experts in most of them; four heads in the least. */
static struct cc_llm_input random_llm(uint64_t *seed)
{
    struct cc_llm_input in =
        released("drawn", (int64_t)PICK(seed, 4, 6, 8), (int64_t)PICK(seed, 48, 64, 128), (int64_t)PICK(seed, 4, 8, 16),
                 (int64_t)PICK(seed, 100, 256), (int64_t)PICK(seed, 0, 300));
    draw_attention(seed, &in);
    if (chance(seed, 0.8))
        set_experts(&in, (int64_t)PICK(seed, 8, 20, 32), (int64_t)PICK(seed, 1, 2, 6), (int64_t)PICK(seed, 24, 64),
                    (int64_t)PICK(seed, 0, 1), (int64_t)PICK(seed, 0, 2));
    in.weight_bits = random_format(seed);
    in.expert_bits = random_format(seed);
    in.kv_bits = random_format(seed);
    in.activation_bits = random_format(seed);
    in.comm_bits = random_format(seed);
    in.dispatch_bits = random_format(seed);
    return in;
}

/* A server, and what is asked of it; links and memory of any speed against its peak. */
struct machine {
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct cc_system system;
    struct cc_workload workload;
};

static struct machine random_machine(uint64_t *seed)
{
    struct machine m = {
        .chip = {.peak_flops = pow(10, random_between(seed, 8, 11)),
                 .sram_bytes_per_s = pow(10, random_between(seed, 7, 10)),
                 .perf_ratio = {.fp8 = 2, .int8 = 2, .fp4 = 4},
                 .package_link = {.bytes_per_s = pow(10, random_between(seed, 6, 9)), .init_s = 1e-6}},
        .package = {.num_chips = (int64_t)PICK(seed, 1, 2), .memory_bytes = pow(10, random_between(seed, 5, 7))},
        .server = {.num_packages = (int64_t)PICK(seed, 2, 4)},
        .system = small_system(),
        .workload = {.prefill_len = (int64_t)PICK(seed, 8, 40), .generate_len = (int64_t)PICK(seed, 4, 60)},
    };
    m.server.link = (struct cc_link){.bytes_per_s = pow(10, random_between(seed, 6, 9)), .init_s = 1e-5};
    m.server.num_chips = m.server.num_packages * m.package.num_chips;
    m.system.alltoall = cc_text_of(chance(seed, 0.5) ? "direct" : "hierarchical");
    m.system.kv_sharding = cc_text_of(chance(seed, 0.3) ? "replicated" : "requests");
    m.system.redundant_experts = (int64_t)PICK(seed, 0, 4);
    m.system.route_servers = m.system.sub_sys_num_servers = CC_NO_INT;
    m.system.capacity_factor = NAN;
    return m;
}

static struct cc_serving serve(const struct machine *m, const struct cc_llm *llm)
{
    const struct cc_serving serving = cc_serving_of(&m->chip, &m->package, &m->server, llm, &m->system, m->workload,
                                                    &small_constants, cc_conventions_corrected());
    assert_true(serving.has_precision);
    return serving;
}

/* A random model on random hardware; refers to itself, so it stays where it is. */
struct drawn {
    struct cc_llm llm;
    struct machine machine;
    struct cc_serving serving;
};

static void draw(uint64_t *seed, struct drawn *drawn)
{
    const struct cc_llm_input in = random_llm(seed);
    drawn->llm = cc_llm_of(&in);
    drawn->machine = random_machine(seed);
    drawn->serving = serve(&drawn->machine, &drawn->llm);
}

/* Any layout of two stages or one, on one to four servers. */
static struct cc_stage_place random_place(uint64_t *seed, const struct cc_serving *serving)
{
    struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
    assert_true(cc_stage_place_of(serving, (int64_t)PICK(seed, 1, 2, 4), (int64_t)PICK(seed, 1, 2), &place));
    const size_t count = cc_layouts_of(serving, &place, layouts);
    return layouts[(size_t)random_between(seed, 0, (double)count)];
}

static double random_requests(uint64_t *seed)
{
    return floor(pow(2, random_between(seed, 0, 7)));
}

static const struct cc_phase *phase_in(const struct cc_serving *serving, bool generate)
{
    return generate ? &serving->generate : &serving->prefill;
}

static void assert_no_more(double less, double more)
{
    if (!(less <= more * (1 + 1e-12)))
        fail_msg("%.17g is above %.17g", less, more);
}

/* Each format with fewer bits of the same type. */
static void narrower_numbers_are_never_slower(void **state)
{
    (void)state;
    uint64_t seed = 51;
    size_t faster = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct cc_llm_input in = random_llm(&seed);
        struct cc_number_format *const formats[] = {&in.weight_bits, &in.expert_bits, &in.kv_bits, &in.comm_bits,
                                                    &in.dispatch_bits};
        const struct machine m = random_machine(&seed);
        const struct cc_llm wide = cc_llm_of(&in);
        const struct cc_serving serving = serve(&m, &wide);
        const struct cc_stage_place place = random_place(&seed, &serving);
        const bool generate = chance(&seed, 0.5);
        const double requests = random_requests(&seed);
        const double s = pass_of(&serving, &place, phase_in(&serving, generate), requests).pace.through_s;
        for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
            const struct cc_number_format given = *formats[k];
            formats[k]->bits *= 0.6;
            const struct cc_llm narrow = cc_llm_of(&in);
            const struct cc_serving other = serve(&m, &narrow);
            const double less = pass_of(&other, &place, phase_in(&other, generate), requests).pace.through_s;
            assert_no_more(less, s);
            faster += less < s;
            *formats[k] = given;
        }
    }
    assert_true(faster > DRAWS);
}

static void overlap_is_never_slower(void **state)
{
    (void)state;
    uint64_t seed = 52;
    size_t faster = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        const struct cc_stage_place place = random_place(&seed, &d.serving);
        const struct cc_phase *phase = phase_in(&d.serving, chance(&seed, 0.5));
        const double requests = random_requests(&seed);
        const struct cc_pace one = pass_of(&d.serving, &place, phase, requests).pace;
        d.serving.routing.two_batches = true;
        const struct cc_pace two = pass_of(&d.serving, &place, phase, requests).pace;
        assert_no_more(two.through_s, one.through_s);
        assert_no_more(two.interval_s, one.interval_s);
        assert_true(requests > 1 || two.through_s == one.through_s);
        faster += two.through_s < one.through_s;
    }
    assert_true(faster > DRAWS / 10);
}

/* Where halves overlap, all that a layer takes is what two passes of half the requests take; its time is what the
 * longer of products and exchanges takes. Elsewhere it is as without overlap. */
static void both_halves_are_counted(void **state)
{
    (void)state;
    uint64_t seed = 58;
    size_t halved = 0, dispatched = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct cc_llm_input in = random_llm(&seed);
        in.vocab_size = 0;
        in.local_attention = cc_text_of("");
        in.attention_interval = CC_NO_INT;
        set_experts(&in, 16, 2, 64, 1, 0);
        const struct cc_llm llm = cc_llm_of(&in);
        const struct machine m = random_machine(&seed);
        struct cc_serving serving = serve(&m, &llm);
        const struct cc_stage_place place = random_place(&seed, &serving);
        const struct cc_phase *phase = phase_in(&serving, chance(&seed, 0.5));
        const double requests = 2 * random_requests(&seed);
        const struct cc_step_detail one = pass_of(&serving, &place, phase, requests);
        const struct cc_step_detail half = pass_of(&serving, &place, phase, requests / 2);
        serving.routing.two_batches = true;
        const struct cc_step_detail two = pass_of(&serving, &place, phase, requests);
        const double apart_s = one.layer_products_s + one.layer_exchange_s;
        const double overlapped_s = 2 * fmax(half.layer_products_s, half.layer_exchange_s);
        const bool less = overlapped_s < apart_s;
        const struct cc_step_detail *part = less ? &half : &one;
        const double times = less ? 2 : 1;
        assert_near(two.layer_products_s + two.layer_exchange_s, fmin(overlapped_s, apart_s));
        assert_near(two.layer_products_s, times * part->layer_products_s);
        assert_near(two.compute_s, times * part->compute_s);
        assert_near(two.load_s, times * part->load_s);
        assert_near(two.dispatch_s, times * part->dispatch_s);
        assert_near(two.combine_s, times * part->combine_s);
        assert_near(two.experts_touched, part->experts_touched);
        assert_near(two.fma_j, times * part->fma_j);
        assert_near(two.memory_j, times * part->memory_j);
        assert_near(two.network_j, times * part->network_j);
        halved += less;
        dispatched += less && two.dispatch_s > 0;
    }
    assert_true(halved > DRAWS / 10 && halved < DRAWS && dispatched > DRAWS / 20);
}

/* Of an odd micro-batch one half has a request less: its products and rows are those of all requests, whatever the
 * halves. A token of this layer: attention 4 * 64^2, router 64 * 8, 2 experts of 3 * 64 * 32, scores and values of 8 +
 * 4/2 tokens 2 * 64 * 10: 30464 multiply-accumulates of 3 pJ. */
static void halves_of_an_odd_micro_batch(void **state)
{
    (void)state;
    uint64_t seed = 61;
    struct cc_llm_input in = released("odd", 1, 64, 4, 100, 0);
    set_experts(&in, 8, 2, 32, 0, 0);
    const struct cc_llm llm = cc_llm_of(&in);
    size_t halved = 0, dispatched = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct machine m = random_machine(&seed);
        m.workload.prefill_len = 8;
        m.workload.generate_len = 4;
        struct cc_serving serving = serve(&m, &llm);
        const struct cc_stage_place place = random_place(&seed, &serving);
        const double half_mb = 1 + random_requests(&seed), requests = 2 * half_mb - 1;
        const struct cc_step_detail one = pass_of(&serving, &place, &serving.generate, requests);
        const struct cc_step_detail half = pass_of(&serving, &place, &serving.generate, half_mb);
        serving.routing.two_batches = true;
        const struct cc_step_detail two = pass_of(&serving, &place, &serving.generate, requests);
        assert_near(two.fma_j, 30464 * requests * 3e-12);
        if (two.pace.through_s == one.pace.through_s)
            continue;
        assert_near(two.network_j, half.network_j / half_mb * requests);
        halved++;
        dispatched += two.dispatch_s > 0;
    }
    assert_true(halved > DRAWS / 10 && dispatched > DRAWS / 20);
}

/* A number, or none. */
static double maybe(uint64_t *seed, double low, double high)
{
    const double value = random_between(seed, low, high);
    return chance(seed, 0.5) ? value : NAN;
}

static struct cc_overheads random_overheads(uint64_t *seed, double pass_s)
{
    return (struct cc_overheads){
        .op_s = maybe(seed, 0, pass_s / 10),
        .collective_s = maybe(seed, 0, pass_s / 10),
        .pass_s = maybe(seed, 0, pass_s),
        .request_s = maybe(seed, 0, pass_s),
        .word_s = maybe(seed, 0, pass_s / 1e4),
        .attention_bandwidth_share = maybe(seed, 0.1, 1),
        .attention_fill = maybe(seed, 0, 300),
        .attention_shared_heads = maybe(seed, 1, 4),
        .activation_traffic = maybe(seed, 0, 5),
        .score_traffic = maybe(seed, 0, 5),
        .exposed_share = maybe(seed, 0, 1),
        .hidden_share = NAN,
        .memory_reserved_share = maybe(seed, 0, 0.9),
        .memory_reserved_bytes = maybe(seed, 0, 1e6),
        .sram_cache_share = maybe(seed, 0, 1),
    };
}

/* Any overhead makes a pass longer, memory smaller, energy no less; none leaves every figure to the last bit; the share
 * of the collectives that is hidden makes it shorter, by no more than these take. */
static void overheads_take_time_and_memory(void **state)
{
    (void)state;
    uint64_t seed = 59;
    size_t longer = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        const struct cc_stage_place place = random_place(&seed, &d.serving);
        const bool generate = chance(&seed, 0.5);
        const double requests = random_requests(&seed);
        const struct cc_step_detail before = pass_of(&d.serving, &place, phase_in(&d.serving, generate), requests);
        d.machine.system.has_overheads = true;
        d.machine.system.overheads = cc_overheads_none();
        const struct cc_serving none = serve(&d.machine, &d.llm);
        const struct cc_step_detail same = pass_of(&none, &place, phase_in(&none, generate), requests);
        assert_memory_equal(&same, &before, sizeof same);
        d.machine.system.overheads = random_overheads(&seed, before.pace.through_s);
        const struct cc_serving with = serve(&d.machine, &d.llm);
        const struct cc_step_detail after = pass_of(&with, &place, phase_in(&with, generate), requests);
        assert_no_more(before.pace.through_s, after.pace.through_s);
        assert_no_more(before.pace.interval_s, after.pace.interval_s);
        assert_no_more(before.pace.j, after.pace.j);
        assert_no_more(with.package_memory_bytes, d.serving.package_memory_bytes);
        longer += before.pace.through_s < after.pace.through_s;
        d.machine.system.overheads.hidden_share = random_between(&seed, 0, 1);
        const struct cc_serving hiding = serve(&d.machine, &d.llm);
        const struct cc_step_detail hidden = pass_of(&hiding, &place, phase_in(&hiding, generate), requests);
        assert_no_more(hidden.pace.through_s, after.pace.through_s);
        assert_near(after.layer_products_s, hidden.layer_products_s);
        assert_no_more(0, hidden.layer_exchange_s + 1e-12 * hidden.layer_products_s);
    }
    assert_true(longer > DRAWS * 9 / 10);
}

/* With twice the requests a pass takes no less time, and no more for each of them, whatever is given. */
static void overheads_grow_as_work_does(void **state)
{
    (void)state;
    uint64_t seed = 60;
    for (int i = 0; i < DRAWS; i++) {
        const struct cc_llm_input in = random_llm(&seed);
        const struct cc_llm llm = cc_llm_of(&in);
        struct machine m = random_machine(&seed);
        m.system.overheads = random_overheads(&seed, 1e-3);
        m.system.overheads.hidden_share = maybe(&seed, 0, 1);
        m.system.has_overheads = chance(&seed, 0.9);
        const struct cc_serving serving = serve(&m, &llm);
        const struct cc_stage_place place = random_place(&seed, &serving);
        const struct cc_phase *phase = phase_in(&serving, chance(&seed, 0.5));
        const double requests = random_requests(&seed);
        const struct cc_pace one = pass_of(&serving, &place, phase, requests).pace;
        const struct cc_pace two = pass_of(&serving, &place, phase, 2 * requests).pace;
        assert_no_more(one.through_s, two.through_s);
        assert_no_more(one.interval_s, two.interval_s);
        assert_no_more(two.through_s, 2 * one.through_s);
        assert_no_more(two.interval_s, 2 * one.interval_s);
    }
}

/* Bytes that all chips together have to load for a pass of generation: every weight that is multiplied with, and what
 * requests keep. */
static double bytes_of_pass(const struct cc_serving *serving, double requests)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_precisions *p = &serving->precision;
    const double touched =
        llm->experts > 0 ? cc_experts_touched(llm->experts + serving->routing.redundant, llm->active_experts, requests)
                         : 0;
    double bytes = cc_llm_output_projection(llm) * p->embeddings.bytes;
    for (size_t i = 0; i < llm->kinds; i++) {
        const struct cc_layer_kind *kind = &llm->kind[i];
        const struct cc_layer_numbers n = cc_llm_layer(llm, kind);
        bytes += kind->count * (n.weights * p->weights.bytes + n.router * p->embeddings.bytes);
        bytes += kind->count * (n.experts > 0 ? touched * cc_llm_expert(llm) * p->experts.bytes : 0);
        bytes += kind->count * requests * serving->generate.look[kind->attention].context *
                 cc_llm_kv_token_bytes(llm, kind->attention);
    }
    return bytes;
}

static void nothing_is_faster_than_peak_and_bandwidth(void **state)
{
    (void)state;
    uint64_t seed = 53;
    size_t near_peak = 0, near_bandwidth = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        d.serving.routing.two_batches = chance(&seed, 0.5);
        const struct cc_stage_place place = random_place(&seed, &d.serving);
        const double requests = random_requests(&seed), chips = (double)place.tensor_parallel;
        const double prefill_s = requests * d.serving.prefill_flops / (chips * d.machine.chip.peak_flops);
        const double generate_s = requests * d.serving.token_flops / (chips * d.machine.chip.peak_flops);
        const double load_s = bytes_of_pass(&d.serving, requests) / (chips * d.machine.chip.sram_bytes_per_s);
        const double prefill = pass_of(&d.serving, &place, &d.serving.prefill, requests).pace.through_s;
        const double generate = pass_of(&d.serving, &place, &d.serving.generate, requests).pace.through_s;
        assert_no_more(prefill_s, prefill);
        assert_no_more(generate_s, generate);
        assert_no_more(load_s, generate);
        near_peak += prefill < 2 * prefill_s;
        near_bandwidth += generate < 2 * load_s;
    }
    assert_true(near_peak > DRAWS / 20 && near_bandwidth > DRAWS / 20); /* the bounds are not far off */
}

/* A product of rows with matrices of j x k, of which `matrices` are loaded and all rows go through. */
static double product_s(const struct cc_serving *serving, const struct cc_precision *p, double rows, double matrices,
                        double j, double k)
{
    return fmax(2 * rows * j * k / (serving->chip.flops * p->rate),
                matrices * j * k * p->bytes / serving->chip.bytes_per_s);
}

static double router_s(const struct cc_serving *serving, const struct cc_stage_place *place, double rows)
{
    const double columns = ceil(serving->llm->experts / (double)cc_attention_parallel(place));
    return product_s(serving, &serving->precision.embeddings, rows, 1, (double)serving->llm->d, columns);
}

/* The feed-forward part of a layer of gated experts, whose `shared` ones are as dense layers are. */
static double experts_s(const struct cc_serving *serving, const struct cc_stage_place *place, double requests,
                        double queries)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_precisions *p = &serving->precision;
    const double d = (double)llm->d, shares = (double)place->expert_parallel, k = llm->active_experts;
    const double tokens = requests * queries, rows = ceil(requests / (double)place->attention_groups) * queries;
    const double slots = llm->experts + serving->routing.redundant, share = ceil(slots / shares);
    const double loaded = cc_experts_loaded(slots, k, tokens, share, shares);
    const double assigned = fmax(loaded, fmin(tokens * k * share / slots, tokens * fmin(k, share)));
    const double width = ceil(llm->expert_width * shares / (double)place->tensor_parallel);
    const double shared = ceil(llm->shared_width / (double)cc_attention_parallel(place));
    return router_s(serving, place, rows) + product_s(serving, &p->weights, 2 * rows, 2, d, shared) +
           product_s(serving, &p->weights, rows, 1, shared, d) +
           product_s(serving, &p->experts, 2 * assigned, 2 * loaded, d, width) +
           product_s(serving, &p->experts, assigned, loaded, width, d);
}

/* What a layer takes beyond one of attention alone. With one group and one share this is tensor parallelism: every chip
 * has a part of each expert that is touched. */
static void products_of_experts_in_every_layout(void **state)
{
    (void)state;
    uint64_t seed = 56;
    for (int i = 0; i < DRAWS; i++) {
        struct cc_llm_input in = random_llm(&seed);
        set_experts(&in, (int64_t)PICK(&seed, 8, 20, 32), (int64_t)PICK(&seed, 1, 2, 6), (int64_t)PICK(&seed, 24, 64),
                    (int64_t)PICK(&seed, 0, 2), 0);
        const struct cc_llm experts = cc_llm_of(&in);
        const struct cc_layers_input alone = {in.num_layers, cc_text_of(cc_attention_names[experts.kind[0].attention]),
                                              cc_text_of("none")};
        in.layers = (struct cc_list){1, &alone};
        const struct cc_llm attention = cc_llm_of(&in);
        const struct machine m = random_machine(&seed);
        const struct cc_serving one = serve(&m, &attention), other = serve(&m, &experts);
        const struct cc_stage_place place = random_place(&seed, &other);
        const bool generate = chance(&seed, 0.5);
        const double requests = random_requests(&seed);
        const double alone_s = pass_of(&one, &place, phase_in(&one, generate), requests).layer_products_s;
        const double all_s = pass_of(&other, &place, phase_in(&other, generate), requests).layer_products_s;
        const double right = experts_s(&other, &place, requests, generate ? 1 : other.prefill.queries);
        assert_true(fabs(all_s - alone_s - right) < 1e-9 * all_s);
    }
}

/* Experts that all tokens go through are one wide layer, when the chips divide it evenly; and whatever the shares, sums
 * are the same. */
static void experts_of_every_token_are_a_dense_layer(void **state)
{
    (void)state;
    uint64_t seed = 54;
    for (int i = 0; i < DRAWS; i++) {
        struct cc_llm_input in = random_llm(&seed);
        const int64_t experts = (int64_t)PICK(&seed, 1, 3, 8);
        in.num_experts = in.experts_per_token = in.moe_d_ff = in.shared_experts = in.first_k_dense = CC_NO_INT;
        in.weight_bits = in.expert_bits;
        in.d_ff = 64 * experts;
        const struct cc_llm dense = cc_llm_of(&in);
        set_experts(&in, experts, experts, 64, 0, 0);
        const struct cc_llm routed = cc_llm_of(&in);
        struct machine m = random_machine(&seed);
        m.system.redundant_experts = 0;
        const struct cc_serving one = serve(&m, &dense), other = serve(&m, &routed);
        struct cc_stage_place place;
        assert_true(cc_stage_place_of(&one, (int64_t)PICK(&seed, 1, 2, 4), 1, &place));
        const double requests = random_requests(&seed);
        const bool generate = chance(&seed, 0.5);
        const struct cc_step_detail a = pass_of(&one, &place, phase_in(&one, generate), requests);
        const struct cc_step_detail b = pass_of(&other, &place, phase_in(&other, generate), requests);
        const double rows = requests * (generate ? 1 : one.prefill.queries);
        assert_true(fabs(b.layer_products_s - router_s(&other, &place, rows) - a.layer_products_s) <
                    1e-9 * b.layer_products_s);
        assert_near(b.layer_exchange_s, a.layer_exchange_s); /* two all-reduces, no dispatch */
        assert_near(b.dispatch_s + b.combine_s, 0);
        place.expert_parallel = experts % 2 == 0 ? 2 : 1;
        assert_near(pass_of(&other, &place, phase_in(&other, generate), requests).layer_exchange_s, a.layer_exchange_s);
    }
}

/* DeepSeek-V3 on 144 chips, each with attention and requests of its own and two of 288 experts: 20.5 GB of
 * weights, 24.2 with embeddings. */
static void what_a_chip_holds(void **state)
{
    (void)state;
    struct cc_llm_input in = deepseek_v3();
    in.weight_bits = (struct cc_number_format){8, CC_FP8};
    const struct cc_llm llm = cc_llm_of(&in);
    uint64_t seed = 57;
    struct machine m = random_machine(&seed);
    m.package.num_chips = 1;
    m.server.num_packages = 8;
    m.workload = (struct cc_workload){.prefill_len = 4096, .generate_len = 1024};
    m.system.redundant_experts = 32;
    m.system.kv_sharding = cc_text_of("requests");
    m.system.without_mtp = true;
    const struct cc_serving serving = serve(&m, &llm);
    struct cc_stage_place place = {144, 1, 18, 144, 144};
    const double layers = 61.0 * 187105280 + 3.0 * 396361728 + 58.0 * (44040192 + 2 * 1835008);
    const double embeddings = 2.0 * 2 * 926679040;
    struct cc_memory_fit fit = fit_of(&serving, &place);
    assert_int_equal(fit.count, 1);
    assert_near(fit.held[0].weight_bytes / 144, layers + 58.0 * 2 * 44040192 + embeddings);
    assert_near(fit.held[0].kv_bytes_each, 70272.0 * 5120);
    assert_near(fit.shards, 144);
    assert_near(fit.memory_bytes, 144 * m.package.memory_bytes);
    /* 88 requests a chip, and one that is a 89th somewhere */
    const struct cc_fullest_stage full = cc_fullest_stage_of(&fit, 88 * 144 + 1);
    assert_near(full.weight_bytes, fit.held[0].weight_bytes);
    assert_near(full.kv_bytes, 89.0 * 144 * 70272 * 5120);
    assert_near(cc_memory_need(&fit, 88 * 144 + 1), full.weight_bytes + full.kv_bytes);
    /* 96 shares of ceil(288 / 96) = 3; without copies the last of 144 has room to spare */
    place = (struct cc_stage_place){96, 1, 12, 96, 96};
    fit = fit_of(&serving, &place);
    assert_near(fit.held[0].weight_bytes / 96, layers + 58.0 * 3 * 44040192 + embeddings);
    m.system.redundant_experts = 0;
    m.system.without_mtp = false; /* one layer of experts more, which joins two inputs */
    const struct cc_serving without = serve(&m, &llm);
    place = (struct cc_stage_place){144, 1, 18, 144, 144};
    fit = fit_of(&without, &place);
    const double module = 187105280 + 3.0 * 44040192 + 2 * 1835008 + 2.0 * 7168 * 7168;
    assert_near(fit.held[0].weight_bytes / 144, layers + 58.0 * 2 * 44040192 + embeddings + module);
}

/* Bytes that the cache of a request takes for one of its own, where chips outnumber KV heads; and requests that are
 * held together. */
static void assert_cache(struct cc_llm_input in, int64_t chips, const char *sharding, double bytes, double together)
{
    in.num_experts = in.experts_per_token = in.moe_d_ff = in.shared_experts = in.first_k_dense = in.num_mtp = CC_NO_INT;
    in.local_attention = cc_text_of("");
    in.attention_interval = in.window = CC_NO_INT;
    const struct cc_llm llm = cc_llm_of(&in);
    uint64_t seed = 59;
    struct machine m = random_machine(&seed);
    m.package.num_chips = 1;
    m.system.kv_sharding = cc_text_of(sharding);
    const struct cc_serving serving = serve(&m, &llm);
    const struct cc_stage_place place = {chips, 1, 1, 1, 1};
    const struct cc_memory_fit fit = fit_of(&serving, &place);
    const double tokens = (double)(m.workload.prefill_len + m.workload.generate_len);
    assert_near(fit.held[0].kv_bytes_each, bytes * tokens * llm.kv_bytes_per_token);
    assert_near(fit.shards, together);
}

/* 8 KV heads of 64 query heads, and a latent. */
static void caches_on_chips_that_share_a_head(void **state)
{
    (void)state;
    assert_cache(gpt_oss_120b(), 8, "requests", 1, 1);
    assert_cache(gpt_oss_120b(), 32, "requests", 1, 4); /* four chips a head, each with requests of its own */
    assert_cache(gpt_oss_120b(), 32, "replicated", 4, 1);
    assert_cache(gpt_oss_120b(), 5, "requests", 10.0 / 8, 1); /* two heads on each of five chips */
    assert_cache(deepseek_v3(), 8, "requests", 1, 8);
    assert_cache(deepseek_v3(), 8, "replicated", 8, 1);
}

/* The largest batch that has room in any layout. */
static double most_requests(const struct cc_serving *serving, int64_t servers, int64_t stages)
{
    struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
    double most = 0;
    assert_true(cc_stage_place_of(serving, servers, stages, &place));
    const size_t count = cc_layouts_of(serving, &place, layouts);
    for (size_t i = 0; i < count; i++) {
        const struct cc_memory_fit fit = fit_of(serving, &layouts[i]);
        for (double batch = 1; batch <= 4096 && cc_memory_fits(&fit, batch); batch *= 2)
            most = fmax(most, batch);
    }
    return most;
}

static void more_servers_hold_no_fewer_requests(void **state)
{
    (void)state;
    uint64_t seed = 55;
    size_t more = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        const int64_t stages = (int64_t)PICK(&seed, 1, 2, 4);
        double fewer = most_requests(&d.serving, stages, stages);
        for (int64_t servers = stages + 1; servers <= 3 * stages; servers++) {
            const double now = most_requests(&d.serving, servers, stages);
            assert_true(now >= fewer);
            more += now > fewer;
            fewer = now;
        }
    }
    assert_true(more > DRAWS / 4);
}

/* A pass with the chunk of the serving, besides `requests`. */
static struct cc_pace mixed_pace_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                    double requests)
{
    const struct cc_axis axis = {1, {requests}, {1}};
    struct cc_pipeline pipeline;
    struct cc_stages stages;
    struct cc_pieces pieces;
    struct cc_paces paces;
    struct cc_step step;
    cc_mixed_step_open(&step, serving, place);
    cc_step_pieces(&step, &axis, 1, &pieces);
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, place, &serving->generate, &stages);
    cc_mixed_paces(&pipeline, &pieces, serving, &axis, 1, &paces);
    return cc_pace_at(&paces, 0);
}

/* Whether a generation exchanges what is between queries and keys, which takes a start even for no request. */
static bool core_exchanges(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    struct cc_step step;
    cc_step_open(&step, serving, place, &serving->generate);
    for (size_t k = 0; k < step.kinds; k++)
        for (size_t i = 0; i < step.layer[k].exchanges; i++)
            if (step.layer[k].exchange[i].core)
                return true;
    return false;
}

/* A whole prompt of each attention group as the chunk, beside no request, is a prefill of as many. */
static void a_chunk_of_whole_prompts_is_a_prefill(void **state)
{
    (void)state;
    uint64_t seed = 77;
    size_t equal = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        const struct cc_stage_place place = random_place(&seed, &d.serving);
        const double groups = (double)place.attention_groups;
        d.serving.prefill_chunk = groups * (double)d.machine.workload.prefill_len;
        const struct cc_pace mixed = mixed_pace_of(&d.serving, &place, 0);
        const struct cc_pace prefill = pass_of(&d.serving, &place, &d.serving.prefill, groups).pace;
        assert_true(fabs(mixed.j - prefill.j) <= 1e-9 * prefill.j);
        assert_no_more(prefill.interval_s, mixed.interval_s * (1 + 1e-9));
        if (core_exchanges(&d.serving, &place))
            continue;
        assert_true(fabs(mixed.interval_s - prefill.interval_s) <= 1e-9 * prefill.interval_s);
        assert_true(fabs(mixed.through_s - prefill.through_s) <= 1e-9 * prefill.through_s);
        equal++;
    }
    assert_true(equal > DRAWS / 3);
}

/* A mixed pass takes no less than a generate pass and no less than its chunk alone, no more than both one after the
 * other; and no less with a longer chunk, or more requests. Energy likewise. */
static void a_mixed_pass_is_between_its_parts(void **state)
{
    (void)state;
    uint64_t seed = 78;
    size_t shared = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct drawn d;
        draw(&seed, &d);
        const struct cc_stage_place place = random_place(&seed, &d.serving);
        const double requests = random_requests(&seed), prompt = (double)d.machine.workload.prefill_len;
        d.serving.prefill_chunk = ceil(random_between(&seed, 0, prompt));
        const struct cc_pace mixed = mixed_pace_of(&d.serving, &place, requests);
        const struct cc_pace generate = pass_of(&d.serving, &place, &d.serving.generate, requests).pace;
        const struct cc_pace chunk = mixed_pace_of(&d.serving, &place, 0);
        const struct cc_pace more = mixed_pace_of(&d.serving, &place, 2 * requests);
        assert_no_more(fmax(generate.interval_s, chunk.interval_s), mixed.interval_s);
        if (d.llm.experts == 0 || place.attention_groups == 1)
            assert_no_more(mixed.interval_s, generate.interval_s + chunk.interval_s);
        assert_no_more(fmax(generate.j, chunk.j), mixed.j);
        if (d.llm.experts == 0 || place.attention_groups == 1)
            assert_no_more(mixed.j, generate.j + chunk.j);
        assert_no_more(mixed.interval_s, more.interval_s);
        shared += mixed.interval_s < 0.9 * (generate.interval_s + chunk.interval_s);
        d.serving.prefill_chunk = fmin(prompt, 2 * d.serving.prefill_chunk);
        assert_no_more(mixed.interval_s, mixed_pace_of(&d.serving, &place, requests).interval_s);
    }
    assert_true(shared > DRAWS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrower_numbers_are_never_slower),
        cmocka_unit_test(overlap_is_never_slower),
        cmocka_unit_test(both_halves_are_counted),
        cmocka_unit_test(halves_of_an_odd_micro_batch),
        cmocka_unit_test(overheads_take_time_and_memory),
        cmocka_unit_test(overheads_grow_as_work_does),
        cmocka_unit_test(nothing_is_faster_than_peak_and_bandwidth),
        cmocka_unit_test(products_of_experts_in_every_layout),
        cmocka_unit_test(experts_of_every_token_are_a_dense_layer),
        cmocka_unit_test(what_a_chip_holds),
        cmocka_unit_test(caches_on_chips_that_share_a_head),
        cmocka_unit_test(more_servers_hold_no_fewer_requests),
        cmocka_unit_test(a_chunk_of_whole_prompts_is_a_prefill),
        cmocka_unit_test(a_mixed_pass_is_between_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
