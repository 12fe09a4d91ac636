#include "model/serving/point.h"

#include "model/serving/memory_fit.h"
#include "model/serving/sub_system.h"

struct cc_pace cc_pace_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                          const struct cc_phase *phase, double micro_batch)
{
    const struct cc_axis axis = {1, {micro_batch}, {1}};
    struct cc_pipeline pipeline;
    struct cc_stages stages;
    struct cc_pieces pieces;
    struct cc_paces paces;
    struct cc_step step;
    cc_step_open(&step, serving, place, phase);
    cc_step_pieces(&step, &axis, 1, &pieces);
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, place, phase, &stages);
    cc_pieces_paces(&pipeline, &pieces, &axis, 1, &paces);
    return cc_pace_at(&paces, 0);
}

/* Requests of a sub-system on the mean: energies are linear in them. */
static double mean_share(const struct cc_serving *serving, int64_t batch, int64_t sub_systems)
{
    return (double)cc_sub_system_requests(serving, batch, sub_systems) / (double)sub_systems;
}

struct cc_outcome cc_sub_systems_outcome(const struct cc_serving *serving, int64_t num_servers, int64_t sub_systems,
                                         int64_t batch)
{
    const struct cc_stage_place place = cc_sub_system_place(serving, num_servers, sub_systems);
    const double fullest = (double)cc_sub_system_share(serving, batch, sub_systems);
    const struct cc_pace pace = cc_pace_of(serving, &place, &serving->prefill, fullest);
    const double flops = cc_sub_system_flops(serving, batch, sub_systems);
    const double j = cc_pace_of(serving, &place, &serving->prefill, mean_share(serving, batch, sub_systems)).j;
    return (struct cc_outcome){
        .s = pace.through_s,
        .j = serving->energy_model ? j * (double)sub_systems : cc_busy_energy_j(serving, flops),
    };
}

void cc_set_mapping_columns(struct cc_point *point, const struct cc_mapping *mapping, int64_t batch)
{
    point->num_servers = mapping->place.num_servers;
    point->batch = batch;
    point->tensor_parallel = mapping->place.tensor_parallel;
    point->pipeline_parallel = mapping->place.pipeline_parallel;
    point->prefill_micro_batch = mapping->prefill_micro_batch;
    point->micro_batch = mapping->micro_batch;
    point->attention_parallel = cc_attention_parallel(&mapping->place);
    point->expert_parallel = mapping->place.expert_parallel;
}

struct cc_point cc_mapping_columns(const struct cc_mapping *mapping, int64_t batch)
{
    struct cc_point point = {0};
    cc_set_mapping_columns(&point, mapping, batch);
    return point;
}

void cc_set_point(struct cc_point *point, const struct cc_serving *serving, const struct cc_mapping *mapping,
                  int64_t batch, const struct cc_phases *phases)
{
    const double micro_batches = (double)batch / (double)mapping->micro_batch;
    cc_set_mapping_columns(point, mapping, batch);
    point->prefill_sub_systems = mapping->sub_systems > 1 ? mapping->sub_systems : 1;
    point->prefill_latency_s = phases->prefill.s;
    point->generate_latency_s = phases->generate.s;
    point->generate_tokens_per_s =
        serving->steps > 0 ? (double)batch / cc_token_time_s(&phases->generate_pace, micro_batches) : 0;
    point->prefill_energy_j = phases->prefill.j;
    point->generate_energy_j = phases->generate.j;
    point->ttft_s = phases->ttft_s;
}

/* Figures of a phase for the breakdown. */
struct phase_result {
    struct cc_step_detail step;
    double utilization, power_w;
    struct cc_text bottleneck;
};

static struct cc_text bottleneck_of(const struct cc_step_detail *d)
{
    if (d->fixed_s > d->compute_s && d->fixed_s > d->load_s && d->fixed_s > d->communication_s)
        return cc_text_of("overhead");
    if (d->fixed_s > 0 && d->fixed_s == fmax(d->compute_s, fmax(d->load_s, d->communication_s)))
        return cc_text_of("none");
    if (d->compute_s > d->load_s && d->compute_s > d->communication_s)
        return cc_text_of("compute");
    if (d->load_s > d->compute_s && d->load_s > d->communication_s)
        return cc_text_of("memory");
    if (d->communication_s > d->compute_s && d->communication_s > d->load_s)
        return cc_text_of("interconnect");
    return cc_text_of("none");
}

