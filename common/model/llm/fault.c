#include "model/llm/llm.h"

/* Each of these returns what is wrong with a part of a model's keys, and which one, or NULL. */

static bool is_set(int64_t value)
{
    return value != CC_NO_INT && value > 0;
}

static const char *size_fault(const struct cc_llm_input *in, const char **key)
{
    _Static_assert(CC_LAYERS_MAX == 10000, "the message says so");
    *key = "num_layers";
    if (in->num_layers > CC_LAYERS_MAX)
        return "is above 10000";
    _Static_assert(CC_MIXED_LAYERS_MAX == 600, "the message says so");
    const bool mixed = is_set(in->num_experts) || in->layers.count > 0 || in->attention_interval > 1;
    if (mixed && in->num_layers > CC_MIXED_LAYERS_MAX)
        return "is above 600, the limit for a model with experts or several kinds of layers";
    *key = "d";
    if (in->d_head == CC_NO_INT && !is_set(in->kv_lora_rank) && in->d < in->num_heads)
        return "is below num_heads: give d_head";
    *key = "heads_per_kv_cache";
    if (in->heads_per_kv_cache > (double)in->num_heads)
        return "is above num_heads";
    return NULL;
}

static const char *expert_fault(const struct cc_llm_input *in, const char **key)
{
    _Static_assert(CC_EXPERTS_MAX == 1000, "the message says so");
    *key = "num_experts";
    if (!is_set(in->num_experts)) {
        const bool others = is_set(in->experts_per_token) || is_set(in->moe_d_ff) || is_set(in->shared_experts);
        return others ? "is missing: experts_per_token, moe_d_ff and shared_experts require it" : NULL;
    }
    if (in->num_experts > CC_EXPERTS_MAX)
        return "is above 1000";
    *key = "experts_per_token";
    if (in->experts_per_token == CC_NO_INT)
        return "is missing: num_experts requires it";
    if (in->experts_per_token > in->num_experts)
        return "is above num_experts";
    *key = "moe_offset";
    if (in->moe_offset != CC_NO_INT && in->moe_offset >= (in->moe_interval == CC_NO_INT ? 1 : in->moe_interval))
        return "is not below moe_interval";
    return NULL;
}

static const char *latent_fault(const struct cc_llm_input *in, const char **key)
{
    const struct {
        const char *key;
        int64_t value;
    } needed[] = {
        {"qk_nope_head_dim", in->qk_nope_head_dim},
        {"qk_rope_head_dim", in->qk_rope_head_dim},
        {"v_head_dim", in->v_head_dim},
    };
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        *key = needed[i].key;
        if (is_set(in->kv_lora_rank) && !is_set(needed[i].value))
            return "is missing: kv_lora_rank requires it";
    }
    *key = "kv_lora_rank";
    if (!is_set(in->kv_lora_rank) && (is_set(in->q_lora_rank) || is_set(in->v_head_dim)))
        return "is missing: q_lora_rank and v_head_dim (latent attention) require it";
    *key = "attention_gate";
    return in->attention_gate && is_set(in->kv_lora_rank) ? "is not modelled with latent attention" : NULL;
}

static bool is_one_of(struct cc_text text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cc_text_is(text, names[i]))
            return true;
    return text.len == 0;
}

/* Other keys that an attention requires: the fault, or NULL. */
static const char *span_fault(const struct cc_llm_input *in, struct cc_text attention, const char **key)
{
    *key = "window";
    if ((cc_text_is(attention, "window") || cc_text_is(attention, "chunk")) && !is_set(in->window))
        return "is missing: attention by window or chunk requires it";
    *key = "index_topk";
    if (cc_text_is(attention, "sparse") &&
        (!is_set(in->index_topk) || !is_set(in->index_heads) || !is_set(in->index_dim)))
        return "is missing: sparse attention requires index_heads, index_dim and index_topk";
    return NULL;
}

static const char *list_fault(const struct cc_llm_input *in, const char **key)
{
    const struct cc_layers_input *list = in->layers.items;
    int64_t layers = 0;
    for (size_t i = 0; i < in->layers.count; i++) {
        *key = "layers";
        if (!is_one_of(list[i].attention, cc_attention_names, CC_ATTENTIONS))
            return "attention is not one of: full, window, chunk, sparse, none";
        if (!is_one_of(list[i].ffn, cc_ffn_names, CC_FFNS))
            return "ffn is not one of: dense, experts, none";
        if (cc_text_is(list[i].ffn, "experts") && !is_set(in->num_experts))
            return "has experts: num_experts is missing";
        if (cc_text_is(list[i].attention, "none") && cc_text_is(list[i].ffn, "none"))
            return "has a layer with neither attention nor ffn";
        const char *fault = span_fault(in, list[i].attention, key);
        if (fault != NULL)
            return fault;
        layers += list[i].count < CC_LAYERS_MAX ? list[i].count : CC_LAYERS_MAX;
    }
    *key = "layers";
    return in->layers.count > 0 && layers != in->num_layers ? "have another total count than num_layers" : NULL;
}

static const char *attention_fault(const struct cc_llm_input *in, const char **key)
{
    static const char *const local[] = {"window", "chunk", "sparse"};
    *key = "local_attention";
    if (cc_text_is(in->local_attention, "state"))
        return "state: layers that keep a state (linear attention, Mamba) are not modelled";
    if (!is_one_of(in->local_attention, local, sizeof local / sizeof local[0]))
        return "is not one of: window, chunk, sparse";
    if (in->local_attention.len == 0 && in->layers.count == 0 && is_set(in->window))
        return "is missing: window requires it (window or chunk)";
    *key = "attention_interval";
    if (in->local_attention.len > 0 && in->attention_interval == CC_NO_INT && in->layers.count == 0)
        return "is missing: one layer in how many has full attention (0: none)";
    if (in->local_attention.len == 0 && in->attention_interval != CC_NO_INT && in->attention_interval != 1)
        return "requires local_attention, the attention of the other layers";
    *key = "attention_offset";
    if (in->attention_offset != CC_NO_INT && in->attention_interval != 0 &&
        in->attention_offset >= (in->attention_interval == CC_NO_INT ? 1 : in->attention_interval))
        return "is not below attention_interval";
    const char *fault = span_fault(in, in->local_attention, key);
    return fault != NULL ? fault : list_fault(in, key);
}

const char *cc_llm_fault(const struct cc_llm_input *in, const char **key)
{
    static const char *const loads[] = {"dense", "compressed"};
    typedef const char *fault_of(const struct cc_llm_input *, const char **);
    static fault_of *const parts[] = {size_fault, expert_fault, latent_fault, attention_fault};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *fault = parts[i](in, key);
        if (fault != NULL)
            return fault;
    }
    *key = "sparse_load";
    return is_one_of(in->sparse_load, loads, 2) ? NULL : "is not one of: dense, compressed";
}
