#include "stream/writer.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>

#include "stream/retry.h"

enum { FLUSH_SIZE = 256 * 1024 };

struct cc_writer {
    int fd;
    const char *name;
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    size_t mark; /* where the current record begins */
    bool stream;
    struct cc_error failure; /* of the current record, until it ends */
    uint64_t records;
};

/* msgpack-c ignores what its packing functions return when they are called for their effect: remember a failure here.
 */
static int append(void *data, const char *bytes, size_t len)
{
    struct cc_writer *writer = data;
    if (writer->failure.kind != CC_OK || len == 0)
        return 0;
    if (writer->stream && writer->buffer.size >= FLUSH_SIZE) {
        writer->mark = 0;
        if (!cc_writer_flush(writer, &writer->failure))
            return 0;
    }
    if (!writer->stream && writer->buffer.size - writer->mark + len > CC_RECORD_BYTES_MAX)
        cc_fail(&writer->failure, CC_BAD_DATA, "the record would be larger than %d MiB", CC_RECORD_BYTES_MAX >> 20);
    else if (msgpack_sbuffer_write(&writer->buffer, bytes, len) != 0)
        cc_fail_memory(&writer->failure);
    return 0;
}

struct cc_writer *cc_writer_new(int fd, const char *name)
{
    struct cc_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->fd = fd;
    writer->name = name;
    msgpack_sbuffer_init(&writer->buffer);
    msgpack_packer_init(&writer->packer, writer, append);
    return writer;
}

void cc_writer_free(struct cc_writer *writer)
{
    if (writer == NULL)
        return;
    msgpack_sbuffer_destroy(&writer->buffer);
    free(writer);
}

msgpack_packer *cc_writer_packer(struct cc_writer *writer)
{
    return &writer->packer;
}

uint64_t cc_writer_records(const struct cc_writer *writer)
{
    return writer->records;
}

bool cc_writer_flush(struct cc_writer *writer, struct cc_error *error)
{
    const char *at = writer->buffer.data;
    size_t left = writer->buffer.size;
    if (writer->failure.kind != CC_OK) { /* of a line without an end */
        *error = writer->failure;
        return false;
    }
    while (left > 0) {
        const ssize_t wrote = cc_write_retry(writer->fd, at, left);
        if (wrote < 0) {
            msgpack_sbuffer_clear(&writer->buffer);
            return cc_fail(error, CC_IO, "%s: %s", writer->name, strerror(errno));
        }
        at += wrote;
        left -= (size_t)wrote;
    }
    msgpack_sbuffer_clear(&writer->buffer);
    return true;
}

void cc_writer_stream(struct cc_writer *writer)
{
    writer->stream = true;
}

void cc_writer_begin_raw(struct cc_writer *writer)
{
    writer->mark = writer->buffer.size;
}

void cc_writer_begin(struct cc_writer *writer, struct cc_text schema, size_t entries)
{
    cc_writer_begin_raw(writer);
    msgpack_pack_map(&writer->packer, entries);
    cc_pack_key(&writer->packer, "schema");
    cc_pack_text(&writer->packer, schema);
}

void cc_writer_take_back(struct cc_writer *writer)
{
    writer->failure.kind = CC_OK;
    writer->buffer.size = writer->mark;
}

bool cc_writer_end(struct cc_writer *writer, struct cc_error *error)
{
    if (writer->failure.kind != CC_OK) {
        *error = writer->failure;
        cc_writer_take_back(writer);
        return false;
    }
    writer->records++;
    return writer->buffer.size < FLUSH_SIZE || cc_writer_flush(writer, error);
}

bool cc_write_bytes(struct cc_writer *writer, struct cc_text record, struct cc_error *error)
{
    cc_writer_begin_raw(writer);
    append(writer, record.s, record.len);
    return cc_writer_end(writer, error);
}

void cc_pack_text(msgpack_packer *packer, struct cc_text text)
{
    msgpack_pack_str_with_body(packer, text.s, text.len);
}

