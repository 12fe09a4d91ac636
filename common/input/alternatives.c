#include "input/alternatives.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "input/foreign.h"

enum form { VALUE, LIST, MAP };

struct entry {
    const struct cc_field *field;
    struct cc_alternatives *value;
};

union value {
    double real;
    int64_t whole;
    bool flag;
    struct cc_text text;
    struct cc_lengths pair;
    struct cc_ints ints;
    const struct cc_steps *steps;
    struct cc_number_format format;
    struct cc_list list;
};

struct cc_alternatives {
    enum form form;
    int line, column;
    uint64_t count;
    size_t size;                    /* of a list or map */
    struct cc_alternatives **items; /* of a list */
    struct entry *entries;          /* of a map, in file order */
    union value value;
    const struct cc_alternatives *outer; /* the list or map that it is in */
};

/* State of the reader. `visits` and `depth`, of nested lists, bound the work that aliases can cause.
 */
struct reading {
    struct cc_arena *arena;
    struct cc_error *error;
    const struct cc_fields *root; /* the table of the whole file */
    uint64_t visits;
    int depth;
};

enum { VISITS_MAX = 4 * CC_LIST_MAX, LISTS_MAX = 32 };

static struct cc_alternatives *new_node(struct reading *r, enum form form, const struct cc_yaml_place *place,
                                        size_t size)
{
    if (++r->visits > VISITS_MAX) {
        cc_yaml_fail(place, r->error, "the file has more than %d values, aliases included", VISITS_MAX);
        return NULL;
    }
    struct cc_alternatives *node = cc_arena_take(r->arena, sizeof *node);
    if (node != NULL && form == LIST)
        node->items = cc_arena_take(r->arena, (size + 1) * sizeof *node->items);
    if (node != NULL && form == MAP)
        node->entries = cc_arena_take(r->arena, (size + 1) * sizeof *node->entries);
    if (node == NULL || (form == LIST && node->items == NULL) || (form == MAP && node->entries == NULL)) {
        cc_fail_memory(r->error);
        return NULL;
    }
    node->form = form;
    node->line = place->line;
    node->column = place->column;
    node->count = 1;
    return node;
}

uint64_t cc_alternatives_count(const struct cc_alternatives *alternatives)
{
    return alternatives == NULL ? 1 : alternatives->count;
}

/* Counts the combinations of a complete list or map; NULL when there are more than `most`, or none. */
static struct cc_alternatives *counted(struct reading *r, struct cc_alternatives *node,
                                       const struct cc_yaml_place *place, uint64_t most)
{
    node->count = node->form == LIST ? 0 : 1;
    for (size_t i = 0; i < node->size; i++) {
        struct cc_alternatives *inner = node->form == LIST ? node->items[i] : node->entries[i].value;
        inner->outer = node;
        if (node->form == LIST)
            node->count += inner->count;
        else
            node->count *= inner->count;
        if (node->count > most) {
            cc_yaml_fail(place, r->error, "%" PRIu64 " alternatives or more; the limit is %" PRIu64, node->count, most);
            return NULL;
        }
    }
    if (node->form == LIST && node->size == 0) {
        cc_yaml_fail(place, r->error, "the list is empty: expected at least one value");
        return NULL;
    }
    return node;
}

static struct cc_alternatives *read_map(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                        const struct cc_fields *fields);
static struct cc_alternatives *read_field(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                          const struct cc_field *field);

static bool check_length(struct reading *r, const struct cc_yaml_place *place, double length)
{
    if (length > CC_LIST_MAX)
        return cc_yaml_fail(place, r->error, "a list of %.0f entries; the limit is %d", length, CC_LIST_MAX);
    return true;
}

