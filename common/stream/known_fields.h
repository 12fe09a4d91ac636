/* known_fields.h: the names of the fields that records have, to say which one a name that none has was meant for. */
#ifndef CC_STREAM_KNOWN_FIELDS_H
#define CC_STREAM_KNOWN_FIELDS_H

#include "base/arena.h"
#include "stream/path.h"

enum { CC_KNOWN_SCHEMAS = 8 };

/* Zeroed it is empty. */
struct cc_known_fields {
    struct cc_arena arena;
    const char **name;
    size_t count, size;
    struct cc_text schema[CC_KNOWN_SCHEMAS]; /* of the records noted */
    size_t schemas;
};

/* Adds a name, once; of a few thousand that are there it adds no more. False when memory has run out. */
bool cc_known_fields_add(struct cc_known_fields *known, struct cc_text path, struct cc_error *error) CC_MUST_CHECK;

/* Notes the fields of a record, the first of each schema; without memory for them it notes fewer. */
void cc_known_fields_note(struct cc_known_fields *known, const struct cc_record *record, bool flat);

/* The field that was most likely meant, or NULL: one that `wanted` is the end of, or is near to, whole or in its last part. */
const char *cc_known_fields_nearest(const struct cc_known_fields *known, struct cc_text wanted);

void cc_known_fields_free(struct cc_known_fields *known);

/* "no record has the field chip.aera_mm2, which --fields names; did you mean chip.area_mm2?" Returns false. */
bool cc_known_fields_fail(const struct cc_known_fields *known, struct cc_text wanted, const char *option,
                          struct cc_error *error);

#endif
