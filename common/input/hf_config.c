#include "input/hf_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/number.h"
#include "input/inputs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* No size of a model comes near this; products of two still fit an int64_t. */
static const int64_t size_max = INT32_MAX;

enum parallel { NEVER, ALWAYS, BY_KEY };

/* What the keys of a model_type are called, and what holds where one is missing: the defaults of its class. */
struct model_type {
    const char *name;
    const char *width, *layers, *heads;
    const char *feed_forward;
    bool feed_forward_is_4d; /* when the key is missing; else it is needed */
    const char *act_key, *act;
    bool gated;
    const char *kv_heads;       /* NULL: as many as heads */
    int64_t kv_heads_default;   /* when the key is missing; 0: as many as heads. Null is as many as heads too */
    bool multi_query;           /* kv_heads is under the switches multi_query and new_decoder_architecture */
    const char *head_width;     /* NULL: width / heads */
    int64_t head_width_default; /* 0: width / heads */
    bool tied;
    enum parallel parallel;
    const char *parallel_key; /* BY_KEY */
    bool parallel_default;
    bool windowed;               /* has sliding_window */
    int64_t window_default;      /* 0: none */
    bool window_switch;          /* use_sliding_window says whether it is used */
    const char *embedding_width; /* must be the width: there is no other projection to it */
};

#define STANDARD_SIZES .width = "hidden_size", .layers = "num_hidden_layers", .heads = "num_attention_heads"
#define GPT_SIZES .width = "n_embd", .layers = "n_layer", .heads = "n_head"
#define GATED(key, function) .feed_forward = "intermediate_size", .act_key = key, .act = function, .gated = true
#define PLAIN(key, act_name, function) .feed_forward = key, .act_key = act_name, .act = function
#define KV_HEADS(fallback) .kv_heads = "num_key_value_heads", .kv_heads_default = fallback
#define HEAD_WIDTH(fallback) .head_width = "head_dim", .head_width_default = fallback
#define WINDOW(fallback) .windowed = true, .window_default = fallback

/* From the classes' configuration_*.py and modeling_*.py in github.com/huggingface/transformers. */
static const struct model_type model_types[] = {
    {"llama", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"mistral", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(8), HEAD_WIDTH(0), WINDOW(4096)},
    {"qwen2", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(32), HEAD_WIDTH(0), WINDOW(4096),
     .window_switch = true},
    {"qwen3", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(32), HEAD_WIDTH(128), WINDOW(4096),
     .window_switch = true},
    {"gemma", STANDARD_SIZES, GATED("hidden_act", "gelu_pytorch_tanh"), KV_HEADS(16), HEAD_WIDTH(256), .tied = true},
    {"gemma2", STANDARD_SIZES, GATED("hidden_activation", "gelu_pytorch_tanh"), KV_HEADS(4), HEAD_WIDTH(256),
     .tied = true, WINDOW(4096)},
    {"gemma3_text", STANDARD_SIZES, GATED("hidden_activation", "gelu_pytorch_tanh"), KV_HEADS(4), HEAD_WIDTH(256),
     .tied = true, WINDOW(4096)},
    {"phi", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu_new"), KV_HEADS(0), HEAD_WIDTH(0),
     .parallel = ALWAYS},
    {"phi3", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(0), HEAD_WIDTH(0), WINDOW(0)},
    {"gpt_neox", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu"), .parallel = BY_KEY,
     .parallel_key = "use_parallel_residual", .parallel_default = true},
    {"opt", STANDARD_SIZES, PLAIN("ffn_dim", "activation_function", "relu"), .tied = true,
     .embedding_width = "word_embed_proj_dim"},
    {"falcon", STANDARD_SIZES, PLAIN("ffn_hidden_size", "activation", "gelu"), .feed_forward_is_4d = true,
     .kv_heads = "num_kv_heads", .multi_query = true, .tied = true, .parallel = BY_KEY, .parallel_key = "parallel_attn",
     .parallel_default = true},
    {"gpt2", GPT_SIZES, PLAIN("n_inner", "activation_function", "gelu_new"), .feed_forward_is_4d = true, .tied = true},
    {"gptj", GPT_SIZES, PLAIN("n_inner", "activation_function", "gelu_new"), .feed_forward_is_4d = true,
     .parallel = ALWAYS},
    {"starcoder2", STANDARD_SIZES, PLAIN("intermediate_size", "hidden_act", "gelu_pytorch_tanh"), KV_HEADS(2),
     HEAD_WIDTH(0), .tied = true, WINDOW(0)},
    {"stablelm", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(32), .parallel = BY_KEY,
     .parallel_key = "use_parallel_residual"},
    {"olmo", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(0), HEAD_WIDTH(0)},
    {"cohere", STANDARD_SIZES, GATED("hidden_act", "silu"), KV_HEADS(0), HEAD_WIDTH(0), .tied = true,
     .parallel = ALWAYS},
};

