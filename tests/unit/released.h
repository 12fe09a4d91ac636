/* released.h: released models, with the sizes of their config.json files, to work figures out from. */
#ifndef TESTS_UNIT_RELEASED_H
#define TESTS_UNIT_RELEASED_H

#include "input/inputs.h"
#include "model/llm/llm.h"

/* A gated model with two embeddings. */
static inline struct cc_llm_input released(const char *name, int64_t layers, int64_t d, int64_t heads, int64_t d_ff,
                                           int64_t vocab_size)
{
    struct cc_llm_input in;
    cc_fields_clear(&cc_llm_input_fields, &in);
    in.name = cc_text_of(name);
    in.num_layers = layers;
    in.d = d;
    in.num_heads = heads;
    in.d_ff = d_ff;
    in.vocab_size = vocab_size;
    in.act = cc_text_of("swiglu");
    return in;
}

static inline void set_experts(struct cc_llm_input *in, int64_t experts, int64_t per_token, int64_t width,
                               int64_t shared, int64_t first_dense)
{
    in->num_experts = experts;
    in->experts_per_token = per_token;
    in->moe_d_ff = width;
    in->shared_experts = shared;
    in->first_k_dense = first_dense;
}

/* Latent attention of DeepSeek-V2 and later. */
static inline void set_latent(struct cc_llm_input *in)
{
    in->q_lora_rank = 1536;
    in->kv_lora_rank = 512;
    in->qk_nope_head_dim = 128;
    in->qk_rope_head_dim = 64;
    in->v_head_dim = 128;
}

/* Grouped-query attention, of which one layer in `interval` is full and the others are local. */
static inline void set_local(struct cc_llm_input *in, int64_t d_head, double sharing, const char *local,
                             int64_t interval, int64_t window)
{
    in->d_head = d_head;
    in->heads_per_kv_cache = sharing;
    in->local_attention = cc_text_of(local);
    in->attention_interval = interval;
    in->window = window;
}

static inline struct cc_llm_input deepseek_v3(void)
{
    struct cc_llm_input in = released("DeepSeek-V3", 61, 7168, 128, 18432, 129280);
    set_experts(&in, 256, 8, 2048, 1, 3);
    set_latent(&in);
    in.num_mtp = 1;
    in.weight_bits = (struct cc_number_format){8.001953125, CC_FP8};
    in.activation_bits = (struct cc_number_format){8, CC_FP8};
    in.attention_bits = (struct cc_number_format){16, CC_BF16};
    return in;
}

static inline struct cc_llm_input deepseek_v2(void)
{
    struct cc_llm_input in = released("DeepSeek-V2", 60, 5120, 128, 12288, 102400);
    set_experts(&in, 160, 6, 1536, 2, 1);
    set_latent(&in);
    return in;
}

static inline struct cc_llm_input gpt_oss_120b(void)
{
    struct cc_llm_input in = released("gpt-oss-120b", 36, 2880, 64, 2880, 201088);
    set_experts(&in, 128, 4, 2880, 0, 0);
    set_local(&in, 64, 8, "window", 2, 128);
    in.expert_bits = (struct cc_number_format){4.25, CC_FP4};
    return in;
}

static inline struct cc_llm_input gemma_3_27b(void)
{
    struct cc_llm_input in = released("Gemma-3-27B", 62, 5376, 32, 21504, 262144);
    set_local(&in, 128, 2, "window", 6, 1024);
    in.tied_embeddings = true;
    return in;
}

static inline struct cc_llm_input gemma_2_27b(void)
{
    struct cc_llm_input in = released("Gemma-2-27B", 46, 4608, 32, 36864, 256128);
    set_local(&in, 128, 2, "window", 2, 4096);
    in.tied_embeddings = true;
    return in;
}

static inline struct cc_llm_input llama_4_scout(void)
{
    struct cc_llm_input in = released("Llama-4-Scout", 48, 5120, 40, 16384, 202048);
    set_experts(&in, 16, 1, 8192, 1, 0);
    set_local(&in, 128, 5, "chunk", 4, 8192);
    return in;
}

/* Every other layer has experts. */
static inline struct cc_llm_input llama_4_maverick(void)
{
    struct cc_llm_input in = llama_4_scout();
    in.name = cc_text_of("Llama-4-Maverick");
    in.num_experts = 128;
    in.moe_interval = 2;
    in.moe_offset = 1;
    return in;
}

static inline struct cc_llm_input mistral_7b_v01(void)
{
    struct cc_llm_input in = released("Mistral-7B-v0.1", 32, 4096, 32, 14336, 32000);
    set_local(&in, 128, 4, "window", 0, 4096);
    return in;
}

#endif
