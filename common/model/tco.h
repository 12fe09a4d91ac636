/* tco.h: total cost of ownership of a server over its life. */
#ifndef CC_MODEL_TCO_H
#define CC_MODEL_TCO_H

#include "base/field.h"
#include "model/constants.h"
#include "model/convention.h"

/* All in $ for one server over its life. tco-eval writes the parts and the sums as columns of points too: cost.h. */
#define CC_TCO_DATACENTRE(X, T) \
    X##_REAL(T, dc_amortization_usd, "dc_amortization_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "datacentre, capital") \
    X##_REAL(T, dc_interest_usd, "dc_interest_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "datacentre, interest") \
    X##_REAL(T, dc_opex_usd, "dc_opex_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "datacentre, operation") \
    X##_REAL(T, power_usd, "power_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "electricity of the server") \
    X##_REAL(T, pue_overhead_usd, "pue_overhead_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "electricity of cooling and distribution")

#define CC_TCO_SERVER(X, T) \
    X##_REAL(T, server_amortization_usd, "server_amortization_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "the server") \
    X##_REAL(T, server_interest_usd, "server_interest_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "interest on the server") \
    X##_REAL(T, server_opex_usd, "server_opex_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "operation of the server")

/* The sums. The parameters end their meanings: with what each sums up, or with nothing. */
#define CC_TCO_SUMS(X, T, capex_parts, opex_parts) \
    X##_REAL(T, capex_usd, "capex_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "what the server costs" capex_parts) \
    X##_REAL(T, opex_usd, "opex_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "what its power costs" opex_parts)

#define CC_TCO_FIELDS(X, T) \
    CC_TCO_DATACENTRE(X, T) \
    CC_TCO_SERVER(X, T) \
    CC_TCO_SUMS(X, T, ": amortization, interest, operation", ": datacentre and electricity") \
    X##_REAL(T, total_usd, "total_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "capex and opex")

struct cc_tco { CC_TCO_FIELDS(CC_MEMBER, ) };

/* Interest ($) on a loan of `amount` at `rate` a year, paid back in equal months over `years`. 0 at a rate of 0. */
double cc_interest(double amount, double rate, double years);

/* Rates that depend on the constants alone: computed once, used for every server and operating point. */
struct cc_tco_rates {
    double life_years, life_s;
    double dc_amortization_usd_per_w, dc_interest_usd_per_w, dc_opex_usd_per_w; /* over the server's life */
    double power_usd_per_w, pue_overhead_usd_per_w;
    double server_interest_ratio, server_opex_ratio; /* of the server's cost */
    double supply_efficiency;                        /* of the server, from the wall to its chips */
};

/* Power of a server at the wall (W): what the datacentre is built for, and what it draws on average. */
struct cc_power {
    double provisioned_w, average_w;
};

/* Published (calendar): electricity is paid for 12 months of 30 days a year, although a life has years of 365 days. */
struct cc_tco_rates cc_tco_rates_of(const struct cc_constants *constants, struct cc_conventions conventions);

/* Share of the power at the wall that arrives at the chips: DCDCEfficiency PSUEfficiency. */
double cc_supply_efficiency(const struct cc_server_constants *constants);

/* Cost of a server that cost `server_usd`: capital and operation of the datacentre by the provisioned power, electricity
 * by the average power.
 * Source: Chiplet Cloud (arXiv 2307.02666), TCO model; "The Datacenter as a Computer" for its structure. */
struct cc_tco cc_tco_of(const struct cc_tco_rates *rates, double server_usd, struct cc_power power);

#endif