#define EXPERTS "a mixture of experts, of which a token uses some, is not modelled"
#define ENCODER "a model with an encoder is not modelled"
#define SEVERAL_MEDIA "a model of several media is not modelled; give the config.json of a text model"
#define STATES "layers that keep a state in place of keys and values are not modelled"

/* Model types that many will try, and why they cannot be taken. Others are refused as not known. */
static const struct {
    const char *name, *reason;
} refused_types[] = {
    {"mixtral", EXPERTS},      {"qwen2_moe", EXPERTS},      {"qwen3_moe", EXPERTS},    {"deepseek_v2", EXPERTS},
    {"deepseek_v3", EXPERTS},  {"dbrx", EXPERTS},           {"olmoe", EXPERTS},        {"phimoe", EXPERTS},
    {"gpt_oss", EXPERTS},      {"granitemoe", EXPERTS},     {"t5", ENCODER},           {"mt5", ENCODER},
    {"bart", ENCODER},         {"mbart", ENCODER},          {"pegasus", ENCODER},      {"whisper", ENCODER},
    {"bert", ENCODER},         {"roberta", ENCODER},        {"llava", SEVERAL_MEDIA},  {"mllama", SEVERAL_MEDIA},
    {"gemma3", SEVERAL_MEDIA}, {"qwen2_vl", SEVERAL_MEDIA}, {"llama4", SEVERAL_MEDIA}, {"mamba", STATES},
    {"mamba2", STATES},        {"falcon_mamba", STATES},    {"rwkv", STATES},          {"jamba", STATES},
    {"falcon_h1", STATES},     {"recurrent_gemma", STATES},
};

/* A config.json while it is read. */
struct reader {
    struct fy_node *map;
    struct cc_yaml_place root;
    const struct model_type *type;
    struct cc_error *error;
};

/* A key of the file: whether it is there, and its value unless that is null. */
struct entry {
    bool given;
    struct fy_node *value;
    struct cc_yaml_place place;
};

static bool is_quoted(struct fy_node *node)
{
    return fy_node_is_scalar(node) && fy_node_get_style(node) != FYNS_PLAIN;
}

static struct entry look_up(const struct reader *r, const char *key)
{
    struct entry entry = {.place = {.yaml = r->root.yaml, .outer = &r->root, .key = cc_text_of(key)}};
    void *iterator = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(r->map, &iterator)) != NULL) {
        if (!cc_text_is(cc_yaml_scalar(fy_node_pair_key(pair)), key))
            continue;
        struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(pair));
        entry.given = true;
        entry.value = cc_yaml_is_null(value) ? NULL : value;
        entry.place = cc_yaml_place_of(&r->root, fy_node_pair_key(pair), value);
        break;
    }
    return entry;
}

/* "expected an integer, got a list" */
static bool fail_expected(const struct reader *r, const struct entry *entry, const char *expected)
{
    if (!fy_node_is_scalar(entry->value))
        return cc_yaml_fail(&entry->place, r->error, "expected %s, got a %s", expected,
                            fy_node_is_sequence(entry->value) ? "list" : "map");
    const char *quote = is_quoted(entry->value) ? "\"" : "";
    return cc_yaml_fail(&entry->place, r->error, "expected %s, got %s%.*s%s", expected, quote,
                        CC_TEXT_ARG(cc_yaml_scalar(entry->value)), quote);
}

