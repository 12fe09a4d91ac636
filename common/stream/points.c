#include "stream/points.h"

#include <stdio.h>

static bool check_column(struct cc_points *points, const struct cc_item *column, bool first, struct cc_text name,
                         struct cc_error *error)
{
    if (column->type != CC_ITEM_ARRAY)
        return cc_fail(error, CC_BAD_DATA, "points.%.*s: expected an array, got %s", CC_TEXT_ARG(name),
                       cc_item_type_name(column));
    if (first)
        points->rows = column->count;
    if (column->count != points->rows)
        return cc_fail(error, CC_BAD_DATA, "points.%.*s has %u rows where the columns before it have %zu",
                       CC_TEXT_ARG(name), column->count, points->rows);
    if (column->as.extent != (size_t)column->count + 1)
        return cc_fail(error, CC_BAD_DATA, "points.%.*s: a row is a map or an array, expected numbers or text",
                       CC_TEXT_ARG(name));
    return true;
}

static bool check_distinct(const struct cc_points *points, const struct cc_item *last, struct cc_text name,
                           struct cc_error *error)
{
    for (const struct cc_item *at = points->map + 1; at < last; at = cc_item_next(at + 1))
        if (cc_text_equal(cc_item_text(points->tape, at), name))
            return cc_fail(error, CC_BAD_DATA, "points.%.*s: duplicate column", CC_TEXT_ARG(name));
    return true;
}

bool cc_points_open(const struct cc_record *record, struct cc_points *points, struct cc_error *error)
{
    const struct cc_entry *columns = cc_record_find(record, "points");
    const struct cc_entry *row = cc_record_find(record, "point");
    *points = (struct cc_points){.tape = record->tape};
    if (columns == NULL && row == NULL)
        return true;
    if (columns != NULL && row != NULL)
        return cc_fail(error, CC_BAD_DATA, "has both points and point: expected one of them");
    points->flat = columns == NULL;
    points->entry = points->flat ? row : columns;
    points->map = points->entry->value;
    points->rows = points->flat ? 1 : 0;
    if (points->map->type != CC_ITEM_MAP)
        return cc_fail(error, CC_BAD_DATA, "%s: expected a map, got %s", points->flat ? "point" : "points",
                       cc_item_type_name(points->map));
    const struct cc_item *at = points->map + 1;
    for (uint32_t i = 0; !points->flat && i < points->map->count; i++) {
        const struct cc_item *column = at + 1;
        const struct cc_text name = cc_item_text(points->tape, at);
        if (!check_column(points, column, i == 0, name, error) || !check_distinct(points, at, name, error))
            return false;
        at = cc_item_next(column);
    }
    return true;
}

const struct cc_item *cc_points_column(const struct cc_points *points, struct cc_text name)
{
    const struct cc_item *column = cc_item_find(points->tape, points->map, name);
    if (column == NULL || points->flat)
        return column;
    return column + 1;
}

/* The fault of a row's value: "points.batch[17]: 0 is not greater than 0". */
static bool fail_row(const struct cc_points *points, const char *name, size_t row, const char *why,
                     struct cc_error *error)
{
    cc_fail(error, CC_BAD_DATA, "%s", why);
    if (points->flat)
        return cc_fail_at(error, "point.%s: ", name);
    return cc_fail_at(error, "points.%s[%zu]: ", name, row);
}

static inline bool is_number(const struct cc_item *item, bool whole)
{
    return item->type == CC_ITEM_INT || item->type == CC_ITEM_UINT ||
           (item->type == CC_ITEM_REAL && (!whole || item->as.real == floor(item->as.real)));
}

/* The fault of a row's value that is not a number of the column's type and range. */
static bool fail_number(const struct cc_points *points, const char *name, size_t row, const struct cc_item *item,
                        bool whole, enum cc_range range, struct cc_error *error)
{
    char why[128];
    if (!is_number(item, whole))
        snprintf(why, sizeof why, "expected %s, got %s", whole ? "an integer" : "a number", cc_item_type_name(item));
    else
        snprintf(why, sizeof why, "%.15g is not %s", cc_item_number(item), cc_range_text(range));
    return fail_row(points, name, row, why, error);
}

bool cc_points_numbers(const struct cc_points *points, const char *name, enum cc_range range, double *values,
                       struct cc_error *error)
{
    const struct cc_item *item = cc_points_column(points, cc_text_of(name));
    const struct cc_field *field = cc_fields_find(&cc_point_columns, cc_text_of(name), 0);
    const bool whole = field != NULL && field->type == CC_TYPE_INT;
    const struct cc_interval interval = cc_intervals[range];
    if (item == NULL)
        return cc_fail(error, CC_BAD_DATA, "%s.%s is missing", points->flat ? "point" : "points", name);
    for (size_t row = 0; row < points->rows; row++, item++) {
        const double value = cc_item_number(item);
        if (!is_number(item, whole) || !(value >= interval.low && value <= interval.high))
            return fail_number(points, name, row, item, whole, range, error);
        values[row] = value;
    }
    return true;
}

