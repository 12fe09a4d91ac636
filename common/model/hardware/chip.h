/* chip.h: a chip, from its hardware alternative and the constants. */
#ifndef CC_MODEL_HARDWARE_CHIP_H
#define CC_MODEL_HARDWARE_CHIP_H

#include "base/field.h"
#include "base/text.h"
#include "model/constants.h"
#include "model/convention.h"
#include "model/hardware/hardware.h"
#include "model/hardware/link.h"
#include "model/reject.h"

#define CC_CHIP_FIELDS(X, T) \
    X##_TEXT(T, name, "name", CC_MAY_LACK, "name of the chip, where the hardware file gives one") \
    X##_TEXT(T, tech, "tech", CC_MAY_LACK, "logic process") \
    X##_TEXT(T, dataflow, "dataflow", CC_MAY_LACK, "roofline or WS (weight-stationary systolic arrays)") \
    X##_REAL(T, freq_hz, "freq_hz", CC_MAY_LACK, 1e9, CC_POSITIVE, "Hz", "clock") \
    X##_INT(T, bytes_per_word, "bytes_per_word", CC_MAY_LACK, 2, CC_POSITIVE, "B", "size of a word read from SRAM") \
    X##_REAL(T, area_mm2, "area_mm2", CC_NEEDED, 0, CC_POSITIVE, "mm2", "die area") \
    X##_REAL(T, mac_ratio, "mac_ratio", CC_MAY_LACK, NAN, CC_RATIO, "", "share of the multiply-accumulate units in the area they and the SRAM take") \
    X##_REAL(T, operational_intensity, "operational_intensity", CC_MAY_LACK, NAN, CC_POSITIVE, "MAC/word", "multiply-accumulates per weight read, where the chip was given by it") \
    X##_REAL(T, core_area_ratio, "core_area_ratio", CC_MAY_LACK, NAN, CC_PROPER_RATIO, "", "share of the core that the parts fill") \
    X##_INT(T, hbm_channels, "hbm_channels", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "", "128 bit HBM channels") \
    X##_INT(T, mem_3d_vaults, "mem_3d_vaults", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "", "vaults of memory stacked on the chip") \
    X##_INT(T, mem_3d_vault_tsvs, "mem_3d_vault_tsvs", CC_MAY_LACK, NAN, CC_POSITIVE, "", "through-silicon vias of a vault") \
    X##_REAL(T, peak_flops, "peak_flops", CC_NEEDED, 0, CC_POSITIVE, "FLOP/s", "peak performance") \
    X##_REAL(T, sram_bytes, "sram_bytes", CC_NEEDED, 0, CC_NOT_NEGATIVE, "B", "SRAM capacity") \
    X##_REAL(T, sram_bytes_per_s, "sram_bytes_per_s", CC_NEEDED, 0, CC_POSITIVE, "B/s", "SRAM bandwidth") \
    X##_REAL(T, mac_area_mm2, "mac_area_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "mm2", "area of the multiply-accumulate units") \
    X##_REAL(T, sram_area_mm2, "sram_area_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "mm2", "area of the SRAM") \
    X##_REAL(T, io_area_mm2, "io_area_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "mm2", "area of the links") \
    X##_REAL(T, other_area_mm2, "other_area_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "mm2", "area of everything else, memory controllers included") \
    X##_INT(T, num_systolic, "num_systolic", CC_MAY_LACK, 1, CC_POSITIVE, "", "number of systolic arrays") \
    X##_INT(T, systolic_width, "systolic_width", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "", "side of a systolic array, in multiply-accumulate units") \
    X##_REAL(T, acc_depth, "acc_depth", CC_MAY_LACK, 1e100, CC_POSITIVE, "", "accumulation depth of a systolic array") \
    X##_REAL(T, vdd_v, "vdd_v", CC_MAY_LACK, 0.8, CC_POSITIVE, "V", "supply voltage of the core") \
    X##_REAL(T, core_power_w, "core_power_w", CC_NEEDED, 0, CC_NOT_NEGATIVE, "W", "power of the core at peak") \
    X##_REAL(T, tdp_w, "tdp_w", CC_NEEDED, 0, CC_NOT_NEGATIVE, "W", "thermal design power: core and package link") \
    X##_REAL(T, power_density_w_per_mm2, "power_density_w_per_mm2", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "W/mm2", "thermal design power over area") \
    X##_INT(T, dies_per_wafer, "dies_per_wafer", CC_MAY_LACK, NAN, CC_POSITIVE, "", "dies on a wafer, good or not") \
    X##_REAL(T, yield, "yield", CC_MAY_LACK, NAN, CC_RATIO, "", "share of dies that work") \
    X##_REAL(T, cost_usd, "cost_usd", CC_NEEDED, 0, CC_NOT_NEGATIVE, "$", "a good, tested die") \
    X##_MAP(T, package_link, "package_link", CC_NEEDED, cc_link, "link from package to package") \
    X##_MAP(T, chip_link, "chip_link", CC_MAY_LACK, cc_link, "link from chip to chip inside a package") \
    X##_TEXT(T, number_type, "number_type", CC_MAY_LACK, "type of numbers that the peak performance is for, where it is not bf16") \
    X##_MAP(T, perf_ratio, "perf_ratio", CC_MAY_LACK, cc_perf_ratio, "performance at other types, as multiples of it")

struct cc_chip { CC_CHIP_FIELDS(CC_MEMBER, ) };

/* The chip that `in` describes (exactly one of its two forms given). False when it cannot be built: `reject` says why, and
 * `chip` is then unspecified. Texts of `chip` point where those of `in` do.
 * Source: the Chiplet Cloud methodology (arXiv 2307.02666), chip model. */
bool cc_chip_build(const struct cc_chip_input *in, const struct cc_constants *constants,
                   struct cc_conventions conventions, struct cc_chip *chip, struct cc_reject *reject);

/* True when the dataflow is WS and the systolic arrays have less than one multiply-accumulate unit each. */
bool cc_chip_lacks_width(const struct cc_chip *chip);

/* True when the chip's SRAM is built of macros (area_model micro_arch); and the process of these, sram_tech or tech. Such a
 * chip can be built only if there are macros for the process (cc_sram_macros_of). */
bool cc_chip_has_macros(const struct cc_chip_input *in);
struct cc_text cc_chip_sram_tech(const struct cc_chip_input *in);

#endif
