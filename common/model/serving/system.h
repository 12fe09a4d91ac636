/* system.h: what a system file says, and how many servers a system has. */
#ifndef CC_MODEL_SERVING_SYSTEM_H
#define CC_MODEL_SERVING_SYSTEM_H

#include "base/field.h"
#include "model/convention.h"
#include "model/hardware/chip.h"
#include "model/hardware/overheads.h"
#include "model/hardware/server.h"
#include "model/llm/llm.h"
#include "model/reject.h"
#include "model/workload.h"

/* In a system file and in records, as columns of points: */
#define CC_NUM_SERVERS(X, T, AS) \
    X##_INT(T, num_servers, "num_servers", AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), CC_POSITIVE, "", "servers" AS(" of the system", ""))
#define CC_MAPPING_PARALLEL(X, T, AS) \
    X##_INT(T, tensor_parallel, AS("t", "tensor_parallel"), AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "", AS("chips that share each layer", "chips of a pipeline stage")) \
    X##_INT(T, pipeline_parallel, AS("p", "pipeline_parallel"), AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "", "pipeline stages")
#define CC_MAPPING_LAYOUT(X, T, AS) \
    X##_INT(T, attention_parallel, AS("a", "attention_parallel"), CC_OPTIONAL, NAN, CC_POSITIVE, "", AS("of t, chips that share attention; each such group has requests of its own (default: t)", "of tensor_parallel, chips that share attention; each such group has requests of its own")) \
    X##_INT(T, expert_parallel, AS("ep", "expert_parallel"), CC_OPTIONAL, AS(1, NAN), CC_POSITIVE, "", "of " AS("t", "tensor_parallel") ", shares that the routed experts are divided into")
#define CC_MAPPING_MICRO_BATCH(X, T, AS) \
    X##_INT(T, micro_batch, "micro_batch", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), AS(CC_NOT_NEGATIVE, CC_POSITIVE), "", "requests of a micro-batch in generation" AS(" (0: the batch)", ""))
#define CC_MAPPING_PREFILL_MICRO_BATCH(X, T, AS) \
    X##_INT(T, prefill_micro_batch, "prefill_micro_batch", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), AS(CC_NOT_NEGATIVE, CC_POSITIVE), "", "requests of a micro-batch in prefill" AS(" (0: the batch)", ""))

/* ... and as the `system` entry: */
#define CC_SYSTEM_ENTRY(X, T, AS) \
    X##_TEXT(T, allreduce_algo, "allreduce_algo", AS(CC_OPTIONAL, CC_REQUIRED), AS("ring, 2d_ring, 3d_ring, local_4d_16, local_2d_16, local_ring_16, local_ring_8, switch, switch_reduce, mesh (default: that of the server, else ring)", "all-reduce algorithm")) \
    CC_EFFICIENCIES(X, T, AS) \
    X##_FLAG(T, energy_model, "energy_model", true, AS("power from the energy of operations; false: from utilization", "1: energy columns are the energy of operations; 0: utilization times thermal design power")) \
    X##_INT(T, sub_sys_num_servers, "sub_sys_num_servers", CC_OPTIONAL, NAN, CC_POSITIVE, "", "servers of a prefill sub-system")

#define CC_MAPPING_INPUT(X, T) \
    CC_MAPPING_PARALLEL(X, T, CC_AS_KEY) \
    CC_MAPPING_LAYOUT(X, T, CC_AS_KEY) \
    CC_MAPPING_MICRO_BATCH(X, T, CC_AS_KEY) \
    CC_MAPPING_PREFILL_MICRO_BATCH(X, T, CC_AS_KEY)

#define CC_WORKLOAD_INPUT(X, T) \
    X##_INT(T, max_batch, "max_batch", CC_OPTIONAL, 1024, CC_POSITIVE, "", "batches are the powers of two up to this") \
    X##_INTS(T, batches, "batches", CC_POSITIVE, "these batches in place of the powers of two, with all their divisors as micro-batches: a list, such as [24, 100]") \
    X##_PAIR(T, lengths, "eval_len", "prompt and answer: [prefill_len, generate_len]") \
    CC_ARRIVALS_FIELDS(X, T, CC_AS_KEY)

