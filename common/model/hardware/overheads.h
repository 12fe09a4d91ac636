/* overheads.h: time and memory that a chip and its software take beyond their peak figures.
 *
 * Each is off unless a file gives it. Each is a property of a chip and an engine, never of a model or a workload: it is
 * measured on its own (a product of a few rows, a small all-reduce) or fitted to many measurements. Each makes time longer and memory
 * smaller, except hidden_share. */
#ifndef CC_MODEL_HARDWARE_OVERHEADS_H
#define CC_MODEL_HARDWARE_OVERHEADS_H

#include <stdbool.h>

#include "base/field.h"

/* In the maps `overheads` of a chip and of a system, and in `calibrated`; in files and records alike. */
#define CC_OVERHEADS_FIELDS(X, T) \
    X##_REAL(T, op_s, "op_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of each operator, whatever it does (default: 0)") \
    X##_REAL(T, collective_s, "collective_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of each collective operation and hand-over, whatever its size and chips (default: 0)") \
    X##_REAL(T, pass_s, "pass_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of a micro-batch's pass (default: 0)") \
    X##_REAL(T, request_s, "request_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of a pass, for each of its requests (default: 0)") \
    X##_REAL(T, word_s, "word_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of a pass, for each word of the model's vocabulary: logits and sampling (default: 0)") \
    X##_REAL(T, attention_bandwidth_share, "attention_bandwidth_share", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "of the bandwidth that weights reach, what the KV cache reaches in generation (default: 1)") \
    X##_REAL(T, attention_fill, "attention_fill", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "requests times KV heads of a chip (latent attention: query heads) below which loading the KV cache gets no faster, in generation (default: 0)") \
    X##_REAL(T, attention_shared_heads, "attention_shared_heads", CC_OPTIONAL, NAN, CC_AT_LEAST_ONE, "", "query heads that share one read of a KV head, in generation (default: all)") \
    X##_REAL(T, activation_traffic, "activation_traffic", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "how often activations and operands of element-wise work pass through memory (default: 0)") \
    X##_REAL(T, score_traffic, "score_traffic", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "how often the scores of a prompt pass through memory (default: 0, fused attention)") \
    X##_REAL(T, exposed_share, "exposed_share", CC_OPTIONAL, NAN, CC_RATIO, "", "of the shorter of a product's computing and loading, what the longer does not hide (default: 0)") \
    X##_REAL(T, hidden_share, "hidden_share", CC_OPTIONAL, NAN, CC_RATIO, "", "of the shorter of a layer's products and collectives, what the longer hides (default: 0)") \
    X##_REAL(T, memory_reserved_share, "memory_reserved_share", CC_OPTIONAL, NAN, CC_BELOW_ONE, "", "of a chip's memory, what holds neither weights nor KV cache (default: 0)") \
    X##_REAL(T, memory_reserved_bytes, "memory_reserved_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "of a chip's memory, likewise (default: 0)") \
    X##_REAL(T, sram_cache_share, "sram_cache_share", CC_OPTIONAL, NAN, CC_RATIO, "", "of a chip's SRAM, what is a cache and holds neither (default: 0)")

/* Shares of the peak figures that are reached; in system files and records, and in `calibrated`. */
#define CC_EFFICIENCIES(X, T, AS) \
    X##_REAL(T, compute_perf_efficiency, "compute_perf_efficiency", CC_OPTIONAL, AS(NAN, 1), CC_PROPER_RATIO, "", "share of the peak performance that is reached" AS(" (default: as calibrated, else 1)", "")) \
    X##_REAL(T, io_bandwidth_efficiency, "io_bandwidth_efficiency", CC_OPTIONAL, AS(NAN, 1), CC_PROPER_RATIO, "", "share of the links' bandwidth that is reached" AS(" (default: as calibrated, else 1)", "")) \
    X##_REAL(T, weight_bandwidth_efficiency, "weight_bandwidth_efficiency", CC_OPTIONAL, AS(NAN, 1), CC_PROPER_RATIO, "", "share of the memory bandwidth that is reached" AS(" (default: as calibrated, else 1)", ""))

/* Constants fitted to measurements of a chip, in a hardware file and in records. */
#define CC_CALIBRATED_FIELDS(X, T) \
    X##_TEXT(T, set, "set", CC_OPTIONAL, "the measurements that these are fitted to") \
    X##_INT(T, n, "n", CC_OPTIONAL, NAN, CC_POSITIVE, "", "how many they are") \
    X##_REAL(T, error, "error", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "mean relative error on them") \
    CC_EFFICIENCIES(X, T, CC_AS_KEY) \
    CC_OVERHEADS_FIELDS(X, T)

/* NAN: not given. */
struct cc_overheads { CC_OVERHEADS_FIELDS(CC_MEMBER, ) };
struct cc_calibrated { CC_CALIBRATED_FIELDS(CC_MEMBER, ) };

extern const struct cc_fields cc_overheads_fields, cc_calibrated_fields;

/* Those with nothing given. */
struct cc_overheads cc_overheads_none(void);

/* Takes from `other` what `overheads` does not give, key by key. */
void cc_overheads_add(struct cc_overheads *overheads, const struct cc_overheads *other);

/* The overheads among calibrated constants. */
struct cc_overheads cc_calibrated_overheads(const struct cc_calibrated *calibrated);

/* Whether any is given. */
bool cc_overheads_given(const struct cc_overheads *overheads);

/* Values in force: 0 for a key that is not given, which leaves every figure as it is. */
struct cc_overheads cc_overheads_in_force(const struct cc_overheads *overheads);

/* Of overheads in force: the share of the bandwidth at which the KV cache is loaded, and query heads that share a read of it. */
static inline double cc_cache_bandwidth_share(const struct cc_overheads *overheads)
{
    return overheads->attention_bandwidth_share > 0 ? overheads->attention_bandwidth_share : 1;
}
static inline double cc_heads_per_read(const struct cc_overheads *overheads)
{
    return overheads->attention_shared_heads > 0 ? overheads->attention_shared_heads : INFINITY;
}

/* Bytes of `chips` chips with `memory_bytes` together, of which `sram_bytes` SRAM on the chips, that hold weights and KV cache;
 * `overheads` as in force. Not below 0. */
double cc_usable_bytes(const struct cc_overheads *overheads, double chips, double memory_bytes, double sram_bytes);

#endif
