#include "model/serving/step.h"

#include <string.h>

#include "base/number.h"
#include "base/variants.h"
#include "model/serving/collective.h"

void cc_pipeline_lay(struct cc_pipeline *pipeline, const struct cc_serving *serving, const struct cc_stages *stages)
{
    const struct cc_llm *llm = serving->llm;
    pipeline->kinds = llm->kinds;
    pipeline->all_layers = (double)llm->num_layers;
    for (size_t k = 0; k < llm->kinds; k++)
        pipeline->layers[k] = llm->kind[k].count;
    pipeline->own_layers = serving->conventions.layer_remainder;
    pipeline->stages = stages;
}

void cc_pipeline_of(struct cc_pipeline *pipeline, const struct cc_serving *serving, const struct cc_stage_place *place,
                    const struct cc_phase *phase, const struct cc_stages *stages)
{
    const struct cc_llm *llm = serving->llm;
    const double bytes = phase->queries * (double)llm->d * (llm->format.comm_bits.bits / 8);
    const struct cc_channel *link =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    const double servers = (double)cc_extent_of(serving, place->tensor_parallel).servers;
    cc_pipeline_lay(pipeline, serving, stages);
    pipeline->hand_over_move_s = bytes / link->bytes_per_s;
    pipeline->hand_over_init_s =
        serving->server_link.init_s + (place->pipeline_parallel > 1 ? serving->overheads.collective_s : 0);
    pipeline->hand_over_groups = fmax(1, (double)place->attention_groups / servers);
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

static void set_overheads(struct cc_step *step, const struct cc_layout *layout)
{
    const struct cc_overheads *o = &layout->serving->overheads;
    const struct cc_llm *llm = layout->serving->llm;
    step->hidden_share = o->hidden_share;
    step->least_reads = 0;
    if (o->attention_fill > 0) {
        const double heads = step->shards * cc_head_columns(layout->serving, 1, layout->chips);
        step->least_reads = o->attention_fill / (cc_llm_is_latent(llm) ? heads : heads / layout->split.sharing);
    }
    step->pass_s = o->pass_s + o->word_s * (double)llm->vocab_size + (step->has_output ? o->op_s : 0);
    step->request_s = o->request_s;
}

void cc_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                  const struct cc_phase *phase)
{
    const struct cc_layout layout = cc_layout_of(serving, place, phase);
    step->chip = &serving->chip;
    step->all_blocks = serving->conventions.systolic_bottleneck;
    step->two_batches = serving->routing.two_batches;
    step->groups = (double)place->attention_groups;
    step->shards = layout.split.shards;
    step->queries = phase->queries;
    step->chunk = (struct cc_chunk){0};
    step->has_output = serving->llm->vocab_size > 0;
    if (step->has_output)
        step->output = cc_output_op(&layout);
    set_overheads(step, &layout);
    list_layers(step, &layout);
    if (step->has_experts)
        step->experts = cc_expert_load_of(serving, place);
    if (step->dispatches)
        step->dispatch = cc_dispatch_of(serving, place, phase);
    cc_pass_energy_of(&step->energy, &layout);
}

/* Factors of work at every micro-batch of an axis. */
struct growths {
    const double *mb;    /* requests of the micro-batch */
    const double *total; /* of it and the chunk: requests and tokens */
    const double *by[CC_GROWTHS];
    size_t count;
    double rows[CC_AXIS_MAX], requests[CC_AXIS_MAX], reads[CC_AXIS_MAX];
    double experts[CC_AXIS_MAX], assigned[CC_AXIS_MAX];
    double with_chunk[CC_AXIS_MAX], mixed_rows[CC_AXIS_MAX], outputs[CC_AXIS_MAX];
    struct cc_expert_work work[CC_AXIS_MAX];
};

static void take_experts(struct growths *g, const struct cc_step *step)
{
    for (size_t i = 0; i < g->count; i++) {
        g->work[i] = cc_expert_work_of(&step->experts, g->total[i] * step->queries);
        g->experts[i] = g->work[i].loaded;
        g->assigned[i] = g->work[i].assigned;
    }
}