/* A list of alternatives, each read as a `field` or (when that is NULL) as a map of `fields`. */
static struct cc_alternatives *read_list(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                         const struct cc_field *field, const struct cc_fields *fields)
{
    const int length = fy_node_sequence_item_count(node);
    if (!check_length(r, place, length))
        return NULL;
    if (r->depth == LISTS_MAX) {
        cc_yaml_fail(place, r->error, "lists in lists more than %d deep, aliases included", LISTS_MAX);
        return NULL;
    }
    struct cc_alternatives *list = new_node(r, LIST, place, (size_t)length);
    void *iterator = NULL;
    struct fy_node *item;
    r->depth++;
    while (list != NULL && (item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        const struct cc_yaml_place at = cc_yaml_place_of(place, NULL, item);
        struct cc_alternatives *read = field != NULL ? read_field(r, &at, item, field) : read_map(r, &at, item, fields);
        if (read == NULL)
            return NULL;
        list->items[list->size++] = read;
    }
    r->depth--;
    return list == NULL ? NULL : counted(r, list, place, CC_ALTERNATIVES_MAX);
}

static bool parse_flag(struct cc_text text, bool *flag)
{
    *flag = cc_text_is(text, "true") || cc_text_is(text, "True") || cc_text_is(text, "TRUE");
    return *flag || cc_text_is(text, "false") || cc_text_is(text, "False") || cc_text_is(text, "FALSE");
}

static bool fail_number(struct reading *r, const struct cc_yaml_place *place, const char *expected, struct cc_text text)
{
    return cc_yaml_fail(place, r->error, "expected %s, got '%.*s'%s", expected, CC_TEXT_ARG(text),
                        cc_yaml_number_hint(text));
}

/* Out of its range. Percent in place of a share is told from other slips by its size. */
static bool fail_range(struct reading *r, const struct cc_yaml_place *place, enum cc_range range, struct cc_text text,
                       double number)
{
    const bool share = range == CC_RATIO || range == CC_PROPER_RATIO || range == CC_BELOW_ONE;
    char hint[64] = "";
    if (share && number >= 2 && number <= 100)
        snprintf(hint, sizeof hint, ": write %g %% as %g", number, number / 100);
    return cc_yaml_fail(place, r->error, "%.*s is not %s%s", CC_TEXT_ARG(text), cc_range_text(range), hint);
}

/* A number in the range of the field. */
static bool parse_number(struct reading *r, const struct cc_yaml_place *place, struct cc_text text, enum cc_type type,
                         enum cc_range range, union value *value)
{
    const bool octal = cc_yaml_is_octal(text);
    double number;
    if (type == CC_TYPE_REAL) {
        if (octal || !cc_parse_real(text.s, text.len, &value->real))
            return fail_number(r, place, "a number", text);
        number = value->real;
    } else {
        const int64_t most = INT64_C(1) << 53;
        if (octal || !cc_parse_int(text.s, text.len, &value->whole) || value->whole > most || value->whole < -most)
            return fail_number(r, place, "an integer up to 2^53", text);
        number = (double)value->whole;
    }
    return cc_in_range(range, number) || fail_range(r, place, range, text, number);
}

static struct cc_alternatives *read_scalar(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                           const struct cc_field *field)
{
    struct cc_alternatives *read = new_node(r, VALUE, place, 0);
    const struct cc_text text = cc_yaml_scalar(node);
    bool good = read != NULL;
    if (read == NULL)
        return NULL;
    if (field->type == CC_TYPE_TEXT) {
        /* an empty one would stand for a key that is not given; libfyaml also has none when memory has run out */
        good = text.len > 0 ? cc_text_is_plain(text) || cc_yaml_fail(place, r->error, "the text has control characters")
                            : cc_yaml_fail(place, r->error, "expected a non-empty text");
        const char *copy = good ? cc_arena_copy(r->arena, text.s, text.len) : NULL;
        if (good && copy == NULL)
            good = cc_fail_memory(r->error);
        read->value.text = (struct cc_text){copy, text.len};
    } else if (field->type == CC_TYPE_FLAG) {
        good = parse_flag(text, &read->value.flag) ||
               cc_yaml_fail(place, r->error, "expected true or false, got '%.*s'", CC_TEXT_ARG(text));
    } else {
        good = parse_number(r, place, text, field->type, field->range, &read->value);
    }
    return good ? read : NULL;
}

/* {from, to, step} or {from, to, factor} */
struct range_input {
    double from, to, by;
    bool multiply;
};

static bool parse_range(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                        struct range_input *range)
{
    struct cc_yaml_map map;
    bool has_from = false, has_to = false, has_step = false, has_factor = false;
    if (!cc_yaml_map_read(r->arena, place, node, &map, r->error))
        return false;
    for (size_t i = 0; i < map.count; i++) {
        struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(map.pair[i]));
        const struct cc_yaml_place at = cc_yaml_place_of(place, fy_node_pair_key(map.pair[i]), value);
        union value number;
        if (!parse_number(r, &at, cc_yaml_scalar(value), CC_TYPE_REAL, CC_ANY, &number))
            return false;
        const bool from = cc_text_is(at.key, "from"), to = cc_text_is(at.key, "to");
        const bool step = cc_text_is(at.key, "step"), factor = cc_text_is(at.key, "factor");
        if (!from && !to && !step && !factor)
            return cc_yaml_fail(&at, r->error, "unknown key; the keys of a range are from, to, and step or factor");
        *(from ? &range->from : to ? &range->to : &range->by) = number.real;
        has_from |= from, has_to |= to, has_step |= step, has_factor |= factor;
    }
    range->multiply = has_factor;
    if (!has_from || !has_to || has_step == has_factor)
        return cc_yaml_fail(place, r->error, "a range requires from, to, and either step or factor");
    if (range->to < range->from)
        return cc_yaml_fail(place, r->error, "to (%g) is below from (%g)", range->to, range->from);
    if (!range->multiply && !(range->by > 0))
        return cc_yaml_fail(place, r->error, "step is not greater than 0");
    if (range->multiply && !(range->by > 1 && range->from > 0))
        return cc_yaml_fail(place, r->error, "a range by factor requires from above 0 and factor above 1");
    return true;
}

