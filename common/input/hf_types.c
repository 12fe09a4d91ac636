#include "input/hf_types.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define STANDARD_SIZES \
    .width = "hidden_size", .layers = "num_hidden_layers", .heads = "num_attention_heads", .vocab = "vocab_size"
#define GPT_SIZES \
    .width = "n_embd|hidden_size", .layers = "n_layer|num_hidden_layers", .heads = "n_head|num_attention_heads", \
    .vocab = "vocab_size"
#define MOSAIC_SIZES .width = "d_model", .layers = "n_layers", .heads = "n_heads", .vocab = "vocab_size"
#define GATED(key, function) .feed_forward = "intermediate_size", .act_key = key, .act = function, .gated = true
#define PLAIN(key, act_name, function) .feed_forward = key, .act_key = act_name, .act = function
#define SWIGLU GATED("hidden_act", "silu")
#define KV_HEADS(default_value) .kv_heads = "num_key_value_heads", .kv_heads_default = default_value
#define HEAD_WIDTH(default_value) .head_width = "head_dim", .head_width_default = default_value
#define WINDOW(rule, default_value) .window = rule, .window_default = default_value
#define PATTERN(layers, default_value) \
    .window = CC_HF_WINDOW_PATTERN, .window_default = default_value, .pattern_default = layers
#define EXPERTS(where, number, of_a_token, width) \
    .experts_in = where, .experts = number, .experts_per_token = of_a_token, .expert_width = width
#define DEEPSEEK_EXPERTS(first) \
    EXPERTS(CC_HF_AFTER_FIRST, "n_routed_experts|num_experts|num_local_experts", "num_experts_per_tok", \
            "moe_intermediate_size"), \
        .shared = "n_shared_experts|num_shared_experts", .first_dense = first
#define DEEPSEEK(first) STANDARD_SIZES, SWIGLU, .latent = true, DEEPSEEK_EXPERTS(first)
#define HUNYUAN_EXPERTS \
    EXPERTS(CC_HF_EVERY_EXPERTS, "num_experts", "moe_topk", "moe_intermediate_size|intermediate_size"), \
        .shared = "num_shared_expert"
#define LLAMA STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0)

/* From the classes' configuration_*.py and modeling_*.py in github.com/huggingface/transformers; of types that are not
 * in it (baichuan, chatglm, exaone, internlm2, internlm3, kimi_k2, mimo, bailing_moe) from those published with the
 * models. */