/* The rows of a chunk beside those of the micro-batch. */
static void take_chunk(struct growths *g, const struct cc_step *step)
{
    const double *own = g->by[CC_GROW_OWN];
    for (size_t i = 0; i < g->count; i++) {
        g->with_chunk[i] = g->mb[i] + step->chunk.tokens;
        g->mixed_rows[i] = own[i] + step->chunk.rows;
        g->outputs[i] = own[i] + step->chunk.prompts;
    }
    g->total = g->with_chunk;
    g->by[CC_GROW_ROWS] = g->mixed_rows;
    g->by[CC_GROW_OUTPUTS] = g->outputs;
}

static void take_growths(struct growths *g, const struct cc_step *step, const struct cc_axis *axis, size_t count)
{
    g->mb = g->total = g->by[CC_GROW_ROWS] = g->by[CC_GROW_REQUESTS] = axis->requests;
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
    g->by[CC_GROW_READS] = g->by[CC_GROW_REQUESTS];
    if (step->least_reads > 1) {
        for (size_t i = 0; i < count; i++)
            g->reads[i] = fmax(step->least_reads, g->by[CC_GROW_REQUESTS][i]);
        g->by[CC_GROW_READS] = g->reads;
    }
    g->by[CC_GROW_OWN] = g->by[CC_GROW_OUTPUTS] = g->by[CC_GROW_ROWS];
    if (step->chunk.tokens > 0)
        take_chunk(g, step);
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
CC_IN_VARIANTS void add_roofline(double compute_one_s, double load_one_s, const double *restrict times,
                                 const double *restrict loads, size_t count, double *restrict total_s)
{
    for (size_t i = 0; i < count; i++) {
        const double compute_s = compute_one_s * times[i], load_s = load_one_s * loads[i];
        total_s[i] += compute_s > load_s ? compute_s : load_s;
    }
}

/* The same where the longer does not hide all of the shorter. */
CC_IN_VARIANTS void add_exposed(double compute_one_s, double load_one_s, double exposed_share,
                                const double *restrict times, const double *restrict loads, size_t count,
                                double *restrict total_s)
{
    for (size_t i = 0; i < count; i++)
        total_s[i] += cc_overlapped_s(compute_one_s * times[i], load_one_s * loads[i], exposed_share);
}

static inline void add_op(const struct cc_step *step, const struct cc_op *op, const struct growths *g, double *total_s)
{
    const double *times = g->by[op->compute_by], *loads = g->by[op->load_by];
    if (step->chip->weight_stationary && !op->moves)
        add_blocks(step, op, times, loads, g->count, total_s);
    else if (step->chip->exposed_share > 0)
        add_exposed(op->compute_s, op->load_s, step->chip->exposed_share, times, loads, g->count, total_s);
    else
        add_roofline(op->compute_s, op->load_s, times, loads, g->count, total_s);
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
    return cc_dispatch_send(&step->dispatch, bytes, g->total[i], g->by[CC_GROW_ROWS][i], g->work[i].imbalance);
}

CC_IN_VARIANTS void add_everywhere(double s, size_t count, double *restrict total_s)
{
    for (size_t i = 0; i < count; i++)
        total_s[i] += s;
}

/* Collectives of a layer, and sending to experts. */
static void time_exchanges(const struct cc_step *step, const struct cc_layer_ops *layer, const struct growths *g,
                           double *exchange_s)
{
    for (size_t i = 0; i < g->count; i++)
        exchange_s[i] = 0;
    for (size_t k = 0; k < layer->exchanges; k++)
        add_exchange(&layer->exchange[k], g->by[layer->exchange[k].growth], g->count, exchange_s);
    if (layer->collectives_s > 0)
        add_everywhere(layer->collectives_s, g->count, exchange_s);
    for (size_t i = 0; layer->dispatches && i < g->count; i++)
        exchange_s[i] += send_rows(step, g, i, step->dispatch.dispatch_bytes).s +
                         send_rows(step, g, i, step->dispatch.combine_bytes).s;
}

static void time_layer(const struct cc_step *step, const struct cc_layer_ops *layer, const struct growths *g,
                       struct layer_times *t)
{
    for (size_t i = 0; i < g->count; i++)
        t->products_s[i] = 0;
    for (size_t k = 0; k < layer->ops; k++)
        add_op(step, &layer->op[k], g, t->products_s);
    if (layer->fixed_s > 0)
        add_everywhere(layer->fixed_s, g->count, t->products_s);
    time_exchanges(step, layer, g, t->exchange_s);
}

/* A pass while it is worked out, by kind of layer. */
struct work {
    struct growths all, half; /* of the micro-batches, and of their halves, where these overlap */
    double layer_s[CC_LAYER_KINDS_MAX][CC_AXIS_MAX];
    double products_s[CC_LAYER_KINDS_MAX][CC_AXIS_MAX]; /* in it; communication is the rest */
    bool halved[CC_LAYER_KINDS_MAX][CC_AXIS_MAX];       /* two halves take less than one whole */
    struct cc_axis halves;
};

/* Two halves, of which one computes while the other communicates, where that takes less. Source: DeepSeek-V3 (arXiv
 * 2412.19437). */
static void overlap_halves(const struct cc_step *step, size_t kind, struct work *w)
{
    struct layer_times half;
    time_layer(step, &step->layer[kind], &w->half, &half);
    for (size_t i = 0; i < w->all.count; i++) {
        const double s = 2 * fmax(half.products_s[i], half.exchange_s[i]);
        w->halved[kind][i] = w->all.mb[i] >= 2 && s < w->layer_s[kind][i];
        if (w->halved[kind][i]) {
            w->layer_s[kind][i] = s;
            w->products_s[kind][i] = 2 * half.products_s[i];
        }
    }
}

/* Products and collectives side by side. */
static void hide_collectives(const struct cc_step *step, size_t kind, struct work *w, const struct layer_times *t)
{
    for (size_t i = 0; i < w->all.count; i++)
        w->layer_s[kind][i] = cc_overlapped_s(t->products_s[i], t->exchange_s[i], 1 - step->hidden_share);
}

static void time_kind(const struct cc_step *step, size_t kind, struct work *w)
{
    struct layer_times t;
    time_layer(step, &step->layer[kind], &w->all, &t);
    for (size_t i = 0; i < w->all.count; i++) {
        w->layer_s[kind][i] = t.products_s[i] + t.exchange_s[i];
        w->products_s[kind][i] = t.products_s[i];
        w->halved[kind][i] = false;
    }
    if (step->hidden_share > 0)
        hide_collectives(step, kind, w, &t);
    if (step->two_batches)
        overlap_halves(step, kind, w);
}

static void do_work(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct work *w)
{
    take_growths(&w->all, step, axis, count);
    if (step->two_batches) {
        w->halves.count = 0;
        for (size_t i = 0; i < count; i++)
            cc_axis_add(&w->halves, ceil(axis->requests[i] / 2));
        take_growths(&w->half, step, &w->halves, count);
    }
    for (size_t k = 0; k < step->kinds; k++)
        time_kind(step, k, w);
}

struct energy {
    double fma_j, memory_j, network_j;
};

/* Figures that are not proportional to the requests. */
struct growing {
    double numbers;          /* of weights read */
    double fma_j, network_j; /* of experts: products; rows sent to them and back */
};

static void add_growing(const struct cc_step *step, const struct work *w, size_t kind, size_t i, struct growing *sum)
{
    const bool halved = w->halved[kind][i];
    const struct growths *g = halved ? &w->half : &w->all;
    const double times = halved ? 2 : 1;
    const double requests = w->all.total[i]; /* of an odd micro-batch one half has one less */
    const struct cc_kind_weights *weights = &step->energy.kind[kind];
    sum->numbers += times * weights->group * fmin(step->groups, g->total[i]);
    if (!step->layer[kind].experts)
        return;
    sum->numbers += times * weights->expert * g->work[i].touched;
    sum->fma_j += weights->expert_fma_j * g->work[i].rows * requests;
    if (step->layer[kind].dispatches)
        sum->network_j += requests / g->total[i] * step->layer[kind].count *
                          (send_rows(step, g, i, step->dispatch.dispatch_bytes).j +
                           send_rows(step, g, i, step->dispatch.combine_bytes).j);
}

static inline struct energy energy_of(const struct cc_step *step, const struct work *w, size_t i)
{
    const struct cc_pass_energy *e = &step->energy;
    const double mb = w->all.mb[i];
    struct growing sum = {0};
    for (size_t k = 0; k < step->kinds; k++)
        add_growing(step, w, k, i, &sum);
    sum.numbers += e->output.group * fmin(step->groups, w->all.total[i]);
    return (struct energy){
        .fma_j = e->fma_j * mb + sum.fma_j,
        .memory_j = sum.numbers * e->weight_pj * e->bytes_j + e->activation_j * mb + e->kv_j * (e->kv_once ? 1 : mb),
        .network_j = e->network_j * mb + sum.network_j,
    };
}

/* Whether all energy but that of the weights grows with the requests: layers of one kind, shared by all chips, without
 * experts. */
static bool is_linear(const struct cc_step *step)
{
    return step->kinds == 1 && step->groups == 1 && !step->has_experts && !step->two_batches;
}

/* Where energy is linear. */
static void add_up_linear(const struct cc_step *step, const double *restrict requests, size_t count,
                          double *restrict total_j)
{
    const struct cc_pass_energy *e = &step->energy;
    const double weights_j = (e->kind[0].group + e->output.group) * e->weight_pj * e->bytes_j;
    const double fma_j = e->fma_j, activation_j = e->activation_j, kv_j = e->kv_j, network_j = e->network_j;
    const bool kv_once = e->kv_once;
    for (size_t i = 0; i < count; i++) {
        const double mb = requests[i];
        total_j[i] = fma_j * mb + (weights_j + activation_j * mb + kv_j * (kv_once ? 1 : mb)) + network_j * mb;
    }
}

/* Energy of a whole pass at every micro-batch. */
static void add_up_energy(const struct cc_step *step, const struct work *w, size_t count, double *restrict total_j)
{
    const bool linear = is_linear(step);
    if (linear)
        add_up_linear(step, w->all.mb, count, total_j);
    for (size_t i = 0; !linear && i < count; i++) {
        const struct energy all = energy_of(step, w, i);
        total_j[i] = all.fma_j + all.memory_j + all.network_j;
    }
    for (size_t i = 0; step->chunk.j > 0 && i < count; i++)
        total_j[i] += step->chunk.j;
}

/* What the last stage takes besides layers and the output projection. */
static void time_last(const struct cc_step *step, const struct growths *g, double *output_s)
{
    const bool any = step->pass_s > 0 || step->request_s > 0;
    for (size_t i = 0; i < g->count; i++)
        output_s[i] = any ? step->pass_s + step->request_s * g->by[CC_GROW_OUTPUTS][i] : 0;
}

static void set_pieces(const struct cc_step *step, const struct work *w, size_t count, struct cc_pieces *p)
{
    for (size_t k = 0; k < step->kinds; k++)
        memcpy(p->layer_s[k], w->layer_s[k], count * sizeof *p->layer_s[k]);
    memcpy(p->group_requests, w->all.by[CC_GROW_ROWS], count * sizeof *p->group_requests);
    time_last(step, &w->all, p->output_s);
    add_up_energy(step, w, count, p->j);
    if (step->has_output)
        add_op(step, &step->output, &w->all, p->output_s);
}

void cc_step_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pieces *p)
{
    struct work w;
    do_work(step, axis, count, &w);
    set_pieces(step, &w, count, p);
}

