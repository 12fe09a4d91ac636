#include "input/hf_quantization.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "input/hf_modules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Quantization that a file describes. No bits: not quantized. */
struct scheme {
    struct cc_number_format weight, activation, kv;
    bool experts_only; /* no other weights are quantized */
};

/* Newer files say dtype, older ones torch_dtype. The default is that of a model file, 2 bytes. */
static bool read_data_type(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    static const struct {
        const char *name;
        double bytes;
    } types[] = {{"float64", 8},       {"float32", 4},         {"float16", 2},     {"bfloat16", 2},
                 {"float8_e4m3fn", 1}, {"float8_e4m3fnuz", 1}, {"float8_e5m2", 1}, {"float8_e5m2fnuz", 1}};
    struct cc_hf_entry entry = cc_hf_find(r, "dtype");
    if (entry.value == NULL)
        entry = cc_hf_find(r, "torch_dtype");
    struct cc_text name = cc_text_of("bfloat16");
    if (!cc_hf_take_text(r, &entry, &name))
        return false;
    for (size_t i = 0; i < COUNT(types); i++)
        if (cc_text_is(name, types[i].name)) {
            in->bytes_per_number = types[i].bytes;
            return true;
        }
    return cc_yaml_fail(&entry.place, r->error,
                        "'%.*s' is not one of: float64, float32, float16, bfloat16, float8_e4m3fn, float8_e5m2",
                        CC_TEXT_ARG(name));
}

static struct cc_number_format named(const char *name)
{
    struct cc_number_format format = {0};
    (void)cc_number_format_named(cc_text_of(name), &format);
    return format;
}

/* Integers of `bits` bits; a group shares a scale of 16 bits, and a zero point. Group 0: too large to matter. */
static struct cc_number_format integers(int64_t bits, int64_t group, bool zero_point)
{
    const double shared = group > 0 ? (16 + (zero_point ? (double)bits : 0)) / (double)group : 0;
    return (struct cc_number_format){(double)bits + shared, bits > 4 ? CC_INT8 : CC_INT4};
}

/* The size of a group of numbers that share a scale; none, or all of a row: 0. */
static bool read_group(const struct cc_hf_reader *r, const struct cc_hf_entry *map, const char *key, int64_t *group)
{
    const struct cc_hf_entry entry = cc_hf_find_in(map, key);
    *group = 0;
    if (!cc_hf_take_int(r, &entry, -1, CC_HF_SIZE_MAX, group))
        return false;
    *group = *group < 0 ? 0 : *group;
    return true;
}

/* weight_block_size: rows and columns that share a scale of 32 bits. */
static bool read_block(const struct cc_hf_reader *r, const struct cc_hf_entry *map, const char *key,
                       struct cc_number_format *format)
{
    const struct cc_hf_entry block = cc_hf_find_in(map, key);
    struct cc_hf_entry item;
    void *iterator = NULL;
    double numbers = 1;
    *format = named("fp8");
    if (block.value == NULL)
        return true;
    if (!cc_hf_check_list(r, &block, "a list of two sizes"))
        return false;
    while (cc_hf_next(&block, &iterator, &item)) {
        int64_t size = 1;
        if (!cc_hf_take_int(r, &item, 1, CC_HF_SIZE_MAX, &size))
            return false;
        numbers *= (double)size;
    }
    format->bits += 32 / numbers;
    return true;
}

static bool read_fp8(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    scheme->activation = named("fp8");
    return read_block(r, map, "weight_block_size", &scheme->weight);
}

static bool read_mxfp4(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    scheme->weight = named("mxfp4");
    scheme->experts_only = true;
    return r->type->experts_in != CC_HF_DENSE ||
           cc_yaml_fail(&map->place, r->error, "mxfp4 applies to experts, which model_type %s does not have",
                        r->type->name);
}