/* These three leave `*value` as it is where the key is null or not there. */
static bool read_int(const struct reader *r, const char *key, int64_t least, int64_t most, int64_t *value)
{
    const struct entry entry = look_up(r, key);
    if (entry.value == NULL)
        return true;
    const struct cc_text text = cc_yaml_scalar(entry.value);
    int64_t number;
    if (is_quoted(entry.value) || cc_yaml_is_octal(text) || !cc_parse_int(text.s, text.len, &number) ||
        number < least || number > most) {
        char expected[64];
        snprintf(expected, sizeof expected, "an integer from %" PRId64 " to %" PRId64, least, most);
        return fail_expected(r, &entry, expected);
    }
    *value = number;
    return true;
}

static bool read_flag(const struct reader *r, const char *key, bool *value)
{
    const struct entry entry = look_up(r, key);
    if (entry.value == NULL)
        return true;
    const struct cc_text text = cc_yaml_scalar(entry.value);
    const bool on = cc_text_is(text, "true");
    if (is_quoted(entry.value) || (!on && !cc_text_is(text, "false")))
        return fail_expected(r, &entry, "true or false");
    *value = on;
    return true;
}

static bool read_text(const struct reader *r, const char *key, struct cc_text *value)
{
    const struct entry entry = look_up(r, key);
    if (entry.value == NULL)
        return true;
    if (!is_quoted(entry.value))
        return fail_expected(r, &entry, "a string");
    if (cc_yaml_scalar(entry.value).len > 0)
        *value = cc_yaml_scalar(entry.value);
    return true;
}

/* A size that the type cannot do without. */
static bool need_size(const struct reader *r, const char *key, int64_t most, int64_t *value)
{
    *value = 0;
    if (!read_int(r, key, 1, most, value))
        return false;
    if (*value > 0)
        return true;
    const struct entry entry = look_up(r, key);
    return cc_yaml_fail(&entry.place, r->error, "%s; model_type %s needs it", entry.given ? "is null" : "is missing",
                        r->type->name);
}

static bool read_feed_forward(const struct reader *r, struct cc_llm_input *in)
{
    if (!r->type->feed_forward_is_4d)
        return need_size(r, r->type->feed_forward, size_max, &in->d_ff);
    in->d_ff = 4 * in->d;
    return read_int(r, r->type->feed_forward, 1, size_max, &in->d_ff);
}

static bool read_head_width(const struct reader *r, struct cc_llm_input *in)
{
    int64_t width = r->type->head_width_default;
    if (r->type->head_width != NULL && !read_int(r, r->type->head_width, 1, size_max, &width))
        return false;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): need_size gives 1 or more */
    if (width == 0 && in->d % in->num_heads != 0) {
        const struct entry entry = look_up(r, r->type->width);
        return cc_yaml_fail(&entry.place, r->error, "%" PRId64 " is not a multiple of %s (%" PRId64 ")", in->d,
                            r->type->heads, in->num_heads);
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): as above */
    in->d_head = width > 0 ? width : in->d / in->num_heads;
    return true;
}

/* Falcon: with the new architecture as many heads as the key says; else the key has no effect: one, or all. */
static bool read_multi_query(const struct reader *r, const struct cc_llm_input *in, int64_t *kv_heads, bool *by_key)
{
    bool multi_query = true;
    *by_key = false;
    if (!read_flag(r, "multi_query", &multi_query) || !read_flag(r, "new_decoder_architecture", by_key))
        return false;
    *kv_heads = *by_key || !multi_query ? in->num_heads : 1;
    return true;
}

