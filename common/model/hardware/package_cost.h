/* package_cost.h: what it costs to put chips on a substrate. */
#ifndef CC_MODEL_HARDWARE_PACKAGE_COST_H
#define CC_MODEL_HARDWARE_PACKAGE_COST_H

#include <stdint.h>

#include "model/constants.h"

/* Assembly on an organic substrate or on a silicon interposer, in $, with the chips lost in bonding; besides the price
 * of the chips and memory themselves. area_mm2: of the package. The interposer's is NAN when it does not fit a wafer.
 * Source: Chiplet Actuary, chip-last assembly (arXiv 2203.12268). */
double cc_organic_assembly_usd(const struct cc_package_constants *constants, double area_mm2, int64_t num_chips,
                               double chip_cost_usd);
double cc_interposer_assembly_usd(const struct cc_package_constants *constants, double area_mm2, int64_t num_chips,
                                  double chip_cost_usd);

#endif
