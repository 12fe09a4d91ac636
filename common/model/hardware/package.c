#include "model/hardware/package.h"

#include "model/hardware/package_cost.h"

static const double heat_spread = 1.2; /* side of the heat source over the side of the silicon */

const char *cc_package_lacks(const struct cc_package_input *in, const struct cc_chip *chip)
{
    if (in->has_hbm && in->has_vault)
        return "has both hbm and mem_3d: give one";
    if (chip->hbm_channels > 0 && !in->has_hbm)
        return "has no hbm, which a chip with hbm_channels requires";
    if (chip->mem_3d_vaults > 0 && !in->has_vault)
        return "has no mem_3d, which a chip with mem_3d_vaults requires";
    if (in->devices != CC_NO_INT && in->num_chips % in->devices != 0)
        return "has devices that do not divide its num_chips";
    return NULL;
}

/* Capacity, bandwidth, power and price of chips and memory. */
static void add_up(const struct cc_chip *chip, struct cc_package *p)
{
    const double chips = (double)p->num_chips, stacks = (double)p->hbm_stacks;
    const double vaults = (double)(p->has_memory ? chip->mem_3d_vaults : 0);
    const struct cc_memory *memory = &p->memory;
    p->tdp_w = chips * chip->tdp_w;
    p->sram_bytes = chips * chip->sram_bytes;
    p->cost_usd = chips * chip->cost_usd;
    p->die_area_mm2 = chips * chip->area_mm2;
    if (cc_text_is(memory->kind, CC_MEMORY_HBM)) {
        p->tdp_w += stacks * memory->tdp_w;
        p->dram_bytes = stacks * memory->bytes;
        p->dram_bytes_per_s_per_chip = memory->bytes_per_s * stacks / chips;
        p->cost_usd += stacks * memory->cost_usd;
        p->die_area_mm2 += stacks * memory->area_mm2;
    } else if (p->has_memory) {
        p->tdp_w += chips * vaults * memory->tdp_w;
        p->cost_usd += chips * vaults * memory->cost_usd;
        if (cc_text_is(memory->kind, CC_MEMORY_3D_SRAM)) {
            p->sram_bytes += chips * vaults * memory->bytes;
        } else {
            p->dram_bytes = chips * vaults * memory->bytes;
            p->dram_bytes_per_s_per_chip = memory->bytes_per_s * vaults;
        }
    }
    p->memory_bytes = p->sram_bytes + p->dram_bytes;
}

/* Side of the heat source of chips with HBM stacks along one or both of their sides. */
static bool place_stacks(const struct cc_hbm_input *hbm, const struct cc_chip *chip, struct cc_package *p,
                         struct cc_reject *reject)
{
    const double chip_side = sqrt(chip->area_mm2);
    const double stack_long = fmax(hbm->x_mm, hbm->y_mm), stack_short = fmin(hbm->x_mm, hbm->y_mm);
    const double limit = 2 * ceil(chip_side / stack_long) * (double)p->num_chips;
    const double stacks = (double)p->hbm_stacks, stacks_per_chip = stacks / (double)p->num_chips;
    if (stacks > limit)
        return cc_rejected(reject, CC_REJECT_HBM_PERIMETER, stacks, limit);
    const bool both_sides = stacks > limit / 2;
    const double in_a_row = ceil(both_sides ? stacks_per_chip / 2 : stacks_per_chip);
    const double along = fmax(chip_side, in_a_row * stack_long);
    const double across = chip_side + (both_sides ? 2 : 1) * stack_short;
    p->heat_source_mm = fmax(along, across) * floor(sqrt((double)p->num_chips)) * heat_spread;
    return true;
}

/* Side of the heat source of chips alone, or under vaults. */
static bool place_chips(const struct cc_package_constants *constants, const struct cc_chip *chip, struct cc_package *p,
                        struct cc_reject *reject)
{
    if (p->die_area_mm2 > constants->max_die_area_mm2)
        return cc_rejected(reject, CC_REJECT_PACKAGE_DIE_AREA, p->die_area_mm2, constants->max_die_area_mm2);
    p->heat_source_mm = sqrt(chip->area_mm2) * ceil(sqrt((double)p->num_chips)) * heat_spread;
    return true;
}

