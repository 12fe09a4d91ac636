/* constants.h: technology and cost, the maps of a constants file: five that every file has, and what fleets and carbon need. Keys are those of published files.
 * Source of the figures and of each key's meaning: the Chiplet Cloud methodology (arXiv 2307.02666); packaging cost
 * after Chiplet Actuary (arXiv 2203.12268). Besides the maps a file may have a list SRAM of macros: sram_macros.h.
 * NRE follows Moonwalk (ASPLOS 2017), carbon ACT (ISCA 2022). */
#ifndef CC_MODEL_CONSTANTS_H
#define CC_MODEL_CONSTANTS_H

#include "base/field.h"
#include "model/sram_macros.h"

/* Constants that a key of a hardware file may take the place of, for one alternative: the AS of such a list. */
#define CC_AS_CONSTANT(constant, custom) constant
#define CC_AS_CUSTOM(constant, custom) custom

#define CC_CHIP_MACS_DENSITY(X, T, AS) \
    X##_REAL(T, macs_density_mm2_per_tflops, "macs_density", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "mm2/TFLOP/s", AS("area of the multiply-accumulate units", "in place of the constant"))
#define CC_CHIP_CORE_POWER(X, T, AS) \
    X##_REAL(T, w_per_tflops, "w_per_tops", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_NOT_NEGATIVE, "W/TFLOP/s", AS("power of the core at peak", "in place of the constant"))
#define CC_PACKAGE_MAX_POWER_DENSITY(X, T, AS) \
    X##_REAL(T, AS(max_power_density_w_per_mm2, custom_max_power_density_w_per_mm2), AS("max_power_density", "custom_max_power_density"), AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "W/mm2", AS("limit of a package's power density", "in place of the constant"))
#define CC_SERVER_MAX_POWER(X, T, AS) \
    X##_REAL(T, AS(max_power_w, custom_max_power_w), AS("SrvMaxPower", "custom_max_power"), AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "W", AS("most power of all packages of a server", "in place of the constant"))

#define CC_CHIP_CONSTANTS(X, T) \
    CC_CHIP_MACS_DENSITY(X, T, CC_AS_CONSTANT) \
    X##_REAL(T, sram_density_mm2_per_mb, "sram_density", CC_REQUIRED, 0, CC_POSITIVE, "mm2/MB", "area of SRAM (linear area model)") \
    CC_CHIP_CORE_POWER(X, T, CC_AS_CONSTANT) \
    X##_REAL(T, macs_density_mm2_per_tflops_fp8, "macs_density_fp8", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2/TFLOP/s", "of units whose peak is stated at fp8") \
    X##_REAL(T, macs_density_mm2_per_tflops_int8, "macs_density_int8", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2/TFLOP/s", "of units whose peak is stated at int8") \
    X##_REAL(T, macs_density_mm2_per_tflops_fp4, "macs_density_fp4", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2/TFLOP/s", "of units whose peak is stated at fp4") \
    X##_REAL(T, macs_density_mm2_per_tflops_int4, "macs_density_int4", CC_OPTIONAL, NAN, CC_POSITIVE, "mm2/TFLOP/s", "of units whose peak is stated at int4") \
    X##_REAL(T, w_per_tflops_fp8, "w_per_tops_fp8", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/TFLOP/s", "of units whose peak is stated at fp8") \
    X##_REAL(T, w_per_tflops_int8, "w_per_tops_int8", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/TFLOP/s", "of units whose peak is stated at int8") \
    X##_REAL(T, w_per_tflops_fp4, "w_per_tops_fp4", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/TFLOP/s", "of units whose peak is stated at fp4") \
    X##_REAL(T, w_per_tflops_int4, "w_per_tops_int4", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W/TFLOP/s", "of units whose peak is stated at int4") \
    X##_REAL(T, max_power_density_w_per_mm2, "max_power_density", CC_REQUIRED, 0, CC_POSITIVE, "W/mm2", "limit of a chip's power density") \
    X##_REAL(T, padring_width_mm, "padring_width", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "mm", "what the pad ring takes from the side of a die") \
    X##_REAL(T, max_die_area_mm2, "max_die_area", CC_REQUIRED, 0, CC_POSITIVE, "mm2", "largest die") \
    X##_REAL(T, defects_per_mm2, "D0", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "1/mm2", "defect density") \
    X##_REAL(T, yield_alpha, "alpha", CC_REQUIRED, 0, CC_POSITIVE, "", "clustering of defects in the yield model") \
    X##_REAL(T, wafer_diameter_mm, "wafer_diameter", CC_REQUIRED, 0, CC_POSITIVE, "mm", "wafer diameter") \
    X##_REAL(T, wafer_dicing_gap_mm, "wafer_dicing_gap", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "mm", "gap between dies") \
    X##_REAL(T, wafer_cost_usd, "wafer_cost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "price of a processed wafer") \
    X##_REAL(T, testing_cost_overhead, "testing_cost_overhead", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "", "testing, as a share of the die's cost") \
    X##_REAL(T, hbm_phy_ctrl_mm2_per_channel, "hbm_phy_ctrl_area_per_channel", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "HBM PHY and controller, per 128 bit channel") \
    X##_REAL(T, mem_3d_tsv_ctrl_mm2_per_vault, "mem_3d_tsv_ctrl_area_per_vault", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "TSVs and controller of a vault whose TSV count is not given") \
    X##_REAL(T, mem_3d_ctrl_mm2_per_vault, "mem_3d_ctrl_area_per_vault", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "controller of a vault") \
    X##_REAL(T, mem_3d_mm2_per_tsv, "mem_3d_area_per_tsv", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "area of one TSV") \
    X##_REAL(T, mem_3d_test_mm2_per_vault, "mem_3d_test_area_per_vault", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "test circuits of a vault")

