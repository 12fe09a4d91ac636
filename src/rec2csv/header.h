/* header.h: the columns of a CSV table: field paths that were given, or those of the first record. */
#ifndef REC2CSV_HEADER_H
#define REC2CSV_HEADER_H

#include "base/arena.h"
#include "stream/path.h"

struct header {
    struct cc_arena arena; /* holds the paths of a record */
    struct cc_text *path;
    struct cc_field_values *values; /* room for a value of each column */
    size_t count, size;
    bool given;    /* by --fields: other fields of a record are left out on purpose */
    bool complete; /* the columns are known */
};

/* `fields` may be NULL; otherwise it is kept. False when it is malformed or memory has run out. */
bool header_open(struct header *header, const char *fields, struct cc_error *error);
void header_close(struct header *header);

/* Takes every field of the record as a column, points as point.* when `flat`. */
bool header_take(struct header *header, const struct cc_record *record, bool flat, struct cc_error *error);

/* False, and an error, when the record has a field that is no column: nothing is dropped silently. */
bool header_covers(const struct header *header, const struct cc_record *record, bool flat, struct cc_error *error);

#endif