/* Rows of an arena, taken one after the other. */
struct rows {
    double *next;
    size_t stride;
};

static double *take_row(struct rows *rows)
{
    double *row = rows->next;
    rows->next += rows->stride;
    return row;
}

static double *copy_row(struct rows *rows, const double *values, size_t count)
{
    double *row = take_row(rows);
    memcpy(row, values, count * sizeof *row);
    return row;
}

/* The growths that operators may name; of those that are the same the first. */
static bool is_first(const struct growths *g, const struct cc_step *step, size_t growth)
{
    if (!step->has_experts && (growth == CC_GROW_EXPERTS || growth == CC_GROW_ASSIGNED))
        return false;
    for (size_t i = 0; i < growth; i++)
        if (g->by[i] == g->by[growth])
            return false;
    return true;
}

/* Copies of the growths. */
static void keep_growths(const struct growths *g, const struct cc_step *step, struct rows *rows,
                         const double *kept[CC_GROWTHS])
{
    for (size_t i = 0; i < CC_GROWTHS; i++) {
        kept[i] = is_first(g, step, i) ? copy_row(rows, g->by[i], g->count) : NULL;
        for (size_t k = 0; k < i && kept[i] == NULL; k++)
            kept[i] = g->by[k] == g->by[i] ? kept[k] : NULL;
    }
}