void cc_pack_key(msgpack_packer *packer, const char *key)
{
    cc_pack_text(packer, cc_text_of(key));
}

/* Whether a field has a value at all. */
static inline bool is_present(const struct cc_field *field, const void *object)
{
    const void *value = cc_field_in(field, object);
    if (field->need == CC_REQUIRED && field->type <= CC_TYPE_TEXT) /* a number or text */
        return true;
    switch (field->type) {
    case CC_TYPE_REAL:
        return !isnan(*(const double *)value);
    case CC_TYPE_INT:
        return *(const int64_t *)value != CC_NO_INT;
    case CC_TYPE_TEXT:
        return ((const struct cc_text *)value)->len > 0;
    case CC_TYPE_MAP:
        return *((const char *)object + field->has_offset) != 0;
    case CC_TYPE_FORMAT:
        return ((const struct cc_number_format *)value)->bits > 0;
    case CC_TYPE_FLAG:
        return true;
    case CC_TYPE_LIST:
    case CC_TYPE_PAIR:
    case CC_TYPE_INTS:
    case CC_TYPE_STEPS:
    case CC_TYPE_IGNORED:
        break;
    }
    return false;
}

const struct cc_interval cc_intervals[] = {
    [CC_ANY] = {-DBL_MAX, DBL_MAX},
    [CC_POSITIVE] = {DBL_TRUE_MIN, DBL_MAX},
    [CC_NOT_NEGATIVE] = {0, DBL_MAX},
    [CC_RATIO] = {0, 1},
    [CC_PROPER_RATIO] = {DBL_TRUE_MIN, 1},
    [CC_BELOW_ONE] = {0, 1 - DBL_EPSILON / 2},
    [CC_UPPER_HALF] = {0.5, 1 - DBL_EPSILON / 2},
    [CC_AT_LEAST_ONE] = {1, DBL_MAX},
};

static const int64_t int_max = INT64_C(1) << 53;

static bool fail_value(const struct cc_place *place, double value, enum cc_range range, struct cc_error *error)
{
    char text[CC_PLACE_TEXT] = "";
    if (place != NULL)
        cc_place_text(place, text);
    if (!isfinite(value))
        return cc_fail(error, CC_BAD_DATA, "%s is computed as %g: an input is too large or too small", text, value);
    return cc_fail(error, CC_BAD_DATA, "%s is computed as %.15g, which is not %s: an input is too large or too small",
                   text, value, cc_range_text(range));
}

static bool fail_integer(const struct cc_place *place, int64_t value, struct cc_error *error)
{
    char text[CC_PLACE_TEXT] = "";
    if (place != NULL)
        cc_place_text(place, text);
    if (value == CC_NO_INT)
        return cc_fail(error, CC_BAD_DATA, "%s has no value", text);
    return cc_fail(error, CC_BAD_DATA, "%s is computed as %lld, which exceeds 2^53", text, (long long)value);
}

bool cc_check_field(const struct cc_field *field, const void *object, const struct cc_place *place,
                    struct cc_error *error)
{
    const void *value = cc_field_in(field, object);
    if (field->type == CC_TYPE_REAL) {
        const double real = *(const double *)value;
        return cc_in_interval(field->range, real) || fail_value(place, real, field->range, error);
    }
    if (field->type == CC_TYPE_INT) {
        const int64_t whole = *(const int64_t *)value;
        if (whole < -int_max || whole > int_max)
            return fail_integer(place, whole, error);
        return cc_in_range(field->range, (double)whole) || fail_value(place, (double)whole, field->range, error);
    }
    return true;
}

/* Keys and short values on their way to a packer, many at a time. */
enum { SHORT_MAX = 31, FIELD_MAX = 2 * (1 + SHORT_MAX), CHUNK_SIZE = 1024 };
struct chunk {
    msgpack_packer *packer;
    char *end;
    char bytes[CHUNK_SIZE];
};

