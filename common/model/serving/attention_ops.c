#include "model/serving/ops.h"

/* How the cache is loaded in generation: what of the bandwidth is reached, query heads that share a read, and what the
 * time grows with. */
struct reads {
    double bandwidth_share, shared_heads;
    enum cc_growth growth;
};

static struct reads reads_of(const struct cc_layout *layout)
{
    const struct cc_overheads *o = &layout->serving->overheads;
    if (!layout->serving->has_overheads || !layout->phase->generation)
        return (struct reads){1, INFINITY, CC_GROW_REQUESTS};
    return (struct reads){cc_cache_bandwidth_share(o), cc_heads_per_read(o),
                          o->attention_fill > 0 ? CC_GROW_READS : CC_GROW_REQUESTS};
}

/* Queries with keys, and scores with values: `columns` on a chip for each, of `load_bytes` a token for both together.
 */
struct core {
    enum cc_growth requests, reads;
    double score_columns, value_columns;
    double score_bytes, value_bytes; /* loaded for a request */
    const struct cc_precision *precision;
};

static void list_core(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_look *look,
                      const struct core *core)
{
    const struct cc_precision *p = core->precision;
    const double q = layout->phase->queries, pairs = look->pairs;
    const double score = core->score_columns * pairs * p->bytes / core->score_bytes;
    const double value = core->value_columns * pairs * p->bytes / core->value_bytes;
    cc_add_core(list, layout, "score", core->requests, core->reads,
                (struct cc_matmul){1, q, core->score_columns, pairs, score, p->bytes, p->rate});
    cc_add_core(list, layout, "value", core->requests, core->reads,
                (struct cc_matmul){1, q, pairs, core->value_columns, value, p->bytes, p->rate});
}

/* Multi-head, grouped-query and multi-query attention. */
static void list_grouped(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_look *look)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_precision *weights = &serving->precision.weights, *p = &serving->precision.core;
    const struct cc_head_split *split = &layout->split;
    const double d = (double)serving->llm->d, q = layout->phase->queries, heads = split->query_columns;
    const double columns = split->shards * heads;
    const struct reads reads = reads_of(layout);
    const double sharing = fmin(split->sharing, reads.shared_heads) * reads.bandwidth_share *
                           (look->pairs / look->context); /* all of the context is loaded */
    cc_add_product(list, layout, "qkv", weights, q, d, split->qkv_columns);
    cc_add_core(list, layout, "score", CC_GROW_REQUESTS, reads.growth,
                (struct cc_matmul){1, q, columns, look->pairs, sharing, p->bytes, p->rate});
    cc_add_core(list, layout, "value", CC_GROW_REQUESTS, reads.growth,
                (struct cc_matmul){1, q, look->pairs, columns, sharing, p->bytes, p->rate});
    cc_add_product(list, layout, "out", weights, q, heads, d);
}

/* Bytes of the latent of a token on its way from memory, a chip's part. */
static double latent_bytes(const struct cc_layout *layout)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double rope = (double)llm->qk_rope_head_dim, numbers = llm->latent + rope;
    const double bytes = serving->conventions.load_bytes
                             ? (llm->latent * llm->format.kv_bits.bits + rope * llm->format.kv_rope_bits.bits) / 8
                             : numbers * serving->precision.core.bytes;
    return layout->split.latent_columns * bytes / numbers;
}

static void list_absorbed(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_look *look)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double shards = layout->split.shards, rope = (double)llm->qk_rope_head_dim;
    const struct reads reads = reads_of(layout);
    const double half = look->context * latent_bytes(layout) / 2 / reads.bandwidth_share;
    const struct core core = {
        .requests = CC_GROW_REQUESTS,
        .reads = reads.growth,
        .score_columns = shards * cc_head_columns(serving, llm->latent + rope, layout->chips),
        .value_columns = shards * cc_head_columns(serving, llm->latent, layout->chips),
        .score_bytes = half,
        .value_bytes = half,
        .precision = &serving->precision.core,
    };
    list_core(list, layout, look, &core);
}

