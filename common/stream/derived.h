/* derived.h: columns of points that a record does not have but that follow from it (model/serving/service.h).
 *
 * Studies have millions of rows: such a column is worked out where a row becomes a design, and where it is asked for by name. A column
 * that the record has itself is not derived. */
#ifndef CC_STREAM_DERIVED_H
#define CC_STREAM_DERIVED_H

#include "model/serving/service.h"
#include "stream/path.h"

enum { CC_DERIVED_INPUTS = 9, CC_DERIVED_MAX = 8 };

/* Those of the current record. Zeroed it has none. */
struct cc_derived {
    const struct cc_points *points;
    struct cc_service_input same;                     /* what is the same for all rows */
    const struct cc_item *input[CC_DERIVED_INPUTS];   /* first values of the columns that they follow from; NULL: no such column */
    size_t count;                                     /* columns */
    const struct cc_field *field[CC_DERIVED_MAX];     /* of struct cc_service */
    struct cc_item *values[CC_DERIVED_MAX];           /* by row, of those that were asked for */
    size_t room[CC_DERIVED_MAX];
};

/* Begins with a record and its points, to which it refers from now on. */
void cc_derived_begin(struct cc_derived *derived, const struct cc_record *record, const struct cc_points *points);

/* The value at a path, as cc_path_find; a column that is not there but follows is worked out for all rows. False when memory has run
 * out. */
bool cc_derived_find(struct cc_derived *derived, const struct cc_record *record, struct cc_text path,
                     struct cc_field_values *found, struct cc_error *error) CC_MUST_CHECK;

/* The values of all columns in a row: numbers, and nil where one comes to none. */
void cc_derived_row(const struct cc_derived *derived, size_t row, struct cc_item values[CC_DERIVED_MAX]);

/* Packs a row of the points as a map, the columns that are derived behind the others: the value of a `point`. */
void cc_derived_pack_point(msgpack_packer *packer, const struct cc_derived *derived, size_t row);

void cc_derived_free(struct cc_derived *derived);

#endif