/* Counts of what is repeated in a phase of a batch. */
struct phase_work {
    double micro_batch, passes; /* requests of a micro-batch; passes of micro-batches */
    double mean_micro_batch;    /* over the passes */
    double flops;
    double idle_times; /* that the fans and hosts of all servers draw their power */
};

/* A phase that took `outcome`, its latency above 0 unless it has no pass. */
static struct phase_result result_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                     const struct cc_phase *phase, const struct phase_work *work, double servers,
                                     struct cc_outcome outcome)
{
    const double idle_w = servers * serving->server_other_power_w * work->idle_times;
    struct cc_pipeline pipeline;
    struct cc_stages stages;
    struct cc_step step;
    cc_step_open(&step, serving, place, phase);
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_pipeline_of(&pipeline, serving, place, phase, &stages);
    struct phase_result r = {.step = cc_step_detail_of(&step, &pipeline, work->micro_batch)};
    const struct cc_step_detail mean = cc_step_detail_of(&step, &pipeline, work->mean_micro_batch);
    r.bottleneck = bottleneck_of(&r.step);
    r.step.fma_j = mean.fma_j * work->passes;
    r.step.memory_j = mean.memory_j * work->passes;
    r.step.network_j = mean.network_j * work->passes;
    if (outcome.s > 0) {
        r.utilization = work->flops / (servers * serving->server_flops * outcome.s);
        r.power_w = outcome.j / outcome.s;
    }
    if (serving->energy_model)
        r.power_w = (outcome.s > 0 ? outcome.j / serving->energy_efficiency / outcome.s : 0) + idle_w;
    return r;
}

/* Published: each of the sub-systems draws the fans' and hosts' power of the whole system. */
static struct phase_result prefill_result(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch,
                                          struct cc_outcome outcome)
{
    const double micro_batch = (double)m->prefill_micro_batch, servers = (double)m->place.num_servers;
    const double sub_systems = (double)m->sub_systems;
    if (m->sub_systems > 1) {
        const struct cc_stage_place part = cc_sub_system_place(serving, m->place.num_servers, m->sub_systems);
        const struct phase_work work = {micro_batch, sub_systems, mean_share(serving, batch, m->sub_systems),
                                        cc_sub_system_flops(serving, batch, m->sub_systems),
                                        serving->conventions.sub_system ? 1 : sub_systems};
        return result_of(serving, &part, &serving->prefill, &work, servers, outcome);
    }
    const struct phase_work work = {micro_batch, (double)batch / micro_batch, micro_batch,
                                    (double)batch * serving->prefill_flops, 1};
    return result_of(serving, &m->place, &serving->prefill, &work, servers, outcome);
}

static struct phase_result generate_result(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch,
                                           struct cc_outcome outcome, double tokens_per_s)
{
    const double micro_batch = (double)m->micro_batch, passes = (double)batch / micro_batch * serving->steps;
    const struct phase_work work = {micro_batch, passes, micro_batch, tokens_per_s * serving->token_flops * outcome.s,
                                    1};
    return result_of(serving, &m->place, &serving->generate, &work, (double)m->place.num_servers, outcome);
}

#define BREAK_DOWN(p, r) \
    point->p##_utilization = r.utilization, point->p##_power_w = r.power_w, point->p##_bottleneck = r.bottleneck, \
    point->p##_fma_j = r.step.fma_j, point->p##_memory_j = r.step.memory_j, point->p##_network_j = r.step.network_j, \
    point->p##_compute_s = r.step.compute_s, point->p##_load_s = r.step.load_s, \
    point->p##_communication_s = r.step.communication_s, point->p##_experts_touched = r.step.experts_touched, \
    point->p##_dispatch_s = r.step.dispatch_s, point->p##_combine_s = r.step.combine_s, \
    point->p##_fixed_s = r.step.fixed_s

static void break_down_memory(struct cc_point *point, const struct cc_serving *serving,
                              const struct cc_stage_place *place)
{
    struct cc_memory_fit fit;
    struct cc_stages stages;
    cc_stages_of(&stages, serving, place->pipeline_parallel);
    cc_memory_fit_of(&fit, serving, place, &stages);
    const struct cc_fullest_stage held =
        cc_fullest_stage_of(&fit, cc_requests_held(serving, place, (double)point->batch));
    point->stage_weight_bytes = held.weight_bytes;
    point->stage_kv_bytes = held.kv_bytes;
    point->stage_memory_bytes = fit.memory_bytes;
}

