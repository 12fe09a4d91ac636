#include "model/hardware/embodied.h"

/* A good die (kg): its share of the wafer, bad dies included. */
static double die_kg(const struct cc_carbon_constants *k, const struct cc_chip *chip)
{
    const double yield = isnan(chip->yield) || chip->yield == 0 ? 1 : chip->yield;
    const double kg_per_cm2 =
        k->fab_kg_per_kwh * k->fab_kwh_per_cm2 + k->fab_gas_kg_per_cm2 + k->fab_material_kg_per_cm2;
    return chip->area_mm2 / 100 * kg_per_cm2 / yield;
}

double cc_embodied_kg(const struct cc_carbon_constants *k, const struct cc_chip *chip, const struct cc_package *package,
                      const struct cc_server *server)
{
    const double dram_gb = isnan(server->dram_bytes) ? 0 : server->dram_bytes / 1e9;
    const double chips = (double)server->num_chips;
    const double parts = chips + (double)package->hbm_stacks * (double)server->num_packages;
    return chips * die_kg(k, chip) + parts * k->package_kg + dram_gb * k->dram_kg_per_gb + k->server_kg;
}