#define CC_PACKAGE_CONSTANTS(X, T) \
    X##_REAL(T, max_die_area_mm2, "max_die_area", CC_REQUIRED, 0, CC_POSITIVE, "mm2", "most silicon in a package without HBM") \
    CC_PACKAGE_MAX_POWER_DENSITY(X, T, CC_AS_CONSTANT) \
    X##_REAL(T, os_area_scale_factor, "os_area_scale_factor", CC_REQUIRED, 0, CC_POSITIVE, "", "organic substrate: package area over die area") \
    X##_REAL(T, os_cost_usd_per_mm2, "os_cost_per_mm2", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/mm2", "organic substrate") \
    X##_STEPS(T, os_layer_scale_factor, "os_layer_scale_factor", "cost factor of the substrate by package area: the first whose threshold (mm2) lies below the area") \
    X##_REAL(T, os_bonding_yield, "os_bonding_yield", CC_REQUIRED, 0, CC_PROPER_RATIO, "", "yield of bonding to the substrate") \
    X##_REAL(T, c4_bump_cost_usd_per_mm2, "c4_bump_cost_per_mm2", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/mm2", "bumps of an interposer") \
    X##_REAL(T, si_area_scale_factor, "si_area_scale_factor", CC_REQUIRED, 0, CC_POSITIVE, "", "interposer: package area over die area") \
    X##_REAL(T, si_wafer_cost_usd, "si_wafer_cost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "price of an interposer wafer") \
    X##_REAL(T, si_bonding_yield, "si_bonding_yield", CC_REQUIRED, 0, CC_PROPER_RATIO, "", "yield of bonding to the interposer") \
    X##_REAL(T, si_defects_per_mm2, "si_D0", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "1/mm2", "defect density of interposers") \
    X##_REAL(T, si_yield_alpha, "si_alpha", CC_REQUIRED, 0, CC_POSITIVE, "", "clustering of defects of interposers")

