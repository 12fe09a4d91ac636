#include "model/search/prune.h"

#include <string.h>

#include "model/serving/memory_fit.h"

enum { STAGE_SHAPES_MAX = 4, COUNTS_MAX = 64, REMEMBERED = 32, PHASES = 2, BYTES_KEPT = 48 << 20 };

static const double margin = 1e-9; /* more than rounding */

/* Products of a class in a layer of a kind, on a chip of 1 FLOP/s and 1 B/s. In place of a kind: the output projection.
 * Arrays are by micro-batch of the axis, here and below. */
struct products {
    size_t kind;
    double *compute_s, *load_s;
};

/* A phase of a stage. Seconds of a layer of each kind, and of the output projection: what is fixed, and what it takes
 * on the current server. */
struct stage_phase {
    size_t classes;
    struct products products[CC_LAYER_KINDS_MAX * CC_GROWTHS + 1];
    double **fixed_s, **value_s;
};

struct stage {
    struct stage *next;
    struct cc_stage_place place; /* one with such stages */
    struct stage_phase *phase[PHASES];
    double *group_requests[PHASES]; /* as in struct cc_pieces */
    double *j[PHASES];              /* of a pass */
    double *least_j;                /* of both phases, by batch */
    double flops, bytes_per_s;      /* of the server whose values these are; 0: of none */
};

/* Where stages run: in a pass the layers of each kind, and in an interval those of the slowest of a few stages, with
 * the output projection or without; and what both take without layers. */
struct place {
    struct place *next;
    struct stage *stage;
    double *through;
    size_t shapes;
    double *layers[STAGE_SHAPES_MAX], output[STAGE_SHAPES_MAX];
    double *through_s[PHASES], *interval_s[PHASES];
    double *least_memory; /* of a package, that holds each batch */
};

/* Bounds, by batch: of generate latency, and of both phases together. */
struct bounds {
    double *generate_s, *both_s;
};

/* Bounds of the latest servers that they were found for, for servers of no more memory; 0 memory: of none yet. */
struct remembered {
    size_t next;
    double flops[REMEMBERED], bytes_per_s[REMEMBERED], memory[REMEMBERED];
    struct bounds bounds[REMEMBERED];
};

/* The places of a number of servers; by batch, the least memory of a package that one of them needs, and the least
 * energy. */
struct count {
    int64_t num_servers;
    struct place *places;
    double *least_memory, *least_j;
    struct remembered remembered;
};

struct cc_shape {
    struct cc_serving key;
    bool has_output; /* the last stage may take more than its layers */
    struct stage *stages;
    size_t counts;
    struct count count[COUNTS_MAX];
};

const char *cc_prune_fault(const struct cc_serving *serving)
{
    if (serving->duty != CC_BOTH_PHASES)
        return "one phase is asked for";
    if (!serving->energy_model)
        return "the energy model is off";
    if (serving->chip.weight_stationary)
        return "chips are systolic arrays";
    if (serving->sub_system_servers != CC_NO_INT)
        return "sub-systems prefill";
    if (serving->routing.two_batches)
        return "halves of a micro-batch overlap";
    if (serving->overheads.hidden_share > 0)
        return "products hide collectives";
    return NULL;
}

/* A server without what differs among those of a shape, so that all else, whatever it is, is the same. */
static struct cc_serving without_scalars(const struct cc_serving *serving)
{
    struct cc_serving s = *serving;
    memset(&s.chip, 0, sizeof s.chip);
    s.package_memory_bytes = s.server_memory_bytes = 0;
    s.server_flops = s.server_tdp_w = s.server_other_power_w = 0;
    return s;
}

static struct cc_serving with_chip(const struct cc_serving *key, double flops, double bytes_per_s)
{
    struct cc_serving s = *key;
    s.chip.flops = flops;
    s.chip.bytes_per_s = bytes_per_s;
    return s;
}