static bool read_kv_heads(const struct reader *r, struct cc_llm_input *in)
{
    const struct model_type *type = r->type;
    bool by_key = type->kv_heads != NULL;
    int64_t kv_heads = in->num_heads;
    if (type->multi_query && !read_multi_query(r, in, &kv_heads, &by_key))
        return false;
    if (by_key && type->kv_heads != NULL) {
        if (!look_up(r, type->kv_heads).given && type->kv_heads_default > 0)
            kv_heads = type->kv_heads_default;
        if (!read_int(r, type->kv_heads, 1, size_max, &kv_heads))
            return false;
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): kv_heads is num_heads, a default or a key, 1 or more all */
    if (in->num_heads % kv_heads != 0) {
        const struct entry entry = look_up(r, type->kv_heads);
        return cc_yaml_fail(&entry.place, r->error, "%s (%" PRId64 ") is not a multiple of %" PRId64 " key/value heads",
                            type->heads, in->num_heads, kv_heads);
    }
    in->heads_per_kv_cache = (double)(in->num_heads / kv_heads);
    return true;
}

/* A model says by the name of its activation whether it has a gate; here the type says so, and the name of the function
 * in the gate gives the usual one of both together. */
static bool read_activation(const struct reader *r, struct cc_llm_input *in)
{
    static const struct {
        const char *function, *gated;
    } gates[] = {{"silu", "swiglu"}, {"swish", "swiglu"}, {"gelu", "geglu"}, {"relu", "reglu"}};
    const struct model_type *type = r->type;
    in->act = cc_text_of(type->act);
    if (!read_text(r, type->act_key, &in->act))
        return false;
    for (size_t i = 0; type->gated && i < COUNT(gates); i++)
        if (cc_text_contains_any_case(in->act, gates[i].function)) {
            in->act = cc_text_of(gates[i].gated);
            return true;
        }
    if (!type->gated && !cc_text_contains_any_case(in->act, "glu"))
        return true;
    const struct entry entry = look_up(r, type->act_key);
    return cc_yaml_fail(&entry.place, r->error, "'%.*s' is not known in the %s feed-forward layer of model_type %s",
                        CC_TEXT_ARG(in->act), type->gated ? "gated" : "ungated", type->name);
}

static bool read_parallel(const struct reader *r, struct cc_llm_input *in)
{
    const struct model_type *type = r->type;
    in->parallel_layers = type->parallel == ALWAYS || (type->parallel == BY_KEY && type->parallel_default);
    if (type->parallel == BY_KEY && !read_flag(r, type->parallel_key, &in->parallel_layers))
        return false;
    /* the new architecture of Falcon is parallel whatever parallel_attn says */
    bool new_decoder = false;
    if (type->multi_query && !read_flag(r, "new_decoder_architecture", &new_decoder))
        return false;
    in->parallel_layers |= new_decoder;
    return true;
}

/* Newer files say dtype, older ones torch_dtype. Without either the size is that of a model file of ours, 2 bytes. */
static bool read_data_type(const struct reader *r, struct cc_llm_input *in)
{
    static const struct {
        const char *name;
        double bytes;
    } types[] = {{"float64", 8},       {"float32", 4},         {"float16", 2},     {"bfloat16", 2},
                 {"float8_e4m3fn", 1}, {"float8_e4m3fnuz", 1}, {"float8_e5m2", 1}, {"float8_e5m2fnuz", 1}};
    const char *key = look_up(r, "dtype").value != NULL ? "dtype" : "torch_dtype";
    struct cc_text name = cc_text_of("bfloat16");
    if (!read_text(r, key, &name))
        return false;
    for (size_t i = 0; i < COUNT(types); i++)
        if (cc_text_is(name, types[i].name)) {
            in->bytes_per_number = types[i].bytes;
            return true;
        }
    const struct entry entry = look_up(r, key);
    return cc_yaml_fail(&entry.place, r->error,
                        "'%.*s' is not one of: float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2",
                        CC_TEXT_ARG(name));
}

/* A window changes nothing as long as the context fits into it, in however few layers it is. */
static bool read_window(const struct reader *r, int64_t *context_max)
{
    bool used = r->type->windowed && !r->type->window_switch;
    *context_max = 0;
    if (r->type->window_switch && !read_flag(r, "use_sliding_window", &used))
        return false;
    if (!used)
        return true;
    if (!look_up(r, "sliding_window").given)
        *context_max = r->type->window_default;
    return read_int(r, "sliding_window", 1, size_max, context_max);
}