#define CC_SERVER_CONSTANTS(X, T) \
    X##_REAL(T, pcb_cost_usd, "PCBCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "printed circuit board; a server has two") \
    X##_REAL(T, pcb_parts_cost_usd, "PCBPartsCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "parts on the boards") \
    X##_REAL(T, dcdc_cost_usd_per_a, "DCDCCostPerAmp", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/A", "voltage converters") \
    X##_IGNORED(T, "DCDCMaxCurrent", "in published files; no equation uses it") \
    X##_REAL(T, dcdc_efficiency, "DCDCEfficiency", CC_REQUIRED, 0, CC_PROPER_RATIO, "", "efficiency of the voltage converters") \
    X##_REAL(T, max_dcdc_cost_usd, "MaxDCDCCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "voltage converters cost no more, as published (converter-cost)") \
    X##_REAL(T, fan_power_w, "FanPower", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "fan of a lane") \
    X##_REAL(T, fan_cost_usd, "FanCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "fan of a lane") \
    X##_REAL(T, heatsink_base_usd, "HeatSinkBaseCost", CC_OPTIONAL, 1, CC_NOT_NEGATIVE, "$", "a heat sink whatever its size") \
    X##_REAL(T, heatsink_metal_usd_per_m3, "HeatSinkMetalCost", CC_OPTIONAL, 4122.68, CC_NOT_NEGATIVE, "$/m3", "metal of heat sinks, aluminium") \
    X##_REAL(T, app_power_w, "APPPower", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "application processor and its memory") \
    X##_REAL(T, app_cost_usd, "APPCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "application processor and its memory") \
    X##_REAL(T, psu_cost_usd_per_w, "PSUCostPerW", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/W", "power supply") \
    X##_REAL(T, psu_efficiency, "PSUEfficiency", CC_REQUIRED, 0, CC_PROPER_RATIO, "", "efficiency of the power supply") \
    X##_IGNORED(T, "PSUOutputVoltage", "in published files; no equation uses it") \
    X##_REAL(T, max_psu_cost_usd, "MaxPSUCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "a power supply costs no more, as published (converter-cost)") \
    X##_REAL(T, chassis_cost_usd, "ChassisCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "chassis") \
    X##_REAL(T, ethernet_cost_usd, "EthernetCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "network card") \
    X##_REAL(T, life_years, "SrvLife", CC_REQUIRED, 0, CC_POSITIVE, "years", "life of a server") \
    CC_SERVER_MAX_POWER(X, T, CC_AS_CONSTANT) \
    X##_REAL(T, lane_area_min_mm2, "LaneAreaMin", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "mm2", "least heat-source area in a lane") \
    X##_REAL(T, lane_area_max_mm2, "LaneAreaMax", CC_REQUIRED, 0, CC_POSITIVE, "mm2", "most heat-source area in a lane")

#define CC_TCO_CONSTANTS(X, T) \
    X##_REAL(T, electricity_usd_per_kwh, "ElectricityCost", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/kWh", "electricity") \
    X##_REAL(T, interest_rate, "InterestRate", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "1/year", "interest") \
    X##_REAL(T, dc_capex_usd_per_w, "DCCapex", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/W", "datacentre, capital") \
    X##_REAL(T, dc_life_years, "DCAmortPeriod", CC_REQUIRED, 0, CC_POSITIVE, "years", "time over which the datacentre is written off") \
    X##_REAL(T, dc_opex_usd_per_w_month, "DCOpex", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$/W/month", "datacentre, operation") \
    X##_REAL(T, pue, "PUE", CC_REQUIRED, 0, CC_AT_LEAST_ONE, "", "power usage effectiveness") \
    X##_REAL(T, server_opex_rate, "SrvOpexRate", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "", "operation of a server over its life, as a share of its cost") \
    X##_REAL(T, average_power_ratio, "SrvAvgPwr", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "", "average power of a server over the power it is costed at")

#define CC_ENERGY_CONSTANTS(X, T) \
    X##_REAL(T, sram_weight_pj_per_byte, "sram_wgt", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "pJ/B", "reading weights from large SRAM") \
    X##_REAL(T, sram_activation_pj_per_byte, "sram_act", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "pJ/B", "reading activations from small SRAM") \
    X##_IGNORED(T, "dram", "in published files; no equation uses it") \
    X##_IGNORED(T, "hbm2", "in published files; the stack's own pj_per_byte is used") \
    X##_IGNORED(T, "stacked_dram", "in published files; the vault's own pj_per_bit is used") \
    X##_REAL(T, fma_pj, "fma_fp16", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "pJ", "one 16 bit multiply-accumulate") \
    X##_REAL(T, fma_fp8_pj, "fma_fp8", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "pJ", "one at fp8 (default: that at 16 bits over how much faster fp8 is)") \
    X##_REAL(T, fma_int8_pj, "fma_int8", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "pJ", "one at int8, likewise") \
    X##_REAL(T, fma_fp4_pj, "fma_fp4", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "pJ", "one at fp4, likewise") \
    X##_REAL(T, fma_int4_pj, "fma_int4", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "pJ", "one at int4, likewise")