void cc_prune_end(struct cc_pruner *pruner)
{
    cc_arena_free(&pruner->arena);
    pruner->known.count = pruner->shape_count = pruner->taken = 0;
}

static void *take(struct cc_pruner *pruner, size_t size)
{
    pruner->taken += size;
    return cc_arena_take(&pruner->arena, size);
}

static double *take_reals(struct cc_pruner *pruner, size_t count)
{
    return take(pruner, count * sizeof(double));
}

/* Room for the seconds of each kind and the output projection. */
static double **take_kinds(struct cc_pruner *pruner)
{
    const size_t kinds = pruner->serving->llm->kinds + 1;
    double **list = take(pruner, kinds * sizeof *list);
    for (size_t k = 0; list != NULL && k < kinds; k++)
        if ((list[k] = take_reals(pruner, pruner->batches->axis.count)) == NULL)
            return NULL;
    return list;
}

static double *copy_reals(struct cc_pruner *pruner, const double *reals, size_t count)
{
    double *copy = take_reals(pruner, count);
    if (copy != NULL)
        memcpy(copy, reals, count * sizeof *reals);
    return copy;
}

static bool add_products(struct cc_pruner *pruner, struct stage_phase *phase, size_t kind, const double *compute_s,
                         const double *load_s)
{
    const size_t count = pruner->batches->axis.count;
    const struct products p = {kind, copy_reals(pruner, compute_s, count), copy_reals(pruner, load_s, count)};
    phase->products[phase->classes++] = p;
    return p.compute_s != NULL && p.load_s != NULL;
}

/* The products of a phase: FLOPs and bytes, by way of a chip that does one of each in a second. */
static bool list_products(struct cc_pruner *pruner, struct stage_phase *phase, const struct cc_serving *key,
                          const struct cc_stage_place *place, const struct cc_phase *of)
{
    const struct cc_serving unit = with_chip(key, 1, 1);
    const size_t kinds = key->llm->kinds;
    struct cc_step step;
    struct cc_work work;
    cc_step_open(&step, &unit, place, of);
    cc_step_work(&step, &pruner->batches->axis, pruner->batches->axis.count, &work);
    for (size_t k = 0; k < kinds; k++)
        for (int load_by = 0; load_by < CC_GROWTHS; load_by++)
            if (work.has[k][load_by] &&
                !add_products(pruner, phase, k, work.compute_s[k][load_by], work.load_s[k][load_by]))
                return false;
    return key->llm->vocab_size == 0 || add_products(pruner, phase, kinds, work.output_compute_s, work.output_load_s);
}

/* Makes the part of a phase that an infinitely fast chip leaves, and its energy. */
static bool make_phase(struct cc_pruner *pruner, const struct cc_serving *key, const struct cc_phase *of, size_t index,
                       struct stage *stage)
{
    const struct cc_serving fast = with_chip(key, INFINITY, INFINITY);
    const struct cc_axis *axis = &pruner->batches->axis;
    const size_t kinds = key->llm->kinds;
    struct stage_phase *phase = stage->phase[index] = take(pruner, sizeof *phase);
    struct cc_pieces pieces;
    struct cc_step step;
    if (phase == NULL || (phase->fixed_s = take_kinds(pruner)) == NULL ||
        (phase->value_s = take_kinds(pruner)) == NULL || !list_products(pruner, phase, key, &stage->place, of))
        return false;
    cc_step_open(&step, &fast, &stage->place, of);
    cc_step_pieces(&step, axis, axis->count, &pieces);
    for (size_t k = 0; k < kinds; k++)
        memcpy(phase->fixed_s[k], pieces.layer_s[k], axis->count * sizeof(double));
    memcpy(phase->fixed_s[kinds], pieces.output_s, axis->count * sizeof(double));
    stage->j[index] = copy_reals(pruner, pieces.j, axis->count);
    stage->group_requests[index] = copy_reals(pruner, pieces.group_requests, axis->count);
    return stage->j[index] != NULL && stage->group_requests[index] != NULL;
}

