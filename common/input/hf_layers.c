#include "input/hf_layers.h"

#include <inttypes.h>

/* Kinds of each layer. */
struct layers {
    int64_t count;
    unsigned char attention[CC_LAYERS_MAX]; /* enum cc_attention */
    bool experts[CC_LAYERS_MAX];
};

/* Fails unless a list has an item for each layer. */
static bool check_length(const struct cc_hf_reader *r, const struct cc_hf_entry *list, int64_t layers,
                         const char *items)
{
    const int count = fy_node_sequence_item_count(list->value);
    return count == layers ||
           cc_yaml_fail(&list->place, r->error, "%d %s for %s (%" PRId64 ")", count, items, r->type->layers, layers);
}

/* Marks the layers that a list has the indexes of. */
static bool mark_layers(const struct cc_hf_reader *r, const struct cc_hf_entry *list, int64_t layers, bool value,
                        bool *mark)
{
    struct cc_hf_entry item;
    void *iterator = NULL;
    if (!cc_hf_check_list(r, list, "a list of layers"))
        return false;
    while (cc_hf_next(list, &iterator, &item)) {
        int64_t layer = 0;
        if (!cc_hf_take_int(r, &item, 0, layers - 1, &layer))
            return false;
        mark[layer] = value;
    }
    return true;
}

/* The last of every so many layers. */
static void mark_last_of_every(int64_t every, struct layers *layers)
{
    for (int64_t i = 0; i < layers->count; i++)
        layers->experts[i] = (i + 1) % every == 0;
}

static bool mark_after_first(const struct cc_hf_reader *r, struct layers *layers)
{
    int64_t first = r->type->first_dense, every = 1;
    if (!cc_hf_read_int(r, "first_k_dense_replace", 0, CC_HF_SIZE_MAX, &first) ||
        !cc_hf_read_int(r, "moe_layer_freq", 1, CC_HF_SIZE_MAX, &every))
        return false;
    for (int64_t i = 0; i < layers->count; i++)
        layers->experts[i] = i >= first && i % every == 0;
    return true;
}

static bool mark_by_step(const struct cc_hf_reader *r, struct layers *layers)
{
    const struct cc_hf_entry dense = cc_hf_find(r, "mlp_only_layers");
    int64_t step = 1;
    if (!cc_hf_read_int(r, "decoder_sparse_step", 1, CC_HF_SIZE_MAX, &step))
        return false;
    mark_last_of_every(step, layers);
    return mark_layers(r, &dense, layers->count, false, layers->experts);
}

static bool mark_interleaved(const struct cc_hf_reader *r, struct layers *layers)
{
    const struct cc_hf_entry list = cc_hf_find(r, "moe_layers");
    int64_t step = 1;
    if (cc_hf_is_set(list.value))
        return mark_layers(r, &list, layers->count, true, layers->experts);
    if (!cc_hf_read_int(r, "interleave_moe_layer_step", 1, CC_HF_SIZE_MAX, &step))
        return false;
    mark_last_of_every(step, layers);
    return true;
}

static bool mark_from_to(const struct cc_hf_reader *r, struct layers *layers)
{
    int64_t from = r->type->first_dense, to = -1, every = 1;
    if (!cc_hf_read_int(r, "moe_layer_start_index", 0, CC_HF_SIZE_MAX, &from) ||
        !cc_hf_read_int(r, "moe_layer_end_index", -1, CC_HF_SIZE_MAX, &to) ||
        !cc_hf_read_int(r, "moe_layer_interval", 1, CC_HF_SIZE_MAX, &every))
        return false;
    for (int64_t i = 0; i < layers->count; i++)
        layers->experts[i] = i >= from && (to < 0 || i <= to) && (i + 1) % every == 0;
    return true;
}

