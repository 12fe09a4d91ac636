/* yaml_bounds.h: how large an input file may be, checked before libfyaml makes a document of it. libfyaml compares every key of a
 * map with every other, every anchor and tag directive with those before it, and keeps what stands in brackets in memory until
 * they close: without these bounds a file of 2 MiB takes minutes, or half a GiB. A config.json that lists every matrix that is
 * not quantized has several MiB. chiplet-cloud-inputs(5) lists them. */
#ifndef CC_INPUT_YAML_BOUNDS_H
#define CC_INPUT_YAML_BOUNDS_H

#include <libfyaml.h>
#include <stddef.h>

#include "base/error.h"

enum {
    CC_YAML_BYTES_MAX = 8 << 20,
    CC_YAML_VALUES_MAX = 110000, /* lines; keys and values; characters that separate them: enough for a list of CC_LIST_MAX */
    CC_YAML_ANCHORS_MAX = 1000, /* and tags */
    CC_YAML_DEPTH_MAX = 32,
    CC_YAML_KEYS_MAX = 1000, /* of one map */
};

/* Whether the bytes look like YAML at all, and not like a file of another format, which is named together with what was expected. */
bool cc_yaml_check_format(const char *path, const char *text, size_t len, const char *expected,
                          struct cc_error *error) CC_MUST_CHECK;

/* Whether the text is UTF-8, without a directive but %YAML (libfyaml does not come back from one that is not UTF-8), and within
 * the bounds as far as characters tell. */
bool cc_yaml_check_text(const char *path, const char *text, size_t len, struct cc_error *error) CC_MUST_CHECK;

/* Where a file's events have led to. Starts as zeros. */
struct cc_yaml_nesting {
    int values, depth;
    int parts[CC_YAML_DEPTH_MAX + 1]; /* of each open container: keys and values, or items */
    bool map[CC_YAML_DEPTH_MAX + 1];
};

/* Whether the file is still within the bounds after this event. */
bool cc_yaml_check_event(struct cc_yaml_nesting *nesting, const struct fy_event *event, const char *path,
                         struct cc_error *error) CC_MUST_CHECK;

#endif
