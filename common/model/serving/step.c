#include "model/serving/step.h"

#include "base/number.h"
#include "model/serving/layouts.h"

/* How the layers lie on the stages. */
static void plan_layers(struct cc_step *step, const struct cc_serving *serving, int64_t stages)
{
    const int64_t layers = serving->llm->num_layers, most = cc_layers_per_stage(layers, stages);
    const int64_t left = layers - most * (stages - 1);
    step->even = !serving->conventions.layer_remainder || left == most;
    step->stages = (double)stages;
    step->all_layers = (double)layers;
    step->stage_layers = (double)most;
    step->last_layers = step->even ? (double)most : (double)(left > 0 ? left : 0);
    step->through_layers = step->even ? (double)most * (double)stages : (double)layers;
}

static void plan_hand_over(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                           const struct cc_phase *phase)
{
    const double bytes = phase->queries * (double)serving->llm->d * serving->llm->bytes_per_number;
    const struct cc_channel *link =
        place->num_servers >= place->pipeline_parallel ? &serving->server_link : &serving->package_link;
    step->hand_over_move_s = bytes / link->bytes_per_s;
    step->hand_over_init_s = serving->server_link.init_s;
}

void cc_step_relay(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                   const struct cc_phase *phase)
{
    plan_layers(step, serving, place->pipeline_parallel);
    plan_hand_over(step, serving, place, phase);
}

void cc_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                  const struct cc_phase *phase)
{
    const struct cc_head_split split = cc_head_split_of(serving, place->tensor_parallel, phase);
    step->chip = &serving->chip;
    step->all_blocks = serving->conventions.systolic_bottleneck;
    step->shards = split.shards;
    step->has_output = serving->llm->vocab_size > 0;
    if (step->has_output)
        step->output = cc_output_op(serving, place);
    cc_layer_ops_list(&step->layer, serving, place, phase, &split);
    step->energy = cc_pass_energy_of(serving, place, phase, &split);
    cc_step_relay(step, serving, place, phase);
}

/* Factors by which operators grow, at every micro-batch of an axis. */
struct growths {
    const double *rows, *ones, *requests;
    double of_shard[CC_AXIS_MAX]; /* requests that a chip serves, where chips share them out */
    size_t count;
};

static void take_growths(struct growths *g, const struct cc_step *step, const struct cc_axis *axis, size_t count)
{
    g->rows = g->requests = axis->requests;
    g->ones = axis->ones;
    g->count = count;
    if (step->shards == 1)
        return;
    for (size_t i = 0; i < count; i++)
        g->of_shard[i] = ceil(axis->requests[i] / step->shards);
    g->requests = g->of_shard;
}

static const double *growth_of(const struct growths *g, enum cc_growth growth)
{
    if (growth == CC_GROW_NOT)
        return g->ones;
    return growth == CC_GROW_ROWS ? g->rows : g->requests;
}

/* On systolic arrays, whose time goes by blocks. */
static struct cc_matmul_time blocks_time(const struct cc_step *step, const struct cc_op *op, double times)
{
    struct cc_matmul all = op->one_request;
    *(op->growth == CC_GROW_REQUESTS ? &all.stacks : &all.i) *= times;
    return cc_matmul_time_of(step->chip, all);
}

static void add_blocks(const struct cc_step *step, const struct cc_op *op, const double *times, size_t count,
                       double *total_s)
{
    for (size_t i = 0; i < count; i++)
        total_s[i] += blocks_time(step, op, times[i]).time_s;
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
    const double *times = growth_of(g, op->growth);
    if (step->chip->weight_stationary)
        add_blocks(step, op, times, g->count, total_s);
    else
        add_roofline(op, times, op->growth == CC_GROW_REQUESTS ? times : g->ones, g->count, total_s);
}

static inline void add_exchange(const struct cc_exchange *exchange, const double *restrict times, size_t count,
                                double *restrict total_s)
{
    const struct cc_exchange e = *exchange;
    for (size_t i = 0; i < count; i++)
        total_s[i] += e.times * cc_all_reduce_run_s(&e.plan, e.move_s * times[i]);
}

static void time_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pieces *p)
{
    struct growths g;
    take_growths(&g, step, axis, count);
    for (size_t i = 0; i < count; i++)
        p->products_s[i] = p->exchange_s[i] = p->output_s[i] = 0;
    for (size_t k = 0; k < step->layer.ops; k++)
        add_op(step, &step->layer.op[k], &g, p->products_s);
    for (size_t k = 0; k < step->layer.exchanges; k++) {
        const struct cc_exchange *e = &step->layer.exchange[k];
        add_exchange(e, growth_of(&g, e->growth), count, p->exchange_s);
    }
    if (step->has_output)
        add_op(step, &step->output, &g, p->output_s);
}

