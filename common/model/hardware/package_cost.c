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

/* Chips and stacks in packages that fail, for each that does not. */
static double lost_usd(const struct cc_assembly *a, double share)
{
    return ((double)a->num_chips * a->chip_cost_usd + a->stacks_usd) * share;
}

double cc_organic_assembly_usd(const struct cc_package_constants *k, const struct cc_assembly *a)
{
    const double yield = pow(k->os_bonding_yield, (double)a->num_chips) * a->stacks_yield;
    const double lost = lost_usd(a, 1 / yield - 1);
    if (!isnan(a->given_usd))
        return a->given_usd / yield + lost;
    const double factor = a->num_chips == 1 ? 1 : layer_factor(&k->os_layer_scale_factor, a->area_mm2);
    return a->area_mm2 * k->os_cost_usd_per_mm2 * factor / yield + lost;
}

double cc_interposer_assembly_usd(const struct cc_package_constants *k, const struct cc_assembly *a)
{
    const double chip_yield = pow(k->si_bonding_yield, (double)a->num_chips) * a->stacks_yield;
    const double os_yield = k->os_bonding_yield;
    const double lost = lost_usd(a, 1 / chip_yield / os_yield - 1);
    if (!isnan(a->given_usd))
        return a->given_usd / chip_yield / os_yield + lost;
    const int64_t per_wafer = cc_dies_per_wafer(a->area_mm2, interposer_wafer_mm, interposer_gap_mm);
    if (per_wafer == 0)
        return NAN;
    const double si_yield = cc_yield(a->area_mm2, k->si_defects_per_mm2, k->si_yield_alpha);
    const double interposer_usd = k->si_wafer_cost_usd / (double)per_wafer + k->c4_bump_cost_usd_per_mm2 * a->area_mm2;
    return interposer_usd / si_yield / chip_yield / os_yield + k->os_cost_usd_per_mm2 * a->area_mm2 / os_yield + lost;
}
