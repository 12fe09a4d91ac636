#include "stream/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stream/place.h"
#include "stream/retry.h"
#include "stream/shape.h"

enum { READ_SIZE = 256 * 1024 };

/* Where an entry of the record is, in its bytes and on the tape: the buffer and the tape may still move. */
struct extent {
    size_t start, value_start, value_end;
    size_t key_item, value_item, end_item;
    uint64_t since, alike_since; /* as in cc_entry; 0 while the record is read and that is it itself */
};

struct cc_reader {
    const char *const *paths;
    size_t path_count, path_index; /* path_index: of the file that comes next */
    const char *name;              /* of the open file, for messages */
    int fd;                        /* -1 when no file is open */
    bool at_end;                   /* of the open file */
    char *buffer;
    size_t start, end, size; /* the bytes not yet consumed are buffer[start .. end) */
    uint64_t records, file_records, bytes, file_offset;
    uint64_t total_bytes;
    struct cc_text last_id;
    struct cc_scanner *scanner;
    struct cc_tape tape;
    /* Records that follow each other share most of their bytes. While the one before is in the buffer, an entry with
     * the same bytes, or the same but for numbers, as its entry at the same place of the tape is not taken apart again:
     * its items are there already. */
    struct extent extents[CC_ENTRIES_MAX];  /* of the record before, and from the front on of the one that is read */
    struct cc_shape shapes[CC_ENTRIES_MAX]; /* of those entries */
    size_t before_count, before_start;      /* of the record before, its entries and its place; 0 entries: it is gone */
};

static const char *const standard_input[] = {"-"};

static uint64_t size_of_files(const char *const *paths, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        const bool is_stdin = strcmp(paths[i], "-") == 0;
        if ((is_stdin ? fstat(STDIN_FILENO, &info) : stat(paths[i], &info)) != 0 || !S_ISREG(info.st_mode))
            return 0;
        total += (uint64_t)info.st_size;
    }
    return total;
}

struct cc_reader *cc_reader_new(const char *const *paths, size_t count)
{
    struct cc_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->paths = count > 0 ? paths : standard_input;
    reader->path_count = count > 0 ? count : 1;
    reader->fd = -1;
    reader->total_bytes = size_of_files(reader->paths, reader->path_count);
    reader->scanner = cc_scanner_new();
    reader->size = (size_t)2 * READ_SIZE;
    reader->buffer = malloc(reader->size);
    if (reader->scanner == NULL || reader->buffer == NULL) {
        cc_reader_free(reader);
        return NULL;
    }
    return reader;
}

static void close_file(struct cc_reader *reader)
{
    if (reader->fd > STDIN_FILENO)
        close(reader->fd);
    reader->fd = -1;
}

void cc_reader_free(struct cc_reader *reader)
{
    if (reader == NULL)
        return;
    close_file(reader);
    cc_scanner_free(reader->scanner);
    cc_tape_free(&reader->tape);
    free(reader->buffer);
    free(reader);
}

uint64_t cc_reader_records(const struct cc_reader *reader)
{
    return reader->records;
}

uint64_t cc_reader_bytes(const struct cc_reader *reader)
{
    return reader->bytes;
}

uint64_t cc_reader_total_bytes(const struct cc_reader *reader)
{
    return reader->total_bytes;
}

bool cc_reader_blame(const struct cc_reader *reader, struct cc_error *error)
{
    const unsigned long long number = reader->file_records;
    if (reader->last_id.len > 0)
        return cc_fail_at(error, "%s: record %llu (%.*s): ", reader->name, number, CC_TEXT_ARG(reader->last_id));
    return cc_fail_at(error, "%s: record %llu: ", reader->name, number);
}

static bool open_next(struct cc_reader *reader, struct cc_error *error)
{
    const char *path = reader->paths[reader->path_index++];
    const bool is_stdin = strcmp(path, "-") == 0;
    close_file(reader);
    reader->name = is_stdin ? "standard input" : path;
    reader->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    reader->at_end = false;
    reader->file_records = reader->file_offset = 0;
    if (reader->fd < 0)
        return cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
    return true;
}

/* Makes room behind the bytes in the buffer: by moving them to its front, or by enlarging it when they fill it. */
static bool make_room(struct cc_reader *reader, struct cc_error *error)
{
    const size_t used = reader->end - reader->start;
    if (reader->size - reader->end >= READ_SIZE)
        return true;
    reader->before_count = 0;
    memmove(reader->buffer, reader->buffer + reader->start, used);
    reader->start = 0;
    reader->end = used;
    if (reader->size - reader->end >= READ_SIZE)
        return true;
    char *larger = realloc(reader->buffer, reader->size * 2);
    if (larger == NULL)
        return cc_fail_memory(error);
    reader->buffer = larger;
    reader->size *= 2;
    return true;
}

