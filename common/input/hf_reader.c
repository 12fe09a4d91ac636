#include "input/hf_reader.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"

struct cc_hf_reader cc_hf_reader_of(const struct cc_yaml *yaml, struct cc_error *error)
{
    const struct cc_yaml_place place = {.yaml = yaml};
    return (struct cc_hf_reader){
        .top = yaml->root, .text = yaml->root, .top_place = place, .text_place = place, .error = error};
}

bool cc_hf_is_quoted(struct fy_node *node)
{
    return fy_node_is_scalar(node) && fy_node_get_style(node) != FYNS_PLAIN;
}

/* The key of a map. */
static struct cc_hf_entry find_key(struct fy_node *map, const struct cc_yaml_place *place, struct cc_text key)
{
    struct cc_hf_entry entry = {.place = {.yaml = place->yaml, .outer = place, .key = key}};
    void *iterator = NULL;
    struct fy_node_pair *pair;
    while ((pair = fy_node_mapping_iterate(map, &iterator)) != NULL) {
        if (!cc_text_equal(cc_yaml_scalar(fy_node_pair_key(pair)), key))
            continue;
        struct fy_node *value = cc_yaml_resolve(fy_node_pair_value(pair));
        entry.given = true;
        entry.value = cc_yaml_is_null(value) ? NULL : value;
        entry.place = cc_yaml_place_of(place, fy_node_pair_key(pair), value);
        break;
    }
    return entry;
}

/* The part of a text up to a character, which is cut off it together with the character. */
static struct cc_text cut(struct cc_text *text, char end)
{
    const char *found = memchr(text->s, end, text->len);
    const struct cc_text part = {text->s, found == NULL ? text->len : (size_t)(found - text->s)};
    const size_t used = part.len + (found != NULL);
    *text = (struct cc_text){text->s + used, text->len - used};
    return part;
}

/* The key at the end of a path of keys, which names it in messages. */
static struct cc_hf_entry find_path(struct fy_node *map, const struct cc_yaml_place *place, struct cc_text path)
{
    struct cc_text rest = path;
    struct cc_hf_entry entry = find_key(map, place, cut(&rest, '.'));
    while (rest.len > 0 && entry.value != NULL && fy_node_is_mapping(entry.value))
        entry = find_key(entry.value, place, cut(&rest, '.'));
    if (rest.len > 0)
        entry = (struct cc_hf_entry){.place = entry.place};
    entry.place.outer = place;
    entry.place.key = path;
    return entry;
}

struct cc_hf_entry cc_hf_find(const struct cc_hf_reader *r, const char *keys)
{
    struct cc_text rest = cc_text_of(keys);
    struct cc_hf_entry first = {0};
    while (rest.len > 0) {
        const struct cc_text path = cut(&rest, '|');
        struct cc_hf_entry entry = find_path(r->text, &r->text_place, path);
        if (!entry.given && r->top != r->text) {
            const struct cc_hf_entry above = find_path(r->top, &r->top_place, path);
            entry = above.given ? above : entry;
        }
        if (entry.given)
            return entry;
        first = first.place.yaml == NULL ? entry : first;
    }
    return first;
}

struct cc_hf_entry cc_hf_find_in(const struct cc_hf_entry *map, const char *key)
{
    return find_key(map->value, &map->place, cc_text_of(key));
}

bool cc_hf_fail_expected(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, const char *expected)
{
    if (!fy_node_is_scalar(entry->value))
        return cc_yaml_fail(&entry->place, r->error, "expected %s, got a %s", expected,
                            fy_node_is_sequence(entry->value) ? "list" : "map");
    const char *quote = cc_hf_is_quoted(entry->value) ? "\"" : "";
    return cc_yaml_fail(&entry->place, r->error, "expected %s, got %s%.*s%s", expected, quote,
                        CC_TEXT_ARG(cc_yaml_scalar(entry->value)), quote);
}