static void hand_on(struct chunk *chunk)
{
    if (chunk->end > chunk->bytes)
        chunk->packer->callback(chunk->packer->data, chunk->bytes, (size_t)(chunk->end - chunk->bytes));
    chunk->end = chunk->bytes;
}

/* Makes room for a key and a number or a short text. */
static inline void make_room(struct chunk *chunk)
{
    if (chunk->end + FIELD_MAX > chunk->bytes + CHUNK_SIZE)
        hand_on(chunk);
}

/* Text of at most SHORT_MAX bytes, words from both ends, which may overlap. */
static inline char *encode_short(char *at, const char *text, size_t len)
{
    const size_t word = sizeof(uint64_t), half = sizeof(uint32_t);
    *at++ = (char)(0xa0 | len);
    if (len >= word) {
        for (size_t i = 0; i + word < len; i += word)
            memcpy(at + i, text + i, word);
        memcpy(at + len - word, text + len - word, word);
    } else if (len >= half) {
        memcpy(at, text, half);
        memcpy(at + len - half, text + len - half, half);
    } else {
        for (size_t i = 0; i < len; i++)
            at[i] = text[i];
    }
    return at + len;
}

static inline void put_text(struct chunk *chunk, struct cc_text text)
{
    if (text.len <= SHORT_MAX) {
        chunk->end = encode_short(chunk->end, text.s, text.len);
        return;
    }
    hand_on(chunk);
    cc_pack_text(chunk->packer, text);
}

/* A key, and its value where that is a real of the field's range, as most are. */
static inline bool put_real(struct chunk *chunk, const struct cc_field *field, const void *object)
{
    const size_t len = field->name_len;
    if (field->type != CC_TYPE_REAL || len > SHORT_MAX)
        return false;
    const double value = *(const double *)cc_field_in(field, object);
    if (!cc_in_interval(field->range, value))
        return false;
    chunk->end = cc_encode_real(encode_short(chunk->end, field->name, len), value);
    return true;
}

static bool put_map(struct chunk *chunk, const struct cc_fields *fields, const void *object, size_t more,
                    const struct cc_place *outer, struct cc_error *error);

static bool put_field(struct chunk *chunk, const struct cc_field *field, const void *object,
                      const struct cc_place *outer, struct cc_error *error)
{
    const void *value = cc_field_in(field, object);
    const struct cc_place place = {outer, field->name};
    if (!cc_check_field(field, object, &place, error))
        return false;
    put_text(chunk, (struct cc_text){field->name, field->name_len});
    if (field->type == CC_TYPE_MAP)
        return put_map(chunk, field->map, value, 0, &place, error);
    if (field->type == CC_TYPE_INT) {
        chunk->end = cc_encode_int(chunk->end, *(const int64_t *)value);
        return true;
    }
    if (field->type == CC_TYPE_TEXT) {
        put_text(chunk, *(const struct cc_text *)value);
        return true;
    }
    hand_on(chunk);
    return cc_pack_field(chunk->packer, field, object, &place, error);
}

static bool put_map(struct chunk *chunk, const struct cc_fields *fields, const void *object, size_t more,
                    const struct cc_place *outer, struct cc_error *error)
{
    size_t present = more;
    for (size_t i = 0; i < fields->count; i++)
        present += is_present(&fields->field[i], object);
    make_room(chunk);
    chunk->end = cc_encode_map(chunk->end, present);
    for (size_t i = 0; i < fields->count; i++) {
        const struct cc_field *field = &fields->field[i];
        if (!is_present(field, object))
            continue;
        make_room(chunk);
        if (!put_real(chunk, field, object) && !put_field(chunk, field, object, outer, error))
            return false;
    }
    return true;
}

