/* alternatives.h: a map of an input file in which values may be lists, and the combinations it stands for.
 *
 * A list where one value is due holds alternatives; so does a list of maps, and {from, to, step} or {from, to, factor}.
 * All combinations are taken, in the order of the file, the last key varying fastest. None is stored: an index is taken
 * apart like a number whose digits have the bases of the keys.
 *
 *     area: [20, 40]                 0  20 0.1    3  40 0.1
 *     mac_ratio: [0.1, 0.2, 0.3]     1  20 0.2    4  40 0.2    4 = 1 * 3 + 1: digit 1 of base 2, digit 1 of base 3
 *                                    2  20 0.3    5  40 0.3
 *
 * A map with associated_explore: K
 * has the values of list K as its alternatives, one after the other; where another key holds a map that has the value of
 * K as a key, that entry is taken. Everything is checked when the file is read, whichever alternatives are used later. */
#ifndef CC_INPUT_ALTERNATIVES_H
#define CC_INPUT_ALTERNATIVES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/field.h"
#include "base/text.h"
#include "input/yaml.h"
#include "input/yaml_tree.h"

enum {
    CC_LIST_MAX = 100000,           /* entries of a list */
    CC_ALTERNATIVES_MAX = 10000000, /* combinations of a map */
};
#define CC_CANDIDATES_MAX UINT64_C(1000000000000) /* combinations of the maps of a hardware file, which are enumerated each by itself */

struct cc_alternatives;

/* The map `node` by its table of keys. It lives in the arena, with its texts: the document is no longer needed. NULL on an error. */
struct cc_alternatives *cc_alternatives_read(struct cc_arena *arena, const struct cc_yaml_place *place,
                                             struct fy_node *node, const struct cc_fields *fields,
                                             struct cc_error *error);

/* Number of combinations (1 for NULL). */
uint64_t cc_alternatives_count(const struct cc_alternatives *alternatives);

/* Combination `index` < count into the struct of `fields`. */
void cc_alternatives_take(const struct cc_alternatives *alternatives, const struct cc_fields *fields,
                          uint64_t index, void *object);

/* The alternatives of one key of a map that has no alternatives itself (a list of maps), or NULL if it is absent. */
struct cc_alternatives *cc_alternatives_of_key(struct cc_alternatives *map, const char *key);

/* Takes a key out of a map, so that it no longer takes part in the combinations; returns what it held, or NULL. */
struct cc_alternatives *cc_alternatives_remove(struct cc_alternatives *map, const char *key);

/* A list of integers, as if it had been read. NULL when memory has run out. */
struct cc_alternatives *cc_alternatives_of_ints(struct cc_arena *arena, const int64_t *values, size_t count);

/* The number that an alternative of a single integer key stands for; the integers, of a key that has several in a value. */
int64_t cc_alternatives_int(const struct cc_alternatives *alternatives, uint64_t index);
struct cc_ints cc_alternatives_ints(const struct cc_alternatives *alternatives, uint64_t index);

/* The text that an alternative of a text key stands for. */
struct cc_text cc_alternatives_text_at(const struct cc_alternatives *alternatives, uint64_t index);

/* The text of a single text key; empty for NULL. */
struct cc_text cc_alternatives_text(const struct cc_alternatives *alternatives);

/* Calls check(context, item) for each of the alternatives, a map or a value, and stops at the first false. */
typedef bool cc_alternatives_check(void *context, const struct cc_alternatives *item, struct cc_error *error);
bool cc_alternatives_each(const struct cc_alternatives *alternatives, cc_alternatives_check *check, void *context,
                          struct cc_error *error) CC_MUST_CHECK;

/* For such checks: whether a map has a key, and an error at the place of a value, with the whole path to it. */
bool cc_alternatives_has(const struct cc_alternatives *map, const char *key);
bool cc_alternatives_fail(const struct cc_alternatives *value, const struct cc_yaml *yaml, struct cc_error *error,
                          const char *format, ...) CC_PRINTF(4, 5);

/* The first value with more alternatives than one: a list or range that is not a list of maps. NULL when there is none. */
const struct cc_alternatives *cc_alternatives_first_list(const struct cc_alternatives *alternatives);

/* Every text `from` under `key`, in any alternative, becomes `to`, which must outlive it. */
void cc_alternatives_rename(struct cc_alternatives *alternatives, const char *key, const char *from, const char *to);

/* False, and an error, if a text under `key` is none of the `count` values. Looks into every alternative. */
bool cc_alternatives_only(const struct cc_alternatives *alternatives, const char *key, const char *const *values,
                          size_t count, const struct cc_yaml *yaml, struct cc_error *error) CC_MUST_CHECK;

#endif