enum { NUMBERS_AT_ONCE = 64 };

/* The failure of a value that cannot be written, with its place: "points.batch[17] is computed as nan, ..." */
static bool fail_at_row(const struct cc_field *field, const char *row, const struct cc_rows *rows, bool flat,
                        struct cc_error *error)
{
    const struct cc_place entry = {NULL, flat ? "point" : "points"};
    char name[CC_PLACE_TEXT];
    if (flat)
        snprintf(name, sizeof name, "%s", field->name);
    else
        snprintf(name, sizeof name, "%s[%zu]", field->name, (size_t)(row - (const char *)rows->first) / rows->stride);
    const struct cc_place place = {&entry, name};
    return cc_check_field(field, row, &place, error);
}

/* A column to write. */
struct column {
    const struct cc_field *field; /* NULL: none */
    size_t offset;                /* of its table's struct in a row */
};

static struct column column_of(const struct cc_rows *rows, size_t table, const struct cc_field *field)
{
    return (struct column){field, rows->offsets == NULL ? 0 : rows->offsets[table]};
}

/* A column of doubles, many at a time. */
static bool pack_reals(struct cc_writer *writer, struct column column, const struct cc_rows *rows, bool flat,
                       struct cc_error *error)
{
    const struct cc_field *field = column.field;
    const struct cc_interval interval = cc_intervals[field->range];
    const char *row = (const char *)rows->first + column.offset;
    char bytes[NUMBERS_AT_ONCE * CC_NUMBER_SIZE];
    for (size_t done = 0; done < rows->count;) {
        char *at = bytes;
        for (size_t i = 0; i < NUMBERS_AT_ONCE && done < rows->count; i++, done++, row += rows->stride) {
            const double value = *(const double *)cc_field_in(field, row);
            if (!(value >= interval.low && value <= interval.high))
                return fail_at_row(field, row, rows, flat, error);
            at = cc_encode_real(at, value);
        }
        cc_pack_raw(writer, (struct cc_text){bytes, (size_t)(at - bytes)});
    }
    return true;
}

/* Whether an integer is in range, the check of almost every one; cc_check_field says what is wrong with another. */
static inline bool is_plain(int64_t whole, struct cc_interval interval)
{
    const double value = (double)whole;
    return value >= interval.low && value <= interval.high && value >= -0x1p53 && value <= 0x1p53;
}

/* A column of integers, likewise. */
static bool pack_integers(struct cc_writer *writer, struct column column, const struct cc_rows *rows, bool flat,
                          struct cc_error *error)
{
    const struct cc_field *field = column.field;
    const struct cc_interval interval = cc_intervals[field->range];
    char bytes[NUMBERS_AT_ONCE * CC_NUMBER_SIZE];
    const char *row = (const char *)rows->first + column.offset;
    for (size_t done = 0; done < rows->count;) {
        char *at = bytes;
        for (size_t i = 0; i < NUMBERS_AT_ONCE && done < rows->count; i++, done++, row += rows->stride) {
            const int64_t whole = *(const int64_t *)cc_field_in(field, row);
            if (!is_plain(whole, interval) && !cc_check_field(field, row, NULL, error))
                return fail_at_row(field, row, rows, flat, error);
            at = cc_encode_int(at, whole);
        }
        cc_pack_raw(writer, (struct cc_text){bytes, (size_t)(at - bytes)});
    }
    return true;
}

static bool pack_column(struct cc_writer *writer, struct column column, const struct cc_rows *rows, bool flat,
                        struct cc_error *error)
{
    const struct cc_field *field = column.field;
    msgpack_packer *packer = cc_writer_packer(writer);
    const char *row = (const char *)rows->first + column.offset;
    cc_pack_key(packer, field->name);
    if (!flat)
        msgpack_pack_array(packer, rows->count);
    if (field->type == CC_TYPE_REAL)
        return pack_reals(writer, column, rows, flat, error);
    if (field->type == CC_TYPE_INT)
        return pack_integers(writer, column, rows, flat, error);
    for (size_t i = 0; i < rows->count; i++, row += rows->stride)
        if (!cc_pack_field(packer, field, row, NULL, error))
            return fail_at_row(field, row, rows, flat, error);
    return true;
}

static bool pack_columns(struct cc_writer *writer, const struct cc_rows *rows, bool flat, struct cc_error *error)
{
    for (size_t t = 0; t < rows->table_count; t++)
        for (size_t i = 0; i < rows->tables[t]->count; i++)
            if (!pack_column(writer, column_of(rows, t, &rows->tables[t]->field[i]), rows, flat, error))
                return false;
    return true;
}