static double range_length(const struct range_input *range)
{
    const double slack = 1e-9; /* so that 0.1 + 9 * 0.1 still reaches 1 */
    if (range->multiply)
        return floor(log(range->to / range->from) / log(range->by) + slack) + 1;
    return floor((range->to - range->from) / range->by + slack) + 1;
}

/* Value number `i`: of decimal steps the decimal that is meant, and the last one exactly `to` where it comes there. */
static double range_value(const struct range_input *range, size_t i)
{
    const double value =
        range->multiply ? range->from * pow(range->by, (double)i) : range->from + (double)i * range->by;
    const double exact = 1e15; /* up to it, 15 digits hold every integer */
    char text[CC_REAL_TEXT];
    if (fabs(value - range->to) <= 1e-9 * range->by)
        return range->to;
    if (range->multiply || fabs(value) >= exact)
        return value;
    snprintf(text, sizeof text, "%.15g", value);
    return strtod(text, NULL);
}

static struct cc_alternatives *read_range(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                          const struct cc_field *field)
{
    struct range_input range = {0};
    if (!parse_range(r, place, node, &range) || !check_length(r, place, range_length(&range)))
        return NULL;
    const size_t length = (size_t)range_length(&range);
    struct cc_alternatives *list = new_node(r, LIST, place, length);
    for (size_t i = 0; list != NULL && i < length; i++) {
        struct cc_alternatives *item = new_node(r, VALUE, place, 0);
        char text[CC_REAL_TEXT];
        if (item == NULL)
            return NULL;
        const size_t len = cc_format_real(range_value(&range, i), text);
        if (!parse_number(r, place, (struct cc_text){text, len}, field->type, field->range, &item->value))
            return NULL;
        list->items[list->size++] = item;
    }
    return list == NULL ? NULL : counted(r, list, place, CC_ALTERNATIVES_MAX);
}

static bool has_lists(struct fy_node *node)
{
    void *iterator = NULL;
    struct fy_node *item;
    while (fy_node_is_sequence(node) && (item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        item = cc_yaml_resolve(item);
        if (item != NULL && fy_node_is_sequence(item))
            return true;
    }
    return false;
}

static bool all_scalars(struct fy_node *sequence)
{
    void *iterator = NULL;
    struct fy_node *item;
    while ((item = fy_node_sequence_iterate(sequence, &iterator)) != NULL)
        if (!fy_node_is_scalar(cc_yaml_resolve(item)))
            return false;
    return true;
}

/* [prefill_len, generate_len] */
static struct cc_alternatives *read_pair(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node)
{
    union value first, second;
    if (fy_node_sequence_item_count(node) != 2) {
        cc_yaml_fail(place, r->error, "expected a pair [prefill_len, generate_len]");
        return NULL;
    }
    struct fy_node *a = cc_yaml_resolve(fy_node_sequence_get_by_index(node, 0));
    struct fy_node *b = cc_yaml_resolve(fy_node_sequence_get_by_index(node, 1));
    const struct cc_yaml_place at_a = cc_yaml_place_of(place, NULL, a), at_b = cc_yaml_place_of(place, NULL, b);
    if (!parse_number(r, &at_a, cc_yaml_scalar(a), CC_TYPE_INT, CC_POSITIVE, &first) ||
        !parse_number(r, &at_b, cc_yaml_scalar(b), CC_TYPE_INT, CC_POSITIVE, &second))
        return NULL;
    struct cc_alternatives *pair = new_node(r, VALUE, &at_a, 0);
    if (pair != NULL)
        pair->value.pair = (struct cc_lengths){first.whole, second.whole};
    return pair;
}

/* Integers of a list so far; `place` is that of the list. */
struct gathering {
    const struct cc_yaml_place *place;
    size_t count;
    int64_t *value;
};

static bool gather(void *context, const struct cc_alternatives *item, struct cc_error *error)
{
    struct gathering *g = context;
    struct cc_yaml_place at = *g->place;
    at.line = item->line;
    at.column = item->column;
    for (size_t i = 0; i < g->count; i++)
        if (g->value[i] == item->value.whole)
            return cc_yaml_fail(&at, error, "%" PRId64 " is a duplicate", item->value.whole);
    g->value[g->count++] = item->value.whole;
    return true;
}

/* Reads the alternatives of an integer (a list, a range, or a single integer) as one value. */
static struct cc_alternatives *read_ints(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                         const struct cc_field *field)
{
    const struct cc_field one = {.type = CC_TYPE_INT, .range = field->range};
    const struct cc_alternatives *list = read_field(r, place, node, &one);
    if (list == NULL)
        return NULL;
    if (list->count > CC_INTS_MAX) {
        cc_yaml_fail(place, r->error, "%" PRIu64 " integers; the limit is %d", list->count, CC_INTS_MAX);
        return NULL;
    }
    struct cc_alternatives *read = new_node(r, VALUE, place, 0);
    struct gathering g = {.place = place};
    if (read == NULL)
        return NULL;
    g.value = cc_arena_take(r->arena, (size_t)list->count * sizeof *g.value);
    if (g.value == NULL) {
        cc_fail_memory(r->error);
        return NULL;
    }
    read->value.ints = (struct cc_ints){(size_t)list->count, g.value};
    return cc_alternatives_each(list, gather, &g, r->error) ? read : NULL;
}

/* {threshold: factor} */
static struct cc_alternatives *read_steps(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node)
{
    struct cc_steps *steps = cc_arena_take(r->arena, sizeof *steps);
    struct cc_alternatives *read = new_node(r, VALUE, place, 0);
    struct cc_yaml_map map;
    if (steps == NULL || read == NULL) {
        cc_fail_memory(r->error);
        return NULL;
    }
    if (!cc_yaml_map_read(r->arena, place, node, &map, r->error))
        return NULL;
    if (map.count > CC_STEPS_MAX) {
        cc_yaml_fail(place, r->error, "more than %d steps", CC_STEPS_MAX);
        return NULL;
    }
    for (size_t i = 0; i < map.count; i++) {
        struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(map.pair[i]));
        const struct cc_yaml_place at = cc_yaml_place_of(place, fy_node_pair_key(map.pair[i]), value);
        union value threshold, factor;
        if (!parse_number(r, &at, at.key, CC_TYPE_REAL, CC_NOT_NEGATIVE, &threshold) ||
            !parse_number(r, &at, cc_yaml_scalar(value), CC_TYPE_REAL, CC_NOT_NEGATIVE, &factor))
            return NULL;
        steps->threshold[steps->count] = threshold.real;
        steps->factor[steps->count++] = factor.real;
    }
    read->value.steps = steps;
    return read;
}

