#include "input/inputs.h"

#include <string.h>

#include "base/number.h"
#include "input/foreign.h"
#include "input/hf_config.h"
#include "input/memory_guard.h"
#include "model/hardware/memory_stack.h"
#include "model/network/all_reduce.h"
#include "model/search/batches.h"

CC_DEFINE_FIELDS(cc_chip_constants_fields, CC_CHIP_CONSTANTS, struct cc_chip_constants, "Chip");
CC_DEFINE_FIELDS(cc_package_constants_fields, CC_PACKAGE_CONSTANTS, struct cc_package_constants, "Package");
CC_DEFINE_FIELDS(cc_server_constants_fields, CC_SERVER_CONSTANTS, struct cc_server_constants, "Server");
CC_DEFINE_FIELDS(cc_tco_constants_fields, CC_TCO_CONSTANTS, struct cc_tco_constants, "TCO");
CC_DEFINE_FIELDS(cc_energy_constants_fields, CC_ENERGY_CONSTANTS, struct cc_energy_constants, "Energy");
CC_DEFINE_FIELDS(cc_nre_constants_fields, CC_NRE_CONSTANTS, struct cc_nre_constants, "NRE");
CC_DEFINE_FIELDS(cc_rack_constants_fields, CC_RACK_CONSTANTS, struct cc_rack_constants, "Rack");
CC_DEFINE_FIELDS(cc_carbon_constants_fields, CC_CARBON_CONSTANTS, struct cc_carbon_constants, "Carbon");
CC_DEFINE_FIELDS(cc_sram_macro_input_fields, CC_SRAM_MACRO_INPUT, struct cc_sram_macro_input, "SRAM");
CC_DEFINE_FIELDS(cc_link_input_fields, CC_LINK_INPUT, struct cc_link_input, "link");
CC_DEFINE_FIELDS(cc_chip_input_fields, CC_CHIP_INPUT, struct cc_chip_input, "Chip");
CC_DEFINE_FIELDS(cc_hbm_input_fields, CC_HBM_INPUT, struct cc_hbm_input, "hbm");
CC_DEFINE_FIELDS(cc_vault_input_fields, CC_VAULT_INPUT, struct cc_vault_input, "mem_3d");
CC_DEFINE_FIELDS(cc_package_input_fields, CC_PACKAGE_INPUT, struct cc_package_input, "Package");
CC_DEFINE_FIELDS(cc_server_input_fields, CC_SERVER_INPUT, struct cc_server_input, "Server");
CC_DEFINE_FIELDS(cc_layers_input_fields, CC_LAYERS_INPUT, struct cc_layers_input, "layers");

/* Keys of the published program and of a config.json. */
static const struct cc_alias llm_aliases[] = {
    {"n_routed_exp", "num_experts"},
    {"n_routed_experts", "num_experts"},
    {"num_local_experts", "num_experts"},
    {"moe_num_experts", "num_experts"},
    {"top_k_experts", "experts_per_token"},
    {"n_activated_exp", "experts_per_token"},
    {"num_experts_per_tok", "experts_per_token"},
    {"moe_top_k", "experts_per_token"},
    {"d_exp", "moe_d_ff"},
    {"moe_intermediate_size", "moe_d_ff"},
    {"n_shared_exp", "shared_experts"},
    {"n_shared_experts", "shared_experts"},
    {"dense_layers", "first_k_dense"},
    {"first_k_dense_replace", "first_k_dense"},
    {"d_dense", "d_ff"},
    {"d_qk_nope_head", "qk_nope_head_dim"},
    {"d_qk_rope_head", "qk_rope_head_dim"},
    {"d_v_head", "v_head_dim"},
};
CC_DEFINE_FIELDS_ALIASED(cc_llm_input_fields, CC_LLM_INPUT, struct cc_llm_input, "Model", llm_aliases);

