#include "model/hardware/chip.h"

#include "model/hardware/dies_per_wafer.h"
#include "model/hardware/sram.h"
#include "model/hardware/yield.h"

static const double least_mac_sram_mm2 = 0.1;

static double given_or(double value, double default_value)
{
    return isnan(value) ? default_value : value;
}

/* Area and power of units whose peak is stated at a type: the constant of that type, else the one for all. */
static double macs_density_at(const struct cc_chip_constants *k, enum cc_number_type type)
{
    const double at[CC_NUMBER_TYPES] = {
        NAN,
        k->macs_density_mm2_per_tflops_fp8,
        k->macs_density_mm2_per_tflops_int8,
        k->macs_density_mm2_per_tflops_fp4,
        k->macs_density_mm2_per_tflops_int4,
    };
    return given_or(at[type], k->macs_density_mm2_per_tflops);
}

static double w_per_tflops_at(const struct cc_chip_constants *k, enum cc_number_type type)
{
    const double at[CC_NUMBER_TYPES] = {
        NAN, k->w_per_tflops_fp8, k->w_per_tflops_int8, k->w_per_tflops_fp4, k->w_per_tflops_int4,
    };
    return given_or(at[type], k->w_per_tflops);
}

static double io_area_mm2(const struct cc_chip_input *in)
{
    double area = (double)in->package_link.num * in->package_link.area_mm2_per_io;
    if (in->has_chip_link)
        area += (double)in->chip_link.num * in->chip_link.area_mm2_per_io;
    return area;
}

/* Everything that is neither core memory, core logic nor link: what the file says, and memory controllers. */
static double other_area_mm2(const struct cc_chip_input *in, const struct cc_chip_constants *k)
{
    double area = in->other_area_mm2 + (double)in->hbm_channels * k->hbm_phy_ctrl_mm2_per_channel;
    if (in->mem_3d_vault_tsvs != CC_NO_INT)
        area += (double)in->mem_3d_vaults *
                ((double)in->mem_3d_vault_tsvs * k->mem_3d_mm2_per_tsv + k->mem_3d_ctrl_mm2_per_vault);
    else
        area += (double)in->mem_3d_vaults * k->mem_3d_tsv_ctrl_mm2_per_vault;
    return area + (double)in->mem_3d_vaults * k->mem_3d_test_mm2_per_vault;
}

bool cc_chip_has_macros(const struct cc_chip_input *in)
{
    return cc_text_is(in->area_model, "micro_arch");
}

struct cc_text cc_chip_sram_tech(const struct cc_chip_input *in)
{
    return in->sram_tech.len > 0 ? in->sram_tech : in->tech;
}

/* Bits of SRAM macros for a megabyte of 1e6 bytes. Published (sram-units): of 2^20 bytes. */
static double bits_per_mb(struct cc_conventions conventions)
{
    return conventions.sram_units ? 8e6 : 8.0 * 1024 * 1024;
}

static double bits_per_cycle(const struct cc_chip_input *in, const struct cc_chip *chip)
{
    return ceil(chip->sram_bytes_per_s * 8 / in->freq_hz);
}

/* Area of the SRAM that a chip has. */
static bool size_sram(const struct cc_chip_input *in, const struct cc_constants *k, struct cc_conventions conventions,
                      struct cc_chip *chip, struct cc_reject *reject)
{
    const double mb = in->sram_bytes / 1e6;
    struct cc_sram_macros macros;
    double area_um2;
    if (!cc_chip_has_macros(in)) {
        chip->sram_area_mm2 = mb * k->chip.sram_density_mm2_per_mb;
        return true;
    }
    cc_sram_macros_of(&k->sram, cc_chip_sram_tech(in), &macros);
    if (!cc_sram_area_of_bits(&macros, bits_per_cycle(in, chip), mb * bits_per_mb(conventions), &area_um2))
        return cc_rejected(reject, CC_REJECT_SRAM_MACROS, mb, 0);
    chip->sram_area_mm2 = area_um2 / 1e6;
    return true;
}

