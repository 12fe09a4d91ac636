#include "input/hf_config.h"

#include <inttypes.h>

#include "input/hf_layers.h"
#include "input/hf_quantization.h"
#include "input/hf_reader.h"
#include "input/inputs.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_feed_forward(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    int64_t times = type->feed_forward_times;
    if (times == 0)
        return cc_hf_need_size(r, type->feed_forward, CC_HF_SIZE_MAX, &in->d_ff);
    if (type->expansion != NULL && !cc_hf_read_int(r, type->expansion, 1, CC_HF_SIZE_MAX, &times))
        return false;
    in->d_ff = times * in->d;
    return cc_hf_read_int(r, type->feed_forward, 1, CC_HF_SIZE_MAX, &in->d_ff);
}

static bool read_head_width(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    int64_t width = r->type->head_width_default;
    if (r->type->head_width != NULL && !cc_hf_read_int(r, r->type->head_width, 1, CC_HF_SIZE_MAX, &width))
        return false;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): cc_hf_need_size gives 1 or more */
    if (width == 0 && in->d % in->num_heads != 0) {
        const struct cc_hf_entry entry = cc_hf_find(r, r->type->width), heads = cc_hf_find(r, r->type->heads);
        return cc_yaml_fail(&entry.place, r->error, "%" PRId64 " is not a multiple of %.*s (%" PRId64 ")", in->d,
                            CC_TEXT_ARG(heads.place.key), in->num_heads);
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): as above */
    in->d_head = width > 0 ? width : in->d / in->num_heads;
    return true;
}

/* Falcon: with the new architecture as many heads as the key says; else the key has no effect: one, or all. */
static bool read_multi_query(const struct cc_hf_reader *r, const struct cc_llm_input *in, int64_t *kv_heads,
                             bool *by_key)
{
    bool multi_query = true;
    *by_key = false;
    if (!cc_hf_read_flag(r, "multi_query", &multi_query) || !cc_hf_read_flag(r, "new_decoder_architecture", by_key))
        return false;
    *kv_heads = *by_key || !multi_query ? in->num_heads : 1;
    return true;
}

static bool read_kv_heads(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    bool by_key = type->kv_heads_switch == NULL;
    int64_t kv_heads = in->num_heads;
    if ((type->kv_heads_switch != NULL && !cc_hf_read_flag(r, type->kv_heads_switch, &by_key)) ||
        (type->multi_query && !read_multi_query(r, in, &kv_heads, &by_key)))
        return false;
    if (!by_key || type->kv_heads == NULL) {
        in->heads_per_kv_cache = (double)(in->num_heads / kv_heads);
        return true;
    }
    const struct cc_hf_entry entry = cc_hf_find(r, type->kv_heads), heads = cc_hf_find(r, type->heads);
    if (!entry.given && type->kv_heads_default > 0)
        kv_heads = type->kv_heads_default;
    if (!cc_hf_take_int(r, &entry, 1, CC_HF_SIZE_MAX, &kv_heads))
        return false;
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): kv_heads is num_heads, a default or a key, 1 or more all */
    if (in->num_heads % kv_heads != 0)
        return cc_yaml_fail(&entry.place, r->error,
                            "%.*s (%" PRId64 ") is not a multiple of %" PRId64 " key/value heads",
                            CC_TEXT_ARG(heads.place.key), in->num_heads, kv_heads);
    in->heads_per_kv_cache = (double)(in->num_heads / kv_heads);
    return true;
}

/* Latent attention. A query that has no latent has null for its width. */
static bool read_latent(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    in->q_lora_rank = cc_hf_find(r, "q_lora_rank").given ? 0 : 1536; /* default of all classes that have it */
    return cc_hf_need_size(r, "kv_lora_rank", CC_HF_SIZE_MAX, &in->kv_lora_rank) &&
           cc_hf_read_int(r, "q_lora_rank", 0, CC_HF_SIZE_MAX, &in->q_lora_rank) &&
           cc_hf_need_size(r, "qk_nope_head_dim", CC_HF_SIZE_MAX, &in->qk_nope_head_dim) &&
           cc_hf_need_size(r, "qk_rope_head_dim", CC_HF_SIZE_MAX, &in->qk_rope_head_dim) &&
           cc_hf_need_size(r, "v_head_dim", CC_HF_SIZE_MAX, &in->v_head_dim);
}