/* The work of some operators; returns the place for that of the next ones. */
static struct cc_load *list_loads(struct cc_part *part, struct cc_load *load, const struct cc_op *op, size_t count,
                                  const double *const *by)
{
    part->loads = count;
    part->load = load;
    for (size_t i = 0; i < count; i++)
        load[i] = (struct cc_load){op[i].flop, op[i].rate, op[i].bytes, by[op[i].compute_by], by[op[i].load_by]};
    return load + count;
}

/* Takes what parts refer to: kinds, operators, rows. */
static bool take_parts(struct cc_parts *parts, const struct cc_step *step, const struct growths *g,
                       struct cc_arena *arena, struct cc_load **loads, struct rows *rows)
{
    size_t ops = 1, count = step->kinds + 3; /* exchanges, j, rows of requests */
    for (size_t k = 0; k < step->kinds; k++)
        ops += step->layer[k].ops;
    for (size_t i = 0; i < CC_GROWTHS; i++)
        count += is_first(g, step, i);
    const size_t size =
        step->kinds * sizeof *parts->layer + ops * sizeof **loads + count * parts->stride * sizeof(double);
    if (parts->room_size < size) {
        parts->room = cc_arena_take(arena, size);
        parts->room_size = parts->room == NULL ? 0 : size;
    }
    char *room = parts->room;
    if (room == NULL)
        return false;
    parts->layer = (void *)room;
    *loads = (void *)(room + step->kinds * sizeof *parts->layer);
    *rows = (struct rows){(void *)(room + step->kinds * sizeof *parts->layer + ops * sizeof **loads), parts->stride};
    return true;
}