/* Routing of tokens to experts, and serving of latent attention; in system files and records alike. */
#define CC_ROUTING_FIELDS(X, T) \
    X##_TEXT(T, alltoall, "alltoall", CC_OPTIONAL, "how a token gets to its experts: hierarchical (default), once to each server, package and chip that has any of them; or direct, once for each expert") \
    X##_INT(T, route_servers, "route_servers", CC_OPTIONAL, NAN, CC_POSITIVE, "", "servers that the experts of a token lie on at most (default: any)") \
    X##_TEXT(T, overlap, "overlap", CC_OPTIONAL, "none (default), or two_batch: one half of a micro-batch communicates while the other computes") \
    X##_TEXT(T, expert_imbalance, "expert_imbalance", CC_OPTIONAL, "tokens of the hottest share of the experts over the mean, 1 or more (default: 1), or uniform, as chance makes it") \
    X##_REAL(T, capacity_factor, "capacity_factor", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "room that every expert computes over what it gets on the mean (0, default: none is padded)") \
    X##_INT(T, redundant_experts, "redundant_experts", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "copies of hot experts, at most 1000 (default: 0)") \
    X##_TEXT(T, kv_sharding, "kv_sharding", CC_OPTIONAL, "chips that have the same KV head hold the caches of different requests (requests, default) or of all (replicated)") \
    X##_TEXT(T, mla_generate, "mla_generate", CC_OPTIONAL, "latent attention in generation: absorbed (default), or naive for comparison")

/* Overheads of software, and the number of systems that share a server; likewise. */
#define CC_INSTANCE_FIELDS(X, T) \
    X##_MAP(T, overheads, "overheads", CC_OPTIONAL, cc_overheads, "what chip and software take beyond the peak figures: a key that is not here is as the chip is calibrated or assumed") \
    X##_INT(T, instances_per_server, "instances_per_server", CC_OPTIONAL, NAN, CC_POSITIVE, "", "systems that stand in a server side by side, each with its share of the packages, the cost and the power (default: 1)")

#define CC_CHUNK_FIELD(X, T) \
    X##_INT(T, prefill_chunk, "prefill_chunk", CC_OPTIONAL, NAN, CC_POSITIVE, "tokens", "tokens of prompts in a pass that also generates; used by llm-map --phase chunked alone")

/* All keys of a system file but num_servers: an alternative of these makes a record. */
#define CC_SYSTEM_INPUT(X, T) \
    CC_NUM_SERVERS(X, T, CC_AS_KEY) \
    X##_REAL(T, kv_cache_ratio, "kv_cache_ratio", CC_OPTIONAL, NAN, CC_BELOW_ONE, "", "share of the memory kept for the KV cache") \
    X##_INT(T, max_ctx_len_batch_1, "max_ctx_len_batch_1", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "tokens", "context that one request must have room for") \
    X##_REAL(T, max_tco_usd, "max_tco", CC_OPTIONAL, NAN, CC_POSITIVE, "$", "what the servers' total cost of ownership comes to") \
    CC_SYSTEM_ENTRY(X, T, CC_AS_KEY) \
    CC_ROUTING_FIELDS(X, T) \
    CC_INSTANCE_FIELDS(X, T) \
    CC_CHUNK_FIELD(X, T) \
    X##_FLAG(T, mtp, "mtp", true, "whether modules that predict further tokens are in memory") \
    X##_MAP(T, mapping, "default_mapping", CC_OPTIONAL, cc_mapping_input, "the mapping, in place of a search") \
    X##_MAP(T, workload, "workload", CC_OPTIONAL, cc_workload_input, "batches and lengths")

struct cc_mapping_input { CC_MAPPING_INPUT(CC_MEMBER, ) };
struct cc_workload_input { CC_WORKLOAD_INPUT(CC_MEMBER, ) };
struct cc_system_input { CC_SYSTEM_INPUT(CC_MEMBER, ) };

/* The `system` entry of a record. */
#define CC_SYSTEM_FIELDS(X, T) \
    CC_SYSTEM_ENTRY(X, T, CC_AS_FIELD) \
    CC_ROUTING_FIELDS(X, T) \
    CC_INSTANCE_FIELDS(X, T) \
    CC_CHUNK_FIELD(X, T) \
    X##_TEXT(T, phase, "phase", CC_OPTIONAL, "the phase that the system does alone, prefill or generate, or chunked: both, mixed in a steady state; missing: both, one after the other")

struct cc_system {
    CC_SYSTEM_FIELDS(CC_MEMBER, )
    bool without_mtp; /* not in records */
};

/* The system on such servers: what the file does not say is what the chip is calibrated to, or is assumed of it. Published
 * (calibration): what a chip is calibrated to is not looked at. */
struct cc_system cc_system_of(const struct cc_system_input *in, const struct cc_chip *chip,
                              const struct cc_server *server, struct cc_conventions conventions);

/* Systems that share a server, at least 1. */
static inline int64_t cc_system_instances(const struct cc_system *system)
{
    return system->instances_per_server > 1 ? system->instances_per_server : 1;
}
struct cc_workload cc_workload_of(const struct cc_system_input *in);

/* Number of servers of the system, by num_servers, kv_cache_ratio, max_ctx_len_batch_1 or max_tco (at least one given).
 * False when they do not hold the model: `reject` says so. A count beyond 2^31 is rejected likewise. */
bool cc_system_servers(const struct cc_system_input *in, const struct cc_llm *llm, double server_memory_bytes,
                       double server_tco_usd, int64_t *num_servers, struct cc_reject *reject);

#endif
