/* chip.h: a chip, from its hardware alternative and the constants. */
#ifndef CC_MODEL_HARDWARE_CHIP_H
#define CC_MODEL_HARDWARE_CHIP_H

#include "base/field.h"
#include "base/text.h"
#include "model/constants.h"
#include "model/convention.h"
#include "model/hardware/link.h"
#include "model/hardware/overheads.h"
#include "model/hardware/rates.h"
#include "model/reject.h"

/* Peak performance, also of a server. */
#define CC_PEAK_FLOPS(X, T, AS) \
    X##_REAL(T, peak_flops, AS("perf", "peak_flops"), AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), CC_POSITIVE, "FLOP/s", "peak performance" AS(" (with sram and sram_bw)", ""))

/* In a hardware file and in records; a list for each run of fields that are neighbours in both. */
#define CC_CHIP_NAMES(X, T, AS) \
    X##_TEXT(T, name, AS("chip_id", "name"), CC_OPTIONAL, AS("a name for the chip", "name of the chip, where the hardware file gives one")) \
    X##_TEXT(T, tech, "tech", CC_OPTIONAL, "logic process" AS(", a name", ""))
#define CC_CHIP_DATAFLOW(X, T, AS) \
    X##_TEXT(T, dataflow, "dataflow", CC_OPTIONAL, AS("roofline (default) or WS, weight-stationary systolic arrays", "roofline or WS (weight-stationary systolic arrays)"))
#define CC_CHIP_CLOCK(X, T, AS) \
    X##_REAL(T, freq_hz, AS("freq", "freq_hz"), CC_OPTIONAL, 1e9, CC_POSITIVE, "Hz", "clock") \
    X##_INT(T, bytes_per_word, "bytes_per_word", CC_OPTIONAL, AS(NAN, 2), CC_POSITIVE, "B", "size of a word read from SRAM" AS(" (default: that of number_type, 2 at bf16)", ""))
#define CC_CHIP_SRAM(X, T, AS) \
    X##_REAL(T, sram_bytes, AS("sram", "sram_bytes"), AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), AS(CC_POSITIVE, CC_NOT_NEGATIVE), "B", "SRAM capacity" AS(" (with perf and sram_bw)", "")) \
    X##_REAL(T, sram_bytes_per_s, AS("sram_bw", "sram_bytes_per_s"), AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), CC_POSITIVE, "B/s", "SRAM bandwidth" AS(" (with perf and sram)", ""))
#define CC_CHIP_DIE(X, T, AS) \
    X##_REAL(T, area_mm2, AS("area", "area_mm2"), AS(CC_OPTIONAL, CC_REQUIRED), AS(NAN, 0), CC_POSITIVE, "mm2", "die area" AS(" (with mac_ratio and operational_intensity)", "")) \
    X##_REAL(T, mac_ratio, "mac_ratio", CC_OPTIONAL, NAN, CC_RATIO, "", "share of the multiply-accumulate units in the area they and the SRAM take") \
    X##_REAL(T, operational_intensity, "operational_intensity", CC_OPTIONAL, NAN, CC_POSITIVE, "MAC/word", "multiply-accumulates per weight read" AS("", ", where the chip was given by it"))
#define CC_CHIP_OTHER_AREA(X, T, AS) \
    X##_REAL(T, other_area_mm2, AS("other_area", "other_area_mm2"), CC_OPTIONAL, AS(0, NAN), CC_NOT_NEGATIVE, "mm2", "area of everything else" AS(" on the die", ", memory controllers included"))
#define CC_CHIP_REPAIR(X, T, AS) \
    X##_REAL(T, repairable_area_mm2, "repairable_area_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "mm2", "part of the die where a defect costs a spare unit, not the die" AS(": yield is that of the rest", ""))
#define CC_CHIP_STATIC_POWER(X, T, AS) \
    X##_REAL(T, static_power_w, "static_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "power at any load" AS(" (leakage, clocks), besides w_per_tops", ", besides that of the core at work"))
