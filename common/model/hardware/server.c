#include "model/hardware/server.h"

bool cc_server_lane_fits(const struct cc_server_input *in, const struct cc_package *package,
                         const struct cc_server_constants *constants, struct cc_reject *reject)
{
    const double lane_mm2 = package->heat_source_mm * package->heat_source_mm * (double)in->packages_per_lane;
    if (lane_mm2 < constants->lane_area_min_mm2)
        return cc_rejected(reject, CC_REJECT_LANE_AREA_MIN, lane_mm2, constants->lane_area_min_mm2);
    if (lane_mm2 > constants->lane_area_max_mm2)
        return cc_rejected(reject, CC_REJECT_LANE_AREA_MAX, lane_mm2, constants->lane_area_max_mm2);
    return true;
}

/* Heat of a package and power of the server, before conversion losses. A server without a heat sink has no price,
 * so it is rejected even when thermal_eval is false. */
static bool cool_enough(const struct cc_server_input *in, const struct cc_package *package,
                        const struct cc_heatsink *sink, double packages_w, const struct cc_server_constants *k,
                        struct cc_reject *reject)
{
    if (sink->max_power_w == 0)
        return cc_rejected(reject, CC_REJECT_NO_HEAT_SINK, package->heat_source_mm, 0);
    if (!in->thermal_eval)
        return true;
    const double sink_w = sink->max_power_w * in->package_max_power_factor;
    if (sink_w < package->tdp_w)
        return cc_rejected(reject, CC_REJECT_HEAT_SINK_POWER, package->tdp_w, sink_w);
    const double limit_w = isnan(in->custom_max_power_w) ? k->max_power_w : in->custom_max_power_w;
    if (packages_w > limit_w)
        return cc_rejected(reject, CC_REJECT_SERVER_POWER, packages_w, limit_w);
    return true;
}

static double given_or_none(double value)
{
    return isnan(value) ? 0 : value;
}

/* Current (A) that the voltage converters of a server deliver. */
static double amps(const struct cc_chip *chip, const struct cc_package *package, const struct cc_server *s,
                   const struct cc_server_constants *k)
{
    const double host_v = 1.0;
    const double chips = (double)s->num_chips;
    double total =
        k->app_power_w / host_v + (chip->core_power_w + given_or_none(chip->static_power_w)) / chip->vdd_v * chips;
    if (!package->has_memory)
        return total;
    const struct cc_memory *memory = &package->memory;
    if (cc_text_is(memory->kind, CC_MEMORY_HBM))
        total += (double)package->hbm_stacks * memory->tdp_w / memory->vdd_v * (double)s->num_packages;
    else
        total += (double)chip->mem_3d_vaults * memory->tdp_w / memory->vdd_v * chips;
    return total;
}

static void price(const struct cc_chip *chip, const struct cc_package *package, const struct cc_heatsink *sink,
                  const struct cc_server_constants *k, struct cc_conventions conventions, struct cc_server *s)
{
    const double packages = (double)s->num_packages, lanes = (double)s->num_lanes;
    s->cost_packages_usd = packages * package->cost_usd;
    s->cost_heatsinks_usd = packages * sink->cost_usd;
    s->cost_fans_usd = k->fan_cost_usd * lanes;
    s->cost_network_usd = k->ethernet_cost_usd;
    s->cost_dcdc_usd = k->dcdc_cost_usd_per_a * amps(chip, package, s, k);
    s->cost_psu_usd = k->psu_cost_usd_per_w * s->tdp_w;
    if (!conventions.converter_cost) {
        s->cost_dcdc_usd = fmin(s->cost_dcdc_usd, k->max_dcdc_cost_usd);
        s->cost_psu_usd = fmin(s->cost_psu_usd, k->max_psu_cost_usd);
    }
    s->cost_board_usd = 2 * k->pcb_cost_usd + k->pcb_parts_cost_usd + k->chassis_cost_usd +
                        (conventions.host_cost ? k->app_cost_usd : 0);
    s->cost_usd = s->cost_packages_usd + s->cost_heatsinks_usd + s->cost_fans_usd + s->cost_network_usd +
                  s->cost_dcdc_usd + s->cost_psu_usd + s->cost_board_usd + given_or_none(s->cost_other_usd);
}

static struct cc_server describe(const struct cc_server_input *in, const struct cc_chip *chip,
                                 const struct cc_package *package, const struct cc_heatsink *sink)
{
    const int64_t packages = in->num_lanes * in->packages_per_lane;
    const double n = (double)packages;
    return (struct cc_server){
        .num_lanes = in->num_lanes,
        .packages_per_lane = in->packages_per_lane,
        .num_packages = packages,
        .num_chips = packages * package->num_chips,
        .link = cc_link_of(&in->link),
        .has_link = true,
        .allreduce_algo = in->allreduce_algo,
        .heatsink_max_power_w = sink->max_power_w,
        .heatsink_cost_usd = sink->cost_usd,
        .heatsink_length_mm = sink->length_m * 1e3,
        .heatsink_base_mm = sink->base_m * 1e3,
        .heatsink_fins = sink->fins,
        .heatsink_air_m3_per_s = sink->air_m3_per_s,
        .peak_flops = n * ((double)package->num_chips * chip->peak_flops),
        .sram_bytes = n * package->sram_bytes,
        .dram_bytes = n * package->dram_bytes,
        .memory_bytes = n * package->memory_bytes,
        .cost_other_usd = in->other_cost_usd,
    };
}

bool cc_server_build(const struct cc_server_input *in, const struct cc_chip *chip, const struct cc_package *package,
                     const struct cc_heatsink *sink, const struct cc_constants *constants,
                     const struct cc_tco_rates *rates, struct cc_conventions conventions, struct cc_server *server,
                     struct cc_reject *reject)
{
    const struct cc_server_constants *k = &constants->server;
    const double packages_w = (double)(in->num_lanes * in->packages_per_lane) * package->tdp_w;
    if (!cool_enough(in, package, sink, packages_w, k, reject))
        return false;
    *server = describe(in, chip, package, sink);
    const double static_w = (double)server->num_chips * given_or_none(chip->static_power_w);
    server->other_power_w =
        (k->fan_power_w * (double)in->num_lanes + k->app_power_w + given_or_none(in->more_power_w) + static_w) /
        k->dcdc_efficiency / k->psu_efficiency;
    server->core_power_w = (packages_w - static_w) / k->dcdc_efficiency / k->psu_efficiency;
    server->tdp_w = server->core_power_w + server->other_power_w;
    price(chip, package, sink, k, conventions, server);
    server->tco = cc_tco_of(rates, server->cost_usd, (struct cc_power){server->tdp_w, server->tdp_w});
    server->has_tco = true;
    return true;
}

bool cc_server_part_of(const struct cc_server *server, int64_t parts, struct cc_server *part, struct cc_reject *reject)
{
    const double n = (double)parts;
    *part = *server;
    if (parts == 1)
        return true;
    if (server->num_packages % parts != 0)
        return cc_rejected(reject, CC_REJECT_INSTANCES, n, (double)server->num_packages);
    part->num_packages /= parts;
    part->num_chips /= parts;
    part->core_power_w /= n;
    part->other_power_w /= n;
    part->tdp_w /= n;
    part->peak_flops /= n;
    part->sram_bytes /= n;
    part->dram_bytes /= n;
    part->memory_bytes /= n;
    part->cost_usd /= n;
    return true;
}
