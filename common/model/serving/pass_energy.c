#include "model/serving/pass_energy.h"

#include "model/serving/collective.h"
#include "model/serving/traffic.h"

static const double joules_per_pj = 1e-12;

/* Numbers in units of bytes_per_number: 1 for those of that size. */
static double size_of(const struct cc_serving *serving, double bits)
{
    return bits / (8 * serving->llm->bytes_per_number);
}

/* Weights of K and V that lie on more chips than one, each time after the first. */
static double repeated_numbers(const struct cc_layout *layout, enum cc_attention attention)
{
    const struct cc_llm *llm = layout->serving->llm;
    if (attention == CC_NO_ATTENTION || cc_llm_is_latent(llm))
        return 0;
    return (layout->split.copies - 1) * 2 * (double)llm->d * cc_llm_key_width(llm);
}

/* Published: 12 d^2 a layer, which is right for multi-head attention with d_ff = 4 d. */
static struct cc_kind_weights weights_of(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_layer_numbers numbers = cc_llm_layer(llm, kind);
    const double d = (double)llm->d;
    if (!serving->conventions.weight_energy)
        return (struct cc_kind_weights){.group = kind->count * (12 * d * d)};
    const double more = repeated_numbers(layout, kind->attention);
    return (struct cc_kind_weights){
        .group = kind->count * (numbers.weights + more) *
                     size_of(serving, cc_llm_stored_bits(llm, llm->format.weight_bits)) +
                 kind->count * numbers.router * size_of(serving, llm->format.embedding_bits.bits),
        .expert = kind->ffn == CC_EXPERTS ? kind->count * cc_llm_expert(llm) *
                                                size_of(serving, cc_llm_stored_bits(llm, llm->format.expert_bits))
                                          : 0,
    };
}

/* Times that a chip reads a key of grouped attention, where its query heads do not share the read. */
static double reads_of_a_key(const struct cc_layout *layout)
{
    if (!layout->serving->has_overheads || !layout->phase->generation)
        return 1;
    return fmax(1, layout->split.sharing / cc_heads_per_read(&layout->serving->overheads));
}

/* Numbers read from the cache for a request, all layers, in units of kv_bits; published: those of multi-head attention.
 */
static double cache_numbers(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_look *look = &layout->phase->look[kind->attention];
    const bool made = cc_llm_makes_keys(llm, kind->attention, cc_is_absorbed(serving, layout->phase));
    const double times = layout->phase->generation && !serving->routing.replicated ? 1 : layout->split.kv_copies;
    if (!serving->conventions.kv_energy)
        return kind->count * 2 * look->context * (double)llm->d;
    if (made)
        return kind->count * look->context * cc_llm_core_width(llm, kind->attention, false) *
               (llm->format.activation_bits.bits / llm->format.kv_bits.bits);
    if (cc_llm_is_latent(llm))
        return kind->count * look->context * times *
               (llm->latent +
                (double)llm->qk_rope_head_dim * (llm->format.kv_rope_bits.bits / llm->format.kv_bits.bits));
    return kind->count * 2 * look->context * cc_llm_key_width(llm) * times * reads_of_a_key(layout);
}

/* Keys of the index, which looks at all tokens: on each chip where its heads are divided among them. */
static double index_numbers(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_llm *llm = layout->serving->llm;
    if (kind->attention != CC_SPARSE)
        return 0;
    const double times = layout->split.shards > 1 ? 1 : (double)layout->chips;
    return kind->count * layout->phase->look[CC_FULL].context * (double)llm->index_dim * times *
           (llm->format.index_bits.bits / llm->format.kv_bits.bits);
}

/* Numbers of a request that pass through memory between products, all layers of a kind and all chips. */
static double moved_numbers(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_traffic t = cc_traffic_of(layout, kind);
    const double chips = (double)layout->chips;
    const double sharers = (double)(layout->place->tensor_parallel / layout->place->expert_parallel);
    const double row = chips * t.row.each + t.row.divided;
    const double experts = layout->serving->llm->active_experts * (sharers * t.expert.each + t.expert.divided);
    return kind->count * (layout->phase->queries * (row + (kind->ffn == CC_EXPERTS ? experts : 0)) + t.scores);
}

/* Numbers that a token writes and reads between products. */
static double activation_numbers(const struct cc_llm *llm, const struct cc_layer_kind *kind)
{
    const double d = (double)llm->d, attention = kind->attention == CC_NO_ATTENTION ? 0 : 4 * d;
    if (kind->ffn == CC_NO_FFN)
        return kind->count * attention;
    if (kind->ffn == CC_DENSE)
        return kind->count * (attention + 5 * d);
    const double shared = llm->shared_experts > 0 ? (double)llm->shared_experts * d + llm->shared_width : 0;
    return kind->count * (attention + llm->active_experts * (d + llm->expert_width) + shared);
}

/* Numbers that a token sends over links in the layers of a kind: a ring all-reduce for each half, all-to-alls, latents,
 * and the sum of the index. Published: 2 d for every chip, also for one. */