/* The least energy of a batch, of whichever micro-batches have it. */
static double least_j(const struct stage *stage, const struct cc_batch *batch, double steps)
{
    double prefill = INFINITY, generate = INFINITY;
    for (size_t i = 0; i < batch->count; i++) {
        prefill = fmin(prefill, stage->j[0][batch->micro[i]] * batch->passes[i]);
        generate = fmin(generate, stage->j[1][batch->micro[i]] * (batch->passes[i] * steps));
    }
    return prefill + generate;
}

static struct stage *make_stage(struct cc_pruner *pruner, const struct cc_serving *key,
                                const struct cc_stage_place *place)
{
    struct stage *stage = take(pruner, sizeof *stage);
    if (stage == NULL || (stage->least_j = take_reals(pruner, pruner->batches->count)) == NULL)
        return NULL;
    stage->place = *place;
    if (!make_phase(pruner, key, &key->prefill, 0, stage) || !make_phase(pruner, key, &key->generate, 1, stage))
        return NULL;
    for (size_t b = 0; b < pruner->batches->count; b++)
        stage->least_j[b] = least_j(stage, &pruner->batches->batch[b], key->steps);
    return stage;
}

static struct stage *stage_of(struct cc_pruner *pruner, struct cc_shape *shape, const struct cc_stage_place *place)
{
    for (struct stage *stage = shape->stages; stage != NULL; stage = stage->next)
        if (cc_same_stage(&stage->place, place))
            return stage;
    struct stage *stage = make_stage(pruner, &shape->key, place);
    if (stage != NULL) {
        stage->next = shape->stages;
        shape->stages = stage;
    }
    return stage;
}

static bool add_stage_shape(struct cc_pruner *pruner, struct place *place, const double *layers, double output)
{
    const size_t size = pruner->serving->llm->kinds * sizeof *layers;
    double *own = take(pruner, size);
    if (own == NULL)
        return false;
    memcpy(own, layers, size);
    place->layers[place->shapes] = own;
    place->output[place->shapes++] = output;
    return true;
}

/* Layers of a pass and of its slowest stage: as in step.c. Of many kinds of stages, some will do for a bound. */
static bool count_layers(struct cc_pruner *pruner, struct place *place, const struct cc_stages *stages)
{
    const struct cc_serving *serving = pruner->serving;
    const struct cc_llm *llm = serving->llm;
    const bool own = serving->conventions.layer_remainder;
    if (llm->kinds == 1 && !pruner->shape->has_output) { /* no stage takes longer than the first */
        place->through[0] = stages->even ? stages->layers * stages->count : (double)llm->num_layers;
        return add_stage_shape(pruner, place, &stages->layers, 0);
    }
    if (llm->kinds == 1) {
        place->through[0] = stages->even ? stages->layers * stages->count : (double)llm->num_layers;
        return add_stage_shape(pruner, place, &stages->layers, stages->even ? 1 : 0) &&
               (stages->even || add_stage_shape(pruner, place, &stages->last, 1));
    }
    for (size_t k = 0; k < llm->kinds; k++)
        place->through[k] = own ? llm->kind[k].count : stages->shape[0][k] * stages->count;
    for (size_t i = 0; i < stages->shapes && place->shapes + 1 < STAGE_SHAPES_MAX; i++)
        if (!add_stage_shape(pruner, place, stages->shape[i], own ? 0 : 1))
            return false;
    return !own || add_stage_shape(pruner, place, stages->shape[stages->last_shape], 1);
}