#define CC_CHIP_CORE(X, T, AS) \
    X##_REAL(T, core_area_ratio, "core_area_ratio", CC_OPTIONAL, AS(0.7, NAN), CC_PROPER_RATIO, "", "share of the core that the parts fill")
#define CC_CHIP_SYSTOLIC(X, T, AS) \
    X##_INT(T, num_systolic, AS("num_sa", "num_systolic"), CC_OPTIONAL, 1, CC_POSITIVE, "", "number of systolic arrays")
#define CC_CHIP_ACCUMULATION(X, T, AS) \
    X##_REAL(T, acc_depth, "acc_depth", CC_OPTIONAL, 1e100, CC_POSITIVE, "", "accumulation depth of a systolic array")
#define CC_CHIP_MEMORY(X, T, AS) \
    X##_INT(T, hbm_channels, "hbm_channels", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "128 bit HBM channels") \
    X##_INT(T, mem_3d_vaults, "mem_3d_vaults", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "vaults of memory stacked on the chip") \
    X##_INT(T, mem_3d_vault_tsvs, "mem_3d_vault_tsvs", CC_OPTIONAL, NAN, CC_POSITIVE, "", "through-silicon vias of a vault")
#define CC_CHIP_VOLTAGE(X, T, AS) \
    X##_REAL(T, vdd_v, AS("vdd", "vdd_v"), CC_OPTIONAL, 0.8, CC_POSITIVE, "V", "supply voltage of the core")
#define CC_CHIP_NUMBERS(X, T, AS) \
    X##_TEXT(T, number_type, "number_type", CC_OPTIONAL, "type of numbers that the peak performance is for: bf16 (default), fp16, fp8, int8, fp4 or int4") \
    X##_MAP(T, perf_ratio, "perf_ratio", CC_OPTIONAL, cc_perf_ratio, "performance at other types, as multiples of it")
#define CC_CHIP_LINKS(X, T, AS) \
    X##_MAP(T, package_link, AS("pkg2pkg_io", "package_link"), CC_REQUIRED, AS(cc_link_input, cc_link), "link from package to package") \
    X##_MAP(T, chip_link, AS("chip2chip_io", "chip_link"), CC_OPTIONAL, AS(cc_link_input, cc_link), "link from chip to chip inside a package")

#define CC_CHIP_OVERHEADS(X, T) \
    X##_MAP(T, overheads, "overheads", CC_OPTIONAL, cc_overheads, "what chip and software take beyond the peak figures, as assumed") \
    X##_MAP(T, calibrated, "calibrated", CC_OPTIONAL, cc_calibrated, "the same, and efficiencies, as fitted to measurements (convention calibration)")

/* The map Chip of a hardware file; keys are those of published files. NAN, CC_NO_INT, an empty text or has_... false stand
 * for a key that was not given, here and in the other maps. */
#define CC_CHIP_INPUT(X, T) \
    CC_CHIP_NAMES(X, T, CC_AS_KEY) \
    X##_TEXT(T, sram_tech, "sram_tech", CC_OPTIONAL, "SRAM process (default: tech)") \
    CC_CHIP_DATAFLOW(X, T, CC_AS_KEY) \
    X##_TEXT(T, area_model, "area_model", CC_OPTIONAL, "SRAM area: linear (default) or micro_arch") \
    CC_CHIP_CLOCK(X, T, CC_AS_KEY) \
    CC_PEAK_FLOPS(X, T, CC_AS_KEY) \
    CC_CHIP_SRAM(X, T, CC_AS_KEY) \
    CC_CHIP_DIE(X, T, CC_AS_KEY) \
    CC_CHIP_OTHER_AREA(X, T, CC_AS_KEY) \
    CC_CHIP_CORE(X, T, CC_AS_KEY) \
    CC_CHIP_SYSTOLIC(X, T, CC_AS_KEY) \
    CC_CHIP_ACCUMULATION(X, T, CC_AS_KEY) \
    CC_CHIP_MEMORY(X, T, CC_AS_KEY) \
    CC_CHIP_MACS_DENSITY(X, T, CC_AS_CUSTOM) \
    CC_CHIP_CORE_POWER(X, T, CC_AS_CUSTOM) \
    CC_CHIP_VOLTAGE(X, T, CC_AS_KEY) \
    CC_CHIP_REPAIR(X, T, CC_AS_KEY) \
    CC_CHIP_STATIC_POWER(X, T, CC_AS_KEY) \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether power density can reject the chip") \
    CC_CHIP_LINKS(X, T, CC_AS_KEY) \
    CC_CHIP_NUMBERS(X, T, CC_AS_KEY) \
    CC_CHIP_OVERHEADS(X, T)

