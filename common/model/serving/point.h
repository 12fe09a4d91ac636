/* point.h: one operating point: a mapping of the model onto a number of servers, and what it does with a batch. */
#ifndef CC_MODEL_SERVING_POINT_H
#define CC_MODEL_SERVING_POINT_H

#include "base/field.h"
#include "model/serving/mapping.h"
#include "model/serving/queue.h"
#include "model/serving/serving.h"
#include "model/serving/step.h"

/* Columns of `points` in parts, for those of both phases and those of one. */
#define CC_POINT_BATCH(X, T) \
    X##_INT(T, batch, "batch", CC_REQUIRED, 0, CC_POSITIVE, "", "requests served together")
#define CC_POINT_PREFILL_TIME(X, T) \
    X##_REAL(T, prefill_latency_s, "prefill_latency_s", CC_REQUIRED, 0, CC_POSITIVE, "s", "from the prompts to the first tokens (TTFT)")
#define CC_POINT_GENERATE_TIME(X, T) \
    X##_REAL(T, generate_latency_s, "generate_latency_s", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "s", "from the first tokens to the last") \
    X##_REAL(T, generate_tokens_per_s, "generate_tokens_per_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "1/s", "tokens generated, all requests together")
#define CC_POINT_PREFILL_ENERGY(X, T) \
    X##_REAL(T, prefill_energy_j, "prefill_energy_j", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "J", "energy of all chips for the prefill of the batch")
#define CC_POINT_GENERATE_ENERGY(X, T) \
    X##_REAL(T, generate_energy_j, "generate_energy_j", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "J", "energy of all chips for the generation of the batch")
#define CC_POINT_RATE(X, T) \
    X##_REAL(T, requests_per_s, "requests_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "requests taken in a steady state, at full load; with --phase")

#define CC_POINT_CACHE(X, T) \
    X##_REAL(T, kv_bytes, "kv_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "key/value cache of a request at the end of its prompt; of a prefill alone")
#define CC_ALONE_COLUMNS(X, T) CC_POINT_RATE(X, T) CC_POINT_CACHE(X, T)

/* Columns of `points`, from llm-map ... */
#define CC_POINT_COLUMNS(X, T) \
    CC_NUM_SERVERS(X, T, CC_AS_FIELD) \
    CC_POINT_BATCH(X, T) \
    CC_MAPPING_PARALLEL(X, T, CC_AS_FIELD) \
    CC_MAPPING_PREFILL_MICRO_BATCH(X, T, CC_AS_FIELD) \
    CC_MAPPING_MICRO_BATCH(X, T, CC_AS_FIELD) \
    CC_POINT_PREFILL_TIME(X, T) \
    CC_POINT_GENERATE_TIME(X, T) \
    CC_POINT_PREFILL_ENERGY(X, T) \
    CC_POINT_GENERATE_ENERGY(X, T)

/* ... with --phase these in place of those: of a prefill, whose batch is a micro-batch ... */
#define CC_PREFILL_ALONE_COLUMNS(X, T) \
    CC_NUM_SERVERS(X, T, CC_AS_FIELD) \
    CC_POINT_BATCH(X, T) \
    CC_MAPPING_PARALLEL(X, T, CC_AS_FIELD) \
    CC_MAPPING_PREFILL_MICRO_BATCH(X, T, CC_AS_FIELD) \
    CC_LEVEL_COLUMNS(X, T) \
    CC_POINT_PREFILL_ENERGY(X, T) \
    CC_POINT_RATE(X, T) \
    CC_POINT_CACHE(X, T)
/* ... and of a generation ... */
#define CC_GENERATE_ALONE_COLUMNS(X, T) \
    CC_NUM_SERVERS(X, T, CC_AS_FIELD) \
    CC_POINT_BATCH(X, T) \
    CC_MAPPING_PARALLEL(X, T, CC_AS_FIELD) \
    CC_MAPPING_MICRO_BATCH(X, T, CC_AS_FIELD) \
    CC_POINT_GENERATE_TIME(X, T) \
    CC_POINT_GENERATE_ENERGY(X, T) \
    CC_POINT_RATE(X, T)

