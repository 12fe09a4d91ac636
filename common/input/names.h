/* names.h: the kinds of input files, and how the name or path that a user gives is resolved. */
#ifndef CC_INPUT_NAMES_H
#define CC_INPUT_NAMES_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum cc_input_kind {
    CC_INPUT_HARDWARE,
    CC_INPUT_CONSTANTS,
    CC_INPUT_MODEL,
    CC_INPUT_SYSTEM,
    CC_INPUT_CARBON,
    CC_INPUT_KIND_COUNT,
};

/* "hardware", the name of its folder among the inputs; and "a hardware file (maps Chip, Package, Server)", for errors. */
const char *cc_input_kind_name(enum cc_input_kind kind);
const char *cc_input_kind_text(enum cc_input_kind kind);

/* The path for what is given: "-"; a file that exists; a folder with a config.json, for a model; or the name of an input that comes with the
 * programs, KIND/NAME.yaml in $CHIPLET_CLOUD_INPUTS or else in the folder of inputs beside the programs. It lives in the arena. NULL
 * and an error with the names that are known if there is none. */
const char *cc_input_find(struct cc_arena *arena, enum cc_input_kind kind, const char *given, struct cc_error *error);

/* The same for what a file at `path` names: a path is relative to the folder of that file. */
const char *cc_input_find_from(struct cc_arena *arena, enum cc_input_kind kind, const char *path, struct cc_text given,
                               struct cc_error *error);

/* Name of a file by its path: its name without folder and ending; for a config.json the name of its folder, in a cache of the hub
 * that of the repository. Empty when the path says nothing (standard input, a pipe). It lives in the arena; NULL when memory has run
 * out. */
const char *cc_input_stem(struct cc_arena *arena, const char *path);

#endif