/* SRAM that the area for it holds. */
static bool fill_sram(const struct cc_chip_input *in, const struct cc_constants *k, struct cc_conventions conventions,
                      struct cc_chip *chip, struct cc_reject *reject)
{
    struct cc_sram_macros macros;
    double bits;
    if (!cc_chip_has_macros(in)) {
        chip->sram_bytes = chip->sram_area_mm2 / k->chip.sram_density_mm2_per_mb * 1e6;
        return true;
    }
    cc_sram_macros_of(&k->sram, cc_chip_sram_tech(in), &macros);
    if (!cc_sram_bits_of_area(&macros, bits_per_cycle(in, chip), chip->sram_area_mm2 * 1e6, !conventions.sram_banks,
                              &bits))
        return cc_rejected(reject, CC_REJECT_SRAM_MACROS, chip->sram_area_mm2, 0);
    chip->sram_bytes = bits / bits_per_mb(conventions) * 1e6;
    return true;
}

/* Areas of a chip that is given by performance: the die is as large as its parts need. */
static bool size_by_performance(const struct cc_chip_input *in, const struct cc_constants *constants,
                                struct cc_conventions conventions, double macs_density, struct cc_chip *chip,
                                struct cc_reject *reject)
{
    const struct cc_chip_constants *k = &constants->chip;
    chip->peak_flops = in->peak_flops;
    chip->sram_bytes = in->sram_bytes;
    chip->sram_bytes_per_s = in->sram_bytes_per_s;
    if (!size_sram(in, constants, conventions, chip, reject))
        return false;
    chip->mac_area_mm2 = in->peak_flops / 1e12 * macs_density;
    chip->mac_ratio = chip->mac_area_mm2 / (chip->mac_area_mm2 + chip->sram_area_mm2);
    const double core_mm2 =
        (chip->sram_area_mm2 + chip->mac_area_mm2 + chip->io_area_mm2 + chip->other_area_mm2) / in->core_area_ratio;
    const double side_mm = sqrt(core_mm2) + k->padring_width_mm;
    chip->area_mm2 = side_mm * side_mm;
    return true;
}

/* Performance and memory of a chip that is given by area: what the parts have room for. */
static bool fill_area(const struct cc_chip_input *in, const struct cc_constants *constants,
                      struct cc_conventions conventions, double macs_density, struct cc_chip *chip,
                      struct cc_reject *reject)
{
    const struct cc_chip_constants *k = &constants->chip;
    const double core_side_mm = sqrt(in->area_mm2) - k->padring_width_mm;
    const double core_mm2 = core_side_mm > 0 ? core_side_mm * core_side_mm : 0;
    const double mac_sram_mm2 = core_mm2 * in->core_area_ratio - chip->io_area_mm2 - chip->other_area_mm2;
    if (mac_sram_mm2 < least_mac_sram_mm2)
        return cc_rejected(reject, CC_REJECT_CHIP_TOO_SMALL, mac_sram_mm2, least_mac_sram_mm2);
    chip->area_mm2 = in->area_mm2;
    chip->mac_ratio = in->mac_ratio;
    chip->operational_intensity = in->operational_intensity;
    chip->sram_area_mm2 = mac_sram_mm2 * (1 - in->mac_ratio);
    chip->mac_area_mm2 = mac_sram_mm2 - chip->sram_area_mm2;
    if (!(chip->mac_area_mm2 > 0))
        return cc_rejected(reject, CC_REJECT_CHIP_TOO_SMALL, chip->mac_area_mm2, least_mac_sram_mm2);
    chip->peak_flops = chip->mac_area_mm2 / macs_density * 1e12;
    chip->sram_bytes_per_s = chip->peak_flops / 2 / in->operational_intensity * (double)chip->bytes_per_word;
    return fill_sram(in, constants, conventions, chip, reject);
}

static bool price(const struct cc_chip_constants *k, struct cc_chip *chip, struct cc_reject *reject)
{
    const double fatal_mm2 = fmax(0, chip->area_mm2 - given_or(chip->repairable_area_mm2, 0));
    chip->yield = cc_yield(fatal_mm2, k->defects_per_mm2, k->yield_alpha);
    chip->dies_per_wafer = cc_dies_per_wafer(chip->area_mm2, k->wafer_diameter_mm, k->wafer_dicing_gap_mm);
    if (chip->dies_per_wafer == 0)
        return cc_rejected(reject, CC_REJECT_CHIP_OFF_WAFER, 0, 1);
    chip->cost_usd = (k->wafer_cost_usd / (double)chip->dies_per_wafer / chip->yield) * (1 + k->testing_cost_overhead);
    return true;
}

