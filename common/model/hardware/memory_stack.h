/* memory_stack.h: memory next to a chip or on it. */
#ifndef CC_MODEL_HARDWARE_MEMORY_STACK_H
#define CC_MODEL_HARDWARE_MEMORY_STACK_H

#include "base/field.h"

/* In a hardware file and in records. The last parameter of a name ends its meaning: whose name it is. */
#define CC_MEMORY_NAME(X, T, AS, of) \
    X##_TEXT(T, name, AS("config", "name"), CC_OPTIONAL, AS("a name for the ", "name of the ") of)
#define CC_MEMORY_BANDWIDTH(X, T, AS) \
    X##_REAL(T, bytes_per_s, AS("bandwidth", "bytes_per_s"), AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), CC_POSITIVE, "B/s", AS("bandwidth, when tsvs is not given", "bandwidth of a stack or vault"))
#define CC_MEMORY_ENERGY(X, T, AS) \
    X##_REAL(T, pj_per_byte, "pj_per_byte", AS(CC_OPTIONAL, CC_REQUIRED), AS(31.2, 0), CC_NOT_NEGATIVE, "pJ/B", "energy of a byte read")
#define CC_MEMORY_VOLTAGE(X, T, AS) \
    X##_REAL(T, vdd_v, AS("vdd", "vdd_v"), CC_OPTIONAL, 1.2, CC_POSITIVE, "V", "supply voltage")
#define CC_MEMORY_COST(X, T, AS) \
    X##_REAL(T, cost_usd, AS("stack_cost", "cost_usd"), CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "price of a stack" AS(", in place of cost_per_gb", " or vault"))

/* One stack of high-bandwidth memory. */
#define CC_HBM_INPUT(X, T) \
    CC_MEMORY_NAME(X, T, CC_AS_KEY, "stack") \
    X##_REAL(T, channel_bytes, "channel_bytes", CC_REQUIRED, 0, CC_POSITIVE, "B", "capacity of a channel") \
    X##_REAL(T, channel_width_bits, "channel_width", CC_REQUIRED, 0, CC_POSITIVE, "bit", "width of a channel") \
    X##_REAL(T, bit_rate_per_pin, "bit_rate", CC_REQUIRED, 0, CC_POSITIVE, "bit/s", "rate of a pin") \
    X##_INT(T, num_channels, "num_channels", CC_REQUIRED, 0, CC_POSITIVE, "", "channels of a stack") \
    X##_REAL(T, cost_usd_per_gib, "cost_per_gb", CC_OPTIONAL, 7.5, CC_NOT_NEGATIVE, "$/GiB", "price by capacity") \
    CC_MEMORY_COST(X, T, CC_AS_KEY) \
    X##_REAL(T, bonding_yield, "bonding_yield", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "share of stacks that bonding to a package leaves good; given, the stacks of packages that fail are paid") \
    CC_MEMORY_ENERGY(X, T, CC_AS_KEY) \
    CC_MEMORY_VOLTAGE(X, T, CC_AS_KEY) \
    X##_REAL(T, x_mm, "x", CC_OPTIONAL, 7.75, CC_POSITIVE, "mm", "a side of a stack") \
    X##_REAL(T, y_mm, "y", CC_OPTIONAL, 11.87, CC_POSITIVE, "mm", "the other side of a stack") \
    X##_IGNORED(T, "simulator", "in published files; no equation uses it")

/* One vault of memory stacked on a chip. */
#define CC_VAULT_INPUT(X, T) \
    X##_TEXT(T, mem_type, "mem_type", CC_REQUIRED, "contains SRAM or DRAM") \
    CC_MEMORY_NAME(X, T, CC_AS_KEY, "vault") \
    X##_INT(T, num_layers, "num_layers", CC_REQUIRED, 0, CC_POSITIVE, "", "layers of a vault") \
    X##_REAL(T, layer_area_mm2, "layer_area", CC_REQUIRED, 0, CC_POSITIVE, "mm2", "area of a layer") \
    X##_REAL(T, layer_cost_usd, "layer_cost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "price of a layer") \
    X##_REAL(T, layer_bytes, "layer_bytes", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "capacity of a layer") \
    X##_REAL(T, density_bytes_per_mm2, "density", CC_OPTIONAL, NAN, CC_POSITIVE, "B/mm2", "capacity by area (with tsvs and tsv_area)") \
    X##_REAL(T, tsv_area_mm2, "tsv_area", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "mm2", "area of a through-silicon via") \
    X##_INT(T, tsvs, "tsvs", CC_OPTIONAL, NAN, CC_POSITIVE, "", "through-silicon vias") \
    X##_REAL(T, bit_rate_per_tsv, "bit_rate", CC_OPTIONAL, 9.2e9, CC_POSITIVE, "bit/s", "rate of a through-silicon via") \
    CC_MEMORY_BANDWIDTH(X, T, CC_AS_KEY) \
    X##_REAL(T, pj_per_bit, "pj_per_bit", CC_OPTIONAL, 3.0, CC_NOT_NEGATIVE, "pJ/bit", "energy of a bit read") \
    X##_IGNORED(T, "pj_per_byte", "in published files; pj_per_bit, or its default, is used") \
    CC_MEMORY_VOLTAGE(X, T, CC_AS_KEY) \
    X##_IGNORED(T, "simulator", "in published files; no equation uses it")

/* One HBM stack, or one vault of memory stacked on a chip. */
#define CC_MEMORY_FIELDS(X, T) \
    X##_TEXT(T, kind, "kind", CC_REQUIRED, "hbm, dram_3d or sram_3d") \
    CC_MEMORY_NAME(X, T, CC_AS_FIELD, "stack or vault") \
    X##_REAL(T, bytes, "bytes", CC_REQUIRED, 0, CC_POSITIVE, "B", "capacity of a stack or vault") \
    CC_MEMORY_BANDWIDTH(X, T, CC_AS_FIELD) \
    CC_MEMORY_ENERGY(X, T, CC_AS_FIELD) \
    X##_REAL(T, tdp_w, "tdp_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "power at full bandwidth") \
    CC_MEMORY_VOLTAGE(X, T, CC_AS_FIELD) \
    X##_REAL(T, area_mm2, "area_mm2", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2", "area of a stack, or of a layer of a vault") \
    CC_MEMORY_COST(X, T, CC_AS_FIELD)

struct cc_hbm_input { CC_HBM_INPUT(CC_MEMBER, ) };
struct cc_vault_input { CC_VAULT_INPUT(CC_MEMBER, ) };
struct cc_memory { CC_MEMORY_FIELDS(CC_MEMBER, ) };

#define CC_MEMORY_HBM "hbm"
#define CC_MEMORY_3D_DRAM "dram_3d"
#define CC_MEMORY_3D_SRAM "sram_3d"

/* A stack or a vault from its hardware alternative. cc_vault_of needs its input checked (cc_vault_given below).
 * Texts point where those of `in` do. Source: Chiplet Cloud (arXiv 2307.02666), memory model. */
struct cc_memory cc_hbm_of(const struct cc_hbm_input *in);
struct cc_memory cc_vault_of(const struct cc_vault_input *in);

/* The key that is missing or contradictory in a vault's description, or NULL. */
const char *cc_vault_lacks(const struct cc_vault_input *in);

#endif