/* Times of a pass and an interval whose layers take no time. */
static bool set_fixed(struct cc_pruner *pruner, const struct cc_serving *key, struct place *place,
                      const struct cc_stage_place *at, const struct cc_stages *stages)
{
    const struct cc_phase *phases[PHASES] = {&key->prefill, &key->generate};
    const struct cc_serving fast = with_chip(key, INFINITY, INFINITY);
    const struct cc_axis *axis = &pruner->batches->axis;
    for (size_t i = 0; i < PHASES; i++) {
        struct cc_pipeline pipeline;
        struct cc_pieces pieces;
        struct cc_paces paces;
        memset(&pieces, 0, sizeof pieces);
        memcpy(pieces.group_requests, place->stage->group_requests[i], axis->count * sizeof(double));
        cc_pipeline_of(&pipeline, &fast, at, phases[i], stages);
        cc_pieces_paces(&pipeline, &pieces, axis, axis->count, &paces);
        place->through_s[i] = copy_reals(pruner, paces.through_s, axis->count);
        place->interval_s[i] = copy_reals(pruner, paces.interval_s, axis->count);
        if (place->through_s[i] == NULL || place->interval_s[i] == NULL)
            return false;
    }
    return true;
}

/* The least memory of a package that holds each batch: what the chips have room for is taken as linear in it. */
static void set_memory(const struct cc_pruner *pruner, const struct cc_serving *key, const struct cc_stage_place *place,
                       const struct cc_stages *stages, double *least_memory)
{
    const double large = 1e15;
    struct cc_serving s = *key;
    struct cc_memory_fit fit;
    cc_memory_fit_of(&fit, &s, place, stages);
    const double none = fit.memory_bytes;
    s.package_memory_bytes = large;
    cc_memory_fit_of(&fit, &s, place, stages);
    const double each = (fit.memory_bytes - none) / large;
    for (size_t b = 0; b < pruner->batches->count; b++) {
        const double need = cc_memory_need(&fit, (double)pruner->batches->batch[b].requests);
        least_memory[b] = each > 0 ? (need - none) / each : 0;
    }
}

static bool add_place(struct cc_pruner *pruner, struct count *count, const struct cc_stage_place *at,
                      const struct cc_stages *stages)
{
    struct cc_shape *shape = pruner->shape;
    struct place *place = take(pruner, sizeof *place);
    if (place == NULL || (place->through = take_reals(pruner, shape->key.llm->kinds)) == NULL ||
        (place->least_memory = take_reals(pruner, pruner->batches->count)) == NULL ||
        (place->stage = stage_of(pruner, shape, at)) == NULL || !count_layers(pruner, place, stages) ||
        !set_fixed(pruner, &shape->key, place, at, stages))
        return false;
    set_memory(pruner, &shape->key, at, stages, place->least_memory);
    for (size_t b = 0; b < pruner->batches->count; b++) {
        count->least_memory[b] = fmin(count->least_memory[b], place->least_memory[b]);
        count->least_j[b] = fmin(count->least_j[b], place->stage->least_j[b]);
    }
    place->next = count->places;
    count->places = place;
    return true;
}

static bool add_places(struct cc_pruner *pruner, struct count *count)
{
    const struct cc_serving *key = &pruner->shape->key;
    for (size_t i = 0; i < pruner->depth_count; i++) {
        struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
        struct cc_stages stages;
        if (!cc_stage_place_of(key, count->num_servers, pruner->depths[i], &place))
            continue;
        cc_stages_of(&stages, key, pruner->depths[i]);
        const size_t layout_count = cc_layouts_of(key, &place, layouts);
        for (size_t k = 0; k < layout_count; k++)
            if (!add_place(pruner, count, &layouts[k], &stages))
                return false;
    }
    return true;
}