/* The `chip` entry of a record. */
#define CC_CHIP_FIELDS(X, T) \
    CC_CHIP_NAMES(X, T, CC_AS_FIELD) \
    CC_CHIP_DATAFLOW(X, T, CC_AS_FIELD) \
    CC_CHIP_CLOCK(X, T, CC_AS_FIELD) \
    CC_CHIP_DIE(X, T, CC_AS_FIELD) \
    CC_CHIP_CORE(X, T, CC_AS_FIELD) \
    CC_CHIP_MEMORY(X, T, CC_AS_FIELD) \
    CC_PEAK_FLOPS(X, T, CC_AS_FIELD) \
    CC_CHIP_SRAM(X, T, CC_AS_FIELD) \
    X##_REAL(T, mac_area_mm2, "mac_area_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "mm2", "area of the multiply-accumulate units") \
    X##_REAL(T, sram_area_mm2, "sram_area_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "mm2", "area of the SRAM") \
    X##_REAL(T, io_area_mm2, "io_area_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "mm2", "area of the links") \
    CC_CHIP_OTHER_AREA(X, T, CC_AS_FIELD) \
    CC_CHIP_SYSTOLIC(X, T, CC_AS_FIELD) \
    X##_INT(T, systolic_width, "systolic_width", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "side of a systolic array, in multiply-accumulate units") \
    CC_CHIP_ACCUMULATION(X, T, CC_AS_FIELD) \
    CC_CHIP_VOLTAGE(X, T, CC_AS_FIELD) \
    X##_REAL(T, core_power_w, "core_power_w", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "power of the core at peak") \
    X##_REAL(T, tdp_w, "tdp_w", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "thermal design power: core, static power and package link") \
    X##_REAL(T, power_density_w_per_mm2, "power_density_w_per_mm2", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/mm2", "thermal design power over area") \
    X##_INT(T, dies_per_wafer, "dies_per_wafer", CC_OPTIONAL, NAN, CC_POSITIVE, "", "dies on a wafer, good or not") \
    X##_REAL(T, yield, "yield", CC_OPTIONAL, NAN, CC_RATIO, "", "share of dies that work") \
    CC_CHIP_REPAIR(X, T, CC_AS_FIELD) \
    CC_CHIP_STATIC_POWER(X, T, CC_AS_FIELD) \
    X##_REAL(T, cost_usd, "cost_usd", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "a good, tested die") \
    CC_CHIP_LINKS(X, T, CC_AS_FIELD) \
    CC_CHIP_NUMBERS(X, T, CC_AS_FIELD) \
    CC_CHIP_OVERHEADS(X, T)

struct cc_chip_input { CC_CHIP_INPUT(CC_MEMBER, ) };
struct cc_chip { CC_CHIP_FIELDS(CC_MEMBER, ) };

/* True when the chip is given by area, mac_ratio and operational_intensity; false when by perf, sram and sram_bw. */
static inline bool cc_chip_given_by_area(const struct cc_chip_input *in)
{
    return !isnan(in->area_mm2);
}

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