CC_DEFINE_FIELDS(cc_mapping_input_fields, CC_MAPPING_INPUT, struct cc_mapping_input, "default_mapping");
CC_DEFINE_FIELDS(cc_workload_input_fields, CC_WORKLOAD_INPUT, struct cc_workload_input, "workload");
CC_DEFINE_FIELDS(cc_system_input_fields, CC_SYSTEM_INPUT, struct cc_system_input, "system");

#define HARDWARE_FILE(X, T) \
    X##_TEXT(T, name, "Name", CC_OPTIONAL, "name of the exploration (default: that of the file)") \
        X##_TEXT(T, constants, "constants", CC_OPTIONAL, \
                 "constants it is made for: a name such as 7nm, or a path from the folder of this file") \
            X##_IGNORED(T, "System", "systems of an older layout, which belong in a system file now") \
                X##_MAP(T, chip, "Chip", CC_REQUIRED, cc_chip_input, "chips") \
                    X##_MAP(T, package, "Package", CC_REQUIRED, cc_package_input, "packages") \
                        X##_MAP(T, server, "Server", CC_REQUIRED, cc_server_input, "servers")

struct hardware_file {
    HARDWARE_FILE(CC_MEMBER, )
};
CC_DEFINE_FIELDS(cc_hardware_file_fields, HARDWARE_FILE, struct hardware_file, "hardware");

/* The maps but SRAM are those of struct cc_constants. */
#define CONSTANTS_FILE(X, T) \
    CC_CONSTANTS(X, T) \
    X##_MAP(T, sram, "SRAM", CC_OPTIONAL, cc_sram_macro_input, "SRAM macros, a list")

struct constants_file {
    CONSTANTS_FILE(CC_MEMBER, )
};
CC_DEFINE_FIELDS(cc_constants_file_fields, CONSTANTS_FILE, struct constants_file, "constants");

/* A carbon file, which overrides that map of the constants. */
#define CARBON_FILE(X, T) CC_CARBON_MAP(X, T, CC_REQUIRED)

struct carbon_file {
    CARBON_FILE(CC_MEMBER, )
};
CC_DEFINE_FIELDS(cc_carbon_file_fields, CARBON_FILE, struct carbon_file, "carbon");

#define MODEL_FILE(X, T) X##_MAP(T, model, "Model", CC_REQUIRED, cc_llm_input, "the model")

struct model_file {
    MODEL_FILE(CC_MEMBER, )
};
CC_DEFINE_FIELDS(cc_model_file_fields, MODEL_FILE, struct model_file, "model");

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void cc_input_close(struct cc_input *input)
{
    cc_memory_guard_begin();
    cc_arena_free(&input->arena);
    cc_yaml_close(&input->yaml);
    cc_memory_guard_end();
}

/* The top-level map of an open file. */
static struct cc_alternatives *read_input(struct cc_input *input, const struct cc_fields *fields,
                                          struct cc_error *error)
{
    const struct cc_yaml_place place = {.yaml = &input->yaml};
    if (!cc_foreign_check(&input->yaml, fields, error))
        return NULL;
    return cc_alternatives_read(&input->arena, &place, input->yaml.root, fields, error);
}

/* Finds and opens a file. */
static bool open_file(struct cc_input *input, const char *given, enum cc_input_kind kind, struct cc_error *error)
{
    *input = (struct cc_input){0};
    const char *path = cc_input_find(&input->arena, kind, given, error);
    if (path != NULL && cc_yaml_open(&input->yaml, path, kind, error))
        return true;
    cc_arena_free(&input->arena);
    return false;
}

/* Opens a file and reads its top-level map; closes it again on failure. */
static struct cc_alternatives *open_input(struct cc_input *input, const char *given, enum cc_input_kind kind,
                                          const struct cc_fields *fields, struct cc_error *error)
{
    cc_memory_guard_begin();
    const bool open = open_file(input, given, kind, error);
    input->has_systems = open && cc_foreign_has(&input->yaml, "System");
    struct cc_alternatives *map = open ? read_input(input, fields, error) : NULL;
    if (map != NULL)
        cc_yaml_close(&input->yaml);
    else if (open)
        cc_input_close(input);
    cc_memory_guard_end();
    return map;
}