void cc_point_break_down(struct cc_point *point, const struct cc_serving *serving, const struct cc_mapping *mapping)
{
    const struct cc_outcome prefill = {point->prefill_latency_s, point->prefill_energy_j};
    const struct cc_outcome generate = {point->generate_latency_s, point->generate_energy_j};
    const bool split = mapping->sub_systems > 1;
    const int64_t prompts = split ? cc_sub_system_requests(serving, point->batch, mapping->sub_systems) : point->batch;
    const struct phase_result p = prefill_result(serving, mapping, point->batch, prefill);
    const struct phase_result g =
        generate_result(serving, mapping, point->batch, generate, point->generate_tokens_per_s);
    point->num_chips = mapping->place.num_servers * serving->packages_per_server * serving->chips_per_package;
    point->prefill_tokens_per_s = (double)prompts * serving->prefill.queries / prefill.s;
    break_down_memory(point, serving, &mapping->place);
    BREAK_DOWN(prefill, p);
    BREAK_DOWN(generate, g);
}

struct cc_point cc_mapping_point(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch,
                                 bool breakdown)
{
    const double micro_batches = (double)batch / (double)m->prefill_micro_batch;
    const struct cc_pace generate = cc_pace_of(serving, &m->place, &serving->generate, (double)m->micro_batch);
    struct cc_phases phases = {
        .generate = cc_generate_outcome(serving, &generate, (double)batch, (double)batch / (double)m->micro_batch),
        .generate_pace = generate,
    };
    struct cc_point point = {0};
    if (m->sub_systems > 1) {
        phases.prefill = cc_sub_systems_outcome(serving, m->place.num_servers, m->sub_systems, batch);
        phases.ttft_s = phases.prefill.s;
    } else {
        const struct cc_pace pace = cc_pace_of(serving, &m->place, &serving->prefill, (double)m->prefill_micro_batch);
        phases.prefill = cc_prefill_outcome(serving, &pace, (double)batch, micro_batches);
        phases.ttft_s = cc_mean_ttft_s(&pace, micro_batches);
    }
    cc_set_point(&point, serving, m, batch, &phases);
    if (breakdown)
        cc_point_break_down(&point, serving, m);
    return point;
}

static void set_prefill_alone(struct cc_point *point, const struct cc_serving *serving, const struct cc_pace *pace)
{
    const double requests = (double)point->batch;
    point->ttft_s = pace->through_s;
    point->prefill_energy_j = cc_prefill_outcome(serving, pace, requests, 1).j;
    point->requests_per_s = requests / pace->interval_s;
    point->kv_bytes = cc_llm_kv_request_bytes(serving->llm, (double)serving->workload.prefill_len);
}

static void set_generate_alone(struct cc_point *point, const struct cc_serving *serving, const struct cc_pace *pace)
{
    const double requests = (double)point->batch, micro_batches = requests / (double)point->micro_batch;
    const struct cc_outcome generate = cc_generate_outcome(serving, pace, requests, micro_batches);
    const double tokens_per_s = requests / cc_token_time_s(pace, micro_batches);
    point->generate_latency_s = generate.s;
    point->generate_tokens_per_s = tokens_per_s;
    point->generate_energy_j = generate.j;
    point->requests_per_s = tokens_per_s / serving->steps;
}

struct cc_point cc_alone_point_of(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                                  const struct cc_pace *pace)
{
    struct cc_point point = cc_mapping_columns(mapping, batch);
    if (serving->duty == CC_PREFILL_ALONE)
        set_prefill_alone(&point, serving, pace);
    else
        set_generate_alone(&point, serving, pace);
    return point;
}

struct cc_point cc_mapping_alone_point(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch)
{
    const bool prefill = serving->duty == CC_PREFILL_ALONE;
    const struct cc_pace pace = cc_pace_of(serving, &m->place, prefill ? &serving->prefill : &serving->generate,
                                           (double)(prefill ? batch : m->micro_batch));
    return cc_alone_point_of(serving, m, batch, &pace);
}
