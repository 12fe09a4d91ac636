/* memory_stack.h: memory beside a chip or on it. */
#ifndef CC_MODEL_HARDWARE_MEMORY_STACK_H
#define CC_MODEL_HARDWARE_MEMORY_STACK_H

#include "base/field.h"
#include "model/hardware/hardware.h"

/* One HBM stack, or one vault of memory stacked on a chip. */
#define CC_MEMORY_FIELDS(X, T) \
    X##_TEXT(T, kind, "kind", CC_NEEDED, "hbm, dram_3d or sram_3d") \
    X##_TEXT(T, name, "name", CC_MAY_LACK, "name of the stack or vault") \
    X##_REAL(T, bytes, "bytes", CC_NEEDED, 0, CC_POSITIVE, "B", "capacity of a stack or vault") \
    X##_REAL(T, bytes_per_s, "bytes_per_s", CC_NEEDED, 0, CC_POSITIVE, "B/s", "bandwidth of a stack or vault") \
    X##_REAL(T, pj_per_byte, "pj_per_byte", CC_NEEDED, 0, CC_NOT_NEGATIVE, "pJ/B", "energy of a byte read") \
    X##_REAL(T, tdp_w, "tdp_w", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "W", "power at full bandwidth") \
    X##_REAL(T, vdd_v, "vdd_v", CC_MAY_LACK, 1.2, CC_POSITIVE, "V", "supply voltage") \
    X##_REAL(T, area_mm2, "area_mm2", CC_MAY_LACK, NAN, CC_POSITIVE, "mm2", "area of a stack, or of a layer of a vault") \
    X##_REAL(T, cost_usd, "cost_usd", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "$", "price of a stack or vault")

struct cc_memory { CC_MEMORY_FIELDS(CC_MEMBER, ) };

#define CC_MEMORY_HBM "hbm"
#define CC_MEMORY_3D_DRAM "dram_3d"
#define CC_MEMORY_3D_SRAM "sram_3d"

/* A stack or a vault from its hardware alternative. cc_vault_of needs its input checked (cc_vault_given below).
 * Texts point where those of `in` do. Source: Chiplet Cloud (arXiv 2307.02666), memory model. */
struct cc_memory cc_hbm_of(const struct cc_hbm_input *in);
struct cc_memory cc_vault_of(const struct cc_vault_input *in);

/* What is missing or contradictory in a vault's description, or NULL. */
const char *cc_vault_lacks(const struct cc_vault_input *in);

#endif