static double numbers_sent(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, p = (double)layout->chips;
    if (!serving->conventions.network_energy)
        return kind->count * 2 * d * p;
    const struct cc_all_to_alls a2a = cc_all_to_alls_of(layout, kind->attention);
    const double group = (double)a2a.chips, halves = (kind->attention != CC_NO_ATTENTION) + (kind->ffn != CC_NO_FFN);
    const bool latent = cc_llm_is_latent(llm) && kind->attention != CC_NO_ATTENTION;
    const double rope = latent ? (double)llm->qk_rope_head_dim : 0;
    const double width = latent ? (double)llm->num_heads * (2 * llm->latent + rope) / 2 : cc_llm_query_width(llm);
    double numbers = 2 * halves * (p - 1) * d + a2a.times * width * (group - 1) / group;
    if (latent)
        numbers += (p - 1) * (llm->query_latent + llm->latent + rope);
    if (kind->attention == CC_SPARSE && layout->split.shards == 1)
        numbers += 2 * (p - 1) * layout->phase->look[CC_FULL].pairs;
    return kind->count * numbers;
}

/* Energy of a multiply-accumulate, `unit_pj` when it is the same for all. */
struct fma {
    bool same;
    double unit_pj;
};

static struct fma fma_of(const struct cc_precisions *p)
{
    const double pj = p->weights.fma_pj;
    const bool same = p->experts.fma_pj == pj && p->embeddings.fma_pj == pj && p->core.fma_pj == pj &&
                      p->made.fma_pj == pj && p->index.fma_pj == pj;
    return (struct fma){same, same ? pj : 1};
}

static double counted(const struct fma *fma, const struct cc_precision *precision)
{
    return fma->same ? 1 : precision->fma_pj;
}

/* Of a token, but for its routed experts. */
static double token_macs(const struct cc_layout *layout, const struct cc_llm_macs *macs, const struct fma *fma)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_precisions *p = &serving->precision;
    const double d = (double)llm->d;
    const bool absorbed = cc_is_absorbed(serving, layout->phase);
    const double expanded = layout->phase->generation ? layout->phase->look[CC_FULL].context : 1;
    double weights = 0, core = macs->core;
    for (size_t i = 0; i < llm->kinds; i++) {
        const struct cc_layer_kind *kind = &llm->kind[i];
        const double all = cc_llm_weight_macs(llm, kind, absorbed, expanded, true);
        weights += kind->count * (all + repeated_numbers(layout, kind->attention));
    }
    if (!serving->conventions.weight_energy)
        weights = (double)llm->num_layers * (12 * d * d);
    if (!serving->conventions.kv_energy)
        core = (double)llm->num_layers * 2 * layout->phase->look[CC_FULL].pairs * d;
    return weights * counted(fma, &p->weights) + core * counted(fma, &p->core) + macs->made * counted(fma, &p->made) +
           macs->router * counted(fma, &p->embeddings) + macs->index * counted(fma, &p->index);
}

/* A token's products with one expert of each layer of a kind. */
static double expert_fma_j(const struct cc_serving *serving, const struct cc_layer_kind *kind, double tokens)
{
    if (kind->ffn != CC_EXPERTS)
        return 0;
    return kind->count * cc_llm_expert(serving->llm) * tokens * serving->precision.experts.fma_pj * joules_per_pj;
}

static void add_kind(struct cc_pass_energy *e, struct cc_pass_energy *sums, const struct cc_layout *layout,
                     const struct cc_layer_kind *kind)
{
    struct cc_kind_weights *weights = &e->kind[e->kinds++];
    *weights = weights_of(layout, kind);
    weights->expert_fma_j = expert_fma_j(layout->serving, kind, layout->phase->queries);
    sums->kv_j += cache_numbers(layout, kind) + index_numbers(layout, kind);
    sums->activation_j += activation_numbers(layout->serving->llm, kind);
    sums->network_j += numbers_sent(layout, kind);
}

void cc_pass_energy_of(struct cc_pass_energy *e, const struct cc_layout *layout)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct fma fma = fma_of(&serving->precision);
    const double tokens = layout->phase->queries, bytes_pj = llm->bytes_per_number * joules_per_pj;
    const double output = cc_llm_output_projection(llm);
    struct cc_pass_energy numbers = {0};
    *e = (struct cc_pass_energy){.kv_once = !serving->conventions.kv_energy};
    double moved = 0;
    for (size_t i = 0; i < llm->kinds; i++) {
        add_kind(e, &numbers, layout, &llm->kind[i]);
        moved += serving->has_overheads ? moved_numbers(layout, &llm->kind[i]) : 0;
    }
    const struct cc_llm_macs macs = cc_serving_macs(serving, layout->phase, true);
    const double counted_macs =
        token_macs(layout, &macs, &fma) * tokens + output * counted(&fma, &serving->precision.embeddings);
    e->fma_j = counted_macs * fma.unit_pj * joules_per_pj;
    e->output_fma_j = output * counted(&fma, &serving->precision.embeddings) * fma.unit_pj * joules_per_pj;
    e->weight_pj = serving->weight_pj_per_byte;
    e->bytes_j = bytes_pj;
    e->output.group = output * size_of(serving, llm->format.embedding_bits.bits);
    e->activation_j = numbers.activation_j * tokens * serving->activation_pj_per_byte * bytes_pj *
                      size_of(serving, llm->format.activation_bits.bits);
    e->activation_j +=
        moved * serving->weight_pj_per_byte * bytes_pj * size_of(serving, llm->format.activation_bits.bits);
    e->kv_j = numbers.kv_j * serving->kv_pj_per_byte * bytes_pj * size_of(serving, llm->format.kv_bits.bits);
    e->network_j = numbers.network_j * tokens * cc_collective_pj_per_byte(serving, layout->chips) * bytes_pj *
                   size_of(serving, llm->format.comm_bits.bits);
}
