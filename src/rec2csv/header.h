/* header.h: the columns of a CSV table: field paths that were given, or those of the first record. */
#ifndef REC2CSV_HEADER_H
#define REC2CSV_HEADER_H

#include "base/arena.h"
#include "stream/derived.h"
#include "stream/known_fields.h"

struct header {
    struct cc_arena arena; /* holds the paths of a record */
    struct cc_text *path;
    struct cc_field_values *values; /* room for a value of each column */
    bool *found; /* whether a record has had it */
    size_t count, size;
    struct cc_derived derived; /* from the points of the record */
    bool given;    /* by --fields: other fields of a record are left out on purpose */
    bool complete; /* the columns are known */
    struct cc_known_fields others; /* of --fields: what records have; otherwise: fields that are no columns */
    uint64_t records_with_others;
};

/* `fields` may be NULL; otherwise it is kept. False when it is malformed or memory has run out. */
bool header_open(struct header *header, const char *fields, struct cc_error *error);
void header_close(struct header *header);

/* Takes every field of the record as a column, points as point.* when `flat`. */
bool header_take(struct header *header, const struct cc_record *record, bool flat, struct cc_error *error);

/* Finds the record's value of each column. False when memory has run out. */
bool header_find(struct header *header, const struct cc_record *record, const struct cc_points *points, bool flat,
                 struct cc_error *error) CC_MUST_CHECK;

/* Notes the fields of a record that are no columns, of columns that were not given. */
bool header_note_others(struct header *header, const struct cc_record *record, bool flat,
                        struct cc_error *error) CC_MUST_CHECK;

/* False, and an error, when a column that --fields names is in none of the records. */
bool header_check_found(const struct header *header, bool flat, struct cc_error *error) CC_MUST_CHECK;

/* The fields noted by header_note_others, separated by ", ": the first of them when there are many. */
void header_list_others(const struct header *header, char *text, size_t size);

#endif