static const struct cc_hf_type types[] = {
    {"llama", LLAMA},
    {"mistral", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(0), WINDOW(CC_HF_EVERY_WINDOW, 4096)},
    {"ministral3", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(128), WINDOW(CC_HF_EVERY_WINDOW, 0)},
    {"mixtral", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(0), WINDOW(CC_HF_EVERY_WINDOW, 0),
     EXPERTS(CC_HF_EVERY_EXPERTS, "num_local_experts", "num_experts_per_tok", "intermediate_size")},
    {"qwen2", STANDARD_SIZES, SWIGLU, KV_HEADS(32), HEAD_WIDTH(0), WINDOW(CC_HF_SWITCHED, 4096)},
    {"qwen3", STANDARD_SIZES, SWIGLU, KV_HEADS(32), HEAD_WIDTH(128), WINDOW(CC_HF_SWITCHED, 4096)},
    {"mimo", STANDARD_SIZES, SWIGLU, KV_HEADS(32), HEAD_WIDTH(0), WINDOW(CC_HF_SWITCHED, 4096)},
    {"qwen2_moe", STANDARD_SIZES, SWIGLU, KV_HEADS(16), HEAD_WIDTH(0), WINDOW(CC_HF_SWITCHED, 4096),
     EXPERTS(CC_HF_BY_STEP, "num_experts", "num_experts_per_tok", "moe_intermediate_size"),
     .shared_width = "shared_expert_intermediate_size"},
    {"qwen3_moe", STANDARD_SIZES, SWIGLU, KV_HEADS(4), HEAD_WIDTH(0), WINDOW(CC_HF_SWITCHED, 4096),
     EXPERTS(CC_HF_BY_STEP, "num_experts|num_local_experts", "num_experts_per_tok", "moe_intermediate_size")},
    {"gemma", STANDARD_SIZES, GATED("hidden_act", "gelu_pytorch_tanh"), KV_HEADS(16), HEAD_WIDTH(256), .tied = true},
    {"gemma2", STANDARD_SIZES, GATED("hidden_activation", "gelu_pytorch_tanh"), KV_HEADS(4), HEAD_WIDTH(256),
     .tied = true, PATTERN(2, 4096)},
    {"gemma3_text", STANDARD_SIZES, .heads_default = 8, .vocab_default = 262208,
     GATED("hidden_activation", "gelu_pytorch_tanh"), KV_HEADS(4), HEAD_WIDTH(256), .tied = true, PATTERN(6, 4096)},
    {"phi", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu_new"), KV_HEADS(0), HEAD_WIDTH(0),
     .parallel = CC_HF_ALWAYS},
    {"phi3", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), WINDOW(CC_HF_EVERY_WINDOW, 0)},
    {"phimoe", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(0), WINDOW(CC_HF_EVERY_WINDOW, 0),
     EXPERTS(CC_HF_EVERY_EXPERTS, "num_local_experts", "num_experts_per_tok", "intermediate_size")},
    {"gpt_neox", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu"), .parallel = CC_HF_BY_KEY,
     .parallel_key = "use_parallel_residual", .parallel_default = true},
    {"opt", STANDARD_SIZES, PLAIN("ffn_dim", "activation_function", "relu"), .tied = true,
     .embedding_width = "word_embed_proj_dim"},
    {"falcon", STANDARD_SIZES, PLAIN("ffn_hidden_size", "activation", "gelu"), .feed_forward_times = 4,
     .kv_heads = "num_kv_heads", .multi_query = true, .tied = true, .parallel = CC_HF_BY_KEY,
     .parallel_key = "parallel_attn", .parallel_default = true},
    {"gpt2", GPT_SIZES, PLAIN("n_inner", "activation_function", "gelu_new"), .feed_forward_times = 4, .tied = true},
    {"gptj", GPT_SIZES, PLAIN("n_inner", "activation_function", "gelu_new"), .feed_forward_times = 4,
     .parallel = CC_HF_ALWAYS},
    {"gpt_bigcode", GPT_SIZES, PLAIN("n_inner", "activation_function", "gelu_pytorch_tanh"), .feed_forward_times = 4,
     .multi_query = true, .tied = true},
    {"bloom", .width = "hidden_size|n_embed", .layers = "n_layer|num_hidden_layers",
     .heads = "n_head|num_attention_heads", .vocab = "vocab_size", PLAIN("intermediate_size", NULL, "gelu"),
     .feed_forward_times = 4, .tied = true},
    {"mpt", MOSAIC_SIZES, PLAIN("ffn_config.ffn_hidden_size", NULL, "gelu"), .expansion = "expansion_ratio",
     .feed_forward_times = 4, .kv_heads = "attn_config.kv_n_heads", .tied = true},
    {"dbrx", MOSAIC_SIZES, .feed_forward = "ffn_config.ffn_hidden_size", .act_key = "ffn_config.ffn_act_fn.name",
     .act = "silu", .gated = true, .kv_heads = "attn_config.kv_n_heads",
     EXPERTS(CC_HF_EVERY_EXPERTS, "ffn_config.moe_num_experts", "ffn_config.moe_top_k", "ffn_config.ffn_hidden_size")},
    {"starcoder2", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu_pytorch_tanh"), KV_HEADS(2),
     HEAD_WIDTH(0), .tied = true, WINDOW(CC_HF_EVERY_WINDOW, 0)},
    {"stablelm", STANDARD_SIZES, SWIGLU, KV_HEADS(32), .parallel = CC_HF_BY_KEY,
     .parallel_key = "use_parallel_residual"},
    {"olmo", LLAMA},
    {"olmo2", LLAMA},
    {"olmo3", LLAMA, PATTERN(4, 4096)},
    {"olmoe", LLAMA, EXPERTS(CC_HF_EVERY_EXPERTS, "num_experts", "num_experts_per_tok", "intermediate_size")},
    {"flex_olmo", LLAMA, EXPERTS(CC_HF_EVERY_EXPERTS, "num_experts", "num_experts_per_tok", "intermediate_size")},
    {"cohere", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), .tied = true, .parallel = CC_HF_ALWAYS},
    {"cohere2", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), .tied = true, .parallel = CC_HF_ALWAYS,
     PATTERN(4, 4096)},
    {"chatglm", .width = "hidden_size", .layers = "num_layers|num_hidden_layers", .heads = "num_attention_heads",
     .vocab = "padded_vocab_size|vocab_size", .feed_forward = "ffn_hidden_size", .act = "silu", .gated = true,
     .kv_heads = "multi_query_group_num", .kv_heads_default = 1, .kv_heads_switch = "multi_query_attention",
     .head_width = "kv_channels", .head_width_default = 128},
    {"glm", STANDARD_SIZES, SWIGLU, KV_HEADS(2), HEAD_WIDTH(128)},
    {"glm4", STANDARD_SIZES, SWIGLU, KV_HEADS(2), HEAD_WIDTH(128)},
    {"glm4_moe", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(0), DEEPSEEK_EXPERTS(1)},
    {"glm4_moe_lite", DEEPSEEK(1)},
    {"glm_moe_dsa", DEEPSEEK(3), .index_heads = 32},
    {"deepseek", STANDARD_SIZES, SWIGLU, KV_HEADS(0), DEEPSEEK_EXPERTS(0)},
    {"deepseek_v2", DEEPSEEK(0)},
    {"deepseek_v3", DEEPSEEK(3)},
    {"deepseek_v32", DEEPSEEK(3), .index_heads = 64},
    {"kimi_k2", DEEPSEEK(3)},
    {"dots1", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), DEEPSEEK_EXPERTS(0)},
    {"bailing_moe", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), DEEPSEEK_EXPERTS(0)},
    {"llama4_text", STANDARD_SIZES, .feed_forward = "intermediate_size_mlp", .act_key = "hidden_act", .act = "silu",
     .gated = true, KV_HEADS(8), HEAD_WIDTH(0), WINDOW(CC_HF_CHUNKS, 8192), .pattern_default = 4,
     EXPERTS(CC_HF_INTERLEAVED, "num_local_experts", "num_experts_per_tok", "intermediate_size"),
     .shared_width = "intermediate_size"},
    {"gpt_oss", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(64), PATTERN(2, 128),
     EXPERTS(CC_HF_EVERY_EXPERTS, "num_local_experts", "num_experts_per_tok|experts_per_token", "intermediate_size")},
    {"minimax_m2", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(0),
     EXPERTS(CC_HF_EVERY_EXPERTS, "num_local_experts", "num_experts_per_tok", "intermediate_size")},
    {"baichuan", STANDARD_SIZES, SWIGLU},
    {"internlm", STANDARD_SIZES, SWIGLU},
    {"internlm2", STANDARD_SIZES, SWIGLU, KV_HEADS(0)},
    {"internlm3", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0)},
    {"exaone", .width = "hidden_size", .layers = "num_layers|num_hidden_layers", .heads = "num_attention_heads",
     .vocab = "vocab_size", GATED("activation_function", "silu"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"exaone4", STANDARD_SIZES, SWIGLU, KV_HEADS(0), HEAD_WIDTH(0), PATTERN(4, 4096)},
    {"granite", LLAMA},
    {"granitemoe", LLAMA,
     EXPERTS(CC_HF_EVERY_EXPERTS, "num_local_experts", "num_experts_per_tok", "intermediate_size")},
    {"nemotron", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "relu2"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"arcee", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "relu2"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"apertus", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "xielu"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"smollm3", STANDARD_SIZES, SWIGLU, KV_HEADS(4), HEAD_WIDTH(0), .tied = true},
    {"ernie4_5", STANDARD_SIZES, SWIGLU, KV_HEADS(2), HEAD_WIDTH(128), .tied = true},
    {"ernie4_5_moe", STANDARD_SIZES, SWIGLU, KV_HEADS(4), HEAD_WIDTH(0), .tied = true,
     EXPERTS(CC_HF_FROM_TO, "moe_num_experts", "moe_k", "moe_intermediate_size"), .shared = "moe_num_shared_experts",
     .first_dense = 1},
    {"hunyuan_v1_dense", LLAMA},
    {"hunyuan_v1_moe", LLAMA, HUNYUAN_EXPERTS},
    {"seed_oss", STANDARD_SIZES, SWIGLU, KV_HEADS(8), HEAD_WIDTH(128)},
};

