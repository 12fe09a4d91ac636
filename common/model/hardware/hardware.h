/* hardware.h: what a hardware file says of one chip, package and server alternative. Keys are those of published files.
 * A sentinel (NAN, CC_NO_INT, has_... false) stands for a key that was not given. */
#ifndef CC_MODEL_HARDWARE_HARDWARE_H
#define CC_MODEL_HARDWARE_HARDWARE_H

#include "base/field.h"
#include "model/hardware/rates.h"

/* A link of `num` ios; figures are per io and per direction. */
#define CC_LINK_INPUT(X, T) \
    X##_TEXT(T, io_type, "io_type", CC_MAY_LACK, "a name for the kind of io") \
    X##_INT(T, num, "num", CC_NEEDED, 0, CC_POSITIVE, "", "number of ios") \
    X##_REAL(T, bytes_per_s_per_io, "bandwidth_per_io", CC_NEEDED, 0, CC_POSITIVE, "B/s", "bandwidth of an io in one direction") \
    X##_REAL(T, area_mm2_per_io, "area_per_io", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "mm2", "die area of an io") \
    X##_REAL(T, tdp_w_per_io, "tdp_per_io", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "W", "power of an io") \
    X##_REAL(T, pj_per_byte, "pj_per_byte", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "pJ/B", "energy of a byte moved") \
    X##_REAL(T, init_s, "init_time", CC_MAY_LACK, 1e-10, CC_NOT_NEGATIVE, "s", "time before the first byte moves")

#define CC_CHIP_INPUT(X, T) \
    X##_TEXT(T, name, "chip_id", CC_MAY_LACK, "a name for the chip") \
    X##_TEXT(T, tech, "tech", CC_MAY_LACK, "logic process, a name") \
    X##_TEXT(T, sram_tech, "sram_tech", CC_MAY_LACK, "SRAM process (default: tech)") \
    X##_TEXT(T, dataflow, "dataflow", CC_MAY_LACK, "roofline (default) or WS, weight-stationary systolic arrays") \
    X##_TEXT(T, area_model, "area_model", CC_MAY_LACK, "SRAM area: linear (default) or micro_arch") \
    X##_REAL(T, freq_hz, "freq", CC_MAY_LACK, 1e9, CC_POSITIVE, "Hz", "clock") \
    X##_INT(T, bytes_per_word, "bytes_per_word", CC_MAY_LACK, NAN, CC_POSITIVE, "B", "size of a word read from SRAM (default: that of number_type, 2 at bf16)") \
    X##_TEXT(T, number_type, "number_type", CC_MAY_LACK, "type of numbers that the peak performance is for: bf16 (default), fp16, fp8, int8, fp4 or int4") \
    X##_MAP(T, perf_ratio, "perf_ratio", CC_MAY_LACK, cc_perf_ratio, "performance at other types, as multiples of it") \
    X##_REAL(T, peak_flops, "perf", CC_MAY_LACK, NAN, CC_POSITIVE, "FLOP/s", "peak performance (with sram and sram_bw)") \
    X##_REAL(T, sram_bytes, "sram", CC_MAY_LACK, NAN, CC_POSITIVE, "B", "SRAM capacity (with perf and sram_bw)") \
    X##_REAL(T, sram_bytes_per_s, "sram_bw", CC_MAY_LACK, NAN, CC_POSITIVE, "B/s", "SRAM bandwidth (with perf and sram)") \
    X##_REAL(T, area_mm2, "area", CC_MAY_LACK, NAN, CC_POSITIVE, "mm2", "die area (with mac_ratio and operational_intensity)") \
    X##_REAL(T, mac_ratio, "mac_ratio", CC_MAY_LACK, NAN, CC_RATIO, "", "share of the multiply-accumulate units in the area they and the SRAM take") \
    X##_REAL(T, operational_intensity, "operational_intensity", CC_MAY_LACK, NAN, CC_POSITIVE, "MAC/word", "multiply-accumulates per weight read") \
    X##_REAL(T, other_area_mm2, "other_area", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "mm2", "area of everything else on the die") \
    X##_REAL(T, core_area_ratio, "core_area_ratio", CC_MAY_LACK, 0.7, CC_PROPER_RATIO, "", "share of the core that the parts fill") \
    X##_INT(T, num_systolic, "num_sa", CC_MAY_LACK, 1, CC_POSITIVE, "", "number of systolic arrays") \
    X##_REAL(T, acc_depth, "acc_depth", CC_MAY_LACK, 1e100, CC_POSITIVE, "", "accumulation depth of a systolic array") \
    X##_INT(T, hbm_channels, "hbm_channels", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "", "128 bit HBM channels") \
    X##_INT(T, mem_3d_vaults, "mem_3d_vaults", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "", "vaults of memory stacked on the chip") \
    X##_INT(T, mem_3d_vault_tsvs, "mem_3d_vault_tsvs", CC_MAY_LACK, NAN, CC_POSITIVE, "", "through-silicon vias of a vault") \
    X##_REAL(T, macs_density_mm2_per_tflops, "macs_density", CC_MAY_LACK, NAN, CC_POSITIVE, "mm2/TFLOP/s", "in place of the constant") \
    X##_REAL(T, w_per_tflops, "w_per_tops", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "W/TFLOP/s", "in place of the constant") \
    X##_REAL(T, vdd_v, "vdd", CC_MAY_LACK, 0.8, CC_POSITIVE, "V", "supply voltage of the core") \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether power density can reject the chip") \
    X##_MAP(T, package_link, "pkg2pkg_io", CC_NEEDED, cc_link_input, "link from package to package") \
    X##_MAP(T, chip_link, "chip2chip_io", CC_MAY_LACK, cc_link_input, "link from chip to chip inside a package")

