#include "model/serving/serving.h"

#include "model/llm/span.h"

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

/* Tokens that those of the prompt attend to, by kind of attention. */
static struct cc_phase prefill_phase(const struct cc_llm *llm, double prompt, bool causal)
{
    struct cc_phase phase = {.queries = prompt};
    for (int i = 0; i < CC_ATTENTIONS; i++) {
        const double pairs = cc_span_prompt(llm, (enum cc_attention)i, prompt);
        phase.look[i] = (struct cc_look){prompt, causal ? pairs / 2 : pairs};
    }
    return phase;
}

static struct cc_phase generate_phase(const struct cc_llm *llm, double prompt, double answer)
{
    struct cc_phase phase = {.queries = 1, .generation = true};
    for (int i = 0; i < CC_ATTENTIONS; i++) {
        const double seen = cc_span_generate(llm, (enum cc_attention)i, prompt, answer);
        phase.look[i] = (struct cc_look){seen, seen};
    }
    return phase;
}

struct cc_llm_macs cc_serving_macs(const struct cc_serving *serving, const struct cc_phase *phase, bool gate)
{
    const double expanded = phase->generation ? phase->look[CC_FULL].context : 1;
    double pairs[CC_ATTENTIONS];
    for (int i = 0; i < CC_ATTENTIONS; i++)
        pairs[i] = phase->look[i].pairs;
    return cc_llm_macs_of(serving->llm, pairs, cc_is_absorbed(serving, phase), expanded, gate);
}

/* Multiply-accumulates of a token, each counted by how long it takes at the peak of the chip. */
static double token_macs(const struct cc_serving *s, const struct cc_phase *phase)
{
    const struct cc_precisions *p = &s->precision;
    const struct cc_llm_macs macs = cc_serving_macs(s, phase, s->conventions.glu_flops);
    return macs.weights / p->weights.rate + macs.core / p->core.rate + macs.made / p->made.rate +
           macs.experts / p->experts.rate + macs.router / p->embeddings.rate + macs.index / p->index.rate;
}

/* Usable share of the memory. */
static void set_memory(struct cc_serving *s, const struct cc_chip *chip, const struct cc_package *package,
                       const struct cc_server *server)
{
    const double chips = (double)package->num_chips;
    s->package_memory_bytes = cc_usable_bytes(&s->overheads, chips, package->memory_bytes, chips * chip->sram_bytes);
    s->server_memory_bytes = fmax(0, server->memory_bytes - (double)server->num_packages *
                                                                (package->memory_bytes - s->package_memory_bytes));
}

/* Bytes of any number on its way, where it is not the model's to say. */
static double published_load_bytes(const struct cc_chip *chip, struct cc_conventions conventions)
{
    if (conventions.load_bytes)
        return NAN;
    return cc_text_is(chip->dataflow, "WS") ? 1 : 2;
}

static void set_work(struct cc_serving *s)
{
    const double prompt = (double)s->workload.prefill_len, answer = (double)s->workload.generate_len;
    s->prefill = prefill_phase(s->llm, prompt, s->conventions.causal_prefill);
    s->generate = generate_phase(s->llm, prompt, answer);
    s->steps = s->conventions.first_token ? answer - 1 : answer;
    const double output = cc_llm_output_projection(s->llm) / s->precision.embeddings.rate;
    s->prefill_flops = (token_macs(s, &s->prefill) * prompt + output) * 2;
    s->token_flops = (token_macs(s, &s->generate) + output) * 2;
}

struct cc_serving cc_serving_without_model(const struct cc_chip *chip, const struct cc_package *package,
                                           const struct cc_server *server, const struct cc_system *system,
                                           const struct cc_constants *constants, struct cc_conventions conventions)
{
    const struct cc_energy_constants *energy = &constants->energy;
    const double link_efficiency = system->io_bandwidth_efficiency;
    const double package_bytes_per_s = (double)package->num_chips * chip->package_link.bytes_per_s;
    struct cc_serving s = {
        .conventions = conventions,
        .energy_model = system->energy_model,
        .chip = matmul_chip(chip, package, system, conventions.systolic_efficiency),
        .server_link = {server->link.bytes_per_s * link_efficiency, server->link.init_s},
        .package_link = {package_bytes_per_s * link_efficiency, chip->package_link.init_s},
        .chip_link = chip_channel(chip, link_efficiency),
        .own_chip_link = chip->has_chip_link,
        .server_pj_per_byte = server->link.pj_per_byte,
        .package_pj_per_byte = chip->package_link.pj_per_byte,
        .weight_pj_per_byte = weight_pj_per_byte(chip, package, energy),
        .activation_pj_per_byte = energy->sram_activation_pj_per_byte,
        .network_pj_per_byte = chip->has_chip_link ? chip->chip_link.pj_per_byte : chip->package_link.pj_per_byte,
        .rates = cc_rates_of(chip->number_type, &chip->perf_ratio),
        .load_bytes = published_load_bytes(chip, conventions),
        .routing = cc_routing_of(system),
        .energy_efficiency = conventions.power_conversion ? cc_supply_efficiency(&constants->server) : 1,
        .chips_per_package = package->num_chips,
        .packages_per_server = server->num_packages,
        .has_overheads = system->has_overheads,
        .mesh_packages = server->num_packages * cc_system_instances(system),
        .sub_system_servers = system->sub_sys_num_servers,
        .prefill_chunk = system->prefill_chunk > 0 ? (double)system->prefill_chunk : 0,
        .server_flops = server->peak_flops,
        .server_tdp_w = server->tdp_w,
        .server_other_power_w = server->other_power_w,
    };
    if (s.has_overheads)
        s.overheads = cc_overheads_in_force(&system->overheads);
    s.chip.exposed_share = s.overheads.exposed_share;
    set_memory(&s, chip, package, server);
    cc_all_reduce_named(system->allreduce_algo, &s.all_reduce);
    s.kv_pj_per_byte = s.weight_pj_per_byte;
    return s;
}

void cc_serving_set_model(struct cc_serving *s, const struct cc_llm *llm, struct cc_workload workload,
                          const struct cc_constants *constants)
{
    s->llm = llm;
    s->workload = workload;
    s->prefill_chunk = fmin(s->prefill_chunk, (double)workload.prefill_len);
    s->has_precision = cc_precisions_of(&s->precision, llm, &s->rates, &constants->energy, s->load_bytes);
    if (s->has_precision)
        set_work(s);
}

struct cc_serving cc_serving_of(const struct cc_chip *chip, const struct cc_package *package,
                                const struct cc_server *server, const struct cc_llm *llm,
                                const struct cc_system *system, struct cc_workload workload,
                                const struct cc_constants *constants, struct cc_conventions conventions)
{
    struct cc_serving s = cc_serving_without_model(chip, package, server, system, constants, conventions);
    cc_serving_set_model(&s, llm, workload, constants);
    return s;
}