static bool check_chip_form(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    static const char *const by_area[] = {"area", "mac_ratio", "operational_intensity"};
    static const char *const by_performance[] = {"perf", "sram", "sram_bw"};
    size_t area = 0, performance = 0;
    for (size_t i = 0; i < COUNT(by_area); i++) {
        area += cc_alternatives_has(map, by_area[i]);
        performance += cc_alternatives_has(map, by_performance[i]);
    }
    if ((area == COUNT(by_area) && performance == 0) || (performance == COUNT(by_performance) && area == 0))
        return true;
    return cc_alternatives_fail(map, context, error,
                                "expected either perf, sram and sram_bw, or area, mac_ratio and "
                                "operational_intensity");
}

/* A vault must say how large and how fast it is. */
static bool check_vault(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    struct cc_vault_input vault;
    for (uint64_t i = 0; i < cc_alternatives_count(map); i++) {
        cc_alternatives_take(map, &cc_vault_input_fields, i, &vault);
        const char *lack = cc_vault_lacks(&vault);
        if (lack != NULL)
            return cc_alternatives_fail(map, context, error, "%s", lack);
    }
    return true;
}

static bool check_package(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    /* the map is only read */
    const struct cc_alternatives *vault = cc_alternatives_of_key((struct cc_alternatives *)map, "mem_3d");
    if (vault != NULL && cc_alternatives_has(map, "hbm"))
        return cc_alternatives_fail(map, context, error, "has both hbm and mem_3d: give one of them");
    return vault == NULL || cc_alternatives_each(vault, check_vault, context, error);
}

static bool check_hardware(const struct cc_hardware *hardware, struct cc_error *error)
{
    static const char *const dataflows[] = {"roofline", "WS"};
    static const char *const area_models[] = {"linear", "micro_arch"};
    static const char *const types[] = {"bf16", "fp16", "fp8", "int8", "fp4", "int4"};
    const struct cc_yaml *yaml = &hardware->file.yaml;
    cc_alternatives_rename(hardware->chips, "dataflow", "simple", "roofline"); /* what older versions called it */
    if (!cc_alternatives_each(hardware->chips, check_chip_form, (void *)yaml, error) ||
        !cc_alternatives_only(hardware->chips, "dataflow", dataflows, COUNT(dataflows), yaml, error) ||
        !cc_alternatives_only(hardware->chips, "number_type", types, COUNT(types), yaml, error) ||
        !cc_alternatives_only(hardware->chips, "area_model", area_models, COUNT(area_models), yaml, error) ||
        !cc_alternatives_only(hardware->servers, "allreduce_algo", cc_all_reduce_names, CC_ALL_REDUCE_COUNT, yaml,
                              error))
        return false;
    return cc_alternatives_each(hardware->packages, check_package, (void *)yaml, error);
}

/* The keys at the top of a hardware file are not explored. */
static bool read_heading(struct cc_hardware *hardware, struct cc_alternatives *map, struct cc_error *error)
{
    const struct cc_alternatives *const name = cc_alternatives_of_key(map, "Name");
    const struct cc_alternatives *const constants = cc_alternatives_of_key(map, "constants");
    const struct cc_yaml *yaml = &hardware->file.yaml;
    const struct cc_alternatives *list = NULL;
    if (name != NULL)
        list = cc_alternatives_first_list(name);
    if (list == NULL && constants != NULL)
        list = cc_alternatives_first_list(constants);
    if (list != NULL)
        return cc_alternatives_fail(list, yaml, error, "alternatives are not explored here: expected one value");
    hardware->constants = cc_alternatives_text(constants);
    hardware->name = cc_alternatives_text(name);
    if (hardware->name.len == 0) {
        const char *stem = cc_input_stem(&hardware->file.arena, yaml->path);
        if (stem == NULL)
            return cc_fail_memory(error);
        hardware->name = cc_text_of(stem);
    }
    return true;
}

