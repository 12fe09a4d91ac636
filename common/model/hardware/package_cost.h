/* package_cost.h: what it costs to put chips on a substrate. */
#ifndef CC_MODEL_HARDWARE_PACKAGE_COST_H
#define CC_MODEL_HARDWARE_PACKAGE_COST_H

#include <stdint.h>

#include "model/constants.h"

/* Parts of an assembly. */
struct cc_assembly {
    double area_mm2; /* of the package */
    int64_t num_chips;
    double chip_cost_usd;
    double stacks_usd;   /* memory that is lost with a package; 0: it is not counted */
    double stacks_yield; /* share of packages in which bonding spoils no stack; 1: it is not counted */
    double given_usd;    /* price of substrate, assembly and test of a package, in place of the model's; NAN: none */
};

/* Assembly on an organic substrate or on a silicon interposer, in $, with the chips (and stacks) lost in bonding;
 * besides the price of the chips and memory themselves. The interposer's is NAN when it does not fit a wafer. Source:
 * Chiplet Actuary, chip-last assembly (arXiv 2203.12268); stacks are lost as its chips are. */
double cc_organic_assembly_usd(const struct cc_package_constants *constants, const struct cc_assembly *assembly);
double cc_interposer_assembly_usd(const struct cc_package_constants *constants, const struct cc_assembly *assembly);

#endif