#define ENCODER "a model with an encoder is not modelled"
#define CROSS_ATTENTION "layers that attend to pictures or sound (cross-attention) are not modelled"
#define PER_LAYER "embeddings of each layer are not modelled"
#define COMPRESSED "keys and values of several tokens that are compressed to one are not modelled"

/* Popular types that are refused, and why. */
static const struct {
    const char *name, *reason;
} refused[] = {
    {"t5", ENCODER},
    {"mt5", ENCODER},
    {"umt5", ENCODER},
    {"bart", ENCODER},
    {"mbart", ENCODER},
    {"pegasus", ENCODER},
    {"whisper", ENCODER},
    {"bert", ENCODER},
    {"roberta", ENCODER},
    {"xlm-roberta", ENCODER},
    {"modernbert", ENCODER},
    {"t5gemma", ENCODER},
    {"mllama", CROSS_ATTENTION},
    {"mllama_text_model", CROSS_ATTENTION},
    {"gemma3n", PER_LAYER},
    {"gemma3n_text", PER_LAYER},
    {"gemma4", PER_LAYER},
    {"gemma4_text", PER_LAYER},
    {"deepseek_v4", COMPRESSED},
    {"nemotron-nas", CC_HF_LAYERS_DIFFER},
    {"deci", CC_HF_LAYERS_DIFFER},
    {"openelm", CC_HF_LAYERS_DIFFER},
    {"mamba", CC_HF_STATES},
    {"mamba2", CC_HF_STATES},
    {"falcon_mamba", CC_HF_STATES},
    {"falcon_h1", CC_HF_STATES},
    {"rwkv", CC_HF_STATES},
    {"rwkv6", CC_HF_STATES},
    {"rwkv7", CC_HF_STATES},
    {"jamba", CC_HF_STATES},
    {"bamba", CC_HF_STATES},
    {"zamba", CC_HF_STATES},
    {"zamba2", CC_HF_STATES},
    {"recurrent_gemma", CC_HF_STATES},
    {"granitemoehybrid", CC_HF_STATES},
    {"nemotron_h", CC_HF_STATES},
    {"qwen3_next", CC_HF_STATES},
    {"qwen3_5", CC_HF_STATES},
    {"qwen3_5_text", CC_HF_STATES},
    {"qwen3_5_moe", CC_HF_STATES},
    {"qwen3_5_moe_text", CC_HF_STATES},
    {"lfm2", CC_HF_STATES},
    {"lfm2_moe", CC_HF_STATES},
    {"kimi_linear", CC_HF_STATES},
    {"minimax", CC_HF_STATES},
    {"minimax_text_01", CC_HF_STATES},
    {"bailing_moe_linear", CC_HF_STATES},
    {"plamo2", CC_HF_STATES},
};

