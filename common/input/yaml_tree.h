/* yaml_tree.h: the keys of a document, checked once it is read, and maps with what merge keys put into them. */
#ifndef CC_INPUT_YAML_TREE_H
#define CC_INPUT_YAML_TREE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "input/yaml.h"

/* Whether every key of every map is a text without control characters, given once; and every merge key (<<) has a map, or a list of
 * maps. Errors have line, column and the whole path. */
bool cc_yaml_check_tree(const struct cc_yaml *yaml, struct cc_error *error) CC_MUST_CHECK;

/* The entries of a map. It lives in the arena. */
struct cc_yaml_map {
    struct fy_node_pair **pair;
    size_t count;
};

/* The entries of the mapping `node`, in the order in which YAML 1.1 merges: first those of the maps under <<, the last of a list first, each
 * key in its first place with its last value; then the map's own. False, and an error, when merge keys go round in a circle. */
bool cc_yaml_map_read(struct cc_arena *arena, const struct cc_yaml_place *place, struct fy_node *node,
                      struct cc_yaml_map *map, struct cc_error *error) CC_MUST_CHECK;

/* The value under a key, with aliases resolved; NULL when the key is absent. */
struct fy_node *cc_yaml_map_find(const struct cc_yaml_map *map, struct cc_text key);

#endif
