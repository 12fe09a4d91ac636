#include "model/point.h"

double cc_prefill_latency_s(double stage_s, double stages, double batch, double micro_batch)
{
    return stage_s * stages + (batch / micro_batch - 1) * stage_s;
}

double cc_token_time_s(double stage_s, double stages, double batch, double micro_batch)
{
    return fmax(stage_s * stages, stage_s * batch / micro_batch);
}

double cc_generate_latency_s(double stage_s, double stages, double token_time_s, double generate_len)
{
    return stage_s * stages + (generate_len - 1) * token_time_s;
}

double cc_busy_energy_j(const struct cc_serving *serving, double flops)
{
    return serving->server_tdp_w * (flops / serving->server_flops);
}

/* A phase of a point: its stage's figures, and what becomes of the batch. */
struct phase_result {
    struct cc_stage_time time;
    struct cc_stage_energy energy; /* of the batch */
    double latency_s, tokens_per_s, flops, through_s;
    double utilization, energy_j, power_w, compute_s, load_s, communication_s;
    struct cc_text bottleneck;
};

static struct cc_text bottleneck_of(const struct phase_result *r)
{
    if (r->compute_s > r->load_s && r->compute_s > r->communication_s)
        return cc_text_of("compute");
    if (r->load_s > r->compute_s && r->load_s > r->communication_s)
        return cc_text_of("memory");
    if (r->communication_s > r->compute_s && r->communication_s > r->load_s)
        return cc_text_of("interconnect");
    return cc_text_of("none");
}

/* What follows from latency, FLOPs and the energy of a micro-batch, of which there are `micro_batches`. */
static void complete(const struct cc_serving *serving, const struct cc_mapping *mapping, double micro_batches,
                     struct phase_result *r)
{
    const double servers = (double)mapping->place.num_servers;
    const double layers = (double)serving->llm->num_layers, stages = (double)mapping->place.pipeline_parallel;
    r->energy_j = (r->energy.fma_j + r->energy.memory_j + r->energy.network_j) * micro_batches;
    r->energy.fma_j *= micro_batches;
    r->energy.memory_j *= micro_batches;
    r->energy.network_j *= micro_batches;
    r->utilization = r->flops / (servers * serving->server_flops * r->latency_s);
    if (!serving->energy_model)
        r->energy_j = cc_busy_energy_j(serving, r->flops);
    r->power_w = r->energy_j / r->latency_s;
    if (serving->energy_model)
        r->power_w += servers * serving->server_other_power_w;
    r->compute_s = r->time.compute_s * layers;
    r->load_s = r->time.load_s * layers;
    r->communication_s = r->through_s - r->time.products_s * stages;
    r->bottleneck = bottleneck_of(r);
}

static struct phase_result prefill_of(const struct cc_serving *serving, const struct cc_mapping *m, double batch)
{
    const double micro_batch = (double)m->prefill_micro_batch, stages = (double)m->place.pipeline_parallel;
    struct phase_result r = {
        .time = cc_stage_time_of(serving, &m->place, &serving->prefill, micro_batch),
        .energy = cc_stage_energy_of(serving, &m->place, &serving->prefill, micro_batch),
        .flops = batch * serving->prefill_flops,
    };
    r.through_s = r.time.stage_s * stages;
    r.latency_s = cc_prefill_latency_s(r.time.stage_s, stages, batch, micro_batch);
    r.tokens_per_s = batch * (double)serving->workload.prefill_len / r.latency_s;
    complete(serving, m, batch / micro_batch, &r);
    return r;
}

static struct phase_result generate_of(const struct cc_serving *serving, const struct cc_mapping *m, double batch)
{
    const double micro_batch = (double)m->micro_batch, stages = (double)m->place.pipeline_parallel;
    const double len = (double)serving->workload.generate_len;
    struct phase_result r = {
        .time = cc_stage_time_of(serving, &m->place, &serving->generate, micro_batch),
        .energy = cc_stage_energy_of(serving, &m->place, &serving->generate, micro_batch),
    };
    const double token_time = cc_token_time_s(r.time.stage_s, stages, batch, micro_batch);
    r.through_s = r.time.stage_s * stages;
    r.latency_s = cc_generate_latency_s(r.time.stage_s, stages, token_time, len);
    r.tokens_per_s = batch / token_time;
    r.flops = r.tokens_per_s * serving->token_flops * r.latency_s;
    complete(serving, m, batch / micro_batch * len, &r);
    return r;
}

#define PHASE_COLUMNS(p, r) \
    .p##_latency_s = r.latency_s, .p##_tokens_per_s = r.tokens_per_s, .p##_energy_j = r.energy_j, \
    .p##_utilization = r.utilization, .p##_power_w = r.power_w, .p##_bottleneck = r.bottleneck, \
    .p##_fma_j = r.energy.fma_j, .p##_memory_j = r.energy.memory_j, .p##_network_j = r.energy.network_j, \
    .p##_compute_s = r.compute_s, .p##_load_s = r.load_s, .p##_communication_s = r.communication_s

struct cc_point cc_point_of(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch)
{
    const struct phase_result prefill = prefill_of(serving, mapping, (double)batch);
    const struct phase_result generate = generate_of(serving, mapping, (double)batch);
    const struct cc_stage_place *place = &mapping->place;
    return (struct cc_point){
        .num_servers = place->num_servers,
        .batch = batch,
        .tensor_parallel = place->tensor_parallel,
        .pipeline_parallel = place->pipeline_parallel,
        .prefill_micro_batch = mapping->prefill_micro_batch,
        .micro_batch = mapping->micro_batch,
        .num_chips = place->num_servers * serving->packages_per_server * serving->chips_per_package,
        PHASE_COLUMNS(prefill, prefill),
        PHASE_COLUMNS(generate, generate),
    };
}
