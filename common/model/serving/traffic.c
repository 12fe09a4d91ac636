#include "model/serving/traffic.h"

static const double wide = 5; /* times that a number of a row's width passes through memory in half a layer */

/* Queries, keys and values, and the output of attention. */
static struct cc_traffic_part of_attention(const struct cc_layout *layout, enum cc_attention attention)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double heads = (double)llm->num_heads, rope = (double)llm->qk_rope_head_dim;
    if (!cc_llm_is_latent(llm))
        return (struct cc_traffic_part){wide * (double)llm->d, 2 * (cc_llm_query_width(llm) + cc_llm_key_width(llm))};
    const bool made = cc_llm_makes_keys(llm, attention, cc_is_absorbed(serving, layout->phase));
    const double nope = (double)llm->qk_nope_head_dim, value = (double)llm->v_head_dim;
    const double core = made ? nope + value : 2 * llm->latent;
    return (struct cc_traffic_part){
        .each = wide * (double)llm->d + llm->query_latent + llm->latent + rope,
        .divided = heads * (nope + rope + core + value),
    };
}

static struct cc_traffic_part sum(struct cc_traffic_part a, struct cc_traffic_part b)
{
    return (struct cc_traffic_part){a.each + b.each, a.divided + b.divided};
}

static struct cc_traffic_part times(struct cc_traffic_part part, double factor)
{
    return (struct cc_traffic_part){part.each * factor, part.divided * factor};
}

struct cc_traffic cc_traffic_of(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double hidden = llm->gated ? 3 : 2, d = (double)llm->d;
    struct cc_traffic t = {0};
    if (kind->attention != CC_NO_ATTENTION) {
        t.row = of_attention(layout, kind->attention);
        if (!layout->phase->generation)
            t.scores = serving->overheads.score_traffic * (double)llm->num_heads * layout->phase->queries *
                       layout->phase->look[kind->attention].context;
    }
    if (kind->ffn == CC_DENSE)
        t.row = sum(t.row, (struct cc_traffic_part){wide * d, hidden * (double)llm->d_ff});
    if (kind->ffn == CC_EXPERTS) {
        t.row = sum(t.row, (struct cc_traffic_part){wide * d + llm->experts, hidden * llm->shared_width});
        t.expert = (struct cc_traffic_part){2 * d, hidden * llm->expert_width};
    }
    t.row = times(t.row, serving->overheads.activation_traffic);
    t.expert = times(t.expert, serving->overheads.activation_traffic);
    return t;
}

/* Seconds that moving `numbers` takes a chip, for each of what they grow with. */
static void add_moved(struct cc_layer_ops *list, const struct cc_layout *layout, const char *name,
                      enum cc_growth growth, double numbers, bool core)
{
    const struct cc_serving *serving = layout->serving;
    const double bytes = numbers * serving->llm->format.activation_bits.bits / 8;
    if (bytes > 0)
        list->op[list->ops++] = (struct cc_op){.name = name,
                                               .compute_by = growth,
                                               .load_by = growth,
                                               .rate = 1,
                                               .bytes = bytes,
                                               .load_s = cc_load_s(&serving->chip, bytes),
                                               .moves = true,
                                               .core = core};
}

static double of_chip(struct cc_traffic_part part, double chips)
{
    return part.each + part.divided / chips;
}

void cc_list_traffic(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_traffic t = cc_traffic_of(layout, kind);
    const double chips = (double)layout->chips, queries = layout->phase->queries;
    const double sharers = (double)(layout->place->tensor_parallel / layout->place->expert_parallel);
    add_moved(list, layout, "element-wise", CC_GROW_ROWS, of_chip(t.row, chips) * queries, true);
    add_moved(list, layout, "element-wise, experts", CC_GROW_ASSIGNED, of_chip(t.expert, sharers), false);
    add_moved(list, layout, "scores", CC_GROW_ROWS, t.scores / chips, true);
}