/* ... and of both in mixed passes, with these of their own ... */
#define CC_CHUNKED_OWN_COLUMNS(X, T) \
    X##_REAL(T, worst_tpot_s, "worst_tpot_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "time of an output token while all passes have a chunk of a prompt") \
    X##_REAL(T, mixed_share, "mixed_share", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "passes that have a chunk of a prompt, of all") \
    X##_REAL(T, input_share, "input_share", CC_OPTIONAL, NAN, CC_RATIO, "", "what passes take longer by their chunks, of all their time: the part of the cost that input tokens pay")
#define CC_CHUNKED_COLUMNS(X, T) \
    CC_NUM_SERVERS(X, T, CC_AS_FIELD) \
    CC_POINT_BATCH(X, T) \
    CC_MAPPING_PARALLEL(X, T, CC_AS_FIELD) \
    CC_MAPPING_MICRO_BATCH(X, T, CC_AS_FIELD) \
    CC_LEVEL_COLUMNS(X, T) \
    CC_POINT_GENERATE_TIME(X, T) \
    CC_POINT_PREFILL_ENERGY(X, T) \
    CC_POINT_GENERATE_ENERGY(X, T) \
    CC_POINT_RATE(X, T) \
    CC_CHUNKED_OWN_COLUMNS(X, T)

/* ... of systems with sub_sys_num_servers also this ... */
#define CC_SUB_SYSTEM_COLUMNS(X, T) \
    X##_INT(T, prefill_sub_systems, "prefill_sub_systems", CC_OPTIONAL, 1, CC_POSITIVE, "", "sub-systems that prefill side by side, each with prefill_micro_batch requests; 1: the whole system")

/* ... with --service-levels this ... */
#define CC_LEVEL_COLUMNS(X, T) \
    X##_REAL(T, ttft_s, "ttft_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "from the prompt of a request to its first token, the mean of a batch (TTFT)")

/* ... where requests arrive by themselves (workload.rate_requests_per_s) these, of a system that does the prefill, ... */
#define CC_RATE_LOAD(X, T) \
    X##_REAL(T, rate_load, "rate_load", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "the rate over that at which the system would always be full")
#define CC_RATE_ENERGY(X, T) \
    X##_REAL(T, rate_request_j, "rate_request_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "energy of all chips for a request, at the rate")
#define CC_RATE_PREFILL(X, T) \
    CC_WAIT_COLUMNS(X, T) \
    X##_REAL(T, rate_ttft_s, "rate_ttft_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "TTFT with the wait, on the mean")
#define CC_RATE_GENERATE(X, T) \
    X##_REAL(T, requests_present, "requests_present", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "requests under generation at once, on the mean") \
    X##_REAL(T, rate_tpot_s, "rate_tpot_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "time of an output token with so many; 0: there is none after the first") \
    X##_REAL(T, quantile_tpot_s, "quantile_tpot_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "time of an output token with as many as there are at most in the share of time that the quantile says")
#define CC_RATE_PREFILL_COLUMNS(X, T) CC_RATE_LOAD(X, T) CC_RATE_PREFILL(X, T) CC_RATE_ENERGY(X, T)
#define CC_RATE_GENERATE_COLUMNS(X, T) CC_RATE_LOAD(X, T) CC_RATE_GENERATE(X, T) CC_RATE_ENERGY(X, T)
#define CC_RATE_COLUMNS(X, T) CC_RATE_LOAD(X, T) CC_RATE_PREFILL(X, T) CC_RATE_GENERATE(X, T) CC_RATE_ENERGY(X, T)

/* ... and with a promise (workload.slo), or a rate, these ... */
#define CC_GOODPUT_COLUMNS(X, T) \
    X##_REAL(T, goodput_requests_per_s, "goodput_requests_per_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "1/s", "largest rate at which the promise is kept; 0: none") \
    X##_REAL(T, chip_goodput_requests_per_s, "chip_goodput_requests_per_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "1/s", "the same for each chip") \
    X##_REAL(T, goodput_request_j, "goodput_request_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "energy of all chips for a request at that rate")

/* ... of models that are not plain dense ones these ... */
#define CC_LAYOUT_COLUMNS(X, T) CC_MAPPING_LAYOUT(X, T, CC_AS_FIELD)