/* mlp_layer_types, which newer files have, names what each layer has. */
static bool read_mlp_layer_types(const struct cc_hf_reader *r, const struct cc_hf_entry *list, struct layers *layers)
{
    struct cc_hf_entry item;
    void *iterator = NULL;
    if (!cc_hf_check_list(r, list, "a list of strings") || !check_length(r, list, layers->count, "types"))
        return false;
    for (int64_t i = 0; cc_hf_next(list, &iterator, &item); i++) {
        const struct cc_text type = cc_yaml_scalar(item.value);
        layers->experts[i] = cc_text_is(type, "sparse");
        if (!layers->experts[i] && !cc_text_is(type, "dense"))
            return cc_yaml_fail(&item.place, r->error, "'%.*s' is not modelled: expected dense or sparse",
                                CC_TEXT_ARG(type));
    }
    return true;
}

static bool read_experts(const struct cc_hf_reader *r, struct layers *layers)
{
    const struct cc_hf_entry list = cc_hf_find(r, "mlp_layer_types");
    if (r->type->experts_in == CC_HF_DENSE)
        return true;
    if (list.value != NULL)
        return read_mlp_layer_types(r, &list, layers);
    switch (r->type->experts_in) {
    case CC_HF_AFTER_FIRST:
        return mark_after_first(r, layers);
    case CC_HF_BY_STEP:
        return mark_by_step(r, layers);
    case CC_HF_INTERLEAVED:
        return mark_interleaved(r, layers);
    case CC_HF_FROM_TO:
        return mark_from_to(r, layers);
    default:
        mark_last_of_every(1, layers);
        return true;
    }
}

/* layer_types names what each layer attends to. */
static bool read_layer_types(const struct cc_hf_reader *r, const struct cc_hf_entry *list, struct layers *layers)
{
    static const struct {
        const char *name;
        enum cc_attention attention;
    } types[] = {{"full_attention", CC_FULL}, {"sliding_attention", CC_WINDOW}, {"chunked_attention", CC_CHUNK}};
    struct cc_hf_entry item;
    void *iterator = NULL;
    if (!cc_hf_check_list(r, list, "a list of strings") || !check_length(r, list, layers->count, "types"))
        return false;
    for (int64_t i = 0; cc_hf_next(list, &iterator, &item); i++) {
        const struct cc_text type = cc_yaml_scalar(item.value);
        size_t t = 0;
        while (t < sizeof types / sizeof types[0] && !cc_text_is(type, types[t].name))
            t++;
        if (t == sizeof types / sizeof types[0])
            return cc_yaml_fail(&item.place, r->error,
                                "'%.*s' is not modelled: expected full_attention, sliding_attention or "
                                "chunked_attention",
                                CC_TEXT_ARG(type));
        layers->attention[i] = (unsigned char)types[t].attention;
    }
    return true;
}

/* A pattern as letters, "LLLG": L a window, G all; the last layer looks at all. */
static bool read_letters(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, struct layers *layers)
{
    const struct cc_text letters = cc_yaml_scalar(entry->value);
    for (size_t i = 0; i < letters.len; i++)
        if (letters.s[i] != 'L' && letters.s[i] != 'G')
            return cc_hf_fail_expected(r, entry, "an integer, or letters L and G");
    for (int64_t i = 0; i < layers->count - 1; i++)
        layers->attention[i] = letters.s[(size_t)i % letters.len] == 'L' ? CC_WINDOW : CC_FULL;
    return true;
}

static bool read_window_pattern(const struct cc_hf_reader *r, struct layers *layers)
{
    const struct cc_hf_entry entry = cc_hf_find(r, "sliding_window_pattern|_sliding_window_pattern");
    int64_t every = r->type->pattern_default;
    if (entry.value != NULL && cc_hf_is_quoted(entry.value) && cc_yaml_scalar(entry.value).len > 0)
        return read_letters(r, &entry, layers);
    if (!cc_hf_take_int(r, &entry, 0, CC_HF_SIZE_MAX, &every))
        return false;
    for (int64_t i = 0; every > 0 && i < layers->count; i++)
        layers->attention[i] = (i + 1) % every == 0 ? CC_FULL : CC_WINDOW;
    return true;
}