bool cc_hf_take_int(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, int64_t least, int64_t most,
                    int64_t *value)
{
    if (entry->value == NULL)
        return true;
    const struct cc_text text = cc_yaml_scalar(entry->value);
    int64_t number;
    if (cc_hf_is_quoted(entry->value) || cc_yaml_is_octal(text) || !cc_parse_int(text.s, text.len, &number) ||
        number < least || number > most) {
        char expected[64];
        snprintf(expected, sizeof expected, "an integer from %" PRId64 " to %" PRId64, least, most);
        return cc_hf_fail_expected(r, entry, expected);
    }
    *value = number;
    return true;
}

bool cc_hf_take_flag(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, bool *value)
{
    if (entry->value == NULL)
        return true;
    const struct cc_text text = cc_yaml_scalar(entry->value);
    const bool on = cc_text_is(text, "true");
    if (cc_hf_is_quoted(entry->value) || (!on && !cc_text_is(text, "false")))
        return cc_hf_fail_expected(r, entry, "true or false");
    *value = on;
    return true;
}

bool cc_hf_take_text(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, struct cc_text *value)
{
    if (entry->value == NULL)
        return true;
    if (!cc_hf_is_quoted(entry->value))
        return cc_hf_fail_expected(r, entry, "a string");
    if (cc_yaml_scalar(entry->value).len > 0)
        *value = cc_yaml_scalar(entry->value);
    return true;
}

bool cc_hf_read_int(const struct cc_hf_reader *r, const char *keys, int64_t least, int64_t most, int64_t *value)
{
    const struct cc_hf_entry entry = cc_hf_find(r, keys);
    return cc_hf_take_int(r, &entry, least, most, value);
}

bool cc_hf_read_flag(const struct cc_hf_reader *r, const char *keys, bool *value)
{
    const struct cc_hf_entry entry = cc_hf_find(r, keys);
    return cc_hf_take_flag(r, &entry, value);
}

bool cc_hf_read_text(const struct cc_hf_reader *r, const char *keys, struct cc_text *value)
{
    const struct cc_hf_entry entry = cc_hf_find(r, keys);
    return cc_hf_take_text(r, &entry, value);
}

bool cc_hf_need_size(const struct cc_hf_reader *r, const char *keys, int64_t most, int64_t *value)
{
    const struct cc_hf_entry entry = cc_hf_find(r, keys);
    *value = 0;
    if (!cc_hf_read_even_size(r, keys, 1, most, value))
        return false;
    return *value > 0 || cc_yaml_fail(&entry.place, r->error, "%s; model_type %s requires it",
                                      entry.given ? "is null" : "is missing", r->type->name);
}

bool cc_hf_read_even_size(const struct cc_hf_reader *r, const char *keys, int64_t least, int64_t most, int64_t *value)
{
    const struct cc_hf_entry entry = cc_hf_find(r, keys);
    struct cc_hf_entry item;
    void *iterator = NULL;
    int64_t all = -1;
    if (entry.value == NULL || !fy_node_is_sequence(entry.value) || fy_node_sequence_item_count(entry.value) < 2)
        return cc_hf_take_int(r, &entry, least, most, value);
    while (cc_hf_next(&entry, &iterator, &item)) {
        if (!cc_hf_take_int(r, &item, least, most, value))
            return false;
        if (all >= 0 && *value != all)
            return cc_yaml_fail(&item.place, r->error, "%" PRId64 " after %" PRId64 ": " CC_HF_LAYERS_DIFFER, *value,
                                all);
        all = *value;
    }
    return true;
}

bool cc_hf_check_list(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, const char *expected)
{
    return entry->value == NULL || fy_node_is_sequence(entry->value) || cc_hf_fail_expected(r, entry, expected);
}

bool cc_hf_next(const struct cc_hf_entry *list, void **iterator, struct cc_hf_entry *item)
{
    struct fy_node *node = list->value == NULL ? NULL : fy_node_sequence_iterate(list->value, iterator);
    if (node == NULL)
        return false;
    *item = (struct cc_hf_entry){
        .given = true, .value = cc_yaml_resolve(node), .place = cc_yaml_place_of(&list->place, NULL, node)};
    return true;
}

bool cc_hf_is_set(struct fy_node *value)
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