/* Reads on; sets at_end when there is nothing more. */
static bool read_more(struct cc_reader *reader, struct cc_error *error)
{
    if (reader->fd < 0) {
        reader->at_end = true;
        return true;
    }
    if (!make_room(reader, error))
        return false;
    const ssize_t got = cc_read_retry(reader->fd, reader->buffer + reader->end, reader->size - reader->end);
    if (got < 0)
        return cc_fail(error, CC_IO, "%s: %s", reader->name, strerror(errno));
    reader->end += (size_t)got;
    reader->at_end = got == 0;
    return true;
}

/* Places a failure at the record that is being read, which has not been counted yet. */
static bool blame_next(const struct cc_reader *reader, struct cc_error *error)
{
    if (reader->name == NULL) /* bytes in memory, which the caller places */
        return false;
    return cc_fail_at(error, "%s: record %llu (byte %llu): ", reader->name,
                      (unsigned long long)reader->file_records + 1, (unsigned long long)reader->file_offset);
}

static bool fail_too_large(const struct cc_reader *reader, struct cc_error *error)
{
    cc_fail(error, CC_BAD_DATA, "the record is larger than %d MiB", CC_RECORD_BYTES_MAX >> 20);
    return blame_next(reader, error);
}

/* Reads on inside a record; the end of the file there is a failure. */
static bool read_inside(struct cc_reader *reader, struct cc_error *error)
{
    if (reader->end - reader->start > CC_RECORD_BYTES_MAX)
        return fail_too_large(reader, error);
    if (!read_more(reader, error))
        return false;
    if (reader->at_end) {
        cc_fail(error, CC_BAD_DATA, "the input ends inside the record; what came before it was complete");
        return blame_next(reader, error);
    }
    return true;
}

enum { NO_ITEM = -1 };

/* Places a failure inside the value of an entry at the field that was read: the item that would have come next. */
static void blame_field(struct cc_reader *reader, size_t key_item, size_t first, struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    reader->tape.bytes = reader->buffer + reader->start;
    cc_place_of_next(&reader->tape, first, cc_item_text(&reader->tape, &reader->tape.items[key_item]), text);
    (void)!cc_fail_at(error, "%s: ", text);
}

/* One object at *offset from the start of the record; reads on as needed. It is the value of the key at `key_item`, or
 * a key itself (NO_ITEM). */
static bool scan_object(struct cc_reader *reader, ptrdiff_t key_item, size_t *offset, struct cc_error *error)
{
    const size_t first = reader->tape.count;
    cc_scanner_start(reader->scanner, &reader->tape);
    for (;;) {
        const enum cc_scan_status status =
            cc_scanner_go(reader->scanner, reader->buffer + reader->start, reader->end - reader->start, offset, error);
        if (status == CC_SCAN_DONE)
            return true;
        if (status == CC_SCAN_FAILED && key_item != NO_ITEM)
            blame_field(reader, (size_t)key_item, first, error);
        if (status == CC_SCAN_FAILED)
            return blame_next(reader, error);
        if (!read_inside(reader, error))
            return false;
    }
}

/* What the input may be in place of records: "; this looks like JSON, which json2rec reads", or nothing. */
static const char *likely_format(const char *start, size_t len)
{
    enum { LOOKED_AT = 4 };
    if (len > 0 && (start[0] == '{' || start[0] == '['))
        return "; this looks like JSON, which json2rec reads";
    for (size_t i = 0; i < LOOKED_AT; i++)
        if (i >= len || ((start[i] < ' ' || start[i] > '~') && start[i] != '\n' && start[i] != '\t'))
            return "";
    return "; this looks like text";
}

static bool check_start(struct cc_reader *reader, struct cc_error *error)
{
    static const char schema_key[] = "\xa6schema";
    const size_t wanted = sizeof schema_key; /* one byte of map, then the key without its NUL */
    while (reader->end - reader->start < wanted) {
        const char *here = reader->buffer + reader->start;
        const size_t have = reader->end - reader->start;
        if (((unsigned char)here[0] & 0xf0) != 0x80 || memcmp(here + 1, schema_key, have - 1) != 0)
            break;
        if (!read_inside(reader, error))
            return false;
    }
    const char *here = reader->buffer + reader->start;
    const size_t have = reader->end - reader->start;
    if (have >= wanted && ((unsigned char)here[0] & 0xf0) == 0x80 && here[0] != '\x80' &&
        memcmp(here + 1, schema_key, wanted - 1) == 0)
        return true;
    cc_fail(error, CC_BAD_DATA,
            "not a record: a record is a msgpack map of at most %d entries whose first key is schema%s", CC_ENTRIES_MAX,
            likely_format(here, have));
    return blame_next(reader, error);
}