static bool fail_format(struct reading *r, const struct cc_yaml_place *place, struct cc_text text)
{
    return cc_yaml_fail(place, r->error, "expected a number of bits or one of: %s; got '%.*s'",
                        cc_number_format_names(), CC_TEXT_ARG(text));
}

/* {bits, type} */
static bool parse_format_map(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                             struct cc_number_format *format)
{
    struct cc_yaml_map map;
    struct cc_text type = {0};
    union value bits = {0};
    if (!cc_yaml_map_read(r->arena, place, node, &map, r->error))
        return false;
    for (size_t i = 0; i < map.count; i++) {
        struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(map.pair[i]));
        const struct cc_yaml_place at = cc_yaml_place_of(place, fy_node_pair_key(map.pair[i]), value);
        const struct cc_text text = cc_yaml_scalar(value);
        if (cc_text_is(at.key, "type"))
            type = text;
        else if (!cc_text_is(at.key, "bits"))
            return cc_yaml_fail(&at, r->error, "unknown key; the keys of a format are bits and type");
        else if (!parse_number(r, &at, text, CC_TYPE_REAL, CC_POSITIVE, &bits))
            return false;
    }
    *format = (struct cc_number_format){.bits = bits.real};
    if (bits.real > 0 && cc_number_type_named(type, &format->type))
        return true;
    return cc_yaml_fail(place, r->error, "a format requires bits and a type: bf16, fp16, fp8, int8, fp4 or int4");
}

/* Bits, the name of a format, or both the bits and the type. */
static struct cc_alternatives *read_format(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node)
{
    const double bits_max = 64;
    struct cc_alternatives *read = new_node(r, VALUE, place, 0);
    const struct cc_text text = cc_yaml_scalar(node);
    struct cc_number_format *format = read == NULL ? NULL : &read->value.format;
    double bits;
    if (read == NULL)
        return NULL;
    if (fy_node_is_mapping(node)) {
        if (!parse_format_map(r, place, node, format))
            return NULL;
    } else if (!cc_yaml_is_octal(text) && cc_parse_real(text.s, text.len, &bits)) {
        *format = cc_number_format_of_bits(bits);
    } else if (!cc_number_format_named(text, format)) {
        fail_format(r, place, text);
        return NULL;
    }
    if (format->bits > 0 && format->bits <= bits_max)
        return read;
    cc_yaml_fail(place, r->error, "%g bits: expected more than 0 and at most %g", format->bits, bits_max);
    return NULL;
}

/* A list of maps as one value: none of them has alternatives. */
static struct cc_alternatives *read_items(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                          const struct cc_fields *fields)
{
    struct cc_alternatives *maps = read_list(r, place, node, NULL, fields);
    struct cc_alternatives *read = maps == NULL ? NULL : new_node(r, VALUE, place, 0);
    if (read == NULL)
        return NULL;
    if (maps->count != maps->size) {
        cc_yaml_fail(place, r->error, "no alternatives are possible in these maps: expected one value");
        return NULL;
    }
    char *items = cc_arena_take(r->arena, maps->size * fields->size);
    if (items == NULL) {
        cc_fail_memory(r->error);
        return NULL;
    }
    for (size_t i = 0; i < maps->size; i++)
        cc_alternatives_take(maps, fields, i, items + i * fields->size);
    read->value.list = (struct cc_list){maps->size, items};
    return read;
}