/* Keys and values are made of the latent: each chip has those of its heads, of all requests. */
static void list_naive(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_look *look)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double key = (double)(llm->qk_nope_head_dim + llm->qk_rope_head_dim);
    const double score = cc_head_columns(serving, key, layout->chips);
    const double value = cc_head_columns(serving, (double)llm->v_head_dim, layout->chips);
    const struct cc_precision *p = &serving->precision.made;
    const struct core core = {CC_GROW_ROWS,
                              CC_GROW_ROWS,
                              score,
                              value,
                              score * look->context * p->bytes,
                              value * look->context * p->bytes,
                              p};
    list_core(list, layout, look, &core);
}

static void list_latent(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_attention attention)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_precision *weights = &serving->precision.weights;
    const struct cc_look *look = &layout->phase->look[attention];
    const bool made = cc_llm_makes_keys(llm, attention, cc_is_absorbed(serving, layout->phase));
    const double d = (double)llm->d, q = layout->phase->queries, p = (double)layout->chips;
    const double nope = (double)llm->qk_nope_head_dim, rope = (double)llm->qk_rope_head_dim;
    const double value = (double)llm->v_head_dim;
    const double query_in = llm->query_latent > 0 ? llm->query_latent : d;
    const double expanded = layout->phase->generation && made ? look->context : q;
    cc_add_product(list, layout, "latent", weights, q, d, ceil((llm->query_latent + llm->latent + rope) / p));
    cc_add_product(list, layout, "query", weights, q, query_in, cc_head_columns(serving, nope + rope, layout->chips));
    cc_add_product(list, layout, "key value", weights, expanded, llm->latent,
                   cc_head_columns(serving, nope + value, layout->chips));
    list->op[list->ops - 1].core = serving->routing.naive_latent; /* of all tokens in the cache */
    if (made)
        list_naive(list, layout, look);
    else
        list_absorbed(list, layout, look);
    cc_add_product(list, layout, "out", weights, q, cc_head_columns(serving, value, layout->chips), d);
}

/* The index of sparse attention looks at all tokens: where a chip has requests of its own, with all its heads, else
 * with a part. */
static void list_index(struct cc_layer_ops *list, const struct cc_layout *layout)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const struct cc_precision *p = &serving->precision.index, *weights = &serving->precision.weights;
    const struct cc_look *look = &layout->phase->look[CC_FULL];
    const double heads = (double)llm->index_heads, width = (double)llm->index_dim, chips = (double)layout->chips;
    const double q = layout->phase->queries, query_in = llm->query_latent > 0 ? llm->query_latent : (double)llm->d;
    const bool own = layout->split.shards > 1 || layout->chips == 1;
    const bool whole = serving->conventions.whole_heads && chips <= heads;
    const double part = whole ? ceil(heads / chips) * width : ceil(heads * width / chips);
    const double columns = own ? heads * width : part;
    const double sharing = columns * look->pairs / (look->context * width) * reads_of(layout).bandwidth_share;
    cc_add_product(list, layout, "index query", weights, q, query_in, ceil(heads * width / chips));
    cc_add_product(list, layout, "index key", weights, q, (double)llm->d, ceil((width + heads) / chips));
    cc_add_core(list, layout, "index", own ? CC_GROW_REQUESTS : CC_GROW_ROWS, own ? CC_GROW_REQUESTS : CC_GROW_ROWS,
                (struct cc_matmul){1, q, columns, look->pairs, sharing, p->bytes, p->rate});
}

void cc_list_attention(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_attention attention)
{
    if (cc_llm_is_latent(layout->serving->llm))
        list_latent(list, layout, attention);
    else
        list_grouped(list, layout, &layout->phase->look[attention]);
    if (attention == CC_SPARSE)
        list_index(list, layout);
}