/* ... and with --breakdown also these, of models with experts, and of systems with overheads. */
#define CC_EXPERT_COLUMNS(X, T, p) \
    X##_REAL(T, p##_experts_touched, #p "_experts_touched", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "routed experts of a layer that a micro-batch touches, as expected") \
    X##_REAL(T, p##_dispatch_s, #p "_dispatch_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "sending a micro-batch to the experts of a layer") \
    X##_REAL(T, p##_combine_s, #p "_combine_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "and back")

#define CC_FIXED_COLUMNS(X, T, p) \
    X##_REAL(T, p##_fixed_s, #p "_fixed_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "a micro-batch in fixed times of operators and of the pass, all layers")

#define CC_FIXED_BREAKDOWN_COLUMNS(X, T) CC_FIXED_COLUMNS(X, T, prefill) CC_FIXED_COLUMNS(X, T, generate)
#define CC_EXPERT_BREAKDOWN_COLUMNS(X, T) CC_EXPERT_COLUMNS(X, T, prefill) CC_EXPERT_COLUMNS(X, T, generate)

#define CC_PHASE_COLUMNS(X, T, p) \
    X##_REAL(T, p##_utilization, #p "_utilization", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "share of the peak performance used") \
    X##_REAL(T, p##_power_w, #p "_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "average power of all servers") \
    X##_TEXT(T, p##_bottleneck, #p "_bottleneck", CC_OPTIONAL, "compute, memory, interconnect, overhead (fixed times), or none when two tie") \
    X##_REAL(T, p##_fma_j, #p "_fma_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "multiply-accumulates") \
    X##_REAL(T, p##_memory_j, #p "_memory_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "reading weights, activations and KV cache") \
    X##_REAL(T, p##_network_j, #p "_network_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "links") \
    X##_REAL(T, p##_compute_s, #p "_compute_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "a micro-batch in products that computing binds, all layers") \
    X##_REAL(T, p##_load_s, #p "_load_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "a micro-batch in products that memory binds, all layers") \
    X##_REAL(T, p##_communication_s, #p "_communication_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "a micro-batch in collectives and between stages, all stages")

#define CC_MEMORY_COLUMNS(X, T) \
    X##_REAL(T, stage_weight_bytes, "stage_weight_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "weights on the chips of the fullest stage, each as often as chips hold it") \
    X##_REAL(T, stage_kv_bytes, "stage_kv_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "key/value caches there, of the whole batch at its end") \
    X##_REAL(T, stage_memory_bytes, "stage_memory_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "memory of the chips of a stage that can hold them")

#define CC_POINT_BREAKDOWN_COLUMNS(X, T) \
    CC_NUM_CHIPS(X, T, CC_OPTIONAL, NAN) \
    CC_MEMORY_COLUMNS(X, T) \
    X##_REAL(T, prefill_tokens_per_s, "prefill_tokens_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "prompt tokens taken in, all requests together") \
    CC_PHASE_COLUMNS(X, T, prefill) \
    CC_PHASE_COLUMNS(X, T, generate)

struct cc_point {
    CC_POINT_COLUMNS(CC_MEMBER, )
    CC_SUB_SYSTEM_COLUMNS(CC_MEMBER, )
    CC_LEVEL_COLUMNS(CC_MEMBER, )
    CC_POINT_RATE(CC_MEMBER, )
    CC_POINT_CACHE(CC_MEMBER, )
    CC_CHUNKED_OWN_COLUMNS(CC_MEMBER, )
    CC_RATE_COLUMNS(CC_MEMBER, )
    CC_GOODPUT_COLUMNS(CC_MEMBER, )
    CC_LAYOUT_COLUMNS(CC_MEMBER, )
    CC_POINT_BREAKDOWN_COLUMNS(CC_MEMBER, )
    CC_EXPERT_BREAKDOWN_COLUMNS(CC_MEMBER, )
    CC_FIXED_BREAKDOWN_COLUMNS(CC_MEMBER, )
};

/* A phase of a batch. */
struct cc_outcome {
    double s, j; /* time; energy of all chips, or cc_busy_energy_j without an energy model */
};

/* Time of a token (s) from the pace of one micro-batch and the number of them: all stages are passed, or the slowest
 * stage has all micro-batches. */
static inline double cc_token_time_s(const struct cc_pace *pace, double micro_batches)
{
    const double all_s = pace->interval_s * micro_batches;
    return pace->through_s > all_s ? pace->through_s : all_s;
}