#define CC_NRE_CONSTANTS(X, T) \
    X##_REAL(T, masks_usd, "masks", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "a set of masks") \
    X##_REAL(T, design_usd, "design", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "design of a chip: architecture, verification, layout, tools, IP, package, server, software") \
    X##_REAL(T, years, "years", CC_REQUIRED, 0, CC_POSITIVE, "years", "time over which a design is written off")

#define CC_RACK_CONSTANTS(X, T) \
    X##_REAL(T, max_servers, "servers", CC_REQUIRED, 0, CC_AT_LEAST_ONE, "", "servers that a rack has room for") \
    X##_REAL(T, max_rack_w, "max_power", CC_REQUIRED, 0, CC_POSITIVE, "W", "power that a rack supplies and cools")

#define CC_CARBON_CONSTANTS(X, T) \
    X##_REAL(T, fab_kwh_per_cm2, "fab_energy", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kWh/cm2", "electricity of the fab for a square centimetre of wafer") \
    X##_REAL(T, fab_kg_per_kwh, "fab_grid", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg/kWh", "CO2e of that electricity") \
    X##_REAL(T, fab_gas_kg_per_cm2, "fab_gas", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg/cm2", "CO2e of the fab's gases") \
    X##_REAL(T, fab_material_kg_per_cm2, "fab_material", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg/cm2", "CO2e of the fab's materials") \
    X##_REAL(T, package_kg, "package", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg", "CO2e of packaging a die or a stack") \
    X##_REAL(T, dram_kg_per_gb, "dram", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg/GB", "CO2e of memory in stacks and vaults") \
    X##_REAL(T, server_kg, "server", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg", "CO2e of all else in a server: boards, chassis, power supply, host") \
    X##_REAL(T, grid_kg_per_kwh, "grid", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "kg/kWh", "CO2e of the datacentre's electricity")

struct cc_chip_constants { CC_CHIP_CONSTANTS(CC_MEMBER, ) };
struct cc_package_constants { CC_PACKAGE_CONSTANTS(CC_MEMBER, ) };
struct cc_server_constants { CC_SERVER_CONSTANTS(CC_MEMBER, ) };
struct cc_tco_constants { CC_TCO_CONSTANTS(CC_MEMBER, ) };
struct cc_energy_constants { CC_ENERGY_CONSTANTS(CC_MEMBER, ) };
struct cc_nre_constants { CC_NRE_CONSTANTS(CC_MEMBER, ) };
struct cc_rack_constants { CC_RACK_CONSTANTS(CC_MEMBER, ) };
struct cc_carbon_constants { CC_CARBON_CONSTANTS(CC_MEMBER, ) };

/* Also the one map of a carbon file. */
#define CC_CARBON_MAP(X, T, need) X##_MAP(T, carbon, "Carbon", need, cc_carbon_constants, "greenhouse gases, as CO2e")

#define CC_CONSTANTS(X, T) \
    X##_MAP(T, chip, "Chip", CC_REQUIRED, cc_chip_constants, "dies and wafers") \
    X##_MAP(T, package, "Package", CC_REQUIRED, cc_package_constants, "packaging") \
    X##_MAP(T, server, "Server", CC_REQUIRED, cc_server_constants, "servers") \
    X##_MAP(T, tco, "TCO", CC_REQUIRED, cc_tco_constants, "total cost of ownership") \
    X##_MAP(T, energy, "Energy", CC_REQUIRED, cc_energy_constants, "energy of operations") \
    X##_MAP(T, nre, "NRE", CC_OPTIONAL, cc_nre_constants, "engineering of a chip, paid once") \
    X##_MAP(T, rack, "Rack", CC_OPTIONAL, cc_rack_constants, "racks") \
    CC_CARBON_MAP(X, T, CC_OPTIONAL)

struct cc_constants {
    CC_CONSTANTS(CC_MEMBER, )
    struct cc_sram_macros sram; /* those given in the file, none where it has no SRAM */
};

#endif
