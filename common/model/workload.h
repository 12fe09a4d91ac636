/* workload.h: what the model is asked to do: prompts and answers of a length. */
#ifndef CC_MODEL_WORKLOAD_H
#define CC_MODEL_WORKLOAD_H

#include "base/field.h"

/* A promise to users (service level objective), in system files and records alike. */
#define CC_SLO_FIELDS(X, T) \
    X##_REAL(T, ttft_s, "ttft_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "most time to the first token (default: any)") \
    X##_REAL(T, tpot_s, "tpot_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "most time of an output token after the first (default: any)") \
    X##_REAL(T, quantile, "quantile", CC_OPTIONAL, 0.99, CC_UPPER_HALF, "", "share of the requests that it is kept for")

struct cc_slo { CC_SLO_FIELDS(CC_MEMBER, ) };
extern const struct cc_fields cc_slo_fields;

/* Requests that arrive by themselves; likewise. */
#define CC_ARRIVALS_FIELDS(X, T, AS) \
    X##_REAL(T, rate, AS("rate", "rate_requests_per_s"), CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "requests that arrive by themselves (Poisson) at a system" AS(" (default: batches, one after the other); used by llm-map alone", "; missing: not said")) \
    X##_MAP(T, slo, "slo", CC_OPTIONAL, cc_slo, "promise to users, for which the goodput is found")

/* The `workload` entry of a record. */
#define CC_WORKLOAD_FIELDS(X, T) \
    X##_INT(T, prefill_len, "prefill_len", CC_REQUIRED, 0, CC_POSITIVE, "tokens", "prompt") \
    X##_INT(T, generate_len, "generate_len", CC_REQUIRED, 0, CC_POSITIVE, "tokens", "answer") \
    CC_ARRIVALS_FIELDS(X, T, CC_AS_FIELD)

struct cc_workload { CC_WORKLOAD_FIELDS(CC_MEMBER, ) }; /* rate: 0 is as good as NAN */

#endif