static void describe(const struct cc_chip_input *in, struct cc_chip *chip)
{
    *chip = (struct cc_chip){
        .name = in->name,
        .tech = in->tech,
        .dataflow = in->dataflow.len > 0 ? in->dataflow : cc_text_of("roofline"),
        .freq_hz = in->freq_hz,
        .bytes_per_word = in->bytes_per_word == CC_NO_INT ? cc_rates_word_bytes(in->number_type) : in->bytes_per_word,
        .number_type = in->number_type,
        .perf_ratio = in->perf_ratio,
        .has_perf_ratio = in->has_perf_ratio,
        .core_area_ratio = in->core_area_ratio,
        .operational_intensity = NAN,
        .hbm_channels = in->hbm_channels,
        .mem_3d_vaults = in->mem_3d_vaults,
        .mem_3d_vault_tsvs = in->mem_3d_vault_tsvs,
        .num_systolic = in->num_systolic,
        .acc_depth = in->acc_depth,
        .vdd_v = in->vdd_v,
        .repairable_area_mm2 = in->repairable_area_mm2,
        .static_power_w = in->static_power_w,
        .package_link = cc_link_of(&in->package_link),
        .has_package_link = true,
        .has_chip_link = in->has_chip_link,
        .overheads = in->overheads,
        .has_overheads = in->has_overheads,
        .calibrated = in->calibrated,
        .has_calibrated = in->has_calibrated,
    };
    if (in->has_chip_link)
        chip->chip_link = cc_link_of(&in->chip_link);
}

bool cc_chip_build(const struct cc_chip_input *in, const struct cc_constants *constants,
                   struct cc_conventions conventions, struct cc_chip *chip, struct cc_reject *reject)
{
    const struct cc_chip_constants *k = &constants->chip;
    const double macs_density =
        given_or(in->macs_density_mm2_per_tflops, macs_density_at(k, cc_rates_type(in->number_type)));
    describe(in, chip);
    chip->io_area_mm2 = io_area_mm2(in);
    chip->other_area_mm2 = other_area_mm2(in, k);
    const bool sized = cc_chip_given_by_area(in)
                           ? fill_area(in, constants, conventions, macs_density, chip, reject)
                           : size_by_performance(in, constants, conventions, macs_density, chip, reject);
    if (!sized)
        return false;
    chip->core_power_w =
        chip->peak_flops / 1e12 * given_or(in->w_per_tflops, w_per_tflops_at(k, cc_rates_type(in->number_type)));
    chip->tdp_w = chip->core_power_w + chip->package_link.power_w;
    if (!isnan(chip->static_power_w))
        chip->tdp_w += chip->static_power_w;
    chip->power_density_w_per_mm2 = chip->tdp_w / chip->area_mm2;
    if (chip->area_mm2 > k->max_die_area_mm2)
        return cc_rejected(reject, CC_REJECT_CHIP_AREA, chip->area_mm2, k->max_die_area_mm2);
    if (in->thermal_eval && chip->power_density_w_per_mm2 > k->max_power_density_w_per_mm2)
        return cc_rejected(reject, CC_REJECT_CHIP_POWER_DENSITY, chip->power_density_w_per_mm2,
                           k->max_power_density_w_per_mm2);
    chip->systolic_width =
        (int64_t)floor(sqrt(floor(chip->peak_flops / chip->freq_hz / 2) / (double)chip->num_systolic));
    if (cc_chip_lacks_width(chip))
        return cc_rejected(reject, CC_REJECT_SYSTOLIC_WIDTH, (double)chip->systolic_width, 1);
    return price(k, chip, reject);
}

bool cc_chip_lacks_width(const struct cc_chip *chip)
{
    return cc_text_is(chip->dataflow, "WS") && chip->systolic_width < 1;
}