/* Models of several media, and the type of their text part. */
static const struct {
    const char *name, *text;
} wrappers[] = {
    {"llama4", "llama4_text"},
    {"gemma3", "gemma3_text"},
    {"mistral3", "mistral"},
    {"kimi_k25", "kimi_k2"},
    {"qwen2_vl", "qwen2"},
    {"qwen2_vl_text", "qwen2"},
    {"qwen2_5_vl", "qwen2"},
    {"qwen2_5_vl_text", "qwen2"},
    {"qwen3_vl", "qwen3"},
    {"qwen3_vl_text", "qwen3"},
    {"qwen3_vl_moe", "qwen3_moe"},
    {"qwen3_vl_moe_text", "qwen3_moe"},
    {"glm4v", "glm4"},
    {"glm4v_text", "glm4"},
    {"glm4v_moe", "glm4_moe"},
    {"glm4v_moe_text", "glm4_moe"},
    {"llava", "llama"},
    {"llava_next", "llama"},
    {"internvl", "qwen2"},
    {"idefics3", "llama"},
    {"smolvlm", "llama"},
    {"paligemma", "gemma"},
};

const struct cc_hf_type *cc_hf_type_named(struct cc_text name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (cc_text_is(name, types[i].name))
            return &types[i];
    return NULL;
}

const char *cc_hf_type_near(struct cc_text name)
{
    const char *names[COUNT(types)];
    for (size_t i = 0; i < COUNT(types); i++)
        names[i] = types[i].name;
    return cc_text_nearest(name, names, COUNT(types));
}

const char *cc_hf_type_refused(struct cc_text name)
{
    for (size_t i = 0; i < COUNT(refused); i++)
        if (cc_text_is(name, refused[i].name))
            return refused[i].reason;
    return NULL;
}

const char *cc_hf_type_of_text(struct cc_text name)
{
    for (size_t i = 0; i < COUNT(wrappers); i++)
        if (cc_text_is(name, wrappers[i].name))
            return wrappers[i].text;
    return NULL;
}
