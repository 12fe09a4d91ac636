#include "model/llm.h"

static double width_of_heads(const struct cc_llm *llm)
{
    return (double)llm->num_heads * (double)llm->d_head;
}

double cc_llm_attention(const struct cc_llm *llm)
{
    const double query = width_of_heads(llm) * (double)llm->d;
    const double key = query / llm->heads_per_kv_cache;
    return query + key + key + query;
}

double cc_llm_feed_forward(const struct cc_llm *llm)
{
    return 2 * (double)llm->d * (double)llm->d_ff;
}

bool cc_llm_is_gated(const struct cc_llm *llm)
{
    return cc_text_contains_any_case(llm->act, "glu");
}

double cc_llm_gate(const struct cc_llm *llm)
{
    return cc_llm_is_gated(llm) ? (double)llm->d * (double)llm->d_ff : 0;
}

struct cc_llm cc_llm_of(const struct cc_llm_input *in)
{
    struct cc_llm llm = {
        .name = in->name,
        .num_layers = in->num_layers,
        .d = in->d,
        .num_heads = in->num_heads,
        .d_head = in->d_head == CC_NO_INT ? in->d / in->num_heads : in->d_head,
        .d_ff = in->d_ff == CC_NO_INT ? 4 * in->d : in->d_ff,
        .act = in->act.len > 0 ? in->act : cc_text_of("gelu"),
        .heads_per_kv_cache = in->heads_per_kv_cache,
        .bytes_per_number = in->bytes_per_number,
    };
    const double layers = (double)llm.num_layers;
    llm.parameters = layers * (cc_llm_attention(&llm) + cc_llm_feed_forward(&llm) + cc_llm_gate(&llm));
    llm.bytes = llm.parameters * llm.bytes_per_number;
    llm.kv_bytes_per_token = layers * 2 * width_of_heads(&llm) / llm.heads_per_kv_cache * llm.bytes_per_number;
    return llm;
}

double cc_llm_prefill_flops(const struct cc_llm *llm, double len)
{
    const double layers = (double)llm->num_layers;
    return layers * (cc_llm_attention(llm) + cc_llm_feed_forward(llm)) * len * 2 +
           layers * 2 * width_of_heads(llm) * len * len * 2;
}

double cc_llm_token_flops(const struct cc_llm *llm, double context)
{
    const double layers = (double)llm->num_layers;
    return layers * (cc_llm_attention(llm) + cc_llm_feed_forward(llm)) * 2 +
           layers * 2 * width_of_heads(llm) * context * 2;
}