static size_t column_count(const struct cc_rows *rows)
{
    size_t count = 0;
    for (size_t t = 0; t < rows->table_count; t++)
        count += rows->tables[t]->count;
    return count;
}

size_t cc_points_rows_most(const struct cc_record *record, size_t columns)
{
    enum { VALUES_OF_ENTRIES = 256 }; /* of the entries that come with the points, more than they are */
    const size_t used = record->tape->count + VALUES_OF_ENTRIES + 2 * columns;
    const size_t most = used < CC_RECORD_VALUES_MAX ? (CC_RECORD_VALUES_MAX - used) / columns : 0;
    return most < CC_ROWS_MAX ? most : CC_ROWS_MAX;
}

bool cc_write_points(struct cc_writer *writer, const struct cc_rows *rows, struct cc_error *error)
{
    msgpack_packer *packer = cc_writer_packer(writer);
    cc_pack_key(packer, "points");
    msgpack_pack_map(packer, column_count(rows));
    return pack_columns(writer, rows, false, error);
}

static struct column find_column(const struct cc_rows *rows, struct cc_text name)
{
    for (size_t t = 0; t < rows->table_count; t++) {
        const struct cc_field *field = cc_fields_find(rows->tables[t], name, 0);
        if (field != NULL)
            return column_of(rows, t, field);
    }
    return (struct column){NULL, 0};
}

/* Number of the rows' columns that the points have already. */
static size_t count_replaced(const struct cc_points *points, const struct cc_rows *rows)
{
    const struct cc_item *at = points->map + 1;
    size_t replaced = 0;
    for (uint32_t i = 0; i < points->map->count; i++, at = cc_item_next(at + 1))
        replaced += find_column(rows, cc_item_text(points->tape, at)).field != NULL;
    return replaced;
}

/* The columns as they came, with those of the rows in the place of their namesakes, then the others of the rows. */
static bool pack_merged(struct cc_writer *writer, const struct cc_points *points, const struct cc_rows *rows,
                        struct cc_error *error)
{
    msgpack_packer *packer = cc_writer_packer(writer);
    const struct cc_item *at = points->map + 1;
    for (uint32_t i = 0; i < points->map->count; i++, at = cc_item_next(at + 1)) {
        const struct cc_text name = cc_item_text(points->tape, at);
        const struct column column = find_column(rows, name);
        if (column.field == NULL) {
            cc_pack_text(packer, name);
            cc_pack_item(packer, points->tape, at + 1);
        } else if (!pack_column(writer, column, rows, points->flat, error)) {
            return false;
        }
    }
    for (size_t t = 0; t < rows->table_count; t++)
        for (size_t i = 0; i < rows->tables[t]->count; i++) {
            const struct cc_field *field = &rows->tables[t]->field[i];
            if (cc_item_find(points->tape, points->map, cc_text_of(field->name)) == NULL &&
                !pack_column(writer, column_of(rows, t, field), rows, points->flat, error))
                return false;
        }
    return true;
}

/* Bytes of a map's header: what comes before its first key. */
static size_t map_header_size(struct cc_text bytes)
{
    const unsigned char first = (unsigned char)bytes.s[0];
    return first == 0xde ? 3 : first == 0xdf ? 5 : 1;
}

bool cc_write_points_extended(struct cc_writer *writer, const struct cc_points *points, const struct cc_rows *rows,
                              struct cc_error *error)
{
    msgpack_packer *packer = cc_writer_packer(writer);
    const size_t replaced = count_replaced(points, rows);
    const struct cc_text bytes = points->entry->bytes;
    const size_t added = column_count(rows) - replaced;
    if (points->map->count + added > CC_PAIRS_MAX)
        return cc_fail(error, CC_BAD_DATA, "%.*s would have %zu columns; the limit is %d",
                       CC_TEXT_ARG(points->entry->key), points->map->count + added, CC_PAIRS_MAX);
    if (points->tape->count + added * (rows->count + 2) > CC_RECORD_VALUES_MAX)
        return cc_fail(error, CC_BAD_DATA,
                       "would add %zu points of %zu columns; a record holds at most %d values in all", rows->count,
                       added, CC_RECORD_VALUES_MAX);
    const size_t header = map_header_size(bytes);
    cc_pack_text(packer, points->entry->key);
    msgpack_pack_map(packer, points->map->count + added);
    if (replaced > 0)
        return pack_merged(writer, points, rows, error);
    cc_pack_raw(writer, (struct cc_text){bytes.s + header, bytes.len - header});
    return pack_columns(writer, rows, points->flat, error);
}
