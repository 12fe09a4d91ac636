#include "model/serving/chunked.h"

#include "model/llm/span.h"

double cc_chunk_part(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    return ceil(serving->prefill_chunk / (double)place->attention_groups);
}

struct cc_phase cc_chunk_phase(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    struct cc_phase phase = serving->prefill;
    const double part = cc_chunk_part(serving, place);
    for (int i = 0; i < CC_ATTENTIONS; i++)
        phase.look[i].context =
            fmin((phase.queries + part) / 2, cc_span_kept(serving->llm, (enum cc_attention)i, phase.queries) + part);
    phase.queries = part;
    return phase;
}

static enum cc_growth own(enum cc_growth growth)
{
    return growth == CC_GROW_ROWS ? CC_GROW_OWN : growth;
}

/* The core of attention of the chunk beside that of the requests, which does not grow with the chunk. `collective_s` is
 * the fixed time of a collective. */
static void add_core(struct cc_layer_ops *layer, const struct cc_layer_ops *chunk, double collective_s)
{
    for (size_t i = 0; i < layer->ops; i++)
        if (layer->op[i].core) {
            layer->op[i].compute_by = own(layer->op[i].compute_by);
            layer->op[i].load_by = own(layer->op[i].load_by);
        }
    for (size_t i = 0; i < layer->exchanges; i++)
        if (layer->exchange[i].core)
            layer->exchange[i].growth = own(layer->exchange[i].growth);
    for (size_t i = 0; i < chunk->ops; i++)
        if (chunk->op[i].core) {
            struct cc_op *op = &layer->op[layer->ops++];
            *op = chunk->op[i];
            op->compute_by = op->load_by = CC_GROW_NOT;
        }
    for (size_t i = 0; i < chunk->exchanges; i++)
        if (chunk->exchange[i].core) {
            struct cc_exchange *exchange = &layer->exchange[layer->exchanges++];
            *exchange = chunk->exchange[i];
            exchange->growth = CC_GROW_NOT;
            if (!cc_all_reduce_is_empty(&exchange->plan))
                layer->collectives_s += collective_s * exchange->times;
        }
}

/* Energy of the chunk, but for weights and experts, which the pass has once for all its rows. */
static double chunk_j(const struct cc_layout *layout, double prompts)
{
    struct cc_pass_energy e;
    cc_pass_energy_of(&e, layout);
    const double each = e.fma_j - e.output_fma_j + e.activation_j + e.kv_j + e.network_j;
    const double parts = layout->serving->prefill_chunk / layout->phase->queries;
    return parts * (each + prompts * e.output_fma_j);
}

void cc_mixed_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const struct cc_phase phase = cc_chunk_phase(serving, place);
    const struct cc_layout layout = cc_layout_of(serving, place, &phase);
    const double prompts = phase.queries / serving->prefill.queries;
    cc_step_open(step, serving, place, &serving->generate);
    for (size_t k = 0; k < step->kinds; k++) {
        struct cc_layer_ops chunk;
        cc_layer_ops_list(&chunk, &layout, &serving->llm->kind[k]);
        add_core(&step->layer[k], &chunk, serving->overheads.collective_s);
    }
    step->output.compute_by = CC_GROW_OUTPUTS;
    step->two_batches = false;
    step->chunk = (struct cc_chunk){serving->prefill_chunk, phase.queries, prompts, chunk_j(&layout, prompts)};
}

void cc_mixed_paces(const struct cc_pipeline *pipeline, const struct cc_pieces *pieces,
                    const struct cc_serving *serving, const struct cc_axis *axis, size_t count, struct cc_paces *paces)
{
    struct cc_axis rows = {.count = 0};
    for (size_t i = 0; i < count; i++)
        cc_axis_add(&rows, axis->requests[i] + serving->prefill_chunk);
    cc_pieces_paces(pipeline, pieces, &rows, count, paces);
}

/* From a pass of a micro-batch to its next one, when passes are as the pace says. */
static double round_s(double through_s, double interval_s, double micro_batches)
{
    return fmax(through_s, interval_s * micro_batches);
}