static const char *expected_text(const struct cc_field *field)
{
    switch (field->type) {
    case CC_TYPE_FLAG:
        return "true or false";
    case CC_TYPE_TEXT:
        return "a text";
    case CC_TYPE_PAIR:
        return "a pair [prefill_len, generate_len]";
    case CC_TYPE_INTS:
        return "a list of integers";
    case CC_TYPE_STEPS:
        return "a map {threshold: factor}";
    case CC_TYPE_INT:
        return "an integer";
    case CC_TYPE_MAP:
        return "a map";
    case CC_TYPE_FORMAT:
        return "bits, the name of a format, or {bits, type}";
    case CC_TYPE_LIST:
        return "a list of maps";
    case CC_TYPE_REAL:
    case CC_TYPE_IGNORED:
        break;
    }
    return "a number";
}

static struct cc_alternatives *read_field(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                          const struct cc_field *field)
{
    node = cc_yaml_resolve(node);
    const bool scalar = node != NULL && fy_node_is_scalar(node);
    const bool sequence = node != NULL && fy_node_is_sequence(node);
    const bool mapping = node != NULL && fy_node_is_mapping(node);
    const bool number = field->type == CC_TYPE_REAL || field->type == CC_TYPE_INT;
    if (field->type == CC_TYPE_MAP)
        return read_map(r, place, node, field->map);
    if (field->type == CC_TYPE_PAIR && sequence && all_scalars(node))
        return read_pair(r, place, node);
    if (field->type == CC_TYPE_INTS && node != NULL && !has_lists(node))
        return read_ints(r, place, node, field);
    if (field->type == CC_TYPE_STEPS && mapping)
        return read_steps(r, place, node);
    if (field->type == CC_TYPE_FORMAT && (scalar || mapping))
        return read_format(r, place, node);
    if (field->type == CC_TYPE_LIST && sequence)
        return read_items(r, place, node, field->map);
    if (sequence && field->type != CC_TYPE_STEPS)
        return read_list(r, place, node, field, NULL);
    if (mapping && number)
        return read_range(r, place, node, field);
    if (scalar && (number || field->type == CC_TYPE_TEXT || field->type == CC_TYPE_FLAG))
        return read_scalar(r, place, node, field);
    cc_yaml_fail(place, r->error, "expected %s", expected_text(field));
    return NULL;
}

/* Where in the tables of the file a key of that name stands: "Server.io", or "" for the root. False when nowhere. */
static bool find_elsewhere(const struct cc_fields *fields, struct cc_text key, char *path, size_t size)
{
    const size_t used = strlen(path);
    if (cc_fields_find(fields, key, 0) != NULL)
        return true;
    for (size_t i = 0; i < fields->count; i++) {
        if (fields->field[i].type != CC_TYPE_MAP)
            continue;
        snprintf(path + used, size - used, "%s%s", used > 0 ? "." : "", fields->field[i].name);
        if (find_elsewhere(fields->field[i].map, key, path, size))
            return true;
        path[used] = '\0';
    }
    return false;
}

/* A key that is near to none: lists those of a small map. */
static bool fail_no_key(struct reading *r, const struct cc_yaml_place *at, const struct cc_fields *fields)
{
    char list[160] = "";
    for (size_t i = 0, used = 0; i < fields->count; i++) {
        const int len = snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", fields->field[i].name);
        used += (size_t)len;
        if (used >= sizeof list)
            return cc_yaml_fail(at, r->error, "unknown key; chiplet-cloud-inputs(5) lists the keys of %s",
                                fields->name);
    }
    return cc_yaml_fail(at, r->error, "unknown key; the keys of %s are %s", fields->name, list);
}

static bool fail_unknown(struct reading *r, const struct cc_yaml_place *at, const struct cc_fields *fields)
{
    const char *near = cc_fields_suggest(fields, at->key);
    const char *reason = cc_foreign_reason(fields, at->key);
    char path[128] = "";
    if (reason != NULL)
        return cc_yaml_fail(at, r->error, "%s", reason);
    if (find_elsewhere(r->root, at->key, path, sizeof path))
        return cc_yaml_fail(at, r->error, "unknown key; %.*s belongs %s%s%s%s", CC_TEXT_ARG(at->key),
                            path[0] == '\0' ? "at the top of the file" : "in ", path,
                            near != NULL ? "; or did you mean " : "", near != NULL ? near : "");
    if (near != NULL)
        return cc_yaml_fail(at, r->error, "unknown key; did you mean %s?", near);
    return fail_no_key(r, at, fields);
}