bool cc_hardware_open(struct cc_hardware *hardware, const char *path, struct cc_error *error)
{
    struct cc_error none;
    *hardware = (struct cc_hardware){0};
    struct cc_alternatives *map = open_input(&hardware->file, path, CC_INPUT_HARDWARE, &cc_hardware_file_fields, error);
    if (map == NULL)
        return false;
    hardware->chips = cc_alternatives_of_key(map, "Chip");
    hardware->packages = cc_alternatives_of_key(map, "Package");
    hardware->servers = cc_alternatives_of_key(map, "Server");
    if (hardware->chips == NULL)
        cc_fail(error, CC_BAD_DATA, "%s: expected one map with Chip, Package and Server", path);
    else if (read_heading(hardware, map, error) && check_hardware(hardware, error)) {
        if (hardware->constants.len > 0)
            hardware->constants_path = cc_input_find_from(&hardware->file.arena, CC_INPUT_CONSTANTS,
                                                          hardware->file.yaml.path, hardware->constants, &none);
        return true;
    }
    cc_input_close(&hardware->file);
    return false;
}

/* Constants and models are not explored: no key of theirs may be a list. */
static bool check_single(const struct cc_alternatives *map, const struct cc_input *input, struct cc_error *error)
{
    const struct cc_alternatives *list = cc_alternatives_first_list(map);
    return list == NULL ||
           cc_alternatives_fail(list, &input->yaml, error,
                                "lists of alternatives belong in hardware and system files: expected one value");
}

/* The macros of a constants file, copied with the names of their processes. */
static bool take_macros(const struct cc_alternatives *list, const struct cc_input *input, struct cc_sram_macros *macros,
                        struct cc_error *error)
{
    macros->count = 0;
    if (list == NULL)
        return true;
    if (cc_alternatives_count(list) > CC_SRAM_MACROS_MAX)
        return cc_fail(error, CC_BAD_DATA, "%s: SRAM: %llu macros; the limit is %d", input->yaml.path,
                       (unsigned long long)cc_alternatives_count(list), CC_SRAM_MACROS_MAX);
    for (uint64_t i = 0; i < cc_alternatives_count(list); i++) {
        struct cc_sram_macro_input in;
        cc_alternatives_take(list, &cc_sram_macro_input_fields, i, &in);
        if (in.tech.len == 0 || in.tech.len > CC_SRAM_TECH_MAX)
            return cc_fail(error, CC_BAD_DATA, "%s: SRAM: tech '%.*s': expected a name of 1 to %d bytes",
                           input->yaml.path, CC_TEXT_ARG(in.tech), CC_SRAM_TECH_MAX);
        struct cc_sram_macro macro = {
            .words = (double)in.words, .word_bits = (double)in.word_bits, .x_um = in.x_um, .y_um = in.y_um};
        memcpy(macro.tech, in.tech.s, in.tech.len);
        macros->macro[macros->count++] = macro;
    }
    return true;
}

bool cc_constants_read(struct cc_constants *constants, const char *path, struct cc_error *error)
{
    struct cc_input input;
    struct constants_file file;
    struct cc_alternatives *map = open_input(&input, path, CC_INPUT_CONSTANTS, &cc_constants_file_fields, error);
    if (map == NULL)
        return false;
    const struct cc_alternatives *macros = cc_alternatives_remove(map, "SRAM");
    const bool good = check_single(map, &input, error) && take_macros(macros, &input, &constants->sram, error);
    if (good) {
        cc_alternatives_take(map, &cc_constants_file_fields, 0, &file);
        constants->chip = file.chip;
        constants->package = file.package;
        constants->server = file.server;
        constants->tco = file.tco;
        constants->energy = file.energy;
        constants->nre = file.nre;
        constants->has_nre = file.has_nre;
        constants->rack = file.rack;
        constants->has_rack = file.has_rack;
        constants->carbon = file.carbon;
        constants->has_carbon = file.has_carbon;
    }
    cc_input_close(&input);
    return good;
}

