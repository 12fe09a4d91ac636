#include "model/hardware/package_cost.h"

#include "model/hardware/dies_per_wafer.h"
#include "model/hardware/yield.h"

static const double interposer_wafer_mm = 300, interposer_gap_mm = 0.1;

/* The first factor whose threshold lies below the area, in file order; 1 when none does. */
static double layer_factor(const struct cc_steps *steps, double area_mm2)
{
    for (size_t i = 0; i < steps->count; i++)
        if (steps->threshold[i] < area_mm2)
            return steps->factor[i];
    return 1;
}

double cc_organic_assembly_usd(const struct cc_package_constants *k, double area_mm2, int64_t num_chips,
                               double chip_cost_usd)
{
    const double factor = num_chips == 1 ? 1 : layer_factor(&k->os_layer_scale_factor, area_mm2);
    const double yield = pow(k->os_bonding_yield, (double)num_chips);
    return area_mm2 * k->os_cost_usd_per_mm2 * factor / yield + (double)num_chips * chip_cost_usd * (1 / yield - 1);
}

double cc_interposer_assembly_usd(const struct cc_package_constants *k, double area_mm2, int64_t num_chips,
                                  double chip_cost_usd)
{
    const int64_t per_wafer = cc_dies_per_wafer(area_mm2, interposer_wafer_mm, interposer_gap_mm);
    if (per_wafer == 0)
        return NAN;
    const double si_yield = cc_yield(area_mm2, k->si_defects_per_mm2, k->si_yield_alpha);
    const double chip_yield = pow(k->si_bonding_yield, (double)num_chips);
    const double os_yield = k->os_bonding_yield;
    const double interposer_usd = k->si_wafer_cost_usd / (double)per_wafer + k->c4_bump_cost_usd_per_mm2 * area_mm2;
    return interposer_usd / si_yield / chip_yield / os_yield + k->os_cost_usd_per_mm2 * area_mm2 / os_yield +
           (double)num_chips * chip_cost_usd * (1 / chip_yield / os_yield - 1);
}