/* The places of a number of servers; NULL: there is no room for them. */
static struct count *count_of(struct cc_pruner *pruner, int64_t num_servers)
{
    struct cc_shape *shape = pruner->shape;
    for (size_t i = 0; shape != NULL && i < shape->counts; i++)
        if (shape->count[i].num_servers == num_servers)
            return &shape->count[i];
    if (shape == NULL || shape->counts == COUNTS_MAX)
        return NULL;
    struct count *count = &shape->count[shape->counts];
    const size_t batches = pruner->batches->count;
    *count = (struct count){.num_servers = num_servers};
    count->least_memory = take_reals(pruner, batches);
    count->least_j = take_reals(pruner, batches);
    double *bounds = take_reals(pruner, 2 * batches * REMEMBERED);
    if (count->least_memory == NULL || count->least_j == NULL || bounds == NULL)
        return NULL;
    for (size_t i = 0; i < REMEMBERED; i++)
        count->remembered.bounds[i] = (struct bounds){bounds + 2 * batches * i, bounds + 2 * batches * i + batches};
    for (size_t b = 0; b < batches; b++)
        count->least_memory[b] = count->least_j[b] = INFINITY;
    if (!add_places(pruner, count))
        return NULL;
    shape->counts++;
    return count;
}

/* Padding that differs costs time alone. */
static struct cc_shape *shape_of(struct cc_pruner *pruner, const struct cc_serving *serving)
{
    const struct cc_serving key = without_scalars(serving);
    for (size_t i = 0; i < pruner->shape_count; i++)
        if (memcmp(&pruner->shapes[i]->key, &key, sizeof key) == 0)
            return pruner->shapes[i];
    if (pruner->shape_count == CC_SHAPES_KEPT || pruner->taken > BYTES_KEPT) {
        cc_arena_free(&pruner->arena);
        pruner->shape_count = pruner->taken = 0;
    }
    struct cc_shape *shape = take(pruner, sizeof *shape);
    if (shape == NULL)
        return NULL;
    shape->key = key;
    shape->has_output = key.llm->vocab_size > 0 || key.has_overheads;
    pruner->shapes[pruner->shape_count++] = shape;
    return shape;
}

void cc_prune_begin(struct cc_pruner *pruner, const struct cc_serving *serving, const struct cc_batches *batches,
                    const int64_t *depths, size_t depth_count)
{
    pruner->serving = serving;
    pruner->batches = batches;
    pruner->depths = depths;
    pruner->depth_count = depth_count;
    pruner->shape = shape_of(pruner, serving);
}

/* Seconds of the layers of a stage on the current server, at least. Plain loops over plain arrays, for the compiler to
 * vectorize.
 */
static void value_phase(const struct stage_phase *phase, size_t kinds, size_t count, double flop_s, double byte_s)
{
    for (size_t k = 0; k <= kinds; k++)
        memcpy(phase->value_s[k], phase->fixed_s[k], count * sizeof(double));
    for (size_t c = 0; c < phase->classes; c++) {
        const double *restrict compute = phase->products[c].compute_s, *restrict load = phase->products[c].load_s;
        double *restrict value = phase->value_s[phase->products[c].kind];
        for (size_t i = 0; i < count; i++) {
            const double compute_s = compute[i] * flop_s, load_s = load[i] * byte_s;
            value[i] += compute_s > load_s ? compute_s : load_s;
        }
    }
}

static void value_stage(const struct cc_pruner *pruner, struct stage *stage)
{
    const struct cc_matmul_chip *chip = &pruner->serving->chip;
    const size_t kinds = pruner->serving->llm->kinds;
    if (stage->flops == chip->flops && stage->bytes_per_s == chip->bytes_per_s)
        return;
    stage->flops = chip->flops;
    stage->bytes_per_s = chip->bytes_per_s;
    for (size_t i = 0; i < PHASES; i++)
        value_phase(stage->phase[i], kinds, pruner->batches->axis.count, 1 / chip->flops, 1 / chip->bytes_per_s);
}

static void add_layers(const double *restrict value, double layers, size_t count, double *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += layers * value[i];
}

static void start_sum(const double *restrict fixed, const double *restrict value, double layers, size_t count,
                      double *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = fixed[i] + layers * value[i];
}

/* Passes and intervals at a place, at least. */
struct bounded {
    double through_s[PHASES][CC_AXIS_MAX], interval_s[PHASES][CC_AXIS_MAX];
};

