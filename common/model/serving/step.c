#include "model/serving/step.h"

#include "base/number.h"
#include "model/serving/collective.h"

static void plan_hand_over(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const double bytes = step->queries * (double)serving->llm->d * (serving->llm->format.comm_bits.bits / 8);
    const struct cc_channel *link =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    const double servers = (double)cc_extent_of(serving, place->tensor_parallel).servers;
    step->hand_over_move_s = bytes / link->bytes_per_s;
    step->hand_over_init_s = serving->server_link.init_s;
    step->hand_over_groups = fmax(1, step->groups / servers);
}

static void list_layers(struct cc_step *step, const struct cc_layout *layout)
{
    const struct cc_llm *llm = layout->serving->llm;
    step->kinds = llm->kinds;
    step->has_experts = step->dispatches = false;
    for (size_t i = 0; i < llm->kinds; i++) {
        cc_layer_ops_list(&step->layer[i], layout, &llm->kind[i]);
        step->has_experts |= step->layer[i].experts;
        step->dispatches |= step->layer[i].dispatches;
    }
}

void cc_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                  const struct cc_phase *phase)
{
    const struct cc_layout layout = cc_layout_of(serving, place, phase);
    step->chip = &serving->chip;
    step->all_blocks = serving->conventions.systolic_bottleneck;
    step->own_layers = serving->conventions.layer_remainder;
    step->two_batches = serving->routing.two_batches;
    step->groups = (double)place->attention_groups;
    step->shards = layout.split.shards;
    step->queries = phase->queries;
    step->all_layers = (double)serving->llm->num_layers;
    step->has_output = serving->llm->vocab_size > 0;
    if (step->has_output)
        step->output = cc_output_op(&layout);
    list_layers(step, &layout);
    if (step->has_experts)
        step->experts = cc_expert_load_of(serving, place);
    if (step->dispatches)
        step->dispatch = cc_dispatch_of(serving, place, phase);
    (void)cc_stages_of(&step->stages, serving->llm, place->pipeline_parallel, step->own_layers);
    plan_hand_over(step, serving, place);
    cc_pass_energy_of(&step->energy, &layout);
}

/* What work grows by, at every micro-batch of an axis. */
struct growths {
    const double *mb; /* requests of the micro-batch */
    const double *by[CC_GROWTHS];
    size_t count;
    double rows[CC_AXIS_MAX], requests[CC_AXIS_MAX];
    double experts[CC_AXIS_MAX], assigned[CC_AXIS_MAX];
    struct cc_expert_work work[CC_AXIS_MAX];
};

static void take_experts(struct growths *g, const struct cc_step *step)
{
    for (size_t i = 0; i < g->count; i++) {
        g->work[i] = cc_expert_work_of(&step->experts, g->mb[i] * step->queries);
        g->experts[i] = g->work[i].loaded;
        g->assigned[i] = g->work[i].assigned;
    }
}

static void take_growths(struct growths *g, const struct cc_step *step, const struct cc_axis *axis, size_t count)
{
    g->mb = g->by[CC_GROW_ROWS] = g->by[CC_GROW_REQUESTS] = axis->requests;
    g->by[CC_GROW_NOT] = axis->ones;
    g->by[CC_GROW_EXPERTS] = g->experts;
    g->by[CC_GROW_ASSIGNED] = g->assigned;
    g->count = count;
    if (step->groups > 1) {
        for (size_t i = 0; i < count; i++)
            g->rows[i] = ceil(axis->requests[i] / step->groups);
        g->by[CC_GROW_ROWS] = g->by[CC_GROW_REQUESTS] = g->rows;
    }
    if (step->shards > 1) {
        for (size_t i = 0; i < count; i++)
            g->requests[i] = ceil(g->by[CC_GROW_ROWS][i] / step->shards);
        g->by[CC_GROW_REQUESTS] = g->requests;
    }
    if (step->has_experts)
        take_experts(g, step);
}

/* On systolic arrays, whose time goes by blocks: of more matrices, of more rows for each. */
static struct cc_matmul_time blocks_time(const struct cc_step *step, const struct cc_op *op, double times, double loads)
{
    struct cc_matmul all = op->one;
    all.stacks *= loads;
    all.i *= times / loads;
    return cc_matmul_time_of(step->chip, all);
}

static void add_blocks(const struct cc_step *step, const struct cc_op *op, const double *times, const double *loads,
                       size_t count, double *total_s)
{
    for (size_t i = 0; i < count; i++)
        total_s[i] += blocks_time(step, op, times[i], loads[i]).time_s;
}