static bool check_required(struct reading *r, const struct cc_yaml_place *place, const struct cc_fields *fields,
                           const struct cc_alternatives *map)
{
    for (size_t i = 0; i < fields->count; i++)
        if (fields->field[i].need == CC_REQUIRED && !cc_alternatives_has(map, fields->field[i].name))
            return cc_yaml_fail(place, r->error, "the key %s is missing", fields->field[i].name);
    return true;
}

#define ASSOCIATED_KEY "associated_explore"

/* A value of the list that associated_explore names: the key, and the current value. */
struct association {
    struct cc_text key;
    struct fy_node *value;
};

/* The node under a key once the associated value is chosen. NULL on an error. */
static struct fy_node *associated_node(struct reading *r, const struct cc_yaml_place *place,
                                       const struct association *taken, struct cc_text key, struct fy_node *node)
{
    struct cc_yaml_map map;
    if (cc_text_equal(key, taken->key))
        return taken->value;
    if (!fy_node_is_mapping(node))
        return node;
    if (!cc_yaml_map_read(r->arena, place, node, &map, r->error))
        return NULL;
    struct fy_node *entry = cc_yaml_map_find(&map, cc_yaml_scalar(taken->value));
    return entry == NULL ? node : entry;
}

static bool read_entry(struct reading *r, const struct cc_yaml_place *place, struct fy_node_pair *pair,
                       const struct cc_fields *fields, const struct association *taken, struct cc_alternatives *map)
{
    struct fy_node *key = fy_node_pair_key(pair), *node = cc_yaml_resolve(fy_node_pair_value(pair));
    const struct cc_yaml_place key_at = cc_yaml_place_of(place, key, NULL);
    if (taken != NULL && cc_text_is(key_at.key, ASSOCIATED_KEY))
        return true;
    if (taken != NULL && node != NULL && (node = associated_node(r, &key_at, taken, cc_yaml_scalar(key), node)) == NULL)
        return false;
    const struct cc_yaml_place at = cc_yaml_place_of(place, key, node);
    const struct cc_field *field = cc_fields_find(fields, at.key, map->size);
    if (field == NULL)
        return fail_unknown(r, &key_at, fields);
    if (field->type == CC_TYPE_IGNORED || (field->need == CC_OPTIONAL && cc_yaml_is_null(node)))
        return true;
    if (cc_alternatives_has(map, field->name))
        return cc_yaml_fail(&key_at, r->error, "%s is already given under another name", field->name);
    struct cc_alternatives *value = read_field(r, &at, node, field);
    if (value == NULL)
        return false;
    map->entries[map->size++] = (struct entry){field, value};
    return true;
}

/* Whether a table is that of a file of maps, such as Chip, Package and Server, whose combinations are not numbered
 * together. */
static bool has_maps_alone(const struct cc_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        const enum cc_type type = fields->field[i].type;
        if (type != CC_TYPE_MAP && type != CC_TYPE_TEXT && type != CC_TYPE_IGNORED)
            return false;
    }
    return true;
}

static struct cc_alternatives *read_one_map(struct reading *r, const struct cc_yaml_place *place,
                                            const struct cc_yaml_map *pairs, const struct cc_fields *fields,
                                            const struct association *taken)
{
    struct cc_alternatives *map = new_node(r, MAP, place, pairs->count);
    for (size_t i = 0; map != NULL && i < pairs->count; i++)
        if (!read_entry(r, place, pairs->pair[i], fields, taken, map))
            return NULL;
    if (map == NULL || !check_required(r, place, fields, map))
        return NULL;
    return counted(r, map, place,
                   fields == r->root && has_maps_alone(fields) ? CC_CANDIDATES_MAX : CC_ALTERNATIVES_MAX);
}

static struct cc_alternatives *read_associated(struct reading *r, const struct cc_yaml_place *place,
                                               const struct cc_yaml_map *pairs, struct fy_node *key,
                                               const struct cc_fields *fields)
{
    const struct cc_text name = cc_yaml_scalar(key);
    struct fy_node *values = cc_yaml_map_find(pairs, name);
    if (name.len == 0 || values == NULL || !fy_node_is_sequence(values)) {
        struct cc_yaml_place at = cc_yaml_place_of(place, NULL, key);
        at.outer = place;
        at.key = cc_text_of(ASSOCIATED_KEY);
        cc_yaml_fail(&at, r->error, "expected the name of a key of this map that holds a list");
        return NULL;
    }
    const int length = fy_node_sequence_item_count(values);
    if (!check_length(r, place, length))
        return NULL;
    struct cc_alternatives *list = new_node(r, LIST, place, (size_t)length);
    void *iterator = NULL;
    struct fy_node *value;
    while (list != NULL && (value = fy_node_sequence_iterate(values, &iterator)) != NULL) {
        const struct association taken = {name, cc_yaml_resolve(value)};
        struct cc_alternatives *map = read_one_map(r, place, pairs, fields, &taken);
        if (map == NULL)
            return NULL;
        list->items[list->size++] = map;
    }
    return list == NULL ? NULL : counted(r, list, place, CC_ALTERNATIVES_MAX);
}

