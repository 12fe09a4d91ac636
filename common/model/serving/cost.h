/* cost.h: what a token costs at an operating point. */
#ifndef CC_MODEL_SERVING_COST_H
#define CC_MODEL_SERVING_COST_H

#include "base/field.h"
#include "model/convention.h"
#include "model/hardware/server.h"
#include "model/tco.h"
#include "model/workload.h"

/* Columns of `points` from tco-eval ... */
#define CC_COST_SERVER(X, T) \
    X##_REAL(T, tco_usd, "tco_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "total cost of ownership of a server at the average power")
#define CC_COST_REQUEST(X, T) \
    X##_REAL(T, usd_per_request, "usd_per_request", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of a request: prompt and answer, or what the phases of a system do of it")
#define CC_COST_INPUT(X, T) \
    X##_REAL(T, usd_per_input_token, "usd_per_input_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of a request over its prompt's tokens")
#define CC_COST_OUTPUT(X, T) \
    X##_REAL(T, usd_per_output_token, "usd_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of a request over its answer's tokens")
#define CC_COST_COLUMNS(X, T) CC_COST_SERVER(X, T) CC_COST_INPUT(X, T) CC_COST_OUTPUT(X, T)

/* ... of systems that do one phase alone these in place of those ... */
#define CC_COST_PREFILL_COLUMNS(X, T) CC_COST_SERVER(X, T) CC_COST_REQUEST(X, T) CC_COST_INPUT(X, T)
#define CC_COST_GENERATE_COLUMNS(X, T) CC_COST_SERVER(X, T) CC_COST_REQUEST(X, T) CC_COST_OUTPUT(X, T)

/* ... of systems in mixed passes these, of which input and output tokens pay each their share ... */
#define CC_COST_CHUNKED_COLUMNS(X, T) CC_COST_SERVER(X, T) CC_COST_REQUEST(X, T) CC_COST_INPUT(X, T) CC_COST_OUTPUT(X, T)

/* ... where requests arrive by themselves these: at their rate ... */
#define CC_COST_RATE_COLUMNS(X, T) \
    X##_REAL(T, rate_usd_per_request, "rate_usd_per_request", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of a request when they arrive at workload.rate_requests_per_s, and no more")

/* ... and at the largest that keeps the promise ... */
#define CC_COST_GOODPUT_COLUMNS(X, T) \
    X##_REAL(T, goodput_usd_per_request, "goodput_usd_per_request", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "cost of a request when they arrive at goodput_requests_per_s; 1.797...e308: at none is the promise kept")

/* ... and with --breakdown also these, of a server over its life. */
#define CC_COST_BREAKDOWN_COLUMNS(X, T) \
    CC_TCO_SUMS(X, T, "", "") \
    CC_TCO_SERVER(X, T) \
    CC_TCO_DATACENTRE(X, T)

struct cc_point_cost {
    CC_COST_COLUMNS(CC_MEMBER, )
    CC_COST_REQUEST(CC_MEMBER, )
    CC_COST_RATE_COLUMNS(CC_MEMBER, )
    CC_COST_GOODPUT_COLUMNS(CC_MEMBER, )
    CC_COST_BREAKDOWN_COLUMNS(CC_MEMBER, )
};

/* Figures that all points of a record share. */
struct cc_cost_basis {
    struct cc_tco_rates rates;
    double server_usd, server_tdp_w;
    double server_idle_w;     /* besides the energy columns: fans and host; 0 without an energy model */
    double energy_efficiency; /* of the supply, where energy is counted at the chips; 1 where it is counted at the wall */
    struct cc_workload workload;
    struct cc_conventions conventions;
};

struct cc_cost_basis cc_cost_basis_of(const struct cc_tco_rates *rates, const struct cc_server *server,
                                      bool energy_model, struct cc_workload workload,
                                      struct cc_conventions conventions);

/* Figures of a point that its cost depends on. */
struct cc_cost_input {
    double num_servers, batch;
    double prefill_s, generate_s;
    double energy_j;            /* prefill and generation together */
    double prefill_sub_systems; /* 1 when the whole system prefills */
};

/* A server of the system: the power that it draws on average when it works for a share `load` of the time and else idles (the
 * columns are at a load of 1), and what it costs over its life. */
struct cc_server_cost {
    double average_w;
    struct cc_tco tco;
};

struct cc_server_cost cc_server_cost_of(const struct cc_cost_basis *basis, const struct cc_cost_input *in, double load);

/* Cost ($/s) of the system. */
double cc_usd_per_s(const struct cc_cost_basis *basis, const struct cc_cost_input *in, double load);

/* Figures of a point in a steady state that its cost depends on: as of a batch that takes as long as its requests keep the system busy. */
struct cc_cost_input cc_steady_cost_input(double num_servers, double batch, double requests_per_s, double energy_j);

/* Source: Chiplet Cloud (arXiv 2307.02666), TCO per token. */
struct cc_point_cost cc_point_cost_of(const struct cc_cost_basis *basis, const struct cc_cost_input *in);

/* Cost ($) of a request when `rate` of them a second arrive at a system by themselves, each with such an energy; DBL_MAX: of none. */
double cc_rate_usd_per_request(const struct cc_cost_basis *basis, double num_servers, double rate, double request_j);

/* Where the prompt has but a share of the cost of a request, and the answer the rest. */
void cc_point_cost_divide(struct cc_point_cost *cost, double input_share);

/* The cost of a batch is usd_per_s times its latency plus usd_per_j times its energy: these two prices. (Under the
 * published sub-system convention the sub-systems' prefill costs a constant more, which chooses no mapping.) */
struct cc_prices {
    double usd_per_s, usd_per_j;
};

struct cc_prices cc_prices_of(const struct cc_cost_basis *basis, double num_servers);

#endif