/* Plain loops over plain arrays, for the compiler to vectorize. */
static inline void add_roofline(const struct cc_op *op, const double *restrict times, const double *restrict loads,
                                size_t count, double *restrict total_s)
{
    const double compute_one_s = op->compute_s, load_one_s = op->load_s;
    for (size_t i = 0; i < count; i++) {
        const double compute_s = compute_one_s * times[i], load_s = load_one_s * loads[i];
        total_s[i] += compute_s > load_s ? compute_s : load_s;
    }
}

static inline void add_op(const struct cc_step *step, const struct cc_op *op, const struct growths *g, double *total_s)
{
    const double *times = g->by[op->compute_by], *loads = g->by[op->load_by];
    if (step->chip->weight_stationary)
        add_blocks(step, op, times, loads, g->count, total_s);
    else
        add_roofline(op, times, loads, g->count, total_s);
}

static inline void add_exchange(const struct cc_exchange *exchange, const double *restrict times, size_t count,
                                double *restrict total_s)
{
    const struct cc_exchange e = *exchange;
    for (size_t i = 0; i < count; i++)
        total_s[i] += e.times * cc_all_reduce_run_s(&e.plan, e.move_s * times[i]);
}

/* Seconds of a layer of one kind. */
struct layer_times {
    double products_s[CC_AXIS_MAX], exchange_s[CC_AXIS_MAX];
};

/* To the experts, or back, at one micro-batch. */
static struct cc_sent send_rows(const struct cc_step *step, const struct growths *g, size_t i, double bytes)
{
    return cc_dispatch_send(&step->dispatch, bytes, g->mb[i], g->by[CC_GROW_ROWS][i], g->work[i].imbalance);
}

static void time_layer(const struct cc_step *step, const struct cc_layer_ops *layer, const struct growths *g,
                       struct layer_times *t)
{
    for (size_t i = 0; i < g->count; i++)
        t->products_s[i] = t->exchange_s[i] = 0;
    for (size_t k = 0; k < layer->ops; k++)
        add_op(step, &layer->op[k], g, t->products_s);
    for (size_t k = 0; k < layer->exchanges; k++)
        add_exchange(&layer->exchange[k], g->by[layer->exchange[k].growth], g->count, t->exchange_s);
    for (size_t i = 0; layer->dispatches && i < g->count; i++)
        t->exchange_s[i] += send_rows(step, g, i, step->dispatch.dispatch_bytes).s +
                            send_rows(step, g, i, step->dispatch.combine_bytes).s;
}

/* Seconds of the pieces of a pass, by kind of layer. */
struct pieces {
    struct growths all, half; /* of the micro-batches, and of their halves, where these overlap */
    double layer_s[CC_LAYER_KINDS_MAX][CC_AXIS_MAX];
    double products_s[CC_LAYER_KINDS_MAX][CC_AXIS_MAX]; /* in it; communication is the rest */
    bool halved[CC_LAYER_KINDS_MAX][CC_AXIS_MAX];       /* two halves take less than one whole */
    double output_s[CC_AXIS_MAX];
    struct cc_axis halves;
};

/* Two halves, of which one computes while the other communicates, where that takes less. Source: DeepSeek-V3 (arXiv 2412.19437). */
static void overlap_halves(const struct cc_step *step, size_t kind, struct pieces *p)
{
    struct layer_times half;
    time_layer(step, &step->layer[kind], &p->half, &half);
    for (size_t i = 0; i < p->all.count; i++) {
        const double s = 2 * fmax(half.products_s[i], half.exchange_s[i]);
        p->halved[kind][i] = p->all.mb[i] >= 2 && s < p->layer_s[kind][i];
        if (p->halved[kind][i]) {
            p->layer_s[kind][i] = s;
            p->products_s[kind][i] = 2 * half.products_s[i];
        }
    }
}

static void time_kind(const struct cc_step *step, size_t kind, struct pieces *p)
{
    struct layer_times t;
    time_layer(step, &step->layer[kind], &p->all, &t);
    for (size_t i = 0; i < p->all.count; i++) {
        p->layer_s[kind][i] = t.products_s[i] + t.exchange_s[i];
        p->products_s[kind][i] = t.products_s[i];
        p->halved[kind][i] = false;
    }
    if (step->two_batches)
        overlap_halves(step, kind, p);
}

