/* fleet.h: what meets a demand: whole systems, their servers, racks, power and money, and the design of their chip. */
#ifndef CC_MODEL_SERVING_FLEET_H
#define CC_MODEL_SERVING_FLEET_H

#include "base/field.h"
#include "model/constants.h"
#include "model/serving/cost.h"

/* Columns of `points` from tco-eval --demand ... */
#define CC_FLEET_COLUMNS(X, T) \
    X##_INT(T, instances, "instances", CC_OPTIONAL, NAN, CC_POSITIVE, "", "systems that meet the demand") \
    X##_INT(T, fleet_servers, "fleet_servers", CC_OPTIONAL, NAN, CC_POSITIVE, "", "their servers") \
    X##_INT(T, fleet_chips, "fleet_chips", CC_OPTIONAL, NAN, CC_POSITIVE, "", "their chips") \
    X##_REAL(T, fleet_load, "fleet_load", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "demand over what they can serve") \
    X##_REAL(T, fleet_power_w, "fleet_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "thermal design power of all servers, at the wall") \
    X##_REAL(T, fleet_average_power_w, "fleet_average_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "power that they draw at that load") \
    X##_REAL(T, fleet_usd, "fleet_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "investment: all servers") \
    X##_REAL(T, fleet_tco_usd, "fleet_tco_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "total cost of ownership of all servers over their life, at that load") \
    X##_REAL(T, demand_usd_per_output_token, "demand_usd_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of the fleet and, unless the chips are bought, of their design, over the answers' tokens demanded")

/* ... where the constants have Rack ... */
#define CC_RACK_COLUMNS(X, T) \
    X##_INT(T, fleet_racks, "fleet_racks", CC_OPTIONAL, NAN, CC_POSITIVE, "", "racks, by room and power")

/* ... where they have NRE and the chips are not bought ... */
#define CC_NRE_COLUMNS(X, T) \
    X##_REAL(T, nre_usd, "nre_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "masks and design of the chip") \
    X##_REAL(T, nre_usd_per_output_token, "nre_usd_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "these, with interest, over the answers' tokens demanded in their years; part of the cost above")

/* ... and with --instead. */
#define CC_BREAKEVEN_COLUMNS(X, T) \
    X##_REAL(T, breakeven_tokens_per_s, "breakeven_tokens_per_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "1/s", "demand in tokens of answers from which a custom chip costs less than the price given; 1.797...e308: at none")

struct cc_fleet {
    CC_FLEET_COLUMNS(CC_MEMBER, )
    CC_RACK_COLUMNS(CC_MEMBER, )
    CC_NRE_COLUMNS(CC_MEMBER, )
    CC_BREAKEVEN_COLUMNS(CC_MEMBER, )
};

/* Tokens of answers, or requests, in a second: one of them, the other 0. */
struct cc_demand {
    double tokens_per_s, requests_per_s;
};

/* Figures that a fleet depends on besides the point. */
struct cc_fleet_basis {
    struct cc_cost_basis cost;
    double server_chips;     /* of a server, or part of one */
    double parts;            /* of a server, each with a system; 1: systems have servers of their own */
    double demand_tokens_per_s;
    double servers_per_rack; /* 0: the constants have no racks */
    double nre_usd;          /* 0: the chips are bought, or the constants have no NRE */
    double nre_usd_per_s;    /* with interest, over its years */
    double instead_usd;      /* of a token bought or rented; 0: not compared */
};

/* `server` is one of `parts` parts of a server, as in `cost`. */
struct cc_fleet_basis cc_fleet_basis_of(const struct cc_cost_basis *cost, const struct cc_server *server, int64_t parts,
                                        const struct cc_constants *constants, struct cc_demand demand, bool bought,
                                        double instead_usd);

/* The fleet of systems at this point: as few as meet the demand, and fill the servers that they are parts of, sharing it evenly. A smaller demand never has more of
 * anything. Counts beyond 2^53 come out as 2^54, which no record holds. */
struct cc_fleet cc_fleet_of(const struct cc_fleet_basis *basis, const struct cc_cost_input *in);

/* Cost ($/s) in its years of engineering that is paid at their beginning, with interest.
 * Source: Moonwalk (Khazraee et al., ASPLOS 2017), NRE beside TCO. */
double cc_nre_usd_per_s(const struct cc_nre_constants *nre, double interest_rate);

/* The demand (1/s) from which tokens of a chip that costs `nre_usd_per_s` to have and `own_usd` a token cost less than
 * `instead_usd`; DBL_MAX when they never do. Systems count in parts here. */
double cc_breakeven_tokens_per_s(double nre_usd_per_s, double own_usd, double instead_usd);

#endif
