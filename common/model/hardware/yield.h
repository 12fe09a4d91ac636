/* yield.h: how many of the dies on a wafer work. */
#ifndef CC_MODEL_HARDWARE_YIELD_H
#define CC_MODEL_HARDWARE_YIELD_H

/* Negative binomial yield, (1 + D0*area/alpha)^(-alpha): between 0 and 1, falling with area; an area of 0 yields 1.
 * area_mm2 >= 0, defects_per_mm2 (D0) >= 0, alpha > 0.
 * Source: Stapper's yield model as used by Chiplet Actuary (arXiv 2203.12268). */
double cc_yield(double area_mm2, double defects_per_mm2, double alpha);

#endif