/* Layers without rotary positions look at all of the text: no_rope_layers has a 0 for each. */
static bool read_chunks(const struct cc_hf_reader *r, struct layers *layers)
{
    const struct cc_hf_entry list = cc_hf_find(r, "no_rope_layers");
    struct cc_hf_entry item;
    void *iterator = NULL;
    int64_t every = r->type->pattern_default;
    if (!cc_hf_check_list(r, &list, "a list of 0 and 1") ||
        !cc_hf_read_int(r, "no_rope_layer_interval", 1, CC_HF_SIZE_MAX, &every))
        return false;
    for (int64_t i = 0; i < layers->count; i++)
        layers->attention[i] = (i + 1) % every == 0 ? CC_FULL : CC_CHUNK;
    if (!cc_hf_is_set(list.value))
        return true;
    if (!check_length(r, &list, layers->count, "layers"))
        return false;
    for (int64_t i = 0; cc_hf_next(&list, &iterator, &item); i++) {
        int64_t rotary = 0;
        if (!cc_hf_take_int(r, &item, 0, 1, &rotary))
            return false;
        layers->attention[i] = rotary ? CC_CHUNK : CC_FULL;
    }
    return true;
}

static bool read_switched(const struct cc_hf_reader *r, int64_t window, struct layers *layers)
{
    int64_t from = 28;
    bool on = false;
    if (!cc_hf_read_flag(r, "use_sliding_window", &on) ||
        !cc_hf_read_int(r, "max_window_layers", 0, CC_HF_SIZE_MAX, &from))
        return false;
    for (int64_t i = from; on && window > 0 && i < layers->count; i++)
        layers->attention[i] = CC_WINDOW;
    return true;
}

/* Attention of layers when the file does not list it. A type with windows whose window is null has none. */
static bool attend_by_rule(const struct cc_hf_reader *r, int64_t window, struct layers *layers)
{
    if (r->type->window == CC_HF_SWITCHED)
        return read_switched(r, window, layers);
    if (window == 0)
        return true;
    switch (r->type->window) {
    case CC_HF_EVERY_WINDOW:
        memset(layers->attention, CC_WINDOW, (size_t)layers->count);
        return true;
    case CC_HF_WINDOW_PATTERN:
        return read_window_pattern(r, layers);
    case CC_HF_CHUNKS:
        return read_chunks(r, layers);
    default:
        return true;
    }
}

static bool read_attention(const struct cc_hf_reader *r, struct layers *layers, struct cc_llm_input *in)
{
    const char *key = r->type->window == CC_HF_CHUNKS ? "attention_chunk_size" : "sliding_window";
    const struct cc_hf_entry size = cc_hf_find(r, key), list = cc_hf_find(r, "layer_types");
    int64_t window = size.given ? 0 : r->type->window_default;
    bool local = false;
    if (r->type->index_heads > 0) {
        memset(layers->attention, CC_SPARSE, (size_t)layers->count);
        return true;
    }
    if (r->type->window == CC_HF_NO_WINDOW && list.value == NULL)
        return true;
    if (!cc_hf_take_int(r, &size, 1, CC_HF_SIZE_MAX, &window))
        return false;
    if (!(list.value != NULL ? read_layer_types(r, &list, layers) : attend_by_rule(r, window, layers)))
        return false;
    for (int64_t i = 0; i < layers->count; i++)
        local |= layers->attention[i] != CC_FULL;
    if (local && window == 0)
        return cc_yaml_fail(&size.place, r->error, "%s; some of layer_types require it",
                            size.given ? "is null" : "is missing");
    if (local)
        in->window = window;
    return true;
}

