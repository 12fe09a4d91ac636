#include "model/serving/service.h"

/* Tokens of a point that has any time for them; an answer of one token comes with the prefill. */
static double token_time_s(const struct cc_service_input *in)
{
    return in->generate_tokens_per_s == 0 ? 0 : in->batch / in->generate_tokens_per_s;
}

static double requests_per_s(const struct cc_service_input *in)
{
    if (!isnan(in->requests_per_s))
        return in->requests_per_s;
    return in->batch / (in->prefill_latency_s + in->generate_latency_s);
}

struct cc_service cc_service_of(const struct cc_service_input *in)
{
    const double tpot_s = token_time_s(in), tokens = in->batch * in->generate_len;
    const bool generates = !isnan(in->generate_tokens_per_s);
    return (struct cc_service){
        .tpot_s = tpot_s,
        .tokens_per_s = generates ? requests_per_s(in) * in->generate_len : NAN,
        .user_tokens_per_s = tpot_s > 0 ? 1 / tpot_s : NAN,
        .system_usd = in->num_servers * in->server_usd,
        .system_power_w = in->num_servers * in->server_tdp_w,
        .j_per_output_token = (in->prefill_energy_j + in->generate_energy_j) / tokens,
        .usd_per_request = in->usd_per_output_token * in->generate_len,
    };
}
