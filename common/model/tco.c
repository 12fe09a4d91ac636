#include "model/tco.h"

double cc_interest(double amount, double rate, double years)
{
    if (rate == 0)
        return 0;
    const double monthly = rate / 12, months = 12 * years;
    /* 1 - (1 + monthly)^-months, accurate for small rates too */
    const double repaid = -expm1(-months * log1p(monthly));
    return amount * (monthly * months / repaid - 1);
}

double cc_supply_efficiency(const struct cc_server_constants *constants)
{
    return constants->dcdc_efficiency * constants->psu_efficiency;
}

struct cc_tco_rates cc_tco_rates_of(const struct cc_constants *constants, struct cc_conventions conventions)
{
    const struct cc_tco_constants *k = &constants->tco;
    const double life = constants->server.life_years;
    const double dc_share = life / k->dc_life_years;
    const double hours_a_month = conventions.calendar ? 24 * 365.0 / 12 : 24 * 30;
    struct cc_tco_rates rates = {
        .life_years = life,
        .life_s = life * 365 * 24 * 3600,
        .dc_amortization_usd_per_w = k->dc_capex_usd_per_w * dc_share,
        .dc_interest_usd_per_w = cc_interest(k->dc_capex_usd_per_w, k->interest_rate, k->dc_life_years) * dc_share,
        .dc_opex_usd_per_w = k->dc_opex_usd_per_w_month * life * 12,
        .power_usd_per_w = k->electricity_usd_per_kwh * k->average_power_ratio / 1000 * hours_a_month * life * 12,
        .server_interest_ratio = cc_interest(1, k->interest_rate, life),
        .server_opex_ratio = k->server_opex_rate,
        .supply_efficiency = cc_supply_efficiency(&constants->server),
    };
    rates.pue_overhead_usd_per_w = rates.power_usd_per_w * (k->pue - 1);
    return rates;
}

struct cc_tco cc_tco_of(const struct cc_tco_rates *rates, double server_usd, struct cc_power power)
{
    struct cc_tco tco = {
        .dc_amortization_usd = rates->dc_amortization_usd_per_w * power.provisioned_w,
        .dc_interest_usd = rates->dc_interest_usd_per_w * power.provisioned_w,
        .dc_opex_usd = rates->dc_opex_usd_per_w * power.provisioned_w,
        .power_usd = rates->power_usd_per_w * power.average_w,
        .pue_overhead_usd = rates->pue_overhead_usd_per_w * power.average_w,
        .server_amortization_usd = server_usd,
        .server_interest_usd = server_usd * rates->server_interest_ratio,
        .server_opex_usd = server_usd * rates->server_opex_ratio,
    };
    tco.capex_usd = tco.server_amortization_usd + tco.server_interest_usd + tco.server_opex_usd;
    tco.opex_usd =
        tco.dc_amortization_usd + tco.dc_interest_usd + tco.dc_opex_usd + tco.power_usd + tco.pue_overhead_usd;
    tco.total_usd = tco.capex_usd + tco.opex_usd;
    return tco;
}
