/* server.h: lanes of packages under heat sinks, with their power supply and board. */
#ifndef CC_MODEL_HARDWARE_SERVER_H
#define CC_MODEL_HARDWARE_SERVER_H

#include "base/field.h"
#include "model/constants.h"
#include "model/convention.h"
#include "model/hardware/chip.h"
#include "model/hardware/heatsink.h"
#include "model/hardware/link.h"
#include "model/hardware/package.h"
#include "model/reject.h"
#include "model/tco.h"

/* In a hardware file and in records. */
#define CC_SERVER_PACKAGES_PER_LANE(X, T, AS) \
    X##_INT(T, packages_per_lane, "packages_per_lane", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, NAN), CC_POSITIVE, "", "packages in a lane" AS(", behind one fan", ""))
#define CC_SERVER_LANES(X, T, AS) \
    X##_INT(T, num_lanes, "num_lanes", CC_OPTIONAL, AS(8, NAN), CC_POSITIVE, "", "lanes" AS(" of a server", ""))
#define CC_SERVER_LINK(X, T, AS) \
    X##_MAP(T, link, AS("io", "link"), CC_REQUIRED, AS(cc_link_input, cc_link), "link from server to server")

#define CC_SERVER_NETWORK(X, T, AS) \
    X##_TEXT(T, allreduce_algo, "allreduce_algo", CC_OPTIONAL, AS("all-reduce algorithm of systems that name none (a system file's allreduce_algo lists them)", "all-reduce algorithm of systems that name none"))

/* In the records of a server and of a point: chips of all packages, and of all servers. */
#define CC_NUM_CHIPS(X, T, need, default_value) X##_INT(T, num_chips, "num_chips", need, default_value, CC_POSITIVE, "", "chips")

/* The map Server of a hardware file. */
#define CC_SERVER_INPUT(X, T) \
    CC_SERVER_PACKAGES_PER_LANE(X, T, CC_AS_KEY) \
    CC_SERVER_LANES(X, T, CC_AS_KEY) \
    X##_FLAG(T, thermal_eval, "thermal_eval", true, "whether heat and power can reject the server") \
    CC_SERVER_MAX_POWER(X, T, CC_AS_CUSTOM) \
    X##_REAL(T, other_cost_usd, "other_cost_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "hosts, network cards, switches and boards besides those of the constants") \
    X##_REAL(T, more_power_w, "other_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "their power, and that of fans besides those of the lanes, before conversion") \
    X##_REAL(T, package_max_power_factor, "package_max_power_factor", CC_OPTIONAL, 1.0, CC_POSITIVE, "", "scales what a heat sink takes away") \
    CC_SERVER_LINK(X, T, CC_AS_KEY) \
    CC_SERVER_NETWORK(X, T, CC_AS_KEY)

/* The `server` entry of a record. */
#define CC_SERVER_FIELDS(X, T) \
    CC_SERVER_LANES(X, T, CC_AS_FIELD) \
    CC_SERVER_PACKAGES_PER_LANE(X, T, CC_AS_FIELD) \
    X##_INT(T, num_packages, "num_packages", CC_REQUIRED, 0, CC_POSITIVE, "", "packages") \
    CC_NUM_CHIPS(X, T, CC_REQUIRED, 0) \
    CC_SERVER_LINK(X, T, CC_AS_FIELD) \
    X##_REAL(T, heatsink_max_power_w, "heatsink_max_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "what the heat sink of a package takes away") \
    X##_REAL(T, heatsink_cost_usd, "heatsink_cost_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "a heat sink") \
    X##_REAL(T, heatsink_length_mm, "heatsink_length_mm", CC_OPTIONAL, NAN, CC_POSITIVE, "mm", "length of a heat sink along the air") \
    X##_REAL(T, heatsink_base_mm, "heatsink_base_mm", CC_OPTIONAL, NAN, CC_POSITIVE, "mm", "thickness of its base") \
    X##_INT(T, heatsink_fins, "heatsink_fins", CC_OPTIONAL, NAN, CC_POSITIVE, "", "number of its fins") \
    X##_REAL(T, heatsink_air_m3_per_s, "heatsink_air_m3_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "m3/s", "air through the lane") \
    X##_REAL(T, core_power_w, "core_power_w", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "W", "packages, at the wall, without static power") \
    X##_REAL(T, other_power_w, "other_power_w", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "at any load, at the wall: fans, application processor, what the hardware file adds, static power of chips") \
    X##_REAL(T, tdp_w, "tdp_w", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "W", "thermal design power at the wall") \
    CC_PEAK_FLOPS(X, T, CC_AS_FIELD) \
    CC_MEMORY_BYTES(X, T, "", "") \
    X##_REAL(T, cost_packages_usd, "cost_packages_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "packages") \
    X##_REAL(T, cost_heatsinks_usd, "cost_heatsinks_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "heat sinks") \
    X##_REAL(T, cost_fans_usd, "cost_fans_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "fans") \
    X##_REAL(T, cost_network_usd, "cost_network_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "network card") \
    X##_REAL(T, cost_dcdc_usd, "cost_dcdc_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "voltage converters") \
    X##_REAL(T, cost_psu_usd, "cost_psu_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "power supply") \
    X##_REAL(T, cost_board_usd, "cost_board_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "boards, parts, chassis and application processor") \
    X##_REAL(T, cost_other_usd, "cost_other_usd", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "hosts, network cards, switches and boards that the hardware file adds") \
    X##_REAL(T, cost_usd, "cost_usd", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "the server") \
    X##_MAP(T, tco, "tco", CC_OPTIONAL, cc_tco, "total cost of ownership at the thermal design power") \
    CC_SERVER_NETWORK(X, T, CC_AS_FIELD)

struct cc_server_input { CC_SERVER_INPUT(CC_MEMBER, ) };
struct cc_server { CC_SERVER_FIELDS(CC_MEMBER, ) };

/* The first tests of a server, which need no heat sink: the area in a lane. */
bool cc_server_lane_fits(const struct cc_server_input *in, const struct cc_package *package,
                         const struct cc_server_constants *constants, struct cc_reject *reject);

/* The server that `in` makes of packages under `sink` (whose max_power_w is 0 when there is none). False when it is not
 * realizable: `reject` says why. `rates` are those of `constants`. Published: the board has no application processor.
 * Source: Chiplet Cloud (arXiv 2307.02666), server model. */
bool cc_server_build(const struct cc_server_input *in, const struct cc_chip *chip, const struct cc_package *package,
                     const struct cc_heatsink *sink, const struct cc_constants *constants,
                     const struct cc_tco_rates *rates, struct cc_conventions conventions, struct cc_server *server,
                     struct cc_reject *reject);

/* One of `parts` equal parts of a server, with its packages, cost and power; the link is that of the whole. False when the packages
 * do not divide: `reject` says so. */
bool cc_server_part_of(const struct cc_server *server, int64_t parts, struct cc_server *part, struct cc_reject *reject);

#endif