bool cc_carbon_read(struct cc_constants *constants, const char *path, struct cc_error *error)
{
    struct cc_input input;
    struct carbon_file file;
    struct cc_alternatives *map = open_input(&input, path, CC_INPUT_CARBON, &cc_carbon_file_fields, error);
    if (map == NULL)
        return false;
    const bool good = check_single(map, &input, error);
    if (good) {
        cc_alternatives_take(map, &cc_carbon_file_fields, 0, &file);
        constants->carbon = file.carbon;
        constants->has_carbon = true;
    }
    cc_input_close(&input);
    return good;
}

bool cc_hardware_names_constants(const struct cc_hardware *hardware)
{
    const struct cc_text name = hardware->constants;
    const char *path = hardware->constants_path;
    const size_t len = path == NULL ? 0 : strlen(path), ending = strlen(".yaml");
    if (path == NULL)
        return true; /* not found: as it is */
    if (memchr(name.s, '/', name.len) != NULL || len < name.len + ending + 1)
        return false;
    const char *last = path + len - ending - name.len;
    return last[-1] == '/' && memcmp(last, name.s, name.len) == 0 && strcmp(last + name.len, ".yaml") == 0;
}

bool cc_constants_for(struct cc_constants *constants, const struct cc_hardware *hardware, const char *given,
                      struct cc_error *error)
{
    struct cc_arena arena = {0};
    const char *path = hardware->file.yaml.path;
    if (given != NULL || hardware->constants_path != NULL)
        return cc_constants_read(constants, given != NULL ? given : hardware->constants_path, error);
    if (hardware->constants.len == 0)
        return cc_fail(error, CC_USAGE,
                       "--constants is required: %s does not say which constants it is made for (constants: 7nm)",
                       path);
    (void)cc_input_find_from(&arena, CC_INPUT_CONSTANTS, path, hardware->constants, error);
    cc_arena_free(&arena);
    return cc_fail_at(error, "%s: constants: ", path);
}

static bool equal_reals(double x, double y)
{
    return x == y || (isnan(x) && isnan(y)); /* not given in either */
}

/* Whether every number of two structs of a table is the same. */
static bool equal_values(const struct cc_fields *fields, const void *a, const void *b)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct cc_field *field = &fields->field[i];
        const void *x = cc_field_in(field, a), *y = cc_field_in(field, b);
        if (field->type == CC_TYPE_REAL && !equal_reals(*(const double *)x, *(const double *)y))
            return false;
        if (field->type == CC_TYPE_MAP && !equal_values(field->map, x, y))
            return false;
        if (field->type != CC_TYPE_STEPS)
            continue;
        const struct cc_steps *s = x, *t = y;
        bool same = s->count == t->count;
        for (size_t k = 0; same && k < s->count; k++)
            same = s->threshold[k] == t->threshold[k] && s->factor[k] == t->factor[k];
        if (!same)
            return false;
    }
    return true;
}

bool cc_constants_equal(const struct cc_constants *a, const struct cc_constants *b)
{
    if (!equal_values(&cc_chip_constants_fields, &a->chip, &b->chip) ||
        !equal_values(&cc_package_constants_fields, &a->package, &b->package) ||
        !equal_values(&cc_server_constants_fields, &a->server, &b->server) ||
        !equal_values(&cc_tco_constants_fields, &a->tco, &b->tco) ||
        !equal_values(&cc_energy_constants_fields, &a->energy, &b->energy) || a->sram.count != b->sram.count)
        return false;
    for (size_t i = 0; i < a->sram.count; i++) {
        const struct cc_sram_macro *m = &a->sram.macro[i], *n = &b->sram.macro[i];
        if (strcmp(m->tech, n->tech) != 0 || m->words != n->words || m->word_bits != n->word_bits ||
            m->x_um != n->x_um || m->y_um != n->y_um)
            return false;
    }
    return true;
}

