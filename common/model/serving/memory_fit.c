#include "model/serving/memory_fit.h"

#include "model/llm/span.h"
#include "model/serving/heads.h"

/* Distribution of a layer over the chips of a place. */
struct holder {
    const struct cc_serving *serving;
    struct cc_head_split split;
    int64_t chips;          /* that share attention */
    double groups, experts; /* of them; experts held, those that are padded and copies included */
    double tokens, kv_factor;
};

/* Weights of a layer on all chips: attention as the fullest chip has it, everything but experts once for each group. */
static double layer_bytes(const struct holder *h, const struct cc_layer_kind *kind)
{
    const struct cc_llm *llm = h->serving->llm;
    struct cc_layer_numbers numbers = cc_llm_layer(llm, kind);
    numbers.weights += cc_head_split_weights(h->serving, kind->attention, &h->split, h->chips) -
                       cc_llm_attention(llm, kind->attention);
    numbers.weights *= h->groups;
    numbers.router *= h->groups;
    numbers.experts *= llm->experts > 0 ? h->experts / llm->experts : 1;
    return cc_llm_bytes_of(llm, numbers);
}

static double layer_kv_bytes(const struct holder *h, const struct cc_layer_kind *kind)
{
    const struct cc_llm *llm = h->serving->llm;
    return cc_span_kept(llm, kind->attention, h->tokens) * cc_llm_kv_token_bytes(llm, kind->attention) * h->kv_factor;
}

static struct cc_stage_held held_by_layers(const struct holder *h, const double *layers)
{
    const struct cc_llm *llm = h->serving->llm;
    struct cc_stage_held held = {0};
    for (size_t k = 0; k < llm->kinds; k++) {
        held.weight_bytes += layers[k] * layer_bytes(h, &llm->kind[k]);
        held.kv_bytes_each += layers[k] * layer_kv_bytes(h, &llm->kind[k]);
    }
    return held;
}

static double embedding_bytes(const struct holder *h)
{
    const struct cc_llm *llm = h->serving->llm;
    return h->groups * cc_llm_output_projection(llm) * (llm->format.embedding_bits.bits / 8);
}

/* Modules that predict further tokens: a layer of the last kind each, and the joined input. */
static double mtp_bytes(const struct holder *h)
{
    const struct cc_llm *llm = h->serving->llm;
    if (llm->mtp_modules == 0 || !h->serving->routing.mtp)
        return 0;
    const struct cc_layer_numbers joined = {.weights = h->groups * 2 * (double)llm->d * (double)llm->d};
    const struct cc_layer_kind *last = &llm->kind[llm->layer[llm->num_layers - 1]];
    return llm->mtp_modules * (layer_bytes(h, last) + cc_llm_bytes_of(llm, joined));
}

static void add_held(struct cc_memory_fit *fit, const struct holder *h, const double *layers, double more_bytes)
{
    struct cc_stage_held *held = &fit->held[fit->count++];
    *held = held_by_layers(h, layers);
    held->weight_bytes += more_bytes;
}

/* All stages as one, or the only one. */
static void hold_together(struct cc_memory_fit *fit, const struct holder *h)
{
    const struct cc_llm *llm = h->serving->llm;
    double layers[CC_LAYER_KINDS_MAX];
    for (size_t k = 0; k < llm->kinds; k++)
        layers[k] = llm->kind[k].count;
    add_held(fit, h, layers, embedding_bytes(h) * (llm->tied_embeddings ? 1 : 2) + mtp_bytes(h));
}

static void hold_by_stage(struct cc_memory_fit *fit, const struct holder *h, const struct cc_stages *stages)
{
    const struct cc_llm *llm = h->serving->llm;
    if (llm->kinds == 1) {
        add_held(fit, h, &stages->layers, embedding_bytes(h));
        if (mtp_bytes(h) > 0) /* else the last holds no more than the first */
            add_held(fit, h, &stages->last, embedding_bytes(h) + mtp_bytes(h));
        return;
    }
    add_held(fit, h, stages->shape[0], embedding_bytes(h));
    for (size_t i = 1; i < stages->shapes; i++)
        add_held(fit, h, stages->shape[i], 0);
    add_held(fit, h, stages->shape[stages->last_shape], embedding_bytes(h) + mtp_bytes(h));
}

void cc_memory_fit_of(struct cc_memory_fit *fit, const struct cc_serving *serving, const struct cc_stage_place *place,
                      const struct cc_stages *stages)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t chips = cc_attention_parallel(place);
    const double slots = llm->experts + serving->routing.redundant, shares = (double)place->expert_parallel;
    struct holder h = {
        .serving = serving,
        .split = cc_head_split_of(serving, chips, &serving->generate),
        .chips = chips,
        .groups = (double)place->attention_groups,
        .experts = shares * ceil(slots / shares),
        .tokens = (double)(serving->workload.prefill_len + serving->workload.generate_len),
    };
    h.kv_factor = cc_head_split_kv_factor(serving, &h.split, chips);
    fit->count = 0;
    fit->shards = h.groups * h.split.shards;
    fit->memory_bytes =
        (double)place->tensor_parallel / (double)serving->chips_per_package * serving->package_memory_bytes;
    if (!serving->conventions.fullest_stage)
        fit->memory_bytes *= (double)place->pipeline_parallel;
    if (!serving->conventions.fullest_stage || place->pipeline_parallel == 1) {
        hold_together(fit, &h);
        return;
    }
    hold_by_stage(fit, &h, stages);
}
