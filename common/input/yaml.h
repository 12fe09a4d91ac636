/* yaml.h: a YAML (or JSON) file, read by libfyaml, and errors that point into it. */
#ifndef CC_INPUT_YAML_H
#define CC_INPUT_YAML_H

#include <libfyaml.h>

#include "base/error.h"
#include "base/text.h"
#include "input/names.h"

struct cc_yaml {
    const char *path;
    enum cc_input_kind kind; /* what the file is expected to be */
    struct fy_document *document;
    struct fy_node *root;
};

/* Where a value stands in the file (1-based; 0: not known), and under which keys. */
struct cc_yaml_place {
    const struct cc_yaml *yaml;
    const struct cc_yaml_place *outer;
    struct cc_text key; /* empty at the root */
    int line, column;
};

/* Reads the file, or standard input for "-". The path is kept. False when it cannot be read, is not YAML, has more than one document, or
 * has keys that are no names (yaml_tree.h). */
bool cc_yaml_open(struct cc_yaml *yaml, const char *path, enum cc_input_kind kind,
                  struct cc_error *error) CC_MUST_CHECK;
void cc_yaml_close(struct cc_yaml *yaml);

/* The node, or what it is an alias of. */
struct fy_node *cc_yaml_resolve(struct fy_node *node);

/* Text of a scalar, "" for other nodes. It belongs to the document. */
struct cc_text cc_yaml_scalar(struct fy_node *node);

/* Whether the node is null, written as such: null or ~. */
bool cc_yaml_is_null(struct fy_node *node);

/* The place of `node` under `key` in `outer`; containers stand where their key does. */
struct cc_yaml_place cc_yaml_place_of(const struct cc_yaml_place *outer, struct fy_node *key, struct fy_node *node);

/* For errors: how the scalar would have to be written to be a number, or "". */
const char *cc_yaml_number_hint(struct cc_text text);

/* True for 010, which some read as 8 and others as 10. */
bool cc_yaml_is_octal(struct cc_text text);

/* "hw.yaml:14:9: Chip.mac_ratio: " and the message. Returns false. */
bool cc_yaml_fail(const struct cc_yaml_place *place, struct cc_error *error, const char *format, ...)
    CC_PRINTF(3, 4);

#endif