/* The name on the hub without its owner. Empty for a path, which says only where somebody kept the files. */
static struct cc_text name_of(struct cc_text path)
{
    const struct cc_text none = {0};
    size_t start = 0;
    if (path.len == 0 || strchr("/.~", path.s[0]) != NULL)
        return none;
    for (size_t i = 0; i < path.len; i++) {
        if (strchr("\\:", path.s[i]) != NULL || (path.s[i] == '/' && (start > 0 || i + 1 == path.len)))
            return none;
        if (path.s[i] == '/')
            start = i + 1;
    }
    return (struct cc_text){path.s + start, path.len - start};
}

static bool read_name(const struct reader *r, struct cc_llm_input *in)
{
    const struct entry name = look_up(r, "name");
    struct cc_text path = {0};
    if (!read_text(r, "_name_or_path", &path))
        return false;
    in->name = name.value != NULL && is_quoted(name.value) ? cc_yaml_scalar(name.value) : (struct cc_text){0};
    if (in->name.len == 0)
        in->name = name_of(path);
    return true;
}

/* OPT-350m projects from narrower embeddings. */
static bool check_embedding_width(const struct reader *r, const struct cc_llm_input *in)
{
    int64_t width = in->d;
    if (r->type->embedding_width == NULL)
        return true;
    if (!read_int(r, r->type->embedding_width, 1, size_max, &width))
        return false;
    if (width == in->d)
        return true;
    const struct entry entry = look_up(r, r->type->embedding_width);
    return cc_yaml_fail(&entry.place, r->error,
                        "%" PRId64 " is not %s (%" PRId64 "): embeddings of another width are not modelled", width,
                        r->type->width, in->d);
}

static bool refuse_flag(const struct reader *r, const char *key, const char *reason)
{
    bool on = false;
    if (!read_flag(r, key, &on))
        return false;
    const struct entry entry = look_up(r, key);
    return !on || cc_yaml_fail(&entry.place, r->error, "%s", reason);
}

static bool refuse_key(const struct reader *r, const char *key, const char *reason)
{
    const struct entry entry = look_up(r, key);
    return entry.value == NULL || cc_yaml_fail(&entry.place, r->error, "%s", reason);
}

static bool refuse_experts(const struct reader *r)
{
    static const char *const keys[] = {"num_local_experts", "num_experts",     "n_routed_experts",
                                       "moe_num_experts",   "num_moe_experts", "n_experts"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        int64_t experts = 0;
        if (!read_int(r, keys[i], 0, size_max, &experts))
            return false;
        const struct entry entry = look_up(r, keys[i]);
        if (experts > 1)
            return cc_yaml_fail(&entry.place, r->error, "%" PRId64 ": " EXPERTS, experts);
    }
    return true;
}

static bool ends_with(struct cc_text text, const char *end)
{
    const size_t len = strlen(end);
    return text.len >= len && memcmp(text.s + text.len - len, end, len) == 0;
}

/* Without an output projection to words (a classifier, an embedding model) nothing is generated. */
static bool refuse_other_heads(const struct reader *r)
{
    const struct entry entry = look_up(r, "architectures");
    struct cc_text last = {0};
    void *iterator = NULL;
    struct fy_node *item;
    if (entry.value == NULL)
        return true;
    if (!fy_node_is_sequence(entry.value))
        return fail_expected(r, &entry, "a list of strings");
    while ((item = fy_node_sequence_iterate(entry.value, &iterator)) != NULL) {
        last = cc_yaml_scalar(item);
        if (ends_with(last, "ForCausalLM") || ends_with(last, "LMHeadModel"))
            return true;
    }
    if (last.len == 0)
        return true;
    return cc_yaml_fail(&entry.place, r->error,
                        "'%.*s' does not generate text: expected one that ends in ForCausalLM or LMHeadModel",
                        CC_TEXT_ARG(last));
}

/* Whether a value says something: not null, false, 0, or empty. */
static bool is_set(struct fy_node *value)
{
    const struct cc_text text = cc_yaml_scalar(value);
    if (value == NULL)
        return false;
    if (fy_node_is_mapping(value))
        return fy_node_mapping_item_count(value) > 0;
    if (fy_node_is_sequence(value))
        return fy_node_sequence_item_count(value) > 0;
    return text.len > 0 && !cc_text_is(text, "false") && !cc_text_is(text, "0");
}