static struct cc_alternatives *read_map(struct reading *r, const struct cc_yaml_place *place, struct fy_node *node,
                                        const struct cc_fields *fields)
{
    struct cc_yaml_map pairs;
    node = cc_yaml_resolve(node);
    if (node != NULL && fy_node_is_sequence(node))
        return read_list(r, place, node, NULL, fields);
    if (node == NULL || !fy_node_is_mapping(node)) {
        cc_yaml_fail(place, r->error, "expected a map");
        return NULL;
    }
    if (!cc_yaml_map_read(r->arena, place, node, &pairs, r->error))
        return NULL;
    struct fy_node *associated = cc_yaml_map_find(&pairs, cc_text_of(ASSOCIATED_KEY));
    if (associated != NULL)
        return read_associated(r, place, &pairs, associated, fields);
    return read_one_map(r, place, &pairs, fields, NULL);
}

struct cc_alternatives *cc_alternatives_read(struct cc_arena *arena, const struct cc_yaml_place *place,
                                             struct fy_node *node, const struct cc_fields *fields,
                                             struct cc_error *error)
{
    struct reading r = {.arena = arena, .error = error, .root = fields};
    return read_map(&r, place, node, fields);
}

/* The item of a list that combination *index falls into; *index becomes the combination within it. */
static const struct cc_alternatives *pick(const struct cc_alternatives *node, uint64_t *index)
{
    while (node->form == LIST) {
        const bool plain = node->count == node->size; /* of values, one each */
        size_t i = plain ? (size_t)*index : 0;
        if (plain)
            *index = 0;
        while (i + 1 < node->size && *index >= node->items[i]->count)
            *index -= node->items[i++]->count;
        node = node->items[i];
    }
    return node;
}

static void store(const struct cc_field *field, const union value *value, void *member)
{
    switch (field->type) {
    case CC_TYPE_REAL:
        *(double *)member = value->real;
        break;
    case CC_TYPE_INT:
        *(int64_t *)member = value->whole;
        break;
    case CC_TYPE_FLAG:
        *(bool *)member = value->flag;
        break;
    case CC_TYPE_TEXT:
        *(struct cc_text *)member = value->text;
        break;
    case CC_TYPE_PAIR:
        *(struct cc_lengths *)member = value->pair;
        break;
    case CC_TYPE_INTS:
        *(struct cc_ints *)member = value->ints;
        break;
    case CC_TYPE_STEPS:
        *(struct cc_steps *)member = *value->steps;
        break;
    case CC_TYPE_FORMAT:
        *(struct cc_number_format *)member = value->format;
        break;
    case CC_TYPE_LIST:
        *(struct cc_list *)member = value->list;
        break;
    case CC_TYPE_MAP:
    case CC_TYPE_IGNORED:
        break;
    }
}

void cc_alternatives_take(const struct cc_alternatives *alternatives, const struct cc_fields *fields, uint64_t index,
                          void *object)
{
    cc_fields_clear(fields, object);
    if (alternatives == NULL)
        return;
    const struct cc_alternatives *map = pick(alternatives, &index);
    for (size_t i = map->size; i-- > 0;) {
        const struct entry *entry = &map->entries[i];
        uint64_t inner = index % entry->value->count;
        index /= entry->value->count;
        void *member = cc_field_of(entry->field, object);
        if (entry->field->type == CC_TYPE_MAP) {
            cc_alternatives_take(entry->value, entry->field->map, inner, member);
            *(bool *)((char *)object + entry->field->has_offset) = true;
        } else {
            store(entry->field, &pick(entry->value, &inner)->value, member);
        }
    }
}

static size_t find_entry(const struct cc_alternatives *map, const char *key)
{
    size_t i = 0;
    while (i < map->size && strcmp(map->entries[i].field->name, key) != 0)
        i++;
    return i;
}

bool cc_alternatives_has(const struct cc_alternatives *map, const char *key)
{
    return map->form == MAP && find_entry(map, key) < map->size;
}

struct cc_alternatives *cc_alternatives_of_key(struct cc_alternatives *map, const char *key)
{
    return cc_alternatives_has(map, key) ? map->entries[find_entry(map, key)].value : NULL;
}

struct cc_alternatives *cc_alternatives_remove(struct cc_alternatives *map, const char *key)
{
    struct cc_alternatives *value = cc_alternatives_of_key(map, key);
    if (value == NULL)
        return NULL;
    const size_t at = find_entry(map, key);
    map->size--;
    memmove(map->entries + at, map->entries + at + 1, (map->size - at) * sizeof *map->entries);
    map->count /= value->count;
    return value;
}

struct cc_alternatives *cc_alternatives_of_ints(struct cc_arena *arena, const int64_t *values, size_t count)
{
    const struct cc_yaml_place nowhere = {0};
    struct cc_error error;
    struct reading r = {.arena = arena, .error = &error};
    struct cc_alternatives *list = new_node(&r, LIST, &nowhere, count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        struct cc_alternatives *item = new_node(&r, VALUE, &nowhere, 0);
        if (item == NULL)
            return NULL;
        item->value.whole = values[i];
        list->items[list->size++] = item;
        list->count = list->size;
    }
    return list;
}

