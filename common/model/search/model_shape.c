#include "model/search/model_shape.h"

#include <math.h>
#include <string.h>

#include "model/serving/memory_fit.h"
#include "model/serving/step.h"

struct cc_serving cc_model_shape_key(const struct cc_serving *serving)
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

static size_t find_end(const struct cc_axis *axis, double requests)
{
    size_t i = 0;
    while (axis->requests[i] != requests)
        i++;
    return i;
}

void cc_ends_of(struct cc_ends *ends, const struct cc_batches *batches)
{
    struct cc_axis *axis = &ends->axis;
    axis->count = 0;
    cc_axis_add(axis, 1);
    for (size_t b = 0; b < batches->count; b++)
        if (batches->batch[b].requests > 1)
            cc_axis_add(axis, (double)batches->batch[b].requests);
    ends->count = axis->count;
    ends->first = ends->count - batches->count;
    for (size_t i = 0; i < batches->axis.count; i++) {
        const double requests = batches->axis.requests[i];
        size_t at = 0;
        while (at < axis->count && axis->requests[at] != requests)
            at++;
        if (at == axis->count)
            cc_axis_add(axis, requests);
    }
    for (size_t b = 0; b < batches->count; b++)
        for (size_t i = 0; i < batches->batch[b].count; i++)
            ends->micro[b][i] = (unsigned char)find_end(axis, (double)cc_micro_batch(batches, &batches->batch[b], i));
}

static size_t padded(size_t count)
{
    return (count + CC_BLOCK_OF_AXIS - 1) / CC_BLOCK_OF_AXIS * CC_BLOCK_OF_AXIS;
}

static void *take(struct cc_model_shape *shape, size_t size)
{
    shape->bytes += size;
    return cc_arena_take(&shape->arena, size);
}

static double *take_reals(struct cc_model_shape *shape, size_t count)
{
    return take(shape, count * sizeof(double));
}

/* By micro-batch of the axis; 0 in the padding. */
static double *copy_axis(struct cc_model_shape *shape, const double *reals)
{
    const size_t count = shape->ends->axis.count;
    double *copy = take_reals(shape, padded(count));
    if (copy != NULL)
        memcpy(copy, reals, count * sizeof *reals);
    return copy;
}

static bool add_products(struct cc_model_shape *shape, struct cc_stage_phase *phase, size_t kind, int load_by,
                         const double *compute_s, const double *load_s)
{
    const struct cc_products p = {kind, load_by, copy_axis(shape, compute_s), copy_axis(shape, load_s)};
    phase->products[phase->classes++] = p;
    return p.compute_s != NULL && p.load_s != NULL;
}

static size_t count_classes(const struct cc_work *work, size_t kinds)
{
    size_t count = 1; /* the output projection */
    for (size_t k = 0; k < kinds; k++)
        for (int load_by = 0; load_by < CC_GROWTHS; load_by++)
            count += work->has[k][load_by];
    return count;
}

/* The products of a phase: FLOPs and bytes, by way of a chip that does one of each in a second. */
static bool list_products(struct cc_model_shape *shape, struct cc_stage_phase *phase,
                          const struct cc_stage_place *place, const struct cc_phase *of)
{
    const struct cc_serving unit = with_chip(&shape->key, 1, 1);
    const struct cc_axis *axis = &shape->ends->axis;
    const size_t kinds = unit.llm->kinds;
    struct cc_step step;
    struct cc_work work;
    cc_step_open(&step, &unit, place, of);
    cc_step_work(&step, axis, axis->count, &work);
    phase->products = take(shape, count_classes(&work, kinds) * sizeof *phase->products);
    if (phase->products == NULL)
        return false;
    for (size_t k = 0; k < kinds; k++)
        for (int load_by = 0; load_by < CC_GROWTHS; load_by++)
            if (work.has[k][load_by] &&
                !add_products(shape, phase, k, load_by, work.compute_s[k][load_by], work.load_s[k][load_by]))
                return false;
    return unit.llm->vocab_size == 0 || add_products(shape, phase, kinds, 0, work.output_compute_s, work.output_load_s);
}

