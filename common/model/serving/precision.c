#include "model/serving/precision.h"

/* Energy of a multiply-accumulate of a type. The power of an array at a faster type is that of its peak; one that is
 * slower for want of units takes no more. */
static double fma_pj(const struct cc_energy_constants *energy, const struct cc_rates *rates, enum cc_number_type type)
{
    const double given[CC_NUMBER_TYPES] = {[CC_BF16] = energy->fma_pj,
                                           [CC_FP8] = energy->fma_fp8_pj,
                                           [CC_INT8] = energy->fma_int8_pj,
                                           [CC_FP4] = energy->fma_fp4_pj,
                                           [CC_INT4] = energy->fma_int4_pj};
    if (!isnan(given[type]))
        return given[type];
    return rates->of[CC_BF16] > 0 ? energy->fma_pj / fmax(1, rates->of[type] / rates->of[CC_BF16]) : NAN;
}

struct chip {
    const struct cc_rates *rates;
    const struct cc_energy_constants *energy;
    double loaded_bytes;
};

/* Products of numbers of two formats, of which the first is loaded, `bits` each. */
static bool set(struct cc_precision *precision, const struct chip *chip, struct cc_number_format loaded, double bits,
                struct cc_number_format other)
{
    enum cc_number_type type;
    if (!cc_rates_type_for(chip->rates, cc_number_type_of_product(loaded.type, other.type), &type))
        return false;
    *precision = (struct cc_precision){
        .rate = chip->rates->of[type],
        .bytes = isnan(chip->loaded_bytes) ? bits / 8 : chip->loaded_bytes,
        .fma_pj = fma_pj(chip->energy, chip->rates, type),
    };
    return true;
}

static bool has_sparse_layers(const struct cc_llm *llm)
{
    for (size_t i = 0; i < llm->kinds; i++)
        if (llm->kind[i].attention == CC_SPARSE)
            return true;
    return false;
}

bool cc_precisions_of(struct cc_precisions *p, const struct cc_llm *llm, const struct cc_rates *rates,
                      const struct cc_energy_constants *energy, double loaded_bytes)
{
    const struct cc_llm_formats *f = &llm->format;
    const struct chip chip = {rates, energy, loaded_bytes};
    const double weight_bits = cc_llm_loaded_bits(llm, f->weight_bits);
    const double expert_bits = cc_llm_loaded_bits(llm, f->expert_bits);
    if (!set(&p->weights, &chip, f->weight_bits, weight_bits, f->activation_bits) ||
        !set(&p->embeddings, &chip, f->embedding_bits, f->embedding_bits.bits, f->activation_bits) ||
        !set(&p->core, &chip, f->kv_bits, f->kv_bits.bits, f->attention_bits))
        return false;
    p->experts = p->weights;
    p->made = p->index = p->core;
    return (llm->experts == 0 || set(&p->experts, &chip, f->expert_bits, expert_bits, f->activation_bits)) &&
           (!cc_llm_is_latent(llm) ||
            set(&p->made, &chip, f->activation_bits, f->activation_bits.bits, f->attention_bits)) &&
           (!has_sparse_layers(llm) || set(&p->index, &chip, f->index_bits, f->index_bits.bits, f->index_bits));
}

bool cc_precisions_have_energy(const struct cc_precisions *p)
{
    return !isnan(p->weights.fma_pj) && !isnan(p->experts.fma_pj) && !isnan(p->embeddings.fma_pj) &&
           !isnan(p->core.fma_pj) && !isnan(p->made.fma_pj) && !isnan(p->index.fma_pj);
}
