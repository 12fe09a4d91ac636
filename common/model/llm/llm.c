#include "model/llm/llm.h"

double cc_llm_query_width(const struct cc_llm *llm)
{
    return (double)llm->num_heads * (double)llm->d_head;
}

double cc_llm_key_width(const struct cc_llm *llm)
{
    return cc_llm_query_width(llm) / llm->heads_per_kv_cache;
}

double cc_llm_attention(const struct cc_llm *llm)
{
    const double query = cc_llm_query_width(llm) * (double)llm->d;
    const double key = query / llm->heads_per_kv_cache;
    return query + key + key + query;
}

double cc_llm_feed_forward(const struct cc_llm *llm)
{
    return 2 * (double)llm->d * (double)llm->d_ff;
}

double cc_llm_gate(const struct cc_llm *llm)
{
    return llm->gated ? (double)llm->d * (double)llm->d_ff : 0;
}

double cc_llm_layer(const struct cc_llm *llm)
{
    return cc_llm_attention(llm) + cc_llm_feed_forward(llm) + cc_llm_gate(llm);
}

double cc_llm_output_projection(const struct cc_llm *llm)
{
    return (double)llm->vocab_size * (double)llm->d;
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
        .parallel_layers = in->parallel_layers,
        .vocab_size = in->vocab_size,
        .tied_embeddings = in->tied_embeddings,
    };
    llm.gated = cc_text_contains_any_case(llm.act, "glu");
    const double layers = (double)llm.num_layers;
    const double embeddings = cc_llm_output_projection(&llm) * (llm.tied_embeddings ? 1 : 2);
    llm.parameters = layers * cc_llm_layer(&llm) + embeddings;
    llm.bytes = llm.parameters * llm.bytes_per_number;
    llm.kv_bytes_per_token = layers * 2 * cc_llm_key_width(&llm) * llm.bytes_per_number;
    return llm;
}

/* Multiply-accumulates of the weights of all layers for one token. */
static double weight_macs(const struct cc_llm *llm, bool gate)
{
    const double layer = cc_llm_attention(llm) + cc_llm_feed_forward(llm) + (gate ? cc_llm_gate(llm) : 0);
    return (double)llm->num_layers * layer;
}

/* Multiply-accumulates of one token's queries with the keys and values of `context` tokens, all layers. */
static double attention_macs(const struct cc_llm *llm, double context)
{
    return (double)llm->num_layers * 2 * cc_llm_query_width(llm) * context;
}

double cc_llm_prefill_flops(const struct cc_llm *llm, double len, double pairs, bool gate)
{
    return ((weight_macs(llm, gate) + attention_macs(llm, pairs)) * len + cc_llm_output_projection(llm)) * 2;
}

double cc_llm_token_flops(const struct cc_llm *llm, double context, bool gate)
{
    return (weight_macs(llm, gate) + attention_macs(llm, context) + cc_llm_output_projection(llm)) * 2;
}
