/* system.h: what a system file says, and how many servers a system has. */
#ifndef CC_MODEL_SERVING_SYSTEM_H
#define CC_MODEL_SERVING_SYSTEM_H

#include "base/field.h"
#include "model/llm/llm.h"
#include "model/reject.h"
#include "model/workload.h"

#define CC_MAPPING_INPUT(X, T) \
    X##_INT(T, tensor_parallel, "t", CC_NEEDED, 0, CC_POSITIVE, "", "chips that share each layer") \
    X##_INT(T, pipeline_parallel, "p", CC_NEEDED, 0, CC_POSITIVE, "", "pipeline stages") \
    X##_INT(T, micro_batch, "micro_batch", CC_NEEDED, 0, CC_NOT_NEGATIVE, "", "requests of a micro-batch in generation (0: the batch)") \
    X##_INT(T, prefill_micro_batch, "prefill_micro_batch", CC_NEEDED, 0, CC_NOT_NEGATIVE, "", "requests of a micro-batch in prefill (0: the batch)")

#define CC_WORKLOAD_INPUT(X, T) \
    X##_INT(T, max_batch, "max_batch", CC_MAY_LACK, 1024, CC_POSITIVE, "", "batches are the powers of two up to this") \
    X##_INTS(T, batches, "batches", CC_POSITIVE, "these batches in place of the powers of two, with all their divisors as micro-batches: a list, such as [24, 100]") \
    X##_PAIR(T, lengths, "eval_len", "prompt and answer: [prefill_len, generate_len]")

/* All keys of a system file but num_servers: an alternative of these makes a record. */
#define CC_SYSTEM_INPUT(X, T) \
    X##_INT(T, num_servers, "num_servers", CC_MAY_LACK, NAN, CC_POSITIVE, "", "servers of the system") \
    X##_REAL(T, kv_cache_ratio, "kv_cache_ratio", CC_MAY_LACK, NAN, CC_BELOW_ONE, "", "share of the memory kept for the KV cache") \
    X##_INT(T, max_ctx_len_batch_1, "max_ctx_len_batch_1", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "tokens", "context that one request must have room for") \
    X##_REAL(T, max_tco_usd, "max_tco", CC_MAY_LACK, NAN, CC_POSITIVE, "$", "what the servers' total cost of ownership comes to") \
    X##_TEXT(T, all_reduce, "allreduce_algo", CC_MAY_LACK, "ring (default), 2d_ring, 3d_ring, local_4d_16, local_2d_16, local_ring_16, local_ring_8") \
    X##_REAL(T, compute_efficiency, "compute_perf_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the peak performance that is reached") \
    X##_REAL(T, link_efficiency, "io_bandwidth_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the links' bandwidth that is reached") \
    X##_REAL(T, memory_efficiency, "weight_bandwidth_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the memory bandwidth that is reached") \
    X##_FLAG(T, energy_model, "energy_model", true, "power from the energy of operations; false: from utilization") \
    X##_INT(T, sub_sys_num_servers, "sub_sys_num_servers", CC_MAY_LACK, NAN, CC_POSITIVE, "", "servers of a prefill sub-system") \
    X##_MAP(T, mapping, "default_mapping", CC_MAY_LACK, cc_mapping_input, "the mapping, in place of a search") \
    X##_MAP(T, workload, "workload", CC_MAY_LACK, cc_workload_input, "batches and lengths")

struct cc_mapping_input { CC_MAPPING_INPUT(CC_MEMBER, ) };
struct cc_workload_input { CC_WORKLOAD_INPUT(CC_MEMBER, ) };
struct cc_system_input { CC_SYSTEM_INPUT(CC_MEMBER, ) };

/* The `system` entry of a record. */
#define CC_SYSTEM_FIELDS(X, T) \
    X##_TEXT(T, allreduce_algo, "allreduce_algo", CC_NEEDED, "all-reduce algorithm") \
    X##_REAL(T, compute_perf_efficiency, "compute_perf_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the peak performance that is reached") \
    X##_REAL(T, io_bandwidth_efficiency, "io_bandwidth_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the links' bandwidth that is reached") \
    X##_REAL(T, weight_bandwidth_efficiency, "weight_bandwidth_efficiency", CC_MAY_LACK, 1, CC_PROPER_RATIO, "", "share of the memory bandwidth that is reached") \
    X##_FLAG(T, energy_model, "energy_model", true, "1: energy columns are the energy of operations; 0: utilization times thermal design power") \
    X##_INT(T, sub_sys_num_servers, "sub_sys_num_servers", CC_MAY_LACK, NAN, CC_POSITIVE, "", "servers of a prefill sub-system")

struct cc_system { CC_SYSTEM_FIELDS(CC_MEMBER, ) };

struct cc_system cc_system_of(const struct cc_system_input *in);
struct cc_workload cc_workload_of(const struct cc_system_input *in);

/* How many servers the system has, by num_servers, kv_cache_ratio, max_ctx_len_batch_1 or max_tco (at least one given).
 * False when they do not hold the model: `reject` says so. A count beyond 2^31 is rejected likewise. */
bool cc_system_servers(const struct cc_system_input *in, const struct cc_llm *llm, double server_memory_bytes,
                       double server_tco_usd, int64_t *num_servers, struct cc_reject *reject);

#endif
