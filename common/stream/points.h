/* points.h: the operating points of a record, as columns or as one flat row. */
#ifndef CC_STREAM_POINTS_H
#define CC_STREAM_POINTS_H

#include "stream/reader.h"
#include "stream/writer.h"

/* `points`, a map of columns, or `point`, one row as a map of scalars. */
struct cc_points {
    const struct cc_tape *tape;
    const struct cc_item *map;
    const struct cc_entry *entry;
    size_t rows;
    bool flat; /* a `point` */
};

/* Finds the points of a record. `points->map` is NULL when it has none. False when they are malformed (a column that is not
 * an array, columns of different lengths). */
bool cc_points_open(const struct cc_record *record, struct cc_points *points, struct cc_error *error) CC_MUST_CHECK;

/* The first value of a column, and from it row after row the items that follow; NULL when there is no such column. */
const struct cc_item *cc_points_column(const struct cc_points *points, struct cc_text name);

/* Copies a column of numbers, `points->rows` of them. False when it is missing or not all numbers of the range. */
bool cc_points_numbers(const struct cc_points *points, const char *name, enum cc_range range, double *values,
                       struct cc_error *error) CC_MUST_CHECK;

/* Rows to write: an array of structs, `stride` bytes apart, of which some tables of fields are the columns. */
struct cc_rows {
    const void *first;
    size_t stride, count;
    const struct cc_fields *const *tables;
    size_t table_count;
    const size_t *offsets; /* of each table's struct in a row; NULL: a row is the struct of all of them */
};

/* Number of rows of that many columns that fit into a record made from `record`. */
size_t cc_points_rows_most(const struct cc_record *record, size_t columns);

/* A `points` entry of the rows alone, not more than those. */
bool cc_write_points(struct cc_writer *writer, const struct cc_rows *rows, struct cc_error *error) CC_MUST_CHECK;

/* The points (or point) entry as it came, with the rows' columns added, or put in place of columns of the same name. There
 * are as many rows as points. False when the record would have too many values. */
bool cc_write_points_extended(struct cc_writer *writer, const struct cc_points *points, const struct cc_rows *rows,
                              struct cc_error *error) CC_MUST_CHECK;

#endif