static bool read_llm(struct cc_llm_file *model, struct cc_error *error)
{
    struct cc_alternatives *map = read_input(&model->file, &cc_model_file_fields, error);
    struct model_file values;
    if (map == NULL || !check_single(map, &model->file, error))
        return false;
    cc_alternatives_take(map, &cc_model_file_fields, 0, &values);
    const char *key = NULL, *fault = cc_llm_fault(&values.model, &key);
    if (fault != NULL) {
        struct cc_alternatives *keys = cc_alternatives_of_key(map, "Model");
        const struct cc_alternatives *value = cc_alternatives_of_key(keys, key);
        if (value != NULL)
            return cc_alternatives_fail(value, &model->file.yaml, error, "%s", fault);
        return cc_alternatives_fail(keys, &model->file.yaml, error, "%s %s", key, fault);
    }
    model->llm = cc_llm_of(&values.model);
    return true;
}

/* Copies a text of the document, so that the input owns it. */
static bool keep_text(struct cc_input *input, struct cc_text *text, struct cc_error *error)
{
    text->s = cc_arena_copy(&input->arena, text->len > 0 ? text->s : "", text->len);
    return text->s != NULL || cc_fail_memory(error);
}

static bool read_hf_llm(struct cc_llm_file *model, struct cc_error *error)
{
    struct cc_hf_config config;
    if (!cc_hf_config_read(&model->file.arena, &model->file.yaml, &config, error))
        return false;
    model->llm = cc_llm_of(&config.llm);
    if (config.llm.name.len == 0) {
        const char *stem = cc_input_stem(&model->file.arena, model->file.yaml.path);
        model->llm.name = cc_text_of(stem != NULL && stem[0] != '\0' ? stem : config.model_type);
    }
    return keep_text(&model->file, &model->llm.name, error) && keep_text(&model->file, &model->llm.act, error);
}

enum { MODEL_NAME_MAX = 200 };

/* The name given, that of the file, or what the file is called. */
static bool name_llm(struct cc_llm_file *model, const char *given, struct cc_error *error)
{
    struct cc_text *name = &model->llm.name;
    const char *path = model->file.yaml.path;
    const char *stem = name->len > 0 ? "" : cc_input_stem(&model->file.arena, path);
    if (given != NULL)
        *name = cc_text_of(given);
    else if (stem == NULL)
        return cc_fail_memory(error);
    else if (name->len == 0)
        *name = cc_text_of(stem);
    if (name->len == 0)
        return cc_fail(error, CC_BAD_DATA, "%s: the model has no name: give one with --name", path);
    if (name->len <= MODEL_NAME_MAX && cc_text_is_plain(*name))
        return true;
    return cc_fail(error, CC_BAD_DATA,
                   "%s: the name of the model: expected at most %d bytes of UTF-8 without control characters; --name "
                   "gives another",
                   path, MODEL_NAME_MAX);
}

bool cc_llm_open(struct cc_llm_file *model, const char *path, const char *name, struct cc_error *error)
{
    *model = (struct cc_llm_file){0};
    cc_memory_guard_begin();
    const bool open = open_file(&model->file, path, CC_INPUT_MODEL, error);
    const bool good = open &&
                      (cc_hf_config_is(&model->file.yaml) ? read_hf_llm(model, error) : read_llm(model, error)) &&
                      name_llm(model, name, error);
    if (good)
        cc_yaml_close(&model->file.yaml);
    else if (open)
        cc_input_close(&model->file);
    cc_memory_guard_end();
    return good;
}

/* A sub-system must be a smaller divisor of one number of servers at least, when these are given. */
static bool check_sub_systems(const struct cc_input *input, const struct cc_alternatives *map, struct cc_error *error)
{
    /* the map is only read */
    const struct cc_alternatives *parts = cc_alternatives_of_key((struct cc_alternatives *)map, "sub_sys_num_servers");
    const struct cc_alternatives *wholes = cc_alternatives_of_key((struct cc_alternatives *)map, "num_servers");
    for (uint64_t i = 0; wholes != NULL && parts != NULL && i < cc_alternatives_count(parts); i++) {
        const int64_t part = cc_alternatives_int(parts, i);
        bool divides = false;
        for (uint64_t n = 0; n < cc_alternatives_count(wholes) && !divides; n++) {
            const int64_t whole = cc_alternatives_int(wholes, n);
            divides = part < whole && whole % part == 0;
        }
        if (!divides)
            return cc_alternatives_fail(map, &input->yaml, error,
                                        "sub_sys_num_servers: %lld divides no num_servers larger than it",
                                        (long long)part);
    }
    return true;
}