struct cc_chunked cc_chunked_of(const struct cc_chunked_input *in)
{
    const double f = cc_mixed_share(in), mean_s = f * in->mixed.interval_s + (1 - f) * in->generate.interval_s;
    const double through_s = f * in->mixed.through_s + (1 - f) * in->generate.through_s;
    const double tpot_s = round_s(through_s, mean_s, in->micro_batches);
    const double worst_s = round_s(in->mixed.through_s, in->mixed.interval_s, in->micro_batches);
    const double passes = in->steps / in->micro_batch; /* for a request */
    /* A mixed pass can take less energy than one of two halves, which read all weights twice, and less time than one of
     * few tokens, of which the hottest experts have more than their share. */
    const double shared_s = fmin(in->mixed.interval_s, in->generate.interval_s);
    const double shared_j = fmin(in->mixed.j, in->generate.j);
    return (struct cc_chunked){
        .mixed_share = f,
        .requests_per_s = in->micro_batch * in->micro_batches / (in->steps * tpot_s),
        .tpot_s = tpot_s,
        .worst_tpot_s = worst_s,
        .ttft_s = (ceil(in->prompt / in->part) - 1) * (worst_s / in->micro_batches) + in->stages * in->mixed.interval_s,
        .input_share = f * (in->mixed.interval_s - shared_s) / mean_s,
        .input_j = passes * f * (in->mixed.j - shared_j),
        .output_j = passes * (in->generate.j - f * (in->generate.j - shared_j)),
    };
}

/* Without an energy model work counts by the time that it takes at the peak. */
static void set_energy(struct cc_point *point, const struct cc_serving *serving, const struct cc_chunked *c)
{
    const double requests = (double)point->batch;
    point->prefill_energy_j = requests * c->input_j;
    point->generate_energy_j = requests * c->output_j;
    if (serving->energy_model)
        return;
    point->prefill_energy_j = cc_busy_energy_j(serving, requests * serving->prefill_flops);
    point->generate_energy_j = cc_busy_energy_j(serving, requests * serving->token_flops * serving->steps);
}

bool cc_chunks_keep_up(const struct cc_serving *serving, double micro_batch, struct cc_reject *reject)
{
    const double tokens = micro_batch * (double)serving->workload.prefill_len / serving->steps;
    return tokens <= serving->prefill_chunk ||
           cc_rejected(reject, CC_REJECT_PREFILL_CHUNK, tokens, serving->prefill_chunk);
}

struct cc_chunked_input cc_chunked_input_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                            double micro_batch, double micro_batches, const struct cc_pace *mixed,
                                            const struct cc_pace *generate)
{
    return (struct cc_chunked_input){
        .prompt = (double)serving->workload.prefill_len,
        .steps = serving->steps,
        .chunk = serving->prefill_chunk,
        .part = cc_chunk_part(serving, place),
        .micro_batch = micro_batch,
        .micro_batches = micro_batches,
        .stages = (double)place->pipeline_parallel,
        .mixed = *mixed,
        .generate = *generate,
    };
}

struct cc_point cc_chunked_point(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                                 const struct cc_pace *mixed, const struct cc_pace *generate)
{
    const double micro_batch = (double)mapping->micro_batch;
    const struct cc_chunked_input in =
        cc_chunked_input_of(serving, &mapping->place, micro_batch, (double)batch / micro_batch, mixed, generate);
    const struct cc_chunked c = cc_chunked_of(&in);
    struct cc_point point = cc_mapping_columns(mapping, batch);
    point.ttft_s = c.ttft_s;
    point.generate_latency_s = serving->steps * c.tpot_s;
    point.generate_tokens_per_s = (double)batch / c.tpot_s;
    point.requests_per_s = c.requests_per_s;
    point.mixed_share = c.mixed_share;
    point.worst_tpot_s = c.worst_tpot_s;
    point.input_share = c.input_share;
    set_energy(&point, serving, &c);
    return point;
}

struct cc_point cc_mapping_chunked_point(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch)
{
    const struct cc_axis axis = {1, {(double)m->micro_batch}, {1}};
    struct cc_pipeline pipeline;
    struct cc_stages stages;
    struct cc_pieces pieces;
    struct cc_paces mixed, generate;
    struct cc_step step;
    cc_stages_of(&stages, serving, m->place.pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, &m->place, &serving->generate, &stages);
    cc_mixed_step_open(&step, serving, &m->place);
    cc_step_pieces(&step, &axis, 1, &pieces);
    cc_mixed_paces(&pipeline, &pieces, serving, &axis, 1, &mixed);
    cc_step_open(&step, serving, &m->place, &serving->generate);
    cc_step_pieces(&step, &axis, 1, &pieces);
    cc_pieces_paces(&pipeline, &pieces, &axis, 1, &generate);
    const struct cc_pace mixed_pace = cc_pace_at(&mixed, 0), generate_pace = cc_pace_at(&generate, 0);
    return cc_chunked_point(serving, m, batch, &mixed_pace, &generate_pace);
}