static void time_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct pieces *p)
{
    take_growths(&p->all, step, axis, count);
    if (step->two_batches) {
        p->halves.count = 0;
        for (size_t i = 0; i < count; i++)
            cc_axis_add(&p->halves, ceil(axis->requests[i] / 2));
        take_growths(&p->half, step, &p->halves, count);
    }
    for (size_t k = 0; k < step->kinds; k++)
        time_kind(step, k, p);
    for (size_t i = 0; i < count; i++)
        p->output_s[i] = 0;
    if (step->has_output)
        add_op(step, &step->output, &p->all, p->output_s);
}

struct energy {
    double fma_j, memory_j, network_j;
};

/* Of a kind's layers, what does not grow with the requests alone: reading weights, and sending rows to experts and back. */
static void add_kind_energy(const struct cc_step *step, const struct pieces *p, size_t kind, size_t i, double *numbers,
                            double *network_j)
{
    const bool halved = p->halved[kind][i];
    const struct growths *g = halved ? &p->half : &p->all;
    const double times = halved ? 2 : 1;
    const struct cc_kind_weights *w = &step->energy.kind[kind];
    *numbers += times * w->group * fmin(step->groups, g->mb[i]);
    if (!step->layer[kind].experts)
        return;
    *numbers += times * w->expert * g->work[i].touched;
    if (step->layer[kind].dispatches)
        *network_j += times * step->layer[kind].count *
                      (send_rows(step, g, i, step->dispatch.dispatch_bytes).j +
                       send_rows(step, g, i, step->dispatch.combine_bytes).j);
}

static inline struct energy energy_of(const struct cc_step *step, const struct pieces *p, size_t i)
{
    const struct cc_pass_energy *e = &step->energy;
    const double mb = p->all.mb[i];
    double numbers = 0, sent_j = 0;
    for (size_t k = 0; k < step->kinds; k++)
        add_kind_energy(step, p, k, i, &numbers, &sent_j);
    numbers += e->output.group * fmin(step->groups, mb);
    return (struct energy){
        .fma_j = e->fma_j * mb + (step->has_experts ? e->expert_fma_j * p->all.work[i].rows * mb : 0),
        .memory_j = numbers * e->weight_pj * e->bytes_j + e->activation_j * mb + e->kv_j * (e->kv_once ? 1 : mb),
        .network_j = e->network_j * mb + sent_j,
    };
}

static double hand_over_s(const struct cc_step *step, const struct pieces *p, size_t i)
{
    const double requests = fmin(p->all.mb[i], p->all.by[CC_GROW_ROWS][i] * step->hand_over_groups);
    return step->hand_over_move_s * requests + step->hand_over_init_s;
}

/* What the layers of a stage take. */
static double stage_layers_s(const struct cc_step *step, const struct pieces *p, size_t shape, size_t i)
{
    double s = 0;
    for (size_t k = 0; k < step->kinds; k++)
        s += step->stages.shape[shape][k] * p->layer_s[k][i];
    return s;
}

/* The shape of the slowest stage. */
static size_t slowest(const struct cc_step *step, const struct pieces *p, size_t i)
{
    size_t most = 0;
    for (size_t shape = 1; shape < step->stages.shapes; shape++)
        if (stage_layers_s(step, p, shape, i) > stage_layers_s(step, p, most, i))
            most = shape;
    return most;
}

/* Layers of different kinds. */
static struct cc_pace mixed_pace(const struct cc_step *step, const struct pieces *p, size_t i, double j)
{
    const struct cc_stages *stages = &step->stages;
    const double hop_s = hand_over_s(step, p, i), output_s = p->output_s[i];
    const double stage_s = stage_layers_s(step, p, slowest(step, p, i), i) + hop_s;
    double all_s = 0;
    if (!step->own_layers)
        return (struct cc_pace){stage_s * stages->count + output_s, stage_s + output_s, j};
    for (size_t k = 0; k < step->kinds; k++)
        all_s += step->layer[k].count * p->layer_s[k][i];
    return (struct cc_pace){
        .through_s = all_s + hop_s * stages->count + output_s,
        .interval_s = fmax(stage_s, stage_layers_s(step, p, stages->last_shape, i) + hop_s + output_s),
        .j = j,
    };
}

/* One micro-batch. */
static inline struct cc_pace pace_of(const struct cc_step *step, const struct pieces *p, size_t i)
{
    const struct cc_stages *stages = &step->stages;
    const struct energy e = energy_of(step, p, i);
    const double j = e.fma_j + e.memory_j + e.network_j;
    if (step->kinds > 1)
        return mixed_pace(step, p, i, j);
    const double layer_s = p->layer_s[0][i], output_s = p->output_s[i], hop_s = hand_over_s(step, p, i);
    const double stage_s = layer_s * stages->layers + hop_s;
    if (stages->even)
        return (struct cc_pace){stage_s * stages->count + output_s, stage_s + output_s, j};
    const double last_s = layer_s * stages->last + hop_s + output_s;
    return (struct cc_pace){
        .through_s = layer_s * step->all_layers + hop_s * stages->count + output_s,
        .interval_s = stage_s > last_s ? stage_s : last_s,
        .j = j,
    };
}