static void set_throughs(const struct cc_pruner *pruner, const struct place *place, size_t phase, size_t count,
                         double *restrict sum)
{
    const size_t kinds = pruner->serving->llm->kinds;
    double **value = place->stage->phase[phase]->value_s;
    start_sum(place->through_s[phase], value[0], place->through[0], count, sum);
    for (size_t k = 1; k < kinds; k++)
        add_layers(value[k], place->through[k], count, sum);
    if (pruner->shape->has_output)
        add_layers(value[kinds], 1, count, sum);
}

static void set_intervals(const struct cc_pruner *pruner, const struct place *place, size_t phase, size_t count,
                          double *restrict interval_s)
{
    const size_t kinds = pruner->serving->llm->kinds;
    double **value = place->stage->phase[phase]->value_s;
    double other[CC_AXIS_MAX];
    for (size_t q = 0; q < place->shapes; q++) {
        double *sum = q == 0 ? interval_s : other;
        start_sum(place->interval_s[phase], value[0], place->layers[q][0], count, sum);
        for (size_t k = 1; k < kinds; k++)
            if (place->layers[q][k] > 0)
                add_layers(value[k], place->layers[q][k], count, sum);
        if (place->output[q] > 0)
            add_layers(value[kinds], 1, count, sum);
        for (size_t i = 0; q > 0 && i < count; i++)
            interval_s[i] = other[i] > interval_s[i] ? other[i] : interval_s[i];
    }
}

/* For the first batches, as many as fit; passes of the first micro-batches alone. */
static void bound_place(const struct cc_pruner *pruner, const struct place *place, size_t throughs, size_t fitting,
                        struct bounded *bounded)
{
    const struct cc_batch *largest = &pruner->batches->batch[fitting - 1];
    const size_t count = largest->micro[largest->count - 1] + 1;
    for (size_t i = 0; i < PHASES; i++) {
        set_throughs(pruner, place, i, throughs < count ? throughs : count, bounded->through_s[i]);
        set_intervals(pruner, place, i, count, bounded->interval_s[i]);
    }
}

/* At both ends of a batch: generate latency, and that of both phases. */
struct latencies {
    double generate_s, both_s;
};

static inline struct latencies latencies_of(const struct cc_pruner *pruner, const struct bounded *at, size_t b)
{
    const struct cc_batch *batch = &pruner->batches->batch[b];
    const size_t last = batch->micro[batch->count - 1];
    const struct cc_pace pace = {at->through_s[1][0], at->interval_s[1][last], 0};
    const double generate_s = cc_generate_s(&pace, 1, pruner->serving->steps);
    const double prefill_s = at->through_s[0][0] - at->interval_s[0][0] + at->interval_s[0][last];
    return (struct latencies){generate_s, generate_s + prefill_s};
}

/* Lowers bounds to those of a place. */
static void lower_to_place(const struct cc_pruner *pruner, const struct place *place, size_t fitting,
                           const struct bounds *bounds)
{
    struct bounded at;
    bound_place(pruner, place, 1, fitting, &at);
    for (size_t b = 0; b < fitting; b++) {
        const struct latencies l = latencies_of(pruner, &at, b);
        bounds->generate_s[b] = l.generate_s < bounds->generate_s[b] ? l.generate_s : bounds->generate_s[b];
        bounds->both_s[b] = l.both_s < bounds->both_s[b] ? l.both_s : bounds->both_s[b];
    }
}

/* Batches that a place has room for in packages of so much memory. */
static size_t batches_that_fit(const struct cc_pruner *pruner, const struct place *place, double memory)
{
    size_t fitting = 0;
    while (fitting < pruner->batches->count && place->least_memory[fitting] <= memory * (1 + margin))
        fitting++;
    return fitting;
}

