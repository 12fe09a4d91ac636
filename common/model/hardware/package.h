/* package.h: chips, their memory and a substrate. */
#ifndef CC_MODEL_HARDWARE_PACKAGE_H
#define CC_MODEL_HARDWARE_PACKAGE_H

#include "base/field.h"
#include "model/constants.h"
#include "model/hardware/chip.h"
#include "model/hardware/memory_stack.h"
#include "model/reject.h"

/* In a hardware file and in records. */
#define CC_PACKAGE_CHIPS(X, T, AS) \
    X##_INT(T, num_chips, "num_chips", CC_REQUIRED, 0, CC_POSITIVE, "", "chips in " AS("a", "the") " package")
#define CC_PACKAGE_SUBSTRATE(X, T, AS) \
    X##_FLAG(T, interposer, AS("si", "interposer"), false, AS("whether several chips stand on a silicon interposer", "1 on a silicon interposer, 0 on an organic substrate"))

#define CC_PACKAGE_DEVICES(X, T, AS) \
    X##_INT(T, devices, "devices", CC_OPTIONAL, NAN, CC_POSITIVE, "", "devices that software sees in a package (default: its chips), each of equally many chips")

/* In the records of a package and of a server. The last parameters end the meanings: whose memory it is. */
#define CC_MEMORY_BYTES(X, T, sram_of, dram_of) \
    X##_REAL(T, sram_bytes, "sram_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "SRAM" sram_of) \
    X##_REAL(T, dram_bytes, "dram_bytes", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "B", "DRAM" dram_of) \
    X##_REAL(T, memory_bytes, "memory_bytes", CC_REQUIRED, 0, CC_POSITIVE, "B", "SRAM and DRAM")

/* The map Package of a hardware file. */
#define CC_PACKAGE_INPUT(X, T) \
    CC_PACKAGE_CHIPS(X, T, CC_AS_KEY) \
    CC_PACKAGE_DEVICES(X, T, CC_AS_KEY) \
    CC_PACKAGE_SUBSTRATE(X, T, CC_AS_KEY) \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether power density can reject the package") \
    CC_PACKAGE_MAX_POWER_DENSITY(X, T, CC_AS_CUSTOM) \
    X##_REAL(T, assembly_cost_usd, "assembly_cost_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "substrate, interposer, assembly and test of a package, in place of the model's") \
    X##_MAP(T, hbm, "hbm", CC_OPTIONAL, cc_hbm_input, "a stack of high-bandwidth memory") \
    X##_MAP(T, vault, "mem_3d", CC_OPTIONAL, cc_vault_input, "a vault of memory stacked on a chip")

/* The `package` entry of a record. */
#define CC_PACKAGE_FIELDS(X, T) \
    CC_PACKAGE_CHIPS(X, T, CC_AS_FIELD) \
    CC_PACKAGE_DEVICES(X, T, CC_AS_FIELD) \
    X##_MAP(T, memory, "memory", CC_OPTIONAL, cc_memory, "HBM stack or 3D vault; absent with SRAM alone") \
    CC_PACKAGE_SUBSTRATE(X, T, CC_AS_FIELD) \
    X##_INT(T, hbm_stacks, "hbm_stacks", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "HBM stacks in the package") \
    X##_REAL(T, die_area_mm2, "die_area_mm2", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2", "silicon in the package") \
    X##_REAL(T, area_mm2, "area_mm2", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2", "area of the package") \
    X##_REAL(T, heat_source_mm, "heat_source_mm", CC_OPTIONAL, NAN, CC_POSITIVE, "mm", "side of the square that gives off the heat") \
    X##_REAL(T, tdp_w, "tdp_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "thermal design power") \
    X##_REAL(T, power_density_w_per_mm2, "power_density_w_per_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/mm2", "thermal design power over heat source") \
    CC_MEMORY_BYTES(X, T, " of all chips and vaults", " of all stacks and vaults") \
    X##_REAL(T, dram_bytes_per_s_per_chip, "dram_bytes_per_s_per_chip", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "B/s", "DRAM bandwidth of a chip, 0 without DRAM") \
    X##_REAL(T, cost_usd, "cost_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "chips, memory and assembly")

struct cc_package_input { CC_PACKAGE_INPUT(CC_MEMBER, ) };
struct cc_package { CC_PACKAGE_FIELDS(CC_MEMBER, ) };

/* The key of the package's description that a chip requires and does not find, or NULL: hbm for hbm_channels, ... */
const char *cc_package_lacks(const struct cc_package_input *in, const struct cc_chip *chip);

/* The package that `in` makes of `chip`, for which cc_package_lacks is NULL. False when it is not realizable: `reject`
 * says why. Source: Chiplet Cloud (arXiv 2307.02666); cost: Chiplet Actuary, chip-last (arXiv 2203.12268). */
bool cc_package_build(const struct cc_package_input *in, const struct cc_chip *chip,
                      const struct cc_constants *constants, struct cc_package *package, struct cc_reject *reject);

#endif
