/* reject.h: why a candidate is not realizable: the complete list of reasons. */
#ifndef CC_MODEL_REJECT_H
#define CC_MODEL_REJECT_H

#include <stdbool.h>

/* name, what `value` and `limit` are when a candidate is rejected for it */
#define CC_REASONS(X) \
    X(CHIP_TOO_SMALL, "chip_too_small", "area left for MACs and SRAM (mm2), below the least") \
    X(SRAM_MACROS, "sram_macros", "area (mm2) or capacity (MB) of the SRAM, for which no macro fits") \
    X(CHIP_AREA, "chip_area", "die area (mm2), above the largest") \
    X(CHIP_POWER_DENSITY, "chip_power_density", "W/mm2 of the chip, above the limit") \
    X(SYSTOLIC_WIDTH, "systolic_width", "side of a systolic array, less than one unit") \
    X(CHIP_OFF_WAFER, "chip_off_wafer", "dies on a wafer, none") \
    X(HBM_PERIMETER, "hbm_perimeter", "HBM stacks, more than stand around the chips") \
    X(VAULT_AREA, "vault_area", "area of the vaults (mm2), larger than the chip") \
    X(VAULT_TSVS, "vault_tsvs", "TSVs of a vault, not those that the chip has") \
    X(PACKAGE_DIE_AREA, "package_die_area", "silicon in the package (mm2), above the limit") \
    X(PACKAGE_POWER_DENSITY, "package_power_density", "W/mm2 of the package, above the limit") \
    X(INTERPOSER_OFF_WAFER, "interposer_off_wafer", "interposers on a wafer, none") \
    X(LANE_AREA_MIN, "lane_area_min", "heat-source area in a lane (mm2), below the least") \
    X(LANE_AREA_MAX, "lane_area_max", "heat-source area in a lane (mm2), above the limit") \
    X(NO_HEAT_SINK, "no_heat_sink", "side of the heat source (mm), for which no heat sink works") \
    X(HEAT_SINK_POWER, "heat_sink_power", "package power (W), above what its heat sink takes away") \
    X(SERVER_POWER, "server_power", "power of the packages (W), above the limit of a server") \
    X(MODEL_MEMORY, "model_memory", "bytes of the model, more than the largest system holds") \
    X(MAPPING_CHIPS, "mapping_chips", "chips of the given mapping, more than the system has") \
    X(MAPPING_LAYERS, "mapping_layers", "stages of the given mapping, more than the model has layers") \
    X(MAPPING_MEMORY, "mapping_memory", "bytes that the given mapping holds, more than its chips have room for") \
    X(PRECISION, "precision", "bits of a product, for which the chip has no rate, nor at any wider type") \
    X(EXPERTS, "experts", "shares of the experts in the given mapping, more than there are experts") \
    X(KV_LINK, "kv-link", "B/s of key/value caches that the server links of a system have to carry, more than they do") \
    X(INSTANCES, "instances", "instances that share a server, whose packages do not divide among them") \
    X(PREFILL_CHUNK, "prefill_chunk", "tokens of prompts that each pass would have to take, more than a chunk") \
    X(RATE, "rate", "requests/s that arrive, more than any of the points that would be kept takes in without filling up") \
    X(NO_MAPPING, "no_mapping", "bytes of model and one request, that no mapping finds room for") \
    X(PORTFOLIO, "portfolio", "models with a point that keeps the conditions, fewer than the mix has")

enum cc_reason {
    CC_NOT_REJECTED,
#define CC_REASON_ENUM(id, name, doc) CC_REJECT_##id,
    CC_REASONS(CC_REASON_ENUM)
#undef CC_REASON_ENUM
    CC_REASON_COUNT,
};

struct cc_reject {
    enum cc_reason reason;
    double value, limit; /* the figures compared, in the unit that the reason's doc names */
};

/* Fills `reject` in and returns false, so that a model function can end with it. */
bool cc_rejected(struct cc_reject *reject, enum cc_reason reason, double value, double limit);

const char *cc_reason_name(enum cc_reason reason);
const char *cc_reason_doc(enum cc_reason reason);

#endif
