/* path.h: fields of a record by name, as options and CSV headers have them: server.cost_usd, point.batch, id. */
#ifndef CC_STREAM_PATH_H
#define CC_STREAM_PATH_H

#include "stream/points.h"

/* The value at a path of a record: one item for all rows, or the first of a column with an item for each row. */
struct cc_field_values {
    const struct cc_item *first; /* NULL when the record has no such field */
    bool column;
};

/* "point.x" leads into points and point alike. A path may lead to a map. */
struct cc_field_values cc_path_find(const struct cc_record *record, const struct cc_points *points,
                                    struct cc_text path);

/* The item of a row. */
static inline const struct cc_item *cc_field_value(const struct cc_field_values *values, size_t row)
{
    return values->column ? values->first + row : values->first;
}

/* Visits a field; false ends the walk. */
typedef bool cc_visit_field(void *context, struct cc_text path, struct cc_error *error);

/* Visits the paths of all fields in order, columns of points as point.* when `flat`. False when the visitor ended the walk or a path is
 * too long for a name. */
bool cc_path_each(const struct cc_record *record, bool flat, cc_visit_field *visit, void *context,
                  struct cc_error *error) CC_MUST_CHECK;

/* Splits "a,b,c" in place of the first; false at the end. *list moves on. */
bool cc_next_in_list(const char **list, struct cc_text *part);

#endif
