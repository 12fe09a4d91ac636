#include "stream/design.h"

#include <stdlib.h>

#include "stream/load.h"

struct cc_frame {
    uint32_t columns;
    msgpack_sbuffer bytes;
    size_t *key_end; /* in the bytes, of each column's key; the first key begins at `keys` */
    size_t keys, after;
};

void cc_frame_free(struct cc_frame *frame)
{
    if (frame == NULL)
        return;
    msgpack_sbuffer_destroy(&frame->bytes);
    free(frame->key_end);
    free(frame);
}

static bool has_rows(const struct cc_points *points)
{
    return points->map != NULL && !points->flat;
}

/* Whether its design is the record itself. */
static bool is_design(const struct cc_points *points, const struct cc_derived *derived)
{
    return !has_rows(points) && derived->count == 0;
}

/* Appends bytes; false when memory has run out. */
static bool append(struct cc_frame *frame, struct cc_text bytes)
{
    return bytes.len == 0 || msgpack_sbuffer_write(&frame->bytes, bytes.s, bytes.len) == 0;
}

static bool append_text(struct cc_frame *frame, struct cc_text text)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, &frame->bytes, msgpack_sbuffer_write);
    return msgpack_pack_str_with_body(&packer, text.s, text.len) == 0;
}

static bool append_map(struct cc_frame *frame, size_t pairs)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, &frame->bytes, msgpack_sbuffer_write);
    return msgpack_pack_map(&packer, pairs) == 0;
}

static bool append_entries(struct cc_frame *frame, const struct cc_entry *entry, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!append_text(frame, entry[i].key) || !append(frame, entry[i].bytes))
            return false;
    return true;
}

static bool append_keys(struct cc_frame *frame, const struct cc_points *points, const struct cc_derived *derived)
{
    const struct cc_item *at = points->map + 1;
    frame->keys = frame->bytes.size;
    for (uint32_t i = 0; i < frame->columns; i++) {
        const bool derives = i >= points->map->count;
        if (!append_text(frame, derives ? cc_text_of(derived->field[i - points->map->count]->name)
                                        : cc_item_text(points->tape, at)))
            return false;
        frame->key_end[i] = frame->bytes.size;
        at = derives ? at : cc_item_next(at + 1);
    }
    frame->after = frame->bytes.size;
    return true;
}

static bool fill(struct cc_frame *frame, const struct cc_record *record, const struct cc_points *points,
                 const struct cc_derived *derived)
{
    if (is_design(points, derived)) {
        frame->keys = frame->after = record->bytes.len;
        return append(frame, record->bytes);
    }
    const bool evaluation = record->kind == CC_KIND_EVALUATION;
    const size_t place = (size_t)(points->entry - record->entry);
    frame->columns = points->map->count + (uint32_t)derived->count;
    frame->key_end = malloc((frame->columns + 1) * sizeof *frame->key_end);
    return frame->key_end != NULL && append_map(frame, record->count) && append_text(frame, record->entry[0].key) &&
           append_text(frame, evaluation ? cc_text_of(cc_kind_schema(CC_KIND_DESIGN)) : record->schema) &&
           append_entries(frame, record->entry + 1, place - 1) && append_text(frame, cc_text_of("point")) &&
           append_map(frame, frame->columns) && append_keys(frame, points, derived) &&
           append_entries(frame, record->entry + place + 1, record->count - place - 1);
}

struct cc_frame *cc_frame_new(const struct cc_record *record, const struct cc_points *points,
                              const struct cc_derived *derived)
{
    struct cc_frame *frame = calloc(1, sizeof *frame);
    if (frame == NULL)
        return NULL;
    if (!fill(frame, record, points, derived)) {
        cc_frame_free(frame);
        return NULL;
    }
    return frame;
}

void cc_pack_row(msgpack_packer *packer, const struct cc_points *points, const struct cc_derived *derived, size_t row)
{
    if (is_design(points, derived))
        return;
    const struct cc_item *at = points->map + 1;
    for (uint32_t i = 0; i < points->map->count; i++, at = cc_item_next(at + 1))
        cc_pack_item(packer, points->tape, at + 1 + (points->flat ? 0 : 1 + row));
    struct cc_item values[CC_DERIVED_MAX];
    cc_derived_row(derived, row, values);
    for (size_t i = 0; i < derived->count; i++)
        cc_pack_item(packer, points->tape, &values[i]);
}

/* The columns of the frame, each with its value from the row. */
static void write_columns(struct cc_writer *writer, const struct cc_frame *frame, struct cc_text row)
{
    size_t key = frame->keys;
    const char *value = row.s;
    for (uint32_t i = 0; i < frame->columns; i++) {
        const size_t size = cc_load_value_size((cc_byte *)value);
        cc_pack_raw(writer, (struct cc_text){frame->bytes.data + key, frame->key_end[i] - key});
        cc_pack_raw(writer, (struct cc_text){value, size});
        key = frame->key_end[i];
        value += size;
    }
}

bool cc_write_design(struct cc_writer *writer, const struct cc_frame *frame, struct cc_text row, struct cc_error *error)
{
    cc_writer_begin_raw(writer);
    cc_pack_raw(writer, (struct cc_text){frame->bytes.data, frame->keys});
    write_columns(writer, frame, row);
    cc_pack_raw(writer, (struct cc_text){frame->bytes.data + frame->after, frame->bytes.size - frame->after});
    return cc_writer_end(writer, error);
}

bool cc_points_check_designs(const struct cc_record *record, const struct cc_points *points, struct cc_error *error)
{
    if (!has_rows(points))
        return true;
    size_t shared = record->bytes.len - points->entry->bytes.len;
    const struct cc_item *at = points->map + 1;
    for (uint32_t i = 0; i < points->map->count; i++, at = cc_item_next(at + 1))
        shared += at->count;
    if (points->rows <= CC_EXPANSION_BYTES_MAX / shared)
        return true;
    return cc_fail(error, CC_BAD_DATA, "has %zu points, each with %zu bytes of the record: more than %d MiB of designs",
                   points->rows, shared, CC_EXPANSION_BYTES_MAX >> 20);
}