/* Makes the part of a phase that an infinitely fast chip leaves, and its energy. */
static bool make_phase(struct cc_model_shape *shape, struct cc_shape_stage *stage, size_t index,
                       const struct cc_phase *of)
{
    const struct cc_serving fast = with_chip(&shape->key, INFINITY, INFINITY);
    const struct cc_axis *axis = &shape->ends->axis;
    const size_t kinds = fast.llm->kinds;
    struct cc_stage_phase *phase = &stage->phase[index];
    struct cc_pieces pieces;
    struct cc_step step;
    if (!list_products(shape, phase, &stage->place, of))
        return false;
    cc_step_open(&step, &fast, &stage->place, of);
    cc_step_pieces(&step, axis, axis->count, &pieces);
    for (size_t k = 0; k <= kinds; k++) {
        phase->fixed_s[k] = copy_axis(shape, k < kinds ? pieces.layer_s[k] : pieces.output_s);
        phase->value_s[k] = take_reals(shape, padded(axis->count));
        if (phase->fixed_s[k] == NULL || phase->value_s[k] == NULL)
            return false;
    }
    stage->j[index] = copy_axis(shape, pieces.j);
    stage->group_requests[index] = copy_axis(shape, pieces.group_requests);
    return stage->j[index] != NULL && stage->group_requests[index] != NULL;
}

/* The least energy of a batch, of whichever micro-batches have it. */
static double least_j(const struct cc_model_shape *shape, const struct cc_shape_stage *stage, size_t b)
{
    const struct cc_batch *batch = &shape->batches->batch[b];
    double prefill = INFINITY, generate = INFINITY;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t m = shape->ends->micro[b][i];
        prefill = fmin(prefill, stage->j[0][m] * batch->passes[i]);
        generate = fmin(generate, stage->j[1][m] * (batch->passes[i] * shape->key.steps));
    }
    return prefill + generate;
}

static struct cc_shape_stage *make_stage(struct cc_model_shape *shape, const struct cc_stage_place *place)
{
    struct cc_shape_stage *stage = take(shape, sizeof *stage);
    if (stage == NULL || (stage->least_j = take_reals(shape, shape->batches->count)) == NULL)
        return NULL;
    stage->place = *place;
    if (!make_phase(shape, stage, 0, &shape->key.prefill) || !make_phase(shape, stage, 1, &shape->key.generate))
        return NULL;
    for (size_t b = 0; b < shape->batches->count; b++)
        stage->least_j[b] = least_j(shape, stage, b);
    return stage;
}

static struct cc_shape_stage *stage_of(struct cc_model_shape *shape, const struct cc_stage_place *place)
{
    for (struct cc_shape_stage *stage = shape->stages; stage != NULL; stage = stage->next)
        if (cc_same_stage(&stage->place, place))
            return stage;
    struct cc_shape_stage *stage = make_stage(shape, place);
    if (stage != NULL) {
        stage->next = shape->stages;
        shape->stages = stage;
    }
    return stage;
}

static bool add_stage_shape(struct cc_model_shape *shape, struct cc_shape_place *place, const double *layers,
                            bool output)
{
    const size_t size = shape->key.llm->kinds * sizeof *layers;
    double *own = take(shape, size);
    if (own == NULL)
        return false;
    memcpy(own, layers, size);
    place->layers[place->shapes] = own;
    place->output[place->shapes++] = output;
    return true;
}

/* Layers of a pass and of its slowest stage: as in step.c. Of many kinds of stages, some will do for a bound;
 * published, where a pass takes the slowest stage's time for each, the first. */
static bool count_layers(struct cc_model_shape *shape, struct cc_shape_place *place, const struct cc_stages *stages)
{
    const struct cc_llm *llm = shape->key.llm;
    const bool own = shape->key.conventions.layer_remainder;
    if (llm->kinds == 1) {
        place->through[0] = stages->even ? stages->layers * stages->count : (double)llm->num_layers;
        return add_stage_shape(shape, place, &stages->layers, stages->even && shape->has_output) &&
               (stages->even || !shape->has_output || add_stage_shape(shape, place, &stages->last, true));
    }
    for (size_t k = 0; k < llm->kinds; k++)
        place->through[k] = own ? llm->kind[k].count : stages->shape[0][k] * stages->count;
    if (!own)
        return add_stage_shape(shape, place, stages->shape[0], true);
    for (size_t i = 0; i < stages->shapes && place->shapes + 1 < CC_STAGE_SHAPES_MAX; i++)
        if (!add_stage_shape(shape, place, stages->shape[i], false))
            return false;
    return add_stage_shape(shape, place, stages->shape[stages->last_shape], true);
}

