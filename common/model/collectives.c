#include "model/collectives.h"

static const int64_t palm_d = 18432, llama2_d = 8192; /* widths by which the published program knows a layout */

struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place)
{
    const bool spans_servers = place->num_servers > place->pipeline_parallel;
    if (spans_servers && serving->server_link.bytes_per_s <= serving->package_link.bytes_per_s)
        return serving->server_link;
    return serving->package_link;
}

double cc_all_to_alls(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    const bool published = llm->d == palm_d || llm->d == llama2_d;
    return (serving->conventions.attention_layout ? llm->heads_per_kv_cache > 1 : published) ? 2 : 0;
}

/* Whether attention has an all-reduce of its own: parallel layers have one for attention and feed-forward together. */
static bool attention_reduces(const struct cc_serving *serving)
{
    const struct cc_llm *llm = serving->llm;
    return serving->conventions.attention_layout ? !llm->parallel_layers : llm->d != palm_d;
}

/* Published: an all-to-all is half an all-reduce of one row, whatever the micro-batch. */
static void plan_all_to_alls(const struct cc_serving *serving, int64_t chips, double queries, struct cc_channel channel,
                             struct cc_collectives *c)
{
    const struct cc_llm *llm = serving->llm;
    const double bytes = llm->bytes_per_number;
    c->all_to_alls = cc_all_to_alls(serving);
    if (!serving->conventions.all_to_all) {
        c->all_to_all_s = cc_all_reduce_run_s(&c->reduce, (double)llm->d * bytes / channel.bytes_per_s) / 2;
        return;
    }
    const double moved = queries * cc_llm_query_width(llm) * bytes;
    c->all_to_all_s = cc_all_to_all_s(chips, 0, channel.init_s, channel.bytes_per_s);
    c->all_to_all_move_s = cc_all_to_all_s(chips, moved, 0, channel.bytes_per_s);
}

/* Several chips share a head: its scores are summed. Published: of one token. */
static void plan_scores(const struct cc_serving *serving, int64_t chips, const struct cc_phase *phase,
                        struct cc_channel channel, struct cc_collectives *c)
{
    c->has_scores = chips > serving->llm->num_heads;
    if (!c->has_scores)
        return;
    c->scores_of_a_request = serving->conventions.score_reduce;
    const double scores = c->scores_of_a_request ? phase->queries * phase->context : phase->context;
    c->score_reduce = cc_all_reduce_plan_of(serving->all_reduce, chips / serving->llm->num_heads, channel.init_s);
    c->score_move_s = scores * serving->llm->bytes_per_number / channel.bytes_per_s;
}

void cc_collectives_open(struct cc_collectives *c, const struct cc_serving *serving, const struct cc_stage_place *place,
                         const struct cc_phase *phase)
{
    const struct cc_llm *llm = serving->llm;
    const struct cc_channel channel = cc_collective_channel(serving, place);
    const int64_t chips = place->tensor_parallel;
    *c = (struct cc_collectives){
        .reduce = cc_all_reduce_plan_of(serving->all_reduce, chips, channel.init_s),
        .reduces = attention_reduces(serving) ? 2 : 1,
        .row_move_s = phase->queries * (double)llm->d * llm->bytes_per_number / channel.bytes_per_s,
    };
    plan_all_to_alls(serving, chips, phase->queries, channel, c);
    plan_scores(serving, chips, phase, channel, c);
}