/* Systems that share a server have one server each at most. */
static bool check_instances(const struct cc_input *input, const struct cc_alternatives *map, struct cc_error *error)
{
    /* the map is only read */
    const struct cc_alternatives *instances =
        cc_alternatives_of_key((struct cc_alternatives *)map, "instances_per_server");
    const struct cc_alternatives *servers = cc_alternatives_of_key((struct cc_alternatives *)map, "num_servers");
    bool share = false, several = false;
    for (uint64_t i = 0; instances != NULL && i < cc_alternatives_count(instances); i++)
        share |= cc_alternatives_int(instances, i) > 1;
    for (uint64_t i = 0; servers != NULL && i < cc_alternatives_count(servers); i++)
        several |= cc_alternatives_int(servers, i) > 1;
    return !share || !several ||
           cc_alternatives_fail(instances, &input->yaml, error,
                                "expected num_servers: 1 and no other, as systems share a server");
}

static bool check_max_batch(void *context, const struct cc_alternatives *value, struct cc_error *error)
{
    const long long max_batch = cc_alternatives_int(value, 0);
    return max_batch >> CC_POWERS_MAX == 0 ||
           cc_alternatives_fail(value, context, error, "%lld is not below 2^%d", max_batch, CC_POWERS_MAX);
}

/* Whether the batches of a list can be evaluated. */
static bool check_batches(void *context, const struct cc_alternatives *list, struct cc_error *error)
{
    const struct cc_workload_input workload = {.batches = cc_alternatives_ints(list, 0)};
    struct cc_batches batches;
    for (size_t i = 0; i < workload.batches.count; i++)
        if (workload.batches.value[i] > CC_LISTED_BATCH_MAX)
            return cc_alternatives_fail(list, context, error, "%lld is above %d, the limit for a batch",
                                        (long long)workload.batches.value[i], CC_LISTED_BATCH_MAX);
    return cc_batches_of(&batches, &workload) ||
           cc_alternatives_fail(list, context, error,
                                "these batches have more than %d divisors together, the limit for micro-batches",
                                CC_AXIS_MAX);
}

static bool check_workload(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    /* the map is only read */
    const struct cc_alternatives *batches = cc_alternatives_of_key((struct cc_alternatives *)map, "batches");
    const struct cc_alternatives *max_batch = cc_alternatives_of_key((struct cc_alternatives *)map, "max_batch");
    if (batches != NULL && max_batch != NULL)
        return cc_alternatives_fail(batches, context, error, "is given together with max_batch: give one of them");
    if (batches != NULL)
        return cc_alternatives_each(batches, check_batches, context, error);
    return max_batch == NULL || cc_alternatives_each(max_batch, check_max_batch, context, error);
}

/* A given mapping divides its chips evenly, whichever of its alternatives is taken. */
static bool check_mapping(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    const struct cc_yaml *yaml = context;
    for (uint64_t i = 0; i < cc_alternatives_count(map); i++) {
        struct cc_mapping_input in;
        cc_alternatives_take(map, &cc_mapping_input_fields, i, &in);
        const long long t = in.tensor_parallel, a = in.attention_parallel == CC_NO_INT ? t : in.attention_parallel;
        if (t % a != 0)
            return cc_alternatives_fail(map, yaml, error, "a (%lld) does not divide t (%lld)", a, t);
        if (t % in.expert_parallel != 0)
            return cc_alternatives_fail(map, yaml, error, "ep (%lld) does not divide t (%lld)",
                                        (long long)in.expert_parallel, t);
    }
    return true;
}