bool cc_has_parts(const struct cc_serving *serving)
{
    return !serving->chip.weight_stationary && !serving->routing.two_batches;
}

bool cc_parts_of(struct cc_parts *parts, const struct cc_step *step, const struct cc_axis *axis, struct cc_arena *arena)
{
    const size_t count = axis->count;
    const double *kept[CC_GROWTHS];
    struct cc_load *load;
    struct rows rows;
    struct work w;
    take_growths(&w.all, step, axis, count);
    memset(w.halved, 0, step->kinds * sizeof w.halved[0]);
    parts->kinds = step->kinds;
    parts->stride = cc_padded(count);
    parts->hidden_share = step->hidden_share;
    if (!take_parts(parts, step, &w.all, arena, &load, &rows))
        return false;
    keep_growths(&w.all, step, &rows, kept);
    for (size_t k = 0; k < step->kinds; k++) {
        struct cc_part *part = &parts->layer[k];
        load = list_loads(part, load, step->layer[k].op, step->layer[k].ops, kept);
        part->fixed_s = step->layer[k].fixed_s;
        part->exchange_s = take_row(&rows);
        time_exchanges(step, &step->layer[k], &w.all, part->exchange_s);
    }
    list_loads(&parts->output, load, &step->output, step->has_output ? 1 : 0, kept);
    parts->output.exchange_s = take_row(&rows);
    time_last(step, &w.all, parts->output.exchange_s);
    parts->j = take_row(&rows);
    add_up_energy(step, &w, count, parts->j);
    parts->group_requests = copy_row(&rows, w.all.by[CC_GROW_ROWS], count);
    return true;
}

/* The products of a part, on a chip. */
CC_IN_VARIANTS void add_loads(const struct cc_part *part, const struct cc_matmul_chip *chip, size_t stride,
                              double *restrict total_s)
{
    for (size_t i = 0; i < part->loads; i++) {
        const struct cc_load *load = &part->load[i];
        const double compute_s = cc_compute_s(chip, load->flop, load->rate), load_s = cc_load_s(chip, load->bytes);
        if (chip->exposed_share > 0)
            add_exposed(compute_s, load_s, chip->exposed_share, load->times, load->loads, stride, total_s);
        else
            add_roofline(compute_s, load_s, load->times, load->loads, stride, total_s);
    }
}

