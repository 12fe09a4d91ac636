#include "model/serving/collective.h"
#include "model/serving/ops.h"

#include "base/number.h"

static const int64_t palm_d = 18432, llama2_d = 8192; /* widths by which the published program knows a layout */

static double link_bytes(const struct cc_serving *serving)
{
    return serving->llm->format.comm_bits.bits / 8;
}

bool cc_attention_reduces(const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_llm *llm = layout->serving->llm;
    if (kind->attention == CC_NO_ATTENTION)
        return false;
    if (!layout->serving->conventions.attention_layout)
        return llm->d != palm_d;
    return !llm->parallel_layers || kind->ffn == CC_NO_FFN;
}

/* They exchange what the chips that repeat a KV head need of each other's requests. With heads cut at will: over all
 * chips that share attention wherever a KV head is shared. Published (attention-layout): at the width of PaLM or
 * Llama-2. */
struct cc_all_to_alls cc_all_to_alls_of(const struct cc_layout *layout, enum cc_attention attention)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const bool latent = cc_llm_is_latent(llm), chips_differ = layout->chips > 1 && !serving->routing.replicated;
    if (attention == CC_NO_ATTENTION)
        return (struct cc_all_to_alls){0, 1};
    if (!serving->conventions.attention_layout)
        return (struct cc_all_to_alls){llm->d == palm_d || llm->d == llama2_d ? 2 : 0, layout->chips};
    if (serving->conventions.whole_heads)
        return (struct cc_all_to_alls){layout->split.shards > 1 ? 2 : 0, (int64_t)layout->split.shards};
    if (latent)
        return (struct cc_all_to_alls){layout->phase->generation && chips_differ ? 2 : 0, layout->chips};
    return (struct cc_all_to_alls){llm->heads_per_kv_cache > 1 && !serving->routing.replicated ? 2 : 0, layout->chips};
}

/* Numbers that each of them exchanges for a token: on one of the chips that share its head, or on all that share
 * attention. */
static double exchanged(const struct cc_layout *layout, double width, double chips)
{
    const struct cc_serving *serving = layout->serving;
    if (serving->conventions.whole_heads && serving->conventions.attention_layout)
        return cc_head_columns(serving, width, layout->chips);
    return (double)serving->llm->num_heads * width / (chips * chips);
}

/* Pairwise: every chip sends each other chip what that one needs of every request's rows; with latent attention first
 * queries, then what comes of them, in the width of the latent. Published: half an all-reduce of one row, whatever the
 * micro-batch. */
static struct cc_exchange all_to_all(const struct cc_layout *layout, struct cc_all_to_alls a2a,
                                     struct cc_channel channel)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double link_bytes_per_s = channel.bytes_per_s / link_bytes(serving), p = (double)a2a.chips;
    struct cc_exchange e = {.name = "all-to-all", .times = a2a.times, .core = true};
    if (!serving->conventions.all_to_all) {
        const struct cc_all_reduce_plan whole = cc_stage_all_reduce(serving, a2a.chips, channel);
        e.growth = CC_GROW_NOT;
        e.plan = cc_fixed_plan_of(
            cc_all_reduce_run_s(&whole, (double)llm->d * link_bytes(serving) / channel.bytes_per_s) / 2);
        return e;
    }
    const double latent = llm->latent, rope = cc_llm_is_latent(llm) ? (double)llm->qk_rope_head_dim : 0;
    const double columns = cc_llm_is_latent(llm)
                               ? (exchanged(layout, latent + rope, p) + exchanged(layout, latent, p)) / 2
                               : exchanged(layout, (double)llm->d_head, p);
    const bool over_shards = serving->conventions.whole_heads && serving->conventions.attention_layout;
    e.growth = over_shards ? CC_GROW_REQUESTS : CC_GROW_ROWS;
    e.plan = cc_pairwise_plan_of(a2a.chips, channel.init_s);
    e.move_s = layout->phase->queries * columns / link_bytes_per_s;
    return e;
}

