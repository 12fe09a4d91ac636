#include "model/serving/system.h"

#include "base/number.h"

/* The first that is given: by the system, as calibrated; else all of the peak. */
static double efficiency(double given, bool is_calibrated, double calibrated)
{
    if (!isnan(given))
        return given;
    return is_calibrated && !isnan(calibrated) ? calibrated : 1;
}

static void set_overheads(struct cc_system *system, const struct cc_system_input *in, const struct cc_chip *chip,
                          bool is_calibrated)
{
    if (!in->has_overheads && !is_calibrated && !chip->has_overheads)
        return;
    system->overheads = in->has_overheads ? in->overheads : cc_overheads_none();
    if (is_calibrated) {
        const struct cc_overheads fitted = cc_calibrated_overheads(&chip->calibrated);
        cc_overheads_add(&system->overheads, &fitted);
    }
    if (chip->has_overheads)
        cc_overheads_add(&system->overheads, &chip->overheads);
    system->has_overheads = cc_overheads_given(&system->overheads);
}

static struct cc_text algorithm(const struct cc_system_input *in, const struct cc_server *server)
{
    if (in->allreduce_algo.len > 0)
        return in->allreduce_algo;
    return server->allreduce_algo.len > 0 ? server->allreduce_algo : cc_text_of("ring");
}

struct cc_system cc_system_of(const struct cc_system_input *in, const struct cc_chip *chip,
                              const struct cc_server *server, struct cc_conventions conventions)
{
    const bool is_calibrated = chip->has_calibrated && conventions.calibration;
    const struct cc_calibrated *fitted = &chip->calibrated;
    struct cc_system system = {
        .allreduce_algo = algorithm(in, server),
        .compute_perf_efficiency =
            efficiency(in->compute_perf_efficiency, is_calibrated, fitted->compute_perf_efficiency),
        .io_bandwidth_efficiency =
            efficiency(in->io_bandwidth_efficiency, is_calibrated, fitted->io_bandwidth_efficiency),
        .weight_bandwidth_efficiency =
            efficiency(in->weight_bandwidth_efficiency, is_calibrated, fitted->weight_bandwidth_efficiency),
        .energy_model = in->energy_model,
        .sub_sys_num_servers = in->sub_sys_num_servers,
        .alltoall = in->alltoall,
        .route_servers = in->route_servers,
        .overlap = in->overlap,
        .expert_imbalance = in->expert_imbalance,
        .capacity_factor = in->capacity_factor,
        .redundant_experts = in->redundant_experts,
        .kv_sharding = in->kv_sharding,
        .mla_generate = in->mla_generate,
        .instances_per_server = in->instances_per_server,
        .prefill_chunk = CC_NO_INT,
        .without_mtp = !in->mtp,
    };
    set_overheads(&system, in, chip, is_calibrated);
    return system;
}

struct cc_workload cc_workload_of(const struct cc_system_input *in)
{
    const struct cc_lengths lengths = in->workload.lengths;
    const bool given = in->has_workload && lengths.prefill > 0;
    return (struct cc_workload){
        .prefill_len = given ? lengths.prefill : 128,
        .generate_len = given ? lengths.generate : 128,
        .rate = in->has_workload ? in->workload.rate : NAN,
        .slo = in->workload.slo,
        .has_slo = in->has_workload && in->workload.has_slo,
    };
}

/* The next number of servers, from n on, over which the layers spread evenly. */
static int64_t round_to_layers(int64_t n, int64_t num_layers)
{
    if (n < 1) /* a quotient that was too small for a double */
        return 1;
    if (n >= num_layers)
        return cc_ceil_div(n, num_layers) * num_layers;
    while (num_layers % n != 0)
        n++;
    return n;
}

bool cc_system_servers(const struct cc_system_input *in, const struct cc_llm *llm, double server_memory_bytes,
                       double server_tco_usd, int64_t *num_servers, struct cc_reject *reject)
{
    const double most = 2147483648.0;
    const bool by_ratio = !isnan(in->kv_cache_ratio), by_context = in->max_ctx_len_batch_1 != CC_NO_INT;
    double servers = in->num_servers == CC_NO_INT ? 0 : (double)in->num_servers;
    if (by_ratio || by_context) {
        const double need = by_ratio ? llm->bytes / (1 - in->kv_cache_ratio)
                                     : llm->bytes + cc_llm_kv_request_bytes(llm, (double)in->max_ctx_len_batch_1);
        if (servers * server_memory_bytes < need) {
            servers = ceil(need / server_memory_bytes);
            if (servers <= most)
                servers = (double)round_to_layers((int64_t)servers, llm->num_layers);
        }
    } else if (servers == 0) {
        servers = ceil(in->max_tco_usd / server_tco_usd);
    }
    if (!(servers <= most) || servers * server_memory_bytes < llm->bytes)
        return cc_rejected(reject, CC_REJECT_MODEL_MEMORY, llm->bytes, servers * server_memory_bytes);
    if (in->instances_per_server > 1 && servers > 1)
        return cc_rejected(reject, CC_REJECT_MODEL_MEMORY, llm->bytes, server_memory_bytes);
    *num_servers = (int64_t)servers;
    return true;
}