/* A layer: its products, what is fixed, and its collectives. */
CC_IN_VARIANTS void add_layer(const struct cc_part *part, const struct cc_matmul_chip *chip, double hidden_share,
                              size_t stride, double *restrict s)
{
    for (size_t i = 0; i < stride; i++)
        s[i] = 0;
    add_loads(part, chip, stride, s);
    if (part->fixed_s > 0)
        add_everywhere(part->fixed_s, stride, s);
    if (hidden_share > 0)
        for (size_t i = 0; i < stride; i++)
            s[i] = cc_overlapped_s(s[i], part->exchange_s[i], 1 - hidden_share);
    else
        for (size_t i = 0; i < stride; i++)
            s[i] += part->exchange_s[i];
}

CC_IN_VARIANTS void make_pieces(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s,
                                double *output_s)
{
    const size_t stride = parts->stride / CC_LANES_STEP * CC_LANES_STEP; /* the compiler sees the product */
    for (size_t k = 0; k < parts->kinds; k++)
        add_layer(&parts->layer[k], chip, parts->hidden_share, stride, layer_s + k * stride);
    for (size_t i = 0; i < stride; i++)
        output_s[i] = parts->output.exchange_s[i];
    add_loads(&parts->output, chip, stride, output_s);
}

void cc_parts_pieces_plain(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s,
                           double *output_s)
{
    make_pieces(parts, chip, layer_s, output_s);
}

#if CC_HAS_AVX2
CC_AVX2 static void pieces_avx2(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s,
                                double *output_s)
{
    make_pieces(parts, chip, layer_s, output_s);
}
#endif

void cc_parts_pieces(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s, double *output_s)
{
#if CC_HAS_AVX2
    if (cc_runs_avx2()) {
        pieces_avx2(parts, chip, layer_s, output_s);
        return;
    }
#endif
    cc_parts_pieces_plain(parts, chip, layer_s, output_s);
}

static void add_work(const struct cc_op *op, const struct growths *g, double *compute_s, double *load_s)
{
    for (size_t i = 0; i < g->count; i++) {
        compute_s[i] += op->compute_s * g->by[op->compute_by][i];
        load_s[i] += op->load_s * g->by[op->load_by][i];
    }
}

void cc_step_work(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_work *work)
{
    struct growths g;
    take_growths(&g, step, axis, count);
    memset(work->has, 0, sizeof work->has);
    memset(work->output_compute_s, 0, sizeof work->output_compute_s);
    memset(work->output_load_s, 0, sizeof work->output_load_s);
    memset(work->compute_s, 0, step->kinds * sizeof work->compute_s[0]);
    memset(work->load_s, 0, step->kinds * sizeof work->load_s[0]);
    for (size_t k = 0; k < step->kinds; k++)
        for (size_t i = 0; i < step->layer[k].ops; i++) {
            const struct cc_op *op = &step->layer[k].op[i];
            work->has[k][op->load_by] = true;
            add_work(op, &g, work->compute_s[k][op->load_by], work->load_s[k][op->load_by]);
        }
    if (step->has_output)
        add_work(&step->output, &g, work->output_compute_s, work->output_load_s);
}

static inline double hand_over_s(const struct cc_pipeline *pipeline, double requests, double group_requests)
{
    const double own = group_requests * pipeline->hand_over_groups;
    return pipeline->hand_over_move_s * (own < requests ? own : requests) + pipeline->hand_over_init_s;
}

void cc_hand_overs(const struct cc_pipeline *pipeline, const double *requests, const double *group_requests,
                   size_t count, double *hop_s)
{
    for (size_t i = 0; i < count; i++)
        hop_s[i] = hand_over_s(pipeline, requests[i], group_requests[i]);
}

/* Seconds of the layers of a stage. */
static double stage_layers_s(const struct cc_pipeline *pipeline, const struct cc_piece_rows *p, size_t shape, size_t i)
{
    double s = 0;
    for (size_t k = 0; k < pipeline->kinds; k++)
        s += pipeline->stages->shape[shape][k] * p->layer_s[k * p->stride + i];
    return s;
}

/* The shape of the slowest stage. */
static size_t slowest(const struct cc_pipeline *pipeline, const struct cc_piece_rows *p, size_t i)
{
    size_t most = 0;
    for (size_t shape = 1; shape < pipeline->stages->shapes; shape++)
        if (stage_layers_s(pipeline, p, shape, i) > stage_layers_s(pipeline, p, most, i))
            most = shape;
    return most;
}