/* Times of a pass and an interval whose layers take no time. */
static bool set_fixed(struct cc_model_shape *shape, struct cc_shape_place *place, const struct cc_stage_place *at,
                      const struct cc_stages *stages)
{
    const struct cc_phase *phases[CC_STEADY_PHASES] = {&shape->key.prefill, &shape->key.generate};
    const struct cc_serving fast = with_chip(&shape->key, INFINITY, INFINITY);
    const struct cc_axis *axis = &shape->ends->axis;
    const size_t size = axis->count * sizeof(double);
    struct cc_pieces pieces;
    memset(pieces.output_s, 0, size);
    memset(pieces.j, 0, size);
    for (size_t k = 0; k < fast.llm->kinds; k++)
        memset(pieces.layer_s[k], 0, size);
    for (size_t i = 0; i < CC_STEADY_PHASES; i++) {
        struct cc_pipeline pipeline;
        struct cc_paces paces;
        memcpy(pieces.group_requests, place->stage->group_requests[i], size);
        cc_pipeline_of(&pipeline, &fast, at, phases[i], stages);
        cc_pieces_paces(&pipeline, &pieces, axis, axis->count, &paces);
        place->through_s[i] = copy_axis(shape, paces.through_s);
        place->interval_s[i] = copy_axis(shape, paces.interval_s);
        if (place->through_s[i] == NULL || place->interval_s[i] == NULL)
            return false;
    }
    return true;
}

/* The least memory of a package that holds each batch: what the chips have room for is taken as linear in it. */
static void set_memory(const struct cc_model_shape *shape, const struct cc_stage_place *place,
                       const struct cc_stages *stages, double *least_memory)
{
    const double large = 1e15;
    struct cc_serving s = shape->key;
    struct cc_memory_fit fit;
    cc_memory_fit_of(&fit, &s, place, stages);
    const double none = fit.memory_bytes;
    s.package_memory_bytes = large;
    cc_memory_fit_of(&fit, &s, place, stages);
    const double each = (fit.memory_bytes - none) / large;
    for (size_t b = 0; b < shape->batches->count; b++) {
        const double need = cc_memory_need(&fit, (double)shape->batches->batch[b].requests);
        least_memory[b] = each > 0 ? (need - none) / each : 0;
    }
}

static bool add_place(struct cc_model_shape *shape, struct cc_shape_count *count, const struct cc_stage_place *at,
                      const struct cc_stages *stages)
{
    const size_t batches = shape->batches->count;
    struct cc_shape_place *place = take(shape, sizeof *place);
    if (place == NULL || (place->through = take_reals(shape, shape->key.llm->kinds)) == NULL ||
        (place->least_memory = take_reals(shape, batches)) == NULL || (place->stage = stage_of(shape, at)) == NULL ||
        !count_layers(shape, place, stages) || !set_fixed(shape, place, at, stages))
        return false;
    set_memory(shape, at, stages, place->least_memory);
    for (size_t b = 0; b < batches; b++) {
        count->least_memory[b] = fmin(count->least_memory[b], place->least_memory[b]);
        count->least_j[b] = fmin(count->least_j[b], place->stage->least_j[b]);
    }
    place->next = count->places;
    count->places = place;
    return true;
}

/* Whether no real of the first is more. */
static bool no_more(const double *a, const double *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i] > b[i])
            return false;
    return true;
}

/* The products of a class; NULL: there are none. */
static const struct cc_products *products_like(const struct cc_stage_phase *phase, const struct cc_products *like)
{
    for (size_t i = 0; i < phase->classes; i++)
        if (phase->products[i].kind == like->kind && phase->products[i].load_by == like->load_by)
            return &phase->products[i];
    return NULL;
}

static bool does_no_more(const struct cc_stage_phase *a, const struct cc_stage_phase *b, size_t kinds, size_t count)
{
    for (size_t k = 0; k <= kinds; k++)
        if (!no_more(a->fixed_s[k], b->fixed_s[k], count))
            return false;
    for (size_t i = 0; i < a->classes; i++) {
        const struct cc_products *one = &a->products[i], *other = products_like(b, one);
        if (other == NULL || !no_more(one->compute_s, other->compute_s, count) ||
            !no_more(one->load_s, other->load_s, count))
            return false;
    }
    return true;
}

/* Whether of two layouts of the same stages the first takes no more of anything: whatever is left in at the second is
 * left in at it. */
static bool is_no_worse(const struct cc_model_shape *shape, const struct cc_shape_place *a,
                        const struct cc_shape_place *b)
{
    const size_t count = shape->ends->axis.count, kinds = shape->key.llm->kinds;
    for (size_t i = 0; i < CC_STEADY_PHASES; i++)
        if (!no_more(a->through_s[i], b->through_s[i], count) || !no_more(a->interval_s[i], b->interval_s[i], count) ||
            !no_more(a->stage->j[i], b->stage->j[i], count) ||
            !does_no_more(&a->stage->phase[i], &b->stage->phase[i], kinds, count))
            return false;
    return no_more(a->least_memory, b->least_memory, shape->batches->count);
}

