/* package.h: chips, their memory and a substrate. */
#ifndef CC_MODEL_PACKAGE_H
#define CC_MODEL_PACKAGE_H

#include "model/chip.h"

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

#define CC_PACKAGE_FIELDS(X, T) \
    X##_INT(T, num_chips, "num_chips", CC_NEEDED, 0, CC_POSITIVE, "", "chips in the package") \
    X##_MAP(T, memory, "memory", CC_MAY_LACK, cc_memory, "HBM stack or 3D vault; absent with SRAM alone") \
    X##_FLAG(T, interposer, "interposer", false, "1 on a silicon interposer, 0 on an organic substrate") \
    X##_INT(T, hbm_stacks, "hbm_stacks", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "", "HBM stacks in the package") \
    X##_REAL(T, die_area_mm2, "die_area_mm2", CC_MAY_LACK, NAN, CC_POSITIVE, "mm2", "silicon in the package") \
    X##_REAL(T, area_mm2, "area_mm2", CC_MAY_LACK, NAN, CC_POSITIVE, "mm2", "area of the package") \
    X##_REAL(T, heat_source_mm, "heat_source_mm", CC_MAY_LACK, NAN, CC_POSITIVE, "mm", "side of the square that gives off the heat") \
    X##_REAL(T, tdp_w, "tdp_w", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "W", "thermal design power") \
    X##_REAL(T, power_density_w_per_mm2, "power_density_w_per_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "W/mm2", "thermal design power over heat source") \
    X##_REAL(T, sram_bytes, "sram_bytes", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "B", "SRAM of all chips and vaults") \
    X##_REAL(T, dram_bytes, "dram_bytes", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "B", "DRAM of all stacks and vaults") \
    X##_REAL(T, memory_bytes, "memory_bytes", CC_NEEDED, 0, CC_POSITIVE, "B", "SRAM and DRAM") \
    X##_REAL(T, dram_bytes_per_s_per_chip, "dram_bytes_per_s_per_chip", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "B/s", "DRAM bandwidth of a chip, 0 without DRAM") \
    X##_REAL(T, cost_usd, "cost_usd", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "$", "chips, memory and assembly")

struct cc_package { CC_PACKAGE_FIELDS(CC_MEMBER, ) };

#define CC_MEMORY_HBM "hbm"
#define CC_MEMORY_3D_DRAM "dram_3d"
#define CC_MEMORY_3D_SRAM "sram_3d"

/* A stack or a vault from its hardware alternative. cc_vault_of needs its input checked (cc_vault_given below).
 * Texts point where those of `in` do. Source: Chiplet Cloud (arXiv 2307.02666), memory model. */
struct cc_memory cc_hbm_of(const struct cc_hbm_input *in);
struct cc_memory cc_vault_of(const struct cc_vault_input *in);

/* What is missing or contradictory in a vault's description, or NULL. */
const char *cc_vault_lacks(const struct cc_vault_input *in);

/* What a chip needs of the package's description and does not find there, or NULL: hbm for hbm_channels, ... */
const char *cc_package_lacks(const struct cc_package_input *in, const struct cc_chip *chip);

/* The package that `in` makes of `chip`, for which cc_package_lacks is NULL. False when it is not realizable: `reject`
 * says why. Source: Chiplet Cloud (arXiv 2307.02666); cost: Chiplet Actuary, chip-last (arXiv 2203.12268). */
bool cc_package_build(const struct cc_package_input *in, const struct cc_chip *chip,
                      const struct cc_constants *constants, struct cc_package *package, struct cc_reject *reject);

#endif