/* Layers of different kinds. */
static struct cc_pace mixed_pace(const struct cc_pipeline *pipeline, const struct cc_piece_rows *p, size_t i,
                                 double hop_s)
{
    const struct cc_stages *stages = pipeline->stages;
    const double output_s = p->output_s[i];
    const double stage_s = stage_layers_s(pipeline, p, slowest(pipeline, p, i), i) + hop_s;
    double all_s = 0;
    if (!pipeline->own_layers)
        return (struct cc_pace){stage_s * stages->count + output_s, stage_s + output_s, p->j[i]};
    for (size_t k = 0; k < pipeline->kinds; k++)
        all_s += pipeline->layers[k] * p->layer_s[k * p->stride + i];
    return (struct cc_pace){
        .through_s = all_s + hop_s * stages->count + output_s,
        .interval_s = fmax(stage_s, stage_layers_s(pipeline, p, stages->last_shape, i) + hop_s + output_s),
        .j = p->j[i],
    };
}

/* Layers of one kind: stages that are all alike, or a last one with less. */
struct even {
    double stages, layers, last, all_layers;
};

static inline struct cc_pace even_pace(struct even even, const struct cc_piece_rows *p, size_t i, double hop_s)
{
    const double stage_s = p->layer_s[i] * even.layers + hop_s, output_s = p->output_s[i];
    return (struct cc_pace){stage_s * even.stages + output_s, stage_s + output_s, p->j[i]};
}

static inline struct cc_pace uneven_pace(struct even even, const struct cc_piece_rows *p, size_t i, double hop_s)
{
    const double layer_s = p->layer_s[i], output_s = p->output_s[i];
    const double stage_s = layer_s * even.layers + hop_s;
    const double last_s = layer_s * even.last + hop_s + output_s;
    return (struct cc_pace){
        .through_s = layer_s * even.all_layers + hop_s * even.stages + output_s,
        .interval_s = stage_s > last_s ? stage_s : last_s,
        .j = p->j[i],
    };
}

static inline void set_pace(const struct cc_pace_rows *paces, size_t i, struct cc_pace pace)
{
    paces->through_s[i * paces->step] = pace.through_s;
    paces->interval_s[i * paces->step] = pace.interval_s;
    paces->j[i * paces->step] = pace.j;
}

void cc_rows_paces(const struct cc_pipeline *pipeline, const struct cc_piece_rows *pieces, const double *hop_s,
                   size_t count, const struct cc_pace_rows *paces)
{
    const struct cc_stages *stages = pipeline->stages;
    const struct cc_piece_rows rows = *pieces;
    const struct cc_pace_rows out = *paces;
    if (pipeline->kinds > 1) {
        for (size_t i = 0; i < count; i++)
            set_pace(&out, i, mixed_pace(pipeline, &rows, i, hop_s[i]));
        return;
    }
    const struct even even = {stages->count, stages->layers, stages->last, pipeline->all_layers};
    if (stages->even)
        for (size_t i = 0; i < count; i++)
            set_pace(&out, i, even_pace(even, &rows, i, hop_s[i]));
    else
        for (size_t i = 0; i < count; i++)
            set_pace(&out, i, uneven_pace(even, &rows, i, hop_s[i]));
}

static struct cc_piece_rows rows_of(const struct cc_pieces *p)
{
    return (struct cc_piece_rows){CC_AXIS_MAX, p->layer_s[0], p->output_s, p->j, p->group_requests};
}

void cc_pieces_paces(const struct cc_pipeline *pipeline, const struct cc_pieces *p, const struct cc_axis *axis,
                     size_t count, struct cc_paces *paces)
{
    const struct cc_piece_rows rows = rows_of(p);
    const struct cc_pace_rows out = {paces->through_s, paces->interval_s, paces->j, 1};
    double hop_s[CC_AXIS_MAX];
    cc_hand_overs(pipeline, axis->requests, p->group_requests, count, hop_s);
    cc_rows_paces(pipeline, &rows, hop_s, count, &out);
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
    if (step->chip->weight_stationary && !op->moves)
        t = blocks_time(step, op, computed, loaded);
    const double blocks = (step->all_blocks ? t.blocks : 1) * times, exposed = step->chip->exposed_share;
    const bool loads = t.load_s > t.compute_s;
    bound->load_s += t.load_s * blocks * (loads ? 1 : exposed);
    bound->compute_s += t.compute_s * blocks * (loads ? exposed : 1);
}