#define LATENT "keys and values that are compressed (latent attention) are not modelled"
#define SHARED_CACHE "layers that share keys and values are not modelled"
#define FURTHER_TOKENS "layers that predict further tokens are not modelled"
#define LAYERS_DIFFER "layers of different shapes are not modelled"
#define ADAPTER "adapters (LoRA) are not modelled; give the config.json of the model without them"

/* Keys that change sizes in a way that a struct cc_llm_input cannot say, whatever the type, where they are set. */
static const struct {
    const char *key, *reason;
} unmodelled[] = {
    {"kv_lora_rank", LATENT},
    {"q_lora_rank", LATENT},
    {"num_kv_shared_layers", SHARED_CACHE},
    {"use_cla", SHARED_CACHE},
    {"cla_share_factor", SHARED_CACHE},
    {"num_nextn_predict_layers", FURTHER_TOKENS},
    {"num_mtp_modules", FURTHER_TOKENS},
    {"attn_layer_indices", STATES},
    {"attn_layer_period", STATES},
    {"full_attention_interval", STATES},
    {"layers_block_type", STATES},
    {"hybrid_override_pattern", STATES},
    {"mamba_d_state", STATES},
    {"block_configs", LAYERS_DIFFER},
    {"pruned_heads", LAYERS_DIFFER},
    {"peft_type", ADAPTER},
    {"lora_alpha", ADAPTER},
    {"adapters", ADAPTER},
    {"<<", "merge keys are not taken in a config.json"},
};

static bool refuse_unmodelled(const struct reader *r)
{
    for (size_t i = 0; i < COUNT(unmodelled); i++) {
        const struct entry entry = look_up(r, unmodelled[i].key);
        if (is_set(entry.value))
            return cc_yaml_fail(&entry.place, r->error, "%s", unmodelled[i].reason);
    }
    return true;
}

/* layer_types names what each layer attends to. */
static bool check_layer_types(const struct reader *r, const struct cc_llm_input *in)
{
    const struct entry entry = look_up(r, "layer_types");
    void *iterator = NULL;
    struct fy_node *item;
    if (entry.value == NULL)
        return true;
    if (!fy_node_is_sequence(entry.value))
        return fail_expected(r, &entry, "a list of strings");
    if (fy_node_sequence_item_count(entry.value) != in->num_layers)
        return cc_yaml_fail(&entry.place, r->error, "%d types for %s (%" PRId64 ")",
                            fy_node_sequence_item_count(entry.value), r->type->layers, in->num_layers);
    while ((item = fy_node_sequence_iterate(entry.value, &iterator)) != NULL) {
        const struct cc_text type = cc_yaml_scalar(cc_yaml_resolve(item));
        const struct cc_yaml_place at = cc_yaml_place_of(&entry.place, NULL, item);
        if (!cc_text_is(type, "full_attention") && !cc_text_is(type, "sliding_attention"))
            return cc_yaml_fail(&at, r->error, "'%.*s' is not modelled: expected full_attention or sliding_attention",
                                CC_TEXT_ARG(type));
    }
    return true;
}

#define QUANTIZED "quantized weights are not modelled: weights, activations and key/value cache have one size; "

static bool refuse_quantized(const struct reader *r)
{
    static const char *const keys[] = {"quantization_config", "compression_config", "quantization"};
    for (size_t i = 0; i < COUNT(keys); i++)
        if (!refuse_key(r, keys[i], QUANTIZED "without this key they have that of torch_dtype"))
            return false;
    return true;
}

