#include "model/serving/memory_fit.h"

#include <string.h>

#include "model/llm/span.h"
#include "model/serving/heads.h"

/* Distribution of a layer over the chips of a place. */
struct holder {
    const struct cc_serving *serving;
    struct cc_head_split split;
    int64_t chips;          /* that share attention */
    double groups, experts; /* of them; experts held, those that are padded and copies included */
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

static void work_out(struct cc_layers_held *held, const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t chips = cc_attention_parallel(place);
    const double slots = llm->experts + serving->routing.redundant, shares = (double)place->expert_parallel;
    const bool prompts = serving->duty == CC_PREFILL_ALONE;
    struct holder h = {
        .serving = serving,
        .split = cc_head_split_of(serving, chips, prompts ? &serving->prefill : &serving->generate),
        .chips = chips,
        .groups = (double)place->attention_groups,
        .experts = shares * ceil(slots / shares),
    };
    held->kv_factor = cc_head_split_kv_factor(serving, &h.split, chips);
    for (size_t k = 0; k < llm->kinds; k++)
        held->weight_bytes[k] = layer_bytes(&h, &llm->kind[k]);
    held->embedding_bytes = embedding_bytes(&h);
    held->mtp_bytes = mtp_bytes(&h);
    held->shards = h.groups * h.split.shards;
}

/* Padding that differs costs time alone. */
static void forget_others(struct cc_holdings *memo, const struct cc_serving *serving)
{
    if (memcmp(&memo->conventions, &serving->conventions, sizeof memo->conventions) == 0 &&
        memcmp(&memo->routing, &serving->routing, sizeof memo->routing) == 0 && memo->duty == serving->duty)
        return;
    memo->conventions = serving->conventions;
    memo->routing = serving->routing;
    memo->duty = serving->duty;
    for (size_t i = 0; i < CC_HOLDINGS_REMEMBERED; i++)
        memo->known[i].chips = 0;
}

/* As remembered, or worked out into `own` where nothing is. */
static const struct cc_layers_held *layers_held_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                                   struct cc_layers_held *own)
{
    const int64_t chips = place->tensor_parallel, groups = place->attention_groups, shares = place->expert_parallel;
    if (serving->holdings == NULL) {
        work_out(own, serving, place);
        return own;
    }
    forget_others(serving->holdings, serving);
    struct cc_holding *known =
        &serving->holdings->known[(chips + 7 * (groups - 1) + 31 * (shares - 1)) % CC_HOLDINGS_REMEMBERED];
    if (known->chips != chips || known->attention_groups != groups || known->expert_parallel != shares) {
        known->chips = chips;
        known->attention_groups = groups;
        known->expert_parallel = shares;
        work_out(&known->layers, serving, place);
    }
    return &known->layers;
}

/* Bytes that the cache of a request has in a layer of each kind. */
struct caches {
    double layer_bytes[CC_LAYER_KINDS_MAX];
};

static struct caches caches_of(const struct cc_serving *serving, const struct cc_layers_held *layers)
{
    const struct cc_llm *llm = serving->llm;
    const int64_t answer = serving->duty == CC_PREFILL_ALONE ? 0 : serving->workload.generate_len;
    const double tokens = (double)(serving->workload.prefill_len + answer);
    struct caches caches;
    for (size_t k = 0; k < llm->kinds; k++)
        caches.layer_bytes[k] = cc_span_kept(llm, llm->kind[k].attention, tokens) *
                                cc_llm_kv_token_bytes(llm, llm->kind[k].attention) * layers->kv_factor;
    return caches;
}

static void add_held(struct cc_memory_fit *fit, const struct cc_layers_held *layers, const struct caches *caches,
                     size_t kinds, const double *counts, double more_bytes)
{
    struct cc_stage_held held = {0};
    for (size_t k = 0; k < kinds; k++) {
        held.weight_bytes += counts[k] * layers->weight_bytes[k];
        held.kv_bytes_each += counts[k] * caches->layer_bytes[k];
    }
    held.weight_bytes += more_bytes;
    fit->held[fit->count++] = held;
}

/* All stages as one, or the only one. */
static void hold_together(struct cc_memory_fit *fit, const struct cc_llm *llm, const struct cc_layers_held *layers,
                          const struct caches *caches)
{
    double counts[CC_LAYER_KINDS_MAX];
    for (size_t k = 0; k < llm->kinds; k++)
        counts[k] = llm->kind[k].count;
    add_held(fit, layers, caches, llm->kinds, counts,
             layers->embedding_bytes * (llm->tied_embeddings ? 1 : 2) + layers->mtp_bytes);
}

static void hold_by_stage(struct cc_memory_fit *fit, const struct cc_llm *llm, const struct cc_layers_held *layers,
                          const struct caches *caches, const struct cc_stages *stages)
{
    const double first = layers->embedding_bytes, last = layers->embedding_bytes + layers->mtp_bytes;
    if (llm->kinds == 1) {
        add_held(fit, layers, caches, 1, &stages->layers, first);
        if (layers->mtp_bytes > 0) /* else the last holds no more than the first */
            add_held(fit, layers, caches, 1, &stages->last, last);
        return;
    }
    add_held(fit, layers, caches, llm->kinds, stages->shape[0], first);
    for (size_t i = 1; i < stages->shapes; i++)
        add_held(fit, layers, caches, llm->kinds, stages->shape[i], 0);
    add_held(fit, layers, caches, llm->kinds, stages->shape[stages->last_shape], last);
}

void cc_memory_fit_of(struct cc_memory_fit *fit, const struct cc_serving *serving, const struct cc_stage_place *place,
                      const struct cc_stages *stages)
{
    struct cc_layers_held own;
    const struct cc_layers_held *layers = layers_held_of(serving, place, &own);
    const struct caches caches = caches_of(serving, layers);
    fit->count = 0;
    fit->shards = layers->shards;
    fit->memory_bytes =
        cc_memory_packages(serving, place) * serving->package_memory_bytes * cc_memory_stages(serving, place);
    if (!serving->conventions.fullest_stage || place->pipeline_parallel == 1)
        hold_together(fit, serving->llm, layers, &caches);
    else
        hold_by_stage(fit, serving->llm, layers, &caches, stages);
}

struct cc_fullest_stage cc_fullest_stage_of(const struct cc_memory_fit *fit, double batch)
{
    const double requests = cc_requests_in_shards(fit, batch);
    struct cc_fullest_stage fullest = {0};
    for (size_t i = 0; i < fit->count; i++) {
        const struct cc_fullest_stage held = {fit->held[i].weight_bytes, requests * fit->held[i].kv_bytes_each};
        if (held.weight_bytes + held.kv_bytes > fullest.weight_bytes + fullest.kv_bytes)
            fullest = held;
    }
    return fullest;
}

void cc_memory_needs(const struct cc_memory_fit *fit, const double *restrict batches, size_t count,
                     double *restrict need_bytes)
{
    for (size_t b = 0; b < count; b++)
        need_bytes[b] = 0;
    for (size_t i = 0; i < fit->count; i++) {
        const double weight_bytes = fit->held[i].weight_bytes, kv_bytes_each = fit->held[i].kv_bytes_each;
        for (size_t b = 0; b < count; b++) {
            const double need = weight_bytes + batches[b] * kv_bytes_each;
            need_bytes[b] = need > need_bytes[b] ? need : need_bytes[b];
        }
    }
}