/* The format of num_bits, type and group_size, as compressed-tensors has them. */
static bool read_numbers(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct cc_number_format *format)
{
    const struct cc_hf_entry bits_entry = cc_hf_find_in(map, "num_bits"), type_entry = cc_hf_find_in(map, "type");
    const struct cc_hf_entry symmetric_entry = cc_hf_find_in(map, "symmetric");
    struct cc_text type = cc_text_of("int");
    int64_t bits = 8, group = 0;
    bool symmetric = true;
    if (!cc_hf_take_int(r, &bits_entry, 2, 8, &bits) || !cc_hf_take_text(r, &type_entry, &type) ||
        !cc_hf_take_flag(r, &symmetric_entry, &symmetric) || !read_group(r, map, "group_size", &group))
        return false;
    if (cc_text_is(type, "int")) {
        *format = integers(bits, group, !symmetric);
        return true;
    }
    if (cc_text_is(type, "float") && bits == 8)
        return read_block(r, map, "block_structure", format);
    *format = named(group == 32 ? "mxfp4" : "nvfp4");
    return (cc_text_is(type, "float") && bits == 4 && (group == 16 || group == 32)) ||
           cc_yaml_fail(&bits_entry.place, r->error,
                        "numbers of type %.*s with %" PRId64 " bits and groups of %" PRId64 " are not modelled",
                        CC_TEXT_ARG(type), bits, group);
}

/* A map whose numbers are quantized, or null. */
static bool read_numbers_in(const struct cc_hf_reader *r, const struct cc_hf_entry *map, const char *key,
                            struct cc_number_format *format)
{
    const struct cc_hf_entry entry = cc_hf_find_in(map, key);
    if (entry.value == NULL)
        return true;
    if (!fy_node_is_mapping(entry.value))
        return cc_hf_fail_expected(r, &entry, "a map");
    return read_numbers(r, &entry, format);
}

/* One group of compressed-tensors, of all that is not left out. */
static bool read_group_of_layers(const struct cc_hf_reader *r, const struct cc_hf_entry *group, struct scheme *scheme)
{
    const struct cc_hf_entry targets = cc_hf_find_in(group, "targets");
    struct cc_hf_entry target;
    void *iterator = NULL;
    if (!cc_hf_check_list(r, &targets, "a list of targets"))
        return false;
    while (cc_hf_next(&targets, &iterator, &target))
        if (!cc_text_is(cc_yaml_scalar(target.value), "Linear"))
            return cc_yaml_fail(&target.place, r->error,
                                "'%.*s' is not modelled: expected Linear, which is all linear layers",
                                CC_TEXT_ARG(cc_yaml_scalar(target.value)));
    return read_numbers_in(r, group, "weights", &scheme->weight) &&
           read_numbers_in(r, group, "input_activations", &scheme->activation);
}

static bool read_compressed(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    const struct cc_hf_entry groups = cc_hf_find_in(map, "config_groups");
    void *iterator = NULL;
    if (groups.value == NULL || !fy_node_is_mapping(groups.value) || fy_node_mapping_item_count(groups.value) != 1)
        return cc_yaml_fail(&groups.place, r->error, "expected one group: weights of several formats are not modelled");
    struct fy_node_pair *pair = fy_node_mapping_iterate(groups.value, &iterator);
    struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(pair));
    const struct cc_hf_entry group = {
        .given = true, .value = value, .place = cc_yaml_place_of(&groups.place, fy_node_pair_key(pair), value)};
    if (!fy_node_is_mapping(value))
        return cc_hf_fail_expected(r, &group, "a map");
    return read_group_of_layers(r, &group, scheme) && read_numbers_in(r, map, "kv_cache_scheme", &scheme->kv);
}

/* Reads a pair of keys of AWQ or GPTQ: bits and group_size, or AWQ's w_bit and q_group_size. */
static bool read_integers(const struct cc_hf_reader *r, const struct cc_hf_entry *map, bool zero_point,
                          struct scheme *scheme)
{
    const struct cc_hf_entry bits_entry = cc_hf_find_in(map, "bits"), short_entry = cc_hf_find_in(map, "w_bit");
    int64_t bits = 0, group = 0;
    if (!cc_hf_take_int(r, &short_entry, 2, 8, &bits) || !cc_hf_take_int(r, &bits_entry, 2, 8, &bits) ||
        !read_group(r, map, cc_hf_find_in(map, "q_group_size").given ? "q_group_size" : "group_size", &group))
        return false;
    if (bits == 0)
        return cc_yaml_fail(&bits_entry.place, r->error, "is missing");
    scheme->weight = integers(bits, group, zero_point);
    return true;
}

