#include "model/serving/heads.h"

/* KV heads of a layer. Published (grouped-query): as many as query heads. */
static double kv_heads(const struct cc_serving *serving)
{
    const double heads = (double)serving->llm->num_heads;
    if (cc_llm_is_latent(serving->llm))
        return 1;
    return serving->conventions.grouped_query ? heads / serving->llm->heads_per_kv_cache : heads;
}

/* Numbers of a KV head: as key, and as value again; of the latent, for both. */
static double kv_width(const struct cc_llm *llm)
{
    return cc_llm_is_latent(llm) ? llm->latent + (double)llm->qk_rope_head_dim : (double)llm->d_head;
}

/* Columns on the fullest chip of `heads` heads: whole heads, or cut ones when the chips outnumber the query heads. */
static double columns(const struct cc_serving *serving, double heads, double width, int64_t chips)
{
    const double p = (double)chips;
    if (chips > serving->llm->num_heads || !serving->conventions.whole_heads)
        return ceil((double)serving->llm->num_heads * width / p);
    return ceil(heads / p) * width;
}

double cc_head_columns(const struct cc_serving *serving, double width, int64_t chips)
{
    return columns(serving, (double)serving->llm->num_heads, width, chips);
}

/* Columns of K, and of V, on the fullest chip. */
static double kv_columns(const struct cc_serving *serving, int64_t chips)
{
    return columns(serving, kv_heads(serving), kv_width(serving->llm), chips);
}

/* Chips that hold the whole cache, where heads are cut at will and it is not spread over them. */
static double cut_copies(const struct cc_serving *serving, int64_t chips)
{
    if (!serving->routing.replicated)
        return 1;
    if (cc_llm_is_latent(serving->llm))
        return (double)chips;
    return fmax(1, (double)chips * serving->llm->heads_per_kv_cache / (double)serving->llm->num_heads);
}

static struct cc_head_split cut_heads(const struct cc_serving *serving, int64_t chips)
{
    const struct cc_llm *llm = serving->llm;
    const double query = cc_llm_query_width(llm), gated_query = llm->attention_gate ? 2 * query : query;
    const double key = serving->conventions.grouped_query ? cc_llm_key_width(llm) : query;
    const double copies = cut_copies(serving, chips);
    return (struct cc_head_split){
        .query_columns = ceil(query / (double)chips),
        .qkv_columns = ceil((gated_query + 2 * key) / (double)chips),
        .latent_columns = kv_width(llm) / (double)chips * copies,
        .sharing = (serving->conventions.grouped_query ? llm->heads_per_kv_cache : 1) / copies,
        .copies = 1,
        .kv_copies = copies,
        .shards = 1,
    };
}

/* Whether chips that have the same KV head may each load the cache of requests of their own. */
static bool shares_requests(const struct cc_serving *serving, const struct cc_phase *phase)
{
    const bool naive = cc_llm_is_latent(serving->llm) && serving->routing.naive_latent;
    return phase->generation && !serving->routing.replicated && !naive;
}

struct cc_head_split cc_head_split_of(const struct cc_serving *serving, int64_t chips, const struct cc_phase *phase)
{
    if (!serving->conventions.whole_heads)
        return cut_heads(serving, chips);
    const double heads = (double)serving->llm->num_heads,
                 most = chips < serving->llm->num_heads ? (double)chips : heads;
    const double copies = fmax(1, most / kv_heads(serving));
    struct cc_head_split split = {
        .query_columns = columns(serving, heads, (double)serving->llm->d_head, chips),
        .latent_columns = kv_columns(serving, chips),
        .copies = copies,
        .kv_copies = copies,
        .shards = shares_requests(serving, phase) ? floor(copies) : 1,
    };
    split.qkv_columns = split.query_columns * (serving->llm->attention_gate ? 2 : 1) + 2 * kv_columns(serving, chips);
    split.sharing = split.shards * split.query_columns / kv_columns(serving, chips);
    return split;
}

/* Latent attention: what heads have is as the fullest chip has it; the projections to the latents lie once. */
static double latent_weights(const struct cc_serving *serving, int64_t chips)
{
    const struct cc_llm *llm = serving->llm;
    const double d = (double)llm->d, p = (double)chips, nope = (double)llm->qk_nope_head_dim;
    const double rope = (double)llm->qk_rope_head_dim, value = (double)llm->v_head_dim;
    const double query_in = llm->query_latent > 0 ? llm->query_latent : d;
    return d * (llm->query_latent + llm->latent + rope) +
           p * (query_in * cc_head_columns(serving, nope + rope, chips) +
                llm->latent * cc_head_columns(serving, nope + value, chips) +
                cc_head_columns(serving, value, chips) * d);
}

double cc_head_split_weights(const struct cc_serving *serving, enum cc_attention attention,
                             const struct cc_head_split *split, int64_t chips)
{
    const struct cc_llm *llm = serving->llm;
    const double all = cc_llm_attention(llm, attention), index = all - cc_llm_attention(llm, CC_FULL);
    if (!serving->conventions.whole_heads || attention == CC_NO_ATTENTION)
        return all;
    if (cc_llm_is_latent(llm))
        return latent_weights(serving, chips) + index;
    return (double)chips * (double)llm->d * (split->qkv_columns + split->query_columns) + index;
}

double cc_head_split_kv_factor(const struct cc_serving *serving, const struct cc_head_split *split, int64_t chips)
{
    if (!serving->conventions.whole_heads)
        return split->kv_copies;
    const double own = kv_heads(serving) * kv_width(serving->llm);
    return (double)chips * kv_columns(serving, chips) / (own * split->shards);
}