/* Tools that quantize leave a file beside the config.json, which itself says nothing of it. */
static bool refuse_quantized_beside(const struct reader *r)
{
    static const char *const files[] = {"hf_quant_config.json", "quantize_config.json", "quant_config.json"};
    const char *path = r->root.yaml->path;
    const char *slash = strrchr(path, '/');
    const int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
    char beside[4096];
    if (strcmp(path + folder, "config.json") != 0)
        return true;
    for (size_t i = 0; i < COUNT(files); i++) {
        const int len = snprintf(beside, sizeof beside, "%.*s%s", folder, path, files[i]);
        if (len > 0 && (size_t)len < sizeof beside && access(beside, F_OK) == 0)
            return cc_fail(r->error, CC_BAD_DATA,
                           "%s: %s beside it says that the weights are quantized: " QUANTIZED
                           "give a model file of ours with that size as bytes_per_number, or a copy without %s",
                           path, files[i], files[i]);
    }
    return true;
}

/* What any type of model may have and cannot be represented. */
static bool refuse_features(const struct reader *r)
{
    return refuse_flag(r, "is_encoder_decoder", ENCODER) && refuse_flag(r, "add_cross_attention", ENCODER) &&
           refuse_key(r, "vision_config", SEVERAL_MEDIA) && refuse_key(r, "audio_config", SEVERAL_MEDIA) &&
           refuse_key(r, "text_config", SEVERAL_MEDIA) && refuse_experts(r) && refuse_unmodelled(r) &&
           refuse_quantized(r) && refuse_quantized_beside(r);
}

static bool fail_type(const struct reader *r, const struct entry *entry, struct cc_text name)
{
    char list[320] = "";
    for (size_t i = 0; i < COUNT(model_types); i++) {
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", model_types[i].name);
    }
    if (name.len == 0)
        return cc_yaml_fail(&entry->place, r->error, "is missing; expected one of: %s", list);
    return cc_yaml_fail(&entry->place, r->error, "'%.*s' is not one of: %s", CC_TEXT_ARG(name), list);
}

/* Finds the type. A reason why a model cannot be taken comes before not knowing it. */
static bool read_type(struct reader *r)
{
    const struct entry entry = look_up(r, "model_type");
    struct cc_text name = {0};
    if (!read_text(r, "model_type", &name))
        return false;
    for (size_t i = 0; i < COUNT(refused_types); i++)
        if (cc_text_is(name, refused_types[i].name))
            return cc_yaml_fail(&entry.place, r->error, "%s: %s", refused_types[i].name, refused_types[i].reason);
    if (!refuse_features(r))
        return false;
    for (size_t i = 0; i < COUNT(model_types); i++)
        if (cc_text_is(name, model_types[i].name)) {
            r->type = &model_types[i];
            return true;
        }
    return fail_type(r, &entry, name);
}

static bool read_sizes(const struct reader *r, struct cc_llm_input *in)
{
    return need_size(r, r->type->layers, CC_LAYERS_MAX, &in->num_layers) &&
           need_size(r, r->type->width, size_max, &in->d) && need_size(r, r->type->heads, size_max, &in->num_heads) &&
           need_size(r, "vocab_size", size_max, &in->vocab_size) && read_feed_forward(r, in) &&
           read_head_width(r, in) && read_kv_heads(r, in) && check_embedding_width(r, in) && check_layer_types(r, in);
}

bool cc_hf_config_is(const struct cc_yaml *yaml)
{
    const struct reader r = {.map = yaml->root, .root = {.yaml = yaml}};
    return fy_node_is_mapping(yaml->root) && !look_up(&r, "Model").given &&
           (look_up(&r, "model_type").given || look_up(&r, "architectures").given);
}

bool cc_hf_config_read(const struct cc_yaml *yaml, struct cc_hf_config *config, struct cc_error *error)
{
    struct reader r = {.map = yaml->root, .root = {.yaml = yaml}, .error = error};
    struct cc_llm_input *in = &config->llm;
    *config = (struct cc_hf_config){0};
    cc_fields_clear(&cc_llm_input_fields, in);
    if (!read_type(&r) || !refuse_other_heads(&r))
        return false;
    config->model_type = r.type->name;
    in->tied_embeddings = r.type->tied;
    return read_sizes(&r, in) && read_activation(&r, in) && read_parallel(&r, in) &&
           read_flag(&r, "tie_word_embeddings", &in->tied_embeddings) && read_data_type(&r, in) &&
           read_window(&r, &config->context_max) && read_name(&r, in);
}
