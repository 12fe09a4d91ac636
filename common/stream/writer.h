/* writer.h: records to a file descriptor, only ever whole ones. */
#ifndef CC_STREAM_WRITER_H
#define CC_STREAM_WRITER_H

#include <msgpack.h>

#include "record/records.h"
#include "stream/place.h"
#include "stream/reader.h"

struct cc_writer;

/* A writer to an open descriptor, which stays the caller's. `name` is for messages. NULL when memory has run out. */
struct cc_writer *cc_writer_new(int fd, const char *name);
void cc_writer_free(struct cc_writer *writer);

/* For text, whose lines may be larger than records: written out as it comes, so that a long line is never held whole. */
void cc_writer_stream(struct cc_writer *writer);

/* A record is: begin, its entries, end. A failure inside takes the record back: nothing of it is written.
 * begin writes the schema, then come `entries` - 1 others; begin_raw nothing, for bytes. A record that grows beyond
 * CC_RECORD_BYTES_MAX fails at its end. */
void cc_writer_begin_raw(struct cc_writer *writer);
void cc_writer_begin(struct cc_writer *writer, struct cc_text schema, size_t entries);
bool cc_writer_end(struct cc_writer *writer, struct cc_error *error) CC_MUST_CHECK;
void cc_writer_take_back(struct cc_writer *writer);

/* An entry that is text; one made from a struct; one passed on as the bytes it came in. */
void cc_write_text(struct cc_writer *writer, const char *key, struct cc_text value);
bool cc_write_struct(struct cc_writer *writer, const char *key, const struct cc_fields *fields, const void *object,
                     struct cc_error *error) CC_MUST_CHECK;
void cc_write_entry(struct cc_writer *writer, const struct cc_entry *entry);

/* The key and value of an entry made from a struct, to any packer: to write it more than once. */
bool cc_pack_struct(msgpack_packer *packer, const char *key, const struct cc_fields *fields, const void *object,
                    struct cc_error *error) CC_MUST_CHECK;

/* Numbers as msgpack-c packs them, into memory that has room for CC_NUMBER_SIZE bytes; returns the end. One call of a packer's
 * function for many of them is what they are for. */
enum { CC_NUMBER_SIZE = 9 };
static inline char *cc_encode_real(char *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    *at = (char)0xcb;
    _msgpack_store64(at + 1, bits);
    return at + CC_NUMBER_SIZE;
}

static inline int cc_encode_put(void *data, const char *bytes, size_t len)
{
    char **at = (char **)data;
    memcpy(*at, bytes, len);
    *at += len;
    return 0;
}

static inline char *cc_encode_int(char *at, int64_t value)
{
    msgpack_packer packer;
    if (value >= 0 && value < 0x80) {
        *at = (char)value;
        return at + 1;
    }
    msgpack_packer_init(&packer, &at, cc_encode_put);
    msgpack_pack_int64(&packer, value);
    return at;
}

static inline char *cc_encode_map(char *at, size_t pairs)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, &at, cc_encode_put);
    msgpack_pack_map(&packer, pairs);
    return at;
}

/* For entries of other shapes: the packer that appends to the record. Failures show at cc_writer_end. */
msgpack_packer *cc_writer_packer(struct cc_writer *writer);
void cc_pack_text(msgpack_packer *packer, struct cc_text text);
void cc_pack_key(msgpack_packer *packer, const char *key);
/* The value of one field, as its type is written in a stream, if cc_check_field allows it. `place` is for its failure. */
bool cc_pack_field(msgpack_packer *packer, const struct cc_field *field, const void *object,
                   const struct cc_place *place, struct cc_error *error) CC_MUST_CHECK;
/* A struct as a map, of which the caller packs `more` further pairs. */
bool cc_pack_fields(msgpack_packer *packer, const struct cc_fields *fields, const void *object, size_t more,
                    const struct cc_place *place, struct cc_error *error) CC_MUST_CHECK;
/* False when a reader would refuse the value: not finite, out of the field's range, an integer without a value or beyond 2^53. */
bool cc_check_field(const struct cc_field *field, const void *object, const struct cc_place *place,
                    struct cc_error *error) CC_MUST_CHECK;
/* The same for reals as bounds, which are in it. */
struct cc_interval {
    double low, high;
};
extern const struct cc_interval cc_intervals[]; /* by enum cc_range */
static inline bool cc_in_interval(enum cc_range range, double value)
{
    return value >= cc_intervals[range].low && value <= cc_intervals[range].high;
}
/* Bytes that are msgpack already. */
void cc_pack_raw(struct cc_writer *writer, struct cc_text bytes);
void cc_pack_item(msgpack_packer *packer, const struct cc_tape *tape, const struct cc_item *item);

/* A whole record as bytes. */
bool cc_write_bytes(struct cc_writer *writer, struct cc_text record, struct cc_error *error) CC_MUST_CHECK;

/* Writes out what is buffered. To be called, and looked at, before the program ends. */
bool cc_writer_flush(struct cc_writer *writer, struct cc_error *error) CC_MUST_CHECK;

uint64_t cc_writer_records(const struct cc_writer *writer);

#endif