/* Products of all layers. */
static struct bound bound_of_layers(const struct cc_step *step, const struct work *w)
{
    struct bound all = {0};
    for (size_t kind = 0; kind < step->kinds; kind++) {
        const bool halved = w->halved[kind][0];
        struct bound layer = {0};
        for (size_t k = 0; k < step->layer[kind].ops; k++)
            add_bound(step, &step->layer[kind].op[k], halved ? &w->half : &w->all, halved ? 2 : 1, &layer);
        all.compute_s += layer.compute_s * step->layer[kind].count;
        all.load_s += layer.load_s * step->layer[kind].count;
    }
    return all;
}

/* Fixed times of all layers and of the pass. */
static double fixed_s(const struct cc_step *step, const struct work *w)
{
    double s = step->pass_s + step->request_s * w->all.by[CC_GROW_ROWS][0];
    for (size_t k = 0; k < step->kinds; k++)
        s += step->layer[k].fixed_s * step->layer[k].count * (w->halved[k][0] ? 2 : 1);
    return s;
}

/* Seconds of the products that a pass takes the time of, without the output projection. */
static double through_products_s(const struct cc_pipeline *pipeline, const struct work *w, const struct cc_pieces *p)
{
    const struct cc_stages *stages = pipeline->stages;
    double s = 0;
    if (pipeline->kinds == 1)
        return w->products_s[0][0] * (stages->even ? stages->layers * stages->count : pipeline->all_layers);
    const struct cc_piece_rows rows = rows_of(p);
    const double *shape = stages->shape[slowest(pipeline, &rows, 0)];
    for (size_t k = 0; k < pipeline->kinds; k++)
        s += w->products_s[k][0] * (pipeline->own_layers ? pipeline->layers[k] : shape[k] * stages->count);
    return s;
}

/* Load of the experts of a layer, and the time of their products. */
static void detail_experts(const struct cc_step *step, const struct work *w, struct cc_step_detail *detail)
{
    for (size_t k = 0; k < step->kinds; k++) {
        if (!step->layer[k].experts)
            continue;
        const struct growths *g = w->halved[k][0] ? &w->half : &w->all;
        detail->experts_touched = g->work[0].touched;
        if (!step->layer[k].dispatches)
            continue;
        const double times = w->halved[k][0] ? 2 : 1;
        detail->dispatch_s = times * send_rows(step, g, 0, step->dispatch.dispatch_bytes).s;
        detail->combine_s = times * send_rows(step, g, 0, step->dispatch.combine_bytes).s;
    }
}

struct cc_step_detail cc_step_detail_of(const struct cc_step *step, const struct cc_pipeline *pipeline,
                                        double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    struct bound output = {0};
    struct cc_pieces p;
    struct work w;
    do_work(step, &axis, 1, &w);
    set_pieces(step, &w, 1, &p);
    const struct bound layers = bound_of_layers(step, &w);
    const struct energy e = energy_of(step, &w, 0);
    if (step->has_output)
        add_bound(step, &step->output, &w.all, 1, &output);
    struct cc_paces paces;
    cc_pieces_paces(pipeline, &p, &axis, 1, &paces);
    const struct cc_pace pace = cc_pace_at(&paces, 0);
    struct cc_step_detail detail = {
        .pace = pace,
        .layer_products_s = w.products_s[0][0],
        .layer_exchange_s = w.layer_s[0][0] - w.products_s[0][0],
        .hand_over_s = hand_over_s(pipeline, micro_batch, p.group_requests[0]),
        .output_s = p.output_s[0],
        .compute_s = layers.compute_s + output.compute_s,
        .load_s = layers.load_s + output.load_s,
        .fixed_s = fixed_s(step, &w),
        .communication_s = fmax(0, pace.through_s - through_products_s(pipeline, &w, &p) - p.output_s[0]),
        .fma_j = e.fma_j,
        .memory_j = e.memory_j,
        .network_j = e.network_j,
    };
    detail_experts(step, &w, &detail);
    return detail;
}