/* Several chips share a head: its scores are summed. Published: of one token (score-reduce), and over a number of chips
 * that is rounded down (head-sharing). */
static struct cc_exchange score_reduce(const struct cc_layout *layout, enum cc_attention attention,
                                       struct cc_channel channel)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_look *look = &layout->phase->look[attention];
    const bool every = serving->conventions.score_reduce;
    const int64_t heads = serving->llm->num_heads, chips = layout->chips;
    const int64_t sharers = serving->conventions.head_sharing ? cc_ceil_div(chips, heads) : chips / heads;
    const double scores = every ? layout->split.shards * layout->phase->queries * look->pairs : look->context;
    return (struct cc_exchange){
        .name = "score all-reduce",
        .growth = every ? CC_GROW_REQUESTS : CC_GROW_NOT,
        .times = 1,
        .move_s = scores * link_bytes(serving) / channel.bytes_per_s,
        .plan = cc_stage_all_reduce(serving, sharers, channel),
        .core = true,
    };
}

/* `numbers` of each request, summed over the chips that share attention. */
static struct cc_exchange all_reduce(const struct cc_layout *layout, const char *name, double times, double numbers,
                                     struct cc_channel channel)
{
    const struct cc_serving *serving = layout->serving;
    return (struct cc_exchange){
        .name = name,
        .growth = CC_GROW_ROWS,
        .times = times,
        .move_s = numbers * link_bytes(serving) / channel.bytes_per_s,
        .plan = cc_stage_all_reduce(serving, layout->chips, channel),
    };
}

/* The latents of all heads, of which each chip projects a part. */
static struct cc_exchange gather_latents(const struct cc_layout *layout, struct cc_channel channel)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_llm *llm = serving->llm;
    const double numbers = llm->query_latent + llm->latent + (double)llm->qk_rope_head_dim;
    const double part = layout->phase->queries * numbers / (double)layout->chips;
    return (struct cc_exchange){
        .name = "all-gather",
        .growth = CC_GROW_ROWS,
        .times = 1,
        .move_s = part * link_bytes(serving) / channel.bytes_per_s,
        .plan = cc_pairwise_plan_of(layout->chips, channel.init_s),
    };
}

static void list_of_attention(struct cc_layer_ops *list, const struct cc_layout *layout, enum cc_attention attention,
                              struct cc_channel channel)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_all_to_alls a2a = cc_all_to_alls_of(layout, attention);
    const double index = layout->phase->queries * layout->phase->look[CC_FULL].pairs;
    if (cc_llm_is_latent(serving->llm) && layout->chips > 1)
        list->exchange[list->exchanges++] = gather_latents(layout, channel);
    if (a2a.times > 0)
        list->exchange[list->exchanges++] = all_to_all(layout, a2a, channel);
    if (layout->chips > serving->llm->num_heads)
        list->exchange[list->exchanges++] = score_reduce(layout, attention, channel);
    if (attention == CC_SPARSE && layout->chips > 1 && layout->split.shards == 1) {
        list->exchange[list->exchanges++] = all_reduce(layout, "index all-reduce", 1, index, channel);
        list->exchange[list->exchanges - 1].core = true;
    }
}

void cc_list_exchanges(struct cc_layer_ops *list, const struct cc_layout *layout, const struct cc_layer_kind *kind)
{
    const struct cc_serving *serving = layout->serving;
    const struct cc_channel channel = cc_collective_channel(serving, layout->place, layout->chips);
    const double halves = (cc_attention_reduces(layout, kind) ? 1 : 0) + (kind->ffn != CC_NO_FFN ? 1 : 0);
    const double numbers = layout->phase->queries * (double)serving->llm->d;
    if (halves > 0)
        list->exchange[list->exchanges++] = all_reduce(layout, "all-reduce", halves, numbers, channel);
    if (kind->attention != CC_NO_ATTENTION)
        list_of_attention(list, layout, kind->attention, channel);
}
