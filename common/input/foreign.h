/* foreign.h: keys and files that users have but that these programs do not read: those of older versions and other branches of the published
 * program, and of features that are not modelled. */
#ifndef CC_INPUT_FOREIGN_H
#define CC_INPUT_FOREIGN_H

#include "base/error.h"
#include "base/field.h"
#include "base/text.h"
#include "input/yaml.h"

/* Why a key is refused in a map of `fields`, and what to do instead; NULL for an unknown key. */
const char *cc_foreign_reason(const struct cc_fields *fields, struct cc_text key);

/* Whether a file has this key at its top. */
bool cc_foreign_has(const struct cc_yaml *yaml, const char *key);

/* Whether the root of a file is of the expected kind, judged by its keys. False, and an error that says what kind of
 * file it is instead and what was expected. */
bool cc_foreign_check(const struct cc_yaml *yaml, const struct cc_fields *fields, struct cc_error *error) CC_MUST_CHECK;

#endif
