#include "model/point.h"

/* A phase of a point: its stage's figures, and what becomes of the batch. */
struct phase_result {
    struct cc_stage_place place;
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

/* Simulates one micro-batch. */
static struct phase_result simulate(const struct cc_serving *serving, const struct cc_stage_place *place,
                                    const struct cc_phase *phase, double micro_batch)
{
    struct cc_stage stage;
    cc_stage_open(&stage, serving, place, phase);
    struct phase_result r = {
        .place = *place,
        .time = cc_stage_time_of(&stage, micro_batch),
        .energy = cc_stage_energy_of(&stage, micro_batch),
    };
    r.through_s = cc_through_s(&r.time, (double)place->pipeline_parallel);
    return r;
}

/* Where the time of a micro-batch goes. */
static void split_time(const struct cc_serving *serving, struct phase_result *r)
{
    const double layers = (double)serving->llm->num_layers, stages = (double)r->place.pipeline_parallel;
    const struct cc_matmul_time output = r->time.output;
    const bool output_loads = output.load_s > output.compute_s;
    r->compute_s = r->time.compute_s * layers + (output_loads ? 0 : output.compute_s);
    r->load_s = r->time.load_s * layers + (output_loads ? output.load_s : 0);
    r->communication_s = r->through_s - r->time.products_s * stages - output.time_s;
    r->bottleneck = bottleneck_of(r);
}

/* What follows from latency and FLOPs of a batch, and from the energy of a micro-batch, of which there are
 * `micro_batches`. The fans and hosts of all servers draw their power `idle_times`. */
static void complete(const struct cc_serving *serving, double servers, double micro_batches, double idle_times,
                     struct phase_result *r)
{
    r->energy_j = (r->energy.fma_j + r->energy.memory_j + r->energy.network_j) * micro_batches;
    r->energy.fma_j *= micro_batches;
    r->energy.memory_j *= micro_batches;
    r->energy.network_j *= micro_batches;
    r->power_w =
        r->energy_j / serving->energy_efficiency / r->latency_s + servers * serving->server_other_power_w * idle_times;
    r->utilization = r->flops / (servers * serving->server_flops * r->latency_s);
    if (!serving->energy_model) {
        r->energy_j = cc_busy_energy_j(serving, r->flops);
        r->power_w = r->energy_j / r->latency_s;
    }
    split_time(serving, r);
}

static struct phase_result prefill_of(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch)
{
    const double micro_batch = (double)m->prefill_micro_batch, servers = (double)m->place.num_servers;
    struct phase_result r = simulate(serving, &m->place, &serving->prefill, micro_batch);
    r.latency_s = cc_prefill_latency_s(r.through_s, cc_interval_s(&r.time), (double)batch / micro_batch);
    r.tokens_per_s = (double)batch * serving->prefill.queries / r.latency_s;
    r.flops = (double)batch * serving->prefill_flops;
    complete(serving, servers, (double)batch / micro_batch, 1, &r);
    return r;
}

/* Published: each of the sub-systems draws the fans' and hosts' power of the whole system. */
static struct phase_result sub_system_prefill_of(const struct cc_serving *serving, const struct cc_mapping *m)
{
    const double share = (double)m->prefill_micro_batch, sub_systems = (double)m->sub_systems;
    const struct cc_stage_place place = cc_sub_system_place(serving, m->place.num_servers, m->sub_systems);
    struct phase_result r = simulate(serving, &place, &serving->prefill, share);
    r.latency_s = r.through_s;
    r.tokens_per_s = sub_systems * share * serving->prefill.queries / r.latency_s;
    r.flops = cc_sub_system_flops(serving, m->sub_systems, m->prefill_micro_batch);
    complete(serving, (double)m->place.num_servers, sub_systems, serving->conventions.sub_system ? 1 : sub_systems, &r);
    return r;
}

static struct phase_result generate_of(const struct cc_serving *serving, const struct cc_mapping *m, int64_t batch)
{
    const double micro_batch = (double)m->micro_batch, servers = (double)m->place.num_servers;
    const double len = (double)serving->workload.generate_len;
    struct phase_result r = simulate(serving, &m->place, &serving->generate, micro_batch);
    const double token_time = cc_token_time_s(r.through_s, cc_interval_s(&r.time), (double)batch / micro_batch);
    r.latency_s = cc_generate_latency_s(r.through_s, token_time, len);
    r.tokens_per_s = (double)batch / token_time;
    r.flops = r.tokens_per_s * serving->token_flops * r.latency_s;
    complete(serving, servers, (double)batch / micro_batch * len, 1, &r);
    return r;
}

#define PHASE_COLUMNS(p, r) \
    .p##_latency_s = r.latency_s, .p##_tokens_per_s = r.tokens_per_s, .p##_energy_j = r.energy_j, \
    .p##_utilization = r.utilization, .p##_power_w = r.power_w, .p##_bottleneck = r.bottleneck, \
    .p##_fma_j = r.energy.fma_j, .p##_memory_j = r.energy.memory_j, .p##_network_j = r.energy.network_j, \
    .p##_compute_s = r.compute_s, .p##_load_s = r.load_s, .p##_communication_s = r.communication_s

struct cc_point cc_point_of(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch)
{
    const bool split = mapping->sub_systems > 1;
    const struct phase_result prefill =
        split ? sub_system_prefill_of(serving, mapping) : prefill_of(serving, mapping, batch);
    const struct phase_result generate = generate_of(serving, mapping, batch);
    const struct cc_stage_place *place = &mapping->place;
    return (struct cc_point){
        .num_servers = place->num_servers,
        .batch = batch,
        .tensor_parallel = place->tensor_parallel,
        .pipeline_parallel = place->pipeline_parallel,
        .prefill_micro_batch = mapping->prefill_micro_batch,
        .micro_batch = mapping->micro_batch,
        .prefill_sub_systems = split ? mapping->sub_systems : 1,
        .num_chips = place->num_servers * serving->packages_per_server * serving->chips_per_package,
        PHASE_COLUMNS(prefill, prefill),
        PHASE_COLUMNS(generate, generate),
    };
}
