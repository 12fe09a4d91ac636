#include "input/foreign.h"

#include "input/yaml_tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATES "layers that keep a state (linear attention, Mamba) are not modelled"
#define ADAPTERS "adapters (LoRA) are not modelled: leave this key out for the model without them"

const char *cc_foreign_reason(const struct cc_fields *fields, struct cc_text key)
{
    static const struct {
        const char *map, *key, *reason;
    } reasons[] = {
        {"Chip", "core",
         "belongs to a dataflow that is not modelled (llmcompass): leave it out, and give perf, sram and sram_bw with "
         "dataflow roofline"},
        {"hbm", "bandwidth_efficiency",
         "is a key of an older version: move its value to weight_bandwidth_efficiency of a system file"},
        {"Model", "d_lora", ADAPTERS},
        {"Model", "state_kind", STATES},
        {"Model", "state_heads", STATES},
        {"Model", "state_head_dim", STATES},
        {"Model", "state_dim", STATES},
        {"Model", "state_bits", STATES},
        {"system", "speculation", "speculative decoding is not modelled: leave this key out"},
        {"workload", "num_lora", ADAPTERS},
        {"workload", "lora_dist", ADAPTERS},
    };
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (strcmp(fields->name, reasons[i].map) == 0 && cc_text_is(key, reasons[i].key))
            return reasons[i].reason;
    return NULL;
}

static struct fy_node *value_of(struct fy_node *map, const char *key)
{
    if (map == NULL || !fy_node_is_mapping(map))
        return NULL;
    return cc_yaml_resolve(fy_node_mapping_lookup_value_by_simple_key(map, key, strlen(key)));
}

bool cc_foreign_has(const struct cc_yaml *yaml, const char *key)
{
    return value_of(yaml->root, key) != NULL;
}

static bool has_any(struct fy_node *map, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (value_of(map, keys[i]) != NULL)
            return true;
    return false;
}

#define HAS_ANY(map, ...) \
    has_any(map, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Files that are of none of the kinds, by a key of theirs. */
static const struct {
    const char *key, *text;
} strangers[] = {
    {"schema", "is a record as JSON, which json2rec reads"},
    {"peft_type", "is the configuration of an adapter (LoRA), which is not modelled"},
    {"quantization", "configures the quantization of weights; the model is in the config.json of the same folder"},
    {"weight_map", "lists the files of the weights; the model is in the config.json of the same folder"},
    {"added_tokens_decoder", "configures a tokenizer; the model is in the config.json of the same folder"},
    {"eos_token_id", "configures text generation; the model is in the config.json of the same folder"},
    {"provenance", "belongs to the folder of a run"},
    {"programs", "is the provenance of a run; the inputs are the files that it names"},
};

/* The kind that the keys of a map tell, as an enum cc_input_kind; CC_INPUT_KIND_COUNT when they tell none. */
static enum cc_input_kind kind_of(struct fy_node *root)
{
    if (HAS_ANY(root, "Model", "model_type", "architectures"))
        return CC_INPUT_MODEL;
    if (HAS_ANY(root, "TCO", "Energy"))
        return CC_INPUT_CONSTANTS;
    if (HAS_ANY(root, "Carbon"))
        return CC_INPUT_CARBON;
    if (HAS_ANY(root, "Chip", "Package", "Server")) {
        const bool technology = HAS_ANY(value_of(root, "Chip"), "wafer_cost", "D0", "sram_density") ||
                                HAS_ANY(value_of(root, "Package"), "os_bonding_yield", "os_cost_per_mm2") ||
                                HAS_ANY(value_of(root, "Server"), "PCBCost", "SrvLife");
        return technology ? CC_INPUT_CONSTANTS : CC_INPUT_HARDWARE;
    }
    if (HAS_ANY(root, "num_servers", "workload", "default_mapping", "allreduce_algo", "kv_cache_ratio",
                "max_ctx_len_batch_1", "max_tco"))
        return CC_INPUT_SYSTEM;
    return CC_INPUT_KIND_COUNT;
}

static bool fail_kind(const struct cc_yaml *yaml, enum cc_input_kind kind, struct cc_error *error)
{
    const char *expected = cc_input_kind_text(yaml->kind);
    if (yaml->kind == CC_INPUT_SYSTEM && value_of(yaml->root, "System") != NULL)
        return cc_fail(error, CC_BAD_DATA,
                       "%s: is a hardware file; its map System has an older layout: move each of its systems to a "
                       "system file of its own, with eval_len and max_batch under workload",
                       yaml->path);
    if (kind == CC_INPUT_MODEL && value_of(yaml->root, "Model") == NULL)
        return cc_fail(error, CC_BAD_DATA, "%s: is a Hugging Face config.json; expected %s", yaml->path, expected);
    return cc_fail(error, CC_BAD_DATA, "%s: is a %s file; expected %s", yaml->path, cc_input_kind_name(kind), expected);
}

/* The first key of a map; whether one of its keys is in the table, and whether one is near to one. */
static struct cc_text survey(struct fy_node *map, const struct cc_fields *fields, bool *known, bool *near)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    struct cc_text first = {0};
    *known = *near = false;
    while ((pair = fy_node_mapping_iterate(map, &iterator)) != NULL) {
        const struct cc_text key = cc_yaml_scalar(fy_node_pair_key(pair));
        first = first.s == NULL ? key : first;
        *known |= cc_text_is(key, "<<") || cc_fields_find(fields, key, 0) != NULL;
        *near |= cc_fields_suggest(fields, key) != NULL;
    }
    return first;
}

/* A map that is of none of the kinds. What has a key of the table, or near to one, is said by key. */
static bool check_stranger(const struct cc_yaml *yaml, const struct cc_fields *fields, struct cc_error *error)
{
    const char *expected = cc_input_kind_text(yaml->kind);
    bool known, near;
    const struct cc_text first = survey(yaml->root, fields, &known, &near);
    for (size_t i = 0; !known && i < COUNT(strangers); i++)
        if (value_of(yaml->root, strangers[i].key) != NULL)
            return cc_fail(error, CC_BAD_DATA, "%s: %s; expected %s", yaml->path, strangers[i].text, expected);
    if (known || near || first.s == NULL) /* an empty map lacks keys */
        return true;
    const struct cc_yaml_place root = {.yaml = yaml};
    void *iterator = NULL;
    struct fy_node_pair *pair = fy_node_mapping_iterate(yaml->root, &iterator);
    const struct cc_yaml_place at = cc_yaml_place_of(&root, fy_node_pair_key(pair), NULL);
    return cc_yaml_fail(&at, error, "none of the top-level keys of this file is known; expected %s", expected);
}

bool cc_foreign_check(const struct cc_yaml *yaml, const struct cc_fields *fields, struct cc_error *error)
{
    if (fy_node_is_sequence(yaml->root))
        return true; /* of alternatives, or said by its items */
    if (!fy_node_is_mapping(yaml->root))
        return cc_fail(error, CC_BAD_DATA, "%s: not a map of YAML keys; expected %s", yaml->path, cc_input_kind_text(yaml->kind));
    const enum cc_input_kind kind = kind_of(yaml->root);
    if (kind == yaml->kind)
        return true;
    if (kind != CC_INPUT_KIND_COUNT)
        return fail_kind(yaml, kind, error);
    return check_stranger(yaml, fields, error);
}
