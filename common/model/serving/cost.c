#include "model/serving/cost.h"

#include <float.h>

struct cc_cost_basis cc_cost_basis_of(const struct cc_tco_rates *rates, const struct cc_server *server,
                                      bool energy_model, struct cc_workload workload, struct cc_conventions conventions)
{
    return (struct cc_cost_basis){
        .rates = *rates,
        .server_usd = server->cost_usd,
        .server_tdp_w = server->tdp_w,
        .server_idle_w = energy_model ? server->other_power_w : 0, /* utilization of the TDP has it in already */
        .energy_efficiency = energy_model && conventions.power_conversion ? rates->supply_efficiency : 1,
        .workload = workload,
        .conventions = conventions,
    };
}

/* The power that a server is provisioned for and draws. Published: provisioned for no more than it draws. */
static struct cc_power power_of(const struct cc_cost_basis *basis, double average_w)
{
    return (struct cc_power){basis->conventions.provisioned_power ? basis->server_tdp_w : average_w, average_w};
}

struct cc_server_cost cc_server_cost_of(const struct cc_cost_basis *basis, const struct cc_cost_input *in, double load)
{
    const double latency_s = in->prefill_s + in->generate_s;
    /* published: each sub-system of a prefill draws the fans' and hosts' power of the whole system */
    const double idle_times = basis->conventions.sub_system ? 1 : in->prefill_sub_systems;
    const double idle_ratio = (idle_times * in->prefill_s + in->generate_s) / latency_s;
    const double chips_w = in->energy_j / basis->energy_efficiency / latency_s / in->num_servers;
    const double average_w = chips_w * load + basis->server_idle_w * idle_ratio;
    return (struct cc_server_cost){average_w, cc_tco_of(&basis->rates, basis->server_usd, power_of(basis, average_w))};
}

double cc_usd_per_s(const struct cc_cost_basis *basis, const struct cc_cost_input *in, double load)
{
    return cc_server_cost_of(basis, in, load).tco.total_usd * in->num_servers / basis->rates.life_s;
}

double cc_rate_usd_per_request(const struct cc_cost_basis *basis, double num_servers, double rate, double request_j)
{
    const struct cc_cost_input in = cc_steady_cost_input(num_servers, 1, rate, request_j);
    return rate > 0 ? cc_usd_per_s(basis, &in, 1) / rate : DBL_MAX;
}

struct cc_cost_input cc_steady_cost_input(double num_servers, double batch, double requests_per_s, double energy_j)
{
    return (struct cc_cost_input){
        .num_servers = num_servers,
        .batch = batch,
        .prefill_s = batch / requests_per_s,
        .energy_j = energy_j,
        .prefill_sub_systems = 1,
    };
}

struct cc_point_cost cc_point_cost_of(const struct cc_cost_basis *basis, const struct cc_cost_input *in)
{
    const double latency_s = in->prefill_s + in->generate_s;
    const struct cc_tco tco = cc_server_cost_of(basis, in, 1).tco;
    const double usd_per_s = tco.total_usd * in->num_servers / basis->rates.life_s;
    double usd_per_request = usd_per_s * latency_s / in->batch;
    if (!basis->conventions.token_cost)
        usd_per_request /= in->batch;
    return (struct cc_point_cost){
        .tco_usd = tco.total_usd,
        .usd_per_request = usd_per_request,
        .usd_per_input_token = usd_per_request / (double)basis->workload.prefill_len,
        .usd_per_output_token = usd_per_request / (double)basis->workload.generate_len,
        .capex_usd = tco.capex_usd,
        .opex_usd = tco.opex_usd,
        .server_amortization_usd = tco.server_amortization_usd,
        .server_interest_usd = tco.server_interest_usd,
        .server_opex_usd = tco.server_opex_usd,
        .dc_amortization_usd = tco.dc_amortization_usd,
        .dc_interest_usd = tco.dc_interest_usd,
        .dc_opex_usd = tco.dc_opex_usd,
        .power_usd = tco.power_usd,
        .pue_overhead_usd = tco.pue_overhead_usd,
    };
}

void cc_point_cost_divide(struct cc_point_cost *cost, double input_share)
{
    cost->usd_per_input_token *= input_share;
    cost->usd_per_output_token *= 1 - input_share;
}

struct cc_prices cc_prices_of(const struct cc_cost_basis *basis, double num_servers)
{
    const struct cc_power idle = power_of(basis, basis->server_idle_w);
    const struct cc_power watt = {basis->conventions.provisioned_power ? 0 : 1, 1};
    const double idle_usd = cc_tco_of(&basis->rates, basis->server_usd, idle).total_usd;
    const double usd_per_w = cc_tco_of(&basis->rates, 0, watt).opex_usd;
    return (struct cc_prices){
        .usd_per_s = idle_usd * num_servers / basis->rates.life_s,
        .usd_per_j = usd_per_w / basis->rates.life_s / basis->energy_efficiency,
    };
}
