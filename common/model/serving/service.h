/* service.h: an operating point as those see it who use it, who pay for it and who build it. */
#ifndef CC_MODEL_SERVING_SERVICE_H
#define CC_MODEL_SERVING_SERVICE_H

#include "base/field.h"
#include "model/serving/cost.h"

/* Columns that are worked out from others where rows become designs. "tokens per second" without more is tokens_per_s: the
 * answers' tokens over the time of prefill and generation; generate_tokens_per_s leaves the prefill out. */
#define CC_SERVICE_TIMES(X, T) \
    X##_REAL(T, tpot_s, "tpot_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "time of an output token of a request, after the first (TPOT); 0: there is no other") \
    X##_REAL(T, tokens_per_s, "tokens_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "tokens generated, all requests together, sustained: the time of the prefill is counted") \
    X##_REAL(T, user_tokens_per_s, "user_tokens_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "tokens generated for one request while it is generated, 1/tpot_s")
#define CC_SERVICE_SYSTEM(X, T) \
    X##_REAL(T, system_usd, "system_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "price of all servers, or of the part of one") \
    X##_REAL(T, system_power_w, "system_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "thermal design power of all servers, at the wall") \
    X##_REAL(T, j_per_output_token, "j_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "energy of all chips for prefill and generation, over the tokens generated")
#define CC_SERVICE_COLUMNS(X, T) CC_SERVICE_TIMES(X, T) CC_SERVICE_SYSTEM(X, T) CC_COST_REQUEST(X, T)

struct cc_service { CC_SERVICE_COLUMNS(CC_MEMBER, ) };

/* Sources of the derived columns: columns of the point, and of its record server.cost_usd, server.tdp_w, workload.generate_len. */
struct cc_service_input {
    double num_servers, batch;
    double prefill_latency_s, generate_latency_s, generate_tokens_per_s;
    double prefill_energy_j, generate_energy_j;
    double requests_per_s; /* of a point in a steady state; NAN: a batch is served after the other */
    double usd_per_output_token;
    double server_usd, server_tdp_w;
    double generate_len;
};

/* Each is NAN where something that it follows from is NAN. A token takes batch/generate_tokens_per_s, whatever the number of
 * micro-batches and of tokens that a pass gives. */
struct cc_service cc_service_of(const struct cc_service_input *in);

#endif
