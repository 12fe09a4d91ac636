#include "model/serving/fleet.h"

#include <float.h>

/* A sum of shares that is whole but for rounding is not rounded up. */
static double whole_above(double count)
{
    const double rounding = 1e-12;
    return fmax(1, ceil(count * (1 - rounding)));
}

static int64_t int_of(double count)
{
    const double beyond = 0x1p54;
    return (int64_t)fmin(count, beyond);
}

double cc_nre_usd_per_s(const struct cc_nre_constants *nre, double interest_rate)
{
    const double usd = nre->masks_usd + nre->design_usd;
    return (usd + cc_interest(usd, interest_rate, nre->years)) / (nre->years * 365 * 24 * 3600);
}

double cc_breakeven_tokens_per_s(double nre_usd_per_s, double own_usd, double instead_usd)
{
    if (!(instead_usd > own_usd))
        return DBL_MAX;
    return fmin(nre_usd_per_s / (instead_usd - own_usd), DBL_MAX);
}

/* Servers in a rack: one at least, however much it draws. */
static double servers_per_rack(const struct cc_rack_constants *rack, double server_w)
{
    return fmax(1, floor(fmin(rack->max_servers, rack->max_rack_w / server_w)));
}

struct cc_fleet_basis cc_fleet_basis_of(const struct cc_cost_basis *cost, const struct cc_server *server, int64_t parts,
                                        const struct cc_constants *constants, struct cc_demand demand, bool bought,
                                        double instead_usd)
{
    const bool own = constants->has_nre && !bought;
    const struct cc_nre_constants *nre = &constants->nre;
    return (struct cc_fleet_basis){
        .cost = *cost,
        .server_chips = (double)server->num_chips,
        .parts = (double)parts,
        .demand_tokens_per_s = demand.tokens_per_s + demand.requests_per_s * (double)cost->workload.generate_len,
        .servers_per_rack = constants->has_rack ? servers_per_rack(&constants->rack, server->tdp_w * (double)parts) : 0,
        .nre_usd = own ? nre->masks_usd + nre->design_usd : 0,
        .nre_usd_per_s = own ? cc_nre_usd_per_s(nre, constants->tco.interest_rate) : 0,
        .instead_usd = instead_usd,
    };
}

struct cc_fleet cc_fleet_of(const struct cc_fleet_basis *basis, const struct cc_cost_input *in)
{
    const struct cc_cost_basis *cost = &basis->cost;
    const double demand = basis->demand_tokens_per_s, life_s = cost->rates.life_s;
    const double latency_s = in->prefill_s + in->generate_s;
    const double system_tokens_per_s = in->batch * (double)cost->workload.generate_len / latency_s;
    const double whole_servers = whole_above(whole_above(demand / system_tokens_per_s) / basis->parts);
    const double instances = whole_servers * basis->parts, servers = instances * in->num_servers;
    const double load = fmin(1, demand / (instances * system_tokens_per_s));
    const struct cc_server_cost server = cc_server_cost_of(cost, in, load), full = cc_server_cost_of(cost, in, 1);
    const double full_usd = full.tco.total_usd * in->num_servers / life_s / system_tokens_per_s;
    const double nre_usd_per_token = basis->nre_usd_per_s / demand;
    return (struct cc_fleet){
        .instances = int_of(instances),
        .fleet_servers = int_of(servers / basis->parts),
        .fleet_chips = int_of(servers * basis->server_chips),
        .fleet_load = load,
        .fleet_power_w = servers * cost->server_tdp_w,
        .fleet_average_power_w = servers * server.average_w,
        .fleet_usd = servers * cost->server_usd,
        .fleet_tco_usd = servers * server.tco.total_usd,
        .demand_usd_per_output_token = servers * server.tco.total_usd / life_s / demand + nre_usd_per_token,
        .fleet_racks = basis->servers_per_rack > 0
                           ? int_of(whole_above(servers / basis->parts / basis->servers_per_rack))
                           : CC_NO_INT,
        .nre_usd = basis->nre_usd,
        .nre_usd_per_output_token = nre_usd_per_token,
        .breakeven_tokens_per_s = cc_breakeven_tokens_per_s(basis->nre_usd_per_s, full_usd, basis->instead_usd),
    };
}