/* Latency (s) of the phases of a batch: of its prefill, and of generation in `steps` passes after it, which takes no time when the
 * prefill gives all of the answer. Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. */
static inline double cc_prefill_s(const struct cc_pace *pace, double micro_batches)
{
    return pace->through_s + (micro_batches - 1) * pace->interval_s;
}
static inline double cc_generate_s(const struct cc_pace *pace, double micro_batches, double steps)
{
    return steps > 0 ? pace->through_s + (steps - 1) * cc_token_time_s(pace, micro_batches) : 0;
}

/* Energy (J) likewise, by the energy model. */
static inline double cc_prefill_j(const struct cc_pace *pace, double micro_batches)
{
    return pace->j * micro_batches;
}
static inline double cc_generate_j(const struct cc_pace *pace, double micro_batches, double steps)
{
    return pace->j * (micro_batches * steps);
}

/* Energy (J) that a phase is costed at when there is no energy model: thermal design power times utilization times time. */
static inline double cc_busy_energy_j(const struct cc_serving *serving, double flops)
{
    return serving->server_tdp_w * (flops / serving->server_flops);
}

/* Both, with an energy model or without. */
static inline struct cc_outcome cc_prefill_outcome(const struct cc_serving *serving, const struct cc_pace *pace,
                                                   double batch, double micro_batches)
{
    return (struct cc_outcome){
        .s = cc_prefill_s(pace, micro_batches),
        .j = serving->energy_model ? cc_prefill_j(pace, micro_batches)
                                   : cc_busy_energy_j(serving, batch * serving->prefill_flops),
    };
}
static inline struct cc_outcome cc_generate_outcome(const struct cc_serving *serving, const struct cc_pace *pace,
                                                    double batch, double micro_batches)
{
    const double steps = serving->steps, token_s = cc_token_time_s(pace, micro_batches);
    const double latency_s = cc_generate_s(pace, micro_batches, steps);
    return (struct cc_outcome){
        .s = latency_s,
        .j = serving->energy_model ? cc_generate_j(pace, micro_batches, steps)
                                   : cc_busy_energy_j(serving, batch / token_s * serving->token_flops * latency_s),
    };
}

/* Time to the first token (s), the mean over the requests of a batch: micro-batches come out one interval after the other. */
static inline double cc_mean_ttft_s(const struct cc_pace *prefill, double micro_batches)
{
    return prefill->through_s + (micro_batches - 1) / 2 * prefill->interval_s;
}

/* Prefill on the sub-systems of a mapping, one micro-batch each. */
struct cc_outcome cc_sub_systems_outcome(const struct cc_serving *serving, int64_t num_servers, int64_t sub_systems,
                                         int64_t batch);

/* The pace of a micro-batch of so many requests, a real number, in a phase at a place. */
struct cc_pace cc_pace_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                          const struct cc_phase *phase, double micro_batch);

/* Phases of a batch, the pace of its generation, and the time to the first token. */
struct cc_phases {
    struct cc_outcome prefill, generate;
    struct cc_pace generate_pace;
    double ttft_s;
};

/* Sets the columns of a mapping with these: all but those of a breakdown, of a steady state and of arrivals, which stay as they are. */
void cc_set_point(struct cc_point *point, const struct cc_serving *serving, const struct cc_mapping *mapping,
                  int64_t batch, const struct cc_phases *phases);

/* The columns that say what a mapping is, by themselves; as a point whose other columns are 0. */
void cc_set_mapping_columns(struct cc_point *point, const struct cc_mapping *mapping, int64_t batch);
struct cc_point cc_mapping_columns(const struct cc_mapping *mapping, int64_t batch);

/* The point of a system that does one phase alone, serving->duty, in a steady state, from the pace of its micro-batches: a prefill takes
 * micro-batches of `batch` requests one interval after the other; a generation has always `batch` requests, each for all its steps.
 * Source: DistServe (arXiv 2401.09670), phases apart. */
struct cc_point cc_alone_point_of(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                                  const struct cc_pace *pace);
struct cc_point cc_mapping_alone_point(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch);

/* The point of a mapping that no search has simulated. */
struct cc_point cc_mapping_point(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                                 bool breakdown);

/* Fills in the columns of the breakdown. */
void cc_point_break_down(struct cc_point *point, const struct cc_serving *serving, const struct cc_mapping *mapping);

#endif
