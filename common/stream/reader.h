/* reader.h: records from files or standard input, one after the other. */
#ifndef CC_STREAM_READER_H
#define CC_STREAM_READER_H

#include "record/bounds.h"
#include "record/records.h"
#include "stream/scanner.h"

/* A top-level entry: its key, its value as items, and as the bytes it came in. `since` is the number, from 1, of the record
 * that these bytes came with, when it has repeated them since; `alike_since` that of the record since which the bytes have
 * differed in numbers alone. What was made then of what has not changed, texts that point into the record included, is
 * still good. */
struct cc_entry {
    struct cc_text key;
    const struct cc_item *value;
    struct cc_text bytes;
    uint64_t since, alike_since;
};

/* A record. Everything it points to belongs to the reader and holds until the next call of cc_reader_next. */
struct cc_record {
    enum cc_kind kind;
    struct cc_text schema;
    struct cc_text id; /* "" when it has none */
    size_t count;
    struct cc_entry entry[CC_ENTRIES_MAX]; /* the schema is the first */
    struct cc_text bytes;                  /* the whole record */
    const struct cc_tape *tape;
};

/* The entry of that key, or NULL. */
const struct cc_entry *cc_record_find(const struct cc_record *record, const char *key);

struct cc_reader;

/* A reader of `count` files in turn; "-", or no file at all, is standard input. The paths are kept, not copied.
 * NULL when memory has run out. */
struct cc_reader *cc_reader_new(const char *const *paths, size_t count);
void cc_reader_free(struct cc_reader *reader);

enum cc_read_status { CC_READ_RECORD, CC_READ_END, CC_READ_FAILED };

/* The next record. END: every file has ended after a whole record. FAILED: `error` says what and where; an input that ends
 * inside a record is a failure, never an end. */
enum cc_read_status cc_reader_next(struct cc_reader *reader, struct cc_record *record,
                                   struct cc_error *error) CC_MUST_CHECK;

/* Whether the bytes are one whole record, by the same checks. */
bool cc_record_check(struct cc_text bytes, struct cc_error *error) CC_MUST_CHECK;

/* Puts the place of the record last read ("servers: record 3 (c1.p0.s2): ") before the text of an error. Returns false. */
bool cc_reader_blame(const struct cc_reader *reader, struct cc_error *error);

/* For progress: records read, bytes consumed, and the bytes of all files together (0 when not known). */
uint64_t cc_reader_records(const struct cc_reader *reader);
uint64_t cc_reader_bytes(const struct cc_reader *reader);
uint64_t cc_reader_total_bytes(const struct cc_reader *reader);

#endif