static void set_bounds(const struct cc_pruner *pruner, const struct count *count, double memory,
                       const struct bounds *bounds)
{
    for (size_t b = 0; b < pruner->batches->count; b++)
        bounds->generate_s[b] = bounds->both_s[b] = INFINITY;
    for (const struct place *place = count->places; place != NULL; place = place->next) {
        const size_t fitting = batches_that_fit(pruner, place, memory);
        if (fitting == 0)
            continue;
        value_stage(pruner, place->stage);
        lower_to_place(pruner, place, fitting, bounds);
    }
}

/* The remembered server that is most like the current one, of those with as much memory; returns by how much its bounds
 * are too loose at most. Its bounds times `scale` hold: times grow no more than chips slow down, if links stay as they
 * are. */
static double find_like(const struct cc_serving *s, const struct remembered *r, size_t *like, double *scale)
{
    double least = INFINITY;
    for (size_t i = 0; i < REMEMBERED; i++) {
        const double flops = r->flops[i] / s->chip.flops, bytes = r->bytes_per_s[i] / s->chip.bytes_per_s;
        const double slower = flops < bytes ? flops : bytes, faster = flops < bytes ? bytes : flops;
        const double down = slower < 1 ? slower : 1, loose = (faster > 1 ? faster : 1) / down;
        if (loose < least && r->memory[i] >= s->package_memory_bytes) {
            least = loose;
            *like = i;
            *scale = down;
        }
    }
    return least;
}

/* Finds the bounds of the current server, with a little more memory, and remembers them. */
static size_t find_bounds(const struct cc_pruner *pruner, struct count *count)
{
    const struct cc_serving *s = pruner->serving;
    struct remembered *r = &count->remembered;
    const size_t i = r->next;
    r->next = (i + 1) % REMEMBERED;
    r->flops[i] = s->chip.flops;
    r->bytes_per_s[i] = s->chip.bytes_per_s;
    r->memory[i] = s->package_memory_bytes * 1.1;
    set_bounds(pruner, count, r->memory[i], &r->bounds[i]);
    return i;
}

/* Cost of a token for the cost of a batch, but for the length of the answer, which all have in common. */
static double usd_of(const struct cc_serving *serving, struct cc_prices prices, double requests, double s, double j)
{
    const double usd = (prices.usd_per_s * s + prices.usd_per_j * j) / requests;
    return serving->conventions.token_cost ? usd : usd / requests;
}

/* Evaluates everything: the prospect when nothing is known. */
static void expect_all(struct cc_prospect *prospect, size_t batches)
{
    *prospect = (struct cc_prospect){.any = true};
    for (size_t b = 0; b < batches; b++)
        prospect->batch[b] = true;
}

static bool is_beaten(const struct cc_pruner *pruner, double s, double usd)
{
    return cc_frontier_beats(&pruner->known, s * (1 - margin), usd * (1 - margin));
}

/* Whether every pair of micro-batches of a batch at a place is beaten: each with its own time and energy, at least. */
static bool place_is_beaten(const struct cc_pruner *pruner, const struct place *place, const struct bounded *at,
                            size_t b, struct cc_prices prices)
{
    const struct cc_batch *batch = &pruner->batches->batch[b];
    const double requests = (double)batch->requests;
    const struct latencies l = latencies_of(pruner, at, b);
    const struct cc_serving *serving = pruner->serving;
    const struct stage *stage = place->stage;
    double prefill_usd = INFINITY;
    if (is_beaten(pruner, l.generate_s, usd_of(serving, prices, requests, l.both_s, stage->least_j[b])))
        return true;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t m = batch->micro[i];
        const struct cc_pace p = {at->through_s[0][m], at->interval_s[0][m], stage->j[0][m]};
        const struct cc_pace g = {at->through_s[1][m], at->interval_s[1][m], stage->j[1][m]};
        const double passes = batch->passes[i], latency_s = cc_generate_s(&g, passes, serving->steps);
        prefill_usd =
            fmin(prefill_usd, usd_of(serving, prices, requests, cc_prefill_s(&p, passes), cc_prefill_j(&p, passes)));
        const double usd = usd_of(serving, prices, requests, latency_s, cc_generate_j(&g, passes, serving->steps));
        if (!is_beaten(pruner, latency_s, prefill_usd + usd))
            return false;
    }
    return true;
}