static bool read_awq(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    const struct cc_hf_entry entry = cc_hf_find_in(map, "zero_point");
    bool zero_point = true;
    return cc_hf_take_flag(r, &entry, &zero_point) && read_integers(r, map, zero_point, scheme);
}

static bool read_gptq(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    const struct cc_hf_entry entry = cc_hf_find_in(map, "sym"), dynamic = cc_hf_find_in(map, "dynamic");
    const struct cc_hf_entry head = cc_hf_find_in(map, "lm_head");
    bool symmetric = true, with_head = false;
    if (cc_hf_is_set(dynamic.value))
        return cc_yaml_fail(&dynamic.place, r->error, "rules for single modules are not modelled");
    if (!cc_hf_take_flag(r, &entry, &symmetric) || !cc_hf_take_flag(r, &head, &with_head))
        return false;
    if (with_head)
        return cc_yaml_fail(&head.place, r->error, "a quantized output projection is not modelled");
    return read_integers(r, map, !symmetric, scheme);
}

/* 4 bits: NF4 or FP4, 64 of which share 32 bits, or with double quantization 8 bits and 256 of those 32. */
static bool read_bitsandbytes(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    const struct cc_hf_entry four = cc_hf_find_in(map, "load_in_4bit"), eight = cc_hf_find_in(map, "load_in_8bit");
    const struct cc_hf_entry twice = cc_hf_find_in(map, "bnb_4bit_use_double_quant");
    bool in_four = false, in_eight = false, doubled = false;
    if (!cc_hf_take_flag(r, &four, &in_four) || !cc_hf_take_flag(r, &eight, &in_eight) ||
        !cc_hf_take_flag(r, &twice, &doubled))
        return false;
    if (in_four == in_eight)
        return cc_yaml_fail(&map->place, r->error, "expected either load_in_4bit or load_in_8bit");
    scheme->weight =
        in_four ? (struct cc_number_format){4 + (doubled ? 8 + 32.0 / 256 : 32) / 64, CC_FP4} : named("int8");
    if (in_eight)
        scheme->activation = named("int8");
    return true;
}

/* modelopt's quant_algo and kv_cache_quant_algo. */
static bool read_algorithm(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    const struct cc_hf_entry algorithm = cc_hf_find_in(map, "quant_algo"),
                             kv = cc_hf_find_in(map, "kv_cache_quant_algo");
    const struct cc_hf_entry zero = cc_hf_find_in(map, "has_zero_point");
    struct cc_text name = {0}, kv_name = {0};
    int64_t group = 0;
    bool zero_point = false;
    if (!cc_hf_take_text(r, &algorithm, &name) || !cc_hf_take_text(r, &kv, &kv_name) ||
        !read_group(r, map, "group_size", &group) || !cc_hf_take_flag(r, &zero, &zero_point))
        return false;
    if (cc_text_is(name, "FP8") || cc_text_is(name, "FP8_PER_CHANNEL_PER_TOKEN"))
        scheme->weight = scheme->activation = named("fp8");
    else if (cc_text_is(name, "NVFP4"))
        scheme->weight = scheme->activation = named("nvfp4");
    else if (cc_text_is(name, "W4A16_AWQ"))
        scheme->weight = integers(4, group > 0 ? group : 128, zero_point);
    else if (cc_text_is(name, "W8A8_SQ_PER_CHANNEL"))
        scheme->weight = scheme->activation = named("int8");
    else if (name.len > 0)
        return cc_yaml_fail(&algorithm.place, r->error,
                            "'%.*s' is not modelled: expected FP8, NVFP4, W4A16_AWQ or "
                            "W8A8_SQ_PER_CHANNEL",
                            CC_TEXT_ARG(name));
    if (cc_text_is(kv_name, "FP8") || cc_text_is(kv_name, "INT8") || cc_text_is(kv_name, "NVFP4"))
        scheme->kv = named(kv_name.s[0] == 'F' ? "fp8" : kv_name.s[0] == 'I' ? "int8" : "nvfp4");
    else if (kv_name.len > 0)
        return cc_yaml_fail(&kv.place, r->error, "'%.*s' is not modelled: expected FP8, INT8 or NVFP4",
                            CC_TEXT_ARG(kv_name));
    return true;
}