/* One stack of high-bandwidth memory. */
#define CC_HBM_INPUT(X, T) \
    X##_TEXT(T, name, "config", CC_MAY_LACK, "a name for the stack") \
    X##_REAL(T, channel_bytes, "channel_bytes", CC_NEEDED, 0, CC_POSITIVE, "B", "capacity of a channel") \
    X##_REAL(T, channel_width_bits, "channel_width", CC_NEEDED, 0, CC_POSITIVE, "bit", "width of a channel") \
    X##_REAL(T, bit_rate_per_pin, "bit_rate", CC_NEEDED, 0, CC_POSITIVE, "bit/s", "rate of a pin") \
    X##_INT(T, num_channels, "num_channels", CC_NEEDED, 0, CC_POSITIVE, "", "channels of a stack") \
    X##_REAL(T, cost_usd_per_gib, "cost_per_gb", CC_MAY_LACK, 7.5, CC_NOT_NEGATIVE, "$/GiB", "price by capacity") \
    X##_REAL(T, cost_usd, "stack_cost", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "$", "price of a stack, in place of cost_per_gb") \
    X##_REAL(T, pj_per_byte, "pj_per_byte", CC_MAY_LACK, 31.2, CC_NOT_NEGATIVE, "pJ/B", "energy of a byte read") \
    X##_REAL(T, vdd_v, "vdd", CC_MAY_LACK, 1.2, CC_POSITIVE, "V", "supply voltage") \
    X##_REAL(T, x_mm, "x", CC_MAY_LACK, 7.75, CC_POSITIVE, "mm", "a side of a stack") \
    X##_REAL(T, y_mm, "y", CC_MAY_LACK, 11.87, CC_POSITIVE, "mm", "the other side of a stack") \
    X##_IGNORED(T, "simulator", "in published files; no equation uses it")

