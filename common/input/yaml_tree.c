#include "input/yaml_tree.h"

#include "input/yaml_bounds.h"

#define MERGE_KEY "<<"

static bool is_merge(struct fy_node_pair *pair)
{
    struct fy_node *key = fy_node_pair_key(pair);
    return cc_text_is(cc_yaml_scalar(key), MERGE_KEY) && fy_node_get_style(key) == FYNS_PLAIN;
}

static bool check_merge(const struct cc_yaml_place *at, struct fy_node *value, struct cc_error *error)
{
    void *iterator = NULL;
    struct fy_node *item;
    value = cc_yaml_resolve(value);
    bool good = value != NULL && (fy_node_is_mapping(value) || fy_node_is_sequence(value));
    while (good && fy_node_is_sequence(value) && (item = fy_node_sequence_iterate(value, &iterator)) != NULL) {
        item = cc_yaml_resolve(item);
        good = item != NULL && fy_node_is_mapping(item);
    }
    return good || cc_yaml_fail(at, error, "a merge key takes a map, or a list of maps");
}

/* A key that is a text of its own: libfyaml compares keys as they are written. */
static bool check_key(const struct cc_yaml_place *place, struct fy_node *map, struct fy_node_pair *pair,
                      struct cc_error *error)
{
    struct fy_node *key = fy_node_pair_key(pair);
    const struct cc_text text = cc_yaml_scalar(key);
    const struct cc_yaml_place at = cc_yaml_place_of(place, key, NULL);
    void *iterator = NULL;
    struct fy_node_pair *other;
    if (key != NULL && !fy_node_is_scalar(key))
        return cc_yaml_fail(place, error, "a key is an alias, a map or a list; expected text");
    if (!cc_text_is_plain(text))
        return cc_yaml_fail(&at, error, "a key has control characters, or is not UTF-8");
    while ((other = fy_node_mapping_iterate(map, &iterator)) != NULL && other != pair)
        if (cc_text_equal(text, cc_yaml_scalar(fy_node_pair_key(other))))
            return cc_yaml_fail(&at, error, "duplicate key %.*s", CC_TEXT_ARG(text));
    return !is_merge(pair) || check_merge(&at, fy_node_pair_value(pair), error);
}

static bool check_node(const struct cc_yaml_place *place, struct fy_node *node, int depth, struct cc_error *error)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    struct fy_node *item;
    if (node == NULL || depth > CC_YAML_DEPTH_MAX + 1)
        return true; /* what is nested deeper has been refused */
    while (fy_node_is_mapping(node) && (pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        struct fy_node *value = fy_node_pair_value(pair);
        if (!check_key(place, node, pair, error))
            return false;
        const struct cc_yaml_place at = cc_yaml_place_of(place, fy_node_pair_key(pair), value);
        if (!check_node(&at, value, depth + 1, error))
            return false;
    }
    while (fy_node_is_sequence(node) && (item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        const struct cc_yaml_place at = cc_yaml_place_of(place, NULL, item);
        if (!check_node(&at, item, depth + 1, error))
            return false;
    }
    return true;
}

bool cc_yaml_check_tree(const struct cc_yaml *yaml, struct cc_error *error)
{
    const struct cc_yaml_place root = {.yaml = yaml};
    return check_node(&root, yaml->root, 0, error);
}

/* State of a merge; `work` bounds the effort that aliases can cause. */
struct merging {
    struct cc_yaml_map *map;
    size_t size, work;
    bool counting; /* only how much there is at most */
    const struct cc_yaml_place *place;
    struct cc_error *error;
};

enum { MERGES_DEPTH_MAX = 16, MERGES_WORK_MAX = 4 * CC_YAML_KEYS_MAX };

static void put_pair(struct merging *m, struct fy_node_pair *pair)
{
    const struct cc_text key = cc_yaml_scalar(fy_node_pair_key(pair));
    size_t i = 0;
    if (m->counting) {
        m->size++;
        return;
    }
    while (i < m->map->count && !cc_text_equal(key, cc_yaml_scalar(fy_node_pair_key(m->map->pair[i]))))
        i++;
    m->map->pair[i] = pair;
    m->map->count += i == m->map->count;
}

static bool merge_map(struct merging *m, struct fy_node *node, int depth);

static bool merge_value(struct merging *m, struct fy_node *value, int depth)
{
    value = cc_yaml_resolve(value);
    if (!fy_node_is_sequence(value))
        return merge_map(m, value, depth);
    for (int i = fy_node_sequence_item_count(value); i-- > 0;)
        if (!merge_map(m, cc_yaml_resolve(fy_node_sequence_get_by_index(value, i)), depth))
            return false;
    return true;
}

static bool merge_map(struct merging *m, struct fy_node *node, int depth)
{
    void *iterator = NULL;
    struct fy_node_pair *pair;
    if (depth > MERGES_DEPTH_MAX)
        return cc_yaml_fail(m->place, m->error, "merge keys more than %d deep, aliases included", MERGES_DEPTH_MAX);
    m->work++;
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL)
        if (is_merge(pair) && !merge_value(m, fy_node_pair_value(pair), depth + 1))
            return false;
    iterator = NULL;
    while ((pair = fy_node_mapping_iterate(node, &iterator)) != NULL) {
        if (++m->work > MERGES_WORK_MAX)
            return cc_yaml_fail(m->place, m->error, "merge keys put in more than %d entries", MERGES_WORK_MAX);
        if (!is_merge(pair))
            put_pair(m, pair);
    }
    return true;
}

bool cc_yaml_map_read(struct cc_arena *arena, const struct cc_yaml_place *place, struct fy_node *node,
                      struct cc_yaml_map *map, struct cc_error *error)
{
    struct merging m = {.map = map, .counting = true, .place = place, .error = error};
    *map = (struct cc_yaml_map){0};
    if (!merge_map(&m, node, 0))
        return false;
    map->pair = cc_arena_take(arena, (m.size + 1) * sizeof *map->pair);
    if (map->pair == NULL)
        return cc_fail_memory(error);
    m.counting = false;
    m.work = 0;
    return merge_map(&m, node, 0);
}

struct fy_node *cc_yaml_map_find(const struct cc_yaml_map *map, struct cc_text key)
{
    for (size_t i = 0; i < map->count; i++)
        if (cc_text_equal(key, cc_yaml_scalar(fy_node_pair_key(map->pair[i]))))
            return cc_yaml_resolve(fy_node_pair_value(map->pair[i]));
    return NULL;
}