struct energy {
    double fma_j, memory_j, network_j;
};

static inline struct energy energy_of(const struct cc_pass_energy *e, double micro_batch)
{
    return (struct energy){
        .fma_j = e->fma_j * micro_batch,
        .memory_j = e->weight_j + e->activation_j * micro_batch + e->kv_j * (e->kv_once ? 1 : micro_batch),
        .network_j = e->network_j * micro_batch,
    };
}

void cc_step_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pieces *p)
{
    time_pieces(step, axis, count, p);
    for (size_t i = 0; i < count; i++) {
        const struct energy e = energy_of(&step->energy, axis->requests[i]);
        p->j[i] = e.fma_j + e.memory_j + e.network_j;
    }
}

/* Micro-batch number i. */
static inline struct cc_pace pace_of(const struct cc_step *step, const struct cc_pieces *p, const struct cc_axis *axis,
                                     size_t i)
{
    const double hand_over_s = step->hand_over_move_s * axis->requests[i] + step->hand_over_init_s;
    const double layer_s = p->products_s[i] + p->exchange_s[i], output_s = p->output_s[i], j = p->j[i];
    const double stage_s = layer_s * step->stage_layers + hand_over_s;
    if (step->even)
        return (struct cc_pace){stage_s * step->stages + output_s, stage_s + output_s, j};
    const double last_s = layer_s * step->last_layers + hand_over_s + output_s;
    return (struct cc_pace){
        .through_s = layer_s * step->through_layers + hand_over_s * step->stages + output_s,
        .interval_s = stage_s > last_s ? stage_s : last_s,
        .j = j,
    };
}

void cc_pieces_paces(const struct cc_step *step, const struct cc_pieces *pieces, const struct cc_axis *axis,
                     size_t count, struct cc_pace *paces)
{
    for (size_t i = 0; i < count; i++)
        paces[i] = pace_of(step, pieces, axis, i);
}

void cc_step_paces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pace *paces)
{
    struct cc_pieces p;
    cc_step_pieces(step, axis, count, &p);
    cc_pieces_paces(step, &p, axis, count, paces);
}

/* Seconds of products, by what binds them. */
struct bound {
    double compute_s, load_s;
};

static void add_bound(const struct cc_step *step, const struct cc_op *op, double micro_batch, struct bound *bound)
{
    const bool own_matrix = op->growth == CC_GROW_REQUESTS;
    const double times = own_matrix ? ceil(micro_batch / step->shards) : micro_batch;
    struct cc_matmul_time t = {op->compute_s * times, op->load_s * (own_matrix ? times : 1), 1, 0};
    if (step->chip->weight_stationary)
        t = blocks_time(step, op, times);
    const double blocks = step->all_blocks ? t.blocks : 1;
    if (t.load_s > t.compute_s)
        bound->load_s += t.load_s * blocks;
    else
        bound->compute_s += t.compute_s * blocks;
}

struct cc_step_detail cc_step_detail_of(const struct cc_step *step, double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    const struct energy e = energy_of(&step->energy, micro_batch);
    struct bound layer = {0}, output = {0};
    struct cc_pieces p;
    cc_step_pieces(step, &axis, 1, &p);
    for (size_t k = 0; k < step->layer.ops; k++)
        add_bound(step, &step->layer.op[k], micro_batch, &layer);
    if (step->has_output)
        add_bound(step, &step->output, micro_batch, &output);
    const struct cc_pace pace = pace_of(step, &p, &axis, 0);
    return (struct cc_step_detail){
        .pace = pace,
        .layer_products_s = p.products_s[0],
        .layer_exchange_s = p.exchange_s[0],
        .hand_over_s = step->hand_over_move_s * micro_batch + step->hand_over_init_s,
        .output_s = p.output_s[0],
        .compute_s = layer.compute_s * step->all_layers + output.compute_s,
        .load_s = layer.load_s * step->all_layers + output.load_s,
        .communication_s = pace.through_s - p.products_s[0] * step->through_layers - p.output_s[0],
        .fma_j = e.fma_j,
        .memory_j = e.memory_j,
        .network_j = e.network_j,
    };
}
