/* What is wrong with a model whose keys are each in their range: every fault once, by its key and message. */
#include "near.h"

#include "released.h"

static struct cc_llm_input dense(void)
{
    return released("dense", 4, 16, 4, 64, 0);
}

static struct cc_llm_input experts(void)
{
    struct cc_llm_input in = dense();
    set_experts(&in, 8, 2, 16, 1, 1);
    return in;
}

static struct cc_llm_input alternating_experts(void)
{
    struct cc_llm_input in = experts();
    in.moe_interval = 2;
    return in;
}

static struct cc_llm_input latent(void)
{
    struct cc_llm_input in = dense();
    set_latent(&in);
    return in;
}

static struct cc_llm_input windows(void)
{
    struct cc_llm_input in = dense();
    set_local(&in, 4, 1, "window", 2, 8);
    return in;
}

static struct cc_llm_input chunks(void)
{
    struct cc_llm_input in = windows();
    in.local_attention = cc_text_of("chunk");
    return in;
}

static struct cc_llm_input sparse(void)
{
    struct cc_llm_input in = latent();
    in.local_attention = cc_text_of("sparse");
    in.attention_interval = 0;
    in.index_heads = in.index_dim = in.index_topk = 4;
    return in;
}

static struct cc_llm_input listed(const struct cc_layers_input *list, size_t count, struct cc_llm_input in)
{
    in.layers = (struct cc_list){count, list};
    return in;
}

static void assert_fault(struct cc_llm_input in, const char *right_key, const char *right)
{
    const char *key = NULL, *fault = cc_llm_fault(&in, &key);
    assert_non_null(fault);
    assert_string_equal(fault, right);
    assert_string_equal(key, right_key);
}

static void assert_sound(struct cc_llm_input in)
{
    const char *key = NULL, *fault = cc_llm_fault(&in, &key);
    if (fault != NULL)
        fail_msg("%s %s", key, fault);
}

/* `base` with a key of another value. */
#define FAULT(base, member, value, key, text) \
    do { \
        struct cc_llm_input in = base(); \
        in.member = value; \
        assert_fault(in, key, text); \
    } while (0)
#define SOUND(base, member, value) \
    do { \
        struct cc_llm_input in = base(); \
        in.member = value; \
        assert_sound(in); \
    } while (0)

static void sound_models(void **state)
{
    (void)state;
    assert_sound(dense());
    assert_sound(experts());
    assert_sound(latent());
    assert_sound(windows());
    assert_sound(chunks());
    assert_sound(sparse());
    assert_sound(deepseek_v3());
    assert_sound(gpt_oss_120b());
    assert_sound(llama_4_maverick());
    assert_sound(mistral_7b_v01());
}

static void sizes(void **state)
{
    (void)state;
    FAULT(dense, num_layers, 10001, "num_layers", "is above 10000");
    SOUND(dense, num_layers, 10000);
    const char *several = "is above 600, the limit for a model with experts or several kinds of layers";
    static const struct cc_layers_input list[] = {{601, {0}, {0}}};
    FAULT(experts, num_layers, 601, "num_layers", several);
    SOUND(experts, num_layers, 600);
    FAULT(windows, num_layers, 601, "num_layers", several);
    SOUND(windows, num_layers, 600);
    SOUND(sparse, num_layers, 601); /* all are of one kind */
    struct cc_llm_input long_list = listed(list, 1, dense());
    long_list.num_layers = 601;
    assert_fault(long_list, "num_layers", several);
    FAULT(dense, num_heads, 17, "d", "is below num_heads: give d_head");
    SOUND(dense, num_heads, 16);
    SOUND(latent, num_heads, 17);
    FAULT(dense, heads_per_kv_cache, 4.5, "heads_per_kv_cache", "is above num_heads");
    SOUND(dense, heads_per_kv_cache, 4);
}

static void experts_and_routing(void **state)
{
    (void)state;
    const char *missing = "is missing: experts_per_token, moe_d_ff and shared_experts require it";
    FAULT(dense, experts_per_token, 2, "num_experts", missing);
    FAULT(dense, moe_d_ff, 2, "num_experts", missing);
    FAULT(dense, shared_experts, 2, "num_experts", missing);
    FAULT(experts, num_experts, 0, "num_experts", missing);
    SOUND(dense, num_experts, 0);
    FAULT(experts, num_experts, 1001, "num_experts", "is above 1000");
    SOUND(experts, num_experts, 1000);
    FAULT(experts, experts_per_token, CC_NO_INT, "experts_per_token", "is missing: num_experts requires it");
    FAULT(experts, experts_per_token, 9, "experts_per_token", "is above num_experts");
    SOUND(experts, experts_per_token, 8);
    FAULT(experts, moe_offset, 1, "moe_offset", "is not below moe_interval");
    SOUND(alternating_experts, moe_offset, 1);
    FAULT(alternating_experts, moe_offset, 2, "moe_offset", "is not below moe_interval");
}