static bool read_modelopt(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    return read_algorithm(r, map, scheme) && read_numbers_in(r, map, "kv_cache_scheme", &scheme->kv);
}

/* By quant_method. */
static bool read_method(const struct cc_hf_reader *r, const struct cc_hf_entry *map, struct scheme *scheme)
{
    static const struct {
        const char *name;
        bool (*read)(const struct cc_hf_reader *, const struct cc_hf_entry *, struct scheme *);
    } methods[] = {{"fp8", read_fp8},
                   {"fbgemm_fp8", read_fp8},
                   {"mxfp4", read_mxfp4},
                   {"compressed-tensors", read_compressed},
                   {"awq", read_awq},
                   {"gptq", read_gptq},
                   {"modelopt", read_modelopt},
                   {"modelopt_fp4", read_modelopt},
                   {"bitsandbytes", read_bitsandbytes}};
    const struct cc_hf_entry method = cc_hf_find_in(map, "quant_method");
    struct cc_text name = cc_text_of("compressed-tensors"); /* what older files of it do not say */
    if (!cc_hf_take_text(r, &method, &name))
        return false;
    for (size_t i = 0; i < COUNT(methods); i++)
        if (cc_text_is(name, methods[i].name))
            return methods[i].read(r, map, scheme);
    return cc_yaml_fail(
        &method.place, r->error,
        "'%.*s' is not modelled: expected fp8, fbgemm_fp8, mxfp4, compressed-tensors, awq, gptq, modelopt "
        "or bitsandbytes",
        CC_TEXT_ARG(name));
}

/* Numbers of a part of a layer. */
static double numbers_of(const struct cc_llm *llm, int64_t layer, enum cc_hf_part part)
{
    const struct cc_layer_kind *kind = &llm->kind[llm->layer[layer]];
    const double attention = cc_llm_attention(llm, kind->attention);
    const struct cc_layer_numbers all = cc_llm_layer(llm, kind);
    switch (part) {
    case CC_HF_ATTENTION:
        return attention;
    case CC_HF_FEED_FORWARD:
        return kind->ffn == CC_DENSE ? all.weights - attention : 0;
    case CC_HF_SHARED:
        return kind->ffn == CC_EXPERTS ? all.weights - attention : 0;
    default:
        return all.experts;
    }
}

/* Numbers of one format: those that are quantized and those that are not. */
struct share {
    double quantized, kept;
};

static struct cc_number_format format_of(struct share share, struct cc_number_format quantized,
                                         struct cc_number_format kept)
{
    const double all = share.quantized + share.kept;
    if (share.quantized == 0 || all == 0)
        return kept;
    if (share.kept == 0)
        return quantized;
    return (struct cc_number_format){
        (share.quantized * quantized.bits + share.kept * kept.bits) / all,
        share.quantized >= share.kept ? quantized.type : kept.type,
    };
}

static void set_formats(const struct cc_llm *llm, const struct scheme *scheme, const struct cc_hf_left_out *out,
                        struct cc_llm_input *in)
{
    const struct cc_number_format plain = cc_number_format_of_bits(8 * in->bytes_per_number);
    struct share weights = {0}, experts = {0};
    for (int64_t i = 0; i < llm->num_layers; i++)
        for (int part = 0; part < CC_HF_PARTS; part++) {
            struct share *share = part == CC_HF_ROUTED ? &experts : &weights;
            const bool kept =
                cc_hf_is_left_out(out, i, (enum cc_hf_part)part) || (scheme->experts_only && part != CC_HF_ROUTED);
            *(kept ? &share->kept : &share->quantized) += numbers_of(llm, i, (enum cc_hf_part)part);
        }
    const struct cc_number_format expert = format_of(experts, scheme->weight, plain);
    const struct cc_number_format weight = format_of(weights, scheme->weight, plain);
    if (weight.bits != plain.bits)
        in->weight_bits = weight;
    if (in->num_experts > 0 && (expert.bits != weight.bits || expert.type != weight.type))
        in->expert_bits = expert;
    if (scheme->activation.bits > 0) {
        in->activation_bits = scheme->activation;
        in->attention_bits = plain; /* only products with weights are of narrow numbers */
    }
}