static bool vaults_fit(const struct cc_chip *chip, const struct cc_package_input *in, const struct cc_memory *vault,
                       struct cc_reject *reject)
{
    const double vaults_mm2 = (double)chip->mem_3d_vaults * vault->area_mm2;
    if (vaults_mm2 > chip->area_mm2)
        return cc_rejected(reject, CC_REJECT_VAULT_AREA, vaults_mm2, chip->area_mm2);
    if (chip->mem_3d_vault_tsvs != CC_NO_INT && chip->mem_3d_vault_tsvs != in->vault.tsvs) {
        const double vault_tsvs = in->vault.tsvs == CC_NO_INT ? 0 : (double)in->vault.tsvs;
        return cc_rejected(reject, CC_REJECT_VAULT_TSVS, vault_tsvs, (double)chip->mem_3d_vault_tsvs);
    }
    return true;
}

static bool cool_enough(const struct cc_package_input *in, const struct cc_package_constants *constants,
                        struct cc_package *p, struct cc_reject *reject)
{
    const double limit = isnan(in->custom_max_power_density_w_per_mm2) ? constants->max_power_density_w_per_mm2
                                                                       : in->custom_max_power_density_w_per_mm2;
    p->power_density_w_per_mm2 = p->tdp_w / (p->heat_source_mm * p->heat_source_mm);
    if (in->thermal_eval && p->power_density_w_per_mm2 > limit)
        return cc_rejected(reject, CC_REJECT_PACKAGE_POWER_DENSITY, p->power_density_w_per_mm2, limit);
    return true;
}

static bool assemble(const struct cc_package_input *in, const struct cc_package_constants *constants,
                     const struct cc_chip *chip, struct cc_package *p, struct cc_reject *reject)
{
    const bool stacks_lost = p->hbm_stacks > 0 && !isnan(in->hbm.bonding_yield);
    p->area_mm2 = p->die_area_mm2 * (p->interposer ? constants->si_area_scale_factor : constants->os_area_scale_factor);
    const struct cc_assembly assembly = {
        .area_mm2 = p->area_mm2,
        .num_chips = p->num_chips,
        .chip_cost_usd = chip->cost_usd,
        .stacks_usd = stacks_lost ? (double)p->hbm_stacks * p->memory.cost_usd : 0,
        .stacks_yield = stacks_lost ? pow(in->hbm.bonding_yield, (double)p->hbm_stacks) : 1,
        .given_usd = in->assembly_cost_usd,
    };
    const double assembly_usd = p->interposer ? cc_interposer_assembly_usd(constants, &assembly)
                                              : cc_organic_assembly_usd(constants, &assembly);
    if (isnan(assembly_usd))
        return cc_rejected(reject, CC_REJECT_INTERPOSER_OFF_WAFER, 0, 1);
    p->cost_usd += assembly_usd;
    return true;
}

static void choose_memory(const struct cc_package_input *in, const struct cc_chip *chip, struct cc_package *p)
{
    if (in->has_hbm) {
        p->memory = cc_hbm_of(&in->hbm);
        p->hbm_stacks = p->num_chips * (chip->hbm_channels / in->hbm.num_channels);
    } else if (in->has_vault) {
        p->memory = cc_vault_of(&in->vault);
    }
    p->has_memory = in->has_hbm || in->has_vault;
}

bool cc_package_build(const struct cc_package_input *in, const struct cc_chip *chip,
                      const struct cc_constants *constants, struct cc_package *package, struct cc_reject *reject)
{
    *package = (struct cc_package){
        .num_chips = in->num_chips,
        .devices = in->devices,
        .interposer = chip->hbm_channels > 0 || (in->num_chips > 1 && in->interposer),
    };
    choose_memory(in, chip, package);
    add_up(chip, package);
    if (in->has_vault && !vaults_fit(chip, in, &package->memory, reject))
        return false;
    if (package->hbm_stacks > 0) {
        if (!place_stacks(&in->hbm, chip, package, reject))
            return false;
    } else if (!place_chips(&constants->package, chip, package, reject)) {
        return false;
    }
    return cool_enough(in, &constants->package, package, reject) &&
           assemble(in, &constants->package, chip, package, reject);
}