static bool read_heads(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    if (r->type->latent)
        return read_latent(r, in);
    return read_head_width(r, in) && read_kv_heads(r, in);
}

/* Sparse attention, in all layers of the types that have it. */
static bool read_index(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    if (r->type->index_heads == 0)
        return true;
    in->index_heads = r->type->index_heads;
    in->index_dim = 128;
    in->index_topk = 2048;
    return cc_hf_read_int(r, "index_n_heads", 1, CC_HF_SIZE_MAX, &in->index_heads) &&
           cc_hf_read_int(r, "index_head_dim", 1, CC_HF_SIZE_MAX, &in->index_dim) &&
           cc_hf_read_int(r, "index_topk", 1, CC_HF_SIZE_MAX, &in->index_topk);
}

static bool read_shared_experts(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    int64_t shared = type->shared_width != NULL && type->shared == NULL, width = 0;
    if (type->shared != NULL && !cc_hf_read_even_size(r, type->shared, 0, CC_EXPERTS_MAX, &shared))
        return false;
    if (type->shared_width != NULL && !cc_hf_read_int(r, type->shared_width, 0, CC_HF_SIZE_MAX, &width))
        return false;
    if (shared == 0 || (type->shared_width != NULL && width == 0))
        return true;
    in->shared_experts = shared;
    if (width > 0 && width != in->moe_d_ff)
        in->shared_d_ff = width;
    return true;
}

static bool read_experts(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    if (type->experts_in == CC_HF_DENSE)
        return true;
    return cc_hf_need_size(r, type->experts, CC_EXPERTS_MAX, &in->num_experts) &&
           cc_hf_need_size(r, type->experts_per_token, in->num_experts, &in->experts_per_token) &&
           cc_hf_need_size(r, type->expert_width, CC_HF_SIZE_MAX, &in->moe_d_ff) && read_shared_experts(r, in);
}

/* A model says by the name of its activation whether it has a gate; here the type says so, and the name of the function
 * in the gate gives the usual one of both together. */
static bool read_activation(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    static const struct {
        const char *function, *gated;
    } gates[] = {{"silu", "swiglu"}, {"swish", "swiglu"}, {"gelu", "geglu"}, {"relu", "reglu"}};
    const struct cc_hf_type *type = r->type;
    in->act = cc_text_of(type->act);
    if (type->act_key != NULL && !cc_hf_read_text(r, type->act_key, &in->act))
        return false;
    for (size_t i = 0; type->gated && i < COUNT(gates); i++)
        if (cc_text_contains_any_case(in->act, gates[i].function)) {
            in->act = cc_text_of(gates[i].gated);
            return true;
        }
    if (!type->gated && !cc_text_contains_any_case(in->act, "glu"))
        return true;
    const struct cc_hf_entry entry = cc_hf_find(r, type->act_key);
    return cc_yaml_fail(&entry.place, r->error, "'%.*s' is not known in the %s feed-forward layer of model_type %s",
                        CC_TEXT_ARG(in->act), type->gated ? "gated" : "ungated", type->name);
}

static bool read_parallel(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    in->parallel_layers = type->parallel == CC_HF_ALWAYS || (type->parallel == CC_HF_BY_KEY && type->parallel_default);
    if (type->parallel == CC_HF_BY_KEY && !cc_hf_read_flag(r, type->parallel_key, &in->parallel_layers))
        return false;
    /* the new architecture of Falcon is parallel whatever parallel_attn says */
    bool new_decoder = false;
    if (type->multi_query && !cc_hf_read_flag(r, "new_decoder_architecture", &new_decoder))
        return false;
    in->parallel_layers |= new_decoder;
    return true;
}