static bool check_schema(struct cc_reader *reader, struct cc_record *record, struct cc_error *error)
{
    const struct cc_entry *first = &record->entry[0];
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): check_start refuses a record without entries */
    const bool short_text = first->value->type == CC_ITEM_TEXT && ((unsigned char)first->bytes.s[0] & 0xe0) == 0xa0;
    record->schema = short_text ? cc_item_text(&reader->tape, first->value) : (struct cc_text){NULL, 0};
    if (!short_text || !cc_text_starts(record->schema, CC_SCHEMA_PREFIX)) {
        cc_fail(error, CC_BAD_DATA, "schema is not a text chiplet-cloud/<kind>/<version> of at most 31 bytes");
        return blame_next(reader, error);
    }
    record->kind = cc_kind_of_schema(record->schema);
    return true;
}

/* Refuses an entry that one before it has the key of. Two with keys of entries of one record have not. */
static bool check_distinct(const struct cc_reader *reader, const struct cc_record *record, size_t i,
                           struct cc_error *error)
{
    const struct cc_text key = record->entry[i].key;
    for (size_t k = 0; k < i; k++) {
        if (reader->extents[i].alike_since > 0 && reader->extents[k].alike_since > 0)
            continue;
        if (cc_text_equal(record->entry[k].key, key)) {
            cc_fail(error, CC_BAD_DATA, "duplicate entry %.*s", CC_TEXT_ARG(key));
            return blame_next(reader, error);
        }
    }
    return true;
}

/* Entries by position in buffer and tape, now that both stand still. */
static bool fill_entries(struct cc_reader *reader, struct cc_record *record, struct cc_error *error)
{
    const char *base = reader->buffer + reader->start;
    reader->tape.bytes = base;
    for (size_t i = 0; i < record->count; i++) {
        const struct extent *at = &reader->extents[i];
        record->entry[i] = (struct cc_entry){
            .key = cc_item_text(&reader->tape, &reader->tape.items[at->key_item]),
            .value = &reader->tape.items[at->value_item],
            .bytes = {base + at->value_start, at->value_end - at->value_start},
            .since = at->since > 0 ? at->since : reader->records + 1,
            .alike_since = at->alike_since > 0 ? at->alike_since : reader->records + 1,
        };
        if (!check_distinct(reader, record, i, error))
            return false;
    }
    return true;
}

/* Moves the texts among an entry's items. */
static void shift_texts(struct cc_tape *tape, const struct extent *at, size_t shift)
{
    for (size_t i = at->key_item; i < at->end_item; i++)
        if (tape->items[i].type == CC_ITEM_TEXT && tape->items[i].count > 0)
            tape->items[i].as.offset += shift; /* modulo 2^64: a shift may be backwards */
}

/* Whether the bytes from *offset on are those of the entry at the same place of the record before, or the same but for
 * numbers. Nothing has been written to the tape behind the items of the entries so far, so that its items are those of
 * this entry as well. */
static bool resembles(struct cc_reader *reader, size_t i, size_t *offset)
{
    struct extent *at = &reader->extents[i];
    const struct cc_shape *shape = &reader->shapes[i];
    if (i >= reader->before_count || at->key_item != reader->tape.count)
        return false;
    const char *here = reader->buffer + reader->start + *offset;
    const char *before = reader->buffer + reader->before_start + at->start;
    const size_t len = at->value_end - at->start, shift = *offset - at->start;
    if ((size_t)(reader->buffer + reader->end - here) < len)
        return false;
    if (memcmp(here, before, len) != 0) {
        if (shape->len != len || !cc_shape_take(shape, before, here, reader->tape.items + at->key_item))
            return false;
        at->since = 0;
    }
    if (shift != 0)
        shift_texts(&reader->tape, at, shift);
    at->start += shift;
    at->value_start += shift;
    at->value_end += shift;
    reader->tape.count = at->end_item;
    *offset = at->value_end;
    return true;
}

