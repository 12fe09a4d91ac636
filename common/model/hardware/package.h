/* package.h: chips, their memory and a substrate. */
#ifndef CC_MODEL_HARDWARE_PACKAGE_H
#define CC_MODEL_HARDWARE_PACKAGE_H

#include "base/field.h"
#include "model/constants.h"
#include "model/hardware/chip.h"
#include "model/hardware/hardware.h"
#include "model/hardware/memory_stack.h"
#include "model/reject.h"

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

/* What a chip needs of the package's description and does not find there, or NULL: hbm for hbm_channels, ... */
const char *cc_package_lacks(const struct cc_package_input *in, const struct cc_chip *chip);

/* The package that `in` makes of `chip`, for which cc_package_lacks is NULL. False when it is not realizable: `reject`
 * says why. Source: Chiplet Cloud (arXiv 2307.02666); cost: Chiplet Actuary, chip-last (arXiv 2203.12268). */
bool cc_package_build(const struct cc_package_input *in, const struct cc_chip *chip,
                      const struct cc_constants *constants, struct cc_package *package, struct cc_reject *reject);

#endif