/* Keys that list the modules left out; a file has at most one of them. */
static const char *const left_out_keys[] = {"ignore", "modules_to_not_convert", "exclude_modules",
                                            "llm_int8_skip_modules", "ignored_layers"};

static bool apply(const struct cc_hf_reader *r, const struct cc_hf_entry *map, const struct scheme *scheme,
                  struct cc_llm_input *in)
{
    const struct cc_llm llm = cc_llm_of(in);
    struct cc_hf_left_out *out = cc_arena_take(r->arena, sizeof *out);
    bool good = out != NULL || cc_fail_memory(r->error);
    for (size_t i = 0; good && i < COUNT(left_out_keys); i++) {
        const struct cc_hf_entry patterns = cc_hf_find_in(map, left_out_keys[i]);
        good = cc_hf_leave_out(r, &patterns, &llm, out);
    }
    if (good && scheme->weight.bits > 0)
        set_formats(&llm, scheme, out, in);
    if (scheme->kv.bits > 0)
        in->kv_bits = scheme->kv;
    return good;
}

/* quantization_config, in the file itself. */
static bool read_inside(const struct cc_hf_reader *r, bool *found, struct cc_llm_input *in)
{
    const struct cc_hf_entry map = cc_hf_find(r, "quantization_config|compression_config");
    const struct cc_hf_entry other = cc_hf_find(r, "quantization");
    struct scheme scheme = {0};
    *found = cc_hf_is_set(map.value);
    if (!*found)
        return !cc_hf_is_set(other.value) ||
               cc_yaml_fail(&other.place, r->error,
                            "MLX quantization is not modelled: without this key weights have the size of torch_dtype");
    if (!fy_node_is_mapping(map.value))
        return cc_hf_fail_expected(r, &map, "a map");
    return read_method(r, &map, &scheme) && apply(r, &map, &scheme, in);
}

/* hf_quant_config.json, which quantization tools write next to a config.json that does not mention it. */
static bool read_beside(const struct cc_hf_reader *r, const char *path, struct cc_llm_input *in)
{
    struct cc_yaml yaml;
    struct scheme scheme = {0};
    if (!cc_yaml_open(&yaml, path, CC_INPUT_MODEL, r->error))
        return false;
    struct cc_hf_reader beside = cc_hf_reader_of(&yaml, r->error);
    beside.type = r->type;
    beside.arena = r->arena;
    const struct cc_hf_entry map = cc_hf_find(&beside, "quantization");
    const bool good = map.value != NULL && fy_node_is_mapping(map.value)
                          ? read_algorithm(&beside, &map, &scheme) && apply(&beside, &map, &scheme, in)
                          : cc_yaml_fail(&map.place, r->error, "expected a map with quant_algo");
    cc_yaml_close(&yaml);
    return good;
}

static bool look_beside(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    static const char *const refused[] = {"quantize_config.json", "quant_config.json"};
    const char *path = r->top_place.yaml->path;
    const char *slash = strrchr(path, '/');
    const int folder = slash == NULL ? 0 : (int)(slash - path) + 1;
    char beside[4096];
    if (strcmp(path + folder, "config.json") != 0)
        return true;
    int len = snprintf(beside, sizeof beside, "%.*shf_quant_config.json", folder, path);
    if (len > 0 && (size_t)len < sizeof beside && access(beside, F_OK) == 0)
        return read_beside(r, beside, in);
    for (size_t i = 0; i < COUNT(refused); i++) {
        len = snprintf(beside, sizeof beside, "%.*s%s", folder, path, refused[i]);
        if (len > 0 && (size_t)len < sizeof beside && access(beside, F_OK) == 0)
            return cc_fail(r->error, CC_BAD_DATA,
                           "%s: %s of the same folder says that the weights are quantized: add it to config.json as "
                           "quantization_config, with its quant_method",
                           path, refused[i]);
    }
    return true;
}

bool cc_hf_formats_read(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    bool found = false;
    return read_data_type(r, in) && read_inside(r, &found, in) && (found || look_beside(r, in));
}