int64_t cc_alternatives_int(const struct cc_alternatives *alternatives, uint64_t index)
{
    return pick(alternatives, &index)->value.whole;
}

struct cc_ints cc_alternatives_ints(const struct cc_alternatives *alternatives, uint64_t index)
{
    return pick(alternatives, &index)->value.ints;
}

struct cc_text cc_alternatives_text_at(const struct cc_alternatives *alternatives, uint64_t index)
{
    return pick(alternatives, &index)->value.text;
}

struct cc_text cc_alternatives_text(const struct cc_alternatives *alternatives)
{
    return alternatives == NULL ? (struct cc_text){0} : cc_alternatives_text_at(alternatives, 0);
}

bool cc_alternatives_each(const struct cc_alternatives *alternatives, cc_alternatives_check *check, void *context,
                          struct cc_error *error)
{
    if (alternatives->form != LIST)
        return check(context, alternatives, error);
    for (size_t i = 0; i < alternatives->size; i++)
        if (!cc_alternatives_each(alternatives->items[i], check, context, error))
            return false;
    return true;
}

/* "Chip.pkg2pkg_io": the keys from the top of the file to the value. Returns the length. */
static size_t path_of(const struct cc_alternatives *value, char *text, size_t size)
{
    const struct cc_alternatives *outer = value->outer;
    if (outer == NULL)
        return 0;
    const size_t used = path_of(outer, text, size);
    for (size_t i = 0; outer->form == MAP && i < outer->size; i++)
        if (outer->entries[i].value == value && used < size)
            snprintf(text + used, size - used, "%s%s", used > 0 ? "." : "", outer->entries[i].field->name);
    return strlen(text);
}

bool cc_alternatives_fail(const struct cc_alternatives *value, const struct cc_yaml *yaml, struct cc_error *error,
                          const char *format, ...)
{
    char keys[256] = "", message[512];
    const size_t len = path_of(value, keys, sizeof keys);
    const struct cc_yaml_place place = {yaml, NULL, {keys, len}, value->line, value->column};
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return cc_yaml_fail(&place, error, "%s", message);
}

const struct cc_alternatives *cc_alternatives_first_list(const struct cc_alternatives *alternatives)
{
    if (alternatives->count == 1)
        return NULL;
    for (size_t i = 0; alternatives->form == MAP && i < alternatives->size; i++) {
        const struct cc_alternatives *found = cc_alternatives_first_list(alternatives->entries[i].value);
        if (found != NULL)
            return found;
    }
    return alternatives;
}

static void rename_texts(struct cc_alternatives *value, const char *from, const char *to)
{
    for (size_t i = 0; value->form == LIST && i < value->size; i++)
        rename_texts(value->items[i], from, to);
    if (value->form == VALUE && cc_text_is(value->value.text, from))
        value->value.text = cc_text_of(to);
}

void cc_alternatives_rename(struct cc_alternatives *alternatives, const char *key, const char *from, const char *to)
{
    for (size_t i = 0; alternatives->form == LIST && i < alternatives->size; i++)
        cc_alternatives_rename(alternatives->items[i], key, from, to);
    struct cc_alternatives *value = cc_alternatives_of_key(alternatives, key);
    if (value != NULL)
        rename_texts(value, from, to);
}

/* The values a text may have. */
struct allowed {
    const char *key;
    const char *const *values;
    size_t count;
    const struct cc_yaml *yaml;
};

static bool check_text(const struct allowed *allowed, const struct cc_alternatives *value, struct cc_error *error)
{
    for (size_t i = 0; value->form == LIST && i < value->size; i++)
        if (!check_text(allowed, value->items[i], error))
            return false;
    if (value->form != VALUE)
        return true;
    char list[256] = "";
    for (size_t i = 0; i < allowed->count; i++) {
        if (cc_text_is(value->value.text, allowed->values[i]))
            return true;
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", allowed->values[i]);
    }
    return cc_alternatives_fail(value, allowed->yaml, error, "'%.*s' is not one of: %s", CC_TEXT_ARG(value->value.text),
                                list);
}

static bool check_text_of_map(void *context, const struct cc_alternatives *map, struct cc_error *error)
{
    const struct allowed *allowed = context;
    const size_t at = find_entry(map, allowed->key);
    return at == map->size || check_text(allowed, map->entries[at].value, error);
}

bool cc_alternatives_only(const struct cc_alternatives *alternatives, const char *key, const char *const *values,
                          size_t count, const struct cc_yaml *yaml, struct cc_error *error)
{
    struct allowed allowed = {key, values, count, yaml};
    return cc_alternatives_each(alternatives, check_text_of_map, &allowed, error);
}
