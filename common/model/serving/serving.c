#include "model/serving/serving.h"

double cc_weight_bytes_per_s(const struct cc_chip *chip, const struct cc_package *package)
{
    const struct cc_memory *memory = &package->memory;
    if (package->dram_bytes_per_s_per_chip > 0)
        return package->dram_bytes_per_s_per_chip;
    if (!package->has_memory || chip->mem_3d_vaults == 0)
        return chip->sram_bytes_per_s;
    const double vaults = (double)chip->mem_3d_vaults;
    const double stacked_bytes = vaults * memory->bytes;
    const double all_bytes = stacked_bytes + chip->sram_bytes;
    return vaults * memory->bytes_per_s * (stacked_bytes / all_bytes) +
           chip->sram_bytes_per_s * (chip->sram_bytes / all_bytes);
}

static struct cc_matmul_chip matmul_chip(const struct cc_chip *chip, const struct cc_package *package,
                                         const struct cc_system *system, bool systolic_efficiency)
{
    const double clock_share = systolic_efficiency ? system->compute_perf_efficiency : 1;
    return (struct cc_matmul_chip){
        .weight_stationary = cc_text_is(chip->dataflow, "WS"),
        .flops = chip->peak_flops * system->compute_perf_efficiency,
        .bytes_per_s = cc_weight_bytes_per_s(chip, package) * system->weight_bandwidth_efficiency,
        .freq_hz = chip->freq_hz * clock_share,
        .num_systolic = (double)chip->num_systolic,
        .systolic_width = (double)chip->systolic_width,
        .acc_depth = chip->acc_depth,
    };
}

static double weight_pj_per_byte(const struct cc_chip *chip, const struct cc_package *package,
                                 const struct cc_energy_constants *energy)
{
    if (package->hbm_stacks > 0 || (package->has_memory && chip->mem_3d_vaults > 0))
        return package->memory.pj_per_byte;
    return energy->sram_weight_pj_per_byte;
}

/* Between chips of a package: their own link, or the part of the package's that each has. */
static struct cc_channel chip_channel(const struct cc_chip *chip, double efficiency)
{
    const struct cc_link *link = chip->has_chip_link ? &chip->chip_link : &chip->package_link;
    return (struct cc_channel){link->bytes_per_s * efficiency, link->init_s};
}

struct cc_serving cc_serving_of(const struct cc_chip *chip, const struct cc_package *package,
                                const struct cc_server *server, const struct cc_llm *llm,
                                const struct cc_system *system, struct cc_workload workload,
                                const struct cc_constants *constants, struct cc_conventions conventions)
{
    const struct cc_energy_constants *energy = &constants->energy;
    const double link_efficiency = system->io_bandwidth_efficiency;
    const double package_bytes_per_s = (double)package->num_chips * chip->package_link.bytes_per_s;
    const double prefill_len = (double)workload.prefill_len, generate_len = (double)workload.generate_len;
    struct cc_serving s = {
        .llm = llm,
        .conventions = conventions,
        .workload = workload,
        .energy_model = system->energy_model,
        .chip = matmul_chip(chip, package, system, conventions.systolic_efficiency),
        .server_link = {server->link.bytes_per_s * link_efficiency, server->link.init_s},
        .package_link = {package_bytes_per_s * link_efficiency, chip->package_link.init_s},
        .chip_link = chip_channel(chip, link_efficiency),
        .server_pj_per_byte = server->link.pj_per_byte,
        .package_pj_per_byte = chip->package_link.pj_per_byte,
        .weight_pj_per_byte = weight_pj_per_byte(chip, package, energy),
        .activation_pj_per_byte = energy->sram_activation_pj_per_byte,
        .network_pj_per_byte = chip->has_chip_link ? chip->chip_link.pj_per_byte : chip->package_link.pj_per_byte,
        .fma_pj = energy->fma_pj,
        .energy_efficiency = conventions.power_conversion ? cc_supply_efficiency(&constants->server) : 1,
        .chips_per_package = package->num_chips,
        .packages_per_server = server->num_packages,
        .package_memory_bytes = package->memory_bytes,
        .sub_system_servers = system->sub_sys_num_servers,
        .server_flops = server->peak_flops,
        .server_tdp_w = server->tdp_w,
        .server_other_power_w = server->other_power_w,
        .prefill = {prefill_len, prefill_len, conventions.causal_prefill ? prefill_len / 2 : prefill_len, false},
        .steps = conventions.first_token ? generate_len - 1 : generate_len,
    };
    cc_all_reduce_named(system->allreduce_algo, &s.all_reduce);
    const double context = prefill_len + generate_len / 2; /* the mean over the answer */
    s.generate = (struct cc_phase){1, context, context, true};
    s.kv_pj_per_byte = s.weight_pj_per_byte;
    const double p[CC_ATTENTIONS] = {s.prefill.pairs}, g[CC_ATTENTIONS] = {context};
    const struct cc_llm_macs pm = cc_llm_macs_of(llm, p, false, 1, conventions.glu_flops);
    const struct cc_llm_macs gm = cc_llm_macs_of(llm, g, false, 1, conventions.glu_flops);
    s.prefill_flops = ((pm.weights + pm.core) * prefill_len + cc_llm_output_projection(llm)) * 2;
    s.token_flops = (gm.weights + gm.core + cc_llm_output_projection(llm)) * 2;
    return s;
}