/* Drops the first layout of some that end at `end`, where one of the others is no worse; and others that are no better
 * than it. */
static void drop_worse(const struct cc_model_shape *shape, struct cc_shape_place **first,
                       const struct cc_shape_place *end)
{
    const struct cc_shape_place *added = *first;
    for (const struct cc_shape_place *other = added->next; other != end; other = other->next)
        if (is_no_worse(shape, other, added)) {
            *first = added->next;
            return;
        }
    for (struct cc_shape_place **link = &(*first)->next; *link != end;)
        if (is_no_worse(shape, added, *link))
            *link = (*link)->next;
        else
            link = &(*link)->next;
}

static bool add_places(struct cc_model_shape *shape, struct cc_shape_count *count)
{
    for (size_t i = 0; i < shape->depth_count; i++) {
        struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
        struct cc_stages stages;
        if (!cc_stage_place_of(&shape->key, count->num_servers, shape->depths[i], &place))
            continue;
        cc_stages_of(&stages, &shape->key, shape->depths[i]);
        const size_t layout_count = cc_layouts_of(&shape->key, &place, layouts);
        const struct cc_shape_place *others = count->places;
        for (size_t k = 0; k < layout_count; k++) {
            if (!add_place(shape, count, &layouts[k], &stages))
                return false;
            drop_worse(shape, &count->places, others);
        }
    }
    return true;
}

void cc_model_shape_begin(struct cc_model_shape *shape, const struct cc_serving *serving,
                          const struct cc_batches *batches, const struct cc_ends *ends, const int64_t *depths,
                          size_t depth_count)
{
    shape->key = cc_model_shape_key(serving);
    if (shape->key.routing.imbalance == 0) /* that of chance, which falls as micro-batches grow */
        shape->key.routing.imbalance = 1;
    shape->batches = batches;
    shape->ends = ends;
    shape->depths = depths;
    shape->depth_count = depth_count;
    shape->has_output = shape->key.llm->vocab_size > 0 || shape->key.has_overheads;
    shape->stages = NULL;
    shape->counts = shape->bytes = 0;
}

struct cc_shape_count *cc_model_shape_count_of(struct cc_model_shape *shape, int64_t num_servers, bool grow)
{
    for (size_t i = 0; i < shape->counts; i++)
        if (shape->count[i].num_servers == num_servers)
            return &shape->count[i];
    if (!grow || shape->counts == CC_SHAPE_COUNTS_MAX)
        return NULL;
    struct cc_shape_count *count = &shape->count[shape->counts];
    const size_t batches = shape->batches->count;
    *count = (struct cc_shape_count){.num_servers = num_servers};
    count->least_memory = take_reals(shape, batches);
    count->least_j = take_reals(shape, batches);
    if (count->least_memory == NULL || count->least_j == NULL)
        return NULL;
    for (size_t b = 0; b < batches; b++)
        count->least_memory[b] = count->least_j[b] = INFINITY;
    if (!add_places(shape, count))
        return NULL;
    shape->counts++;
    return count;
}

/* Plain loops over plain arrays of whole blocks, for the compiler to vectorize. */
static void value_phase(const struct cc_stage_phase *phase, size_t kinds, size_t blocks, double flop_s, double byte_s)
{
    for (size_t k = 0; k <= kinds; k++) {
        const double *restrict fixed = phase->fixed_s[k];
        double *restrict value = phase->value_s[k];
        for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++)
            value[i] = fixed[i];
    }
    for (size_t c = 0; c < phase->classes; c++) {
        const double *restrict compute = phase->products[c].compute_s, *restrict load = phase->products[c].load_s;
        double *restrict value = phase->value_s[phase->products[c].kind];
        for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++) {
            const double compute_s = compute[i] * flop_s, load_s = load[i] * byte_s;
            value[i] += compute_s > load_s ? compute_s : load_s;
        }
    }
}

void cc_model_shape_value(struct cc_model_shape *shape, struct cc_shape_stage *stage, double flops, double bytes_per_s,
                          size_t count)
{
    if (stage->flops == flops && stage->bytes_per_s == bytes_per_s && stage->valued >= count)
        return;
    stage->flops = flops;
    stage->bytes_per_s = bytes_per_s;
    stage->valued = padded(count);
    for (size_t i = 0; i < CC_STEADY_PHASES; i++)
        value_phase(&stage->phase[i], shape->key.llm->kinds, stage->valued / CC_BLOCK_OF_AXIS, 1 / flops,
                    1 / bytes_per_s);
}
