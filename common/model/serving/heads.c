#include "model/serving/heads.h"

/* KV heads of a layer. Published (grouped-query): as many as query heads. */
static double kv_heads(const struct cc_serving *serving)
{
    const double heads = (double)serving->llm->num_heads;
    return serving->conventions.grouped_query ? heads / serving->llm->heads_per_kv_cache : heads;
}

/* Columns on the fullest chip of `heads` heads: whole heads, or cut ones when the chips outnumber the query heads. */
static double columns(const struct cc_serving *serving, double heads, int64_t chips)
{
    const double width = (double)serving->llm->d_head, p = (double)chips;
    if (chips > serving->llm->num_heads)
        return ceil((double)serving->llm->num_heads * width / p);
    return ceil(heads / p) * width;
}

/* Columns of K, and of V, on the fullest chip. */
static double kv_columns(const struct cc_serving *serving, int64_t chips)
{
    return columns(serving, kv_heads(serving), chips);
}

static struct cc_head_split cut_heads(const struct cc_serving *serving, int64_t chips)
{
    const struct cc_llm *llm = serving->llm;
    const double query = cc_llm_query_width(llm),
                 key = serving->conventions.grouped_query ? cc_llm_key_width(llm) : query;
    return (struct cc_head_split){
        .query_columns = ceil(query / (double)chips),
        .qkv_columns = ceil((query + 2 * key) / (double)chips),
        .sharing = serving->conventions.grouped_query ? llm->heads_per_kv_cache : 1,
        .copies = 1,
        .shards = 1,
    };
}

struct cc_head_split cc_head_split_of(const struct cc_serving *serving, int64_t chips, const struct cc_phase *phase)
{
    if (!serving->conventions.whole_heads)
        return cut_heads(serving, chips);
    const double heads = (double)serving->llm->num_heads,
                 most = chips < serving->llm->num_heads ? (double)chips : heads;
    const double copies = fmax(1, most / kv_heads(serving));
    struct cc_head_split split = {
        .query_columns = columns(serving, heads, chips),
        .copies = copies,
        .shards = phase->generation ? floor(copies) : 1,
    };
    split.qkv_columns = split.query_columns + 2 * kv_columns(serving, chips);
    split.sharing = split.shards * split.query_columns / kv_columns(serving, chips);
    return split;
}

double cc_head_split_weights(const struct cc_serving *serving, const struct cc_head_split *split, int64_t chips)
{
    if (!serving->conventions.whole_heads)
        return cc_llm_attention(serving->llm, CC_FULL);
    return (double)chips * (double)serving->llm->d * (split->qkv_columns + split->query_columns);
}

double cc_head_split_kv_factor(const struct cc_serving *serving, const struct cc_head_split *split, int64_t chips)
{
    if (!serving->conventions.whole_heads)
        return 1;
    const double own = kv_heads(serving) * (double)serving->llm->d_head;
    return (double)chips * kv_columns(serving, chips) / (own * split->shards);
}
