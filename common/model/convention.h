/* convention.h: where the published program errs, it is corrected by default; each correction is a switch. */
#ifndef CC_MODEL_CONVENTION_H
#define CC_MODEL_CONVENTION_H

#include <stdbool.h>
#include <stddef.h>

/* member, name on the command line, published -> corrected */
#define CC_CONVENTIONS(X) \
    X(token_cost, "token-cost", "cost of a token divided by the batch twice -> once") \
    X(weight_energy, "weight-energy", "12 d^2 weights a layer whatever the model -> the model's own weights") \
    X(kv_energy, "kv-energy", "KV cache read for one request, 2 d numbers a token -> for every request, the heads' own width") \
    X(grouped_query, "grouped-query", "KV projection and KV bytes as multi-head -> shared by the heads of a group") \
    X(attention_layout, "attention-layout", "guessed from d -> from parallel_layers and heads_per_kv_cache") \
    X(all_to_all, "all-to-all", "half an all-reduce of d numbers -> a pairwise exchange of all rows") \
    X(glu_flops, "glu-flops", "gate matrix not counted -> counted") \
    X(score_reduce, "score-reduce", "ctx numbers -> ctx numbers for every query of every request") \
    X(network_energy, "network-energy", "2 d t numbers a token and layer -> two ring all-reduces") \
    X(power_conversion, "power-conversion", "chip energy costed as if drawn at the wall -> with conversion losses") \
    X(provisioned_power, "provisioned-power", "datacentre costed at the average power -> at the power it is built for") \
    X(sub_system, "sub-system", "utilization over the whole system, other power once per sub-system -> over the sub-systems, once") \
    X(host_cost, "host-cost", "application processor left out -> part of the board's cost") \
    X(load_bytes, "load-bytes", "weights and cache loaded at 2 bytes a number (systolic arrays: 1) whatever the model -> at the model's own") \
    X(causal_prefill, "causal-prefill", "attention of a prompt over all pairs of its tokens -> over the half that a causal mask leaves") \
    X(first_token, "first-token", "a generation step for every token of the answer -> the prefill gives the first of them") \
    X(whole_heads, "whole-heads", "a head cut at will among chips -> whole heads, and KV heads repeated where chips outnumber them") \
    X(layer_remainder, "layer-remainder", "every stage as long as the longest -> each stage with its own layers") \
    X(fullest_stage, "fullest-stage", "memory summed over the stages -> the stage with most layers and an embedding must hold them") \
    X(sub_system_share, "sub-system-share", "requests that do not divide among the sub-systems left out -> taken by some of them") \
    X(calendar, "calendar", "electricity for months of 30 days -> for years of 365 days") \
    X(converter_cost, "converter-cost", "power supply and converters cost no more than a cap -> their price by watt and ampere") \
    X(systolic_efficiency, "systolic-efficiency", "systolic arrays at their peak whatever the system's efficiency -> at compute_perf_efficiency of it") \
    X(systolic_bottleneck, "systolic-bottleneck", "bottleneck of systolic arrays by the times of one block -> of all blocks") \
    X(given_mapping, "given-mapping", "default_mapping taken as it is, on all chips where p is 1 -> checked against chips, layers and memory") \
    X(sram_banks, "sram-banks", "banks of SRAM added until one row more does not fit -> as many as fit") \
    X(sram_units, "sram-units", "2^20 bytes of SRAM macros counted as 10^6 -> counted as they are") \
    X(link_hops, "link-hops", "collectives see one link, chips pay the energy of their own -> the slowest on the way, energy by hop") \
    X(head_sharing, "head-sharing", "chips that share a head rounded down, none up to twice the heads -> rounded up") \
    X(calibration, "calibration", "peak figures, at the efficiencies of the system file -> constants fitted to measurements of the chip, where it has any")

/* true: corrected, false: published */
struct cc_conventions {
#define CC_CONVENTION_MEMBER(member, name, doc) bool member;
    CC_CONVENTIONS(CC_CONVENTION_MEMBER)
#undef CC_CONVENTION_MEMBER
};

struct cc_convention {
    const char *name;
    const char *doc;
    size_t offset; /* of the switch in struct cc_conventions */
};

/* All of them, in the order of the list. */
const struct cc_convention *cc_convention_list(size_t *count);

/* Every correction on; and all off. */
struct cc_conventions cc_conventions_corrected(void);
struct cc_conventions cc_conventions_published(void);

#endif