static void latents(void **state)
{
    (void)state;
    const char *needed = "is missing: kv_lora_rank requires it";
    FAULT(latent, qk_nope_head_dim, CC_NO_INT, "qk_nope_head_dim", needed);
    FAULT(latent, qk_rope_head_dim, CC_NO_INT, "qk_rope_head_dim", needed);
    FAULT(latent, v_head_dim, CC_NO_INT, "v_head_dim", needed);
    FAULT(latent, kv_lora_rank, 0, "kv_lora_rank",
          "is missing: q_lora_rank and v_head_dim (latent attention) require it");
    FAULT(dense, q_lora_rank, 8, "kv_lora_rank",
          "is missing: q_lora_rank and v_head_dim (latent attention) require it");
    FAULT(dense, v_head_dim, 8, "kv_lora_rank", "is missing: q_lora_rank and v_head_dim (latent attention) require it");
    SOUND(latent, q_lora_rank, 0);
    FAULT(latent, attention_gate, true, "attention_gate", "is not modelled with latent attention");
    SOUND(dense, attention_gate, true);
}

static void attention_of_other_layers(void **state)
{
    (void)state;
    FAULT(windows, local_attention, cc_text_of("state"), "local_attention",
          "state: layers that keep a state (linear attention, Mamba) are not modelled");
    FAULT(windows, local_attention, cc_text_of("full"), "local_attention", "is not one of: window, chunk, sparse");
    FAULT(windows, local_attention, cc_text_of("windows"), "local_attention", "is not one of: window, chunk, sparse");
    FAULT(dense, window, 8, "local_attention", "is missing: window requires it (window or chunk)");
    FAULT(windows, attention_interval, CC_NO_INT, "attention_interval",
          "is missing: one layer in how many has full attention (0: none)");
    FAULT(dense, attention_interval, 2, "attention_interval",
          "requires local_attention, the attention of the other layers");
    FAULT(dense, attention_interval, 0, "attention_interval",
          "requires local_attention, the attention of the other layers");
    SOUND(dense, attention_interval, 1);
    FAULT(windows, attention_offset, 2, "attention_offset", "is not below attention_interval");
    SOUND(windows, attention_offset, 1);
    FAULT(windows, window, CC_NO_INT, "window", "is missing: attention by window or chunk requires it");
    FAULT(chunks, window, CC_NO_INT, "window", "is missing: attention by window or chunk requires it");
}

static void indexes(void **state)
{
    (void)state;
    const char *needed = "is missing: sparse attention requires index_heads, index_dim and index_topk";
    FAULT(sparse, index_heads, CC_NO_INT, "index_topk", needed);
    FAULT(sparse, index_dim, CC_NO_INT, "index_topk", needed);
    FAULT(sparse, index_topk, CC_NO_INT, "index_topk", needed);
}

static void lists_of_layers(void **state)
{
    (void)state;
    const struct cc_text none = cc_text_of("none"), full = cc_text_of("full");
    const struct cc_layers_input two[] = {{1, full, {0}}, {3, {0}, none}};
    assert_sound(listed(two, 2, dense()));
    assert_fault(listed(two, 1, dense()), "layers", "have another total count than num_layers");
    const struct cc_layers_input many[] = {{INT64_MAX, full, {0}}, {INT64_MAX, full, {0}}};
    assert_fault(listed(many, 2, dense()), "layers", "have another total count than num_layers");
    const struct cc_layers_input other_attention[] = {{4, cc_text_of("linear"), {0}}};
    assert_fault(listed(other_attention, 1, dense()), "layers",
                 "attention is not one of: full, window, chunk, sparse, none");
    const struct cc_layers_input other_ffn[] = {{4, full, cc_text_of("moe")}};
    assert_fault(listed(other_ffn, 1, dense()), "layers", "ffn is not one of: dense, experts, none");
    const struct cc_layers_input with_experts[] = {{4, full, cc_text_of("experts")}};
    assert_fault(listed(with_experts, 1, dense()), "layers", "has experts: num_experts is missing");
    assert_sound(listed(with_experts, 1, experts()));
    const struct cc_layers_input nothing[] = {{4, none, none}};
    assert_fault(listed(nothing, 1, dense()), "layers", "has a layer with neither attention nor ffn");
    const struct cc_layers_input window[] = {{4, cc_text_of("window"), {0}}};
    assert_fault(listed(window, 1, dense()), "window", "is missing: attention by window or chunk requires it");
    const struct cc_layers_input by_index[] = {{4, cc_text_of("sparse"), {0}}};
    assert_fault(listed(by_index, 1, dense()), "index_topk",
                 "is missing: sparse attention requires index_heads, index_dim and index_topk");
    struct cc_llm_input in = dense();
    in.window = 8;
    assert_sound(listed(window, 1, in));
}

static void loads(void **state)
{
    (void)state;
    FAULT(dense, sparse_load, cc_text_of("packed"), "sparse_load", "is not one of: dense, compressed");
    SOUND(dense, sparse_load, cc_text_of("dense"));
    SOUND(dense, sparse_load, cc_text_of("compressed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_models),
        cmocka_unit_test(sizes),
        cmocka_unit_test(experts_and_routing),
        cmocka_unit_test(latents),
        cmocka_unit_test(attention_of_other_layers),
        cmocka_unit_test(indexes),
        cmocka_unit_test(lists_of_layers),
        cmocka_unit_test(loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
