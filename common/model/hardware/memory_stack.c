#include "model/hardware/memory_stack.h"

struct cc_memory cc_hbm_of(const struct cc_hbm_input *in)
{
    struct cc_memory stack = {
        .kind = cc_text_of(CC_MEMORY_HBM),
        .name = in->name,
        .bytes = in->channel_bytes * (double)in->num_channels,
        .bytes_per_s = in->bit_rate_per_pin * in->channel_width_bits * (double)in->num_channels / 8,
        .pj_per_byte = in->pj_per_byte,
        .vdd_v = in->vdd_v,
        .area_mm2 = in->x_mm * in->y_mm,
    };
    stack.tdp_w = stack.bytes_per_s * stack.pj_per_byte * 1e-12;
    stack.cost_usd = isnan(in->cost_usd) ? stack.bytes / 1073741824.0 * in->cost_usd_per_gib : in->cost_usd;
    return stack;
}

static bool given_by_density(const struct cc_vault_input *in)
{
    return !isnan(in->density_bytes_per_mm2) && !isnan(in->tsv_area_mm2) && in->tsvs != CC_NO_INT;
}

static double layer_bytes(const struct cc_vault_input *in)
{
    if (given_by_density(in))
        return (in->layer_area_mm2 - (double)in->tsvs * in->tsv_area_mm2) * in->density_bytes_per_mm2;
    return in->layer_bytes;
}

const char *cc_vault_lacks(const struct cc_vault_input *in)
{
    const bool sram = cc_text_contains_any_case(in->mem_type, "SRAM");
    const bool dram = cc_text_contains_any_case(in->mem_type, "DRAM");
    if (sram == dram)
        return "mem_type must contain either SRAM or DRAM";
    if (in->tsvs == CC_NO_INT && isnan(in->bytes_per_s))
        return "tsvs or bandwidth must be given";
    if (isnan(in->layer_bytes) && !given_by_density(in))
        return "layer_bytes must be given, or density with tsvs and tsv_area";
    if (!(layer_bytes(in) > 0))
        return "tsvs leave no room for memory in layer_area";
    return NULL;
}

struct cc_memory cc_vault_of(const struct cc_vault_input *in)
{
    const bool sram = cc_text_contains_any_case(in->mem_type, "SRAM");
    struct cc_memory vault = {
        .kind = cc_text_of(sram ? CC_MEMORY_3D_SRAM : CC_MEMORY_3D_DRAM),
        .name = in->name,
        .bytes = layer_bytes(in) * (double)in->num_layers,
        .bytes_per_s = in->tsvs == CC_NO_INT ? in->bytes_per_s : (double)in->tsvs * in->bit_rate_per_tsv / 8,
        .pj_per_byte = in->pj_per_bit * 8,
        .vdd_v = in->vdd_v,
        .area_mm2 = in->layer_area_mm2,
        .cost_usd = in->layer_cost_usd * (double)in->num_layers,
    };
    vault.tdp_w = vault.bytes_per_s * vault.pj_per_byte * 1e-12;
    return vault;
}