/* The layers that one rule tells, i mod interval = offset: `is[i]` for each. Interval 0: none. False: no rule does. */
struct rule {
    int64_t first, interval, offset; /* `first` layers before it are left out */
};

static bool find_rule(const bool *is, int64_t count, bool may_start_later, struct rule *rule)
{
    int64_t one = 0;
    while (one < count && !is[one])
        one++;
    int64_t next = one + 1;
    while (next < count && !is[next])
        next++;
    if (one == count) {
        *rule = (struct rule){count, 0, 0};
        return true;
    }
    rule->interval = next < count ? next - one : count;
    rule->first = one < rule->interval ? 0 : one;
    rule->offset = one % rule->interval;
    for (int64_t i = rule->first; i < count; i++)
        if (is[i] != (i % rule->interval == rule->offset))
            return false;
    return rule->first == 0 || may_start_later;
}

/* Puts the layers into a list, equal ones in a row into one entry. */
static bool list_layers(const struct cc_hf_reader *r, const struct layers *layers, struct cc_llm_input *in)
{
    size_t runs = 0;
    for (int64_t i = 0; i < layers->count; i++)
        runs +=
            i == 0 || layers->attention[i] != layers->attention[i - 1] || layers->experts[i] != layers->experts[i - 1];
    struct cc_layers_input *list = cc_arena_take(r->arena, runs * sizeof *list);
    if (list == NULL)
        return cc_fail_memory(r->error);
    size_t run = 0;
    for (int64_t i = 0, start = 0; i < layers->count; i++) {
        if (i + 1 < layers->count && layers->attention[i + 1] == layers->attention[i] &&
            layers->experts[i + 1] == layers->experts[i])
            continue;
        list[run++] = (struct cc_layers_input){
            .count = i + 1 - start,
            .attention = cc_text_of(cc_attention_names[layers->attention[i]]),
            .ffn = cc_text_of(cc_ffn_names[layers->experts[i] ? CC_EXPERTS : CC_DENSE]),
        };
        start = i + 1;
    }
    in->layers = (struct cc_list){runs, list};
    return true;
}

/* The one attention of layers that are not full; CC_FULL: all are. False: there are several. */
static bool find_local(const struct layers *layers, enum cc_attention *local)
{
    *local = CC_FULL;
    for (int64_t i = 0; i < layers->count; i++) {
        const enum cc_attention attention = (enum cc_attention)layers->attention[i];
        if (attention != CC_FULL && *local != CC_FULL && attention != *local)
            return false;
        *local = attention != CC_FULL ? attention : *local;
    }
    return true;
}

static bool set_layers(const struct cc_hf_reader *r, const struct layers *layers, struct cc_llm_input *in)
{
    bool full[CC_LAYERS_MAX];
    struct rule experts, attention;
    enum cc_attention local;
    for (int64_t i = 0; i < layers->count; i++)
        full[i] = layers->attention[i] == CC_FULL;
    if (!find_local(layers, &local) || !find_rule(full, layers->count, false, &attention) ||
        !find_rule(layers->experts, layers->count, true, &experts))
        return list_layers(r, layers, in);
    if (local != CC_FULL) {
        in->local_attention = cc_text_of(cc_attention_names[local]);
        in->attention_interval = attention.interval;
        if (attention.interval > 0 && attention.offset != attention.interval - 1)
            in->attention_offset = attention.offset;
    }
    if (in->num_experts > 0 && experts.first > 0)
        in->first_k_dense = experts.first;
    if (in->num_experts > 0 && experts.interval > 1) {
        in->moe_interval = experts.interval;
        in->moe_offset = experts.offset;
    }
    return true;
}

bool cc_hf_layers_read(const struct cc_hf_reader *r, struct cc_llm_input *in)
{
    static const struct layers none; /* CC_FULL and no experts are 0 */
    struct layers layers = none;
    layers.count = in->num_layers;
    return read_experts(r, &layers) && read_attention(r, &layers, in) && set_layers(r, &layers, in);
}
