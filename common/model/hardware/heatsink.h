/* heatsink.h: the air-cooled heat sink of one package in a lane of packages behind one fan. */
#ifndef CC_MODEL_HARDWARE_HEATSINK_H
#define CC_MODEL_HARDWARE_HEATSINK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/constants.h"

struct cc_heatsink_prices {
    double base_usd, metal_usd_per_m3; /* of a sink whatever its size; and of its metal */
};

struct cc_heatsink {
    double max_power_w;  /* heat removed at 90 C die and 30 C ambient; 0 when there is no sink */
    double cost_usd;
    double length_m;     /* of the base, along the air */
    double base_m;       /* thickness of the base */
    int64_t fins;
    double air_m3_per_s; /* through the lane */
};

/* The sink for a square heat source of `side_m` metres and `packages_per_lane` packages in a lane of 0.45 m. False when
 * none works (a source wider than the sink, or no air through any of them).
 * Depends on nothing else, so callers cache it: one design costs about a million evaluations of the resistances.
 * Source: the published program's design search; fins after Teertstra, Yovanovich and Culham (analytical forced
 * convection modeling of plate fin heat sinks), spreading after Lee, Song, Au and Moran (1995). */
bool cc_heatsink_design(double side_m, int64_t packages_per_lane, struct cc_heatsink_prices prices,
                        struct cc_heatsink *sink);

/* The same, bit for bit, with a cache: air volume and fin resistance of sinks of one length in a lane of one number of packages do
 * not depend on the heat source. A zeroed memo is empty; a full one takes 12 MB. */
enum { CC_HEATSINK_LANES = 1024, CC_HEATSINK_BASES = 12, CC_HEATSINK_FINS = 41 };
struct cc_heatsink_memo {
    struct cc_heatsink_lane {
        double length, air_length;
        struct cc_heatsink_flow {
            double start, air, resistance; /* m3/s: start of the search and result; K/W, 0: not cached */
        } flow[CC_HEATSINK_BASES][CC_HEATSINK_FINS];
    } lane[CC_HEATSINK_LANES];
};
bool cc_heatsink_design_from(struct cc_heatsink_memo *memo, double side_m, int64_t packages_per_lane,
                             struct cc_heatsink_prices prices, struct cc_heatsink *sink);

/* Prices by HeatSinkBaseCost and HeatSinkMetalCost. */
struct cc_heatsink_prices cc_heatsink_prices_of(const struct cc_server_constants *constants);

#endif