/* A number of at least 1, or uniform. */
static bool check_imbalance(const struct cc_alternatives *value, const struct cc_yaml *yaml, struct cc_error *error)
{
    for (uint64_t i = 0; value != NULL && i < cc_alternatives_count(value); i++) {
        const struct cc_text text = cc_alternatives_text_at(value, i);
        double number = 0;
        if (!cc_text_is(text, "uniform") && !(cc_parse_real(text.s, text.len, &number) && number >= 1))
            return cc_alternatives_fail(value, yaml, error, "'%.*s': expected a number of 1 or more, or uniform",
                                        CC_TEXT_ARG(text));
    }
    return true;
}

/* Routing of tokens to experts. */
static bool check_routing(const struct cc_alternatives *map, const struct cc_yaml *yaml, struct cc_error *error)
{
    struct cc_alternatives *const keys = (struct cc_alternatives *)map; /* only looked into */
    const struct cc_alternatives *copies = cc_alternatives_of_key(keys, "redundant_experts");
    const struct cc_alternatives *mapping = cc_alternatives_of_key(keys, "default_mapping");
    for (uint64_t i = 0; copies != NULL && i < cc_alternatives_count(copies); i++)
        if (cc_alternatives_int(copies, i) > CC_EXPERTS_MAX)
            return cc_alternatives_fail(copies, yaml, error, "%lld: the limit is %d",
                                        (long long)cc_alternatives_int(copies, i), CC_EXPERTS_MAX);
    return check_imbalance(cc_alternatives_of_key(keys, "expert_imbalance"), yaml, error) &&
           (mapping == NULL || cc_alternatives_each(mapping, check_mapping, (void *)yaml, error));
}

static bool check_system(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    static const char *const sizes[] = {"num_servers", "kv_cache_ratio", "max_ctx_len_batch_1", "max_tco"};
    const struct cc_input *input = context;
    bool sized = false;
    for (size_t i = 0; i < COUNT(sizes); i++)
        sized |= cc_alternatives_has(map, sizes[i]);
    if (!sized)
        return cc_alternatives_fail(map, &input->yaml, error,
                                    "one of num_servers, kv_cache_ratio, max_ctx_len_batch_1, max_tco is required");
    /* the map is only read */
    const struct cc_alternatives *workload = cc_alternatives_of_key((struct cc_alternatives *)map, "workload");
    if (workload != NULL && !cc_alternatives_each(workload, check_workload, (void *)&input->yaml, error))
        return false;
    return check_routing(map, &input->yaml, error) && check_sub_systems(input, map, error) &&
           check_instances(input, map, error);
}

/* Keys that have one of a few values. */
static bool check_choices(const struct cc_system_file *system, struct cc_error *error)
{
    static const struct {
        const char *key, *values[2];
    } choices[] = {
        {"alltoall", {"hierarchical", "direct"}},
        {"overlap", {"none", "two_batch"}},
        {"kv_sharding", {"requests", "replicated"}},
        {"mla_generate", {"absorbed", "naive"}},
    };
    for (size_t i = 0; i < COUNT(choices); i++)
        if (!cc_alternatives_only(system->systems, choices[i].key, choices[i].values, 2, &system->file.yaml, error))
            return false;
    return true;
}

bool cc_system_open(struct cc_system_file *system, const char *path, struct cc_error *error)
{
    system->systems = open_input(&system->file, path, CC_INPUT_SYSTEM, &cc_system_input_fields, error);
    if (system->systems == NULL)
        return false;
    if (cc_alternatives_each(system->systems, check_system, &system->file, error) && check_choices(system, error) &&
        cc_alternatives_only(system->systems, "allreduce_algo", cc_all_reduce_names, CC_ALL_REDUCE_COUNT,
                             &system->file.yaml, error)) {
        system->num_servers = cc_alternatives_remove(system->systems, "num_servers");
        return true;
    }
    cc_input_close(&system->file);
    return false;
}