static bool read_entry(struct cc_reader *reader, size_t i, size_t *offset, struct cc_error *error)
{
    struct extent *at = &reader->extents[i];
    *at = (struct extent){.start = *offset, .key_item = reader->tape.count};
    if (!scan_object(reader, NO_ITEM, offset, error))
        return false;
    const struct cc_item *key = &reader->tape.items[at->key_item];
    if (key->type != CC_ITEM_TEXT) {
        cc_fail(error, CC_BAD_DATA, "the key of an entry is not text");
        return blame_next(reader, error);
    }
    if (key->count > CC_KEY_BYTES_MAX) {
        cc_fail(error, CC_BAD_DATA, "bytes of a key: %u; the limit is %d", key->count, CC_KEY_BYTES_MAX);
        return blame_next(reader, error);
    }
    at->value_item = reader->tape.count;
    at->value_start = *offset;
    if (!scan_object(reader, (ptrdiff_t)at->key_item, offset, error))
        return false;
    at->end_item = reader->tape.count;
    at->value_end = *offset;
    cc_shape_learn(&reader->shapes[i],
                   (struct cc_text){reader->buffer + reader->start + at->start, at->value_end - at->start});
    return true;
}

/* Keeps what the next record may repeat. */
static void remember(struct cc_reader *reader, const struct cc_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        reader->extents[i].since = record->entry[i].since;
        reader->extents[i].alike_since = record->entry[i].alike_since;
    }
    reader->before_count = record->count;
    reader->before_start = reader->start;
}

static bool read_record(struct cc_reader *reader, struct cc_record *record, struct cc_error *error)
{
    size_t offset = 1;
    if (!check_start(reader, error))
        return false;
    record->count = (unsigned char)reader->buffer[reader->start] & 0x0f;
    reader->tape.count = 0;
    for (size_t i = 0; i < record->count; i++)
        if (!resembles(reader, i, &offset) && !read_entry(reader, i, &offset, error))
            return false;
    if (offset > CC_RECORD_BYTES_MAX)
        return fail_too_large(reader, error);
    if (reader->before_count == 0) /* the buffer has moved: texts of the entry before are gone */
        for (size_t i = 0; i < record->count; i++)
            reader->extents[i].since = reader->extents[i].alike_since = 0;
    record->bytes = (struct cc_text){reader->buffer + reader->start, offset};
    record->tape = &reader->tape;
    if (!fill_entries(reader, record, error) || !check_schema(reader, record, error))
        return false;
    remember(reader, record);
    return true;
}

static void count_record(struct cc_reader *reader, struct cc_record *record)
{
    const struct cc_entry *id = cc_record_find(record, "id");
    const bool named = id != NULL && id->value->type == CC_ITEM_TEXT;
    record->id = named ? cc_item_text(&reader->tape, id->value) : cc_text_of("");
    reader->last_id = record->id;
    reader->records++;
    reader->file_records++;
    reader->start += record->bytes.len;
    reader->bytes += record->bytes.len;
    reader->file_offset += record->bytes.len;
}

enum cc_read_status cc_reader_next(struct cc_reader *reader, struct cc_record *record, struct cc_error *error)
{
    for (;;) {
        if (reader->fd >= 0 && reader->start < reader->end) {
            if (!read_record(reader, record, error)) {
                reader->before_count = 0;
                return CC_READ_FAILED;
            }
            count_record(reader, record);
            return CC_READ_RECORD;
        }
        if (reader->fd >= 0 && !reader->at_end) {
            reader->start = reader->end = 0;
            reader->before_count = 0;
            if (!read_more(reader, error))
                return CC_READ_FAILED;
            continue;
        }
        if (reader->path_index == reader->path_count) {
            close_file(reader);
            return CC_READ_END;
        }
        if (!open_next(reader, error))
            return CC_READ_FAILED;
    }
}

const struct cc_entry *cc_record_find(const struct cc_record *record, const char *key)
{
    const struct cc_text wanted = cc_text_of(key);
    for (size_t i = 0; i < record->count; i++) {
        const struct cc_text found = record->entry[i].key;
        if (found.len == wanted.len && cc_name_equal(found.s, wanted.s, wanted.len))
            return &record->entry[i];
    }
    return NULL;
}

bool cc_record_check(struct cc_text bytes, struct cc_error *error)
{
    struct cc_record record = {0};
    struct cc_reader reader = {
        .fd = -1,
        .buffer = (char *)bytes.s, /* not written to: nothing is read into it */
        .end = bytes.len,
        .scanner = cc_scanner_new(),
    };
    bool good = reader.scanner != NULL ? read_record(&reader, &record, error) : cc_fail_memory(error);
    if (good && record.bytes.len != bytes.len)
        good = cc_fail(error, CC_BAD_DATA, "more than one value");
    cc_scanner_free(reader.scanner);
    cc_tape_free(&reader.tape);
    return good;
}
