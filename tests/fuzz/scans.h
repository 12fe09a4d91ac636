/* scans.h: the same bytes through the scanner and through msgpack-c's unpacker, which must agree: on what is taken,
 * what is refused and in which words, how long an object is, and every item. For the unit test and the fuzz target. */
#ifndef FUZZ_SCANS_H
#define FUZZ_SCANS_H

#include <stdlib.h>
#include <string.h>

#include "stream/scanner.h"

struct scans {
    struct cc_scanner *scanner;
    struct cc_unpacker *unpacker;
    struct cc_tape scanned, unpacked;
};

static inline bool scans_open(struct scans *scans)
{
    *scans = (struct scans){cc_scanner_new(), cc_unpacker_new(), {0}, {0}};
    return scans->scanner != NULL && scans->unpacker != NULL;
}

static inline void scans_close(struct scans *scans)
{
    cc_scanner_free(scans->scanner);
    cc_unpacker_free(scans->unpacker);
    cc_tape_free(&scans->scanned);
    cc_tape_free(&scans->unpacked);
}

static inline bool items_equal(const struct cc_item *a, const struct cc_item *b)
{
    if (a->type != b->type || a->count != b->count)
        return false;
    switch (a->type) {
    case CC_ITEM_NIL:
        return true;
    case CC_ITEM_BOOL:
        return a->as.truth == b->as.truth;
    case CC_ITEM_REAL:
        return memcmp(&a->as.real, &b->as.real, sizeof a->as.real) == 0;
    case CC_ITEM_INT:
    case CC_ITEM_UINT:
        return a->as.u == b->as.u;
    case CC_ITEM_TEXT:
        return a->as.offset == b->as.offset;
    case CC_ITEM_ARRAY:
    case CC_ITEM_MAP:
        break;
    }
    return a->as.extent == b->as.extent;
}

static inline bool tapes_equal(const struct cc_tape *a, const struct cc_tape *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!items_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

/* How they differ on an object that comes `step` bytes at a time, or NULL. The bytes move each time, and none is behind
 * them. *status, where it is not NULL, is what both say in the end. */
static inline const char *scans_differ(struct scans *s, const uint8_t *bytes, size_t len, size_t step,
                                       enum cc_scan_status *status)
{
    size_t here = 0, there = 0;
    s->scanned.count = s->unpacked.count = 0;
    cc_scanner_start(s->scanner, &s->scanned);
    cc_unpacker_start(s->unpacker, &s->unpacked);
    for (size_t part = 0; part < len;) {
        struct cc_error mine, theirs;
        part = len - part < step ? len : part + step;
        char *copy = malloc(part);
        if (copy == NULL)
            abort();
        memcpy(copy, bytes, part);
        const enum cc_scan_status a = cc_scanner_go(s->scanner, copy, part, &here, &mine);
        const enum cc_scan_status b = cc_unpacker_go(s->unpacker, copy, part, &there, &theirs);
        free(copy);
        if (status != NULL)
            *status = b;
        if (a != b)
            return "one takes what the other does not";
        if (a == CC_SCAN_FAILED && strcmp(mine.text, theirs.text) != 0)
            return "they refuse in other words";
        if (a != CC_SCAN_MORE && !tapes_equal(&s->scanned, &s->unpacked))
            return "their items differ";
        if (a == CC_SCAN_DONE && here != there)
            return "the object has another end";
        if (a != CC_SCAN_MORE)
            return NULL;
    }
    return NULL;
}

#endif