bool cc_pack_fields(msgpack_packer *packer, const struct cc_fields *fields, const void *object, size_t more,
                    const struct cc_place *outer, struct cc_error *error)
{
    struct chunk chunk; /* its bytes are filled as they come */
    chunk.packer = packer;
    chunk.end = chunk.bytes;
    if (!put_map(&chunk, fields, object, more, outer, error))
        return false;
    hand_on(&chunk);
    return true;
}

bool cc_pack_field(msgpack_packer *packer, const struct cc_field *field, const void *object,
                   const struct cc_place *place, struct cc_error *error)
{
    const void *value = cc_field_in(field, object);
    if (!cc_check_field(field, object, place, error))
        return false;
    switch (field->type) {
    case CC_TYPE_REAL:
        msgpack_pack_double(packer, *(const double *)value);
        break;
    case CC_TYPE_INT:
        msgpack_pack_int64(packer, *(const int64_t *)value);
        break;
    case CC_TYPE_FLAG:
        msgpack_pack_int64(packer, *(const bool *)value ? 1 : 0);
        break;
    case CC_TYPE_TEXT:
        cc_pack_text(packer, *(const struct cc_text *)value);
        break;
    case CC_TYPE_MAP:
        return cc_pack_fields(packer, field->map, value, 0, place, error);
    case CC_TYPE_FORMAT:
        msgpack_pack_double(packer, ((const struct cc_number_format *)value)->bits);
        break;
    case CC_TYPE_LIST:
    case CC_TYPE_PAIR:
    case CC_TYPE_INTS:
    case CC_TYPE_STEPS:
    case CC_TYPE_IGNORED:
        break;
    }
    return true;
}

void cc_write_text(struct cc_writer *writer, const char *key, struct cc_text value)
{
    cc_pack_key(&writer->packer, key);
    cc_pack_text(&writer->packer, value);
}

bool cc_pack_struct(msgpack_packer *packer, const char *key, const struct cc_fields *fields, const void *object,
                    struct cc_error *error)
{
    const struct cc_place place = {NULL, key};
    cc_pack_key(packer, key);
    return cc_pack_fields(packer, fields, object, 0, &place, error);
}

bool cc_write_struct(struct cc_writer *writer, const char *key, const struct cc_fields *fields, const void *object,
                     struct cc_error *error)
{
    if (cc_pack_struct(&writer->packer, key, fields, object, error))
        return true;
    cc_writer_take_back(writer);
    return false;
}

void cc_pack_raw(struct cc_writer *writer, struct cc_text bytes)
{
    append(writer, bytes.s, bytes.len);
}

void cc_write_entry(struct cc_writer *writer, const struct cc_entry *entry)
{
    cc_pack_text(&writer->packer, entry->key);
    cc_pack_raw(writer, entry->bytes);
}

void cc_pack_item(msgpack_packer *packer, const struct cc_tape *tape, const struct cc_item *item)
{
    switch (item->type) {
    case CC_ITEM_NIL:
        msgpack_pack_nil(packer);
        break;
    case CC_ITEM_BOOL:
        item->as.truth ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
        break;
    case CC_ITEM_INT:
        msgpack_pack_int64(packer, item->as.i);
        break;
    case CC_ITEM_UINT:
        msgpack_pack_uint64(packer, item->as.u);
        break;
    case CC_ITEM_REAL:
        msgpack_pack_double(packer, item->as.real);
        break;
    case CC_ITEM_TEXT:
        cc_pack_text(packer, cc_item_text(tape, item));
        break;
    case CC_ITEM_ARRAY:
    case CC_ITEM_MAP: {
        const size_t values = item->type == CC_ITEM_MAP ? 2 * (size_t)item->count : item->count;
        const struct cc_item *at = item + 1;
        item->type == CC_ITEM_MAP ? msgpack_pack_map(packer, item->count) : msgpack_pack_array(packer, item->count);
        for (size_t i = 0; i < values; i++, at = cc_item_next(at))
            cc_pack_item(packer, tape, at);
        break;
    }
    }
}