/* One vault of memory stacked on a chip. */
#define CC_VAULT_INPUT(X, T) \
    X##_TEXT(T, mem_type, "mem_type", CC_NEEDED, "contains SRAM or DRAM") \
    X##_TEXT(T, name, "config", CC_MAY_LACK, "a name for the vault") \
    X##_INT(T, num_layers, "num_layers", CC_NEEDED, 0, CC_POSITIVE, "", "layers of a vault") \
    X##_REAL(T, layer_area_mm2, "layer_area", CC_NEEDED, 0, CC_POSITIVE, "mm2", "area of a layer") \
    X##_REAL(T, layer_cost_usd, "layer_cost", CC_NEEDED, 0, CC_NOT_NEGATIVE, "$", "price of a layer") \
    X##_REAL(T, layer_bytes, "layer_bytes", CC_MAY_LACK, NAN, CC_POSITIVE, "B", "capacity of a layer") \
    X##_REAL(T, density_bytes_per_mm2, "density", CC_MAY_LACK, NAN, CC_POSITIVE, "B/mm2", "capacity by area (with tsvs and tsv_area)") \
    X##_REAL(T, tsv_area_mm2, "tsv_area", CC_MAY_LACK, NAN, CC_NOT_NEGATIVE, "mm2", "area of a through-silicon via") \
    X##_INT(T, tsvs, "tsvs", CC_MAY_LACK, NAN, CC_POSITIVE, "", "through-silicon vias") \
    X##_REAL(T, bit_rate_per_tsv, "bit_rate", CC_MAY_LACK, 9.2e9, CC_POSITIVE, "bit/s", "rate of a through-silicon via") \
    X##_REAL(T, bytes_per_s, "bandwidth", CC_MAY_LACK, NAN, CC_POSITIVE, "B/s", "bandwidth, when tsvs is not given") \
    X##_REAL(T, pj_per_bit, "pj_per_bit", CC_MAY_LACK, 3.0, CC_NOT_NEGATIVE, "pJ/bit", "energy of a bit read") \
    X##_IGNORED(T, "pj_per_byte", "in published files; pj_per_bit, or its default, is used") \
    X##_REAL(T, vdd_v, "vdd", CC_MAY_LACK, 1.2, CC_POSITIVE, "V", "supply voltage") \
    X##_IGNORED(T, "simulator", "in published files; no equation uses it")

#define CC_PACKAGE_INPUT(X, T) \
    X##_INT(T, num_chips, "num_chips", CC_NEEDED, 0, CC_POSITIVE, "", "chips in a package") \
    X##_FLAG(T, interposer, "si", false, "whether several chips stand on a silicon interposer") \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether power density can reject the package") \
    X##_REAL(T, custom_max_power_density_w_per_mm2, "custom_max_power_density", CC_MAY_LACK, NAN, CC_POSITIVE, "W/mm2", "in place of the constant") \
    X##_MAP(T, hbm, "hbm", CC_MAY_LACK, cc_hbm_input, "a stack of high-bandwidth memory") \
    X##_MAP(T, vault, "mem_3d", CC_MAY_LACK, cc_vault_input, "a vault of memory stacked on a chip")

#define CC_SERVER_INPUT(X, T) \
    X##_INT(T, packages_per_lane, "packages_per_lane", CC_NEEDED, 0, CC_POSITIVE, "", "packages in a lane, behind one fan") \
    X##_INT(T, num_lanes, "num_lanes", CC_MAY_LACK, 8, CC_POSITIVE, "", "lanes of a server") \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether heat and power can reject the server") \
    X##_REAL(T, custom_max_power_w, "custom_max_power", CC_MAY_LACK, NAN, CC_POSITIVE, "W", "in place of the constant") \
    X##_REAL(T, package_max_power_factor, "package_max_power_factor", CC_MAY_LACK, 1.0, CC_POSITIVE, "", "scales what a heat sink takes away") \
    X##_MAP(T, link, "io", CC_NEEDED, cc_link_input, "link from server to server")

struct cc_link_input { CC_LINK_INPUT(CC_MEMBER, ) };
struct cc_chip_input { CC_CHIP_INPUT(CC_MEMBER, ) };
struct cc_hbm_input { CC_HBM_INPUT(CC_MEMBER, ) };
struct cc_vault_input { CC_VAULT_INPUT(CC_MEMBER, ) };
struct cc_package_input { CC_PACKAGE_INPUT(CC_MEMBER, ) };
struct cc_server_input { CC_SERVER_INPUT(CC_MEMBER, ) };

/* True when the chip is given by area, mac_ratio and operational_intensity; false when by perf, sram and sram_bw. */
static inline bool cc_chip_given_by_area(const struct cc_chip_input *in)
{
    return !isnan(in->area_mm2);
}

#endif