void cc_step_paces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pace *paces)
{
    struct pieces p;
    time_pieces(step, axis, count, &p);
    for (size_t i = 0; i < count; i++)
        paces[i] = pace_of(step, &p, i);
}

/* Seconds of products, by what binds them. */
struct bound {
    double compute_s, load_s;
};

static void add_bound(const struct cc_step *step, const struct cc_op *op, const struct growths *g, double times,
                      struct bound *bound)
{
    const double computed = g->by[op->compute_by][0], loaded = g->by[op->load_by][0];
    struct cc_matmul_time t = {op->compute_s * computed, op->load_s * loaded, 1, 0};
    if (step->chip->weight_stationary)
        t = blocks_time(step, op, computed, loaded);
    const double blocks = step->all_blocks ? t.blocks : 1;
    if (t.load_s > t.compute_s)
        bound->load_s += t.load_s * blocks * times;
    else
        bound->compute_s += t.compute_s * blocks * times;
}

/* Products of all layers. */
static struct bound bound_of_layers(const struct cc_step *step, const struct pieces *p)
{
    struct bound all = {0};
    for (size_t kind = 0; kind < step->kinds; kind++) {
        const bool halved = p->halved[kind][0];
        struct bound layer = {0};
        for (size_t k = 0; k < step->layer[kind].ops; k++)
            add_bound(step, &step->layer[kind].op[k], halved ? &p->half : &p->all, halved ? 2 : 1, &layer);
        all.compute_s += layer.compute_s * step->layer[kind].count;
        all.load_s += layer.load_s * step->layer[kind].count;
    }
    return all;
}

/* Seconds of the products that a pass takes the time of, without the output projection. */
static double through_products_s(const struct cc_step *step, const struct pieces *p)
{
    const struct cc_stages *stages = &step->stages;
    double s = 0;
    if (step->kinds == 1)
        return p->products_s[0][0] * (stages->even ? stages->layers * stages->count : step->all_layers);
    const size_t shape = slowest(step, p, 0);
    for (size_t k = 0; k < step->kinds; k++)
        s += p->products_s[k][0] * (step->own_layers ? step->layer[k].count : stages->shape[shape][k] * stages->count);
    return s;
}

/* What the experts of a layer get, and how long that takes. */
static void detail_experts(const struct cc_step *step, const struct pieces *p, struct cc_step_detail *detail)
{
    for (size_t k = 0; k < step->kinds; k++) {
        if (!step->layer[k].experts)
            continue;
        const struct growths *g = p->halved[k][0] ? &p->half : &p->all;
        detail->experts_touched = g->work[0].touched;
        if (!step->layer[k].dispatches)
            continue;
        const double times = p->halved[k][0] ? 2 : 1;
        detail->dispatch_s = times * send_rows(step, g, 0, step->dispatch.dispatch_bytes).s;
        detail->combine_s = times * send_rows(step, g, 0, step->dispatch.combine_bytes).s;
    }
}

struct cc_step_detail cc_step_detail_of(const struct cc_step *step, double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    struct bound output = {0};
    struct pieces p;
    time_pieces(step, &axis, 1, &p);
    const struct bound layers = bound_of_layers(step, &p);
    const struct energy e = energy_of(step, &p, 0);
    if (step->has_output)
        add_bound(step, &step->output, &p.all, 1, &output);
    const struct cc_pace pace = pace_of(step, &p, 0);
    struct cc_step_detail detail = {
        .pace = pace,
        .layer_products_s = p.products_s[0][0],
        .layer_exchange_s = p.layer_s[0][0] - p.products_s[0][0],
        .hand_over_s = hand_over_s(step, &p, 0),
        .output_s = p.output_s[0],
        .compute_s = layers.compute_s + output.compute_s,
        .load_s = layers.load_s + output.load_s,
        .communication_s = pace.through_s - through_products_s(step, &p) - p.output_s[0],
        .fma_j = e.fma_j,
        .memory_j = e.memory_j,
        .network_j = e.network_j,
    };
    detail_experts(step, &p, &detail);
    return detail;
}