/* Modules that predict further tokens. The weights of MiniMax-M2 have none, whatever its num_mtp_modules says. */
static bool read_further_tokens(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    int64_t modules = 0;
    if (!cc_hf_read_int(r, "num_nextn_predict_layers", 0, CC_LAYERS_MAX, &modules))
        return false;
    if (modules > 0)
        in->num_mtp = modules;
    return true;
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

static bool read_name(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_entry name = cc_hf_find(r, "name");
    struct cc_text path = {0};
    if (!cc_hf_read_text(r, "_name_or_path", &path))
        return false;
    in->name = name.value != NULL && cc_hf_is_quoted(name.value) ? cc_yaml_scalar(name.value) : (struct cc_text){0};
    if (in->name.len == 0)
        in->name = name_of(path);
    return true;
}

/* OPT-350m has embeddings narrower than its layers. */
static bool check_embedding_width(const struct cc_hf_reader *r, const struct cc_llm_input *in)
{
    int64_t width = in->d;
    if (r->type->embedding_width == NULL)
        return true;
    if (!cc_hf_read_int(r, r->type->embedding_width, 1, CC_HF_SIZE_MAX, &width))
        return false;
    if (width == in->d)
        return true;
    const struct cc_hf_entry entry = cc_hf_find(r, r->type->embedding_width);
    return cc_yaml_fail(&entry.place, r->error,
                        "%" PRId64 " differs from %s (%" PRId64 "): embeddings of another width are not modelled",
                        width, r->type->width, in->d);
}

static bool refuse_flag(const struct cc_hf_reader *r, const char *key, const char *reason)
{
    const struct cc_hf_entry entry = cc_hf_find(r, key);
    bool on = false;
    if (!cc_hf_take_flag(r, &entry, &on))
        return false;
    return !on || cc_yaml_fail(&entry.place, r->error, "%s", reason);
}

/* Experts in a file whose type has none. */
static bool refuse_experts(const struct cc_hf_reader *r)
{
    static const char *const keys[] = {"num_local_experts", "num_experts",     "n_routed_experts",
                                       "moe_num_experts",   "num_moe_experts", "n_experts"};
    for (size_t i = 0; r->type->experts_in == CC_HF_DENSE && i < COUNT(keys); i++) {
        const struct cc_hf_entry entry = cc_hf_find(r, keys[i]);
        int64_t experts = 0;
        if (!cc_hf_take_int(r, &entry, 0, CC_HF_SIZE_MAX, &experts))
            return false;
        if (experts > 1)
            return cc_yaml_fail(&entry.place, r->error, "%" PRId64 ": model_type %s has no experts", experts,
                                r->type->name);
    }
    return true;
}

static bool ends_with(struct cc_text text, const char *end)
{
    const size_t len = strlen(end);
    return text.len >= len && memcmp(text.s + text.len - len, end, len) == 0;
}

/* Without an output projection to words (a classifier, an embedding model) nothing is generated. */
static bool refuse_other_heads(const struct cc_hf_reader *r)
{
    static const char *const heads[] = {"ForCausalLM", "LMHeadModel", "ForConditionalGeneration", "ChatGLMModel"};
    const struct cc_hf_entry list = cc_hf_find(r, "architectures");
    struct cc_hf_entry item;
    struct cc_text last = {0};
    void *iterator = NULL;
    if (!cc_hf_check_list(r, &list, "a list of strings"))
        return false;
    while (cc_hf_next(&list, &iterator, &item)) {
        last = cc_yaml_scalar(item.value);
        for (size_t i = 0; i < COUNT(heads); i++)
            if (ends_with(last, heads[i]))
                return true;
    }
    return last.len == 0 ||
           cc_yaml_fail(&list.place, r->error,
                        "'%.*s' does not generate text: expected one that ends in ForCausalLM, LMHeadModel or "
                        "ForConditionalGeneration",
                        CC_TEXT_ARG(last));
}

#define SHARED_CACHE "layers that share keys and values are not modelled"
#define ADAPTER "adapters (LoRA) are not modelled; give the config.json of the model without them"

/* Keys that change sizes in a way that a struct cc_llm_input cannot say, whatever the type, where they are set. */
static const struct {
    const char *key, *reason;
} unmodelled[] = {
    {"num_kv_shared_layers", SHARED_CACHE},
    {"use_cla", SHARED_CACHE},
    {"attn_layer_indices", CC_HF_STATES},
    {"attn_layer_period", CC_HF_STATES},
    {"full_attention_interval", CC_HF_STATES},
    {"layers_block_type", CC_HF_STATES},
    {"hybrid_override_pattern", CC_HF_STATES},
    {"mamba_d_state", CC_HF_STATES},
    {"cross_attention_layers", "layers that attend to pictures or sound (cross-attention) are not modelled"},
    {"compress_ratios", "keys and values of several tokens that are compressed to one are not modelled"},
    {"block_configs", CC_HF_LAYERS_DIFFER},
    {"pruned_heads", CC_HF_LAYERS_DIFFER},
    {"peft_type", ADAPTER},
    {"lora_alpha", ADAPTER},
    {"adapters", ADAPTER},
    {"<<", "merge keys are not supported in a config.json"},
};

static bool refuse_unmodelled(const struct cc_hf_reader *r)
{
    for (size_t i = 0; i < COUNT(unmodelled); i++) {
        const struct cc_hf_entry entry = cc_hf_find(r, unmodelled[i].key);
        if (cc_hf_is_set(entry.value))
            return cc_yaml_fail(&entry.place, r->error, "%s", unmodelled[i].reason);
    }
    return true;
}

static bool refuse_latent(const struct cc_hf_reader *r)
{
    static const char *const keys[] = {"kv_lora_rank", "q_lora_rank"};
    for (size_t i = 0; !r->type->latent && i < COUNT(keys); i++) {
        const struct cc_hf_entry entry = cc_hf_find(r, keys[i]);
        if (cc_hf_is_set(entry.value))
            return cc_yaml_fail(&entry.place, r->error,
                                "keys and values are kept as a latent, which model_type %s does not have",
                                r->type->name);
    }
    return true;
}

/* Linear attention among the layers of a type that can have it. */
static bool refuse_states(const struct cc_hf_reader *r)
{
    const struct cc_hf_entry list = cc_hf_find(r, "attn_type_list");
    struct cc_hf_entry item;
    void *iterator = NULL;
    if (!cc_hf_check_list(r, &list, "a list of 0 and 1"))
        return false;
    while (cc_hf_next(&list, &iterator, &item)) {
        int64_t full = 1;
        if (!cc_hf_take_int(r, &item, 0, 2, &full))
            return false;
        if (full != 1)
            return cc_yaml_fail(&item.place, r->error, "%" PRId64 ": " CC_HF_STATES, full);
    }
    return true;
}

/* Refuses features that any type of model may have and that cannot be represented. */
static bool refuse_features(const struct cc_hf_reader *r)
{
    return refuse_flag(r, "is_encoder_decoder", "a model with an encoder is not modelled") &&
           refuse_flag(r, "add_cross_attention", "a model with an encoder is not modelled") && refuse_unmodelled(r) &&
           refuse_states(r);
}

static bool fail_type(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, struct cc_text name)
{
    static const char listed[] = "chiplet-cloud-inputs(5) lists the supported types";
    const char *near = cc_hf_type_near(name);
    if (name.len == 0)
        return cc_yaml_fail(&entry->place, r->error, "is missing; %s", listed);
    if (near == NULL)
        return cc_yaml_fail(&entry->place, r->error, "'%.*s' is not known; %s", CC_TEXT_ARG(name), listed);
    return cc_yaml_fail(&entry->place, r->error, "'%.*s' is not known; did you mean %s? %s", CC_TEXT_ARG(name), near,
                        listed);
}

/* The text part of a model of several media, which has a type of its own or that which goes with the whole. */
static bool find_text(struct cc_hf_reader *r, struct cc_text *name)
{
    const struct cc_hf_entry part = cc_hf_find(r, "text_config");
    const char *of_text = cc_hf_type_of_text(*name);
    if (part.value != NULL && !fy_node_is_mapping(part.value))
        return cc_hf_fail_expected(r, &part, "a map");
    if (of_text != NULL)
        *name = cc_text_of(of_text);
    if (part.value == NULL)
        return true;
    const struct cc_hf_entry type = cc_hf_find_in(&part, "model_type");
    if (!cc_hf_take_text(r, &type, name))
        return false;
    r->text = part.value;
    r->text_place.outer = &r->top_place;
    r->text_place.key = cc_text_of("text_config");
    of_text = cc_hf_type_of_text(*name);
    *name = of_text != NULL ? cc_text_of(of_text) : *name;
    return true;
}

static bool check_type(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, struct cc_text name)
{
    const char *reason = cc_hf_type_refused(name);
    return reason == NULL || cc_yaml_fail(&entry->place, r->error, "%.*s: %s", CC_TEXT_ARG(name), reason);
}

/* Finds the type. A known reason to refuse a model takes precedence over an unknown type. */
static bool read_type(struct cc_hf_reader *r)
{
    const struct cc_hf_entry whole = cc_hf_find(r, "model_type");
    struct cc_text name = {0};
    if (!cc_hf_take_text(r, &whole, &name) || !check_type(r, &whole, name) || !find_text(r, &name))
        return false;
    const struct cc_hf_entry entry = cc_hf_find(r, "model_type");
    if (!check_type(r, &entry, name) || !refuse_features(r))
        return false;
    r->type = cc_hf_type_named(name);
    if (r->type == NULL)
        return fail_type(r, &entry, name);
    return refuse_experts(r) && refuse_latent(r);
}

/* A size that some types have a default for. */
static bool read_size(const struct cc_hf_reader *r, const char *keys, int64_t default_value, int64_t *value)
{
    if (default_value == 0 || cc_hf_find(r, keys).given)
        return cc_hf_need_size(r, keys, CC_HF_SIZE_MAX, value);
    *value = default_value;
    return true;
}

static bool read_sizes(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    const struct cc_hf_type *type = r->type;
    return cc_hf_need_size(r, type->layers, CC_LAYERS_MAX, &in->num_layers) &&
           cc_hf_need_size(r, type->width, CC_HF_SIZE_MAX, &in->d) &&
           read_size(r, type->heads, type->heads_default, &in->num_heads) &&
           read_size(r, type->vocab, type->vocab_default, &in->vocab_size) && read_experts(r, in) &&
           read_heads(r, in) && read_index(r, in) && check_embedding_width(r, in) && cc_hf_layers_read(r, in);
}

/* The width of dense layers; optional in a model that has none. */
static bool read_dense_width(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    if (r->type->experts_in != CC_HF_DENSE && !cc_hf_find(r, r->type->feed_forward).given) {
        in->d_ff = in->moe_d_ff;
        return true;
    }
    return read_feed_forward(r, in);
}

bool cc_hf_config_is(const struct cc_yaml *yaml)
{
    const struct cc_hf_reader r = cc_hf_reader_of(yaml, NULL);
    return fy_node_is_mapping(yaml->root) && !cc_hf_find(&r, "Model").given &&
           (cc_hf_find(&r, "model_type").given || cc_hf_find(&r, "architectures").given);
}

/* Checks across keys. */
static bool check_whole(const struct cc_hf_reader *r, const struct cc_llm_input *in)
{
    const char *key = NULL, *fault = cc_llm_fault(in, &key);
    return fault == NULL || cc_yaml_fail(&r->top_place, r->error, "%s %s", key, fault);
}

bool cc_hf_config_read(struct cc_arena *arena, const struct cc_yaml *yaml, struct cc_hf_config *config,
                       struct cc_error *error)
{
    struct cc_hf_reader r = cc_hf_reader_of(yaml, error);
    struct cc_llm_input *in = &config->llm;
    r.arena = arena;
    *config = (struct cc_hf_config){0};
    cc_fields_clear(&cc_llm_input_fields, in);
    if (!read_type(&r) || !refuse_other_heads(&r))
        return false;
    config->model_type = r.type->name;
    in->tied_embeddings = r.type->tied;
    return read_sizes(&r, in) && read_dense_width(&r, in) && read_activation(&r, in) && read_parallel(&r, in) &&
           read_further_tokens(&r, in) && cc_hf_read_flag(&r, "tie_word_embeddings", &in->tied_embeddings) &&
           check_whole(&r, in) && cc_hf_formats_read(&r, in) && read_name(&r, in);
}