/* Looks at the batches of a prospect more closely. */
static void look_closely(struct cc_pruner *pruner, const struct count *count, struct cc_prices prices,
                         struct cc_prospect *prospect)
{
    bool left[CC_AXIS_MAX] = {false};
    for (const struct place *place = count->places; place != NULL; place = place->next) {
        const size_t fitting = batches_that_fit(pruner, place, pruner->serving->package_memory_bytes);
        struct bounded at;
        bool bounded = false;
        for (size_t b = 0; b < fitting; b++) {
            if (!prospect->batch[b] || left[b])
                continue;
            if (!bounded) {
                value_stage(pruner, place->stage);
                bound_place(pruner, place, CC_AXIS_MAX, fitting, &at);
            }
            bounded = true;
            left[b] = !place_is_beaten(pruner, place, &at, b, prices);
        }
    }
    prospect->any = false;
    for (size_t b = 0; b < pruner->batches->count; b++) {
        prospect->batch[b] &= left[b];
        prospect->any |= prospect->batch[b];
    }
}

/* Leaves in what bounds do not show to be beaten. */
static void check_bounds(const struct cc_pruner *pruner, const struct count *count, struct cc_prices prices,
                         const struct bounds *bounds, double scale, struct cc_prospect *prospect)
{
    const struct cc_batches *batches = pruner->batches;
    const double memory = pruner->serving->package_memory_bytes * (1 + margin);
    prospect->any = false;
    for (size_t b = 0; b < batches->count && count->least_memory[b] <= memory; b++) {
        const double requests = (double)batches->batch[b].requests;
        const double usd = usd_of(pruner->serving, prices, requests, bounds->both_s[b] * scale, count->least_j[b]);
        prospect->batch[b] = !is_beaten(pruner, bounds->generate_s[b] * scale, usd);
        prospect->any |= prospect->batch[b];
    }
}

void cc_prune_batches(struct cc_pruner *pruner, int64_t num_servers, struct cc_prices prices,
                      struct cc_prospect *prospect)
{
    const double memory = pruner->serving->package_memory_bytes;
    struct count *count = count_of(pruner, num_servers);
    const double too_loose = 1.3;
    double scale = 1;
    size_t like = 0;
    if (count == NULL || fabs(count->least_memory[0] - memory) <= memory * margin) {
        expect_all(prospect, pruner->batches->count);
        return;
    }
    *prospect = (struct cc_prospect){.fits = count->least_memory[0] < memory};
    if (!prospect->fits)
        return;
    if (find_like(pruner->serving, &count->remembered, &like, &scale) < too_loose)
        check_bounds(pruner, count, prices, &count->remembered.bounds[like], scale, prospect);
    else
        prospect->any = true;
    if (prospect->any)
        check_bounds(pruner, count, prices, &count->remembered.bounds[find_bounds(pruner, count)], 1, prospect);
    if (prospect->any)
        look_closely(pruner, count, prices, prospect);
}

bool cc_prune_beats(const struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices)
{
    const double requests = (double)space->batch->requests;
    for (size_t depth = 0; depth < space->count; depth++) {
        if (!cc_space_holds(space, depth))
            continue;
        const struct cc_bounds least = cc_space_bounds(space, depth);
        const double usd = usd_of(space->serving, prices, requests, least.prefill_s + least.generate_s, least.j);
        if (!is_beaten(pruner, least.generate_s, usd))
            return false;
    }
    return true;
}

void cc_prune_learn(struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices,
                    const struct cc_choice *choice)
{
    const double requests = (double)space->batch->requests;
    cc_frontier_insert(&pruner->known, cc_space_at(space, choice->depth, CC_GENERATE_S, (size_t)choice->generate),
                       usd_of(space->serving, prices, requests, choice->s, choice->j));
}
