/* hf_reader.h: values of a config.json.
 *
 * Keys are written as in hf_types.h, "n_embed|hidden_size" and "attn_config.kv_n_heads". Each reading function leaves
 * `*value` unchanged where the key is null or absent, and fails at the place of a value of the wrong type or range. */
#ifndef CC_INPUT_HF_READER_H
#define CC_INPUT_HF_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "input/hf_types.h"
#include "input/yaml.h"

/* A config.json while it is read. */
struct cc_hf_reader {
    struct fy_node *top,
        *text; /* its map, and that of its text part, which goes before; both are one in a model of text */
    struct cc_yaml_place top_place, text_place;
    const struct cc_hf_type *type;
    struct cc_arena *arena;
    struct cc_error *error;
};

/* A key of the file: whether it is there, and its value unless that is null. */
struct cc_hf_entry {
    bool given;
    struct fy_node *value;
    struct cc_yaml_place place;
};

/* Far above any size of a model; products of two still fit an int64_t. */
enum { CC_HF_SIZE_MAX = INT32_MAX };

/* A reader of all of a map; the caller keeps `yaml`. */
struct cc_hf_reader cc_hf_reader_of(const struct cc_yaml *yaml, struct cc_error *error);

struct cc_hf_entry cc_hf_find(const struct cc_hf_reader *r, const char *keys);

/* A key of a map inside the file. */
struct cc_hf_entry cc_hf_find_in(const struct cc_hf_entry *map, const char *key);

/* "expected an integer, got a list" */
bool cc_hf_fail_expected(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, const char *expected);

bool cc_hf_read_int(const struct cc_hf_reader *r, const char *keys, int64_t least, int64_t most,
                    int64_t *value) CC_MUST_CHECK;
bool cc_hf_read_flag(const struct cc_hf_reader *r, const char *keys, bool *value) CC_MUST_CHECK;
bool cc_hf_read_text(const struct cc_hf_reader *r, const char *keys, struct cc_text *value) CC_MUST_CHECK;

/* The same of an entry. */
bool cc_hf_take_int(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, int64_t least, int64_t most,
                    int64_t *value) CC_MUST_CHECK;
bool cc_hf_take_flag(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, bool *value) CC_MUST_CHECK;
bool cc_hf_take_text(const struct cc_hf_reader *r, const struct cc_hf_entry *entry,
                     struct cc_text *value) CC_MUST_CHECK;

/* A required size, from 1 to `most`. */
bool cc_hf_need_size(const struct cc_hf_reader *r, const char *keys, int64_t most, int64_t *value) CC_MUST_CHECK;

/* A size, also as a list with an item for each layer, all equal. */
bool cc_hf_read_even_size(const struct cc_hf_reader *r, const char *keys, int64_t least, int64_t most,
                          int64_t *value) CC_MUST_CHECK;

/* Fails where a value that is not null is not a list. */
bool cc_hf_check_list(const struct cc_hf_reader *r, const struct cc_hf_entry *entry,
                      const char *expected) CC_MUST_CHECK;

/* The next item of a list as an entry; false after the last. `*iterator` starts as NULL. */
bool cc_hf_next(const struct cc_hf_entry *list, void **iterator, struct cc_hf_entry *item);

/* Whether a value says something: not null, false, 0, or empty. */
bool cc_hf_is_set(struct fy_node *value);

/* Whether it is a text in quotes, which JSON texts are and numbers are not. */
bool cc_hf_is_quoted(struct fy_node *node);

#endif
